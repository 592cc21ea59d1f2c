"""Piecewise-linear scales of Vietnamese environmental indices, for one number and for a column."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import floor, isnan

import polars as pl

# Binary fractions put 109.5 at 109.49999…; nine decimals are far below any printed precision.
_GUARD_DECIMALS = 9


@dataclass(frozen=True, slots=True)
class Scale:
    """A table of (concentration, index) points with the index before the first and after the last.

    `above=None` means that no index exists there; `first_is_below` counts the first point itself as below.
    """

    points: Sequence[tuple[float, float]]
    below: float
    above: float | None
    first_is_below: bool = False

    def at(self, value: float | None) -> float | None:
        """Return the index at `value`, linear between points; None for None, NaN or beyond an open end."""
        if value is None or isnan(value):
            return None
        first, last = self.points[0][0], self.points[-1][0]
        if value < first or (self.first_is_below and value == first):
            return self.below
        if value > last:
            return self.above
        for (low, index_low), (high, index_high) in pairwise(self.points):
            if low < value <= high:
                return index_low + (index_high - index_low) / (high - low) * (value - low)
        return self.points[0][1]

    def column(self, value: pl.Expr) -> pl.Expr:
        """Return the expression of `at` for a column of Float64; nulls and NaN stay null."""
        value = value.fill_nan(None)
        first, last = self.points[0], self.points[-1]
        is_below = value <= first[0] if self.first_is_below else value < first[0]
        cases = [
            pl.when(is_below).then(pl.lit(self.below, dtype=pl.Float64)),
            pl.when(value > last[0]).then(pl.lit(self.above, dtype=pl.Float64)),
            pl.when(value == first[0]).then(pl.lit(first[1], dtype=pl.Float64)),
        ]
        for (low, index_low), (high, index_high) in pairwise(self.points):
            slope = (index_high - index_low) / (high - low)
            cases.append(pl.when((value > low) & (value <= high)).then(index_low + slope * (value - low)))
        return pl.coalesce(cases)


def half_up(value: float | None) -> int | None:
    """Round a half away from below (109.5 → 110), as the Decisions do; None and NaN stay None."""
    if value is None or isnan(value):
        return None
    return floor(round(value, _GUARD_DECIMALS) + 0.5)


def half_up_column(value: pl.Expr) -> pl.Expr:
    """Return the expression of `half_up` as Int64."""
    return (value.round(_GUARD_DECIMALS) + 0.5).floor().cast(pl.Int64)
