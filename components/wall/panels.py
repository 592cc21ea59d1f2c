"""The drawings of a field's scene: over time, ranked, by commune; each under what it finds."""

from collections.abc import Callable
from html import escape
from typing import Any

import polars as pl

from components import charts
from components import format as write
from components.chart import full_spec
from components.choropleth import choropleth_spec, class_labels, legend_html
from components.screen import Screen
from components.wall.parts import card
from config.locale import say
from config.wall import Panel
from services import drawings
from services.figure import Figure
from services.indicators import Breakdown

CHART = (640, 350)
"""Nominal pixels of a drawing; on the wall its smallest letters are then about 20 lines of 1080 high."""
CHOROPLETH = (392, 350)
Drawn = tuple[str, str, str, bool]
"""Finding, what is drawn, the drawing (HTML), whether it is simulated."""


def drawn(panel: Panel, screen: Screen, number: int) -> str:
    """Return a panel as a card; the number says where it stands in its scene."""
    asked = {k: v for k, v in (("grain", panel.grain), ("where", panel.where)) if v}
    title, under, body, simulated = PANELS[panel.draw](panel, screen, asked)
    said = panel.title.of(screen.language) if panel.title else title
    return card(f"panel w-panel{number}", body, said, under, simulated, screen.language)


def _picture(spec: Any, key: str, size: tuple[int, int], language: str) -> str:
    svg = drawings.drawn(full_spec(spec, *size, "dark", language)) or ""
    return f'<div class="w-chart" role="img">{svg.replace("clip", f"{key}_clip")}</div>'


def nothing(language: str) -> str:
    """Return the words for what has no data yet."""
    return f'<p class="w-calm">{say("ui.empty_title", language)}</p>'


def _trend(panel: Panel, screen: Screen, asked: dict[str, Any]) -> Drawn:
    language, found = screen.language, screen.divide(panel.of, "time", last=panel.last, **asked)
    figure, frame = found.figure, found.frame.select("start", "value")
    known = frame["value"].drop_nulls()
    title = f"{figure.name[language]}: {write.number(figure.value, figure.decimals, language)} {figure.unit[language]}"
    grain = panel.grain or figure.period.grain if figure.period else "day"
    under = say(
        "wall.trend",
        language,
        last=panel.last,
        grain=say(f"wall.grain_{grain}", language),
        period=write.period_label(figure.period, language),
    )
    if known.len() < 2:
        return title, under, nothing(language), figure.simulated
    limit = None if figure.target_uncertain else figure.target
    spec = charts.line(
        frame,
        unit=figure.unit[language],
        decimals=figure.decimals,
        language=language,
        limit=limit,
        limit_label=say("wall.target", language, value=write.number(limit, figure.decimals, language)),
    )
    return title, under, _picture(spec, panel.of, CHART, language), figure.simulated


def _worst_first(found: Breakdown, panel: Panel, screen: Screen) -> pl.DataFrame:
    rows = screen.name(found.frame).drop_nulls("value").sort("value", descending=found.figure.direction != "up")
    return rows.head(panel.count)


def _extreme(rows: pl.DataFrame, figure: Figure, language: str) -> str:
    """Say who stands worst."""
    end, value = (
        "lowest" if figure.direction == "up" else "highest",
        write.number(rows["value"][0], figure.decimals, language),
    )
    return say(f"wall.{end}", language, name=rows["name"][0], value=value, unit=figure.unit[language])


def _ranked(panel: Panel, screen: Screen, asked: dict[str, Any]) -> Drawn:
    language, found = screen.language, screen.divide(panel.of, panel.by, **asked)
    figure, rows = found.figure, _worst_first(found, panel, screen)
    unit = figure.unit[language]
    under = f"{figure.name[language]} · {unit} · {write.period_label(figure.period, language)}"
    if rows.is_empty():
        return figure.name[language], under, nothing(language), figure.simulated
    title = _extreme(rows, figure, language)
    spec = charts.bars(rows.select("name", "value", "status"), unit="", decimals=figure.decimals, language=language)
    height = min(CHART[1], 60 + 34 * rows.height)
    return title, under, _picture(spec, panel.of, (CHART[0], height), language), figure.simulated


def _communes(panel: Panel, screen: Screen, asked: dict[str, Any]) -> Drawn:
    language, found = screen.language, screen.divide(panel.of, "place", **asked)
    figure, unit, up = found.figure, found.figure.unit[screen.language], found.figure.direction == "up"
    bound = panel.edges[1 if up else 2]
    past = found.frame.filter(pl.col("value") < bound if up else pl.col("value") >= bound)
    title = say(
        f"screen.communes_{'below' if up else 'above'}",
        language,
        count=past.height,
        unit=unit,
        bound=write.number(bound, 0, language),
    )
    worst = _worst_first(found, panel, screen)
    if past.is_empty() and not worst.is_empty():
        title = _extreme(worst, figure, language)
    under = f"{figure.name[language]} · {write.period_label(figure.period, language)}"
    spec = choropleth_spec(found.frame.select("key", "value"), panel.edges, unit, figure.decimals, language)
    words = legend_html(class_labels(panel.edges, unit, 0, language), bool(found.frame["value"].null_count()), language)
    listed = "".join(
        f'<tr><td>{escape(row["name"])}</td><td class="ioc-num ioc-{row["status"] or "none"}">'
        f'{write.number(row["value"], figure.decimals, language)}</td></tr>'
        for row in worst.iter_rows(named=True)
    )  # fmt: skip
    head = say("wall.worst", language, unit=unit)
    table = f'<table class="w-list"><thead><tr><th colspan="2">{escape(head)}</th></tr></thead>{listed}</table>'
    body = f'<div class="w-beside">{_picture(spec, panel.of, CHOROPLETH, language)}<div>{table}</div></div>{words}'
    return title, under, body, figure.simulated


PANELS: dict[str, Callable[[Panel, Screen, dict[str, Any]], Drawn]] = {
    "trend": _trend, "ranked": _ranked, "communes": _communes,
}  # fmt: skip
