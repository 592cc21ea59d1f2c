"""Declared repairs of wrong values at their source, each guarded by what it expects to find."""

import polars as pl

from config.models import Source
from config.registry import load_registry


def correct(texts: pl.DataFrame, source: Source) -> pl.DataFrame:
    """Apply the open corrections of a source to its text cells.

    A correction touches a row that its `where` names and whose cells read exactly as it expects; where
    the source has mended itself nothing is changed, and `outdated` says so.
    """
    for correction in load_registry().corrections:
        if correction.source != source.id or correction.status == "closed":
            continue
        if not {*correction.where, *correction.expect} <= set(texts.columns):
            continue
        meant = pl.all_horizontal(
            pl.col(column).str.strip_chars() == value
            for column, value in {**correction.where, **correction.expect}.items()
        )
        texts = texts.with_columns(
            pl.when(meant).then(pl.lit(value)).otherwise(pl.col(column)).alias(column)
            for column, value in correction.values.items()
        )
    return texts
