"""What is done about single reports: duplicates that a person merges, and the list to work through."""

from collections.abc import Callable, Sequence
from html import escape
from typing import Any

import streamlit as st

from components import format as write
from components import page, tables
from components.feedback import column, of_choice, text
from components.listing import Listing, listing
from components.screen import Screen
from components.tables import ColumnSpec
from services import feedback
from services.feedback import Key
from services.names import name_of

SHOWN = 4


# Duplicates

def duplicates(screen: Screen) -> None:
    """Draw the reports that may be one, with buttons for those entitled to decide."""
    if not feedback.sees_reports(screen.viewer):
        return
    found = of_choice(screen, feedback.suggestions(screen.viewer, found=screen.states("fb_suggested")))
    simulated = screen.figure("fb_overdue", period=None).simulated
    title = text(screen, "duplicates_title", count=write.number(found.height, 0, screen.language))
    with screen.card("duplicates", title, text(screen, "duplicates_sub"), simulated):
        if found.is_empty():
            page.note(text(screen, "duplicates_none"))
        if waiting := len(feedback.unsettled()):
            page.note(text(screen, "waiting", count=waiting))
        for row in found.head(SHOWN).iter_rows(named=True):
            _pair(screen, row)
        if found.height > SHOWN:
            page.note(text(screen, "duplicates_more", count=found.height - SHOWN))


def _pair(screen: Screen, row: dict[str, Any]) -> None:
    duplicate, of = Key(row["system"], row["feedback"]), Key(row["of_system"], row["of_feedback"])
    lang = screen.language
    shown = {"metres": row["metres"], "hours": row["hours"], "alike": 100 * row["alike"]}
    near = text(screen, "pair_near", topic=name_of("topic", row["topic"])[lang],
                **{k: write.number(v, 0, lang) for k, v in shown.items()})
    left, right = st.columns([5, 2.2], vertical_alignment="center")
    both = ((of, row["of_content"], row["of_received_at"]), (duplicate, row["content"], row["received_at"]))
    said = "".join(
        f"<div><b>{escape(key.feedback)}</b> · {write.moment(at, language=lang)}: {escape(words or '')}</div>"
        for key, words, at in both)
    left.html(f'<div class="ioc-alert">{said}<div class="ioc-sub">{escape(near)}</div></div>')
    if not feedback.may_merge(screen.viewer, row["place"]):
        return
    with right, st.container(horizontal=True, gap="small"):
        for name, decide in (("merge", feedback.merge), ("keep_apart", feedback.keep_apart)):
            st.button(text(screen, name), key=f"{name}_{duplicate}_{of}", on_click=_decide,
                      args=(screen, decide, duplicate, of))


def _decide(screen: Screen, decide: Callable[..., bool], duplicate: Key, of: Key) -> None:
    done = decide(screen.viewer, duplicate, of)
    st.toast(text(screen, "decided" if done else "already_decided", number=duplicate.feedback))


# The list

WIDTHS = {
    "feedback": 134, "content": 174, "topic": 136, "place": 140, "agency": 172, "clock_due_at": 132, "done_at": 132,
    "rating": 60, "state": 104, "received_at": 96, "channel": 100,
}  # fmt: skip

def _columns(_: Screen, group: str) -> Sequence[ColumnSpec]:
    ended = () if group in ("overdue", "open") else ("done_at", "rating")
    kinds: dict[str, tables.Kind] = {"received_at": "date", "clock_due_at": "moment", "done_at": "moment",
                                     "rating": "number"}  # fmt: skip
    names = ("feedback", "content", "topic", "place", "agency", "clock_due_at", *ended, "state", "received_at",
             "channel")
    return [column(n, kinds.get(n, "text"), width=WIDTHS[n]) for n in names]


REPORTS = Listing(
    fact="feedback",
    figures={
        "overdue": "fb_overdue", "open": "fb_open", "no_evidence": "fb_no_evidence_pct",
        "reopened": "fb_reopened_pct", "unsatisfied": "fb_satisfied_pct", "duplicate": "fb_duplicates",
        "all": "fb_received",
    },
    texts="feedback_page",
    columns=_columns,
    codes={name: name for name in ("agency", "place", "channel", "state", "topic")},
    note=lambda screen: text(screen, "list_private"),
)  # fmt: skip


def reports(screen: Screen) -> None:
    """Draw the list of reports; who sent them is stored nowhere."""
    listing(screen, REPORTS)
