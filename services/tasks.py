"""One task for those entitled: what it says now, what happened to it, and every version of its record."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final

import polars as pl

from config.locale import say
from config.registry import load_registry
from data_access.database import LOCAL, now
from data_access.task_history import FACT, task_versions
from services.access import SYSTEM, Viewer, row_places
from services.indicators import NotEntitled
from services.methods.tasks import days_listed, missed_by_quarter, task_states
from services.rows import may_list

COMPARED: Final = (
    "content", "agency", "supports", "assigner", "urgency", "due_at", "extended_due", "report_doc", "submitted_at",
    "returned_at", "return_reason", "confirmed_at", "stopped_as", "resumed_at",
)  # fmt: skip
"""Columns of the record whose change is told of; the others follow from them."""


@dataclass(frozen=True)
class Event:
    """Something that happened to a task: its kind (assigned, entered, extended, …), when, and words about it.

    `counts` is False for an extension that came too late to count.
    """

    kind: str
    at: datetime
    about: str = ""
    counts: bool = True


@dataclass(frozen=True)
class Version:
    """A version of a task's record: when the system last changed it, what changed, the file and row it came in.

    `came_late`: a newer one was there before it.
    """

    updated_at: datetime
    changed: tuple[str, ...]
    told: str
    file: str
    batch: int
    row: int
    recorded_at: datetime
    superseded_at: datetime | None
    came_late: bool


@dataclass(frozen=True)
class Task:
    """A task: its row with `state`, `is_late`, `late_days` now, its events and its versions, newest first."""

    row: Mapping[str, Any]
    events: tuple[Event, ...]
    versions: tuple[Version, ...]


def with_states(rows: pl.DataFrame, at: datetime | None = None) -> pl.DataFrame:
    """Return rows of tasks with their state at a moment (see `task_states`)."""
    return task_states(rows, at or now())


def task_of(task: str, viewer: Viewer = SYSTEM, at: datetime | None = None) -> Task | None:
    """Return a task with its history; None where there is none in the viewer's places. Raises NotEntitled."""
    if not may_list(viewer, FACT):
        raise NotEntitled(say("access.list_not_allowed"))
    versions = task_versions(task)
    places = row_places(viewer)
    current = next((v for v in versions if v["superseded_at"] is None), None)
    if current is None or (places is not None and current["place"] not in places):
        return None
    columns = list(load_registry().facts[FACT].columns)
    frame = pl.DataFrame([{c: current[c] for c in columns}], infer_schema_length=None)
    moments = [pl.col(c).cast(pl.Datetime("us", "UTC")) for c, kind in load_registry().facts[FACT].columns.items()
               if kind == "instant"]  # fmt: skip
    states = with_states(frame.with_columns(moments), max(at or now(), current["assigned_at"]))
    return Task(states.row(0, named=True), tuple(events_of(versions)), tuple(_compared(versions)))


def events_of(versions: Sequence[Mapping[str, Any]]) -> list[Event]:
    """Return what happened to a task, newest first; from older versions the reports that were returned."""
    row = versions[0]
    found = {Event("assigned", row["assigned_at"], row["source_doc"] or "")}
    found |= {Event(kind, row[at]) for kind, at in (("entered", "entered_at"), ("confirmed", "confirmed_at"),
                                                    ("resumed", "resumed_at")) if row[at]}  # fmt: skip
    if row["stopped_as"]:
        found.add(Event(row["stopped_as"], row["stopped_at"], row["stop_doc"] or ""))
    returns = {v["returned_at"]: v["return_reason"] or "" for v in reversed(versions) if v["returned_at"]}
    found |= {Event("returned", at, reason) for at, reason in returns.items()}
    for version in versions:
        handed = version["submitted_at"]
        if handed and (handed == row["submitted_at"] or any(handed <= at for at in returns)):
            found.add(Event("submitted", handed, version["report_doc"] or ""))
    return sorted({*found, *_extensions(row)}, key=lambda e: (e.at, e.kind), reverse=True)


def _extensions(row: Mapping[str, Any]) -> list[Event]:
    """Return the extensions granted, each with the day it moved the due date to and whether it counts."""
    days, granted = days_listed(row["extended_due"]) or [], days_listed(row["extended_on"]) or []
    due = row["due_at"].astimezone(LOCAL).date() if row["due_at"] else None
    found = []
    for day, on in sorted(zip(days, granted, strict=False), key=lambda pair: pair[1]):
        counts = due is None or on <= due
        due = day if counts else due
        at = datetime(on.year, on.month, on.day, tzinfo=LOCAL)
        found.append(Event("extended", at, f"{day:%d/%m/%Y}", counts))
    return found


def _compared(versions: Sequence[Mapping[str, Any]]) -> list[Version]:
    """Return the versions with the columns in which each differs from the one before it; none for the first."""
    found = []
    for number, version in enumerate(versions):
        before = versions[number + 1] if number + 1 < len(versions) else version
        changed = tuple(c for c in COMPARED if version[c] != before[c])
        late = any(newer["batch"] < version["batch"] for newer in versions[:number])
        kept = {f.name: version[f.name] for f in fields(Version) if f.name in version}
        found.append(Version(**kept | {"changed": changed, "told": version["told"] or "", "came_late": late}))
    return found


def quarters_of(found: pl.DataFrame, at: datetime) -> pl.DataFrame:
    """Return by office and quarter what fell due and was missed (see `missed_by_quarter`), from tasks' states."""
    return missed_by_quarter(found, at)


def often_late(quarters: pl.DataFrame, least: int = 2) -> pl.DataFrame:
    """Return the offices late in at least that many of the quarters, the most often first: `agency, quarters_late`."""
    late = quarters.group_by("agency").agg(pl.col("is_late").sum().alias("quarters_late"), pl.col("missed").sum())
    found = late.filter(pl.col("quarters_late") >= least)
    return found.sort("quarters_late", "missed", "agency", descending=[True, True, False]).drop("missed")
