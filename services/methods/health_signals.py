"""Is something starting somewhere? The outbreak rule in law, and an earlier signal whose false alarms are known.

TT 15/2026/TT-BYT, Articles 16 and 22: an endemic disease of group B or C is over the outbreak line of a commune
when the cases of the month exceed mean + 2 SD of the same month in the last five years without outbreak years,
and warns when those of the week reach mean + 1 SD of the same week. The early signal is the product's own.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from services.methods.health_terms import diseases

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
SHIFT: Final = timedelta(hours=7)
YEARS, REACH, FEWEST = 5, 8, 3
"""Years of a baseline; how far back excluded years are replaced from; below the last nothing is judged."""
LINKED_WEEK, LINKED_MONTH = 3, 5
"""Linked cases of a disease that is not endemic which warn in a week, or make an outbreak in a month."""
CHANCE: Final = 0.001
"""Early signal: probability below which a commune's disease is signalled; five years without a case make it 3 cases."""
WINDOW, BESIDE = 14, 7
"""Days counted (reports come some days after onset), and days before and after the same days of earlier years
that the baseline also takes in.
"""
YEAR_SPREAD: Final = 0.25
"""Coefficient of variation between years in the simulated null histories."""
PAIR: Final = ["place", "disease"]


class Baseline(NamedTuple):
    """Mean and standard deviation of earlier years, and of how many years."""

    mean: Floats
    sd: Floats
    years: Floats


def taken(known: Flags, excluded: Flags, fill: str = "reach_back") -> Flags:
    """Say which years make a baseline, newest first: five that are known and not excluded.

    `fill`: an excluded year is replaced by an older one (`reach_back`) or left out (`use_fewer`); the text
    of the law leaves it open.
    """
    able = known & ~excluded
    if fill == "use_fewer":
        able = able & (np.arange(able.shape[-1]) < YEARS)
    return np.asarray(able & (np.cumsum(able, axis=-1) <= YEARS))


def baseline(counts: npt.ArrayLike, take: npt.ArrayLike, ddof: int = 1) -> Baseline:
    """Return mean and SD over the years taken (last axis); SD is NaN where too few are left."""
    values, chosen = np.asarray(counts, float), np.asarray(take, bool)
    years = chosen.sum(axis=-1).astype(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(chosen, values, 0).sum(axis=-1) / years
        squares = np.where(chosen, (values - mean[..., None]) ** 2, 0).sum(axis=-1)
        sd = np.sqrt(squares / np.where(years > ddof, years - ddof, np.nan))
    return Baseline(mean, sd, years)


def surprise(recent: npt.ArrayLike, total: npt.ArrayLike, windows: npt.ArrayLike) -> Floats:
    """Return P(X ≥ recent) where `total` cases were seen in as many earlier `windows` of the same length.

    The predictive distribution of a Poisson count whose rate is known only from the baseline, by Jeffreys'
    prior: negative binomial with size total + 1/2 and probability windows / (windows + 1).
    """
    n, size, count = np.broadcast_arrays(np.asarray(recent, int), np.asarray(total, float) + 0.5,
                                         np.asarray(windows, float))
    keep = count / (count + 1)
    term, below = keep**size, np.zeros(n.shape)
    for k in range(int(n.max(initial=0))):
        below += np.where(k < n, term, 0)
        term = term * (size + k) / (k + 1) * (1 - keep)
    return np.asarray(np.clip(1 - below, 0, 1), float)


def false_alarms(rates: npt.ArrayLike, windows: int, runs: int = 200, seed: int = 1) -> float:
    """Return the share of quiet moments that are signalled, measured on simulated null histories.

    `rates`: usual cases in a window of each commune and disease. In a null history baseline and window
    have the same rate, but for a chance of each year (gamma, coefficient of variation `YEAR_SPREAD`).
    """
    usual = np.asarray(rates, float)
    if not usual.size or windows <= 0:
        return 0.0
    chance = np.random.default_rng(seed)
    shape = 1 / YEAR_SPREAD**2
    years = max(1, round(windows * WINDOW / (WINDOW + 2 * BESIDE)))
    drawn = chance.gamma(shape, 1 / shape, (years + 1, runs, usual.size))
    total = chance.poisson(usual * drawn[1:] * windows / years).sum(axis=0)
    recent = chance.poisson(usual * drawn[0])
    return float(np.mean(surprise(recent, total, windows) < CHANCE))


def ears(counts: Sequence[float]) -> dict[str, Floats]:
    """Return EARS C1, C2 and C3 of daily counts; NaN where the baseline has no spread or is not complete.

    C1 = (y - mean) / sd over the 7 days before (alarm above 3), C2 with two days between (above 3),
    C3 = the sum of max(0, C2 - 1) over three days (above 2); Hutwagner et al. 2003.
    """
    y = np.asarray(counts, float)
    found = {}
    for name, gap in (("c1", 1), ("c2", 3)):
        score = np.full(y.size, np.nan)
        for t in range(6 + gap, y.size):
            base = y[t - gap - 6 : t - gap + 1]
            if (sd := base.std(ddof=1)) > 0:
                score[t] = (y[t] - base.mean()) / sd
        found[name] = score
    over = np.maximum(0, np.nan_to_num(found["c2"], nan=1.0) - 1)
    found["c3"] = np.convolve(over, np.ones(3))[: y.size]
    return found


# The communes and diseases of a moment

def observed(rows: pl.DataFrame, at: datetime) -> pl.DataFrame:
    """Return for each commune and disease what was counted by `at` and in earlier years.

    In: `case, place, disease, onset_at, confirmed, cluster`. Out: `place, disease, week, month, recent`, the
    newest `case`, the same counts of earlier years as lists, newest first (`week_years, month_years,
    near_years`), `linked_week, linked_month, confirmed_week, years_known`. Only what has cases in the month, the
    week or the window is listed.
    """
    today = (at.replace(tzinfo=None) + SHIFT).date()
    local = pl.col("onset_at").dt.replace_time_zone(None) + SHIFT
    dated = rows.filter(pl.col("place") != "").select(
        *PAIR, "case", "confirmed", "cluster", local.dt.date().alias("day"))
    first = dated["day"].min()
    known = min(REACH, today.year - first.year) if isinstance(first, date) else 0
    if dated.is_empty():
        known = 0
    dated = _windows(dated, today)
    now = dated.filter(pl.any_horizontal("in_week", "in_month", "in_recent"))
    linked = now.filter(pl.col("cluster").fill_null("") != "").group_by(*PAIR, "cluster").agg(
        pl.col("in_week").sum(), pl.col("in_month").sum())
    linked = linked.group_by(PAIR).agg(pl.col("in_week").max().cast(pl.Int64).alias("linked_week"),
                                       pl.col("in_month").max().cast(pl.Int64).alias("linked_month"))
    counts = now.group_by(PAIR).agg(
        pl.col("in_week").sum().cast(pl.Int64).alias("week"), pl.col("in_month").sum().cast(pl.Int64).alias("month"),
        pl.col("in_recent").sum().cast(pl.Int64).alias("recent"), pl.col("day").max().alias("last_day"),
        pl.col("case").sort_by("day", "case").last(),
        (pl.col("in_week") & (pl.col("confirmed") == 1)).sum().cast(pl.Int64).alias("confirmed_week"),
    )
    found = counts.join(linked, on=PAIR, how="left").with_columns(pl.col("linked_week", "linked_month").fill_null(0))
    for name in ("week", "month", "near"):
        found = found.join(_by_year(dated, name), on=PAIR, how="left", maintain_order="left")
    return found.with_columns(pl.lit(known).alias("years_known")).sort(PAIR)


def _windows(dated: pl.DataFrame, today: date) -> pl.DataFrame:
    """Mark which days belong to the running week, month and window, and to those of which earlier year."""
    year, week, _ = today.isocalendar()
    day, back = pl.col("day"), pl.lit(today) - pl.col("day")
    ago = (back.dt.total_days() / 365.25).round().cast(pl.Int64)
    before = back.dt.total_days() - (ago * 365.25).round().cast(pl.Int64)
    weeks = pl.date(day.dt.iso_year(), 12, 28).dt.week()  # week 53 is held against week 52 of a year without it
    same_week = day.dt.week() == pl.min_horizontal(weeks, week)
    return dated.filter(day <= today).with_columns(
        ((day.dt.iso_year() == year) & (day.dt.week() == week)).alias("in_week"),
        ((day.dt.year() == today.year) & (day.dt.month() == today.month)).alias("in_month"),
        (back.dt.total_days() < WINDOW).alias("in_recent"),
        pl.when(same_week).then(year - day.dt.iso_year().cast(pl.Int64)).alias("week_ago"),
        pl.when(day.dt.month() == today.month).then(today.year - day.dt.year().cast(pl.Int64)).alias("month_ago"),
        pl.when(before.is_between(-BESIDE, WINDOW + BESIDE - 1)).then(ago).alias("near_ago"),
    )


def _by_year(dated: pl.DataFrame, name: str) -> pl.DataFrame:
    """Return the counts of the last `REACH` years as a list for each commune and disease, newest first."""
    ago = pl.col(f"{name}_ago")
    years = [(ago == k).sum().cast(pl.Int64) for k in range(1, REACH + 1)]
    told = dated.filter(ago.is_between(1, REACH))
    return told.group_by(PAIR).agg(pl.concat_list(years).alias(f"{name}_years"))


def declared_years() -> dict[str, frozenset[int]]:
    """Return the outbreak years of each disease as the catalogue declares them."""
    return {d: frozenset(int(y) for y in years.split(";") if y)
            for d, years in diseases().select("disease", pl.col("outbreak_years").fill_null("")).iter_rows()}


def judged(
    found: pl.DataFrame, year: int, excluded: frozenset[int] | None = None, *, ddof: int = 1, fill: str = "reach_back"
) -> pl.DataFrame:
    """Judge what was observed in a year; `excluded`: outbreak years for all diseases, None as declared.

    Adds `month_mean, month_limit, week_mean, week_warn, week_limit, years, usual, windows, chance` and
    `level` (`outbreak`, `warning`, `none`, `unknown` without a baseline), `low_base` (no case in all years of
    the baseline), `above_band` (the week exceeds mean + 2 SD as well), `signal` (the early one).
    """
    if found.is_empty():
        return _empty(found)
    own = declared_years()
    earlier = np.arange(year - 1, year - REACH - 1, -1)
    out = np.array([np.isin(earlier, list(own.get(d, ()) if excluded is None else excluded))
                    for d in found["disease"]])
    known = np.arange(REACH) < found["years_known"].to_numpy()[:, None]
    take = taken(known, out, fill)
    month, week = (baseline(_lists(found, n), take, ddof) for n in ("month_years", "week_years"))
    near = np.where(take, _lists(found, "near_years"), 0).sum(axis=1)
    windows = month.years * (WINDOW + 2 * BESIDE) / WINDOW
    chance = surprise(found["recent"].to_numpy(), near, np.maximum(windows, 1e-9))
    about = diseases().select("disease", "endemic", "group")
    columns = {
        "years": month.years, "month_mean": month.mean, "month_limit": month.mean + 2 * month.sd,
        "week_mean": week.mean, "week_warn": week.mean + week.sd, "week_limit": week.mean + 2 * week.sd,
        "windows": windows, "usual": near / np.maximum(windows, 1e-9), "chance": chance,
    }  # fmt: skip
    kept = found.drop([*columns, *_JUDGED, "endemic", "group"], strict=False)
    made = kept.with_columns(pl.Series(n, v, dtype=pl.Float64) for n, v in columns.items()).join(
        about, on="disease", how="left", maintain_order="left")
    return made.with_columns(*_verdict())


_JUDGED: Final = ("level", "low_base", "above_band", "signal")


def _lists(found: pl.DataFrame, name: str) -> Floats:
    """Return the earlier years' counts as an array; none seen is zero."""
    zeros = [0] * REACH
    return np.array([zeros if row is None else list(row) for row in found[name]], float).reshape(-1, REACH)


def _verdict() -> list[pl.Expr]:
    """Return the judgement by group and endemicity: Articles 16 and 22 of TT 15/2026/TT-BYT."""
    known = pl.col("years") >= FEWEST
    endemic = (pl.col("endemic") == 1) & (pl.col("group") != "A")
    over_month = known & (pl.col("month") > pl.col("month_limit"))
    over_week = known & (pl.col("week") > 0) & (pl.col("week") >= pl.col("week_warn"))
    other = ~endemic & (pl.col("group") != "A")
    level = (
        pl.when(endemic & over_month).then(pl.lit("outbreak"))
        .when(other & (pl.col("linked_month") >= LINKED_MONTH)).then(pl.lit("outbreak"))
        .when(endemic & over_week).then(pl.lit("warning"))
        .when(other & (pl.col("linked_week") >= LINKED_WEEK)).then(pl.lit("warning"))
        .when((pl.col("group") == "A") & (pl.col("confirmed_week") > 0)).then(pl.lit("warning"))
        .when(endemic & ~known).then(pl.lit("unknown"))
        .otherwise(pl.lit("none"))
    )  # fmt: skip
    low = endemic & known & pl.when(over_month).then(pl.col("month_mean") == 0).otherwise(pl.col("week_mean") == 0)
    return [
        level.alias("level"), (low & (over_month | over_week)).fill_null(False).alias("low_base"),
        (endemic & known & (pl.col("week") > pl.col("week_limit"))).fill_null(False).alias("above_band"),
        (known & (pl.col("chance") < CHANCE)).fill_null(False).alias("signal"),
    ]  # fmt: skip


def _empty(found: pl.DataFrame) -> pl.DataFrame:
    numbers = ("years", "month_mean", "month_limit", "week_mean", "week_warn", "week_limit", "windows", "usual",
               "chance")  # fmt: skip
    return found.drop([*numbers, *_JUDGED, "endemic", "group"], strict=False).with_columns(
        *(pl.lit(None, pl.Float64).alias(n) for n in numbers), pl.lit(None, pl.Int64).alias("endemic"),
        pl.lit("").alias("group"), pl.lit("none").alias("level"),
        *(pl.lit(False).alias(n) for n in _JUDGED[1:]),
    )


def outbreak_signals(rows: pl.DataFrame, at: datetime) -> pl.DataFrame:
    """Return the state of every commune and disease with cases now, judged with the declared outbreak years."""
    return judged(observed(rows, at), (at.replace(tzinfo=None) + SHIFT).year)
