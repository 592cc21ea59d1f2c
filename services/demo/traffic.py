"""Plays police and traffic centre: accidents each day, violations each week, counts, situations, crimes, fires.

Accidents and violations are made by month with their whole life (`traffic_lives`); a file tells of those that
something happened to, as they stood at its moment. Months that closed over 20 days before the end come whole as
CSV. Once a year, on 20 December, the police send the list of the reporting year that closed on the 14th.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

import polars as pl

from services.demo.months import by_month, days_in, days_of, last_months, local_seconds, next_month
from services.demo.plan import File, Plan, real_files
from services.demo.traffic_lives import PATROLLED, POSTS, UNITS, month_of_accidents, month_of_violations
from services.demo.traffic_roads import counts_of_days, crimes_of_period, fires_between, situations_told
from services.demo.workbooks import workbook
from services.methods.working_days import LOCAL

REFERENCES: Final = datetime(2026, 2, 20, tzinfo=UTC)
TITLE: Final = "DANH SÁCH TAI NẠN GIAO THÔNG – SỐ LIỆU MÔ PHỎNG"
TITLE_VIOLATIONS: Final = "DANH SÁCH VI PHẠM TRẬT TỰ ATGT – SỐ LIỆU MÔ PHỎNG"
MONTHS_TO_FINE: Final = 5
"""Months after its detection in which something still happens to a violation."""
LATE, TWICE, BROKEN = 0.03, 0.02, 0.05
HOURLY_FOR, OFTEN_FOR = timedelta(days=7), timedelta(days=2)
WEEKS: Final = ((1, 8), (8, 15), (15, 22), (22, 0))


def _clock(name: str, last: int, shape: str = "%d/%m/%Y %H:%M") -> pl.Expr:
    known = (pl.col(name) > 0) & (pl.col(name) <= last)
    return pl.when(known).then(pl.from_epoch(pl.col(name), "s").dt.strftime(shape)).otherwise(pl.lit(""))


# Accidents

def accidents_told(plan: Plan, since: datetime, until: datetime) -> pl.DataFrame:
    """Return the accidents told of in `(since, until]` (local) as the police list them, all text."""
    first, last = local_seconds(since), local_seconds(until)
    months = last_months(until.date(), 2 + (until - since).days // 28)
    made = pl.concat(month_of_accidents(plan.seed, month) for month in months)
    again = (pl.col("told_again") > 0) & (pl.col("told_again") <= last)
    last_told = pl.when(again).then("told_again").otherwise("told")
    made = made.with_columns(last_told.alias("last_told"), again.alias("again"))
    return _accident_rows(made.filter(pl.col("last_told").is_between(first, last, closed="right")), last)


def _accident_rows(made: pl.DataFrame, last: int) -> pl.DataFrame:
    deaths, injured = pl.col("deaths") + pl.col("again"), pl.col("injured") - pl.col("again")
    severity = (
        pl.when(deaths >= 3).then(pl.lit("Đặc biệt nghiêm trọng")).when(deaths == 2).then(pl.lit("Rất nghiêm trọng"))
        .when(deaths == 1).then(pl.lit("Nghiêm trọng")).when(injured > 0).then(pl.lit("Ít nghiêm trọng"))
        .otherwise(pl.lit("Va chạm"))
    )  # fmt: skip
    metres = (pl.col("km") * 1000).round().cast(pl.Int64)
    post = pl.format("Km {}+{}", metres // 1000, (metres % 1000).cast(pl.String).str.zfill(3))
    number = pl.format("MP-TN-{}-{}", pl.col("month").dt.strftime("%y%m"), pl.col("row").cast(pl.String).str.zfill(3))
    known = pl.col("chance") > 0.1
    return made.select(
        number.alias("Số vụ"), _clock("at", last, "%Hh%M ngày %d/%m/%Y").alias("Thời gian xảy ra"),
        pl.when(known).then("place").otherwise(pl.lit("")).alias("Mã xã"),
        pl.when(pl.col("km") > 0).then(pl.format("{}, {}", "road", post)).otherwise("road").alias("Địa điểm"),
        pl.when((pl.col("road") == "QL1") & ~known).then(pl.lit("QL.1A")).otherwise("road").alias("Tuyến đường"),
        pl.col("class").alias("Loại đường"),
        pl.when(pl.col("km") > 0).then(post).otherwise(pl.lit("")).alias("Lý trình"),
        pl.when("inner").then(pl.lit("Nội thị")).otherwise(pl.lit("Ngoài đô thị")).alias("Khu vực"),
        pl.col("lat").round(5).cast(pl.String).alias("Vĩ độ"), pl.col("lon").round(5).cast(pl.String).alias("Kinh độ"),
        severity.alias("Mức độ"), pl.col("kind").alias("Hình thức va chạm"), pl.col("cause").alias("Nguyên nhân"),
        deaths.cast(pl.String).alias("Số người chết"), injured.cast(pl.String).alias("Số người bị thương"),
        pl.lit("Người mô phỏng").alias("Người điều khiển"), pl.lit("36MP-000.00").alias("Biển số"),
        pl.lit("0900 000 000").alias("Điện thoại"), _clock("last_told", last, "%d/%m/%Y %H:%M").alias("Cập nhật lúc"),
    )  # fmt: skip


def _accidents_of_day(plan: Plan, day: date) -> Iterator[File]:
    """Yield the list of a day, the next morning; now and then late, twice, or with a broken row mended at noon."""
    morning = datetime.combine(day + timedelta(days=1), time(6, 30))
    chance = plan.chance("accident list", day)
    late, twice, broken = (chance.random() < share for share in (LATE, TWICE, BROKEN))
    due = (morning + timedelta(hours=21 if late else 0)).replace(tzinfo=LOCAL)
    if not plan.since - timedelta(hours=6) < due <= plan.until:
        return
    rows = accidents_told(plan, morning - timedelta(days=1), morning)
    if rows.is_empty():
        return
    name = f"TNGT_{day:%Y%m%d}"
    if broken:
        wrong = rows.with_columns(pl.when(pl.int_range(pl.len()) == 0).then(pl.lit("một")).otherwise("Số người chết")
                                  .alias("Số người chết"))  # fmt: skip
        yield File("accidents", f"{name}.xlsx", workbook(wrong, due, sheets=("TNGT",), title=TITLE), due)
        due, name = due + timedelta(hours=5), f"{name}_sua"
    content = workbook(rows, due, sheets=("TNGT",), title=TITLE)
    yield File("accidents", f"{name}.xlsx", content, due)
    if twice:
        yield File("accidents", f"{name}_lan2.xlsx", content, due + timedelta(minutes=20))


def _accidents_of_year(plan: Plan) -> Iterator[File]:
    for year in range(plan.since.year, plan.until.year + 1):
        due = datetime(year, 12, 20, 8, tzinfo=LOCAL)
        if plan.holds(due):
            told = accidents_told(plan, datetime(year - 1, 12, 15, 6), datetime(year, 12, 20, 6))
            yield File("accidents", f"TNGT_nam_{year}.csv", told.write_csv(include_bom=True).encode(), due)


# Violations

def violations_told(plan: Plan, since: datetime, until: datetime) -> pl.DataFrame:
    """Return the violations that something happened to in `(since, until]` (local) as the police list them."""
    first, last = local_seconds(since), local_seconds(until)
    months = last_months((until - timedelta(seconds=1)).date(), MONTHS_TO_FINE)
    made = pl.concat(month_of_violations(plan.seed, plan.profile, m) for m in months).filter(pl.col("seen") <= last)
    moments = ("seen", "verified", "notified", "fined", "paid")
    told = [pl.when((pl.col(m) > 0) & (pl.col(m) <= last)).then(pl.col(m)).otherwise(0) for m in moments]
    made = made.with_columns(pl.max_horizontal(told).alias("told"))
    return _violation_rows(made.filter(pl.col("told").is_between(first, last, closed="right")), last)


def _violation_rows(made: pl.DataFrame, last: int) -> pl.DataFrame:
    def by_now(name: str) -> pl.Expr:
        return (pl.col(name) > 0) & (pl.col(name) <= last)

    camera = pl.col("camera")
    posts = [list(column) for column in zip(*POSTS, strict=True)]
    ended = pl.col("unclear") & by_now("verified")
    number = pl.format("MP-VP-{}-{}", pl.col("month").dt.strftime("%y%m"), pl.col("row").cast(pl.String).str.zfill(5))
    plate = pl.format("36{}-{}", pl.when("moto").then(pl.lit("B1")).otherwise(pl.lit("A")),
                      (pl.col("row") * 7919 % 99_991).cast(pl.String).str.zfill(5))

    def text_of(name: str, shown: pl.Expr) -> pl.Expr:
        return pl.when(shown).then(pl.col(name).cast(pl.String)).otherwise(pl.lit(""))

    fined = by_now("fined")
    vehicle = pl.when("moto").then(pl.lit("Mô tô")).when(pl.col("chance") < 0.25).then(pl.lit("Xe tải"))
    columns = {
        "Số hồ sơ": number, "Phát hiện lúc": _clock("seen", last),
        "Hình thức phát hiện": pl.when(camera).then(pl.lit("Camera")).otherwise(pl.lit("Tuần tra kiểm soát")),
        "Mã camera": pl.when(camera).then(_of("post", posts[0])).otherwise(pl.lit("")), "Hành vi": pl.col("kind"),
        "Loại xe": vehicle.otherwise(pl.lit("Ô tô")), "Biển số": plate, "Chủ xe": pl.lit("Chủ xe mô phỏng"),
        "Tuyến đường": pl.when(camera).then(_of("post", posts[1])).otherwise(pl.lit("Đường tỉnh")),
        "Mã xã": pl.when(camera).then(_of("post", posts[2])).otherwise(_of("beat", [p[0] for p in PATROLLED])),
        "Đơn vị xử lý": _of("unit", list(UNITS)),
        "Xác minh lúc": pl.when(ended).then(pl.lit("")).otherwise(_clock("verified", last)),
        "Thông báo lúc": _clock("notified", last), "Quyết định phạt lúc": _clock("fined", last),
        "Tiền phạt (đồng)": text_of("fine", fined), "Nộp phạt lúc": _clock("paid", last),
        "Tiền đã nộp (đồng)": text_of("fine", by_now("paid")),
        "Tước GPLX (tháng)": pl.when(fined & (pl.col("chance") < 0.06)).then(pl.lit("2")).otherwise(pl.lit("")),
        "Trừ điểm": text_of("points", fined & (pl.col("points") > 0)),
        "Tạm giữ xe": pl.when(fined & (pl.col("chance") > 0.75)).then(pl.lit("x")).otherwise(pl.lit("")),
        "Kết thúc": pl.when(ended).then(pl.lit("Ảnh không rõ")).otherwise(pl.lit("")),
        "Kết thúc lúc": pl.when(ended).then(_clock("verified", last)).otherwise(pl.lit("")),
        "Cập nhật lúc": _clock("told", last),
    }  # fmt: skip
    return made.select(expr.alias(name) for name, expr in columns.items())


def _of(column: str, names: list[str] | list[int]) -> pl.Expr:
    """Return the names that a column of numbers stands for."""
    return pl.col(column).replace_strict(dict(enumerate(map(str, names))), default="", return_dtype=pl.String)


# The window

def _weeks(month: date) -> Iterator[tuple[datetime, datetime]]:
    """Yield the spans of a month in which lists of a week are made."""
    for first, last in WEEKS:
        end = month.replace(day=last) if last else next_month(month)
        yield datetime.combine(month.replace(day=first), time()), datetime.combine(end, time())


def _month(plan: Plan, month: date) -> Iterator[File]:
    """Yield a closed month whole."""
    since, until = (datetime.combine(d, time(6, 30)) for d in (month, next_month(month)))
    due = datetime.combine(next_month(month), time(7), LOCAL)
    if not plan.holds(due + timedelta(minutes=50)):
        return
    told = accidents_told(plan, since, until)
    yield File("accidents", f"TNGT_{month:%Y%m}.csv", told.write_csv(include_bom=True).encode(), due)
    seen = violations_told(plan, since.replace(hour=0, minute=0), until.replace(hour=0, minute=0))
    yield File("violations", f"ViPham_{month:%Y%m}.csv", seen.write_csv(include_bom=True).encode(), due)
    fires = fires_between(plan.seed, month, next_month(month))
    yield File("fires", f"chay_no_{month:%Y%m}.csv", fires.write_csv().encode(), due + timedelta(minutes=10))
    counts = counts_of_days(plan.seed, days_in(month), hourly=False)
    yield File("camera_counts", f"counts_{month:%Y%m}.csv", counts.write_csv().encode(), due + timedelta(minutes=20))
    xml = situations_told(plan.seed, since, until, month.month % 2 == 0)
    yield File("datex2", f"situations_{month:%Y%m}.xml", xml, due + timedelta(minutes=30))


def _days(plan: Plan, month: date) -> Iterator[File]:
    """Yield the files of the days and weeks of a month that fall due in the window."""
    for since, until in _weeks(month):
        due = (until + timedelta(hours=7, minutes=30)).replace(tzinfo=LOCAL)
        if plan.holds(due):
            rows = violations_told(plan, since, until)
            content = workbook(rows, due, sheets=("Bìa", "ViPham"), title=TITLE_VIOLATIONS)
            yield File("violations", f"ViPham_{until:%Y%m%d}.xlsx", content, due)
            fires = fires_between(plan.seed, since.date(), until.date())
            yield File("fires", f"chay_no_{until:%Y%m%d}.csv", fires.write_csv().encode(), due)
    for day in days_of(plan, month, back=2):
        yield from _day(plan, day)


def _day(plan: Plan, day: date) -> Iterator[File]:
    yield from _accidents_of_day(plan, day)
    morning = datetime.combine(day + timedelta(days=1), time(5))
    due = morning.replace(tzinfo=LOCAL)
    if plan.holds(due):
        counts = counts_of_days(plan.seed, [day], hourly=plan.until - due <= HOURLY_FOR)
        yield File("camera_counts", f"counts_{day:%Y%m%d}.csv", counts.write_csv().encode(), due)
    for hour in range(3, 25, 3):
        told = datetime.combine(day, time()) + timedelta(hours=hour)
        due = told.replace(tzinfo=LOCAL)
        if plan.holds(due) and (hour == 6 or plan.until - due <= OFTEN_FOR):
            xml = situations_told(plan.seed, told - timedelta(hours=24), told, day.day % 2 == 0)
            yield File("datex2", f"situations_{told:%Y%m%d%H}.xml", xml, due)


def _crimes(plan: Plan, month: date) -> Iterator[File]:
    due = datetime.combine(month.replace(day=17), time(9), LOCAL)
    if plan.holds(due):
        yield File("crimes", f"toi_pham_{month:%Y%m}.csv", crimes_of_period(plan.seed, month).write_csv().encode(), due)


def deliveries(plan: Plan) -> Iterator[File]:
    """Yield the files due in the plan's window, by due moment."""
    year = list(_accidents_of_year(plan))

    def files_of(at: date, whole: bool) -> Iterator[File]:
        yield from _month(plan, at) if whole else _days(plan, at)
        yield from _crimes(plan, at)
        yield from (f for f in year if f.due.astimezone(LOCAL).date().replace(day=1) == at)

    yield from by_month(plan, plan.days[0] - timedelta(days=3), files_of)


def references() -> Iterator[File]:
    """Yield the published figures that come with the product."""
    yield from real_files(
        REFERENCES,
        ("traffic_published", "traffic/thanh_hoa_published_2024_2026.csv"),
        ("security_published", "traffic/security_published.csv"),
    )
