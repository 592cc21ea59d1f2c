"""What only the discharge page draws: who is over and since when, where, how often, and with which instrument."""

from collections.abc import Mapping
from datetime import timedelta
from html import escape
from typing import Any

import polars as pl
import streamlit as st

from components import asking, attention, charts, maps, page, tables, theme
from components import format as write
from components.chart import chart
from components.discharge_charts import BANDS, STATUS, against_limit, fill, legend, word
from components.filters import choice_filter
from components.screen import Screen
from components.states import empty
from components.tables import ColumnSpec
from config.locale import catalogue, say
from config.registry import load_registry
from services import discharge
from services.methods.discharge import DAY_STATES
from services.names import name_of
from services.versions import version_behind

ALL_KINDS = "all"
RANKED_DAYS, SERIES_DAYS, LOAD_DAYS = 30, 7, 30
VIEW = maps.View(lon=105.62, lat=19.75, zoom=7.7)
LOADS = ("dis_load_cod", "dis_load_tss", "dis_load_nh4", "dis_load_pm", "dis_load_so2", "dis_load_nox")
DECIMALS = {"pH": 2, "NH4": 2, "Flow": 0, "SO2": 0, "NOx": 0, "CO": 0, "NO": 0, "NO2": 0, "Color": 0}


def text(screen: Screen, key: str, **values: object) -> str:
    """Return a text of this page."""
    return say(f"discharge_page.{key}", screen.language, **values)


def column(name: str, kind: tables.Kind = "text", decimals: int = 0, width: str | int | None = None) -> ColumnSpec:
    """Return a column titled from this page's texts."""
    return tables.titled(name, f"discharge_page.col_{name}", kind, decimals, width, "")


def asked_for() -> str:
    """Return the code of the outlet that the address asks for, '' for the page of all."""
    return st.query_params.get("outlet", "").strip().upper()


def choices(language: str) -> Mapping[str, tuple[str, Mapping[str, str]]]:
    """Return the page's filter: waste water, flue gas or both."""
    names = {k: say(f"discharge_page.kind_{k}", language) for k in (ALL_KINDS, *discharge.KINDS)}
    return {"outlet_kind": (say("discharge_page.filter_kind", language), names)}


def kind_of(screen: Screen) -> str:
    """Return the kind of outlet chosen, '' for all; binds the page's figures to it."""
    chosen = str(getattr(screen, "outlet_kind", ALL_KINDS))
    kind = "" if chosen == ALL_KINDS else chosen
    screen.chosen["where"] = {"kind": kind} if kind else None
    return kind


def short(code: str, language: str) -> str:
    """Return an outlet's name without the mark of invention, where the card bears the simulated box."""
    name = name_of("station", code)[language]
    return name.removesuffix(" (mô phỏng)").removesuffix(" (simulated)")


def symbol(code: str, language: str) -> str:
    """Return what a parameter is called on this page, in as few letters as may be."""
    return catalogue().get(f"discharge_page.symbol_{code}", {}).get(language, code)


def shorts(column_name: str, language: str) -> pl.Expr:
    """Return the short names of a column of outlets."""
    return pl.col(column_name).replace({code: short(code, language) for code in load_registry().stations})


def symbols(column_name: str, language: str) -> pl.Expr:
    """Return the names of a column of parameters."""
    named = {p.symbol for station in load_registry().stations.values() for p in station.parameters}
    return pl.col(column_name).replace({code: symbol(code, language) for code in named})


def words_of(column_name: str, language: str) -> pl.Expr:
    """Return the words of a column of states."""
    return pl.col(column_name).replace({state: word(state, language) for state in DAY_STATES})


def is_simulated(screen: Screen) -> bool:
    """Say whether the readings are simulated."""
    return screen.figure("dis_outlets_over", where=None).simulated


@st.cache_data(max_entries=200, show_spinner=False)
def _asked(name: str, asked: tuple[tuple[str, Any], ...], viewer: Any, version: int, minute: str) -> pl.DataFrame:
    found: pl.DataFrame = getattr(discharge, name)(**dict(asked), viewer=viewer)
    return found


def ask(screen: Screen, name: str, **asked: Any) -> pl.DataFrame:
    """Return rows of `services.discharge`, remembered until the readings, the minute or the viewer change."""
    minute = f"{asking.moment():%Y%m%d%H%M}"
    return _asked(name, tuple(sorted(asked.items())), screen.viewer, version_behind("dis_outlets_over"), minute)


# Who is over


def how_far(screen: Screen, row: Mapping[str, Any]) -> str:
    """Say how far a value lies over its limit: times the limit, or outside which range."""
    if row["top"] is not None:
        return text(screen, "times", value=write.number(row["top"], 2, screen.language))
    low, high = (write.number(row[b], 1, screen.language) for b in ("lower", "upper"))
    return text(screen, "outside", low=low, high=high)


def over_list(screen: Screen, kind: str, most: int = 4) -> None:
    """Draw the exceedances that go on: outlet, parameter, since when, how far over, and the instrument's state."""
    found = ask(screen, "exceedances", kind=kind).filter(pl.col("going_on"))
    title = text(screen, "over_title", count=found["station"].n_unique()) if found.height else text(screen, "over_none")
    with screen.card("over", title, text(screen, "over_sub"), is_simulated(screen)):
        attention.attention([_work(screen, row) for row in found.head(most).iter_rows(named=True)], screen.language)


def _work(screen: Screen, row: Mapping[str, Any]) -> attention.Work:
    lang = screen.language
    said = text(
        screen, "over_row", far=how_far(screen, row), since=f"{write.local(row['since']):%H:%M %d/%m}",
        hours=write.number(row["hours"], 0, lang), instrument=word(row["instrument"], lang).lower(),
    )  # fmt: skip
    subject = f"{short(row['station'], lang)} · {symbol(row['symbol'], lang)}"
    status = "critical" if (row["top"] or 0) >= 2 else "bad"
    return attention.Work(status, subject, said, screen.door(outlet=row["station"]), text(screen, "see"))


def ranked(screen: Screen, kind: str) -> None:
    """Draw the outlets by hours over in the last 30 days, each a door to its own view."""
    lang = screen.language
    asked = screen.asked({"by": ("station", "time"), "last": RANKED_DAYS})
    found = asking.figures("dis_hours_over", screen.viewer, **asked)
    rows = found.frame.group_by("key").agg(pl.col("value").sum()).sort("value", "key", descending=[True, False])
    served = {s.code for s in discharge.outlets(kind)}
    rows = rows.filter(pl.col("key").is_in(served)).with_columns(
        shorts("key", lang).alias("name"), pl.lit(screen.door(outlet="")).add(pl.col("key")).alias("url"),
        pl.when(pl.col("value") > 0).then(pl.lit("bad")).otherwise(pl.lit("none")).alias("status"),
    )  # fmt: skip
    title = text(screen, "ranked_title", count=rows.filter(pl.col("value") > 0).height)
    with screen.card("ranked", title, text(screen, "ranked_sub"), found.figure.simulated):
        attention.ranking(rows, value_title=text(screen, "hours"), decimals=0, name_title=text(screen, "outlet"),
                          language=lang)  # fmt: skip


# Where


def dot(state: str) -> str:
    """Return the colour of a state on the map, where an outlet that measures is seen as well."""
    colours = theme.palette()
    own = {"ok": colours.ok, "calibrating": colours.classes[3], "broken": colours.ink, "missing": colours.stale}
    return own.get(state) or fill(state)


def map_legend(language: str) -> None:
    """Name the colours of the map."""
    items = "".join(
        f'<span style="white-space:nowrap"><i style="display:inline-block;width:.7rem;height:.7rem;border-radius:50%;'
        f'margin-right:.3rem;background:{dot(state)}"></i>{escape(word(state, language))}</span>'
        for state in ("over", *BANDS, "ok")
    )  # fmt: skip
    st.html(f'<div class="ioc-sub" style="display:flex;flex-wrap:wrap;gap:.2rem .7rem">{items}</div>')


def point(screen: Screen, code: str, state: str, about: str) -> dict[str, object]:
    """Return an outlet as a point of a map: its colour by state, its name and words when touched."""
    station = load_registry().stations[code]
    shown = dot(state)
    tip = f"{station.name.of(screen.language)}\n{word(state, screen.language)}{about}"
    return {"lon": station.lon, "lat": station.lat, "colour": shown, "tip": tip, "kind": station.kind,
            "text": short(code, screen.language)}  # fmt: skip


def draw_points(screen: Screen, points: list[dict[str, object]], key: str, title: str, height: int,
                view: maps.View = VIEW, lazy: bool = True) -> None:  # fmt: skip
    """Draw outlets as large points and stacks as small ones, with the names of those over the limit."""
    layers = [maps.names([p for p in points if p.get("named")], id=f"{key}_names")]
    for kind, size in (("effluent", 9), ("stack", 6)):
        rows = [p for p in points if p["kind"] == kind]
        layers.append(maps.points(pl.DataFrame(rows, infer_schema_length=None) if rows else _no_points(),
                                  id=f"{key}_{kind}", size=size))  # fmt: skip
    maps.show_map(layers, key=key, view=view, height=height, alt_text=title, credited=False, lazy=lazy,
                  language=screen.language)  # fmt: skip


def _no_points() -> pl.DataFrame:
    return pl.DataFrame(schema={"lon": pl.Float64, "lat": pl.Float64, "tip": pl.String, "colour": pl.String})


def map_of_now(screen: Screen, kind: str) -> None:
    """Draw where the outlets are and what each is doing in the latest hour."""
    latest = ask(screen, "last_hours", kind=kind)
    shown = latest.with_columns(pl.when(pl.col("condition") == "missing").then(pl.lit("missing"))
                                .otherwise(pl.col("state")).alias("state"))  # fmt: skip
    states = {code: _gravest(shown.filter(pl.col("station") == code)) for code in latest["station"].unique()}
    over = sum(state == "over" for state, _ in states.values())
    title = text(screen, "map_title", over=over, all=len(discharge.outlets(kind)))
    with screen.card("outlets", title, text(screen, "map_sub"), is_simulated(screen)):
        points = []
        for station in discharge.outlets(kind):
            state, about = states.get(station.code, ("missing", ""))
            said = f" · {symbol(about, screen.language)}" if about and state != "ok" else ""
            points.append({**point(screen, station.code, state, said), "named": state == "over"})
        draw_points(screen, points, "discharge_map", title, 300)
        map_legend(screen.language)
        maps.credit(screen.language)


def _gravest(rows: pl.DataFrame) -> tuple[str, str]:
    order = ("over", "stuck", "missing", "broken", "calibrating", "ok")
    first = min(rows.iter_rows(named=True), key=lambda r: (order.index(r["state"]), -(r["ratio"] or 0)))
    return first["state"], first["symbol"]


# A parameter against its limit, and the loads


def series(screen: Screen, kind: str) -> None:
    """Draw a parameter of an outlet over seven days against its limit, both chosen in the address."""
    lang = screen.language
    found = ask(screen, "exceedances", kind=kind)
    stations = discharge.outlets(kind)
    usual = found["station"][0] if found.height else stations[0].code
    with screen.card("series"):
        head = st.container()
        with st.container(horizontal=True, key="series_filters"):
            with st.container(key="filter_wide_series"):
                code = choice_filter("series", text(screen, "outlet"), {s.code: short(s.code, lang) for s in stations},
                                     default=usual)  # fmt: skip
            measured = discharge.parameters(load_registry().stations[code])
            worst = found.filter(pl.col("station") == code)["symbol"].to_list()
            with st.container(key="filter_symbol"):
                chosen = choice_filter("symbol", text(screen, "parameter"), {s: symbol(s, lang) for s in measured},
                                       default=worst[0] if worst else None)  # fmt: skip
        draw_series(screen, code, chosen, f"{short(code, lang)} · {symbol(chosen, lang)}", 548, 230, head)


def unit_of(code: str, name: str) -> str:
    """Return the unit of a parameter of an outlet."""
    units = {p.symbol: p.unit for p in load_registry().stations[code].parameters}
    return units.get(name, "mg/Nm³")


def draw_series(screen: Screen, code: str, name: str, title: str, width: int, height: int,
                head: Any = None) -> None:  # fmt: skip
    """Draw the hours of a parameter under a finding (in `head` where given): how many were over its limit."""
    lang, end = screen.language, asking.moment()
    end = end.replace(minute=0, second=0, microsecond=0)
    hours = ask(screen, "hours", station=code, symbol=name, start=end - timedelta(days=SERIES_DAYS), end=end)
    over, unit = int(hours["over"].sum() or 0), unit_of(code, name)
    known = hours["upper"].drop_nulls().len() > 0
    finding = text(screen, "series_title" if known else "series_unlimited", name=title, hours=over)
    with head or st.container():
        page.heading(finding, text(screen, "series_sub", unit=unit), is_simulated(screen), lang)
    if hours["mean"].is_null().all():
        empty(text(screen, "series_empty"), language=lang)
        return
    chart(against_limit(hours, unit, DECIMALS.get(name, 1), lang), key=f"chart_series_{code}_{name}", alt_text=finding,
          width=width, height=height, language=lang)  # fmt: skip
    legend(BANDS, lang)


def loads(screen: Screen, kind: str) -> None:
    """Draw the load of a parameter by outlet yesterday and in all over thirty days."""
    lang = screen.language
    offered = {i: load_registry().indicators[i].name.of(lang) for i in LOADS}
    mine = {i: n for i, n in offered.items() if not kind or (LOADS.index(i) < 3) == (kind == "effluent")}
    with screen.card("loads"):
        head = st.container()
        with st.container(key="filter_load", width=200):
            chosen = choice_filter("load", text(screen, "load"), mine, width=200)
        by_outlet = screen.divide(chosen, "station", where=None)
        over_time = screen.divide(chosen, "time", last=LOAD_DAYS, where=None)
        figure, unit = by_outlet.figure, by_outlet.figure.unit[lang]
        rows = by_outlet.frame.drop_nulls("value").sort("value", descending=True)
        title = text(screen, "load_title", name=figure.name[lang], value=write.number(figure.value, 0, lang))
        period = write.period_label(figure.period, lang)
        with head:
            page.heading(title, text(screen, "load_sub", period=period), figure.simulated, lang)
        if rows.is_empty():
            empty(language=lang)
            return
        bars = charts.bars(rows.select(shorts("key", lang).alias("name"), "value"), unit=unit, decimals=0,
                           language=lang)  # fmt: skip
        chart(bars, key="chart_load", alt_text=title, width=548, height=24 * rows.height + 20, language=lang)
        line = charts.line(over_time.frame.select("start", "value"), unit=unit, decimals=0, zero=True, language=lang)
        chart(line, key="chart_load_days", alt_text=title, width=548, height=120, language=lang)


# Side by side


def table(screen: Screen, kind: str) -> None:
    """Draw every outlet and parameter: latest hour, limit, basis, 24 hours, hours over, instrument; with export."""
    lang, today = screen.language, write.local(asking.moment()).date()
    latest = ask(screen, "last_hours", kind=kind)
    days = ask(screen, "days", first=today - timedelta(days=RANKED_DAYS), last=today - timedelta(days=1),
               kind=kind)  # fmt: skip
    keys = ["station", "symbol"]
    sums = days.group_by(keys).agg(pl.col("hours_over").sum(), pl.col("hours_stuck").sum(),
                                   pl.col("judged").drop_nulls().last().alias("day_mean"))  # fmt: skip
    frame = latest.join(sums, on=keys, how="left").sort("over", "hours_over", "ratio", descending=True, nulls_last=True)
    shown = frame.with_columns(
        shorts("station", lang).alias("name"), symbols("symbol", lang).alias("parameter"),
        pl.col("judged").fill_null(pl.col("mean")).alias("value"), words_of("condition", lang).alias("instrument"),
        pl.col("basis").str.replace(r" \(.*\)$", "").fill_null(text(screen, "no_limit")), _bad_or_ok().alias("status"),
        pl.lit(screen.door(outlet="")).add(pl.col("station")).alias("open"),
    )  # fmt: skip
    columns = [
        column("name", width=150), tables.titled("open", "discharge_page.col_open", "link", 0, 58, ""),
        column("parameter", width=84), column("status", "status", width=94), column("value", "number", 1, 54),
        column("upper", "number", 1, 58), column("ratio", "number", 2, 50), column("day_mean", "number", 1, 56),
        column("instrument", width=90), column("hours_over", "number", 0, 60),
        column("hours_stuck", "number", 0, 64), column("period", "moment", width=132), column("basis", width=146),
    ]  # fmt: skip
    label = screen.figure("dis_times_hour")
    over = frame.filter(pl.col("over") == 1).height
    screen.rows(shown, columns, label, text(screen, "table_title", over=over, all=frame.height),
                text(screen, "table_sub"), key="limits", simulated=is_simulated(screen))  # fmt: skip


def _bad_or_ok() -> pl.Expr:
    late = pl.col("condition").is_in(["missing", "broken", "calibrating"])
    return (
        pl.when(late).then(pl.lit("stale")).when(pl.col("over") == 1).then(pl.lit("bad"))
        .when(pl.col("upper").is_null()).then(pl.lit("none")).otherwise(pl.lit("ok"))
    )  # fmt: skip


__all__ = ["STATUS", "ask", "asked_for", "choices", "kind_of", "short", "symbol", "text"]
