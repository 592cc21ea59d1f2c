"""How citizens' reports are judged: times by topic, when the clock stops, what is a duplicate, what is a hot spot."""

from functools import cache

from config.declarations import read
from config.models import Declared, Duration, Slug
from config.settings import CONFIG


class Topic(Declared):
    """What a report is about; `days` are working days to handle it, none leaves it to the cap."""

    id: Slug
    days: int | None = None
    urgent: bool = False


class Duplicate(Declared):
    """When two reports may be one: near and soon after each other, or alike in words and not far apart."""

    metres: float
    span: Duration
    alike: float
    alike_metres: float


class HotSpot(Declared):
    """When a cell has more reports than chance explains, against the days before."""

    cell_metres: float
    days: int
    before_days: int
    least: int
    chance: float


class Repeat(Declared):
    """When a place counts as coming back: so many settled reports so near each other in so many days."""

    metres: float
    days: int
    least: int


class Box(Declared):
    """Degrees within which a report's position must lie."""

    south: float
    west: float
    north: float
    east: float


class FeedbackRules(Declared):
    """All that `feedback.yaml` says."""

    cap: Duration
    triage_hours: float
    urgent_accept: Duration
    urgent_on_site: Duration
    pause_most: Duration
    duplicate: Duplicate
    suggest_for: Duration
    hot_spot: HotSpot
    repeat: Repeat
    reopen_within: Duration
    box: Box
    topics: list[Topic]


@cache
def load_feedback() -> FeedbackRules:
    """Return the rules of this installation, read once."""
    rules: FeedbackRules = read(CONFIG / "feedback.yaml", FeedbackRules)
    return rules
