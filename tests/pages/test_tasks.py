"""The page of assigned tasks: who is late for each role, a task's own page, search, filters, what is empty."""

from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from services.access import SYSTEM
from services.people import ensure_demo_accounts
from services.rows import rows
from services.tasks import task_of
from tests.domains.test_tasks import book, deliver, line
from tests.pages import opening
from tests.pages.opening import words


def opened(user: str, **query: str) -> AppTest:
    at = opening.opened("tasks", user, **query)
    assert not at.error
    return at


def listed(at: AppTest) -> Any:
    """Return the list of tasks; None where there is none."""
    return next((f.value for f in at.dataframe if "door" in f.value.columns), None)


@pytest.fixture(autouse=True)
def _no_memory() -> None:
    st.cache_data.clear()


SEES_TASKS = [("lanhdao", True), ("vanhanh", True), ("xahacthanh", True), ("phantich", True), ("sonnmt", False)]


@pytest.mark.parametrize(("user", "sees"), SEES_TASKS)
def test_single_tasks_are_seen_by_right_only(province: Path, user: str, sees: bool) -> None:
    at = opened(user, task_list="all")
    assert (listed(at) is not None) == sees
    if not sees:
        assert "Lĩnh vực này ngoài phạm vi" in words(at)


def test_a_commune_sees_its_own_tasks_and_no_other_s(province: Path) -> None:
    at = opened("xahacthanh", task_list="all")
    assert set(listed(at)["agency"]) == {"UBND phường Hạc Thành"}
    assert "Chỉ gồm dòng của Phường Hạc Thành" in words(at)
    other = rows("task", SYSTEM, list="all", where={"agency": "so_tc"}).rows["task"][0]
    assert f"Không có nhiệm vụ “{other}”" in words(opened("xahacthanh", task=other))


def test_who_is_late_for_how_long_and_whether_again(province: Path) -> None:
    at = opened("lanhdao")
    text, late = words(at), rows("task", SYSTEM, list="open_late").total
    assert f"Đang quá hạn: {late} nhiệm vụ" in text
    assert "Một nửa số việc quá hạn đã trễ trên" in text
    assert "cơ quan trễ lặp lại" in text or "Không cơ quan nào trễ từ 3 trong 4 quý gần nhất" in text
    assert "Việc cần xử lý ngay" in text
    assert "mục tiêu chưa kiểm chứng" in text  # the on-time target is a parameter, not a rule


def test_an_office_chosen_moves_tiles_and_list_and_leaves_the_league_whole(province: Path) -> None:
    at = opened("lanhdao", agency="so_tc", task_list="all")
    assert set(listed(at)["agency"]) == {"Sở Tài chính"}
    assert "agency%3Dso_tc" in words(at) or "so_tc" in words(at)
    league = next(f.value for f in at.dataframe if "quarters_late" in f.value.columns)
    assert len(league) > 20


def test_the_league_is_of_departments_or_of_communes_as_asked(province: Path) -> None:
    at = opened("lanhdao")
    at.button_group(key="tasks_league_kind").set_value("department").run()
    assert not at.exception
    league = next(f.value for f in at.dataframe if "quarters_late" in f.value.columns)
    assert not [n for n in league["name"] if n.startswith("UBND")]


def test_a_task_is_found_with_and_without_accents(sqlite_store: str) -> None:
    deliver(book(line(1), line(2, content="Phát triển sản phẩm du lịch")))
    ensure_demo_accounts()
    at = opened("vanhanh")
    for typed in ("giải phóng mặt bằng", "GIAI PHONG mat bang", "nv-2026-0001"):
        at.text_input[0].set_value(typed).run()
        assert not at.exception
        assert listed(at)["content"].to_list() == ["Báo cáo kết quả giải phóng mặt bằng"], typed
    at.text_input[0].set_value("không đâu có").run()
    assert not at.exception and listed(at) is None and "không đâu có" in words(at)


# A task's own page

def test_a_task_s_own_page_tells_its_history_with_file_and_row(province: Path) -> None:
    late = rows("task", SYSTEM, list="open_late").rows.row(0, named=True)
    at = opened("lanhdao", task=late["task"].lower())
    text, known = words(at), task_of(late["task"])
    assert f"<h1>{late['task']}</h1>" in text and late["content"] in text and "ioc-sim" in text
    assert "ngày làm việc" in text and "Tất cả nhiệm vụ" in text
    assert known is not None
    assert at.dataframe[0].value["file"].to_list() == [v.file for v in known.versions]
    assert at.dataframe[0].value["row"].to_list() == [v.row for v in known.versions]


def test_what_was_returned_is_said_to_be_not_done(sqlite_store: str) -> None:
    deliver(book(line(1, reported="24/02/2026 09:00", returned="26/02/2026 09:00", returns="1",
                      reason="Thiếu số liệu", told="Hoàn thành")))  # fmt: skip
    ensure_demo_accounts()
    text = words(opened("lanhdao", task="NV-2026-0001"))
    assert "Bị trả lại, chưa hoàn thành" in text and "Thiếu số liệu" in text
    assert "Hệ thống nguồn ghi “Hoàn thành”" in text


@pytest.mark.parametrize("asked", ["MP-2026-9999", "<script>alert(1)</script>"])
def test_a_task_that_is_not_there_is_said_to_be_none(sqlite_store: str, asked: str) -> None:
    ensure_demo_accounts()
    text = words(opened("lanhdao", task=asked))
    assert "Không có nhiệm vụ" in text and "<script>" not in text.lower()


# Nothing there

@pytest.mark.parametrize("user", ["lanhdao", "xahacthanh"])
def test_before_anything_came_the_page_says_so(sqlite_store: str, user: str) -> None:
    ensure_demo_accounts()
    at = opened(user)
    text = words(at)
    assert "chưa có dữ liệu" in text.lower()
    assert listed(at) is None


def test_the_page_speaks_english(province: Path) -> None:
    assert "Overdue" in words(opened("lanhdao", lang="EN"))
