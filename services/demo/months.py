"""How agencies that work by the month deliver: closed months whole, the days since one by one."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Final

from data_access.database import LOCAL
from services.demo.plan import File, Plan

HISTORY_AFTER: Final = timedelta(days=20)
"""A month that closed this long before the end comes whole."""


def next_month(month: date) -> date:
    """Return the first day of the month after the one that starts on `month`."""
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1)


def last_months(last: date, count: int) -> list[date]:
    """Return the first days of the `count` months that end with the one of `last`, oldest first."""
    found = [last.replace(day=1)]
    while len(found) < count:
        found.append((found[-1] - timedelta(days=1)).replace(day=1))
    return found[::-1]


def local_seconds(moment: datetime) -> int:
    """Return the seconds since 1970 of a naive local moment, as the simulators count."""
    return int((moment - datetime(1970, 1, 1)).total_seconds())


def by_month(plan: Plan, first: date, last: date, files_of: Callable[[date, bool], Iterable[File]]) -> Iterator[File]:
    """Yield the files due in a plan's window, by due moment; `files_of` gives a month's, whole or by days.

    `first`: the first day of the first month.
    """
    month, waiting = first, list[File]()
    while month <= last:
        closes = datetime.combine(next_month(month), time(6), LOCAL)
        files = files_of(month, plan.until - closes >= HISTORY_AFTER)
        waiting += [file for file in files if plan.since < file.due <= plan.until]
        waiting.sort(key=lambda file: file.due)
        horizon = closes - timedelta(days=1)
        yield from (file for file in waiting if file.due < horizon)
        waiting = [file for file in waiting if file.due >= horizon]
        month = next_month(month)
    yield from waiting
