"""How many values the stations in service promise for a period: known even where no file ever came."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import polars as pl

from config.registry import load_registry
from data_access.database import LOCAL
from services.figure import Period

DIMENSIONS = ("station", "symbol", "kind", "scope", "place")


def promised(where: Mapping[str, str | Sequence[str]]) -> pl.DataFrame:
    """Return a row for each parameter of the stations like `where`: DIMENSIONS, `a_day`, `since` (or null)."""
    rows = [
        {
            "station": s.code,
            "symbol": p.symbol,
            "kind": s.kind,
            "scope": s.scope,
            "place": s.place,
            "a_day": 1440 / s.cadence_minutes,
            "since": datetime(s.since.year, s.since.month, s.since.day, tzinfo=LOCAL) if s.since else None,
        }
        for s in load_registry().stations.values()
        for p in s.parameters
    ]
    schema = pl.Schema({name: pl.String() for name in DIMENSIONS})
    schema |= {"a_day": pl.Float64(), "since": pl.Datetime("us", "UTC")}
    conditions = [pl.col(k).is_in([v] if isinstance(v, str) else list(v)) for k, v in where.items()]
    return pl.DataFrame(rows, schema=schema).filter(*conditions)


def expected_values(
    where: Mapping[str, str | Sequence[str]], by: Sequence[str], periods: Sequence[Period], at: datetime
) -> pl.DataFrame:
    """Return how many values were due by `at` in each period: columns `by…`, `start`, `value`.

    A period that has not ended counts up to `at`; a station counts from its first day in service.
    """
    spans = pl.DataFrame(
        {"start": [p.start for p in periods], "end": [min(p.end, at) for p in periods]},
        schema={"start": pl.Datetime("us", "UTC"), "end": pl.Datetime("us", "UTC")},
    )
    rows = promised(where).join(spans.filter(pl.col("end") > pl.col("start")), how="cross")
    served = pl.col("end") - pl.max_horizontal("start", "since")
    days = (served / timedelta(days=1)).clip(lower_bound=0)
    return (
        rows.with_columns(value=(days * pl.col("a_day")).floor())
        .group_by(*by, "start")
        .agg(pl.col("value").sum())
        .filter(pl.col("value") > 0)
    )
