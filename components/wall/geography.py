"""The wall's maps: one drawn ground for all of them, and marks that move over it in place.

Nobody turns or zooms the wall, so a map is a picture: its camera is its frame, and nothing of it is loaded again.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from math import asinh, degrees, radians, tan
from typing import Any

from components.theme import DARK, MARKS
from config.locale import say
from config.settings import ROOT

GEO = ROOT / "components" / "static" / "geo"
SCALE = 300.0
"""Units of the drawing a degree of longitude: about one pixel at 1080 lines."""
WEST, NORTH = 102.0, 24.0
LETTER, LINE = 12.5, 26.0
"""How wide a letter of a name is in the drawing, and how far apart two lines of names must be."""
LAND, SEA, PROVINCE, COAST, BORDER = "var(--w-land, #101823)", "#0A1522", "#182B42", "#2C4056", "#5D7089"
PART, REST = "#2E4562", "#2A394D"


@dataclass(frozen=True)
class Frame:
    """What a map shows, in degrees; beyond its frame the ground goes on where the wall is wider."""

    west: float
    south: float
    east: float
    north: float

    def box(self) -> str:
        """Return the frame as the view box of a drawing."""
        (x, y), (right, bottom) = at(self.west, self.north), at(self.east, self.south)
        return f"{x:.0f} {y:.0f} {right - x:.0f} {bottom - y:.0f}"


PROVINCE_FRAME = Frame(104.3, 19.2, 106.42, 20.75)
GULF_FRAME = Frame(104.35, 18.78, 108.35, 21.05)
COUNTRY_FRAME = Frame(102.0, 6.4, 118.0, 23.5)


@dataclass(frozen=True)
class Mark:
    """One thing on a map; `key` keeps it the same thing as it moves. `name` stands beside it."""

    key: str
    lon: float
    lat: float
    status: str
    name: str = ""
    colour: str = ""
    size: int = 26


def at(lon: float, lat: float) -> tuple[float, float]:
    """Return where a point stands in the drawing (Mercator)."""
    height = degrees(asinh(tan(radians(NORTH)))) - degrees(asinh(tan(radians(lat))))
    return (lon - WEST) * SCALE, height * SCALE


def _rings(geometry: dict[str, Any]) -> Iterator[list[list[float]]]:
    match geometry["type"]:
        case "GeometryCollection":
            for part in geometry["geometries"]:
                yield from _rings(part)
        case "Polygon" | "MultiLineString":
            yield from geometry["coordinates"]
        case "MultiPolygon":
            for polygon in geometry["coordinates"]:
                yield from polygon
        case "LineString":
            yield geometry["coordinates"]


def _geometries(file: str, kinds: Sequence[str] = ()) -> Iterator[dict[str, Any]]:
    found = json.loads((GEO / file).read_text(encoding="utf-8"))
    if found["type"] != "FeatureCollection":
        yield found
        return
    for feature in found["features"]:
        if not kinds or feature["properties"].get("kind") in kinds:
            yield feature["geometry"]


def _line(points: Iterable[Sequence[float]]) -> str:
    placed = (at(p[0], p[1]) for p in points)
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in placed)


def _path(file: str, fill: str = "none", stroke: str = "none", width: float = 1, kinds: Sequence[str] = ()) -> str:
    shape = "".join(_line(ring) for geometry in _geometries(file, kinds) for ring in _rings(geometry))
    return f'<path d="{shape}" style="fill:{fill};stroke:{stroke};stroke-width:{width};stroke-linejoin:round"/>'


@cache
def ground() -> str:
    """Return the ground of every map as symbols to be used by their names; the same for all, sent once."""
    country = _path("vietnam.geojson", LAND, COAST, 1)
    near = "".join((
        _path("neighbours.geojson", LAND), _path("sea.geojson", SEA, kinds=("sea",)),
        _path("province.geojson", PROVINCE), _path("commune_lines.geojson", stroke=PART, width=0.8),
        _path("coastline.geojson", stroke=COAST), _path("neighbour_lines.geojson", stroke=REST),
        _path("province.geojson", stroke=BORDER, width=1.6),
    ))  # fmt: skip
    far = _path("sea.geojson", SEA, kinds=("far",))
    return (
        f'<svg width="0" height="0" aria-hidden="true"><defs><g id="wall-country">{far}{country}</g>'
        f'<g id="wall-near">{near}</g></defs></svg>'
    )


def _mark(mark: Mark, left: bool, named: bool) -> str:
    x, y = at(mark.lon, mark.lat)
    colour = mark.colour or str(getattr(DARK, mark.status, DARK.accent) if mark.status != "none" else DARK.accent)
    sign = MARKS[mark.status] if mark.status != "none" else "●"
    side = f'x="{(-1 if left else 1) * mark.size * 0.62:.0f}" text-anchor="{"end" if left else "start"}"'
    name = f'<text class="w-place" {side} y="8" fill="{colour}">{escape(mark.name)}</text>' if named else ""
    return (
        f'<g data-k="{escape(mark.key)}" style="transform:translate({x:.1f}px,{y:.1f}px)">'
        f'<text class="w-sign" font-size="{mark.size}" fill="{colour}">{sign}</text>{name}</g>'
    )


def _legible(marks: Sequence[Mark], frame: Frame) -> Iterator[tuple[Mark, bool, bool]]:
    """Yield each mark, whether its name stands left of it, and whether it has room there; the last come first."""
    edge, taken = at(frame.east, frame.north)[0], list[tuple[float, float, float]]()
    for mark in reversed(marks):
        (x, y), wide = at(mark.lon, mark.lat), LETTER * len(mark.name) + mark.size
        start = x - wide if (left := x + wide > edge) else x
        free = bool(mark.name) and not any(
            abs(y - v) < LINE and start < end and begin < start + wide for begin, end, v in taken
        )
        if free:
            taken.append((start, start + wide, y))
        yield mark, left, free


def drawing(frame: Frame, marks: Sequence[Mark], over: str = "", label: str = "", hold: str = "xMidYMid") -> str:
    """Return a map: the ground in its frame, lines over it (SVG), the marks on top."""
    placed = "".join(reversed([_mark(*one) for one in _legible(marks, frame)]))
    return (
        f'<svg class="w-map" viewBox="{frame.box()}" preserveAspectRatio="{hold}" role="img"'
        f' aria-label="{escape(label)}"><use href="#wall-country"/><use href="#wall-near"/>{over}{placed}</svg>'
    )


def line(points: Sequence[Sequence[float]], colour: str, width: float = 3, dash: str = "") -> str:
    """Return a line of (lon, lat) over the ground."""
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return f'<path d="{_line(points)}" fill="none" stroke="{colour}" stroke-width="{width}"{dashed}/>'


def country(language: str) -> str:
    """Return the small map of the whole country with its two archipelagos, which stands in the corner of the large."""
    names = "".join(
        f'<text x="{x:.0f}" y="{y + 380 * row:.0f}" class="w-isle">{escape("(" * row + part)}</text>'
        for key, lon, lat in (("paracel", 111.4, 15.2), ("spratly", 111.4, 8.2))
        for x, y in [at(lon, lat)] for row, part in enumerate(say(f"ui.{key}", language).split(" (", 1))
    )  # fmt: skip
    (x, y), (right, bottom) = at(104.37, 20.67), at(106.08, 19.29)
    here = f'<rect x="{x:.0f}" y="{y:.0f}" width="{right - x:.0f}" height="{bottom - y:.0f}" class="w-here"/>'
    return (
        f'<svg class="w-country" viewBox="{COUNTRY_FRAME.box()}" aria-hidden="true">'
        f'<use href="#wall-country"/>{here}{names}</svg>'
    )
