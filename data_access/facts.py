"""Facts, their history, latest rows and rollups as tables, each made from the fact's declaration."""

from functools import cache
from typing import Any

from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Double,
    Index,
    Integer,
    Table,
    Text,
    inspect,
    text,
)
from sqlalchemy.types import TypeEngine

from config.models import Fact, Rollup
from config.registry import load_registry
from data_access import words
from data_access.database import Instant, facts_metadata

TYPES: dict[str, type[TypeEngine[Any]]] = {
    "text": Text,
    "integer": BigInteger,
    "number": Double,
    "instant": Instant,
    "boolean": Integer,
}
ROLLUP_TYPES: dict[str, type[TypeEngine[Any]]] = {
    "count": BigInteger,
    "sum": Double,
    "min": Double,
    "max": Double,
}


def dimensions(fact: Fact) -> set[str]:
    """Return the columns of a fact that are never null: its key and whatever is rolled up by."""
    return {*fact.key, *(c for r in fact.rollups for c in r.by), *fact.default_where}


def _columns(fact: Fact, keyed: bool) -> list[Column[Any]]:
    fixed = dimensions(fact)
    columns: list[Column[Any]] = [
        Column(
            name,
            TYPES[kind],
            primary_key=keyed and name in fact.key,
            nullable=name not in fixed or (kind != "text" and name not in fact.key),
            server_default="" if name in fixed and kind == "text" else None,
        )
        for name, kind in fact.columns.items()
    ]
    lineage = (
        Column("batch", BigInteger, nullable=False),
        Column("row", Integer, nullable=False),
        Column("recorded_at", Instant, nullable=False),
    )
    return [*sorted(columns, key=lambda c: fact.key.index(c.name) if c.name in fact.key else 99), *lineage]


def _made(name: str, columns: list[Column[Any]], indexes: list[Index] | None = None) -> Table:
    if name in facts_metadata.tables:
        return facts_metadata.tables[name]
    return Table(name, facts_metadata, *columns, *(indexes or []), sqlite_with_rowid=False)


@cache
def fact_table(fact_id: str) -> Table:
    """Return the table of a fact; its primary key is the natural key."""
    fact = load_registry().facts[fact_id]
    indexes = [Index(None, *columns) for columns in fact.indexes]
    return _made(fact.id, _columns(fact, keyed=True), indexes)


@cache
def history_table(fact_id: str) -> Table:
    """Return the table of a fact's superseded rows: what was believed from `recorded_at` to `superseded_at`."""
    fact = load_registry().facts[fact_id]
    columns = [*_columns(fact, keyed=False), Column("superseded_at", Instant, nullable=False)]
    name = f"{fact.id}_history"
    if name in facts_metadata.tables:
        return facts_metadata.tables[name]
    return Table(name, facts_metadata, *columns, Index(None, *fact.key))


@cache
def latest_table(fact_id: str) -> Table:
    """Return the table with the last rows of each entity of a fact: all those of its last moment."""
    fact = load_registry().facts[fact_id]
    columns = _columns(fact, keyed=False)
    for column in columns:
        column.primary_key = column.name == fact.entity or (column.name in fact.key and column.name != fact.time)
    return _made(f"{fact.id}_latest", columns)


@cache
def rollup_table(rollup_id: str) -> Table:
    """Return the table of a rollup: its dimensions, `period` (start of the bucket) and measures."""
    fact, rollup = load_registry().rollup(rollup_id)
    keys: list[Column[Any]] = [
        Column(name, TYPES[fact.columns[name]], primary_key=True) for name in rollup.by
    ]
    keys.append(Column("period", Instant, primary_key=True))
    values: list[Column[Any]] = [Column(n, ROLLUP_TYPES[m.kind]) for n, m in rollup.measures.items()]
    values += [Column(name, TYPES[kind]) for name, kind in rollup.columns.items()]
    return _made(rollup.id, [*keys, *values], [Index(f"ix_{rollup.id}_period", "period")])


def tables_of(fact: Fact) -> list[Table]:
    """Return every table that follows from a fact's declaration."""
    latest = [latest_table(fact.id)] if fact.latest else []
    return [fact_table(fact.id), history_table(fact.id), *latest, *(rollup_table(r.id) for r in fact.rollups)]


def declared_tables() -> list[Table]:
    """Return the tables of every declared fact."""
    return [table for fact in load_registry().facts.values() for table in tables_of(fact)]


def follow_declarations(connection: Connection) -> list[str]:
    """Create declared tables and columns that the database does not have yet; return what was added.

    Nothing is ever dropped: a column that left a declaration stays where it is.
    """
    added = []
    inspector = inspect(connection)
    operations = Operations(MigrationContext.configure(connection))
    existing = set(inspector.get_table_names())
    for table in declared_tables():
        if table.name not in existing:
            table.create(connection)
            added.append(table.name)
            continue
        have = {column["name"] for column in inspector.get_columns(table.name)}
        for column in table.columns:
            if column.name not in have:
                operations.add_column(table.name, column.copy())
                added.append(f"{table.name}.{column.name}")
    for fact in load_registry().facts.values():
        if fact.search:
            words.prepare(connection, fact)
    return added


def tell_planner(connection: Connection, fact: Fact) -> None:
    """Let PostgreSQL count anew what a fact's tables hold, so that a search right after a bulk fill is fast."""
    if connection.dialect.name == "postgresql":
        for table in tables_of(fact):
            connection.execute(text(f'ANALYZE "{table.name}"'))


def rollup_time(fact: Fact, rollup: Rollup) -> str:
    """Return the column of instants that a rollup is bucketed by."""
    return rollup.time or fact.time
