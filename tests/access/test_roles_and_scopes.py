"""What each role may do, and over which places and domains."""

from pathlib import Path

import pytest

from config.pages import PagesError, all_pages, load_pages, page_named
from config.roles import load_roles
from services.access import CITIZEN, SYSTEM, Viewer, may, may_open, row_places, visible

LEADER = Viewer("lanhdao", "leader", None, None)
DEPARTMENT = Viewer("sonnmt", "department", None, frozenset({"environment", "vessels"}), "so_nnmt")
COMMUNE = Viewer("xahacthanh", "commune", frozenset({"14797"}), None, "ubnd_14797")
ANALYST = Viewer("phantich", "analyst", None, None)
DISPLAY = Viewer("manhinh", "display", None, None)


def test_the_seven_roles_of_the_design_exist() -> None:
    assert set(load_roles()) == {
        "leader", "department", "commune", "analyst", "operator", "administrator", "display",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("viewer", "visibility", "shown"),
    [
        (CITIZEN, "public", True), (CITIZEN, "internal", False), (CITIZEN, "restricted", False),
        (DISPLAY, "internal", True), (DISPLAY, "restricted", False),
        (ANALYST, "internal", True), (ANALYST, "restricted", False),
        (COMMUNE, "restricted", True), (LEADER, "restricted", True), (SYSTEM, "restricted", True),
    ],
)  # fmt: skip
def test_a_figure_is_shown_by_its_visibility(viewer: Viewer, visibility: str, shown: bool) -> None:
    assert visible(viewer, visibility) is shown


def test_an_unknown_visibility_is_an_error_not_a_guess() -> None:
    with pytest.raises(ValueError, match="secret"):
        visible(SYSTEM, "secret")


def test_restricted_figures_stop_at_the_domains_of_the_account() -> None:
    assert visible(DEPARTMENT, "restricted", domain="vessels")
    assert not visible(DEPARTMENT, "restricted", domain="public_services")
    assert visible(DEPARTMENT, "internal", domain="public_services")


def test_a_commune_sees_its_own_rows_only() -> None:
    assert row_places(COMMUNE) == frozenset({"14797"})
    assert row_places(LEADER) is None
    assert row_places(SYSTEM) is None
    assert row_places(CITIZEN) == frozenset()


def test_a_commune_without_places_sees_no_rows_rather_than_all() -> None:
    assert row_places(Viewer("xa", "commune", None, None)) == frozenset()


def test_a_refusal_says_why_in_both_languages() -> None:
    decision = may(ANALYST, "acknowledge")
    assert not decision
    assert decision.reason_vi == "Vai trò Chuyên viên phân tích không có quyền tiếp nhận cảnh báo."
    assert decision.reason_en == "The role Analyst may not acknowledge alerts."


def test_acknowledging_stops_at_domain_and_place() -> None:
    assert may(COMMUNE, "acknowledge", place="14797")
    assert "địa bàn" in may(COMMUNE, "acknowledge", place="14758").reason_vi.lower()
    assert "lĩnh vực" in may(DEPARTMENT, "acknowledge", domain="public_services").reason_vi.lower()


def test_a_permission_nobody_declared_is_an_error() -> None:
    with pytest.raises(KeyError):
        may(LEADER, "fly")


def test_a_role_nobody_declared_may_do_nothing() -> None:
    assert not may(Viewer("x", "chief", None, None), "see_internal")


def test_the_wall_opens_its_own_page_and_no_other() -> None:
    opened = [page.id for page in all_pages() if page.access != "public" and may_open(DISPLAY, page)]
    assert opened == ["wall"]
    assert may_open(LEADER, page_named("alerts"))
    assert "Cảnh báo" in may_open(DISPLAY, page_named("alerts")).reason_vi


def test_nothing_is_open_to_citizens_unless_it_says_public() -> None:
    assert {page.access for page in all_pages() if may_open(CITIZEN, page)} <= {"public"}


def test_home_comes_first() -> None:
    assert all_pages()[0].id == "home"


PAGE = """
- id: {id}
  name: {{vi: Một, en: One}}
  question: {{vi: "Gì?", en: "What?"}}
  icon: home
  access: {access}
  roles: [{role}]
  group: work
  order: 1
"""


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (PAGE.format(id="a", access="open", role="leader"), "access"),
        (PAGE.format(id="a", access="public", role="chief"), "chief"),
        (PAGE.format(id="../a", access="public", role="leader"), "id"),
        (PAGE.format(id="a", access="public", role="leader") * 2, "trùng"),
    ],
)
def test_a_wrong_list_of_pages_is_refused_with_its_reason(tmp_path: Path, text: str, named: str) -> None:
    file = tmp_path / "pages.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(PagesError, match=named):
        load_pages(file)
