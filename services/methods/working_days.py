"""Working days of the civil service by the calendar as announced, days off and worked Saturdays included.

The n-th working day is counted from the day after the start. Beyond the last announced year nothing is
guessed: scalar functions raise CalendarNotAnnounced, columns are null. Local time is UTC+7.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
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


def calendar_days_known_until() -> date:
    """Return the last day for which the calendar is announced."""
    return _calendar().last


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


def elapsed_working_days(a: pl.Series, b: pl.Series) -> pl.Series:
    """Return `working_days_between` of two Date columns as Int64, null where it is not known."""
    calendar = _calendar()
    (start, start_known), (end, end_known) = _numbers(a), _numbers(b)
    elapsed = np.searchsorted(calendar.days, end, side="right") - np.searchsorted(
        calendar.days, start, side="right"
    )
    return _masked(elapsed, start_known & end_known).alias(a.name)


def _numbers(dates: pl.Series) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Return days since 1970 (0 for null) and whether each lies in the announced years."""
    calendar = _calendar()
    numbers = dates.cast(pl.Date).to_physical().cast(pl.Int64).fill_null(0).to_numpy()
    inside = (numbers >= _number(calendar.first)) & (numbers <= _number(calendar.last))
    return numbers, inside & dates.is_not_null().to_numpy()


def _masked(values: npt.NDArray[np.int64], is_known: npt.NDArray[np.bool_]) -> pl.Series:
    frame = pl.DataFrame({"value": values.astype(np.int64), "known": is_known})
    return frame.select(pl.when("known").then(pl.col("value"))).to_series()
