"""The sea of the province: the Gulf line, the inshore zone, storm shelters, and how far things reach."""

import csv
import json
from functools import cache
from pathlib import Path
from typing import Any

from config.declarations import read
from config.models import Declared, Duration, Text
from config.settings import CONFIG

FISHING = CONFIG / "reference_data" / "fishing"


class Box(Declared):
    """A box of degrees."""

    south: float
    west: float
    north: float
    east: float


class Reach(Declared):
    """What `sea.yaml` says: distances, spans of time, and what the geometry rests on."""

    port_radius_m: float
    warn_nm: tuple[float, ...]
    report_interval: Duration
    lost_after: Duration
    long_lost_after: Duration
    fishing_below_kn: float
    feed_silent_after: Duration
    gulf_box: Box
    line_source: Text
    zone_source: Text
    shelter_source: Text


class Shelter(Declared):
    """A storm shelter of QĐ 582/QĐ-TTg; `lat, lon` mark its entrance."""

    name: str
    province: str
    level: str
    max_boats: int
    max_length_m: float
    lat: float
    lon: float


class Sea(Reach):
    """All that is known of the sea without asking the database; points are (lon, lat)."""

    line: tuple[tuple[float, float], ...]
    inshore: tuple[tuple[float, float], ...]
    shelters: tuple[Shelter, ...]


def read_line(path: Path = FISHING / "gulf_line_2000.csv") -> tuple[tuple[float, float], ...]:
    """Return the 21 points of the Gulf line from north to south."""
    with path.open(encoding="utf-8", newline="") as file:
        return tuple((float(row["lon"]), float(row["lat"])) for row in csv.DictReader(file))


def read_inshore(path: Path = FISHING / "sea_lines.geojson") -> tuple[tuple[float, float], ...]:
    """Return the ring of the inshore zone (vùng lộng), for reference only."""
    features: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["features"]
    ring = next(f for f in features if f["properties"]["kind"] == "zone_inshore")["geometry"]["coordinates"][
        0
    ]
    return tuple((float(lon), float(lat)) for lon, lat in ring)


def read_shelters(path: Path = FISHING / "storm_shelters_gulf.csv") -> tuple[Shelter, ...]:
    """Return the storm shelters that have a position."""
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(
            Shelter(
                name=row["name"],
                province=row["former_province"].title(),
                level=row["level"],
                max_boats=int(row["max_boats"]),
                max_length_m=float(row["max_length_m"]),
                lat=float(row["lat"]),
                lon=float(row["lon"]),
            )
            for row in csv.DictReader(file)
            if row["lat"]
        )


@cache
def load_sea() -> Sea:
    """Return the sea of this installation, read once."""
    reach: Reach = read(CONFIG / "sea.yaml", Reach)
    return Sea(**dict(reach), line=read_line(), inshore=read_inshore(), shelters=read_shelters())
