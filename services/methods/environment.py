"""How the environment's readings become indices and means, as the registry's declarations name it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import polars as pl
import yaml

from config.registry import load_registry
from data_access.database import LOCAL
from data_access.ingestion.catalogues import folded, place_spellings
from services.methods.air_quality import vn_aqi_day, vn_aqi_hour
from services.methods.limits import all_limits
from services.methods.water_quality import vn_wqi

VALID_RATIO = 0.75
DAY_MIN_HOURS = 18
WINDOW, WINDOW_MIN = 8, 6
POOR = 100
MEASURED = ("air", "water")
REPORTING = timedelta(minutes=30)
SILENT = timedelta(hours=12)
_LOCAL = "7h"
_ALARM_LEVELS = Path(__file__).parents[2] / "config" / "limits" / "river_alarm_levels.yaml"


def _valid_means(rollup: pl.DataFrame) -> pl.DataFrame:
    """Return the hourly means that rest on at least 75 % of the values the station's cadence promises.

    The ratio is a product choice within the 75–80 % asked for (TT 10/2021/TT-BTNMT).
    """
    expected = {code: 60 / s.cadence_minutes for code, s in load_registry().stations.items()}
    need = pl.col("station").replace_strict(expected, default=12.0, return_dtype=pl.Float64) * VALID_RATIO
    return rollup.filter(pl.col("valid") >= need).with_columns(value=pl.col("total") / pl.col("valid"))


def hourly_means(rollup: pl.DataFrame, kind: str) -> pl.DataFrame:
    """Return the valid hourly means of one kind of station: `station, symbol, period, value, scope, place`."""
    return _valid_means(rollup.filter(pl.col("kind") == kind))


def _with_place(result: pl.DataFrame, means: pl.DataFrame) -> pl.DataFrame:
    return result.join(means.select("station", "scope", "place").unique("station"), on="station", how="left")


def air_hour(rollup: pl.DataFrame) -> pl.DataFrame:
    """Return VN_AQI by station and hour from the hourly rollup of readings; `poor`: 1 above 100, else 0."""
    means = hourly_means(rollup, "air")
    result = vn_aqi_hour(means.select("station", "symbol", "period", "value"))
    result = result.with_columns((pl.col("value") > POOR).cast(pl.Int64).alias("poor"))
    return _with_place(result.rename({"pm25_nowcast": "nowcast"}), means)


def air_day(rollup: pl.DataFrame) -> pl.DataFrame:
    """Return VN_AQI by station and local day from the hourly rollup of readings; `poor`: 1 above 100, else 0."""
    means = hourly_means(rollup, "air")
    result = vn_aqi_day(means.select("station", "symbol", "period", "value"))
    return _with_place(result.with_columns((pl.col("value") > POOR).cast(pl.Int64).alias("poor")), means)


def water_hour(rollup: pl.DataFrame) -> pl.DataFrame:
    """Return VN_WQI by station and hour from the hourly rollup of readings."""
    means = hourly_means(rollup, "water")
    result = vn_wqi(means.select("station", "symbol", "period", "value"))
    return _with_place(result.select("station", "period", "value", "level"), means)


def _limit(average: str) -> pl.Expr:
    """Return the upper limit of QCVN 05 in force for `symbol` on the local day of `period`, null without one."""
    day = pl.col("period").dt.offset_by(_LOCAL).dt.date()
    limits = [e for e in all_limits() if e.average == average and e.category is None and e.enabled]
    cases = [
        pl.when(
            pl.col("symbol") == e.parameter,
            pl.col("kind") == "air",
            day >= e.valid_from,
            day <= e.valid_to if e.valid_to else True,
        ).then(pl.lit(e.value, pl.Float64))
        for e in limits
    ]
    return pl.coalesce(cases)


def mean_hour(rollup: pl.DataFrame) -> pl.DataFrame:
    """Return the valid hourly means of air and water; `over`: 1 above the hourly limit of QCVN 05, else 0."""
    means = _valid_means(rollup.filter(pl.col("kind").is_in(MEASURED)))
    over = (pl.col("value") > _limit("1h")).fill_null(False).cast(pl.Int64)
    return means.select("station", "symbol", "kind", "scope", "place", "period", "value", over.alias("over"))


def mean_day(rollup: pl.DataFrame) -> pl.DataFrame:
    """Return the means of local days with at least 18 valid hours (75 %, a choice of ours).

    `hours` valid ones, `high` the largest hour, `eight` the largest mean of 8 hours inside the day with at
    least 6 of them, `over`: 1 above the daily limit of QCVN 05 in force that day, else 0.
    """
    keys = ["station", "symbol", "kind", "scope", "place"]
    local = pl.col("period").dt.offset_by(_LOCAL).dt.truncate("1d").dt.offset_by(f"-{_LOCAL}")
    hours = _valid_means(rollup.filter(pl.col("kind").is_in(MEASURED))).sort(*keys, "period")
    hours = hours.with_columns(local.alias("day"))
    windows = (
        hours.rolling("period", period=f"{WINDOW}h", group_by=[*keys, "day"])
        .agg(pl.when(pl.len() >= WINDOW_MIN).then(pl.col("value").mean()).alias("eight"))
        .group_by(*keys, "day")
        .agg(pl.col("eight").max())
    )
    value = pl.col("value")
    days = hours.group_by(*keys, "day").agg(
        value.mean(), pl.len().cast(pl.Int64).alias("hours"), value.max().alias("high")
    )
    days = days.join(windows, on=[*keys, "day"]).filter(pl.col("hours") >= DAY_MIN_HOURS)
    days = days.rename({"day": "period"})
    over = (value > _limit("24h")).fill_null(False).cast(pl.Int64)
    return days.select(*keys, "period", "value", "hours", "high", "eight", over.alias("over"))


def station_states(rows: pl.DataFrame, at: datetime) -> pl.DataFrame:
    """Return the state of each station from its last rows: `station, kind, place, time, state, faulty`.

    `state`: `reporting` within 30 minutes, `late` within 12 hours (the outage that TT 10/2021 has the station
    give notice of), then `silent`; `faulty` says that its last record holds no valid value.
    """
    age = pl.lit(at) - pl.col("time")
    state = (
        pl.when(age <= REPORTING)
        .then(pl.lit("reporting"))
        .when(age <= SILENT)
        .then(pl.lit("late"))
        .otherwise(pl.lit("silent"))
    )
    stations = rows.group_by("station").agg(
        pl.col("kind", "scope", "place", "time", "batch").first(),
        (pl.col("status") != "00").all().alias("faulty"),
    )
    return stations.with_columns(state.alias("state")).sort("station")


@cache
def alarm_levels() -> dict[str, list[float | None]]:
    """Return the alarm levels 1-3 (metres, None where not known) of the river stations by code."""
    content = yaml.safe_load(_ALARM_LEVELS.read_text(encoding="utf-8"))
    return {code: entry["metres"] for code, entry in content["levels"].items()}


def river_alarm(rows: pl.DataFrame) -> pl.DataFrame:
    """Add the alarm level reached (0-3, null for a station without levels) and the distance to level 1 (m)."""

    def level(number: int) -> pl.Expr:
        known = {code: metres[number - 1] for code, metres in alarm_levels().items()}
        return pl.col("station").replace_strict(known, default=None, return_dtype=pl.Float64)

    reached = pl.max_horizontal(
        pl.when(pl.col("value") >= level(n)).then(pl.lit(n, pl.Int64)).otherwise(pl.lit(0, pl.Int64)) for n in (1, 2, 3)
    )
    return rows.with_columns(
        pl.when(level(1).is_not_null()).then(reached).alias("reached"),
        (pl.col("value") - level(1)).round(2).alias("above_first"),
    )


def _communes(text: str | None) -> tuple[str, str]:
    """Return the codes of the communes that a list names, and the names the catalogue does not know."""
    names = [n.strip() for n in (text or "").replace(",", ";").split(";") if n.strip()]
    known = place_spellings()
    return (
        ";".join(known[folded(n)] for n in names if folded(n) in known),
        "; ".join(n for n in names if folded(n) not in known),
    )


def _expected(text: str | None) -> tuple[datetime | None, datetime | None]:
    """Return both ends of `2025-08-25T18:00/20:00` or of two full times; None where there is none."""
    if not text:
        return None, None
    first, _, last = text.partition("/")
    try:
        start = datetime.fromisoformat(first).replace(tzinfo=LOCAL)
        if not last:
            return start, None
        end = datetime.fromisoformat(last if "T" in last else f"{first[:10]}T{last}").replace(tzinfo=LOCAL)
    except ValueError:
        return None, None
    return start, end if end >= start else end + timedelta(days=1)


def order_communes(rows: pl.DataFrame) -> pl.DataFrame:
    """Turn an order's list of communes into codes and its expected time into two instants.

    Names the catalogue does not know (communes of before 7/2025) are kept apart; the order stands.
    """
    found = [_communes(text) for text in rows["communes"]]
    times = [_expected(text) for text in rows["expected_from"]]
    instant = pl.Datetime("us", "UTC")
    return rows.with_columns(
        pl.Series("commune_codes", [codes for codes, _ in found], pl.String),
        pl.Series("communes_unknown", [unknown for _, unknown in found], pl.String),
        pl.Series("expected_from", [start for start, _ in times], instant),
        pl.Series("expected_until", [end for _, end in times], instant),
    )


METHODS: dict[str, Callable[[pl.DataFrame], pl.DataFrame]] = {
    "air_hour": air_hour,
    "air_day": air_day,
    "water_hour": water_hour,
    "mean_hour": mean_hour,
    "mean_day": mean_day,
    "river_alarm": river_alarm,
    "order_communes": order_communes,
}
SNAPSHOTS: dict[str, Callable[[pl.DataFrame, datetime], pl.DataFrame]] = {"station_states": station_states}
