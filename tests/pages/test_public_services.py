"""The page of public services: old scores shown as old, filters followed, the list only for those entitled."""

from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from config.registry import load_registry
from tests.pages import opening
from tests.pages.opening import words


def opened(user: str, **query: str) -> AppTest:
    return opening.opened("public_services", user, **query)


def columns(at: AppTest) -> set[str]:
    return {str(column) for frame in at.dataframe for column in frame.value.columns}


@pytest.fixture(autouse=True)
def _no_memory() -> None:
    st.cache_data.clear()


def test_points_lost_and_recomputed_are_the_province_s_and_dated(province: Path) -> None:
    text = words(opened("lanhdao"))
    assert "Số hóa hồ sơ: mất nhiều điểm nhất, 13,81 điểm" in text
    assert "3/6 nhóm trọn vẹn, 1 nhóm một phần, lệch ≤ 0,005 điểm" in text
    assert "Chưa có số liệu mới hơn ngày 10/10/2026" in text
    assert "Thanh Hóa hạng 26/34, 60,80 điểm" in text


def test_each_metric_says_what_the_portal_does_not_publish(province: Path) -> None:
    table = next(f.value for f in opened("phantich").dataframe if "recomputed" in f.value.columns)
    notes = dict(zip(table["metric"], table["note"], strict=True))
    assert notes["3.3 Hồ sơ nộp trực tuyến"] == "Không công bố tử, mẫu số"
    assert notes["3.5-3.6 Thanh toán trực tuyến"] == "Công bố một phần: 5,80–8,30"
    assert len(table) == 19


def test_a_place_moves_the_strip_and_leaves_the_score(province: Path) -> None:
    text = words(opened("lanhdao", place="14797"))
    assert "60,80" in text
    assert "dvc_on_time_pct~2026" in text and "~14797~" in text


def test_a_period_without_scores_says_so(province: Path) -> None:
    assert "Kỳ này chưa có điểm 766" in words(opened("lanhdao", period="2026-03"))


def test_a_department_and_a_commune_together_are_explained(province: Path) -> None:
    assert "không chọn cả hai" in words(opened("lanhdao", place="14797", agency="so_ct"))


@pytest.mark.parametrize(("user", "sees"), [("lanhdao", True), ("xahacthanh", True), ("phantich", False)])
def test_applicants_are_named_by_right_only(province: Path, user: str, sees: bool) -> None:
    at = opened(user, dossier_list="all", period="latest")
    assert ("applicant" in columns(at)) == sees
    assert ("Tên người nộp chỉ hiện" in words(at)) != sees


def test_a_commune_lists_its_own_dossiers_only(province: Path) -> None:
    at = opened("xahacthanh", dossier_list="all")
    listed = next((f.value for f in at.dataframe if "dossier" in f.value.columns), None)
    assert listed is None or set(listed["agency"]) == {"UBND phường Hạc Thành"}
    assert "Chỉ gồm dòng của Phường Hạc Thành" in words(at)


def test_a_department_of_another_field_reads_why_it_sees_no_list(province: Path) -> None:
    at = opened("sonnmt")
    assert "Lĩnh vực này ngoài phạm vi" in words(at)
    assert "dossier" not in columns(at)


def test_alerts_do_not_repeat_their_subject() -> None:
    for indicator in load_registry().domains["public_services"].indicators:
        assert not [r.id for r in indicator.alerts if "{name}" in r.text.vi + r.text.en]
