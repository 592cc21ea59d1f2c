"""Accidents and violations as they happen in the simulator: a month at a time, each with its whole life.

Times are seconds since 1970 of the local clock; 0 is never. Roads are drawn by a few points each, near enough
for a simulated accident to lie in the right communes.
"""

from datetime import date, datetime, time
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from config.registry import load_registry
from services.demo.months import local_seconds, next_month
from services.demo.plan import Plan
from services.methods.positions import commune_at

Floats = npt.NDArray[np.float64]
DAY: Final = 86_400
ROADS: Final[dict[str, tuple[str, float, tuple[tuple[float, float, float], ...]]]] = {
    "QL1": ("Quốc lộ", 0.12, (
        (285, 20.115, 105.865), (292, 20.085, 105.862), (305, 19.992, 105.838), (313, 19.935, 105.825),
        (319, 19.89, 105.80), (325, 19.815, 105.785), (333, 19.735, 105.79), (345, 19.64, 105.782),
        (355, 19.56, 105.783), (366, 19.46, 105.777), (375, 19.38, 105.76), (383, 19.305, 105.757))),
    "CT Mai Sơn - QL45": ("Cao tốc", 0.015, ((287, 20.09, 105.79), (300, 19.99, 105.75), (335, 19.70, 105.66))),
    "CT QL45 - Nghi Sơn": ("Cao tốc", 0.01, ((335, 19.70, 105.66), (378, 19.38, 105.69))),
    "Đường HCM": ("Quốc lộ", 0.08, (
        (500, 20.32, 105.49), (520, 20.20, 105.49), (545, 20.108, 105.336), (570, 19.92, 105.39),
        (590, 19.78, 105.38), (605, 19.66, 105.46), (630, 19.52, 105.41))),
    "QL45": ("Quốc lộ", 0.07, (
        (20, 20.25, 105.61), (40, 20.14, 105.667), (55, 20.05, 105.64), (70, 19.97, 105.64), (85, 19.905, 105.68),
        (97, 19.815, 105.70), (110, 19.72, 105.67), (124, 19.633, 105.66))),
    "QL47": ("Quốc lộ", 0.06, (
        (0, 19.755, 105.885), (16, 19.80, 105.786), (30, 19.834, 105.617), (45, 19.876, 105.45),
        (61, 19.903, 105.318))),
    "QL217": ("Quốc lộ", 0.055, (
        (0, 19.99, 105.838), (25, 20.05, 105.64), (50, 20.19, 105.49), (80, 20.30, 105.29), (110, 20.28, 105.05),
        (140, 20.278, 104.936), (165, 20.275, 104.81), (195, 20.30, 104.67))),
    "QL10": ("Quốc lộ", 0.03, ((215, 20.036, 105.951), (225, 19.984, 105.94), (235, 19.916, 105.873))),
    "QL15": ("Quốc lộ", 0.03, ((0, 20.42, 105.19), (30, 20.375, 105.23), (60, 20.19, 105.22), (85, 20.108, 105.336))),
    "Đường tỉnh": ("Đường tỉnh", 0.2, ()),
    "Đường đô thị": ("Đường đô thị", 0.15, ()),
    "Đường xã": ("Đường xã", 0.18, ()),
}  # fmt: skip
"""By name in the police's list: class, share of the accidents, points (km, latitude, longitude)."""
HOT: Final = (
    ("QL1", 291.2), ("QL1", 318.4), ("QL1", 343.1), ("Đường HCM", 536.0), ("QL47", 12.3), ("QL45", 88.6),
    ("QL217", 52.4), ("QL10", 224.7),
)  # fmt: skip
HOT_SHARE: Final = 0.045
PER_DAY: Final = 2.02
CAUSES: Final = {
    "Không chú ý quan sát": 0.24, "Đi sai làn đường": 0.2, "Vượt sai quy định": 0.12, "Tốc độ": 0.13,
    "Chuyển hướng": 0.12, "Nồng độ cồn": 0.09, "Người đi bộ": 0.04, "Đang điều tra": 0.06,
}  # fmt: skip
KINDS: Final = ("Mô tô – mô tô", "Mô tô – ô tô", "Ô tô – ô tô", "Mô tô – người đi bộ", "Mô tô tự gây", "Ô tô tự gây")
RUSH: Final = np.array([2, 1, 1, 1, 1, 2, 4, 5, 4, 4, 4, 4, 3, 4, 4, 5, 7, 9, 9, 9, 7, 6, 4, 3], float)
"""How often accidents happen by hour of the day."""


def chance_of(seed: int, *names: object) -> np.random.Generator:
    """Return the source of chance of a thing, whatever the window played."""
    return Plan("demo", seed, datetime.min, datetime.max).chance("traffic", *names)


def _choice(chance: np.random.Generator, weights: dict[str, float], count: int) -> npt.NDArray[np.str_]:
    share = np.array(list(weights.values()))
    return np.asarray(chance.choice(list(weights), count, p=share / share.sum()), dtype=str)


@lru_cache(maxsize=1)
def _communes() -> tuple[Floats, Floats, Floats, npt.NDArray[np.bool_]]:
    """Return latitude, longitude, share of the population and whether it is a ward, by commune."""
    places = list(load_registry().places.values())
    people = np.array([p.population for p in places], float)
    ward = np.array([p.full_name.startswith("Phường") for p in places])
    return (np.array([p.lat for p in places]), np.array([p.lon for p in places]), people / people.sum(), ward)


def _by_population(chance: np.random.Generator, count: int, wards: bool | None) -> tuple[Floats, Floats]:
    lat, lon, share, ward = _communes()
    kept = np.ones(len(lat), bool) if wards is None else ward == wards
    at = chance.choice(np.flatnonzero(kept), count, p=share[kept] / share[kept].sum())
    return lat[at] + chance.normal(0, 0.008, count), lon[at] + chance.normal(0, 0.008, count)


def _placed(chance: np.random.Generator, road: npt.NDArray[np.str_], km: Floats) -> tuple[Floats, Floats]:
    lat, lon = np.zeros(len(road)), np.zeros(len(road))
    for name, (_, _, points) in ROADS.items():
        own = road == name
        if not points:
            wards = {"Đường đô thị": True, "Đường xã": False}.get(name)
            lat[own], lon[own] = _by_population(chance, int(own.sum()), wards)
            continue
        along, lats, lons = (np.array(column) for column in zip(*points, strict=True))
        lat[own], lon[own] = np.interp(km[own], along, lats), np.interp(km[own], along, lons)
    return lat, lon


def _roads(chance: np.random.Generator, count: int) -> tuple[npt.NDArray[np.str_], Floats]:
    """Return roads and kilometres (0 off the numbered roads); a few stretches have more than their share."""
    road = _choice(chance, {name: share for name, (_, share, _) in ROADS.items()}, count).astype(object)
    km = np.zeros(count)
    for name, (_, _, points) in ROADS.items():
        own = road == name
        if points:
            km[own] = chance.uniform(points[0][0], points[-1][0], int(own.sum()))
    hot = np.flatnonzero(chance.random(count) < HOT_SHARE)
    for row, at in zip(hot, chance.integers(0, len(HOT), len(hot)), strict=True):
        road[row], km[row] = HOT[at][0], HOT[at][1] + chance.uniform(-0.2, 0.2)
    return road.astype(str), km


@lru_cache(maxsize=32)
def month_of_accidents(seed: int, month: date) -> pl.DataFrame:
    """Return a month's accidents with what became of them: `at`, `told`, `told_again` (0: never), `late_deaths`."""
    chance = chance_of(seed, "accidents", month)
    start, days = local_seconds(datetime.combine(month, time())), (next_month(month) - month).days
    count = int(chance.poisson(PER_DAY * days))
    hour = chance.choice(24, count, p=RUSH / RUSH.sum())
    at = np.sort(start + chance.integers(0, days, count) * DAY + hour * 3600 + chance.integers(0, 60, count) * 60)
    road, km = _roads(chance, count)
    lat, lon = _placed(chance, road, km)
    classes = np.array([ROADS[r][0] for r in road], dtype=str)
    inner = (classes == "Đường đô thị") | ((classes != "Cao tốc") & (chance.random(count) < 0.12))
    fatal = chance.random(count) < np.where(classes == "Cao tốc", 0.62, 0.5)
    deaths = np.where(fatal, 1 + (chance.random(count) < 0.05) + (chance.random(count) < 0.012) * 2, 0)
    injured = np.where(fatal, chance.poisson(0.42, count), 1 + (chance.random(count) < 0.28))
    injured = np.where(~fatal & (chance.random(count) < 0.06), 0, injured)
    told = (at // DAY + 1) * DAY + 6 * 3600
    late = (injured > 0) & (chance.random(count) < 0.04)
    again = np.where(late, told + chance.integers(2, 25, count) * DAY, 0)
    place = commune_at(pl.Series(lat), pl.Series(lon)).fill_null("")
    return pl.DataFrame({
        "row": np.arange(1, count + 1), "month": pl.Series([month] * count, dtype=pl.Date), "at": at, "told": told,
        "told_again": again, "road": road, "class": classes, "km": km, "inner": inner, "lat": lat, "lon": lon,
        "place": place, "deaths": deaths.astype(int), "injured": injured.astype(int),
        "cause": _choice(chance, CAUSES, count), "kind": chance.choice(KINDS, count), "chance": chance.random(count),
    }).filter(pl.col("place") != "")  # fmt: skip



VIOLATIONS: Final = {  # share on camera, on patrol, fine of a car, of a motorbike (million), points
    "Chạy quá tốc độ": (0.46, 0.1, 5, 1, 2), "Nồng độ cồn": (0, 0.2, 19, 7, 4), "Vượt đèn đỏ": (0.24, 0.06, 19, 5, 4),
    "Quá tải trọng": (0.02, 0.06, 7, 7, 2), "Sai làn, sai phần đường": (0.16, 0.12, 5, 0.7, 2),
    "Dừng, đỗ sai quy định": (0.12, 0.08, 0.9, 0.5, 0), "Ma túy": (0, 0.01, 35, 9, 10),
    "Mũ bảo hiểm": (0, 0.22, 0.5, 0.5, 0), "Vi phạm khác": (0, 0.15, 0.4, 0.2, 0),
}  # fmt: skip
UNITS: Final = ("Phòng CSGT", "Đội CSGT số 1", "Đội CSGT số 2", "Đội CSGT số 3", "Đội CSGT số 4", "Trạm CSGT cao tốc")
POSTS: Final = (  # camera, road, commune, unit by number
    ("PN-MP-01", "Đường đô thị", "14797", 1), ("PN-MP-02", "Đường đô thị", "16522", 1), ("PN-MP-03", "QL1", "14818", 2),
    ("PN-MP-04", "QL1", "15271", 2), ("PN-MP-05", "QL1", "16438", 3), ("PN-MP-06", "QL1", "16576", 3),
    ("PN-MP-07", "QL47", "16531", 4), ("PN-MP-08", "QL45", "15772", 4),
    ("PN-MP-09", "CT Mai Sơn - QL45", "15316", 5), ("PN-MP-10", "CT QL45 - Nghi Sơn", "16297", 5),
    ("PN-MP-11", "QL45", "16378", 0), ("PN-MP-12", "QL1", "16561", 3),
)  # fmt: skip
"""Cameras that see violations, all simulated, at real communes."""
PATROLLED: Final = (
    ("14797", 1), ("15925", 1), ("16378", 1), ("14812", 2), ("16012", 2), ("16093", 2), ("16279", 3), ("16645", 3),
    ("15664", 4), ("15499", 4), ("15061", 0), ("15127", 0), ("16174", 0), ("14923", 0), ("15016", 0), ("14845", 0),
)  # fmt: skip
CAMERA_A_DAY: Final = {"small": 16, "demo": 18, "province": 190}
PATROL_A_DAY: Final = {"small": 10, "demo": 10, "province": 140}


@lru_cache(maxsize=16)
def month_of_violations(seed: int, profile: str, month: date) -> pl.DataFrame:
    """Return a month's violations with the moments of their stages; each month one unit verifies late."""
    chance = chance_of(seed, "violations", profile, month)
    start, days = local_seconds(datetime.combine(month, time())), (next_month(month) - month).days
    on_camera, on_patrol = (int(chance.poisson(a_day[profile] * days)) for a_day in (CAMERA_A_DAY, PATROL_A_DAY))
    count = on_camera + on_patrol
    camera = np.arange(count) < on_camera
    seen = start + chance.integers(0, days * DAY, count)
    post, beat = chance.integers(0, len(POSTS), count), chance.integers(0, len(PATROLLED), count)
    unit = np.where(camera, np.array([p[3] for p in POSTS])[post], np.array([p[1] for p in PATROLLED])[beat])
    kind = np.where(camera, _choice(chance, {k: v[0] for k, v in VIOLATIONS.items()}, count),
                    _choice(chance, {k: v[1] for k, v in VIOLATIONS.items()}, count))
    slow = camera & (unit == (month.year * 12 + month.month) % len(UNITS)) & (chance.random(count) < 0.55)
    wait = np.where(slow, chance.uniform(14, 75, count), chance.exponential(2.6, count) + 0.2)
    verified = np.where(camera, seen + (wait * DAY).astype(int), seen)
    unclear = camera & (chance.random(count) < 0.09)
    notified = np.where(camera, verified + (chance.uniform(1, 6, count) * DAY).astype(int), seen)
    fined = notified + (np.where(camera, chance.exponential(13, count), chance.exponential(3, count)) * DAY).astype(int)
    never = unclear | (camera & (chance.random(count) < 0.2))
    paid = fined + (chance.exponential(8, count) * DAY).astype(int) + 3600
    unpaid = never | (chance.random(count) < np.where(camera, 0.2, 0.06))
    moto = ~camera & (chance.random(count) < 0.7)
    fine = np.array([VIOLATIONS[k][3 if m else 2] for k, m in zip(kind, moto, strict=True)]) * 1_000_000
    return pl.DataFrame({
        "row": np.arange(1, count + 1), "month": pl.Series([month] * count, dtype=pl.Date), "camera": camera,
        "post": post, "beat": beat, "unit": unit, "kind": kind, "moto": moto, "seen": seen, "verified": verified,
        "unclear": unclear, "notified": np.where(unclear, 0, notified), "fined": np.where(never, 0, fined),
        "paid": np.where(unpaid, 0, paid), "fine": fine.astype(int),
        "points": np.array([VIOLATIONS[k][4] for k in kind]), "chance": chance.random(count),
    }).sort("seen")  # fmt: skip
