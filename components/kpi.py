"""KPI tiles: the strip over a page and the tiles of home."""

import base64
from collections.abc import Mapping, Sequence
from html import escape

import streamlit as st

from components import format as write
from components import labels, theme
from config.locale import say
from services.figure import Figure, Freshness, Status

Trend = Sequence[float | None]


def sparkline(values: Trend, colour: str) -> str:
    """Draw a line of values as an image tag; a gap where one is missing, dots at the last and at lone ones."""
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return ""
    low, high = min(known), max(known)
    span = (high - low) or 1.0
    points = [
        None
        if value is None
        else (3 + 80 * i / (len(values) - 1), 21 - 18 * (value - low) / span if high > low else 12.0)
        for i, value in enumerate(values)
    ]
    path, pen, dots = "", "M", ""
    for before, point, after in zip([None, *points], points, [*points[1:], None], strict=False):
        path += f"{pen}{point[0]:.1f} {point[1]:.1f}" if point else ""
        pen = "L" if point else "M"
        if point and not before and not after:
            dots += f'<circle cx="{point[0]:.1f}" cy="{point[1]:.1f}" r="1.4" fill="{colour}"/>'
    x, y = next(point for point in reversed(points) if point)
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="86" height="24" viewBox="0 0 86 24">'
        f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="1.5" stroke-linejoin="round"/>'
        f'{dots}<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5" fill="{colour}"/></svg>'
    )
    return f'<img alt="" decoding="sync" src="data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}">'


def _difference(values: Trend) -> float | None:
    known = [value for value in values if value is not None]
    return known[-1] - known[-2] if len(known) > 1 and values[-1] is not None and values[-2] is not None else None


def _standing(figure: Figure, trend: Trend, language: str, beside: str = "") -> str:
    """Write status, target and change of a figure as one line; `beside` (HTML) stands for the change."""
    status = labels.shown_status(figure)
    parts = [] if status == "none" else [labels.status(status, language)]
    if figure.freshness == Freshness.EMPTY:
        parts.append(escape(say("ui.fresh_empty", language)))
    elif figure.target_uncertain:
        key = "ui.figure_uncertain" if figure.target is None else "ui.target_uncertain"
        parts.append(escape(say(key, language)))
    elif figure.target is not None:
        sign = {"up": "≥ ", "down": "≤ "}.get(figure.direction, "") if figure.target else ""
        decimals = 0 if float(figure.target).is_integer() else figure.decimals
        parts.append(say("ui.target", language, value=sign + write.number(figure.target, decimals, language)))
    if beside:
        parts.append(beside)
    elif status != "stale" and (difference := _difference(trend)) is not None:
        side = "" if figure.target_uncertain else write.better(difference, figure.direction, figure.decimals)
        text = write.change(difference, figure.decimals, language)
        parts.append(f'<span class="ioc-whole{f" ioc-{side}" if side else ""}">{text}</span>')
    return " · ".join(parts)


def _value(figure: Figure, language: str) -> str:
    unit = escape(figure.unit[language])
    value = write.number(figure.value, figure.decimals, language)
    if figure.hidden:
        share = figure.unit["vi"] == "%"
        value, unit = say("ui.hidden_share" if share else "ui.hidden_small", language), "" if share else unit
    return f'<span class="ioc-value">{value}<span class="ioc-unit">{unit}</span></span>'


def _colour(status: str) -> str:
    return theme.palette().stale if status == "stale" else theme.palette().accent


def _cover(figure: Figure, language: str) -> str:
    title = "\n".join(f"{name}: {text}" for name, text in labels.label_rows(figure, language))
    name = f"{say('ui.trace', language)}: {figure.name[language]}"
    href = f'href="{labels.trace_url(figure)}" title="{escape(title)}"'
    return f'<a class="ioc-cover" {href}>{escape(name)}</a>'


def kpi_tile(
    figure: Figure, trend: Trend = (), language: str = "vi", beside: str = "", traced: bool = True
) -> str:
    """Return one KPI tile as HTML; the tile opens the trace where `traced`, its `Nguồn` the whole truth label.

    `beside`: HTML that stands for the change, such as the same period a year before.
    """
    status = labels.shown_status(figure)
    box = labels.simulated(language) if figure.simulated else ""
    late = " ioc-late" if status == "stale" else ""
    name = escape(figure.name[language])
    return (
        f'<div class="ioc-kpi{late}">{_cover(figure, language) if traced else ""}'
        f'<div class="ioc-row ioc-head-row"><span class="ioc-name">{name}</span>{box}</div>'
        f'<div class="ioc-row">{_value(figure, language)}{sparkline(trend, _colour(status))}</div>'
        f'<div class="ioc-line">{_standing(figure, trend, language, beside)}</div>'
        f'<div class="ioc-truth">{labels.short_line(figure, language)}'
        f"<details><summary>{say('ui.details', language)}</summary>"
        f'<div class="ioc-label">{labels.full_label(figure, language, traced)}</div></details></div></div>'
    )


def kpi_strip(
    figures: Sequence[Figure],
    trends: Mapping[str, Trend] | None = None,
    language: str = "vi",
    beside: Mapping[str, str] | None = None,
    traced: bool = True,
) -> None:
    """Draw KPI tiles side by side; `trends` maps an indicator to its last values, oldest first."""
    trends, beside = trends or {}, beside or {}
    tiles = (
        kpi_tile(f, trends.get(f.indicator, ()), language, beside.get(f.indicator, ""), traced) for f in figures
    )
    st.html(f'<div class="ioc-strip">{"".join(tiles)}</div>')


def tile(
    name: str,
    url: str,
    figure: Figure,
    *,
    status: str | None = None,
    subline: str = "",
    trend: Trend = (),
    language: str = "vi",
) -> str:
    """Return the home tile of a domain as HTML, a door to its page."""
    door = f'<a class="ioc-cover" href="{escape(url)}">{escape(name)}</a>'
    shown = status or labels.shown_status(figure)
    late = " ioc-late" if shown == Status.STALE else ""
    state = f'<span class="ioc-state">{labels.status(shown, language)}</span>' if shown != "none" else ""
    box = labels.simulated(language, short=True) if figure.simulated else ""
    edge = f"--edge:var(--{shown if shown != 'none' else 'line'})"
    return (
        f'<div class="ioc-kpi ioc-tile{late}" style="{edge}">{door}'
        f'<div class="ioc-row ioc-head-row"><span class="ioc-name">{escape(name)}</span>{state}</div>'
        f'<div class="ioc-row">{_value(figure, language)}{sparkline(trend, _colour(shown))}</div>'
        f'<div class="ioc-line">{escape(subline or figure.name[language])}</div>'
        f'<div class="ioc-truth">{labels.short_line(figure, language)}{box}</div></div>'
    )


def tiles(cards: Sequence[str]) -> None:
    """Draw home tiles in their grid."""
    st.html(f'<div class="ioc-tiles">{"".join(cards)}</div>')
