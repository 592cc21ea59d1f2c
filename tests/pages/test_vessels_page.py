"""The page of the fishing vessels: the fleet narrowed by the address, one vessel's own view, no owner anywhere."""

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from components.sea_map import paths, position, view_of
from components.vessels import MEMBERS
from services import vessels
from services.indicators import figure
from services.vessels import Track
from tests.pages.test_every_page import opened, text_of


def at(hour: int) -> datetime:
    return datetime(2026, 11, 23, hour, tzinfo=UTC)


def test_a_position_is_written_in_degrees_and_minutes() -> None:
    assert position(19.774, 105.9) == "19°46,4′B 105°54,0′Đ"
    assert position(19.9999, 106.05, "en") == "20°00.0′N 106°03.0′E"
    assert position(None, 105.9) == "—"


def test_a_track_is_broken_at_its_silence_which_is_a_line_of_its_own() -> None:
    fixes = pl.DataFrame({"time": [at(0), at(2), at(10), at(12)], "lat": [19.0, 19.1, 19.5, 19.6],
                          "lon": [106.0, 106.1, 106.5, 106.6]})  # fmt: skip
    silence = pl.DataFrame({"start": [at(2)], "end": [at(10)], "hours": [8.0], "lat_start": [19.1],
                            "lon_start": [106.1], "lat_end": [19.5], "lon_end": [106.5],
                            "distance_nm": [33.0]})  # fmt: skip
    run, silent = paths(Track("TH-1", fixes, silence, 4, 7), "TH-1", "vi")
    assert [line["path"] for line in run] == [[(106.0, 19.0), (106.1, 19.1)], [(106.5, 19.5), (106.6, 19.6)]]
    assert [line["path"] for line in silent] == [[[106.1, 19.1], [106.5, 19.5]]]
    assert "8 giờ" in silent[0]["tip"]


def test_a_track_that_stands_still_has_a_view_too() -> None:
    assert view_of(pl.DataFrame({"lat": [19.0, 19.0], "lon": [106.0, 106.0]})).zoom <= 12


def test_the_states_are_counted_as_the_indicators_count(province: Path) -> None:
    fleet = vessels.fleet()
    for state in ("lost_6h", "lost_10d", "late", "feed_silent", "near_line", "across_line", "in_port", "unregistered"):
        assert fleet.filter(MEMBERS[state]).height == figure(f"vessel_{state}").value, state
    assert sum(fleet.filter(MEMBERS[s]).height for s in list(MEMBERS)[:6]) == fleet.height


def test_a_row_of_the_list_opens_the_vessel_and_there_is_a_way_back(province: Path) -> None:
    vessel = vessels.fleet()["vessel"].sort()[0]
    page = opened("vessels", "operator")
    assert "/vessels?vessel=" in text_of(page)
    own = opened("vessels", "operator", vessel=vessel)
    assert not own.exception
    assert f"<h1>{vessel}</h1>" in text_of(own)
    assert "← Tất cả tàu" in text_of(own)


@pytest.mark.parametrize("asked", ["TH-99999-TS", "<script>alert(1)</script>"])
def test_an_unknown_vessel_is_said_to_be_unknown(province: Path, asked: str) -> None:
    page = opened("vessels", "commune", vessel=asked)
    assert not page.exception
    assert "Không có tàu" in text_of(page)
    assert "<script>" not in text_of(page).lower()


@pytest.mark.parametrize(
    "asked", [{"vessel_state": "in_port"}, {"vessel_state": "lost_10d"}, {"length_class": "06_12"}, {"place": "14797"}]
)
def test_the_address_narrows_the_fleet(province: Path, asked: dict[str, str]) -> None:
    page = opened("vessels", "leader", **asked)
    assert not page.exception and not page.error


def test_the_other_language_stays_through_the_doors(province: Path) -> None:
    page = opened("vessels", "leader", lang="EN")
    assert "Whom to call first" in text_of(page)
    assert "lang=EN" in text_of(page)
