"""Positions on the ground of the province: metres between points, square cells, pairs of neighbours, communes.

Distances are those of a sphere. Columns are `lat`, `lon` in degrees (WGS 84).
"""

import json
from functools import cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from config.settings import CONFIG

Floats = npt.NDArray[np.float64]
METRES_PER_DEGREE: Final = 6_371_008.8 * np.pi / 180
MIDDLE: Final = 19.98
"""Latitude (°) at which a cell is exactly square; at the province's edges it is 0,5 % off."""


def distance_metres(lat1: npt.ArrayLike, lon1: npt.ArrayLike, lat2: npt.ArrayLike, lon2: npt.ArrayLike) -> Floats:
    """Return great-circle distances in metres; degrees in, shapes broadcast."""
    return arc_degrees(lat1, lon1, lat2, lon2) * METRES_PER_DEGREE


def arc_degrees(lat1: npt.ArrayLike, lon1: npt.ArrayLike, lat2: npt.ArrayLike, lon2: npt.ArrayLike) -> Floats:
    """Return great-circle distances in degrees of the sphere; degrees in, shapes broadcast."""
    phi1, phi2 = np.radians(np.asarray(lat1, float)), np.radians(np.asarray(lat2, float))
    half_lat = (phi2 - phi1) / 2
    half_lon = np.radians(np.asarray(lon2, float) - np.asarray(lon1, float)) / 2
    chord = np.sin(half_lat) ** 2 + np.cos(phi1) * np.cos(phi2) * np.sin(half_lon) ** 2
    return np.asarray(np.degrees(2 * np.arcsin(np.sqrt(chord))), float)


def cell_numbers(size: float) -> list[pl.Expr]:
    """Return the row `cell_y` and column `cell_x` of the square of `size` metres that holds `lat`, `lon`."""
    wide = METRES_PER_DEGREE * float(np.cos(np.radians(MIDDLE)))
    return [
        (pl.col("lat") * METRES_PER_DEGREE / size).floor().cast(pl.Int64).alias("cell_y"),
        (pl.col("lon") * wide / size).floor().cast(pl.Int64).alias("cell_x"),
    ]


def cell_centre(size: float) -> list[pl.Expr]:
    """Return `lat`, `lon` of the middle of the cell `cell_y`, `cell_x`."""
    wide = METRES_PER_DEGREE * float(np.cos(np.radians(MIDDLE)))
    return [
        ((pl.col("cell_y") + 0.5) * size / METRES_PER_DEGREE).alias("lat"),
        ((pl.col("cell_x") + 0.5) * size / wide).alias("lon"),
    ]


def near_pairs(points: pl.DataFrame, metres: float) -> pl.DataFrame:
    """Return `a, b, metres` for every two rows (by number, a < b) of `points` at most `metres` apart.

    Rows without a position have no neighbours. Only neighbouring cells are compared.
    """
    size = metres * 1.02  # a cell's width shrinks towards the north
    placed = points.select(pl.int_range(pl.len()).alias("row"), "lat", "lon").drop_nulls().with_columns(
        cell_numbers(size))
    around = pl.DataFrame({"dy": [-1, 0, 1]}).join(pl.DataFrame({"dx": [-1, 0, 1]}), how="cross")
    moved = placed.join(around, how="cross").select(
        pl.col("row").alias("b"), pl.col("lat").alias("lat_b"), pl.col("lon").alias("lon_b"),
        (pl.col("cell_y") + pl.col("dy")).alias("cell_y"), (pl.col("cell_x") + pl.col("dx")).alias("cell_x"))
    pairs = placed.rename({"row": "a"}).join(moved, on=["cell_y", "cell_x"]).filter(pl.col("a") < pl.col("b"))
    apart = distance_metres(*(pairs[c].to_numpy() for c in ("lat", "lon", "lat_b", "lon_b")))
    return pairs.select("a", "b", pl.Series("metres", apart)).filter(pl.col("metres") <= metres).sort("a", "b")


def linked(links: pl.DataFrame, size: int) -> npt.NDArray[np.int64]:
    """Return for each of `size` rows the smallest row it is linked with, directly or through others."""
    a, b = links["a"].to_numpy(), links["b"].to_numpy()
    root = np.arange(size)
    while True:
        low = np.minimum(root[a], root[b])
        new = root.copy()
        np.minimum.at(new, a, low)
        np.minimum.at(new, b, low)
        new = new[new]
        if (new == root).all():
            return root
        root = new


@cache
def _rings() -> tuple[tuple[str, Floats], ...]:
    """Return the outer rings of the communes, (lon, lat), by code."""
    features: list[dict[str, Any]] = json.loads(
        (CONFIG / "geo" / "communes_lite.geojson").read_text(encoding="utf-8"))["features"]
    found = []
    for feature in features:
        shape = feature["geometry"]
        parts = [shape["coordinates"]] if shape["type"] == "Polygon" else shape["coordinates"]
        found += [(str(feature["properties"]["code"]), np.asarray(part[0], float)) for part in parts]
    return tuple(found)


def commune_at(lat: pl.Series, lon: pl.Series) -> pl.Series:
    """Return the code of the commune that holds each position by the simplified borders (±200 m); null for none."""
    y, x = (s.cast(pl.Float64).fill_null(np.nan).to_numpy() for s in (lat, lon))
    codes = np.full(len(y), "", dtype=object)
    for code, ring in _rings():
        (west, south), (east, north) = ring.min(axis=0), ring.max(axis=0)
        near = np.flatnonzero((y >= south) & (y <= north) & (x >= west) & (x <= east) & (codes == ""))
        if near.size:
            codes[near[_inside(y[near], x[near], ring)]] = code
    return pl.Series("place", [c or None for c in codes], dtype=pl.String)


def _inside(y: Floats, x: Floats, ring: Floats) -> npt.NDArray[np.bool_]:
    (x0, y0), (x1, y1) = ring[:-1].T, ring[1:].T
    spans = (y[:, None] >= np.minimum(y0, y1)) & (y[:, None] < np.maximum(y0, y1))
    rise = np.where(y1 == y0, 1.0, y1 - y0)
    crossing = x0 + (y[:, None] - y0) * (x1 - x0) / rise
    return np.asarray((spans & (crossing < x[:, None])).sum(axis=1) % 2 == 1, bool)
