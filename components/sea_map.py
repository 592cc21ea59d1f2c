"""The map of the sea: vessels as marks in the colour of their state, tracks, the Gulf line, zone, ports, shelters."""

from collections.abc import Mapping, Sequence
from html import escape
from math import log2
from typing import Any

import polars as pl
import pydeck
import streamlit as st

from components import format as write
from components import labels, maps, theme
from config.locale import say
from services import vessels
from services.access import Viewer
from services.versions import version_behind

GULF = maps.View(lon=106.95, lat=19.25, zoom=6.75)
TRACKED = ("across_line", "lost_10d", "lost_6h", "near_line")
MOST_TRACKS = 12
LINE, ZONE = "#A23B72", "#7DB8B1"


def _angle(value: float, language: str) -> str:
    degrees, minutes = divmod(round(abs(value) * 600), 600)
    return f"{degrees}°{write.number(minutes / 10, 1, language).zfill(4)}′"


def position(lat: float | None, lon: float | None, language: str = "vi") -> str:
    """Write a position in degrees and minutes, as on a bridge: 19°46,4′B 105°54,0′Đ."""
    if lat is None or lon is None:
        return write.NOTHING
    north = say("vessels_page.latitude", language, text=_angle(lat, language))
    return f"{north} {say('vessels_page.longitude', language, text=_angle(lon, language))}"


def positions(frame: pl.DataFrame, language: str = "vi", lat: str = "lat", lon: str = "lon") -> pl.Series:
    """Return two columns of degrees as positions in words."""
    words = [position(row[0], row[1], language) for row in frame.select(lat, lon).iter_rows()]
    return pl.Series(words, dtype=pl.String)


def line_words(distance: float | None, language: str) -> str:
    """Write the distance to the Gulf line in nautical miles, before or beyond it."""
    if distance is None:
        return say("vessels_page.line_unknown", language)
    side = "before" if distance >= 0 else "beyond"
    return say(f"vessels_page.line_{side}", language, distance=write.number(abs(distance), 1, language))


def track_of(vessel: str, until: Any, viewer: Viewer) -> vessels.Track:
    """Return a vessel's track of the 7 days before its last position, remembered until positions change."""
    return _track(vessel, until, viewer, version_behind(vessels.STATES_BY))


@st.cache_data(max_entries=500, show_spinner=False)
def _track(vessel: str, until: Any, viewer: Viewer, version: int) -> vessels.Track:
    return vessels.track(vessel, days=7, until=until, viewer=viewer)


# Layers


def context(language: str, moored: Mapping[str, int] | None = None) -> list[Any]:
    """Return the layers under the vessels: zone (reference), Gulf line, shelters, ports (`moored`: how many lie in)."""
    found = {f["properties"]["kind"]: f for f in vessels.sea_lines(language)["features"]}
    zone, line = found["zone_inshore"], found["gulf_line"]
    ring = {"polygon": zone["geometry"]["coordinates"][0], "tip": _about("zone", zone, language)}
    path = {"path": line["geometry"]["coordinates"], "tip": _about("line", line, language)}
    havens = [
        {**s, "tip": say("vessels_page.tip_shelter", language, name=s["name"],
                         about=say("vessels.shelter", language, boats=write.number(s["max_boats"], 0, language),
                                   length=write.number(s["max_length_m"], 0, language)))}
        for s in vessels.shelters().iter_rows(named=True)
    ]  # fmt: skip
    listed = vessels.ports().drop_nulls(["lat", "lon"]).filter(pl.col("scope") == "inside")
    own = [{**p, "tip": _port_tip(p, moored, language)} for p in listed.iter_rows(named=True)]
    return [
        maps.polygons([ring], id="zone", colour=ZONE),
        maps.lines([path], id="gulf_line", colour=LINE, width=2),
        glyphs(havens, "⌂", theme.palette().muted, id="shelters", size=17),
        glyphs(own, "⚓", theme.palette().accent, id="ports", size=15),
    ]


def _port_tip(port: Mapping[str, Any], moored: Mapping[str, int] | None, language: str) -> str:
    name = say("vessels_page.tip_port", language, name=port["name"])
    if moored is None:
        return name
    return f"{name}\n{say('vessels_page.tip_moored', language, count=moored.get(port['code'], 0))}"


def _about(kind: str, feature: Mapping[str, Any], language: str) -> str:
    return f"{say(f'vessels_page.legend_{kind}', language)}\n{feature['properties']['source']}"


def glyphs(rows: Sequence[Mapping[str, Any]], mark: str, colour: str, *, id: str, size: int = 14) -> Any:
    """Return a layer of signs; each row holds `lon`, `lat`, `tip` and, if they differ, `mark` and `colour`."""
    placed = [
        {"at": [round(r["lon"], 4), round(r["lat"], 4)], "t": r.get("mark", mark), "tip": r["tip"],
         "c": _rgb(r.get("colour", colour))}
        for r in rows
    ]  # fmt: skip
    text = pydeck.types.String
    return pydeck.Layer(
        "TextLayer", placed, id=id, get_position="at", get_text="t", get_size=size, get_color="c",
        character_set=text("auto"), font_family=text("IBM Plex Sans, sans-serif"), pickable=True,
    )  # fmt: skip


def _rgb(colour: str) -> list[int]:
    return [int(colour[i : i + 2], 16) for i in (1, 3, 5)] + [255]


def paths(track: vessels.Track, tip: str, language: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return a track as lines broken at its silences, and the silences as lines of their own."""
    starts = track.gaps["start"].to_list()
    leg = pl.lit(0)
    for start in starts:
        leg = leg + (pl.col("time") > start).cast(pl.Int32)
    legs = track.positions.with_columns(leg.alias("leg")).group_by("leg", maintain_order=True).agg(
        pl.col("lon").round(4), pl.col("lat").round(4))
    run = [{"path": list(zip(x, y, strict=True)), "tip": tip} for _, x, y in legs.iter_rows() if len(x) > 1]
    silent = [
        {"path": [[g["lon_start"], g["lat_start"]], [g["lon_end"], g["lat_end"]]],
         "tip": say("vessels.track_gap", language, hours=write.number(g["hours"], 0, language),
                    distance=write.number(g["distance_nm"], 1, language))}
        for g in track.gaps.drop_nulls(["lat_end", "lon_end"]).iter_rows(named=True)
    ]  # fmt: skip
    return run, silent


# The fleet


def draw_fleet(fleet: pl.DataFrame, status: Mapping[str, str], viewer: Viewer, alt_text: str, language: str) -> None:
    """Draw the fleet on the Gulf, those who matter on top with their tracks, and the legend."""
    matter = fleet.filter(pl.col("concern") != "")
    quiet = fleet.filter(pl.col("concern") == "")
    moored = dict(fleet.filter(pl.col("port") != "")["port"].value_counts().iter_rows())
    run: list[dict[str, Any]] = []
    for vessel, until in matter.filter(pl.col("concern").is_in(TRACKED)).head(MOST_TRACKS).select(
        "vessel", "time").iter_rows():
        tip = say("vessels_page.tip_track", language, vessel=vessel)
        run += paths(track_of(vessel, until, viewer), tip, language)[0]
    layers = [
        *context(language, moored),
        *(maps.points(pl.DataFrame(_dots(quiet.filter(pl.col("state") == state), status, language),
                                   infer_schema_length=None), id=state, size=size)
          for state, size in (("in_port", 3), ("at_sea", 3)) if not quiet.filter(pl.col("state") == state).is_empty()),
        maps.lines(run, id="tracks", width=1, quiet=True),
        glyphs(_marks(matter, status, language), "", theme.palette().ink, id="matter", size=17),
        maps.names(_apart(matter.filter(pl.col("concern").is_in(TRACKED[:2])).head(4)), id="gravest", size=11),
    ]
    maps.show_map(layers, key="sea_map", view=GULF, height=344, alt_text=alt_text, credited=False,
                  language=language)
    states = [(c, say(f"vessels_page.state_{c}", language)) for c in status if c not in ("feed_silent", "unregistered")]
    in_port = '<i class="ioc-mark ioc-ok" style="width:.4rem;height:.4rem"></i>'
    marks = {c: in_port if c == "in_port" else labels.mark(status[c]) for c, _ in states}
    tones = {c: "ioc-stale" if c == "in_port" else f"ioc-{status[c]}" for c, _ in states}
    legend([(marks[c], tones[c], word) for c, word in states] + _things(language))
    maps.credit(language)


def _apart(gravest: pl.DataFrame) -> list[dict[str, Any]]:
    """Return the names of the gravest vessels, a name that would cover the one before it below its mark."""
    placed: list[dict[str, Any]] = []
    for row in gravest.sort("lat", descending=True).iter_rows(named=True):
        near = [p for p in placed if abs(p["lat"] - row["lat"]) < 0.16 and abs(p["lon"] - row["lon"]) < 0.8]
        placed.append({**row, "text": row["vessel"], "below": bool(near) and not near[-1]["below"]})
    return placed


def _tip(row: Mapping[str, Any], status: str, language: str) -> str:
    state = row["concern"] or row["state"]
    words = say(
        "vessels_page.tip", language, mark=theme.MARKS[status], state=say(f"vessels_page.state_{state}", language),
        hours=write.number(row["hours_silent"], 0, language), position=position(row["lat"], row["lon"], language),
        when=write.moment(row["time"], language=language), speed=write.number(row["speed_kn"], 1, language),
        line=line_words(row["line_distance_nm"], language),
    )  # fmt: skip
    return f"{row['vessel']}\n{words}"


def _marks(frame: pl.DataFrame, status: Mapping[str, str], language: str) -> list[dict[str, Any]]:
    colours = theme.palette()
    return [
        {"lon": r["lon"], "lat": r["lat"], "tip": _tip(r, s, language), "mark": theme.MARKS[s],
         "colour": getattr(colours, s)}
        for r in frame.iter_rows(named=True) for s in [status[r["concern"]]]
    ]  # fmt: skip


def _dots(frame: pl.DataFrame, status: Mapping[str, str], language: str) -> list[dict[str, Any]]:
    colours = theme.palette()
    return [
        {"lon": r["lon"], "lat": r["lat"], "tip": _tip(r, s, language),
         "colour": colours.stale if s == "none" else getattr(colours, s)}
        for r in frame.iter_rows(named=True) for s in [status[r["state"]]]
    ]  # fmt: skip


def _bar(colour: str, height: str = "2px") -> str:
    return f'<i style="display:inline-block;width:1rem;height:{height};vertical-align:.2rem;background:{colour}"></i> '


def _things(language: str) -> list[tuple[str, str, str]]:
    accent = theme.palette().accent
    signs = (("line", _bar(LINE)), ("zone", _bar(f"{ZONE}88", ".6rem")), ("port", "⚓ "), ("shelter", "⌂ "),
             ("track", _bar(accent)))
    return [(sign, "", say(f"vessels_page.legend_{name}", language)) for name, sign in signs]


def legend(items: Sequence[tuple[str, str, str]]) -> None:
    """Draw marks with their words; each item is mark (HTML), class, word."""
    shown = "".join(
        f'<span style="white-space:nowrap"><span class="{c}">{mark}</span>{escape(word)}</span>'
        for mark, c, word in items
    )
    st.html(f'<div class="ioc-sub" style="display:flex;flex-wrap:wrap;gap:.15rem .7rem">{shown}</div>')


# One vessel


def draw_track(track: vessels.Track, tip: str, alt_text: str, language: str) -> None:
    """Draw one vessel's track with its positions, its silences and where it is now."""
    run, silent = paths(track, tip, language)
    colours = theme.palette()
    fixes = [
        {"lon": r["lon"], "lat": r["lat"], "colour": colours.accent,
         "tip": say("vessels_page.tip_fix", language, when=write.moment(r["time"], language=language),
                    position=position(r["lat"], r["lon"], language), speed=write.number(r["speed_kn"], 1, language))}
        for r in track.positions.iter_rows(named=True)
    ]  # fmt: skip
    layers = [
        *context(language), maps.lines(silent, id="silent", colour=colours.contrast, width=2),
        maps.lines(run, id="run"), maps.points(pl.DataFrame(fixes, infer_schema_length=None), id="fixes", size=3),
        glyphs([{**fixes[-1], "colour": colours.critical}], "◉", colours.critical, id="last", size=18),
    ]
    maps.show_map(layers, key=f"track_{tip}", view=view_of(track.positions), height=500, alt_text=alt_text,
                  credited=False, language=language)
    own = [("◉ ", "ioc-critical", say("vessels_page.legend_last", language)),
           ("• ", "", say("vessels_page.legend_fix", language)),
           (_bar(colours.contrast), "", say("vessels_page.legend_gap", language))]
    legend(own + _things(language))
    maps.credit(language)


def view_of(positions: pl.DataFrame) -> maps.View:
    """Return the view that holds all positions, on a phone's map of 330 × 430 pixels too."""
    west, east = float(positions["lon"].min()), float(positions["lon"].max())  # type: ignore[arg-type]
    south, north = float(positions["lat"].min()), float(positions["lat"].max())  # type: ignore[arg-type]
    wide = max((east - west) / 330, (north - south) * 1.06 / 430, 0.0004)
    return maps.View((west + east) / 2, (south + north) / 2, min(12.0, log2(360 / 512 / wide) - 0.2))


