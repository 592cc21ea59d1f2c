"""What the parts of the socio-economic page share: its texts, how its figures are written, its year."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from html import escape
from typing import Any

import polars as pl
import streamlit as st

from components import asking, labels, tables
from components import format as write
from components.screen import Screen
from components.tables import ColumnSpec
from config.locale import catalogue, say
from services.names import name_of
from services.periods import parse_period

FIRST_YEAR = 2024
CARDS = 8
"""How many rows of a table a phone shows."""
Cell = tuple[str, str]
"""A cell of a table of words: its class and its HTML."""


def text(screen: Screen, key: str, **values: object) -> str:
    """Return a text of this page."""
    return say(f"socioeconomy_page.{key}", screen.language, **values)


def own(name: str, kind: tables.Kind = "text", decimals: int = 0, width: Any = None) -> ColumnSpec:
    """Return a column titled from this page's own texts."""
    texts = catalogue()[f"socioeconomy_page.col_{name}"]
    return ColumnSpec(name, texts["vi"], texts["en"], kind, decimals, width)


def years(language: str) -> dict[str, tuple[str, dict[str, str]]]:
    """Return the choice of plan years, the running one first."""
    now = write.local(asking.moment()).year
    return {"year": (say("socioeconomy_page.year", language), {str(y): str(y) for y in range(now, FIRST_YEAR - 1, -1)})}


def year_of(screen: Screen) -> int:
    """Return the plan year chosen; a past one also becomes the period of the page's figures."""
    year = int(getattr(screen, "year", 0) or write.local(asking.moment()).year)
    running = year == write.local(asking.moment()).year
    screen.chosen["period"] = None if running else str(year)
    return year


def ended(screen: Screen) -> dict[str, datetime]:
    """Return the moment a past year's states are asked at, its end; nothing for the running year."""
    end = parse_period(str(year_of(screen))).end
    return {"at": end} if end < asking.moment() else {}


def series_name(screen: Screen, series: str) -> str:
    """Return what an indicator is called in the published figures."""
    return name_of("series", series)[screen.language]


def agency_name(screen: Screen, agency: str) -> str:
    """Return the name of an owner."""
    return name_of("agency", agency)[screen.language]


def amount(value: float | None, language: str, unit: str = "", exact: float = 1_000) -> str:
    """Write a figure with as many decimals as it needs: 11, 8,27, 17.842; from `exact` on without any."""
    if value is None:
        return write.NOTHING
    most = 2 if unit == "%" else 0 if abs(value) >= exact else 1
    decimals = next((d for d in range(most) if round(value, most) == round(value, d)), most)
    return write.number(value, decimals, language)


def percent(value: float | None, language: str) -> str:
    """Write a rate."""
    return write.percent(value, 1, language)


def until(moment: datetime | None, language: str) -> str:
    """Write up to when a figure goes: 07/2026, or a whole year."""
    if moment is None:
        return write.NOTHING
    local = write.local(moment)
    if (local + timedelta(days=1)).day != 1:
        return local.strftime("%d/%m/%Y")
    return say("ui.year", language, year=local.year) if local.month == 12 else local.strftime("%m/%Y")


def day_of(code: str) -> str:
    """Write a day or period as printed, the year last: 23/10/2025, 10/2025, Q1/2025, Tết/2026."""
    return "/".join(reversed(code.split("-"))).replace("TET", "Tết") if code else ""


def rows_table(key: str, head: Sequence[Cell], rows: Sequence[Sequence[Cell]], language: str) -> None:
    """Draw a table of words and numbers, each written its own way; on a phone the first rows are cards."""
    top = "".join(f'<th class="{css}">{name}</th>' for css, name in head)
    body = "".join("<tr>" + "".join(f'<td class="{c}"><span>{h}</span></td>' for c, h in row) + "</tr>" for row in rows)
    with st.container(key=f"wide_{key}"):
        st.html(f'<table class="ioc-table"><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>')
    made = []
    for row in rows[:CARDS]:
        (_, name), *rest = row
        pairs = [(title, cell) for (_, title), (_, cell) in zip(head[1:], rest, strict=True) if cell != write.NOTHING]
        lines = "".join(f"<div><dt>{title}</dt><dd>{cell}</dd></div>" for title, cell in pairs)
        made.append(f"<div><b>{name}</b><dl>{lines}</dl></div>")
    st.html(f'<div class="ioc-cards">{"".join(made)}</div>')
    if len(rows) > CARDS:
        st.html(tables.left_out(CARDS, len(rows), language))


def small(words: str) -> str:
    """Return quiet words under a cell's own, as HTML."""
    return f'<br><small class="ioc-muted">{escape(words)}</small>' if words else ""


def head_of(*titles: str, numbers: Sequence[str] = ()) -> list[Cell]:
    """Return the head of a table; titles among `numbers` stand at the right."""
    return [("ioc-num" if t in numbers else "", escape(t)) for t in titles]


def verdict(row: dict[str, Any], language: str) -> str:
    """Return mark and word of a verdict as HTML; an old result is grey, whatever it says."""
    word = say(f"socioeconomy_page.verdict_{verdict_word(row)}", language)
    status = {"reached": "ok", "on_track": "ok", "missed": "bad"}.get(row["verdict"], "none")
    if is_old(row):
        return labels.status("stale", language, f"{word} ({say('socioeconomy_page.old', language)})")
    return labels.status(status, language, word) if status != "none" else escape(word)


def is_old(row: dict[str, Any]) -> bool:
    """Say whether a verdict rests on an old result that may have changed; what was reached stays reached."""
    return bool(row["old"]) and row["verdict"] in ("missed", "on_track")


def verdict_word(row: dict[str, Any]) -> str:
    """Return the key of a verdict's word: a closed year was missed, a running one will be."""
    return "missed_closed" if row["verdict"] == "missed" and row["pace_by"] == "closed" else str(row["verdict"])


def states_of(screen: Screen) -> pl.DataFrame:
    """Return the state of every target at the page's moment."""
    return measured(screen, screen.states("eco_targets_missed", **ended(screen)))


def measured(screen: Screen, frame: pl.DataFrame) -> pl.DataFrame:
    """Return rows whose printed units of measure are named in the viewer's language."""
    return frame.with_columns(
        pl.col("unit").replace({u: name_of("measure", u)[screen.language] for u in frame["unit"].unique() if u})
    )
