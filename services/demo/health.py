"""Plays CDC, hospitals and social insurance: cases each day, beds each day, insurance records, monthly covers.

Cases are made by month of onset with their whole life; a file tells of those that were reported, or whose
outcome became known, in its span. Each week something starts in one commune and one hospital is full. Months
that closed over 20 days before the end come whole. Every person, code of a hospital and number is simulated.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache, partial
from heapq import merge
from typing import Final

import numpy as np
import polars as pl

from config.registry import load_registry
from data_access.database import LOCAL
from services.demo.health_covers import covers
from services.demo.health_hospitals import bed_files, record_files
from services.demo.months import by_month, last_months, local_seconds, next_month
from services.demo.plan import File, Plan, by_due, real_files
from services.methods.health_terms import diseases, facilities, new_places

REFERENCES: Final = datetime(2025, 12, 1, tzinfo=UTC)
HISTORY: Final = (date(2020, 1, 1), date(2025, 11, 1))
"""First and last month of the line lists of earlier years."""
DAY: Final = 86_400
NAMES: Final = {
    "cum": "Cúm", "tay_chan_mieng": "Tay chân miệng", "thuy_dau": "Thủy đậu", "sot_xuat_huyet": "Sốt xuất huyết Dengue",
    "quai_bi": "Quai bị", "viem_gan_b": "Viêm gan vi rút B", "soi": "Sởi", "ho_ga": "Ho gà", "viem_gan_a":
    "Viêm gan vi rút A", "thuong_han": "Thương hàn", "viem_nao_nb": "Viêm não Nhật Bản", "lien_cau_lon":
    "Liên cầu lợn", "uon_van": "Uốn ván", "rubella": "Rubella", "sot_ret": "Sốt rét", "dai": "Bệnh dại",
    "bach_hau": "Bạch hầu",
}  # fmt: skip
YEARLY: Final = {
    "cum": 1000, "tay_chan_mieng": 780, "thuy_dau": 320, "sot_xuat_huyet": 270, "quai_bi": 110, "viem_gan_b": 90,
    "soi": 90, "ho_ga": 40, "viem_gan_a": 10, "thuong_han": 9, "viem_nao_nb": 8, "lien_cau_lon": 7, "uon_van": 5,
    "rubella": 5, "sot_ret": 4, "dai": 3, "bach_hau": 0.6,
}  # fmt: skip
PEAKS: Final = {"cum": (1,), "tay_chan_mieng": (5, 10), "sot_xuat_huyet": (10,), "thuy_dau": (3,), "soi": (3,),
                "quai_bi": (4,), "viem_nao_nb": (6,)}  # fmt: skip
DEADLY: Final = {"dai": 1.0, "lien_cau_lon": 0.08, "viem_nao_nb": 0.05, "uon_van": 0.08, "bach_hau": 0.2, "soi": 0.002,
                 "sot_xuat_huyet": 0.001}  # fmt: skip
STARTING: Final = ("tay_chan_mieng", "sot_xuat_huyet", "soi", "cum", "thuy_dau", "ho_ga", "lien_cau_lon")
AGES: Final = ("0-4", "5-14", "15-39", "40-59", "60+")


# Cases

def _season(disease: str, month: int) -> float:
    away = [min(abs(month - p), 12 - abs(month - p)) for p in PEAKS.get(disease, ())]
    return 0.45 + 1.3 * float(np.exp(-((min(away) / 1.7) ** 2))) if away else 1.0


def _clusters(plan: Plan, month: date) -> list[tuple[str, int, int, str]]:
    """Return what starts: disease, commune, onset, cluster, of the days of a month.

    Each week two clusters, in the years before 2026 one in eight weeks.
    """
    places, found = len(load_registry().places), []
    first = month - timedelta(days=month.weekday() + 21)
    while first < next_month(month):
        year, week, _ = first.isocalendar()
        chance = plan.chance("cluster", year, week)
        for number in range(2 if year >= 2026 else int(chance.random() < 0.12)):
            disease, place = STARTING[int(chance.integers(len(STARTING)))], int(chance.integers(places))
            days = np.sort(chance.gamma(2.2, 3.0, int(chance.integers(6, 15))))
            start = local_seconds(datetime.combine(first, time(7)))
            found += [(disease, place, start + int(d * DAY), f"OD-{year % 100}{week:02d}{number + 1}") for d in days]
        first += timedelta(days=7)
    low, high = (local_seconds(datetime.combine(d, time())) for d in (month, next_month(month)))
    return [c for c in found if low <= c[2] < high]


@lru_cache(maxsize=16)
def month_of_cases(seed: int, month: date) -> pl.DataFrame:
    """Return the cases that fell ill in a month with their whole life, moments as seconds of local time."""
    plan = Plan("demo", seed, REFERENCES, REFERENCES)
    people = np.array([p.population for p in load_registry().places.values()], float)
    catalogue = {r["disease"]: r for r in diseases().iter_rows(named=True)}
    start, days = local_seconds(datetime.combine(month, time())), (next_month(month) - month).days
    parts: list[tuple[str, int, int, str]] = []
    for disease, yearly in YEARLY.items():
        chance = plan.chance("cases", disease, month)
        usual = plan.chance("spread", disease).lognormal(0, 0.5, people.size) * people
        bad = str(month.year) in str(catalogue[disease]["outbreak_years"] or "").split(";")
        year = plan.chance("year", disease, month.year).gamma(25, 1 / 25) * (3.2 if bad else 1)
        counts = chance.poisson(yearly / 12 * _season(disease, month.month) * year * usual / usual.sum())
        where = np.repeat(np.arange(people.size), counts)
        onset = start + chance.integers(0, days * DAY, where.size)
        parts += [(disease, int(p), int(o), "") for p, o in zip(where, onset, strict=True)]
    parts += _clusters(plan, month)
    made = pl.DataFrame(parts, schema=["disease", "place_no", "onset", "cluster"], orient="row")
    return _lives(plan, month, made.sort("onset", "place_no"))


def _lives(plan: Plan, month: date, made: pl.DataFrame) -> pl.DataFrame:
    """Add to cases when they were diagnosed, reported and ended, and who reported them."""
    chance, size = plan.chance("lives", month), made.height
    hours = dict(diseases().select("disease", "clock_hours").iter_rows())
    clock = made["disease"].replace_strict(hours, return_dtype=pl.Float64).to_numpy()
    slow, share = chance.random(size), chance.random(size)
    within = np.where(clock > 0, clock, 5 * 24) * 3600
    delay = within * np.where(slow < 0.93, 0.05 + 0.85 * share, 1.6 + 1.5 * chance.exponential(1, size))
    diagnosed = made["onset"].to_numpy() + (chance.gamma(2, 0.9, size) * DAY).astype(int)
    reported = diagnosed + delay.astype(int)
    deadly = made["disease"].replace_strict(DEADLY, default=0.0, return_dtype=pl.Float64).to_numpy()
    died, ward = chance.random(size) < deadly, chance.random(size) < 0.35
    own = _hospitals()
    hospital = [own[p] if w else "" for p, w in zip(made["place_no"], ward, strict=True)]
    return made.with_row_index("row", 1).with_columns(
        diagnosed=diagnosed, reported=reported, ended=reported + (chance.uniform(3, 11, size) * DAY).astype(int),
        died=died, ward=ward, hospital=pl.Series(hospital, dtype=pl.String), month=pl.lit(month),
        age=chance.choice(len(AGES), size, p=(0.42, 0.26, 0.18, 0.09, 0.05)), sex=chance.integers(1, 3, size),
        sure=chance.random(size) < 0.55, shots=chance.integers(0, 3, size), old=chance.integers(0, 1 << 30, size),
    )  # fmt: skip


@lru_cache(maxsize=1)
def _hospitals() -> list[str]:
    """Return for each commune the hospital of its old district, else the provincial one."""
    places = load_registry().places
    held = {places[p].former_district: f for f, p in facilities().filter(pl.col("level") == "khu_vuc")
            .select("facility", "place").iter_rows()}  # fmt: skip
    return [held.get(p.former_district, "38001") for p in places.values()]


@lru_cache(maxsize=1)
def _old_codes() -> list[list[str]]:
    """Return for each commune the codes of those merged into it."""
    held: dict[str, list[str]] = {}
    for old, new in sorted(new_places().items()):
        held.setdefault(new, []).append(old)
    return [held.get(code, [code]) for code in load_registry().places]


def _moment(name: str) -> pl.Expr:
    return pl.from_epoch(pl.col(name), "s").dt.strftime("%Y-%m-%d %H:%M")


def case_rows(lives: pl.DataFrame, at: datetime, whole: bool = True) -> pl.DataFrame:
    """Return cases as the surveillance system lists them at a moment, all text; `whole`: with all columns."""
    codes, merged = list(load_registry().places), local_seconds(datetime(2025, 7, 1))
    icd = {d: str(c).split(";")[0] for d, c in diseases().select("disease", "icd").iter_rows()}
    old = _old_codes()
    where = [codes[p] if told >= merged else old[p][n % len(old[p])]
             for p, told, n in lives.select("place_no", "reported", "old").iter_rows()]  # fmt: skip
    ended = pl.col("ended") <= local_seconds(at)
    columns: dict[str, pl.Expr | pl.Series] = {
        "ma_ca": pl.format("MP-{}-{}", pl.col("month").dt.strftime("%y%m"), pl.col("row").cast(pl.String).str.zfill(5)),
        "icd10": pl.col("disease").replace_strict(icd, return_dtype=pl.String),
        "xa": pl.Series(where, dtype=pl.String), "ngay_khoi_phat": _moment("onset").str.slice(0, 10),
        "thoi_diem_bao_cao": _moment("reported"),
    }  # fmt: skip
    if whole:
        row = pl.col("row")
        number = (pl.col("month").dt.strftime("%y%m").cast(pl.Int64) * 100_000 + pl.col("row")).cast(pl.String)
        columns |= {
            "benh": pl.col("disease").replace_strict(NAMES, return_dtype=pl.String),
            "ho_ten": pl.format("Người bệnh {} (mô phỏng)", number), "so_dinh_danh": pl.format("000{}", number),
            "ngay_sinh": pl.format("{}/0{}/{}", row % 18 + 10, row % 9 + 1, 1950 + row % 70),
            "gioi": pl.col("sex").cast(pl.String), "nhom_tuoi": pl.col("age").replace_strict(
                dict(enumerate(AGES)), return_dtype=pl.String),
            "tiem_chung": pl.col("shots").replace_strict({0: "co", 1: "khong", 2: "khong_ro"}, return_dtype=pl.String),
            "chan_doan": pl.when("sure").then(pl.lit("xac_dinh_ptn")).otherwise(pl.lit("lam_sang_nghi_ngo")),
            "thoi_diem_chan_doan": _moment("diagnosed"), "ma_o_dich": pl.col("cluster"),
            "dieu_tri": pl.when("ward").then(pl.lit("noi_tru")).otherwise(pl.lit("ngoai_tru")),
            "ket_qua_cuoi": pl.when(ended & pl.col("died")).then(pl.lit("tu_vong")).when(ended).then(
                pl.lit("ra_vien")).otherwise(pl.lit("")),
            "don_vi_bao_cao": pl.col("hospital"),
        }  # fmt: skip
    return lives.select(column.alias(name) for name, column in columns.items())


def told_between(seed: int, since: datetime, until: datetime) -> pl.DataFrame:
    """Return the cases reported, or ended, in `(since, until]` of local time."""
    first, last = local_seconds(since), local_seconds(until)
    months = last_months((until - timedelta(seconds=1)).date(), 3)
    lives = pl.concat([month_of_cases(seed, m) for m in months])
    within = [pl.col(c).is_between(first, last, closed="right") for c in ("reported", "ended")]
    return lives.filter(pl.col("reported") <= last, pl.any_horizontal(within))


def _spoiled(rows: pl.DataFrame, day: date) -> pl.DataFrame:
    """Return a day's rows with the mistakes that people make now and then."""
    if day.toordinal() % 23 or rows.height < 8:
        return rows
    first = pl.int_range(pl.len()) == 0
    return rows.with_columns(pl.when(first).then(pl.lit("99999")).otherwise("xa").alias("xa"))


def _case_files(plan: Plan, month: date, whole: bool) -> Iterator[File]:
    if whole:
        since, until = (datetime.combine(d, time()) for d in (month, next_month(month)))
        due = datetime.combine(next_month(month), time(6, 30), LOCAL).astimezone(UTC)
        rows = case_rows(told_between(plan.seed, since, until), until)
        yield File("case_reports", f"ca_benh_{month:%Y%m}.csv", rows.write_csv().encode(), due)
        return
    day = month
    while day < next_month(month):
        since, until = datetime.combine(day, time()), datetime.combine(day + timedelta(days=1), time())
        due = datetime.combine(day + timedelta(days=1), time(6, 30), LOCAL).astimezone(UTC)
        if plan.holds(due):
            rows = _spoiled(case_rows(told_between(plan.seed, since, until), until), day)
            yield File("case_reports", f"ca_benh_{day:%Y%m%d}.csv", rows.write_csv().encode(), due)
        day += timedelta(days=1)


def references() -> Iterator[File]:
    """Yield the published figures, and the simulated line lists of the years before the system."""
    yield from real_files(REFERENCES, ("health_published", "health/published.csv"))
    first, last = HISTORY
    for year in range(first.year, last.year + 1):
        months = [date(year, m, 1) for m in range(1, 13) if date(year, m, 1) <= last]
        rows = case_rows(pl.concat([month_of_cases(1, m) for m in months]), REFERENCES.replace(tzinfo=None), False)
        yield File("case_reports", f"lich_su_{year}.csv", rows.write_csv().encode(), REFERENCES)


def deliveries(plan: Plan) -> Iterator[File]:
    """Yield what falls due in a plan's window, in order."""
    first = last_months(plan.days[0], 2)[0]
    makers = (_case_files, bed_files, record_files, covers)
    yield from merge(*(by_month(plan, first, partial(make, plan)) for make in makers), key=by_due)
