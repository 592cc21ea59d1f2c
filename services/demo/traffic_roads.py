"""What the traffic centre and the police's other desks tell of in the simulator: counts, situations, crimes, fires."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, Final
from xml.sax.saxutils import escape

import numpy as np
import numpy.typing as npt
import polars as pl

from config.registry import load_registry
from config.traffic import load_traffic
from services.demo.months import local_seconds
from services.demo.traffic_lives import DAY, ROADS, chance_of

CLASSES: Final = {"moto": 0.0, "car": 0.55, "bus": 0.09, "truck": 0.26, "trailer": 0.1}
ON_HIGHWAY: Final = {"moto": 0.42, "car": 0.32, "bus": 0.05, "truck": 0.15, "trailer": 0.06}
BY_HOUR: Final = np.array(
    [1.4, 1, 0.9, 1, 1.6, 3, 5, 6.5, 6.3, 5.8, 5.5, 5.2, 4.6, 5, 5.6, 6, 6.4, 7, 6.2, 4.8, 3.8, 3, 2.4, 1.9])


@lru_cache(maxsize=1)
def _lines() -> tuple[list[str], list[str], npt.NDArray[np.float64], npt.NDArray[np.bool_], npt.NDArray[np.int64]]:
    """Return camera, class, vehicles a day, whether on an expressway and the camera's number, by line of counting."""
    lines = []
    for number, camera in enumerate(load_traffic().cameras):
        a_day = 14_000 if camera.expressway else 26_000
        mix = CLASSES if camera.expressway else ON_HIGHWAY
        lines += [(camera.id, name, a_day * share, camera.expressway, number) for name, share in mix.items() if share]
    ids, names, a_day_of, fast, numbers = (list(column) for column in zip(*lines, strict=True))
    return ids, names, np.array(a_day_of), np.array(fast), np.array(numbers)


def counts_of_days(seed: int, days: Sequence[date], *, hourly: bool) -> pl.DataFrame:
    """Return the counts of days by hour and class, or summed to the day as older months are kept.

    Each day one camera is calibrated for two hours; each week one is broken for a day.
    """
    made = [_counts_of_day(seed, day) for day in days]
    lines, hours = len(_lines()[0]), np.arange(24)
    total = lines * 24 * len(days)
    counts = pl.DataFrame({
        "cam_id": np.tile(np.repeat(_lines()[0], 24), len(days)),
        "class": np.tile(np.repeat(_lines()[1], 24), len(days)),
        "day": np.repeat([day.isoformat() for day in days], lines * 24), "hour": np.tile(hours, total // 24),
        "count": np.concatenate([m[0] for m in made]), "speed": np.concatenate([m[1] for m in made]),
        "quality": np.concatenate([m[2] for m in made]),
    })  # fmt: skip
    return _as_file(counts, hourly)


def _counts_of_day(seed: int, day: date) -> tuple[npt.NDArray[Any], ...]:
    chance = chance_of(seed, "counts", day)
    _, names, a_day, fast, number = _lines()
    busy = 1.18 if day.weekday() in (4, 6) else 1.0
    counts = chance.poisson(a_day[:, None] * busy * BY_HOUR / BY_HOUR.sum())
    heavy = np.isin(names, ("truck", "trailer"))
    speed = chance.normal(np.where(fast, 88, 52)[:, None] - 8 * heavy[:, None], 3, (len(names), 24)).round(1)
    quality = np.full((len(names), 24), "OK", dtype="<U5")
    cameras = len(load_traffic().cameras)
    quality[number == day.toordinal() % cameras, 9:11] = "CALIB"
    if day.weekday() == 2:
        quality[number == (day.toordinal() // 7 + 3) % cameras] = "FAULT"
    return counts.ravel(), speed.ravel(), quality.ravel()


def _as_file(counts: pl.DataFrame, hourly: bool) -> pl.DataFrame:
    good, hours = pl.col("quality") == "OK", pl.lit(1)
    if not hourly:
        weighted = (pl.col("speed") * pl.col("count")).sum() / pl.col("count").sum()
        counts = counts.group_by("cam_id", "day", "class", "quality", maintain_order=True).agg(
            pl.col("hour").first(), pl.len().alias("hours"), pl.col("count").sum(), weighted.round(1).alias("speed"))
        hours = pl.col("hours")
    return counts.select(
        "cam_id", pl.format("{}T{}:00:00", "day", pl.col("hour").cast(pl.String).str.zfill(2)).alias("ts_start"),
        (hours * 3600).alias("period_s"), pl.lit("hai_chieu").alias("direction"), pl.lit("tat_ca").alias("lane"),
        "class", pl.when(good).then("count").alias("count"), pl.when(good).then("speed").alias("avg_speed_kmh"),
        pl.lit(None, pl.Float64).alias("occupancy_pct"), "quality",
    )  # fmt: skip


# Situations

KINDS: Final = {  # share, hours from, to, severity
    "Accident": (0.28, 0.7, 4, "high"), "AbnormalTraffic": (0.32, 0.5, 3, "medium"),
    "MaintenanceWorks": (0.22, 30, 400, "low"), "VehicleObstruction": (0.12, 0.4, 2, "medium"),
    "RoadOrCarriagewayOrLaneManagement": (0.06, 6, 60, "high"),
}  # fmt: skip
WORDS: Final = {
    "Accident": "Tai nạn, đi chậm qua hiện trường", "AbnormalTraffic": "Ùn ứ kéo dài, chọn đường khác",
    "MaintenanceWorks": "Sửa mặt đường, thu hẹp làn", "VehicleObstruction": "Xe chết máy trên làn đường",
    "RoadOrCarriagewayOrLaneManagement": "Cấm đường tạm thời, theo phân luồng",
}  # fmt: skip


@lru_cache(maxsize=64)
def _situations(seed: int, day: date) -> pl.DataFrame:
    """Return the situations that begin on a day: seconds from and to, kind, road, position."""
    chance = chance_of(seed, "situations", day)
    count = int(chance.poisson(1.6)) + 1
    kinds = chance.choice(list(KINDS), count, p=[k[0] for k in KINDS.values()])
    begin = local_seconds(datetime.combine(day, time())) + chance.integers(0, DAY, count)
    hours = np.array([chance.uniform(KINDS[k][1], KINDS[k][2]) for k in kinds])
    numbered = [name for name, (_, _, points) in ROADS.items() if points]
    rows = []
    for row in range(count):
        road = str(chance.choice(numbered))
        along, lat, lon = (np.array(c) for c in zip(*ROADS[road][2], strict=True))
        km = float(chance.uniform(along[0], along[-1]))
        rows.append({
            "id": f"MP-TH-{day:%y%m%d}-{row + 1:02d}", "kind": str(kinds[row]), "begin": int(begin[row]),
            "end": int(begin[row] + hours[row] * 3600), "road": road, "km": km,
            "lat": float(np.interp(km, along, lat)), "lon": float(np.interp(km, along, lon)),
            "severity": "highest" if chance.random() < 0.04 else KINDS[str(kinds[row])][3],
            "open": chance.random() < 0.2,
        })  # fmt: skip
    return pl.DataFrame(rows)


def _instant(seconds: int) -> str:
    moment = datetime(1970, 1, 1) + timedelta(seconds=seconds)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.000+07:00"


def _record(row: dict[str, object], last: int) -> str:
    kind, begin, end = str(row["kind"]), int(str(row["begin"])), int(str(row["end"]))
    over = end <= last
    told = end if over else begin + 300
    ending = "" if row["open"] and not over else f"<overallEndTime>{_instant(end)}</overallEndTime>"
    km = f"{row['km']:.1f}".replace(".", ",")
    comment = escape(f"{WORDS[kind]} · {row['road']} km {km} (mô phỏng)")
    return (
        f'<situation id="{row["id"]}"><overallSeverity>{row["severity"]}</overallSeverity>'
        f'<situationRecord xsi:type="{kind}" id="{row["id"]}-1" version="{2 if over else 1}">'
        f"<situationRecordVersionTime>{_instant(told)}</situationRecordVersionTime>"
        "<probabilityOfOccurrence>certain</probabilityOfOccurrence>"
        f"<validity><validityStatus>{'suspended' if over else 'active'}</validityStatus><validityTimeSpecification>"
        f"<overallStartTime>{_instant(begin)}</overallStartTime>{ending}</validityTimeSpecification></validity>"
        f"<groupOfLocations><locationForDisplay><latitude>{row['lat']:.5f}</latitude>"
        f"<longitude>{row['lon']:.5f}</longitude></locationForDisplay><roadNumber>{escape(str(row['road']))}</roadNumber>"
        f"</groupOfLocations><generalPublicComment>{comment}</generalPublicComment></situationRecord></situation>"
    )


def situations_told(seed: int, since: datetime, until: datetime, version_3: bool) -> bytes:
    """Return a publication of the situations in force or ended within the span, at its end (local)."""
    first, last = local_seconds(since), local_seconds(until)
    days = (since - timedelta(days=17)).date()
    made = pl.concat(_situations(seed, days + timedelta(days=n)) for n in range((until.date() - days).days + 1))
    found = made.filter((pl.col("begin") <= last) & (pl.col("end") > first))
    body = "".join(_record(row, last) for row in found.iter_rows(named=True))
    inner = f"<publicationTime>{_instant(last)}</publicationTime>{body}"
    names = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    if version_3:
        text = (f'<messageContainer xmlns="http://datex2.eu/schema/3/messageContainer" {names}>'
                f'<payload xsi:type="SituationPublication">{inner}</payload></messageContainer>')  # fmt: skip
    else:
        text = (f'<d2LogicalModel xmlns="http://datex2.eu/schema/2/2_0" modelBaseVersion="2" {names}>'
                f'<payloadPublication xsi:type="SituationPublication">{inner}</payloadPublication></d2LogicalModel>')
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'.encode()


# Crimes and fires

FIRE_COLUMNS: Final = ("so_vu", "xay_ra_luc", "ma_xa", "loai", "nguyen_nhan", "chet", "bi_thuong",
                       "thiet_hai_trieu_dong", "cap_nhat")  # fmt: skip

A_MONTH: Final = {"TTXH": (74, 0.84, 0.82, 2.2), "KT-MT": (15, 0.9, 0.9, 3), "Ma túy": (31, 0.97, 0.97, 2.3)}
"""By kind: crimes of the province, share cleared and prosecuted, accused a case."""


def crimes_of_period(seed: int, month: date) -> pl.DataFrame:
    """Return the crimes of the reporting period that ends in `month`, by commune and kind; none is no row."""
    chance, places = chance_of(seed, "crimes", month), list(load_registry().places.values())
    share = np.array([p.population for p in places], float) ** 1.15
    frames = []
    for kind, (crimes, cleared, prosecuted, accused) in A_MONTH.items():
        found = chance.poisson(crimes * share / share.sum())
        solved, cases = chance.binomial(found, cleared), chance.binomial(found, prosecuted)
        frames.append(pl.DataFrame({
            "ky": f"{month:%Y-%m}", "ma_xa": [p.code for p in places], "nhom": kind, "so_vu_pham_phap": found,
            "so_vu_kham_pha": solved, "khoi_to_vu": cases,
            "khoi_to_bi_can": np.where(cases > 0, chance.poisson(accused * cases) + 1, 0),
            "cap_nhat": f"{month.replace(day=17):%d/%m/%Y} 08:00",
        }).filter(pl.col("so_vu_pham_phap") > 0))  # fmt: skip
    return pl.concat(frames)


FIRES: Final = {"Nhà ở": 0.42, "Cơ sở sản xuất": 0.17, "Phương tiện": 0.14, "Rừng": 0.1, "Chợ, kho": 0.07,
                "Nổ": 0.02, "Khác": 0.08}  # fmt: skip
CAUSES: Final = {"Sự cố điện": 0.5, "Bất cẩn dùng lửa": 0.22, "Vi phạm PCCC": 0.06, "Đang điều tra": 0.14, "Khác": 0.08}


def fires_between(seed: int, first: date, last: date) -> pl.DataFrame:
    """Return the fires of the days `[first, last)` as the fire police keep them, told of the next morning."""
    rows = [row for n in range((last - first).days) for row in _fires_of(seed, first + timedelta(days=n))]
    return pl.DataFrame(rows, schema=FIRE_COLUMNS, orient="row")


def _fires_of(seed: int, day: date) -> list[tuple[object, ...]]:
    chance, codes = chance_of(seed, "fires", day), list(load_registry().places)
    made: list[tuple[object, ...]] = []
    for number in range(1, int(chance.poisson(0.62)) + 1):
        at = datetime.combine(day, time()) + timedelta(minutes=int(chance.integers(0, 1440)))
        loss = float(np.exp(chance.normal(4.3, 1.3)))
        made.append((
            f"MP-CH-{day:%y%m%d}-{number}", f"{at:%d/%m/%Y %H:%M}", codes[chance.choice(len(codes), p=_people())],
            str(chance.choice(list(FIRES), p=list(FIRES.values()))),
            str(chance.choice(list(CAUSES), p=list(CAUSES.values()))), int(chance.random() < 0.035),
            int(chance.random() < 0.08), "đang xác định" if loss > 2000 else f"{loss:.0f}",
            f"{day + timedelta(days=1):%d/%m/%Y} 06:00",
        ))  # fmt: skip
    return made


@lru_cache(maxsize=1)
def _people() -> npt.NDArray[np.float64]:
    share = np.array([p.population for p in load_registry().places.values()], float)
    return np.asarray(share / share.sum())
