"""The clock and the state of citizens' reports: rows as the contract typed them in, computed columns out."""

from collections.abc import Callable
from datetime import timedelta
from functools import cache
from typing import Final

import polars as pl

from config.feedback import load_feedback
from data_access.feedback_merge import APART, MERGED, decisions
from services.methods.feedback_places import likely_duplicates, repeat_places, report_cells
from services.methods.folding import fold
from services.methods.percentiles import bin_of
from services.methods.positions import commune_at
from services.methods.working_days import after_working_hours, due_dates

SHIFT: Final = timedelta(hours=7)
DONE: Final = ("da_xu_ly", "cho_xac_nhan", "dong")
ENDED: Final = (*DONE, "tu_choi", "trung_lap")
DUPLICATE_NOTES: Final = r"duplicate|trung (lap|voi|noi dung)"
REFUSED_NOTES: Final = r"reject|refuse|invalid|tu choi|khong thuoc tham quyen|khong du thong tin"
TEXTS: Final = ("channel", "topic", "content", "address", "place", "agency", "partners", "result", "evidence",
                "told_of", "sender")
MOMENTS: Final = ("told_at", "received_at", "accepted_at", "due_at", "reopened_at", "asked_at", "answered_at",
                  "on_site_at", "done_at")
NUMBERS: Final = ("rating", "reopens")


def _whole(rows: pl.DataFrame) -> pl.DataFrame:
    """Give every source the same columns, with no value where it does not tell."""
    instant = pl.Datetime("us", "UTC")
    wanted: dict[str, pl.DataType] = {
        **dict.fromkeys(TEXTS, pl.String()), **dict.fromkeys(MOMENTS, instant), **dict.fromkeys(NUMBERS, pl.Int64()),
    }  # fmt: skip
    absent = [pl.lit(None).alias(name) for name in wanted if name not in rows.columns]
    return rows.with_columns(absent).with_columns(pl.col(name).cast(kind) for name, kind in wanted.items())


def _settled(rows: pl.DataFrame) -> pl.DataFrame:
    """Settle texts: no null dimension, an unknown topic as `khac`."""
    topics = [t.id for t in load_feedback().topics]
    rows = _whole(rows)
    inside = commune_at(rows["lat"], rows["lon"])
    return rows.with_columns(
        pl.coalesce("place", pl.lit(inside)).fill_null("").alias("place"),
        pl.when(pl.col("topic").is_in(topics)).then("topic").otherwise(pl.lit("khac")).alias("topic"),
        *(pl.col(c).fill_null("") for c in ("channel", "agency", "told_of", "sender")),
        pl.col("reopens").fill_null(0),
        pl.coalesce("told_at", "received_at").alias("told_at"),
    )


def decided(rows: pl.DataFrame, made: pl.DataFrame) -> pl.DataFrame:
    """Add what people decided: `merged_into`, `kept_apart`, and `sent_from`, the earliest clock of a merged case."""
    key, other = pl.format("{}:{}", "system", "feedback"), pl.format("{}:{}", "of_system", "of_feedback")
    merged, apart = (made.filter(pl.col("decision") == d) for d in (MERGED, APART))
    into = merged.select(key.alias("_key"), other.alias("merged_into")).unique("_key", keep="last")
    first = merged.group_by(other.alias("_key")).agg(pl.col("clock_at").min())
    kept = apart.group_by(key.alias("_key")).agg(other.sort().str.join("|").alias("kept_apart"))
    found = rows.with_columns(key.alias("_key"))
    for frame in (into, first, kept):
        found = found.join(frame, on="_key", how="left", maintain_order="left")
    return found.with_columns(
        pl.col("merged_into", "kept_apart").fill_null(""),
        pl.min_horizontal("received_at", "clock_at").alias("sent_from"),
    ).drop("_key", "clock_at")


def _state(rows: pl.DataFrame) -> pl.DataFrame:
    """Add `state` (a merged report is `trung_lap`), and whether the report counts and is done."""
    state = pl.when(pl.col("merged_into") != "").then(pl.lit("trung_lap")).otherwise("told_state")
    rows = rows.with_columns(state.alias("state"))
    return rows.with_columns(
        (pl.col("state") != "trung_lap").cast(pl.Int64).alias("counted"),
        pl.col("state").is_in(DONE).cast(pl.Int64).alias("is_done"),
    )


@cache
def _topics() -> pl.DataFrame:
    made = [{"topic": t.id, "days": t.days, "urgent": int(t.urgent)} for t in load_feedback().topics]
    return pl.DataFrame(made, schema={"topic": pl.String, "days": pl.Int64, "urgent": pl.Int64})


def _due(rows: pl.DataFrame) -> pl.DataFrame:
    """Add `urgent` and `clock_due_at`: the time its system set, else its topic's, within the cap, pauses added.

    A reopened report has a new clock. The pause is the citizen's, at most `pause_most`; while the answer is
    awaited the whole of it is granted. Where the calendar is not announced the cap alone holds.
    """
    rule = load_feedback()
    rows = rows.join(_topics(), on="topic", how="left", maintain_order="left").with_columns(
        pl.max_horizontal("sent_from", "reopened_at").alias("clock_from"))
    local = rows.select(pl.col("clock_from") + SHIFT).to_series()
    day = due_dates(local.dt.date(), rows["days"])
    by_topic = (pl.lit(day).cast(pl.Datetime("us")) + (pl.lit(local) - pl.lit(local).dt.truncate("1d")) - SHIFT
                ).dt.replace_time_zone("UTC")
    told = pl.when(pl.col("due_at") > pl.col("clock_from")).then("due_at")
    urgent = pl.when(pl.col("urgent") == 1).then(pl.col("clock_from") + rule.urgent_on_site)
    due = pl.min_horizontal(pl.coalesce(told, urgent, by_topic), pl.col("clock_from") + rule.cap)
    rows = rows.with_columns(due.alias("clock_due_at"))
    asked = pl.col("asked_at").is_between(pl.col("clock_from"), pl.col("clock_due_at"))
    waited = pl.coalesce(pl.col("answered_at") - pl.col("asked_at"), pl.lit(rule.pause_most))
    pause = pl.when(asked).then(pl.min_horizontal(waited, pl.lit(rule.pause_most))).otherwise(pl.duration())
    return rows.with_columns(pause.fill_null(pl.duration()).alias("pause")).with_columns(
        pl.col("clock_due_at") + pl.col("pause")).drop("days")


def _judged(rows: pl.DataFrame) -> pl.DataFrame:
    """Add the moments between which a report is open or overdue, and how it was handled."""
    rule, yes, flag = load_feedback(), pl.col("counted") == 1, pl.Int64
    done = pl.col("is_done") == 1
    ended = pl.coalesce("done_at", "told_at")
    reached = pl.when(pl.col("urgent") == 1).then(pl.coalesce("on_site_at", "done_at")).otherwise("done_at")
    rows = rows.with_columns(
        pl.when(~yes).then("received_at").when(pl.col("state").is_in(ENDED)).then(ended).alias("closed_at"),
        pl.when(yes & (pl.col("state") != "tu_choi")).then(pl.col("clock_due_at") + timedelta(seconds=1))
        .alias("late_from"),
        pl.when(done).then(reached).otherwise(pl.when(pl.col("urgent") == 1).then("on_site_at")).alias("reached"),
    )
    in_time = pl.col("reached") < pl.col("late_from")
    hours = (pl.col("done_at") - pl.col("sent_from") - pl.col("pause")).dt.total_seconds() / 3600
    rows = rows.with_columns(
        pl.coalesce("reached", "closed_at").alias("late_until"),
        pl.when(done).then(in_time).cast(flag).alias("on_time"),
        pl.when(done).then(~in_time).cast(flag).alias("late"),
        pl.when(done).then(hours.clip(lower_bound=0)).alias("handling_hours"),
        (pl.col("rating") >= 4).cast(flag).alias("satisfied"),
        pl.when(done).then((pl.col("evidence").fill_null("").str.strip_chars("[] ") != "").cast(flag))
        .alias("has_evidence"),
    )
    triage = after_working_hours(rows["received_at"], pl.Series([rule.triage_hours]).new_from_index(0, rows.height))
    accepted = pl.col("accepted_at")
    limit = pl.when(pl.col("urgent") == 1).then(pl.col("received_at") + rule.urgent_accept)
    judged = yes & (accepted.is_not_null() | (pl.col("state") == "moi"))
    return rows.with_columns(
        bin_of(pl.col("handling_hours")).fill_null(0).alias("handling_bin"),
        judged.cast(flag).alias("triaged"),
        pl.when(judged).then((accepted <= pl.lit(triage)).fill_null(False)).cast(flag).alias("triaged_in_time"),
        pl.when(judged & limit.is_not_null()).then((accepted <= limit).fill_null(False)).cast(flag)
        .alias("urgent_in_time"),
    ).drop("pause", "reached", "clock_from")


def _spans(rows: pl.DataFrame) -> pl.DataFrame:
    """Add until when a report counts for hot spots, places that come back and duplicates, and its words to search."""
    rule = load_feedback()
    seen = timedelta(days=rule.hot_spot.days + rule.hot_spot.before_days)
    done = pl.when((pl.col("is_done") == 1) & (pl.col("counted") == 1)).then("done_at")
    words = pl.concat_str(["feedback", "content", "address"], separator=" ", ignore_nulls=True)
    return rows.with_columns(
        (pl.col("received_at") + seen).alias("spot_until"),
        done.alias("repeat_from"), (done + timedelta(days=rule.repeat.days)).alias("repeat_until"),
        (pl.col("received_at") + rule.suggest_for).alias("suggest_until"),
        fold(words).alias("folded"),
    )


def _ordered(rows: pl.DataFrame) -> pl.DataFrame:
    """Add what the contract asks of a row: its position, and the order of its moments."""
    box, rule = load_feedback().box, load_feedback()

    def follows(first: str, then: str) -> pl.Expr:
        return (pl.col(then) >= pl.col(first)).fill_null(True)

    done = pl.col("told_state").is_in(DONE)
    again = pl.col("reopened_at").is_not_null()
    inside = pl.col("lat").is_between(box.south, box.north) & pl.col("lon").is_between(box.west, box.east)
    return rows.with_columns(
        (inside | (pl.col("lat").is_null() & pl.col("lon").is_null())).fill_null(False).alias("in_box"),
        (follows("received_at", "accepted_at") & follows("received_at", "done_at") & follows("asked_at", "answered_at"))
        .alias("in_order"),
        (~done | (pl.col("done_at").is_not_null() & follows("reopened_at", "done_at"))).alias("done_known"),
        (pl.when(pl.col("told_state") == "mo_lai")
         .then(again & (pl.col("reopens") > 0) & follows("done_at", "reopened_at")
               & (pl.col("reopened_at") - pl.col("done_at") <= rule.reopen_within).fill_null(True))
         .otherwise(pl.col("reopens").eq(0) | again)).alias("reopened_well"),
    )


def feedback_clock(rows: pl.DataFrame, made: pl.DataFrame) -> pl.DataFrame:
    """Judge reports by the rules of `config/feedback.yaml` and by the decisions `made` on duplicates.

    A report that people merged into another is `trung_lap` whatever its system says of it later, and the
    other keeps the earliest clock. On time: handled by `clock_due_at` (an urgent one: somebody on site).
    """
    typed = rows.with_columns(pl.col("lat", "lon").cast(pl.Float64))
    return _spans(_judged(_due(_state(decided(_settled(_ordered(_whole(typed))), made)))))


def reports(rows: pl.DataFrame) -> pl.DataFrame:
    """Judge reports as a system tells of them, with the decisions in force."""
    return feedback_clock(rows, decisions())


def open311_reports(rows: pl.DataFrame) -> pl.DataFrame:
    """Judge GeoReport v2 requests: `open` is taken in (or forwarded), `closed` handled, refused or a duplicate.

    Never `dong`: the standard knows no confirmation and no rating. Notes are the only evidence it can carry.
    """
    notes = fold(pl.col("result").fill_null(""))
    open_ = pl.when(pl.col("agency").is_null()).then(pl.lit("tiep_nhan")).otherwise(pl.lit("chuyen_xu_ly"))
    closed = (
        pl.when(notes.str.contains(DUPLICATE_NOTES)).then(pl.lit("trung_lap"))
        .when(notes.str.contains(REFUSED_NOTES)).then(pl.lit("tu_choi")).otherwise(pl.lit("da_xu_ly"))
    )  # fmt: skip
    is_open = pl.col("told_state") == "open"
    rows = rows.with_columns(
        pl.when(is_open).then(open_).otherwise(closed).alias("told_state"),
        pl.when(~is_open).then(pl.coalesce("told_at", "received_at")).alias("done_at"),
        pl.when(~is_open).then("result").alias("evidence"),
    )
    return reports(rows)


METHODS: dict[str, Callable[[pl.DataFrame], pl.DataFrame]] = {
    "feedback_reports": reports, "feedback_open311": open311_reports,
}
SNAPSHOTS: dict[str, Callable[..., pl.DataFrame]] = {
    "report_cells": report_cells, "repeat_places": repeat_places, "likely_duplicates": likely_duplicates,
}
_PLACED: Final = ("system", "feedback", "lat", "lon", "place", "topic", "agency", "counted", "received_at")
READS: dict[str, tuple[str, ...]] = {
    "report_cells": _PLACED, "repeat_places": (*_PLACED, "done_at", "address"),
    "likely_duplicates": (*_PLACED, "content", "closed_at", "kept_apart"),
}
