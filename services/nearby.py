"""Which measuring station is nearest to a commune."""

from typing import NamedTuple

from config.models import Station
from config.registry import load_registry
from services.methods.vessel_state import distance_nm

KM_PER_NM = 1.852


class Near(NamedTuple):
    """A station and how far it stands from the middle of the commune, in kilometres."""

    station: Station
    km: float


def nearest(place: str, kind: str) -> Near | None:
    """Return the station of a kind (`air`, `water`) inside the province nearest to a commune; None without one."""
    registry = load_registry()
    where = registry.places[place]
    found = [s for s in registry.stations.values() if s.kind == kind and s.scope == "inside"]
    if not found:
        return None
    far = distance_nm(where.lat, where.lon, [s.lat for s in found], [s.lon for s in found])
    first = int(far.argmin())
    return Near(found[first], float(far[first]) * KM_PER_NM)
