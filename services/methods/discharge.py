"""How readings of outlets and stacks become means, judged by limit, with what the instrument itself says of them.

An hour of a parameter is in one state: `over` the limit, `stuck` (one value for hours on end), `ok`; or, without
enough valid values, `broken`, `calibrating` or `missing`. Values of status 00 count, all others never do.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Final

import polars as pl
import yaml

from config.registry import load_registry
from data_access.database import LOCAL
from data_access.ingestion.rollups import Method
from services.methods import discharge_limits, environment
from services.methods.discharge_limits import AIR_OXYGEN, with_limits
from services.methods.limits import FOLDER

STATES: Final = ("over", "stuck", "broken", "calibrating", "missing", "ok")
DAY_STATES: Final = ("over_day", "over", "stuck", "broken", "missing", "calibrating", "ok", "none")
"""Of a day, gravest first: the 24-hour mean over, an hour over, …; `none`: not in service."""
GASES: Final = ("PM", "SO2", "NO", "NO2", "NOx", "CO", "H2S", "NH3", "HCl", "HF", "Hg")
"""Concentrations in flue gas, corrected to the reference oxygen."""
NO2_PER_NO: Final = 46.0055 / 30.0061
"""Mass of NO2 that a mass of NO becomes: NOx is given as NO2."""
GRAMS: Final = {"effluent": 1e3, "stack": 1e6}
"""By how much mg/L · m³/h (or mg/Nm³ · m³/h) is divided to give kg/h."""
WEIGHTLESS: Final = ("Flow", "FlowIn", "Temp", "pH", "Color", "O2", "P", "RH", "Coliform")
"""What has no mass."""
KEYS: Final = ("station", "symbol", "kind", "scope", "place")
MISSING_HOURS: Final = 6
"""From how many hours without data a day counts as missing (product choice)."""
_LOCAL: Final = "7h"


@dataclass(frozen=True)
class Rules:
    """The product's own choices, for reference: see config/limits/discharge_rules.yaml."""

    valid_ratio: float
    day_min_hours: int
    stuck_hours: dict[str, int]
    never_stuck: tuple[str, ...]
    episode_gap_hours: int


@cache
def rules() -> Rules:
    """Return how readings are judged."""
    content = yaml.safe_load((FOLDER / "discharge_rules.yaml").read_text(encoding="utf-8"))
    return Rules(**{**content, "never_stuck": tuple(content["never_stuck"])})


def _means(base: pl.DataFrame) -> pl.DataFrame:
    """Return the hours with `mean`: from status 00 only, null where too few of the promised values are."""
    cadence = {code: 60 / s.cadence_minutes for code, s in load_registry().stations.items()}
    promised = pl.col("station").replace_strict(cadence, default=12.0, return_dtype=pl.Float64)
    enough = pl.col("valid") >= promised * rules().valid_ratio
    return base.with_columns(pl.when(enough).then(pl.col("total") / pl.col("valid")).alias("mean"))


def _with_nox(hours: pl.DataFrame) -> pl.DataFrame:
    """Add NOx (as NO2) for stacks that send NO and NO2 apart, in the hours in which both have a mean."""
    keys = ["station", "period"]
    own = hours.filter(pl.col("symbol") == "NOx").select(keys)
    nitric = hours.filter(pl.col("symbol") == "NO").join(own, on=keys, how="anti")
    other = hours.filter(pl.col("symbol") == "NO2").select(*keys, pl.col("mean").alias("no2"))
    made = nitric.join(other, on=keys).with_columns(
        pl.lit("NOx").alias("symbol"), (pl.col("mean") * NO2_PER_NO + pl.col("no2")).alias("mean"),
        pl.lit(None, pl.Float64).alias("low"), pl.lit(None, pl.Float64).alias("high"),
    )  # fmt: skip
    return pl.concat([hours, made.select(hours.columns)]) if made.height else hours


def _runs(holds: pl.Expr, same: pl.Expr | None = None) -> pl.Expr:
    """Return for each hour how many hours on end a condition has held (0 where it does not), rows sorted by KEYS."""
    after = pl.col("period") - pl.col("period").shift(1).over(KEYS) == timedelta(hours=1)
    goes_on = after & holds & holds.shift(1).over(KEYS) & (same if same is not None else True)
    run = (~goes_on.fill_null(False)).cum_sum().over(KEYS)
    return pl.when(holds.fill_null(False)).then(pl.int_range(1, pl.len() + 1).over(*KEYS, run)).otherwise(0)


def _with_stuck(hours: pl.DataFrame) -> pl.DataFrame:
    """Mark hours in which one value has stood for as long as makes an instrument suspect (our own rule)."""
    given = rules()
    need = pl.col("symbol").replace_strict(given.stuck_hours, default=given.stuck_hours["default"],
                                           return_dtype=pl.Int64)  # fmt: skip
    flat = pl.col("mean").is_not_null() & (pl.col("low") == pl.col("high")) & ~pl.col("symbol").is_in(given.never_stuck)
    same = pl.col("low") == pl.col("low").shift(1).over(KEYS)
    hours = hours.with_columns(_runs(flat, same).alias("flat"))
    return hours.with_columns((pl.col("flat") >= need).cast(pl.Int64).alias("stuck")).drop("flat")


def _judged(hours: pl.DataFrame) -> pl.DataFrame:
    """Add `judged`: the mean, of flue gas at the reference oxygen where the limit names one (null if it cannot be)."""
    oxygen = hours.filter(pl.col("symbol") == "O2").select("station", "period", pl.col("mean").alias("o2"))
    hours = hours.join(oxygen, on=["station", "period"], how="left", maintain_order="left")
    ref = pl.col("o2_reference")
    corrected = pl.when(pl.col("o2") < AIR_OXYGEN).then(
        pl.col("mean") * (AIR_OXYGEN - ref) / (AIR_OXYGEN - pl.col("o2")))
    needs = (pl.col("kind") == "stack") & pl.col("symbol").is_in(GASES) & ref.is_not_null()
    return hours.with_columns(pl.when(needs).then(corrected).otherwise(pl.col("mean")).alias("judged"))


def _over(value: str) -> list[pl.Expr]:
    """Return `over` (0 or 1) and `ratio` (times the upper limit; null where a range is the limit) of a value."""
    outside = (pl.col(value) > pl.col("upper")) | (pl.col(value) < pl.col("lower"))
    ranged = pl.col("lower").is_not_null() | (pl.col("upper") <= 0)
    return [
        outside.fill_null(False).cast(pl.Int64).alias("over"),
        pl.when(~ranged).then(pl.col(value) / pl.col("upper")).alias("ratio"),
    ]


def judged_hours(base: pl.DataFrame, permits: pl.DataFrame) -> pl.DataFrame:
    """Return each hour of the hourly rollup with mean, limit, state and how long it has been over or stuck.

    `run`: hours on end above the limit, counted over at most the twelve last; `basis` is the permit or regulation.
    """
    hours = _with_stuck(_with_nox(_means(base)).sort(*KEYS, "period"))
    hours = _judged(with_limits(hours, permits)).with_columns(_over("judged"))
    state = (
        pl.when(pl.col("over") == 1).then(pl.lit("over"))
        .when(pl.col("stuck") == 1).then(pl.lit("stuck"))
        .when(pl.col("mean").is_not_null()).then(pl.lit("ok"))
        .when(pl.col("broken") > 0).then(pl.lit("broken"))
        .when(pl.col("calibrating") > 0).then(pl.lit("calibrating"))
        .otherwise(pl.lit("missing"))
    )  # fmt: skip
    return hours.with_columns(state.alias("state"), _runs(pl.col("over") == 1).cast(pl.Int64).alias("run"))


def mean_hour(base: pl.DataFrame, permits: pl.DataFrame) -> pl.DataFrame:
    """Return the rollup of judged hours by outlet and parameter."""
    return judged_hours(base, permits).select(
        *KEYS, "period", "mean", "judged", "upper", "lower", "ratio", "over", pl.col("run").clip(upper_bound=12),
        "stuck", "state",
    )  # fmt: skip


def outlet_hour(base: pl.DataFrame, permits: pl.DataFrame) -> pl.DataFrame:
    """Return by outlet and hour whether any parameter is over, the worst one, and how many instruments are stuck."""
    hours = judged_hours(base, permits)
    worst = pl.col("symbol").sort_by("over", pl.col("ratio").fill_null(0), descending=True).first()
    return hours.group_by("station", "kind", "scope", "place", "period").agg(
        pl.col("over").max(), pl.col("ratio").max(), worst.alias("worst"),
        pl.col("run").max().clip(upper_bound=12), pl.col("stuck").sum(),
    )  # fmt: skip


def _local_day(column: str) -> pl.Expr:
    return pl.col(column).dt.offset_by(_LOCAL).dt.truncate("1d").dt.offset_by(f"-{_LOCAL}")


def _with_loads(hours: pl.DataFrame) -> pl.DataFrame:
    """Add `load`: kg in the hour, from concentration and flow of the outlet; of the flow itself its m³."""
    flow = hours.filter(pl.col("symbol") == "Flow").select("station", "period", pl.col("mean").alias("flow"))
    hours = hours.join(flow, on=["station", "period"], how="left", maintain_order="left")
    per = pl.col("kind").replace_strict(GRAMS, default=None, return_dtype=pl.Float64)
    kilograms = pl.when(~pl.col("symbol").is_in(WEIGHTLESS)).then(pl.col("mean") * pl.col("flow") / per)
    return hours.with_columns(pl.when(pl.col("symbol") == "Flow").then(pl.col("mean")).otherwise(kilograms)
                              .alias("load"))  # fmt: skip


def mean_day(base: pl.DataFrame, permits: pl.DataFrame) -> pl.DataFrame:
    """Return by outlet, parameter and local day the 24-hour mean against its limit, hours by state, and load.

    `mean`, `judged`: of at least `day_min_hours` valid hours, else null; `load`: kg (flow: m³) in `load_hours`
    measured hours, nothing added for the others; `top`: the largest ratio of an hour.
    """
    hours = _with_loads(judged_hours(base, permits)).with_columns(_local_day("period").alias("day"))

    def daily(name: str) -> pl.Expr:
        enough = pl.col(name).count() >= rules().day_min_hours
        return pl.when(enough).then(pl.col(name).mean()).alias(name)

    def counted(state: str) -> pl.Expr:
        return (pl.col("state") == state).sum().cast(pl.Int64).alias(f"hours_{state}")

    days = hours.group_by(*KEYS, "day").agg(
        daily("mean"), daily("judged"), pl.col("upper", "lower").last(), pl.col("ratio").max().alias("top"),
        pl.when(pl.col("load").count() > 0).then(pl.col("load").sum()).alias("load"),
        pl.col("load").count().cast(pl.Int64).alias("load_hours"), pl.col("mean").count().cast(pl.Int64).alias("hours"),
        pl.col("over").sum().alias("hours_over"), pl.col("stuck").sum().alias("hours_stuck"),
        counted("calibrating"), counted("broken"),
    )  # fmt: skip
    return days.rename({"day": "period"}).with_columns(_over("judged"))


def with_day_states(days: pl.DataFrame, at: datetime) -> pl.DataFrame:
    """Add `hours_missing` and the `state` of each day: the gravest thing that happened in it (see DAY_STATES)."""
    elapsed = ((pl.lit(at) - pl.col("period")).dt.total_minutes() // 60).clip(0, 24)
    told = pl.col("hours") + pl.col("hours_calibrating") + pl.col("hours_broken")
    days = days.with_columns((elapsed - told).clip(lower_bound=0).alias("hours_missing"))
    state = (
        pl.when(pl.col("over") == 1).then(pl.lit("over_day"))
        .when(pl.col("hours_over") > 0).then(pl.lit("over"))
        .when(pl.col("hours_stuck") > 0).then(pl.lit("stuck"))
        .when(pl.col("hours_broken") > 0).then(pl.lit("broken"))
        .when(pl.col("hours_missing") >= MISSING_HOURS).then(pl.lit("missing"))
        .when(pl.col("hours_calibrating") > 0).then(pl.lit("calibrating"))
        .otherwise(pl.lit("ok"))
    )  # fmt: skip
    return days.with_columns(state.alias("state"))


def episodes(over: pl.DataFrame, at: datetime) -> pl.DataFrame:
    """Return the exceedances, latest first, from hours above the limit: `station, symbol, since, last, hours, top…`.

    Hours of one outlet and parameter belong to one exceedance while no more than `episode_gap_hours` lie between
    them; `going_on`: it has not ended by `at`.
    """
    gap = timedelta(hours=rules().episode_gap_hours)
    keys = ["station", "symbol"]
    ordered = over.sort(*keys, "period").with_columns(
        (pl.col("period").diff().over(keys) > gap).fill_null(True).cum_sum().over(keys).alias("number"))
    found = ordered.group_by(*keys, "number", maintain_order=True).agg(
        pl.col("kind", "place").last(), pl.col("period").min().alias("since"), pl.col("period").max().alias("last"),
        pl.len().alias("hours"), pl.col("ratio").max().alias("top"), pl.col("ratio").last(),
        pl.col("judged").last(), pl.col("upper").last(), pl.col("lower").last(),
    )  # fmt: skip
    still = pl.col("last") + timedelta(hours=1) + gap >= at
    return found.drop("number").with_columns(still.alias("going_on")).sort(
        "going_on", "last", "hours", descending=True)


def outlet_states(rows: pl.DataFrame, at: datetime) -> pl.DataFrame:
    """Return the state of each outlet from its last rows, as of every station, with `hours_silent`."""
    states = environment.station_states(rows, at)
    return states.with_columns(((pl.lit(at) - pl.col("time")).dt.total_minutes() / 60).alias("hours_silent"))


def permits_open(rows: pl.DataFrame, at: datetime) -> pl.DataFrame:
    """Return the permits in force at a moment, one row a permit and outlet: `days_left`, null where without end."""
    left = ((pl.col("valid_until") - pl.lit(at)).dt.total_hours() / 24).alias("days_left")
    return rows.with_columns(left).group_by("station", "permit", "kind", "place", "scope").agg(
        pl.col("days_left").min(), pl.len().alias("limits"), pl.col("batch").first())


METHODS: dict[str, Method] = {
    "discharge_mean_hour": mean_hour,
    "discharge_mean_day": mean_day,
    "discharge_outlet_hour": outlet_hour,
    **discharge_limits.METHODS,
}
SNAPSHOTS: dict[str, Callable[[pl.DataFrame, datetime], pl.DataFrame]] = {
    "outlet_states": outlet_states,
    "permits_open": permits_open,
}
__all__ = ["DAY_STATES", "LOCAL", "METHODS", "SNAPSHOTS", "STATES", "judged_hours", "rules"]
