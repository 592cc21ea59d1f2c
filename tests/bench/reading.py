"""Section `read`: fifty thousand rows of readings through `read_frame`, against bare ADBC on the same database."""

import shutil
from collections.abc import Callable
from pathlib import Path

import adbc_driver_postgresql.dbapi as adbc_postgresql
import adbc_driver_sqlite.dbapi as adbc_sqlite
import polars as pl
from polars.testing import assert_frame_equal
from sqlalchemy import make_url, select, text

from data_access.database import facts_engine
from data_access.facts import fact_table
from data_access.frames import read_frame
from tests.bench.measuring import Line, in_turn, middle
from tests.bench.stores import Store

AIM, ROUNDS, ROWS = 1.3, 15, 50_000
COLUMNS = ("station", "symbol", "time", "value", "status")


def _bare(store: Store, folder: Path) -> Callable[[], pl.DataFrame]:
    """Return what reads the same rows with ADBC alone.

    On SQLite from a copy of the file: ADBC brings a second SQLite library, whose locks do not go together with
    the first one's in one process.
    """
    if store.kind == "sqlite":
        with facts_engine().connect() as connection:
            connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
        copy = folder / "copy.db"
        shutil.copyfile(store.folder / "ioc.db", copy)
        cursor = adbc_sqlite.connect(str(copy), autocommit=True).cursor()
        cursor.adbc_statement.set_options(**{"adbc.sqlite.query.batch_rows": 1_000_000})
    else:
        plain = make_url(store.url).set(drivername="postgresql").render_as_string(False)
        cursor = adbc_postgresql.connect(plain, autocommit=True).cursor()

    def read() -> pl.DataFrame:
        cursor.execute(f"SELECT {', '.join(COLUMNS)} FROM reading LIMIT {ROWS}")
        frame = pl.from_arrow(cursor.fetch_arrow_table())
        assert isinstance(frame, pl.DataFrame)
        return frame

    return read


def large_read(store: Store, folder: Path, rounds: int = ROUNDS) -> list[Line]:
    """Measure a large read on one database; both sides return the same rows."""
    store.use()
    table = fact_table("reading")
    statement = select(*(table.c[c] for c in COLUMNS)).limit(ROWS)
    bare = _bare(store, folder)
    ours, theirs = read_frame(statement), bare()
    assert ours.height == ROWS
    assert_frame_equal(ours.drop("time"), theirs.drop("time"))
    times = in_turn({"ours": lambda: read_frame(statement), "floor": bare}, rounds)
    found = middle(times)
    return [Line("read", f"50,000 rows, {store.kind}", found["ours"], found["floor"], "ms", rounds, AIM, raw=times)]
