"""Files of Circular 10/2021 as monitoring stations write them, each in its own manner; shared by the simulators."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from heapq import heappop, heappush

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data_access.database import LOCAL
from services.demo.plan import File, Plan

Floats = NDArray[np.float64]
STEPS = 288
MINUTES = np.arange(STEPS) * 5.0


@dataclass(frozen=True, eq=False)
class Voice:
    """How one station writes its files, and how high its values lie beside the others."""

    units: dict[str, str] = field(default_factory=dict)
    symbols: dict[str, str] = field(default_factory=dict)
    one_line: bool = False
    comma: bool = False
    encoding: str = "utf-8"
    level: float = 1.0


@dataclass(frozen=True)
class Planned:
    """A file to come: when, under which name, and how its content is made."""

    due: datetime
    name: str
    make: Callable[[], bytes]


def local(day: date, minutes: float = 0) -> datetime:
    """Return a moment of a local day."""
    return datetime.combine(day, time(), LOCAL) + timedelta(minutes=minutes)


def span(chance: np.random.Generator, share: float, shortest: int, longest: int) -> tuple[int, int]:
    """Return, for a share of the days, a span of steps, else (0, 0); always draws the same number of times."""
    drawn, length = chance.random(), int(chance.integers(shortest, longest))
    start = int(chance.integers(0, STEPS - length))
    return (start, start + length) if drawn < share else (0, 0)


def noise(chance: np.random.Generator, columns: int, size: float) -> Floats:
    """Return steps × columns of noise around 1 that lasts for about half an hour."""
    white = chance.standard_normal((STEPS + 6, columns)).cumsum(axis=0)
    smooth = (white[6:] - white[:-6]) / np.sqrt(6)
    return np.asarray(np.exp(size * smooth))


def records(
    voice: Voice, symbols: Sequence[str], units: Sequence[str], day: date, values: Floats, status: NDArray[np.int64]
) -> list[str]:
    """Return a day's records as lines, one a symbol and step; a value that is not a number is written `---`."""
    stamps = [f"{day:%Y%m%d}{m // 60:02d}{m % 60:02d}00" for m in range(0, 1440, 5)]
    spelt = [voice.units.get(s, voice.units.get(u, u)) for s, u in zip(symbols, units, strict=True)]
    frame = pl.DataFrame(
        {
            "symbol": [voice.symbols.get(s, s) for s in symbols] * STEPS,
            "value": pl.Series(values.ravel()).fill_nan(None),
            "unit": spelt * STEPS,
            "time": np.repeat(np.array(stamps), len(symbols)),
            "status": pl.Series(status.ravel()).cast(pl.String).str.zfill(2),
        }
    )
    text = frame.write_csv(
        separator="\t",
        include_header=False,
        float_precision=2,
        null_value="---",
        quote_style="never",
        decimal_comma=voice.comma,
    )
    return text.split("\n")[:-1]


def content(voice: Voice, lines: Sequence[str]) -> bytes:
    """Return lines as a file; empty ones are left out."""
    kept = [line for line in lines if line]
    return ("\t" if voice.one_line else "\r\n").join(kept).encode(voice.encoding)


def in_order(
    plan: Plan, first: date, last: date, files_of: Callable[[date], Iterator[tuple[str, Planned]]]
) -> Iterator[File]:
    """Yield the files due in a plan's window, by due moment; `files_of` gives source and file for each day told of."""
    waiting: list[tuple[datetime, int, str, Planned]] = []
    number = 0
    for ordinal in range(first.toordinal(), last.toordinal() + 1):
        day = date.fromordinal(ordinal)
        for source, file in files_of(day):
            if plan.since < file.due <= plan.until:
                number += 1
                heappush(waiting, (file.due, number, source, file))
        while waiting and waiting[0][0] < local(day, 1440):
            yield _file(*heappop(waiting))
    while waiting:
        yield _file(*heappop(waiting))


def _file(due: datetime, number: int, source: str, planned: Planned) -> File:
    return File(source, planned.name, planned.make(), due)
