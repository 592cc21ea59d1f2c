"""What the simulator is asked to play, how chance stays the same each time, and what falls due when."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from operator import attrgetter
from typing import Protocol, TypeVar

import numpy as np

from config.settings import CONFIG
from data_access.database import LOCAL

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

    @property
    def days(self) -> tuple[date, date]:
        """Return the local days in which the window begins and ends."""
        return self.since.astimezone(LOCAL).date(), self.until.astimezone(LOCAL).date()

    def holds(self, moment: datetime) -> bool:
        """Say whether a moment lies in the window."""
        return self.since < moment <= self.until


@dataclass(frozen=True)
class File:
    """A file that an agency delivers to a source at a moment."""

    source: str
    name: str
    content: bytes
    due: datetime


class Due(Protocol):
    """What falls due at a moment: a file, or one that is yet to be made."""

    @property
    def due(self) -> datetime:
        """Return the moment."""


AnyDue = TypeVar("AnyDue", bound=Due)
by_due = attrgetter("due")


def in_order(plan: Plan, told: Iterable[tuple[Iterable[AnyDue], datetime]]) -> Iterator[AnyDue]:
    """Yield what falls due in a plan's window, by due moment.

    `told`: what parts of the time tell of, each with a moment before which nothing told later falls due.
    """
    waiting = list[AnyDue]()
    for files, horizon in told:
        waiting += [file for file in files if plan.holds(file.due)]
        waiting.sort(key=by_due)
        yield from (file for file in waiting if file.due < horizon)
        waiting = [file for file in waiting if file.due >= horizon]
    yield from waiting


def by_day(plan: Plan, first: date, files_of: Callable[[date], Iterable[AnyDue]], step: int = 1) -> Iterator[AnyDue]:
    """Yield what falls due in a plan's window, by due moment; `files_of` gives what a day, or `step` days, tell of."""
    count = (plan.days[1] - first).days // step + 1
    days = (first + timedelta(days=step * number) for number in range(count))
    yield from in_order(plan, ((files_of(d), datetime.combine(d + timedelta(days=step), time(), LOCAL)) for d in days))


def real_files(due: datetime, *files: tuple[str, str]) -> Iterator[File]:
    """Yield the real files that come with the product, given as source and pattern of their place among them.

    Raises FileNotFoundError where a pattern finds nothing.
    """
    folder = CONFIG / "reference_data"
    for source, pattern in files:
        found = sorted(folder.glob(pattern))
        if not found:
            raise FileNotFoundError(folder / pattern)
        for path in found:
            yield File(source, path.name, path.read_bytes(), due)
