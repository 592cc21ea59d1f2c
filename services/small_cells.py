"""Counts of so few persons that they could be recognised: hidden from all but those entitled.

Personal data law 91/2025/QH15; a cell of a commune with 1 to `hide_below` - 1 persons is hidden, and with it,
where it is the only one of its total, the next smallest, so that it cannot be found by subtraction.
"""

import polars as pl

from config.models import RatioOf
from config.registry import PROVINCE, load_registry
from services.access import may
from services.question import Question

CELLS = ("value", "numerator", "denominator")


def hides(question: Question, by: tuple[str, ...] = ()) -> bool:
    """Say whether small cells must be hidden in the answer: a commune's, to a viewer who may not see them."""
    of_a_commune = question.place != PROVINCE or "place" in by
    if not question.indicator.hide_below or not of_a_commune:
        return False
    domain = load_registry().domain_of(question.indicator.id).id
    return not may(question.viewer, "see_small_cells", domain=domain)


def without_small(question: Question, frame: pl.DataFrame, within: list[str]) -> pl.DataFrame:
    """Return an answer whose small cells are null, with the column `hidden`; `within`: columns of one total."""
    told = "numerator" if isinstance(question.indicator.origin, RatioOf) else "value"
    count = pl.col(told)
    below = question.indicator.hide_below or 0
    marked = frame.with_columns(hidden=((count > 0) & (count < below)).fill_null(False))
    seen = count.filter(~pl.col("hidden") & (count > 0)).min()
    alone, least = pl.col("hidden").sum() == 1, count == seen
    if within:
        alone, least = alone.over(within), count == seen.over(within)
    marked = marked.with_columns(hidden=(pl.col("hidden") | (alone & least)).fill_null(False))
    shown = [name for name in CELLS if name in frame.columns]
    return marked.with_columns(pl.when(~pl.col("hidden")).then(pl.col(shown)))
