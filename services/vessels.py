"""What the fishing vessels' page shows: the duty officer's list, a vessel with its track and gaps, the sea's map."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import polars as pl

from config.locale import say
from config.registry import load_registry
from config.sea import load_sea
from data_access import figures
from data_access.database import now
from data_access.figures import Slice
from services.access import SYSTEM, Viewer, visible
from services.indicators import NotEntitled, states
from services.methods.catalogue import METHODS
from services.methods.vessel_state import gaps

STATES_BY: Final = "vessel_lost_6h"
CONCERNS: Final = ("across_line", "lost_10d", "lost_6h", "near_line", "feed_silent", "late", "unregistered")
"""What a duty officer works through, gravest first."""
DUTY: Final = (
    "vessel", "concern", "concern_name", "action", "time", "hours_silent", "lat", "lon", "speed_kn",
    "line_distance_nm", "length_m", "trade", "place", "home_port", "provider", "is_registered",
    "maybe_wrong_zone",
)  # fmt: skip
TRACK: Final = ("time", "lat", "lon", "speed_kn", "course", "provider", "carrier", "alarm")


@dataclass(frozen=True)
class Track:
    """One vessel's positions of some days, oldest first, with its silences (see `gaps`).

    `received` of `expected` positions: promised every two hours between the first and the last one.
    """

    vessel: str
    positions: pl.DataFrame
    gaps: pl.DataFrame
    received: int
    expected: int


def _only_internal(viewer: Viewer) -> None:
    if not visible(viewer, "internal", domain="vessels"):
        raise NotEntitled(say("vessels.not_entitled"))


def fleet(*, at: datetime | None = None, viewer: Viewer = SYSTEM) -> pl.DataFrame:
    """Return every vessel of the province with a position, its state and whereabouts (see `fleet_states`)."""
    return states(STATES_BY, at=at, viewer=viewer)


def duty_list(found: pl.DataFrame, language: str = "vi") -> pl.DataFrame:
    """Return the vessels somebody must see to, gravest and longest silent first: the columns DUTY.

    `found` as `fleet` returns it, so that list, map and counts on one page tell of one moment.
    """
    words = {c: say(f"dimensions.concern_{c}", language) for c in CONCERNS}
    actions = {c: say(f"vessels.action_{c}", language) for c in CONCERNS}
    order = {c: rank for rank, c in enumerate(CONCERNS)}
    concern = pl.col("concern")
    listed = found.filter(concern.is_in(CONCERNS)).with_columns(
        concern_name=concern.replace_strict(words, return_dtype=pl.String),
        action=concern.replace_strict(actions, return_dtype=pl.String),
        rank=concern.replace_strict(order, return_dtype=pl.Int64),
    )
    return listed.sort("rank", "hours_silent", "vessel", descending=[False, True, False]).select(DUTY)


def track(
    vessel: str,
    *,
    days: int = 7,
    until: datetime | None = None,
    as_of: datetime | None = None,
    viewer: Viewer = SYSTEM,
) -> Track:
    """Return a vessel's track of the last `days`; a silence that still goes on ends at `until`.

    Reads a slice of the key, whatever the length of history. Raises NotEntitled.
    """
    _only_internal(viewer)
    end = until or now()
    part = Slice(end - timedelta(days=days), end, {"vessel": vessel}, as_of=as_of)
    positions = figures.values("vessel_position", TRACK, part, METHODS, many=True).drop("period").sort("time")
    silences = gaps(positions, load_sea().lost_after / timedelta(hours=1))
    if positions.is_empty():
        return Track(vessel, positions, silences, 0, 0)
    spanned = positions["time"][-1] - positions["time"][0]
    expected = round(spanned / load_sea().report_interval) + 1
    return Track(vessel, positions, silences, positions.height, expected)


def record(vessel: str, *, as_of: datetime | None = None, viewer: Viewer = SYSTEM) -> dict[str, Any] | None:
    """Return a vessel's entry in the register, None where it has none ("chưa đăng ký"). Raises NotEntitled."""
    _only_internal(viewer)
    columns = list(load_registry().facts["vessel"].columns)
    found = figures.values("vessel", columns, Slice(None, None, {"vessel": vessel}, as_of=as_of), METHODS)
    return found.drop("period").row(0, named=True) if found.height else None


def ports(*, as_of: datetime | None = None) -> pl.DataFrame:
    """Return the fishing ports of the list, those of other provinces too (`scope`); 34 have no position."""
    columns = list(load_registry().facts["fishing_port"].columns)
    found = figures.values("fishing_port", columns, Slice(None, None, as_of=as_of), METHODS, many=True)
    return found.drop("period").sort("scope", "province", "name")


def shelters() -> pl.DataFrame:
    """Return the storm shelters with a position: `name, province, level, max_boats, max_length_m, lat, lon`."""
    return pl.DataFrame([dict(shelter) for shelter in load_sea().shelters])


def sea_lines(language: str = "vi") -> dict[str, Any]:
    """Return the Gulf line and the inshore zone as GeoJSON, each with its `kind` and the `source` to be shown."""
    sea = load_sea()
    line = {"type": "LineString", "coordinates": [list(point) for point in sea.line]}
    zone = {"type": "Polygon", "coordinates": [[list(point) for point in sea.inshore]]}
    return {
        "type": "FeatureCollection",
        "features": [
            _feature("gulf_line", line, sea.line_source.of(language)),
            _feature("zone_inshore", zone, sea.zone_source.of(language)),
        ],
    }


def _feature(kind: str, geometry: dict[str, Any], source: str) -> dict[str, Any]:
    return {"type": "Feature", "properties": {"kind": kind, "source": source}, "geometry": geometry}


def ais_on_map(at: datetime | None = None, *, hours: int = 24, viewer: Viewer = SYSTEM) -> pl.DataFrame:
    """Return the last AIS position of the province's registered vessels inside the Gulf: `vessel, mmsi, time, …`.

    No other ship is ever shown: logs of other seas and foreign vessels stay in the table.
    """
    _only_internal(viewer)
    end, box = at or now(), load_sea().gulf_box
    columns = ("mmsi", "lat", "lon", "speed_kn", "course")
    heard = figures.values(
        "ais_position", columns, Slice(end - timedelta(hours=hours), end), METHODS, many=True
    )
    known = figures.values("vessel", ("vessel", "mmsi"), Slice(None, None), METHODS, many=True).drop("period")
    inside = heard.rename({"period": "time"}).filter(
        pl.col("lat").is_between(box.south, box.north), pl.col("lon").is_between(box.west, box.east)
    )
    own = inside.join(known.drop_nulls("mmsi"), on="mmsi", how="inner")
    return own.sort("time").group_by("vessel", maintain_order=True).last()
