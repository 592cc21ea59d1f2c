"""The answer to a question: a value with its truth label."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Status(StrEnum):
    """How a figure stands against its target; `stale` and `none` colour nothing."""

    OK = "ok"
    NEAR = "near"
    BAD = "bad"
    CRITICAL = "critical"
    STALE = "stale"
    NONE = "none"


class Freshness(StrEnum):
    """Whether the data behind a figure arrived as promised."""

    FRESH = "fresh"
    LATE = "late"
    DEAD = "dead"
    EMPTY = "empty"
    DATED = "dated"


@dataclass(frozen=True)
class Period:
    """An interval of time that a figure is about: `[start, end)`, in UTC."""

    grain: str
    start: datetime
    end: datetime
    label: str


@dataclass(frozen=True)
class Quality:
    """What was measured of the data behind a figure; None where it was not measured. Shares 0 to 1."""

    grade: str | None = None
    valid: float | None = None
    complete: float | None = None
    on_time: float | None = None
    rows: int | None = None


@dataclass(frozen=True)
class Figure:
    """One value and everything needed to trust it; names are `{"vi": …, "en": …}`.

    `hidden`: there is a value, of so few persons that this viewer is not shown it.
    """

    id: str
    indicator: str
    name: dict[str, str]
    value: float | None
    unit: dict[str, str]
    decimals: int
    period: Period | None
    place: str
    place_name: str
    agency: str | None
    where: dict[str, str]
    status: Status
    direction: str
    target: float | None
    near_target: float | None
    freshness: Freshness
    as_of: datetime
    data_until: datetime | None
    cycle: str
    owner: str
    owner_name: dict[str, str]
    source: str
    source_name: dict[str, str]
    formula: dict[str, str]
    legal_basis: str
    visibility: str
    simulated: bool
    preliminary: bool = False
    hidden: bool = False
    target_uncertain: bool = False
    numerator: float | None = None
    denominator: float | None = None
    level: str | None = None
    note: str | None = None
    quality: Quality = field(default_factory=Quality)
