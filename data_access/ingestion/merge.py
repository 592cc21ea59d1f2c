"""Brings checked rows into their fact: new rows in, changed rows superseded, equal rows left alone."""

from dataclasses import dataclass
from datetime import datetime

import polars as pl
from sqlalchemy import Column, Connection, Table, and_, delete, exists, func, insert, literal, select, tuple_
from sqlalchemy.sql.elements import ColumnElement

from config.models import Fact
from data_access import words
from data_access.database import Instant, facts_metadata
from data_access.facts import dimensions, fact_table, history_table
from data_access.frames import bulk_load, read_rows


@dataclass(frozen=True)
class Merged:
    """What a merge changed: the staged rows that are new or differ, and the table of rows they replaced."""

    stage: Table
    replaced: Table | None
    rows_changed: int


def temporary(connection: Connection, like: Table, name: str) -> Table:
    """Make an empty temporary table with the columns of `like`, within this transaction's connection; return it."""
    found = facts_metadata.tables.get(name)
    if found is None:
        columns = [Column(c.name, c.type) for c in like.columns]
        found = Table(name, facts_metadata, *columns, prefixes=["TEMPORARY"], info={"temporary": True})
    connection.exec_driver_sql(f'DROP TABLE IF EXISTS "{name}"')
    found.create(connection)
    return found


def lock(connection: Connection, name: str) -> None:
    """Let one writer at a time change what is called `name` (SQLite has one writer anyway)."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtext(name))))


def _filled(frame: pl.DataFrame, fact: Fact) -> pl.DataFrame:
    """Give dimensions that came empty their empty text: keys are never null."""
    fixed = dimensions(fact)
    return frame.with_columns(
        pl.col(c).cast(pl.String).fill_null("") for c in frame.columns if c in fixed and fact.columns.get(c) == "text"
    )


def _same_key(fact: Fact, a: Table, b: Table) -> ColumnElement[bool]:
    return and_(*(a.c[k] == b.c[k] for k in fact.key))


def _drop_known(connection: Connection, fact: Fact, stage: Table, target: Table) -> None:
    """Remove from the stage the rows that the fact already has, unchanged."""
    same = and_(
        _same_key(fact, stage, target),
        *(stage.c[c].is_not_distinct_from(target.c[c]) for c in fact.columns if c not in fact.key),
    )
    connection.execute(delete(stage).where(exists(select(literal(1)).select_from(target).where(same))))


def _set_aside_older(connection: Connection, fact: Fact, stage: Table, target: Table, at: datetime) -> None:
    """Record as superseded at once the staged rows whose version is lower than the one in force."""
    if not fact.version:
        return
    version = fact.version
    older = and_(
        _same_key(fact, stage, target),
        target.c[version].is_not(None),
        (stage.c[version].is_(None)) | (stage.c[version] < target.c[version]),
    )
    found = exists(select(literal(1)).select_from(target).where(older))
    columns = [*stage.columns, literal(at, Instant).label("superseded_at")]
    connection.execute(
        insert(history_table(fact.id)).from_select([c.name for c in columns], select(*columns).where(found))
    )
    connection.execute(delete(stage).where(found))


def _supersede(connection: Connection, fact: Fact, stage: Table, target: Table, at: datetime) -> Table:
    """Move the rows about to be replaced to the history; return a temporary table that holds them."""
    replaced = temporary(connection, target, f"replaced_{fact.id}")
    shared = list(target.columns.keys())
    matched = select(*target.columns).select_from(stage.join(target, _same_key(fact, stage, target)))
    connection.execute(insert(replaced).from_select(shared, matched))
    columns = [*replaced.columns, literal(at, Instant).label("superseded_at")]
    connection.execute(insert(history_table(fact.id)).from_select([c.name for c in columns], select(*columns)))
    keys = select(*(replaced.c[k] for k in fact.key))  # not EXISTS: that would read the whole fact
    connection.execute(delete(target).where(tuple_(*(target.c[k] for k in fact.key)).in_(keys)))
    return replaced


def filled(connection: Connection, fact: Fact, frame: pl.DataFrame) -> pl.DataFrame:
    """Return rows that came in parts, each empty column filled with the value that the fact has for the key."""
    target = fact_table(fact.id)
    stage = temporary(connection, target, f"stage_{fact.id}")
    frame = frame.with_columns(_filled(frame.select(fact.key), fact))
    keys = frame.select(fact.key).unique()
    bulk_load(connection, stage, keys.with_columns(pl.lit(0).alias("batch"), pl.lit(0).alias("row")))
    told = [c for c in fact.columns if c not in fact.key]
    shared = stage.join(target, _same_key(fact, stage, target))
    known = select(*(target.c[k] for k in fact.key), *(target.c[c].label(f"{c}~") for c in told)).select_from(shared)
    both = frame.join(read_rows(connection, known), on=fact.key, how="left", maintain_order="left")

    def either(column: str) -> pl.Expr:
        old, kind = pl.col(f"{column}~"), frame.schema[column]
        return (old if kind == pl.Null else pl.coalesce(pl.col(column), old.cast(kind))).alias(column)

    return both.with_columns(either(c) for c in told).drop(f"{c}~" for c in told)


def merge(connection: Connection, fact: Fact, frame: pl.DataFrame, at: datetime) -> Merged:
    """Merge rows (the fact's columns, `batch`, `row`) into a fact within the transaction of `connection`.

    A key that the fact has with other values is superseded at `at`: the old row goes to the history.
    """
    target = fact_table(fact.id)
    stage = temporary(connection, target, f"stage_{fact.id}")
    bulk_load(connection, stage, _filled(frame, fact).with_columns(pl.lit(at).alias("recorded_at")))
    shared = list(target.columns.keys())
    overlap = select(literal(1)).select_from(stage.join(target, _same_key(fact, stage, target))).limit(1)
    replaced = None
    if connection.execute(overlap).first():
        _drop_known(connection, fact, stage, target)
        _set_aside_older(connection, fact, stage, target, at)
        replaced = _supersede(connection, fact, stage, target, at)
    changed = connection.execute(select(func.count()).select_from(stage)).scalar_one()
    if changed:
        connection.execute(insert(target).from_select(shared, select(*stage.columns)))
        words.note(connection, fact, stage.name)
    return Merged(stage, replaced, changed)
