"""What only the page of traffic and order draws: equal days compared, what cameras saw, black spots, order, roads."""

from collections.abc import Sequence
from datetime import timedelta
from html import escape

import polars as pl
import streamlit as st

from components import asking, attention, charts, kpi, page, tables
from components import format as write
from components.chart import chart
from components.screen import Screen
from components.states import empty
from components.tables import ColumnSpec
from config.locale import say
from config.traffic import load_traffic
from services.figure import Figure
from services.names import name_of
from services.periods import period_at
from services.rows import may_list, rows

WHOLE = {"place": None, "agency": None}
MEASURES = ("deaths", "crashes", "injured")
STAGES = ("detected", "verified", "notified", "fined", "paid")
DAYS = {"verified": "trf_verify_days", "notified": "trf_notify_days", "fined": "trf_fine_days", "paid": "trf_pay_days"}
DEATHS = (1.0, 2.0, 4.0, 7.0)
"""Bounds of the classes of deaths of a commune in a year (product choice)."""
LEAGUE = ("trf_crashes", "trf_deaths", "trf_injured", "trf_detected", "trf_crimes", "trf_clearance_pct", "trf_fires")
ON_EXPRESSWAY, ON_HIGHWAY = "ct_ms_ql45", "ql1"


def text(screen: Screen, key: str, **values: object) -> str:
    """Return a text of this page."""
    return say(f"traffic_page.{key}", screen.language, **values)


def column(name: str, kind: tables.Kind = "text", decimals: int = 0, width: str | int | None = None) -> ColumnSpec:
    """Return a column titled from this page's own texts."""
    return tables.titled(name, f"traffic_page.col_{name}", kind, decimals, width)


def span(screen: Screen) -> str:
    """Return the period of the page: the reporting month chosen, else the running reporting year."""
    return str(screen.chosen.get("period") or period_at(asking.moment(), "report_year").label)


def _percent(part: float | None, whole: float | None, language: str) -> str:
    return write.percent(100 * part / whole, 0, language) if part is not None and whole else write.NOTHING


# The strip


def strip(screen: Screen) -> None:
    """Draw deaths, crashes and injured beside the same days a year before, and what waits too long."""
    year = "" if screen.chosen.get("period") else "year_"
    figures, beside, trends = [], {}, {}
    for name in MEASURES:
        figure = screen.figure(f"trf_{year}{name}")
        before = screen.figure(f"trf_{year}{name}_before", period=figure.period.label if figure.period else None)
        figures.append(figure)
        beside[figure.indicator] = _beside(screen, figure, before)
        trends[figure.indicator] = screen.trend_values(f"trf_{name}", 13)
    waiting = screen.divide("trf_unverified_late", "time", last=30, period=None)
    trends["trf_unverified_late"] = waiting.frame["value"].to_list()
    kpi.kpi_strip([*figures, waiting.figure], trends, screen.language, beside)


def _beside(screen: Screen, figure: Figure, before: Figure) -> str:
    """Return the same period a year before and the change against it, as HTML."""
    lang = screen.language
    if before.value is None or figure.value is None:
        return escape(text(screen, "before_unknown"))
    moved = figure.value - before.value
    side = write.better(moved, "down") or "none"
    rate = f" ({write.percent(abs(100 * moved / before.value), 1, lang)})" if before.value else ""
    words = escape(text(screen, "before", value=write.number(before.value, 0, lang)))
    return f'{words} · <span class="ioc-{side}">{write.change(moved, 0, lang)}{rate}</span>'


# What happened to what the cameras saw


def funnel(screen: Screen) -> None:
    """Draw how far the violations seen by cameras came: counts, the share lost and the days at each stage."""
    lang, asked = screen.language, {"period": span(screen), "where": {"channel": "camera"}}
    found = {stage: screen.figure(f"trf_{stage}", **asked) for stage in STAGES}
    seen, paid = found["detected"].value, found["paid"].value
    title = text(screen, "funnel_title", paid=_percent(paid, seen, lang)) if seen else text(screen, "funnel_none")
    sub = text(screen, "funnel_sub", period=write.period_label(found["detected"].period, lang))
    with screen.card("funnel", title, sub, found["detected"].simulated):
        if not seen:
            empty(language=lang)
            return
        days = {stage: screen.figure(name, **asked) for stage, name in DAYS.items()}
        lines, before = [], None
        for stage, figure in found.items():
            lines.append(_stage(screen, stage, figure.value, before, seen, days.get(stage)))
            before = figure.value
        head = "".join(f'<th class="{css}">{escape(text(screen, key))}</th>' for css, key in (
            ("", "stage"), ("", "share"), ("ioc-num", "cases"), ("ioc-num", "lost"), ("ioc-num", "days")))
        st.html(f'<table class="ioc-table"><thead><tr>{head}</tr></thead><tbody>{"".join(lines)}</tbody></table>')
        dropped = screen.figure("trf_dropped", **asked).value
        page.note(text(screen, "funnel_note", count=write.number(dropped, 0, lang)))


def _stage(
    screen: Screen, stage: str, count: float | None, before: float | None, whole: float, days: Figure | None
) -> str:
    lang = screen.language
    width = 100 * (count or 0) / whole
    lost = _percent(before - count, before, lang) if before and count is not None else ""
    took = write.number(days.value, 1, lang) if days else ""
    bar = f'<div class="ioc-bar" style="width:4.5rem"><i style="width:{width:.1f}%"></i></div>'
    cells = (("", escape(text(screen, f"stage_{stage}"))), ("", bar), ("ioc-num", write.number(count, 0, lang)),
             ("ioc-num", lost), ("ioc-num", took))
    return "<tr>" + "".join(f'<td class="{css}"><span>{cell}</span></td>' for css, cell in cells) + "</tr>"


# Black spots


def road_place(screen: Screen, row: dict[str, object]) -> str:
    """Return a stretch in words: the road with its kilometres, else what the police call the place."""
    lang, low, high = screen.language, row["km_from"], row["km_to"]
    name = name_of("road", str(row["road"]))[lang]
    if not isinstance(low, float) or not isinstance(high, float):
        return f"{name} · {name_of('place', str(row['place']))[lang]}"
    ends = [write.number(km, 1, lang) for km in (low, high)]
    return f"{name} km {ends[0]}" if ends[0] == ends[1] else f"{name} km {ends[0]}–{ends[1]}"


def spots(screen: Screen) -> pl.DataFrame:
    """Return the black spots of the commune chosen."""
    found = screen.states("trf_black_spots")
    chosen = screen.chosen.get("place")
    return found.filter(pl.col("place") == chosen) if chosen else found


def worst_spots(screen: Screen) -> None:
    """Draw the ten black spots with most deaths, each a door to it on the map."""
    found, figure = spots(screen), screen.figure("trf_black_spots", period=None)
    listed = [{"name": road_place(screen, r), "extra": r["crashes"], "value": float(r["deaths"]),
               "url": screen.door(spot=r["spot"])} for r in found.head(10).iter_rows(named=True)]
    title = text(screen, "spots_title", count=write.number(found.height, 0, screen.language))
    with screen.card("spots", title, text(screen, "spots_sub"), figure.simulated):
        if listed:
            attention.ranking(pl.DataFrame(listed), value_title=text(screen, "deaths_short"), decimals=0,
                              extra_title=text(screen, "crashes_short"), name_title=text(screen, "stretch"),
                              language=screen.language)
        else:
            empty(text(screen, "spots_none"), language=screen.language)
        page.note(text(screen, "spots_note"))


# Kinds, communes, order


def kinds(screen: Screen) -> None:
    """Draw the violations of the period by kind."""
    frame = screen.divide("trf_detected", "kind", period=span(screen)).frame.drop_nulls("value")
    most = frame.sort("value", descending=True)["key"].first() if frame.height else None
    title = text(screen, "kinds_title", kind=name_of("kind", str(most))[screen.language]) if most else text(
        screen, "kinds_none")
    screen.ranked("trf_detected", "kind", title, key="kinds", width=548, period=span(screen))


def communes(screen: Screen) -> None:
    """Draw deaths by commune on the map."""
    frame = screen.divide("trf_deaths", "place", period=span(screen), place=None).frame
    many = frame.filter(pl.col("value") >= DEATHS[2]).height
    title = text(screen, "communes_title", count=many, least=write.number(DEATHS[2], 0, screen.language))
    screen.map_of_communes("trf_deaths", DEATHS, title, key="deaths", period=span(screen))


def league(screen: Screen) -> None:
    """Draw the communes side by side in a table with export."""
    titles = [f"traffic_page.short_{name.removeprefix('trf_')}" for name in LEAGUE]
    screen.compare(LEAGUE, "place", text(screen, "league"), key="league", height=330, titles=titles,
                   worst="trf_deaths", period=span(screen), agency=None)


def order(screen: Screen) -> None:
    """Draw crimes and crimes cleared over thirteen reporting months."""
    rate = screen.figure("trf_clearance_pct")
    title = text(screen, "order_title", rate=write.percent(rate.value, 1, screen.language))
    screen.trend(("trf_crimes", "trf_cleared"), 13, "report_month", title, key="order", width=548, height=230,
                 subtitle=text(screen, "order_sub"))


def fires(screen: Screen) -> None:
    """Draw the fires of the period by what burnt."""
    figure = screen.figure("trf_fires", period=span(screen))
    title = text(screen, "fires_title", count=write.number(figure.value, 0, screen.language))
    screen.ranked("trf_fires", "kind", title, key="fires", width=548, period=span(screen))


# Roads


def hours(screen: Screen) -> None:
    """Draw the vehicles of the latest day by hour, on the expressway and on National Highway 1."""
    lang = screen.language
    names = {road: name_of("road", road)[lang] for road in (ON_EXPRESSWAY, ON_HIGHWAY)}
    parts = {road: screen.divide("trf_flow", "hour", period=None, place=None, where={"road": road})
             for road in names}
    figure = parts[ON_HIGHWAY].figure
    made = [_hours(parts[road].frame, figure, names[road]) for road in names]
    frame = pl.concat(made)
    peak = made[1].sort("value", descending=True).row(0, named=True) if made[1].height else None
    title = text(screen, "hours_title", hour=f"{write.local(peak['start']):%H}",
                 count=write.number(peak["value"], 0, lang)) if peak else text(screen, "hours_none")
    with screen.card("hours", title, text(screen, "hours_sub", day=write.period_label(figure.period, lang)),
                     figure.simulated):
        if frame.is_empty():
            empty(text(screen, "hours_none"), language=lang)
            return
        chart(charts.line(frame, unit=figure.unit[lang], decimals=0, zero=True, language=lang), key="chart_hours",
              alt_text=title, width=548, height=230, language=lang)


def _hours(frame: pl.DataFrame, figure: Figure, name: str) -> pl.DataFrame:
    """Return `start, value, series` of a day's hours; what is known of the whole day only is left out."""
    told = frame.filter(pl.col("key") != "").drop_nulls("value").sort("key")
    start = figure.period.start if figure.period else asking.moment()
    moments = [start + timedelta(hours=int(hour)) for hour in told["key"]]
    return pl.DataFrame({"start": pl.Series(moments, dtype=pl.Datetime("us", "UTC")), "value": told["value"],
                         "series": pl.Series([name] * told.height, dtype=pl.String)})


SITUATION: Sequence[ColumnSpec] = (
    column("kind", width=150), column("severity", width=80), column("road", width=130), column("comment", width=420),
    column("starts_at", "moment", width=130), column("ends_at", "moment", width=130),
)  # fmt: skip


def situations(screen: Screen) -> None:
    """Draw the situations in force on the roads, as the traffic centre tells of them."""
    lang, figure = screen.language, screen.figure("trf_situations", period=None)
    title = text(screen, "situations_title", count=write.number(figure.value, 0, lang))
    with screen.card("situations", title, text(screen, "situations_sub"), figure.simulated):
        if not may_list(screen.viewer, "road_situation") or not figure.value:
            page.note(text(screen, "situations_none"))
            return
        where = {"place": place} if (place := screen.chosen.get("place")) else {}
        found = rows("road_situation", screen.viewer, list="in_force", where=where, limit=12).rows
        if found.is_empty():
            page.note(text(screen, "situations_elsewhere"))
            return
        named = [pl.col(c).replace({k: name_of(c, k)[lang] for k in found[c].unique() if k})
                 for c in ("kind", "severity")]
        tables.table(found.with_columns(named), SITUATION, key="table_situations", height="content", language=lang)


# What was published


PUBLISHED = ("crashes", "deaths", "injured", "violations", "fines_bn")
YEARLY = "nld_2026"
FURTHER = {
    "expressway_deaths": YEARLY, "impounded": YEARLY, "revoked": YEARLY, "docked": YEARLY, "camera_fined": "kienthuc",
    "crime_change_pct": "gdxh", "clearance_pct": "gdxh", "tips_solved_pct": "gdxh", "prosecuted_order": "nld_2025",
    "prosecuted_economic": "nld_2025", "prosecuted_drugs": "nld_2025",
}  # fmt: skip
"""What else was printed, and where: keys of this page's texts `source_…`."""


def published(screen: Screen) -> None:
    """Draw the real figures found in print beside what the simulated list counts for the same year."""
    lang, made = screen.language, []
    for name in PUBLISHED:
        now = screen.figure(f"trf_published_{name}", period="K2025", **WHOLE)
        before = screen.figure(f"trf_published_{name}", period="K2024", **WHOLE)
        made.append(_published(screen, now, before.value, YEARLY))
    for name, where in FURTHER.items():
        now, before = (screen.figure(f"trf_published_{name}", period=None, where={"series": f"nam_{year}"}, **WHOLE)
                       for year in (2025, 2024))  # fmt: skip
        made.append(_published(screen, now, before.value, where))
    label = screen.figure("trf_published_deaths", period="K2025", **WHOLE)
    columns = [column("name", width=190), column("value"), column("before"), column("unit", width=110),
               column("source", width=360)]
    with screen.card("published", text(screen, "published_title"), text(screen, "published_sub")):
        if label.value is None:
            empty(language=lang)
            return
        frame = pl.DataFrame(made, infer_schema_length=None)
        tables.table(frame, columns, key="table_published", height="content", language=lang)
        page.note(text(screen, "published_note", verify=load_traffic().verify_within_days))
        tables.export_buttons(frame, columns, label, f"{screen.id}_published", lang)


def _published(screen: Screen, figure: Figure, before: float | None, where: str) -> dict[str, str]:
    lang = screen.language
    return {
        "name": figure.name[lang].split(",")[0], "value": write.number(figure.value, figure.decimals, lang),
        "before": write.number(before, figure.decimals, lang), "unit": figure.unit[lang],
        "source": text(screen, f"source_{where}"),
    }  # fmt: skip
