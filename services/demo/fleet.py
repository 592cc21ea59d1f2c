"""The simulated fleet: what its vessels are, when they sail and where they are at any moment.

Nothing is remembered: a position is computed from seed, vessel and moment alone, so that any day can be
played by itself. Registration numbers start with 0, which marks them as simulated.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt

from services.demo.plan import Plan

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]

EPOCH: Final = datetime(2020, 1, 1, tzinfo=UTC)
PORTS: Final = (("Lạch Hới", 19.7741, 105.9006), ("Hoà Lộc", 19.9358, 105.8869), ("Lạch Bạng", 19.38, 105.79),
                ("Hải Châu", 19.4465, 105.7786))  # fmt: skip
HOMES: Final = {  # coastal communes by home port
    0: ("16531", "16516", "15991", "16000", "16543", "16540"),
    1: ("16078", "16093", "16108"),
    2: ("16645", "16654"),
    3: ("16561", "16597", "16594", "16549"),
}
TRADES: Final = ("Lưới kéo", "Lưới rê", "Lưới vây", "Câu", "Chụp", "Lồng bẫy", "Hậu cần")
CLASSES: Final = ((24, 30, 110), (15, 23.9, 990), (12, 14.9, 520), (6, 11.9, 1278))
PASSAGE_KN: Final = 8.0
NM_PER_DEGREE: Final = 60.0
LINE_LON: Final = 107.1594


def hours(moment: datetime) -> float:
    """Return the hours since the fleet's epoch."""
    return (moment - EPOCH).total_seconds() / 3600


@dataclass(frozen=True)
class Fleet:
    """Vessels by their index; `provider` -1 has no VMS, else 0, 1, 2. Lengths in metres, times in hours.

    `report`: hours between two positions that a device sends.
    """

    seed: int
    number: npt.NDArray[np.str_]
    length: Floats
    power: Whole
    trade: Whole
    port: Whole
    place: npt.NDArray[np.str_]
    provider: Whole
    cycle: Floats
    phase: Floats
    trip: Floats
    minute: Whole
    berth: Floats
    report: float = 2.0

    @property
    def size(self) -> int:
        """Return how many vessels there are."""
        return len(self.number)

    @cached_property
    def tracked(self) -> Whole:
        """Return the indices of the vessels with VMS."""
        return np.flatnonzero(self.provider >= 0)

    def chance(self, vessel: Whole, turn: Whole, what: int) -> Floats:
        """Return numbers in [0, 1) that depend on seed, vessel, turn (trip, report) and purpose alone."""
        with np.errstate(over="ignore"):
            mixed = np.uint64(self.seed * 1_000_003 + what * 7_919) + vessel.astype(np.uint64) * np.uint64(
                0x9E3779B97F4A7C15
            )
            mixed = mixed + turn.astype(np.uint64) * np.uint64(0xD1B54A32D192ED03)
            for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
                mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
        return ((mixed ^ (mixed >> np.uint64(31))) >> np.uint64(11)).astype(float) / 2**53

    def voyage(self, vessel: Whole, at: Floats) -> tuple[Whole, Floats, Floats]:
        """Return the number of each vessel's trip, the hours since it sailed (negative before) and its length."""
        clock = at + self.phase[vessel]
        turn = np.floor(clock / self.cycle[vessel]).astype(np.int64)
        lasts = self.trip[vessel] * (0.7 + 0.5 * self.chance(vessel, turn, 1))
        sails = self.chance(vessel, turn, 2) * (self.cycle[vessel] - lasts - 24)
        return turn, clock - turn * self.cycle[vessel] - sails, lasts

    def _ground(self, vessel: Whole, turn: Whole) -> tuple[Floats, Floats]:
        """Return the fishing ground of a trip: the open sea on our side of the line, for a few the inshore zone."""
        strays = self.chance(vessel, turn, 3) < 0.04
        lat = np.where(strays, 19.3, 18.8) + self.chance(vessel, turn, 4) * np.where(strays, 0.2, 0.6)
        lon = np.where(strays, 106.15, 106.72) + self.chance(vessel, turn, 5) * np.where(strays, 0.3, 0.22)
        return lat, lon

    def fishes(self, vessel: Whole, at: Floats, spare: float = 0.0) -> npt.NDArray[np.bool_]:
        """Say whether vessels are on their ground, with `spare` hours left before they turn home."""
        turn, since, lasts = self.voyage(vessel, at)
        way = self._way(vessel, turn)
        return (since > way) & (since + spare < lasts - way)

    def _way(self, vessel: Whole, turn: Whole) -> Floats:
        lat, lon = self._ground(vessel, turn)
        home = np.array([p[1:] for p in PORTS])[self.port[vessel]]
        east = (lon - home[:, 1]) * np.cos(np.radians(19.2))
        return np.asarray(np.hypot(lat - home[:, 0], east) * NM_PER_DEGREE / PASSAGE_KN, float)

    def whereabouts(self, vessel: Whole, at: Floats) -> tuple[Floats, Floats]:
        """Return latitude and longitude of vessels at hours since the epoch; arrays alike in, alike out."""
        turn, since, lasts = self.voyage(vessel, at)
        ground_lat, ground_lon = self._ground(vessel, turn)
        home = np.array([p[1:] for p in PORTS])[self.port[vessel]] + self.berth[vessel]
        way = self._way(vessel, turn)
        out = np.clip(np.minimum(since, lasts - since) / way, 0, 1)
        away = since - way
        calm = np.clip(np.minimum(away, lasts - 2 * way - away) / 3, 0, 1)
        first, second = (self.chance(vessel, turn, what) * 6.28 for what in (6, 7))
        lat = home[:, 0] + (ground_lat - home[:, 0]) * out + calm * 0.075 * np.sin(away * 0.33 + first)
        lon = home[:, 1] + (ground_lon - home[:, 1]) * out + calm * 0.085 * np.sin(away * 0.21 + second)
        return lat, lon


def build_fleet(plan: Plan) -> Fleet:
    """Return the fleet of a profile: 2,898 vessels, 60 in the small one."""
    chance = plan.chance("fleet")
    scale = plan.choose(60, 2898, 2898) / 2898
    counts = [max(2, round(count * scale)) for *_, count in CLASSES[:-1]]
    counts.append(plan.choose(60, 2898, 2898) - sum(counts))
    length = np.concatenate(
        [chance.uniform(low, high, n) for (low, high, _), n in zip(CLASSES, counts, strict=True)]
    ).round(1)
    size = len(length)
    port = chance.choice(4, size, p=[0.4, 0.22, 0.2, 0.18])
    provider = chance.choice(3, size, p=[0.45, 0.35, 0.2])
    equipped = np.where(
        length >= 15, chance.random(size) < 0.996, (length >= 12) & (chance.random(size) < 0.04)
    )
    return Fleet(
        seed=plan.seed,
        number=np.array([f"TH-{i:05d}-TS" for i in range(1, size + 1)]),
        length=length,
        power=(length**2 * chance.uniform(0.7, 1.2, size) + 5).astype(np.int64),
        trade=chance.choice(len(TRADES), size, p=[0.3, 0.24, 0.12, 0.14, 0.08, 0.09, 0.03]),
        port=port,
        place=np.array([str(chance.choice(HOMES[int(p)])) for p in port]),
        provider=np.where(equipped, provider, -1),
        cycle=chance.uniform(*plan.choose((8, 11), (55, 85), (24, 40)), size) * 24,
        phase=chance.uniform(0, 960, size),
        trip=chance.uniform(*plan.choose((3, 5), (4, 8), (4, 8)), size) * 24,
        minute=chance.integers(0, 120, size),
        berth=chance.normal(0, 0.0025, (size, 2)),
        report=plan.choose(2.0, 2.0, 4 / 60),
    )
