"""How accidents, violations and camera counts are judged: black spots by their rule, times for each stage, cameras."""

from datetime import date
from functools import cache
from typing import Literal

from config.declarations import read
from config.models import Declared, Duration, Slug, Text
from config.settings import CONFIG


class Stretch(Declared):
    """How long a stretch of road is examined at once, in metres."""

    rural: float
    urban: float


class BlackSpotRule(Declared):
    """When a stretch of road is a black spot, and from which day to which the rule holds."""

    doc: str
    since: date
    until: date | None = None
    confidence: Literal["K", "U"]
    months: int
    fatal: int
    mixed: int
    mixed_fatal: int
    injury: int
    stretch_m: Stretch


class Box(Declared):
    """Degrees within which a position must lie."""

    south: float
    west: float
    north: float
    east: float


class Camera(Declared):
    """A camera that counts vehicles: where it stands."""

    id: str
    name: Text
    road: Slug
    km: float
    place: str
    lat: float
    lon: float
    expressway: bool = False


class TrafficRules(Declared):
    """All that `traffic.yaml` says."""

    report_ready_after: Duration
    verify_within_days: int
    pay_within_days: int
    situation_kept: Duration
    black_spots: list[BlackSpotRule]
    pcu: dict[str, float]
    box: Box
    cameras: list[Camera]

    def black_spot_on(self, day: date) -> BlackSpotRule | None:
        """Return the rule in force on a day."""
        held = (r for r in self.black_spots if r.since <= day and (r.until is None or day <= r.until))
        return next(held, None)


@cache
def load_traffic() -> TrafficRules:
    """Return the rules of this installation, read once."""
    rules: TrafficRules = read(CONFIG / "traffic.yaml", TrafficRules)
    return rules
