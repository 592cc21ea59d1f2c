"""A real server of the product for the tests, and a real browser to look at it."""

import io
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from services.people import open_session
from tests.browser import find

expect.set_options(timeout=30_000)  # a busy machine is slow, not wrong
SIZES = {"desk": (1366, 768), "phone": (390, 844), "wall": (3840, 2160)}


@dataclass(frozen=True)
class Served:
    """A running server: its address and where it writes its log."""

    url: str
    log: Path


@contextmanager
def served(root: Path, folder: Path) -> Iterator[Served]:
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    log = folder / "server.log"
    options = ["--server.port", str(port), "--server.address", "localhost", "--server.headless", "true"]
    with log.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", "app.py", *options],
            cwd=root, stdout=out, stderr=subprocess.STDOUT,
        )  # fmt: skip
    try:
        wait_for(f"http://localhost:{port}/healthz", process, log)
        yield Served(f"http://localhost:{port}", log)
    finally:
        process.terminate()
        process.wait(10)


def wait_for(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    for _ in range(150):
        try:
            urllib.request.urlopen(url, timeout=2).close()
            return
        except OSError:
            assert process.poll() is None, log.read_text()
            time.sleep(0.2)
    raise AssertionError(log.read_text())


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the machine's Chromium."""
    with sync_playwright() as playwright:
        small_machine = ["--no-sandbox", "--disable-dev-shm-usage"]  # a container's /dev/shm holds no wall's picture
        browser = playwright.chromium.launch(executable_path=find(), args=small_machine)
        yield browser
        browser.close()


def signed_in(browser: Browser, url: str, user: str | None, size: str = "desk") -> BrowserContext:
    """Return a browser window with the session cookie of a person, as signing in would set it; None: a citizen's."""
    width, height = SIZES[size]
    context = browser.new_context(viewport={"width": width, "height": height}, locale="vi-VN")
    if user is None:
        return context
    token, _ = open_session(user)
    context.add_cookies([{"name": "ioc_session", "value": token, "url": url}])
    return context


RUN_DONE = """() => document.querySelector('[data-testid=stApp]').dataset.testScriptState === 'notRunning'
  && !document.querySelector('[data-testid=stStatusWidget]')
  && document.querySelector('[data-testid=stMainBlockContainer]')?.innerText.length > 20
  && !document.querySelector('[data-testid=stSkeleton], .stale-element')"""
NOTHING_ON_ITS_WAY = """() => {
  const hosts = (root) => [...root.querySelectorAll('*')].filter((one) => one.shadowRoot);
  const charts = (root) => [...root.querySelectorAll('.chart'), ...hosts(root).flatMap((h) => charts(h.shadowRoot))];
  const waiting = [...document.querySelectorAll('.ioc-skeleton')];
  return !waiting.some((one) => one.getBoundingClientRect().top < innerHeight)
    && charts(document).every((chart) => chart.querySelector('svg'));
}"""
MAP = "[data-testid=stDeckGlJsonChart]"
FEW_COLOURS = 24
"""A map that is not painted yet is one ground with an outline."""


def settle(page: Page) -> None:
    """Wait until Streamlit has finished running and what it drew stands still."""
    page.wait_for_selector("[data-testid=stApp]", timeout=30_000)
    page.wait_for_function(RUN_DONE, timeout=60_000)
    page.wait_for_timeout(700)


def stretch(page: Page) -> None:
    """Make the window as high as the page, so that nothing is left under the fold."""
    size = page.viewport_size
    assert size
    for _ in range(3):  # what is drawn lazily makes the page higher
        tall = int(page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight"))
        page.set_viewport_size({"width": size["width"], "height": max(size["height"], tall)})
        settle(page)


def paint(page: Page, patience: int = 40) -> bytes:
    """Return the picture of a page once its charts and maps are painted and it no longer changes."""
    page.wait_for_function(NOTHING_ON_ITS_WAY, timeout=60_000)
    before = b""
    for _ in range(patience):
        now = page.screenshot()
        if now == before and _maps_are_painted(page, now):
            return now
        before = now
        page.wait_for_timeout(400)
    return before


def _maps_are_painted(page: Page, picture: bytes) -> bool:
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    for box in (one.bounding_box() for one in page.locator(MAP).all()):
        if box is None or box["y"] >= image.height:
            continue
        edges = (box["x"], box["y"], box["x"] + box["width"], min(box["y"] + box["height"], image.height))
        if len(image.crop(tuple(round(e) for e in edges)).getcolors(1 << 24) or ()) < FEW_COLOURS:  # type: ignore[arg-type]
            return False
    return True
