"""Declared repairs of wrong values at their source, each guarded by what it expects to find."""

import polars as pl

from config.locale import say
from config.models import Correction, Source
from config.registry import load_registry

Outdated = dict[int, list[str]]


def _reads(cells: dict[str, str]) -> pl.Expr:
    return pl.all_horizontal(pl.col(c).str.strip_chars() == value for c, value in cells.items())


def _mended(texts: pl.DataFrame, correction: Correction) -> list[tuple[int, str]]:
    """Return file and present cells of the rows meant by a correction that no longer read as it expects."""
    shown = pl.concat_str([pl.col(c).fill_null("") for c in correction.expect], separator=", ").alias("shown")
    return texts.filter(_reads(correction.where) & ~_reads(correction.expect)).select("_file", shown).rows()


def correct(texts: pl.DataFrame, source: Source) -> tuple[pl.DataFrame, Outdated]:
    """Apply the open corrections of a source to its text cells; return them with what is outdated, by file.

    A correction touches a row that its `where` names and whose cells read exactly as it expects; where the
    source has mended itself nothing is changed, and the delivery says so.
    """
    outdated: Outdated = {}
    for correction in load_registry().corrections:
        if correction.source != source.id or correction.status == "closed":
            continue
        if not {*correction.where, *correction.expect} <= set(texts.columns):
            continue
        for file, value in _mended(texts, correction):
            outdated.setdefault(file, []).append(
                say("ingest.correction_outdated", correction=correction.id, value=value)
            )
        meant = _reads({**correction.where, **correction.expect})
        texts = texts.with_columns(
            pl.when(meant).then(pl.lit(value)).otherwise(pl.col(column)).alias(column)
            for column, value in correction.values.items()
        )
    return texts, outdated
