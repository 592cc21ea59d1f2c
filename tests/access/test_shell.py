"""The frame around the pages: who gets in, what they see, and how they leave."""

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest
from streamlit.testing.v1 import AppTest

from services.people import add_person, disable_person, lookup, open_session
from tests.access.conftest import PASSWORD

ROOT = Path(__file__).resolve().parents[2]
SECRET = "Bí mật của trang"
Opener = Callable[..., AppTest]


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    folder = tmp_path / "pages"
    folder.mkdir()
    for page in ("home", "environment", "alerts"):
        (folder / f"{page}.py").write_text(
            dedent(f"""
            import streamlit as st
            from components.session import require
            viewer = require("{page}")
            st.write("{SECRET} {page}", viewer.user)
            """),
            encoding="utf-8",
        )
    return folder


@pytest.fixture
def opened(pages: Path, database: Path) -> Opener:
    """Open the shell over the temporary pages, with the token given."""
    script = pages.parent / "components" / "shell.py"  # beside pages/ Streamlit would run these
    script.parent.mkdir()
    script.write_text(
        dedent(f"""
        from pathlib import Path
        from components.shell import shell
        shell(badges=lambda viewer: {{"environment": ("critical", 3)}}, folder=Path({str(pages)!r}))
        """),
        encoding="utf-8",
    )

    def open_shell(token: str | None = None, **query: str) -> AppTest:
        at = AppTest.from_file(str(script), default_timeout=20)
        if token:
            at.session_state["_token"] = token
        for name, value in query.items():
            at.query_params[name] = value
        return at.run()

    return open_shell


def texts(at: AppTest) -> str:
    shown = [*at.markdown, *at.caption, *at.title, *at.error, *at.info, *at.get("html")]
    return " ".join(str(getattr(element, "value", None) or element.proto) for element in shown)


def fill(at: AppTest, user: str, password: str) -> AppTest:
    at.text_input[0].set_value(user)
    at.text_input[1].set_value(password)
    return next(button for button in at.button if button.label == "Đăng nhập").click().run()


@pytest.mark.parametrize("token", [None, "forged", "0" * 64])
def test_signed_out_there_is_a_form_and_nothing_else(opened: Opener, token: str | None) -> None:
    at = opened(token)
    assert not at.exception
    assert [field.label for field in at.text_input] == ["Tên đăng nhập", "Mật khẩu"]
    assert SECRET not in texts(at)
    assert not at.sidebar.get("page_link")


def test_signed_out_no_other_page_runs_either(opened: Opener) -> None:
    at = opened().switch_page("../pages/environment.py").run()
    assert SECRET not in texts(at)
    assert len(at.text_input) == 2


def test_signed_in_the_page_runs_with_its_viewer(opened: Opener, antruc: str) -> None:
    at = opened(open_session(antruc)[0])
    assert not at.exception
    assert f"{SECRET} home {antruc}" in texts(at)
    assert not at.text_input
    at.switch_page("../pages/environment.py").run()
    assert f"{SECRET} environment" in texts(at)


def test_the_navigation_names_what_is_installed_and_what_needs_attention(opened: Opener, antruc: str) -> None:
    at = opened(open_session(antruc)[0])
    links = [link.proto.label for link in at.sidebar.get("page_link")]
    assert links == ["Tổng quan", "Môi trường sống", "Cảnh báo"]
    assert "3 cảnh báo đang mở" in texts(at)
    assert "Trực vận hành" in texts(at)


def test_the_screen_speaks_english_at_a_switch(opened: Opener, antruc: str) -> None:
    at = opened(open_session(antruc)[0], lang="EN")
    links = [link.proto.label for link in at.sidebar.get("page_link")]
    assert links == ["Overview", "Living environment", "Alerts"]
    assert [button.label for button in at.sidebar.button] == ["Sign out"]


def test_the_form_lets_in_whoever_knows_the_password(opened: Opener, antruc: str) -> None:
    at = fill(opened(), " AnTruc ", PASSWORD)
    assert not at.exception
    assert f"{SECRET} home {antruc}" in texts(at)
    assert lookup(at.session_state["_token"]) is not None


@pytest.mark.parametrize("user", ["antruc", "khongco"])
def test_a_wrong_password_is_refused_then_locked_alike_for_any_name(
    opened: Opener, antruc: str, user: str
) -> None:
    at = opened()
    for _ in range(5):
        at = fill(at, user, "sai-mat-khau-1")
        assert "Sai tên đăng nhập hoặc mật khẩu." in texts(at)
    at = fill(at, user, PASSWORD)
    assert "Tài khoản tạm khóa do sai mật khẩu 5 lần. Thử lại sau 15 phút." in texts(at)
    assert SECRET not in texts(at)


@pytest.mark.parametrize(("user", "password"), [("", PASSWORD), ("antruc", ""), ("antruc", "ắ" * 40)])
def test_odd_input_is_refused_quietly(opened: Opener, antruc: str, user: str, password: str) -> None:
    at = fill(opened(), user, password)
    assert not at.exception
    assert "Sai tên đăng nhập hoặc mật khẩu." in texts(at)


def test_single_sign_on_is_offered_where_it_is_set_up(opened: Opener) -> None:
    at = opened()
    assert [button.label for button in at.button] == ["Đăng nhập"]
    at.secrets["auth"] = {"redirect_uri": "http://localhost/oauth2callback"}
    assert [button.label for button in at.run().button] == ["Đăng nhập", "Đăng nhập một lần"]


def test_single_sign_on_opens_the_account_of_its_address(
    opened: Opener, antruc: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_person("an.sso", "Sở Y tế", "leader", PASSWORD, email="an@thanhhoa.gov.vn")
    claims: dict[str, object] = {"is_logged_in": True, "email": "an@thanhhoa.gov.vn", "email_verified": False}
    monkeypatch.setattr("streamlit.user", claims)
    at = opened()
    at.secrets["auth"] = {"redirect_uri": "http://localhost/oauth2callback"}
    assert "an@thanhhoa.gov.vn chưa được cấp quyền" in texts(at.run())
    claims["email_verified"] = True
    assert f"{SECRET} home an.sso" in texts(at.run())


def test_signing_out_ends_the_session_and_shows_the_form(opened: Opener, antruc: str) -> None:
    token, _ = open_session(antruc)
    at = opened(token).button(key="sign_out").click().run()
    assert not at.exception
    assert len(at.text_input) == 2
    assert SECRET not in texts(at)
    assert lookup(token) is None


def test_a_revoked_session_is_out_at_the_next_action(opened: Opener, antruc: str) -> None:
    at = opened(open_session(antruc)[0])
    disable_person(antruc)
    at.run()
    assert SECRET not in texts(at)
    assert len(at.text_input) == 2


def test_the_wall_is_told_why_it_opens_nothing(opened: Opener) -> None:
    add_person("tuong", "Phòng họp", "display", PASSWORD)
    at = opened(open_session("tuong")[0])
    assert SECRET not in texts(at)
    assert "Chưa được cấp quyền" in texts(at)
    assert not at.sidebar.get("page_link")
    assert at.button(key="sign_out")


def test_a_page_run_without_the_shell_locks_itself(pages: Path, antruc: str) -> None:
    alone = AppTest.from_file(str(pages / "environment.py"), default_timeout=20).run()
    assert SECRET not in texts(alone)
    assert len(alone.text_input) == 2
    alone.session_state["_token"] = open_session(antruc)[0]
    assert SECRET in texts(alone.run())


def test_a_page_run_without_the_shell_refuses_the_wrong_role(pages: Path, database: Path) -> None:
    add_person("tuong", "Phòng họp", "display", PASSWORD)
    alone = AppTest.from_file(str(pages / "environment.py"), default_timeout=20)
    alone.session_state["_token"] = open_session("tuong")[0]
    assert SECRET not in texts(alone.run())


def test_without_any_page_the_shell_says_so(database: Path, tmp_path: Path) -> None:
    def empty(folder: str) -> None:
        from pathlib import Path

        from components.shell import shell

        shell(folder=Path(folder))

    at = AppTest.from_function(empty, args=(str(tmp_path),), default_timeout=20).run()
    assert [info.value for info in at.info] == ["Chưa có trang nào được cài đặt."]
