"""Plays the task monitoring system: each evening the tasks that changed, each week whole lists of some offices.

The 3,571 targets and tasks announced are made at once with their whole lives up to 2030, those given since month
by month; a file tells of them as they stood at its moment. A few offices are late again and again. Simulated
numbers start with MP.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from config.registry import load_registry
from services.demo.months import day_number, local_seconds, next_month
from services.demo.plan import File, Plan, by_day
from services.demo.public_services import DAY, hours, last_working, working
from services.demo.task_words import COMMUNE_FIELDS, DEPARTMENTS, FIELDS, MARK, RETURNS, TARGETS, VERBS
from services.demo.workbooks import workbook
from services.methods.working_days import LOCAL

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
TASKS: Final = 3_571
"""Targets and tasks of 2026-2030, as the province announced on 5 February 2026."""
SOURCE: Final = "tasks"
TITLE: Final = "DANH SÁCH NHIỆM VỤ ĐƯỢC GIAO – SỐ LIỆU MÔ PHỎNG"
EVENING, MORNING = time(18), time(6, 30)
WEEKS_A_ROUND: Final = 13
"""Weeks in which the weekly whole lists have told of every office."""
FIRST, RUSH, LAST = date(2025, 12, 8), date(2026, 2, 5), date(2026, 11, 11)
A_DAY, NUMBERS_A_MONTH = 7, 200
"""Tasks given on a working day after LAST, and the numbers set aside for a month of them."""
ASSIGNERS: Final = {  # name in the export, share, issuer, kind of document
    "Tỉnh ủy": (0.18, "Tỉnh ủy Thanh Hóa", "KL/TU"),
    "HĐND tỉnh": (0.12, "HĐND tỉnh Thanh Hóa", "NQ-HĐND"),
    "UBND tỉnh": (0.4, "UBND tỉnh Thanh Hóa", "QĐ-UBND"),
    "Chủ tịch UBND tỉnh": (0.3, "UBND tỉnh Thanh Hóa", "TB-UBND"),
}
CLOCK: Final = "%d/%m/%Y %H:%M"
EVENTS: Final = ("entered", "granted", "first", "returned", "handed", "confirmed", "stopped", "resumed")


def _after(days: Ints, count: Ints) -> Ints:
    """Return the `count`-th working day after each day, at latest the last one that the simulator knows."""
    at = np.searchsorted(working(), days, side="right") - 1 + count
    found: Ints = working()[np.minimum(at, len(working()) - 1)]
    return found


# Who leads


class Offices(NamedTuple):
    """The offices that lead tasks, in step: id, name in the export, share of tasks, chance of lateness, chronic."""

    id: list[str]
    name: list[str]
    share: Floats
    late: Floats
    chronic: npt.NDArray[np.bool_]


@lru_cache(maxsize=4)
def offices(seed: int) -> Offices:
    """Return the departments and the committees of all communes; two and four of them are late again and again."""
    registry = load_registry()
    departments, places = list(DEPARTMENTS), list(registry.places)
    ids = departments + [f"ubnd_{code}" for code in places]
    chance = Plan("demo", seed, datetime.min, datetime.max).chance("task offices")
    chronic = np.zeros(len(ids), dtype=bool)
    chronic[1 + chance.choice(len(departments) - 1, 2, replace=False)] = True
    chronic[len(departments) + chance.choice(len(places), 4, replace=False)] = True
    weight = np.array([w for w, _ in DEPARTMENTS.values()], dtype=float)
    commune = np.where(chronic[len(departments) :], 3.0, 1.0)
    late = np.where(chronic, chance.uniform(0.45, 0.65, len(ids)), 0.03 + 0.36 * chance.beta(1.2, 3.5, len(ids)))
    share = np.concatenate([weight / weight.sum() * 0.6, commune / commune.sum() * 0.4])
    return Offices(ids, [registry.agencies[i].name.vi for i in ids], share, late, chronic)


class Given(NamedTuple):
    """Tasks given together: their first number, the year in their numbers, their plan's, and how far off they are due.

    `term` is the natural logarithm of the days until half of those within the plan's year are due.
    """

    first: int
    coded: int
    year: int
    term: float


# What they are asked to do


def _contents(office: Ints, is_target: npt.NDArray[np.bool_], chance: np.random.Generator) -> tuple[list[str], ...]:
    """Return field and content of each task."""
    ids = list(offices_fields())
    draw = chance.random((3, len(office)))
    fields, contents = [], []
    for number, (at, target) in enumerate(zip(office, is_target, strict=True)):
        a, b, c = draw[:, number]
        own = offices_fields()[ids[at]]
        field = own[int(a * len(own))]
        subject = FIELDS[field][int(b * len(FIELDS[field]))]
        verbs = TARGETS if target else VERBS
        fields.append(field)
        contents.append(f"{verbs[int(c * len(verbs))]} {subject} {MARK}")
    return fields, contents


@lru_cache(maxsize=1)
def offices_fields() -> dict[str, tuple[str, ...]]:
    """Return the fields that each office works in, by its id, in the order of `offices`."""
    communes = {f"ubnd_{code}": COMMUNE_FIELDS for code in load_registry().places}
    return {name: fields for name, (_, fields) in DEPARTMENTS.items()} | communes


def _assigned(n: int, chance: np.random.Generator) -> Ints:
    """Return when tasks were given (local seconds), ascending: most in the weeks up to 5 February 2026."""
    days = working()
    rush = days[(days >= day_number(FIRST)) & (days <= day_number(RUSH))]
    later = days[(days > day_number(RUSH)) & (days <= day_number(LAST))]
    many = int(n * 0.62)
    day = np.concatenate([chance.choice(rush, many), chance.choice(later, n - many)])
    return np.sort(day * DAY + hours(chance, n))


def _due(assigned: Ints, urgent: Ints, is_year: npt.NDArray[np.bool_], about: Given,
         chance: np.random.Generator) -> Ints:  # fmt: skip
    """Return the due days (0: none): within the plan's year, or at the ends of later half-years up to 2030."""
    n, day, year = len(assigned), assigned // DAY, about.year
    soon = day + np.clip(np.rint(chance.lognormal(about.term, 0.8, n)), 7, 345).astype(np.int64)
    soon = np.minimum(soon, day_number(date(year, 12, 31)) - chance.integers(0, 12, n))
    soon = np.maximum(soon, _after(day, np.full(n, 3)))
    later = range(year + 1, max(2031, year + 2))
    half_years = np.array([day_number(date(y, m, d)) for y in later for m, d in ((6, 30), (12, 31))])
    due = np.where(is_year | (chance.random(n) < 0.3), soon, chance.choice(half_years, n))
    due = np.where(urgent > 0, _after(day, chance.integers(2, 9, n)), due)
    return np.where(chance.random(n) < 0.035, 0, due)


# Their lives


def _extensions(due: Ints, assigned: Ints, year: int, chance: np.random.Generator) -> dict[str, Ints]:
    """Return `granted` (seconds, 0: never), the `extended` day and the day `force` that counts in the end."""
    n = len(due)
    has = (due > 0) & (due <= day_number(date(year, 12, 31))) & (chance.random(n) < 0.09)
    too_late = chance.random(n) < 0.2
    on = np.where(too_late, due + chance.integers(1, 15, n), due - chance.integers(1, 10, n))
    on = np.maximum(on, assigned // DAY + 1)
    extended = due + chance.integers(15, 60, n)
    force = np.where(has & (on <= due), extended, due)
    return {"granted": np.where(has, on * DAY + 10 * 3600, 0), "extended": np.where(has, extended, 0), "force": force}


def _reports(assigned: Ints, force: Ints, late: Floats, chronic: npt.NDArray[np.bool_],
             chance: np.random.Generator) -> dict[str, Ints]:  # fmt: skip
    """Return the first report, its return and the last report (seconds; `returned` 0: never)."""
    n, day = len(assigned), assigned // DAY
    open_end = day + np.rint(chance.lognormal(4.8, 0.8, n)).astype(np.int64)
    end = np.where(force > 0, force, open_end)
    in_time = day + np.maximum(1, ((end - day) * chance.beta(6.0, 1.2, n)).astype(np.int64))
    behind = np.rint(chance.lognormal(2.9, 1.3, n) * np.where(chronic, 2, 1)).astype(np.int64)
    forgotten = chance.random(n) < 0.22
    over = _after(end, np.clip(np.where(forgotten, behind + 150, behind), 1, 500))
    handed_day = np.where((force > 0) & (chance.random(n) < late), over, in_time)
    first = np.maximum(handed_day * DAY + hours(chance, n), assigned + 3600)
    has = chance.random(n) < np.where(chronic, 0.2, 0.07)
    back = _after(first // DAY, chance.integers(1, 5, n)) * DAY + hours(chance, n)
    again = _after(back // DAY, chance.integers(2, 14, n)) * DAY + hours(chance, n)
    return {"first": first, "returned": np.where(has, back, 0), "handed": np.where(has, again, first)}


@lru_cache(maxsize=2)
def tasks(seed: int, profile: str) -> pl.DataFrame:
    """Return the tasks announced with their whole lives, by the moment they were given; see `_lives`."""
    plan = Plan(profile, seed, datetime.min, datetime.max)
    count = plan.choose(TASKS // 10, TASKS, TASKS)
    return _lives(plan, count, plan.chance("tasks", profile), _assigned, Given(1, 2026, 2026, 5.1))


@lru_cache(maxsize=64)
def tasks_of(seed: int, profile: str, month: date) -> pl.DataFrame:
    """Return the tasks given in a month after LAST with their whole lives, some on every working day."""
    plan = Plan(profile, seed, datetime.min, datetime.max)
    days = working()
    days = days[(days > day_number(max(LAST, month - timedelta(days=1)))) & (days < day_number(next_month(month)))]
    since = (month.year - LAST.year) * 12 + month.month - LAST.month

    def assigned(n: int, chance: np.random.Generator) -> Ints:
        return np.sort(chance.choice(days, n) * DAY + hours(chance, n))

    about = Given(TASKS + 1 + NUMBERS_A_MONTH * since, month.year, month.year + (month.month > 8), 4.2)
    return _lives(plan, plan.choose(1, A_DAY, A_DAY) * len(days), plan.chance("tasks", profile, month), assigned, about)


@lru_cache(maxsize=4)
def _all_until(seed: int, profile: str, last: date) -> pl.DataFrame:
    """Return all tasks given by the end of a month."""
    parts, month = [tasks(seed, profile)], LAST.replace(day=1)
    while month <= last:
        parts.append(tasks_of(seed, profile, month))
        month = next_month(month)
    return pl.concat(parts)


def given_by(plan: Plan, at: datetime) -> pl.DataFrame:
    """Return the tasks given by the end of the month of a local moment."""
    return _all_until(plan.seed, plan.profile, at.date().replace(day=1))


def _lives(plan: Plan, n: int, chance: np.random.Generator, assigned_in: Callable[[int, np.random.Generator], Ints],
           about: Given) -> pl.DataFrame:  # fmt: skip
    """Return `n` tasks with their whole lives; moments are local seconds, 0 = never."""
    crowd = offices(plan.seed)
    office = chance.choice(len(crowd.id), n, p=crowd.share)
    given = chance.choice(len(ASSIGNERS), n, p=[share for share, *_ in ASSIGNERS.values()])
    is_target, is_year = chance.random(n) < np.where(given < 2, 0.45, 0.1), chance.random(n) < 0.42
    urgent = np.where(is_target, 0, np.searchsorted([0.9, 0.98], chance.random(n), side="right"))
    assigned = assigned_in(n, chance)
    due = _due(assigned, urgent, is_year, about, chance)
    supports = chance.choice(5, n, p=[0.42, 0.25, 0.17, 0.1, 0.06])
    life = _extensions(due, assigned, about.year, chance)
    life |= _reports(assigned, life["force"], crowd.late[office], crowd.chronic[office], chance)
    fields, contents = _contents(office, is_target, chance)
    return pl.DataFrame({
        "number": np.arange(about.first, about.first + n), "coded": about.coded, "year": about.year,
        "office": office, "given": given, "is_target": is_target, "is_year": is_year,
        "urgent": urgent, "assigned": assigned, "due": due, "field": fields, "content": contents,
        "supports": _supports(office, supports, crowd, chance), "reason": chance.integers(0, len(RETURNS), n),
        **life, **_ends(assigned, urgent, supports, life["handed"], chance),
    })  # fmt: skip


def _supports(office: Ints, many: Ints, crowd: Offices, chance: np.random.Generator) -> list[str]:
    """Return the names of the supporting departments of each task."""
    drawn = chance.integers(0, len(DEPARTMENTS), (len(office), 4))
    return [
        "; ".join(dict.fromkeys(crowd.name[d] for d in row[:count] if d != lead))
        for row, count, lead in zip(drawn, many, office, strict=True)
    ]


def _ends(assigned: Ints, urgent: Ints, supports: Ints, handed: Ints, chance: np.random.Generator) -> dict[str, Any]:
    """Return when each task was entered, confirmed, stopped and resumed (seconds, 0 = never)."""
    n, day = len(assigned), assigned // DAY
    allowed = np.where(urgent > 0, 0, np.where(supports >= 2, 2, 1))
    slow = np.where(chance.random(n) < 0.06, chance.integers(1, 5, n), 0)
    entered = _after(day, (chance.random(n) * (allowed + 1)).astype(np.int64) + slow) * DAY
    entered = np.maximum(entered + hours(chance, n), assigned + 40 * 60)
    confirmed = _after(handed // DAY, np.minimum(chance.geometric(0.18, n), 30)) * DAY + hours(chance, n)
    stop = (day + chance.integers(20, 200, n)) * DAY + 15 * 3600
    stopped = np.where((chance.random(n) < 0.02) & (stop < handed), stop, 0)
    cancelled = chance.random(n) < 0.4
    resumes = (stopped > 0) & ~cancelled & (chance.random(n) < 0.3)
    return {
        "entered": entered, "confirmed": confirmed, "stopped": stopped, "cancelled": cancelled,
        "resumed": np.where(resumes, stopped + 45 * DAY, 0),
    }  # fmt: skip


# What a file tells


def _by_now(name: str, at: int) -> pl.Expr:
    return (pl.col(name) > 0) & (pl.col(name) <= at)


def _text(shown: pl.Expr, words: pl.Expr) -> pl.Expr:
    return pl.when(shown).then(words).otherwise(pl.lit(""))


def _moment(name: str, shown: pl.Expr | None = None) -> pl.Expr:
    return _text(pl.lit(True) if shown is None else shown, pl.from_epoch(pl.col(name), "s").dt.strftime(CLOCK))


def _day(name: str, shown: pl.Expr) -> pl.Expr:
    return _text(shown, pl.from_epoch(pl.col(name).cast(pl.Int32), "d").dt.strftime("%d/%m/%Y"))


def _named(name: str, words: Sequence[str]) -> pl.Expr:
    return pl.col(name).replace_strict(dict(enumerate(words)), return_dtype=pl.String)


def _given() -> dict[str, pl.Expr]:
    """Return what a file says of what was given, to whom, until when."""
    number, issuers = pl.col("number"), list(ASSIGNERS.values())
    return {
        "Mã nhiệm vụ": pl.format("MP-{}-{}", "coded", number.cast(pl.String).str.zfill(4)),
        "Loại": pl.when("is_target").then(pl.lit("Chỉ tiêu")).otherwise(pl.lit("Nhiệm vụ")),
        "Kỳ kế hoạch": pl.when("is_year").then(pl.col("year").cast(pl.String)).otherwise(pl.lit("2026-2030")),
        "Người giao": _named("given", list(ASSIGNERS)),
        "Lĩnh vực": pl.col("field"),
        "Nội dung": pl.col("content"),
        "Số ký hiệu văn bản": pl.format("MP {}/{}", number // 4 + 100, _named("given", [kind for *_, kind in issuers])),
        "Ngày văn bản": pl.from_epoch(pl.col("assigned"), "s").dt.strftime("%d/%m/%Y"),
        "Cơ quan ban hành": _named("given", [issuer for _, issuer, _ in issuers]),
        "Cơ quan chủ trì": _named("office", office_names()),
        "Cơ quan phối hợp": pl.col("supports"),
        "Độ khẩn": _named("urgent", ["Thường", "Khẩn", "Hỏa tốc"]),
        "Độ mật": pl.lit("Thường"),
        "Ngày giao": _moment("assigned"),
        "Ngày nhập": _moment("entered"),
        "Hạn xử lý": _day("due", pl.col("due") > 0),
        "Chuyên viên theo dõi": pl.format("Chuyên viên {} {}", number % 40 + 1, pl.lit(MARK)),
    }


def _happened(at: int) -> dict[str, pl.Expr]:
    """Return what a file says of what has happened by a moment; a claim in “Tình trạng” is not always true."""
    number, returned, stopped = pl.col("number"), _by_now("returned", at), _by_now("stopped", at)
    granted, reported, again = (_by_now(name, at) for name in ("granted", "first", "handed"))
    gone = stopped & ~_by_now("resumed", at)
    done = _by_now("confirmed", at) & ~gone
    stop = pl.when("cancelled").then(pl.lit("Hủy")).otherwise(pl.lit("Tạm dừng"))
    told = (
        pl.when(gone).then(stop)
        .when(done | (number % 53 == 0)).then(pl.lit("Hoàn thành"))
        .when(again).then(pl.lit("Chờ xác nhận")).when(returned).then(pl.lit("Thực hiện lại"))
        .when(reported).then(pl.lit("Chờ xác nhận")).otherwise(pl.lit("Đang thực hiện"))
    )  # fmt: skip
    last = pl.max_horizontal(pl.when(pl.col(e) <= at).then(pl.col(e)).otherwise(0) for e in EVENTS)
    return {
        "Hạn gia hạn": _day("extended", granted),
        "Ngày gia hạn": _text(granted, pl.from_epoch(pl.col("granted"), "s").dt.strftime("%d/%m/%Y")),
        "Văn bản báo cáo": _text(reported, pl.format("MP {}/BC", number + 500)),
        "Ngày báo cáo": pl.when(again).then(_moment("handed")).otherwise(_moment("first", reported)),
        "Ngày xác nhận": _moment("confirmed", done),
        "Số lần trả lại": pl.when(returned).then(pl.lit("1")).otherwise(pl.lit("0")),
        "Ngày trả lại": _moment("returned", returned),
        "Lý do trả lại": _text(returned, _named("reason", RETURNS)),
        "Tình trạng": told,
        "Tạm dừng hoặc hủy": _text(stopped, stop),
        "Ngày tạm dừng hoặc hủy": _moment("stopped", stopped),
        "Văn bản tạm dừng hoặc hủy": _text(stopped, pl.format("MP {}/UBND-TH", number + 900)),
        "Ngày tiếp tục": _moment("resumed", _by_now("resumed", at)),
        "Cập nhật lúc": pl.from_epoch(last, "s").dt.strftime(CLOCK),
    }


def _as_told(lives: pl.DataFrame, at: int) -> pl.DataFrame:
    """Return tasks as the system exports them at a moment (local seconds), all text."""
    return lives.select(expr.alias(name) for name, expr in {**_given(), **_happened(at)}.items())


@lru_cache(maxsize=1)
def office_names() -> list[str]:
    """Return the names of the offices in the order of `offices`."""
    agencies = load_registry().agencies
    return [agencies[name].name.vi for name in offices_fields()]


def changed(plan: Plan, since: datetime, until: datetime) -> pl.DataFrame:
    """Return the tasks that something happened to in `(since, until]` (local), as the system tells of them."""
    first, last = local_seconds(since), local_seconds(until)
    hit = pl.any_horizontal(pl.col(e).is_between(first, last, closed="right") for e in EVENTS)
    return _as_told(given_by(plan, until).filter(hit, pl.col("entered") <= last), last)


def whole(plan: Plan, at: datetime) -> pl.DataFrame:
    """Return the whole lists of the offices whose turn it is in the week of a moment (all, where there are few)."""
    week = day_number(at.date()) // 7
    turn = pl.lit(True) if plan.profile == "small" else pl.col("office") % WEEKS_A_ROUND == week % WEEKS_A_ROUND
    known = given_by(plan, at).filter(pl.col("entered") <= local_seconds(at), turn)
    return _as_told(known, local_seconds(at))


# Files


def _book(rows: pl.DataFrame, due: datetime) -> bytes:
    return workbook(rows, due, sheets=("NhiemVu",), title=TITLE)


def _spoilt(rows: pl.DataFrame) -> pl.DataFrame:
    """Return rows with a typing mistake: an office that is none."""
    at = pl.int_range(pl.len())
    lead = pl.when(at == 2).then(pl.lit("Sở Kế hoạch và Đầu tư")).otherwise("Cơ quan chủ trì")
    return rows.with_columns(lead.alias("Cơ quan chủ trì"))


def _with_secret(rows: pl.DataFrame, day: date) -> pl.DataFrame:
    """Return rows with a further one that should never have been exported: a secret task."""
    secret = rows.head(1).with_columns(
        pl.lit(f"MP-{day:%Y}-9{day:%j}").alias("Mã nhiệm vụ"), pl.lit("Mật").alias("Độ mật"),
        pl.lit(f"Nội dung mật {MARK}").alias("Nội dung"),
    )  # fmt: skip
    return pl.concat([rows, secret])


def _evening(plan: Plan, day: date, before: date) -> Iterator[File]:
    """Yield the file of an evening with the tasks that changed, and the mishaps that such files have."""
    rows = changed(plan, datetime.combine(before, EVENING), datetime.combine(day, EVENING))
    if rows.is_empty():
        return
    luck = plan.chance("task_file", day).random()
    name = f"NHIEMVU_{day:%Y%m%d}"
    due = datetime.combine(day, EVENING, LOCAL) + timedelta(hours=14 if luck < 0.05 else 0, minutes=10)
    if 0.05 <= luck < 0.07:
        yield File(SOURCE, f"{name}.xlsx", _book(rows.rename({"Hạn xử lý": "Thời hạn xử lý"}), due), due)
        due += timedelta(hours=1)
    elif 0.07 <= luck < 0.09:
        yield File(SOURCE, f"{name}.xlsx", _book(rows, due)[:900], due)
        due += timedelta(hours=1)
    elif 0.13 <= luck < 0.22 and rows.height >= 6:
        yield File(SOURCE, f"{name}.xlsx", _book(_spoilt(rows), due), due)
        name, due, rows = f"{name}_sua", due + timedelta(hours=14), rows[[2]]
    elif 0.22 <= luck < 0.27 and rows.height >= 6:
        rows = _with_secret(rows, day)
    content = _book(rows, due)
    yield File(SOURCE, f"{name}.xlsx", content, due)
    if 0.09 <= luck < 0.13:
        yield File(SOURCE, f"{name} (1).xlsx", content, due + timedelta(minutes=40))


def _files_of(plan: Plan, day: date) -> Iterator[File]:
    """Yield what falls due because of a day, in no order: some of it only on the day after."""
    if day.weekday() == 0 or plan.profile == "small":
        at = datetime.combine(day, MORNING, LOCAL)
        if (rows := whole(plan, at.replace(tzinfo=None))).height:
            yield File(SOURCE, f"DOISOAT_{day:%Y%m%d}.xlsx", _book(rows, at), at)
    if last_working(day + timedelta(days=1)) == day:
        yield from _evening(plan, day, last_working(day))


def deliveries(plan: Plan) -> Iterator[File]:
    """Yield the files due in the plan's window, by due moment."""
    first = max(plan.days[0] - timedelta(days=2), FIRST)
    yield from by_day(plan, first, lambda day: _files_of(plan, day))


def references() -> Iterator[File]:
    """Yield nothing: no list of tasks is published."""
    yield from ()
