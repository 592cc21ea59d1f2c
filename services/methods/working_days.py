"""Working days of the civil service by the calendar as announced, days off and worked Saturdays included.

The n-th working day is counted from the day after the start; a working day has the eight hours of `SHIFTS`.
Beyond the last announced year nothing is guessed: scalar functions raise CalendarNotAnnounced, columns are
null. Local time is UTC+7.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from functools import cache
from pathlib import Path
from typing import Literal, overload

import numpy as np
import numpy.typing as npt
import polars as pl
import yaml
from pydantic import BaseModel, ConfigDict

from config.locale import say

FOLDER = Path(__file__).parents[2] / "config" / "calendar"
LOCAL = timezone(timedelta(hours=7))
EPOCH = date(1970, 1, 1)
SHIFTS = ((time(7, 30), time(11, 30)), (time(13, 30), time(17, 30)))
"""Office hours of a working day, eight in all (product choice: an office may open half an hour earlier)."""
DAY_HOURS = 8.0
DAY_MICROSECONDS = 86_400_000_000
HOUR_MICROSECONDS = 3_600_000_000


class CalendarNotAnnounced(LookupError):  # noqa: N818 - it states a fact about the calendar
    """No announced calendar covers the day; `str()` is the Vietnamese text."""

    def __init__(self, last: date, first: date) -> None:
        self.last, self.first = last, first
        super().__init__(self.text())

    def text(self, language: str = "vi") -> str:
        """Return the message for the person who asked."""
        return say(
            "methods.calendar_not_announced",
            language,
            first=self.first.strftime("%d/%m/%Y"),
            last=self.last.strftime("%d/%m/%Y"),
        )


class SpecialDay(BaseModel):
    """A weekday off or a Saturday worked, with the notice that says so."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    day: date
    why: Literal[
        "new_year",
        "lunar_new_year",
        "hung_kings",
        "reunification",
        "labour",
        "national",
        "culture",
        "swapped",
        "made_up",
    ]
    notice: str


class CalendarYear(BaseModel):
    """The working calendar of one year as its file says."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    year: int
    announced: bool
    days_off: tuple[SpecialDay, ...]
    worked_saturdays: tuple[SpecialDay, ...]


@dataclass(frozen=True)
class _Calendar:
    first: date
    last: date
    days: npt.NDArray[np.int64]
    """Working days from `first` to `last`, as days since 1970, ascending."""


@cache
def calendar_years() -> tuple[CalendarYear, ...]:
    """Return every year in `config/calendar/`, in order, announced or not."""
    contents = (yaml.safe_load(path.read_text(encoding="utf-8")) for path in FOLDER.glob("*.yaml"))
    return tuple(sorted((CalendarYear(**content) for content in contents), key=lambda entry: entry.year))


@cache
def _calendar() -> _Calendar:
    announced = [entry for entry in calendar_years() if entry.announced]
    years = [entry.year for entry in announced]
    if years != list(range(years[0], years[-1] + 1)):
        raise ValueError(f"config/calendar: announced years have a gap: {years}")
    first, last = date(years[0], 1, 1), date(years[-1], 12, 31)
    every_day = np.arange(_number(first), _number(last) + 1)
    is_working = (every_day + 3) % 7 < 5  # 1970-01-01 was a Thursday
    for entry in announced:
        for special in entry.days_off:
            is_working[_number(special.day) - every_day[0]] = False
        for special in entry.worked_saturdays:
            is_working[_number(special.day) - every_day[0]] = True
    return _Calendar(first, last, every_day[is_working])


def _number(day: date) -> int:
    return (day - EPOCH).days


def _local_date(moment: date) -> date:
    if not isinstance(moment, datetime):
        return moment
    return moment.astimezone(LOCAL).date() if moment.tzinfo else moment.date()


def _position(day: date) -> int:
    """Return how many working days lie up to and including `day`; raise where nothing is announced."""
    calendar = _calendar()
    if not calendar.first <= day <= calendar.last:
        raise CalendarNotAnnounced(calendar.last, calendar.first)
    return int(np.searchsorted(calendar.days, _number(day), side="right"))


def is_working_day(day: date) -> bool:
    """Return whether offices work on `day`; a datetime counts by its local date."""
    day = _local_date(day)
    position = _position(day)
    return position > 0 and int(_calendar().days[position - 1]) == _number(day)


@overload
def add_working_days(start: datetime, n: int) -> datetime: ...
@overload
def add_working_days(start: date, n: int) -> date: ...
def add_working_days(start: date, n: int) -> date:
    """Return the n-th working day after `start` (n ≥ 0; 0 is the start itself).

    A datetime keeps its local time of day and its own zone; a naive one is local.
    """
    if n < 0:
        raise ValueError("n must not be negative")
    day = _local_date(start)
    index = _position(day) + n - 1
    calendar = _calendar()
    if index >= len(calendar.days):
        raise CalendarNotAnnounced(calendar.last, calendar.first)
    due = day if n == 0 else EPOCH + timedelta(days=int(calendar.days[index]))
    return start + (due - day)


def working_days_between(a: date, b: date) -> int:
    """Return the working days after `a` up to and including `b`; negative when `b` lies before `a`."""
    return _position(_local_date(b)) - _position(_local_date(a))


def due_dates(starts: pl.Series, days: pl.Series) -> pl.Series:
    """Return `add_working_days` of a Date column and a whole-number column of equal length, as Date.

    Null where either is null, days are negative or the calendar is not announced.
    """
    calendar = _calendar()
    start, is_known = _numbers(starts)
    count = days.cast(pl.Int64).fill_null(-1).to_numpy()
    index = np.searchsorted(calendar.days, start, side="right") + count - 1
    is_known = is_known & (count >= 0) & (index < len(calendar.days))
    due = np.where(count == 0, start, calendar.days[np.clip(index, 0, len(calendar.days) - 1)])
    return _masked(due, is_known).cast(pl.Int32).cast(pl.Date).alias(starts.name)


def days_before(ends: pl.Series, n: int) -> pl.Series:
    """Return for each Date the n-th working day before the last one up to it: from then on at most n are left.

    Null where the date is null or the calendar is not announced.
    """
    calendar = _calendar()
    end, is_known = _numbers(ends)
    index = np.searchsorted(calendar.days, end, side="right") - 1 - n
    first = calendar.days[np.clip(index, 0, len(calendar.days) - 1)]
    return _masked(first, is_known & (index >= 0)).cast(pl.Int32).cast(pl.Date).alias(ends.name)


def elapsed_working_days(a: pl.Series, b: pl.Series) -> pl.Series:
    """Return `working_days_between` of two Date columns as Int64, null where it is not known."""
    calendar = _calendar()
    (start, start_known), (end, end_known) = _numbers(a), _numbers(b)
    elapsed = np.searchsorted(calendar.days, end, side="right") - np.searchsorted(
        calendar.days, start, side="right"
    )
    return _masked(elapsed, start_known & end_known).alias(a.name)


def working_hours(a: pl.Series, b: pl.Series) -> pl.Series:
    """Return the office hours from each moment of `a` to that of `b` as Float64, negative when `b` is earlier.

    Columns of instants (naive ones are local) or dates (their first moment), of equal length; null where
    either is null or the calendar is not announced.
    """
    (start, start_known), (end, end_known) = _hours_before(a), _hours_before(b)
    frame = pl.DataFrame({"value": end - start, "known": start_known & end_known})
    return frame.select(pl.when("known").then(pl.col("value"))).to_series().alias(a.name)


def working_hours_between(a: datetime, b: datetime) -> float:
    """Return the office hours from `a` to `b`, negative when `b` is earlier; naive moments are local."""
    for moment in (a, b):
        _position(_local_date(moment))
    local = [m.astimezone(LOCAL).replace(tzinfo=None) if m.tzinfo else m for m in (a, b)]
    first, then = (pl.Series([m], dtype=pl.Datetime("us")) for m in local)
    return float(working_hours(first, then).item())


def after_working_hours(starts: pl.Series, hours: pl.Series) -> pl.Series:
    """Return the first moment by which `hours` (≥ 0) office hours have passed, as `starts` is typed.

    Null where either is null, hours are negative or the calendar is not announced.
    """
    calendar = _calendar()
    before, is_known = _hours_before(starts)
    wanted = hours.cast(pl.Float64).fill_null(-1.0).fill_nan(-1.0).to_numpy()
    total = np.round((before + wanted) * HOUR_MICROSECONDS).astype(np.int64)
    day, rest = np.divmod(total - 1, int(DAY_HOURS * HOUR_MICROSECONDS))
    rest += 1
    is_known = is_known & (wanted >= 0) & (day < len(calendar.days)) & ((day >= 0) | (wanted == 0))
    moment = calendar.days[np.clip(day, 0, len(calendar.days) - 1)] * DAY_MICROSECONDS
    left = rest
    reached = np.zeros_like(rest)
    for opens, closes in _shifts():
        length = closes - opens
        reached = np.where(left > 0, opens + np.minimum(left, length), reached)
        left = left - length
    ticks = np.where(wanted == 0, _local_ticks(starts), moment + reached)
    kind = starts.dtype
    zone = kind.time_zone if isinstance(kind, pl.Datetime) else None
    local = _masked(ticks, is_known).cast(pl.Datetime("us"))
    if zone is None:
        return local.alias(starts.name)
    return (local - timedelta(hours=7)).dt.replace_time_zone("UTC").dt.convert_time_zone(zone).alias(starts.name)


def _shifts() -> list[tuple[int, int]]:
    """Return the office hours of a day as microseconds after midnight."""
    return [(_ticks(opens), _ticks(closes)) for opens, closes in SHIFTS]


def _ticks(clock: time) -> int:
    return (clock.hour * 60 + clock.minute) * 60_000_000


def _local_ticks(moments: pl.Series) -> npt.NDArray[np.int64]:
    """Return microseconds since 1970 of the local clock, 0 for null."""
    kind = moments.dtype
    if isinstance(kind, pl.Datetime) and kind.time_zone:
        moments = moments.dt.convert_time_zone("UTC").dt.replace_time_zone(None) + timedelta(hours=7)
    return moments.cast(pl.Datetime("us")).to_physical().cast(pl.Int64).fill_null(0).to_numpy()


def _hours_before(moments: pl.Series) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """Return how many office hours of the announced calendar lie before each moment, and where it is known."""
    calendar = _calendar()
    days, clock = np.divmod(_local_ticks(moments), DAY_MICROSECONDS)
    position = np.searchsorted(calendar.days, days, side="left")
    works = calendar.days[np.minimum(position, len(calendar.days) - 1)] == days
    passed = sum(np.clip(clock - opens, 0, closes - opens) for opens, closes in _shifts())
    today = np.where(works, passed / HOUR_MICROSECONDS, 0.0)
    hours = (position * DAY_HOURS + today).astype(np.float64)
    inside = (days >= _number(calendar.first)) & (days <= _number(calendar.last))
    return hours, inside & moments.is_not_null().to_numpy()


def _numbers(dates: pl.Series) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Return days since 1970 (0 for null) and whether each lies in the announced years."""
    calendar = _calendar()
    numbers = dates.cast(pl.Date).to_physical().cast(pl.Int64).fill_null(0).to_numpy()
    inside = (numbers >= _number(calendar.first)) & (numbers <= _number(calendar.last))
    return numbers, inside & dates.is_not_null().to_numpy()


def _masked(values: npt.NDArray[np.int64], is_known: npt.NDArray[np.bool_]) -> pl.Series:
    frame = pl.DataFrame({"value": values.astype(np.int64), "known": is_known})
    return frame.select(pl.when("known").then(pl.col("value"))).to_series()
