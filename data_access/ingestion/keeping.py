"""What becomes of each column or key of a delivery before it is kept: hidden, hashed, masked or left as it is."""

from collections.abc import Callable

from config.models import Layout, Source
from data_access.ingestion.contacts import contact_hash, masked, spelt
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

    A source with contacts is `closed`: of what its layout does not name, nothing is kept.
    """

    def __init__(self, source: Source, layout: Layout) -> None:
        self.closed = bool(source.hashed or source.masked)
        self.unknown: Treatment = hidden if self.closed else left
        self._known = {tidy(name).casefold() for name in layout.expected}
        kinds = (source.masked, masked), (source.hashed, hashed), (source.personal, hidden)
        self._declared: dict[str, Treatment] = {spelt(name): treat for names, treat in kinds for name in names}

    def of(self, name: str) -> Treatment:
        """Return the treatment of a table's column by its title."""
        if not name:
            return hidden
        return self.declared(name) or (left if self.knows(name) else self.unknown)

    def declared(self, *names: str) -> Treatment | None:
        """Return the treatment declared for the first of these names that has one."""
        return next((self._declared[s] for n in names if (s := spelt(n)) in self._declared), None)

    def knows(self, name: str) -> bool:
        """Say whether the layout names a column, as the parsers compare them."""
        return tidy(name).casefold() in self._known
