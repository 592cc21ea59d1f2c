"""What becomes of each column or key of a delivery before it is kept: hidden, hashed, masked or left as it is."""

from collections.abc import Callable

from config.models import Layout, Source
from config.registry import load_registry
from data_access.ingestion.contacts import contact_hash, masked, masked_code, masked_office, masked_value, spelt
from data_access.ingestion.parsers.headers import tidy

HIDDEN = "…"
Treatment = Callable[[str], str]
hashed: Treatment = contact_hash


def hidden(_: str) -> str:
    """Return the sign that stands for what is not kept."""
    return HIDDEN


def left(text: str) -> str:
    """Return the text."""
    return text


class Keeping:
    """The treatments that a source declares, by name of a column or key in any spelling.

    A source with contacts is `closed`: of what its layout does not name, nothing is kept, and contacts and names typed
    into another column than their own are masked there.
    """

    def __init__(self, source: Source, layout: Layout) -> None:
        self.closed = bool(source.hashed or source.masked or source.offices)
        self.unknown: Treatment = hidden if self.closed else left
        treat = {name: _left_of(source, name) if self.closed else left for name in layout.expected}
        self._known = {tidy(name).casefold(): kept for name, kept in treat.items()}
        words = (source.masked, masked), (source.offices, masked_office)
        kinds = *words, (source.hashed, hashed), (source.personal, hidden)
        self._declared: dict[str, Treatment] = {spelt(name): treat for names, treat in kinds for name in names}

    def of(self, name: str) -> Treatment:
        """Return the treatment of a table's column by its title."""
        if not name:
            return hidden
        return self.declared(name) or self.known(name) or self.unknown

    def declared(self, *names: str) -> Treatment | None:
        """Return the treatment declared for the first of these names that has one."""
        return next((self._declared[s] for n in names if (s := spelt(n)) in self._declared), None)

    def known(self, name: str) -> Treatment | None:
        """Return the treatment of a column that the layout names, as the parsers compare them; None of others."""
        return self._known.get(tidy(name).casefold())


def _left_of(source: Source, column: str) -> Treatment:
    """Return what is left of a column of a source with contacts, by what the column feeds."""
    key = load_registry().facts[source.fact].key
    for name, rule in source.fields.items():
        if (rule.source or name) == column:
            if rule.type == "agency":
                return masked_office
            return masked_code if name in key else masked if rule.type == "text" else masked_value
    return masked
