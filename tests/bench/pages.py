"""Section `pages`: a page with eight charts against an empty page of the same program, in a real Chromium.

A temporary copy of the program gets three more pages (`screens/`); somebody signed in opens them. `cold` is with
an empty browser cache, `warm` once more in the same browser; `click` from page to page, `filter` within one.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import Browser

from config.settings import ROOT
from services.demo.runner import demo
from services.drawings import draw_wanted
from tests.bench.measuring import Line
from tests.bench.stores import Store
from tests.bench.watching import after_click, blank, choose, loads
from tests.serving import chromium, served, settle, signed_in

COLD, WARM, ROUNDS = 1.5, 2.0, 5
PARTS = ("app.py", "components", "config", "data_access", "services", "pages", ".streamlit")
SCREENS = Path(__file__).parent / "screens"
BENCH = ("bench_start", "bench_empty", "bench_eight")
REAL = ("home", "environment", "vessels", "public_services")
PICKS = "ABCDEFGHIJ"
BARE = """
import streamlit as st
from starlette.responses import JSONResponse
from starlette.routing import Route
app = st.App("page.py", routes=[Route("/healthz", lambda _: JSONResponse({}))])
"""


def _program(folder: Path) -> Path:
    """Copy the program with three more pages; return its root."""
    root = folder / "program"
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, root / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            root.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, root / part)
    entry = "- {{id: {0}, name: {{vi: {0}, en: {0}}}, question: {{vi: '?', en: '?'}}, icon: home, access: signed_in, "
    entry += "group: overview, order: {1}}}\n"
    with (root / "config" / "pages.yaml").open("a") as pages:
        for number, page in enumerate(BENCH):
            pages.write(entry.format(page, 500 + number))
            shutil.copyfile(SCREENS / f"{page}.py", root / "pages" / f"{page}.py")
    return root


@contextmanager
def _bare(folder: Path) -> Iterator[str]:
    """Serve an empty page of plain Streamlit; return its address."""
    root = folder / "bare"
    root.mkdir()
    (root / "app.py").write_text(BARE)
    (root / "page.py").write_text("import streamlit as st\nst.html('<p class=\"bench-done\">bare</p>')\n")
    with served(root, root) as server:
        yield server.url


def _mark(page: str, pick: str = "A") -> dict[str, Any]:
    return {"mark": f"{page} {pick}", "pick": pick, "charts": 8 if page == "bench_eight" else 0}


def _draw(browser: Browser, url: str) -> None:
    """Visit what will be measured and draw what was wanted, as the worker does."""
    context = signed_in(browser, url, "lanhdao")
    page = context.new_page()
    for pick in PICKS:
        page.goto(f"{url}/bench_eight?pick={pick}")
        settle(page)
    for real in REAL:
        page.goto(f"{url}/{real}")
        settle(page)
    while draw_wanted():
        pass
    page.goto(f"{url}/bench_eight")
    settle(page)
    page.mouse.move(0, 0)
    assert page.locator(".chart > svg").count() == 8, "not every chart is drawn"
    assert not (found := blank(page)), f"blank charts: {found}"
    context.close()


def _lines(what: str, times: dict[str, list[float]], ours: str, floor: str, aim: float | None) -> Line:
    raw = {"ours": times[ours], "floor": times[floor]}
    return Line("pages", what, median(raw["ours"]), median(raw["floor"]), "ms", len(raw["ours"]), aim, raw=raw)


def _load_lines(browser: Browser, url: str, bare: str, rounds: int) -> list[Line]:
    visits: dict[str, tuple[str, str, dict[str, Any], str | None]] = {
        "empty": (url, "bench_empty", _mark("bench_empty"), "lanhdao"),
        "eight": (url, "bench_eight", _mark("bench_eight"), "lanhdao"),
        "alive": (url, "bench_eight?pick=L", _mark("bench_eight", "L"), "lanhdao"),
        "bare": (bare, "", {"mark": "bare", "charts": 0}, None),
        **{real: (url, "" if real == "home" else real, {"mark": ""}, "lanhdao") for real in REAL},
    }
    times: dict[str, list[float]] = {}
    for turn in range(rounds + 1):
        for name in list(visits) if turn % 2 else list(visits)[::-1]:
            address, path, wanted, user = visits[name]
            found = loads(browser, address, path, wanted, user)
            for kind, took in zip(("cold", "warm"), found, strict=True):
                if turn:
                    times.setdefault(f"{name} {kind}", []).append(took)
    lines = []
    for kind, aim in (("cold", COLD), ("warm", WARM)):
        lines.append(_lines(f"eight charts, drawn, {kind}", times, f"eight {kind}", f"empty {kind}", aim))
        lines.append(_lines(f"eight charts, not drawn yet, {kind}", times, f"alive {kind}", f"empty {kind}", None))
        lines += [_lines(f"page {real}, {kind}", times, f"{real} {kind}", f"empty {kind}", None) for real in REAL]
        what = f"empty page in our frame / of plain Streamlit, {kind}"
        lines.append(_lines(what, times, f"empty {kind}", f"bare {kind}", None))
    return lines


def _click_lines(browser: Browser, url: str, rounds: int) -> list[Line]:
    context = signed_in(browser, url, "lanhdao")
    page = context.new_page()
    times: dict[str, list[float]] = {}
    for turn in range(rounds + 1):
        for name in ("bench_empty", "bench_eight")[:: 1 if turn % 2 else -1]:
            page.goto(f"{url}/bench_start")
            settle(page)
            took = after_click(page, f"a[href$='{name}']", _mark(name))
            settle(page)
            changes = [choose(page, f"Kỳ {pick}", _mark(name, pick)) for pick in (PICKS[turn + 1], "A")]
            if turn:
                times.setdefault(f"{name} click", []).append(took)
                times.setdefault(f"{name} filter", []).append(changes[0])
            settle(page)
    context.close()
    return [
        _lines("click on another page to painted", times, "bench_eight click", "bench_empty click", None),
        _lines("filter change to painted", times, "bench_eight filter", "bench_empty filter", None),
    ]


def pages(store: Store, folder: Path, rounds: int = ROUNDS) -> list[Line]:
    """Measure loads and clicks; the figures on the real pages are those of the small demo province."""
    store.use()
    demo("small")
    root = _program(folder)
    with chromium() as browser, served(root, folder) as server, _bare(folder) as bare:
        _draw(browser, server.url)
        return [*_load_lines(browser, server.url, bare, rounds), *_click_lines(browser, server.url, rounds)]

