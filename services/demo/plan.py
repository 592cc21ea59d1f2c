"""What the simulator is asked to play, and how chance stays the same each time."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import numpy as np

Size = TypeVar("Size")
SIZES = {"small": 0, "demo": 1, "province": 2}


@dataclass(frozen=True)
class Plan:
    """Play the agencies from `since` (exclusive) to `until` (inclusive), both UTC.

    What a file holds depends on seed, profile and the moment it tells of, never on the window played:
    a province filled in one go and one filled day by day are the same.
    """

    profile: str
    seed: int
    since: datetime
    until: datetime

    def chance(self, *names: object) -> np.random.Generator:
        """Return the source of chance of one named thing (a station's day, a vessel's trip)."""
        text = "/".join(map(str, (self.seed, *names)))
        return np.random.default_rng(int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big"))

    def choose(self, small: Size, demo: Size, province: Size) -> Size:
        """Return the size that fits the profile."""
        return (small, demo, province)[SIZES[self.profile]]


@dataclass(frozen=True)
class File:
    """A file that an agency delivers to a source at a moment."""

    source: str
    name: str
    content: bytes
    due: datetime
