"""What happens in the simulated fleet: who falls silent, who comes near the line, who crosses it.

Every event hangs on a slot of the calendar (a third of a day, a day, a week), so that something is going
on at any moment and each moment can be played by itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from services.demo.fleet import LINE_LON, Fleet, Floats, Whole

LINE_VISIT_HOURS = 24.0
LONGEST_SILENCE_HOURS = 24 * 24.0


@dataclass(frozen=True)
class Visit:
    """A vessel drifts towards the line and back; `east` degrees beyond it at the farthest (negative: before)."""

    vessel: int
    start: float
    lat: float
    east: float


@dataclass(frozen=True)
class Silence:
    """A vessel's device sends nothing from `start` to `end`."""

    vessel: int
    start: float
    end: float


class Story:
    """The events of a fleet, found by the hours since its epoch."""

    def __init__(self, fleet: Fleet) -> None:
        self.fleet = fleet
        self._visit = lru_cache(4096)(self._make_visit)
        self._silence = lru_cache(4096)(self._make_silence)

    def _chance(self, what: int, slot: int) -> np.random.Generator:
        return np.random.default_rng([self.fleet.seed, 77, what, slot])

    def _someone(self, chance: np.random.Generator, at: float, spare: float) -> int | None:
        """Return a vessel that is on its ground and stays there for a while, if there is one."""
        tracked = self.fleet.tracked
        free = tracked[self.fleet.fishes(tracked, np.full(len(tracked), at), spare)]
        return int(chance.choice(free)) if len(free) else None

    def _make_visit(self, what: int, slot: int) -> Visit | None:
        chance = self._chance(what, slot)
        start = slot * 8.0 if what == 1 else slot * 168 + chance.uniform(0, 144)
        vessel = self._someone(chance, start, LINE_VISIT_HOURS)
        nm = -chance.uniform(1.8, 4) if what == 1 else chance.uniform(1, 2.5)
        return None if vessel is None else Visit(vessel, start, chance.uniform(18.75, 19.15), nm / 56.8)

    def _make_silence(self, what: int, slot: int) -> Silence | None:
        chance = self._chance(what, slot)
        start = slot * 12 + chance.uniform(0, 12) if what == 3 else slot * 168 + chance.uniform(0, 168)
        lasts = chance.uniform(9, 40) if what == 3 else chance.uniform(11, 24) * 24
        vessel = self._someone(chance, start, min(lasts, 20) + 2)
        return None if vessel is None else Silence(vessel, start, start + lasts)

    def visits(self, start: float, end: float) -> Iterator[Visit]:
        """Yield the visits to the line that touch a span: one begins every eight hours, a crossing every week."""
        for what, size in ((1, 8.0), (2, 168.0)):
            for slot in range(int((start - 168 - LINE_VISIT_HOURS) // size), int(end // size) + 1):
                visit = self._visit(what, slot)
                if visit and visit.start < end and visit.start + LINE_VISIT_HOURS > start:
                    yield visit

    def silences(self, start: float, end: float) -> Iterator[Silence]:
        """Yield the silences that touch a span: two short ones begin every day, a long one every week."""
        for what, size in ((3, 12.0), (4, 168.0)):
            for slot in range(int((start - LONGEST_SILENCE_HOURS - 168) // size), int(end // size) + 1):
                silence = self._silence(what, slot)
                if silence and silence.start < end and silence.end > start:
                    yield silence

    def drawn(self, vessel: Whole, at: Floats, visits: list[Visit]) -> tuple[Floats, Floats]:
        """Return where vessels are, drawn towards the line by their visits to it."""
        lat, lon = self.fleet.whereabouts(vessel, at)
        for visit in visits:
            hit = (vessel == visit.vessel) & (at > visit.start) & (at < visit.start + LINE_VISIT_HOURS)
            pull = np.sin(np.pi * (at[hit] - visit.start) / LINE_VISIT_HOURS) ** 2
            lat[hit] += (visit.lat - lat[hit]) * pull
            lon[hit] += (LINE_LON + visit.east - lon[hit]) * pull
        return lat, lon

    def is_silent(self, vessel: Whole, at: Floats) -> npt.NDArray[np.bool_]:
        """Say whether a vessel's device is silent at a moment."""
        silent = np.zeros(len(at), bool)
        for silence in self.silences(float(at.min()), float(at.max()) + 1):
            silent |= (vessel == silence.vessel) & (at >= silence.start) & (at < silence.end)
        return silent
