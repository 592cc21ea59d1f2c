"""A map of points and spots: of the province, of the commune chosen, or near the spot that the address asks for."""

from collections.abc import Callable, Iterable, Sequence
from html import escape
from typing import Any

import polars as pl
import streamlit as st

from components import maps, page
from components.screen import Screen
from components.theme import palette
from config.locale import say
from config.registry import load_registry

PROVINCE = maps.View(lon=105.36, lat=19.98, zoom=7.35)
MOST_POINTS = 1_500
POINT = {"lon": pl.Float64, "lat": pl.Float64, "status": pl.String, "tip": pl.String}
Mark = tuple[str, str, str]
"""An entry of the legend: tone, sign, the page's text `legend_…`."""


def points(made: Iterable[dict[str, Any]] = ()) -> pl.DataFrame:
    """Return points for a layer: `lon`, `lat`, `status`, `tip`."""
    return pl.DataFrame(list(made), schema=POINT)


def point(row: dict[str, Any], status: str, tip: str) -> dict[str, Any]:
    """Return the point at which a row lies."""
    return {"lon": row["lon"], "lat": row["lat"], "status": status, "tip": tip}


def spot_map(
    screen: Screen, title: str, layers: Sequence[Any], marks: Sequence[Mark], spots: pl.DataFrame, zoom: float,
    name: Callable[[dict[str, Any]], str], note: str = "",
) -> None:  # fmt: skip
    """Draw layers with legend and credit; the spot asked for (`?spot=`) at `zoom`, with its name and the way back.

    `spots`: `spot`, `lon`, `lat` and what `name` needs; `note` stands under the legend.
    """
    view, chosen = _view(screen, spots, zoom, name)
    if chosen:
        layers = [*layers, maps.names([{"lon": view.lon, "lat": view.lat, "text": chosen}], id="chosen")]
    maps.show_map(layers, key=f"{screen.id}_map_{view.lat:.4f}_{view.lon:.4f}", view=view, height=404, alt_text=title,
                  credited=False, language=screen.language)  # fmt: skip
    _legend(screen, marks)
    if note:
        page.note(note)
    if chosen:
        back = say(f"{screen.id}_page.map_back", screen.language)
        st.html(f'<div class="ioc-note"><a href="{escape(screen.door(spot=""))}">{back}</a></div>')
    maps.credit(screen.language)


def _view(
    screen: Screen, spots: pl.DataFrame, zoom: float, name: Callable[[dict[str, Any]], str]
) -> tuple[maps.View, str]:
    """Return where the map looks, and the name of the spot that the address asks for, '' where it asks for none."""
    named = spots.filter(pl.col("spot") == st.query_params.get("spot", ""))
    if named.height:
        row = named.row(0, named=True)
        return maps.View(row["lon"], row["lat"], zoom), name(row)
    commune = load_registry().places.get(str(screen.chosen.get("place") or ""))
    return (maps.View(commune.lon, commune.lat, 11) if commune else PROVINCE), ""


def _legend(screen: Screen, marks: Sequence[Mark]) -> None:
    words = (f'<span style="white-space:nowrap"><i style="color:{getattr(palette(), tone)}">{sign}</i> '
             f'{escape(say(f"{screen.id}_page.legend_{key}", screen.language))}</span> ' for tone, sign, key in marks)
    st.html(f'<div class="ioc-note">{"".join(words)}</div>')
