"""The page of the web portals: all at a glance, one portal's own view, each role what is its own."""

from pathlib import Path

import polars as pl
import pytest

from components.portal_view import TONES
from components.portals import ON_MAP, STATUS
from services.indicators import figure, states
from services.methods.portals import STATES
from services.portals import GRAVITY
from tests.pages.test_every_page import opened, text_of


def test_every_state_has_its_mark_its_rank_and_its_words() -> None:
    assert set(STATUS) == set(STATES) == set(GRAVITY)
    assert set(ON_MAP) <= set(STATES) and set(TONES) >= {"up", "down", "probe_failed", "not_run", "planned"}


def test_the_grid_shows_every_portal_as_a_door(province: Path) -> None:
    page = opened("portals", "leader")
    said = text_of(page)
    assert not page.exception
    looked = states("web_dead")
    assert all(f"portal={name}" in said for name in looked["portal"])
    assert f"trong {looked.height} cổng" in said and "Bộ đo" in said
    assert "chưa đo lần nào" in said and "syt.thanhhoa.gov.vn" in said


def test_the_address_narrows_the_page_to_a_place_or_an_agency(province: Path) -> None:
    for asked in ({"place": "14797"}, {"agency": "so_tc"}, {"place": "14797", "agency": "so_tc"}):
        page = opened("portals", "leader", **asked)
        assert not page.exception and not page.error


def test_a_portal_has_its_own_view_and_a_way_back(province: Path) -> None:
    page = opened("portals", "analyst", portal="hacthanh")
    said = text_of(page)
    assert not page.exception
    assert "<h1>Phường Hạc Thành</h1>" in said and "hacthanh.thanhhoa.example (mô phỏng)" in said
    assert "← Tất cả cổng" in said and "14 ngày qua" in said


@pytest.mark.parametrize("asked", ["khongco", "<script>alert(1)</script>", "cong_so_yt"])
def test_an_unknown_portal_and_one_never_measured_are_said_to_be_so(province: Path, asked: str) -> None:
    page = opened("portals", "commune", portal=asked)
    said = text_of(page)
    assert not page.exception
    assert ("Chưa có lần đo nào" if asked == "cong_so_yt" else "Không có cổng") in said
    assert "<script>" not in said.lower()


def test_a_commune_sees_all_states_and_its_own_rows(province: Path) -> None:
    page = opened("portals", "commune")
    assert not page.exception and "trong" in text_of(page)


def test_the_other_language(province: Path) -> None:
    page = opened("portals", "leader", lang="EN")
    assert "Our own probe" in text_of(page)


def test_the_board_counts_as_the_tiles_count(province: Path) -> None:
    looked = states("web_dead")
    for name in ("dead", "dated"):
        assert looked.filter(pl.col(f"is_{name}")).height == figure(f"web_{name}").value
