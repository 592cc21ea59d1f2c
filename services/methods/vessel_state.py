"""Where a fishing vessel stands: in port, at sea, silent, near or across the delimitation line.

Rules: a position every 2 hours (Decree 37/2024 Annex VII); silent for 6 hours: positions by other means;
silent for 10 days at sea: violation. A vessel whose last position is in port is not counted as silent.
Distances are nautical miles on a sphere; those to a line are measured in an equirectangular plane around
each point, wrong by less than 1 % within 100 nm at the latitudes of Vietnam.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
import polars as pl

from services.methods.positions import arc_degrees

Floats = npt.NDArray[np.float64]
Line = Sequence[tuple[float, float]]
Zone = Literal["coastal", "inshore", "offshore"]

NM_PER_DEGREE: Final = 6371.0088 * np.pi / 180 / 1.852
REPORT_INTERVAL: Final = timedelta(hours=2)
LOST_AFTER: Final = timedelta(hours=6)
LONG_LOST_AFTER: Final = timedelta(days=10)
WARN_NM: Final = (5.0, 3.0)

STATES: Final = ("in_port", "at_sea", "late", "lost_6h", "lost_10d")


def zone_for_length(length_m: float) -> Zone:
    """Return the zone for a vessel's greatest length: coastal <12 m, inshore 12-<15 m, else offshore."""
    if length_m < 12:
        return "coastal"
    return "inshore" if length_m < 15 else "offshore"


def distance_nm(lat1: npt.ArrayLike, lon1: npt.ArrayLike, lat2: npt.ArrayLike, lon2: npt.ArrayLike) -> Floats:
    """Return great-circle distances in nautical miles; degrees in, shapes broadcast."""
    return arc_degrees(lat1, lon1, lat2, lon2) * NM_PER_DEGREE


def distance_to_line_nm(lat: npt.ArrayLike, lon: npt.ArrayLike, line: Line) -> Floats:
    """Return distances to a line of (lon, lat) points, negative beyond it (east of it at the same latitude).

    North and south of the line's ends there is no side and the distance is positive: the line says
    nothing there (Hoàng Sa lies south of the Gulf line's end and is never beyond it). NaN stays NaN.
    """
    y, x = np.atleast_1d(np.asarray(lat, float)), np.atleast_1d(np.asarray(lon, float))
    narrowing = np.cos(np.radians(y))
    nearest = np.full(y.shape, np.inf)
    for (lon_a, lat_a), (lon_b, lat_b) in pairwise(line):
        ax, ay = (lon_a - x) * narrowing, lat_a - y
        bx, by = (lon_b - lon_a) * narrowing, lat_b - lat_a
        along = np.clip(-(ax * bx + ay * by) / np.maximum(bx**2 + by**2, 1e-18), 0, 1)
        nearest = np.minimum(nearest, np.hypot(ax + along * bx, ay + along * by))
    distance = nearest * NM_PER_DEGREE
    return np.asarray(np.where(_crossings_to_the_west(y, x, line) % 2 == 1, -distance, distance), float)


def zone_at(lat: npt.ArrayLike, lon: npt.ArrayLike, inshore: Line) -> list[Zone | None]:
    """Return the zone of each position: in the ring of the inshore zone, else west or east of it.

    Not told (None) north and south of the ring, and where a position is missing.
    """
    y, x = np.atleast_1d(np.asarray(lat, float)), np.atleast_1d(np.asarray(lon, float))
    ring = [*inshore, inshore[0]]
    west = _crossings_to_the_west(y, x, ring)
    all_edges = _crossings_to_the_west(y, np.full(y.shape, np.inf), ring)
    return [
        None if not total else "inshore" if count % 2 else "offshore" if count else "coastal"
        for count, total in zip(west.tolist(), all_edges.tolist(), strict=True)
    ]


def _crossings_to_the_west(y: Floats, x: Floats, line: Line) -> npt.NDArray[np.int64]:
    crossings = np.zeros(y.shape, np.int64)
    for (lon_a, lat_a), (lon_b, lat_b) in pairwise(line):
        if lat_a == lat_b:
            continue
        spans = (y >= min(lat_a, lat_b)) & (y < max(lat_a, lat_b))
        crossings += spans & (lon_a + (y - lat_a) * (lon_b - lon_a) / (lat_b - lat_a) < x)
    return crossings


def vessel_states(
    fixes: pl.DataFrame,
    at: datetime,
    ports: pl.DataFrame,
    line: Line,
    *,
    interval: timedelta = REPORT_INTERVAL,
    lost_after: timedelta = LOST_AFTER,
    long_lost_after: timedelta = LONG_LOST_AFTER,
    warn_nm: Sequence[float] = WARN_NM,
) -> pl.DataFrame:
    """Return `fixes` with the state of every vessel at the instant `at` (UTC).

    In: `fixes` one row per vessel `vessel, time (UTC), lat, lon, length_m`, the last known position;
    `ports` `code, lat, lon, radius_m` (rows without position are passed over); `line` (lon, lat) points.
    Adds `port` (nearest within its radius or null), `hours_silent`, `state` (one of STATES; `late` from more
    than two intervals on; null without a time), `line_distance_nm` (negative = beyond), `near_line`
    (on our side within the widest of `warn_nm`), `near_line_nm` (narrowest of `warn_nm` reached) and
    `across_line`. A vessel without position has null line columns.
    """
    lat, lon = (fixes.get_column(name).cast(pl.Float64).to_numpy() for name in ("lat", "lon"))
    silent = (pl.lit(at) - pl.col("time")).dt.total_microseconds() / 3.6e9
    distance = pl.col("line_distance_nm")
    bands = [pl.when(distance.is_between(0, nm)).then(pl.lit(float(nm))) for nm in sorted(warn_nm)]
    return (
        fixes.with_columns(
            _port_of(lat, lon, ports),
            silent.clip(lower_bound=0).alias("hours_silent"),
            pl.Series("line_distance_nm", distance_to_line_nm(lat, lon, line)).fill_nan(None),
        )
        .with_columns(
            _state(interval, lost_after, long_lost_after).alias("state"),
            pl.coalesce(*bands, pl.lit(None, pl.Float64)).alias("near_line_nm"),
            (distance < 0).alias("across_line"),
        )
        .with_columns(
            pl.when(distance.is_not_null()).then(pl.col("near_line_nm").is_not_null()).alias("near_line")
        )
    )


def _state(interval: timedelta, lost_after: timedelta, long_lost_after: timedelta) -> pl.Expr:
    silent = pl.col("hours_silent")
    return (
        pl.when(pl.col("port").is_not_null())
        .then(pl.lit("in_port"))
        .when(silent >= _hours(long_lost_after))
        .then(pl.lit("lost_10d"))
        .when(silent >= _hours(lost_after))
        .then(pl.lit("lost_6h"))
        .when(silent > 2 * _hours(interval))
        .then(pl.lit("late"))
        .when(silent.is_not_null())
        .then(pl.lit("at_sea"))
    )


def _hours(span: timedelta) -> float:
    return span / timedelta(hours=1)


def _port_of(lat: Floats, lon: Floats, ports: pl.DataFrame) -> pl.Series:
    """Return the code of the nearest port within its own radius for each position, null for none."""
    placed = ports.drop_nulls(["lat", "lon", "radius_m"])
    if placed.is_empty() or lat.size == 0:
        return pl.Series("port", [None] * lat.size, dtype=pl.String)
    port_lat, port_lon, radius = (
        placed.get_column(name).cast(pl.Float64).to_numpy() for name in ("lat", "lon", "radius_m")
    )
    metres = distance_nm(lat[:, None], lon[:, None], port_lat[None, :], port_lon[None, :]) * 1852
    within = np.where(metres <= radius[None, :], metres, np.inf)
    nearest = within.argmin(axis=1)
    is_in_port = np.isfinite(within[np.arange(lat.size), nearest])
    codes = placed.get_column("code").gather(nearest.astype(np.int64))
    frame = pl.DataFrame({"code": codes, "is_in_port": is_in_port})
    return frame.select(pl.when("is_in_port").then(pl.col("code")).alias("port")).to_series()


def gaps(track: pl.DataFrame, min_hours: float = 6) -> pl.DataFrame:
    """Return the silences of at least `min_hours` in one vessel's track `time, lat, lon`, oldest first.

    Out: `start, end` (the positions around it), `hours`, `lat_start, lon_start, lat_end, lon_end`,
    `distance_nm` between them.
    """
    ordered = track.select("time", "lat", "lon").sort("time")
    silences = ordered.select(
        pl.col("time").alias("start"),
        pl.col("time").shift(-1).alias("end"),
        ((pl.col("time").shift(-1) - pl.col("time")).dt.total_microseconds() / 3.6e9).alias("hours"),
        pl.col("lat").alias("lat_start"),
        pl.col("lon").alias("lon_start"),
        pl.col("lat").shift(-1).alias("lat_end"),
        pl.col("lon").shift(-1).alias("lon_end"),
    ).filter(pl.col("hours") >= min_hours)
    columns = [silences.get_column(name).cast(pl.Float64).to_numpy() for name in silences.columns[3:]]
    return silences.with_columns(
        pl.Series("distance_nm", distance_nm(*columns), dtype=pl.Float64).fill_nan(None)
    )
