"""Moves frames between Polars and the database: Arrow for large reads (PostgreSQL), bulk loads for writes.

SQLAlchemy composes every statement; only the transport differs (its result rows are about ten times
slower than Arrow at 50,000 rows).
"""

import threading
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import adbc_driver_postgresql.dbapi as adbc_postgresql
import polars as pl
from sqlalchemy import Connection, Dialect, Engine, Select, Table, types
from sqlalchemy.dialects import postgresql

from data_access.database import Instant, facts_engine, reading

INSTANT = pl.Datetime("us", "UTC")
_local = threading.local()
_NUMBERED: Dialect = postgresql.dialect(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]


def polars_type(kind: types.TypeEngine[Any]) -> pl.DataType | type[pl.DataType]:
    """Return the Polars type of a column."""
    if isinstance(kind, Instant):
        return INSTANT
    if isinstance(kind, types.Integer):
        return pl.Int64
    if isinstance(kind, types.Numeric | types.Float):
        return pl.Float64
    return pl.String


def _schema(statement: Select[Any]) -> dict[str, Any]:
    return {c.name or str(c): polars_type(c.type) for c in statement.selected_columns}


def _typed(frame: pl.DataFrame, schema: Mapping[str, Any]) -> pl.DataFrame:
    """Cast a frame that came from the driver to the types of the statement."""
    casts = []
    for (name, kind), have in zip(schema.items(), frame.columns, strict=True):
        column = pl.col(have)
        if kind == INSTANT and frame.schema[have] != INSTANT:
            column = column.cast(pl.Int64).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
        elif frame.schema[have] != kind:
            column = column.cast(kind)
        casts.append(column.alias(name))
    return frame.select(casts)


def read_rows(connection: Connection, statement: Select[Any]) -> pl.DataFrame:
    """Return the rows of a small statement, read on the transaction of `connection`."""
    schema = _schema(statement)
    result = connection.execute(statement)
    if connection.dialect.name == "sqlite" and result.cursor is not None:
        rows = result.cursor.fetchall()
        result.close()
        return pl.DataFrame(rows, schema=schema, orient="row")  # microseconds are what an instant holds
    return pl.DataFrame([tuple(r) for r in result], schema=schema, orient="row")


def _arrow_cursor(engine: Engine) -> Any:
    """Return a cursor on this thread's own Arrow connection to the PostgreSQL database of `engine`."""
    held: dict[str, Any] = _local.__dict__.setdefault("connections", {})
    key = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    if key not in held:
        held[key] = adbc_postgresql.connect(key, autocommit=True)
    return held[key].cursor()


def read_frame(statement: Select[Any], engine: Engine | None = None) -> pl.DataFrame:
    """Return the rows of a large statement as a frame, on a connection of its own; by Arrow on PostgreSQL.

    Not on SQLite: ADBC brings a second SQLite library, and two of them in one process cancel each other's
    file locks (sqlite.org/howtocorrupt.html, 2.2.1): the process dies of a bus error, or data is damaged.
    """
    engine = engine or facts_engine()
    if engine.dialect.name == "sqlite":
        with reading(engine) as connection:
            return read_rows(connection, statement)
    compiled = statement.compile(dialect=_NUMBERED)
    state = compiled.construct_expanded_state({})

    def bound(name: str) -> Any:
        bind = compiled.binds.get(name)
        process = state.processors.get(name) or (
            bind is not None and bind.type.dialect_impl(_NUMBERED).bind_processor(_NUMBERED)
        )
        value = state.parameters[name]
        return process(value) if process else value

    cursor = _arrow_cursor(engine)
    try:
        cursor.execute(state.statement, [bound(n) for n in state.positiontup or list(state.parameters)])
        frame = pl.from_arrow(cursor.fetch_arrow_table())
    finally:
        cursor.close()
    assert isinstance(frame, pl.DataFrame)
    return _typed(frame, _schema(statement))


def bulk_load(connection: Connection, table: Table, frame: pl.DataFrame) -> None:
    """Append a frame with columns of `table` on the transaction of `connection`; COPY on PostgreSQL."""
    if frame.is_empty():
        return
    names = [c for c in frame.columns if c in table.columns]
    frame = frame.select(names)
    quoted = ", ".join(f'"{n}"' for n in names)
    if connection.dialect.name == "sqlite":
        frame = frame.with_columns(
            pl.col(n).cast(pl.Datetime("us", "UTC")).to_physical()
            for n, t in frame.schema.items()
            if t.is_temporal()
        )
        marks = ", ".join("?" * len(names))
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.executemany(f'INSERT INTO "{table.name}" ({quoted}) VALUES ({marks})', frame.rows())
        return
    driver = connection.connection.driver_connection
    assert driver is not None
    text = frame.write_csv(
        include_header=False,
        null_value="\\N",
        datetime_format="%Y-%m-%d %H:%M:%S%.6f+00",
        quote_style="non_numeric",
    )
    options = "(FORMAT csv, NULL '\\N')"
    with driver.cursor().copy(f'COPY "{table.name}" ({quoted}) FROM STDIN {options}') as copy:
        copy.write(text)


def empty_like(statement: Select[Any]) -> pl.DataFrame:
    """Return no rows, with the columns of a statement."""
    return pl.DataFrame(schema=_schema(statement))


def instant(value: datetime) -> pl.Expr:
    """Return a moment as an expression comparable with columns of instants."""
    return pl.lit(value).cast(INSTANT)
