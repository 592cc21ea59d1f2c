"""Where something starts: the signals as a viewer may see them, the epidemic curve, how often signals are false."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

import numpy as np
import polars as pl

from config.registry import PROVINCE, load_registry
from data_access import figures as queries
from data_access.database import LOCAL, now
from data_access.figures import Slice
from services.access import Viewer, may
from services.figure import Figure
from services.indicators import figures
from services.methods import health_signals as rule
from services.methods.health_terms import diseases
from services.periods import last_periods

PAIR: Final = ("place", "disease")
FEW: Final = 5
"""Cases of a commune below which nothing is told of them to those not entitled."""
KINDS: Final = ("outbreak", "signal", "warning", "low_base", "few", "none")
"""What is said of a commune, gravest first; `few`: 1 to 4 cases, of which nothing is told."""
CURVE_WEEKS: Final = 52


@dataclass(frozen=True)
class FalseAlarms:
    """How often quiet communes are signalled: pairs watched, share of them at any moment, and how many that is."""

    pairs: int
    share: float
    expected: float


@dataclass(frozen=True)
class Curve:
    """The weeks of a disease: `start, cases, mean, limit`; `over`: weeks above the limit, newest closed week's."""

    weeks: pl.DataFrame
    figure: Figure
    over: int


def sees_cells(viewer: Viewer) -> bool:
    """Say whether a viewer may see counts of 1 to 4 persons of a commune, and single cases."""
    return may(viewer, "see_small_cells", domain="health").allowed


def excluded_years(choice: str) -> frozenset[int] | None:
    """Return the years that a switch leaves out of baselines: `declared` (None), `none` or one year."""
    return None if choice == "declared" else frozenset({int(choice)}) if choice.isdigit() else frozenset()


def endemic() -> list[str]:
    """Return the diseases that are endemic, so that a baseline is kept of them."""
    return diseases().filter(pl.col("endemic") == 1)["disease"].to_list()


def pairs(
    states: pl.DataFrame, viewer: Viewer, years: str = "declared", disease: str = "all", place: str = PROVINCE
) -> pl.DataFrame:
    """Return communes and diseases with cases now and what is said of each (`kind`), gravest first.

    To those not entitled nothing is told that rests on 1 to 4 cases of a commune: `kind` is `few` whatever it is.
    """
    judged = rule.judged(states, (now() + timedelta(hours=7)).year, excluded_years(years))
    if disease != "all":
        judged = judged.filter(pl.col("disease") == disease)
    if place != PROVINCE:
        judged = judged.filter(pl.col("place") == place)
    level = pl.col("level")
    kind = (
        pl.when((level == "outbreak") & (~pl.col("low_base") | pl.col("signal") | (pl.col("month") >= FEW)))
        .then(pl.lit("outbreak"))
        .when("signal").then(pl.lit("signal"))
        .when((level == "warning") & ~pl.col("low_base")).then(pl.lit("warning"))
        .when("low_base").then(pl.lit("low_base")).otherwise(pl.lit("none"))
    )  # fmt: skip
    judged = judged.with_columns(kind.alias("kind"))
    judged = judged.with_columns(_deciding("month", "recent", "week").alias("count"),
                                 _deciding("month_mean", "usual", "week_mean").alias("expected"))  # fmt: skip
    if not sees_cells(viewer):
        judged = _silenced(judged)
    order = {k: n for n, k in enumerate(KINDS)}
    rank = pl.col("kind").replace_strict(order, return_dtype=pl.Int64)
    return judged.with_columns(rank.alias("rank")).sort(
        "rank", "chance", "count", descending=[False, False, True], nulls_last=True)


def _deciding(outbreak: str, signal: str, warning: str) -> pl.Expr:
    """Return for each pair the column that decides what is said of it."""
    columns = {"outbreak": outbreak, "signal": signal, "warning": warning}
    return pl.coalesce(*(pl.when(pl.col("kind") == kind).then(pl.col(name)) for kind, name in columns.items()))


def _silenced(judged: pl.DataFrame) -> pl.DataFrame:
    """Say of a pair only what five cases or more show, and nothing of its baseline.

    Where fewer decide, or nothing is said and there are fewer, it is `few` whatever it is.
    """
    most = pl.coalesce("count", pl.max_horizontal("week", "month", "recent"))
    few = (most < FEW) | (pl.col("kind") == "low_base")
    return judged.select(
        *PAIR, pl.when(few).then(pl.lit("few")).otherwise("kind").alias("kind"),
        pl.when(~few).then("count").alias("count"),
        pl.lit(None, pl.Float64).alias("expected"), pl.lit(None, pl.Float64).alias("chance"),
        pl.when(~few & (pl.col("recent") >= FEW)).then("signal").alias("signal"),
    )  # fmt: skip


def by_commune(found: pl.DataFrame) -> pl.DataFrame:
    """Return for each of the 166 communes the gravest that is said of it: `key, kind, rank, diseases`."""
    worst = found.sort("rank").group_by("place", maintain_order=True).agg(
        pl.col("kind").first(), pl.col("rank").first(), pl.col("disease").first())
    every = pl.DataFrame({"place": list(load_registry().places)})
    return every.join(worst, on="place", how="left", maintain_order="left").with_columns(
        pl.col("kind").fill_null("none"), pl.col("rank").fill_null(KINDS.index("none"))).rename({"place": "key"})


def curve(viewer: Viewer, disease: str, place: str = PROVINCE, years: str = "declared") -> Curve:
    """Return the last weeks of a disease with the mean and mean + 2 SD of the same weeks of earlier years.

    Of a commune no baseline is told to those not entitled, and weeks of 1 to 4 cases are left out.
    """
    weeks = CURVE_WEEKS + 53 * rule.REACH
    asked = {"disease": disease}
    found = figures("hlt_cases", by="time", grain="week", place=place, last=weeks, where=asked, viewer=viewer)
    frame = found.frame.select("start", pl.col("value").alias("cases"))
    frame = frame.join(_usual_weeks(frame, disease, excluded_years(years)), on="start", how="left",
                       maintain_order="left").tail(CURVE_WEEKS)  # fmt: skip
    if place != PROVINCE and not sees_cells(viewer):
        frame = frame.with_columns(pl.lit(None, pl.Float64).alias(c) for c in ("mean", "limit"))
    over = frame.filter(pl.col("cases") > pl.col("limit")).height
    return Curve(frame, found.figure, over)


def _usual_weeks(frame: pl.DataFrame, disease: str, excluded: frozenset[int] | None) -> pl.DataFrame:
    """Return mean and mean + 2 SD of each week from the same weeks of the years before: `start, mean, limit`."""
    day = frame["start"].dt.convert_time_zone("Asia/Ho_Chi_Minh").dt.date()
    counts = {(y, w): c for y, w, c in zip(day.dt.iso_year(), day.dt.week(), frame["cases"], strict=True)}
    began = next((y for (y, _), c in counts.items() if c), 9999)
    out = rule.declared_years().get(disease, frozenset()) if excluded is None else excluded
    rows, known, barred = [], [], []
    for year, week in list(counts)[-CURVE_WEEKS:]:
        before = [year - k for k in range(1, rule.REACH + 1)]
        rows.append([counts.get((y, week)) or 0 for y in before])
        known.append([y >= began and (y, week) in counts for y in before])
        barred.append([y in out for y in before])
    take = rule.taken(np.array(known), np.array(barred))
    base = rule.baseline(rows, take)
    told = base.years >= rule.FEWEST
    return pl.DataFrame({
        "start": frame["start"].tail(CURVE_WEEKS), "mean": np.where(told, base.mean, np.nan),
        "limit": np.where(told, base.mean + 2 * base.sd, np.nan),
    }).with_columns(pl.col("mean", "limit").fill_nan(None))  # fmt: skip


def false_alarms(at: datetime | None = None) -> FalseAlarms:
    """Return how often a quiet province would be signalled, measured on simulated histories of its own rates."""
    day = (at or now()).astimezone(LOCAL).date()
    return _measured(queries.version_of("case_report"), day.year, day.isocalendar()[1])


@lru_cache(maxsize=8)
def _measured(version: int, year: int, week: int) -> FalseAlarms:
    fact = load_registry().facts["case_report"]
    rollup = next(r for r in fact.rollups if r.id == "case_onset_day")
    start, end = (datetime(y, 1, 1, tzinfo=LOCAL) for y in (year - rule.YEARS, year))
    seen = queries.measures(fact, rollup, ["cases"], Slice(start, end, {}, ("place", "disease")))
    watched = endemic()
    usual = seen.filter(pl.col("disease").is_in(watched))["cases"].to_numpy()
    count = len(load_registry().places) * len(watched)
    rates = np.zeros(count)
    rates[: usual.size] = usual / ((end - start).days / rule.WINDOW)
    windows = rule.YEARS * (rule.WINDOW + 2 * rule.BESIDE) // rule.WINDOW
    share = rule.false_alarms(rates, windows)
    return FalseAlarms(count, share, share * count)


def baseline_years() -> list[int]:
    """Return the years that a baseline of now rests on, newest first."""
    year = now().astimezone(LOCAL).year
    return [year - k for k in range(1, rule.YEARS + 1)]


def gravest(found: pl.DataFrame) -> str:
    """Return the disease that is said most of now, else the commonest one that is watched."""
    told = found.filter(pl.col("kind").is_in(["outbreak", "signal", "warning"]), pl.col("disease").is_in(endemic()))
    most = told.group_by("disease").agg(pl.col("count").sum()).sort("count", "disease", descending=[True, False])
    return str(most["disease"][0]) if most.height else endemic()[0]


def week_before(figure: Figure) -> str:
    """Return the code of the period before a figure's."""
    assert figure.period
    return last_periods(figure.period, 2)[0].label


def published() -> list[str]:
    """Return the indicators of real published figures."""
    return [i.id for i in load_registry().domains["health"].indicators if i.source == "health_published"]
