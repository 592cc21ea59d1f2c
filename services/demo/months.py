"""How agencies that work by the month deliver: closed months whole, the days since one by one."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Final

from data_access.database import LOCAL
from services.demo.plan import File, Plan, in_order

EPOCH: Final = date(1970, 1, 1)
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


def days_in(month: date) -> list[date]:
    """Return the days of the month that starts on `month`."""
    return [month + timedelta(days=number) for number in range((next_month(month) - month).days)]


def days_of(plan: Plan, month: date, back: int) -> list[date]:
    """Return the days of a month from `back` days before the plan's window to its end."""
    first, last = plan.days
    return [day for day in days_in(month) if first - timedelta(days=back) <= day <= last]


def day_number(day: date) -> int:
    """Return the days from 1970 to a day."""
    return day.toordinal() - EPOCH.toordinal()


def local_seconds(moment: datetime) -> int:
    """Return the seconds since 1970 of a naive local moment, as the simulators count."""
    return int((moment - datetime(1970, 1, 1)).total_seconds())


def by_month(plan: Plan, first: date, files_of: Callable[[date, bool], Iterable[File]]) -> Iterator[File]:
    """Yield the files due in a plan's window, by due moment; `files_of` gives a month's, whole or by days.

    `first`: a day of the first month.
    """

    def told() -> Iterator[tuple[Iterable[File], datetime]]:
        month = first.replace(day=1)
        while month <= plan.days[1]:
            closes = datetime.combine(next_month(month), time(6), LOCAL)
            yield files_of(month, plan.until - closes >= HISTORY_AFTER), closes - timedelta(days=1)
            month = next_month(month)

    yield from in_order(plan, told())
