"""The course of a target over its year: the results so far, last year's, and the way to the plan."""

from calendar import monthrange
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from data_access.database import LOCAL
from services.methods.socioeconomy import courses

THIS, LAST, PLAN = "this", "last", "plan"
SCHEMA: dict[str, Any] = {"start": pl.Datetime("us", "UTC"), "value": pl.Float64, "series": pl.String}


def _start(year: int) -> datetime:
    return datetime(year, 1, 1, tzinfo=LOCAL)


def _same_day(moment: datetime, year: int) -> datetime:
    """Return the local day of a moment in another year; 29 February becomes the 28th."""
    local = moment.astimezone(LOCAL)
    return local.replace(year=year, day=min(local.day, monthrange(year, local.month)[1]))


def target_course(figures: pl.DataFrame, series: str, year: int, plan: float | None, at: datetime) -> pl.DataFrame:
    """Return `start, value, series` of sums: `this` year's results, `last` year's on this year's days, the `plan`.

    `figures`: rows of `published_figure`; the plan rises evenly from nothing to the year's end.
    """
    course = courses(figures.filter(pl.col("series") == series), at).get(series)
    rows = []
    for (of, _), result in sorted(course.results.items() if course else ()):
        if of in (year, year - 1) and result.value is not None:
            rows.append((_same_day(result.time, year), result.value, THIS if of == year else LAST))
    if plan is not None and rows:
        rows += [(_start(year), 0.0, PLAN), (_start(year + 1) - timedelta(days=1), plan, PLAN)]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


__all__ = ["LAST", "PLAN", "THIS", "target_course"]
