"""What the indices of air and water share: their official levels, and how readings become one value."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import polars as pl

from config.locale import say


@dataclass(frozen=True, slots=True)
class Level:
    """One band of an index with its official colour."""

    minimum: int
    maximum: int
    key: str
    colour: str

    def word(self, language: str = "vi") -> str:
        """Return the name of the level."""
        return say(f"methods.{self.key}", language)


AnyLevel = TypeVar("AnyLevel", bound=Level)


def level_of(levels: Sequence[AnyLevel], index: int | None) -> AnyLevel | None:
    """Return the level of an index, None for None; values outside the scale belong to the nearest level."""
    if index is None:
        return None
    return next((band for band in levels if index <= band.maximum), levels[-1])


def mean_of(symbol: str) -> pl.Expr:
    """Return the mean of the values of a symbol; `symbol`, `value` of each row, NaN is no value."""
    value = pl.col("value").cast(pl.Float64).fill_nan(None)
    return value.filter(pl.col("symbol") == symbol).mean().alias(symbol)
