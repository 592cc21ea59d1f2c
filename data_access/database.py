"""The database: engines, instants, time buckets, transactions.

Two addresses, `facts` and `operations` (see `Settings.operations_url`); on PostgreSQL they are one.
"""

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    DateTime,
    Dialect,
    Engine,
    MetaData,
    create_engine,
    event,
    literal,
    make_url,
    select,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.visitors import InternalTraversal
from sqlalchemy.types import TypeDecorator, TypeEngine

from config.settings import settings

log = logging.getLogger("ioc.database")
LOCAL = timezone(timedelta(hours=7), "+07")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
OFFSET_SECONDS = 7 * 3600
GRAIN_SECONDS = {"hour": 3600, "day": 86400}
NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
facts_metadata = MetaData(naming_convention=NAMING)
operations_metadata = MetaData(naming_convention=NAMING)


class Instant(TypeDecorator[datetime]):
    """A moment in UTC: TIMESTAMPTZ on PostgreSQL, integer microseconds since 1970 on SQLite."""

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the storage of the database at hand."""
        return dialect.type_descriptor(BigInteger() if dialect.name == "sqlite" else DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Turn an aware datetime into what is stored; raise ValueError for a naive one."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"an instant needs a time zone: {value}")
        return microseconds(value) if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Turn what is stored into an aware datetime in UTC."""
        if value is None:
            return None
        return EPOCH + timedelta(microseconds=value) if dialect.name == "sqlite" else value.astimezone(UTC)


def microseconds(moment: datetime) -> int:
    """Return whole microseconds since 1970."""
    return (moment - EPOCH) // timedelta(microseconds=1)


class bucket(FunctionElement[datetime]):  # noqa: N801
    """The start of the local (UTC+7) hour, day or month that holds an instant: `bucket(column, 'day')`."""

    type = Instant()
    _traverse_internals = [*FunctionElement._traverse_internals, ("grain", InternalTraversal.dp_string)]  # noqa: RUF012

    def __init__(self, column: ColumnElement[Any], grain: str) -> None:
        self.grain = grain
        super().__init__(column)


@compiles(bucket, "sqlite")
def _bucket_sqlite(element: bucket, compiler: Any, **kw: Any) -> str:
    column = compiler.process(element.clauses, **kw)
    shift = OFFSET_SECONDS * 1_000_000
    if element.grain == "month":
        local = f"datetime({column} / 1000000 + {OFFSET_SECONDS}, 'unixepoch', 'start of month')"
        return f"((CAST(strftime('%s', {local}) AS INTEGER) - {OFFSET_SECONDS}) * 1000000)"
    size = GRAIN_SECONDS[element.grain] * 1_000_000
    return f"(({column} + {shift}) / {size} * {size} - {shift})"


@compiles(bucket, "postgresql")
def _bucket_postgresql(element: bucket, compiler: Any, **kw: Any) -> str:
    column = compiler.process(element.clauses, **kw)
    zone = "'Asia/Ho_Chi_Minh'"
    return f"(date_trunc('{element.grain}', {column} AT TIME ZONE {zone}) AT TIME ZONE {zone})"


class after(FunctionElement[datetime]):  # noqa: N801
    """The end of the local bucket that starts at an instant: `after(period, 'month')`."""

    type = Instant()
    _traverse_internals = [*FunctionElement._traverse_internals, ("grain", InternalTraversal.dp_string)]  # noqa: RUF012

    def __init__(self, column: ColumnElement[Any], grain: str) -> None:
        self.grain = grain
        super().__init__(column)


@compiles(after, "sqlite")
def _after_sqlite(element: after, compiler: Any, **kw: Any) -> str:
    column = compiler.process(element.clauses, **kw)
    if element.grain == "month":
        local = f"datetime({column} / 1000000 + {OFFSET_SECONDS}, 'unixepoch', '+1 month')"
        return f"((CAST(strftime('%s', {local}) AS INTEGER) - {OFFSET_SECONDS}) * 1000000)"
    return f"({column} + {GRAIN_SECONDS[element.grain] * 1_000_000})"


@compiles(after, "postgresql")
def _after_postgresql(element: after, compiler: Any, **kw: Any) -> str:
    column = compiler.process(element.clauses, **kw)
    zone = "'Asia/Ho_Chi_Minh'"
    return f"((({column} AT TIME ZONE {zone}) + interval '1 {element.grain}') AT TIME ZONE {zone})"


def _prepare_sqlite(connection: Any, _: Any) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "busy_timeout=15000",
        "foreign_keys=ON",
        "temp_store=MEMORY",
        "cache_size=-65536",
        "mmap_size=268435456",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    mode = connection.get_execution_options().get("sqlite_begin", "DEFERRED")
    connection.exec_driver_sql(f"BEGIN {mode}")


@cache
def engine_at(url: str) -> Engine:
    """Return the engine of an address, made once."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        settings().data_dir.mkdir(parents=True, exist_ok=True)
        engine = create_engine(parsed, connect_args={"check_same_thread": False})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin)
        return engine
    return create_engine(
        parsed.set(drivername="postgresql+psycopg"), pool_pre_ping=True, pool_size=10, max_overflow=20
    )


def facts_engine() -> Engine:
    """Return the engine of the database of figures."""
    return engine_at(settings().facts_url)


def operations_engine() -> Engine:
    """Return the engine of the database of people, sessions and alerts."""
    return engine_at(settings().operations_url)


@contextmanager
def reading(engine: Engine | None = None) -> Iterator[Connection]:
    """Open a connection on one consistent state, for reading."""
    with (engine or facts_engine()).connect() as connection, connection.begin():
        yield connection


@contextmanager
def writing(engine: Engine | None = None) -> Iterator[Connection]:
    """Open one transaction for writing: all of it is kept, or nothing."""
    with (engine or facts_engine()).connect() as connection:
        connection = connection.execution_options(sqlite_begin="IMMEDIATE")
        with connection.begin():
            yield connection


def forget_deleted() -> bool:
    """Write the embedded database of figures anew, so that its files hold no byte of deleted rows.

    Return whether that is done: not while others are at work in it for long, or the disk is full. A database server
    does so in its own time (VACUUM).
    """
    engine = facts_engine()
    if engine.dialect.name != "sqlite":
        return True
    connection = engine.raw_connection()
    cursor = connection.cursor()
    try:
        for statement in ("PRAGMA temp_store=FILE", "VACUUM", "PRAGMA temp_store=MEMORY"):
            cursor.execute(statement)
        busy: int = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        return not busy
    except sqlite3.OperationalError as error:
        log.warning("database not written anew: %s", error)
        return False
    finally:
        connection.close()


def now() -> datetime:
    """Return the machine's clock, in UTC."""
    return datetime.now(UTC)


def ping() -> str:
    """Ask both databases for a sign of life; return their kind, raise what the driver raises."""
    for engine in (facts_engine(), operations_engine()):
        with reading(engine) as connection:
            connection.execute(select(literal(1)))
    return facts_engine().dialect.name
