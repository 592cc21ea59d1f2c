"""Plays the Department of Agriculture and Environment: its air and water stations' files, faults included."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache, partial

import numpy as np
from numpy.typing import NDArray

from config.registry import load_registry
from services.demo.plan import File, Plan, real_files
from services.demo.tt10 import MINUTES, STEPS, Fate, Floats, Planned, Station, Told, Voice, lines_of, noise, played

REFERENCES = (
    ("air_hanoi_reference", "air_hanoi/Hanoi_PM2.5_*.csv.gz"),
    ("air_national", "air_national/hourly_*.csv"),
    ("rain_gauges", "rain/thanh_hoa_*.csv"),
    ("river_levels", "river_levels/levels_*.csv"),
    ("alarm_orders", "river_levels/alarm_orders_*.csv"),
    ("storm_tracks", "storms/tracks_*.csv"),
)
SLOT = 96
LOOK_BACK = 5

UG, NM = {"µg/m³": "ug/m3"}, {"µg/m³": "µg/Nm3"}
MILLI = {"CO": "mg/Nm3"}
VOICES = {
    "TH_NNMT_KHI001": Voice(UG | {"CO": "mg/m3", "°C": "oC"}, {"PM2.5": "PM2,5"}, level=1.0),
    "TH_NNMT_KHI002": Voice(NM | MILLI, {"PM2.5": "PM2,5"}, one_line=True, level=1.3),
    "TH_NNMT_KHI003": Voice({}, {}, encoding="cp1252", level=0.75),
    "TH_NNMT_KHI004": Voice(UG | {"°C": "oC"}, {"PM2.5": "PM2,5"}, comma=True, level=1.15),
    "TH_NNMT_KHI005": Voice(NM, {}, one_line=True, level=0.9),
    "TH_NNMT_NUO001": Voice({"°C": "oC", "MPN/100 mL": "MPN/100mL"}, level=1.0),
    "TH_NNMT_NUO002": Voice({"mg/L": "mg/l"}, one_line=True, level=0.7),
    "TH_NNMT_NUO003": Voice({"mg/L": "mg/l", "°C": "oC"}, comma=True, level=1.25),
}


def stations(plan: Plan) -> list[Station]:
    """Return the stations of a profile: two of air and one of water in `small`, all in the others."""
    kinds = {code: entry.kind for code, entry in load_registry().stations.items()}
    sources = {"air": "air_tt10", "water": "water_tt10"}
    chosen = plan.choose(("TH_NNMT_KHI001", "TH_NNMT_KHI002", "TH_NNMT_NUO001"), tuple(VOICES), tuple(VOICES))
    alike = {kind: [code for code in chosen if kinds[code] == kind] for kind in sources}
    return [Station.registered(c, sources[kinds[c]], VOICES[c], alike[kinds[c]].index(c)) for c in chosen]


def fate_of(plan: Plan, station: Station, day: date) -> Fate:
    """Return what befalls a station on a day."""
    chance = plan.chance("environment", station.code, day, "fate")
    return Fate.drawn(chance, (0.03, 12, 48), (0.02, 24, 96), range(len(station.symbols)), (30, 66))


def _among(station: Station, plan: Plan) -> int:
    return sum(s.source == station.source for s in stations(plan))


def _bumps(station: Station, day: date, count: int) -> Floats:
    """Return the episodes of a station over a day, 0 to 1: every eight hours it is another station's turn."""
    total = np.zeros(STEPS)
    for slot in range(-1, 4):
        if (day.toordinal() * 3 + slot) % count == station.rank:
            total += np.exp(-(((MINUTES / 60 - (slot * 8 + 4)) / 2.2) ** 2))
    return total


def silence(station: Station, day: date, count: int) -> tuple[int, int]:
    """Return the steps of the day for which a station's line is down (its files come afterwards), or (0, 0)."""
    for slot in range(3):
        number = day.toordinal() * 3 + slot
        if number % (2 * count) == 2 * station.rank:
            start = slot * SLOT + (number * 7) % 50
            return start, start + 36
    return 0, 0


def _weather(plan: Plan, name: str, day: date) -> Floats:
    """Return a factor around 1 that drifts smoothly from day to day."""
    ends = [np.exp(plan.chance("environment", name, day + timedelta(days=n)).normal(0, 0.28)) for n in (0, 1)]
    return np.asarray(np.interp(MINUTES, [0, 1440], ends))


def _air(plan: Plan, station: Station, day: date) -> Floats:
    """Return a day's concentrations (µg/m³; Temp °C) as in the lowlands of north-central Vietnam."""
    hour = MINUTES / 60
    winter = 0.5 * (1 + np.cos(2 * np.pi * (day.timetuple().tm_yday - 15) / 365))
    sun = np.clip(np.sin(np.pi * (hour - 6) / 12), 0, None)
    rush = np.exp(-(((hour - 7.5) / 1.6) ** 2)) + np.exp(-(((hour - 18) / 2) ** 2))
    bumps = _bumps(station, day, _among(station, plan))
    dust = (16 + 34 * winter) * _weather(plan, "dust", day) * _weather(plan, station.code, day)
    dust = dust * (0.85 + 0.22 * np.cos(2 * np.pi * (hour - 5) / 24) + 0.2 * rush) * (1 + 1.2 * bumps)
    warm = 29 - 11 * winter + 4.5 * np.sin(2 * np.pi * (hour - 9) / 24)
    columns = {
        "PM2.5": dust,
        "PM10": dust * 1.5 + 9,
        "O3": 22 + (75 - 25 * winter) * sun * _weather(plan, "ozone", day),
        "CO": 420 + 9 * dust + 260 * rush,
        "NO2": 11 + 10 * winter + 19 * rush,
        "SO2": 8 + 7 * winter + 6 * bumps,
    }
    level = station.voice.level
    base = np.column_stack([columns[s] * level if s in columns else warm for s in station.symbols])
    chance = plan.chance("environment", station.code, day, "noise")
    size = np.array([0.02 if s == "Temp" else 0.08 for s in station.symbols])
    return np.asarray(np.clip(base * noise(chance, len(size), 1.0) ** size, 0.1, None))


def _water(plan: Plan, station: Station, day: date) -> Floats:
    """Return a day's river water: oxygen low in episodes, silt high in the flood season."""
    hour = MINUTES / 60
    season = np.cos(2 * np.pi * (day.timetuple().tm_yday - 255) / 365)
    bumps, level = _bumps(station, day, _among(station, plan)), station.voice.level
    wet = _weather(plan, "rain", day)
    warm = 25.5 + 4.5 * np.cos(2 * np.pi * (day.timetuple().tm_yday - 200) / 365)
    light = np.sin(2 * np.pi * (hour - 9) / 24)
    columns = {
        "pH": 7.25 + 0.15 * light - 0.1 * bumps,
        "DO": 6.6 - 0.6 * level + 0.45 * light - 2.3 * bumps * level,
        "Temp": warm + 0.8 * light,
        "TSS": (32 + 26 * season) * level * wet,
        "COD": (9.5 + 5 * bumps) * level * wet**0.5,
        "NH4": (0.16 + 0.22 * bumps) * level,
        "NO3": 1.5 * level * np.ones(STEPS),
        "PO4": (0.08 + 0.05 * bumps) * level,
        "Coliform": (2900 + 2200 * bumps) * level * wet,
    }
    base = np.column_stack([columns[s] for s in station.symbols])
    chance = plan.chance("environment", station.code, day, "noise")
    size = np.array([0.005 if s in ("pH", "Temp") else 0.04 for s in station.symbols])
    return np.asarray(np.clip(base * noise(chance, len(size), 1.0) ** size, 0.01, None))


def _written(station: Station, values: Floats) -> Floats:
    """Return values in the units the station writes: carbon monoxide in mg where its unit says so."""
    if "CO" in station.voice.units and "CO" in station.symbols:
        values = values.copy()
        values[:, station.symbols.index("CO")] /= 1000
    return values


def _status(station: Station, day: date, fate: Fate) -> NDArray[np.int64]:
    status = np.zeros((STEPS, len(station.symbols)), dtype=np.int64)
    if (day.toordinal() + 3 * station.rank) % 14 == 0:
        probes = [i for i, s in enumerate(station.symbols) if s != "Temp"]
        status[108:120, probes] = 1
    status[slice(*fate.broken), fate.broken_symbol] = 2
    if (day.toordinal() + 7 * station.rank) % 30 == 0:
        status[168:180, :] = 3
    return status


@lru_cache(maxsize=64)
def _lines(plan: Plan, station: Station, day: date, corrected: bool) -> list[str]:
    fate = fate_of(plan, station, day)
    values = _written(station, (_air if station.source == "air_tt10" else _water)(plan, station, day))
    if not corrected:
        values[slice(*fate.wrong), 1] *= 10 if station.source == "air_tt10" else 0.1
    return lines_of(station, day, fate, values, _status(station, day, fate), corrected)


def planned(plan: Plan, station: Station, day: date, fine: bool) -> Iterator[Planned]:
    """Yield the files that tell of a station's day: by five minutes (`fine`) or in one file the next morning."""
    told = Told(station, day, fate_of(plan, station, day), partial(_lines, plan, station, day))
    down = silence(station, day, _among(station, plan))
    delays = plan.chance("environment", station.code, day, "delays").uniform(1, 4, STEPS)
    again = np.flatnonzero(plan.chance("environment", station.code, day, "again").random(STEPS) < 0.004)
    steps = ((step, 1) for step in range(STEPS))
    yield from told.files(told.as_it_goes(steps, down, delays, again.tolist()) if fine else None)


def deliveries(plan: Plan) -> Iterator[File]:
    """Yield the stations' files that fall due after `since` and by `until`, in that order.

    Days before yesterday come as one file a station and day, yesterday and today by five minutes.
    """
    yield from played(plan, stations(plan), planned, LOOK_BACK)


def references() -> Iterator[File]:
    """Yield the published files that come with the product, each as it is."""
    yield from real_files(datetime(2000, 1, 1, tzinfo=UTC), *REFERENCES)
