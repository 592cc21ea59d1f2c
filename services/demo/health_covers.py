"""Plays the monthly reports by commune: insurance cover, vaccination, staff of the health stations."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from config.registry import load_registry
from data_access.database import LOCAL
from services.demo.months import next_month
from services.demo.plan import File, Plan
from services.demo.workbooks import workbook

TITLE: Final = "NHÂN LỰC TRẠM Y TẾ XÃ – SỐ LIỆU MÔ PHỎNG"
BIRTHS: Final = 0.0125 / 12
"""Children who reach their first birthday in a month, per inhabitant."""


@lru_cache(maxsize=4)
def _communes(seed: int) -> tuple[list[str], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return the communes, their people, and their usual shares insured and vaccinated."""
    places = load_registry().places
    chance = Plan("demo", seed, datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)).chance("covers")
    people = np.array([p.population for p in places.values()], float)
    upland = np.array([p.zone == "miền núi" for p in places.values()])
    insured = np.clip(np.where(upland, 0.975, 0.94) + chance.normal(0, 0.02, people.size), 0.84, 0.999)
    vaccinated = np.clip(np.where(upland, 0.92, 0.955) + chance.normal(0, 0.025, people.size), 0.74, 0.995)
    return list(places), people, insured, vaccinated


def covers(plan: Plan, month: date, _: bool) -> Iterator[File]:
    """Yield the reports of a month, due on the fifth of the next."""
    codes, people, insured, vaccinated = _communes(plan.seed)
    chance = plan.chance("covers", month)
    drift = 0.003 * ((month.year - 2025) * 12 + month.month - 6) / 12
    last = next_month(month) - timedelta(days=1)
    due = datetime.combine(next_month(month) + timedelta(days=4), time(9), LOCAL).astimezone(UTC)
    cards = (people * np.clip(insured + drift + chance.normal(0, 0.002, people.size), 0, 1)).astype(int)
    cover = pl.DataFrame({"thang": [f"{last:%Y-%m-%d}"] * len(codes), "ma_xa": codes, "the_con_han": cards,
                          "dan_so": people.astype(int)})  # fmt: skip
    yield File("bhyt_cover", f"bhyt_{month:%Y%m}.csv", cover.write_csv().encode(), due)
    children = chance.poisson(people * BIRTHS) + 1
    done = chance.binomial(children, np.clip(vaccinated, 0, 1))
    shots = pl.DataFrame({"thang": [f"{last:%Y-%m-%d}"] * len(codes), "ma_xa": codes, "tiem_du": done,
                          "doi_tuong": children})  # fmt: skip
    yield File("vaccination", f"tiem_chung_{month:%Y%m}.csv", shots.write_csv().encode(), due + timedelta(hours=2))
    yield _stations(plan, month, last, due + timedelta(hours=4))


def _stations(plan: Plan, month: date, last: date, due: datetime) -> File:
    codes, people, _, _ = _communes(plan.seed)
    chance = plan.chance("stations", month.year)
    posts = np.maximum(6, (people / 1_900).astype(int) + 4)
    staff = np.maximum(4, posts - chance.poisson(1.6, people.size))
    doctors = np.minimum(staff, chance.poisson(1.9, people.size))
    visiting = (doctors == 0) & (chance.random(people.size) < 0.6)
    records = chance.random(people.size) < 0.35 + 0.045 * month.month
    names = [p.full_name for p in load_registry().places.values()]
    rows = pl.DataFrame({
        "Tháng": [f"{last:%d/%m/%Y}"] * len(codes), "Xã": names, "Bác sĩ": doctors,
        "Bác sĩ luân phiên": visiting.astype(int), "Nhân viên": staff, "Vị trí việc làm": posts,
        "Bệnh án điện tử": np.where(records, "Có", "Không"),
    }).with_columns(pl.all().cast(pl.String))  # fmt: skip
    held = workbook(rows, due, sheets=("TramYTe",), title=TITLE)
    return File("health_stations", f"tram_y_te_{month:%Y%m}.xlsx", held, due)
