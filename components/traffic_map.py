"""The map of where people die: accidents of the period, black spots, situations in force."""

from html import escape
from typing import Any

import polars as pl
import streamlit as st

from components import format as write
from components import maps, page
from components.listing import scope
from components.screen import Screen
from components.theme import palette
from components.traffic import road_place, span, spots, text
from config.registry import load_registry
from services.figure import Figure
from services.names import name_of
from services.periods import parse_period
from services.rows import may_list, rows

PROVINCE = maps.View(lon=105.36, lat=19.98, zoom=7.35)
MOST_POINTS = 1_500
SPOT = "stale"
"""The tone of a black spot: grey, since the rule that makes it is not yet checked and judges nothing."""
POINT = {"lon": pl.Float64, "lat": pl.Float64, "status": pl.String, "tip": pl.String}


def accident_map(screen: Screen) -> None:
    """Draw the accidents of the period, the situations and, in grey, the black spots; one from near."""
    lang, found = screen.language, spots(screen)
    deaths = screen.figure("trf_deaths", period=span(screen))
    title = _title(screen, deaths)
    sub = text(screen, "map_sub", period=write.period_label(deaths.period, lang))
    crashes = _accidents(screen)
    with screen.card("map", title, sub, deaths.simulated):
        view, chosen = _view(screen, found)
        layers = [
            maps.points(crashes.filter(pl.col("status") == "none"), id="crashes", size=2),
            maps.points(crashes.filter(pl.col("status") == "bad"), id="fatal", size=2),
            maps.points(_situations(screen), id="situations", size=5),
            maps.points(_spots(screen, found), id="spots", size=7),
        ]
        if chosen:
            layers.append(maps.names([{"lon": view.lon, "lat": view.lat, "text": chosen}], id="chosen"))
        maps.show_map(layers, key=f"traffic_map_{view.lat:.4f}_{view.lon:.4f}", view=view, height=404, alt_text=title,
                      credited=False, language=lang)
        _legend(screen)
        if chosen:
            door = escape(screen.door(spot=""))
            st.html(f'<div class="ioc-note"><a href="{door}">{text(screen, "map_back")}</a></div>')
        maps.credit(lang)


def _title(screen: Screen, deaths: Figure) -> str:
    """Return how many died and in which commune most."""
    lang = screen.language
    told = {"deaths": write.number(deaths.value, 0, lang)}
    by_commune = screen.divide("trf_deaths", "place", period=span(screen), place=None).frame
    worst = by_commune.filter(pl.col("value") > 0).sort("value", descending=True).head(1)
    if worst.is_empty() or screen.chosen.get("place"):
        return text(screen, "map_title", **told)
    where, most = name_of("place", worst["key"][0])[lang], write.number(worst["value"][0], 0, lang)
    return text(screen, "map_title_worst", where=where, most=most, **told)


def _legend(screen: Screen) -> None:
    marks = ((SPOT, "●", "spot"), ("bad", "•", "fatal"), ("accent", "•", "other"), ("near", "●", "situation"))
    single = may_list(screen.viewer, "accident")
    words = (f'<span style="white-space:nowrap"><i style="color:{getattr(palette(), tone)}">{sign}</i> '
             f'{escape(text(screen, f"legend_{key}"))}</span> ' for tone, sign, key in (marks if single else marks[:1]))
    st.html(f'<div class="ioc-note">{"".join(words)}</div>')
    if said := scope(screen) if single else text(screen, "map_closed"):
        page.note(said)


def _view(screen: Screen, found: pl.DataFrame) -> tuple[maps.View, str]:
    """Return where the map looks, and the name of the spot that the address asks for, '' where it asks for none."""
    named = found.filter(pl.col("spot") == st.query_params.get("spot", ""))
    if named.height:
        row = named.row(0, named=True)
        return maps.View(row["lon"], row["lat"], 12), road_place(screen, row)
    commune = load_registry().places.get(str(screen.chosen.get("place") or ""))
    return (maps.View(commune.lon, commune.lat, 11) if commune else PROVINCE), ""


def _spots(screen: Screen, found: pl.DataFrame) -> pl.DataFrame:
    return _points([_point(row, SPOT, _spot_tip(screen, row)) for row in found.iter_rows(named=True)])


def _point(row: dict[str, Any], status: str, tip: str) -> dict[str, Any]:
    return {"lon": row["lon"], "lat": row["lat"], "status": status, "tip": tip}


def _points(made: list[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame(made, schema=POINT)


def _spot_tip(screen: Screen, row: dict[str, Any]) -> str:
    lang = screen.language
    return text(screen, "tip_spot", where=road_place(screen, row), crashes=row["crashes"], deaths=row["deaths"],
                injured=row["injured"], criterion=name_of("criterion", row["criterion"])[lang],
                place=name_of("place", row["place"])[lang], first=write.date(row["first_at"]),
                last=write.date(row["last_at"]))


def _accidents(screen: Screen) -> pl.DataFrame:
    """Return the accidents that the viewer may see as points."""
    if not may_list(screen.viewer, "accident"):
        return _points([])
    where = {"place": place} if (place := screen.chosen.get("place")) else {}
    found = rows("accident", screen.viewer, where=where, period=parse_period(span(screen)), limit=MOST_POINTS).rows
    return _points([_point(row, "bad" if row["deaths"] else "none", _accident_tip(screen, row))
                    for row in found.drop_nulls(["lat", "lon"]).iter_rows(named=True)])


def _accident_tip(screen: Screen, row: dict[str, Any]) -> str:
    lang = screen.language
    return text(screen, "tip_accident", where=row["address"] or name_of("road", row["road"])[lang],
                when=write.moment(row["occurred_at"], language=lang), deaths=row["deaths"], injured=row["injured"],
                cause=name_of("cause", row["cause"])[lang])


def _situations(screen: Screen) -> pl.DataFrame:
    if not may_list(screen.viewer, "road_situation"):
        return _points([])
    found = rows("road_situation", screen.viewer, list="in_force", limit=200).rows.drop_nulls(["lat", "lon"])
    return _points([_point(row, "near", f"{name_of('kind', row['kind'])[screen.language]}\n{row['comment'] or ''}")
                    for row in found.iter_rows(named=True)])
