"""Black spots of the roads: stretches on which enough crashes happened within the months that the rule names.

A crash with a chainage is placed along its road, any other by its position: within half a stretch around it.
"""

from datetime import datetime, timedelta
from typing import Any, Final

import numpy as np
import polars as pl

from config.traffic import BlackSpotRule, load_traffic
from services.methods.positions import linked, near_pairs

UNNUMBERED: Final = ("dt", "do_thi", "xa", "khac")
"""Kinds of roads that are many roads: a chainage alone does not place a crash on them."""
EMPTY: Final[dict[str, Any]] = {
    "spot": pl.String, "accident": pl.String, "road": pl.String, "area": pl.String, "place": pl.String,
    "km_from": pl.Float64, "km_to": pl.Float64, "lat": pl.Float64, "lon": pl.Float64, "address": pl.String,
    "crashes": pl.Int64, "fatal": pl.Int64, "deaths": pl.Int64, "injured": pl.Int64, "criterion": pl.String,
    "first_at": pl.Datetime("us", "UTC"), "last_at": pl.Datetime("us", "UTC"),
}  # fmt: skip


def criterion(rule: BlackSpotRule) -> pl.Expr:
    """Return which criterion crashes of a stretch meet (`fatal`, `mixed`, `injury`), null for none.

    In: `fatal` (crashes with deaths), `hurt` (with deaths or injured), `only_hurt` (with injured only).
    """
    return (
        pl.when(pl.col("fatal") >= rule.fatal).then(pl.lit("fatal"))
        .when((pl.col("hurt") >= rule.mixed) & (pl.col("fatal") >= rule.mixed_fatal)).then(pl.lit("mixed"))
        .when(pl.col("only_hurt") >= rule.injury).then(pl.lit("injury"))
    )  # fmt: skip


def _along(crashes: pl.DataFrame, metres: float) -> pl.DataFrame:
    """Return `window, row`: for each crash with a chainage the crashes within the stretch that begins at it."""
    placed = crashes.filter(pl.col("chainage").is_not_null()).select("row", "road", "chainage")
    ahead = placed.join(placed, on="road", suffix="_other").filter(
        (pl.col("chainage_other") - pl.col("chainage")).is_between(0, metres / 1000 + 1e-9))
    return ahead.select(pl.col("row").alias("window"), pl.col("row_other").alias("row"))


def _around(crashes: pl.DataFrame, metres: float) -> pl.DataFrame:
    """Return `window, row`: for each crash without a chainage the others of the kind within half the stretch."""
    placed = crashes.filter(pl.col("chainage").is_null()).drop_nulls(["lat", "lon"])
    pairs = near_pairs(placed, metres / 2)
    rows = placed["row"]
    a, b = rows.gather(pairs["a"]), rows.gather(pairs["b"])
    return pl.DataFrame({"window": pl.concat([a, b, rows]), "row": pl.concat([b, a, rows])})


def _windows(crashes: pl.DataFrame, rule: BlackSpotRule) -> pl.DataFrame:
    """Return `window, row` of the stretches that meet a criterion."""
    made = []
    for area, metres in (("rural", rule.stretch_m.rural), ("urban", rule.stretch_m.urban)):
        own = crashes.filter(pl.col("area") == area)
        made += [_along(own, metres), _around(own, metres)]
    windows = pl.concat([m.select(pl.col("window", "row").cast(pl.Int64)) for m in made])
    told = windows.join(crashes.select("row", "is_fatal", "is_hurt"), on="row")
    counted = told.group_by("window").agg(
        pl.col("is_fatal").sum().alias("fatal"), pl.col("is_hurt").sum().alias("hurt"),
        (pl.col("is_hurt") & ~pl.col("is_fatal")).sum().alias("only_hurt"),
    ).filter(criterion(rule).is_not_null())  # fmt: skip
    return windows.join(counted.select("window"), on="window").sort("window", "row")


def black_spots(rows: pl.DataFrame, at: datetime) -> pl.DataFrame:
    """Return the black spots at a moment by the rule in force on that day; overlapping stretches are one.

    In: accidents of the rule's months (`accident, occurred_at, road, chainage, area, lat, lon, place, deaths,
    injured, …`). Out: `EMPTY`'s columns, most deaths first; `accident` is the newest, `spot` the first crash.
    """
    rule = load_traffic().black_spot_on((at + timedelta(hours=7)).date())
    if rule is None or rows.is_empty():
        return pl.DataFrame(schema=EMPTY)
    known = rows.filter(pl.col("occurred_at") <= at).sort("occurred_at", "accident").with_columns(
        pl.int_range(pl.len()).cast(pl.Int64).alias("row"), pl.col("lat", "lon", "chainage").cast(pl.Float64),
        (pl.col("deaths") > 0).alias("is_fatal"), ((pl.col("deaths") > 0) | (pl.col("injured") > 0)).alias("is_hurt"))
    numbered = pl.when(~pl.col("road").is_in(UNNUMBERED)).then("chainage")
    known = known.with_columns(numbered.alias("chainage"))
    found = _windows(known, rule)
    if found.is_empty():
        return pl.DataFrame(schema=EMPTY)
    links = found.select(pl.col("window").alias("a"), pl.col("row").alias("b"))
    member = np.isin(np.arange(known.height), found["row"].to_numpy())
    root = np.where(member, linked(links, known.height), -1)
    return _described(known.with_columns(pl.Series("root", root, dtype=pl.Int64)), rule)


def _described(known: pl.DataFrame, rule: BlackSpotRule) -> pl.DataFrame:
    hurt, fatal = pl.col("is_hurt"), pl.col("is_fatal")
    spots = known.filter(pl.col("root") >= 0).group_by("root", maintain_order=True).agg(
        pl.col("accident").first().alias("spot"), pl.col("accident").last(), pl.col("road", "area").first(),
        pl.col("place").mode().sort().first(), pl.col("chainage").min().alias("km_from"),
        pl.col("chainage").max().alias("km_to"), pl.col("lat", "lon").mean(), pl.col("address").drop_nulls().last(),
        hurt.sum().cast(pl.Int64).alias("hurt"), fatal.sum().cast(pl.Int64).alias("fatal"),
        (hurt & ~fatal).sum().cast(pl.Int64).alias("only_hurt"), pl.len().cast(pl.Int64).alias("crashes"),
        pl.col("deaths", "injured").sum().cast(pl.Int64),
        pl.col("occurred_at").min().alias("first_at"), pl.col("occurred_at").max().alias("last_at"),
    ).with_columns(criterion(rule).alias("criterion"))  # fmt: skip
    return spots.select(pl.col(c).cast(t) for c, t in EMPTY.items()).sort(
        "deaths", "crashes", "spot", descending=[True, True, False])
