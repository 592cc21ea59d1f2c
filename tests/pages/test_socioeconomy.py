"""The page of socio-economic targets: what is missed and whose it is, who said what when, real beside simulated."""

from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from tests.pages import opening
from tests.pages.opening import words


def opened(user: str, **query: str) -> AppTest:
    return opening.opened("socioeconomy", user, **query)


@pytest.fixture(autouse=True)
def _no_memory() -> None:
    st.cache_data.clear()


def test_the_running_year_says_what_will_be_missed_whose_it_is_and_how_old_the_figure(province: Path) -> None:
    text = words(opened("lanhdao", year="2026"))
    assert "1 chỉ tiêu sẽ không đạt với tốc độ này" in text or "1 chỉ tiêu năm 2026" in text
    assert "đến 02/2026 đạt 1.100/8.500 tr USD (12,9 %)" in text
    assert "Số cũ; chưa có số công bố mới hơn." in text
    assert "Sở Công Thương" in text
    assert "Chưa có kết quả công bố: Thu ngân sách nhà nước (Sở Tài chính)" in text


def test_a_past_year_is_judged_and_named(province: Path) -> None:
    text = words(opened("lanhdao", year="2025"))
    assert "1 chỉ tiêu năm 2025 không đạt" in text
    assert "cả năm đạt 7.300/8.000 tr USD (91,3 %)" in text
    assert "suy ra từ % công bố" in text


def test_who_said_what_when(province: Path) -> None:
    text = words(opened("lanhdao", year="2026"))
    assert "Sửa ngầm" in text and "574,4" in text and "649,3" in text
    assert "Hai nguồn khác nhau" in text and "dantri.com.vn · 28/09/2025" in text


def test_real_figures_bear_no_mark_and_simulated_ones_do(province: Path) -> None:
    at = opened("lanhdao", year="2026")
    told = [str(e.proto) for e in at.main if hasattr(e, "proto")]
    assert any("10 đơn vị chậm nhất" in t and "ioc-sim" in t for t in told)
    assert not any("chỗ số liệu bị sửa" in t and "ioc-sim" in t for t in told)


def test_what_nobody_published_says_that_there_is_no_data(province: Path) -> None:
    told = [str(e.proto) for e in opened("lanhdao", year="2026").main if hasattr(e, "proto")]
    tile = next(t for t in told if "eco_bhyt" in t)
    assert "Bao phủ BHYT" in tile and "chưa có dữ liệu" in tile
    assert "Xã đạt chuẩn NTM" in tile and "GRDP bình quân đầu người" in tile


def test_the_slowest_are_doors_to_their_file_and_all_are_compared(province: Path) -> None:
    at = opened("lanhdao", year="2026")
    told = [str(e.proto) for e in at.main if hasattr(e, "proto")]
    assert any("data_quality?figure=eco_disb_schedule_pct" in t and "ioc-table" in t for t in told)
    league = next(f.value for f in at.dataframe if "schedule_pct" in f.value.columns)
    assert len(league) > 50 and league["schedule_pct"].is_monotonic_increasing
    communes = at.segmented_control(key="socioeconomy_league_kind").set_value("commune").run()
    league = next(f.value for f in communes.dataframe if "schedule_pct" in f.value.columns)
    assert len(league) > 40 and league["name"].str.startswith("UBND").all()


def test_a_rate_over_100_is_shown_as_published(province: Path) -> None:
    assert "117,4 %" in words(opened("lanhdao", year="2025"))


@pytest.mark.parametrize("user", ["phantich", "xahacthanh", "sonnmt"])
def test_whoever_is_signed_in_sees_the_whole_page(province: Path, user: str) -> None:
    text = words(opened(user, year="2026"))
    assert "178 số liệu đã công bố" in text and "Ai chịu trách nhiệm" in text
    assert ": giải ngân " in text and "vốn tỉnh giao" in text and "Xuất Excel" in text
