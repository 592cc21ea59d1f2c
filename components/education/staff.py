"""Where teachers are missing: the tiles, by level, on the map, the worst, over the rounds, side by side."""

from collections.abc import Mapping, Sequence

import polars as pl

from components import attention, charts, kpi, page, tables
from components import format as write
from components.chart import chart
from components.choropleth import choropleth
from components.education.terms import once_a_year, over_rounds, own, round_of, text
from components.screen import Screen
from components.states import empty
from config.locale import say
from config.registry import load_registry
from services.figure import Figure
from services.methods.education_norms import LEVELS

SHORT = (2.0, 5.0, 10.0, 20.0)
"""Bounds of the classes of the share of teachers missing, in per cent (product choice)."""
MANY = 20.0
WORDS = ("enough", "little", "some", "much", "severe")
LEAGUE = {
    "schools": "edu_schools", "pupils": "edu_pupils", "posts": "edu_posts", "counted": "edu_counted",
    "short": "edu_short", "short_pct": "edu_short_pct", "surplus": "edu_surplus", "class_size": "edu_class_size",
    "overfull_pct": "edu_overfull_pct", "standard_pct": "edu_standard_pct",
}  # fmt: skip
DECIMALS = {"short_pct": 1, "class_size": 1, "overfull_pct": 1, "standard_pct": 1, "dropout_pct": 2, "per_class": 2}


# Tiles

def strip(screen: Screen, *indicators: str) -> None:
    """Draw tiles with the values of the last rounds; what is counted once a year is of its last time."""
    yearly = {"edu_dropout_pct": once_a_year(screen), "edu_transition_thcs": once_a_year(screen, "dau_nam")}
    found = [over_rounds(screen, name, **yearly.get(name, {})) for name in indicators]
    trends = {part.figure.indicator: part.frame["value"].to_list() for part in found}
    kpi.kpi_strip([part.figure for part in found], trends, screen.language)


# By level

def by_level(screen: Screen) -> None:
    """Draw the teachers missing by level, and how many would be with classes of the region's size."""
    found, lang = screen.divide("edu_short", "level"), screen.language
    rate = screen.divide("edu_short_pct", "level").frame.select("key", pl.col("value").alias("rate"))
    frame = _in_order(screen, screen.name(found.frame)).join(rate, on="key", how="left", maintain_order="left")
    frame, title = frame.drop_nulls("rate"), text(screen, "level_none")
    if frame.height:
        most = frame.sort("rate", descending=True).row(0, named=True)
        title = text(screen, "level_title", level=most["name"], pct=write.percent(most["rate"], 1, lang))
    with screen.card("by_level", title, text(screen, "level_sub", round=round_of(found.figure, lang)),
                     found.figure.simulated):  # fmt: skip
        if frame.is_empty():
            empty(language=lang)
            return
        people = pl.Series([write.number(v, 0, lang) for v in frame["value"]])
        named = frame.select(pl.format("{} ({})", "name", people).alias("name"), pl.col("rate").alias("value"))
        spec = charts.bars(named, unit="%", decimals=1, language=lang)
        chart(spec, key="chart_by_level", alt_text=title, width=420, height=24 * frame.height + 20, language=lang)
        full = screen.figure("edu_short_by_size")
        if full.value is not None:
            page.note(text(screen, "level_note", count=write.number(full.value, 0, lang)))


def _in_order(screen: Screen, frame: pl.DataFrame) -> pl.DataFrame:
    """Return a breakdown by level from the youngest pupils to the oldest."""
    order = {level: at for at, level in enumerate(LEVELS)}
    return frame.sort(pl.col("key").replace_strict(order, default=len(order)))


# Communes

def commune_map(screen: Screen) -> None:
    """Draw the share of teachers missing of the 166 communes, from enough to severely short."""
    found, lang = screen.divide("edu_short_pct", "place", place=None), screen.language
    figure, frame = found.figure, found.frame
    many = frame.filter(pl.col("value") >= MANY).height
    bounds = ("<2", "2–5", "5–10", "10–20", "≥20 %")
    labels = [f"{text(screen, f'short_{w}')} ({b})" for w, b in zip(WORDS, bounds, strict=True)]
    with screen.card("map_short"):
        choropleth(
            frame.with_columns(screen.doors_by("place").alias("url")), edges=SHORT, key="short", unit="%", decimals=1,
            title=text(screen, "map_title", count=many, bound=write.number(MANY, 0, lang)),
            subtitle=text(screen, "map_sub", round=round_of(figure, lang)), labels=labels,
            height=340, simulated=figure.simulated, language=lang,
        )  # fmt: skip


def worst(screen: Screen) -> None:
    """Draw the ten communes with the largest share missing, each a door."""
    found, lang = screen.divide("edu_short_pct", "place", place=None), screen.language
    names = {code: place.name for code, place in load_registry().places.items()}
    frame = found.frame.filter(pl.col("value") > 0).sort("value", descending=True).head(10).select(
        pl.col("key").replace(names).alias("name"), "value", "status", pl.col("numerator").alias("extra"),
        screen.doors_by("place").alias("url"),
    )  # fmt: skip
    with screen.card("worst", text(screen, "worst_title"), text(screen, "worst_sub"), found.figure.simulated):
        attention.ranking(frame, value_title="%", decimals=1, extra_title=text(screen, "people"), language=lang)


def short_name(name: pl.Expr) -> pl.Expr:
    """Return a school's name without the word for school and the mark that its card bears already."""
    return name.str.replace(r"^Trường\s+", "").str.replace(r"\s*\(mô phỏng\)$", "")


# Over time

def course(screen: Screen) -> None:
    """Draw the teachers missing at each round of the last years."""
    found, lang = over_rounds(screen, "edu_short"), screen.language
    values = [write.number(v, 0, lang) for v in found.frame["value"].to_list()]
    title = text(screen, "course_short")
    if len(values) > 3:
        title = text(screen, "course_title", count=values[-1], before=values[-4])
    with screen.card("course", title, text(screen, "course_sub"), found.figure.simulated):
        if not values:
            empty(language=lang)
            return
        spec = charts.line(found.frame.select("start", "value"), decimals=0, zero=True, language=lang)
        chart(spec, key="chart_course", alt_text=title, width=548, height=210, language=lang)


# Side by side

def _side_by_side(screen: Screen, by: str, names: Mapping[str, str]) -> tuple[pl.DataFrame, Figure]:
    """Return a row for each part of a breakdown with the indicators beside each other."""
    whole = {"place": None} if by == "place" else {}
    found = {n: screen.divide(i, by, **whole, **(once_a_year(screen) if n == "dropout_pct" else {}))
             for n, i in names.items()}  # fmt: skip
    frame = screen.name(found["schools"].frame).select("key", "name")
    for name, part in found.items():
        frame = frame.join(part.frame.select("key", pl.col("value").alias(name)), on="key", how="left")
    return frame, found["schools"].figure


def _columns(names: Sequence[str]) -> list[tables.ColumnSpec]:
    return [own(n, "number", DECIMALS.get(n, 0)) for n in names]


def levels(screen: Screen) -> None:
    """Draw the levels beside each other: their size, staff, crowding, standard and drop-outs."""
    names = {**LEAGUE, "per_class": "edu_teachers_per_class", "dropout_pct": "edu_dropout_pct"}
    frame, figure = _side_by_side(screen, "level", names)
    lang = screen.language
    title = text(screen, "levels_title")
    with screen.card("levels", title, round_of(figure, lang), figure.simulated):
        columns = [tables.titled("name", "education_page.level", width=124), *_columns([*names])]
        tables.table(_in_order(screen, frame), columns, key="table_levels", height="content", language=lang)
        tables.export_buttons(frame, columns, figure, f"{screen.id}_levels", lang)


def league(screen: Screen) -> None:
    """Draw the communes beside each other, the largest share missing first, with export."""
    frame, figure = _side_by_side(screen, "place", LEAGUE)
    lang = screen.language
    frame = frame.filter(pl.col("schools") > 0).sort("short_pct", descending=True, nulls_last=True)
    if frame.is_empty():
        return
    count = frame.filter(pl.col("short_pct") >= SHORT[2]).height
    title = text(screen, "league_title", count=count, all=frame.height, bound=write.number(SHORT[2], 0, lang))
    with screen.card("league", title, round_of(figure, lang), figure.simulated):
        columns = [tables.titled("name", "screen.by_place", width="medium"), *_columns([*LEAGUE])]
        shown = frame.with_columns(screen.doors_by("place").alias("open"))
        tables.table(shown, [*columns, own("open", "link", width="small")], key="table_league", height=330,
                     language=lang)  # fmt: skip
        tables.export_buttons(frame, columns, figure, f"{screen.id}_league", lang)


def share_of_standard(screen: Screen) -> None:
    """Draw the share of national-standard schools by round."""
    found, lang = over_rounds(screen, "edu_standard_pct"), screen.language
    values = found.frame["value"].to_list()
    title = text(screen, "standard_none")
    if values:
        first, last = (write.percent(v, 1, lang) for v in (values[0], values[-1]))
        title = text(screen, "standard_title", first=first, last=last)
    with screen.card("standard", title, say("education_page.standard_sub", lang), found.figure.simulated):
        if not values:
            empty(language=lang)
            return
        spec = charts.line(found.frame.select("start", "value"), unit="%", decimals=1, language=lang)
        chart(spec, key="chart_standard", alt_text=title, width=548, height=210, language=lang)
