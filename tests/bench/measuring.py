"""Takes times side by side: what is compared runs in turn, round after round, in the same minutes."""

import gc
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

Timed = Callable[[], object]


@dataclass
class Line:
    """One line of the table: medians of both sides in `unit`, the aim in words, how many rounds.

    `ratio` is ours over the floor, or for a rate (`higher`) ours over the floor with more being better.
    """

    section: str
    what: str
    ours: float
    floor: float | None
    unit: str
    n: int
    aim: float | None = None
    higher: bool = False
    raw: Mapping[str, Sequence[float]] = field(default_factory=dict)

    @property
    def ratio(self) -> float | None:
        """Return ours over the floor."""
        return self.ours / self.floor if self.floor else None

    @property
    def reached(self) -> bool | None:
        """Say whether the aim is reached; None where there is none."""
        if self.aim is None or self.ratio is None:
            return None
        return self.ratio >= self.aim if self.higher else self.ratio <= self.aim


def milliseconds(task: Timed) -> float:
    """Return how long a task takes, in milliseconds."""
    start = time.perf_counter()
    task()
    return (time.perf_counter() - start) * 1000


def in_turn(tasks: Mapping[str, Timed], rounds: int, warm: int = 2) -> dict[str, list[float]]:
    """Run all tasks once a round, every second round in the opposite order; return milliseconds by task."""
    times: dict[str, list[float]] = {name: [] for name in tasks}
    for turn in range(warm + rounds):
        gc.collect()
        names = list(tasks) if turn % 2 else list(tasks)[::-1]
        for name in names:
            took = milliseconds(tasks[name])
            if turn >= warm:
                times[name].append(took)
    return times


def middle(times: Mapping[str, Sequence[float]]) -> dict[str, float]:
    """Return the median of each task."""
    return {name: median(values) for name, values in times.items()}
