"""The page of health: for the entitled and for all others, with its disease and its baseline in the address."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import streamlit as st

from components.health import choices
from data_access.ingestion.pipeline import Delivery
from services.access import Viewer
from services.indicators import states
from services.people import add_person
from tests.core.deliveries import take_in
from tests.pages.opening import opened, words

HEAD = "ma_ca,icd10,xa,ngay_khoi_phat,thoi_diem_bao_cao"
DOCTOR = "soyte"


@pytest.fixture
def told(province: Path) -> Path:
    """A small province in which three cases of mumps start in one commune and nine of measles in another."""
    st.cache_data.clear()
    add_person(DOCTOR, "Sở Y tế", "department", "rat-kin-dao-9183", domains=("health",), agency="so_yt")
    now = datetime.now(UTC).astimezone().strftime("%Y-%m-%d %H:%M")
    lines = [f"ZZ-{place}-{n},{icd},{place},{now[:10]},{now}"
             for icd, place, count in (("B26", "16174", 3), ("B05", "14797", 9)) for n in range(count)]  # fmt: skip
    (receipt,) = take_in(Delivery("nay.csv", "\n".join([HEAD, *lines]).encode()), source="case_reports")
    assert receipt.status == "accepted", receipt.rejects
    return province


def test_the_entitled_see_where_few_fall_ill_and_their_cases(told: Path) -> None:
    seen = words(opened("health", DOCTOR))
    assert "Sởi" in seen and "Quai bị · " in seen and "Vượt ngưỡng dịch" in seen
    assert "Danh sách ca không mở" not in seen and "Báo cáo muộn" in seen
    columns = set(states("hlt_signals", viewer=Viewer("a", "analyst", None, None)).columns)
    assert not columns & {"sex", "age_group", "facility"}


def test_all_others_see_neither_few_cases_nor_single_ones(told: Path) -> None:
    seen = words(opened("health", "lanhdao"))
    assert "Sởi · Hạc Thành" in seen
    assert "Quai bị · " not in seen and "ZZ-" not in seen
    assert "Danh sách ca không mở" in seen and "1–4 ca, không nêu" in seen
    assert "Đo trên 200 lịch sử mô phỏng" in seen


def test_of_one_commune_counts_of_1_to_4_are_withheld_and_never_said_to_be_none(told: Path) -> None:
    week_ago = f"{datetime.now(UTC).astimezone() - timedelta(days=7):%Y-%m-%d}"
    head = f"{HEAD},thoi_diem_chan_doan"
    lines = [f"YY-{n},B26,14818,{week_ago},{week_ago} 05:00,{week_ago} 04:00" for n in range(3)]
    take_in(Delivery("tuan_truoc.csv", "\n".join([head, *lines]).encode()), source="case_reports")
    seen = words(opened("health", "lanhdao", place="14818"))
    assert "từ 1 đến 4, không hiện" in seen and "Quai bị · " not in seen and "YY-" not in seen
    assert "Chưa có ca được báo cáo" not in seen


def test_the_address_holds_disease_place_and_excluded_years(told: Path) -> None:
    years = list(choices()["years"][1])
    seen = words(opened("health", DOCTOR, disease="soi", place="14797", years=years[2]))
    assert f"bỏ năm {years[2]}" in seen and "Sởi" in seen and "Tay chân miệng · " not in seen
