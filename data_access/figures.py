"""The queries behind the one question: each returns a frame by the dimensions asked for."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import polars as pl
from sqlalchemy import Double, Select, Table, and_, cast, func, literal_column, select, tuple_, union_all
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.selectable import FromClause

from config.models import Fact, Rollup
from config.registry import load_registry
from data_access import ledger
from data_access.database import reading
from data_access.facts import fact_table, history_table, latest_table, rollup_table
from data_access.frames import read_frame, read_rows
from data_access.ingestion.rollups import Method, computed_rows, rollup_query


@dataclass(frozen=True)
class Slice:
    """What part of a table is asked about: `[start, end)`, equal to or among `where`, split by `by`."""

    start: datetime | None
    end: datetime | None
    where: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    by: tuple[str, ...] = ()
    by_time: bool = False
    as_of: datetime | None = None


def _conditions(rows: FromClause, where: Mapping[str, str | Sequence[str]]) -> list[ColumnElement[bool]]:
    return [
        rows.c[name] == value if isinstance(value, str) else rows.c[name].in_(list(value))
        for name, value in where.items()
    ]


def _within(column: ColumnElement[Any], part: Slice) -> list[ColumnElement[bool]]:
    limits = []
    if part.start is not None:
        limits.append(column >= part.start)
    if part.end is not None:
        limits.append(column < part.end)
    return limits


def is_past(fact: str, as_of: datetime | None) -> bool:
    """Say whether a fact has changed since `as_of`, so that the answer must come from its history."""
    if as_of is None:
        return False
    v = ledger.fact_version.c
    with reading() as connection:
        changed = connection.execute(select(v.changed_at).where(v.fact == fact)).scalar()
    return changed is not None and as_of < changed


def rows_of(fact: Fact, as_of: datetime | None) -> FromClause:
    """Return the fact's rows as they are, or as they were believed at a past moment."""
    table = fact_table(fact.id)
    if not is_past(fact.id, as_of):
        return table
    old = history_table(fact.id)
    names = [c.name for c in table.columns]
    return union_all(
        select(*(table.c[n] for n in names)).where(table.c.recorded_at <= as_of),
        select(*(old.c[n] for n in names)).where(old.c.recorded_at <= as_of, old.c.superseded_at > as_of),
    ).subquery(fact.id)


def rollup_rows(fact: Fact, rollup: Rollup, as_of: datetime | None) -> FromClause:
    """Return a measured rollup as it is, or computed from the fact as it was."""
    if not is_past(fact.id, as_of):
        return rollup_table(rollup.id)
    return rollup_query(fact, rollup, rows_of(fact, as_of)).subquery(rollup.id)


def _read(statement: Select[Any], many: bool = False) -> pl.DataFrame:
    if many:
        return read_frame(statement)
    with reading() as connection:
        return read_rows(connection, statement)


def measures(fact: Fact, rollup: Rollup, names: Sequence[str], part: Slice) -> pl.DataFrame:
    """Return measures of a rollup combined over the slice: columns `by…`, `period` if by time, `names…`."""
    rows = rollup_rows(fact, rollup, part.as_of)
    dims = [rows.c[name] for name in part.by] + ([rows.c.period] if part.by_time else [])
    combine: dict[str, Callable[[Any], ColumnElement[Any]]] = {
        "count": func.sum,
        "sum": func.sum,
        "min": func.min,
        "max": func.max,
    }
    values = [cast(combine[rollup.measures[n].kind](rows.c[n]), Double).label(n) for n in names]  # never NUMERIC
    query = select(*dims, *values).where(*_within(rows.c.period, part), *_conditions(rows, part.where))
    frame = _read(query.group_by(*dims) if dims else query, many=part.by_time and bool(part.by))
    return frame.with_columns(pl.col(list(names)).cast(pl.Float64))


def values(
    table: str, columns: Sequence[str], part: Slice, methods: Mapping[str, Method], many: bool = False
) -> pl.DataFrame:
    """Return rows of a fact or of a computed rollup: columns as asked, with `period` for its time."""
    registry = load_registry()
    if table in registry.facts:
        fact = registry.facts[table]
        rows, time = rows_of(fact, part.as_of), fact.time
        selected = [rows.c[c] for c in columns]
        query = select(*selected, rows.c[time].label("period")).where(
            *_within(rows.c[time], part), *_conditions(rows, part.where)
        )
        return _read(query, many)
    fact, rollup = registry.rollup(table)
    if rollup.method and is_past(fact.id, part.as_of):
        return _computed_in_the_past(fact, rollup, columns, part, methods)
    rows = rollup_rows(fact, rollup, part.as_of)
    query = select(*(rows.c[c] for c in columns), rows.c.period).where(
        *_within(rows.c.period, part), *_conditions(rows, part.where)
    )
    return _read(query, many)


def _computed_in_the_past(
    fact: Fact, rollup: Rollup, columns: Sequence[str], part: Slice, methods: Mapping[str, Method]
) -> pl.DataFrame:
    """Apply a rollup's method to its base as it was believed at the slice's `as_of`."""
    base = next(r for r in fact.rollups if r.id == rollup.source)
    rows = rollup_rows(fact, base, part.as_of)
    start = part.start - rollup.lookback if part.start else None
    entity = {k: v for k, v in part.where.items() if k in base.by}
    frame = _read(select(*rows.c).where(*_within(rows.c.period, Slice(start, part.end)), *_conditions(rows, entity)))
    facts = load_registry().facts
    beside = [_read(select(*rows_of(facts[name], part.as_of).c)) for name in rollup.beside]
    computed = computed_rows(rollup, frame, beside, methods)
    if part.start is not None:
        computed = computed.filter(pl.col("period") >= part.start)
    return computed.select(*columns, "period")


def last_rows(
    fact: Fact, at: datetime, where: Mapping[str, str | Sequence[str]], as_of: datetime | None, live: bool
) -> pl.DataFrame:
    """Return the last row of each entity of a fact at a moment (`live`: from the table of latest rows)."""
    assert fact.entity
    if live and fact.latest and not is_past(fact.id, as_of):
        table: FromClause = latest_table(fact.id)
        return _read(select(*table.c).where(*_conditions(table, where)), many=True)
    rows = rows_of(fact, as_of)
    if fact.latest and fact.key == [fact.entity, fact.time] and not is_past(fact.id, as_of):
        return _read(_sought(fact, at, where), many=True)
    last = (
        select(rows.c[fact.entity], func.max(rows.c[fact.time]).label("last"))
        .where(rows.c[fact.time] <= at, *_conditions(rows, where))
        .group_by(rows.c[fact.entity])
        .subquery()
    )
    join = and_(rows.c[fact.entity] == last.c[fact.entity], rows.c[fact.time] == last.c.last)
    return _read(select(*rows.c).select_from(rows.join(last, join)), many=True)


def rows_open(
    fact: Fact,
    enter: str,
    leave: str,
    at: datetime,
    where: Mapping[str, str | Sequence[str]],
    as_of: datetime | None,
    columns: Sequence[str] = (),
) -> pl.DataFrame:
    """Return the rows of a fact that are open at a moment: entered by then and not yet left.

    `columns`: all that is read of them, with what the fact can be divided by; without it whole rows.
    """
    rows = rows_of(fact, as_of)
    wanted = dict.fromkeys([*columns, *(d for r in fact.rollups for d in r.by)]) if columns else rows.c.keys()
    still = (rows.c[leave].is_(None)) | (rows.c[leave] > at)
    read = select(*(rows.c[name] for name in wanted))
    return _read(read.where(rows.c[enter] <= at, still, *_conditions(rows, where)), many=True)


def _sought(fact: Fact, at: datetime, where: Mapping[str, str | Sequence[str]]) -> Select[Any]:
    """Select the last row of each entity by seeking its key, so that the cost does not grow with history."""
    entities, rows = latest_table(fact.id), fact_table(fact.id)
    entity, earlier = str(fact.entity), rows.alias()
    last = (
        select(func.max(earlier.c[fact.time]))
        .where(earlier.c[entity] == entities.c[entity], earlier.c[fact.time] <= at)
        .correlate(entities)
        .scalar_subquery()
    )
    keys = tuple_(rows.c[entity], rows.c[fact.time]).in_(select(entities.c[entity], last))
    return select(*rows.c).where(keys, *_conditions(rows, where))


def open_rows(fact: Fact, enter: str, leave: str, condition: str | None, at: datetime, part: Slice) -> pl.DataFrame:
    """Return how many rows are open at a moment, by the slice's dimensions: columns `by…`, `value`."""
    rows = rows_of(fact, part.as_of)
    dims = [rows.c[name] for name in part.by]
    query = select(*dims, func.count().label("value")).where(
        rows.c[enter] <= at, (rows.c[leave].is_(None)) | (rows.c[leave] > at), *_conditions(rows, part.where)
    )
    if condition:
        query = query.where(literal_column(f"({condition})"))
    frame = _read(query.group_by(*dims) if dims else query)
    return frame.with_columns(pl.col("value").cast(pl.Float64))


def latest_time(
    table: str, where: Mapping[str, str | Sequence[str]], until: datetime, as_of: datetime | None
) -> datetime | None:
    """Return the last moment at or before `until` for which a table has rows like `where`."""
    registry = load_registry()
    rows: FromClause
    if table in registry.facts:
        fact = registry.facts[table]
        rows, column = rows_of(fact, as_of), fact.time
    else:
        fact, rollup = registry.rollup(table)
        past = rollup.method is None and is_past(fact.id, as_of)
        rows, column = (rollup_rows(fact, rollup, as_of) if past else rollup_table(rollup.id)), "period"
    time = rows.c[column]
    query = select(time).where(time <= until, *_conditions(rows, where)).order_by(time.desc()).limit(1)
    with reading() as connection:
        found: datetime | None = connection.execute(query).scalar()
    return found


def last_heard(fact: Fact, where: Mapping[str, str | Sequence[str]]) -> datetime | None:
    """Return the time of the newest among the latest rows of entities like `where`; None where none is."""
    table = latest_table(fact.id)
    about = {k: v for k, v in where.items() if k in table.c and (k == fact.entity or k not in fact.key)}
    with reading() as connection:
        found: datetime | None = connection.execute(
            select(func.max(table.c[fact.time])).where(*_conditions(table, about))
        ).scalar()
    return found


def choose_rollup(fact: Fact, names: Sequence[str], dims: Sequence[str], fits: Sequence[str]) -> Rollup | None:
    """Return the coarsest, narrowest rollup of a fact that has the measures and dimensions; None if none has."""
    order = {"month": 0, "day": 1, "hour": 2}
    able = [r for r in fact.rollups if set(names) <= set(r.measures) and set(dims) <= set(r.by) and r.grain in fits]
    return min(able, key=lambda r: (order[r.grain], len(r.by)), default=None)


def source_state(source: str) -> Any:
    """Return how far a source has come (`last_batch`, `received_at`, `last_time`, counts), or None."""
    s = ledger.source_state
    with reading() as connection:
        return connection.execute(select(s).where(s.c.source == source)).first()


def version_of(fact: str) -> int:
    """Return the version of a fact: it rises with every transaction that changes a row."""
    v = ledger.fact_version.c
    with reading() as connection:
        return int(connection.execute(select(v.version).where(v.fact == fact)).scalar() or 0)


__all__ = [
    "Slice",
    "Table",
    "choose_rollup",
    "last_heard",
    "last_rows",
    "latest_time",
    "measures",
    "open_rows",
    "rows_of",
    "source_state",
    "values",
    "version_of",
]
