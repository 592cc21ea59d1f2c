"""From a slice of a fact to the batches, files and rows it rests on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, func, literal_column, or_, select
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.selectable import FromClause

from config.models import Fact
from data_access import ledger
from data_access.database import reading
from data_access.figures import rows_of


@dataclass(frozen=True)
class Part:
    """Rows of a fact: those like `where`, with `time` in `[start, end)`, for which `condition` holds.

    `open_at`: rows that entered (`time`) by then and had not left (`leave`).
    """

    fact: Fact
    time: str
    start: datetime | None
    end: datetime | None
    where: Mapping[str, str | Sequence[str]]
    as_of: datetime | None = None
    condition: str | None = None
    leave: str | None = None
    keys: list[dict[str, Any]] | None = field(default=None)


def _conditions(rows: FromClause, part: Part) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [
        rows.c[n] == v if isinstance(v, str) else rows.c[n].in_(list(v)) for n, v in part.where.items()
    ]
    time = rows.c[part.time]
    if part.leave and part.end:
        found += [time <= part.end, (rows.c[part.leave].is_(None)) | (rows.c[part.leave] > part.end)]
    else:
        found += [time >= part.start] if part.start else []
        found += [time < part.end] if part.end else []
    if part.condition:
        found.append(literal_column(f"({part.condition})"))
    if part.keys is not None:
        found.append(_one_of(rows, part.keys))
    return found


def _one_of(rows: FromClause, keys: list[dict[str, Any]]) -> ColumnElement[bool]:
    """Return the condition that a row has one of the keys; a single column may have thousands."""
    if keys and len(keys[0]) == 1:
        (name,) = keys[0]
        return rows.c[name].in_([key[name] for key in keys])
    return or_(*(and_(*(rows.c[k] == v for k, v in key.items())) for key in keys)) if keys else literal_column("1 = 0")


def batches_behind(part: Part) -> list[dict[str, Any]]:
    """Return the batches that hold rows of a part, most rows first: batch, file, sha256, times, rows."""
    rows, b = rows_of(part.fact, part.as_of), ledger.batch
    counted = (
        select(rows.c.batch, func.count().label("rows"))
        .where(*_conditions(rows, part))
        .group_by(rows.c.batch)
        .subquery()
    )
    query = (
        select(
            b.c.id.label("batch"),
            b.c.source,
            b.c.file,
            b.c.sha256,
            b.c.received_at,
            b.c.status,
            counted.c.rows,
        )
        .join(counted, counted.c.batch == b.c.id)
        .order_by(counted.c.rows.desc(), b.c.id.desc())
    )
    with reading() as connection:
        return [dict(r) for r in connection.execute(query).mappings()]


def rows_behind(part: Part, limit: int) -> list[dict[str, Any]]:
    """Return rows of a part with batch, file and row number in it, newest first."""
    rows, b = rows_of(part.fact, part.as_of), ledger.batch
    columns = [rows.c[c] for c in part.fact.columns if c not in part.fact.restricted]
    query = (
        select(rows.c.batch, b.c.file, rows.c.row, rows.c.recorded_at, *columns)
        .join(b, b.c.id == rows.c.batch)
        .where(*_conditions(rows, part))
        .order_by(rows.c[part.time].desc())
        .limit(limit)
    )
    with reading() as connection:
        return [dict(r) for r in connection.execute(query).mappings()]


def batch_by_id(batch_id: int) -> dict[str, Any] | None:
    """Return a batch."""
    with reading() as connection:
        row = connection.execute(select(ledger.batch).where(ledger.batch.c.id == batch_id)).mappings().first()
    return dict(row) if row else None


def recent_batches(source: str | None = None, limit: int = 50) -> list[Row[Any]]:
    """Return the last batches, of one source or of all."""
    query = select(ledger.batch).order_by(ledger.batch.c.id.desc()).limit(limit)
    if source:
        query = query.where(ledger.batch.c.source == source)
    with reading() as connection:
        return list(connection.execute(query).all())


def first_delivery(source: str) -> datetime | None:
    """Return how far the first delivery of a source that was kept told; None where none was."""
    b = ledger.batch.c
    query = select(b.last_time).where(b.source == source, b.last_time.is_not(None)).order_by(b.id).limit(1)
    with reading() as connection:
        found: datetime | None = connection.execute(query).scalar()
    return found


def delivered_spans(source: str, since: datetime, limit: int = 20_000) -> list[tuple[datetime, datetime]]:
    """Return from when to when the last deliveries of a source tell, those that reach past `since`, each once."""
    b = ledger.batch.c
    recent = select(b.first_time, b.last_time).where(b.source == source).order_by(b.id.desc()).limit(limit).subquery()
    query = select(recent.c.first_time, recent.c.last_time).where(recent.c.last_time >= since).distinct()
    with reading() as connection:
        return [(row.first_time, row.last_time) for row in connection.execute(query)]


def rejects_of(batch_id: int, limit: int = 20_000) -> list[dict[str, Any]]:
    """Return the refused cells of a batch in the order of the file."""
    r = ledger.reject
    query = select(*(c for c in r.c if c.name != "mark")).where(r.c.batch == batch_id).order_by(r.c.number).limit(limit)
    with reading() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]
