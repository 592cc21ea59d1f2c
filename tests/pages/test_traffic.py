"""Trang Giao thông, trật tự as each role gets it."""

from pathlib import Path

import pytest
import streamlit as st

from components.traffic_map import SPOT
from services.people import demo_accounts, ensure_demo_accounts
from tests.pages.opening import opened, words

USERS = {account.role: account.user for account in demo_accounts()}


@pytest.fixture(autouse=True)
def _no_memory() -> None:
    st.cache_data.clear()


def test_the_leader_reads_deaths_funnel_spots_and_real_figures(province: Path) -> None:
    said = words(opened("traffic", USERS["leader"]))
    for part in ("Người chết từ đầu năm", "chưa có số cùng kỳ", "điểm đen", "Quyết định phạt", "So sánh 166 xã, phường",
                 "Người Lao Động, 16/01/2026", "chưa có dữ liệu", "không được lưu ở đây"):  # fmt: skip
        assert part in said
    assert "ioc-sim" in said and "vehicle" not in said
    assert SPOT == "stale" and "nên chưa dùng để đánh giá" in said  # the rule of black spots is not yet checked


def test_a_commune_works_its_own_rows_and_a_chosen_month_counts_that_month(province: Path) -> None:
    said = words(opened("traffic", USERS["commune"], period="K2026-10"))
    assert "Chỉ gồm dòng của Phường Hạc Thành" in said
    assert "Số người chết trong kỳ" in said and "Người chết từ đầu năm" not in said


def test_an_empty_province_says_so(sqlite_store: str) -> None:
    ensure_demo_accounts()
    said = words(opened("traffic", USERS["leader"]))
    assert "Chưa có vi phạm do camera phát hiện" in said and "Không có điểm đen." in said
