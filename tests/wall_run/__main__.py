"""The wall for hours: `python -m tests.wall_run --hours 2 --to FOLDER`, over the data of `IOC_DATA_DIR`.

A real server, a real worker and a real headless Chromium. Scenes take their turns as on the wall; now and then a phone
drives it. At a quarter the network is cut, in the middle the server is restarted, at three quarters the page is
reloaded as each night. Every frame is judged; memory is sampled each minute. What was found goes to the folder at
once, and at the end into `docs/wall-run.md`.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from config.settings import ROOT
from services import wall
from services.access import Viewer
from services.people import open_session
from tests.serving import chromium, wait_for
from tests.wall_run.frames import Frames
from tests.wall_run.memory import Sample, browsers, of_script, resident
from tests.wall_run.report import write

PORT = 8743
URL = f"http://localhost:{PORT}"
NOISE = (
    "_stcore",
    "favicon",
    "inline script",
    "WebSocket",
    "ERR_CONNECTION",
    "ERR_INTERNET",
    "Failed to fetch",
    "healthz",
    "disconnected from server",
    "Is Streamlit still running",
)
PHONE = Viewer("vanhanh", "operator", None, None)
ACTIONS: tuple[tuple[wall.Action, str], ...] = (
    ("next", ""),
    ("go", "overview"),
    ("pause", ""),
    ("resume", ""),
    ("previous", ""),
)
STATE = """() => ({shown: document.querySelector('.w-stage[data-shown]')?.dataset.shown,
  lost: document.documentElement.hasAttribute('data-wall-lost'),
  broken: document.querySelectorAll('[data-testid=stException], [data-testid=stAlert]').length})"""


class Run:
    """One run: its server, its page, what was seen."""

    frames: Frames

    def __init__(self, folder: Path, hours: float) -> None:
        self.folder, self.length = folder, hours * 3600
        self.samples: list[Sample] = []
        self.events: list[dict[str, Any]] = []
        self.errors: list[str] = []
        self.turns, self.shown = 0, ""
        self.quiet_since: float | None = None
        self.taking_away = False
        self.began = time.monotonic()

    def minute(self) -> float:
        """Return the minutes since the start."""
        return (time.monotonic() - self.began) / 60

    def tell(self, what: str, **more: Any) -> None:
        """Note something that happened, at once on disk."""
        self.events.append({"minute": round(self.minute(), 2), "what": what, **more})
        with (self.folder / "events.jsonl").open("a") as out:
            out.write(json.dumps(self.events[-1], ensure_ascii=False) + "\n")

    def serve(self) -> None:
        """Start the server and wait for it."""
        log = self.folder / "server.log"
        options = ["--server.port", str(PORT), "--server.address", "localhost", "--server.headless", "true"]
        with log.open("a") as out:
            self.server = subprocess.Popen([sys.executable, "-m", "streamlit", "run", "app.py", *options], cwd=ROOT,
                                           stdout=out, stderr=subprocess.STDOUT)  # fmt: skip
        for patience in range(5):  # a busy machine may take minutes
            try:
                wait_for(f"{URL}/healthz", self.server, log)
                return
            except AssertionError:
                if self.server.poll() is not None or patience == 4:
                    raise

    def watch(self, page: Page, seconds: float) -> None:
        """Look at the frames and count the turns for some seconds."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            page.wait_for_timeout(60)
            state = self.state(page)
            self._note_silence(bool(state.get("lost")))
            self.frames.look()
            if state and state["shown"] and state["shown"] != self.shown:
                self.turns, self.shown = self.turns + 1, state["shown"]
                with (self.folder / "turns.txt").open("a") as out:
                    out.write(f"{self.minute():.3f} {self.frames.seen} {self.shown}\n")

    def _note_silence(self, lost: bool) -> None:
        """Note when the wall says by itself that it hears nothing: the machine was too busy to answer."""
        if lost and self.quiet_since is None:
            self.quiet_since = time.monotonic()
        if not lost and self.quiet_since is not None and time.monotonic() - self.quiet_since > 2:
            if not self.taking_away:
                self.tell("server too busy to answer", said_for_s=round(time.monotonic() - self.quiet_since))
            self.quiet_since = None
        self.frames.excused = self.taking_away or self.quiet_since is not None

    def state(self, page: Page) -> dict[str, Any]:
        """Return what the page says of itself; nothing while it is loading."""
        try:
            found: dict[str, Any] = page.evaluate(STATE)
            return found
        except Exception:  # the page is on its way
            return {}

    def until(self, page: Page, is_so: Any, most: float) -> float | None:
        """Watch until something is so and return after how many seconds; None when it never was."""
        began = time.monotonic()
        while time.monotonic() - began < most:
            if is_so(self.state(page)):
                return round(time.monotonic() - began, 1)
            self.watch(page, 0.2)
        return None

    def sample(self, page: Page) -> None:
        """Note the memory of now."""
        heap, nodes = of_script(self.frames.session)
        found = Sample(round(self.minute(), 1), round(resident(self.server.pid), 1),
                       round(sum(resident(pid) for pid in browsers()), 1), round(heap, 1), nodes, self.turns,
                       self.frames.seen, self.frames.blank, self.frames.flickers, len(self.errors))  # fmt: skip
        self.samples.append(found)
        with (self.folder / "samples.jsonl").open("a") as out:
            out.write(json.dumps(asdict(found)) + "\n")
        for name, picture in self.frames.kept:
            (self.folder / f"{name}.jpg").write_bytes(picture)

    def lose(self, page: Page, what: str, lose: Any, give_back: Any) -> None:
        """Take something away, see the wall say so, give it back, see the wall come back."""
        self.taking_away = True
        page.evaluate("window.still = true")
        lose()
        said = self.until(page, lambda s: s.get("lost"), 60)
        self.watch(page, 10)
        give_back()
        back = self.until(page, lambda s: s and not s["lost"] and s["shown"], 120)
        self.watch(page, 15)
        self.tell(what, said_after_s=said, back_after_s=back, reloaded=not page.evaluate("!!window.still"))
        self.taking_away = False

    def stop(self) -> None:
        """Stop the server as a system would."""
        self.server.terminate()
        self.server.wait(30)

    def reload(self, page: Page) -> None:
        """Load the page anew, as each night."""
        self.taking_away = True
        page.evaluate("location.reload()")
        page.wait_for_timeout(1000)
        back = self.until(page, lambda s: s.get("shown"), 120)
        self.watch(page, 10)
        self.tell("reload", back_after_s=back)
        self.taking_away = False

    def drive(self, page: Page, number: int) -> None:
        """Drive the wall as a phone would, and see it follow."""
        if wall.paired(PHONE) is None:
            wall.pair(PHONE, wall.code_of("manhinh"))
        action, scene = ACTIONS[number % len(ACTIONS)]
        before = self.shown
        try:
            wall.steer(PHONE, action, scene)
        except wall.WallError as problem:
            self.errors.append(str(problem))
        if action in ("next", "previous", "go"):
            followed = (
                self.until(page, lambda s: s.get("shown") not in ("", None, before), 20) if scene != before else 0.0
            )
            self.tell("phone", action=action, followed_after_s=followed)


def run(run: Run) -> None:
    """Do the run."""
    run.serve()
    worker = subprocess.Popen([sys.executable, "-m", "services.cli", "worker"], cwd=ROOT,
                              stdout=(run.folder / "worker.log").open("a"), stderr=subprocess.STDOUT)  # fmt: skip
    try:
        with chromium() as browser:
            context = browser.new_context(viewport={"width": 1920, "height": 1080}, locale="vi-VN")
            context.add_cookies([{"name": "ioc_session", "value": open_session("manhinh")[0], "url": URL}])
            page = context.new_page()
            page.on("pageerror", lambda error: run.errors.append(str(error)))
            page.on("console", lambda m: run.errors.append(m.text + str(m.location)) if m.type == "error"
                    and not any(n in m.text + str(m.location) for n in NOISE) else None)  # fmt: skip
            page.goto(f"{URL}/wall")
            page.wait_for_selector(".w-scene.on", timeout=120_000)
            session = context.new_cdp_session(page)
            session.send("Performance.enable")
            run.frames = Frames(session)
            run.frames.start()
            _go_on(run, page, context)
    finally:
        worker.terminate()
        run.stop()


def _go_on(run: Run, page: Page, context: Any) -> None:
    at: dict[float, Callable[[], None]] = {
        0.25: lambda: run.lose(
            page, "network cut", lambda: context.set_offline(True), lambda: context.set_offline(False)
        ),
        0.5: lambda: run.lose(page, "server restarted", run.stop, run.serve),
        0.75: lambda: run.reload(page),
    }
    sampled = driven = time.monotonic()
    number = 0
    run.watch(page, 5)
    run.sample(page)
    while (gone := time.monotonic() - run.began) < run.length:
        for share in [s for s in at if gone >= s * run.length]:
            at.pop(share)()
        run.watch(page, 2)
        if run.state(page).get("broken"):
            run.errors.append("a part of the page is not drawn")
        if time.monotonic() - sampled >= min(60, run.length / 10):
            run.sample(page)
            sampled = time.monotonic()
        if time.monotonic() - driven >= 300 or (run.length < 1000 and time.monotonic() - driven >= 40):
            run.drive(page, number)
            number, driven = number + 1, time.monotonic()
    run.sample(page)


def main() -> None:
    """Read the command line, run, write the report; told to stop, end what was started and write what was found."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    read = argparse.ArgumentParser(prog="python -m tests.wall_run", description=__doc__)
    read.add_argument("--hours", type=float, default=2)
    read.add_argument("--to", type=Path, default=ROOT / "var" / "wall_run")
    read.add_argument("--report", type=Path, default=ROOT / "docs" / "wall-run.md")
    asked = read.parse_args()
    asked.to.mkdir(parents=True, exist_ok=True)
    (asked.to / "pid").write_text(str(os.getpid()))
    one = Run(asked.to, asked.hours)
    try:
        run(one)
    finally:
        (asked.to / "errors.txt").write_text("\n".join(one.errors))
        if one.samples:
            write(asked.report, one.samples, one.events, one.errors, one.frames)


if __name__ == "__main__":
    main()
