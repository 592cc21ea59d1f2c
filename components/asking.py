"""Asks the one question for a screen, and remembers the answer until a fact, the minute or the viewer changes.

The cache is keyed by the facts' versions: a screen is never stale and never computes twice what did not change.
"""

from collections.abc import Mapping
from datetime import datetime
from math import ceil
from typing import Any

import polars as pl
import streamlit as st

from config.registry import load_registry
from data_access.database import now
from services import indicators
from services.access import Viewer
from services.figure import Figure
from services.indicators import Breakdown
from services.versions import version_behind

MOST_ANSWERS = 4_000


def _minute(by: object = None) -> str:
    """Return the clock's part of a key: a series over time is asked anew every ten minutes, all else each minute."""
    return f"{now():%Y%m%d%H%M}"[: -1 if by == "time" else None]


@st.cache_data(max_entries=MOST_ANSWERS, show_spinner=False)
def _figure(indicator: str, asked: tuple[tuple[str, Any], ...], viewer: Viewer, version: int, minute: str) -> Figure:
    return indicators.figure(indicator, viewer=viewer, **_kwargs(asked))


@st.cache_data(max_entries=MOST_ANSWERS, show_spinner=False)
def _breakdown(
    indicator: str, asked: tuple[tuple[str, Any], ...], viewer: Viewer, version: int, minute: str
) -> Breakdown:
    return indicators.figures(indicator, viewer=viewer, **_kwargs(asked))


def _kwargs(asked: tuple[tuple[str, Any], ...]) -> dict[str, Any]:
    return {k: dict(v) if k == "where" and v is not None else v for k, v in asked}


def _key(asked: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
    fixed = {k: tuple(sorted(v.items())) if isinstance(v, Mapping) else v for k, v in asked.items()}
    return tuple(sorted(fixed.items()))


def figure(indicator: str, viewer: Viewer, **asked: Any) -> Figure:
    """Return an indicator's figure, as `services.indicators.figure`."""
    return _figure(indicator, _key(asked), viewer, version_behind(indicator), _minute())


def figures(indicator: str, viewer: Viewer, **asked: Any) -> Breakdown:
    """Return an indicator divided, as `services.indicators.figures`."""
    return _breakdown(indicator, _key(asked), viewer, version_behind(indicator), _minute(asked.get("by")))


def course(indicator: str, viewer: Viewer, last: int = 12, **asked: Any) -> Breakdown:
    """Return an indicator over its last periods; of a source that comes less often, those in which it came."""
    found = figures(indicator, viewer, by="time", last=last, **asked)
    registry, period = load_registry(), found.figure.period
    cycle = registry.sources[registry.indicators[indicator].source].cycle
    if cycle is None or period is None or cycle <= period.end - period.start:
        return found
    reach = last * ceil(cycle / (period.end - period.start))
    wide = figures(indicator, viewer, by="time", last=reach, **asked)
    return Breakdown(wide.figure, wide.by, wide.frame.drop_nulls("value").tail(last))


def states(indicator: str, viewer: Viewer, **asked: Any) -> pl.DataFrame:
    """Return the states behind a snapshot indicator, as `services.indicators.states`."""
    return _states(indicator, _key(asked), viewer, version_behind(indicator), _minute())


@st.cache_data(max_entries=64, show_spinner=False)
def _states(
    indicator: str, asked: tuple[tuple[str, Any], ...], viewer: Viewer, version: int, minute: str
) -> pl.DataFrame:
    return indicators.states(indicator, viewer=viewer, **_kwargs(asked))


def moment() -> datetime:
    """Return the clock of the screen."""
    return now()
