"""The demo province: the same each time, the same on both databases, alive after the fill, as large as it says."""

import sys
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from types import ModuleType

import pytest

from config.registry import load_registry
from data_access.ingestion.parsing import Unreadable, parse
from data_access.lineage import recent_batches
from services.demo import environment, public_services, runner, vessels
from services.demo.plan import File, Plan
from services.indicators import figure

UNTIL = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)


def played(since: datetime, until: datetime) -> dict[tuple[str, str, int], bytes]:
    files = list(runner.deliveries(Plan("small", 7, since, until)))
    assert [f.due for f in files] == sorted(f.due for f in files)
    return {(f.source, f.name, n): f.content for n, f in enumerate(files)}


def test_the_same_seed_plays_the_same_files() -> None:
    assert played(UNTIL - timedelta(days=2), UNTIL) == played(UNTIL - timedelta(days=2), UNTIL)


def test_a_province_played_in_two_parts_delivers_the_same_readings() -> None:
    half = UNTIL - timedelta(hours=5)
    whole = list(runner.deliveries(Plan("small", 7, UNTIL - timedelta(hours=10), UNTIL)))
    parts = [
        f
        for since, until in ((UNTIL - timedelta(hours=10), half), (half, UNTIL))
        for f in runner.deliveries(Plan("small", 7, since, until))
    ]
    assert {(f.source, f.name, f.content) for f in whole} == {(f.source, f.name, f.content) for f in parts}


def test_it_fills_and_every_simulated_figure_says_so(store: str) -> None:
    result = runner.demo("small", seed=1, days=2, until=UNTIL)
    assert result["files"]
    statuses = {b.status for b in recent_batches(limit=5_000)}
    assert {"accepted", "partly"} <= statuses
    assert figure("env_aqi_hour", as_of=None).simulated
    real = figure("dvc_766_total", period="2026-10-10")
    assert (real.value, real.simulated) == (60.8, False)
    for indicator in load_registry().indicators.values():
        assert figure(indicator.id).simulated == load_registry().sources[indicator.source].simulated


def rows_of(file: File) -> int:
    """Return how many rows the pipeline reads in a file, none in one that it refuses unread."""
    try:
        read = parse(file.name, file.content, load_registry().sources[file.source].layout_of(file.name))
    except Unreadable:
        return 0
    return read.frame.height + len(read.broken)


def rows_due(agency: ModuleType, after: datetime, days: int) -> int:
    """Return how many rows an agency of the large province delivers in the days after a moment long past."""
    until = after + timedelta(days=days)
    plan = Plan("province", 1, after - timedelta(days=3), until + timedelta(days=60))
    due = takewhile(lambda file: file.due <= until, agency.deliveries(plan))
    return sum(rows_of(file) for file in due if file.due > after)


def test_the_large_province_holds_a_hundred_million_rows() -> None:
    """Counted in the files of sampled days and in a month's export, times the days of the profile."""
    days = runner.DAYS["province"]
    start = datetime(2026, 11, 20, 17, tzinfo=UTC) - timedelta(days=days)
    readings = [rows_due(environment, start + timedelta(days=n), 1) for n in (100, 400, 700, 1_000)]
    positions = rows_due(vessels, start + timedelta(days=700), 1)
    month = public_services.happened(Plan("province", 1, start, start), datetime(2025, 8, 1), datetime(2025, 9, 1))
    a_day = {"readings": sum(readings) / 4, "positions": positions, "dossiers": month.height / 31}
    total = sum(a_day.values()) * days
    print({name: f"{rows:,.0f} a day" for name, rows in a_day.items()}, f"{total:,.0f} rows")
    assert total > 100_000_000


def test_another_process_prepares_the_same_files(sqlite_store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "__main__", ModuleType("__main__"))  # the other process begins by importing it
    plan = Plan("small", 1, UNTIL - timedelta(hours=6), UNTIL)
    count = runner._take_in(runner._prepared_beside(plan))
    assert count == sum(1 for _ in runner._everything(plan))
    assert figure("dvc_766_total", period="2026-10-10").value == 60.8
