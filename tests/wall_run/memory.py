"""How much memory the browser and the server hold."""

import os
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import CDPSession


@dataclass(frozen=True)
class Sample:
    """One look: minutes since the start, MB of server, browser and its script, nodes of the page, what was counted."""

    minute: float
    server: float
    browser: float
    heap: float
    nodes: int
    turns: int
    frames: int
    blank: int
    flickers: int
    errors: int


def resident(pid: int) -> float:
    """Return the MB of memory that a process and its children hold to themselves or share by parts."""
    return sum(_own(one) for one in _family(pid)) / 1024


def _own(pid: int) -> int:
    try:
        rolled = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in rolled.splitlines() if line.startswith("Pss:")), 0)


def _family(pid: int) -> list[int]:
    parents: dict[int, list[int]] = {}
    for entry in (one.name for one in Path("/proc").iterdir() if one.name.isdigit()):
        try:
            parent = int(Path(f"/proc/{entry}/stat").read_text().rsplit(")", 1)[1].split()[1])
        except (OSError, IndexError):
            continue
        parents.setdefault(parent, []).append(int(entry))
    found, open_ = [], [pid]
    while open_:
        one = open_.pop()
        found.append(one)
        open_ += parents.get(one, [])
    return found


def browsers() -> list[int]:
    """Return the roots of the Chromium processes that this process started."""
    return [
        pid
        for pid in _family(os.getpid())
        if _name(pid).startswith("chrom") and not _name(_parent(pid)).startswith("chrom")
    ]


def _name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def _parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
    except (OSError, IndexError):
        return 0


def of_script(session: CDPSession) -> tuple[float, int]:
    """Return the MB that the page's script holds after a collection, and the nodes of its document."""
    session.send("HeapProfiler.collectGarbage")
    found = {m["name"]: m["value"] for m in session.send("Performance.getMetrics")["metrics"]}
    return found["JSHeapUsedSize"] / 1e6, int(found["Nodes"])
