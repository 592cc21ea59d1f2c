"""Excel files as the agencies' systems write them: a title, a gap, the header, the rows."""

import io
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import polars as pl
import xlsxwriter


def workbook(
    rows: pl.DataFrame, made: datetime, *, sheets: tuple[str, ...], title: str, groups: Mapping[str, str] | None = None
) -> bytes:
    """Return rows of texts as an Excel file, on the last of `sheets`; always the same bytes.

    `groups` names the merged header over columns that follow each other; the other headers then fill both rows.
    """
    held = io.BytesIO()
    book = xlsxwriter.Workbook(held, {"in_memory": True})
    book.set_properties({"created": made.replace(tzinfo=None)})
    sheet = [book.add_worksheet(name) for name in sheets][-1]
    sheet.write_string(0, 0, title)
    first = 3 if groups is None else _header(sheet, rows.columns, groups)
    if groups is None:
        sheet.write_row(2, 0, rows.columns)
    for number, row in enumerate(rows.iter_rows(), first):
        for column, cell in enumerate(row):
            if cell:
                sheet.write_string(number, column, cell)
    book.close()
    return held.getvalue()


def _header(sheet: Any, columns: list[str], groups: Mapping[str, str]) -> int:
    """Write a header of two rows with merged cells; return the number of the first row of data."""
    for at, name in enumerate(columns):
        if name not in groups:
            sheet.merge_range(2, at, 3, at, name)
        else:
            sheet.write_string(3, at, name)
    for group in dict.fromkeys(groups.values()):
        held = [at for at, name in enumerate(columns) if groups.get(name) == group]
        if len(held) > 1:
            sheet.merge_range(2, held[0], 2, held[-1], group)
        elif held:
            sheet.write_string(2, held[0], group)
    return 4
