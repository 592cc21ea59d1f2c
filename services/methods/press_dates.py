"""The dates of feeds as outlets really write them, read by shape; never guessed beyond what the feed declares."""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

MONTHS: Final = {name: number for number, name in enumerate(
    ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1)}  # fmt: skip
HALVES: Final = {"am": 0, "sa": 0, "pm": 12, "ch": 12}
_CLOCK: Final = r"(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:\.\d+)?)?(?: ?(?P<half>[AP]M|SA|CH))?"
_ZONE: Final = r"(?: ?(?P<zone>Z|(?:GMT|UTC|UT)(?:[+-]\d{1,2}(?::?\d\d)?)?|[+-]\d\d(?::?\d\d)?))?"
_DAYS: Final = r"(?:[^\W\d]+(?: [^\W\d]+)?,? )?"
_NUMBERS: Final = r"(?P<first>\d{1,2})[/.-](?P<next>\d{1,2})[/.-](?P<year>\d{4})"
SHAPES: Final = tuple(re.compile(shape, re.IGNORECASE) for shape in (
    rf"{_DAYS}(?P<day>\d{{1,2}}) (?P<name>[a-z]{{3}})[a-z]* (?P<year>\d{{4}}|\d\d),? {_CLOCK}{_ZONE}",
    rf"(?P<year>\d{{4}})-(?P<month>\d\d)-(?P<day>\d\d)[T ]{_CLOCK}{_ZONE}",
    rf"{_DAYS}{_NUMBERS},? (?:- )?{_CLOCK}{_ZONE}",
    rf"{_DAYS}{_CLOCK},? (?:- )?(?:ngày )?{_NUMBERS}{_ZONE}",
))  # fmt: skip


def _offset(zone: str | None, default: timedelta) -> timedelta:
    """Return the hours east of UTC that a zone says; the feed's own where it says none."""
    if zone is None:
        return default
    found = re.search(r"([+-])(\d{1,2}):?(\d\d)?$", zone)
    if not found:
        return timedelta()
    size = timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
    return -size if found[1] == "-" else size


def _day_and_month(found: re.Match[str], order: str) -> tuple[int, int]:
    parts = found.groupdict()
    if parts.get("name"):
        return int(parts["day"]), MONTHS.get(parts["name"].lower(), 0)
    if parts.get("month"):
        return int(parts["day"]), int(parts["month"])
    first, second = int(parts["first"]), int(parts["next"])
    day, month = (second, first) if order == "mdy" else (first, second)
    return (month, day) if month > 12 else (day, month)


@lru_cache(maxsize=8192)
def published_at(text: str, order: str = "dmy", default: timedelta = timedelta(hours=7)) -> datetime | None:
    """Return the moment (UTC) that a feed's date tells, None where its shape is unknown.

    `order`: `dmy` or `mdy`, how the feed writes 3/4/2026 (the other way round where that is no date);
    `default`: hours east of UTC of dates without zone. Blanks may be U+202F or U+00A0.
    """
    plain = " ".join(re.sub(r"[\u202f\u00a0]", " ", text).split())
    for shape in SHAPES:
        if found := shape.fullmatch(plain):
            return _moment(found, order, default)
    return None


def _moment(found: re.Match[str], order: str, default: timedelta) -> datetime | None:
    day, month = _day_and_month(found, order)
    year, hour = int(found["year"]), int(found["hour"])
    half = HALVES.get((found["half"] or "").lower())
    if half is not None:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + half
    try:
        clock = datetime(year + 2000 * (year < 100), month, day, hour, int(found["minute"]), int(found["second"] or 0))
        return (clock - _offset(found["zone"], default)).replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
