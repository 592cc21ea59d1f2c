"""The page of documents: where papers lie, what is not verified rates nobody, filters, search, who sees lines."""

from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from config.registry import load_registry
from data_access.database import now
from services import alerts
from services.access import SYSTEM
from services.alerts import open_alerts
from services.indicators import figure
from tests.domains.test_documents import as_csv, deliver, line
from tests.pages import opening
from tests.pages.opening import words

LIST = ("code", "subject", "issuer", "agency", "urgency", "open_from", "due_at", "status")


def opened(user: str, **query: str) -> AppTest:
    return opening.opened("documents", user, **query)


def lines(at: AppTest) -> list[dict[str, Any]]:
    """Return the rows of the list of documents."""
    found = [f.value for f in at.dataframe if "subject" in f.value.columns]
    return found[0].to_dict("records") if found else []


@pytest.fixture(autouse=True)
def overdue(province: Path) -> None:
    """Three urgent papers that arrived in October and lie since, at a department and at two communes."""
    st.cache_data.clear()
    told = {"Ngày_ban_hành": "05/10/2026", "Ngày_vào_sổ": "06/10/2026 09:00", "Ngày_đến": "06/10/2026 08:10",
            "Ngày_tiếp_nhận": "06/10/2026 09:00", "Hạn_xử_lý": "09/10/2026", "Độ_khẩn": "Hỏa tốc",
            "Trích_yếu": "V/v giải ngân vốn đầu tư công"}  # fmt: skip
    units = ("Sở Tài chính", "UBND phường Hạc Thành", "UBND phường Sầm Sơn")
    lines = [line(f"{n}/KH-UBND", Đơn_vị=unit, **told) for n, unit in enumerate(units, 501)]
    (receipt,) = deliver("document_lists", ("so_cu.csv", as_csv(*lines)), at=now())
    assert receipt.status == "accepted", receipt.rejects


def test_the_question_is_answered_where_papers_lie_for_how_long_and_since_when(province: Path) -> None:
    at = opened("lanhdao")
    text = words(at)
    assert "Văn bản đang nằm ở đâu?" in text
    assert "văn bản nằm quá 5 ngày làm việc, ở" in text and "Nơi có văn bản nằm lâu nhất" in text
    assert "cơ quan xử lý chậm gấp đôi mức giữa" in text
    league = next(f.value for f in opened("lanhdao").dataframe if "median" in f.value.columns)
    assert len(league) >= 4 and {"received", "open_late", "p90", "signed", "exchanged"} <= set(league.columns)
    assert "Sổ nguồn" in text and "Xuất Excel" in text


def test_what_rests_on_unverified_codes_is_shown_rates_nobody_and_alarms_nobody(province: Path) -> None:
    told = [str(e.proto) for e in opened("lanhdao").main if hasattr(e, "proto")]
    strip = next(t for t in told if "ioc-strip" in t and "doc_open_late" in t)
    assert "mục tiêu chưa kiểm chứng" in strip and "chưa kiểm chứng · " in strip
    assert not [sign for sign in ("ioc-bad", "ioc-ok", "ioc-near", "ioc-critical") if sign in strip]
    needs = next(t for t in told if "văn bản đang quá hạn" in t and "ioc-work" in t)
    assert "ioc-none" in needs and "ioc-bad" not in needs and "ioc-critical" not in needs
    assert "không xếp mức, không cảnh báo" in " ".join(told)
    alerts.evaluate()
    shaky = {i.id for i in load_registry().domains["documents"].indicators if i.target_uncertain}
    assert not [a for a in open_alerts(SYSTEM, "documents") if a.indicator in shaky]


def test_what_no_source_tells_says_that_there_is_no_data(province: Path) -> None:
    told = [str(e.proto) for e in opened("lanhdao").main if hasattr(e, "proto")]
    rates = next(t for t in told if "doc_efile_pct" in t)
    assert "Hồ sơ công việc điện tử" in rates and "chưa có dữ liệu" in rates
    assert figure("doc_efile_pct").value is None


def test_a_search_finds_with_and_without_accents_and_says_when_it_finds_nothing(province: Path) -> None:
    at = opened("lanhdao", document_list="received")
    number = lines(at)[0]["code"]
    for typed in ("giai ngan", "Giải  ngân", number.lower()):
        found = lines(at.text_input(key="search_document").set_value(typed).run())
        assert found and (typed == number.lower() or all("giải ngân" in row["subject"].lower() for row in found))
    at = at.text_input(key="search_document").set_value("khong co dau nhe").run()
    assert not lines(at) and "khong co dau nhe" in words(at)


def test_an_agency_and_a_group_come_from_the_address(province: Path) -> None:
    at = opened("lanhdao", agency="so_tc", document_list="open")
    assert {row["agency"] for row in lines(at)} == {"Sở Tài chính"}
    text = words(at)
    assert "doc_backlog~" in text and "~so_tc~" in text
    assert not [name for name in ("Sở Xây dựng văn bản", "Sở Y tế văn bản") if name in text]


def test_an_office_where_nothing_lies_says_so(province: Path) -> None:
    offices = [a.id for a in load_registry().agencies.values() if a.kind == "department"]
    quiet = next(a for a in offices if not figure("doc_backlog", agency=a).value)
    text = words(opened("lanhdao", agency=quiet, document_list="open"))
    assert "Không có văn bản nào đang nằm chờ." in text
    assert "Không có dòng nào" in text


@pytest.mark.parametrize(("user", "may"), [("lanhdao", True), ("xahacthanh", True), ("phantich", True),
                                           ("sonnmt", False)])  # fmt: skip
def test_each_role_sees_the_page_and_the_lines_it_may(province: Path, user: str, may: bool) -> None:
    at = opened(user, document_list="received")
    text, found = words(at), lines(at)
    assert "Văn bản đến chưa xong" in text and "Gửi đi bị trả lại nhiều nhất" in text
    assert bool(found) == may and ("không được xem danh sách" in text or "Danh sách từng dòng" in text) == (not may)
    assert not found or set(LIST) <= set(found[0])
    if user == "xahacthanh":
        assert {row["agency"] for row in found} == {"UBND phường Hạc Thành"}
    assert "secret" not in str(found) and "Cán bộ (mô phỏng)" not in text
