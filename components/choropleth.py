"""The 166 communes in five classes, drawn as a chart."""

from collections.abc import Sequence
from html import escape
from itertools import pairwise
from typing import Any

import altair as alt
import polars as pl
import streamlit as st

from components import format as write
from components.chart import chart
from components.charts import class_of
from components.theme import palette
from config.locale import say
from services.drawings import COMMUNES_URL


def class_labels(
    edges: Sequence[float], unit: str = "", decimals: int = 0, language: str = "vi", counts: bool = False
) -> list[str]:
    """Name the five classes between four edges: `<70`, `70–80`, …, `≥95 %`; of counts `0`, `1`, `2–3`, …, `≥7`."""
    texts = [write.number(edge, decimals, language) for edge in edges]
    if counts:
        ends = [write.number(edge - 1, 0, language) for edge in edges]
        inner = [low if low == end else f"{low}–{end}" for low, end in zip(texts, ends[1:], strict=False)]
        return ["0" if edges[0] == 1 else f"<{texts[0]}", *inner, f"≥{texts[-1]} {unit}".strip()]
    inner = [f"{low}–{high}" for low, high in pairwise(texts)]
    return [f"<{texts[0]}", *inner, f"≥{texts[-1]} {unit}".strip()]


def choropleth_spec(
    frame: pl.DataFrame,
    edges: Sequence[float],
    unit: str = "",
    decimals: int = 1,
    language: str = "vi",
    tones: Sequence[str] = (),
) -> Any:
    """Return the map of the communes; `frame` holds `key` (code), `value` and, as doors, `url`.

    Where its classes are kinds rather than amounts, it also holds each row's `tone` (colour) and `text` (words).
    `tones`: the colours of the five classes, by default from light to dark.
    """
    colours = palette()
    doors = "url" in frame.columns
    values = [
        {
            "key": row["key"],
            "tone": row.get("tone") or (tones or colours.classes)[min(at, 4)],
            "text": row.get("text") or f"{write.number(row['value'], decimals, language)} {unit}".strip(),
            **({"url": row["url"]} if doors else {}),
        }
        for row in frame.iter_rows(named=True)
        if (at := class_of(row["value"], edges)) is not None
    ]
    fields = ["tone", "text", *(["url"] if doors else [])]
    shapes = alt.UrlData(url=COMMUNES_URL, format=alt.JsonDataFormat(type="json", property="features"))
    known: Any = (
        alt.Chart(shapes)
        .transform_lookup(
            lookup="properties.code",
            from_=alt.LookupData(data=alt.InlineData(values=values), key="key", fields=fields),
        )
        .transform_calculate(shown=f"datum.text || '{say('ui.no_data', language)}'")
    )
    hover = [
        alt.Tooltip("properties.full_name:N", title=say("ui.place", language)),
        alt.Tooltip("shown:N", title="\u200b"),
    ]
    door: dict[str, Any] = {"href": "url:N"} if doors else {}
    missing = known.transform_filter("!isValid(datum.tone)").mark_geoshape(
        fill=colours.card, stroke=colours.muted, strokeWidth=0.7, strokeDash=[2, 2]
    )
    filled = known.transform_filter("isValid(datum.tone)").mark_geoshape(
        stroke=colours.card, strokeWidth=0.5, cursor="pointer" if doors else "default"
    )
    return alt.layer(
        filled.encode(color=alt.Color("tone:N", scale=None), tooltip=hover, **door),
        missing.encode(tooltip=hover),
    ).project(type="mercator")


def legend_html(labels: Sequence[str], has_missing: bool, language: str = "vi", tones: Sequence[str] = ()) -> str:
    """Return the classes with their names and colours, and what no data looks like, as HTML."""
    colours = palette()
    box = "display:inline-block;width:.85rem;height:.6rem;margin-right:.35rem;box-sizing:border-box"
    items = [
        f'<span style="white-space:nowrap"><i style="{box};background:{colour}"></i>{escape(label)}</span>'
        for label, colour in zip(labels, tones or colours.classes, strict=False)
    ]
    if has_missing:
        items.append(
            f'<span style="white-space:nowrap"><i style="{box};border:1px dashed {colours.muted}"></i>'
            f"{say('ui.no_data', language)}</span>"
        )
    return f'<div class="ioc-sub" style="display:flex;flex-wrap:wrap;gap:.2rem .6rem">{"".join(items)}</div>'


def legend(labels: Sequence[str], has_missing: bool, language: str = "vi", tones: Sequence[str] = ()) -> None:
    """Draw the classes with their names and colours."""
    st.html(legend_html(labels, has_missing, language, tones))


def choropleth(
    frame: pl.DataFrame,
    *,
    edges: Sequence[float],
    key: str,
    title: str,
    subtitle: str = "",
    alt_text: str = "",
    unit: str = "",
    decimals: int = 1,
    labels: Sequence[str] | None = None,
    tones: Sequence[str] = (),
    width: int = 392,
    height: int = 350,
    simulated: bool = False,
    language: str = "vi",
) -> None:
    """Draw the map of the communes with its legend and the source of the boundaries.

    `frame` is the frame of a Breakdown by place: `key`, `value`, and `url` where a commune is a door.
    """
    chart(
        choropleth_spec(frame, edges, unit, decimals, language, tones),
        key=key,
        title=title,
        subtitle=subtitle,
        alt_text=alt_text or f"{title}. {subtitle}",
        width=width,
        height=height,
        simulated=simulated,
        fluid=False,
        language=language,
    )
    known = frame.drop_nulls("value")["key"].n_unique()
    named = labels or class_labels(edges, unit, 0, language, counts=decimals == 0 and unit != "%")
    legend(named, known < 166, language, tones)
    st.html(f'<div class="ioc-note ioc-credit">{say("ui.boundary_attribution", language)}</div>')
