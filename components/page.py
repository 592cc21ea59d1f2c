"""The frame of a page: title and question, filters at the right, cards and their columns."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, time, timedelta
from html import escape

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from components import format as write
from components import labels
from config.locale import say
from services.figure import Freshness

PROPORTIONS = {
    "why_map_worst": (436, 420, 244),
    "main_side": (868, 244),
    "two": (1, 1),
    "three": (1, 1, 1),
}
FRESH_MARK = {"fresh": "ok", "late": "stale", "dead": "stale", "empty": "stale", "dated": "none"}


def freshness_line(
    freshness: Freshness, until: datetime | None, now: datetime, coverage: str = "", language: str = "vi"
) -> str:
    """Return how fresh the data of a page is, as HTML: mark, words, coverage."""
    of_a_day = until is not None and write.local(until).time() == time(0) and now - until > timedelta(days=1)
    dated = freshness == Freshness.DATED or of_a_day
    when = write.date(until) if dated else write.moment(until, now, language)
    text = escape(say(f"ui.fresh_{freshness}", language, when=when))
    mark = FRESH_MARK[freshness]
    after = f" · {escape(coverage)}" if coverage else ""
    return f'<span class="ioc-{mark}">{labels.mark(mark)}{text}</span>{after}'


@contextmanager
def header(title: str, question: str = "", freshness: str = "", language: str = "vi") -> Iterator[None]:
    """Draw title, question and `freshness_line`; what is drawn inside the block stands at the right."""
    left, right = st.columns([1.15, 1], vertical_alignment="top")
    line = " · ".join(part for part in (escape(question), freshness) if part)
    left.html(f'<div class="ioc-title"><h1>{escape(title)}</h1><p>{line}</p></div>')
    with right, st.container(horizontal=True, key="page_filters", gap="small"):
        yield


def columns_for(shape: str) -> Sequence[DeltaGenerator]:
    """Return the columns of a named shape: `why_map_worst`, `main_side`, `two`, `three`."""
    return st.columns(PROPORTIONS[shape], gap="small")


def heading(title: str, subtitle: str = "", simulated: bool = False, language: str = "vi") -> None:
    """Draw the finding over a chart or list, what is drawn under it, and the simulated box."""
    box = labels.simulated(language) if simulated else ""
    sub = f'<div class="ioc-sub">{escape(subtitle)}</div>' if subtitle else ""
    st.html(f'<div class="ioc-head"><h3>{escape(title)}</h3>{sub}{box}</div>')


@contextmanager
def card(
    key: str, title: str = "", subtitle: str = "", simulated: bool = False, language: str = "vi"
) -> Iterator[None]:
    """Open a card; `key` is unique on the page."""
    with st.container(key=f"card_{key}"):
        if title:
            heading(title, subtitle, simulated, language)
        yield


def note(text: str) -> None:
    """Draw a line of small print, such as the source under a chart."""
    st.html(f'<div class="ioc-note">{escape(text)}</div>')
