"""How numbers, dates and periods are written: 1.234,5 · 23/11/2026 · local time of Vietnam."""

import datetime as clock
import re
from datetime import datetime, timedelta

from config.locale import say
from config.locale.numbers import NOTHING as NOTHING
from config.locale.numbers import number as number
from data_access.database import LOCAL
from services.figure import Period
from services.periods import is_report, parse_period


def percent(value: float | None, decimals: int = 1, language: str = "vi") -> str:
    """Write a value that is already in per cent, as `88,8 %`."""
    return NOTHING if value is None else f"{number(value, decimals, language)} %"


def change(value: float | None, decimals: int = 0, language: str = "vi") -> str:
    """Write a difference: the arrow says the direction, nothing says better or worse."""
    if value is None:
        return NOTHING
    text = number(abs(value), decimals, language)
    if _is_nothing(text):
        return say("ui.unchanged", language)
    return f"{'▲' if value > 0 else '▼'} {text}"


def _is_nothing(written: str) -> bool:
    return not any(mark in written for mark in "123456789")


def better(value: float | None, direction: str, decimals: int = 0) -> str | None:
    """Return whether a difference, as `change` writes it, is `ok` (better), `bad` (worse) or None (neither)."""
    if value is None or _is_nothing(number(abs(value), decimals)) or direction not in ("up", "down"):
        return None
    return "ok" if (value > 0) == (direction == "up") else "bad"


def local(moment: datetime) -> datetime:
    """Return an instant on the clocks of Vietnam (UTC+7)."""
    return moment.astimezone(LOCAL)


def date(value: datetime | clock.date | None) -> str:
    """Write a day as dd/mm/yyyy."""
    if value is None:
        return NOTHING
    return (local(value) if isinstance(value, datetime) else value).strftime("%d/%m/%Y")


def moment(value: datetime | None, now: datetime | None = None, language: str = "vi") -> str:
    """Write an instant as dd/mm/yyyy HH:MM, or as its distance from `now` when under a day ago."""
    if value is None:
        return NOTHING
    if now is not None and timedelta(0) <= (gone := now - value) < timedelta(days=1):
        minutes = int(gone.total_seconds() // 60)
        if minutes < 1:
            return say("ui.just_now", language)
        if minutes < 60:
            return say("ui.minutes_ago", language, count=minutes)
        return say("ui.hours_ago", language, count=minutes // 60)
    return local(value).strftime("%d/%m/%Y %H:%M")


def period_label(period: Period | None, language: str = "vi", days: bool = True) -> str:
    """Write a period by its grain: 14:00 23/11/2026, Tuần 47/2026, 10/2026, Quý III/2026, Năm 2026.

    `days`: whether a 15th-to-14th period also says which days it covers.
    """
    if period is None:
        return NOTHING
    start = local(period.start)
    if is_report(period.grain):
        return say("ui.report_period", language, period=_report_name(period, language, days))
    if period.grain == "quarter":
        return say("ui.quarter", language, number=("I", "II", "III", "IV")[(start.month - 1) // 3], year=start.year)
    if period.grain == "week":
        year, week, _ = start.isocalendar()
        return say("ui.week", language, number=week, year=year)
    if period.grain == "year":
        return say("ui.year", language, year=start.year)
    shapes = {"minute": "%H:%M %d/%m/%Y", "hour": "%H:%M %d/%m/%Y", "day": "%d/%m/%Y", "month": "%m/%Y"}
    return start.strftime(shapes[period.grain]) if period.grain in shapes else period.label


def _report_name(period: Period, language: str, days: bool) -> str:
    """Write a 15th-to-14th period by the calendar period it is named after, and the days it covers."""
    calendar = parse_period(period.label.removeprefix("K"))
    first, last = local(period.start), local(period.end) - timedelta(days=1)
    name = period_label(calendar, language)
    covered = f" ({first:%d/%m}–{last:%d/%m})" if days else ""
    return f"{name[0].lower()}{name[1:]}{covered}"


def cycle(text: str, language: str = "vi") -> str:
    """Write a promised cycle such as `5m`, `1h`, `1d`, `1M` as `5 phút một lần`."""
    if not re.fullmatch(r"\d+[mhdM]", text):
        return text
    return say(f"ui.cycle_{text[-1]}" if text[-1] != "M" else "ui.cycle_month", language, count=text[:-1])
