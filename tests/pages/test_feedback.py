"""The page of citizens' reports: what each role sees, filters, times stated, duplicates merged by right only."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from services import feedback
from services.access import SYSTEM
from services.feedback import Key
from services.indicators import figure
from services.people import ensure_demo_accounts
from services.rows import rows
from tests.domains.test_feedback import OPEN, line, request, serve, stored, take
from tests.pages import opening
from tests.pages.opening import words


def opened(user: str, **query: str) -> AppTest:
    at = opening.opened("feedback", user, **query)
    assert not at.error
    return at


def table(at: AppTest, column: str) -> Any:
    """Return the values of the first table with a column; an empty frame's where there is none."""
    return next((f.value for f in at.dataframe if column in f.value.columns), None)


def buttons(at: AppTest, kind: str) -> list[Any]:
    return [b for b in at.button if str(b.key).startswith(f"{kind}_")]


@pytest.fixture(autouse=True)
def _no_memory() -> None:
    st.cache_data.clear()


SEES_REPORTS = [("lanhdao", True), ("vanhanh", True), ("xahacthanh", True), ("phantich", True), ("sonnmt", False)]


@pytest.mark.parametrize(("user", "sees"), SEES_REPORTS)
def test_single_reports_are_seen_by_right_only(province: Path, user: str, sees: bool) -> None:
    at = opened(user, feedback_list="all", period="latest")
    assert (table(at, "feedback") is not None) == sees
    assert ("nghi trùng, chờ người gộp" in words(at)) == sees or "fb_suggested" in words(at)
    assert "Xử lý đúng hạn" in words(at) and "0900 000" not in words(at)


def test_a_commune_lists_and_maps_its_own_reports_only(province: Path) -> None:
    at = opened("xahacthanh", feedback_list="all")
    assert set(table(at, "feedback")["place"]) <= {"Phường Hạc Thành"}
    assert "Chỉ gồm dòng của Phường Hạc Thành" in words(at)


def test_a_commune_chosen_moves_tiles_and_list_and_leaves_the_league_whole(province: Path) -> None:
    at = opened("lanhdao", place="14797", feedback_list="all")
    assert set(table(at, "feedback")["place"]) == {"Phường Hạc Thành"}
    assert "~14797~" in words(at)
    assert any(len(f.value) == 166 for f in at.dataframe)


def test_attention_names_what_is_open_and_why(province: Path) -> None:
    text = words(opened("lanhdao"))
    assert "Việc cần xử lý ngay" in text
    assert "/data_quality?figure=fb_" in text or "Không có việc cần xử lý" in text or "Không có cảnh báo" in text


def test_each_topic_says_its_time_and_which_have_only_the_cap(province: Path) -> None:
    at = opened("lanhdao")
    told = dict(zip(table(at, "time")["topic"], table(at, "time")["time"], strict=True))
    assert told["Rác thải, vệ sinh"] == "3 ngày làm việc"
    assert told["Ngập úng"] == told["An toàn thực phẩm"] == "Chưa có hạn riêng: trần 17 ngày"
    assert told["Cháy, nổ"] == "Khẩn: tiếp nhận 15 phút, có mặt 2 giờ"
    assert "5/15 lĩnh vực không có hạn riêng, chỉ có mức trần 17 ngày" in words(at)


@pytest.mark.parametrize("typed", ["đường", "DUONG", "duong mo phong"])
def test_a_search_finds_with_and_without_accents(province: Path, typed: str) -> None:
    at = opened("vanhanh", feedback_list="all")
    at.text_input[0].set_value(typed).run()
    assert not at.exception
    found = rows("feedback", SYSTEM, search=typed).total
    assert found and f"{found:,}".replace(",", ".") in words(at)
    at.text_input[0].set_value("không đâu có chữ này").run()
    assert not at.exception and "không đâu có chữ này" in words(at) and table(at, "content") is None


def test_published_figures_stand_beside_as_real(province: Path) -> None:
    at = opened("lanhdao")
    assert table(at, "on_time_pct")["on_time_pct"].to_list()[0] == 94
    assert "Thanh Hóa 2024–2026: chưa có dữ liệu" in words(at)


# Nothing there

def test_before_anything_came_the_page_says_so(sqlite_store: str) -> None:
    ensure_demo_accounts()
    for user in ("lanhdao", "vanhanh", "phantich"):
        text = words(opened(user))
        assert "Chưa có dữ liệu" in text or "chưa có dữ liệu" in text
        assert "Không nơi nào lặp lại trong 90 ngày" in text


# Merging

def two_alike() -> None:
    """Take in two open reports of one thing, an hour old."""
    at = datetime.now(UTC)
    day = {"sent": at - timedelta(hours=30), "accepted": at - timedelta(hours=29), "told": at - timedelta(hours=28)}
    shown = {k: (v + timedelta(hours=7)).strftime("%d/%m/%Y %H:%M") for k, v in day.items()}
    take(line("PA-A", **OPEN | shown), line("PA-B", **OPEN | shown), at=at)
    ensure_demo_accounts()


@pytest.mark.parametrize(("user", "kind", "open_after"), [("vanhanh", "merge", 1), ("xahacthanh", "keep_apart", 2)])
def test_who_has_the_right_decides_and_it_shows_at_once(
    sqlite_store: str, user: str, kind: str, open_after: int
) -> None:
    two_alike()
    at = opened(user)
    assert "1 phản ánh nghi trùng, chờ người gộp" in words(at)
    buttons(at, kind)[0].click().run()
    assert not at.exception and "0 phản ánh nghi trùng" in words(at)
    assert figure("fb_open").value == open_after
    assert stored("PA-B")["merged_into"] == ("1022:PA-A" if kind == "merge" else "")


@pytest.mark.parametrize("user", ["lanhdao", "phantich"])
def test_who_has_not_the_right_sees_the_pair_and_no_button(sqlite_store: str, user: str) -> None:
    two_alike()
    at = opened(user)
    assert "1 phản ánh nghi trùng, chờ người gộp" in words(at)
    assert not buttons(at, "merge") and not buttons(at, "keep_apart")


def test_while_a_batch_has_overtaken_a_merge_the_page_says_so(
    sqlite_store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_alike()
    monkeypatch.setattr(feedback, "_take_in_again", lambda *_: None)
    assert feedback.merge(SYSTEM, Key("1022", "PA-B"), Key("1022", "PA-A"))
    text = words(opened("vanhanh"))
    assert "1 phản ánh đã có quyết định" in text and "0 phản ánh nghi trùng" in text


def test_a_name_in_a_citizen_s_words_is_masked_on_the_page(sqlite_store: str) -> None:
    serve_words = "Tôi là Lê Thị Giấu, nhà ông Trần Hoài Lộ đổ rác trước cổng chợ, gọi 0912 345 678"
    two_alike()
    assert serve(request("A1", description=serve_words)).status == "accepted"
    text = words(opened("vanhanh", feedback_list="all", period="latest"))
    assert "Giấu" not in text and "Hoài Lộ" not in text and "345 678" not in text
    assert stored("A1")["content"] == "Tôi là […], nhà ông […] đổ rác trước cổng chợ, gọi […]"
