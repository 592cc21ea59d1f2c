"""How press items are read: stories, topics, places, duties; and the registered feeds."""

from datetime import timedelta
from functools import cache
from typing import Literal

from config.declarations import read
from config.models import Declared, Duration, Slug
from config.settings import CONFIG


class StoryRule(Declared):
    """When two items are one story: words alike (cosine of sets), so many in common, so near in time."""

    alike: float
    least_words: int
    span: Duration


class FastRule(Declared):
    """When a story spreads fast: so many outlets within the first hours."""

    outlets: int
    within: Duration


class Duty(Declared):
    """What the law asks of an office, and within which time; exactly one of hours, days, working days."""

    id: Slug
    hours: int | None = None
    days: int | None = None
    working_days: int | None = None
    legal: str


class ToneRule(Declared):
    """When tone may be coloured, and how its model is measured."""

    labels_needed: int
    folds: int
    least_each: int
    guess_days: int


class Topic(Declared):
    """A topic and the words that make it, with their accents."""

    id: Slug
    words: list[str]


class Measured(Declared):
    """How right the topics were: labelled sentences, those given a comparable topic, those given the right one."""

    sentences: int
    given: int
    right: int


class PressRules(Declared):
    """All that `press.yaml` says."""

    story: StoryRule
    fast: FastRule
    ahead_most: Duration
    duties: list[Duty]
    tone: ToneRule
    rumour: list[str]
    grave: list[str]
    province: list[str]
    elsewhere: list[str]
    well_known: list[str]
    not_after: list[str]
    topics_measured: Measured
    topics: list[Topic]


class Feed(Declared):
    """A registered feed: whose it is, where, how it writes its dates where they do not say so themselves.

    `dates`: `mdy` where 7/8/2026 is the 8th of July; `offset`: of dates without zone, hours east of UTC;
    `local`: an outlet of the province, whose news is about it unless it names another; `fetch`: it is asked.
    """

    id: Slug
    outlet: Slug
    name: str
    url: str
    dates: Literal["dmy", "mdy"] = "dmy"
    offset: float = 7
    local: bool = False
    fetch: bool = True
    note: str = ""

    @property
    def shift(self) -> timedelta:
        """Return the offset of dates without zone."""
        return timedelta(hours=self.offset)


class Feeds(Declared):
    """All that `press_feeds.yaml` says."""

    feeds: list[Feed]


@cache
def load_press() -> PressRules:
    """Return the rules of this installation, read once."""
    rules: PressRules = read(CONFIG / "press.yaml", PressRules)
    return rules


@cache
def load_feeds() -> dict[str, Feed]:
    """Return the registered feeds by id, read once."""
    found: Feeds = read(CONFIG / "press_feeds.yaml", Feeds)
    return {feed.id: feed for feed in found.feeds}
