"""A synthetic province of a given size: rows as the product keeps them, made in bulk and not through files.

14 stations x 8 parameters every five minutes and 1,100 vessels every two hours: more rows are a longer
history. Dossiers always span three years: more rows are more dossiers. Rollups and latest rows come from the
product's own queries and methods; `proven` lets the product refresh a day anew and compares.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

import numpy as np
import polars as pl
from polars.testing import assert_frame_equal
from sqlalchemy import func, insert, select, text

from config.models import Fact, Rollup
from config.registry import load_registry
from data_access import ledger
from data_access.database import facts_engine, now, writing
from data_access.facts import fact_table, latest_table, rollup_table
from data_access.frames import bulk_load, read_frame
from data_access.ingestion import rollups
from data_access.ingestion.merge import Merged
from services.methods.catalogue import METHODS
from services.periods import floor

STATIONS = [f"BENCH_{i:02}" for i in range(14)]
SYMBOLS = {"PM2.5": 30.0, "PM10": 55.0, "O3": 60.0, "CO": 700.0, "NO2": 25.0, "SO2": 18.0, "Temp": 26.0, "RH": 80.0}
VESSELS = [f"TH-{90000 + i}-TS" for i in range(1_100)]
FACTS = {"reading": "air_tt10", "vessel_position": "vessel_vms", "vessel": "vessel_registry", "dossier": "dossiers"}
PORTION = 250_000


def days_of(readings: int) -> int:
    """Return how many days of history hold so many readings."""
    return max(3, round(readings / (len(STATIONS) * len(SYMBOLS) * 288)))


def _lineage(frame: pl.DataFrame, at: datetime) -> pl.DataFrame:
    return frame.with_columns(
        pl.lit(1, pl.Int64).alias("batch"), pl.int_range(1, pl.len() + 1).alias("row"), pl.lit(at).alias("recorded_at")
    )


def _times(end: datetime, days: int, minutes: int) -> pl.Series:
    start = end - timedelta(days=days)
    return pl.datetime_range(start, end, f"{minutes}m", closed="left", time_unit="us", eager=True).alias("time")


def readings(end: datetime, days: int) -> Iterator[pl.DataFrame]:
    """Yield the readings of one station after the other, in the order of their key."""
    places = list(load_registry().places)
    symbols = pl.DataFrame({"symbol": sorted(SYMBOLS)})
    for number, station in enumerate(STATIONS):
        chance = np.random.default_rng(number)
        level = symbols["symbol"].replace_strict(SYMBOLS, return_dtype=pl.Float64).to_numpy()
        frame = _times(end, days, 5).to_frame().join(symbols, how="cross")
        times = frame.height // len(SYMBOLS)
        day = np.repeat(np.sin(np.arange(times) / 288 * 2 * np.pi), len(SYMBOLS))
        value = np.tile(level, times) * (1 + 0.3 * day + 0.1 * chance.standard_normal(frame.height))
        yield frame.select(
            pl.lit(station).alias("station"), "time", "symbol", pl.Series("value", value.round(2)),
            unit=pl.lit("µg/m³"), status=pl.lit("00"), kind=pl.lit("air"), scope=pl.lit("inside"),
            place=pl.lit(places[number]),
        )  # fmt: skip


def positions(end: datetime, days: int) -> Iterator[pl.DataFrame]:
    """Yield the positions of a hundred vessels after the other."""
    chance, times = np.random.default_rng(7), _times(end, days, 120)
    for first in range(0, len(VESSELS), 100):
        frame = pl.DataFrame({"vessel": VESSELS[first : first + 100]}).join(times.to_frame(), how="cross")
        yield frame.with_columns(
            lat=pl.Series((19.0 + chance.random(frame.height)).round(5)),
            lon=pl.Series((106.0 + chance.random(frame.height)).round(5)),
            speed_kn=pl.Series((chance.random(frame.height) * 9).round(1)),
            course=pl.Series((chance.random(frame.height) * 360).round(0)),
            scope=pl.lit("inside"), provider=pl.lit("VMS-A"), device=pl.col("vessel"), carrier=pl.lit("SAT"),
            kind=pl.lit("POS"),
        )  # fmt: skip


def fleet(end: datetime) -> pl.DataFrame:
    """Return the register of the vessels."""
    return pl.DataFrame({"vessel": VESSELS}).with_columns(
        listed_at=pl.lit(end), registered_at=pl.lit(end - timedelta(days=2000)), length_m=pl.lit(16.0),
        length_class=pl.lit("15_24"), trade=pl.lit("trawl"), home_port=pl.lit(""), place=pl.lit("16531"),
    )  # fmt: skip


def dossiers(end: datetime, count: int) -> Iterator[pl.DataFrame]:
    """Yield dossiers of three years, settled within days, one in ten of them late."""
    registry, chance = load_registry(), np.random.default_rng(11)
    offices = [(a.id, a.place) for a in registry.agencies.values() if a.kind == "commune"]
    begin, span = end - timedelta(days=3 * 365), 3 * 365 * 86400
    procedures = [f"1.{n:06}" for n in range(120)]
    for first in range(0, count, PORTION):
        size = min(PORTION, count - first)
        office = chance.integers(0, len(offices), size)
        received = pl.lit(begin) + pl.duration(seconds=pl.lit(pl.Series(np.sort(chance.integers(0, span, size)))))
        late = pl.Series((chance.random(size) < 0.02 + office / 1_000).astype(np.int64))
        number = chance.integers(0, len(procedures), size)
        frame = pl.DataFrame({"dossier": [f"BENCH.{first + i:08}" for i in range(size)]}).with_columns(
            pl.Series("agency", [offices[i][0] for i in office]), pl.Series("place", [offices[i][1] for i in office]),
            pl.Series("procedure", [procedures[i] for i in number]), received_at=received, late=late,
            field=pl.lit("dat_dai"), channel=pl.Series(np.where(chance.random(size) < 0.7, "online", "direct")),
            status=pl.lit("done"), counted=pl.lit(1), is_done=pl.lit(1), obliged=pl.lit(1), digitized=pl.lit(1),
        )  # fmt: skip
        settled = pl.col("received_at") + pl.duration(days=3) + pl.duration(days=9) * pl.col("late")
        yield frame.with_columns(
            on_time=1 - late, online=(pl.col("channel") == "online").cast(pl.Int64), finished_at=settled,
            due_at=pl.col("received_at") + pl.duration(days=5), processing_days=pl.lit(3), late_days=late * 7,
            closed_at=settled, open_from=pl.col("received_at"),
        ).filter(pl.col("finished_at") < end)  # fmt: skip


def _load(fact_id: str, frames: Iterator[pl.DataFrame], at: datetime) -> int:
    rows = 0
    for frame in frames:
        for portion in frame.iter_slices(PORTION):
            with writing() as connection:
                bulk_load(connection, fact_table(fact_id), _lineage(portion, at))
            rows += portion.height
    return rows


def _derive(fact: Fact) -> None:
    for rollup in fact.rollups:
        table = rollup_table(rollup.id)
        if rollup.method is None:
            names = [*rollup.by, "period", *rollup.measures]
            with writing() as connection:
                rows = rollups.rollup_query(fact, rollup, fact_table(fact.id))
                connection.execute(insert(table).from_select(names, rows))
        else:
            assert rollup.source
            base = rollup_table(rollup.source)
            made = METHODS[rollup.method](read_frame(select(*base.columns)))
            with writing() as connection:
                bulk_load(connection, table, made.drop_nulls("value").sort(*rollup.by, "period"))
    if fact.latest:
        rows_, target = fact_table(fact.id), latest_table(fact.id)
        entity, time = rows_.c[str(fact.entity)], rows_.c[fact.time]
        last = select(entity.label("of"), func.max(time).label("at")).group_by(entity).subquery()
        found = select(*rows_.columns).join(last, (entity == last.c.of) & (time == last.c.at))
        with writing() as connection:
            connection.execute(insert(target).from_select(list(rows_.columns.keys()), found))


def _record(end: datetime) -> None:
    """Write the ledger that says that everything came by now."""
    with writing() as connection:
        stamp = {"received_at": end, "recorded_at": end}
        batch = {"id": 1, "source": "air_tt10", "file": "bench", "sha256": "bench", "status": "accepted"}
        connection.execute(insert(ledger.batch).values(**batch, **stamp))
        for fact, source in FACTS.items():
            connection.execute(insert(ledger.fact_version).values(fact=fact, version=1, changed_at=end))
            state = {"source": source, "last_batch": 1, "received_at": end, "last_time": end, "rows_kept": 1}
            connection.execute(insert(ledger.source_state).values(**state))


def fill(size: int, end: datetime | None = None) -> dict[str, int]:
    """Fill the database in use with `size` readings and what is in proportion; return rows by fact."""
    end = end or floor(now(), "hour")
    facts = load_registry().facts
    rows = {
        "reading": _load("reading", readings(end, days_of(size)), end),
        "vessel_position": _load("vessel_position", positions(end, days_of(size)), end),
        "vessel": _load("vessel", iter([fleet(end)]), end),
        "dossier": _load("dossier", dossiers(end, size * 3 // 20), end),
    }
    for fact in rows:
        _derive(facts[fact])
    _record(end)
    engine = facts_engine()
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE" if engine.dialect.name == "postgresql" else "ANALYZE"))
    return rows


def _all_rows(rollup: Rollup, since: datetime) -> pl.DataFrame:
    table = rollup_table(rollup.id)
    keys = [table.c[c] for c in (*rollup.by, "period")]
    return read_frame(select(*table.columns).where(table.c.period >= since)).sort([c.name for c in keys])


def proven(fact_id: str, end: datetime) -> None:
    """Let the product refresh the last day of a fact; raise AssertionError if a rollup is then another."""
    fact = load_registry().facts[fact_id]
    since = end - timedelta(days=3)
    before = {r.id: _all_rows(r, since) for r in fact.rollups}
    table = fact_table(fact_id)
    with writing() as connection:
        day = select(*table.columns).where(table.c[fact.time] >= end - timedelta(days=1)).subquery()
        touched = rollups.Touched(connection, fact)
        touched.note(Merged(day, None, 1))  # type: ignore[arg-type]
        touched.refresh(METHODS)
    for rollup in fact.rollups:
        assert_frame_equal(_all_rows(rollup, since), before[rollup.id])
