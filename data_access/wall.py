"""What the wall must remember across processes and restarts: where it stands, its code, its phones, the mode."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, String, Table, Text, delete, insert, select

from data_access import audit
from data_access.database import Instant, now, operations_engine, operations_metadata, reading, writing
from data_access.ingestion.merge import lock
from data_access.ledger import ROW_ID

wall_drive = Table(
    "wall_drive",
    operations_metadata,
    Column("wall", String(64), primary_key=True, comment="the account that the wall is signed in with"),
    Column("scene", String(64), nullable=False),
    Column("since", Instant, nullable=False),
    Column("held", String(16), nullable=False, comment="'', paused, pinned"),
    Column("actor", String(64), nullable=False),
)
wall_code = Table(
    "wall_code",
    operations_metadata,
    Column("wall", String(64), primary_key=True),
    Column("code", String(16), nullable=False, index=True),
    Column("until", Instant, nullable=False),
)
wall_phone = Table(
    "wall_phone",
    operations_metadata,
    Column("user", String(64), primary_key=True),
    Column("wall", String(64), nullable=False),
    Column("until", Instant, nullable=False),
)
operating_mode = Table(
    "operating_mode",
    operations_metadata,
    Column("id", ROW_ID, primary_key=True, autoincrement=True),
    Column("mode", String(16), nullable=False, comment="normal, emergency, meeting; the newest counts"),
    Column("what", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("holder", Text, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("since", Instant, nullable=False),
)


@dataclass(frozen=True)
class Drive:
    """Where a wall was last put: the scene, since when, whether it is held there, and by whom."""

    scene: str
    since: datetime
    held: str
    actor: str


@dataclass(frozen=True)
class Operating:
    """The operating mode in force; `what`, `place` and `holder` are words, empty where none were given."""

    mode: str
    what: str
    place: str
    holder: str
    actor: str
    since: datetime


def drive_of(wall: str) -> Drive | None:
    """Return where a wall was last put, None where nobody ever drove it."""
    d = wall_drive.c
    with reading(operations_engine()) as connection:
        row = connection.execute(select(d.scene, d.since, d.held, d.actor).where(d.wall == wall)).mappings().first()
    return Drive(**row) if row else None


def _replace(connection: Connection, table: Table, key: str, values: dict[str, Any]) -> None:
    lock(connection, table.name)
    connection.execute(delete(table).where(table.c[key] == values[key]))
    connection.execute(insert(table).values(**values))


def put(wall: str, scene: str, held: str, actor: str) -> None:
    """Put a wall at a scene from now on, with its entry in the audit trail."""
    with writing(operations_engine()) as connection:
        row = {"wall": wall, "scene": scene, "since": now(), "held": held, "actor": actor}
        _replace(connection, wall_drive, "wall", row)
        audit.record(connection, actor, "wall.drive", f"wall:{wall}", scene=scene, held=held)


def code_of(wall: str, at: datetime) -> tuple[str, datetime] | None:
    """Return the code that a wall shows and until when it holds, None where it has run out."""
    c = wall_code.c
    with reading(operations_engine()) as connection:
        row = connection.execute(select(c.code, c.until).where(c.wall == wall, c.until > at)).first()
    return (row.code, row.until) if row else None


def keep_code(wall: str, code: str, until: datetime) -> None:
    """Give a wall another code."""
    with writing(operations_engine()) as connection:
        _replace(connection, wall_code, "wall", {"wall": wall, "code": code, "until": until})


def wall_of_code(code: str, at: datetime) -> str | None:
    """Return the wall that shows a code now."""
    c = wall_code.c
    with reading(operations_engine()) as connection:
        found: str | None = connection.execute(select(c.wall).where(c.code == code, c.until > at)).scalar()
    return found


def pair(user: str, wall: str, until: datetime) -> None:
    """Let a person drive a wall until a moment; the code is used up, so that nobody reads it over a shoulder."""
    with writing(operations_engine()) as connection:
        _replace(connection, wall_phone, "user", {"user": user, "wall": wall, "until": until})
        connection.execute(delete(wall_code).where(wall_code.c.wall == wall))
        audit.record(connection, user, "wall.pair", f"wall:{wall}")


def unpair(user: str) -> None:
    """Take the wall out of a person's hand."""
    with writing(operations_engine()) as connection:
        connection.execute(delete(wall_phone).where(wall_phone.c.user == user))


def wall_of(user: str, at: datetime) -> str | None:
    """Return the wall that a person may drive now."""
    p = wall_phone.c
    with reading(operations_engine()) as connection:
        found: str | None = connection.execute(select(p.wall).where(p.user == user, p.until > at)).scalar()
    return found


def operating() -> Operating | None:
    """Return the operating mode in force, None before anybody set one."""
    o = operating_mode.c
    query = select(o.mode, o.what, o.place, o.holder, o.actor, o.since).order_by(o.id.desc()).limit(1)
    with reading(operations_engine()) as connection:
        row = connection.execute(query).mappings().first()
    return Operating(**row) if row else None


def operate(mode: str, what: str, place: str, holder: str, actor: str) -> None:
    """Set the operating mode from now on, with its entry in the audit trail."""
    with writing(operations_engine()) as connection:
        row = {"mode": mode, "what": what, "place": place, "holder": holder, "actor": actor}
        connection.execute(insert(operating_mode).values(since=now(), **row))
        audit.record(connection, actor, "operating_mode", "province", mode=mode, what=what, place=place, holder=holder)
