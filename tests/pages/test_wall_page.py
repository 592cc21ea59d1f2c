"""The wall as a page: every scene over real figures, and in a real browser its turns and a server that is lost."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
from playwright.sync_api import Browser, Page
from streamlit.testing.v1 import AppTest

from config.locale import say
from config.settings import ROOT
from config.wall import load_wall
from data_access import wall as store_of
from services import wall
from services.access import Viewer
from services.people import open_session
from tests.pages.opening import opened
from tests.serving import chromium, signed_in, wait_for

PORT = 8749
URL = f"http://localhost:{PORT}"
OPERATOR = Viewer("vanhanh", "operator", None, None)


@pytest.fixture(autouse=True)
def _no_memory() -> None:
    st.cache_data.clear()


def told(at: AppTest) -> str:
    return " ".join(str(element.proto) for element in at.main if hasattr(element, "proto"))


def test_every_scene_is_drawn_in_both_languages(province: Path) -> None:
    for language in ("vi", "en"):
        for scene in load_wall().scenes:
            at = opened("wall", "vanhanh", scene=scene.id, lang=language.upper())
            said = told(at)
            assert f"w-body w-{scene.kind}" in said, scene.id
            assert not at.error, scene.id
    assert say("wall.mode_normal", "en") in said and re.search(r"Remote code <b>\d{3} \d{3}</b>", said)


def test_the_wall_shows_no_code_to_who_may_not_see_it_and_its_account_opens_nothing_else(province: Path) -> None:
    assert "w-frame" not in told(opened("wall", "xahacthanh"))
    for page in ("wall_remote", "alerts", "environment"):
        assert say("access.no_permission_title") in told(opened(page, "manhinh")), page
    assert "w-frame" in told(opened("home", "manhinh")), "the wall begins at its own page"
    assert say("access.no_permission_title") in told(opened("wall_remote", "xahacthanh"))


def test_a_phone_pairs_and_drives(province: Path) -> None:
    at = opened("wall_remote", "vanhanh")
    at.text_input(key="wall_code").set_value("000000")
    next(b for b in at.button if b.label == say("wall.pair")).click().run()
    assert say("wall.wrong_code") in told(at)
    at.text_input(key="wall_code").set_value(wall.code_of("manhinh"))
    next(b for b in at.button if b.label == say("wall.pair")).click().run()
    at.button(key="wall_pause").click().run()
    drive = store_of.drive_of("manhinh")
    assert drive and (drive.held, drive.actor) == ("paused", "vanhanh")
    at.selectbox(key="wall_scene").set_value("meeting").run()
    at.button(key="wall_pin").click().run()
    drive = store_of.drive_of("manhinh")
    assert drive and (drive.scene, drive.held) == ("meeting", "pinned")
    assert not at.exception


class Server:
    """A server that can be stopped and started at one address."""

    def __init__(self, folder: Path) -> None:
        self.log = folder / "server.log"

    def start(self) -> None:
        options = ["--server.port", str(PORT), "--server.address", "localhost", "--server.headless", "true"]
        with self.log.open("a") as out:
            self.process = subprocess.Popen([sys.executable, "-m", "streamlit", "run", "app.py", *options], cwd=ROOT,
                                            stdout=out, stderr=subprocess.STDOUT)  # fmt: skip
        wait_for(f"{URL}/healthz", self.process, self.log)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(30)


@pytest.fixture
def server(province: Path, tmp_path: Path) -> Iterator[Server]:
    running = Server(tmp_path)
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


def shows(page: Page, scene: str) -> None:
    page.wait_for_function(f"() => document.querySelector('.w-stage')?.dataset.shown === '{scene}'", timeout=60_000)


def test_scenes_turn_in_place_and_the_wall_survives_its_server(server: Server, browser: Browser) -> None:
    context = signed_in(browser, URL, "manhinh", "desk")
    page = context.new_page()
    page.goto(f"{URL}/wall")
    page.wait_for_selector(".w-scene.on", timeout=60_000)
    wall.pair(OPERATOR, wall.code_of("manhinh"))
    wall.steer(OPERATOR, "pin", "environment")
    shows(page, "environment")
    page.evaluate("document.querySelector('[data-scene=environment] .ioc-value').still = window.still = true")
    wall.steer(OPERATOR, "pin", "alerts")
    shows(page, "alerts")
    wall.steer(OPERATOR, "pin", "environment")
    shows(page, "environment")
    assert page.evaluate("window.still && document.querySelector('[data-scene=environment] .ioc-value').still"), (
        "in place"
    )
    wide = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]")
    assert wide == [1366, 768] and not page.locator("[data-testid=stSidebar]").is_visible()

    server.stop()
    page.wait_for_function("() => document.documentElement.hasAttribute('data-wall-lost')", timeout=15_000)
    assert "Mất kết nối máy chủ" in page.locator(".w-lost").inner_text()
    server.start()
    page.wait_for_function(
        "() => !document.documentElement.hasAttribute('data-wall-lost')"
        " && document.querySelector('.w-stage')?.dataset.shown === 'environment'",
        timeout=120_000,
    )
    context.close()


def test_a_revoked_wall_shows_nothing_more(province: Path) -> None:
    at = opened("wall", "manhinh")
    at.session_state["_token"] = "forged"
    at.run()
    assert "w-frame" not in told(at)
    assert open_session("manhinh")[0]
