"""Stations and outlets that deliver files of Circular 10/2021, each in its own manner; shared by the simulators."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from config.registry import load_registry
from data_access.database import LOCAL
from services.demo.plan import File, Plan, by_day

Floats = NDArray[np.float64]
Share = tuple[float, int, int]
"""Share of the days, shortest and longest span of steps."""
STEPS = 288
FINELY = timedelta(days=2)
"""The last days, of which files tell as they go on."""
MINUTES = np.arange(STEPS) * 5.0


@dataclass(frozen=True, eq=False)
class Voice:
    """How one station writes its files, and how high its values lie beside the others.

    `spelt`: its code in the names of its files, where that is not its code.
    """

    units: dict[str, str] = field(default_factory=dict)
    symbols: dict[str, str] = field(default_factory=dict)
    one_line: bool = False
    comma: bool = False
    encoding: str = "utf-8"
    level: float = 1.0
    spelt: str = ""


@dataclass(frozen=True)
class Station:
    """One station or outlet that a simulator plays; `rank`: its place among those of its simulator or kind."""

    code: str
    source: str
    symbols: tuple[str, ...]
    units: tuple[str, ...]
    since: date
    voice: Voice
    rank: int

    @classmethod
    def registered(cls, code: str, source: str, voice: Voice, rank: int) -> "Station":
        """Return a registered station as it is played."""
        entry = load_registry().stations[code]
        symbols, units = (tuple(getattr(p, name) for p in entry.parameters) for name in ("symbol", "unit"))
        return cls(code, source, symbols, units, entry.since or date.min, voice, rank)


@dataclass(frozen=True)
class Fate:
    """What befalls a station on a day; spans are numbers of five-minute steps, `(0, 0)` for none."""

    lost: tuple[int, int]
    broken: tuple[int, int]
    broken_symbol: int
    wrong: tuple[int, int]
    garbled: int
    late: timedelta
    doubled: bool

    @classmethod
    def drawn(
        cls, chance: np.random.Generator, lost: Share, broken: Share, breakable: range, hours_late: tuple[int, int]
    ) -> "Fate":
        """Return what chance has in store for a day; `breakable`: the numbers of the symbols that may break."""
        return cls(
            lost=span(chance, *lost),
            broken=span(chance, *broken),
            broken_symbol=int(chance.integers(breakable.start, breakable.stop)),
            wrong=span(chance, 0.01, 24, 36),
            garbled=int(chance.integers(0, STEPS)) if chance.random() < 0.01 else -1,
            late=timedelta(hours=float(chance.uniform(*hours_late))) if chance.random() < 0.012 else timedelta(),
            doubled=bool(chance.random() < 0.02),
        )


@dataclass(frozen=True)
class Planned:
    """A file to come: from which source, when, under which name, and how its content is made."""

    source: str
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


def lines_of(
    station: Station, day: date, fate: Fate, values: Floats, status: NDArray[np.int64], corrected: bool
) -> list[str]:
    """Return a day's records as lines; a lost step's are empty, one is garbled unless corrected."""
    width = len(station.symbols)
    written = np.where(status >= 2, np.nan, values)
    lines = records(station.voice, station.symbols, station.units, day, written, status)
    if fate.garbled >= 0 and not corrected:
        at = fate.garbled * width
        cells = lines[at].split("\t")
        lines[at] = "\t".join([cells[0], "#ERR", *cells[2:4], "00"])
    for step in range(*fate.lost):
        lines[step * width : (step + 1) * width] = [""] * width
    return lines


def content(voice: Voice, lines: Sequence[str]) -> bytes:
    """Return lines as a file; empty ones are left out."""
    kept = [line for line in lines if line]
    return ("\t" if voice.one_line else "\r\n").join(kept).encode(voice.encoding)


@dataclass(frozen=True)
class Told:
    """A station's day as its files tell of it; `lines` makes its records, as first sent or corrected."""

    station: Station
    day: date
    fate: Fate
    lines: Callable[[bool], list[str]]

    def file(self, due: datetime, first: int = 0, size: int = STEPS, corrected: bool = False) -> Planned:
        """Return a file of some steps of the day."""
        station, width = self.station, len(self.station.symbols)
        name = f"{station.voice.spelt or station.code}_{local(self.day, 5 * first):%Y%m%d%H%M%S}.txt"

        def make() -> bytes:
            return content(station.voice, self.lines(corrected)[first * width : (first + size) * width])

        return Planned(station.source, due, name, make)

    def as_it_goes(
        self, pieces: Iterable[tuple[int, int]], down: tuple[int, int], delays: Floats, again: Collection[int] = ()
    ) -> Iterator[Planned]:
        """Yield a file for each piece (first step, size), some of them again; a dead line's come together afterwards.

        `down`: the steps for which the line is dead; `delays`: minutes that each step's file takes.
        """
        lost = self.fate.lost
        for first, size in pieces:
            last = first + size - 1
            if lost[0] <= first and last < lost[1]:
                continue
            minutes = 5 * last + delays[last]
            if down[0] <= last < down[1]:
                minutes = 5 * down[1] + 2 + (first - down[0]) / 60
            yield self.file(local(self.day, minutes), first, size)
            if first in again:
                yield self.file(local(self.day, minutes + 7), first, size)

    def files(self, as_it_goes: Iterable[Planned] | None) -> Iterator[Planned]:
        """Yield all files that tell of the day: as it goes on, or in one the next morning; a spoilt day's again."""
        fate = self.fate
        due = local(self.day, 1445) + fate.late
        if as_it_goes is not None and not fate.late:
            yield from as_it_goes
        else:
            yield self.file(due)
            if fate.doubled:
                yield self.file(due + timedelta(hours=6))
        if fate.wrong != (0, 0) or fate.garbled >= 0:
            yield self.file(due + timedelta(hours=9), corrected=True)


def played(
    plan: Plan,
    stations: Sequence[Station],
    planned: Callable[[Plan, Station, date, bool], Iterable[Planned]],
    back: int,
    beside: Callable[[Plan, date], Iterable[Planned]] | None = None,
) -> Iterator[File]:
    """Yield the files due in a plan's window, by due moment, looking `back` days before it.

    `planned` gives those of a station's day, yesterday's and today's finely; `beside` what else comes of a day.
    """
    first, last = plan.days

    def told(day: date) -> Iterator[Planned]:
        yield from beside(plan, day) if beside else ()
        for one in stations:
            if day >= one.since:
                yield from planned(plan, one, day, last - day < FINELY)

    for file in by_day(plan, first - timedelta(days=back), told):
        yield File(file.source, file.name, file.make(), file.due)
