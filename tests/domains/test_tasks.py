"""Thực hiện nhiệm vụ: the clock of tasks, their states at a moment, who is late again, wrong and secret files."""

import io
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from zipfile import ZipFile

import polars as pl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from config.registry import load_registry
from config.settings import settings as own_settings
from data_access.figures import Slice, values
from data_access.ingestion.pipeline import Delivery, Receipt, ingest
from services.access import CITIZEN, SYSTEM, Viewer
from services.demo.plan import Plan
from services.demo.tasks import TASKS, deliveries
from services.demo.tasks import tasks as lives
from services.indicators import NotEntitled, figure, figures
from services.methods.catalogue import METHODS
from services.methods.tasks import STATES, late_again, task_clock, task_states
from services.methods.working_days import is_working_day
from services.rows import rows
from services.tasks import task_of

LOCAL = timezone(timedelta(hours=7))
MOMENT = pl.Datetime("us", "UTC")
AT = datetime(2026, 4, 1, 3, tzinfo=UTC)
INSTANTS = ("assigned_at", "entered_at", "due_at", "submitted_at", "returned_at", "confirmed_at", "stopped_at",
            "resumed_at")  # fmt: skip
TEXTS = ("task", "agency", "supports", "urgency", "field", "content", "source_doc", "report_doc", "issuer",
         "extended_due", "extended_on", "stopped_as")  # fmt: skip


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LOCAL).astimezone(UTC)


def raw(**cells: Any) -> pl.DataFrame:
    """Return one task as the contract types it; unnamed cells are those of an ordinary open task."""
    row: dict[str, Any] = dict.fromkeys((*INSTANTS, *TEXTS)) | {"returns": 0, "task": "NV-2026-0001"}
    row |= {"agency": "so_tc", "assigned_at": local("2026-02-02 08:00"), "due_at": local("2026-02-25"), **cells}
    return pl.DataFrame([row], schema_overrides=dict.fromkeys(INSTANTS, MOMENT) | dict.fromkeys(TEXTS, pl.String))


def clock(**cells: Any) -> dict[str, Any]:
    moments = {k: local(v) if isinstance(v, str) and k.endswith("_at") else v for k, v in cells.items()}
    return task_clock(raw(**moments)).row(0, named=True)


def state(at: str, **cells: Any) -> str:
    moments = {k: local(v) if isinstance(v, str) and k.endswith("_at") else v for k, v in cells.items()}
    return str(task_states(task_clock(raw(**moments)), local(at))["state"].item())


# The vectors of the fact sheet


def judged(**cells: Any) -> tuple[Any, Any, Any]:
    found = clock(**cells)
    return found["on_time"], found["late"], found["late_days"]


def test_a_report_on_the_due_day_is_in_time_until_midnight() -> None:
    assert judged(submitted_at="2026-02-25 23:59", confirmed_at="2026-02-27 09:00") == (1, 0, 0)
    assert judged(submitted_at="2026-02-26 00:00", confirmed_at="2026-02-27 09:00") == (0, 1, 1)


def test_a_report_returned_and_redone_after_the_due_day_is_late() -> None:
    redone = {"returned_at": "2026-02-25 09:00", "returns": 1, "submitted_at": "2026-03-02 09:00"}
    assert judged(**redone, confirmed_at="2026-03-03 09:00") == (0, 1, 3)
    assert state("2026-02-25 12:00", **redone) == "returned"


def test_a_returned_report_counts_as_none() -> None:
    returned = {"submitted_at": "2026-02-20 09:00", "returned_at": "2026-02-24 09:00", "returns": 1}
    row = task_states(task_clock(raw(**{k: local(v) if k != "returns" else v for k, v in returned.items()})),  # type: ignore[arg-type]
                      local("2026-02-27 12:00")).row(0, named=True)  # fmt: skip
    assert (row["state"], row["is_late"], row["late_days"], row["handed_at"]) == ("returned", True, 2, None)
    assert clock(**returned)["done_at"] is None


@pytest.mark.parametrize(
    ("urgency", "supports", "entered", "in_time"),
    [
        ("hoa_toc", None, "2026-02-23 08:00", 0), ("hoa_toc", None, "2026-02-13 17:20", 1),
        ("thuong", None, "2026-02-23 17:00", 1), ("thuong", None, "2026-02-24 08:00", 0),
        ("thuong", "Sở Tài chính; Sở Y tế; Sở Tư pháp", "2026-02-24 08:00", 1),
        ("thuong", "Sở Tài chính; Sở Y tế; Sở Tư pháp", "2026-02-25 08:00", 0),
        ("khan", "Sở Y tế; Sở Tư pháp", "2026-02-14 08:00", 0),
    ],
)  # fmt: skip
def test_a_task_is_entered_the_same_day_or_within_one_or_two_working_days(
    urgency: str, supports: str | None, entered: str, in_time: int
) -> None:
    found = clock(assigned_at="2026-02-13 16:30", urgency=urgency, supports=supports, entered_at=entered)
    assert found["entry_on_time"] == in_time


def test_without_a_due_date_nothing_is_late() -> None:
    assert state("2026-11-01 08:00", due_at=None) == "open_no_due"
    done = {"due_at": None, "submitted_at": "2026-10-01 08:00", "confirmed_at": "2026-10-02 08:00"}
    assert state("2026-11-01 08:00", **done) == "done_no_due"
    assert judged(**done) == (None, None, None)


def test_an_extension_counts_only_if_granted_by_the_due_day() -> None:
    done = {"submitted_at": "2026-03-10 09:00", "confirmed_at": "2026-03-11 09:00", "extended_due": "16/03/2026"}
    assert judged(**done, extended_on="25/02/2026") == (1, 0, 0)
    assert judged(**done, extended_on="26/02/2026") == (0, 1, 9)
    twice = done | {"extended_due": "10/03/2026; 01/04/2026", "extended_on": "20/02/2026; 11/03/2026"}
    assert clock(**twice)["last_due_at"] == local("2026-03-10")


def test_states_over_a_task_s_life() -> None:
    life = {"submitted_at": "2026-02-24 09:00", "confirmed_at": "2026-02-26 09:00"}
    assert [state(at, **life) for at in ("2026-02-03 08:00", "2026-02-23 08:00", "2026-02-24 10:00", "2026-02-27 08:00")
            ] == ["open_in_time", "open_due_soon", "wait_confirm", "done_on_time"]  # fmt: skip
    late = {"submitted_at": "2026-03-02 09:00"}
    assert [state(at, **late) for at in ("2026-02-25 23:59", "2026-02-26 00:00", "2026-03-03 08:00")] == [
        "open_due_soon", "open_late", "wait_confirm_late"]  # fmt: skip
    stop = {"stopped_as": "suspended", "stopped_at": "2026-02-20 08:00"}
    assert [state("2026-03-05 08:00", **stop, **more) for more in ({}, {"resumed_at": "2026-03-01 08:00"})] == [
        "suspended", "open_late"]  # fmt: skip
    assert state("2026-03-05 08:00", **stop | {"stopped_as": "cancelled"}) == "cancelled"


def test_beyond_the_announced_calendar_a_task_is_late_without_a_number_of_days() -> None:
    row = task_states(task_clock(raw(due_at=local("2026-12-25"))), local("2027-02-01 08:00")).row(0, named=True)
    assert (row["state"], row["late_days"], row["bucket"]) == ("open_late", None, "unknown")


# A second, naive computation

DAYS = st.integers(0, 300)
ROWS = st.fixed_dictionaries({
    "due": st.none() | DAYS, "submitted": st.none() | DAYS, "returned": st.none() | DAYS,
    "confirmed": st.none() | st.integers(0, 30), "stopped": st.none() | DAYS, "extended": st.lists(DAYS, max_size=3),
    "granted": st.lists(DAYS, min_size=3, max_size=3),
})  # fmt: skip


def moment(day: int, hour: int = 9) -> datetime:
    return datetime(2026, 1, 5, hour, tzinfo=LOCAL) + timedelta(days=day)


def built(cells: dict[str, Any]) -> dict[str, Any]:
    """Return the record of a task from drawn days; a confirmation follows a report that stands."""
    handed = cells["submitted"] is not None and (cells["returned"] is None or cells["submitted"] > cells["returned"])
    days = [(moment(0) + timedelta(days=d)).strftime("%d/%m/%Y") for d in cells["extended"]]
    granted = [(moment(0) + timedelta(days=d)).strftime("%d/%m/%Y") for d in cells["granted"][: len(days)]]
    return {
        "assigned_at": moment(0, 8), "due_at": None if cells["due"] is None else moment(cells["due"], 0),
        "submitted_at": None if cells["submitted"] is None else moment(cells["submitted"]),
        "returned_at": None if cells["returned"] is None else moment(cells["returned"]),
        "returns": int(cells["returned"] is not None),
        "confirmed_at": moment(cells["submitted"] + cells["confirmed"], 15)
        if handed and cells["confirmed"] is not None else None,
        "stopped_as": None if cells["stopped"] is None else "suspended",
        "stopped_at": None if cells["stopped"] is None else moment(cells["stopped"], 16),
        "extended_due": "; ".join(days) or None, "extended_on": "; ".join(granted) or None,
    }  # fmt: skip


def naive(row: dict[str, Any], at: datetime) -> tuple[str, int | None]:
    """Return state and days late as a clerk would work them out, day by day."""
    due = row["due_at"].date() if row["due_at"] else None
    texts = [(row[c] or "").split("; ") for c in ("extended_on", "extended_due")]
    steps = [[datetime.strptime(t, "%d/%m/%Y").date() for t in pair] for pair in zip(*texts, strict=True) if pair[0]]
    for granted, day in sorted(steps, key=lambda step: step[0]):
        if due is None or granted <= due:
            due = day
    handed = row["submitted_at"]
    if handed and row["returned_at"] and handed <= row["returned_at"]:
        handed = None
    confirmed, stopped = row["confirmed_at"], row["stopped_at"]
    if stopped and stopped <= at and not (confirmed and confirmed <= stopped):
        return "suspended", None
    in_time = handed is not None and (due is None or handed.date() <= due)
    if confirmed and confirmed <= at and not (stopped and stopped < confirmed):
        return ("done_no_due" if due is None else "done_on_time" if in_time else "done_late"), None
    if handed and handed <= at:
        return ("wait_confirm" if in_time else "wait_confirm_late"), None
    days = None
    if due and at.date() > due:
        today = (at - timedelta(microseconds=1)).date()
        days = max(1, sum(is_working_day(due + timedelta(days=n)) for n in range(1, (today - due).days + 1)))
    if row["returned_at"] and row["returned_at"] <= at:
        return "returned", days
    if due is None:
        return "open_no_due", None
    if days:
        return "open_late", days
    left = sum(is_working_day(at.date() + timedelta(days=n)) for n in range(1, (due - at.date()).days + 1))
    return ("open_due_soon" if left <= 3 else "open_in_time"), None


@settings(max_examples=300, deadline=None)
@given(ROWS, st.integers(0, 320), st.sampled_from([0, 9, 10, 16, 23]))
def test_states_agree_with_a_clerk_who_counts_days(cells: dict[str, Any], day: int, hour: int) -> None:
    row, at = built(cells), moment(day, hour)
    if at < row["assigned_at"]:
        return
    found = task_states(task_clock(raw(**row)), at).row(0, named=True)
    assert (found["state"], found["late_days"]) == naive(row, at)


# Who is late again


def test_an_office_is_late_again_after_three_late_quarters_of_four() -> None:
    def missed(agency: str, *dues: str, in_time: str = "") -> list[pl.DataFrame]:
        found = [raw(agency=agency, assigned_at=local("2025-12-01 08:00"), due_at=local(d)) for d in dues]
        kept = raw(agency=agency, assigned_at=local("2025-12-01 08:00"), due_at=local("2026-02-01"),
                   submitted_at=local("2026-01-20 08:00"))  # fmt: skip
        return found + [kept] * 5 if in_time else found

    three = ("2026-02-10", "2026-05-10", "2026-08-10")
    rows = pl.concat([*missed("so_tp", *three), *missed("so_yt", "2026-02-10", "2026-12-30"),
                      *missed("so_ct", *three, in_time="mostly")])  # fmt: skip
    found = late_again(task_clock(rows), local("2026-11-23 08:00"))
    offices = {r["agency"]: (r["due"], r["missed"], r["quarters_late"], r["repeats"]) for r in found.to_dicts()}
    assert offices == {"so_tp": (3, 3, 3, True), "so_yt": (1, 1, 1, False), "so_ct": (8, 3, 2, False)}
    assert found["repeat_agency"].drop_nulls().unique().to_list() == ["so_tp"]


# Files as the system exports them

PLAIN = {
    "Mã nhiệm vụ": "NV-2026-0001", "Loại": "Nhiệm vụ", "Kỳ kế hoạch": "2026", "Người giao": "Chủ tịch UBND tỉnh",
    "Lĩnh vực": "Đầu tư công", "Nội dung": "Báo cáo kết quả giải phóng mặt bằng", "Số ký hiệu văn bản": "12/TB-UBND",
    "Ngày văn bản": "02/02/2026", "Cơ quan ban hành": "UBND tỉnh", "Cơ quan chủ trì": "Sở Xây dựng",
    "Cơ quan phối hợp": "Sở Tài chính; UBND phường Hạc Thành", "Độ khẩn": "Thường", "Độ mật": "Thường",
    "Ngày giao": "02/02/2026 08:00", "Ngày nhập": "02/02/2026 15:00", "Hạn xử lý": "25/02/2026", "Hạn gia hạn": "",
    "Ngày gia hạn": "", "Văn bản báo cáo": "", "Ngày báo cáo": "", "Ngày xác nhận": "", "Số lần trả lại": "0",
    "Ngày trả lại": "", "Lý do trả lại": "", "Tình trạng": "Đang thực hiện", "Tạm dừng hoặc hủy": "",
    "Ngày tạm dừng hoặc hủy": "", "Văn bản tạm dừng hoặc hủy": "", "Ngày tiếp tục": "",
    "Cập nhật lúc": "02/02/2026 15:00", "Chuyên viên theo dõi": "Nguyễn Văn Kín",
}  # fmt: skip
HEADERS = tuple(PLAIN)


def line(number: int = 1, **cells: str) -> dict[str, str]:
    named = {"lead": "Cơ quan chủ trì", "supports": "Cơ quan phối hợp", "due": "Hạn xử lý", "reported": "Ngày báo cáo",
             "confirmed": "Ngày xác nhận", "returned": "Ngày trả lại", "returns": "Số lần trả lại",
             "reason": "Lý do trả lại", "told": "Tình trạng", "updated": "Cập nhật lúc", "content": "Nội dung",
             "secrecy": "Độ mật", "assigner": "Người giao", "assigned": "Ngày giao", "entered": "Ngày nhập",
             "urgency": "Độ khẩn", "stopped": "Tạm dừng hoặc hủy", "extended": "Hạn gia hạn", "code": "Mã nhiệm vụ",
             "granted": "Ngày gia hạn", "doc": "Văn bản báo cáo"}  # fmt: skip
    return PLAIN | {"Mã nhiệm vụ": f"NV-2026-{number:04}"} | {named[key]: value for key, value in cells.items()}


def book(*lines: dict[str, str], headers: tuple[str, ...] = HEADERS) -> bytes:
    held = io.BytesIO()
    workbook = xlsxwriter.Workbook(held, {"in_memory": True})
    sheet = workbook.add_worksheet("NhiemVu")
    sheet.write_string(0, 0, "DANH SÁCH NHIỆM VỤ")
    for y, row in enumerate((list(headers), *(list(cells.values()) for cells in lines)), 2):
        for x, cell in enumerate(row):
            if cell:
                sheet.write_string(y, x, cell)
    workbook.close()
    return held.getvalue()


def deliver(*contents: bytes, at: datetime = AT) -> list[Receipt]:
    source = load_registry().sources["tasks"]
    return [ingest(source, [Delivery(f"nhiem_vu_{n}.xlsx", content)], METHODS, at)[0]
            for n, content in enumerate(contents, 1)]  # fmt: skip


DONE = {"reported": "24/02/2026 09:00", "confirmed": "26/02/2026 09:00", "told": "Hoàn thành",
        "updated": "26/02/2026 09:00"}  # fmt: skip


def test_a_file_as_exported_gives_the_figures_of_its_tasks(store: str) -> None:
    late = {"reported": "03/03/2026 09:00", "confirmed": "05/03/2026 09:00", "updated": "05/03/2026 09:00"}
    (receipt,) = deliver(book(
        line(1, **DONE), line(2, **late), line(3, told="Hoàn thành"), line(4, due="", lead="UBND xã Hoằng Hóa"),
        line(5, assigner="Tỉnh ủy", due="31/12/2026", urgency="Hỏa tốc", entered="03/02/2026 08:00"),
        line(6, reported="24/02/2026 09:00", returned="26/02/2026 09:00", returns="1", reason="Thiếu số liệu"),
    ))  # fmt: skip
    assert (receipt.status, receipt.rows_kept, receipt.rejects) == ("accepted", 6, [])
    asked = {"total": 6, "active": 6, "done": 2, "open": 4, "open_late": 2, "no_due": 1, "returned": 1, "waiting": 0}
    assert {k: figure(f"task_{k}", period="2026-03-31").value for k in asked} == asked
    on_time = figure("task_done_on_time_pct", period="2026-03")
    assert (on_time.value, on_time.numerator, on_time.denominator) == (0.0, 0, 1)
    assert figure("task_done_on_time_pct", period="2026-02").value == 100
    assert figure("task_entry_on_time_pct", period="2026-02").value == pytest.approx(500 / 6)
    assert figure("task_return_rate_pct", period="2026-02").value == 50
    assert figure("task_late_days_p50", period="2026-03-31").value == 24
    buckets = figures("task_late_bucket", by="bucket", period="2026-03-31").frame
    assert dict(buckets.filter(pl.col("value") > 0).select("key", "value").iter_rows()) == {"6_30": 2}
    assert figure("task_open_late", agency="so_xd", period="2026-03-31").value == 2
    assert figure("task_no_due_pct", where={"assigner": "tinh_uy"}, period="2026-03-31").value == 0
    by_place = figures("task_open", by="place", period="2026-03-31").frame.filter(pl.col("value") > 0)
    assert by_place["name_vi"].to_list() == ["Xã Hoằng Hóa"]


def test_no_denominator_gives_no_percentage(store: str) -> None:
    deliver(book(line(1)))
    assert figure("task_done_on_time_pct", period="2026-02").value is None
    assert figure("task_return_rate_pct", period="2026-02").value is None


def test_a_broken_file_says_what_is_wrong_and_how_to_mend_it(store: str) -> None:
    good = [line(n) for n in range(10, 40)]
    receipt, renamed = deliver(
        book(*good, line(1, lead="Sở Kế hoạch và Đầu tư"), line(2, supports="Sở Tài chính; ông Ba"),
             line(3, due="01/01/2026"), line(4, confirmed="26/02/2026 09:00"), line(5, extended="30/06/2026"),
             line(6, stopped="Hủy"), line(7, returns="1")),
        book(line(1), headers=tuple("Thời hạn xử lý" if h == "Hạn xử lý" else h for h in HEADERS)),
    )  # fmt: skip
    assert (receipt.status, receipt.rows_kept, receipt.rows_rejected) == ("partly", 30, 7)
    assert [(r["row"], r["column"], r["rule"]) for r in receipt.rejects] == [
        (34, "Cơ quan chủ trì", "unknown_agency"), (35, "Cơ quan phối hợp", "unknown_support"),
        (36, "Hạn xử lý", "due_before_assigned"), (37, "Ngày xác nhận", "confirmed_without_report"),
        (38, "Hạn gia hạn", "extension_dates"), (39, "Tạm dừng hoặc hủy", "stopped_without_document"),
        (40, "Ngày trả lại", "returned_without_date"),
    ]  # fmt: skip
    assert "Ngày báo cáo" in receipt.rejects[3]["message"]
    assert renamed.status == "refused" and "“Hạn xử lý”" in (renamed.message or "")


def test_secret_tasks_and_names_of_persons_are_stored_nowhere(sqlite_store: str) -> None:
    secret = line(2, secrecy="Tối mật", content="Nội dung không được lưu", lead="Cơ quan lạ không được lưu")
    (receipt,) = deliver(book(line(1), secret, line(3, secrecy="", content="Chưa rõ độ mật, không được lưu")))
    assert (receipt.secret, receipt.rows_kept, receipt.rejects) == (2, 1, [])
    kept = own_settings().raw_dir / receipt.sha256[:2] / receipt.sha256
    texts = [ZipFile(kept).read(name) for name in ZipFile(kept).namelist()]
    stored = b"".join([*texts, *(p.read_bytes() for p in own_settings().data_dir.rglob("*") if p.is_file())])
    assert b"NV-2026-0001" in stored
    for word in ("không được lưu", "Nguyễn Văn Kín", "NV-2026-0002"):
        assert word.encode() not in stored, word


def test_an_older_file_that_comes_late_changes_nothing(store: str) -> None:
    newer, older = line(1, **DONE), line(1)
    deliver(book(newer), book(older))
    assert figure("task_done", period="2026-03-31").value == 1
    found = task_of("NV-2026-0001")
    assert found is not None
    assert [(v.file, v.came_late) for v in found.versions] == [("nhiem_vu_1.xlsx", False), ("nhiem_vu_2.xlsx", True)]


def test_a_task_tells_its_history_with_the_file_of_each_version(store: str) -> None:
    first = {"reported": "20/02/2026 09:00", "doc": "1/BC", "updated": "20/02/2026 09:00"}
    back = {"returned": "23/02/2026 10:00", "returns": "1", "reason": "Thiếu số liệu", "updated": "23/02/2026 10:00"}
    again = back | {"reported": "02/03/2026 14:00", "doc": "2/BC", "updated": "02/03/2026 14:00"}
    deliver(book(line(1)), book(line(2), line(1, **first)), book(line(1, **first | back)), book(line(1, **again)))
    found = task_of("NV-2026-0001", at=AT)
    assert found is not None
    assert (found.row["state"], found.row["agency"]) == ("wait_confirm_late", "so_xd")
    assert [(e.kind, e.about) for e in found.events] == [
        ("submitted", "2/BC"), ("returned", "Thiếu số liệu"), ("submitted", "1/BC"), ("entered", ""),
        ("assigned", "12/TB-UBND"),
    ]  # fmt: skip
    assert [(v.file, v.row, v.changed) for v in found.versions] == [
        ("nhiem_vu_4.xlsx", 4, ("report_doc", "submitted_at")),
        ("nhiem_vu_3.xlsx", 4, ("returned_at", "return_reason")),
        ("nhiem_vu_2.xlsx", 5, ("report_doc", "submitted_at")),
        ("nhiem_vu_1.xlsx", 4, ()),
    ]
    assert task_of("NV-2026-9999") is None


# The identity of all states, at any moment


def quang_nam() -> pl.DataFrame:
    """Return 833 tasks as Quảng Nam reported for 2020: 585 done, 67 open in time, 181 overdue."""
    done = raw(submitted_at=local("2026-02-20 09:00"), confirmed_at=local("2026-02-21 09:00"))
    parts = [(done, 585), (raw(due_at=local("2026-12-31")), 67), (raw(), 181)]
    return pl.concat([part for part, count in parts for _ in range(count)])


def test_the_states_of_quang_nam_add_up() -> None:
    found = task_states(task_clock(quang_nam()), local("2026-04-01 08:00"))
    counted = dict(found.group_by("state").len().iter_rows())
    assert counted == {"done_on_time": 585, "open_in_time": 67, "open_late": 181}
    assert sum(counted.values()) == 833


@pytest.fixture
def province(sqlite_store: str) -> datetime:
    """Take in what the simulated system delivers in a few days; return the moment after."""
    end = datetime(2026, 11, 20, 17, tzinfo=UTC)
    source = load_registry().sources["tasks"]
    files = list(deliveries(Plan("small", 1, end - timedelta(days=3), end)))
    ingest(source, [Delivery(f.name, f.content) for f in files], METHODS)
    return end


def test_every_figure_counts_what_the_states_count(province: datetime) -> None:
    for day in ("2026-11-19", "2026-09-30", "2026-05-15"):
        at = datetime.combine(date.fromisoformat(day) + timedelta(days=1), datetime.min.time(), LOCAL)
        found = _all_states(at)
        assert set(found["state"]) <= set(STATES)

        def count(*names: str, found: pl.DataFrame = found) -> int:
            return found.filter(pl.col("state").is_in(names)).height

        stopped, done = count("suspended", "cancelled"), count("done_on_time", "done_late", "done_no_due")
        expected = {
            "total": found.height, "stopped": stopped, "active": found.height - stopped, "done": done,
            "open": found.height - stopped - done, "waiting": count("wait_confirm", "wait_confirm_late"),
            "returned": count("returned"), "open_late": found["is_late"].sum(),
            "late_bucket": found["is_late"].sum(), "late_over_120": (found["bucket"] == "over_120").sum(),
        }  # fmt: skip
        assert {k: figure(f"task_{k}", period=day).value for k in expected} == expected, day


def _all_states(at: datetime) -> pl.DataFrame:
    columns = list(load_registry().facts["task"].columns)
    rows = values("task", columns, Slice(None, None), {}, many=True)
    return task_states(rows.drop("period"), at)


def test_a_search_finds_a_task_with_and_without_accents(store: str) -> None:
    deliver(book(line(1), line(2, content="Phát triển sản phẩm du lịch", lead="UBND phường Hạc Thành", supports="")))
    for words in ("giải phóng mặt bằng", "giai phong MAT bang", "mặt bằng sở xay dung", "nv-2026-0001"):
        assert rows("task", SYSTEM, search=words).rows["task"].to_list() == ["NV-2026-0001"], words
    assert rows("task", SYSTEM, search="mặt bằng hạc thành").rows["task"].to_list() == ["NV-2026-0001"]
    assert rows("task", SYSTEM, search="mặt bằng du lịch").total == 0


def test_a_commune_sees_its_own_tasks_only(store: str) -> None:
    deliver(book(line(1), line(2, lead="UBND phường Hạc Thành")))
    own = Viewer("xa", "commune", frozenset({"14797"}), None)
    assert rows("task", own).rows["task"].to_list() == ["NV-2026-0002"]
    assert task_of("NV-2026-0001", own) is None
    assert task_of("NV-2026-0002", own) is not None
    with pytest.raises(NotEntitled):
        task_of("NV-2026-0002", CITIZEN)


# The simulated system


def test_there_are_just_as_many_tasks_as_the_province_announced() -> None:
    frame = lives(1, "demo")
    assert (frame.height, TASKS, frame["number"].n_unique()) == (3_571, 3_571, 3_571)


def test_what_is_delivered_depends_on_no_window() -> None:
    end = datetime(2026, 9, 11, 17, tzinfo=UTC)
    whole = {(f.name, f.due): f.content for f in deliveries(Plan("small", 1, end - timedelta(days=6), end))}
    parts = [f for n in range(6, 0, -1) for f in deliveries(
        Plan("small", 1, end - timedelta(days=n), end - timedelta(days=n - 1)))]  # fmt: skip
    assert {(f.name, f.due): f.content for f in parts} == whole
    assert [f.due for f in parts] == sorted(f.due for f in parts)
