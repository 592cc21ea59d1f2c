"""Văn bản, điều hành: numbers, both sources of one document, hours and lateness, and what must never be kept."""

import io
import logging
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, timezone
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from config.registry import load_registry
from config.settings import settings as installation
from data_access.database import reading
from data_access.facts import fact_table, history_table
from data_access.ingestion import raw_store
from data_access.ingestion.pipeline import Delivery, Receipt, ingest
from data_access.ledger import batch, reject
from services.demo.documents import deliveries
from services.demo.plan import Plan
from services.indicators import figure, figures, states
from services.methods.catalogue import METHODS
from services.methods.documents import document_key, document_state, number_parts, open_documents
from services.methods.percentiles import ERROR, RATIO, bin_of, percentile_of
from services.methods.working_days import is_working_day

AT = datetime(2026, 11, 23, 11, tzinfo=UTC)
DAYS = (date(2026, 3, 2) + timedelta(days=n) for n in range(200))
LOCAL = timezone(timedelta(hours=7))


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LOCAL)


def deliver(source: str, *files: tuple[str, bytes], at: datetime = AT) -> list[Receipt]:
    declared = load_registry().sources[source]
    return [ingest(declared, [Delivery(*file)], METHODS, at)[0] for file in files]


def rows_of(**where: str) -> list[dict[str, Any]]:
    table = fact_table("document")
    with reading() as connection:
        found = connection.execute(select(table).where(*(table.c[k] == v for k, v in where.items())))
        return [dict(row._mapping) for row in found.all()]


def row_of(recipient: str, **where: str) -> dict[str, Any]:
    (row,) = rows_of(recipient=recipient, **where)
    return row


# Messages

HEAD = '<edXML xmlns="http://www.mic.gov.vn/TBT/QCVN_102_2016"><edXMLEnvelope><edXMLHeader>'
TAIL = "</edXMLHeader></edXMLEnvelope></edXML>"


def message(number: str, *to: str, sender: str = "000.00.00.H56", day: str = "2026/11/20", due: str = "",
            priority: str = "0", subject: str = "V/v phòng cháy rừng", sent: str = "2026/11/20 08:00:00",
            extra: str = "") -> str:  # fmt: skip
    digits, _, notation = number.partition("/")
    recipients = "".join(f"<To><OrganId>{r}</OrganId></To>" for r in to)
    return (
        f"{HEAD}<MessageHeader><From><OrganId>{sender}</OrganId><OrganName>Nơi gửi</OrganName></From>{recipients}"
        f"<Code><CodeNumber>{digits}</CodeNumber><CodeNotation>{notation}</CodeNotation></Code>"
        f"<PromulgationInfo><PromulgationDate>{day}</PromulgationDate></PromulgationInfo><Subject>{subject}</Subject>"
        f"{f'<DueDate>{due}</DueDate>' if due else ''}<OtherInfo><Priority>{priority}</Priority></OtherInfo>{extra}"
        f"<DocumentId>{sender},{day},{number}</DocumentId></MessageHeader><TraceHeaderList><TraceHeader>"
        f"<Timestamp>{sent}</Timestamp></TraceHeader></TraceHeaderList>{TAIL}"
    )


def report(number: str, who: str, code: str, at: str, sender: str = "000.00.00.H56", day: str = "2026/11/20") -> str:
    return (
        f"{HEAD}<Status><ResponseFor><OrganId>{sender}</OrganId><Code>{number}</Code>"
        f"<DocumentId>{sender},{day},{number}</DocumentId></ResponseFor><From><OrganId>{who}</OrganId></From>"
        f"<StatusCode>{code}</StatusCode><Timestamp>{at}</Timestamp></Status>{TAIL}"
    )


def package(*texts: str) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, text in enumerate(texts, 1):
            archive.writestr(f"{number}.xml", text)
    return held.getvalue()


# Registers

HEADERS = ["STT", "Loại sổ", "Đơn vị", "Số ký hiệu", "Ngày ban hành", "Cơ quan ban hành", "Trích yếu", "Độ khẩn",
           "Độ mật", "Ngày vào sổ", "Hạn xử lý", "Ngày đến", "Ngày tiếp nhận", "Ngày hoàn thành", "Ngày trả lại",
           "Ký số", "Gửi qua trục", "Người xử lý", "Số lượng"]  # fmt: skip


def line(number: str, book: str = "Đến", **cells: str) -> dict[str, str]:
    plain = {
        "STT": "1", "Loại sổ": book, "Số ký hiệu": number, "Ngày ban hành": "20/11/2026", "Độ mật": "Thường",
        "Trích yếu": "V/v phòng cháy rừng", "Độ khẩn": "Thường", "Ngày vào sổ": "20/11/2026 09:00",
        "Người xử lý": "Lê Văn Kín",
    }  # fmt: skip
    issued = {"Đơn vị": "UBND tỉnh Thanh Hóa", "Ký số": "x", "Gửi qua trục": "x"}
    received = {"Đơn vị": "Sở Tài chính", "Ngày đến": "20/11/2026 08:10", "Ngày tiếp nhận": "20/11/2026 09:00"}
    plain |= {"Cơ quan ban hành": "UBND tỉnh Thanh Hóa"} | (issued if book == "Đi" else received)
    return plain | {k.replace("_", " "): v for k, v in cells.items()}


def total(count: int, book: str = "Đến", day: str = "20/11/2026") -> dict[str, str]:
    return {"STT": "Tổng số", "Loại sổ": book, "Ngày vào sổ": day, "Số lượng": str(count)}


def register(*lines: dict[str, str], notes: str = "") -> bytes:
    held = io.BytesIO()
    book = xlsxwriter.Workbook(held)
    sheet = book.add_worksheet("SoVanBan")
    sheet.write_string(0, 0, notes or "SỔ VĂN BẢN")
    for y, cells in enumerate(({h: h for h in HEADERS}, *lines), 1):
        for x, header in enumerate(HEADERS):
            if cells.get(header):
                sheet.write_string(y, x, cells[header])
    book.close()
    return held.getvalue()


def as_csv(*lines: dict[str, str]) -> bytes:
    return "\n".join(";".join(c.get(h, "") for h in HEADERS) for c in ({h: h for h in HEADERS}, *lines)).encode()


# Numbers (NĐ 30/2020/NĐ-CP)

NUMBERS = [  # number as written: form, number, year, kind, organ, drafting unit
    ("192/KH-UBND", ("plain", 192, None, "KH", "UBND", None)),
    ("1818/TTr-VP", ("plain", 1818, None, "TTr", "VP", None)),
    ("128/2025/QĐ-UBND", ("legal", 128, 2025, "QĐ", "UBND", None)),
    ("42/2014/QĐ-TTg", ("legal", 42, 2014, "QĐ", "TTg", None)),
    ("4836/SNV-TCBC", ("letter", 4836, None, "cong_van", "SNV", "TCBC")),
    ("7146/VPCP-KSTT", ("letter", 7146, None, "cong_van", "VPCP", "KSTT")),
    ("06-NQ/TU", ("party", 6, None, "NQ", "TU", None)),
    ("12-CV/TU", ("party", 12, None, "cong_van", "TU", None)),
    ("01/QĐ-UBND", ("plain", 1, None, "QĐ", "UBND", None)),
    ("15/Ctr-UBND", ("plain", 15, None, "CTr", "UBND", None)),
    ("33/CV-SYT", ("letter", 33, None, "cong_van", "SYT", None)),
    ("7/TT-UBND", ("plain", 7, None, "TT", "UBND", None)),
    (" 192/KH-UBND ", ("plain", 192, None, "KH", "UBND", None)),
    ("không số", ("other", None, None, "", None, None)),
]


@pytest.mark.parametrize(("code", "parts"), NUMBERS, ids=[n[0] for n in NUMBERS])
def test_a_number_is_read_by_the_first_form_that_fits(code: str, parts: tuple[Any, ...]) -> None:
    assert number_parts(pl.Series([code])).row(0) == parts


def test_a_number_restarts_each_year(store: str) -> None:
    one = message("01/QĐ-UBND", "MP.so_tc.H56", day="2025/01/02", sent="2025/01/02 08:00:00")
    two = message("01/QĐ-UBND", "MP.so_tc.H56", day="2026/01/05", sent="2026/01/05 08:00:00")
    deliver("documents_edxml", ("goi.zip", package(one, two)))
    assert sorted(r["document"] for r in rows_of(recipient="so_tc")) == [
        *sorted(map(document_key, ("vp_ubnd|2025|QĐ-UBND|1", "vp_ubnd|2026|QĐ-UBND|1")))]  # fmt: skip
    legal = message("01/2026/QĐ-UBND", "MP.so_tc.H56", day="2026/01/05", sent="2026/01/05 08:00:00")
    deliver("documents_edxml", ("vb.xml", legal.encode()))
    assert len(rows_of(recipient="so_tc")) == 3


# One document, told by several messages and by both sources


LIFE = (
    message("192/KH-UBND", "MP.so_tc.H56", "MP.ubnd_14797.H56", "G01.01", due="2026/11/24", priority="1"),
    report("192/KH-UBND", "MP.so_tc.H56", "01", "2026/11/20 08:10:00"),
    report("192/KH-UBND", "MP.so_tc.H56", "03", "2026/11/20 09:00:00"),
    report("192/KH-UBND", "MP.so_tc.H56", "06", "2026/11/23 10:00:00"),
)


@pytest.mark.parametrize("parts", [(LIFE,), tuple((text,) for text in LIFE), tuple((text,) for text in LIFE[::-1])])
def test_a_document_and_the_reports_on_it_become_one_row(store: str, parts: tuple[tuple[str, ...], ...]) -> None:
    receipts = deliver("documents_edxml", *((f"{n}.zip", package(*texts)) for n, texts in enumerate(parts)))
    assert {r.status for r in receipts} == {"accepted"}, [r.rejects for r in receipts]
    row = row_of("so_tc")
    assert row["document"] == document_key("vp_ubnd|2026|KH-UBND|192") and row["code"] == "192/KH-UBND"
    assert (row["arrived_at"], row["accepted_at"], row["finished_at"]) == (
        local("2026-11-20 08:10"), local("2026-11-20 09:00"), local("2026-11-23 10:00"))  # fmt: skip
    assert (row["status"], row["late"], row["handling_hours"]) == ("done", 0, pytest.approx(9.0))
    assert (row["urgency"], row["issuer_level"], row["agency_level"], row["place"]) == (
        "urgent", "province", "department", "")  # fmt: skip
    other = row_of("ubnd_14797")
    assert (other["status"], other["place"], other["open_from"]) == ("sent", "14797", None)
    out = row_of("")
    assert (out["direction"], out["agency"], out["exchanged"]) == ("out", "vp_ubnd", 1)
    assert len(rows_of()) == 3  # G01.01 is outside the province


def test_a_report_on_a_document_not_yet_come_is_counted_nowhere(store: str) -> None:
    deliver("documents_edxml", ("tt.xml", LIFE[1].encode()))
    assert (row_of("so_tc")["known"], row_of("so_tc")["open_from"]) == (0, None)
    assert figure("doc_in", period="2026-11").value == 0


def test_register_and_messages_meet_in_one_row(store: str) -> None:
    deliver("documents_edxml", ("goi.zip", package(*LIFE[:3])))
    deliver("document_lists", ("so.xlsx", register(
        line("192/KH-UBND", "Đi", Ngày_vào_sổ="20/11/2026 07:45"), line("192/KH-UBND", Hạn_xử_lý="23/11/2026")
    )))  # fmt: skip
    row, out = row_of("so_tc"), row_of("")
    assert (row["registered_at"], row["due_at"], row["registered_in_time"]) == (
        local("2026-11-20 09:00"), local("2026-11-23 00:00"), 1)  # fmt: skip
    assert (row["arrived_at"], row["status"], row["late_from"]) == (
        local("2026-11-20 08:10"), "accepted", local("2026-11-24 00:00"))  # fmt: skip
    assert (out["signed"], out["exchanged"], out["registered_at"]) == (1, 1, local("2026-11-20 07:45"))
    before = figure("doc_in", period="2026-11").value
    with reading() as connection:
        assert connection.execute(select(func.count()).select_from(history_table("document"))).scalar_one() == 2
    assert before == 2


@pytest.mark.parametrize(("codes", "status", "is_open"), [
    ((), "sent", False), (("01",), "arrived", True), (("01", "02"), "refused", False),
    (("01", "03", "04", "05"), "started", True), (("01", "03", "13", "15"), "recalled", False),
    (("01", "03", "13", "16"), "accepted", True),
])  # fmt: skip
def test_status_codes_say_where_a_paper_lies(sqlite_store: str, codes: tuple[str, ...], status: str,
                                             is_open: bool) -> None:  # fmt: skip
    told = [report("5/CĐ-UBND", "MP.so_yt.H56", c, f"2026/11/20 {9 + n:02d}:00:00") for n, c in enumerate(codes)]
    deliver("documents_edxml", ("goi.zip", package(message("5/CĐ-UBND", "MP.so_yt.H56"), *told)))
    assert row_of("so_yt")["status"] == status
    assert figure("doc_backlog", period="2026-11-22").value == is_open


# Figures

AGENCIES = ("so_tc", "so_yt", "so_nv", "so_xd", "so_ct")


@pytest.fixture
def week(store: str) -> Iterator[None]:
    """Five offices get a paper on Monday 16/11 at 07:30 and take 2, 4, 8, 16 hours; the fifth leaves it lying."""
    ends = ("2026/11/16 09:30:00", "2026/11/16 11:30:00", "2026/11/16 17:30:00", "2026/11/17 17:30:00")
    to = [f"MP.{a}.H56" for a in AGENCIES]
    texts = [message("9/UBND-NN", *to, day="2026/11/16", due="2026/11/16", sent="2026/11/16 07:30:00", priority="3")]
    for who in to:
        texts += [report("9/UBND-NN", who, c, "2026/11/16 07:30:00", day="2026/11/16") for c in ("01", "03")]
    texts += [report("9/UBND-NN", who, "06", end, day="2026/11/16") for who, end in zip(to, ends, strict=False)]
    texts.append(message("77/SNV-CCVC", "000.00.00.H56", sender="MP.so_nv.H56", day="2026/11/17",
                         sent="2026/11/17 08:00:00"))  # fmt: skip
    texts.append(report("77/SNV-CCVC", "000.00.00.H56", "01", "2026/11/17 08:10:00", "MP.so_nv.H56", "2026/11/17"))
    texts.append(report("77/SNV-CCVC", "000.00.00.H56", "02", "2026/11/17 09:00:00", "MP.so_nv.H56", "2026/11/17"))
    deliver("documents_edxml", ("goi.zip", package(*texts)))
    yield


@pytest.mark.usefixtures("week")
def test_what_lies_and_what_is_late() -> None:
    assert [figure("doc_backlog", period=f"2026-11-{day}").value for day in (15, 16, 17, 18)] == [0, 2, 1, 1]
    assert figure("doc_open_late", period="2026-11-18").value == 1
    assert figure("doc_urgent_open", period="2026-11-18").value == 1
    assert figure("doc_backlog", period="2026-11-18", agency="so_ct").value == 1
    assert figure("doc_late", period="2026-11").value == 1
    assert figure("doc_late_pct", period="2026-11").value == 25
    late = figures("doc_late_pct", by="agency", period="2026-11").frame
    assert dict(late.select("key", "value").rows())["so_xd"] == 100


@pytest.mark.usefixtures("week")
def test_age_is_counted_in_office_hours() -> None:
    assert figure("doc_oldest", period="2026-11-18").value == pytest.approx(24, abs=0.01)
    assert figure("doc_backlog_age_p50", period="2026-11-22").value == pytest.approx(40, abs=0.01)
    assert figure("doc_urgent_forgotten", period="2026-11-16").value == 0
    assert figure("doc_urgent_forgotten", period="2026-11-18").value == 1


@pytest.mark.usefixtures("week")
def test_percentiles_of_handling_time() -> None:
    assert figure("doc_median_hours", period="2026-11").value == pytest.approx(4, rel=0.05)
    assert figure("doc_p90_hours", period="2026-11").value == pytest.approx(16, rel=0.05)
    assert figure("doc_median_hours", period="2026-11", agency="so_yt").value == pytest.approx(4, rel=0.05)


@pytest.mark.usefixtures("week")
def test_between_levels_and_who_is_refused() -> None:
    received = figures("doc_in", by="agency_level", where={"issuer_level": "province"}, period="2026-11").frame
    assert dict(received.select("key", "value").rows())["department"] == 5
    refused = figures("doc_reject_pct", by="issuer", period="2026-11").frame
    assert {k: v for k, v in refused.select("key", "value").rows() if v} == {"so_nv": 100}
    assert refused.filter(pl.col("key") == "so_nv")["name_vi"].to_list() == ["Sở Nội vụ"]


def test_where_papers_lie_by_age() -> None:
    kind = pl.Datetime("us", "UTC")
    since = ["2026-11-23 10:00", "2026-11-20 10:00", "2026-11-17 10:00", "2026-11-12 10:00", "2026-10-01 10:00"]
    rows = pl.DataFrame({"open_from": [local(s) for s in since], "late_from": [local("2026-11-20 00:00")] * 4 + [None]},
                        schema={"open_from": kind, "late_from": kind})  # fmt: skip
    found = open_documents(rows, AT)
    assert found["age_bucket"].to_list() == ["d1", "d3", "d5", "d10", "over"]
    assert found["is_late"].to_list() == [True] * 4 + [False]


def naive_hours(since: datetime, until: datetime) -> float:
    """Office hours between two moments by laying each working day's two shifts over them."""
    found, day = timedelta(), since.astimezone(LOCAL).date()
    while day <= until.astimezone(LOCAL).date():
        for opens, shuts in ((time(7, 30), time(11, 30)), (time(13, 30), time(17, 30))):
            if is_working_day(day):
                shift = [datetime.combine(day, clock, LOCAL) for clock in (opens, shuts)]
                found += max(timedelta(), min(until, shift[1]) - max(since, shift[0]))
        day += timedelta(days=1)
    return found / timedelta(hours=1)


minutes = st.integers(1, 90 * 1440)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(minutes, st.one_of(st.none(), minutes)), min_size=1, max_size=12))
def test_the_backlog_by_age_agrees_with_counting_each_paper_by_hand(papers: list[tuple[int, int | None]]) -> None:
    """A paper lies for so many minutes till now; the second number, where told, is when it fell due."""
    kind = pl.Datetime("us", "UTC")
    since, due = ([AT - timedelta(minutes=m) if m else None for m in part] for part in zip(*papers, strict=True))
    rows = pl.DataFrame({"open_from": since, "late_from": due}, schema={"open_from": kind, "late_from": kind})
    found = open_documents(rows, AT)
    ages = [naive_hours(moment, AT) for moment in since if moment]
    over = [naive_hours(moment, AT) if moment else 0.0 for moment in due]
    bounds = {"d1": 8, "d3": 24, "d5": 40, "d10": 80, "over": float("inf")}
    assert found["age_hours"].to_list() == pytest.approx(ages, abs=1e-6)
    assert found["age_bucket"].to_list() == [next(n for n, b in bounds.items() if round(a, 6) <= b) for a in ages]
    assert found["is_late"].to_list() == [hours > 0 for hours in over]


# The register's own total


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(["good", "good", "good", "wrong", "secret"]), min_size=6, max_size=30),
       st.sampled_from(["Đến", "Đi"]), st.integers(-2, 2))  # fmt: skip
def test_the_gap_is_what_was_stated_less_what_is_there(
    sqlite_store: str, fates: list[str], book: str, lie: int
) -> None:
    """Counted by hand: of the lines of a register the good ones are loaded, the secret ones only counted."""
    day = f"{next(DAYS):%d/%m/%Y}"
    cells = {"Ngày_ban_hành": day, "Ngày_vào_sổ": f"{day} 09:00", "Ngày_đến": "", "Ngày_tiếp_nhận": ""}
    other = {"good": {}, "wrong": {"Độ_khẩn": "gấp"}, "secret": {"Độ_mật": "Mật"}}
    lines = [line(f"{n}/KH-UBND", book, **cells | other[fate]) for n, fate in enumerate(fates, 1)]
    stated = len(lines) + lie
    (receipt,) = deliver("document_lists", ("so.csv", as_csv(*lines, total(stated, book, day))))
    if receipt.status == "refused":  # more than a fifth is wrong: nothing of the file is there
        assert fates.count("wrong") > 0.2 * (len(lines) + 1)
        return
    period = "-".join(reversed(day.split("/")))
    gap = figure("doc_reconcile_gap", period=period)
    assert gap.value == abs(stated - fates.count("good") - fates.count("secret"))
    assert gap.status.value == ("bad" if gap.value else "ok")


def test_one_missing_document_is_red(store: str) -> None:
    lines = [line(f"{n}/KH-UBND") for n in range(1, 1205)]
    lines[700]["Ngày ban hành"] = "31/02/2026"
    (receipt,) = deliver("document_lists", ("so.xlsx", register(*lines, total(1204))))
    assert (receipt.status, receipt.rows_rejected) == ("partly", 1)
    assert [figure(f"doc_{n}", period="2026-11-20").value for n in ("stated", "loaded")] == [1204, 1203]
    gap = figure("doc_reconcile_gap", period="2026-11-20")
    assert (gap.value, gap.status.value) == (1, "bad")
    mended = line("701/KH-UBND")
    deliver("document_lists", ("so_sua.xlsx", register(mended)))
    gap = figure("doc_reconcile_gap", period="2026-11-20")
    assert (gap.value, gap.status.value) == (0, "ok")


def test_secret_lines_are_counted_in_the_total_and_kept_nowhere(store: str) -> None:
    lines = (line("1/KH-UBND"), line("2/KH-MAT", Độ_mật="Mật", Trích_yếu="Chuyện kín"), line("3/QĐ-UBND", "Đi"))
    (receipt,) = deliver("document_lists", ("so.xlsx", register(*lines, total(2), total(1, "Đi"))))
    assert (receipt.status, receipt.secret, receipt.rejects) == ("accepted", 1, [])
    assert receipt.message == ("Có 1 văn bản mật trong tệp: đã loại bỏ, không lưu. "
                               "Không gửi văn bản mật qua hệ thống này.")  # fmt: skip
    assert figure("doc_secret", period="2026-11-20").value == 1
    assert figure("doc_reconcile_gap", period="2026-11-20").value == 0
    books = figures("doc_stated", by="book", period="2026-11-20").frame
    assert dict(books.select("key", "value").rows()) == {"in": 2, "out": 1}
    assert [r["code"] for r in rows_of(direction="secret")] == [None]
    deliver("document_lists", ("so (1).csv", as_csv(*lines, total(2), total(1, "Đi"))))
    assert figure("doc_secret", period="2026-11-20").value == 1


# What must never be kept

HIDDEN = ("Lê Văn Kín", "0912345678", "canbo@thanhhoa.example", "Nội dung thân văn bản", "UEsDBBQAKIN",
          "7777/KH-BIMAT", "7777", "8888/KH-CHUABIET", "8888",
          "Chuyện tuyệt mật", "Chuyện tối mật", "4444/KH-MAT", "5555/KH-TUYETMAT", "6666/KH-TOIMAT")  # fmt: skip
PERSONS = (
    "<Content>Nội dung thân văn bản</Content><SignerInfo><FullName>Lê Văn Kín</FullName></SignerInfo>"
    "<StaffInfo><Staff>Lê Văn Kín</Staff><Mobile>0912345678</Mobile><Email>canbo@thanhhoa.example</Email></StaffInfo>"
    "<ContentTransferEncoded>UEsDBBQAKIN</ContentTransferEncoded>"
)


def everything(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield all bytes below a folder, those inside zips and workbooks too."""
    for path in folder.rglob("*"):
        if not path.is_file():
            continue
        content = path.read_bytes()
        yield path.name, path.name.encode() + content
        if content.startswith(b"PK"):
            archive = zipfile.ZipFile(io.BytesIO(content))
            for name in archive.namelist():
                yield f"{path.name}/{name}", name.encode() + archive.read(name)


def test_no_person_and_no_secret_is_in_the_data_directory(sqlite_store: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    log = logging.FileHandler(installation().data_dir / "app.log", encoding="utf-8")
    logging.getLogger().addHandler(log)
    mark = "<DoMat>Tuyệt mật</DoMat>"
    top = message("5555/KH-TUYETMAT", "MP.so_tc.H56", subject="Chuyện tuyệt mật", extra=mark + PERSONS)
    open_one = message("192/KH-UBND", "MP.so_tc.H56", extra=PERSONS)
    secret_report = report("5555/KH-TUYETMAT", "MP.so_tc.H56", "03", "2026/11/20 09:00:00")
    broken = open_one[:-40]
    unknown = message("8/KH-UBND", "MP.khong_co.H56", extra=PERSONS)
    formula = line("7/KH-UBND", Độ_mật="Mật", Trích_yếu="Chuyện tối mật")
    lines = [line(f"{n}/KH-UBND") for n in range(20, 40)]
    hidden = [
        line("4444/KH-MAT", Độ_mật="MẬT", Trích_yếu="Chuyện tối mật"), line("6666/KH-TOIMAT", Độ_mật="Tối mật"),
        line("6666/KH-TOIMAT", "Đi", Độ_mật="không rõ", Ngày_vào_sổ="chưa", Trích_yếu="Chuyện tối mật"),
    ]  # fmt: skip
    wrong = line("9/KH-UBND", Ngày_vào_sổ="ngày mai")
    moved = ";".join(["1", "Đến", "x", *as_csv(hidden[0]).decode().split("\n")[1].split(";")]).encode()
    receipts = deliver(
        "documents_edxml", ("a.xml", open_one.encode()), ("cut.xml", broken.encode()), ("mat.xml", top.encode()),
        ("goi.zip", package(top, open_one, secret_report, broken, unknown)),
        ("truoc.xml", report("7777/KH-BIMAT", "MP.so_tc.H56", "01", "2026/11/20 09:00:00").encode()),
        ("sai.zip", package(open_one, report("7777/KH-BIMAT", "MP.so_tc.H56", "99", "2026/11/20 09:01:00"),
                            report("7777/KH-BIMAT", "MP.khong_co.H56", "03", "2026/11/20 09:01:00"))),
        ("chinh_no.xml", message("7777/KH-BIMAT", "MP.so_tc.H56", extra=mark).encode()),
        ("sau.xml", report("7777/KH-BIMAT", "MP.so_tc.H56", "03", "2026/11/20 09:30:00").encode()),
        ("mo_coi.xml", report("8888/KH-CHUABIET", "MP.so_tc.H56", "03", "2026/11/20 09:30:00").encode()),
    ) + deliver(
        "document_lists", ("so.xlsx", register(*lines, *hidden, wrong, total(23), notes="Lập biểu: Lê Văn Kín")),
        ("so.csv", as_csv(*lines[:10], *hidden) + b"\n" + moved), ("hong.xlsx", register(*hidden)[:-200]),
        ("khong_tieu_de.csv", as_csv(*hidden).split(b"\n", 1)[1]), ("cong_thuc.xlsx", _with_formula(*lines, formula)),
    )  # fmt: skip
    assert sum(r.secret for r in receipts) >= 8
    assert {r.status for r in receipts} >= {"accepted", "partly", "refused"}
    logging.getLogger().removeHandler(log)
    log.close()
    raw = [raw_store.path_of(r.sha256) for r in receipts]
    assert all(path.exists() for path in raw)
    assert b"192" in b"".join(content for _, content in everything(installation().data_dir))
    said = " ".join(str(r.rejects) + str(r.message) for r in receipts) + caplog.text
    for word in HIDDEN:
        assert word not in said, word
        found = [name for name, content in everything(installation().data_dir)
                 if word.encode() in content or word.encode("utf-16-le") in content]  # fmt: skip
        assert not found, (word, found)


def _with_formula(*lines: dict[str, str]) -> bytes:
    """Return a register whose last line holds its subject as a formula."""
    held = io.BytesIO()
    book = xlsxwriter.Workbook(held)
    sheet = book.add_worksheet("SoVanBan")
    for y, cells in enumerate(({h: h for h in HEADERS}, *lines)):
        for x, header in enumerate(HEADERS):
            sheet.write_string(y, x, cells.get(header, ""))
    sheet.write_formula(len(lines), HEADERS.index("Trích yếu"), '="Chuyện tối mật"&""', value="Chuyện tối mật")
    book.close()
    return held.getvalue()


def test_the_same_on_a_database_server(postgres_store: str) -> None:
    receipts = deliver("document_lists", ("so.xlsx", register(line("1/KH-UBND"), line("4444/KH-MAT", Độ_mật="Mật"))))
    receipts += deliver("documents_edxml", ("a.xml", message("192/KH-UBND", "MP.so_tc.H56", extra=PERSONS).encode()))
    with reading() as connection:
        held = [str(connection.execute(select(t)).all()) for t in (fact_table("document"), batch, reject)]
    assert not [w for w in HIDDEN if w in "".join(held)]
    assert sum(r.secret for r in receipts) == 1


# Wrong files


def test_a_wrong_register_is_refused_line_by_line(store: str) -> None:
    good = [line(f"{n}/KH-UBND") for n in range(1, 31)]
    wrong = [
        line("31/KH-UBND", Đơn_vị="Sở Không Có"), line("32/KH-UBND", Độ_khẩn="gấp"), line("", Trích_yếu="Thiếu số"),
        line("34/KH-UBND", Ngày_vào_sổ="19/11/2026 09:00"), line("35/KH-UBND", Ngày_hoàn_thành="20/11/2026 08:30"),
    ]  # fmt: skip
    (receipt,) = deliver("document_lists", ("so.xlsx", register(*good, *wrong)))
    assert (receipt.status, receipt.rows_kept, receipt.rows_rejected) == ("partly", 30, 5)
    assert [(r["row"], r["column"], r["rule"]) for r in receipt.rejects] == [
        (33, "Đơn vị", "unknown_agency"), (34, "Độ khẩn", "not_allowed"), (35, "Số ký hiệu", "line_incomplete"),
        (36, "Ngày vào sổ", "registered_before_issued"), (37, "Ngày hoàn thành", "finished_before_received"),
    ]  # fmt: skip
    without = as_csv(*good).replace("Độ mật".encode(), "Mức mật".encode())
    refused = deliver("document_lists", ("thieu.csv", without))[0]
    assert (refused.status, "“Độ mật”" in str(refused.message)) == ("refused", True)


def test_wrong_messages_are_refused_one_by_one(store: str) -> None:
    texts = [message(f"{n}/KH-UBND", "MP.so_tc.H56") for n in range(1, 21)]
    wrong = [
        message("21/KH-UBND", "MP.so_khong_co.H56"), report("1/KH-UBND", "MP.so_tc.H56", "99", "2026/11/20 09:00:00"),
        report("2/KH-UBND", "MP.so_tc.H56", "03", ""), message("24/KH-UBND", "MP.so_tc.H56", day="2026-20-11"),
        "<edXML", message("26/KH-UBND", "MP.so_tc.H56", sent="2027/01/05 08:00:00"),
    ]  # fmt: skip
    (receipt,) = deliver("documents_edxml", ("goi.zip", package(*texts, *wrong)))
    assert (receipt.status, receipt.rows_rejected) == ("partly", 6)
    assert sorted({(r["row"], r["rule"]) for r in receipt.rejects}) == [
        (21, "organ_unknown"), (22, "not_allowed"), (23, "report_undated"), (24, "not_a_date"),
        (25, "edxml_broken_message"), (26, "future_date"),
    ]  # fmt: skip


# Percentiles against the sorted list


@settings(max_examples=80, deadline=None)
@given(st.lists(st.floats(0, 2_000), min_size=1, max_size=60), st.sampled_from([0.5, 0.9]))
def test_percentiles_from_bins_agree_with_the_sorted_values(values: list[float], share: float) -> None:
    counts = pl.DataFrame({"v": values}).group_by(bin_of(pl.col("v")).alias("bin")).len("count")
    found = float(percentile_of(counts, [], share)["value"].item())
    rank = max(1, -(-round(len(values) * share * 1e9) // 10**9))
    true = sorted(values)[rank - 1]
    assert abs(found - true) <= max((ERROR + 1e-6) * (1 + true), RATIO - 1)


def test_a_paper_that_ends_beyond_the_announced_calendar_has_no_hours() -> None:
    fact = load_registry().facts["document"]
    kinds: dict[str, Any] = {"text": pl.String, "integer": pl.Int64, "number": pl.Float64,
                             "instant": pl.Datetime("us", "UTC"), "boolean": pl.Int64}  # fmt: skip
    empty = pl.DataFrame(schema={c: kinds[k] for c, k in fact.columns.items()})
    row: dict[str, Any] = {"document": "d", "recipient": "so_tc", "issuer": "vp_ubnd", "code": "1/KH-UBND",
                           "sent_at": AT, "accepted_at": AT, "finished_at": local("2027-01-05 09:00")}  # fmt: skip
    one = pl.concat([empty, pl.DataFrame([row], schema_overrides={k: empty.schema[k] for k in row})], how="diagonal")
    found = document_state(one).row(0, named=True)
    assert (found["handling_hours"], found["status"], found["closed_at"]) == (None, "done", local("2027-01-05 09:00"))


# The demo


def test_the_simulated_systems_deliver_the_same_whatever_the_window(sqlite_store: str) -> None:
    until = datetime(2026, 11, 20, 15, tzinfo=UTC)
    whole = list(deliveries(Plan("small", 7, until - timedelta(days=2), until)))
    halves = [f for days in (2, 1) for f in deliveries(
        Plan("small", 7, until - timedelta(days=days), until - timedelta(days=days - 1)))]  # fmt: skip
    assert whole == halves
    assert [f.due for f in whole] == sorted(f.due for f in whole)
    receipts = [r for f in whole for r in deliver(f.source, (f.name, f.content), at=until)]
    assert sum(r.rows_kept for r in receipts) > 1_000
    assert {r.status for r in receipts} <= {"accepted", "partly", "duplicate"}
    assert figure("doc_reconcile_gap", period="2026-11-19").value == 0
    lying = states("doc_backlog_age_p50")
    assert lying.height > 50
    assert lying["subject"].drop_nulls().str.contains("(mô phỏng)", literal=True).all()
    persons = ("Người ký (mô phỏng)", "Văn thư (mô phỏng)", "0900000000", "Cán bộ (mô phỏng)")
    held = [c for _, c in everything(installation().data_dir)]
    assert not [p for p in persons if any(p.encode() in c for c in held)]
