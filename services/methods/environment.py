"""How the environment's readings become indices, as the registry's declarations name it."""

from collections.abc import Callable

import polars as pl

from config.registry import load_registry
from services.methods.air_quality import vn_aqi_day, vn_aqi_hour
from services.methods.water_quality import vn_wqi

VALID_RATIO = 0.75


def hourly_means(rollup: pl.DataFrame, kind: str) -> pl.DataFrame:
    """Return the valid hourly means of one kind of station: `station, symbol, period, value, scope, place`.

    A mean is valid with at least 75 % of the values the station's cadence promises (product choice within
    the 75–80 % asked for; TT 10/2021/TT-BTNMT).
    """
    expected = {code: 60 / s.cadence_minutes for code, s in load_registry().stations.items()}
    need = pl.col("station").replace_strict(expected, default=12.0, return_dtype=pl.Float64) * VALID_RATIO
    return rollup.filter(pl.col("kind") == kind, pl.col("valid") >= need).with_columns(
        value=pl.col("total") / pl.col("valid")
    )


def _with_place(result: pl.DataFrame, means: pl.DataFrame) -> pl.DataFrame:
    return result.join(means.select("station", "scope", "place").unique("station"), on="station", how="left")


def air_hour(rollup: pl.DataFrame) -> pl.DataFrame:
    """Return VN_AQI by station and hour from the hourly rollup of readings."""
    means = hourly_means(rollup, "air")
    result = vn_aqi_hour(means.select("station", "symbol", "period", "value"))
    return _with_place(result.rename({"pm25_nowcast": "nowcast"}), means)


def air_day(rollup: pl.DataFrame) -> pl.DataFrame:
    """Return VN_AQI by station and local day from the hourly rollup of readings."""
    means = hourly_means(rollup, "air")
    return _with_place(vn_aqi_day(means.select("station", "symbol", "period", "value")), means)


def water_hour(rollup: pl.DataFrame) -> pl.DataFrame:
    """Return VN_WQI by station and hour from the hourly rollup of readings."""
    means = hourly_means(rollup, "water")
    result = vn_wqi(means.select("station", "symbol", "period", "value"))
    return _with_place(result.select("station", "period", "value", "level"), means)


METHODS: dict[str, Callable[[pl.DataFrame], pl.DataFrame]] = {"air_hour": air_hour, "air_day": air_day, "water_hour": water_hour}
