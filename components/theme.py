"""The look of the house: colours, and the one style sheet that brings Streamlit to it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Template

import streamlit as st

SHEET = Path(__file__).with_name("theme.css")
MARKS = {"ok": "●", "near": "▲", "bad": "■", "critical": "◆", "stale": "◌", "none": "–"}


@dataclass(frozen=True)
class Palette:
    """The colours of one mode; each pair of text and ground reaches a contrast of 4.5:1."""

    background: str
    card: str
    line: str
    ink: str
    muted: str
    accent: str
    soft: str
    ok: str
    near: str
    bad: str
    critical: str
    stale: str
    none: str
    contrast: str
    neutral: str
    series: tuple[str, ...]
    classes: tuple[str, ...]


LIGHT = Palette(
    "#F6F7F9", "#FFFFFF", "#E1E6EC", "#16202C", "#55606E", "#0B5394", "#EEF3F8",
    "#1B7A48", "#8A5A00", "#B3261E", "#7B1E6A", "#626B76", "#55606E", "#C8741F", "#D9DEE4",
    ("#0B5394", "#C8741F", "#2A8C82", "#A23B72", "#626B76", "#8C6D1F"),
    ("#E8EEF5", "#C5D8EB", "#92B8DA", "#4F8CC0", "#0B5394"),
)  # fmt: skip
DARK = Palette(
    "#0A111C", "#121C2B", "#243247", "#EDF2F8", "#A3B1C2", "#7CB8F2", "#1A2739",
    "#5BD08F", "#F4C04E", "#FF8A7A", "#E7A1F0", "#8C99A8", "#A3B1C2", "#F0A35E", "#3A4A60",
    ("#7CB8F2", "#F0A35E", "#5CC4B7", "#E07FB0", "#A3B1C2", "#D1B45A"),
    ("#1E3550", "#26517D", "#3573AC", "#5798D6", "#A9D2F8"),
)  # fmt: skip


_shown: ContextVar[str] = ContextVar("shown", default="")


@contextmanager
def showing(of: str) -> Iterator[None]:
    """Draw in a mode whatever the viewer's screen shows."""
    token = _shown.set(of)
    try:
        yield
    finally:
        _shown.reset(token)


def mode() -> str:
    """Return what the viewer's screen shows, `light` or `dark`."""
    if _shown.get():
        return _shown.get()
    return "dark" if getattr(st.context.theme, "type", None) == "dark" else "light"


def palette(of: str | None = None) -> Palette:
    """Return the colours of a mode, by default of the viewer's."""
    return DARK if (of or mode()) == "dark" else LIGHT


@cache
def sheet(of: str) -> str:
    """Return the style sheet of a mode."""
    chosen = palette(of)
    colours = {name: value for name in Palette.__dataclass_fields__ if isinstance(value := getattr(chosen, name), str)}
    return Template(SHEET.read_text(encoding="utf-8")).substitute(colours)


def apply() -> None:
    """Put the style sheet into the page; called once a run, by the page frame."""
    st.html(f"<style>{sheet(mode())}</style>")
