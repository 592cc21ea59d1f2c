"""Plays the weekly reports of public investment: departments on Thursday, lowland communes Friday, uplands Monday.

Every figure is simulated. A unit has its plans of the year, its own schedule and its own way of falling behind
it; each half-year three communes stand still from its first day on.
"""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, Final

import numpy as np
import polars as pl
import xlsxwriter
from numpy.typing import NDArray

from config.registry import load_registry
from data_access.database import LOCAL
from services.demo.plan import File, Plan, by_day, real_files

Floats = NDArray[np.float64]
REFERENCES: Final = datetime(2026, 8, 1, tzinfo=LOCAL)
TITLE: Final = "BÁO CÁO GIẢI NGÂN VỐN ĐẦU TƯ CÔNG – SỐ LIỆU MÔ PHỎNG (đơn vị: triệu đồng)"
HEADERS: Final = ("STT", "Đơn vị", "Số liệu đến ngày", "Năm kế hoạch", "Số dự án", "Vốn TTg giao", "Vốn tỉnh giao",
                  "Cam kết lũy kế", "Giải ngân lũy kế")  # fmt: skip
SPENDERS: Final = {  # department: share of their capital
    "so_xd": 0.34, "so_nnmt": 0.22, "bql_kkt": 0.12, "so_yt": 0.08, "so_gddt": 0.07, "so_vhttdl": 0.05,
    "cong_an": 0.03, "so_khcn": 0.02, "so_ct": 0.02, "so_nv": 0.01, "so_dttg": 0.01, "so_tc": 0.01,
    "vp_ubnd": 0.01, "so_tp": 0.005, "thanh_tra": 0.005,
}  # fmt: skip
CAPITAL: Final = 16_000_000.0
"""Million đồng that the Prime Minister's plan amounts to; the province adds about a fifth."""
AT_COMMUNES: Final = 0.42
UPLANDS: Final = "miền núi"
REPORTED: Final = 2
"""Weekday of the figures: Wednesday."""
STALLED: Final = 3


@dataclass(frozen=True, eq=False)
class Year:
    """The plans of a budget year, unit by unit: agencies, which delivery they come in, and their numbers."""

    agencies: tuple[str, ...]
    groups: tuple[str, ...]
    projects: NDArray[np.int64]
    central: Floats
    province: Floats
    lag: Floats
    keenness: Floats


@lru_cache(maxsize=8)
def _year(seed: int, year: int) -> Year:
    """Return what the units were given for a year and how they keep to their schedule."""
    places = list(load_registry().places.values())
    chance = Plan("demo", seed, REFERENCES, REFERENCES).chance("investment", year)
    people = np.array([p.population for p in places], dtype=float)
    shares = np.array(list(SPENDERS.values()))
    weights = people**0.7 * chance.lognormal(0, 0.35, len(places))
    central = CAPITAL * chance.uniform(0.95, 1.08) * np.concatenate(
        [shares / shares.sum() * (1 - AT_COMMUNES), weights / weights.sum() * AT_COMMUNES]
    )  # fmt: skip
    count = central.size
    added = np.where(np.arange(count) < shares.size, chance.uniform(0.05, 0.2, count), chance.uniform(0.1, 0.6, count))
    return Year(
        (*SPENDERS, *(f"ubnd_{p.code}" for p in places)),
        ("SN",) * shares.size + tuple("MN" if p.zone == UPLANDS else "DB" for p in places),
        np.maximum(1, (central / 90_000 * chance.uniform(0.6, 1.6, count)).astype(np.int64)),
        np.round(central, 1),
        np.round(central * (1 + added), 1),
        chance.gamma(1.2, 0.035, count),
        1 + chance.normal(0, 0.04, count),
    )


def _curve(share: Floats | float) -> Floats:
    """Return what part of the money is spent by a share of the year: a slow start, and never all of it."""
    return np.asarray(0.95 * np.clip(np.asarray(share, dtype=float), 0, 1) ** 1.5)


def _stalled(plan: Plan, year: Year, day: date) -> list[int]:
    """Return the communes that stand still in the half-year of a day."""
    chance = plan.chance("investment", "stalled", day.year, day.month > 6)
    first = len(SPENDERS)
    return [first + int(i) for i in chance.choice(len(year.agencies) - first, STALLED, replace=False)]


def reports(plan: Plan, day: date) -> pl.DataFrame:
    """Return what every unit reports for a Wednesday: HEADERS (numbers plain) with `agency` and `group`."""
    year = _year(plan.seed, day.year)
    share = day.timetuple().tm_yday / 365
    schedule = year.province * _curve(share)
    done = year.province * _curve(share - year.lag) * year.keenness
    start = 0.5 if day.month > 6 else 0.0
    for index in _stalled(plan, year, day):
        done[index] = year.province[index] * float(_curve(start - year.lag[index])) * year.keenness[index]
    names = load_registry().agencies
    return pl.DataFrame({
        "STT": np.arange(1, len(year.agencies) + 1),
        "Đơn vị": [names[a].name.vi for a in year.agencies],
        "Số liệu đến ngày": [f"{day:%d/%m/%Y}"] * len(year.agencies),
        "Năm kế hoạch": np.full(len(year.agencies), day.year),
        "Số dự án": year.projects,
        "Vốn TTg giao": year.central,
        "Vốn tỉnh giao": year.province,
        "Cam kết lũy kế": np.round(schedule, 1),
        "Giải ngân lũy kế": np.round(done, 1),
        "group": year.groups,
    })


def workbook(rows: pl.DataFrame, made: datetime, headers: Sequence[str] = HEADERS) -> bytes:
    """Return a report as an Excel file under its title; always the same bytes."""
    held = io.BytesIO()
    book = xlsxwriter.Workbook(held, {"in_memory": True})
    book.set_properties({"created": made.replace(tzinfo=None)})
    sheet = book.add_worksheet("GiaiNgan")
    sheet.write_string(0, 0, TITLE)
    sheet.write_row(2, 0, headers)
    for column, name in enumerate(HEADERS):
        cells: list[Any] = rows[name].to_list()
        sheet.write_column(3, column, cells)
    book.close()
    return held.getvalue()


def _in_dong(rows: pl.DataFrame) -> pl.DataFrame:
    """Return rows in which two units wrote đồng for million đồng."""
    wrong = pl.int_range(pl.len()).is_in([1, 4])
    money = pl.col("Giải ngân lũy kế")
    return rows.with_columns(pl.when(wrong).then(money * 1e6).otherwise(money).alias("Giải ngân lũy kế"))


def _week(plan: Plan, wednesday: date) -> Iterator[File]:
    """Yield the three deliveries of a week with what befalls them: late, a renamed column, đồng for million."""
    rows = reports(plan, wednesday)
    for group, after in (("SN", 1), ("DB", 2), ("MN", 5)):
        part = rows.filter(pl.col("group") == group)
        luck = plan.chance("investment_file", group, wednesday).random()
        late = timedelta(hours=30) if luck < 0.05 else timedelta()
        due = datetime.combine(wednesday + timedelta(days=after), time(9, 10), LOCAL) + late
        name = f"GNDTC_{group}_{wednesday:%Y%m%d}"
        if 0.05 <= luck < 0.08:
            renamed = [h if h != "Vốn tỉnh giao" else "KH vốn tỉnh" for h in HEADERS]
            yield File("public_investment", f"{name}.xlsx", workbook(part, due, renamed), due)
            due += timedelta(hours=3)
        elif 0.08 <= luck < 0.12:
            yield File("public_investment", f"{name}.xlsx", workbook(_in_dong(part), due), due)
            name, due = f"{name}_sua", due + timedelta(hours=22)
        elif 0.12 <= luck < 0.2:
            yield File("public_investment", f"{name}.xlsx", workbook(part, due), due)
            fewer = pl.col("Giải ngân lũy kế") * pl.when(pl.int_range(pl.len()) % 9 == 2).then(0.97).otherwise(1.0)
            part = part.with_columns(fewer.round(1).alias("Giải ngân lũy kế"))
            name, due = f"{name}_dieuchinh", due + timedelta(hours=26)
        yield File("public_investment", f"{name}.xlsx", workbook(part, due), due)
        if 0.2 <= luck < 0.23:
            yield File("public_investment", f"{name} (1).xlsx", workbook(part, due), due + timedelta(minutes=30))


def deliveries(plan: Plan) -> Iterator[File]:
    """Yield the weekly reports due in the plan's window, by due moment."""
    first = plan.days[0]
    wednesday = first - timedelta(days=(first.weekday() - REPORTED) % 7 + 14)
    yield from by_day(plan, wednesday, lambda day: _week(plan, day), step=7)


def references() -> Iterator[File]:
    """Yield the real files: published figures with their vintages, and the plan's public targets."""
    yield from real_files(
        REFERENCES,
        ("socioeconomic_published", "ktxh/thanh_hoa_published_2024_2026.csv"),
        ("socioeconomic_published", "ktxh/thanh_hoa_further_2023_2026.csv"),
        ("socioeconomic_plan", "ktxh/chi_tieu_ke_hoach.xlsx"),
    )
