"""One fishing vessel: where it is, its record without the owner, its track of 7 days and its silences."""

from collections.abc import Sequence
from html import escape
from typing import Any

import polars as pl
import streamlit as st

from components import asking, labels, page, sea_map, states, vessels
from components import format as write
from components.screen import Screen
from components.tables import ColumnSpec
from config.locale import say
from services import vessels as service
from services.methods.vessel_state import zone_for_length
from services.names import name_of

Lines = Sequence[tuple[str, str]]


def vessel_view(screen: Screen, vessel: str) -> None:
    """Draw a vessel's own view with the way back to the fleet."""
    language = screen.language
    known = service.record(vessel, viewer=screen.viewer)
    now = screen.states(service.STATES_BY).filter(pl.col("vessel") == vessel)
    last = now.row(0, named=True) if now.height else None
    _head(screen, vessel, known, last)
    if known is None and last is None:
        states.empty(say("vessels_page.own_not_found", language, vessel=vessel),
                     say("vessels_page.own_check", language), language)
        return
    track = sea_map.track_of(vessel, last["time"], screen.viewer) if last else None
    left, right = st.columns([436, 676], gap="small")
    with left:
        if last and track:
            _state(screen, last, track)
        if known:
            _record(screen, known)
    with right:
        _map(screen, vessel, track)
        if track:
            _silences(screen, track)
    if track:
        _positions(screen, track)


def _head(screen: Screen, vessel: str, known: dict[str, Any] | None, last: dict[str, Any] | None) -> None:
    language = screen.language
    about = [known["trade"], _metres(known["length_m"], language), known["home_port"]] if known else [
        say("vessels.not_registered", language)]
    if last:
        when = write.moment(last["time"], asking.moment(), language)
        about.append(say("vessels_page.own_last", language, when=when))
    with page.header(vessel, " · ".join(str(a) for a in about if a), "", language):
        back = escape(vessels.door(screen))
        st.html(f'<a class="ioc-button" href="{back}">{say("vessels_page.back", language)}</a>', width="content")


def _metres(value: float | None, language: str) -> str:
    return say("vessels_page.metres", language, value=write.number(value, 1, language)) if value is not None else ""


def _lines(lines: Lines, language: str) -> None:
    rows = "".join(
        f'<tr><td><span class="ioc-muted">{say(f"vessels_page.f_{name}", language)}</span></td>'
        f'<td class="ioc-num" style="white-space:normal"><span>{text}</span></td></tr>'
        for name, text in lines if text
    )
    st.html(f'<table class="ioc-table"><tbody>{rows}</tbody></table>')


def _state(screen: Screen, last: dict[str, Any], track: service.Track) -> None:
    language = screen.language
    state = last["concern"] or last["state"]
    word = say(f"vessels_page.state_{state}", language)
    lines = [
        ("state", labels.status(vessels.STATUS[state], language, word)),
        ("silent", say("vessels_page.hours", language, hours=write.number(last["hours_silent"], 1, language))),
        ("position", escape(sea_map.position(last["lat"], last["lon"], language))),
        ("port", escape(last["port_name"])),
        ("line", escape(sea_map.line_words(last["line_distance_nm"], language))),
        ("received", say("vessels_page.received_of", language, received=track.received, expected=track.expected)),
        ("zone", name_of("zone", zone_for_length(last["length_m"]))[language] if last["length_m"] else ""),
        ("zone_at", name_of("zone", last["zone"])[language] if last["zone"] and last["is_at_sea"] else ""),
        ("action", say(f"vessels.action_{last['concern']}", language) if last["concern"] else ""),
    ]
    with screen.card("own_state", say("vessels_page.own_state", language), say("vessels_page.own_state_sub", language),
                     vessels.is_simulated(screen)):
        _lines(lines, language)
        page.note(say("vessels.zone_reference", language))


def _record(screen: Screen, known: dict[str, Any]) -> None:
    language = screen.language

    def until(number: str | None, day: Any) -> str:
        if day is None:
            return escape(number or "") or say("vessels_page.none", language)
        words = {"number": escape(number or ""), "date": write.date(day)}
        return say("vessels_page.until" if number else "vessels_page.until_date", language, **words)

    power = known["power_kw"]
    lines = [
        ("length", _metres(known["length_m"], language)),
        ("power", say("vessels_page.kilowatts", language, value=write.number(power, 0, language)) if power else ""),
        ("trade", escape(known["trade"] or "")), ("home_port", escape(known["home_port"] or "")),
        ("place", escape(name_of("place", known["place"])[language])),
        ("registered", write.date(known["registered_at"])),
        ("licence", until(known["licence"], known["licence_until"])),
        ("inspection", until(None, known["inspection_until"])),
        ("vms", escape(" · ".join(p for p in (known["vms_device"], known["vms_provider"]) if p))
         or say("vessels_page.none", language)),
    ]  # fmt: skip
    with screen.card("own_record", say("vessels_page.own_record", language),
                     say("vessels_page.own_record_sub", language), screen.figure("vessel_registered").simulated):
        _lines(lines, language)


def _map(screen: Screen, vessel: str, track: service.Track | None) -> None:
    language = screen.language
    if track is None or track.positions.is_empty():
        with screen.card("own_map"):
            states.empty(say("vessels_page.own_no_position", language),
                         say("vessels_page.own_no_position_why", language), language)
        return
    title = say("vessels_page.own_track", language, count=track.gaps.height)
    first, end = (write.moment(track.positions["time"][i], language=language) for i in (0, -1))
    with screen.card("own_map", title, say("vessels_page.own_track_sub", language, start=first, end=end),
                     vessels.is_simulated(screen)):
        sea_map.draw_track(track, vessel, title, language)


def _silences(screen: Screen, track: service.Track) -> None:
    language, title = screen.language, say("vessels_page.own_gaps", screen.language)
    if track.gaps.is_empty():
        with screen.card("own_gaps", title):
            page.note(say("vessels_page.own_gaps_none", language))
        return
    frame = track.gaps.with_columns(before=sea_map.positions(track.gaps, language, "lat_start", "lon_start"),
                                    after=sea_map.positions(track.gaps, language, "lat_end", "lon_end"))
    screen.rows(frame, [
        ColumnSpec("start", "Từ", "From", "moment", width=130), ColumnSpec("end", "Đến", "To", "moment", width=130),
        ColumnSpec("hours", "Giờ", "Hours", "number", 1, 52),
        ColumnSpec("distance_nm", "Hải lý", "Nautical miles", "number", 1, 58),
        ColumnSpec("before", "Vị trí trước", "Position before", width=148),
        ColumnSpec("after", "Vị trí sau", "Position after", width=148),
    ], screen.figure(service.STATES_BY), title, key="own_gaps", height=vessels.tall(frame.height, 6),
                simulated=vessels.is_simulated(screen))


def _positions(screen: Screen, track: service.Track) -> None:
    language = screen.language
    frame = track.positions.sort("time", descending=True)
    frame = frame.with_columns(where=sea_map.positions(frame, language))
    screen.rows(frame, [
        ColumnSpec("time", "Lúc", "At", "moment"), ColumnSpec("where", "Vị trí", "Position"),
        ColumnSpec("speed_kn", "Hải lý/giờ", "Knots", "number", 1),
        ColumnSpec("course", "Hướng (°)", "Course (°)", "number", 0),
        ColumnSpec("carrier", "Đường truyền", "Carrier"),
    ], screen.figure(service.STATES_BY), say("vessels_page.own_positions", language), key="own_positions",
                height=vessels.tall(frame.height, 8), simulated=vessels.is_simulated(screen))
