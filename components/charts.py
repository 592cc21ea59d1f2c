"""Charts that pages ask for by name: line, ranked bars, heat map. Each returns an Altair spec."""

from collections.abc import Sequence
from datetime import UTC, datetime
from math import ceil, floor
from typing import Any

import altair as alt
import polars as pl

from components import format as write
from components.theme import palette
from config.locale import say

_LOCAL = "Asia/Ho_Chi_Minh"
NAMES_MOST = 170
"""The most pixels that names at the ends of lines may take; a longer one is shortened."""


def _rows(frame: pl.DataFrame) -> alt.InlineData:
    """Return rows for a chart; instants become local time without a zone, so that every browser agrees."""
    instants = [name for name, kind in frame.schema.items() if isinstance(kind, pl.Datetime)]
    local = [
        (pl.col(n) if frame.schema[n].time_zone else pl.col(n).dt.replace_time_zone("UTC"))  # type: ignore[attr-defined]
        .dt.convert_time_zone(_LOCAL)
        .dt.strftime("%Y-%m-%dT%H:%M:%S")
        for n in instants
    ]
    return alt.InlineData(values=frame.with_columns(local).to_dicts())


def _clock(moment: datetime) -> str:
    return write.local(moment).strftime("%Y-%m-%dT%H:%M:%S")


def _day_format(frame: pl.DataFrame, name: str) -> str:
    first, last = frame[name].min(), frame[name].max()
    days = (last - first).days if isinstance(first, datetime) and isinstance(last, datetime) else 0
    return "%Y" if days > 5 * 366 else "%m/%Y" if days > 100 else "%d/%m" if days > 2 else "%H:%M"


def _axis_format(values: pl.Series, limit: float | None, zero: bool, most: int = 2) -> str:
    known = [float(value) for value in values.drop_nulls()] + ([limit] if limit is not None else [])
    known += [0.0] if zero else []
    spread = max(known, default=1.0) - min(known, default=0.0)
    return f",.{min(most, 0 if spread >= 8 else 1 if spread >= 0.8 else 2)}f"


def _whole_ticks(values: pl.Series, limit: float | None, zero: bool) -> dict[str, Any]:
    """Return the ticks of an axis of few countable things: 1, 2, 3, never 1,5."""
    known = [float(v) for v in values.drop_nulls()] + ([limit] if limit is not None else []) + ([0.0] if zero else [])
    if not known or max(known) - min(known) > 5:
        return {}
    return {"values": list(range(floor(min(known)), ceil(max(known)) + 1))}


def _domain(frame: pl.DataFrame, today: datetime | None) -> dict[str, Any]:
    """Return the scale of time: from the first value on, as far as the data, or today where today is marked."""
    first, last = frame["start"].min(), frame["start"].max()
    if today is None or not isinstance(first, datetime) or not isinstance(last, datetime):
        return {"nice": False}
    first, last = (m if m.tzinfo else m.replace(tzinfo=UTC) for m in (first, last))
    return {"nice": False, "domain": [_clock(first), _clock(max(last, today))]}


def _from_first(frame: pl.DataFrame) -> pl.DataFrame:
    """Leave out the time before anything was measured: a feed that began last month is no gap of eleven."""
    began = frame.drop_nulls("value")["start"].min()
    return frame if began is None else frame.filter(pl.col("start") >= began)


def _time_axis(frame: pl.DataFrame, shape: str) -> alt.Axis:
    """Return the axis of time; of a few days each is named once, at its midnight."""
    each_day: Any = {"interval": "day", "step": 1}
    first, last = frame["start"].min(), frame["start"].max()
    days = (last - first).days if isinstance(first, datetime) and isinstance(last, datetime) else 0
    ticks = each_day if shape == "%d/%m" and days <= 12 else 6
    return alt.Axis(format=shape, labelOverlap="greedy", labelSeparation=6, tickCount=ticks)


def words(base: alt.Chart, size: int = 11, **mark: Any) -> list[alt.Chart]:
    """Return words that stay readable over lines: drawn twice, first as a halo in the card's colour."""
    halo = {
        **mark,
        "color": palette().card,
        "stroke": palette().card,
        "strokeWidth": 5,
        "strokeJoin": "round",
    }
    return [base.mark_text(fontSize=size, **halo), base.mark_text(fontSize=size, **mark)]


def line(
    frame: pl.DataFrame,
    *,
    unit: str = "",
    decimals: int = 1,
    limit: float | None = None,
    limit_label: str = "",
    today: datetime | None = None,
    zero: bool = False,
    language: str = "vi",
) -> Any:
    """Draw values over time with a gap where there is none.

    `frame` holds `start` (UTC), `value` and, for up to four lines, `series`; names stand at the lines' ends.
    """
    colours = palette()
    many = "series" in frame.columns
    frame = _from_first(frame)
    texts = [f"{write.number(value, decimals, language)} {unit}".strip() for value in frame["value"]]
    frame = frame.select("start", "value", *(["series"] if many else [])).with_columns(text=pl.Series(texts))
    shape = _day_format(frame, "start")
    data = _rows(frame)
    x = alt.X(
        "start:T",
        title=None,
        axis=_time_axis(frame, shape),
        scale=alt.Scale(**_domain(frame, today)),
    )
    whole = {} if decimals else _whole_ticks(frame["value"], limit, zero)
    y = alt.Y(
        "value:Q",
        title=None,
        scale=alt.Scale(zero=zero, nice=True),
        axis=alt.Axis(format=_axis_format(frame["value"], limit, zero, decimals), **whole),
    )
    order = list(dict.fromkeys(frame["series"])) if many else []
    colour: Any = (
        alt.Color("series:N", legend=None, scale=alt.Scale(domain=order, range=list(colours.series[: len(order)])))
        if many
        else alt.value(colours.accent)
    )
    moment = "%H:%M %d/%m/%Y" if shape == "%H:%M" or frame["start"].n_unique() > 60 else "%d/%m/%Y"
    hover = [alt.Tooltip("start:T", title=say("ui.label_period", language), format=moment)]
    hover += [alt.Tooltip("series:N", title=" ")] if many else []
    hover += [alt.Tooltip("text:N", title="\u200b")]
    base = alt.Chart(data)
    layers: list[Any] = []
    if today is not None:
        layers += _today(today, say("ui.today", language), colours.muted)
    layers.append(base.mark_line().encode(x=x, y=y, color=colour))
    if frame.height <= 60:
        known = base.transform_filter("isValid(datum.value)")
        layers.append(known.mark_point(filled=True, size=12).encode(x=x, y=y, color=colour))
    if limit is not None:
        number = write.number(limit, 0 if float(limit).is_integer() else decimals, language)
        layers += _limit(frame, limit, limit_label or say("ui.limit", language, value=number), zero, colours.bad)
    touch = base.mark_point(filled=True, size=60, opacity=0.001)
    layers.append(touch.encode(x=x, y=y, color=colour, tooltip=hover))
    if many:
        layers += _names(frame, x, y, colour, zero)
    return alt.layer(*layers)


def _names(frame: pl.DataFrame, x: alt.X, y: alt.Y, colour: Any, zero: bool) -> list[Any]:
    """Return the names at the lines' ends; that of a line which ends among others stands on their free side."""
    last = frame.drop_nulls("value").sort("start").group_by("series", maintain_order=True).last()
    early, end = [], last["start"].max()
    at_end = last.filter(pl.col("start") == end)
    named = list(zip(at_end.iter_slices(1), _apart(at_end["value"], frame["value"], zero), strict=True))
    for row in last.filter(pl.col("start") < end).iter_slices(1):
        after = frame.filter(pl.col("start") > row["start"][0], pl.col("series") != row["series"][0])["value"].mean()
        below = isinstance(after, int | float) and after >= row["value"][0]
        early.append((row, 13.0 if below else -11.0))
    made: list[Any] = []
    for row, dy in named + early:
        base = alt.Chart(_rows(row)).encode(x=x, y=y, text="series:N")
        mark: Any = {"align": "left", "dx": 6, "dy": dy, "fontSize": 12, "fontWeight": 500, "limit": NAMES_MOST - 12}
        made.append(base.mark_text(**mark).encode(color=colour))
    return made


def _apart(ends: pl.Series, values: pl.Series, zero: bool, plot: int = 110, line_height: int = 14) -> list[float]:
    """Return by how many pixels the names at the lines' ends move so that none covers another.

    `plot`: the height in pixels of the lowest plot; in a higher one the names stand farther apart.
    """
    low, high = (float(v) if isinstance(v, int | float) else 0.0 for v in (values.min(), values.max()))
    low = min(low, 0.0) if zero else low
    at = [-plot * (float(v) - low) / ((high - low) or 1.0) for v in ends]
    moved, before = list(at), float("-inf")
    for i in sorted(range(len(at)), key=at.__getitem__):
        moved[i] = before = max(at[i], before + line_height)
    back = sum(m - a for m, a in zip(moved, at, strict=True)) / (len(at) or 1)
    return [round(m - a - back, 1) for m, a in zip(moved, at, strict=True)]


def _limit(frame: pl.DataFrame, value: float, label: str, zero: bool, colour: str) -> list[alt.Chart]:
    rule = alt.Chart(alt.InlineData(values=[{"limit": value}])).mark_rule(color=colour, strokeWidth=1)
    return [rule.encode(y="limit:Q"), *limit_words(frame, value, label, zero, colour)]


def limit_words(frame: pl.DataFrame, value: float, label: str, zero: bool, colour: str) -> list[alt.Chart]:
    """Return the words of a limit at that end and side of its line where they cover the fewest values.

    `frame` holds `start` and `value`; `zero`: whether the axis begins there.
    """
    right, above = _clearest(frame, value, zero)
    base = alt.Chart(alt.InlineData(values=[{"limit": value, "label": label}]))
    said = base.encode(x=alt.value("width" if right else 0), y="limit:Q", text="label:N")
    return words(said, align="right" if right else "left", dx=-3 if right else 3, color=colour,
                  baseline="bottom" if above else "top", dy=-3 if above else 4)  # fmt: skip


def _clearest(frame: pl.DataFrame, limit: float, zero: bool) -> tuple[bool, bool]:
    """Say whether words on a limit's line stand at its right end, and whether above it; at best left and above.

    Words take about a third of the width and a tenth of the height of a plot.
    """
    start = pl.col("start").to_physical()
    rank = (start - start.min()) / (start.max() - start.min()).clip(1)
    known = frame.with_columns(rank.alias("rank")).drop_nulls("value")
    values: list[float] = [*known["value"].to_list(), limit, *([0.0] if zero else [])]
    rise = 0.12 * (max(values) - min(values))

    def covered(place: tuple[bool, bool]) -> int:
        right, above = place
        low = limit if above else limit - rise
        end = pl.col("rank") > 0.66 if right else pl.col("rank") < 0.34
        under = known.filter(end, pl.col("value").is_between(low, low + rise)).height
        return under if low >= min(values) else known.height

    return min([(False, True), (True, True), (False, False), (True, False)], key=covered)


def _today(moment: datetime, label: str, colour: str) -> list[alt.Chart]:
    base = alt.Chart(alt.InlineData(values=[{"at": _clock(moment), "label": label}])).encode(x="at:T")
    return [
        base.mark_rule(color=colour, strokeDash=[2, 2], strokeWidth=1),
        base.mark_text(align="right", baseline="top", dx=-4, color=colour, fontSize=11).encode(
            y=alt.value(0), text="label:N"
        ),
    ]


def bars(
    frame: pl.DataFrame,
    *,
    unit: str = "",
    decimals: int = 1,
    limit: float | None = None,
    highlight: str | None = None,
    language: str = "vi",
) -> Any:
    """Draw ranked horizontal bars with their values, in the order of the rows.

    `frame` holds `name`, `value` and, when wanted, `status`; the bar named `highlight` takes the accent,
    the others a quiet tone. Give the chart about 24 pixels a row.
    """
    colours = palette()
    texts = [f"{write.number(value, decimals, language)} {unit}".strip() for value in frame["value"]]
    tones = _tones(frame, highlight)
    frame = frame.select("name", "value").with_columns(text=pl.Series(texts), tone=pl.Series(tones))
    values = [float(value) for value in frame["value"] if value is not None]
    top = max([*values, limit or 0.0, 0.0]) or 1.0
    low = min([*values, 0.0])
    x = alt.X("value:Q", title=None, axis=None, scale=alt.Scale(domain=[low, top * 1.22]))
    y = alt.Y("name:N", sort=None, title=None, axis=alt.Axis(grid=False, labelLimit=170, labelColor=colours.ink))
    base = alt.Chart(_rows(frame)).encode(x=x, y=y)
    hover = [alt.Tooltip("name:N", title=" "), alt.Tooltip("text:N", title="\u200b")]
    layers: list[Any] = [
        base.mark_bar(height={"band": 0.62}).encode(color=alt.Color("tone:N", scale=None), tooltip=hover)
    ]
    if limit is not None:
        number = write.number(limit, 0 if float(limit).is_integer() else decimals, language)
        label = say("ui.target", language, value=number)
        rule = alt.Chart(alt.InlineData(values=[{"limit": limit, "label": label}])).encode(
            x=alt.X("limit:Q", axis=None)
        )
        layers.append(rule.mark_rule(color=colours.muted, strokeWidth=1))
        told = rule.mark_text(fontSize=11, color=colours.muted, baseline="bottom", dy=-3)
        layers.append(told.encode(text="label:N", y=alt.value(0)))
    layers += words(base.encode(text="text:N"), 12, align="left", dx=5, color=colours.ink)
    return alt.layer(*layers).properties(
        padding={"left": 0, "right": 4, "top": 18 if limit is not None else 4, "bottom": 0}
    )


def _tones(frame: pl.DataFrame, highlight: str | None) -> list[str]:
    colours = palette()
    if "status" in frame.columns:
        return [
            getattr(colours, status or "none") if status != "none" else colours.accent for status in frame["status"]
        ]
    if highlight is None:
        return [colours.accent] * frame.height
    return [colours.accent if name == highlight else colours.classes[2] for name in frame["name"]]


def heat(
    frame: pl.DataFrame,
    *,
    edges: Sequence[float],
    unit: str = "",
    decimals: int = 1,
    columns_order: Sequence[str] | None = None,
    language: str = "vi",
) -> Any:
    """Draw places by period as a grid of classes; `frame` holds `row`, `column`, `value`, at most 500 cells.

    `edges` are the four bounds between five classes; a cell without a value stays empty with a dash.
    """
    colours = palette()
    cells = frame.select("row", "column", "value").with_columns(
        tone=pl.Series([class_colour(value, edges) for value in frame["value"]]),
        text=pl.Series([write.number(value, decimals, language) for value in frame["value"]]),
        ink=pl.Series([_ink_on(value, edges) for value in frame["value"]]),
    )
    x = alt.X(
        "column:N",
        sort=list(columns_order) if columns_order else None,
        title=None,
        axis=alt.Axis(
            orient="top",
            labelAngle=0,
            domain=False,
            labelFlush=False,
            labelFontSize=10,
            labelOverlap="greedy",
        ),
    )
    y = alt.Y("row:N", sort=None, title=None, axis=alt.Axis(grid=False, labelLimit=180, labelColor=colours.ink))
    base = alt.Chart(_rows(cells)).encode(x=x, y=y)
    hover = [
        alt.Tooltip("row:N", title=" "),
        alt.Tooltip("column:N", title=say("ui.label_period", language)),
        alt.Tooltip("text:N", title=unit or "\u200b"),
    ]
    return alt.layer(
        base.mark_rect(stroke=colours.card, strokeWidth=1).encode(color=alt.Color("tone:N", scale=None), tooltip=hover),
        base.mark_text(fontSize=11).encode(text="text:N", color=alt.Color("ink:N", scale=None)),
    )


def class_of(value: float | None, edges: Sequence[float]) -> int | None:
    """Return which class a value falls into, 0 for under the first edge; None without a value."""
    return None if value is None else sum(value >= edge for edge in edges)


def class_colour(value: float | None, edges: Sequence[float]) -> str:
    """Return the colour of a value's class, the card's own without a value."""
    at = class_of(value, edges)
    return palette().card if at is None else palette().classes[min(at, 4)]


def _ink_on(value: float | None, edges: Sequence[float]) -> str:
    colours = palette()
    at = class_of(value, edges)
    dark_ground = at is not None and ((at >= 3) if colours.card == "#FFFFFF" else at <= 2)
    return colours.muted if at is None else "#FFFFFF" if dark_ground else "#16202C"
