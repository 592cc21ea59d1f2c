"""Takes personal fields out of a delivery before anything of it is kept.

The raw store then holds the cleaned bytes under the original's sha256. The layout's columns never name a
personal field, so that its values reach neither tables, rejects nor logs.
"""

import csv
import io

import fastexcel
import xlsxwriter

from config.models import Source
from data_access.ingestion.parsing import Parsed

HIDDEN = "…"


def sanitised(source: Source, name: str, content: bytes) -> bytes:
    """Return the bytes to keep: those of the file with every personal cell hidden; none of an unreadable one."""
    if not source.personal:
        return content
    try:
        return _cleaned(source, name, content)
    except Exception:
        return b""


def _cleaned(source: Source, name: str, content: bytes) -> bytes:
    if name.lower().endswith((".xlsx", ".xlsm")):
        return _workbook(content, set(source.personal))
    return _text(content, set(source.personal))


def _hidden(rows: list[list[str]], personal: set[str]) -> list[list[str]]:
    """Hide the cells below every personal header, and whatever stands outside the table's columns."""
    head = next((i for i, row in enumerate(rows) if personal & {c.strip() for c in row}), None)
    if head is None:
        return [[HIDDEN if cell else cell for cell in row] for row in rows]
    titles = [c.strip() for c in rows[head]]
    kept = [bool(t) and t not in personal for t in titles]
    below = [[c if i < len(kept) and kept[i] else HIDDEN for i, c in enumerate(row)] for row in rows[head + 1 :]]
    return [*rows[: head + 1], *below]


def _workbook(content: bytes, personal: set[str]) -> bytes:
    reader = fastexcel.read_excel(content)
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    for title in reader.sheet_names:
        frame = reader.load_sheet(title, header_row=None, skip_rows=0, dtypes="string").to_polars()
        rows = [["" if cell is None else str(cell) for cell in row] for row in frame.rows()]
        sheet = book.add_worksheet(title)
        for y, row in enumerate(_hidden(rows, personal)):
            for x, cell in enumerate(row):
                if cell:
                    sheet.write_string(y, x, cell)
    book.close()
    return out.getvalue()


def _text(content: bytes, personal: set[str]) -> bytes:
    text = content.decode("utf-8-sig", "replace")
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    out = io.StringIO()
    rows = list(csv.reader(io.StringIO(text), delimiter=delimiter))
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows(_hidden(rows, personal))
    return out.getvalue().encode()


def silenced(source: Source, parsed: Parsed) -> Parsed:
    """Return what was parsed without the text of broken records, which may hold personal fields."""
    if not source.personal:
        return parsed
    return Parsed(parsed.frame, [b._replace(value=HIDDEN) for b in parsed.broken], parsed.notes)

