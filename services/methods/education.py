"""Schools against the norms in force on the day of their list; exam results with their standing among provinces.

Rows as the contract typed them in, computed columns out. Posts are whole teachers: the circulars name the most a
class may have, so that a fraction of a teacher is none.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Final

import polars as pl

from services.methods.education_norms import LEVELS, Level, Rule, Unit, norm
from services.methods.folding import fold

SHIFT: Final = timedelta(hours=7)
ROUNDS: Final = {"dau_nam": (0, 9, 30), "giua_nam": (0, 12, 31), "cuoi_nam": (1, 5, 31)}
"""The day each round's list is about: years after the first of the school year, month, day."""
ENOUGH: Final = 10
"""Candidates below which no mean is shown and no province is ranked (product choice)."""
OURS: Final = "Thanh Hóa"
NEW_CODES: Final = 2026
"""First exam whose candidate numbers begin with the administrative code of the province."""
NEW_PAPERS: Final = 2025
"""First exam of the 2018 programme; GDCD of that year was the last of the old one."""
_GUARD: Final = 1e-9


# The list of a round

def _local(day: pl.Expr) -> pl.Expr:
    """Return the instant at which a local day begins."""
    return (day.cast(pl.Datetime("us")) - SHIFT).dt.replace_time_zone("UTC")


def day_of_round(year: int, of: str) -> date:
    """Return the day that a round of the school year beginning in `year` is about."""
    after, month, day = ROUNDS[of]
    return date(year + after, month, day)


def _day() -> pl.Expr:
    """Return the day of each row's round, null where its school year is not two years that follow each other."""
    first = pl.col("school_year").str.slice(0, 4).cast(pl.Int64, strict=False)
    last = pl.col("school_year").str.slice(5, 4).cast(pl.Int64, strict=False)
    made = [
        pl.when(pl.col("round") == of).then(pl.date(first + after, month, day))
        for of, (after, month, day) in ROUNDS.items()
    ]
    return pl.when(last == first + 1).then(pl.coalesce(made))


def _norms(days: list[date]) -> pl.DataFrame:
    """Return for each day, level and region the norms in force: a column each, null where there is none."""
    def of(rule: Rule, level: Level, unit: Unit, day: date, region: str = "") -> float | None:
        return norm(rule, level, unit, day, region)

    rows = [
        {
            "_day": day, "level": level, "region": region,
            "_group": of("teachers", level, "group", day), "_class": of("teachers", level, "class", day),
            "_two": of("teachers", level, "two_sessions", day),
            "_boarding": of("teachers", level, "boarding", day),
            "_specialised": of("teachers", level, "specialised", day),
            "_most_group": of("class_size", level, "group", day), "_most": of("class_size", level, "class", day),
            "_usual": of("region_size", level, "class", day, region),
        }
        for day in days for level in LEVELS for region in ("1", "2", "3")
    ]  # fmt: skip
    numbers = ("_group", "_class", "_two", "_boarding", "_specialised", "_most_group", "_most", "_usual")
    schema = {"_day": pl.Date, "level": pl.String, "region": pl.String, **dict.fromkeys(numbers, pl.Float64)}
    return pl.DataFrame(rows, schema=schema)


def _allowed() -> pl.Expr:
    """Return how many teachers a school's classes allow, as a number with a fraction."""
    rate = (
        pl.when(pl.col("kind") == "boarding").then(pl.coalesce("_boarding", "_class"))
        .when(pl.col("kind") == "specialised").then(pl.coalesce("_specialised", "_class"))
        .otherwise("_class")
    )  # fmt: skip
    two = pl.when(pl.col("_two").is_null()).then(0).otherwise("two_sessions")
    return pl.col("groups") * pl.col("_group").fill_null(0) + (pl.col("classes") - two) * rate \
        + two * pl.col("_two").fill_null(0)  # fmt: skip


def _whole(number: pl.Expr) -> pl.Expr:
    return (number + _GUARD).floor().cast(pl.Int64)


def _settled(rows: pl.DataFrame) -> pl.DataFrame:
    """Give counts that a file need not tell their value: none, and a primary class has two sessions a day."""
    counts = ("groups", "overfull_classes", "dropouts", "dropouts_summer")
    whole_day = pl.when(pl.col("level") == "tieu_hoc").then("classes").otherwise(0)
    return rows.with_columns(
        *(pl.col(name).fill_null(0) for name in counts),
        pl.col("kind").fill_null("ordinary"),
        pl.coalesce("two_sessions", whole_day).alias("two_sessions"),
    )


def school_term(rows: pl.DataFrame) -> pl.DataFrame:
    """Add to schools of a round: its day, posts by the norms then in force, what is short or over, class size.

    TT 19/2023, TT 20/2023 (before: TTLT 06/2015, TT 16/2017); private schools have no norm.
    """
    rows = _settled(rows).with_columns(_day().alias("_day"))
    rows = rows.join(_norms(rows["_day"].drop_nulls().unique().to_list()), on=["_day", "level", "region"], how="left",
                     maintain_order="left")  # fmt: skip
    units = pl.col("groups") + pl.col("classes")
    fuller = (pl.col("pupils") / pl.col("_usual")).ceil()
    by_size = pl.when(pl.col("classes") > fuller).then(fuller / pl.col("classes")).otherwise(1.0)
    rows = rows.with_columns(
        _local(pl.col("_day")).alias("time"), units.alias("units"),
        (pl.col("teachers_tenured") + pl.col("teachers_contract")).alias("teachers"),
        pl.when(pl.col("ownership") == "public").then(_allowed()).alias("_allowed"),
        (pl.col("standard") >= 1).cast(pl.Int64).alias("is_standard"),
        pl.when(units > 0).then(pl.col("pupils") / units).alias("class_size"),
        pl.when(units > 0).then(
            (pl.col("groups") * pl.col("_most_group").fill_null(0) + pl.col("classes") * pl.col("_most")) / units
        ).alias("class_limit"),
        fold(pl.concat_str(["school", "name"], separator=" ")).alias("words"),
    )
    rows = rows.with_columns(
        _whole(pl.col("_allowed")).alias("posts"),
        _whole(pl.col("_allowed") * by_size.fill_null(1.0).fill_nan(1.0)).alias("posts_by_size"),
        pl.when(pl.col("_allowed").is_not_null()).then("teachers").alias("counted"),
    )
    return rows.with_columns(
        (pl.col("posts") - pl.col("teachers")).clip(lower_bound=0).alias("short"),
        (pl.col("teachers") - pl.col("posts")).clip(lower_bound=0).alias("surplus"),
        (pl.col("posts_by_size") - pl.col("teachers")).clip(lower_bound=0).alias("short_by_size"),
    )


# Exams

def _code_fits() -> pl.Expr:
    """Say whether the code of a candidate number is one of its year, for the two codes that changed hands."""
    ours = pl.when(pl.col("year") < NEW_CODES).then(pl.lit("28")).otherwise(pl.lit("38"))
    code, is_ours = pl.col("province_code"), pl.col("province") == OURS
    gone = (pl.col("year") >= NEW_CODES) & (code == "28")
    return pl.when(is_ours).then(code == ours).otherwise((code != ours) & ~gone)


def exam_results(rows: pl.DataFrame) -> pl.DataFrame:
    """Add to results of provinces: the exam's day, programme, whether the province is ours; shares in per cent."""
    code = pl.col("province_code").str.strip_chars_start("0")
    old = (pl.col("year") < NEW_PAPERS) | (pl.col("subject") == "GDCD")
    rows = rows.with_columns(code.alias("province_code"))
    return rows.with_columns(
        pl.format("{}|{}|{}", "year", "province_code", "subject").alias("series"),
        _local(pl.date(pl.col("year"), 7, 1)).alias("time"),
        pl.when(old).then(pl.lit("2006")).otherwise(pl.lit("2018")).alias("programme"),
        pl.when(pl.col("province") == OURS).then(pl.lit("inside")).otherwise(pl.lit("outside")).alias("scope"),
        *(pl.col(name) * 100 for name in ("above_8", "full_10", "below_5")),
        _code_fits().alias("code_fits"),
    )


def exam_scores(rows: pl.DataFrame) -> pl.DataFrame:
    """Add to counts by score: the exam's day, the province."""
    rows = rows.with_columns(pl.lit(OURS).alias("province"))
    return rows.with_columns(
        pl.format("{}|{}|{}|{}", "year", "province_code", "subject", "points").alias("series"),
        _local(pl.date(pl.col("year"), 7, 1)).alias("time"),
        pl.col("points").cast(pl.String).alias("score"),
        _code_fits().alias("code_fits"),
    )


def exam_standing(rows: pl.DataFrame, at: datetime) -> pl.DataFrame:
    """Return results known by a moment with their standing among the provinces of that exam and subject.

    `rank` of `ranked` provinces with at least ten candidates, the highest mean first; `country` the mean weighted by
    candidates over all provinces, `country_below_5` alike; `newest` for the last exam. Without ten candidates no
    mean, share or rank.
    """
    exam, enough = ["year", "subject"], pl.col("candidates") >= ENOUGH
    shares = ("mean", "deviation", "above_8", "full_10", "below_5")

    def of_country(name: str) -> pl.Expr:
        known = pl.col(name).is_not_null()
        return ((pl.col(name) * pl.col("candidates")).sum() / pl.col("candidates").filter(known).sum()).over(exam)

    rows = rows.with_columns(
        of_country("mean").alias("country"), of_country("below_5").alias("country_below_5"),
        pl.col("candidates").sum().over(exam).alias("country_candidates"),
        (pl.col("year") == pl.col("year").max()).alias("newest"),
    ).with_columns(pl.when(enough).then(pl.col(name)).alias(name) for name in shares)
    return rows.with_columns(
        pl.col("mean").rank("min", descending=True).over(exam).cast(pl.Int64).alias("rank"),
        pl.col("mean").count().over(exam).cast(pl.Int64).alias("ranked"),
        (pl.col("mean") - pl.col("country")).alias("ahead"),
    )


METHODS: dict[str, Callable[[pl.DataFrame], pl.DataFrame]] = {
    "edu_school_term": school_term, "edu_exam_results": exam_results, "edu_exam_scores": exam_scores,
}
SNAPSHOTS: dict[str, Callable[..., pl.DataFrame]] = {"edu_exam_standing": exam_standing}
