"""Percentiles that cost the same however many values there are: counts by geometric bin instead of the values.

Bin n holds the values v >= 0 with RATIO**n <= 1 + v < RATIO**(n + 1). A percentile is read as the
geometric middle of the bin that holds the value of that rank (nearest rank, Hyndman & Fan 1996, type 1),
so that 1 + v is at most ERROR away from the true one; the first bin is read as zero (v up to 0.05).
"""

import math
from typing import Final

import polars as pl

RATIO: Final = 1.05
ERROR: Final = math.sqrt(RATIO) - 1
"""The largest relative error of `1 + value`: 2.5 %."""


def bin_of(values: pl.Expr) -> pl.Expr:
    """Return the bin (Int64) of each value; null for null and for values below zero."""
    return pl.when(values >= 0).then((values.log1p() / math.log(RATIO) + 1e-9).floor().cast(pl.Int64))


def value_of(bins: pl.Expr) -> pl.Expr:
    """Return the value that stands for a bin: its geometric middle less one, zero for the first bin."""
    middle = (bins.cast(pl.Float64) + 0.5) * math.log(RATIO)
    return pl.when(bins > 0).then(middle.exp() - 1).otherwise(0.0)


def percentile_of(counts: pl.DataFrame, by: list[str], percentile: float) -> pl.DataFrame:
    """Return a percentile of each group's histogram: columns `by…`, `value`, `count`.

    `counts`: `by…`, `bin` (Int64), `count`; a group without rows is absent.
    """
    ordered = counts.filter(pl.col("count") > 0).sort("bin")
    rank = (pl.col("count").sum() * percentile).ceil().clip(1)
    found = pl.col("bin").filter(pl.col("count").cum_sum() >= rank).first()
    measures = [value_of(found).alias("value"), pl.col("count").sum().cast(pl.Float64).alias("count")]
    if by:
        return ordered.group_by(by).agg(measures)
    return ordered.select(measures).filter(pl.col("count") > 0)
