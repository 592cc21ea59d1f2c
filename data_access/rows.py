"""The lists of a fact's rows that people work through, page by page, within the places the asker may see."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

import polars as pl
from sqlalchemy import FromClause, Select, Table, bindparam, false, func, select, text

from config.models import Fact, ListOf
from data_access.database import Instant, facts_engine, reading
from data_access.facts import fact_table
from data_access.frames import empty_like, read_rows
from data_access.words import holding

MOST_ROWS: Final = 50_000


class Page(NamedTuple):
    """Some rows of a list, and how many the whole list has."""

    rows: pl.DataFrame
    total: int


def _conditions(
    fact: Fact, table: Table, chosen: ListOf, where: Mapping[str, str | Sequence[str]],
    span: tuple[datetime, datetime] | None, at: datetime, words: Sequence[str],
) -> list[Any]:  # fmt: skip
    found: list[Any] = [
        table.c[name] == value if isinstance(value, str) else table.c[name].in_(list(value))
        for name, value in where.items()
    ]
    if chosen.where:
        clause = text(f"({chosen.where})")
        found.append(clause.bindparams(bindparam("now", at, Instant)) if ":now" in chosen.where else clause)
    if span:
        time = table.c[chosen.time or fact.time]
        found += [time >= span[0], time < span[1]]
    return found + ([holding(fact, table, words, facts_engine().dialect.name)] if fact.search and words else [])


def _ordered(query: Select[Any], fact: Fact, table: FromClause, chosen: ListOf) -> Select[Any]:
    names = list(chosen.order or [f"-{fact.time}"])
    names += [key for key in fact.key if key not in {n.removeprefix("-") for n in names}]
    return query.order_by(*(table.c[n[1:]].desc() if n.startswith("-") else table.c[n] for n in names))


def list_rows(
    fact: Fact, chosen: ListOf, *, places: frozenset[str] | None, personal: bool, at: datetime,
    where: Mapping[str, str | Sequence[str]], span: tuple[datetime, datetime] | None = None,
    words: Sequence[str] = (), offset: int = 0, limit: int = 50,
) -> Page:  # fmt: skip
    """Return rows of a list of a fact at a moment, and how many it has.

    `places`: only rows of these communes (None: all; empty: none); `personal`: with the restricted columns;
    `span`: `[start, end)` of the list's time; `words`: folded, each must occur. Lineage columns come along.
    """
    table = fact_table(fact.id)
    hidden = set() if personal else set(fact.restricted)
    source: FromClause
    seen = [c.name for c in table.columns if c.name not in hidden]
    query: Select[Any] = select(*(table.c[n] for n in seen))
    conditions = _conditions(fact, table, chosen, where, span, at, words)
    if places is not None and "place" in table.c:
        if not places:
            return Page(empty_like(query), 0)
        conditions.append(table.c.place.in_(sorted(places)) if places else false())
    query, source = query.where(*conditions), table
    if words and facts_engine().dialect.name == "postgresql":  # else it may walk the order and read every text
        source = select(table).where(*conditions).offset(0).subquery()
        query = select(*(source.c[n] for n in seen))
    query = _ordered(query, fact, source, chosen)
    query = query.offset(max(offset, 0)).limit(min(max(limit, 1), MOST_ROWS))
    with reading() as connection:
        total = connection.execute(select(func.count()).select_from(table).where(*conditions)).scalar_one()
        return Page(read_rows(connection, query), int(total))
