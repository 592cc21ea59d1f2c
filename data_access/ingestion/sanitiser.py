"""Takes personal fields and secret documents out of a delivery before anything of it is kept.

The raw store then holds the cleaned bytes under the original's sha256. The layout's columns never name a
personal field, and secret rows leave the frame before any rule sees them, so that neither reaches tables,
rejects, messages or logs.
"""

import csv
import io
from collections.abc import Callable, Sequence

import fastexcel
import polars as pl
import xlsxwriter

from config.locale import say
from config.models import Layout, Secret, Source
from data_access.ingestion.catalogues import folded
from data_access.ingestion.parsers.edxml import cleaned_edxml
from data_access.ingestion.parsers.headers import tidy
from data_access.ingestion.parsers.workbook_safety import checked_formulas
from data_access.ingestion.parsing import Broken, Parsed

HIDDEN = "…"
FORMATS: dict[str, Callable[[str, bytes, Layout], bytes]] = {"edxml": cleaned_edxml}
"""Parsers whose files are never kept as they came: how each is cleaned."""


def guarded(source: Source, name: str) -> bool:
    """Say whether a source's file may hold what must not be kept."""
    return bool(source.personal or source.secret or source.layout_of(name).parser in FORMATS)


def sanitised(source: Source, name: str, content: bytes) -> bytes:
    """Return the bytes to keep: the file without personal cells and secret rows; none of an unreadable one."""
    if not guarded(source, name):
        return content
    try:
        return _cleaned(source, name, content)
    except Exception:
        return b""


def _cleaned(source: Source, name: str, content: bytes) -> bytes:
    layout = source.layout_of(name)
    if layout.parser in FORMATS:
        return FORMATS[layout.parser](name, content, layout)
    if content.startswith(b"PK"):
        checked_formulas(name, content, layout)
        return _workbook(content, source)
    return _text(content, source)


def _hidden(rows: list[list[str]], source: Source) -> list[list[str]]:
    """Hide the cells below personal headers and outside the table's columns, and empty the secret rows.

    Without the header row nothing can be told apart, so that everything is hidden.
    """
    personal = {tidy(p) for p in source.personal}
    marked = {tidy(source.secret.column)} if source.secret else personal
    head = next((i for i, row in enumerate(rows) if marked & {tidy(c) for c in row}), None)
    if head is None:
        return [[HIDDEN if cell else cell for cell in row] for row in rows]
    titles = [tidy(c) for c in rows[head]]
    kept = [bool(t) and t not in personal for t in titles]
    below = [[c if i < len(kept) and kept[i] else HIDDEN for i, c in enumerate(row)] for row in rows[head + 1 :]]
    if secret := source.secret:
        below = [_without_secret(row, titles, secret) for row in below]
    above = [[HIDDEN if cell and secret else cell for cell in row] for row in rows[:head]]
    return [*above, rows[head], *below]


def _without_secret(row: list[str], titles: Sequence[str], secret: Secret) -> list[str]:
    """Return a row, emptied but for the columns kept for counting where it is of a secret document."""
    if not any(c.strip(HIDDEN) for c in row):
        return row
    if len(row) != len(titles):  # cells moved: what stands under the column may not be its own
        return []
    at = titles.index(tidy(secret.column))
    if folded(row[at]) in {folded(a) for a in secret.allowed}:
        return row
    left = {tidy(k) for k in secret.keep}
    return [HIDDEN if i == at else c if t in left else "" for i, (c, t) in enumerate(zip(row, titles, strict=False))]


def _workbook(content: bytes, source: Source) -> bytes:
    reader = fastexcel.read_excel(content)
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    for title in reader.sheet_names:
        frame = reader.load_sheet(title, header_row=None, skip_rows=0, dtypes="string").to_polars()
        rows = [["" if cell is None else str(cell) for cell in row] for row in frame.rows()]
        sheet = book.add_worksheet(title)
        for y, row in enumerate(_hidden(rows, source)):
            for x, cell in enumerate(row):
                if cell:
                    sheet.write_string(y, x, cell)
    book.close()
    return out.getvalue()


def _text(content: bytes, source: Source) -> bytes:
    text = content.decode("utf-8-sig", "replace")
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    out = io.StringIO()
    rows = list(csv.reader(io.StringIO(text), delimiter=delimiter))
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows(_hidden(rows, source))
    return out.getvalue().encode()


def silenced(source: Source, name: str, parsed: Parsed) -> Parsed:
    """Return what was parsed without secret rows and without the text of broken records; note `secret` counts."""
    if not (source.personal or source.secret):
        return parsed
    quiet = [b._replace(value=HIDDEN) for b in parsed.broken]
    if source.secret is None:
        return Parsed(parsed.frame, quiet, parsed.notes)
    quiet = [Broken(b.sheet, b.row, "", HIDDEN, b.rule, say("parsing.hidden_row", file=name, row=b.row)) for b in quiet]
    frame, count = _open_rows(parsed.frame, source.secret)
    return Parsed(frame, quiet, parsed.notes | ({"secret": str(count)} if count else {}))


def _open_rows(frame: pl.DataFrame, secret: Secret) -> tuple[pl.DataFrame, int]:
    """Return the rows that are no secret documents, of these only the columns kept, and how many there were."""
    allowed = {folded(a) for a in secret.allowed}
    cells = frame[tidy(secret.column)].fill_null("")
    words = {cell: folded(cell) not in allowed for cell in cells.unique()}
    is_secret = cells.replace_strict(words, return_dtype=pl.Boolean)
    count = int(is_secret.sum())
    if not count:
        return frame, 0
    if not secret.keep:
        return frame.filter(~is_secret), count
    left = {*map(tidy, secret.keep), "_sheet", "_row"}
    rest = [pl.when(~is_secret).then(pl.col(c)).alias(c) for c in frame.columns if c not in left]
    mark = pl.when(is_secret).then(pl.lit(HIDDEN)).otherwise(pl.col(tidy(secret.column)))
    return frame.with_columns(rest).with_columns(mark.alias(tidy(secret.column))), count
