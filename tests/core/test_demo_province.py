"""The demo province: the same each time, the same on both databases, alive after the fill."""

from datetime import UTC, datetime, timedelta

from config.registry import load_registry
from data_access.lineage import recent_batches
from services.demo import runner
from services.demo.plan import Plan
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
