"""Which measuring stations are nearest to a commune."""

from typing import NamedTuple

import numpy as np

from config.models import Station
from config.registry import load_registry
from services.methods.vessel_state import distance_nm

KM_PER_NM = 1.852


class Near(NamedTuple):
    """A station and how far it stands from the middle of the commune, in kilometres."""

    station: Station
    km: float


def nearest(place: str, kind: str) -> list[Near]:
    """Return the stations of a kind (`air`, `water`) inside the province, the nearest to a commune first."""
    registry = load_registry()
    where = registry.places[place]
    found = [s for s in registry.stations.values() if s.kind == kind and s.scope == "inside"]
    if not found:
        return []
    far = distance_nm(where.lat, where.lon, [s.lat for s in found], [s.lon for s in found]) * KM_PER_NM
    return [Near(found[i], float(far[i])) for i in np.argsort(far)]
