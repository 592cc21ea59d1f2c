"""Phản ánh của người dân: two systems' files, clocks, rates that hide nothing, duplicates that people merge."""

import io
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from zipfile import ZipFile, is_zipfile

import polars as pl
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import settings as trying
from hypothesis import strategies as st
from sqlalchemy import select

from config.feedback import load_feedback
from config.registry import load_registry
from config.settings import settings
from data_access.audit import entries
from data_access.database import operations_engine, reading
from data_access.facts import fact_table
from data_access.feedback_merge import decisions, feedback_decision
from data_access.frames import empty_like
from data_access.ingestion.contacts import masked
from data_access.ingestion.pipeline import Delivery, Receipt, ingest
from services import feedback, worker
from services.access import CITIZEN, SYSTEM, Viewer
from services.demo.feedback import deliveries, references
from services.demo.plan import File, Plan
from services.feedback import Key
from services.indicators import NotEntitled, figure, figures
from services.methods.catalogue import METHODS
from services.methods.feedback import feedback_clock
from services.question import QuestionError
from services.rows import rows as rows_of
from tests.core.test_personal_fields import everything

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
HEADERS = [*load_registry().sources["feedback_lists"].layout.columns, "Người gửi", "Điện thoại"]
PHONE, SENDER = "0912 345 678", "Nguyễn Thị Kín"
OPERATOR = Viewer("vanhanh", "operator", None, None)
ANALYST = Viewer("phantich", "analyst", None, None)
COMMUNE = Viewer("xahacthanh", "commune", frozenset({"14797"}), None, "ubnd_14797")


def line(number: str, **cells: str) -> dict[str, str]:
    """Return a line of the 1022 list; unnamed cells are those of an ordinary handled report in Hạc Thành."""
    plain = {
        "Mã phản ánh": number, "Kênh": "Zalo", "Nội dung": "Rác ùn ứ trước cổng chợ", "Lĩnh vực": "Rác thải, vệ sinh",
        "Vĩ độ": "19.8075", "Kinh độ": "105.7764", "Địa chỉ": "Đường mô phỏng 1", "Mã xã": "14797",
        "Thời điểm gửi": "16/11/2026 08:00", "Thời điểm tiếp nhận": "16/11/2026 08:30",
        "Đơn vị chủ trì": "UBND phường Hạc Thành", "Trạng thái": "Đóng", "Kết quả": "Đã dọn", "Bằng chứng": "sau.jpg",
        "Đánh giá": "5", "Số lần mở lại": "0", "Xử lý xong lúc": "17/11/2026 08:00",
        "Cập nhật lúc": "20/11/2026 08:00", "Người gửi": SENDER, "Điện thoại": PHONE,
    }  # fmt: skip
    names = {
        "topic": "Lĩnh vực", "lat": "Vĩ độ", "lon": "Kinh độ", "place": "Mã xã", "sent": "Thời điểm gửi",
        "accepted": "Thời điểm tiếp nhận", "due": "Hạn xử lý", "agency": "Đơn vị chủ trì", "state": "Trạng thái",
        "result": "Kết quả", "evidence": "Bằng chứng", "rating": "Đánh giá", "reopens": "Số lần mở lại",
        "reopened": "Mở lại lúc", "of": "Trùng với", "asked": "Yêu cầu bổ sung lúc", "answered": "Bổ sung lúc",
        "site": "Có mặt lúc", "done": "Xử lý xong lúc", "told": "Cập nhật lúc", "text": "Nội dung", "channel": "Kênh",
        "phone": "Điện thoại",
    }  # fmt: skip
    return plain | {names[k]: v for k, v in cells.items()}


OPEN = {"state": "Đang xử lý", "done": "", "rating": "", "evidence": "", "result": ""}


def book(*lines: dict[str, str], headers: list[str] = HEADERS) -> bytes:
    held = io.BytesIO()
    made = xlsxwriter.Workbook(held)
    sheet = made.add_worksheet("PhanAnh")
    sheet.write_row(0, 0, headers)
    for y, cells in enumerate(lines, 1):
        sheet.write_row(y, 0, [cells.get(h, "") for h in HEADERS])
    made.close()
    return held.getvalue()


def deliver(source: str, name: str, content: bytes, at: datetime = NOW) -> Receipt:
    (receipt,) = ingest(load_registry().sources[source], [Delivery(name, content)], METHODS, at)
    return receipt


def take(*lines: dict[str, str], name: str = "PA1022.xlsx", at: datetime = NOW) -> Receipt:
    return deliver("feedback_lists", name, book(*lines), at)


def stored(number: str) -> dict[str, Any]:
    table = fact_table("feedback")
    with reading() as connection:
        return dict(connection.execute(select(table).where(table.c.feedback == number)).one()._mapping)


def judged(**cells: str) -> dict[str, Any]:
    """Return what became of one report."""
    receipt = take(line("PA-1", **cells))
    assert receipt.status == "accepted", receipt.rejects
    return stored("PA-1")


def local(text: str) -> datetime:
    return (datetime.strptime(text, "%d/%m/%Y %H:%M") - timedelta(hours=7)).replace(tzinfo=UTC)


# Clocks

DUE: list[tuple[dict[str, str], str]] = [
        # 24/11/2026 is Ngày Văn hóa Việt Nam, a day off: the third working day is the 26th
        ({"sent": "20/11/2026 16:00", "topic": "Chiếu sáng"}, "26/11/2026 16:00"),
        ({"sent": "20/11/2026 16:00", "topic": "Lĩnh vực khác"}, "07/12/2026 16:00"),
        ({"sent": "16/11/2026 08:00", "topic": "Xây dựng"}, "23/11/2026 08:00"),
        ({"sent": "02/11/2026 08:00", "topic": "Đất đai"}, "16/11/2026 08:00"),
        ({"sent": "13/02/2026 10:00", "topic": "Đất đai"}, "02/03/2026 10:00"),  # Tết: the cap comes first
        ({"sent": "16/11/2026 23:10", "topic": "Sự cố điện"}, "17/11/2026 01:10"),
        ({"due": "17/11/2026 12:00"}, "17/11/2026 12:00"),
        ({"due": "30/12/2026 12:00"}, "03/12/2026 08:00"),
        ({"asked": "17/11/2026 08:00", "answered": "18/11/2026 20:00"}, "20/11/2026 20:00"),
        ({"asked": "17/11/2026 08:00", "answered": "21/11/2026 08:00"}, "22/11/2026 08:00"),
        ({"asked": "17/11/2026 08:00", "state": "Chờ bổ sung"}, "22/11/2026 08:00"),
        ({"asked": "20/11/2026 08:00", "answered": "21/11/2026 08:00"}, "19/11/2026 08:00"),
]  # fmt: skip


def test_when_a_report_is_due(sqlite_store: str) -> None:
    lines = [line(f"PA-{n}", **OPEN | {"accepted": cells.get("sent", "16/11/2026 08:30"), "told": ""} | cells)
             for n, (cells, _) in enumerate(DUE)]  # fmt: skip
    assert take(*lines).status == "accepted"
    found = {f"PA-{n}": stored(f"PA-{n}") for n in range(len(DUE))}
    assert {n: row["clock_due_at"] for n, row in found.items()} == {f"PA-{n}": local(d) for n, (_, d) in enumerate(DUE)}
    assert all(row["late_from"] == row["clock_due_at"] + timedelta(seconds=1) for row in found.values())


def test_beyond_the_announced_calendar_the_cap_alone_holds(sqlite_store: str) -> None:
    assert take(line("PA-1", **OPEN | {"sent": "31/12/2026 08:00", "accepted": "31/12/2026 09:00", "told": ""}),
                at=datetime(2027, 1, 2, tzinfo=UTC)).status == "accepted"  # fmt: skip
    assert stored("PA-1")["clock_due_at"] == local("17/01/2027 08:00")


def test_a_reopened_report_has_a_new_clock_and_counts_as_handled_no_more(sqlite_store: str) -> None:
    row = judged(state="Mở lại", rating="", reopens="1", reopened="18/11/2026 09:00", due="19/11/2026 08:00")
    assert (row["is_done"], row["closed_at"], row["clock_due_at"]) == (0, None, local("19/11/2026 08:00"))
    row = judged(state="Mở lại", rating="", reopens="1", reopened="20/11/2026 09:00", due="19/11/2026 08:00",
                 told="21/11/2026 08:00")  # fmt: skip
    assert row["clock_due_at"] == local("26/11/2026 09:00")


@pytest.mark.parametrize(
    ("cells", "on_time"),
    [({"done": "19/11/2026 08:00"}, 1), ({"done": "19/11/2026 08:01"}, 0), ({"done": "17/11/2026 01:00"}, 1)],
)
def test_on_time_to_the_minute(sqlite_store: str, cells: dict[str, str], on_time: int) -> None:
    row = judged(**cells)
    assert (row["on_time"], row["late"]) == (on_time, 1 - on_time)


def test_an_urgent_report_is_judged_by_who_was_on_site(sqlite_store: str) -> None:
    urgent = {"topic": "Sập, đổ", "accepted": "16/11/2026 08:14", "done": "17/11/2026 15:00"}
    quick = judged(**urgent, site="16/11/2026 09:55")
    assert (quick["urgent"], quick["on_time"], quick["urgent_in_time"]) == (1, 1, 1)
    slow = judged(**urgent | {"accepted": "16/11/2026 08:16", "told": "21/11/2026 08:00"}, site="16/11/2026 10:05")
    assert (slow["on_time"], slow["urgent_in_time"]) == (0, 0)


TAKEN_IN = [
        ("16/11/2026 08:00", "16/11/2026 10:00", 1), ("16/11/2026 08:00", "16/11/2026 10:01", 0),
        ("16/11/2026 11:00", "16/11/2026 15:00", 1), ("16/11/2026 11:00", "16/11/2026 15:01", 0),
        ("14/11/2026 20:00", "16/11/2026 09:30", 1), ("14/11/2026 20:00", "16/11/2026 09:31", 0),
]  # fmt: skip


def test_taken_in_within_two_office_hours(sqlite_store: str) -> None:
    take(*(line(f"PA-{n}", sent=sent, accepted=accepted) for n, (sent, accepted, _) in enumerate(TAKEN_IN)))
    assert [stored(f"PA-{n}")["triaged_in_time"] for n in range(len(TAKEN_IN))] == [in_time for *_, in_time in TAKEN_IN]


def test_a_report_nobody_has_taken_in_counts_against_the_centre(store: str) -> None:
    take(line("PA-1"), line("PA-2", **OPEN | {"state": "Mới", "accepted": ""}))
    found = figure("fb_triage_pct", period="2026-11-16")
    assert (found.value, found.numerator, found.denominator) == (50, 1, 2)


# Rates

def _many(done_in_time: int, done_late: int, overdue: int, open_: int) -> list[dict[str, str]]:
    waiting = OPEN | {"sent": "23/11/2026 08:00", "accepted": "23/11/2026 08:30", "told": ""}
    late, past = {"done": "20/11/2026 08:00"}, OPEN | {"told": ""}
    kinds: list[tuple[dict[str, str], int]] = [({}, done_in_time), (late, done_late), (past, overdue), (waiting, open_)]
    return [line(f"PA-{k}-{n}", **cells) for k, (cells, count) in enumerate(kinds) for n in range(count)]


def test_what_lies_overdue_is_not_hidden_from_the_on_time_rate(store: str) -> None:
    take(*_many(870, 60, 30, 40))
    found = figure("fb_on_time_pct", period="2026-11")
    assert found.value == pytest.approx(90.625)
    assert (found.numerator, found.denominator) == (870, 960)
    counted = {n: figure(f"fb_{n}", period="2026-11").value for n in ("received", "done")}
    assert counted == {"received": 1_000, "done": 930}
    assert figure("fb_open", period="2026-11-23").value == 70


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 12), st.booleans()), min_size=1, max_size=40))
@trying(max_examples=60, deadline=None)
def test_the_on_time_rule_counted_one_by_one(made: list[tuple[int, int, bool]]) -> None:
    """Reports of 3 working days, sent 2 to 11/11/2026 at 08:00, ended so many days later or not; now 20/11."""
    at = local("20/11/2026 08:30")
    sent = [local(f"{2 + day:02}/11/2026 08:00") for day, _, _ in made]
    ended = [s + timedelta(days=days) if done else None for s, (_, days, done) in zip(sent, made, strict=True)]
    instant = pl.Datetime("us", "UTC")
    rows = pl.DataFrame({
        "system": "1022", "feedback": [f"P{n}" for n in range(len(made))], "lat": None, "lon": None,
        "topic": "rac_thai", "received_at": sent, "done_at": ended,
        "told_state": ["dong" if e else "dang_xu_ly" for e in ended],
    }, schema_overrides={"received_at": instant, "done_at": instant, "lat": pl.Float64, "lon": pl.Float64})  # fmt: skip
    found = feedback_clock(rows, empty_like(select(feedback_decision)))
    overdue = found.filter(pl.col("late_from") <= at, pl.col("late_until").is_null() | (pl.col("late_until") > at))
    in_time = late = waiting = 0
    for start, end in zip(sent, ended, strict=True):
        due, left = start, 3
        while left:
            due += timedelta(days=1)
            left -= (due + timedelta(hours=7)).weekday() < 5
        if end:
            in_time, late = in_time + (end <= due), late + (end > due)
            waiting += end > at > due
        else:
            waiting += due < at
    assert (found["on_time"].sum() or 0, found["late"].sum() or 0, overdue.height) == (in_time, late, waiting)


def test_satisfied_are_those_who_said_so(store: str) -> None:
    take(*(line(f"PA-{n}", rating=rating) for n, rating in enumerate(["5", "4", "3", "", "", ""])))
    found = figure("fb_satisfied_pct", period="2026-11")
    assert found.value == pytest.approx(200 / 3)
    assert (found.numerator, found.denominator) == (2, 3)
    assert figure("fb_rated", period="2026-11").value == 3


def test_reopened_without_evidence_and_by_whom(store: str) -> None:
    again = {"reopens": "1", "reopened": "18/11/2026 08:00"}
    take(line("PA-1"), line("PA-2", **again, done="19/11/2026 08:00"), line("PA-3", **again, state="Mở lại"),
         line("PA-4", evidence="", agency="Sở Xây dựng"), line("PA-5", state="Từ chối", rating=""))  # fmt: skip
    assert figure("fb_reopened_pct", period="2026-11").value == 50
    assert figure("fb_no_evidence_pct", period="2026-11").value == pytest.approx(100 / 3)
    by = figures("fb_no_evidence_pct", by="agency", period="2026-11").frame
    assert dict(by.select("key", "value").iter_rows()) == {"so_xd": 100.0, "ubnd_14797": 0.0}


def test_median_and_ninetieth_percentile_of_handling(store: str) -> None:
    take(*(line(f"PA-{n}", done=f"{17 + n // 2}/11/2026 {8 if n % 2 else 20:02}:00", due="") for n in range(9)))
    hours = sorted(stored(f"PA-{n}")["handling_hours"] for n in range(9))
    median, p90 = (figure(f"fb_{n}_hours", period="2026-11").value for n in ("median", "p90"))
    assert median == pytest.approx(hours[4], rel=0.06)
    assert p90 == pytest.approx(hours[8], rel=0.2)


# The 1022 list

def test_a_list_as_the_1022_system_sends_it(store: str) -> None:
    receipt = take(line("1022-2611-00001"), line("1022-2611-00002", **OPEN | {"lat": "", "lon": "", "place": ""}))
    assert (receipt.status, receipt.rows_kept) == ("accepted", 2)
    row = stored("1022-2611-00001")
    expected = {"system": "1022", "channel": "zalo", "topic": "rac_thai", "state": "dong", "place": "14797",
                "agency": "ubnd_14797", "counted": 1, "has_evidence": 1}  # fmt: skip
    assert {k: row[k] for k in expected} == expected
    assert row["received_at"] == local("16/11/2026 08:00")
    assert stored("1022-2611-00002")["place"] == ""


def test_whoever_sent_it_is_kept_nowhere(sqlite_store: str) -> None:
    told = line("PA-2", text=f"Rác ùn ứ, gọi {PHONE} hoặc kin@example.vn", state="Xong")
    receipt = take(*(line(f"PA-1{n}") for n in range(9)), line("PA-1", text="Gọi 0987654321, căn cước 038012345678"),
                   told)  # fmt: skip
    assert (receipt.status, receipt.rows_rejected) == ("partly", 1)
    assert stored("PA-1")["content"] == "Gọi […], căn cước […]"
    kept = settings().raw_dir / receipt.sha256[:2] / receipt.sha256
    assert is_zipfile(kept)
    with ZipFile(kept) as archive:
        text = b"".join(archive.read(n) for n in archive.namelist()).decode()
    assert "PA-10" in text
    everything = text.encode() + b"".join(p.read_bytes() for p in settings().data_dir.rglob("*") if p.is_file())
    for told_of_them in (SENDER, PHONE, "0987654321", "038012345678", "kin@example.vn"):
        assert told_of_them.encode() not in everything


MISPLACED = {
    "number": "Mã phản ánh", "channel": "Kênh", "lat": "Vĩ độ", "place": "Mã xã", "sent": "Thời điểm gửi",
    "due": "Hạn xử lý", "agency": "Đơn vị chủ trì", "state": "Trạng thái", "rating": "Đánh giá", "of": "Trùng với",
    "evidence": "Bằng chứng", "image": "Ảnh", "partner": "Đơn vị phối hợp", "address": "Địa chỉ",
}  # fmt: skip


def test_a_telephone_number_typed_in_any_column_is_kept_nowhere(sqlite_store: str) -> None:
    told = [line(f"PA-X{n}") | {column: PHONE if n % 2 else PHONE.replace(" ", "")}
            for n, column in enumerate(MISPLACED.values())]  # fmt: skip
    receipt = take(*told, *(line(f"PA-{n}") for n in range(99)))
    assert (receipt.status, receipt.rows_kept + receipt.rows_rejected) == ("partly", 99 + len(told))
    serve(*(request(f"A{n}") | {key: PHONE} for n, key in enumerate(
        ("service_request_id", "status", "lat", "requested_datetime", "zipcode", "address_id", "media_url"))),
        *(request(f"B{n}") for n in range(40)))  # fmt: skip
    kept = everything(settings().data_dir) + str(receipt).encode()
    for trace in (PHONE, PHONE.replace(" ", ""), PHONE.replace(" ", "")[1:]):
        assert trace.encode() not in kept


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("Tôi là Lê Văn Kín, ở thôn 3", "Tôi là […], ở thôn 3"), ("toi ten la Le Van Kin", "toi ten la […]"),
        ("Nhà bà Tư lấn vỉa hè; ông TRẦN KÍN đổ rác", "Nhà bà […] lấn vỉa hè; ông […] đổ rác"),
        ("Họ và tên: Kín. Đèn hỏng", "Họ và tên: […]. Đèn hỏng"), ("Cán bộ Lê Thị Kín hẹn mãi", "Cán bộ […] hẹn mãi"),
        ("Đèn hỏng.\nHoàng Kín", "Đèn hỏng.\n[…]"), ("Xin cảm ơn! Trần Thu Kín", "Xin cảm ơn! […]"),
        ("Đường Bà Triệu, số 5 Nguyễn Văn Trỗi, trường Võ Thị Sáu ngập", None), ("Bà con tổ 4, anh em công nhân", None),
        ("Tôi là Giám đốc công ty; ông Chủ tịch xã chưa trả lời", None), ("UBND phường Hạc Thành, Sở Xây dựng", None),
        ("Hoa hỏi", None),  # no sure sign: the limit that the page states
    ],
)  # fmt: skip
def test_names_are_masked_where_a_sure_sign_tells_them(told: str, shown: str | None) -> None:
    assert masked(told) == (told if shown is None else shown)


def test_positions_moments_and_numbers_of_reports_are_never_taken_for_a_telephone(sqlite_store: str) -> None:
    row = judged(lat="19.80750912345678", lon="105.09123456789", place="", of="")
    assert (row["lat"], row["lon"]) == (19.80750912345678, 105.09123456789)
    assert serve(request("912345678901"), request("038123456")).status == "accepted"
    assert stored("912345678901")["feedback"] == "912345678901"


def test_a_sender_is_one_in_both_systems_and_told_only_to_those_entitled(store: str) -> None:
    others = line("PA-3", phone="0912 000 111"), line("PA-4", phone=""), line("PA-5", phone="-")
    take(line("PA-1"), line("PA-2"), *others)
    serve(request("A1", phone="+84912345678", email="kin@example.vn"), request("A2", email="kin@example.vn"),
          request("A3", phone=912345678), request("A4"))  # fmt: skip
    told = {n: stored(n)["sender"] for n in ("PA-1", "PA-2", "PA-3", "PA-4", "PA-5", "A1", "A2", "A3", "A4")}
    assert re.fullmatch("[0-9a-f]{16}", told["PA-1"])
    assert {n for n, sender in told.items() if sender == told["PA-1"]} == {"PA-1", "PA-2", "A1", "A3"}
    assert {n for n, sender in told.items() if sender == ""} == {"PA-4", "PA-5", "A4"}
    assert told["PA-1"] != told["PA-3"] != told["A2"] != told["PA-1"]
    assert "sender" in rows_of("feedback", OPERATOR, at=NOW).rows.columns
    assert "sender" not in rows_of("feedback", ANALYST, at=NOW).rows.columns


def test_a_decision_leaves_the_sender_known(sqlite_store: str) -> None:
    two_alike()
    before = stored("PA-A")["sender"], stored("PA-B")["sender"]
    assert feedback.merge(OPERATOR, B, A)
    assert (stored("PA-A")["sender"], stored("PA-B")["sender"]) == before != ("", "")


WRONG: list[tuple[dict[str, str], str, str]] = [
        ({"lat": "105.7", "lon": "19.8"}, "Vĩ độ", "bị đổi chỗ"),
        ({"lat": "19.8", "lon": ""}, "Vĩ độ", "nằm ngoài tỉnh"),
        ({"state": "Xong"}, "Trạng thái", "không thuộc các giá trị cho phép"),
        ({"done": ""}, "Xử lý xong lúc", "phải có Xử lý xong lúc"),
        ({"done": "15/11/2026 08:00"}, "Thời điểm gửi", "trước Thời điểm gửi"),
        ({"accepted": ""}, "Thời điểm tiếp nhận", "phải có Thời điểm tiếp nhận"),
        (OPEN | {"state": "Chờ bổ sung"}, "Yêu cầu bổ sung lúc", "phải có Yêu cầu bổ sung lúc"),
        ({"state": "Mở lại", "rating": ""}, "Mở lại lúc", "Mở lại phải có"),
        ({"state": "Mở lại", "reopens": "1", "reopened": "03/12/2026 08:00"}, "Mở lại lúc", "không quá 15 ngày"),
        ({"state": "Từ chối", "result": "", "rating": ""}, "Kết quả", "nêu lý do"),
        ({"state": "Trùng lặp", "rating": ""}, "Trùng với", "phải có mã"),
        (OPEN | {"rating": "4"}, "Đánh giá", "Chưa xử lý xong"),
        ({"rating": "6"}, "Đánh giá", "6"),
        ({"place": "Xã Không Có"}, "Mã xã", "Xã Không Có"),
        ({"sent": "2026-23-11"}, "Thời điểm gửi", "2026-23-11"),
]  # fmt: skip


def test_lines_that_cannot_be_are_refused_each_with_its_reason(sqlite_store: str) -> None:
    good, bad = [line(f"PA-{n}") for n in range(99)], [line(f"PA-X{n}", **cells) for n, (cells, *_) in enumerate(WRONG)]
    receipt = take(*bad, *good, at=datetime(2026, 12, 8, tzinfo=UTC))
    assert (receipt.status, receipt.rows_kept, receipt.rows_rejected) == ("partly", 99, len(WRONG))
    found = {r["row"]: (r["column"], r["message"]) for r in receipt.rejects}
    for row, (_, column, said) in enumerate(WRONG, start=2):
        assert found[row][0] == column
        assert said in found[row][1]


def test_a_list_with_a_renamed_column_is_refused_whole(sqlite_store: str) -> None:
    headers = ["Tình trạng" if h == "Trạng thái" else h for h in HEADERS]
    receipt = deliver("feedback_lists", "PA1022.xlsx", book(line("PA-1"), headers=headers))
    assert receipt.status == "refused"
    assert "Trạng thái" in (receipt.message or "")


def test_a_late_older_list_changes_nothing(store: str) -> None:
    take(line("PA-1"))
    take(line("PA-1", **OPEN | {"told": "16/11/2026 12:00"}), name="muon.xlsx", at=NOW + timedelta(hours=1))
    assert stored("PA-1")["state"] == "dong"


# Open311

def request(number: str = "A1", **values: Any) -> dict[str, Any]:
    """Return a GeoReport v2 request; unnamed members are those of an ordinary open one."""
    return {
        "service_request_id": number, "status": "open", "status_notes": "", "service_name": "Rác thải",
        "service_code": "RAC", "description": "Rác ùn ứ trước cổng chợ", "agency_responsible": "", "service_notice": "",
        "requested_datetime": "2026-11-16T08:00:00+07:00", "updated_datetime": "2026-11-16T09:00:00+07:00",
        "expected_datetime": "", "address": "Đường mô phỏng 1", "address_id": "", "zipcode": "", "lat": "19.8075",
        "long": "105.7764", "media_url": "",
    } | values  # fmt: skip


def serve(*requests: dict[str, Any], name: str = "requests.json") -> Receipt:
    return deliver("feedback_open311", name, json.dumps(requests).encode())


def test_the_request_of_the_fact_sheet(store: str) -> None:
    content = b"""[{"service_request_id":"A1","status":"closed","status_notes":"Duplicate request.",
      "requested_datetime":"2026-11-23T15:05:00+07:00","lat":"19.8075","long":"105.7764"}]"""
    assert deliver("feedback_open311", "requests.json", content).status == "accepted"
    row = stored("A1")
    assert (row["state"], row["counted"], row["lat"], row["lon"]) == ("trung_lap", 0, 19.8075, 105.7764)
    assert row["received_at"] == datetime(2026, 11, 23, 8, 5, tzinfo=UTC)
    assert figure("fb_received", period="2026-11").value == 0
    assert figure("fb_duplicates", period="2026-11").value == 1


@pytest.mark.parametrize(
    ("values", "state"),
    [
        ({}, "tiep_nhan"),
        ({"agency_responsible": "Sở Xây dựng"}, "chuyen_xu_ly"),
        ({"status": "closed", "status_notes": "Đã dọn sạch"}, "da_xu_ly"),
        ({"status": "closed", "status_notes": "Trùng với phản ánh A7"}, "trung_lap"),
        ({"status": "closed", "status_notes": "Không thuộc thẩm quyền"}, "tu_choi"),
        ({"status": "closed", "status_notes": None}, "da_xu_ly"),
    ],
)
def test_open_and_closed_become_our_states_never_dong(sqlite_store: str, values: dict[str, Any], state: str) -> None:
    assert serve(request(**values)).status == "accepted"
    assert stored("A1")["state"] == state


def test_oddities_of_such_servers(sqlite_store: str) -> None:
    receipt = serve(
        request("B1", requested_datetime="2010-04-14 06:37:38-08:00", updated_datetime=""),
        request("B2", requested_datetime="2026-11-16T01:00:00Z", lat=19.80751, long=105.77641, address=None),
        request("B3", requested_datetime="2026-11-16T08:00:00.250+07:00", lat="", long="", service_code="MOI"),
    )
    assert (receipt.status, receipt.rows_kept) == ("accepted", 3)
    assert stored("B1")["received_at"] == datetime(2010, 4, 14, 14, 37, 38, tzinfo=UTC)
    assert (stored("B2")["place"], stored("B2")["lat"]) == ("14797", 19.80751)
    assert {k: stored("B3")[k] for k in ("place", "lat", "topic")} == {"place": "", "lat": None, "topic": "khac"}
    assert stored("B2")["triaged"] == 0  # the standard does not tell when it was taken in


@pytest.mark.parametrize(
    ("values", "column", "said"),
    [
        ({"lat": "105.7", "long": "19.8"}, "lat", "bị đổi chỗ"),
        ({"requested_datetime": "2026-11-16T08:00:00"}, "requested_datetime", "năm-tháng-ngàyTgiờ:phút:giây+07:00"),
        ({"status": "fixed"}, "status", "open, closed"),
        ({"service_request_id": ""}, "service_request_id", "service_request_id"),
        ({"agency_responsible": "Sở Không Có"}, "agency_responsible", "Sở Không Có"),
    ],
)
def test_a_wrong_request_is_refused_with_its_reason(
    sqlite_store: str, values: dict[str, Any], column: str, said: str
) -> None:
    receipt = serve(*(request(f"A{n}") for n in range(9)), request("X", **values))
    assert (receipt.rows_kept, receipt.rows_rejected) == (9, 1)
    assert receipt.rejects[0]["column"] == column
    assert said in receipt.rejects[0]["message"]


def test_an_answer_cut_off_is_refused_whole(sqlite_store: str) -> None:
    receipt = deliver("feedback_open311", "requests.json", json.dumps([request()]).encode()[:-40])
    assert receipt.status == "refused"


# Duplicates

A, B = Key("1022", "PA-A"), Key("1022", "PA-B")


def two_alike(**later: str) -> None:
    first = OPEN | {"sent": "20/11/2026 08:00", "accepted": "20/11/2026 08:30", "told": "20/11/2026 09:00"}
    second = OPEN | {"sent": "21/11/2026 08:00", "accepted": "21/11/2026 08:30", "told": "21/11/2026 09:00"}
    assert take(line("PA-A", **first), line("PA-B", **second | later)).status == "accepted"


def test_a_duplicate_is_suggested_merged_by_a_person_and_gone_from_the_figures(store: str) -> None:
    two_alike()
    found = feedback.suggestions(OPERATOR, at=NOW)
    assert found.select("feedback", "of_feedback").rows() == [("PA-B", "PA-A")]
    assert "sender" not in found.columns
    assert figure("fb_received", period="2026-11").value == 2
    assert feedback.merge(OPERATOR, B, A)
    assert (figure("fb_received", period="2026-11").value, figure("fb_duplicates", period="2026-11").value) == (1, 1)
    assert (stored("PA-B")["state"], stored("PA-B")["merged_into"]) == ("trung_lap", "1022:PA-A")
    assert feedback.suggestions(OPERATOR, at=NOW).is_empty()
    assert decisions().select("decision", "actor").rows() == [("merged", "vanhanh")]
    with reading(operations_engine()) as connection:
        assert [(e["action"], e["object"], e["detail"]) for e in entries(connection, "feedback:1022:PA-B")] == [
            ("feedback_merged", "feedback:1022:PA-B", {"of": "1022:PA-A"})]  # fmt: skip


def test_what_a_system_says_later_does_not_undo_a_merge(store: str) -> None:
    two_alike()
    assert feedback.merge(OPERATOR, B, A)
    take(line("PA-B", sent="21/11/2026 08:00", accepted="21/11/2026 08:30", done="22/11/2026 08:00",
              told="23/11/2026 08:00"), name="hom_sau.xlsx")  # fmt: skip
    row = stored("PA-B")
    assert (row["told_state"], row["state"], row["counted"]) == ("dong", "trung_lap", 0)
    assert figure("fb_done", period="2026-11").value == 0


def test_a_merge_made_while_a_batch_is_judged_is_put_right_after_it(
    store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_alike()
    judge, merged = METHODS["feedback_reports"], list[bool]()

    def judged_then_merged(rows: pl.DataFrame) -> pl.DataFrame:
        found = judge(rows)
        if not merged:
            merged.append(True)
            assert feedback.merge(OPERATOR, B, A)
        return found

    monkeypatch.setitem(METHODS, "feedback_reports", judged_then_merged)
    take(line("PA-B", **OPEN | {"sent": "21/11/2026 08:00", "accepted": "21/11/2026 08:30",
                                "told": "22/11/2026 09:00"}), name="hom_sau.xlsx")  # fmt: skip
    assert (stored("PA-B")["state"], len(feedback.unsettled())) == ("dang_xu_ly", 1)
    assert feedback.suggestions(OPERATOR, at=NOW).is_empty()
    assert feedback.settle() == 1
    assert (stored("PA-B")["state"], stored("PA-B")["told_at"]) == ("trung_lap", local("22/11/2026 09:00"))
    assert figure("fb_received", period="2026-11").value == 1
    assert feedback.settle() == 0


def test_the_worker_settles_after_every_batch_of_reports() -> None:
    assert {"feedback": feedback.settle} == worker.AFTER_A_BATCH


def test_the_earliest_clock_counts_whichever_is_kept(store: str) -> None:
    two_alike()
    assert stored("PA-B")["clock_due_at"] == local("26/11/2026 08:00")
    assert feedback.merge(OPERATOR, A, B)
    assert stored("PA-A")["state"] == "trung_lap"
    assert stored("PA-B")["clock_due_at"] == local("26/11/2026 08:00")
    assert stored("PA-B")["sent_from"] == local("20/11/2026 08:00")


def test_kept_apart_is_never_asked_again_and_undoes_a_merge(store: str) -> None:
    two_alike()
    assert feedback.merge(OPERATOR, B, A)
    assert feedback.keep_apart(OPERATOR, B, A)
    assert figure("fb_received", period="2026-11").value == 2
    assert feedback.suggestions(OPERATOR, at=NOW).is_empty()
    assert feedback.merge(OPERATOR, B, A)
    assert figure("fb_received", period="2026-11").value == 1


def test_one_decides_once_and_never_in_a_circle(store: str) -> None:
    two_alike()
    assert feedback.merge(OPERATOR, B, A)
    assert not feedback.merge(OPERATOR, B, A)
    assert not feedback.merge(OPERATOR, A, B)
    take(line("PA-C", **OPEN), name="ba.xlsx")
    assert not feedback.merge(OPERATOR, Key("1022", "PA-C"), B)
    assert feedback.merge(OPERATOR, Key("1022", "PA-C"), A)


def test_who_may_merge(store: str) -> None:
    two_alike()
    for viewer in (ANALYST, CITIZEN, Viewer("xa", "commune", frozenset({"14812"}), None)):
        with pytest.raises(NotEntitled):
            feedback.merge(viewer, B, A)
    with pytest.raises(QuestionError):
        feedback.merge(OPERATOR, Key("1022", "PA-Z"), A)
    with pytest.raises(NotEntitled):
        feedback.suggestions(CITIZEN)
    assert feedback.suggestions(Viewer("xa", "commune", frozenset({"14812"}), None), at=NOW).is_empty()
    assert feedback.merge(COMMUNE, B, A)


def test_taking_a_report_in_again_changes_nothing_but_the_decision(store: str) -> None:
    serve(request("A1", status="closed", status_notes="Đã dọn", updated_datetime="2026-11-17T08:00:00+07:00"))
    take(line("PA-A", reopens="1", reopened="18/11/2026 08:00", done="19/11/2026 08:00", asked="16/11/2026 09:00",
              answered="16/11/2026 12:00", due="22/11/2026 08:00"))  # fmt: skip
    before = stored("A1"), stored("PA-A")
    assert feedback.keep_apart(SYSTEM, Key("phan_hoi", "A1"), A)
    after = stored("A1"), stored("PA-A")
    moved = {"batch", "row", "recorded_at", "kept_apart"}
    assert [{k: v for k, v in row.items() if k not in moved} for row in after] == [
        {k: v for k, v in row.items() if k not in moved} for row in before]  # fmt: skip


# What was published, and the demo

def test_published_figures_are_real_dated_and_named(store: str) -> None:
    for file in references():
        assert deliver(file.source, file.name, file.content).status == "accepted"
    found = figure("fb_published_on_time_pct")
    assert (found.value, found.simulated, found.period and found.period.label) == (94, False, "2023-06")
    assert figure("fb_published_items").value == 1_700
    by = figures("fb_published_on_time_pct", by="series", period="2022-12").frame
    assert by.select("key", "value").rows() == [("hue_2022", 51.1)]


def test_demo_days_are_the_same_in_one_go_and_one_by_one(sqlite_store: str) -> None:
    end = datetime(2026, 10, 12, 3, tzinfo=UTC)

    def days(first: int, last: int) -> list[File]:
        return list(deliveries(Plan("small", 5, end - timedelta(days=first), end - timedelta(days=last))))

    whole = days(2, 0)
    assert whole == [*days(2, 1), *days(1, 0)]
    assert [f.due for f in whole] == sorted(f.due for f in whole)
    for source in ("feedback_lists", "feedback_open311"):
        files = [Delivery(f.name, f.content) for f in whole if f.source == source]
        receipts = ingest(load_registry().sources[source], files, METHODS, end + timedelta(hours=2))
        assert sum(r.rows_kept for r in receipts) > 100
    assert _states() > {"moi", "dang_xu_ly", "dong", "da_xu_ly"}


def _states() -> set[str]:
    table = fact_table("feedback")
    with reading() as connection:
        return {row.state for row in connection.execute(select(table.c.state).distinct())}


def test_every_topic_has_words_and_a_clock() -> None:
    topics = {t.id for t in load_feedback().topics}
    source = load_registry().sources["feedback_lists"]
    assert set(source.fields["topic"].one_of) == topics == set(source.fields["topic"].mapping.values())
