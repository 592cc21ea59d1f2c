"""The drawing cache: charts already drawn as SVG, and those that somebody has asked for."""

from datetime import datetime, timedelta

from sqlalchemy import Boolean, Column, Table, Text, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from data_access.database import Instant, now, operations_engine, operations_metadata, reading, writing

drawing = Table(
    "drawing",
    operations_metadata,
    Column("key", Text, primary_key=True),
    Column("svg", Text),
    Column("spec", Text, nullable=False),
    Column("drawn_at", Instant),
    Column("used_at", Instant, nullable=False),
    Column("wanted", Boolean, nullable=False, index=True),
)


def get(key: str) -> tuple[str | None, datetime] | None:
    """Return the drawing of a key and when it was last used; None when nobody asked for it yet."""
    with reading(operations_engine()) as connection:
        row = connection.execute(select(drawing.c.svg, drawing.c.used_at).where(drawing.c.key == key)).one_or_none()
    return None if row is None else (row.svg, row.used_at)


def want(key: str, spec: str) -> None:
    """Ask for a drawing; asking again changes nothing."""
    row = {"key": key, "spec": spec, "used_at": now(), "wanted": True}
    with writing(operations_engine()) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(postgresql.insert(drawing).values(row).on_conflict_do_nothing())
        else:
            connection.execute(sqlite.insert(drawing).values(row).on_conflict_do_nothing())


def wanted(limit: int) -> list[tuple[str, str]]:
    """Return keys and specs that wait to be drawn, oldest first."""
    statement = select(drawing.c.key, drawing.c.spec).where(drawing.c.wanted).order_by(drawing.c.used_at).limit(limit)
    with reading(operations_engine()) as connection:
        return [(row.key, row.spec) for row in connection.execute(statement)]


def put(key: str, svg: str | None) -> None:
    """Keep a drawing; None for one that cannot be drawn, so that it is not asked for again."""
    with writing(operations_engine()) as connection:
        connection.execute(
            update(drawing).where(drawing.c.key == key).values(svg=svg, spec="", drawn_at=now(), wanted=False)
        )


def touch(key: str) -> None:
    """Note that a drawing is still used."""
    with writing(operations_engine()) as connection:
        connection.execute(update(drawing).where(drawing.c.key == key).values(used_at=now()))


def prune(unused_for: timedelta) -> int:
    """Forget drawings nobody used for so long; return how many."""
    with writing(operations_engine()) as connection:
        return connection.execute(delete(drawing).where(drawing.c.used_at < now() - unused_for)).rowcount
