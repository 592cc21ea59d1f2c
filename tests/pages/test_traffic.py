"""Trang Giao thông, trật tự as each role gets it."""

from datetime import UTC, datetime, timedelta

import pytest

from data_access.database import now
from services.demo.plan import Plan
from services.demo.runner import fill
from services.demo.traffic import deliveries, references
from services.people import demo_accounts, ensure_demo_accounts
from tests.pages.opening import opened, words

USERS = {account.role: account.user for account in demo_accounts()}


@pytest.fixture
def traffic(sqlite_store: str) -> datetime:
    """Fill five days of the simulated lists and the published figures."""
    ensure_demo_accounts()
    fill(references())
    fill(deliveries(Plan("small", 1, now() - timedelta(days=5), now())))
    return datetime.now(UTC)


def test_the_leader_reads_deaths_funnel_spots_and_real_figures(traffic: datetime) -> None:
    said = words(opened("traffic", USERS["leader"]))
    for part in ("Người chết từ đầu năm", "chưa có số cùng kỳ", "điểm đen", "Quyết định phạt", "So sánh 166 xã, phường",
                 "Người Lao Động, 16/01/2026", "chưa có dữ liệu", "không được lưu ở đây"):  # fmt: skip
        assert part in said
    assert "ioc-sim" in said


def test_a_chosen_month_counts_that_month(traffic: datetime) -> None:
    said = words(opened("traffic", USERS["leader"], period="K2026-10"))
    assert "Số người chết trong kỳ" in said and "Người chết từ đầu năm" not in said


def test_a_commune_works_its_own_rows_and_the_analyst_sees_no_plate(traffic: datetime) -> None:
    assert "Chỉ gồm dòng của Phường Hạc Thành" in words(opened("traffic", USERS["commune"]))
    said = words(opened("traffic", USERS["analyst"]))
    assert "vehicle" not in said


def test_an_empty_province_says_so(sqlite_store: str) -> None:
    ensure_demo_accounts()
    said = words(opened("traffic", USERS["leader"]))
    assert "Chưa có vi phạm do camera phát hiện" in said and "Không có điểm đen." in said
