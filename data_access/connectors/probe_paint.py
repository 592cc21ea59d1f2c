"""Paint times of a page as a headless Chromium sees it on a throttled phone; whatever fails is "not measured".

The browser is driven over its own protocol. The profile is Lighthouse's for mobiles (slow 4G, a fourfold slower
processor), whose "needs improvement" bounds are the criteria of 2025. The speed index is read from a film of the page
(`probe_film`). Every address that the page asks for is judged as the probe judges its own.
"""

import base64
import json
import os
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect

from data_access.connectors.probe_film import SIZE, Frame, speed_index

Paint = dict[str, float | None]
NOTHING: Final[Paint] = {"fcp_s": None, "lcp_s": None, "cls": None, "si_s": None, "tbt_s": None}
SLOW_4G: Final = {"offline": False, "latency": 562.5, "downloadThroughput": 184_320, "uploadThroughput": 84_375}
PHONE: Final = {"width": 412, "height": 823, "deviceScaleFactor": 1.75, "mobile": True}
LOAD_SECONDS, QUIET_SECONDS = 30.0, 3.0
WATCH: Final = """
window.iocPaint = {began: performance.timeOrigin / 1000, fcp_s: null, lcp_s: null, cls: 0, tbt_s: 0};
const hear = (type, act) => new PerformanceObserver(l => l.getEntries().forEach(act)).observe({type, buffered: true});
hear("paint", e => { if (e.name === "first-contentful-paint") window.iocPaint.fcp_s = e.startTime / 1000; });
hear("largest-contentful-paint", e => { window.iocPaint.lcp_s = e.startTime / 1000; });
hear("layout-shift", e => { if (!e.hadRecentInput) window.iocPaint.cls += e.value; });
hear("longtask", e => { window.iocPaint.tbt_s += Math.max(0, e.duration - 50) / 1000; });
"""


class _Browser:
    """A tab of a running browser: sends commands, answers the requests it pauses."""

    def __init__(self, socket: ClientConnection, may_ask: Callable[[str], bool]) -> None:
        self.socket, self.may_ask, self.session, self.number, self.is_loaded = socket, may_ask, "", 0, False
        self.film: list[Frame] = []

    def tell(self, method: str, **params: Any) -> int:
        """Send a command and return its number."""
        self.number += 1
        session = {"sessionId": self.session} if self.session else {}
        self.socket.send(json.dumps({"id": self.number, "method": method, "params": params} | session))
        return self.number

    def told(self, number: int, seconds: float) -> dict[str, Any]:
        """Return the answer to a command; raise TimeoutError."""
        until = time.monotonic() + seconds
        while True:
            message = json.loads(self.socket.recv(timeout=max(0.01, until - time.monotonic())))
            if message.get("id") == number:
                result: dict[str, Any] = message.get("result", {})
                return result
            self._heard(message)

    def rest(self, seconds: float, until_loaded: bool = False) -> None:
        """Let the page go on for some seconds, or until it has loaded."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and not (until_loaded and self.is_loaded):
            with suppress(TimeoutError):
                self._heard(json.loads(self.socket.recv(timeout=max(0.01, end - time.monotonic()))))

    def _heard(self, message: dict[str, Any]) -> None:
        self.is_loaded |= message.get("method") == "Page.loadEventFired"
        if message.get("method") == "Page.screencastFrame":
            told = message["params"]
            self.film.append(Frame(told["metadata"]["timestamp"], base64.b64decode(told["data"])))
            self.tell("Page.screencastFrameAck", sessionId=told["sessionId"])
        if message.get("method") == "Fetch.requestPaused":
            request = message["params"]["requestId"]
            if self.may_ask(message["params"]["request"]["url"]):
                self.tell("Fetch.continueRequest", requestId=request)
            else:
                self.tell("Fetch.failRequest", requestId=request, errorReason="AccessDenied")


def painted(browser: str, url: str, agent: str, may_ask: Callable[[str], bool]) -> Paint:
    """Return first, largest and full paint, layout shift and blocked time (s) of one run; all None where it fails."""
    if not browser:
        return dict(NOTHING)
    with tempfile.TemporaryDirectory(prefix="ioc_probe_", ignore_cleanup_errors=True) as folder:
        command = [browser, "--headless=new", "--remote-debugging-port=0", f"--user-data-dir={folder}", "--disable-gpu",
                   "--no-first-run", "--disable-extensions", f"--user-agent={agent}", "about:blank"]  # fmt: skip
        command += ["--no-sandbox"] if os.geteuid() == 0 else []
        try:
            running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        except OSError:
            return dict(NOTHING)
        try:
            with connect(_address(Path(folder)), max_size=None) as socket:
                return _run(_Browser(socket, may_ask), url)
        except (OSError, TimeoutError, ValueError, KeyError, WebSocketException):
            return dict(NOTHING)
        finally:
            running.kill()
            running.wait()


def _address(folder: Path, seconds: float = 15) -> str:
    """Return where the browser listens, once it says so; raise TimeoutError."""
    file, until = folder / "DevToolsActivePort", time.monotonic() + seconds
    while time.monotonic() < until:
        lines = file.read_text().split() if file.exists() else []
        if len(lines) >= 2:
            return f"ws://127.0.0.1:{lines[0]}{lines[1]}"
        time.sleep(0.05)
    raise TimeoutError


def _run(browser: _Browser, url: str) -> Paint:
    target = browser.told(browser.tell("Target.createTarget", url="about:blank"), 10)["targetId"]
    attached = browser.told(browser.tell("Target.attachToTarget", targetId=target, flatten=True), 10)
    browser.session = attached["sessionId"]
    for method, params in (
        ("Page.enable", {}), ("Network.enable", {}), ("Fetch.enable", {}),
        ("Emulation.setDeviceMetricsOverride", PHONE), ("Emulation.setCPUThrottlingRate", {"rate": 4}),
        ("Network.emulateNetworkConditions", SLOW_4G), ("Page.addScriptToEvaluateOnNewDocument", {"source": WATCH}),
        ("Page.startScreencast", {"format": "png", **SIZE}),
    ):  # fmt: skip
        browser.told(browser.tell(method, **params), 10)
    if browser.told(browser.tell("Page.navigate", url=url), LOAD_SECONDS).get("errorText"):
        return dict(NOTHING)
    browser.rest(LOAD_SECONDS, until_loaded=True)
    browser.rest(QUIET_SECONDS)
    said = browser.told(browser.tell("Runtime.evaluate", expression="JSON.stringify(window.iocPaint)"), 10)
    found = json.loads(said["result"]["value"])
    if not browser.is_loaded or found["lcp_s"] is None:
        return dict(NOTHING)
    found["si_s"] = speed_index(browser.film, found["began"])
    return {name: round(float(found[name]), 3) if found[name] is not None else None for name in NOTHING}
