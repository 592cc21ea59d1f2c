"""VN_AQI of the hour and of the day by Decision 1459/QĐ-TCMT (12/11/2019).

All concentrations are µg/m³, CO included. The index exists only where PM2.5 or PM10 does, is the
largest of the sub-indices, and is rounded half-up. Above the last breakpoint it is 500.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from config.locale import say
from services.methods import index_levels
from services.methods.index_levels import level_of, mean_of
from services.methods.piecewise import Scale, half_up, half_up_column

PARTICLES: Final = ("PM2.5", "PM10")
SYMBOLS: Final = (*PARTICLES, "O3", "CO", "NO2", "SO2")
NOWCAST_HOURS: Final = 12
OZONE_WINDOW: Final = 8
OZONE_WINDOW_MIN: Final = 6
DAY_MIN_HOURS: Final = 18
_LOCAL = "7h"

_INDEX = (0.0, 50.0, 100.0, 150.0, 200.0, 300.0, 400.0, 500.0)


def _scale(*breakpoints: float) -> Scale:
    return Scale(tuple(zip(breakpoints, _INDEX, strict=False)), below=0.0, above=500.0)


SCALES: Final[Mapping[str, Scale]] = {
    "PM2.5": _scale(0, 25, 50, 80, 150, 250, 350, 500),
    "PM10": _scale(0, 50, 150, 250, 350, 420, 500, 600),
    "O3_1h": _scale(0, 160, 200, 300, 400, 800, 1000, 1200),
    # Past 400 µg/m³ the Decision has no 8-hour value: ozone is judged by the hour alone.
    "O3_8h": Scale(tuple(zip((0.0, 100, 120, 170, 210, 400), _INDEX, strict=False)), below=0.0, above=None),
    "CO": _scale(0, 10000, 30000, 45000, 60000, 90000, 120000, 150000),
    "NO2": _scale(0, 100, 200, 700, 1200, 2350, 3100, 3850),
    "SO2": _scale(0, 125, 350, 550, 800, 1600, 2100, 2630),
}


@dataclass(frozen=True, slots=True)
class Level(index_levels.Level):
    """One band of VN_AQI (Table 1) with the advice of Table 5, shortened."""

    def advice(self, language: str = "vi") -> str:
        """Return the advice for people in normal health."""
        return say(f"methods.{self.key}_advice", language)

    def advice_sensitive(self, language: str = "vi") -> str:
        """Return the advice for sensitive groups."""
        return say(f"methods.{self.key}_advice_sensitive", language)


LEVELS: Final = (
    Level(0, 50, "aqi_good", "#00E400"),
    Level(51, 100, "aqi_moderate", "#FFFF00"),
    Level(101, 150, "aqi_poor", "#FF7E00"),
    Level(151, 200, "aqi_bad", "#FF0000"),
    Level(201, 300, "aqi_very_bad", "#8F3F97"),
    Level(301, 500, "aqi_hazardous", "#7E0023"),
)


def level(aqi: int | None) -> Level | None:
    """Return the level of an index; values outside 0…500 belong to the nearest level."""
    return level_of(LEVELS, aqi)


def nowcast(values: Sequence[float | None]) -> float | None:
    """Return the NowCast of hourly means, newest first (c1…c12, µg/m³).

    A missing hour keeps its place, so the weights of the others stay. None unless two of c1…c3 exist.
    The Decision prints an unnormalised sum for w = ½; the normalised one differs by under 0.03 %.
    """
    hours = values[:NOWCAST_HOURS]
    known = [(place, value) for place, value in enumerate(hours) if value is not None]
    if sum(place < 3 for place, _ in known) < 2:
        return None
    smallest, largest = min(value for _, value in known), max(value for _, value in known)
    weight = max(smallest / largest, 0.5) if largest > 0 else 1.0
    return sum(weight**place * value for place, value in known) / sum(weight**place for place, _ in known)


def sub_index(pollutant: str, concentration: float | None) -> float | None:
    """Return the unrounded sub-index of one of `SCALES` at a concentration (µg/m³); KeyError if unknown."""
    return SCALES[pollutant].at(concentration)


def aqi_hour(
    pm25: float | None = None,
    pm10: float | None = None,
    *,
    o3: float | None = None,
    co: float | None = None,
    no2: float | None = None,
    so2: float | None = None,
) -> int | None:
    """Return the VN_AQI of an hour from the NowCast of PM and the 1-hour means of the gases (µg/m³)."""
    gases = {"O3_1h": o3, "CO": co, "NO2": no2, "SO2": so2}
    return _overall({"PM2.5": pm25, "PM10": pm10}, gases)


def aqi_day(
    pm25: float | None = None,
    pm10: float | None = None,
    *,
    o3_1h: float | None = None,
    o3_8h: float | None = None,
    co: float | None = None,
    no2: float | None = None,
    so2: float | None = None,
) -> int | None:
    """Return the VN_AQI of a day from 24-hour means of PM, largest 1-hour gases and 8-hour ozone."""
    gases = {"O3_1h": o3_1h, "O3_8h": o3_8h, "CO": co, "NO2": no2, "SO2": so2}
    return _overall({"PM2.5": pm25, "PM10": pm10}, gases)


def _overall(particles: Mapping[str, float | None], gases: Mapping[str, float | None]) -> int | None:
    if all(value is None for value in particles.values()):
        return None
    indices = (sub_index(name, value) for name, value in {**particles, **gases}.items())
    return half_up(max(index for index in indices if index is not None))


def vn_aqi_hour(hours: pl.DataFrame) -> pl.DataFrame:
    """Return the VN_AQI of every station and hour that occurs in `hours`.

    In: `station` str, `symbol` one of SYMBOLS, `period` Datetime[us, UTC] = start of the hour,
    `value` Float64 or null (valid 1-hour mean, µg/m³); absent rows are missing hours, earlier hours
    serve as look-back. Out: `station, period, value` (Int64), `main` (deciding symbol), `pm25_nowcast`.
    """
    grid = _hourly_grid(hours).with_columns(
        _nowcast_column("PM2.5").alias("pm25_nowcast"), _nowcast_column("PM10").alias("pm10_nowcast")
    )
    indices = {
        "PM2.5": SCALES["PM2.5"].column(pl.col("pm25_nowcast")),
        "PM10": SCALES["PM10"].column(pl.col("pm10_nowcast")),
        "O3": SCALES["O3_1h"].column(pl.col("O3")),
        **{gas: SCALES[gas].column(pl.col(gas)) for gas in ("CO", "NO2", "SO2")},
    }
    return (
        _decide(grid.filter("occurs"), indices)
        .select("station", "period", "value", "main", "pm25_nowcast")
        .sort("station", "period")
    )


def vn_aqi_day(hours: pl.DataFrame, min_hours: int = DAY_MIN_HOURS) -> pl.DataFrame:
    """Return the VN_AQI of every station and local day (UTC+7) that occurs in `hours` (as `vn_aqi_hour`).

    A day is the 24 hours that start in the local day: labelled by their start 00:00…23:00, which are
    the Decision's 01:00…00:00 labelled by their end. (The embassy's Hanoi file labels by the end: its
    printed daily means 177.0, 116.58 and 32.21 of January 2020 come out so, and not the other way.)
    A PM counts from `min_hours` valid hours on (75 %, a choice of ours); 8-hour ozone is the running
    mean of windows inside the day with at least 6 of 8 values.
    Out: `station, period` (start of the local day, UTC), `value` (Int64), `main`, `hours` (valid PM hours).
    """
    local = pl.col("period").dt.offset_by(_LOCAL)
    ozone = pl.col("O3").rolling_mean(OZONE_WINDOW, min_samples=OZONE_WINDOW_MIN).over("station")
    grid = _hourly_grid(hours).with_columns(
        local.dt.truncate("1d").dt.offset_by(f"-{_LOCAL}").alias("day"),
        pl.when(local.dt.hour() >= OZONE_WINDOW - 1).then(ozone).alias("O3_8h"),
    )
    enough = {pm: pl.when(pl.col(pm).count() >= min_hours).then(pl.col(pm).mean()) for pm in PARTICLES}
    days = (
        grid.group_by("station", "day")
        .agg(
            *(mean.alias(pm) for pm, mean in enough.items()),
            pl.col("O3", "O3_8h", "CO", "NO2", "SO2").max(),
            pl.max_horizontal(pl.col(pm).count() for pm in PARTICLES).cast(pl.Int64).alias("hours"),
            pl.col("occurs").any(),
        )
        .filter("occurs")
        .rename({"day": "period"})
    )
    ozone_index = pl.max_horizontal(
        SCALES["O3_1h"].column(pl.col("O3")), SCALES["O3_8h"].column(pl.col("O3_8h"))
    )
    indices = {symbol: SCALES[symbol].column(pl.col(symbol)) for symbol in SYMBOLS if symbol != "O3"}
    ordered = {symbol: indices.get(symbol, ozone_index) for symbol in SYMBOLS}
    return (
        _decide(days, ordered).select("station", "period", "value", "main", "hours").sort("station", "period")
    )


def _hourly_grid(hours: pl.DataFrame) -> pl.DataFrame:
    """Return whole local days of hours per station, one column per symbol, `occurs` where rows came."""
    wide = hours.group_by("station", pl.col("period").dt.truncate("1h")).agg(
        *(mean_of(name) for name in SYMBOLS),
        pl.lit(True).alias("occurs"),
    )
    local = pl.col("period").dt.offset_by(_LOCAL).dt.truncate("1d").dt.offset_by(f"-{_LOCAL}")
    every_hour = (
        wide.group_by("station")
        .agg(local.min().alias("first"), local.max().dt.offset_by("23h").alias("last"))
        .select("station", pl.datetime_ranges("first", "last", interval="1h").alias("period"))
        .explode("period")
    )
    return (
        every_hour.join(wide, on=["station", "period"], how="left")
        .with_columns(pl.col("occurs").fill_null(False))
        .sort("station", "period")
    )


def _nowcast_column(symbol: str) -> pl.Expr:
    """Return the NowCast of a column on the complete, sorted hourly grid."""
    lags = [pl.col(symbol).shift(place).over("station") for place in range(NOWCAST_HOURS)]
    smallest, largest = pl.min_horizontal(lags), pl.max_horizontal(lags)
    weight = pl.when(largest > 0).then((smallest / largest).clip(0.5, 1.0)).otherwise(1.0)
    weights = [weight.pow(place) for place in range(NOWCAST_HOURS)]
    top = pl.sum_horizontal(w * lag for w, lag in zip(weights, lags, strict=True))
    bottom = pl.sum_horizontal(
        pl.when(lag.is_not_null()).then(w) for w, lag in zip(weights, lags, strict=True)
    )
    recent = pl.sum_horizontal(lag.is_not_null() for lag in lags[:3])
    return pl.when(recent >= 2).then(top / bottom)


def _decide(frame: pl.DataFrame, indices: Mapping[str, pl.Expr]) -> pl.DataFrame:
    """Add `value` and `main`: the largest sub-index and its symbol, null without a PM."""
    named = [index.alias(f"index_{symbol}") for symbol, index in indices.items()]
    columns = [f"index_{symbol}" for symbol in indices]
    has_particles = pl.any_horizontal(pl.col(f"index_{pm}").is_not_null() for pm in PARTICLES)
    largest = pl.when(has_particles).then(pl.max_horizontal(columns))
    decisive = pl.coalesce(
        pl.when(pl.col(f"index_{symbol}") == pl.col("largest")).then(pl.lit(symbol)) for symbol in indices
    )
    return (
        frame.with_columns(named)
        .with_columns(largest.alias("largest"))
        .with_columns(half_up_column(pl.col("largest")).alias("value"), decisive.alias("main"))
    )
