"""The air near a commune: the nearest station's index in its official colour, what to do, and the last day."""

from html import escape

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


def air_near(screen: Screen) -> None:
    """Draw the air at the station nearest to the commune chosen; without one, at the worst station."""
    place = screen.chosen.get("place")
    near = nearest(place, "air") if place else None
    figure = screen.figure("env_aqi_hour", place=None, where={"station": near.station.code} if near else None)
    band = air_quality.level(None if figure.value is None else int(figure.value))
    late = labels.shown_status(figure) == "stale"
    known = band is not None and not late
    title = text(screen, "air_title", word=band.word(screen.language)) if band and known else text(screen, "air_none")
    with screen.card("air", title, _where(screen, near), figure.simulated):
        if band is None or not known:
            empty(text(screen, "air_late"), language=screen.language)
            return
        _index(screen, figure, band)
        rows = ((text(screen, "everyone"), band.advice(screen.language)),
                (text(screen, "sensitive"), band.advice_sensitive(screen.language)))  # fmt: skip
        st.html("".join(f'<div class="ioc-advice"><b>{escape(who)}.</b> {escape(said)}</div>' for who, said in rows))
        page.note(labels.short_label(figure, screen.language))


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


def course(screen: Screen) -> None:
    """Draw the index of the last 24 hours at that station."""
    place = screen.chosen.get("place")
    near = nearest(place, "air") if place else None
    name = near.station.name.of(screen.language) if near else load_registry().indicators["env_aqi_hour"].name.of(
        screen.language)  # fmt: skip
    screen.trend("env_aqi_hour", HOURS, title=text(screen, "air_course", name=name), key="air_course", height=236,
                 width=560, place=None, where={"station": near.station.code} if near else None)
