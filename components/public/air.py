"""The air near a commune: the nearest station that reports, its index and official colour, what to do, the last day."""

from html import escape
from typing import NamedTuple

import streamlit as st

from components import format as write
from components import labels, page
from components.public.terms import text
from components.screen import Screen
from components.states import empty
from config.registry import load_registry
from services.figure import Figure
from services.methods import air_quality
from services.nearby import Near, nearest

HOURS = 24


class Found(NamedTuple):
    """The station whose air is told (None: the worst of all), its index, and the nearer one that is silent."""

    near: Near | None
    figure: Figure
    silent: Near | None


def _is_told(figure: Figure) -> bool:
    return figure.value is not None and labels.shown_status(figure) != "stale"


def find(screen: Screen) -> Found:
    """Return the nearest station that reports; without a commune, or where none reports, the worst of all."""
    place = screen.chosen.get("place")
    stations = nearest(place, "air") if place else []
    for near in stations:
        figure = screen.figure("env_aqi_hour", place=None, where={"station": near.station.code})
        if _is_told(figure):
            return Found(near, figure, stations[0] if near is not stations[0] else None)
    return Found(None, screen.figure("env_aqi_hour", place=None), stations[0] if stations else None)


def air_near(screen: Screen, found: Found) -> None:
    """Draw the index, its word and the health advice."""
    lang, figure = screen.language, found.figure
    band = air_quality.level(int(figure.value)) if figure.value is not None and _is_told(figure) else None
    title = text(screen, "air_title", word=band.word(lang)) if band else text(screen, "air_none")
    with screen.card("air", title, _where(screen, found.near), figure.simulated):
        if band is None:
            empty(text(screen, "air_late"), language=lang)
            return
        _index(screen, figure, band)
        rows = ((text(screen, "everyone"), band.advice(lang)), (text(screen, "sensitive"), band.advice_sensitive(lang)))
        st.html("".join(f'<div class="ioc-advice"><b>{escape(who)}.</b> {escape(said)}</div>' for who, said in rows))
        page.note(labels.short_label(figure, lang))
        if found.silent:
            page.note(text(screen, "air_silent", station=found.silent.station.name.of(lang)))


def _where(screen: Screen, near: Near | None) -> str:
    if near is None:
        return text(screen, "air_worst")
    km = write.number(near.km, 1, screen.language)
    return text(screen, "air_near", station=near.station.name.of(screen.language), km=km)


def _index(screen: Screen, figure: Figure, band: air_quality.Level) -> None:
    """Draw the index as a number beside a field of its official colour with its word."""
    value, word = write.number(figure.value, 0, screen.language), escape(band.word(screen.language))
    st.html(
        f'<div class="ioc-index"><i style="background:{band.colour}" aria-hidden="true"></i>'
        f'<span class="ioc-value">{value}<span class="ioc-unit">VN_AQI</span></span><b>{word}</b></div>'
    )


def course(screen: Screen, found: Found) -> None:
    """Draw the index of the last 24 hours at that station."""
    about = found.near.station if found.near else load_registry().indicators["env_aqi_hour"]
    where = {"station": found.near.station.code} if found.near else None
    screen.trend("env_aqi_hour", HOURS, title=text(screen, "air_course", name=about.name.of(screen.language)),
                 key="air_course", height=236, width=560, place=None, where=where)
