"""Maps for free movement, tracks and many points, on the province's own basemap; no internet."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl
import pydeck
import streamlit as st
from pydeck.bindings.json_tools import default_serialize

from components import theme
from components.states import skeleton
from config.locale import say

PROVINCE = (105.35, 19.98, 7.75)
ISLANDS = (("paracel", 112.0, 16.5), ("spratly", 113.3, 9.6))
_TOOLTIP = {  # text, never html: names come from agencies' files
    "text": "{tip}",
    "style": {
        "whiteSpace": "pre-line",
        "fontFamily": "IBM Plex Sans, sans-serif",
        "fontSize": "13px",
        "borderRadius": "6px",
        "maxWidth": "320px",
    },
}


class Deck(pydeck.Deck):  # type: ignore[misc]
    """A deck that is sent without blanks: a fifth of the bytes and of the time."""

    def to_json(self) -> str:
        """Return the deck as compact JSON."""
        return json.dumps(self, default=default_serialize, separators=(",", ":"), ensure_ascii=False)


@dataclass(frozen=True)
class View:
    """Where a map looks at first: longitude, latitude, zoom."""

    lon: float = PROVINCE[0]
    lat: float = PROVINCE[1]
    zoom: float = PROVINCE[2]


def _rgb(colour: str, alpha: int = 255) -> list[int]:
    return [int(colour[i : i + 2], 16) for i in (1, 3, 5)] + [alpha]


def _string(text: str) -> Any:
    return pydeck.types.String(text)


def _status_colour(status: str | None) -> str:
    colours = theme.palette()
    return str(getattr(colours, status or "none", colours.accent)) if status != "none" else colours.accent


def points(frame: pl.DataFrame, *, id: str = "points", size: int = 6, pickable: bool = True) -> Any:
    """Return a layer of points; `frame` holds `lon`, `lat`, `tip` and `colour` (#RRGGBB) or `status`.

    `tip` is shown when touched: it names the state in words, since colour alone says nothing.
    """
    rows = [
        {
            "at": [round(row["lon"], 4), round(row["lat"], 4)],
            "c": _rgb(row.get("colour") or _status_colour(row.get("status"))),
            "tip": row.get("tip", ""),
            **({"id": row["id"]} if "id" in row else {}),
        }
        for row in frame.drop_nulls(["lon", "lat"]).iter_rows(named=True)
    ]
    return pydeck.Layer(
        "ScatterplotLayer",
        rows,
        id=id,
        get_position="at",
        get_fill_color="c",
        get_radius=size,
        radius_units=_string("pixels"),
        stroked=True,
        get_line_color=_rgb(theme.palette().card),
        line_width_min_pixels=1,
        pickable=pickable,
        auto_highlight=True,
    )


def tracks(frame: pl.DataFrame, *, id: str = "tracks", colour: str | None = None, width: int = 2) -> Any:
    """Return a layer of tracks; `frame` holds `track`, `lon`, `lat` in the order of travel.

    A new `track` name starts a new line, so that a gap in a voyage stays a gap.
    """
    rows = [
        {"path": list(zip(lon, lat, strict=True)), "tip": str(name)}
        for name, lon, lat in frame.group_by("track", maintain_order=True)
        .agg(pl.col("lon").round(4), pl.col("lat").round(4))
        .iter_rows()
    ]
    return lines(rows, id=id, colour=colour, width=width)


def lines(
    rows: Sequence[dict[str, Any]],
    *,
    id: str = "lines",
    colour: str | None = None,
    width: int = 2,
    quiet: bool = False,
) -> Any:
    """Return a layer of lines; each row holds `path` ([[lon, lat], …]) and `tip`; `quiet` for context."""
    return pydeck.Layer(
        "PathLayer",
        list(rows),
        id=id,
        get_path="path",
        get_color=_rgb(colour or theme.palette().accent, 150 if quiet else 230),
        get_width=width,
        width_units=_string("pixels"),
        width_min_pixels=1,
        joint_rounded=True,
        pickable=True,
    )


def polygons(rows: Sequence[dict[str, Any]], *, id: str = "polygons", colour: str | None = None) -> Any:
    """Return a layer of areas; each row holds `polygon` ([[lon, lat], …]), `tip` and, if wanted, `colour`."""
    shade = colour or theme.palette().accent
    filled = [{**row, "c": _rgb(row.get("colour") or shade, 60)} for row in rows]
    return pydeck.Layer(
        "PolygonLayer",
        filled,
        id=id,
        get_polygon="polygon",
        get_fill_color="c",
        get_line_color=_rgb(shade, 180),
        line_width_min_pixels=1,
        stroked=True,
        filled=True,
        pickable=True,
    )


def names(rows: Sequence[dict[str, Any]], *, id: str = "names", size: int = 12, colour: str | None = None) -> Any:
    """Return a layer of words over their points; each row holds `lon`, `lat`, `text` and, if wanted, `below`."""
    placed = [
        {"at": [row["lon"], row["lat"]], "text": row["text"], "o": [0, 16 if row.get("below") else -14]} for row in rows
    ]
    return pydeck.Layer(
        "TextLayer",
        placed,
        id=id,
        get_position="at",
        get_text="text",
        get_size=size,
        get_color=_rgb(colour or theme.palette().ink),
        character_set=_string("auto"),
        font_family=_string("IBM Plex Sans"),
        background=True,
        get_background_color=_rgb(theme.palette().card, 190),
        background_padding=[4, 1],
        get_pixel_offset="o",
        pickable=False,
    )


def island_names(language: str = "vi") -> Any:
    """Return the names of Hoàng Sa and Trường Sa, on every map."""
    rows = [{"lon": lon, "lat": lat, "text": say(f"ui.{name}", language)} for name, lon, lat in ISLANDS]
    return names(rows, id="islands", size=12, colour=theme.palette().muted)


def deck(layers: Sequence[Any], view: View, language: str = "vi") -> Deck:
    """Return layers over the province's basemap in the viewer's mode."""
    dark = theme.mode() == "dark"
    return Deck(
        layers=[*layers, island_names(language)],
        initial_view_state=pydeck.ViewState(
            longitude=view.lon, latitude=view.lat, zoom=view.zoom, min_zoom=6, max_zoom=15
        ),
        map_provider="carto",
        map_style=f"/app/static/{'base_dark' if dark else 'base'}.json",
        tooltip=_TOOLTIP,
    )


_WATCH_JS = """
export default function ({ parentElement, setTriggerValue }) {
  const place = parentElement.querySelector(".place");
  if (place.watched) return;
  place.watched = new IntersectionObserver((seen) => {
    if (seen.some((one) => one.isIntersecting)) { place.watched.disconnect(); setTriggerValue("seen", true); }
  }, { rootMargin: "200px" });
  place.watched.observe(place);
}
"""


@st.cache_resource
def _watcher() -> Any:
    return st.components.v2.component("ioc_in_view", html='<div class="place">\u200b</div>', js=_WATCH_JS)


def credit(language: str = "vi") -> None:
    """Name the makers of the basemap, as their licences ask."""
    st.html(f'<div class="ioc-note ioc-credit">{say("ui.map_attribution", language)}</div>')


@st.fragment
def show_map(
    layers: Sequence[Any],
    *,
    key: str,
    view: View | None = None,
    height: int = 420,
    alt_text: str = "",
    selectable: bool = False,
    credited: bool = True,
    lazy: bool = True,
    language: str = "vi",
) -> dict[str, Any] | None:
    """Draw a map once it comes into view (`lazy`); `height` in pixels; without `credited` the caller draws `credit`.

    With `selectable` the chosen object (a row of its layer) is returned and kept in session_state[key].
    """
    seen = f"{key}_seen"
    if lazy and not st.session_state.get(seen):
        if getattr(_watcher()(key=f"{key}_watch", on_seen_change=lambda: None), "seen", None):
            st.session_state[seen] = True
            st.rerun(scope="fragment")
        skeleton(height, language)
        return None
    shown = st.pydeck_chart(
        deck(layers, view or View(), language),
        height=height,
        key=key,
        on_select="rerun" if selectable else "ignore",
        alt=alt_text or None,
    )
    if credited:
        credit(language)
    chosen = getattr(shown, "selection", None) if selectable else None
    return next((rows[0] for rows in chosen["objects"].values() if rows), None) if chosen else None
