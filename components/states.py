"""The states that are not data: empty, loading, late, simulated, failed; each designed once."""

from html import escape

import streamlit as st

from components import labels
from config.locale import say


def empty(why: str = "", what_to_do: str = "", language: str = "vi", title: str | None = None) -> None:
    """Say that there is nothing to show, why, and what to do."""
    head = escape(title or say("ui.empty_title", language))
    text = " ".join(escape(part) for part in (why, what_to_do) if part)
    st.html(f'<div class="ioc-state-box" role="status"><b>{head}</b>{text}</div>')


def skeleton(height: int, language: str = "vi") -> None:
    """Keep the place of something that is on its way; `height` in pixels."""
    st.html(f'<div class="ioc-skeleton" style="height:{height / 16}rem" aria-busy="true"></div>')


def stale_banner(what: str, gap: str, language: str = "vi") -> None:
    """Say which feed is late and for how long, over figures that it feeds."""
    text = escape(say("ui.stale_banner", language, what=what, gap=gap))
    word = say("ui.status_stale", language)
    head = f"{labels.mark('stale')}<b>{word}.</b>"
    st.html(f'<div class="ioc-banner ioc-stale" role="status">{head} <span>{text}</span></div>')


def simulated_legend(language: str = "vi") -> None:
    """Explain the box that marks simulated figures."""
    text, why = say("ui.simulated_legend", language), escape(say("ui.simulated_sentence", language))
    st.html(f'<div style="text-align:right"><span class="ioc-sim" title="{why}">{text}</span></div>')


def error(what: str, code: str = "", next_step: str = "", language: str = "vi") -> None:
    """Say what failed, what is safe, and the next step."""
    title = escape(say("ui.error_title", language, what=what))
    step = escape(next_step or say("ui.error_next", language, code=code))
    st.html(
        f'<div class="ioc-banner ioc-bad" role="alert">{labels.mark("bad")}<b>{title}.</b> '
        f"<span>{say('ui.error_safe', language)} {step}</span></div>"
    )
