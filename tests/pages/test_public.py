"""The public page: opened by anybody, showing what is public and nothing else."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from config.registry import load_registry
from config.settings import ROOT
from services.access import Viewer
from services.methods.folding import fold_text
from services.nearby import nearest
from services.question import ask
from tests.pages.opening import opened, words


def visited(**query: str) -> AppTest:
    """Return the page as somebody gets it who is not signed in."""
    at = AppTest.from_file(str(ROOT / "components" / "shell.py"), default_timeout=60)
    for name, value in query.items():
        at.query_params[name] = value
    at.run()
    at = at.switch_page("../pages/public.py").run()
    assert not at.exception
    return at


def test_a_citizen_reads_the_air_near_the_commune_and_how_it_serves(province: Path) -> None:
    at = visited(place="14797")
    said = words(at)
    assert "Không khí gần bạn" in said and "cách trung tâm xã, phường" in said
    assert "Giải quyết đúng hạn" in said and "Phản ánh tiếp nhận" in said and "mô phỏng" in said.lower()
    assert "/data_quality" not in said and not at.sidebar.children


def test_a_business_finds_its_procedure_without_accents_with_time_and_fee(province: Path) -> None:
    at = visited(face="business")
    at.text_input(key="search_procedure").set_value("dang ky thanh lap doanh nghiep").run()
    frame = at.dataframe[0].value
    found = [fold_text(f"{row['name']} {row['field']}") for _, row in frame.iterrows()]
    assert found and all("thanh" in one and "lap" in one for one in found)
    assert {"time", "fee"} <= set(frame.columns) and frame["fee"].notna().all()


def test_the_open_data_list_every_public_figure_with_its_files(province: Path) -> None:
    frame = visited(face="data").dataframe[0].value
    public = [i for i in load_registry().indicators.values() if i.visibility == "public"]
    assert len(frame) == len(public)
    assert frame["csv"].str.fullmatch(r"/open-data/[a-z0-9_]+/time\.csv").all()


@pytest.mark.parametrize("face", ["citizen", "business", "data"])
def test_nothing_is_asked_but_as_a_citizen(province: Path, face: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Viewer] = []

    def noted(*args: object, **about: object) -> object:
        asked.append(about["viewer"])  # type: ignore[arg-type]
        return ask(*args, **about)  # type: ignore[arg-type]

    monkeypatch.setattr("services.indicators.ask", noted)
    visited(face=face, place="14758", figure="doc_backlog", source="documents")
    assert {viewer.role for viewer in asked} <= {"citizen"}


def test_whoever_is_signed_in_reads_the_same_page(province: Path) -> None:
    said = words(opened("public", "phantich", place="14797"))
    assert "Không khí gần bạn" in said


def test_the_nearest_station_comes_first() -> None:
    found = nearest("14797", "air")
    assert [n.km for n in found] == sorted(n.km for n in found) and found[0].km < 5
