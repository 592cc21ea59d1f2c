"""Plays the hospitals: a day's beds of all of them, and the insurance records of a few."""

import base64
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from config.registry import load_registry
from data_access.database import LOCAL
from services.demo.months import days_in, next_month
from services.demo.plan import File, Plan
from services.methods.health_terms import facilities

SENDERS: Final = 4
A_DAY: Final = 1.0
"""Hospitals that send insurance records in the demo, and records of each a day (a sample of the true number)."""
STAYS: Final = 6.2
"""Days that a patient stays on average."""
ICD: Final = ("J18.9", "I10", "E11", "K29", "J06", "A97.0", "B08.4", "M54", "N39", "S52", "J11", "O80")


@lru_cache(maxsize=4)
def _hospitals(seed: int) -> tuple[pl.DataFrame, NDArray[np.int64], NDArray[np.float64]]:
    """Return the hospitals, their beds in place, and how full they usually are."""
    table = facilities()
    chance = Plan("demo", seed, _anchor(), _anchor()).chance("hospitals")
    actual = (table["beds"].to_numpy() * chance.uniform(1.02, 1.28, table.height)).astype(np.int64)
    return table, actual, chance.uniform(0.68, 0.95, table.height)


def _anchor() -> datetime:
    return datetime(2026, 1, 1, tzinfo=UTC)


@lru_cache(maxsize=1024)
def patients(seed: int, day: date) -> NDArray[np.int64]:
    """Return how many patients each hospital has at the start of a day; each week one is overfull."""
    table, actual, usual = _hospitals(seed)
    plan = Plan("demo", seed, _anchor(), _anchor())
    season = 1 + 0.05 * np.cos(2 * np.pi * (day.timetuple().tm_yday - 15) / 365)
    share = usual * season + plan.chance("beds", day).normal(0, 0.018, table.height)
    year, week, weekday = day.isocalendar()
    full = plan.chance("full", year, week)
    crowded = int(full.integers(table.height))
    share[crowded] = max(share[crowded], 0.98) + (0.12 + 0.1 * full.random()) * min(1.0, weekday / 3)
    return np.asarray((actual * np.clip(share, 0.4, 1.35)).astype(np.int64))


def bed_rows(seed: int, day: date) -> pl.DataFrame:
    """Return the beds of a day as the hospitals report them."""
    table, actual, _ = _hospitals(seed)
    chance = Plan("demo", seed, _anchor(), _anchor()).chance("wards", day)
    start, end = patients(seed, day), patients(seed, day + timedelta(days=1))
    leaving = np.maximum(1, chance.poisson(start / STAYS))
    coming = np.maximum(0, end - start + leaving)
    leaving = start + coming - end
    moved = np.minimum(leaving, chance.poisson(leaving * 0.045))
    dead = np.minimum(leaving - moved, chance.poisson(leaving * 0.003))
    return pl.DataFrame({
        "ma_cskcb": table["facility"], "ngay": [f"{day:%Y-%m-%d}"] * table.height, "giuong_kh": table["beds"],
        "giuong_tk": actual, "nguoi_benh_dau_ngay": start, "vao": coming, "ra": leaving - moved - dead,
        "chuyen": moved, "tu_vong": dead, "tho_may": chance.poisson(start * 0.012),
    })  # fmt: skip


def bed_files(plan: Plan, month: date, whole: bool) -> Iterator[File]:
    """Yield a month's bed reports, whole or day by day; some days one hospital's comes a day late."""
    days = days_in(month)
    if whole:
        rows = pl.concat([bed_rows(plan.seed, day) for day in days])
        due = datetime.combine(next_month(month), time(8), LOCAL).astimezone(UTC)
        yield File("bed_reports", f"giuong_benh_{month:%Y%m}.csv", rows.write_csv().encode(), due)
        return
    for day in days:
        due = datetime.combine(day + timedelta(days=1), time(8), LOCAL).astimezone(UTC)
        if due > plan.until + timedelta(days=2):
            return
        rows = bed_rows(plan.seed, day)
        late = int(plan.chance("late beds", day).integers(rows.height * 3))
        if late < rows.height:
            held = rows[late].write_csv().encode()
            yield File("bed_reports", f"giuong_benh_{day:%Y%m%d}_bs.csv", held, due + timedelta(hours=25))
            rows = rows.filter(pl.int_range(pl.len()) != late)
        yield File("bed_reports", f"giuong_benh_{day:%Y%m%d}.csv", rows.write_csv().encode(), due)


# Insurance records

def _summary(chance: np.random.Generator, hospital: str, day: date, number: int, codes: list[str]) -> str:
    """Return a record's XML1; everything about the person is simulated."""
    inpatient = chance.random() < 0.3
    left = datetime.combine(day, time(int(chance.integers(7, 18)), int(chance.integers(60))))
    stay, wait = timedelta(days=int(chance.integers(2, 11))), timedelta(minutes=int(chance.integers(20, 240)))
    came = left - (stay if inpatient else wait)
    cost = int(chance.lognormal(14.6 if inpatient else 12.6, 0.6))
    moved = codes[0] if chance.random() < 0.035 else ""
    fields: dict[str, Any] = {
        "MA_LK": f"MP{hospital}{day:%y%m%d}{number:03d}", "STT": number, "MA_BN": f"BN{number:06d}",
        "HO_TEN": f"NGƯỜI BỆNH {number} (MÔ PHỎNG)", "SO_CCCD": f"000{day:%y%m%d}{number:03d}",
        "NGAY_SINH": f"{1940 + number % 80}0{number % 9 + 1}{number % 18 + 10}0000", "GIOI_TINH": number % 2 + 1,
        "MAXA_CU_TRU": codes[1 + int(chance.integers(len(codes) - 1))], "MA_THE_BHYT": f"GD4383{number:09d}",
        "CHAN_DOAN_RV": "Chẩn đoán mô phỏng", "MA_BENH_CHINH": ICD[int(chance.integers(len(ICD)))],
        "MA_DOITUONG_KCB": "1.1", "MA_NOI_DEN": moved, "NGAY_VAO": f"{came:%Y%m%d%H%M}",
        "NGAY_RA": f"{left:%Y%m%d%H%M}",
        "SO_NGAY_DTRI": (left - came).days + 1 if inpatient else 1, "MA_LOAI_RV": 2 if moved else 1,
        "T_TONGCHI_BV": f"{cost}.00", "T_TONGCHI_BH": f"{int(cost * 0.95)}.00", "T_BHTT": f"{int(cost * 0.8)}.00",
        "MA_LOAI_KCB": "03" if inpatient else "01", "MA_CSKCB": hospital,
    }  # fmt: skip
    inner = "".join(f"<{k}>{v}</{k}>" for k, v in fields.items())
    return f'<?xml version="1.0" encoding="utf-8"?><TONG_HOP>{inner}</TONG_HOP>'


def _delivery(hospital: str, made: datetime, summaries: list[str]) -> bytes:
    parts = "".join(
        "<HOSO><FILEHOSO><LOAIHOSO>XML1</LOAIHOSO><NOIDUNGFILE>"
        f"{base64.b64encode(s.encode()).decode()}</NOIDUNGFILE></FILEHOSO></HOSO>" for s in summaries)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><GIAMDINHHS><THONGTINDONVI><MACSKCB>{hospital}</MACSKCB>'
        f"</THONGTINDONVI><THONGTINHOSO><NGAYLAP>{made:%Y%m%d%H%M}</NGAYLAP><SOLUONGHOSO>{len(summaries)}</SOLUONGHOSO>"
        f"<DANHSACHHOSO>{parts}</DANHSACHHOSO></THONGTINHOSO><CHUKYDONVI/></GIAMDINHHS>"
    ).encode()  # fmt: skip


def _day_of_records(plan: Plan, hospital: str, day: date) -> list[str]:
    chance = plan.chance("records", hospital, day)
    codes = ["38001", *load_registry().places]
    return [_summary(chance, hospital, day, n, codes) for n in range(1, 1 + int(chance.poisson(A_DAY * 1.2)))]


def record_files(plan: Plan, month: date, whole: bool) -> Iterator[File]:
    """Yield the insurance records of a month, of each hospital one file, or of a day the records of one hospital."""
    senders = facilities()["facility"].to_list()[:SENDERS]
    days = days_in(month)
    if whole:
        due = datetime.combine(next_month(month), time(9), LOCAL).astimezone(UTC)
        for hospital in senders:
            held = [s for day in days for s in _day_of_records(plan, hospital, day)]
            made = datetime.combine(next_month(month), time(8, 30))
            yield File("bhyt_xml", f"{hospital}_{month:%Y%m}.xml", _delivery(hospital, made, held), due)
        return
    for day in days:
        due = datetime.combine(day, time(19), LOCAL).astimezone(UTC)
        for hospital in senders if plan.holds(due) else ():
            made = datetime.combine(day, time(18, 30))
            if held := _day_of_records(plan, hospital, day):
                yield File("bhyt_xml", f"{hospital}_{day:%Y%m%d}.xml", _delivery(hospital, made, held), due)
