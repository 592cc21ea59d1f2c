"""The running reporting period of accidents beside the same days a year before."""

from datetime import datetime, timedelta
from typing import Final

import polars as pl

from config.traffic import load_traffic
from services.periods import floor

LOCAL_SHIFT: Final = timedelta(hours=7)
SPANS: Final = {"month": "report_month", "year": "report_year"}
KNOWN_WITHIN: Final = timedelta(days=10)
"""How soon after its start an earlier period must have an accident to be called known (the province has two a day)."""


def counted_until(at: datetime, ready_after: timedelta) -> datetime:
    """Return the end (UTC) of the last whole local day whose reports are complete at `at`.

    A local midnight is the end of a closed period: all days before it count.
    """
    local = at + LOCAL_SHIFT
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    if local != midnight:
        midnight = (local - ready_after).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight - LOCAL_SHIFT


def a_year_before(moment: datetime) -> datetime:
    """Return the same local day and hour a year before; 29 February becomes the 28th."""
    local = moment + LOCAL_SHIFT
    day = 28 if (local.month, local.day) == (2, 29) else local.day
    return local.replace(year=local.year - 1, day=day) - LOCAL_SHIFT


def same_period(rows: pl.DataFrame, at: datetime) -> pl.DataFrame:
    """Mark accidents of the reporting month and year that `at` ends or falls in, and of equal days a year before.

    In: accidents (`occurred_at`, …). Adds `in_month, in_month_before, in_year, in_year_before`, and
    `month_known, year_known`: whether the accidents reach back far enough for the comparison. Spans are
    `[start, end)`; the end is the last whole day reported, the same day a year before.
    """
    until = counted_until(at, load_traffic().report_ready_after)
    first, when = rows["occurred_at"].min(), pl.col("occurred_at")
    made: list[pl.Expr] = []
    for name, grain in SPANS.items():
        start = floor(at - timedelta(microseconds=1), grain)
        end = max(start, until)
        start_before, end_before = a_year_before(start), a_year_before(end)
        known = isinstance(first, datetime) and first <= start_before + KNOWN_WITHIN
        made += [
            ((when >= start) & (when < end)).alias(f"in_{name}"),
            ((when >= start_before) & (when < end_before)).alias(f"in_{name}_before"),
            pl.lit(known).alias(f"{name}_known"),
        ]
    return rows.with_columns(made)
