"""Comma-, semicolon- and tab-separated text, whatever its faults, as a frame of text."""

import csv
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import polars as pl

from data_access.ingestion.parsers.headers import SEARCHED, header_row, places, tidy
from data_access.ingestion.parsers.result import (
    Broken,
    Faults,
    Layout,
    Parsed,
    Unreadable,
    broken,
    finished,
    text_frame,
)

DELIMITERS = (",", ";", "\t", "|")
LONGEST_RECORD = 200
NUMBER = r"^[+-]?[\d\s.,()%/\-]*([eE][+-]?\d+)?$"


class Shape(NamedTuple):
    """How the lines are cut: the delimiter, the header's cells and the first line of data (0-based)."""

    delimiter: str
    header: list[str]
    first: int


class _Lines:
    """Lines handed to the csv reader one by one, so that a bad record can be resumed at its second line."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.lines = lines
        self.at = 0
        self.start = 0

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        if self.at >= len(self.lines) or self.at - self.start >= LONGEST_RECORD:
            raise StopIteration
        self.at += 1
        return self.lines[self.at - 1] + "\n"


def parse_delimited(name: str, text: str, layout: Layout) -> Parsed:
    """Return the records of delimited `text` (line ends `\\n`); ragged lines and formulas are broken."""
    lines = text.split("\n")
    shape = _shape(name, lines, layout)
    found = places(name, shape.header, layout, row=shape.first or None)
    body = lines[shape.first :]
    split = _split_quoted if any('"' in line for line in body) else _split_plain
    frame, faults = split(name, body, shape)
    chosen = frame.select(
        *(
            pl.col(f"c{found.at[column]}").alias(column)
            if column in found.at
            else pl.lit(None, pl.String).alias(column)
            for column in map(tidy, layout.expected)
        ),
        pl.col("_row"),
    )
    kept, formulas = _without_formulas(name, finished(chosen, ""))
    notes = {"extra_columns": ", ".join(found.extra)} if found.extra else {}
    return Parsed(kept, sorted([*faults, *formulas], key=lambda fault: fault.row), notes)


def _shape(name: str, lines: Sequence[str], layout: Layout) -> Shape:
    head = lines[:SEARCHED]
    samples = {delimiter: _sample(head, delimiter) for delimiter in DELIMITERS}
    if layout.options.get("no_header"):
        width = len(layout.expected)
        delimiter = min(DELIMITERS, key=lambda each: abs(len(next(filter(None, samples[each]), [])) - width))
        return Shape(delimiter, list(layout.expected), 0)
    best = {delimiter: header_row(rows, layout) for delimiter, rows in samples.items()}
    delimiter = max(DELIMITERS, key=lambda each: best[each][1])
    index, count = best[delimiter]
    if not count:
        wanted = ", ".join(f"“{column}”" for column in layout.columns)
        raise Unreadable("no_header", name, row=1, columns=wanted)
    return Shape(delimiter, samples[delimiter][index], index + 1)


def _sample(lines: Sequence[str], delimiter: str) -> list[list[str]]:
    """Return the cells of the first lines, one record a line: a header never spans lines."""
    rows = []
    for line in lines:
        try:
            rows.append(next(csv.reader([line], delimiter=delimiter), []))
        except csv.Error:
            rows.append([])
    return rows


def _split_plain(name: str, lines: list[str], shape: Shape) -> tuple[pl.DataFrame, list[Broken]]:
    """Cut lines without any quote at their delimiters, vectorised."""
    width = len(shape.header)
    frame = pl.DataFrame({"line": lines}, schema={"line": pl.String}).with_row_index("_row", shape.first + 1)
    frame = frame.filter(pl.col("line").str.strip_chars(" \t" + shape.delimiter) != "")
    cuts = pl.col("line").str.count_matches(shape.delimiter, literal=True)
    ragged = frame.filter(cuts != width - 1)
    if ragged.height:
        trimmed = pl.col("line").str.strip_chars_end(shape.delimiter + " ")
        padded = trimmed + shape.delimiter * (width - 1)
        short = trimmed.str.count_matches(shape.delimiter, literal=True) < width
        over = (cuts >= width) & short
        frame = frame.with_columns(pl.when(over).then(padded).otherwise(pl.col("line")).alias("line"))
        ragged = frame.filter(cuts < width - 1)
        ragged = pl.concat([ragged, frame.filter((cuts >= width) & ~short)]).sort("_row")
        frame = frame.join(ragged.select("_row"), on="_row", how="anti", maintain_order="left")
    faults = Faults(name)
    for row, line in ragged.select("_row", "line").iter_rows():
        faults.append(_ragged(name, row, line, line.count(shape.delimiter) + 1, width))
    if width == 1:
        return frame.select("_row", pl.col("line").alias("c0")), faults
    cells = pl.col("line").str.split_exact(shape.delimiter, width - 1)
    names = [f"c{at}" for at in range(width)]
    return frame.select("_row", cells.struct.rename_fields(names).alias("cells")).unnest("cells"), faults


def _split_quoted(name: str, lines: list[str], shape: Shape) -> tuple[pl.DataFrame, list[Broken]]:
    """Cut lines with quotes by the csv module; a record that goes wrong costs its first line only."""
    width = len(shape.header)
    rows: list[int] = []
    records: list[list[str]] = []
    faults = Faults(name)
    for at, fields, line in _records(lines, shape.delimiter, width):
        row = shape.first + at + 1
        if fields is None:
            faults.append(broken("bad_quote", name, row, line))
        elif len(fields) != width:
            faults.append(_ragged(name, row, line, len(fields), width))
        else:
            rows.append(row)
            records.append(fields)
    columns = list(zip(*records, strict=True)) if records else [()] * width
    return text_frame({f"c{at}": columns[at] for at in range(width)}, rows).drop("_sheet"), faults


def _records(lines: list[str], delimiter: str, width: int) -> Iterator[tuple[int, list[str] | None, str]]:
    """Yield each record's first line number (0-based), its fields (None: broken quotes) and that line."""
    source = _Lines(lines)
    reader = csv.reader(source, delimiter=delimiter, strict=True)
    while source.at < len(lines):
        source.start = source.at
        fields: list[str] | None
        try:
            fields = next(reader)
        except (csv.Error, StopIteration):
            fields = None
        if fields is not None and len(fields) > width and not any(field.strip() for field in fields[width:]):
            fields = fields[:width]
        if (fields is None or len(fields) != width) and source.at - source.start > 1:
            source.at = source.start + 1
            reader = csv.reader(source, delimiter=delimiter, strict=True)
        if fields is None or any(field.strip() for field in fields):
            yield source.start, fields, lines[source.start]


def _ragged(name: str, row: int, line: str, found: int, expected: int) -> Broken:
    return broken("ragged", name, row, line, found=found, expected=expected)


def _without_formulas(name: str, frame: pl.DataFrame) -> tuple[pl.DataFrame, list[Broken]]:
    """Take out the rows in which a cell is a formula; a number with a sign, `-` and `---` are none."""
    faults = Faults(name)
    for column in frame.columns:
        cell = pl.col(column)
        if column.startswith("_") or not frame.select(cell.str.contains(r"^[=+\-@]").any()).item():
            continue
        signed = cell.str.contains(r"^[+\-@][^\s+\-]") & ~cell.str.contains(NUMBER)
        hits = frame.filter(cell.str.starts_with("=") | signed)
        for row, value in hits.select("_row", column).iter_rows():
            faults.append(broken("formula", name, row, value, column=column))
    if faults:
        frame = frame.filter(~pl.col("_row").is_in({fault.row for fault in faults}))
    return frame, faults
