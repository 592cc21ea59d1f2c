"""Rounds of our own probe: large lists of small records, read as columns at once."""

import polars as pl

from data_access.ingestion.parsers.json_records import parse_json_records
from data_access.ingestion.parsers.result import Layout, Parsed
from data_access.ingestion.parsers.unpack import unpacked


def parse_probe_rounds(name: str, content: bytes, layout: Layout) -> Parsed:
    """Return one row per record of the list at `path`; what cannot be read at once is read record by record.

    Options as for `json_records`, whose messages say what is wrong with a file.
    """
    path, columns = str(layout.options.get("path") or ""), layout.expected
    if not path or not layout.columns:
        return parse_json_records(name, content, layout)
    text = unpacked(name, content, layout)
    try:
        record = pl.Struct(dict.fromkeys(columns, pl.String))
        found = pl.read_json(text, schema={path: pl.List(record)})[path].explode().drop_nulls().struct.unnest()
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException):
        return parse_json_records(name, content, layout)
    if found.is_empty() or any(found[column].null_count() == found.height for column in layout.columns):
        return parse_json_records(name, content, layout)
    cells = [pl.col(column).str.strip_chars() for column in columns]
    row = pl.int_range(1, pl.len() + 1, dtype=pl.UInt32).alias("_row")
    return Parsed(found.select(*(pl.when(c != "").then(c) for c in cells), pl.lit("").alias("_sheet"), row))
