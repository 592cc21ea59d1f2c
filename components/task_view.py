"""One task: what it says, who leads it, what happened to it, and every version of its record with its file."""

from collections.abc import Mapping
from html import escape
from typing import Any

import polars as pl
import streamlit as st

from components import format as write
from components import labels, page, states
from components.screen import Screen
from components.tasks import column, text
from config.locale import say
from services.figure import Figure
from services.names import name_of
from services.tasks import Event, Task, Version, task_of

STATUS: Mapping[str, str] = {
    "open_in_time": "ok", "open_due_soon": "near", "open_late": "bad", "open_no_due": "none", "returned": "bad",
    "wait_confirm": "none", "wait_confirm_late": "near", "done_on_time": "ok", "done_late": "near",
    "done_no_due": "none", "suspended": "none", "cancelled": "none",
}  # fmt: skip
EVENT_STATUS: Mapping[str, str] = {"returned": "bad", "confirmed": "ok", "extended": "near"}


def task_view(screen: Screen, number: str) -> None:
    """Draw a task's own page with the way back to all of them."""
    language = screen.language
    found = task_of(number, screen.viewer)
    _head(screen, number, found)
    if found is None:
        states.empty(text(screen, "own_not_found", task=number), text(screen, "own_check"), language)
        return
    left, right = screen.columns("two")
    with left:
        _about(screen, found.row)
    with right:
        _events(screen, found)
    _versions(screen, found)


def _head(screen: Screen, number: str, found: Task | None) -> None:
    language = screen.language
    line = ""
    if found:
        state = str(found.row["state"])
        line = labels.status(STATUS[state], language, say(f"tasks.state_{state}", language))
        if found.row["is_late"]:
            days = found.row["late_days"]
            line += " · " + escape(text(screen, "own_late", days=days) if days else text(screen, "own_late_unknown"))
    about = name_of("agency", found.row["agency"])[language] if found else ""
    with page.header(number, about, line, language):
        back = escape(screen.door().split("?")[0])
        st.html(f'<a class="ioc-button" href="{back}">{text(screen, "back")}</a>', width="content")


def _label(screen: Screen) -> Figure:
    """Return a figure that names the source of the record."""
    return screen.figure("task_total", place=None, agency=None, where=None)


def _lines(rows: list[tuple[str, str]]) -> str:
    body = "".join(
        f'<tr><td><span class="ioc-muted">{escape(name)}</span></td>'
        f'<td style="white-space:normal;text-align:left"><span>{words}</span></td></tr>'
        for name, words in rows if words
    )  # fmt: skip
    return f'<table class="ioc-table"><tbody>{body}</tbody></table>'


def _about(screen: Screen, row: Mapping[str, Any]) -> None:
    """Draw what was given, by whom, to whom, until when."""
    language = screen.language

    def named(dimension: str) -> str:
        return escape(name_of(dimension, row[dimension])[language]) if row[dimension] else ""

    supports = ", ".join(name_of("agency", s)[language] for s in (row["supports"] or "").split(";") if s)
    due = write.date(row["last_due_at"]) if row["last_due_at"] else text(screen, "own_no_due")
    rows = {
        "content": f"<b>{escape(row['content'])}</b>", "agency": named("agency"), "supports": escape(supports),
        "assigner": named("assigner"), "kind": named("kind"), "plan": named("plan"), "field": escape(row["field"]),
        "source_doc": escape(f"{row['source_doc']} · {write.date(row['doc_date'])}"), "urgency": named("urgency"),
        "assigned_at": write.moment(row["assigned_at"], language=language),
        "due_at": write.date(row["due_at"]) if row["extensions"] and row["due_at"] else "",
        "last_due_at": escape(due), "report_doc": escape(row["report_doc"] or ""),
    }  # fmt: skip
    with screen.card("own_about", text(screen, "own_about"), "", _label(screen).simulated):
        st.html(_lines([(say(f"tasks.column_{n}", language), words) for n, words in rows.items()]))
        if row["told"]:
            page.note(text(screen, "own_told", told=row["told"]))


def _events(screen: Screen, found: Task) -> None:
    """Draw what happened to the task, newest first."""
    title, sub = text(screen, "own_events", count=len(found.events)), text(screen, "own_events_sub")
    with screen.card("own_events", title, sub, _label(screen).simulated):
        rows = "".join(_event(event, screen.language) for event in found.events)
        st.html(f'<table class="ioc-table"><tbody>{rows}</tbody></table>')


def _event(event: Event, language: str) -> str:
    key = event.kind if event.counts else f"{event.kind}_too_late"
    word = say(f"tasks.event_{key}", language, **({"about": event.about} if event.kind == "extended" else {}))
    about = "" if event.kind == "extended" or not event.about else f"<br>{escape(event.about)}"
    when = write.date(event.at) if event.kind == "extended" else write.moment(event.at, language=language)
    status = labels.status(EVENT_STATUS.get(event.kind, "none"), language, word)
    return (
        f'<tr><td><span class="ioc-muted">{when}</span></td>'
        f'<td style="white-space:normal"><span>{status}{about}</span></td></tr>'
    )


def _standing(screen: Screen, version: Version) -> str:
    if version.superseded_at is None:
        return text(screen, "own_in_force")
    return text(screen, "own_older" if version.came_late else "own_superseded")


def _changed(screen: Screen, version: Version, is_first: bool) -> str:
    names = [say(f"tasks.column_{c}", screen.language) for c in version.changed]
    return ", ".join(names) or text(screen, "own_first" if is_first else "own_same")


def _versions(screen: Screen, found: Task) -> None:
    """Draw every version of the record with the file and row it came in, with export."""
    last = len(found.versions) - 1
    frame = pl.DataFrame([
        {"updated_at": v.updated_at, "changed": _changed(screen, v, n == last), "told": v.told, "file": v.file,
         "row": v.row, "recorded_at": v.recorded_at, "standing": _standing(screen, v)}
        for n, v in enumerate(found.versions)
    ])  # fmt: skip
    columns = [
        column("updated_at", kind="moment"), column("changed"), column("told"), column("file"),
        column("row", kind="number"), column("recorded_at", kind="moment"), column("standing"),
    ]  # fmt: skip
    label = _label(screen)
    title, sub = text(screen, "own_versions", count=frame.height), text(screen, "own_versions_sub")
    screen.rows(frame, columns, label, title, sub, key="own_versions",
                height="content" if frame.height <= 12 else 400, simulated=label.simulated)  # fmt: skip
