"""Takes personal fields and secret documents out of a delivery before anything of it is kept.

The raw store then holds the cleaned bytes under the original's sha256. Contacts are hashed and masked, the
layout's columns never name a personal field, and secret rows leave the frame before any rule sees them, so
that none of it reaches tables, rejects, messages or logs.
"""

import csv
import gzip
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import fastexcel
import polars as pl
import xlsxwriter

from config.locale import say
from config.models import Layout, Secret, Source
from config.settings import settings
from data_access.ingestion.catalogues import folded
from data_access.ingestion.cleaned_json import cleaned_json
from data_access.ingestion.contacts import masked
from data_access.ingestion.keeping import HIDDEN, Keeping, Treatment, hidden, left
from data_access.ingestion.parsers.bhyt import cleaned_bhyt
from data_access.ingestion.parsers.datex2 import cleaned_datex2
from data_access.ingestion.parsers.delimited import DELIMITERS
from data_access.ingestion.parsers.edxml import cleaned_edxml
from data_access.ingestion.parsers.feed import cleaned_feed
from data_access.ingestion.parsers.headers import SEARCHED, header_row, tidy
from data_access.ingestion.parsers.unpack import GZIP, decoded, unpacked
from data_access.ingestion.parsers.workbook_safety import checked_formulas
from data_access.ingestion.parsing import Broken, Parsed

FORMATS: dict[str, Callable[[str, bytes, Layout], bytes]] = {
    "edxml": cleaned_edxml,
    "datex2": cleaned_datex2,
    "bhyt": cleaned_bhyt,
    "feed": cleaned_feed,
}
"""Parsers whose files are never kept as they came: how each is cleaned."""
JSON = "json_records"


def guarded(source: Source, name: str) -> bool:
    """Say whether a source's file may hold what must not be kept."""
    kinds = source.personal, source.hashed, source.masked, source.offices, source.secret
    return any(kinds) or source.layout_of(name).parser in FORMATS


def sanitised(source: Source, name: str, content: bytes) -> bytes:
    """Return the bytes to keep: the file without personal cells and secret rows; none of an unreadable one."""
    if not guarded(source, name):
        return content
    try:
        return _cleaned(source, name, content)
    except Exception:
        return b""


def to_parse(source: Source, name: str, content: bytes, cleaned: bytes) -> bytes:
    """Return the bytes to parse: of JSON what is kept of it (`cleaned`), since a cell may hold whole objects."""
    return cleaned or content if source.layout_of(name).parser == JSON else content


def bounded(source: Source, name: str) -> Layout:
    """Return how a file looks, its size limited by the installation's setting."""
    look = source.layout_of(name)
    return look.model_copy(update={"options": {"max_mb": settings().max_file_mb, **look.options}})


def without(source: Source, name: str, content: bytes, rows: pl.DataFrame) -> bytes:
    """Return cleaned bytes once more, without these of the rows that the parser makes of them."""
    layout = bounded(source, name)
    if layout.parser == "edxml":
        return cleaned_edxml(name, content, layout, set(rows["document_id"]))
    gone = set(rows.select("_sheet", "_row").rows())
    plain = unpacked(name, content, layout)
    if plain.startswith(b"PK"):
        return _rewritten(plain, lambda sheet, cells: [[] if (sheet, y) in gone else r for y, r in enumerate(cells, 1)])
    text = "\n".join(_without_lines(decoded(name, plain).split("\n"), {row for _, row in gone})).encode()
    return gzip.compress(text) if content.startswith(GZIP) else text


def _without_lines(lines: list[str], gone: set[int]) -> Iterator[str]:
    """Yield lines, empty where a record that begins there (from 1) is gone, and on to where its quotes are closed."""
    inside = False
    for number, line in enumerate(lines, 1):
        is_gone = inside or number in gone
        inside = is_gone and inside != bool(line.count('"') % 2)
        yield "" if is_gone else line


def _cleaned(source: Source, name: str, content: bytes) -> bytes:
    layout = bounded(source, name)
    if len(content) > layout.most_bytes:
        return b""
    if layout.parser in FORMATS:
        return FORMATS[layout.parser](name, content, layout)
    if content.startswith(GZIP):
        return gzip.compress(_cleaned_plain(source, name.removesuffix(".gz"), unpacked(name, content, layout), layout))
    return _cleaned_plain(source, name, content, layout)


def _cleaned_plain(source: Source, name: str, content: bytes, layout: Layout) -> bytes:
    if layout.parser == JSON:
        return cleaned_json(name, content, layout, Keeping(source, layout))
    if content.startswith(b"PK"):
        checked_formulas(name, content, layout)
        return _workbook(content, source, layout)
    return _text(decoded(name, content), source, layout)


def _head(rows: Sequence[Sequence[str]], source: Source, layout: Layout) -> tuple[int, int]:
    """Return the index of the header row and how many of its titles are known (0: there is none).

    A source without contacts is recognised by the very titles that must not be missed.
    """
    if source.secret is None and (source.hashed or source.masked):
        return header_row(rows, layout)
    marked = {tidy(source.secret.column)} if source.secret else {tidy(p) for p in source.personal}
    counts = [len(marked & {tidy(c) for c in row}) for row in rows]
    return next(((i, count) for i, count in enumerate(counts) if count), (0, 0))


def _hidden(rows: list[list[str]], source: Source, layout: Layout) -> list[list[str]]:
    """Hide or hash the cells below personal headers, mask words, and empty the secret rows.

    Without the header row nothing can be told apart, so that everything is hidden.
    """
    head, count = _head(rows, source, layout)
    if not count:
        return [_blank(row) for row in rows]
    keeping, titles = Keeping(source, layout), [tidy(c) for c in rows[head]]
    treat = [keeping.of(title) for title in titles]
    below = [_treated(row, treat) if source.secret or _fits(row, titles) else _blank(row) for row in rows[head + 1 :]]
    if secret := source.secret:
        below = [_without_secret(row, titles, secret) for row in below]
    above = [_blank(row) if secret or keeping.closed else row for row in rows[:head]]
    top = [masked(c) if keeping.closed else c for c in rows[head]]
    return [*above, top, *below]


def _blank(row: Sequence[str]) -> list[str]:
    return [HIDDEN if cell else cell for cell in row]


def _fits(row: Sequence[str], titles: Sequence[str]) -> bool:
    """Say whether a row's cells stand below their own titles."""
    return len(row) == len(titles) or not row or (len(row) > len(titles) and not any(row[len(titles) :]))


def _treated(row: Sequence[str], treat: Sequence[Callable[[str], str]]) -> list[str]:
    return [(treat[i](c) if i < len(treat) else HIDDEN) if c else c for i, c in enumerate(row)]


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


def _workbook(content: bytes, source: Source, layout: Layout) -> bytes:
    wanted = tidy(layout.sheet or "").casefold()

    def change(sheet: str, rows: list[list[str]]) -> list[list[str]]:
        read = not (source.secret and wanted) or tidy(sheet).casefold() == wanted
        return _hidden(rows, source, layout) if read else [_blank(row) for row in rows]

    return _rewritten(content, change)


def _rewritten(content: bytes, change: Callable[[str, list[list[str]]], list[list[str]]]) -> bytes:
    """Return a workbook of the same sheets with the rows that `change` makes of each."""
    reader = fastexcel.read_excel(content)
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    for title in reader.sheet_names:
        frame = reader.load_sheet(title, header_row=None, skip_rows=0, dtypes="string").to_polars()
        rows = [["" if cell is None else str(cell) for cell in row] for row in frame.rows()]
        sheet = book.add_worksheet(title)
        for y, row in enumerate(change(title, rows)):
            for x, cell in enumerate(row):
                if cell:
                    sheet.write_string(y, x, cell)
    book.close()
    return out.getvalue()


def _text(text: str, source: Source, layout: Layout) -> bytes:
    lines = text.split("\n")
    tried = {d: _head(_each_line(lines[:SEARCHED], d), source, layout)[1] for d in DELIMITERS}
    delimiter = max(DELIMITERS, key=lambda d: tried[d])
    out = io.StringIO()
    rows = _hidden(_rows(text, lines, delimiter), source, layout)
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return out.getvalue().encode()


def _rows(text: str, lines: list[str], delimiter: str) -> list[list[str]]:
    try:
        return list(csv.reader(io.StringIO(text), delimiter=delimiter, strict=True))
    except csv.Error:  # a stray quote would draw the next rows' cells into one
        return _each_line(lines, delimiter)


def _each_line(lines: list[str], delimiter: str) -> list[list[str]]:
    """Cut each line on its own; one that cannot be cut stands as a single cell."""
    rows = []
    for line in lines:
        try:
            rows.append(next(csv.reader([line], delimiter=delimiter, strict=True), []))
        except csv.Error:
            rows.append([line])
    return rows


def silenced(source: Source, name: str, parsed: Parsed) -> Parsed:
    """Return what was parsed with contacts hashed and masked, without secret rows and the text of broken records.

    Notes count `secret`. The first of the hashed columns takes the next ones' hash where it is empty.
    """
    if not (source.personal or source.secret or source.hashed or source.masked or source.offices):
        return parsed
    quiet = [_quiet(b) for b in parsed.broken]
    frame = _without_contacts(parsed.frame, source, source.layout_of(name))
    if source.secret is None:
        return replace(parsed, frame=frame, broken=quiet)
    quiet = [Broken(b.sheet, b.row, "", HIDDEN, b.rule, say("parsing.hidden_row", file=name, row=b.row)) for b in quiet]
    frame, secret = _open_rows(frame, source.secret)
    if not secret.height:
        return Parsed(frame, quiet, parsed.notes)
    return Parsed(frame, quiet, parsed.notes | {"secret": str(secret.height)}, secret)


def _quiet(broken: Broken) -> Broken:
    said = broken.message.replace(broken.value, HIDDEN) if broken.value else broken.message
    return broken._replace(value=HIDDEN, message=said)


def _without_contacts(frame: pl.DataFrame, source: Source, layout: Layout) -> pl.DataFrame:
    """Hash and mask contacts wherever they stand, unless the cleaned bytes were parsed (JSON)."""
    if layout.parser != JSON:
        keeping = Keeping(source, layout)
        treat = {c: keeping.of(c) for c in frame.columns if not c.startswith("_")}
        frame = frame.with_columns(_kept(frame[c], t) for c, t in treat.items() if t not in (left, hidden))
    hashed = [c for c in map(tidy, source.hashed) if c in frame.columns]
    if not hashed:
        return frame
    told = [pl.when(pl.col(c) != "").then(pl.col(c)) for c in hashed]
    return frame.with_columns(pl.coalesce(told).alias(hashed[0]))


def _kept(cells: pl.Series, treat: Treatment) -> pl.Series:
    """Return cells after their treatment, each spelling treated once."""
    treated = {cell: kept for cell in cells.drop_nulls().unique() if (kept := treat(cell)) != cell}
    return cells.replace(list(treated), list(treated.values())) if treated else cells


def _open_rows(frame: pl.DataFrame, secret: Secret) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the rows that are no secret documents, of these only the columns kept; and the secret rows."""
    allowed = {folded(a) for a in secret.allowed}
    cells = frame[tidy(secret.column)].fill_null("")
    words = {cell: folded(cell) not in allowed for cell in cells.unique()}
    is_secret = cells.replace_strict(words, return_dtype=pl.Boolean)
    hidden_rows = frame.filter(is_secret)
    if not hidden_rows.height or not secret.keep:
        return frame.filter(~is_secret), hidden_rows
    left = {*map(tidy, secret.keep), "_sheet", "_row"}
    rest = [pl.when(~is_secret).then(pl.col(c)).alias(c) for c in frame.columns if c not in left]
    mark = pl.when(is_secret).then(pl.lit(HIDDEN)).otherwise(pl.col(tidy(secret.column)))
    return frame.with_columns(rest).with_columns(mark.alias(tidy(secret.column))), hidden_rows
