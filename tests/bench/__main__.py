"""`python -m tests.bench [calls growth ingest read pages] [--quick]`: measure, print, write `docs/benchmarks.md`.

Sections named: only these are measured and printed, and the page stays as it is unless `--write` is given.
"""

import argparse
import os
import sys
import tempfile
from datetime import datetime
from pathlib import Path

from config.settings import ROOT
from data_access.database import LOCAL, now
from services.periods import floor
from tests.bench.calls import against_dbapi, growth
from tests.bench.measuring import Line
from tests.bench.pages import pages
from tests.bench.province import fill, proven
from tests.bench.reading import large_read
from tests.bench.report import write
from tests.bench.stores import KINDS, Store, stores
from tests.bench.taking_in import ingestion

SECTIONS = ("calls", "growth", "ingest", "read", "pages")
SIZES = {"full": (1_000_000, 10_000_000, 200_000), "quick": (100_000, 1_000_000, 40_000)}


def _say(lines: list[Line]) -> list[Line]:
    for line in lines:
        aim = "" if line.reached is None else " ok" if line.reached else " MISSED"
        ratio = f"{line.ratio:.2f}" if line.ratio else "–"
        print(f"{line.section:18} {line.what:60} {line.ours:10.2f} {line.floor or 0:10.2f} {line.unit:9} {ratio}{aim}")
    sys.stdout.flush()
    return lines


def _filled(made: dict[tuple[str, str], Store], sizes: dict[str, int], end: datetime) -> None:
    """Fill the databases, and have the product prove the rollups of the small ones."""
    for (kind, name), store in made.items():
        if name in sizes:
            store.use()
            print(f"filling {kind} {name}: {fill(sizes[name], end)}", flush=True)
            if name == "small":
                for fact in ("reading", "vessel_position", "dossier"):
                    proven(fact, end)


def measure(sections: list[str], size: str, folder: Path) -> list[Line]:
    """Measure sections; return their lines in order."""
    small, large, delivered = SIZES[size]
    names = {"small": small} if {"calls", "read", "growth"} & set(sections) else {}
    if {"calls", "growth"} & set(sections):
        names["large"] = large
    end, lines = floor(now(), "hour"), []
    with stores(folder, [*names, *(s for s in ("ingest", "pages") if s in sections)]) as made:
        _filled(made, names, end)
        if "calls" in sections:
            lines += [x for kind in KINDS for x in _say(against_dbapi(made[kind, "large"], end))]
        if "growth" in sections:
            lines += [x for kind in KINDS for x in _say(growth(made[kind, "small"], made[kind, "large"], end))]
        if "ingest" in sections:
            lines += [x for kind in KINDS for x in _say(ingestion(made[kind, "ingest"], delivered))]
        if "read" in sections:
            lines += [x for kind in KINDS for x in _say(large_read(made[kind, "small"], folder))]
        if "pages" in sections:
            lines += _say(pages(made["sqlite", "pages"], folder))
    return lines


def main() -> None:
    """Read the command line, measure and write."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("sections", nargs="*", choices=[*SECTIONS, []], help="all, if none is named")
    parser.add_argument("--quick", action="store_true", help="100,000 and 1 million rows, to try")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md for some sections too")
    given = parser.parse_args()
    os.environ["IOC_ENV"] = "demo"
    size = "quick" if given.quick else "full"
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        lines = measure(given.sections or list(SECTIONS), size, Path(folder))
    if given.write or not (given.sections or given.quick):
        small, large, _ = SIZES[size]
        sizes = f"{small:,} and {large:,} readings (calls on the larger)"
        write(lines, sizes, now().astimezone(LOCAL), ROOT / "docs" / "benchmarks.md", ROOT / "bench" / "results.json")


if __name__ == "__main__":
    main()
