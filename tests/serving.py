"""A real server of the product for the tests, and a real browser to look at it."""

import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

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
        browser = playwright.chromium.launch(executable_path=find(), args=["--no-sandbox"])
        yield browser
        browser.close()


def signed_in(browser: Browser, url: str, user: str, size: str = "desk") -> BrowserContext:
    """Return a browser window with the session cookie of a person, as signing in would set it."""
    width, height = SIZES[size]
    context = browser.new_context(viewport={"width": width, "height": height}, locale="vi-VN")
    token, _ = open_session(user)
    context.add_cookies([{"name": "ioc_session", "value": token, "url": url}])
    return context


def settle(page: Page) -> None:
    """Wait until Streamlit has finished running and what it drew stands still."""
    page.wait_for_selector("[data-testid=stApp]", timeout=30_000)
    page.wait_for_function(
        "() => !document.querySelector('[data-testid=stStatusWidget]') && "
        "document.querySelector('[data-testid=stMainBlockContainer]')?.innerText.length > 20 && "
        "!document.querySelector('[data-testid=stSkeleton], .stale-element')",
        timeout=60_000,
    )
    page.wait_for_timeout(700)
