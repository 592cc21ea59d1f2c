"""Vessel positions in the North Atlantic Format (NAF): `//SR//…KEY/VALUE//…//ER//`."""

import re
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from data_access.ingestion.parsers.result import (
    Faults,
    Layout,
    Parsed,
    Unreadable,
    broken,
    text_frame,
)
from data_access.ingestion.parsers.unpack import decoded, unpacked

COLUMNS = ("XR", "RC", "IR", "NA", "time", "lat", "lon", "speed_kn", "course", "message_type")
DECIMAL = re.compile(r"[+-]?([0-9]{1,6}\.?[0-9]{0,9}|\.[0-9]{1,9})")
START, END = "//SR//", "//ER//"


class _Fault(Exception):  # noqa: N818 - a fault of the message
    def __init__(self, rule: str, column: str = "", value: str = "") -> None:
        super().__init__(rule)
        self.rule, self.column, self.value = rule, column, value


def parse_naf(name: str, content: bytes, layout: Layout) -> Parsed:
    """Return one row per message: vessel fields, `time` UTC, decimal degrees, knots (SP ÷ 10), degrees."""
    text = decoded(name, unpacked(name, content, layout), fallback="cp1252")
    if START not in text:
        raise Unreadable("not_naf", name, row=1)
    records: list[dict[str, str | None]] = []
    rows: list[int] = []
    faults = Faults(name)
    for row, message in _messages(text):
        try:
            records.append(_record(message))
            rows.append(row)
        except _Fault as fault:
            value = fault.value or message
            faults.append(broken(fault.rule, name, row, value, column=fault.column))
    return Parsed(text_frame({key: [each[key] for each in records] for key in COLUMNS}, rows), faults)


def _messages(text: str) -> Iterator[tuple[int, str]]:
    """Yield each stretch from one start mark to the next, with the line it begins on."""
    row, at = 1, 0
    for piece in re.split(f"(?={START})", text):
        if piece.strip():
            lead = len(piece) - len(piece.lstrip())
            yield row + text.count("\n", at, at + lead), piece.strip()
        row += text.count("\n", at, at + len(piece))
        at += len(piece)


def _record(message: str) -> dict[str, str | None]:
    if not message.startswith(START):
        raise _Fault("naf_start")
    if not message.endswith(END):
        raise _Fault("naf_end")
    inner = message.replace("\n", "")[len(START) : -len(END)]
    fields = {
        key.strip(): value.strip() for key, _, value in (part.partition("/") for part in inner.split("//"))
    }
    kind = fields.get("TM") or None
    placed = bool(fields.get("LT") or fields.get("LG")) or kind in (None, "POS", "MAN")
    speed = _number(fields, "SP", 0, 9999)
    return {
        **{key: fields.get(key) for key in ("XR", "RC", "IR", "NA")},
        "time": _instant(fields),
        "lat": _shown(_number(fields, "LT", -90, 90, needed=placed)),
        "lon": _shown(_number(fields, "LG", -180, 180, needed=placed)),
        "speed_kn": _shown(None if speed is None else speed / 10),
        "course": _shown(_number(fields, "CO", 0, 360)),
        "message_type": kind,
    }


def _number(
    fields: dict[str, str], key: str, least: int, most: int, *, needed: bool = False
) -> Decimal | None:
    text = fields.get(key, "")
    if not text and not needed:
        return None
    if not DECIMAL.fullmatch(text) or not least <= Decimal(text) <= most:
        raise _Fault("naf_number", key, text or "—")
    return Decimal(text)


def _shown(number: Decimal | None) -> str | None:
    return None if number is None else f"{number:f}"


def _instant(fields: dict[str, str]) -> str:
    text = fields.get("DA", "") + fields.get("TI", "")
    try:
        if not re.fullmatch(r"[0-9]{12}", text):
            raise ValueError(text)
        return datetime.strptime(text, "%Y%m%d%H%M").strftime("%Y-%m-%dT%H:%M:00Z")
    except ValueError as error:
        raise _Fault("naf_time", "DA, TI", text or "—") from error
