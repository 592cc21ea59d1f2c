"""Periods of local time (UTC+7): reading `2026-10`, stepping, naming, and the latest that has closed.

A reporting month runs from the 15th to the 14th and bears the name of the month it ends in: `K2026-11` is
15/10/2026-14/11/2026; its quarter and year are made of it (`K2026` is 15/12/2025-14/12/2026).
"""

import re
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from data_access.database import LOCAL
from services.figure import Period

PATTERNS = {
    "report_year": r"K(\d{4})",
    "report_quarter": r"K(\d{4})-Q([1-4])",
    "report_month": r"K(\d{4})-(\d{2})",
    "year": r"(\d{4})",
    "quarter": r"(\d{4})-Q([1-4])",
    "month": r"(\d{4})-(\d{2})",
    "week": r"(\d{4})-W(\d{2})",
    "day": r"(\d{4})-(\d{2})-(\d{2})",
    "hour": r"(\d{4})-(\d{2})-(\d{2})T(\d{2})(?::00)?",
}
SIZES = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(days=7)}
GRAINS = ("hour", "day", "week", "month", "quarter", "year", "report_month", "report_quarter", "report_year")
REPORT = "report_"
MONTHS = {"month": 1, "quarter": 3, "year": 12}


class PeriodError(ValueError):
    """A period that cannot be read, with the forms that can."""


def _local(year: int, month: int = 1, day: int = 1, hour: int = 0) -> datetime:
    return datetime(year, month, day, hour, tzinfo=LOCAL)


def _next_month(moment: datetime, months: int) -> datetime:
    index = moment.year * 12 + moment.month - 1 + months
    return moment.replace(year=index // 12, month=index % 12 + 1)


def is_report(grain: str) -> bool:
    """Say whether periods of a grain run from the 15th to the 14th."""
    return grain.startswith(REPORT)


def _named(moment: datetime) -> datetime:
    """Return the first of the month whose reporting month begins with, or holds, a local moment."""
    first = moment.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return _next_month(first, 1) if moment.day >= 15 else first


def step(start: datetime, grain: str, count: int = 1) -> datetime:
    """Return the start of the period `count` steps after the one that starts at `start`."""
    local = start.astimezone(LOCAL)
    if months := MONTHS.get(grain.removeprefix(REPORT)):
        return _next_month(local, months * count).astimezone(UTC)
    return (local + SIZES[grain] * count).astimezone(UTC)


def floor(moment: datetime, grain: str) -> datetime:
    """Return the start of the period that holds a moment."""
    local = moment.astimezone(LOCAL)
    if is_report(grain):
        named = floor(_named(local), grain.removeprefix(REPORT)).astimezone(LOCAL)
        return _next_month(named, -1).replace(day=15).astimezone(UTC)
    day = local.replace(hour=0, minute=0, second=0, microsecond=0)
    match grain:
        case "hour":
            found = local.replace(minute=0, second=0, microsecond=0)
        case "day":
            found = day
        case "week":
            found = day - timedelta(days=day.weekday())
        case "month":
            found = day.replace(day=1)
        case "quarter":
            found = day.replace(day=1, month=(day.month - 1) // 3 * 3 + 1)
        case _:
            found = day.replace(day=1, month=1)
    return found.astimezone(UTC)


def label(start: datetime, grain: str) -> str:
    """Return the code of a period: `2026`, `2026-Q4`, `2026-10`, `2026-W47`, `2026-10-15`, …T08, `K2026-10`."""
    local = start.astimezone(LOCAL)
    if is_report(grain):
        return "K" + label(_named(local), grain.removeprefix(REPORT))
    match grain:
        case "hour":
            return f"{local:%Y-%m-%dT%H}"
        case "week":
            year, week, _ = local.isocalendar()
            return f"{year}-W{week:02d}"
        case "quarter":
            return f"{local.year}-Q{(local.month + 2) // 3}"
        case "day":
            return f"{local:%Y-%m-%d}"
        case "month":
            return f"{local:%Y-%m}"
    return f"{local:%Y}"


def period_at(moment: datetime, grain: str) -> Period:
    """Return the period of `grain` that holds a moment."""
    start = floor(moment, grain)
    return Period(grain, start, step(start, grain), label(start, grain))


def parse_period(text: str) -> Period:
    """Return the period a code names; raise PeriodError with the forms accepted."""
    try:
        for grain, pattern in PATTERNS.items():
            if match := re.fullmatch(pattern, text):
                numbers = [int(g) for g in match.groups()]
                if grain == "week":
                    monday = date.fromisocalendar(numbers[0], numbers[1], 1)
                    return period_at(_local(monday.year, monday.month, monday.day), grain)
                if grain.endswith("quarter"):
                    numbers[1] = numbers[1] * 3 - 2
                found = _local(*numbers)
                return period_at(found.replace(day=1) if is_report(grain) else found, grain)
    except ValueError as error:
        raise PeriodError(f"Kỳ “{text}” không có trong lịch: {error}") from error
    raise PeriodError(
        f"Kỳ “{text}” không đọc được. Viết như 2026, 2026-Q4, 2026-10, 2026-W47, 2026-10-15, 2026-10-15T08, "
        "K2026-11 (15/10 đến 14/11)."
    )


def latest_closed(moment: datetime, grain: str) -> Period:
    """Return the last period of `grain` that has ended by a moment."""
    return period_at(floor(moment, grain) - timedelta(seconds=1), grain)


def last_periods(period: Period, count: int) -> list[Period]:
    """Return the `count` periods that end with `period`, oldest first."""
    if size := SIZES.get(period.grain):
        bounds = [period.start + size * (i - count + 1) for i in range(count + 1)]
    else:
        bounds = [step(period.start, period.grain, i - count + 1) for i in range(count + 1)]
    return [Period(period.grain, s, e, label(s, period.grain)) for s, e in pairwise(bounds)]


def fits(inner: str, outer: str) -> bool:
    """Say whether periods of `outer` are made of whole periods of `inner`."""
    if inner == outer or inner == "hour":
        return True
    if inner == "day":
        return outer != "hour"
    if is_report(outer):
        return inner == "report_month"
    return inner == "month" and outer in ("quarter", "year")
