"""What the page of education works out before drawing: which rounds there are, standings by exam, score bins."""

from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

import polars as pl

from data_access.database import LOCAL
from services.methods.education import NEW_PAPERS, OURS, ROUNDS, day_of_round

REPORTED_AFTER: Final = timedelta(days=8)
"""How long after its day a round is first looked for (product choice)."""
BIN: Final = 0.5


class Round(NamedTuple):
    """A round of a school year; `period` is the month that its figures bear."""

    period: str
    school_year: str
    of: str


def past_rounds(at: datetime, count: int = 10) -> list[Round]:
    """Return the last rounds whose lists may have come by a moment, the newest first."""
    today = at.astimezone(LOCAL).date()
    held: list[tuple[date, Round]] = []
    for year in range(today.year - 5, today.year + 1):
        for of in ROUNDS:
            day = day_of_round(year, of)
            if day + REPORTED_AFTER <= today:
                held.append((day, Round(f"{day:%Y-%m}", f"{year}-{year + 1}", of)))
    return [found for _, found in sorted(held, reverse=True)[:count]]


def last_round(of: str, period: str, at: datetime) -> str | None:
    """Return the month of the last round of a kind not after a period, for what is counted once a year."""
    return next((r.period for r in past_rounds(at, 18) if r.of == of and r.period <= period), None)


# Exams

def ours_by_subject(standing: pl.DataFrame, year: int) -> pl.DataFrame:
    """Return our results of an exam, the subject most sat for first."""
    return standing.filter(pl.col("province") == OURS, pl.col("year") == year).sort("candidates", descending=True)


def ours_by_year(standing: pl.DataFrame, subject: str) -> pl.DataFrame:
    """Return our results in a subject, the newest exam first, with `behind`: per cent of the others behind us."""
    ours = standing.filter(pl.col("province") == OURS, pl.col("subject") == subject)
    behind = (pl.col("ranked") - pl.col("rank")) / (pl.col("ranked") - 1) * 100
    return ours.with_columns(behind.alias("behind")).sort("year", descending=True)


def provinces(standing: pl.DataFrame, year: int, subject: str) -> pl.DataFrame:
    """Return all provinces of an exam in a subject, the best first, those without enough candidates last."""
    found = standing.filter(pl.col("year") == year, pl.col("subject") == subject)
    return found.sort("rank", "province", nulls_last=True)


def around(ranked: pl.DataFrame, ends: int = 3, near: int = 4) -> pl.DataFrame:
    """Return of ranked provinces the first, the last and those next to ours, in their order."""
    known = ranked.drop_nulls("rank").with_row_index("_at")
    at = known.filter(pl.col("province") == OURS)["_at"]
    place = int(at[0]) if at.len() else 0
    row, last = pl.col("_at").cast(pl.Int64), known.height - 1
    return known.filter((row < ends) | (row > last - ends) | ((row - place).abs() <= near)).drop("_at")


def course(ours: pl.DataFrame) -> pl.DataFrame:
    """Return `start, value, series` of the per cent behind us, each programme a series, an exam not known a gap."""
    if ours.is_empty():
        return pl.DataFrame(schema={"start": pl.Datetime("us", "UTC"), "value": pl.Float64, "series": pl.String})
    whole = pl.DataFrame({"year": list(range(int(ours["year"].min()), int(ours["year"].max()) + 1))})  # type: ignore[arg-type]
    known = whole.join(ours.select(pl.col("year").cast(pl.Int64), "behind"), on="year", how="left")
    return known.select(
        pl.datetime(pl.col("year"), 1, 1, time_zone="UTC").alias("start"), pl.col("behind").alias("value"),
        pl.when(pl.col("year") < NEW_PAPERS).then(pl.lit("2006")).otherwise(pl.lit("2018")).alias("series"),
    )  # fmt: skip


class Distribution(NamedTuple):
    """Scores of a subject: how many, their mean, per cent below 5 and from 8 on; `bins`: `points, candidates`."""

    candidates: int
    mean: float
    below_5: float
    from_8: float
    bins: pl.DataFrame


def distribution(scores: pl.DataFrame) -> Distribution | None:
    """Return the distribution behind counts by score (`key` the score, `value` the count), None without any.

    A bin holds its lower bound and everything under the next one; 10 has its own.
    """
    known = scores.select(pl.col("key").cast(pl.Float64).alias("points"), pl.col("value").alias("n")).drop_nulls()
    count = float(known["n"].sum())
    if not count:
        return None

    def share(condition: pl.Expr) -> float:
        return float(known.filter(condition)["n"].sum()) / count * 100

    low = (pl.col("points") / BIN + 1e-9).floor() * BIN
    bins = known.group_by(low.alias("points")).agg(pl.col("n").sum().alias("candidates")).sort("points")
    mean = float((known["points"] * known["n"]).sum()) / count
    return Distribution(int(count), mean, share(pl.col("points") < 5), share(pl.col("points") >= 8), bins)
