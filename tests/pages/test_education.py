"""The page of education: where teachers are missing, by round and level, and the exam in its own year."""

from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from tests.pages import opening
from tests.pages.opening import words


def opened(user: str, **query: str) -> AppTest:
    return opening.opened("education", user, **query)


@pytest.fixture(autouse=True)
def _no_memory() -> None:
    st.cache_data.clear()


def test_a_leader_reads_where_teachers_are_missing_and_what_is_real(province: Path) -> None:
    text = words(opened("lanhdao"))
    assert "xã, phường thiếu từ 20 % giáo viên trở lên" in text
    assert "thiếu nhiều nhất:" in text and "Thiếu giáo viên: " in text
    assert "Năm 2026: 7/12 môn trên trung bình cả nước" in text
    assert "Toán: hạng 19 trong 34 tỉnh năm 2026" in text
    assert "41.337 thí sinh" in text
    assert "Số đã công bố: 86,91 %" in text


def test_round_and_level_are_chosen_in_the_address(province: Path) -> None:
    text = words(opened("lanhdao", level="thcs", term="2026-05"))
    assert "Cuối năm 2025-2026" in text
    assert "THCS thiếu nhiều nhất" in text


def test_an_exam_of_before_the_merger_keeps_its_provinces(province: Path) -> None:
    text = words(opened("phantich", exam="2024", subject="NguVan"))
    assert "Ngữ văn 2024: 63 tỉnh" in text
    assert "Chương trình 2006" in text


def test_a_commune_sees_its_own_schools_in_the_list(province: Path) -> None:
    text = words(opened("xahacthanh"))
    assert "Hạc Thành" in text
    assert "Chỉ gồm dòng của" in text
