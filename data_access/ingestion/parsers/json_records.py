"""Lists of JSON objects, whole or one object per line, as a flat frame of text."""

from collections.abc import Iterator
from typing import Any

from data_access.ingestion.parsers.headers import missing_columns, tidy
from data_access.ingestion.parsers.json_text import as_text, flattened, load_json
from data_access.ingestion.parsers.result import (
    Broken,
    Faults,
    Layout,
    Parsed,
    Unreadable,
    broken,
    text_frame,
)
from data_access.ingestion.parsers.unpack import decoded, unpacked

MOST_COLUMNS = 500


def parse_json_records(name: str, content: bytes, layout: Layout) -> Parsed:
    """Return one row per object; nested keys joined by dots, lists as JSON text.

    Options: `path` (dotted way to the list), `lines` (one object per line; `_row` is the line, else the
    index from 1), `allow_empty`. Without `columns` every key becomes a column.
    """
    text = decoded(name, unpacked(name, content, layout))
    faults = Faults(name)
    source = _lines(name, text, faults) if layout.options.get("lines") else _list(name, text, layout)
    rows: list[int] = []
    records: list[dict[str, str | None]] = []
    for row, value in source:
        if isinstance(value, dict):
            rows.append(row)
            records.append({tidy(key): inner for key, inner in flattened(value)})
        else:
            faults.append(broken("not_object", name, row, as_text(value) or "null"))
    if not records and not faults and not layout.options.get("allow_empty"):
        raise Unreadable("no_rows", name)
    columns, extra = _columns(name, layout, records)
    frame = text_frame({column: [each.get(key) for each in records] for column, key in columns.items()}, rows)
    return Parsed(frame, faults, {"extra_columns": ", ".join(extra)} if extra else {})


def _list(name: str, text: str, layout: Layout) -> Iterator[tuple[int, Any]]:
    value = load_json(name, text)
    path = str(layout.options.get("path") or "")
    for step in filter(None, path.split(".")):
        value = value.get(step) if isinstance(value, dict) else None
    if not isinstance(value, list):
        raise Unreadable("no_list", name, path=path or "[ … ]")
    return enumerate(value, 1)


def _lines(name: str, text: str, faults: list[Broken]) -> Iterator[tuple[int, Any]]:
    for row, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                yield row, load_json(name, line, row)
            except Unreadable as error:
                faults.append(broken("bad_json_line", name, row, line, column=error.column))


def _columns(
    name: str, layout: Layout, records: list[dict[str, str | None]]
) -> tuple[dict[str, str], list[str]]:
    """Return the key that fills each column, and the keys that nobody expects."""
    there = {key.casefold(): key for record in reversed(records) for key in reversed(record)}
    keys = list(reversed(there.values()))
    if not layout.expected:
        if len(keys) > MOST_COLUMNS:
            raise Unreadable("too_many_keys", name, found=len(keys), most=MOST_COLUMNS)
        return {key: key for key in keys}, []
    expected = [tidy(column) for column in layout.expected]
    wanted = {column.casefold() for column in expected}
    extra = [key for key in keys if key.casefold() not in wanted]
    missing = [column for column in map(tidy, layout.columns) if column.casefold() not in there]
    if missing and records:
        raise missing_columns(name, missing, extra[:MOST_COLUMNS])
    return {column: there.get(column.casefold(), column) for column in expected}, extra[:MOST_COLUMNS]
