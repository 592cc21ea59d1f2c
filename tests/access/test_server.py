"""The real server and a real browser: locks, cookie, headers, errors."""

import json
import os
import re
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from config.pages import all_pages
from services.people import add_person, open_session, revoke_sessions
from tests.access.conftest import PASSWORD
from tests.browser import find
from tests.serving import served

ROOT = Path(__file__).resolve().parents[2]
SECRET = "Bi-mat-cua-trang"
STAND_IN = f"""
import streamlit as st
st.write("{SECRET}", __file__)
st.button("Bấm")
"""
BROKEN = f"""
from components.session import require
require("data_quality")
raise RuntimeError("{SECRET}")
"""
SINGLE_SIGN_ON = """
[auth]
redirect_uri = "http://localhost:8501/oauth2callback"
cookie_secret = "mot-chuoi-ngau-nhien-dai-du-dung-cho-bai-thu"
client_id = "ioc-thanh-hoa"
client_secret = "khoa-cua-ung-dung"
server_metadata_url = "http://127.0.0.1:9/.well-known/openid-configuration"
"""


@pytest.fixture
def stand_in(tmp_path: Path) -> Path:
    """The project with pages that say a secret and have no lock of their own."""
    root = tmp_path / "project"
    shutil.copytree(ROOT / "components", root / "components", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "app.py", root)
    for name in ("config", "services", "data_access", ".streamlit"):
        (root / name).symlink_to(ROOT / name)
    (root / "pages").mkdir()
    for page in all_pages():
        text = BROKEN if page.id == "data_quality" else STAND_IN
        (root / "pages" / f"{page.id}.py").write_text(text, encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=find(), args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(locale="en-US")
    context.set_default_timeout(20_000)
    yield context
    context.close()


def sent_to(page: Page) -> list[bytes]:
    """Collect every message that the server will send to a page."""
    frames: list[bytes] = []

    def keep(data: str | bytes) -> None:
        frames.append(data.encode() if isinstance(data, str) else data)

    page.on("websocket", lambda socket: socket.on("framereceived", keep))
    return frames


def drawn(frames: list[bytes]) -> set[str]:
    """Return what the messages draw, each element as text without its generated ids."""
    elements = set()
    for frame in frames:
        message = ForwardMsg.FromString(frame)
        if message.WhichOneof("type") == "delta":
            elements.add(re.sub(r'(id|form_id|run_id|key|hash)\w*: "[^"]*"', "", str(message.delta)))
    return elements


def sign_in_screen(page: Page) -> None:
    """Wait for all of the sign-in screen: its form, and the language switch, which is drawn last."""
    expect(page.get_by_label("Tên đăng nhập")).to_be_visible()
    expect(page.get_by_role("radio", name="EN").or_(page.get_by_text("EN", exact=True)).first).to_be_visible()
    page.wait_for_timeout(500)


def enter(page: Page, url: str, user: str = "antruc", password: str = PASSWORD) -> None:
    page.goto(url)
    page.get_by_label("Tên đăng nhập").fill(user)
    page.get_by_label("Mật khẩu", exact=True).fill(password)
    page.get_by_role("button", name="Đăng nhập", exact=True).click()


@pytest.mark.parametrize("address", [page.id for page in all_pages() if page.access != "public"])
def test_signed_out_every_address_of_a_fresh_server_sends_the_sign_in_screen_only(
    stand_in: Path, database: Path, tmp_path: Path, context: BrowserContext, address: str
) -> None:
    with served(stand_in, tmp_path) as server:
        page = context.new_page()
        cold = sent_to(page)
        page.goto(f"{server.url}/{address}")
        sign_in_screen(page)
        assert SECRET.encode() not in b"".join(cold)
        home = context.new_page()
        screen = sent_to(home)
        home.goto(server.url)
        sign_in_screen(home)
        assert drawn(screen)
        assert drawn(cold) <= drawn(screen)


def test_the_project_s_own_pages_stay_behind_the_lock(
    database: Path, tmp_path: Path, context: BrowserContext
) -> None:
    closed = [page.id for page in all_pages() if page.access != "public"]
    installed = [name for name in closed if (ROOT / "pages" / f"{name}.py").is_file()]
    with served(ROOT, tmp_path) as server:
        texts = set()
        for address in installed:
            page = context.new_page()
            page.goto(f"{server.url}/{address}")
            sign_in_screen(page)
            texts.add(page.locator("[data-testid=stMain]").inner_text())
            page.close()
    assert len(texts) == (1 if installed else 0)


def test_signing_in_staying_in_and_leaving(
    stand_in: Path, antruc: str, tmp_path: Path, context: BrowserContext
) -> None:
    with served(stand_in, tmp_path) as server:
        page = context.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))

        with page.expect_response("**/auth/session") as answer:
            enter(page, f"{server.url}/environment?ky=2026-05")
        assert answer.value.status == 204
        expect(page.get_by_text(SECRET)).to_contain_text("environment.py")
        assert page.evaluate("location.search") == "?ky=2026-05"

        cookie = next(cookie for cookie in context.cookies() if cookie["name"] == "ioc_session")
        assert cookie["httpOnly"] and cookie["sameSite"] == "Strict"
        assert "ioc_session" not in page.evaluate("document.cookie")

        page.reload()
        expect(page.get_by_text(SECRET)).to_contain_text("environment.py")
        page.get_by_test_id("stSidebar").get_by_text("Cảnh báo").click()
        expect(page.get_by_text(SECRET)).to_contain_text("alerts.py")
        assert page.evaluate("location.pathname") == "/alerts"

        page.get_by_text("EN", exact=True).click()
        expect(page.get_by_role("button", name="Sign out")).to_be_visible()
        page.get_by_test_id("stSidebar").get_by_text("Living environment").click()
        expect(page.get_by_text(SECRET)).to_contain_text("environment.py")
        page.reload()
        expect(page.get_by_role("button", name="Sign out")).to_be_visible()

        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_label("User name")).to_be_visible()
        expect(page.get_by_text(SECRET)).to_have_count(0)
        page.goto(server.url)
        expect(page.get_by_label("Tên đăng nhập")).to_be_visible()
        own = (server.url, "data:", "blob:")
        assert [url for url in asked if not url.removeprefix("blob:").startswith(own)] == []


def test_a_revoked_session_ends_at_the_next_click(
    stand_in: Path, antruc: str, tmp_path: Path, context: BrowserContext
) -> None:
    with served(stand_in, tmp_path) as server:
        page = context.new_page()
        enter(page, server.url)
        expect(page.get_by_text(SECRET)).to_be_visible()
        assert revoke_sessions(antruc) == 1
        page.get_by_role("button", name="Bấm").click()
        expect(page.get_by_label("Tên đăng nhập")).to_be_visible()
        expect(page.get_by_text(SECRET)).to_have_count(0)


def test_a_page_that_fails_shows_a_code_and_the_log_has_the_rest(
    stand_in: Path, antruc: str, tmp_path: Path, context: BrowserContext
) -> None:
    with served(stand_in, tmp_path) as server:
        page = context.new_page()
        frames = sent_to(page)
        enter(page, f"{server.url}/data_quality")
        alert = page.get_by_text(re.compile("Không hiển thị được phần này"))
        expect(alert).to_be_visible()
        code = re.search(r"E-[0-9A-F]{8}", page.get_by_role("alert").inner_text())
        assert code and code[0] in server.log.read_text()
        assert f"RuntimeError: {SECRET}" in server.log.read_text()
        assert SECRET.encode() not in b"".join(frames)


def answer(url: str, body: bytes | None = None, **headers: str) -> tuple[int, dict[str, str]]:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, given), timeout=10) as response:
            return response.status, dict(response.headers)
    except urllib.error.HTTPError as error:
        return error.code, dict(error.headers)


def test_the_server_answers_probes_secures_its_answers_and_refuses_forged_tickets(
    stand_in: Path, antruc: str, tmp_path: Path
) -> None:
    _, ticket = open_session(antruc)
    good = json.dumps({"ticket": ticket}).encode()
    with served(stand_in, tmp_path) as server:
        session = f"{server.url}/auth/session"
        assert answer(f"{server.url}/readyz")[0] == 200
        for path in ("/", "/healthz", "/environment"):
            headers = answer(f"{server.url}{path}")[1]
            assert "unsafe-eval" not in headers["content-security-policy"]
            assert headers["x-content-type-options"] == "nosniff"
        assert answer(session, b"{", content_type="application/json")[0] == 400
        assert answer(session, b'{"ticket": "forged"}', content_type="application/json")[0] == 403
        assert answer(session, b'["x"]', content_type="application/json")[0] == 403
        assert answer(session, good, content_type="text/plain")[0] == 403
        assert answer(session, good, content_type="application/json", sec_fetch_site="cross-site")[0] == 403
        status, headers = answer(session, good, content_type="application/json", x_forwarded_proto="https")
        assert status == 204
        assert {"HttpOnly", "Secure", "SameSite=strict"} <= set(headers["set-cookie"].split("; "))
        assert answer(session, good, content_type="application/json")[0] == 403


def test_without_its_database_the_server_is_alive_but_not_ready(stand_in: Path, tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IOC_DATA_DIR", str(tmp_path / "empty"))
        with served(stand_in, tmp_path) as server:
            assert answer(f"{server.url}/healthz")[0] == 200
            assert answer(f"{server.url}/readyz")[0] == 503


def test_production_without_a_secret_does_not_start(tmp_path: Path) -> None:
    environment = {**os.environ, "IOC_ENV": "production", "IOC_SECRET_KEY": "", "IOC_DATA_DIR": str(tmp_path)}
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", "0"]
    process = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert process.returncode != 0
    assert "IOC_SECRET_KEY" in process.stdout + process.stderr


def test_production_shows_and_admits_no_demonstration_account(
    stand_in: Path, database: Path, tmp_path: Path, context: BrowserContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_person("trinhdien", "Trình diễn", "leader", PASSWORD, demo=True)
    monkeypatch.setenv("IOC_ENV", "production")
    monkeypatch.setenv("IOC_SECRET_KEY", "k" * 32)
    with served(stand_in, tmp_path) as server:
        page = context.new_page()
        enter(page, server.url, "trinhdien")
        expect(page.get_by_text("Sai tên đăng nhập hoặc mật khẩu.")).to_be_visible()
        assert "trình diễn" not in page.locator("body").inner_text().lower()


def test_single_sign_on_is_offered_beside_the_password_once_it_is_set_up(
    stand_in: Path, antruc: str, tmp_path: Path, context: BrowserContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    (home / ".streamlit").mkdir(parents=True)
    (home / ".streamlit" / "secrets.toml").write_text(SINGLE_SIGN_ON, encoding="utf-8")
    monkeypatch.setenv("HOME", str(home))
    with served(stand_in, tmp_path) as server:
        page = context.new_page()
        frames = sent_to(page)
        page.goto(f"{server.url}/environment")
        expect(page.get_by_role("button", name="Đăng nhập một lần")).to_be_visible()
        assert b"khoa-cua-ung-dung" not in b"".join(frames)
        enter(page, f"{server.url}/environment")
        expect(page.get_by_text(SECRET)).to_contain_text("environment.py")
        page.get_by_role("button", name="Đăng xuất").click()
        expect(page.get_by_role("button", name="Đăng nhập một lần")).to_be_visible()
        assert "Traceback" not in server.log.read_text()
