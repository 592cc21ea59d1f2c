"""Writes what was measured: raw figures as JSON, and the table for people in `docs/benchmarks.md`."""

import json
import platform
from dataclasses import asdict
from datetime import datetime
from importlib.metadata import version
from itertools import groupby
from pathlib import Path
from typing import Any

from tests.bench.measuring import Line

PACKAGES = ("streamlit", "polars", "SQLAlchemy", "psycopg", "adbc-driver-postgresql", "altair", "vl-convert-python")
FLOORS = {
    "calls": "Eight data calls through the one question (`services.indicators`, `services.vessels`), nothing "
    "cached but the states that the product remembers for a minute (row 3), "
    "against plain DBAPI (`sqlite3`, `psycopg`) on one open connection with the best SQL we know for the same rollup, "
    "latest and fact tables, all rows fetched. Both answers are compared and must be equal. Ours also returns the "
    "truth label, names, status and the id of every part.",
    "growth": "Our eight calls on the large database (`ours`) against the small one (`floor`), in turn. Readings and "
    "positions grow by history (14 stations, 1,100 vessels), dossiers by their number within three years.",
    "ingest": "Agencies' text to checked, indexed, idempotent rows traced to file and row, against the database's own "
    "bulk load of the same rows, already checked and typed, into an identical empty table: COPY on PostgreSQL, "
    "`executemany` of `INSERT OR IGNORE` on SQLite. `no rollups` turns off their upkeep and nothing else. "
    "For the upkeep the floor is the bulk load's own time per row.",
    "read": "50,000 rows and 5 columns of readings through `data_access.frames.read_frame` against bare ADBC on an "
    "open connection (on SQLite: on a copy of the file), both into a Polars frame.",
    "pages": "From navigation to painted in headless Chromium, signed in; the floor is an empty page of the same "
    "program (same frame, navigation and filter). Painted: every chart's SVG is in the document with at least nine "
    "paths and a height; the eight charts were looked at pixel by pixel before.",
}


def _machine() -> str:
    memory = next((x for x in Path("/proc/meminfo").read_text().splitlines() if x.startswith("MemTotal")), "")
    cores = [x for x in Path("/proc/cpuinfo").read_text().splitlines() if x.startswith("model name")]
    gib = int(memory.split()[1]) / 2**20 if memory else 0
    versions = ", ".join(f"{p} {version(p)}" for p in PACKAGES)
    model = cores[0].split(":")[1].strip() if cores else platform.processor()
    python = platform.python_version()
    return f"{len(cores)} cores ({model}), {gib:.0f} GiB, {platform.system()}; Python {python}, {versions}."


def _number(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def _row(line: Line) -> str:
    aim = "–" if line.aim is None else f"{'≥' if line.higher else '≤'} {line.aim:g}"
    mark = {True: " ✓", False: " ✗", None: ""}[line.reached]
    ours, floor = _number(line.ours), _number(line.floor)
    return f"| {line.what} | {ours} | {floor} | {line.unit} | **{_number(line.ratio)}**{mark} | {aim} | {line.n} |"


def _table(section: str, lines: list[Line]) -> str:
    head = "| what | ours | floor | unit | ratio | aim | n |\n|---|---|---|---|---|---|---|\n"
    return f"### {section}\n\n{head}" + "\n".join(map(_row, lines)) + "\n"


def _page(sections: dict[str, Any], notes: str) -> str:
    """Return the page: how to repeat, each section with its floor and tables, and the notes kept by hand."""
    parts = [
        "# Benchmarks\n",
        f"{_machine()}\n",
        "Only the ratios mean something: both sides ran in turn in one run, and each figure is a median of n rounds. "
        "✓ and ✗ say whether the aim is reached. Repeat with `make bench`; one section alone with "
        "`python -m tests.bench calls`, small sizes with `--quick`. Raw times: `bench/results.json`.\n",
    ]
    for section in (s for s in FLOORS if s in sections):
        found = sections[section]
        at = datetime.fromisoformat(found["at"])
        lines = [Line(**{k: v for k, v in x.items() if k not in ("ratio", "reached")}) for x in found["lines"]]
        parts.append(f"## {section}\n\n{FLOORS[section]}\n\nMeasured on {at:%d/%m/%Y}, {found['sizes']}.\n")
        parts += [_table(name, list(same)) for name, same in groupby(lines, key=lambda line: line.section)]
    return "\n".join([*parts, notes])


def write(lines: list[Line], sizes: str, at: datetime, page: Path, raw: Path) -> None:
    """Write raw figures and page; sections not measured now and the page's `## Notes` are kept."""
    sections = json.loads(raw.read_text(encoding="utf-8")) if raw.exists() else {}
    for section, group in groupby(lines, key=lambda line: line.section.split(",")[0]):
        found = [{**asdict(x), "ratio": x.ratio, "reached": x.reached} for x in group]
        sections[section] = {"at": at.isoformat(), "sizes": sizes, "lines": found}
    raw.parent.mkdir(exist_ok=True)
    raw.write_text(json.dumps(sections, indent=1, ensure_ascii=False), encoding="utf-8")
    old = page.read_text(encoding="utf-8") if page.exists() else ""
    page.write_text(_page(sections, old[old.index("## Notes") :] if "## Notes" in old else ""), encoding="utf-8")
