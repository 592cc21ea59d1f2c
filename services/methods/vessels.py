"""What fishing vessels' positions mean, as the registry's declarations name it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import polars as pl

from config.sea import Sea, load_sea
from services.methods.vessel_state import vessel_states, zone_at, zone_for_length

EXPECTED_PER_DAY: Final = timedelta(days=1) / load_sea().report_interval
REGISTERED = (
    "length_m",
    "length_class",
    "trade",
    "home_port",
    "place",
    "licence_ended_at",
    "inspection_ended_at",
    "mmsi",
)
DIMENSIONS = (
    "length_class",
    "place",
    "home_port",
    "port",
    "port_name",
    "state",
    "zone",
    "concern",
    "provider",
)
LOST = ("lost_6h", "lost_10d")


def fleet_states(
    fixes: pl.DataFrame, at: datetime, vessels: pl.DataFrame, ports: pl.DataFrame
) -> pl.DataFrame:
    """Return the state of every vessel with a position, at the instant `at` (UTC).

    In: `fixes` last row per vessel (`vessel, time, lat, lon, speed_kn, provider, …`), the registry
    (`vessel, length_m, place, …`) and the ports (`code, name, lat, lon`). Adds to the fixes the registry's
    columns, `is_registered`, what `vessel_states` adds, `port_name`, `is_at_sea`, `zone` of the position
    and `maybe_wrong_zone` (reference only: fishing speed outside the zone for its length), `feed_silent`
    (its provider sends nothing at all, so the vessel itself cannot be called lost) and `concern` (what the
    duty officer sees first; '' where there is nothing to do). Dimensions are '' where unknown.
    """
    sea = load_sea()
    own = vessels.select("vessel", *REGISTERED, pl.lit(True).alias("is_registered"))
    known = fixes.join(own, on="vessel", how="left").with_columns(pl.col("is_registered").fill_null(False))
    placed = ports.with_columns(pl.lit(sea.port_radius_m).alias("radius_m"))
    found = vessel_states(
        known, at, placed, sea.line, interval=sea.report_interval, lost_after=sea.lost_after,
        long_lost_after=sea.long_lost_after, warn_nm=sea.warn_nm,
    ).with_columns(is_at_sea=pl.col("state") != "in_port")  # fmt: skip
    names = ports.unique("code", keep="first", maintain_order=True).select(port="code", port_name="name")
    found = found.join(names, on="port", how="left").with_columns(_feed_silent(at, sea), _zone(found, sea))
    found = found.with_columns(maybe_wrong_zone=_maybe_wrong_zone(found, sea), concern=_concern())
    return found.with_columns(pl.col(DIMENSIONS).fill_null(""))


def _feed_silent(at: datetime, sea: Sea) -> pl.Expr:
    """Say whether a provider with several vessels at sea has sent nothing at all for some time."""
    provider = "provider"
    newest = pl.col("time").max().over(provider)
    several = pl.col("is_at_sea").sum().over(provider) >= 3
    silent = (pl.lit(at) - newest) > sea.feed_silent_after
    return (several & silent).fill_null(False).alias("feed_silent")


def _zone(found: pl.DataFrame, sea: Sea) -> pl.Series:
    zones = zone_at(
        found["lat"].cast(pl.Float64).to_numpy(), found["lon"].cast(pl.Float64).to_numpy(), sea.inshore
    )
    return pl.Series("zone", zones, dtype=pl.String)


def _maybe_wrong_zone(found: pl.DataFrame, sea: Sea) -> pl.Expr:
    lengths = found["length_m"].cast(pl.Float64).to_list()
    proper = pl.Series(
        [zone_for_length(length) if length is not None else None for length in lengths], dtype=pl.String
    )
    fishing = pl.col("is_at_sea") & (pl.col("speed_kn") < sea.fishing_below_kn)
    return (fishing & (pl.col("zone") != proper)).fill_null(False)


def _concern() -> pl.Expr:
    """Return what is gravest about a vessel; a silent feed is its own concern and hides the silence of vessels."""
    silence = pl.col("state").is_in(LOST) & ~pl.col("feed_silent")
    return (
        pl.when("across_line").then(pl.lit("across_line"))
        .when(silence).then(pl.col("state"))
        .when(pl.col("is_at_sea") & pl.col("near_line")).then(pl.lit("near_line"))
        .when(pl.col("is_at_sea") & pl.col("feed_silent")).then(pl.lit("feed_silent"))
        .when(pl.col("state") == "late").then(pl.lit("late"))
        .when(pl.col("is_at_sea") & ~pl.col("is_registered")).then(pl.lit("unregistered"))
        .otherwise(pl.lit(""))
    )  # fmt: skip


def vessel_day_reporting(rollup: pl.DataFrame) -> pl.DataFrame:
    """Return the share (%) of the promised positions that came, by vessel and day wholly at sea.

    In: `vessel, scope, period, rows, still`. A day is wholly at sea when the day before has positions too
    and on neither the vessel lay still; 12 positions a day are promised (Decree 37/2024, Annex VII).
    """
    before = rollup.select(
        "vessel", "scope", pl.col("period") + timedelta(days=1), pl.col("still").alias("still_before")
    )
    at_sea = rollup.join(before, on=["vessel", "scope", "period"]).filter(
        pl.col("still") == 0, pl.col("still_before") == 0
    )
    share = (pl.col("rows") / EXPECTED_PER_DAY * 100).clip(upper_bound=100)
    return at_sea.select("vessel", "scope", "period", share.alias("value"), "rows")


METHODS: dict[str, Callable[[pl.DataFrame], pl.DataFrame]] = {"vessel_day_reporting": vessel_day_reporting}
SNAPSHOTS: dict[str, Callable[..., pl.DataFrame]] = {"fleet_states": fleet_states}
