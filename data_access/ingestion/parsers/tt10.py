"""Automatic monitoring files of Circular 10/2021/TT-BTNMT, Annex 15: tab-separated records of five fields."""

import re
from datetime import datetime

from data_access.ingestion.parsers.result import (
    Faults,
    Layout,
    Parsed,
    Unreadable,
    base_name,
    broken,
    text_frame,
)
from data_access.ingestion.parsers.unpack import decoded

FIELDS = ("symbol", "value", "unit", "time", "status")
TIME = re.compile(r"[0-9]{14}")
STATUS = re.compile(r"[0-9]{2}")


def parse_tt10(name: str, content: bytes, layout: Layout) -> Parsed:
    """Return the records of one station's file: `symbol value unit time status` and what the name says.

    Both layouts are read: a record per line, or all records on one line (5·n fields). Values, decimal
    commas, `---` and times pass as text; `file_time` and `time` are local, yyyyMMddHHmmss.
    """
    named = _named(name)
    lines = decoded(name, content, fallback="cp1252").split("\n")
    if all(line.count("\t") == 4 for line in lines if line):
        rows = [at for at, line in enumerate(lines, 1) if line]
        fields = "\t".join(line for line in lines if line).split("\t")
        faults = Faults(name)
    else:
        rows, fields, faults = _regrouped(name, lines)
    columns: dict[str, list[str]] = {key: [value] * len(rows) for key, value in named.items()}
    columns |= {field: fields[at::5] for at, field in enumerate(FIELDS)}
    return Parsed(text_frame(columns, rows), faults, dict(named))


def _named(name: str) -> dict[str, str]:
    """Return province, facility, station and time of a file name; the station is all that is left between.

    `station` is the whole code, unique in the province: `TH_BSON_KHILO2`.
    """
    stem, dot, ending = base_name(name).rpartition(".")
    parts = [part for part in stem.split("_") if part]
    if not dot or ending.lower() != "txt" or len(parts) < 4 or not _is_time(parts[-1]):
        raise Unreadable("tt10_name", name)
    return {
        "file_province": parts[0],
        "file_facility": parts[1],
        "file_station": "_".join(parts[2:-1]),
        "station": "_".join(parts[:-1]),
        "file_time": parts[-1],
    }


def _is_time(text: str) -> bool:
    if not TIME.fullmatch(text):
        return False
    try:
        datetime.strptime(text, "%Y%m%d%H%M%S")
    except ValueError:
        return False
    return True


def _regrouped(name: str, lines: list[str]) -> tuple[list[int], list[str], Faults]:
    """Return line numbers, fields in fives, and the broken records of lines that hold other than five."""
    rows: list[int] = []
    fields: list[str] = []
    faults = Faults(name)
    for row, line in enumerate(lines, 1):
        if not line.strip():
            continue
        cells = line.split("\t")
        if len(cells) % 5 == 1 and len(cells) > 1 and not cells[-1].strip():
            cells.pop()
        sound = len(cells) if len(cells) % 5 == 0 else _aligned(cells)
        rows += [row] * (sound // 5)
        fields += cells[:sound]
        if sound < len(cells):
            rest = cells[sound:]
            faults.append(broken("tt10_fields", name, row, "\t".join(rest), found=len(rest)))
    return rows, fields, faults


def _aligned(cells: list[str]) -> int:
    """Return how many leading fields form whole records: beyond a lost field no value can be trusted."""
    sound = 0
    while len(cells) >= 10 and sound + 5 < len(cells) and _is_record(cells[sound : sound + 5]):
        sound += 5
    return sound


def _is_record(cells: list[str]) -> bool:
    return bool(TIME.fullmatch(cells[3].strip()) and STATUS.fullmatch(cells[4].strip()))
