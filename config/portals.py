"""The register of web portals: whose they are, what is expected of them, how politely they are looked at."""

from datetime import date, datetime
from functools import cache
from typing import Literal
from urllib.parse import urlsplit

from config.declarations import read
from config.models import Declared, Slug, Text
from config.registry import load_registry
from config.settings import CONFIG, settings

FOLDER = CONFIG / "portal_register"
Kind = Literal["department", "commune"]


class Portal(Declared):
    """A portal and its address; `marker` is a text without which its page is not its page.

    `private`: lies in the province's own network, where the probe may go only if this says so;
    `host_agreed`: its name was agreed though it is not the rule's; `simulated`: of the demo, never contacted.
    """

    id: Slug
    agency: Slug
    url: str
    name: Text | None = None
    marker: str = ""
    feed: str = ""
    sections: tuple[Slug, ...] = ()
    private: bool = False
    host_agreed: bool = False
    simulated: bool = False

    @property
    def host(self) -> str:
        """Return the host of the address."""
        return urlsplit(self.url).hostname or ""

    @property
    def kind(self) -> Kind:
        """Return whose it is: a commune's, or a department's (every other body of the province)."""
        return "commune" if load_registry().agencies[self.agency].kind == "commune" else "department"

    @property
    def place(self) -> str:
        """Return the commune it is of, '' for a department's."""
        return load_registry().agencies[self.agency].place

    def title(self) -> Text:
        """Return what it is called: by its own name, else by its commune or agency."""
        registry = load_registry()
        place, agency = registry.places.get(self.place), registry.agencies[self.agency]
        if self.name:
            return self.name
        return Text(vi=place.full_name, en=place.name) if place else agency.name


class Maintenance(Declared):
    """A planned stop and when it was announced (Decree 224/2026, Article 13)."""

    portal: Slug
    start: datetime
    end: datetime
    announced: date
    document: str = ""


class Register(Declared):
    """The addresses the probe may ask: portals, and pages elsewhere that tell whether our own network works."""

    control: tuple[str, ...] = ()
    portals: tuple[Portal, ...] = ()
    maintenance: tuple[Maintenance, ...] = ()


class Manners(Declared):
    """How the probe asks: its name, its patience in seconds, how much it takes."""

    agent: str
    connect_seconds: float
    total_seconds: float
    pause_seconds: float
    second_seconds: float
    redirects: int
    most_kilobytes: int
    links: int
    hosts_at_once: int


class Section(Declared):
    """A section of content that a portal must have, found by the words of a link to it."""

    id: Slug
    name: Text
    words: list[str]


class Duty(Declared):
    """What a portal owes: of which kinds of portals, by which rule, from which day on.

    `column`: a yes or no of the inspection; `section`: one of the sections; neither: news younger than `days`.
    """

    id: Slug
    name: Text
    short: Text
    kinds: list[Kind]
    basis: Text
    valid_from: date
    valid_to: date | None = None
    column: Slug | None = None
    section: Slug | None = None
    days: int | None = None


class Criteria(Declared):
    """The criteria of 2025 for what a person sees, as upper bounds that must not be reached."""

    fcp_s: float
    lcp_s: float
    si_s: float
    tbt_s: float
    runs: int


class Rules(Declared):
    """What the portals are judged by and how they are looked at."""

    manners: Manners
    host_suffixes: list[str]
    emc_host: str
    availability_pct: float
    coverage_pct: float
    ttfb_ms: float
    news_days: int
    certificate_days: int
    certificate_last_days: int
    notice_working_days: int
    criteria: Criteria
    headers: dict[Slug, str]
    sections: list[Section]
    duties: list[Duty]


def read_register(file: str) -> Register:
    """Return the addresses in a file under `config/`."""
    found: Register = read(CONFIG / file, Register)
    return found


@cache
def load_rules() -> Rules:
    """Return what portals are judged by."""
    found: Rules = read(FOLDER / "rules.yaml", Rules)
    return found


@cache
def simulated_portals() -> dict[str, Portal]:
    """Return the demo's portals, which the simulator plays and nobody contacts."""
    found = read_register("portal_register/demo.yaml").portals
    return {p.id: p.model_copy(update={"simulated": True}) for p in found}


@cache
def _portals(env: str) -> dict[str, Portal]:
    real = {p.id: p for p in read_register("portal_register/addresses.yaml").portals}
    return (simulated_portals() if env == "demo" else {}) | real


def load_portals() -> dict[str, Portal]:
    """Return the portals of this installation by id, those of the demo among them in a demo."""
    return _portals(settings().env)


def expected_sections(portal: Portal) -> list[str]:
    """Return the sections that a portal must have: its own list, else those that the duties ask of its kind."""
    asked = [d.section for d in load_rules().duties if d.section and portal.kind in d.kinds]
    return list(portal.sections) or asked
