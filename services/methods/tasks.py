"""The clock of assigned tasks: until when one was due, when it was handed in, in what state it is at a moment.

Frame to frame. Days are local; a due date lasts to the end of its day. What was returned was never handed in.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from typing import Final

import polars as pl

from config.registry import load_registry
from data_access.ingestion.catalogues import folded, spellings
from services.methods.folding import fold
from services.methods.working_days import days_before, due_dates, elapsed_working_days

SHIFT: Final = timedelta(hours=7)
DUE_SOON: Final = 3
"""Working days before its due date from which a task counts as about to be late (product choice)."""
MANY_UNITS: Final = 3
"""Offices, leading and supporting, from which entering a task may take two working days (product choice)."""
LATE_QUARTER: Final = 0.2
"""Share of the tasks due in a quarter that an office must miss for the quarter to count as late (product choice)."""
AGAIN: Final = 3
"""Late quarters among the last four from which an office is late again and again."""
STATES: Final = (
    "open_in_time", "open_due_soon", "open_late", "open_no_due", "returned", "wait_confirm", "wait_confirm_late",
    "done_on_time", "done_late", "done_no_due", "suspended", "cancelled",
)  # fmt: skip
BUCKETS: Final = {"1_5": 5, "6_30": 30, "31_120": 120}
"""Classes of lateness by their last working day; beyond them `over_120`."""


def _local_day(name: str) -> pl.Expr:
    return (pl.col(name) + SHIFT).dt.date()


def _day_start(day: pl.Expr) -> pl.Expr:
    return (day.cast(pl.Datetime("us")) - SHIFT).dt.replace_time_zone("UTC")


def _days(rows: pl.DataFrame, name: str) -> pl.Series:
    return rows.select(_local_day(name)).to_series()


# The record


def days_listed(text: str | None) -> list[date] | None:
    """Return the days of a list such as `30/06/2026; 30/09/2026`; None where one cannot be read."""
    parts = [part.strip() for part in (text or "").split(";") if part.strip()]
    try:
        return [datetime.strptime(part, "%d/%m/%Y").date() for part in parts]
    except ValueError:
        return None


def due_in_force(due: date | None, extended: list[date], granted: list[date]) -> date | None:
    """Return the day until which a task was due after its extensions, in the order they were granted.

    One granted after the day then in force had passed changes nothing: the task stays late.
    """
    for day, on in sorted(zip(extended, granted, strict=True), key=lambda pair: pair[1]):
        if due is None or on <= due:
            due = day
    return due


def _extended(rows: pl.DataFrame) -> pl.DataFrame:
    """Add `due_day` in force, `extensions` and whether the two lists of the extensions agree."""
    found: list[tuple[date | None, int, bool]] = []
    for due, days, grants in zip(_days(rows, "due_at"), rows["extended_due"], rows["extended_on"], strict=True):
        extended, granted = days_listed(days), days_listed(grants)
        if extended is None or granted is None or len(extended) != len(granted):
            found.append((due, 0, False))
        else:
            found.append((due_in_force(due, extended, granted), len(extended), True))
    schema = {"due_day": pl.Date, "extensions": pl.Int64, "extensions_ok": pl.Boolean}
    return rows.hstack(pl.DataFrame(found, schema=schema, orient="row"))


@cache
def _names() -> dict[str, str]:
    return {agency.id: agency.name.vi for agency in load_registry().agencies.values()}


@lru_cache(maxsize=4_096)
def _offices(text: str | None) -> tuple[str, ...] | None:
    """Return the offices of a list such as `Sở Tài chính; UBND xã Hoằng Hóa` by id; None where one is unknown."""
    known = spellings("agency")
    rule = load_registry().sources["tasks"].fields["agency"].mapping
    names = [part.strip() for part in (text or "").split(";") if part.strip()]
    found = [known.get(folded(rule.get(name, name))) for name in names]
    return None if None in found else tuple(dict.fromkeys(f for f in found if f))


def _settled(rows: pl.DataFrame) -> pl.DataFrame:
    """Settle supporting offices and empty cells, and add the flags that the contract's rules read."""
    offices = [_offices(text) for text in rows["supports"]]
    units = [1 + len(set(found or ()) - {lead}) for found, lead in zip(offices, rows["agency"], strict=True)]
    given = [";".join(found) if found is not None else text
             for found, text in zip(offices, rows["supports"], strict=True)]  # fmt: skip
    return rows.with_columns(
        pl.Series("supports", given, dtype=pl.String),
        pl.Series("supports_known", [found is not None for found in offices], dtype=pl.Boolean),
        pl.Series("units", units, dtype=pl.Int64),
        pl.col("urgency").fill_null("thuong"), pl.col("field").fill_null(""), pl.col("returns").fill_null(0),
        (_local_day("due_at") >= _local_day("assigned_at")).fill_null(True).alias("due_in_order"),
    )  # fmt: skip


def _entry(rows: pl.DataFrame) -> pl.DataFrame:
    """Add until when a task had to be entered and whether it was (QĐ of the province on task monitoring).

    Urgent: the same day; else one working day; two where many offices take part.
    """
    allowed = (
        pl.when(pl.col("urgency") != "thuong").then(0).when(pl.col("units") >= MANY_UNITS).then(2).otherwise(1)
    )
    until = due_dates(_days(rows, "assigned_at"), rows.select(allowed).to_series())
    rows = rows.with_columns(_day_start(pl.lit(until)).alias("entry_due_at"))
    return rows.with_columns(
        (_local_day("entered_at") <= _local_day("entry_due_at")).cast(pl.Int64).alias("entry_on_time")
    )


def _moments(rows: pl.DataFrame) -> pl.DataFrame:
    """Add the moments between which a task is handed in, done, stopped, late and about to be late."""
    soon = days_before(rows["due_day"], DUE_SOON)
    handed = pl.col("returned_at").is_null() | (pl.col("submitted_at") > pl.col("returned_at"))
    stopped_first = pl.col("confirmed_at").is_null() | (pl.col("confirmed_at") > pl.col("stopped_at"))
    stopped = pl.col("stopped_as").is_not_null() & pl.col("resumed_at").is_null() & stopped_first
    rows = rows.with_columns(
        _day_start(pl.col("due_day")).alias("last_due_at"),
        (_day_start(pl.col("due_day")) + timedelta(days=1)).alias("late_from"),
        pl.when(handed).then("submitted_at").alias("handed_at"),
        pl.when(stopped).then("stopped_at").alias("inactive_from"),
        pl.when(~stopped).then("confirmed_at").alias("done_at"),
        _day_start(pl.lit(soon)).alias("soon"),
    )
    rows = rows.with_columns(pl.coalesce("done_at", "inactive_from").alias("closed_at"))
    rows = rows.with_columns(pl.min_horizontal("handed_at", "closed_at").alias("left_at"))
    return rows.with_columns(
        pl.when(pl.col("soon").is_not_null()).then(pl.max_horizontal("soon", "assigned_at")).alias("soon_from"),
        pl.min_horizontal("left_at", "late_from").alias("soon_until"),
    ).drop("soon")


def _judged(rows: pl.DataFrame) -> pl.DataFrame:
    """Add whether a task was done by the end of its due day, and how many working days late."""
    over = elapsed_working_days(rows["due_day"], _days(rows, "handed_at"))
    judged = pl.col("done_at").is_not_null() & pl.col("late_from").is_not_null()
    in_time = pl.col("handed_at") < pl.col("late_from")
    return rows.with_columns(
        pl.when(judged).then(in_time).cast(pl.Int64).alias("on_time"),
        pl.when(judged).then(~in_time).cast(pl.Int64).alias("late"),
        pl.when(judged & ~in_time).then(over.clip(lower_bound=1)).when(judged).then(0).alias("late_days"),
    )


def _searched(rows: pl.DataFrame) -> pl.DataFrame:
    """Add the folded words by which a task is found: number, content, documents, field, offices."""
    supports = [" ".join(_names().get(s, s) for s in (text or "").split(";")) for text in rows["supports"]]
    lead = pl.col("agency").replace(_names())
    parts = ["task", "content", "source_doc", "report_doc", "field", "issuer"]
    text = pl.concat_str([*(pl.col(p).fill_null("") for p in parts), lead, pl.Series(supports, dtype=pl.String)],
                         separator=" ")  # fmt: skip
    return rows.with_columns(fold(text).alias("words"))


def task_clock(rows: pl.DataFrame) -> pl.DataFrame:
    """Add to tasks as the contract typed them what follows from their moments, whatever state they claim.

    A task is done once confirmed, on time when its report came by the end of the due day in force; an
    extension counts if granted by then. A returned report counts as none and the due date stays. Stopped is
    what a document stopped and nothing resumed. Days late are working days, at least one.
    """
    return _searched(_judged(_moments(_entry(_extended(_settled(rows)))))).drop("due_day")


# States at a moment


def task_states(rows: pl.DataFrame, at: datetime) -> pl.DataFrame:
    """Return the tasks given by `at` with `state` (STATES), `is_late`, `late_days` and `bucket` at that moment.

    `is_late`: past due and still on the office's desk, returned ones included; its days are working days
    since the due day, at least one, null beyond the announced calendar. Midnight is the end of the day before.
    """
    at = at.astimezone(UTC)

    def by_now(column: str) -> pl.Expr:
        return (pl.col(column) <= at).fill_null(False)

    def word(name: str) -> pl.Expr:
        return pl.lit(name)

    no_due, handed_late = pl.col("late_from").is_null(), (pl.col("handed_at") >= pl.col("late_from")).fill_null(False)
    state = (
        pl.when(by_now("inactive_from")).then(pl.col("stopped_as"))
        .when(by_now("done_at") & no_due).then(word("done_no_due"))
        .when(by_now("done_at") & handed_late).then(word("done_late"))
        .when(by_now("done_at")).then(word("done_on_time"))
        .when(by_now("handed_at") & handed_late).then(word("wait_confirm_late"))
        .when(by_now("handed_at")).then(word("wait_confirm"))
        .when(by_now("returned_at")).then(word("returned"))
        .when(no_due).then(word("open_no_due"))
        .when(by_now("late_from")).then(word("open_late"))
        .when(by_now("soon_from")).then(word("open_due_soon"))
        .otherwise(word("open_in_time"))
    )  # fmt: skip
    found = rows.filter(pl.col("assigned_at") <= at).with_columns(
        state.alias("state"), (by_now("late_from") & ~by_now("left_at")).alias("is_late")
    )
    today = pl.Series([(at + SHIFT - timedelta(microseconds=1)).date()], dtype=pl.Date).new_from_index(0, found.height)
    over = elapsed_working_days(_days(found, "last_due_at"), today).clip(lower_bound=1)
    found = found.with_columns(pl.when("is_late").then(over).alias("late_days"))
    return found.with_columns(_bucket().alias("bucket"))


def _bucket() -> pl.Expr:
    """Return the class of lateness; '' where not late, `unknown` beyond the announced calendar."""
    days = pl.col("late_days")
    bucket = pl.lit("over_120")
    for name, last in reversed(BUCKETS.items()):
        bucket = pl.when(days <= last).then(pl.lit(name)).otherwise(bucket)
    return pl.when(~pl.col("is_late")).then(pl.lit("")).when(days.is_null()).then(pl.lit("unknown")).otherwise(bucket)


def _quarter(moment: pl.Expr) -> pl.Expr:
    """Return the first local day of the quarter that holds a moment."""
    return (moment + SHIFT).dt.date().dt.truncate("1q")


def missed_by_quarter(rows: pl.DataFrame, at: datetime) -> pl.DataFrame:
    """Return by `agency` and `quarter` (its first day) of the last four, this one included: `due, missed, is_late`.

    `due`: tasks that fell due, unless stopped before; `missed`: not handed in by then.
    """
    at = at.astimezone(UTC)
    since = pl.select(_quarter(pl.lit(at)).dt.offset_by("-3q")).item()
    stopped = (pl.col("inactive_from") < pl.col("late_from")).fill_null(False)
    missed = (pl.col("handed_at") >= pl.col("late_from")).fill_null(True)
    quarter = _quarter(pl.col("last_due_at"))
    return (
        rows.filter(pl.col("late_from") <= at, ~stopped, quarter >= since)
        .group_by("agency", quarter.alias("quarter"))
        .agg(pl.len().cast(pl.Int64).alias("due"), missed.sum().cast(pl.Int64).alias("missed"))
        .with_columns((pl.col("missed") >= LATE_QUARTER * pl.col("due")).alias("is_late"))
        .sort("agency", "quarter")
    )  # fmt: skip


def late_again(rows: pl.DataFrame, at: datetime) -> pl.DataFrame:
    """Return the tasks' states with what their leading office did in the last four quarters.

    `due`, `missed` in all; `quarters_late`: quarters in which it missed at least `LATE_QUARTER` of what fell
    due; `repeats`: late in `AGAIN` of them or more (`repeat_agency`: its id).
    """
    found = task_states(rows, at)
    offices = missed_by_quarter(found, at).group_by("agency").agg(
        pl.col("due", "missed").sum(), pl.col("is_late").sum().cast(pl.Int64).alias("quarters_late")
    )  # fmt: skip
    found = found.join(offices, on="agency", how="left", maintain_order="left")
    found = found.with_columns(pl.col("due", "missed", "quarters_late").fill_null(0))
    again = pl.col("quarters_late") >= AGAIN
    return found.with_columns(again.alias("repeats"), pl.when(again).then("agency").alias("repeat_agency"))


METHODS: dict[str, Callable[[pl.DataFrame], pl.DataFrame]] = {"task_clock": task_clock}
SNAPSHOTS: dict[str, Callable[..., pl.DataFrame]] = {"task_states": task_states, "late_again": late_again}
_MOMENTS: Final = ("task", "assigned_at", "last_due_at", "late_from", "soon_from", "handed_at", "returned_at",
                   "left_at", "done_at", "inactive_from", "stopped_as")  # fmt: skip
READS: dict[str, tuple[str, ...]] = {"task_states": _MOMENTS, "late_again": _MOMENTS}
