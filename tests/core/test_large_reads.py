"""Large reads beside large writes, in one process, on the embedded database."""

from datetime import UTC, datetime

import polars as pl
from sqlalchemy import func, select, text

from data_access.database import facts_engine, writing
from data_access.facts import fact_table
from data_access.frames import bulk_load, read_frame

MOMENT = datetime(2026, 11, 20, tzinfo=UTC)


def rows(first: int, count: int) -> pl.DataFrame:
    return pl.DataFrame({"station": [f"S{i:07}" for i in range(first, first + count)]}).with_columns(
        symbol=pl.lit("PM2.5"), time=pl.lit(MOMENT), unit=pl.lit("x" * 400), batch=pl.lit(1), row=pl.lit(1),
        recorded_at=pl.lit(MOMENT),
    )  # fmt: skip


def write(first: int, count: int) -> None:
    with writing() as connection:
        bulk_load(connection, fact_table("reading"), rows(first, count))


def test_a_read_by_frame_leaves_the_journal_of_a_large_write_alone(sqlite_store: str) -> None:
    table = fact_table("reading")
    write(0, 45_000)
    with facts_engine().connect() as connection:
        connection.execute(text("PRAGMA wal_checkpoint(RESTART)"))
    write(45_000, 1)
    assert read_frame(select(table.c.station)).height == 45_001
    write(45_001, 45_000)
    assert read_frame(select(func.count().label("rows")).select_from(table)).item() == 90_001
    with facts_engine().connect() as connection:
        assert connection.execute(text("PRAGMA quick_check")).scalar() == "ok"
