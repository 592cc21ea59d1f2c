"""What only the page of tasks draws: how old the delays are, who is late, and whether it is the same ones again."""

from collections.abc import Mapping
from datetime import date

import polars as pl
import streamlit as st

from components import asking, attention, charts, kpi, page, tables
from components import format as write
from components.chart import chart
from components.choropleth import choropleth, class_labels, legend
from components.screen import Screen
from components.states import empty
from components.tables import ColumnSpec
from config.locale import say
from services.figure import Figure
from services.indicators import Breakdown
from services.methods.tasks import AGAIN
from services.names import name_of
from services.tasks import often_late, quarters_of

ASSIGNERS = ("tinh_uy", "hdnd", "ubnd", "chu_tich")
BUCKETS = ("1_5", "6_30", "31_120", "over_120")
LATE_EDGES = (1.0, 2.0, 3.0, 5.0)
"""Bounds of the classes of overdue tasks of a commune (product choice)."""
MISSED_EDGES = (10.0, 20.0, 35.0, 50.0)
"""Bounds of the classes of the share missed in a quarter, in per cent; the second makes a quarter late."""
WHOLE: Mapping[str, None] = {"place": None, "agency": None}


def text(screen: Screen, key: str, **values: object) -> str:
    """Return a text of this page."""
    return say(f"tasks_page.{key}", screen.language, **values)


def column(name: str, key: str = "", kind: tables.Kind = "text", decimals: int = 0,
           width: str | int | None = None, named: str = "") -> ColumnSpec:  # fmt: skip
    """Return a column titled from the catalogue, by default from this page's own texts."""
    return tables.titled(name, key or f"tasks_page.col_{name}", kind, decimals, width, named)


def asked_for() -> str:
    """Return the number of the task that the address asks for, '' for the page of all."""
    return st.query_params.get("task", "").strip().upper()


# Strips


def strip(screen: Screen) -> None:
    """Draw the four main tiles."""
    months = {"last": 12, "grain": "month"}
    found = [screen.divide(n, "time", **months) for n in ("task_total", "task_done_on_time_pct", "task_open_late")]
    found.append(screen.divide("task_repeat_agencies", "time", last=4, grain="quarter"))
    _tiles(screen, found)


def second_strip(screen: Screen) -> None:
    """Draw the tiles of what is coming and of how well the list itself is kept."""
    names = ("task_due_soon", "task_waiting", "task_returned", "task_no_due_pct")
    _tiles(screen, [screen.divide(n, "time", last=12, grain="month") for n in names])
    rates = ("task_done_pct", "task_entry_on_time_pct", "task_return_rate_pct", "task_late_over_120")
    _tiles(screen, [screen.divide(n, "time", last=4 if "late" in n else 12, grain="month") for n in rates])


def _tiles(screen: Screen, found: list[Breakdown]) -> None:
    trends = {part.figure.indicator: part.frame["value"].to_list() for part in found}
    kpi.kpi_strip([part.figure for part in found], trends, screen.language)


# How late


def ageing(screen: Screen) -> None:
    """Draw the overdue tasks by how long they are late."""
    found, lang = screen.divide("task_late_bucket", "bucket"), screen.language
    counts = dict(found.frame.select("key", "value").iter_rows())
    median = screen.figure("task_late_days_p50").value
    title = text(screen, "ageing_title", days=write.number(median, 0, lang)) if median else text(screen, "ageing_none")
    with screen.card("ageing", title, text(screen, "ageing_sub"), found.figure.simulated):
        if not median:
            empty(title, language=lang)
            return
        rows = [{"name": name_of("bucket", b)[lang], "value": counts.get(b) or 0.0} for b in BUCKETS]
        chart(
            charts.bars(pl.DataFrame(rows), decimals=0, language=lang),
            key="chart_ageing", alt_text=title, width=420, height=116, language=lang,
        )  # fmt: skip


def _late_by(screen: Screen, by: str) -> tuple[pl.DataFrame, Figure]:
    """Return `key, name, value, days`: overdue tasks, 0 where none, and their median days late."""
    found = screen.divide("task_open_late", by, **({"place": None} if by == "place" else {}))
    open_tasks = screen.divide("task_open", by, **({"place": None} if by == "place" else {})).frame
    days = screen.divide("task_late_days_p50", by, **({"place": None} if by == "place" else {})).frame
    frame = screen.name(open_tasks.drop_nulls("value")).select("key", "name")
    for name, part in (("value", found.frame), ("days", days)):
        frame = frame.join(part.select("key", pl.col("value").alias(name)), on="key", how="left")
    return frame.with_columns(pl.col("value").fill_null(0)), found.figure


def commune_map(screen: Screen) -> None:
    """Draw how many overdue tasks each commune leads."""
    frame, figure = _late_by(screen, "place")
    frame, lang = frame.filter(pl.col("key") != ""), screen.language
    late = frame.filter(pl.col("value") > 0).height
    with screen.card("map_tasks"):
        choropleth(
            frame.with_columns(screen.doors_by("place").alias("url")), edges=LATE_EDGES, key="tasks",
            title=text(screen, "map_title", count=late), unit=figure.unit[lang], decimals=0,
            subtitle=text(screen, "map_sub", period=write.period_label(figure.period, lang)), height=320,
            labels=["0", "1", "2", "3–4", f"≥5 {figure.unit[lang]}"], simulated=figure.simulated, language=lang,
        )  # fmt: skip


def worst(screen: Screen) -> None:
    """Draw the ten offices with most overdue tasks, each a door."""
    frame, figure = _late_by(screen, "agency")
    frame = frame.filter(pl.col("value") > 0).sort("value", "days", descending=True, nulls_last=True).head(10)
    with screen.card("worst", text(screen, "worst_title"), text(screen, "worst_sub"), figure.simulated):
        if frame.is_empty():
            page.note(text(screen, "worst_none"))
            return
        rows = frame.select("name", "value", pl.col("days").alias("extra"), screen.doors_of_agencies().alias("url"))
        attention.ranking(
            rows, value_title=text(screen, "worst_count"), decimals=0, extra_title=text(screen, "worst_days"),
            name_title=say("screen.by_agency", screen.language), language=screen.language,
        )  # fmt: skip


# The same ones again


def again(screen: Screen) -> None:
    """Draw what share of its tasks each often late office missed in each of the last four quarters."""
    lang, simulated = screen.language, screen.figure("task_repeat_agencies", **WHOLE).simulated
    cells = quarters_of(screen.states("task_repeat_agencies"), asking.moment())
    often = often_late(cells)
    title = _again_title(screen, often.filter(pl.col("quarters_late") >= AGAIN)["agency"].to_list())
    with screen.card("again", title, text(screen, "again_sub"), simulated):
        if often.is_empty():
            empty(text(screen, "again_none"), language=lang)
            return
        shown, quarters = often["agency"].to_list()[:15], cells["quarter"].unique().sort().to_list()
        grid = _grid(shown, cells, quarters, lang)
        named = [_quarter(q, lang) for q in quarters]
        spec = charts.heat(grid, edges=MISSED_EDGES, unit="%", decimals=0, columns_order=named, language=lang)
        chart(spec, key="chart_again", alt_text=title, width=548, height=22 * len(shown) + 30, language=lang)
        legend(class_labels(MISSED_EDGES, "%", 0, lang), bool(grid["value"].null_count()), lang)


def _again_title(screen: Screen, offices: list[str]) -> str:
    if not offices:
        return text(screen, "again_none")
    said = ", ".join(name_of("agency", key)[screen.language] for key in offices[:3])
    if len(offices) > 3:
        said = text(screen, "again_more", names=said, more=len(offices) - 3)
    return text(screen, "again_title", count=len(offices), names=said)


def _grid(offices: list[str], cells: pl.DataFrame, quarters: list[date], language: str) -> pl.DataFrame:
    """Return `row, column, value`: the share missed by office and quarter, null where nothing fell due."""
    whole = pl.DataFrame({"agency": offices}).join(pl.DataFrame({"quarter": quarters}), how="cross")
    grid = whole.join(cells, on=["agency", "quarter"], how="left", maintain_order="left")
    return grid.select(
        pl.col("agency").replace({k: name_of("agency", k)[language] for k in offices}).alias("row"),
        pl.col("quarter").replace_strict({q: _quarter(q, language) for q in quarters}, return_dtype=pl.String)
        .alias("column"),
        (pl.col("missed") / pl.col("due") * 100).alias("value"),
    )  # fmt: skip


def _quarter(first: date, language: str) -> str:
    number = ("I", "II", "III", "IV")[(first.month - 1) // 3]
    return say("ui.quarter", language, number=number, year=first.year)


# Course


def course(screen: Screen) -> None:
    """Draw what is done and what is open at the end of each month."""
    lang = screen.language
    found = {n: screen.divide(f"task_{n}", "time", last=12, grain="month") for n in ("done", "open")}
    figure, said = found["done"].figure, {n: write.number(f.figure.value, 0, lang) for n, f in found.items()}
    frames = [f.frame.select("start", "value", pl.lit(text(screen, n)).alias("series")) for n, f in found.items()]
    title = text(screen, "course_title", **said)
    with screen.card("course", title, text(screen, "course_sub"), figure.simulated):
        _line(screen, pl.concat(frames), figure, "chart_course", title)


def late_course(screen: Screen) -> None:
    """Draw what is overdue at the end of each month."""
    found, lang = screen.divide("task_open_late", "time", last=12, grain="month"), screen.language
    values = [write.number(v, 0, lang) for v in found.frame["value"].fill_null(0).to_list()]
    title = text(screen, "late_course_title", count=values[-1], before=values[-2])
    with screen.card("late_course", title, text(screen, "late_course_sub"), found.figure.simulated):
        _line(screen, found.frame.select("start", "value"), found.figure, "chart_late_course", title)


def _line(screen: Screen, frame: pl.DataFrame, figure: Figure, key: str, title: str) -> None:
    lang = screen.language
    if frame["value"].is_null().all():
        empty(language=lang)
        return
    spec = charts.line(frame, unit=figure.unit[lang], decimals=0, zero=True, language=lang)
    chart(spec, key=key, alt_text=title, width=548, height=200, language=lang)


# Offices side by side

LEAGUE = {
    "active": "task_active", "done_pct": "task_done_pct", "on_time": "task_done_on_time_pct",
    "open_late": "task_open_late", "p50": "task_late_days_p50", "over_120": "task_late_over_120",
    "quarters_late": "task_quarters_late", "return_rate": "task_return_rate_pct",
}  # fmt: skip
COUNTED = ("open_late", "over_120", "quarters_late")
BY_YEAR = ("on_time", "return_rate")


def assigners(screen: Screen) -> None:
    """Draw who gave how many tasks and what came of them."""
    names = ("task_active", "task_done_pct", "task_open_late", "task_no_due_pct")
    screen.compare(names, "assigner", text(screen, "assigner_title"), key="assigners", height="auto",
                   counts=("task_open_late",))  # fmt: skip


def _compared(screen: Screen) -> tuple[pl.DataFrame, Figure]:
    """Return a row for every office with tasks; what is counted and did not happen is 0."""
    year = {"grain": "year", "period": f"{write.local(asking.moment()):%Y}"}
    found = {n: screen.divide(i, "agency", **WHOLE, **(year if n in BY_YEAR else {})) for n, i in LEAGUE.items()}
    frame = screen.name(found["active"].frame).select("key", "name")
    for name, part in found.items():
        frame = frame.join(part.frame.select("key", pl.col("value").alias(name)), on="key", how="left")
    return frame.with_columns(pl.col(COUNTED).fill_null(0), pl.col("done_pct").fill_null(0)), found["open_late"].figure


def league(screen: Screen) -> None:
    """Draw departments and communes side by side in a table, the most overdue first, with export."""
    frame, figure = _compared(screen)
    lang = screen.language
    late = frame.filter(pl.col("open_late") > 0).height
    title = text(screen, "league_title", count=late, all=frame.height)
    sub = text(screen, "league_sub", year=f"{write.local(asking.moment()):%Y}")
    with screen.card("league", title, sub, figure.simulated):
        kinds = {k: text(screen, f"league_{k}") for k in ("all", "department", "commune")}
        kind = st.segmented_control(title, list(kinds), format_func=kinds.__getitem__, default="all",
                                    label_visibility="collapsed", key="task_league_kind") or "all"  # fmt: skip
        at_commune = pl.col("key").str.starts_with("ubnd_")
        frame = frame.filter(pl.lit(True) if kind == "all" else at_commune if kind == "commune" else ~at_commune)
        frame = frame.sort("open_late", "p50", descending=True, nulls_last=True)
        columns = [column("name", "screen.by_agency", width="medium")]
        columns += [column(n, kind="number", decimals=1 if n in ("done_pct", *BY_YEAR) else 0) for n in LEAGUE]
        shown = frame.with_columns(screen.doors_of_agencies().alias("open"))
        tables.table(shown, [*columns, column("open", kind="link", width="small")], key="table_league", height=330,
                     language=lang)  # fmt: skip
        tables.export_buttons(frame, columns, figure, f"{screen.id}_league", lang)
