"""Charts of the discharge page: days as a grid of states, and a parameter against its limit with its bad hours."""

from collections.abc import Mapping
from datetime import date
from html import escape
from typing import Any

import altair as alt
import polars as pl
import streamlit as st

from components import charts, theme
from components import format as write
from config.locale import say
from services.methods.discharge import DAY_STATES

MARKS: Mapping[str, str] = {
    "over_day": "◆", "over": "■", "stuck": "▲", "broken": "×", "missing": "◌", "calibrating": "○", "ok": "", "none": "",
}  # fmt: skip
STATUS: Mapping[str, str] = {
    "over_day": "critical", "over": "bad", "stuck": "near", "broken": "stale", "missing": "stale",
    "calibrating": "none", "ok": "ok", "none": "none",
}  # fmt: skip
BANDS = ("stuck", "calibrating", "broken", "missing")


def word(state: str, language: str) -> str:
    """Return what a state is called."""
    return say(f"discharge_page.state_{state}", language)


def fill(state: str) -> str:
    """Return the colour of a state in grids, bands and legends."""
    colours = theme.palette()
    own = {"ok": colours.classes[0], "calibrating": colours.classes[2], "missing": colours.line, "none": colours.card}
    return own.get(state) or str(getattr(colours, STATUS[state]))


def legend(states: tuple[str, ...] = DAY_STATES[:-1], language: str = "vi") -> None:
    """Name the states of a grid or of bands, each with its colour and mark."""
    items = "".join(
        f'<span style="white-space:nowrap"><i style="display:inline-block;width:.9rem;height:.9rem;line-height:.9rem;'
        f"font-style:normal;font-size:.6rem;text-align:center;vertical-align:-2px;margin-right:.3rem;color:"
        f'{_ink(state)};background:{fill(state)};border:1px solid var(--line)">{MARKS[state]}</i>'
        f"{escape(word(state, language))}</span>"
        for state in states
    )
    st.html(f'<div class="ioc-sub" style="display:flex;flex-wrap:wrap;gap:.2rem .7rem">{items}</div>')


def _ink(state: str) -> str:
    colours = theme.palette()
    return colours.muted if state in ("missing", "ok", "none") else colours.card


def state_grid(frame: pl.DataFrame, marked: date | None, language: str = "vi") -> Any:
    """Draw days as columns, outlets or parameters as rows; `frame` holds `row`, `day` (date), `state`, `tip`.

    `marked` is the day being looked at.
    """
    days = frame["day"].unique().sort().to_list()
    names = [f"{d:%d/%m}" for d in days]
    cells = frame.select(
        "row", "tip", pl.col("day").dt.strftime("%d/%m").alias("column"),
        pl.col("state").replace_strict({s: fill(s) for s in MARKS}, return_dtype=pl.String).alias("tone"),
        pl.col("state").replace_strict(MARKS, return_dtype=pl.String).alias("mark"),
        pl.col("state").replace_strict({s: _ink(s) for s in MARKS}, return_dtype=pl.String).alias("ink"),
    )  # fmt: skip
    axis = alt.Axis(orient="top", values=names[::7], labelAngle=0, domain=False, labelFontSize=10, labelFlush=False)
    x = alt.X("column:O", sort=names, title=None, axis=axis)
    y = alt.Y("row:N", sort=None, title=None, axis=alt.Axis(grid=False, labelLimit=150))
    base = alt.Chart(alt.InlineData(values=cells.to_dicts())).encode(x=x, y=y)
    hover = [alt.Tooltip("row:N", title=" "), alt.Tooltip("tip:N", title="\u200b")]
    colours = theme.palette()
    layers = [
        base.mark_rect(stroke=colours.card, strokeWidth=1).encode(color=alt.Color("tone:N", scale=None), tooltip=hover),
        base.mark_text(fontSize=9).encode(text="mark:N", color=alt.Color("ink:N", scale=None)),
    ]
    if marked in days:
        one = alt.Chart(alt.InlineData(values=[{"column": f"{marked:%d/%m}"}])).encode(x=x)
        layers.append(one.mark_rect(fillOpacity=0, stroke=colours.ink, strokeWidth=2))
    return alt.layer(*layers)


def _clock(name: str) -> pl.Expr:
    return pl.col(name).dt.convert_time_zone("Asia/Ho_Chi_Minh").dt.strftime("%Y-%m-%dT%H:%M:%S")


def spans(hours: pl.DataFrame) -> pl.DataFrame:
    """Return the stretches of hours in which the instrument gave no honest value: `state, start, end`."""
    run = (pl.col("state") != pl.col("state").shift(1)).fill_null(True).cum_sum().alias("run")
    found = hours.with_columns(run).filter(pl.col("state").is_in(BANDS)).group_by("run", maintain_order=True)
    return found.agg(
        pl.col("state").first(), pl.col("period").min().alias("start"),
        pl.col("period").max().dt.offset_by("1h").alias("end")).drop("run")


def against_limit(hours: pl.DataFrame, unit: str, decimals: int, language: str = "vi") -> Any:
    """Draw the hourly means of a parameter, its limits as they held, and bands where the instrument gave no value."""
    colours = theme.palette()
    bands = spans(hours).with_columns(
        _clock("start").alias("from"), _clock("end").alias("to"),
        pl.col("state").replace_strict({s: fill(s) for s in BANDS}, return_dtype=pl.String).alias("tone"),
        pl.col("state").replace_strict({s: word(s, language) for s in BANDS}, return_dtype=pl.String).alias("word"),
        pl.col("state").replace_strict({s: MARKS[s] for s in BANDS}, return_dtype=pl.String).alias("mark"),
    ).drop("start", "end")  # fmt: skip
    held = alt.Chart(alt.InlineData(values=bands.to_dicts()))
    ends = {"x": alt.X("from:T"), "x2": "to:T"}
    tone = alt.Color("tone:N", scale=None)
    layers: list[Any] = [
        held.mark_rect(opacity=0.45).encode(**ends, color=tone, tooltip=[alt.Tooltip("word:N", title="\u200b")]),
        held.mark_text(baseline="top", align="left", dx=1, fontSize=10, color=colours.ink).encode(
            x="from:T", y=alt.value(1), text="mark:N"),
    ]  # fmt: skip
    value = pl.coalesce("judged", "mean").alias("value")
    values = hours.select(pl.col("period").alias("start"), value)
    line = charts.line(values, unit=unit, decimals=decimals, zero=True, language=language)
    return alt.layer(*layers, line, *_limits(hours, values, decimals, language))


def _limits(hours: pl.DataFrame, values: pl.DataFrame, decimals: int, language: str) -> list[Any]:
    drawn: list[Any] = []
    for bound in ("upper", "lower"):
        told = hours.drop_nulls(bound).select(_clock("period").alias("at"), pl.col(bound).alias("limit"))
        if told.is_empty():
            continue
        last = told["limit"][-1]
        shown = write.number(last, 0 if float(last).is_integer() else max(decimals, 1), language)
        label = say("discharge_page.limit_label", language, value=shown)
        base = alt.Chart(alt.InlineData(values=told.to_dicts()))
        drawn.append(base.mark_line(interpolate="step-after", strokeWidth=1, color=theme.palette().bad).encode(
            x="at:T", y="limit:Q"))  # fmt: skip
        drawn += charts.limit_words(values, last, label, True, theme.palette().bad)
    return drawn
