"""Numbers, dates and periods read as an office in Vietnam writes them."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components import format as write
from services.figure import Period


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (1234.5, 1, "1.234,5"),
        (57129, 0, "57.129"),
        (-13.81, 2, "−13,81"),
        (0.5, 0, "1"),
        (2.5, 0, "3"),
        (1.005, 2, "1,01"),
        (-0.004, 2, "0,00"),
        (None, 1, "—"),
        (float("nan"), 1, "—"),
    ],
)
def test_a_number(value: float | None, decimals: int, text: str) -> None:
    assert write.number(value, decimals) == text


def test_a_number_in_english() -> None:
    assert write.number(1234.5, 1, "en") == "1,234.5"


@given(st.floats(-1e9, 1e9), st.integers(0, 3))
def test_a_written_number_reads_back_to_its_rounding(value: float, decimals: int) -> None:
    text = write.number(value, decimals)
    back = float(text.replace(".", "").replace(",", ".").replace("−", "-"))
    assert abs(back - value) <= 0.5 * 10**-decimals + 1e-6


@given(st.integers(0, 10**12))
def test_thousands_are_grouped_by_three(value: int) -> None:
    groups = write.number(value).split(".")
    assert all(len(group) == 3 for group in groups[1:]) and 1 <= len(groups[0]) <= 3


def test_percent_has_a_space() -> None:
    assert write.percent(88.77) == "88,8 %"
    assert write.percent(None) == "—"


def test_a_change_says_its_direction_and_nothing_more() -> None:
    assert write.change(1.2, 1) == "▲ 1,2"
    assert write.change(-96) == "▼ 96"
    assert write.change(0.001, 1) == "không đổi"


def test_better_needs_a_direction() -> None:
    assert write.better(-96, "down") == "ok"
    assert write.better(-96, "up") == "bad"
    assert write.better(-96, "neutral") is None
    assert write.better(0, "up") is None


def test_an_instant_is_told_in_local_time() -> None:
    late = datetime(2026, 11, 22, 18, 5, tzinfo=UTC)
    assert write.moment(late) == "23/11/2026 01:05"
    assert write.date(late) == "23/11/2026"


@pytest.mark.parametrize(
    ("gone", "text"),
    [
        (timedelta(seconds=20), "vừa xong"),
        (timedelta(minutes=12), "12 phút trước"),
        (timedelta(hours=23, minutes=59), "23 giờ trước"),
        (timedelta(hours=26), "22/11/2026 12:00"),
        (timedelta(minutes=-5), "23/11/2026 14:05"),
    ],
)
def test_an_instant_under_a_day_old_is_told_by_its_distance(gone: timedelta, text: str) -> None:
    now = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
    assert write.moment(now - gone, now) == text


@pytest.mark.parametrize(
    ("grain", "start", "text"),
    [
        ("hour", datetime(2026, 11, 23, 7, tzinfo=UTC), "14:00 23/11/2026"),
        ("day", datetime(2026, 11, 22, 17, tzinfo=UTC), "23/11/2026"),
        ("week", datetime(2026, 11, 15, 17, tzinfo=UTC), "Tuần 47/2026"),
        ("month", datetime(2026, 9, 30, 17, tzinfo=UTC), "10/2026"),
        ("quarter", datetime(2026, 6, 30, 17, tzinfo=UTC), "Quý III/2026"),
        ("year", datetime(2025, 12, 31, 17, tzinfo=UTC), "Năm 2026"),
    ],
)
def test_a_period(grain: str, start: datetime, text: str) -> None:
    assert write.period_label(Period(grain, start, start, "x")) == text
