"""Plays the education sector: workbooks a level at each round, weekly mended lists, each December the years before.

Real files come once: exam results of all provinces, the score distribution, figures printed by the press.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

import polars as pl

from data_access.database import LOCAL
from services.demo.education_schools import due_of, mended, rounds_until, school_round
from services.demo.plan import File, Plan, by_day, real_files
from services.demo.workbooks import workbook

SOURCE: Final = "schools"
SHEET: Final = "ThongKe"
TITLE: Final = "BÁO CÁO THỐNG KÊ GIÁO DỤC – SỐ LIỆU MÔ PHỎNG"
REFERENCES: Final = datetime(2026, 7, 20, tzinfo=UTC)
ROUND_NAMES: Final = {"dau_nam": "Kỳ đầu năm học", "giua_nam": "Kỳ giữa năm học", "cuoi_nam": "Kỳ cuối năm học"}
LEVEL_NAMES: Final = {"mam_non": "Mầm non", "tieu_hoc": "Tiểu học", "thcs": "THCS", "thpt": "THPT"}
KIND_NAMES: Final = {"ordinary": "Thường", "boarding": "Nội trú", "specialised": "Chuyên"}
NUMBERS: Final = {
    "Số nhóm trẻ": "groups", "Số lớp": "classes", "Lớp 2 buổi": "two_sessions", "Lớp vượt sĩ số": "overfull_classes",
    "Học sinh": "pupils", "HS nữ": "girls", "HS dân tộc": "minority", "HS khuyết tật": "disabled",
    "HS đầu năm": "start_pupils", "Tuyển mới": "entrants", "Hoàn thành cấp": "completed",
    "Bỏ học trong năm": "dropouts", "Bỏ học trong hè": "dropouts_summer", "Cán bộ quản lý": "managers",
    "GV biên chế": "teachers_tenured", "GV hợp đồng": "teachers_contract", "GV đạt chuẩn": "teachers_qualified",
    "GV trên chuẩn": "teachers_above", "Phòng học": "rooms", "Phòng kiên cố": "rooms_solid",
    "Phòng tạm": "rooms_temporary",
}  # fmt: skip
GROUPS: Final = {
    **dict.fromkeys(("Số nhóm trẻ", "Số lớp", "Lớp 2 buổi", "Lớp vượt sĩ số"), "Lớp"),
    **dict.fromkeys(("Học sinh", "HS nữ", "HS dân tộc", "HS khuyết tật", "HS đầu năm", "Tuyển mới", "Hoàn thành cấp",
                     "Bỏ học trong năm", "Bỏ học trong hè"), "Học sinh, trẻ"),
    **dict.fromkeys(("Cán bộ quản lý", "GV biên chế", "GV hợp đồng", "GV đạt chuẩn", "GV trên chuẩn"), "Đội ngũ"),
    **dict.fromkeys(("Phòng học", "Phòng kiên cố", "Phòng tạm"), "Cơ sở vật chất"),
}  # fmt: skip
MISTAKEN: Final = (4, 9)
"""Rows of a workbook with a typing mistake, sent again on the day after."""


def told(frame: pl.DataFrame, at: datetime) -> pl.DataFrame:
    """Return schools of a round as a file tells of them, all text."""
    words = {"level": LEVEL_NAMES, "kind": KIND_NAMES, "round": ROUND_NAMES,
             "ownership": {"public": "Công lập", "private": "Tư thục"}}  # fmt: skip
    return frame.select(
        pl.col("school").alias("Mã trường"), pl.col("name").alias("Tên trường"), pl.col("place").alias("Mã xã"),
        pl.col("commune").alias("Xã/phường"),
        *(pl.col(c).replace(words[c]).alias(n) for c, n in (
            ("level", "Cấp học"), ("ownership", "Loại hình"), ("kind", "Loại trường"))),
        pl.format("Vùng {}", "region").alias("Vùng"), pl.col("school_year").alias("Năm học"),
        pl.col("round").replace(words["round"]).alias("Kỳ báo cáo"),
        *(pl.col(c).cast(pl.String).fill_null("").alias(n) for n, c in NUMBERS.items()),
        pl.col("standard").replace_strict({0: "Chưa đạt", 1: "Mức 1", 2: "Mức 2"}).alias("Chuẩn quốc gia"),
        pl.lit(f"{at:%d/%m/%Y %H:%M}").alias("Cập nhật lúc"),
    )  # fmt: skip


def _with_total(rows: pl.DataFrame) -> pl.DataFrame:
    """Return rows with the total under them, as the sector writes it."""
    sums = rows.select(
        pl.col(c).cast(pl.Int64, strict=False).sum().cast(pl.String) if c in NUMBERS else pl.lit("").alias(c)
        for c in rows.columns
    )
    return pl.concat([rows, sums.with_columns(pl.lit("Tổng cộng").alias("Tên trường"))])


def _book(rows: pl.DataFrame, due: datetime) -> bytes:
    return workbook(_with_total(rows), due, sheets=(SHEET,), title=TITLE, groups=GROUPS)


def _spoilt(rows: pl.DataFrame) -> pl.DataFrame:
    """Return rows with two typing mistakes: a commune that is none, a word for a number."""
    at = pl.int_range(pl.len())
    return rows.with_columns(
        pl.when(at == MISTAKEN[0]).then(pl.lit("Xã Không Rõ")).otherwise("Mã xã").alias("Mã xã"),
        pl.when(at == MISTAKEN[1]).then(pl.lit("mười lớp")).otherwise("Số lớp").alias("Số lớp"),
    )


def _round_files(plan: Plan, year: int, of: str) -> Iterator[File]:
    """Yield the workbooks of a round, one a level, with the mishaps that such deliveries have."""
    frame = school_round(plan.seed, plan.profile, year, of)
    at = datetime.combine(due_of(year, of), time(8), LOCAL)
    for number, (level, name) in enumerate(LEVEL_NAMES.items()):
        rows = told(frame.filter(pl.col("level") == level), at)
        due, file = at + timedelta(minutes=5 * number), f"TK_{of.upper()}_{year}-{year + 1}_{level.upper()}"
        if level == "thcs" and of == "giua_nam":
            yield File(SOURCE, f"{file}.xlsx", _book(rows.rename({"Kỳ báo cáo": "Kỳ thống kê"}), due), due)
            due += timedelta(hours=1)
        if level == "mam_non" and of == "dau_nam" and rows.height > MISTAKEN[1]:
            yield File(SOURCE, f"{file}.xlsx", _book(_spoilt(rows), due), due)
            due, file, rows = due + timedelta(hours=26), f"{file}_sua", rows[list(MISTAKEN)]
        content = _book(rows, due)
        yield File(SOURCE, f"{file}.xlsx", content, due)
        if name == "THPT":
            yield File(SOURCE, f"{file} (1).xlsx", content, due + timedelta(minutes=40))


def _mended_files(plan: Plan, monday: date) -> Iterator[File]:
    """Yield the workbook of a week's mended lists; one in ten comes a day late."""
    year, of = rounds_until(monday)[-1]
    since = due_of(year, of)
    first = since + timedelta(days=7 - since.weekday())
    weeks = [first + timedelta(days=7 * n) for n in range((monday - first).days // 7 + 1)]
    if not weeks:
        return
    rows = mended(plan.seed, plan.profile, year, of, weeks)
    at = datetime.combine(monday - timedelta(days=3), time(16, 30), LOCAL)
    late = plan.chance("mended_file", monday).random() < 0.1
    due = datetime.combine(monday, time(9), LOCAL) + timedelta(hours=26 if late else 0)
    yield File(SOURCE, f"DINHCHINH_{monday:%Y%m%d}.xlsx", _book(told(rows, at), due), due)


def _archive(plan: Plan, day: date, rounds: Iterable[tuple[int, str]]) -> Iterator[File]:
    """Yield lists of earlier rounds as one CSV, each row as it was told at its own time."""
    parts = [
        told(school_round(plan.seed, plan.profile, year, of), datetime.combine(due_of(year, of), time(8)))
        for year, of in rounds
    ]
    if parts:
        due = datetime.combine(day, time(6), LOCAL)
        content = pl.concat(parts).write_csv(include_bom=True).encode()
        yield File(SOURCE, f"NIENGIAM_{day:%Y%m%d}.csv", content, due)


def _files_of(plan: Plan, day: date) -> Iterator[File]:
    """Yield what falls due because of a day, some of it only a day later."""
    known = rounds_until(day)
    if plan.profile == "small":
        yield from _archive(plan, day, known[-7:])
    elif (day.month, day.day) == (12, 1):
        yield from _archive(plan, day, [r for r in known if day.year - r[0] <= 3])
    for year, of in known[-1:]:
        if due_of(year, of) == day:
            yield from _round_files(plan, year, of)
    if day.weekday() == 0 and known:
        yield from _mended_files(plan, day)


def deliveries(plan: Plan) -> Iterator[File]:
    """Yield the files due in the plan's window, by due moment."""
    yield from by_day(plan, plan.days[0] - timedelta(days=2), lambda day: _files_of(plan, day))


def references() -> Iterator[File]:
    """Yield the real files: exam results, the score distribution, figures printed by the press."""
    yield from real_files(
        REFERENCES,
        ("exam_results", "education/province_subject_2017_2026.csv"),
        ("exam_scores", "education/score_distribution_2026_thanh_hoa.csv"),
        ("education_published", "education/published.csv"),
    )
