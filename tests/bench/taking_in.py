"""Section `ingest`: agencies' files through the whole pipeline, against the database's own bulk load.

Ours is text to rows that are checked, indexed, idempotent and traced to file and row. The floor loads the same
rows, already checked and typed, into an identical table: COPY on PostgreSQL, `INSERT OR IGNORE` on SQLite. Each
round starts from empty tables. `no rollups` is the same pipeline with the upkeep of rollups and latest rows off.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from statistics import median
from typing import Any
from unittest.mock import patch

import numpy as np
import polars as pl
from sqlalchemy import MetaData, Table, select, text

from config.registry import load_registry
from config.settings import settings
from data_access import ledger
from data_access.database import facts_engine, writing
from data_access.facts import fact_table, tables_of
from data_access.frames import read_frame
from data_access.ingestion.pipeline import Delivery, ingest
from data_access.ingestion.rollups import Touched
from services.methods.catalogue import METHODS
from tests.bench.measuring import Line, milliseconds
from tests.bench.stores import Store

AIM, ROUNDS = 0.6, 5
SYMBOLS = {"PM2,5": 30, "PM10": 55, "O3": 60, "CO": 700, "NO2": 25, "SO2": 18, "Temp": 26}
UNITS = {"Temp": "oC"}
STATIONS = [f"TH_NNMT_KHI{n:03}" for n in range(1, 6)]
START = datetime(2026, 3, 1)


def air_files(rows: int) -> list[Delivery]:
    """Return TT 10/2021 files of a station and day each, with about so many records in all."""
    chance, files = np.random.default_rng(3), []
    for day in range(max(1, rows // (len(STATIONS) * len(SYMBOLS) * 288))):
        stamps = [START + timedelta(days=day, minutes=5 * i) for i in range(288)]
        for station in STATIONS:
            noise = chance.integers(0, 100, (288, len(SYMBOLS)))
            lines = [
                f"{symbol}\t{level + noise[i, j] / 10}\t{UNITS.get(symbol, 'ug/m3')}\t{stamp:%Y%m%d%H%M%S}\t00"
                for i, stamp in enumerate(stamps)
                for j, (symbol, level) in enumerate(SYMBOLS.items())
            ]
            files.append(Delivery(f"{station}_{stamps[0]:%Y%m%d%H%M%S}.txt", "\r\n".join(lines).encode()))
    return files


def position_files(rows: int) -> list[Delivery]:
    """Return CSV files of a day of positions each, with about so many rows in all."""
    chance, files, vessels = np.random.default_rng(4), [], [f"TH-{90000 + i}-TS" for i in range(1_000)]
    for day in range(max(1, rows // 12_000)):
        lines = ["vessel_reg,fix_time_utc,lat,lon,device_id,provider,speed_kn,course_deg,source"]
        for fix in range(12):
            stamp = f"{START + timedelta(days=day, hours=2 * fix):%Y-%m-%dT%H:%M:%SZ}"
            at = chance.random((len(vessels), 3))
            lines += [
                f"{v},{stamp},{19 + a:.5f},{106 + b:.5f},{v},VMS-A,{c * 9:.1f},90,SAT"
                for v, (a, b, c) in zip(vessels, at.tolist(), strict=True)
            ]
        files.append(Delivery(f"vms_{day:03}.csv", "\n".join(lines).encode()))
    return files


@contextmanager
def _without_rollups() -> Iterator[None]:
    with patch.object(Touched, "refresh"):
        yield


def _take_in(source: str, files: list[Delivery]) -> int:
    receipts = ingest(load_registry().sources[source], files, METHODS)
    assert {r.status for r in receipts} == {"accepted"}, receipts[0]
    return sum(r.rows_kept for r in receipts)


def _empty(fact: str, twin: Table) -> None:
    tables = [*tables_of(load_registry().facts[fact]), twin, ledger.reject, ledger.batch, ledger.raw_file]
    with writing() as connection:
        if connection.dialect.name == "postgresql":
            names = ", ".join(f'"{t.name}"' for t in tables)
            connection.execute(text(f"TRUNCATE {names} CASCADE"))
        else:
            for table in tables:
                connection.execute(table.delete())
    shutil.rmtree(settings().raw_dir, ignore_errors=True)


def _twin(fact: str) -> Table:
    """Make a table with the columns, key and indexes of a fact."""
    twin = fact_table(fact).to_metadata(MetaData(), name=f"bulk_{fact}")
    for index in twin.indexes:
        index.name = f"bulk_{index.name}"  # type: ignore[assignment]
    twin.primary_key.name = None
    twin.create(facts_engine())
    return twin


def _bulk(store: Store, twin: Table, frame: pl.DataFrame) -> Callable[[], None]:
    """Return what loads ready rows by the database's own means, in one transaction."""
    names = ", ".join(f'"{c}"' for c in frame.columns)
    connection = store.connect()
    if store.kind == "sqlite":
        connection.execute("PRAGMA synchronous=NORMAL")
        marks = ", ".join("?" * frame.width)
        rows = frame.with_columns(pl.selectors.temporal().to_physical()).rows()

        def insert() -> None:
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(f'INSERT OR IGNORE INTO "{twin.name}" ({names}) VALUES ({marks})', rows)
            connection.execute("COMMIT")

        return insert
    content = frame.write_csv(include_header=False, datetime_format="%Y-%m-%d %H:%M:%S%.6f+00")

    def copy() -> None:
        with connection.transaction(), connection.cursor().copy(
            f'COPY "{twin.name}" ({names}) FROM STDIN (FORMAT csv)'
        ) as out:
            out.write(content)

    return copy


def _one(store: Store, source: str, files: list[Delivery], rounds: int) -> list[Line]:
    fact = load_registry().sources[source].fact
    twin = _twin(fact)
    rows = _take_in(source, files)
    kept = read_frame(select(*fact_table(fact).columns))
    assert kept.height == rows
    bulk = _bulk(store, twin, kept.select(c for c in kept.columns if kept[c].null_count() < rows))
    times: dict[str, list[float]] = {"whole": [], "no rollups": [], "bulk": []}

    def plain() -> Any:
        with _without_rollups():
            return _take_in(source, files)

    tasks: dict[str, Callable[[], Any]] = {"whole": lambda: _take_in(source, files), "no rollups": plain, "bulk": bulk}
    for turn in range(rounds):
        for name in list(tasks) if turn % 2 else list(tasks)[::-1]:
            _empty(fact, twin)
            times[name].append(milliseconds(tasks[name]))
    _empty(fact, twin)
    speed = {name: rows / median(values) for name, values in times.items()}
    upkeep = (median(times["whole"]) - median(times["no rollups"])) / rows * 1000
    what, section = f"{source}, {rows:,} rows, {store.kind}", "ingest"
    aim = AIM if store.kind == "postgresql" else None
    bulk_speed, bulk_cost = speed["bulk"], median(times["bulk"]) / rows * 1000
    rate = "k rows/s"
    return [
        Line(section, f"{what}: no rollups", speed["no rollups"], bulk_speed, rate, rounds, aim, True, raw=times),
        Line(section, f"{what}: with rollups and lineage", speed["whole"], bulk_speed, rate, rounds, None, True),
        Line(section, f"{what}: upkeep of rollups", upkeep, bulk_cost, "µs/row", rounds),
    ]


def ingestion(store: Store, rows: int, rounds: int = ROUNDS) -> list[Line]:
    """Measure taking in readings and positions on one empty database."""
    store.use()
    return [
        *_one(store, "air_tt10", air_files(rows), rounds),
        *_one(store, "vessel_vms", position_files(rows), rounds),
    ]
