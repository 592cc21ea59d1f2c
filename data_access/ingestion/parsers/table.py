"""Tables: Excel workbooks and delimited text, plain or gzipped, told apart by their bytes."""

from dataclasses import replace

import polars as pl

from data_access.ingestion.parsers.delimited import parse_delimited
from data_access.ingestion.parsers.result import Layout, Parsed, Unreadable, base_name
from data_access.ingestion.parsers.unpack import decoded, unpacked
from data_access.ingestion.parsers.workbook import parse_workbook
from data_access.ingestion.parsers.workbook_safety import OLE

EXCEL = (".xlsx", ".xlsm", ".xls")
TOTAL = r"(?i)^\s*(tổng|cộng|total)\b"


def parse_table(name: str, content: bytes, layout: Layout) -> Parsed:
    """Return the rows of a table under its header.

    Options: `no_header` names columns by their position; `totals` names the columns in which a row of totals
    says so ("Cộng", "Tổng số"): such rows are left out.
    """
    plain = unpacked(name, content, layout)
    if not plain.strip():
        raise Unreadable("empty_file", name)
    ending = base_name(name).lower().removesuffix(".gz")
    if plain.startswith((b"PK", OLE)) or ending.endswith(EXCEL):
        parsed = parse_workbook(name, plain, layout)
    else:
        parsed = parse_delimited(name, decoded(name, plain), layout)
    if not parsed.frame.height and not parsed.broken and not layout.options.get("allow_empty"):
        raise Unreadable("no_rows", name, sheet=parsed.notes.get("sheet", ""))
    totals = [pl.col(column).str.contains(TOTAL).fill_null(False) for column in layout.options.get("totals", [])]
    return replace(parsed, frame=parsed.frame.filter(~pl.any_horizontal(totals))) if totals else parsed
