"""Cases, beds and insurance visits as their sources tell of them: typed rows in, computed columns out."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Final

import polars as pl

from config.registry import load_registry
from services.methods.health_signals import REACH, SHIFT, outbreak_signals
from services.methods.health_terms import STATIONS, diseases, facilities, new_places

MERGED: Final = date(2025, 7, 1)
"""From this day on reports carry the codes of the 166 communes."""
NEW_CLOCKS: Final = date(2026, 7, 1)
"""TT 15/2026/TT-BYT in force; before it the clocks of TT 54/2015/TT-BYT."""
FULL: Final = 100.0
"""Use of the beds in place (%) above which patients share beds."""


def _day(column: str) -> pl.Expr:
    return (pl.col(column).dt.replace_time_zone(None) + SHIFT).dt.date()


def place_of(code: pl.Expr, day: pl.Expr) -> pl.Expr:
    """Return today's commune of a code as it was valid on a day; null where it was not.

    Some codes mean an old commune before 01/07/2025 and another, new one after.
    """
    current = {c: c for c in load_registry().places}
    new = code.replace_strict(current, default=None, return_dtype=pl.String)
    old = code.replace_strict(new_places(), default=None, return_dtype=pl.String)
    return pl.when(day < MERGED).then(old).otherwise(new)


def due_of(diagnosed: pl.Expr, hours: pl.Expr) -> pl.Expr:
    """Return until when (UTC) a case must be reported: 24 or 48 hours from diagnosis, or where `hours` is 0 before
    Wednesday of the week after (Article 10 of TT 15/2026/TT-BYT).
    """
    local = diagnosed.dt.replace_time_zone(None) + SHIFT
    wednesday = (local.dt.truncate("1w") + timedelta(days=9) - SHIFT).dt.replace_time_zone("UTC")
    return pl.when(hours > 0).then(diagnosed + pl.duration(hours=hours)).otherwise(wednesday)


def disease_of(icd: pl.Expr) -> pl.Expr:
    """Return the disease of an ICD-10 code by its longest known beginning; null where none is notifiable."""
    told = diseases().select(pl.col("icd").str.split(";"), "disease").explode("icd").iter_rows()
    known = sorted(told, key=lambda pair: -len(pair[0]))
    code = icd.str.to_uppercase().str.strip_chars()
    return pl.coalesce(pl.when(code.str.starts_with(start)).then(pl.lit(name)) for start, name in known)


def case_reports(rows: pl.DataFrame) -> pl.DataFrame:
    """Give cases their disease, commune of today, clock and lateness.

    A case is counted by onset, else by diagnosis, else by its report. Adds `onset_at, place, disease,
    clock, due_at, late, confirmed, died, counted_until`.
    """
    about = diseases().select("disease", "clock_hours", "clock_hours_before_2026_07")
    rows = rows.with_columns(
        pl.coalesce("onset_at", "diagnosed_at", "reported_at").alias("onset_at"),
        disease_of(pl.col("icd")).alias("disease"),
        place_of(pl.col("place_told"), _day("reported_at")).fill_null("").alias("place"),
        pl.col("facility").fill_null(STATIONS), pl.col("cluster").fill_null(""),
        pl.coalesce("diagnosed_at", "reported_at").alias("diagnosed"),
    ).join(about, on="disease", how="left", maintain_order="left")
    new = _day("diagnosed") >= NEW_CLOCKS
    hours = pl.when(new).then("clock_hours").otherwise("clock_hours_before_2026_07")
    rows = rows.with_columns(hours.alias("hours")).with_columns(
        due_of(pl.col("diagnosed"), pl.col("hours")).alias("due_at"),
        pl.col("hours").replace_strict({24: "h24", 48: "h48", 0: "week"}, default="", return_dtype=pl.String)
        .alias("clock"),
    )
    flag = pl.Int64
    return rows.with_columns(
        (pl.col("reported_at") > pl.col("due_at")).cast(flag).alias("late"),
        (pl.col("diagnosis") == "xac_dinh_ptn").fill_null(False).cast(flag).alias("confirmed"),
        (pl.col("outcome") == "tu_vong").fill_null(False).cast(flag).alias("died"),
        (pl.col("onset_at") + timedelta(days=366 * (REACH + 1))).alias("counted_until"),
        (pl.col("diagnosed_at").is_null() | (pl.col("diagnosed_at") <= pl.col("reported_at"))).alias("in_order"),
    ).drop("diagnosed", "hours")


# Hospitals

def bed_reports(rows: pl.DataFrame) -> pl.DataFrame:
    """Give a hospital's day its level, commune, patients at the end of it, and what they take of the beds.

    The patients of a day are those present at its end, and those who left on the day they came.
    """
    about = facilities().select("facility", "level", "place")
    left = pl.col("discharged") + pl.col("transferred") + pl.col("deaths")
    end = pl.col("patients_start") + pl.col("admitted") - left
    return rows.join(about, on="facility", how="left", maintain_order="left").with_columns(
        pl.col("level").is_not_null().alias("known"), pl.col("level", "place").fill_null(""),
        end.alias("patients_end"),
        pl.when(pl.col("beds_actual") > 0).then(end / pl.col("beds_actual") * 100).alias("use_pct"),
    )


def hospital_beds(rows: pl.DataFrame, at: datetime) -> pl.DataFrame:
    """Return the last day of each hospital at a moment, with `is_full`, and `silent` after two days."""
    old = pl.lit(at).cast(pl.Datetime("us", "UTC")) - pl.col("time") > timedelta(days=3)
    return rows.with_columns(old.alias("silent"), ((pl.col("use_pct") > FULL) & ~old).fill_null(False).alias("is_full"))


def bhyt_visits(rows: pl.DataFrame) -> pl.DataFrame:
    """Give an insurance record its hospital's commune, and whether it was inpatient or transferred."""
    about = facilities().select("facility", "level", pl.col("place").alias("at_place"))
    inside = pl.col("home_told").is_in(list(load_registry().places))
    return rows.join(about, on="facility", how="left", maintain_order="left").with_columns(
        pl.col("at_place").fill_null("").alias("place"), pl.col("level").fill_null(""),
        pl.when(inside).then("home_told").otherwise(pl.lit("")).fill_null("").alias("home"),
        pl.col("kind").is_in(["03", "04", "06", "09"]).cast(pl.Int64).alias("inpatient"),
        (pl.col("transfer_to").fill_null("") != "").cast(pl.Int64).alias("transferred"),
        pl.col("icd").fill_null("").str.slice(0, 3).alias("icd3"),
    ).drop("at_place")


def health_stations(rows: pl.DataFrame) -> pl.DataFrame:
    """Give a station's month its committee and whether a doctor works there, own or visiting."""
    doctors = pl.col("doctors") + pl.col("visiting_doctors").fill_null(0)
    return rows.with_columns(pl.format("ubnd_{}", "place").alias("agency"),
                             (doctors > 0).cast(pl.Int64).alias("has_doctor"))


METHODS: dict[str, Callable[[pl.DataFrame], pl.DataFrame]] = {
    "health_cases": case_reports, "health_beds": bed_reports, "health_visits": bhyt_visits,
    "health_stations": health_stations,
}
SNAPSHOTS: dict[str, Callable[..., pl.DataFrame]] = {
    "outbreak_signals": outbreak_signals, "hospital_beds": hospital_beds,
}
