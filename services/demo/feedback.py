"""Plays the systems that take citizens' reports: a 1022 workbook each day, Open311 answers each hour.

Reports are made by month of sending with their whole life (`feedback_lives`); a file tells of those that
something happened to, as they stood at its moment. Months that closed over 20 days before the end come as one
CSV and pages of 1.000 requests, days over two days old as one Open311 answer; the reports are the same.
"""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

import polars as pl

from config.registry import load_registry
from services.demo.feedback_lives import TOPICS, month_of_reports, text_of
from services.demo.months import by_month, days_of, last_months, local_seconds, next_month
from services.demo.plan import File, Plan, real_files
from services.demo.workbooks import workbook
from services.methods.working_days import LOCAL

CUT: Final = time(18)
HOURLY_FOR: Final = timedelta(days=2)
PAGE: Final = 1_000
MONTHS_OF_LIFE: Final = 4
CONFIRM, CLOSE = 4 * 3600, 3 * 86_400
REFERENCES: Final = datetime(2026, 10, 11, tzinfo=UTC)
TITLE: Final = "DANH SÁCH PHẢN ÁNH, KIẾN NGHỊ – SỐ LIỆU MÔ PHỎNG"
MOMENTS: Final = ("sent", "accepted", "forwarded", "started", "asked", "answered", "done", "site", "reopened",
                  "done_again")
NAMES: Final = {
    "rac_thai": ("Rác thải, vệ sinh", "RAC"), "chieu_sang": ("Chiếu sáng", "DEN"),
    "duong_sa": ("Đường sá, vỉa hè", "DUONG"), "ngap_ung": ("Ngập úng", "NGAP"), "xay_dung": ("Xây dựng", "XD"),
    "moi_truong": ("Môi trường", "MT"), "dat_dai": ("Đất đai", "DAT"),
    "an_toan_thuc_pham": ("An toàn thực phẩm", "ATTP"), "nhung_nhieu": ("Nhũng nhiễu, phiền hà", "NN"),
    "doanh_nghiep": ("Doanh nghiệp", "DNGHIEP"), "khac": ("Lĩnh vực khác", "KHAC"), "chay_no": ("Cháy, nổ", "CHAY"),
    "sap_do": ("Sập, đổ", "SAP"), "su_co_dien": ("Sự cố điện", "DIEN"), "ngo_doc": ("Ngộ độc", "NGODOC"),
}
REFUSED, DONE_TEXT = "Không thuộc thẩm quyền giải quyết của tỉnh", "Đã kiểm tra, xử lý tại hiện trường"


# What a system knows at a moment

def happened(plan: Plan, system: str, since: datetime, until: datetime) -> pl.DataFrame:
    """Return the reports of a system that something happened to in `(since, until]` (local), with their state then."""
    first, last = local_seconds(since), local_seconds(until)
    lives = []
    for month in last_months((until - timedelta(seconds=1)).date(), MONTHS_OF_LIFE):
        made = month_of_reports(plan.seed, plan.profile, month)
        made = made.filter(pl.col("system") == system, pl.col("sent") <= last)
        lives.append(_with_state(made, last).filter(pl.col("updated").is_between(first, last, closed="right"))
                     .with_columns(pl.lit(month).alias("month")))
    return pl.concat(lives)


def _with_state(lives: pl.DataFrame, at: int) -> pl.DataFrame:
    """Add how reports stand at a moment: `state`, when they last changed, when they were last done."""
    def by_now(name: str) -> pl.Expr:
        return (pl.col(name) > 0) & (pl.col(name) <= at)

    again, back = by_now("done_again"), by_now("reopened")
    done_at = pl.when(again).then("done_again").when(by_now("done")).then("done").otherwise(0)
    after = [pl.when((done_at > 0) & (done_at + wait <= at) & (again | ~back)).then(done_at + wait).otherwise(0)
             for wait in (CONFIRM, CLOSE)]
    told = [pl.when(pl.col(m) <= at).then(pl.col(m)).otherwise(0) for m in MOMENTS]
    ended = pl.when(pl.col("is_refused")).then(pl.lit("Từ chối")).when(done_at + CLOSE <= at).then(pl.lit("Đóng")).when(
        done_at + CONFIRM <= at).then(pl.lit("Chờ xác nhận")).otherwise(pl.lit("Đã xử lý"))
    refused = pl.col("is_refused") & by_now("forwarded")
    state = (
        pl.when(refused).then(pl.lit("Từ chối")).when(back & ~again).then(pl.lit("Mở lại"))
        .when(done_at > 0).then(ended)
        .when(by_now("asked") & ~by_now("answered")).then(pl.lit("Chờ bổ sung")).when(by_now("started"))
        .then(pl.lit("Đang xử lý")).when(by_now("forwarded")).then(pl.lit("Chuyển xử lý"))
        .when(by_now("accepted")).then(pl.lit("Tiếp nhận")).otherwise(pl.lit("Mới"))
    )  # fmt: skip
    updated = pl.when(refused).then("forwarded").otherwise(pl.max_horizontal(*told, *after))
    return lives.with_columns(
        state.alias("state"), updated.alias("updated"), pl.when(refused).then(0).otherwise(done_at).alias("done_at"))


def phone_of(number: int) -> str:
    """Return the simulated telephone number of a report's sender: 0900 000 xxx, some often; a third give none."""
    return "" if number % 3 == 0 else f"0900 000 {number * number % 997:03d}"


# Files of the 1022 system

def _moment(name: str, shown: pl.Expr | None = None) -> pl.Expr:
    text = pl.from_epoch(pl.col(name), "s").dt.strftime("%d/%m/%Y %H:%M:%S")
    return pl.when((pl.col(name) > 0) if shown is None else shown & (pl.col(name) > 0)).then(text).otherwise(pl.lit(""))


def list_rows(plan: Plan, lives: pl.DataFrame, at: datetime) -> pl.DataFrame:
    """Return reports as the 1022 system lists them, all text."""
    last = local_seconds(at)
    words, address = text_of(plan.seed, lives)
    topics = pl.Series([NAMES[TOPICS[n][0]][0] for n in lives["topic_no"]], dtype=pl.String)
    agencies = {a.id: a.name.vi for a in load_registry().agencies.values()}
    done = pl.col("done_at") > 0
    refused = pl.col("state") == "Từ chối"
    number = pl.format("1022-{}-{}", pl.col("month").dt.strftime("%y%m"), pl.col("row").cast(pl.String).str.zfill(5))

    def by_now(name: str) -> pl.Expr:
        return ~refused & (pl.col(name) <= last)

    forwarded = pl.col("forwarded") <= last
    bare = done & pl.col("is_bare")
    back = by_now("reopened") & (pl.col("reopened") > 0)
    columns = {
        "Mã phản ánh": number, "Kênh": pl.col("channel"), "Nội dung": pl.lit(words), "Lĩnh vực": pl.lit(topics),
        "Vĩ độ": pl.col("lat").round(6), "Kinh độ": pl.col("lon").round(6), "Địa chỉ": pl.lit(address),
        "Mã xã": pl.col("place"), "Ảnh": pl.format("anh_{}.jpg", "row"), "Thời điểm gửi": _moment("sent"),
        "Thời điểm tiếp nhận": _moment("accepted", pl.col("accepted") <= last),
        "Hạn xử lý": _moment("due"), "Đơn vị chủ trì": pl.when(forwarded & ~refused).then(
            pl.col("agency").replace_strict(agencies)).otherwise(pl.lit("")),
        "Đơn vị phối hợp": pl.lit(""), "Trạng thái": pl.col("state"),
        "Kết quả": pl.when(refused).then(pl.lit(REFUSED)).when(done).then(pl.lit(DONE_TEXT)).otherwise(pl.lit("")),
        "Bằng chứng": pl.when(done & ~bare).then(pl.format("sau_xu_ly_{}.jpg", "row")).otherwise(pl.lit("")),
        "Đánh giá": pl.when(pl.col("state").is_in(["Đóng"]) & (pl.col("rating") > 0)).then("rating"),
        "Số lần mở lại": pl.when(back).then(1).otherwise(0), "Mở lại lúc": _moment("reopened", by_now("reopened")),
        "Trùng với": pl.lit(""), "Yêu cầu bổ sung lúc": _moment("asked", by_now("asked")),
        "Bổ sung lúc": _moment("answered", by_now("answered")), "Có mặt lúc": _moment("site", by_now("site")),
        "Xử lý xong lúc": _moment("done_at"), "Cập nhật lúc": _moment("updated"),
        "Người gửi": pl.format("Công dân (mô phỏng) {}", "row"),
        "Điện thoại": pl.lit(pl.Series([phone_of(n) for n in lives["row"]], dtype=pl.String)), "Email": pl.lit(""),
    }
    return lives.select(c.cast(pl.String).fill_null("").alias(n) for n, c in columns.items())


def _spoilt(rows: pl.DataFrame) -> pl.DataFrame:
    """Return rows with two mistakes: a position with its degrees swapped, a state that is none."""
    at = pl.int_range(pl.len())
    return rows.with_columns(
        pl.when(at == 2).then("Kinh độ").otherwise("Vĩ độ").alias("Vĩ độ"),
        pl.when(at == 2).then("Vĩ độ").otherwise("Kinh độ").alias("Kinh độ"),
        pl.when(at == 4).then(pl.lit("Xong")).otherwise("Trạng thái").alias("Trạng thái"),
    )


def _book(rows: pl.DataFrame, made: datetime, sheet: str = "PhanAnh") -> bytes:
    return workbook(rows, made, sheets=(sheet,), title=TITLE)


def _list_of_day(plan: Plan, day: date) -> Iterator[File]:
    until = datetime.combine(day, CUT)
    rows = list_rows(plan, happened(plan, "1022", until - timedelta(days=1), until), until)
    luck = plan.chance("feedback_file", day).random()
    name = f"PA1022_{day:%Y%m%d}"
    due = until.replace(tzinfo=LOCAL) + timedelta(hours=15 if luck < 0.04 else 0, minutes=12)
    if 0.04 <= luck < 0.06:
        renamed = rows.rename({"Trạng thái": "Tình trạng"})
        yield File("feedback_lists", f"{name}.xlsx", _book(renamed, due), due)
        due += timedelta(hours=1)
    elif 0.06 <= luck < 0.16 and rows.height > 20:
        yield File("feedback_lists", f"{name}.xlsx", _book(_spoilt(rows), due), due)
        name, due, rows = f"{name}_sua", due + timedelta(hours=14), rows[[2, 4]]
    content = _book(rows, due)
    yield File("feedback_lists", f"{name}.xlsx", content, due)
    if 0.16 <= luck < 0.19:
        yield File("feedback_lists", f"{name} (1).xlsx", content, due + timedelta(minutes=30))


# Answers of the Open311 server

def requests(plan: Plan, lives: pl.DataFrame) -> list[dict[str, object]]:
    """Return reports as GeoReport v2 requests, with the oddities such servers have."""
    words, address = text_of(plan.seed, lives)
    agencies = {a.id: a.name.vi for a in load_registry().agencies.values()}
    frame = lives.select(
        "month", "row", "topic_no", "state", "sent", "due", "lat", "lon", "agency", "is_bare", "words",
        pl.when(pl.col("done_at") > 0).then("done_at").otherwise("updated").alias("updated"),
        (pl.col("forwarded") <= pl.col("updated")).alias("is_forwarded"), pl.lit(words).alias("text"),
        pl.lit(address).alias("address"))
    return [_request(row, agencies) for row in frame.iter_rows(named=True)]


def _stamp(seconds: int, blank: bool) -> str:
    text = (datetime(1970, 1, 1) + timedelta(seconds=seconds)).isoformat(" " if blank else "T")
    return f"{text}+07:00"


def _request(row: dict[str, object], agencies: dict[str, str]) -> dict[str, object]:
    number, topic = int(str(row["row"])), TOPICS[int(str(row["topic_no"]))][0]
    closed, refused = row["state"] in ("Đã xử lý", "Chờ xác nhận", "Đóng"), row["state"] == "Từ chối"
    repeated = closed and number % 37 == 0
    notes = "Duplicate request." if repeated else REFUSED if refused else "" if row["is_bare"] else DONE_TEXT
    blank = number % 11 == 0
    sent, updated, due = (int(str(row[k])) for k in ("sent", "updated", "due"))
    return {
        "service_request_id": f"PH-{row['month']:%y%m}-{number:05d}",
        "status": "closed" if closed or refused else "open",
        "status_notes": notes if closed or refused else "", "service_name": NAMES[topic][0],
        "service_code": NAMES[topic][1], "description": row["text"],
        "agency_responsible": agencies[str(row["agency"])] if row["is_forwarded"] else "", "service_notice": "",
        "requested_datetime": _stamp(sent, blank), "updated_datetime": _stamp(updated, blank),
        "expected_datetime": _stamp(due, False), "address": row["address"], "address_id": "", "zipcode": "",
        "lat": f"{row['lat']:.6f}" if number % 3 else round(float(str(row["lat"])), 6),
        "long": f"{row['lon']:.6f}" if number % 3 else round(float(str(row["lon"])), 6),
        "media_url": f"anh_{number}.jpg" if number % 2 else "", "first_name": "Công dân",
        "last_name": f"(mô phỏng) {number}", "phone": phone_of(number).replace(" ", ""),
        "email": "" if number % 4 else f"cong.dan{number % 211}@mo-phong.invalid",
    }


def _answer(found: list[dict[str, object]]) -> bytes:
    return json.dumps(found, ensure_ascii=False).encode()


def _hours(plan: Plan, day: date, since: datetime, until: datetime) -> Iterator[File]:
    """Yield the answers of one day asked each hour, now and then late, cut off or given twice."""
    for hour in range(24):
        start = datetime.combine(day, time(hour))
        end = start + timedelta(hours=1)
        luck = plan.chance("feedback_hour", start).random()
        due = end.replace(tzinfo=LOCAL) + timedelta(minutes=3 if luck > 0.01 else 183)
        if not since < due <= until + timedelta(hours=1):
            continue
        found = requests(plan, happened(plan, "phan_hoi", start, end))
        if not found:
            continue
        content = _answer(found)
        name = f"requests_{start:%Y%m%d_%H}"
        if 0.01 <= luck < 0.016:
            yield File("feedback_open311", f"{name}.json", content[: len(content) * 2 // 3 + 1], due)
            due += timedelta(minutes=20)
        yield File("feedback_open311", f"{name}.json", content, due)
        if 0.016 <= luck < 0.022:
            yield File("feedback_open311", f"{name}_1.json", content, due + timedelta(minutes=5))


def _requests_of_day(plan: Plan, day: date) -> Iterator[File]:
    if plan.days[1] - day <= HOURLY_FOR:
        yield from _hours(plan, day, plan.since, plan.until)
        return
    start = datetime.combine(day, time())
    end = start + timedelta(days=1)
    yield from _pages(plan, f"requests_{day:%Y%m%d}", start, end, end.replace(tzinfo=LOCAL) + timedelta(minutes=20))


def _pages(plan: Plan, name: str, since: datetime, until: datetime, due: datetime) -> Iterator[File]:
    found = requests(plan, happened(plan, "phan_hoi", since, until))
    for page, start in enumerate(range(0, len(found), PAGE), 1):
        shown = f"{name}_{page}" if len(found) > PAGE else name
        content = _answer(found[start : start + PAGE])
        yield File("feedback_open311", f"{shown}.json", content, due + timedelta(seconds=page))


# The window

def _month(plan: Plan, month: date) -> Iterator[File]:
    """Yield a closed month as both systems export it together."""
    ends = [datetime.combine(d, time()) for d in (month, next_month(month))]
    since, until = (e - timedelta(hours=24 - CUT.hour) for e in ends)
    due = datetime.combine(next_month(month), time(6), LOCAL)
    rows = list_rows(plan, happened(plan, "1022", since, until), until)
    yield File("feedback_lists", f"PA1022_{month:%Y%m}.csv", rows.write_csv(include_bom=True).encode(), due)
    yield from _pages(plan, f"requests_{month:%Y%m}", ends[0], ends[1], due + timedelta(minutes=30))


def _days(plan: Plan, month: date) -> Iterator[File]:
    for day in days_of(plan, month, back=1):
        yield from _list_of_day(plan, day)
        yield from _requests_of_day(plan, day)


def deliveries(plan: Plan) -> Iterator[File]:
    """Yield the files due in the plan's window, by due moment."""
    first = plan.days[0] - timedelta(days=1)
    yield from by_month(plan, first, lambda month, whole: (_month if whole else _days)(plan, month))


def references() -> Iterator[File]:
    """Yield the published figures that come with the product."""
    yield from real_files(REFERENCES, ("feedback_published", "feedback/published.csv"))
