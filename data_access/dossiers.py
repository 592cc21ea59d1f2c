"""The list of dossiers, page by page, within the places that the asker may see."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

import polars as pl
from sqlalchemy import Select, false, func, select
from sqlalchemy.sql.elements import ColumnElement

from config.registry import load_registry
from data_access.database import reading
from data_access.facts import fact_table
from data_access.frames import empty_like, read_rows

FACT: Final = "dossier"
STATES: Final = ("all", "open", "open_late", "due_soon", "done_late")
SHOWN: Final = (
    "dossier", "procedure", "procedure_name", "field", "agency", "place", "channel", "status", "received_at",
    "clock_due_at", "finished_at", "late_days", "supplements", "on_time", "late", "batch", "row",
)
MOST_ROWS: Final = 50_000


class Page(NamedTuple):
    """Some rows of a list, and how many the whole list has."""

    rows: pl.DataFrame
    total: int


def _in_state(state: str, at: datetime) -> list[ColumnElement[bool]]:
    """Return the conditions of a state at a moment; raise KeyError for an unknown one."""
    t = fact_table(FACT).c
    is_open = t.closed_at.is_(None) | (t.closed_at > at)
    conditions: dict[str, list[ColumnElement[bool]]] = {
        "all": [],
        "open": [t.open_from <= at, is_open],
        "open_late": [t.late_from <= at, is_open],
        "due_soon": [t.soon_from <= at, t.soon_until > at],
        "done_late": [t.late == 1],
    }
    return conditions[state]


def _conditions(places: frozenset[str] | None, state: str, where: Mapping[str, str | Sequence[str]],
                period: tuple[datetime, datetime] | None, at: datetime) -> list[ColumnElement[bool]]:
    t = fact_table(FACT).c
    found = _in_state(state, at)
    if places is not None:
        found.append(t.place.in_(sorted(places)) if places else false())
    for name, value in where.items():
        found.append(t[name] == value if isinstance(value, str) else t[name].in_(list(value)))
    if period:
        column = t.finished_at if state == "done_late" else t.received_at
        found += [column >= period[0], column < period[1]]
    return found


def list_dossiers(
    places: frozenset[str] | None, *, personal: bool, at: datetime, state: str = "all",
    where: Mapping[str, str | Sequence[str]] | None = None, period: tuple[datetime, datetime] | None = None,
    offset: int = 0, limit: int = 50,
) -> Page:
    """Return dossiers in a state at a moment, the longest due first, and how many there are.

    `places`: only those of these communes (None: all, those of departments included; empty: none).
    `personal`: with the restricted columns. `period`: received in it (done_late: ended in it), `[start, end)`.
    """
    table = fact_table(FACT)
    restricted = load_registry().facts[FACT].restricted if personal else []
    conditions = _conditions(places, state, where or {}, period, at)
    query: Select[Any] = select(*(table.c[c] for c in (*SHOWN, *restricted))).where(*conditions)
    if places is not None and not places:
        return Page(empty_like(query), 0)
    order = (table.c.received_at.desc(),) if state == "all" else (table.c.clock_due_at,)
    query = query.order_by(*order, table.c.dossier).offset(max(offset, 0)).limit(min(max(limit, 1), MOST_ROWS))
    with reading() as connection:
        total = connection.execute(select(func.count()).select_from(table).where(*conditions)).scalar_one()
        return Page(read_rows(connection, query), int(total))
