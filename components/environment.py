"""What only the environment's page draws: stations in the official colours, health advice, dated real data."""

from html import escape

import polars as pl
import streamlit as st

from components import charts, labels, maps, page, tables
from components import format as write
from components.attention import ranking
from components.chart import chart
from components.filters import choice_filter
from components.screen import Screen
from components.states import empty
from components.tables import ColumnSpec
from config.locale import say
from config.models import Station
from config.registry import load_registry
from services.indicators import Breakdown
from services.methods import air_quality, water_quality

WORST = "worst"
VIEW = maps.View(lon=105.62, lat=19.95, zoom=8.0)
SCALES = {"env_aqi_hour": air_quality.level, "env_national_aqi": air_quality.level, "env_wqi": water_quality.level}


def level_word(indicator: str, value: float | None, language: str) -> tuple[str, str]:
    """Return the official colour and word of an index's value; grey and a dash without one."""
    band = SCALES[indicator](None if value is None else int(value))
    return (band.colour, band.word(language)) if band else ("#626B76", write.NOTHING)


def _point(screen: Screen, indicator: str, station: Station, row: dict[str, object], stale: bool) -> dict[str, object]:
    value = row["value"] if isinstance(row["value"], float) else None
    colour, word = level_word(indicator, value, screen.language)
    name = station.name.of(screen.language)
    number = write.number(value, 0, screen.language)
    late = f" · {say('ui.status_stale', screen.language)}" if stale else ""
    return {
        "lon": station.lon,
        "lat": station.lat,
        "colour": "#8C99A8" if stale else colour,
        "tip": f"{name}\n{number} · {word}{late}",
        "text": number,
        "known": value is not None,
    }


def _stations(screen: Screen, indicator: str) -> tuple[list[dict[str, object]], Breakdown]:
    """Return a point for every station of an index, those without a value too."""
    found = screen.divide(indicator, "station")
    values = {r["key"]: r for r in found.frame.iter_rows(named=True)}
    kind = "water" if indicator == "env_wqi" else "air"
    stale = labels.shown_status(found.figure) == "stale"
    stations = [s for s in load_registry().stations.values() if s.kind == kind and s.scope == "inside"]
    nothing: dict[str, object] = {"value": None}
    return [_point(screen, indicator, s, values.get(s.code, nothing), stale) for s in stations], found


def station_map(screen: Screen) -> None:
    """Draw the air and water stations in the colours of their level, the air stations with their index."""
    air, found = _stations(screen, "env_aqi_hour")
    water, _ = _stations(screen, "env_wqi")
    worst = max((r["value"] for r in found.frame.iter_rows(named=True) if r["value"] is not None), default=None)
    _, word = level_word("env_aqi_hour", worst, screen.language)
    title = say("environment_page.map_title", screen.language, value=write.number(worst), word=word.lower())
    sub = say(
        "environment_page.map_sub", screen.language, period=write.period_label(found.figure.period, screen.language)
    )
    with screen.card("stations", title, sub, found.figure.simulated):
        layers = [
            maps.names([a for a in air if a["known"]], id="air_names"),
            maps.points(pl.DataFrame(water, infer_schema_length=None), id="water", size=6),
            maps.points(pl.DataFrame(air, infer_schema_length=None), id="air", size=9),
        ]
        maps.show_map(layers, key="station_map", view=VIEW, height=316, alt_text=title, credited=False,
                      language=screen.language)
        _legend(screen)
        maps.credit(screen.language)


def _legend(screen: Screen) -> None:
    marks = "".join(
        f'<span style="white-space:nowrap"><i style="display:inline-block;width:.7rem;height:.7rem;border-radius:50%;'
        f'margin-right:.3rem;background:{band.colour};border:1px solid var(--line)"></i>'
        f"{band.minimum}–{band.maximum} {escape(band.word(screen.language))}</span>"
        for band in air_quality.LEVELS
    )
    st.html(f'<div class="ioc-sub" style="display:flex;flex-wrap:wrap;gap:.2rem .7rem">{marks}</div>')
    page.note(say("environment_page.grey", screen.language))


def advice(screen: Screen) -> None:
    """Draw the health advice of the worst station's level."""
    figure = screen.figure("env_aqi_hour")
    band = air_quality.level(None if figure.value is None else int(figure.value))
    title = say("environment_page.advice_title", screen.language)
    if band is None or labels.shown_status(figure) == "stale":
        with screen.card("advice", title):
            page.note(say("environment_page.advice_late", screen.language))
        return
    with screen.card("advice", title, band.word(screen.language), figure.simulated):
        rows = (
            (say("environment_page.everyone", screen.language), band.advice(screen.language)),
            (say("environment_page.sensitive", screen.language), band.advice_sensitive(screen.language)),
        )
        st.html("".join(f'<div class="ioc-advice"><b>{escape(who)}.</b> {escape(text)}</div>' for who, text in rows))


RANKED = {"env_aqi_hour": ("ranked", "VN_AQI"), "env_wqi": ("ranked_water", "VN_WQI")}
"""The indices by which stations are ranked: the name of the card and of the index."""


def ranked_stations(screen: Screen) -> None:
    """Draw the air and the water stations, the worst first, with the word of their level."""
    for indicator, (key, index) in RANKED.items():
        found = screen.divide(indicator, "station")
        worst_first = indicator == "env_aqi_hour"
        named = _named("air" if indicator == "env_aqi_hour" else "water", screen.language)
        frame = pl.DataFrame({"key": list(named), "name": list(named.values())}).join(
            found.frame.select("key", "value", "status", "id"), on="key", how="left", maintain_order="left"
        ).sort("value", descending=worst_first, nulls_last=True)  # fmt: skip
        none = say("environment_page.no_index", screen.language)
        words = [none if v is None else level_word(indicator, v, screen.language)[1] for v in frame["value"]]
        station, word = pl.col("name").str.strip_prefix("Trạm "), pl.Series("word", words, dtype=pl.String)
        rows = frame.with_columns(name=pl.format("{} · {}", station, word)).select(
            "name", "value", "status", pl.format("/data_quality?figure={}", "id").alias("url")
        )
        title = say(f"environment_page.{key}_title", screen.language)
        with screen.card(key, title, index, found.figure.simulated):
            ranking(rows, value_title=index, decimals=0, name_title=say("screen.by_station", screen.language),
                    language=screen.language)


def aqi_course(screen: Screen) -> None:
    """Draw the index of the last 72 hours of the four stations where it was highest."""
    names = _named("air", screen.language)
    known = {code: [v for v in screen.trend_values("env_aqi_hour", 72, where={"station": code}) if v is not None]
             for code in names}  # fmt: skip
    peaks = {code: max(values) for code, values in known.items() if values}
    codes = sorted(names, key=lambda code: peaks.get(code, 0.0), reverse=True)[:4]
    title = say("environment_page.aqi_trend", screen.language)
    if peaks:
        told = {"name": names[codes[0]], "value": write.number(peaks[codes[0]], 0, screen.language)}
        title = say("environment_page.aqi_course", screen.language, **told)
    screen.trend("env_aqi_hour", 72, title=title, key="aqi", series_by=("station", codes), width=548, height=240,
                 subtitle=say("environment_page.aqi_sub", screen.language))  # fmt: skip


LIMITED = (
    "env_pm25_day", "env_pm10_day", "env_no2_hour", "env_so2_hour", "env_co_hour", "env_o3_hour", "env_o3_8h",
    "env_do_low", "env_cod_high", "env_nh4_high", "env_tss_high",
)  # fmt: skip
"""The indicators that a regulation sets a limit for, as the page offers them."""
COURSE = {"day": 60, "hour": 168}


def _limited(indicator: str, language: str) -> str:
    """Return what is measured and over which time, as its limit says it."""
    rule = load_registry().indicators[indicator].target_limit
    assert rule
    return say(f"environment_page.average_{rule.average}", language, parameter=rule.parameter)


def against_limit(screen: Screen) -> None:
    """Draw a parameter against its limit, at the worst station of each moment or at one: both in the address."""
    lang = screen.language
    with screen.card("limits"):
        head = st.container()
        with st.container(horizontal=True, key="limits_filters"):
            with st.container(key="filter_parameter"):
                names = {i: _limited(i, lang) for i in LIMITED}
                asked = choice_filter("parameter", say("environment_page.parameter", lang), names)
            kind = "water" if load_registry().indicators[asked].source == "water_tt10" else "air"
            stations = {WORST: say("environment_page.worst_station", lang), **_named(kind, lang)}
            with st.container(key="filter_wide_station"):
                at = choice_filter(f"{kind}_station", say("screen.by_station", lang), stations)
        grain = load_registry().indicators[asked].grain
        found = screen.divide(asked, "time", last=COURSE[grain], where=None if at == WORST else {"station": at})
        figure, known = found.figure, found.frame["value"].drop_nulls()
        limit = figure.target or 0.0
        over = (known > limit if figure.direction == "down" else known < limit).sum()
        title = say(f"environment_page.limits_{grain}", lang, name=_limited(asked, lang), over=over, all=known.len())
        with head:
            page.heading(title, f"{stations[at]} · {figure.unit[lang]} · {figure.legal_basis}", figure.simulated, lang)
        if known.is_empty():
            empty(language=lang)
            return
        spec = charts.line(found.frame, unit=figure.unit[lang], decimals=figure.decimals, limit=limit, language=lang)
        chart(spec, key=f"chart_limits_{asked}_{at}", alt_text=title, width=548, height=192, language=lang)


def _named(kind: str, language: str) -> dict[str, str]:
    """Return the names of the province's stations of a kind by code."""
    return {s.code: s.name.of(language) for s in load_registry().stations.values()
            if s.kind == kind and s.scope == "inside"}  # fmt: skip


def water(screen: Screen) -> None:
    """Draw the water stations side by side, with what their index says and does not say."""
    screen.compare(["env_wqi", "env_do_low", "env_cod_high", "env_nh4_high"], "station",
                   say("environment_page.water_title", screen.language), key="water", height="auto",
                   titles=titles("wqi", "do", "cod", "nh4"))  # fmt: skip
    page.note(say("environment_page.water_note", screen.language))


def dated(screen: Screen) -> None:
    """Draw the last published values of what comes dated, each with its date and source: never as now."""
    names = (
        "env_river_alarm",
        "env_river_above",
        "env_alarm_orders",
        "env_rain_day",
        "env_storms_season",
        "env_national_aqi",
    )
    rows = [
        {
            "name": figure.name[screen.language],
            "value": write.number(figure.value, figure.decimals, screen.language),
            "unit": figure.unit[screen.language],
            "when": write.period_label(figure.period, screen.language),
            "source": figure.source_name[screen.language],
            "owner": figure.owner_name[screen.language],
        }
        for figure in (screen.figure(n) for n in names)
    ]
    frame = pl.DataFrame(rows, infer_schema_length=None)
    columns = [
        ColumnSpec("name", "Chỉ tiêu", "Indicator"),
        ColumnSpec("value", "Giá trị", "Value"),
        ColumnSpec("unit", "Đơn vị", "Unit"),
        ColumnSpec("when", "Ngày của số liệu", "Date of the data"),
        ColumnSpec("source", "Nguồn", "Source"),
        ColumnSpec("owner", "Chủ quản", "Owner"),
    ]
    with screen.card(
        "dated",
        say("environment_page.dated_title", screen.language),
        say("environment_page.dated_sub", screen.language),
    ):
        if frame.is_empty():
            empty(language=screen.language)
            return
        tables.table(frame, columns, key="table_dated", language=screen.language)


def outside(screen: Screen) -> None:
    """Draw the reference station in Hà Nội: real, dated, outside the province."""
    station = load_registry().stations["HANOI_US_EMBASSY"]
    screen.trend(
        "env_pm25_mean",
        55,
        "month",
        station.name.of(screen.language),
        key="hanoi",
        period="2020-07",
        where={"station": station.code},
        width=1124,
        height=220,
        subtitle=say("environment_page.hanoi_sub", screen.language),
    )
    page.note(say("environment_page.hanoi_note", screen.language))


def titles(*names: str) -> list[str]:
    """Return the catalogue's keys of short headers."""
    return [f"environment_page.short_{name}" for name in names]
