"""“Đủ”: of the deliveries that a source promised by its cycle, the share that came."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import lru_cache

from config.models import Source
from config.registry import load_registry
from config.settings import settings
from data_access.database import LOCAL
from data_access.lineage import delivered_spans, first_delivery
from services.methods.working_days import CalendarNotAnnounced, is_working_day
from services.periods import floor, step

DAY = timedelta(days=1)
DAYS = 14
CYCLES = 12
GRAINS = {timedelta(hours=1): "hour", DAY: "day", timedelta(days=7): "week", timedelta(days=31): "month"}


def completeness(source: Source, last_batch: int, at: datetime) -> float | None:
    """Return the share (0 to 1) of a source's promised cycles from which data came; None where not measured.

    Counted over the last 14 days, at least 12 cycles, from the source's first delivery on; cycles whose promise
    (`lateness`) is not due yet are left out, daily ones count on working days. A delivery of a cycle below a day
    stands for all that it tells of, up to a day; any other for the cycle of its last row. Stations count values,
    not deliveries (see the capture indicators), and sources without a cycle promise nothing.
    """
    grain = GRAINS.get(source.cycle) if source.cycle else None
    if grain is None or source.expected_per_day:
        return None
    until = floor(at - source.lateness, grain)
    return _measured(settings().facts_url, source.id, grain, last_batch, until)


@lru_cache(maxsize=512)
def _measured(database: str, source_id: str, grain: str, last_batch: int, until: datetime) -> float | None:
    """Measure anew when a batch came or a cycle has passed; `database` tells one database's answers from another's."""
    first = first_delivery(source_id)
    if first is None:
        return None
    cycle = load_registry().sources[source_id].cycle or DAY
    since = max(floor(until - max(DAYS * DAY, CYCLES * cycle), grain), floor(first, grain))
    promised = _promised(since, until, grain)
    came: set[datetime] = set()
    for start, end in delivered_spans(source_id, since):
        came.update(_cycles(max(start, end - DAY) if cycle < DAY else end, end, grain))
    return len(came.intersection(promised)) / len(promised) if promised else None


def _cycles(start: datetime, end: datetime, grain: str) -> Iterator[datetime]:
    moment = floor(start, grain)
    while moment <= end:
        yield moment
        moment = step(moment, grain)


def _promised(since: datetime, until: datetime, grain: str) -> list[datetime]:
    cycles = [moment for moment in _cycles(since, until, grain) if moment < until]
    return [moment for moment in cycles if grain != "day" or _is_working(moment)]


def _is_working(moment: datetime) -> bool:
    try:
        return is_working_day(moment.astimezone(LOCAL).date())
    except CalendarNotAnnounced:
        return False
