"""One outlet or stack: its permit, its parameters' days, each against its limit, and its exceedances."""

from html import escape

import polars as pl
import streamlit as st

from components import asking, doors, labels, page, states
from components import discharge as own
from components import format as write
from components.chart import chart
from components.discharge_charts import legend, state_grid
from components.screen import Screen
from config.models import Station
from config.registry import load_registry
from services import discharge
from services.names import name_of

EPISODE_DAYS = 60


def outlet_view(screen: Screen, code: str) -> None:
    """Draw an outlet's own view with the way back to all."""
    station = load_registry().stations.get(code)
    if station is None or station.kind not in discharge.KINDS:
        _head(screen, code, "")
        states.empty(own.text(screen, "unknown"), own.text(screen, "unknown_do"), screen.language)
        return
    about = station.outfall.enterprise.of(screen.language) if station.outfall else ""
    _head(screen, own.short(code, screen.language), f"{about} · {code}" if about else code)
    screen.chosen["where"] = {"station": code}
    screen.strip("dis_hours_over", "dis_times_day", "dis_stuck_hours", "dis_capture", grain="day")
    left, right = st.columns([436, 676], gap="small")
    with left:
        _facts(screen, station)
        _exceedances(screen, code)
    with right:
        _days(screen, code)
        _limits(screen, code)
    _each(screen, code)


def _head(screen: Screen, title: str, sub: str) -> None:
    with page.header(title, sub, "", screen.language):
        kept = {k: v for k, v in st.query_params.items() if k == "lang"}
        address = escape(doors.address(screen.id, kept))
        st.html(f'<a class="ioc-button" href="{address}">{own.text(screen, "back")}</a>', width="content")


def _facts(screen: Screen, station: Station) -> None:
    lang = screen.language
    row = screen.states("dis_silent").filter(pl.col("station") == station.code)
    now = row.row(0, named=True) if row.height else None
    state = {"reporting": "ok", "late": "stale", "silent": "stale"}[now["state"]] if now else "stale"
    said = own.text(screen, f"line_{now['state']}" if now else "line_never")
    lines = [
        ("line", labels.status(state, lang, said)),
        ("last", write.moment(now["time"], asking.moment(), lang) if now else write.NOTHING),
        ("kind", own.text(screen, f"kind_{station.kind}")),
        ("place", escape(name_of("place", station.place)[lang])),
        ("since", write.date(station.since)),
        ("licensed", write.date(station.outfall.licensed) if station.outfall else write.NOTHING),
        ("flow", _flow(screen, station)),
    ]
    with screen.card("facts", own.text(screen, "facts"), "", own.is_simulated(screen)):
        rows = "".join(
            f'<tr><td><span class="ioc-muted">{own.text(screen, f"f_{name}")}</span></td>'
            f'<td class="ioc-num" style="white-space:normal"><span>{value}</span></td></tr>'
            for name, value in lines if value and value != write.NOTHING
        )  # fmt: skip
        st.html(f'<table class="ioc-table"><tbody>{rows}</tbody></table>')


def _flow(screen: Screen, station: Station) -> str:
    flow = station.outfall.flow if station.outfall else None
    if flow is None:
        return write.NOTHING
    return own.text(screen, f"flow_{station.kind}", value=write.number(flow, 0, screen.language))


def _days(screen: Screen, code: str) -> None:
    """Draw the state of each parameter on each of the last sixty days."""
    lang = screen.language
    first, last = discharge.window(None)
    found = own.ask(screen, "days", first=first, last=last, station=code)
    local = pl.col("period").dt.convert_time_zone("Asia/Ho_Chi_Minh").dt.date().alias("day")
    frame = found.with_columns(
        local, own.symbols("symbol", lang).alias("row"), own.words_of("state", lang).alias("tip"))
    with screen.card("days", own.text(screen, "days_title"), own.text(screen, "days_sub"), own.is_simulated(screen)):
        if frame.is_empty():
            states.empty(language=lang)
            return
        height = 24 * frame["row"].n_unique() + 34
        chart(state_grid(frame, None, lang), key="chart_days", alt_text=own.text(screen, "days_title"), width=676,
              height=height, language=lang)  # fmt: skip
        legend(language=lang)


def _limits(screen: Screen, code: str) -> None:
    lang = screen.language
    frame = discharge.limits_of(code, viewer=screen.viewer).with_columns(
        own.symbols("symbol", lang).alias("parameter"), pl.col("basis").fill_null(own.text(screen, "no_limit")))
    columns = [own.column("parameter"), own.column("lower", "number", 1), own.column("upper", "number", 1),
               own.column("unit"), own.column("o2_reference", "number", 0), own.column("basis")]  # fmt: skip
    columns = [c for c in columns if frame[c.name].is_not_null().any()]
    screen.rows(frame, columns, screen.figure("dis_permits", where=None), own.text(screen, "limits_title"),
                own.text(screen, "limits_sub"), key="permit", height="content",
                simulated=own.is_simulated(screen))  # fmt: skip


def _exceedances(screen: Screen, code: str) -> None:
    lang = screen.language
    found = own.ask(screen, "exceedances", station=code, within=EPISODE_DAYS)
    title = own.text(screen, "episodes_title", count=found.height)
    if found.is_empty():
        with screen.card("episodes", title):
            page.note(own.text(screen, "episodes_none"))
        return
    frame = found.with_columns(own.symbols("symbol", lang).alias("parameter"))
    columns = [own.column("parameter", width=80), own.column("since", "moment", width=122),
               own.column("last", "moment", width=122), own.column("hours", "number", 0, 50),
               own.column("top", "number", 2, 50)]  # fmt: skip
    screen.rows(frame, columns, screen.figure("dis_hours_over"), title, own.text(screen, "episodes_sub"),
                key="episodes", height=330, simulated=own.is_simulated(screen))  # fmt: skip


def _each(screen: Screen, code: str) -> None:
    """Draw each parameter with a limit over seven days, two beside each other."""
    lang = screen.language
    limited = discharge.limits_of(code, viewer=screen.viewer).drop_nulls("upper")["symbol"].to_list()
    shown = [s for s in discharge.parameters(load_registry().stations[code]) if s in limited or s == "Flow"]
    for pair in (shown[n : n + 2] for n in range(0, len(shown), 2)):
        for place, name in zip(screen.columns("two"), pair, strict=False):
            with place, screen.card(f"series_{name}"):
                own.draw_series(screen, code, name, own.symbol(name, lang), 548, 170)


