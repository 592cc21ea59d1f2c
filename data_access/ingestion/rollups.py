"""Keeps rollups and latest rows true to their fact: just the buckets a batch touched, in its transaction."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import polars as pl
from sqlalchemy import (
    Column,
    Connection,
    Double,
    Select,
    Table,
    and_,
    case,
    delete,
    func,
    insert,
    literal_column,
    select,
    true,
    tuple_,
    union,
)
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.selectable import FromClause

from config.models import Fact, Measure, Rollup
from config.registry import load_registry
from data_access.database import Instant, after, bucket, facts_metadata
from data_access.facts import fact_table, latest_table, rollup_table, rollup_time
from data_access.frames import bulk_load, read_rows
from data_access.ingestion.merge import Merged

Method = Callable[..., pl.DataFrame]
STEP = {"hour": timedelta(hours=1), "day": timedelta(days=1), "month": timedelta(days=31)}


def aggregate(measure: Measure) -> ColumnElement[Any]:
    """Return a measure as an SQL aggregate; its expressions are portable SQL checked with the registry."""
    if measure.kind == "count":
        if measure.expression == "all":
            return func.count()
        return func.count(case((literal_column(f"({measure.expression})"), 1)))
    value: ColumnElement[Any] = literal_column(f"({measure.expression})", Double)
    if measure.where:
        value = case((literal_column(f"({measure.where})"), value))
    combine: dict[str, Callable[[Any], ColumnElement[Any]]] = {"sum": func.sum, "min": func.min, "max": func.max}
    return combine[measure.kind](value)


def rollup_query(fact: Fact, rollup: Rollup, rows: FromClause) -> Select[Any]:
    """Return the rollup computed from `rows` (the fact, or the fact as it was at some moment)."""
    dims = [rows.c[name] for name in rollup.by]
    period = bucket(rows.c[rollup_time(fact, rollup)], rollup.grain).label("period")
    values = [aggregate(m).label(name) for name, m in rollup.measures.items()]
    query = select(*dims, period, *values).where(rows.c[rollup_time(fact, rollup)].is_not(None))
    if rollup.where:
        query = query.where(literal_column(f"({rollup.where})"))
    return query.group_by(*dims, period)


def located_by(fact: Fact, rollup: Rollup) -> list[str]:
    """Return the dimensions that lead to a bucket's rows quickly: those in the fact's key."""
    return [name for name in rollup.by if name in fact.key]


def _noted(connection: Connection, name: str, columns: list[Column[Any]]) -> Table:
    """Return an empty temporary table to note in what a merge touched."""
    table = facts_metadata.tables.get(name)
    if table is None:
        table = Table(name, facts_metadata, *columns, prefixes=["TEMPORARY"], info={"temporary": True})
    connection.exec_driver_sql(f'DROP TABLE IF EXISTS "{name}"')
    table.create(connection)
    return table


class Touched:
    """What the merges of one transaction touch of a fact: buckets of its rollups, entities with a latest row.

    Noted after each merge, brought up to date once at the end: files that repeat each other's rows cost no more.
    """

    def __init__(self, connection: Connection, fact: Fact) -> None:
        self.connection, self.fact = connection, fact
        self.buckets: dict[str, Table] = {}
        self.entities: Table | None = None
        self.measured = [r for r in fact.rollups if r.method is None]
        self.notes = 0

    def note(self, merged: Merged) -> None:
        """Remember what a merge changed, before its temporary tables are used again."""
        self.notes += 1
        for rollup in self.measured:
            self._note_buckets(rollup, merged)
        if self.fact.latest:
            entity = str(self.fact.entity)
            if self.entities is None:
                kind = fact_table(self.fact.id).c[entity].type
                self.entities = _noted(self.connection, f"heard_{self.fact.id}", [Column(entity, kind)])
            heard = select(merged.stage.c[entity]).distinct()
            self.connection.execute(insert(self.entities).from_select([entity], heard))

    def _note_buckets(self, rollup: Rollup, merged: Merged) -> None:
        located, time = located_by(self.fact, rollup), rollup_time(self.fact, rollup)
        table = self.buckets.get(rollup.id)
        if table is None:
            table = self.buckets[rollup.id] = self._empty_buckets(rollup, "touched")
        parts = [
            select(*(t.c[c] for c in located), bucket(t.c[time], rollup.grain).label("period"))
            .where(t.c[time].is_not(None))
            .distinct()
            for t in (merged.stage, merged.replaced)
            if t is not None
        ]
        found = (union(*parts) if len(parts) > 1 else parts[0]).subquery()
        whole = select(*(found.c[c] for c in located), found.c.period, after(found.c.period, rollup.grain))
        self.connection.execute(insert(table).from_select([*located, "period", "until"], whole))

    def _empty_buckets(self, rollup: Rollup, name: str) -> Table:
        columns = [Column(c, rollup_table(rollup.id).c[c].type) for c in located_by(self.fact, rollup)]
        columns += [Column("period", Instant), Column("until", Instant)]
        return _noted(self.connection, f"{name}_{rollup.id}", columns)

    def _once(self, rollup: Rollup, table: Table) -> Table:
        """Return a table with each noted bucket once; without an index, so that it leads the join with the fact."""
        if self.notes < 2:
            return table
        once = self._empty_buckets(rollup, "once")
        self.connection.execute(insert(once).from_select(list(table.c.keys()), select(*table.columns).distinct()))
        return once

    def refresh(self, methods: Mapping[str, Method]) -> None:
        """Bring everything that follows from the fact up to date with what was noted."""
        for base in self.measured:
            if (noted := self.buckets.get(base.id)) is None:
                continue
            touched = self._once(base, noted)
            _refresh(self.connection, self.fact, base, touched)
            if computed := [r for r in self.fact.rollups if r.source == base.id]:
                _refresh_computed(self.connection, base, computed, touched, methods)
        if self.entities is not None:
            _refresh_latest(self.connection, self.fact, self.entities)


def _refresh(connection: Connection, fact: Fact, rollup: Rollup, touched: Table) -> None:
    """Recompute the touched buckets of a rollup from the fact."""
    target, rows, time = rollup_table(rollup.id), fact_table(fact.id), rollup_time(fact, rollup)
    located = located_by(fact, rollup)
    names = [*located, "period"]
    stale = tuple_(*(target.c[c] for c in names)).in_(select(*(touched.c[c] for c in names)))
    connection.execute(delete(target).where(target.c.period.in_(select(touched.c.period)), stale))
    inside = and_(
        *(rows.c[c] == touched.c[c] for c in located),
        rows.c[time] >= touched.c.period,
        rows.c[time] < touched.c.until,
    )
    dims = [rows.c[name] for name in rollup.by]
    values = [aggregate(m).label(name) for name, m in rollup.measures.items()]
    query = select(*dims, touched.c.period, *values).select_from(touched.join(rows, inside))
    if rollup.where:
        query = query.where(literal_column(f"({rollup.where})"))
    query = query.group_by(*dims, touched.c.period)
    names = [*rollup.by, "period", *rollup.measures]
    connection.execute(insert(target).from_select(names, query))


def _reach(rollup: Rollup, base: Rollup, first: datetime, last: datetime) -> tuple[datetime, datetime]:
    """Return from when until when a computed rollup can change if its base changed from `first` to `last`."""
    inside_bucket = STEP[rollup.grain] - timedelta(microseconds=1) if rollup.grain != base.grain else timedelta()
    return first - inside_bucket, last + rollup.lookback


def computed_rows(
    rollup: Rollup, rows: pl.DataFrame, beside: Sequence[pl.DataFrame], methods: Mapping[str, Method]
) -> pl.DataFrame:
    """Return what a computed rollup's method makes of its base's rows and those of the facts beside it."""
    assert rollup.method
    found = methods[rollup.method](rows, *beside)
    return found.drop_nulls("value") if "value" in found.columns else found


def refresh_beside(connection: Connection, changed: Fact, methods: Mapping[str, Method]) -> list[str]:
    """Compute anew, whole, the rollups whose methods read a changed fact beside their base; return their facts."""
    found = []
    for fact in load_registry().facts.values():
        for base in fact.rollups:
            if computed := [r for r in fact.rollups if r.source == base.id and changed.id in r.beside]:
                rows = rollup_table(base.id)
                located = [rows.c[c] for c in located_by(fact, base)]
                until = after(rows.c.period, base.grain).label("until")
                whole = select(*located, rows.c.period, until).subquery()
                _refresh_computed(connection, base, computed, whole, methods)
                found.append(fact.id)
    return found


def _refresh_computed(
    connection: Connection,
    base: Rollup,
    computed: list[Rollup],
    touched: FromClause,
    methods: Mapping[str, Method],
) -> None:
    """Recompute the rollups that methods derive from `base`, per entity, over all that a touch can reach."""
    source = rollup_table(base.id)
    located = [c.name for c in touched.columns if c.name not in ("period", "until")]
    located = [c for c in located if all(c in r.by for r in computed)]
    spans = connection.execute(
        select(*(touched.c[c] for c in located), func.min(touched.c.period), func.max(touched.c.until)).group_by(
            *(touched.c[c] for c in located)
        )
    ).all()
    if not spans or spans[0][-2] is None:  # what came was there already: nothing is touched
        return
    first, last = min(s[-2] for s in spans), max(s[-1] for s in spans)
    keys = [tuple(s[:-2]) for s in spans]
    reaches = [_reach(r, base, first, last) for r in computed]
    start = min(begin - r.lookback for r, (begin, _) in zip(computed, reaches, strict=True))
    end = max(until + STEP[r.grain] for r, (_, until) in zip(computed, reaches, strict=True))
    entities = _among(source, located, keys)
    window = select(*source.columns).where(entities, source.c.period >= start, source.c.period < end)
    rows = read_rows(connection, window)
    for rollup, (begin, until) in zip(computed, reaches, strict=True):
        target = rollup_table(rollup.id)
        beside = [read_rows(connection, select(*fact_table(name).columns)) for name in rollup.beside]
        found = computed_rows(rollup, rows, beside, methods).filter(pl.col("period").is_between(begin, until, "left"))
        gone = _among(target, located, keys)
        connection.execute(delete(target).where(gone, target.c.period >= begin, target.c.period < until))
        bulk_load(connection, target, found)


def _among(table: Table, located: list[str], keys: list[tuple[Any, ...]]) -> ColumnElement[bool]:
    return tuple_(*(table.c[c] for c in located)).in_(keys) if located else true()


def _refresh_latest(connection: Connection, fact: Fact, entities: Table) -> None:
    """Put the last row of every touched entity into the table of latest rows."""
    assert fact.entity
    target, rows = latest_table(fact.id), fact_table(fact.id)
    entity = fact.entity
    touched = select(entities.c[entity]).distinct().subquery()
    last = (
        select(func.max(rows.c[fact.time]))
        .where(rows.c[entity] == touched.c[entity])
        .correlate(touched)
        .scalar_subquery()
    )
    connection.execute(delete(target).where(target.c[entity].in_(select(touched.c[entity]))))
    join = and_(rows.c[entity] == touched.c[entity], rows.c[fact.time] == last)
    connection.execute(
        insert(target).from_select(
            list(rows.columns.keys()), select(*rows.columns).select_from(touched.join(rows, join))
        )
    )
