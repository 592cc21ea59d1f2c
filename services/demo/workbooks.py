"""Excel files as the agencies' systems write them: a title, a gap, the header, the rows."""

import io
from datetime import datetime

import polars as pl
import xlsxwriter


def workbook(rows: pl.DataFrame, made: datetime, *, sheets: tuple[str, ...], title: str) -> bytes:
    """Return rows of texts as an Excel file, on the last of `sheets`; always the same bytes."""
    held = io.BytesIO()
    book = xlsxwriter.Workbook(held, {"in_memory": True})
    book.set_properties({"created": made.replace(tzinfo=None)})
    sheet = [book.add_worksheet(name) for name in sheets][-1]
    sheet.write_string(0, 0, title)
    sheet.write_row(2, 0, rows.columns)
    for number, row in enumerate(rows.iter_rows(), 3):
        for column, cell in enumerate(row):
            if cell:
                sheet.write_string(number, column, cell)
    book.close()
    return held.getvalue()
