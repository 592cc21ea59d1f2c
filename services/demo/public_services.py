"""Plays the one-stop systems: a workbook and a CSV each working day, a CSV a month for older history.

Dossiers are made by month of receipt with their whole life; a file tells of those that something
happened to, as they stood at its moment. Simulated numbers start with 900, applicants are "(mô phỏng)".
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from config.registry import load_registry
from services.demo.months import EPOCH, by_month, day_number, days_of, last_months, local_seconds, next_month
from services.demo.plan import File, Plan, real_files
from services.demo.workbooks import workbook
from services.methods.public_services import catalogue
from services.methods.working_days import LOCAL, CalendarNotAnnounced, is_working_day

Ints = npt.NDArray[np.int64]
MINUTE: Final = 60
DAY: Final = 86_400
CUT: Final = time(17, 30)
ROWS_A_FILE: Final = 2_000
MONTHS_OF_LIFE: Final = 4
REFERENCES: Final = datetime(2026, 10, 11, tzinfo=UTC)
RESIDENCE: Final = "cong_an"
"""The agency whose dossiers come from a system of its own, as CSV."""

COMMUNE: Final = (  # code, working days, weight, share with a fee
    ("2.000815", 1, 30, 0.95), ("2.000635", 1, 10, 0.9), ("1.001193", 1, 9, 0.0), ("2.000884", 1, 8, 0.95),
    ("1.004873", 3, 6, 0.8), ("1.000894", 1, 4, 0.0), ("1.000656", 1, 4, 0.0), ("1.001612", 3, 3, 1.0),
    ("1.012753", 17, 3, 1.0), ("1.013225", 15, 2, 1.0), ("1.004859", 3, 2, 0.5), ("1.011607", 12, 2, 0.0),
    ("2.000720", 3, 1, 1.0), ("1.001266", 3, 1, 0.0), ("1.004884", 5, 1, 0.3), ("1.000689", 3, 1, 0.0),
)
DEPARTMENTS: Final[dict[str, tuple[float, tuple[str, ...]]]] = {  # weight, fields of the catalogue
    "so_nnmt": (5, ("Đất đai", "Tài nguyên nước", "Thú y")),
    "so_tc": (4, ("Thành lập và hoạt động của doanh nghiệp", "Đầu tư tại Việt nam", "Hỗ trợ doanh nghiệp nhỏ và vừa")),
    "so_xd": (3, ("Đường bộ", "Kinh doanh bất động sản", "Hoạt động xây dựng")),
    "so_tp": (2, ("Công chứng", "Luật sư", "Đấu giá tài sản")),
    "bql_kkt": (1, ("Quy hoạch đô thị và nông thôn", "Kiến trúc", "Đầu tư tại Việt nam")),
    RESIDENCE: (5, ("Đăng ký, quản lý cư trú",)),
}
HEADERS: Final = (
    "Mã hồ sơ", "Mã TTHC", "Tên TTHC", "Lĩnh vực", "Cơ quan giải quyết", "Xã/phường", "Kênh", "Trạng thái",
    "Ngày tiếp nhận", "Ngày hẹn trả", "Ngày kết thúc xử lý", "Số lần yêu cầu bổ sung", "Ngày yêu cầu bổ sung",
    "Ngày công dân bổ sung", "Nghĩa vụ tài chính", "Đã thanh toán trực tuyến", "Kết quả điện tử",
    "Cần kết quả giấy", "Số hóa hồ sơ", "Tái sử dụng dữ liệu", "Mức hài lòng", "Phiếu xin lỗi", "Người nộp",
)
TITLE: Final = "DANH SÁCH HỒ SƠ MỘT CỬA – SỐ LIỆU MÔ PHỎNG"


# Who settles what

class Offices(NamedTuple):
    """The offices that settle dossiers, in step: agency, commune's name, share of dossiers, chance of lateness."""

    agency: list[str]
    place: list[str]
    share: npt.NDArray[np.float64]
    late: npt.NDArray[np.float64]


@cache
def offices(seed: int) -> Offices:
    """Return the committees of all communes, by population, and the departments."""
    places = list(load_registry().places.values())
    people = np.array([p.population for p in places], dtype=float)
    weights = np.array([w for w, _ in DEPARTMENTS.values()])
    chance = Plan("demo", seed, REFERENCES, REFERENCES).chance("offices")
    return Offices(
        [f"ubnd_{p.code}" for p in places] + list(DEPARTMENTS),
        [p.full_name for p in places] + [""] * len(DEPARTMENTS),
        np.concatenate([people / people.sum() * 0.8, weights / weights.sum() * 0.2]),
        0.015 + 0.16 * chance.beta(1.2, 3.0, len(places) + len(DEPARTMENTS)),
    )


@cache
def procedures(agency: str) -> pl.DataFrame:
    """Return what an office settles: `procedure, title, area, days, weight, fee`."""
    if agency not in DEPARTMENTS:
        made = pl.DataFrame(COMMUNE, schema=["procedure", "days", "weight", "fee"], orient="row")
        return made.join(catalogue(), on="procedure", maintain_order="left")
    known = catalogue().filter(pl.col("area").is_in(DEPARTMENTS[agency][1]),
                               pl.col("working_days").is_between(3, 15)).sort("procedure")
    chosen = pl.concat([part.head(3) for part in known.partition_by("area", maintain_order=True)])
    return chosen.with_columns(pl.col("working_days").alias("days"), pl.lit(1).alias("weight"),
                               pl.lit(0.6).alias("fee"))


# Working days as numbers

@cache
def working() -> Ints:
    """Return the working days 2022-2030 as days since 1970; where none are announced, Monday to Friday."""
    first = date(2022, 1, 1)

    def works(day: date) -> bool:
        try:
            return is_working_day(day)
        except CalendarNotAnnounced:
            return day.weekday() < 5

    days = (first + timedelta(days=n) for n in range(3_300))
    return np.array([day_number(d) for d in days if works(d)])


def last_working(before: date) -> date:
    """Return the last working day before a day."""
    return EPOCH + timedelta(days=int(working()[np.searchsorted(working(), day_number(before)) - 1]))


def working_days_of(plan: Plan, month: date) -> Iterator[tuple[date, date]]:
    """Yield the working days of a month from five days before the plan's window on, each with the one before."""
    for day in days_of(plan, month, back=5):
        if last_working(day + timedelta(days=1)) == day:
            yield day, last_working(day)


def after_days(days: Ints, count: Ints) -> Ints:
    """Return the `count`-th working day after each day."""
    found: Ints = working()[np.searchsorted(working(), days, side="right") - 1 + count]
    return found


def hours(chance: np.random.Generator, size: int) -> Ints:
    """Return seconds after midnight within office hours, on whole minutes."""
    minute = chance.integers(0, 430, size)
    return np.where(minute < 235, 450 + minute, 580 + minute) * MINUTE


# Lives of dossiers

def _choices(agencies: list[str], office: Ints, chance: np.random.Generator) -> pl.DataFrame:
    """Return a procedure for each dossier, by its office."""
    parts = []
    commune = office < len(agencies) - len(DEPARTMENTS)
    groups = [(np.flatnonzero(commune), agencies[0])] + [
        (np.flatnonzero(office == agencies.index(name)), name) for name in DEPARTMENTS]
    for rows, agency in groups:
        offered = procedures(agency)
        weights = offered["weight"].to_numpy() / offered["weight"].sum()
        picked = offered[chance.choice(offered.height, len(rows), p=weights)]
        parts.append(picked.select("procedure", "title", "area", "days", "fee", pl.Series("row", rows)))
    return pl.concat(parts).sort("row")


def _flags(frame: pl.DataFrame, chance: np.random.Generator) -> pl.DataFrame:
    n = frame.height
    online = chance.random(n)
    obliged = chance.random(n) < frame["fee"].to_numpy()
    rating = chance.choice([0, 1, 2, 3, 4, 5], n, p=[0.6, 0.008, 0.012, 0.05, 0.13, 0.2])
    return frame.with_columns(
        pl.Series("channel", np.where(online < 0.56, 2, np.where(online < 0.6, 3, 1))),
        pl.Series("obliged", obliged), pl.Series("paid", obliged & (chance.random(n) < 0.78)),
        pl.Series("electronic", chance.random(n) < 0.86), pl.Series("paper", chance.random(n) < 0.4),
        pl.Series("digitized", chance.random(n) < 0.72), pl.Series("reused", chance.random(n) < 0.41),
        pl.Series("rating", rating), pl.Series("sorry", chance.random(n) < 0.7),
    )


def _lateness(plan: Plan, month: date, office: Ints) -> npt.NDArray[np.float64]:
    """Return each dossier's chance of being late; each month two communes are the story."""
    late = offices(plan.seed).late.copy()
    story = plan.chance("story", month).choice(len(late) - len(DEPARTMENTS), 2, replace=False)
    late[story] = (0.58, 0.38)
    return late[office]


def _life(plan: Plan, month: date, office: Ints, days: Ints, received: Ints,
          chance: np.random.Generator) -> dict[str, Any]:
    """Return the instants (local seconds, 0 = never) of requests, answers and the end of each dossier."""
    n = len(office)
    day, never = received // DAY, np.zeros(n, dtype=np.int64)
    asked = chance.random(n) < 0.06
    twice = asked & (chance.random(n) < 0.09)
    ask_day = after_days(day, (chance.random(n) * days).astype(np.int64))
    wait = chance.integers(1, 7, n)
    late = chance.random(n) < _lateness(plan, month, office)
    used = np.where(late, days + np.minimum(chance.geometric(0.28, n), 25),
                    np.ceil(days * chance.power(2.5, n)).astype(np.int64) - (chance.random(n) < 0.35))
    end_day = after_days(day, np.maximum(used, 0) + np.where(asked, wait, 0))
    ended = np.maximum(end_day * DAY + hours(chance, n), received + 25 * MINUTE)
    ended = np.where(asked, np.maximum(ended, after_days(ask_day, wait) * DAY + 17 * 3600), ended)
    fate = chance.random(n)
    return {
        "asked": np.where(asked, np.maximum(ask_day * DAY + 14 * 3600, received + 10 * MINUTE), never),
        "answered": np.where(asked, after_days(ask_day, wait) * DAY + 9 * 3600, never),
        "again": np.where(twice, after_days(ask_day, wait) * DAY + 15 * 3600, never),
        "ended": ended,
        "late": late | twice,
        "final": np.array([3, 7, 8, 9, 10])[np.searchsorted([0.006, 0.012, 0.026, 0.2], fate, side="right")],
    }


@lru_cache(maxsize=MONTHS_OF_LIFE + 2)
def month_of_dossiers(seed: int, profile: str, month: date) -> pl.DataFrame:
    """Return all dossiers received in a month with their whole lives, by moment of receipt."""
    plan = Plan(profile, seed, REFERENCES, REFERENCES)
    chance = plan.chance("dossiers", month)
    start, end = (np.datetime64(d).astype("datetime64[D]").astype(np.int64) for d in (month, next_month(month)))
    open_days = working()[(working() >= start) & (working() < end)]
    a_day = plan.choose(500, 300, 9_600)
    share = chance.normal(1, 0.08, len(open_days)) * np.where((open_days + 3) % 7 == 0, 1.18, 0.96)
    n = int(a_day * len(open_days))
    day = np.sort(chance.choice(open_days, n, p=share / share.sum()))
    received = np.sort(day * DAY + hours(chance, n))
    crowd = offices(seed)
    office = chance.choice(len(crowd.agency), n, p=crowd.share)
    frame = _flags(_choices(crowd.agency, office, chance), chance)
    life = _life(plan, month, office, frame["days"].to_numpy(), received, chance)
    due = after_days(received // DAY, frame["days"].to_numpy()) * DAY + 17 * 3600
    return frame.with_columns(
        pl.Series("office", office), pl.Series("received", received), pl.Series("due", due),
        pl.Series("agency", np.array(crowd.agency)[office]), pl.Series("place", np.array(crowd.place)[office]),
        *(pl.Series(name, values) for name, values in life.items()),
    )


# Files

def happened(plan: Plan, since: datetime, until: datetime) -> pl.DataFrame:
    """Return, as the systems' text, the dossiers that something happened to in `(since, until]` (local)."""
    first, last = local_seconds(since), local_seconds(until)
    moments = ("received", "asked", "answered", "again", "ended")
    hit = pl.any_horizontal(pl.col(c).is_between(first, last, closed="right") for c in moments)
    alive = [month_of_dossiers(plan.seed, plan.profile, m).filter(hit, pl.col("received") <= last)
             for m in last_months(until.date(), MONTHS_OF_LIFE)]
    return _as_told(pl.concat(alive), last)


def _as_told(lives: pl.DataFrame, at: int) -> pl.DataFrame:
    """Return lives as a file tells them at a moment, all text, in the order of `HEADERS` (and `agency`)."""
    def flag(condition: pl.Expr) -> pl.Expr:
        return pl.when(condition).then(pl.lit("x")).otherwise(pl.lit(""))

    def moment(column: str, shown: pl.Expr) -> pl.Expr:
        text = pl.from_epoch(pl.col(column), "s").dt.strftime("%d/%m/%Y %H:%M")
        return pl.when(shown).then(text).otherwise(pl.lit(""))

    def by_now(column: str) -> pl.Expr:
        return (pl.col(column) > 0) & (pl.col(column) <= at)

    refused, ended = pl.col("final") == 3, by_now("ended") & (pl.col("final") != 3)
    done = ended & (pl.col("final") >= 9)
    status = (pl.when(refused).then(3).when(ended).then(pl.col("final"))
              .when(by_now("asked") & ~by_now("answered")).then(5)
              .when(pl.col("received") > at - 2 * 3600).then(2).otherwise(4))
    written = pl.from_epoch(pl.col("received"), "s").dt.strftime("%y%m%d")
    number = pl.format("900.{}.{}.H56-{}-{}", (pl.col("office") // 100).cast(pl.String).str.zfill(2),
                       (pl.col("office") % 100).cast(pl.String).str.zfill(2), written,
                       pl.col("row").cast(pl.String).str.zfill(5))
    columns = (
        number, pl.col("procedure"), pl.col("title"), pl.col("area"),
        pl.col("agency").replace_strict({a.id: a.name.vi for a in load_registry().agencies.values()}),
        pl.col("place"), pl.col("channel"), status, moment("received", ~refused), moment("due", ~refused),
        moment("ended", ended), by_now("asked").cast(pl.Int64) + by_now("again").cast(pl.Int64),
        moment("asked", by_now("asked")), moment("answered", by_now("answered")), flag(pl.col("obliged")),
        flag(pl.col("paid")), flag(done & pl.col("electronic")), flag(pl.col("paper")), flag(pl.col("digitized")),
        flag(pl.col("reused")), pl.when(done & (pl.col("rating") > 0)).then("rating").cast(pl.String).fill_null(""),
        flag(done & pl.col("late") & pl.col("sorry")), pl.format("Công dân (mô phỏng) {}", pl.col("row")),
    )
    told = [c.cast(pl.String).alias(h) for c, h in zip(columns, HEADERS, strict=True)]
    return lives.select(*told, "agency")


def _book(rows: pl.DataFrame, made: datetime, sheets: tuple[str, ...] = ("HoSo",)) -> bytes:
    return workbook(rows, made, sheets=sheets, title=TITLE)


def _table(rows: pl.DataFrame) -> bytes:
    return rows.write_csv(include_bom=True).encode()


def _spoilt(rows: pl.DataFrame) -> pl.DataFrame:
    """Return rows with two typing mistakes: a commune that is none, a word for a number."""
    at = pl.int_range(pl.len())
    return rows.with_columns(
        pl.when(at == 3).then(pl.lit("Xã Không Rõ")).otherwise("Xã/phường").alias("Xã/phường"),
        pl.when(at == 5).then(pl.lit("một lần")).otherwise("Số lần yêu cầu bổ sung").alias("Số lần yêu cầu bổ sung"),
    )


def _workbooks(plan: Plan, day: date, rows: pl.DataFrame) -> Iterator[File]:
    """Yield the one-stop system's workbooks of a day, with the mishaps that such deliveries have."""
    closed = datetime.combine(day, CUT, LOCAL)
    luck = plan.chance("dossier_file", day).random()
    for part, start in enumerate(range(0, rows.height, ROWS_A_FILE), 1):
        name = f"MCDT_{day:%Y%m%d}" + (f"_{part}" if rows.height > ROWS_A_FILE else "")
        piece = rows.slice(start, ROWS_A_FILE)
        due = closed + timedelta(hours=14 if luck < 0.05 else 0, minutes=10 + part)
        content = _book(piece, due)
        if 0.05 <= luck < 0.07:
            renamed = piece.rename({"Ngày hẹn trả": "Ngày trả kết quả"})
            yield File("dossiers", f"{name}.xlsx", _book(renamed, due), due)
            due += timedelta(hours=1)
        elif 0.07 <= luck < 0.09:
            yield File("dossiers", f"{name}.xlsx", _book(piece, due, sheets=("Ghi chú", "Sheet1")), due)
            due += timedelta(hours=1)
        elif 0.13 <= luck < 0.25 and part == 1:
            yield File("dossiers", f"{name}.xlsx", _book(_spoilt(piece), due), due)
            name, due = f"{name}_sua", due + timedelta(hours=15)
            content = _book(piece[[3, 5]], due)
        yield File("dossiers", f"{name}.xlsx", content, due)
        if 0.09 <= luck < 0.13:
            yield File("dossiers", f"{name} (1).xlsx", content, due + timedelta(minutes=40))


def _day(plan: Plan, day: date, before: date) -> Iterator[File]:
    since, until = (datetime.combine(d, CUT) for d in (before, day))
    rows = happened(plan, since, until)
    theirs = pl.col("agency") == RESIDENCE
    yield from _workbooks(plan, day, rows.filter(~theirs).drop("agency"))
    if (residence := rows.filter(theirs).drop("agency")).height:
        due = datetime.combine(day, CUT, LOCAL) + timedelta(minutes=40)
        yield File("dossiers", f"CUTRU_{day:%Y%m%d}.csv", _table(residence), due)


def _month(plan: Plan, month: date) -> Iterator[File]:
    """Yield the closed month as the systems export it together, from the last cut before it to its own last."""
    rows = happened(plan, *(datetime.combine(d, CUT) for d in (last_working(month), last_working(next_month(month)))))
    for part, start in enumerate(range(0, rows.height, 100_000), 1):
        due = datetime.combine(next_month(month), time(6), LOCAL) + timedelta(minutes=part)
        yield File("dossiers", f"KETXUAT_{month:%Y%m}_{part}.csv",
                   _table(rows.slice(start, 100_000).drop("agency")), due)


def deliveries(plan: Plan) -> Iterator[File]:
    """Yield the dossier files due in the plan's window, by due moment.

    Months that closed over 20 days before the end come as one CSV, later days as workbooks and CSVs; either
    way the dossiers are the same.
    """
    yield from by_month(plan, plan.days[0], lambda month, whole: (_month if whole else _days)(plan, month))


def _days(plan: Plan, month: date) -> Iterator[File]:
    for today, before in working_days_of(plan, month):
        yield from _day(plan, today, before)


def references() -> Iterator[File]:
    """Yield the real files: published Decision 766 scores and the catalogue of procedures."""
    yield from real_files(
        REFERENCES,
        ("procedures", "tthc/procedures_commune_2026.csv"), ("procedures", "tthc/procedures_2026.csv.gz"),
        ("dvc_766", "dvc_766/thanh_hoa_daily_2026.csv"), ("dvc_766", "dvc_766/scores_ThanhHoa_26092026.json"),
        ("dvc_766", "dvc_766/scores_ThanhHoa_01102026.json"), ("dvc_766", "dvc_766/scores_Provinces_10102026.json"),
        ("dvc_766", "dvc_766/details_10102026.json"),
    )  # fmt: skip
