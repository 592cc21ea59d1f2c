"""The append-only record of everything that changed state: who, when, what, on which object."""

from typing import Any

from sqlalchemy import (
    DDL,
    JSON,
    BigInteger,
    Column,
    Connection,
    Integer,
    String,
    Table,
    event,
    insert,
    select,
)
from sqlalchemy.schema import ExecutableDDLElement

from data_access.database import Instant, now, operations_metadata

audit = Table(
    "audit",
    operations_metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("at", Instant, nullable=False, index=True),
    Column("actor", String(64), nullable=False, index=True),
    Column("action", String(64), nullable=False),
    Column("object", String(200), nullable=False, index=True),
    Column("detail", JSON, nullable=False),
)

GUARDS: dict[str, tuple[str, ...]] = {
    "sqlite": tuple(
        f"CREATE TRIGGER audit_refuses_{verb.lower()} BEFORE {verb} ON audit "
        "BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END"
        for verb in ("UPDATE", "DELETE")
    ),
    "postgresql": (
        "CREATE OR REPLACE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'audit is append-only'; END $$",
        "CREATE TRIGGER audit_refuses_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only()",
    ),
}
"""Statements by dialect that make the table refuse changes; a migration that creates it runs them too."""

for _dialect, _statements in GUARDS.items():
    for _statement in _statements:
        _guard: ExecutableDDLElement = DDL(_statement)  # type: ignore[no-untyped-call]
        event.listen(audit, "after_create", _guard.execute_if(dialect=_dialect))


def record(connection: Connection, actor: str, action: str, on: str, **detail: Any) -> None:
    """Write one entry in the transaction of the change that it describes."""
    connection.execute(insert(audit).values(at=now(), actor=actor, action=action, object=on, detail=detail))


def entries(connection: Connection, on: str | None = None, limit: int = 200) -> list[dict[str, Any]]:
    """Return the latest entries, newest first, of one object where `on` names it."""
    statement = select(audit).order_by(audit.c.id.desc()).limit(limit)
    if on is not None:
        statement = statement.where(audit.c.object == on)
    return [dict(row) for row in connection.execute(statement).mappings()]
