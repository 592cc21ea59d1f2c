"""What only the page of documents draws: where papers lie and for how long, what goes in and out, between whom."""

from collections.abc import Mapping

import polars as pl
import streamlit as st

from components import attention, charts, kpi, page, tables
from components import format as write
from components.chart import chart
from components.choropleth import choropleth, class_labels, legend
from components.screen import Screen, work_of
from components.states import empty
from components.tables import ColumnSpec
from config.locale import say
from services.figure import Figure
from services.indicators import Breakdown
from services.names import name_of

BUCKETS = ("d1", "d3", "d5", "d10", "over")
LEVELS = ("outside", "province", "department", "commune")
LIE_EDGES = (1.0, 3.0, 6.0, 12.0)
"""Bounds of the classes of papers that lie at one office for one span (product choice)."""
OPEN_EDGES = (1.0, 3.0, 6.0, 12.0)
"""Bounds of the classes of open papers of a commune (product choice)."""
SHARE_EDGES = (1.0, 5.0, 15.0, 30.0)
"""Bounds of the classes of the share of all papers that went from one level to another, in per cent."""
ON_A_PHONE = 8
WHOLE: Mapping[str, None] = {"place": None, "agency": None}
NOW: Mapping[str, None] = {"period": None}


def text(screen: Screen, key: str, **values: object) -> str:
    """Return a text of this page."""
    return say(f"documents_page.{key}", screen.language, **values)


def column(name: str, key: str = "", kind: tables.Kind = "text", decimals: int = 0,
           width: str | int | None = None) -> ColumnSpec:  # fmt: skip
    """Return a column titled from the catalogue, by default from this page's own texts."""
    return tables.titled(name, key or f"documents_page.col_{name}", kind, decimals, width)


# Strips


def strip(screen: Screen) -> None:
    """Draw the four main tiles: what lies, what is late, what is urgent, how fast the work goes."""
    names = ("doc_backlog", "doc_open_late", "doc_urgent_open")
    found = [screen.divide(n, "time", last=14, **NOW) for n in names]
    _tiles(screen, [*found, screen.divide("doc_median_hours", "time", last=12)])


def second_strip(screen: Screen) -> None:
    """Draw the tiles of how old papers are, and of how well they are signed, exchanged and filed."""
    ages = [screen.divide(n, "time", last=7, **NOW) for n in ("doc_backlog_age_p50", "doc_oldest", "doc_unaccepted")]
    _tiles(screen, [*ages, screen.divide("doc_registered_in_time_pct", "time", last=12)])
    rates = ("doc_late_pct", "doc_esigned_pct", "doc_interconnect_pct", "doc_efile_pct")
    _tiles(screen, [screen.divide(n, "time", last=12) for n in rates])


def _tiles(screen: Screen, found: list[Breakdown]) -> None:
    trends = {part.figure.indicator: part.frame["value"].to_list() for part in found}
    kpi.kpi_strip([part.figure for part in found], trends, screen.language)


# What needs somebody

MATTERS = {"doc_urgent_forgotten": 2, "doc_open_late": 3}
"""What is told of the worst offices, and of how many; its codes are not checked, so that it rates nobody."""


def needs(screen: Screen) -> None:
    """Draw the open alerts, then the offices with most forgotten urgent and overdue papers, unrated, each a door."""
    lang = screen.language
    work = work_of(screen.viewer, lang, screen.id)[:2]
    for indicator, most in MATTERS.items():
        found = screen.divide(indicator, "agency", **NOW)
        worst = screen.name(found.frame).filter(pl.col("value") > 0).sort("value", "key", descending=[True, False])
        for row in worst.head(most).with_columns(screen.doors_of_agencies().alias("url")).iter_rows(named=True):
            told = text(screen, f"needs_{indicator}", count=write.number(row["value"], 0, lang))
            work.append(attention.Work("none", row["name"], told, row["url"], text(screen, "needs_open"),
                                       found.figure.simulated))  # fmt: skip
    with screen.card("attention", say("screen.attention_title", lang), text(screen, "needs_sub")):
        attention.attention(work, lang)


# Where papers lie


def _lying(screen: Screen) -> pl.DataFrame:
    """Return `agency, age_bucket, len`: how many papers lie at each office for how long, by the page's filters."""
    states = screen.states("doc_backlog_age_p50")
    for name in ("place", "agency"):
        if chosen := screen.chosen.get(name):
            states = states.filter(pl.col(name) == chosen)
    return states.group_by("agency", "age_bucket").len()


def where_papers_lie(screen: Screen) -> None:
    """Draw how many papers lie at each office, by how long, the office with the oldest first."""
    lang, lying = screen.language, _lying(screen)
    figure = screen.figure("doc_backlog", **NOW)
    old = lying.filter(pl.col("age_bucket").is_in(["d10", "over"]))
    count = write.number(float(old["len"].sum()), 0, lang)
    title = text(screen, "lie_title", count=count, offices=old["agency"].n_unique())
    with screen.card("lie", title, text(screen, "lie_sub"), figure.simulated):
        if lying.is_empty():
            empty(text(screen, "lie_none"), language=lang)
            return
        names = [name_of("age_bucket", b)[lang] for b in BUCKETS]
        grid = _grid(lying, lang)
        height = 26 * grid["row"].n_unique() + 30
        unit = figure.unit[lang]
        spec = charts.heat(grid, edges=LIE_EDGES, unit=unit, decimals=0, columns_order=names, language=lang)
        with st.container(key="wide_lie"):
            chart(spec, key="chart_lie", alt_text=title, width=548, height=height, language=lang)
            legend(["0", "1–2", "3–5", "6–11", f"≥12 {unit}"], False, lang)
        st.html(_grid_cards(grid, lang))


def _grid(lying: pl.DataFrame, language: str) -> pl.DataFrame:
    """Return `row, column, value` of the twenty offices with most old papers, 0 where none lies."""
    weight = pl.col("age_bucket").replace_strict(
        dict(zip(BUCKETS, (0.01, 0.1, 1, 30, 1000), strict=True)), default=0, return_dtype=pl.Float64
    )
    order = lying.group_by("agency").agg((pl.col("len") * weight).sum().alias("weight"))
    order = order.sort("weight", "agency", descending=[True, False]).head(20)
    whole = order.select("agency").join(pl.DataFrame({"age_bucket": BUCKETS}), how="cross", maintain_order="left")
    grid = whole.join(lying, on=["agency", "age_bucket"], how="left", maintain_order="left")
    return grid.select(
        pl.col("agency").replace({k: name_of("agency", k)[language] for k in order["agency"]}).alias("row"),
        pl.col("age_bucket").replace({b: name_of("age_bucket", b)[language] for b in BUCKETS}).alias("column"),
        pl.col("len").fill_null(0).cast(pl.Float64).alias("value"),
    )


def _grid_cards(grid: pl.DataFrame, language: str) -> str:
    """Return the first rows of the grid for a narrow screen: all papers of an office and those over ten days."""
    rows = grid.group_by("row", maintain_order=True).agg(
        pl.col("value").sum().alias("open"), pl.col("value").last().alias("over")
    ).head(ON_A_PHONE)  # fmt: skip
    columns = [column("row", "screen.by_agency"), column("open", kind="number"), column("over", kind="number")]
    return tables.cards(rows, columns, language)


def oldest(screen: Screen) -> None:
    """Draw the offices whose oldest paper has lain longest, each a door."""
    found, lang = screen.divide("doc_oldest", "agency", **WHOLE, **NOW), screen.language
    count = screen.divide("doc_backlog", "agency", **WHOLE, **NOW).frame.select("key", pl.col("value").alias("extra"))
    frame = screen.name(found.frame).drop_nulls("value").sort("value", descending=True).head(14)
    rows = frame.join(count, on="key", how="left", maintain_order="left").select(
        "name", pl.col("value") / 8, "extra", screen.doors_of_agencies().alias("url")
    )
    with screen.card("oldest", text(screen, "oldest_title"), text(screen, "oldest_sub"), found.figure.simulated):
        attention.ranking(
            rows, value_title=text(screen, "oldest_days"), decimals=0, extra_title=text(screen, "oldest_open"),
            name_title=say("screen.by_agency", lang), language=lang,
        )  # fmt: skip


def commune_map(screen: Screen) -> None:
    """Draw how many open papers lie at each commune's committee."""
    found, lang = screen.divide("doc_backlog", "place", **WHOLE, **NOW), screen.language
    frame = found.frame.filter(pl.col("key") != "").with_columns(pl.col("value").fill_null(0))
    many = frame.filter(pl.col("value") >= OPEN_EDGES[3]).height
    most = screen.name(frame).sort("value", descending=True).head(1).to_dicts()
    title = text(screen, "map_title", count=many, bound=int(OPEN_EDGES[3]))
    if not many and most:
        count = write.number(most[0]["value"], 0, lang)
        title = text(screen, "map_title_most", name=most[0]["name"], count=count)
    with screen.card("map_documents"):
        choropleth(
            frame.with_columns(screen.doors_by("place").alias("url")), edges=OPEN_EDGES, key="documents",
            title=title, subtitle=text(screen, "map_sub"),
            unit=found.figure.unit[lang], decimals=0, height=320,
            labels=["0", "1–2", "3–5", "6–11", f"≥12 {found.figure.unit[lang]}"],
            simulated=found.figure.simulated, language=lang,
        )  # fmt: skip


# In and out


def flow(screen: Screen) -> None:
    """Draw what came in, what was handled and what lay at the end of each week; by month for one office."""
    lang, narrowed = screen.language, screen.chosen.get("place") or screen.chosen.get("agency")
    grain, last = ("month", 13) if narrowed else ("week", 26)
    asked = {"grain": grain, "last": last, **NOW}
    names = ("in", "done", "out", "backlog")
    found = {n: screen.divide(f"doc_{n}", "time", **asked) for n in names}
    figure = found["in"].figure
    said = {n: write.number(f.figure.value, 0, lang) for n, f in found.items()}
    title = text(screen, "flow_title", period=write.period_label(figure.period, lang), came=said["in"],
                 done=said["done"], lie=said["backlog"])  # fmt: skip
    frames = [f.frame.select("start", "value", pl.lit(text(screen, f"flow_{n}")).alias("series"))
              for n, f in found.items()]  # fmt: skip
    with screen.card("flow", title, text(screen, f"flow_sub_{grain}"), figure.simulated):
        whole = pl.concat(frames)
        if whole["value"].is_null().all():
            empty(language=lang)
            return
        spec = charts.line(whole, unit=figure.unit[lang], decimals=0, zero=True, language=lang)
        chart(spec, key="chart_flow", alt_text=title, width=548, height=320, language=lang)


def between_levels(screen: Screen) -> None:
    """Draw how many papers went from which level to which."""
    lang = screen.language
    parts = {f: screen.divide("doc_in", "agency_level", where={"issuer_level": f}, **WHOLE).frame for f in LEVELS}
    figure = screen.figure("doc_in", **WHOLE)
    cells = pl.concat([part.select(pl.lit(f).alias("from"), "key", "value") for f, part in parts.items()])
    total = float(cells["value"].sum() or 0)
    top = cells.sort("value", descending=True, nulls_last=True).head(1).to_dicts()
    period = write.period_label(figure.period, lang)
    if not total or not top:
        with screen.card("levels", text(screen, "levels_none"), period):
            empty(language=lang)
        return
    share = write.number(100 * top[0]["value"] / total, 0, lang)
    names = {level: name_of("level", level)[lang] for level in LEVELS}
    title = text(screen, "levels_title", share=share, sender=names[top[0]["from"]].lower(),
                 receiver=names[top[0]["key"]].lower())
    grid = pl.DataFrame({"from": LEVELS}).join(pl.DataFrame({"key": LEVELS[1:]}), how="cross")
    shown = grid.join(cells, on=["from", "key"], how="left", maintain_order="left").select(
        pl.col("from").replace(names).alias("row"), pl.col("key").replace(names).alias("column"),
        (100 * pl.col("value").fill_null(0) / total).alias("value"),
    )  # fmt: skip
    with screen.card("levels", title, text(screen, "levels_sub", period=period), figure.simulated):
        order = [names[level] for level in LEVELS[1:]]
        spec = charts.heat(shown, edges=SHARE_EDGES, unit="%", decimals=1, columns_order=order, language=lang)
        chart(spec, key="chart_levels", alt_text=title, width=548, height=150, language=lang)
        legend(class_labels(SHARE_EDGES, "%", 0, lang), False, lang)


def refused(screen: Screen) -> None:
    """Draw whose documents recipients refuse most."""
    found, lang = screen.divide("doc_reject_pct", "issuer", **WHOLE), screen.language
    frame = screen.name(found.frame).filter(pl.col("numerator") > 0).sort("numerator", "value", descending=True).head(6)
    rows = frame.select("name", "value", pl.col("numerator").alias("extra"))
    with screen.card("refused", text(screen, "refused_title"), text(screen, "refused_sub"), found.figure.simulated):
        if rows.is_empty():
            page.note(text(screen, "refused_none"))
            return
        attention.ranking(
            rows, value_title=text(screen, "refused_pct"), decimals=1, unit="%",
            extra_title=text(screen, "refused_count"), name_title=text(screen, "issuer"), language=lang,
        )  # fmt: skip


# Offices side by side

LEAGUE = {
    "received": "doc_in", "open": "doc_backlog", "open_late": "doc_open_late", "urgent": "doc_urgent_open",
    "median": "doc_median_hours", "p90": "doc_p90_hours", "late_pct": "doc_late_pct", "signed": "doc_esigned_pct",
    "exchanged": "doc_interconnect_pct",
}  # fmt: skip
AT_ONCE = ("open", "open_late", "urgent")
DECIMALS = {"median": 1, "p90": 1, "late_pct": 1, "signed": 1, "exchanged": 1}
WIDE = {"median": 104, "exchanged": 104, "signed": 88, "open": 88}
"""Columns whose titles are long."""


def _compared(screen: Screen) -> tuple[pl.DataFrame, Figure]:
    """Return a row for every office with papers; what is counted and did not happen is 0."""
    found = {n: screen.divide(i, "agency", **WHOLE, **(NOW if n in AT_ONCE else {})) for n, i in LEAGUE.items()}
    frame = screen.name(found["received"].frame).filter(pl.col("key") != "").select("key", "name")
    for name, part in found.items():
        frame = frame.join(part.frame.select("key", pl.col("value").alias(name)), on="key", how="left")
    return frame.with_columns(pl.col("received", *AT_ONCE).fill_null(0)), found["median"].figure


def league(screen: Screen) -> None:
    """Draw departments and communes side by side in a table, the most overdue first, with export."""
    frame, figure = _compared(screen)
    lang = screen.language
    slow = frame.filter(pl.col("median") > 2 * pl.col("median").median()).height
    title = text(screen, "league_title", count=slow, all=frame.height)
    sub = text(screen, "league_sub", period=write.period_label(figure.period, lang))
    with screen.card("league", title, sub, figure.simulated):
        kinds = {k: text(screen, f"league_{k}") for k in ("all", "department", "commune")}
        kind = st.segmented_control(title, list(kinds), format_func=kinds.__getitem__, default="all",
                                    label_visibility="collapsed", key="document_league_kind") or "all"  # fmt: skip
        at_commune = pl.col("key").str.starts_with("ubnd_")
        frame = frame.filter(pl.lit(True) if kind == "all" else at_commune if kind == "commune" else ~at_commune)
        frame = frame.sort("open_late", "open", descending=True)
        columns = [column("name", "screen.by_agency", width=204)]
        columns += [column(n, kind="number", decimals=DECIMALS.get(n, 0), width=WIDE.get(n, 76)) for n in LEAGUE]
        shown = frame.with_columns(screen.doors_of_agencies().alias("door"))
        tables.table(shown, [*columns, column("door", kind="link", width=70)], key="table_document_league",
                     height=330, language=lang)  # fmt: skip
        tables.export_buttons(frame, columns, figure, f"{screen.id}_league", lang)


# Does it add up?


def reconciliation(screen: Screen) -> None:
    """Draw for the last ten days with a register what it states, what was loaded, what was left out, the gap."""
    lang = screen.language
    names = {"stated": "doc_stated", "loaded": "doc_loaded", "secret": "doc_secret", "gap": "doc_reconcile_gap"}
    found = {n: screen.divide(i, "time", last=20, **WHOLE, **NOW) for n, i in names.items()}
    frame = found["stated"].frame.select("start")
    for name, part in found.items():
        frame = frame.join(part.frame.select("start", pl.col("value").alias(name)), on="start", how="left")
    frame = frame.drop_nulls("stated").sort("start", descending=True).head(10)
    wrong = frame.filter(pl.col("gap") > 0).height
    title = text(screen, "sum_title", count=wrong) if wrong else text(screen, "sum_fine")
    columns = [column("start", kind="date"), *(column(n, kind="number") for n in names)]
    with screen.card("sum", title, text(screen, "sum_sub"), found["gap"].figure.simulated):
        tables.table(frame.with_columns(pl.col("secret").fill_null(0)), columns, key="table_sum", height="content",
                     language=lang)  # fmt: skip


