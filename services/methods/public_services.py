"""The clock of dossiers, statutory times of procedures, and Decision 766 scores beside their recomputation.

All are frame to frame: rows as the contract typed them come in, the same rows with computed columns go out.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import cache
from typing import Final

import polars as pl

from config.settings import CONFIG
from services.methods.fees import printed_fee
from services.methods.folding import fold
from services.methods.mapped import mapped
from services.methods.score_766 import GROUPS, METRICS, PROCESSING_ON_TIME, UNSCORED, recompute
from services.methods.working_days import due_dates, elapsed_working_days

CATALOGUE: Final = CONFIG / "reference_data" / "tthc" / "procedures_2026.csv.gz"
SHIFT: Final = timedelta(hours=7)
DUE_SOON: Final = 2
"""Working days before its due date from which a dossier counts as about to be late (product choice)."""
CIVIL_STATUS: Final = ("Hộ tịch", "Chứng thực", "Nuôi con nuôi")
"""Fields whose times without a unit are working days."""
OUR_DEPARTMENT: Final = "H56"
BUSINESS: Final = "Doanh nghiệp|Hợp tác xã"


# Statutory times

def statutory(first: pl.Expr, unit: pl.Expr, field: pl.Expr) -> list[pl.Expr]:
    """Return `working_days` and `calendar_days` of a procedure; null where its catalogue entry leaves it open.

    Months are 30 days. Hours are left out: the catalogue does not say whether they are office hours.
    """
    whole = first.cast(pl.Int64, strict=False)
    bare = unit.is_null() & field.is_in(CIVIL_STATUS)
    return [
        pl.when((unit == "Ngày làm việc") | bare).then(whole).alias("working_days"),
        pl.when(unit == "Ngày").then(whole).when(unit == "Tháng").then(whole * 30).alias("calendar_days"),
    ]


def procedure_times(rows: pl.DataFrame) -> pl.DataFrame:
    """Add to rows of the catalogue of procedures: statutory times, fee, whom it is for, words by which it is found."""
    return rows.with_columns(
        *statutory(pl.col("time_first"), pl.col("time_unit"), pl.col("field")),
        pl.col("level").str.contains("Cấp xã", literal=True).cast(pl.Int64).alias("is_commune"),
        pl.col("channels").str.contains("Trực tuyến", literal=True).cast(pl.Int64).alias("is_online"),
        mapped(rows["fee"], printed_fee),
        pl.col("subjects").str.contains(BUSINESS).cast(pl.Int64).alias("for_business"),
        pl.col("subjects").str.contains("Công dân", literal=True).cast(pl.Int64).alias("for_citizens"),
        fold(pl.concat_str("code", "name", "field", separator=" ", ignore_nulls=True)).alias("words"),
    )


@cache
def catalogue() -> pl.DataFrame:
    """Return the procedures of the reference catalogue: `procedure, name, field` and statutory times."""
    texts = pl.read_csv(CATALOGUE, infer_schema=False)
    return texts.select(
        pl.col("code").alias("procedure"), pl.col("name").alias("title"), pl.col("field").alias("area"),
        *statutory(pl.col("time_first").cast(pl.Float64, strict=False), pl.col("time_unit"), pl.col("field")),
    )


@cache
def procedure_names() -> Mapping[str, str]:
    """Return the names of the reference catalogue's procedures by code."""
    return dict(catalogue().select("procedure", "title").iter_rows())


# Dossiers

def _local_day(name: str) -> pl.Expr:
    return (pl.col(name) + SHIFT).dt.date()


def _day_start(day: pl.Expr) -> pl.Expr:
    return (day.cast(pl.Datetime("us")) - SHIFT).dt.replace_time_zone("UTC")


def _in_order(first: str, then: str) -> pl.Expr:
    """Say whether two moments, compared by local day, follow each other; true where one is missing."""
    return (_local_day(then) >= _local_day(first)).fill_null(True)


def _checked_columns(rows: pl.DataFrame) -> pl.DataFrame:
    """Settle codes, names and place, and add the flags that the contract's rules read."""
    known = catalogue().select("procedure", "title", "area")
    rows = rows.with_columns(pl.col("procedure").str.slice(0, 8)).join(known, on="procedure", how="left",
                                                                      maintain_order="left")
    at_commune = pl.col("agency_place") != ""
    written = pl.col("dossier").str.extract(r"-(\d{6})-").str.to_date("%y%m%d", strict=False)
    return rows.with_columns(
        pl.coalesce("procedure_name", "title").alias("procedure_name"),
        pl.coalesce("field", "area").fill_null("").alias("field"),
        pl.col("channel").fill_null("1"),
        pl.col("supplements").fill_null(0),
        written.is_not_null().alias("number_date_ok"),
        _in_order("received_at", "due_at").alias("due_in_order"),
        _in_order("received_at", "finished_at").alias("finished_in_order"),
        _in_order("supplement_at", "supplemented_at").alias("supplement_in_order"),
        (~at_commune | pl.col("place").is_null() | (pl.col("place") == pl.col("agency_place"))).alias("place_fits"),
        pl.when(pl.col("place").is_null() | ~at_commune | (pl.col("place") == pl.col("agency_place")))
        .then(pl.col("agency_place")).otherwise(pl.col("place")).alias("place"),
    ).drop("title", "area")


def _with_due(rows: pl.DataFrame) -> pl.DataFrame:
    """Add `clock_due_at`: the date promised, or by law where none was, moved by one supplement's pause.

    Days that the citizen took to answer are working days. Null where the law's time is not known, while
    the answer is awaited, or where the calendar is not announced.
    """
    rows = rows.join(catalogue().select("procedure", "working_days", "calendar_days"), on="procedure", how="left",
                     maintain_order="left")
    received = rows.select(_local_day("received_at")).to_series()
    times = pl.DataFrame({"received": received, "law": due_dates(received, rows["working_days"]),
                          "days": rows["calendar_days"]})
    by_law = times.select(pl.coalesce("law", pl.col("received") + pl.duration(days="days"))).to_series()
    due = rows.select(pl.coalesce(pl.col("due_at"), _day_start(pl.lit(by_law))).alias("due")).to_series()
    asked, answered = (rows.select(_local_day(n)).to_series() for n in ("supplement_at", "supplemented_at"))
    pause = elapsed_working_days(asked, answered)
    due_day = (due + SHIFT).dt.date()
    shift = due_dates(due_day.alias("day"), pause) - due_day
    answered_or_open = pl.col("supplemented_at").is_not_null() | pl.col("finished_at").is_null()
    paused = (pl.col("supplements") == 1) & pl.col("supplement_at").is_not_null() & answered_or_open
    return rows.with_columns(due, pause.alias("pause"), shift.alias("shift")).with_columns(
        pl.when(paused).then(pl.col("due") + pl.col("shift")).otherwise(pl.col("due")).alias("clock_due_at"),
        pl.when(paused).then(pl.col("pause")).otherwise(0).alias("pause"),
    ).drop("working_days", "calendar_days", "due", "shift")


def _soon_from(due: pl.Series) -> pl.Series:
    """Return for each local day the first day that lies at most `DUE_SOON` working days before it."""
    days = due.drop_nulls().unique().to_frame("due")
    around = days.join(pl.DataFrame({"back": range(15)}), how="cross").with_columns(
        (pl.col("due") - pl.duration(days=pl.col("back"))).alias("day"))
    near = around.with_columns(elapsed_working_days(around["day"], around["due"]).alias("left"))
    first = near.filter(pl.col("left") <= DUE_SOON).group_by("due").agg(pl.col("day").min().alias("soon"))
    return due.to_frame("due").join(first, on="due", how="left", maintain_order="left")["soon"]


def _judged(rows: pl.DataFrame) -> pl.DataFrame:
    """Add what was counted, done, on time or late, and in how many working days."""
    status, repeated = pl.col("status"), pl.col("supplements") > 1
    flag = pl.Int64
    counted = ~status.is_in(["1", "3"]) & pl.col("received_at").is_not_null()
    midnight = (pl.col("clock_due_at") + SHIFT).dt.time() == pl.time(0)
    rows = rows.with_columns(
        counted.alias("counted"),
        (counted & status.is_in(["9", "10"])).alias("is_done"),
        (pl.col("clock_due_at") + pl.when(midnight).then(timedelta(days=1)).otherwise(timedelta(seconds=1)))
        .alias("late_from"),
        ((pl.col("channel") == "2") & ((pl.col("paper_due").fill_null(0) == 0) | (pl.col("e_result") == 1)))
        .fill_null(False).alias("online"),
    )
    in_time = pl.when(repeated).then(False).otherwise(pl.col("finished_at") < pl.col("late_from"))
    rows = rows.with_columns(pl.when("is_done").then(in_time).alias("in_time"))
    ended, received, due = (rows.select(_local_day(n)).to_series() for n in
                            ("finished_at", "received_at", "clock_due_at"))
    rows = rows.with_columns(
        pl.col("in_time").cast(flag).alias("on_time"),
        (~pl.col("in_time")).cast(flag).alias("late"),
        elapsed_working_days(due, ended).alias("over"),
        (elapsed_working_days(received, ended) - rows["pause"]).clip(lower_bound=0).alias("elapsed"),
    )
    bad = (pl.col("satisfaction") <= 2).fill_null(False)
    return rows.with_columns(
        pl.when("is_done").then(pl.when(pl.col("late") == 1).then(pl.col("over").clip(lower_bound=0))
                                .otherwise(pl.when(pl.col("on_time") == 1).then(0))).alias("late_days"),
        pl.when("is_done").then("elapsed").alias("processing_days"),
        pl.when("is_done").then((~bad & (pl.col("late").fill_null(0) == 0)).cast(flag)).alias("satisfied"),
    ).drop("in_time", "over", "elapsed", "pause")


def _spans(rows: pl.DataFrame) -> pl.DataFrame:
    """Add the moments from and until which a dossier is open, late and about to be late."""
    ended = pl.col("status").is_in(["3", "7", "8", "9", "10"])
    soon = _soon_from(rows.select(_local_day("clock_due_at")).to_series())
    closed = pl.when(ended | ~pl.col("counted")).then(pl.coalesce("finished_at", "received_at"))
    rows = rows.with_columns(closed.alias("closed_at"), _day_start(pl.lit(soon)).alias("soon"))
    counted = pl.col("counted")
    return rows.with_columns(
        pl.when("counted").then("received_at").alias("open_from"),
        pl.when(counted & pl.col("soon").is_not_null()).then(pl.max_horizontal("soon", "received_at"))
        .alias("soon_from"),
        pl.min_horizontal("closed_at", "late_from").fill_null(pl.col("received_at")).alias("soon_until"),
        pl.when(counted).then("late_from").alias("late_from"),
        *(pl.col(c).cast(pl.Int64) for c in ("counted", "is_done", "online")),
    ).drop("soon")


def dossier_clock(rows: pl.DataFrame) -> pl.DataFrame:
    """Apply to dossiers the counting rules of the national portal's guide to Decision 766/QĐ-TTg.

    Not received (status 1, 3, or withdrawn before receipt) is not counted; done is 9 or 10, while 8 has
    stopped. On time: ended by the date promised, moved by the working days of one supplement; with more
    than one it is late. A due date without an hour lasts the whole day. Online: channel 2 and, where a
    paper result is due, an electronic one too. Satisfied: neither late nor rated 1 or 2. Days are working days.
    """
    return _spans(_judged(_with_due(_checked_columns(rows))))


# Decision 766

PARTS: Final[Mapping[str, str]] = {
    "TOTAL": "total", "RANK": "rank", "SCORE_DELTA": "delta",
    **{group.code: "group" for group in GROUPS},
    **dict.fromkeys((*METRICS, *UNSCORED), "metric"),
}


def _processing_inputs(rows: pl.DataFrame) -> pl.DataFrame:
    """Return metric 2.1, which the portal prints as a group with counters, as a row of its own."""
    wanted = {"TDGQ": "score", "TDGQ.totalOnTime": "numerator", "TDGQ.totalReceived": "denominator"}
    body = ["_file", "department", "date"]
    counters = [
        rows.filter(pl.col("metric") == metric).select(*body, pl.col("score").alias(f"{column}_"))
        for metric, column in wanted.items()
    ]
    whole = counters[0].join(counters[1], on=body).join(counters[2], on=body)
    group = rows.filter(pl.col("metric") == "TDGQ").join(whole, on=body)
    return group.with_columns(
        pl.lit(PROCESSING_ON_TIME).alias("metric"),
        pl.col("numerator_").alias("numerator"), pl.col("denominator_").alias("denominator"),
    ).select(rows.columns)


def _later_of_one_file(rows: pl.DataFrame) -> pl.DataFrame:
    """Keep, in lists without a time of extraction, the later of two lines about one body and day."""
    dated = rows.filter(pl.col("extracted_at").is_not_null())
    listed = rows.filter(pl.col("extracted_at").is_null())
    return pl.concat([dated, listed.unique(["_file", "department", "date", "metric"], keep="last",
                                           maintain_order=True)])


def score_766_rows(rows: pl.DataFrame) -> pl.DataFrame:
    """Add to published scores what each figure is, whose it is, and its score recomputed from its inputs.

    `recomputed` is null where the portal publishes no inputs; `gap` is its distance from the printed score.
    """
    rows = _later_of_one_file(rows)
    rows = pl.concat([rows, _processing_inputs(rows)]).unique(
        ["_file", "_row", "department", "date", "metric"], keep="first", maintain_order=True)
    code = pl.col("department")
    rows = rows.with_columns(
        pl.when(pl.col("metric").str.contains(".", literal=True)).then(pl.lit("counter"))
        .otherwise(pl.col("metric").replace_strict(PARTS, default="metric", return_dtype=pl.String)).alias("part"),
        pl.when(code == "VN").then(pl.lit("country")).when(code.str.starts_with("H")).then(pl.lit("province"))
        .otherwise(pl.lit("ministry")).alias("level"),
        pl.when(code == OUR_DEPARTMENT).then(pl.lit("inside")).otherwise(pl.lit("outside")).alias("scope"),
        pl.col("flag").is_not_null().cast(pl.Int64).alias("flagged"),
    )
    found = [recompute(*inputs) if inputs[0] in METRICS else None
             for inputs in rows.select("metric", "numerator", "denominator").iter_rows()]
    return rows.with_columns(pl.Series("recomputed", found, dtype=pl.Float64)).with_columns(
        (pl.col("recomputed") - pl.col("score")).abs().alias("gap"))


METHODS: dict[str, Callable[[pl.DataFrame], pl.DataFrame]] = {
    "dossier_clock": dossier_clock, "procedure_times": procedure_times, "score_766_rows": score_766_rows,
}
