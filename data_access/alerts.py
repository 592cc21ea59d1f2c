"""Alerts: one open alert for a cause, its history, and conditions that do not hold long enough yet."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Double,
    ForeignKey,
    Index,
    Table,
    Text,
    delete,
    func,
    insert,
    select,
    update,
)

from data_access import audit
from data_access.database import Instant, operations_engine, operations_metadata, reading, writing
from data_access.ledger import ROW_ID

alert = Table(
    "alert",
    operations_metadata,
    Column("id", ROW_ID, primary_key=True, autoincrement=True),
    Column("cause", Text, nullable=False),
    Column("domain", Text, nullable=False),
    Column("indicator", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("subject_vi", Text, nullable=False),
    Column("subject_en", Text, nullable=False),
    Column("place", Text, nullable=False, server_default=""),
    Column("severity", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("value", Double),
    Column("text_vi", Text, nullable=False),
    Column("text_en", Text, nullable=False),
    Column("figure", Text, nullable=False, server_default=""),
    Column("visibility", Text, nullable=False, server_default="internal"),
    Column("simulated", Boolean, nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("resolved_at", Instant),
    Column("acknowledged_at", Instant),
    Column("acknowledged_by", Text),
)
Index(
    "uq_alert_open_cause",
    alert.c.cause,
    unique=True,
    sqlite_where=alert.c.state == "open",
    postgresql_where=alert.c.state == "open",
)
Index(None, alert.c.state, alert.c.domain)

alert_event = Table(
    "alert_event",
    operations_metadata,
    Column("id", ROW_ID, primary_key=True, autoincrement=True),
    Column("alert", ROW_ID, ForeignKey("alert.id"), nullable=False, index=True),
    Column("at", Instant, nullable=False),
    Column("what", Text, nullable=False),
    Column("severity", Text),
    Column("value", Double),
    Column("actor", Text),
)

alert_pending = Table(
    "alert_pending",
    operations_metadata,
    Column("cause", Text, primary_key=True),
    Column("since", Instant, nullable=False),
)


@dataclass(frozen=True)
class Alert:
    """One alert as it stands."""

    id: int
    cause: str
    domain: str
    indicator: str
    rule: str
    subject: str
    subject_vi: str
    subject_en: str
    place: str
    severity: str
    state: str
    value: float | None
    text_vi: str
    text_en: str
    figure: str
    visibility: str
    simulated: bool
    opened_at: datetime
    changed_at: datetime
    resolved_at: datetime | None
    acknowledged_at: datetime | None
    acknowledged_by: str | None


@dataclass(frozen=True)
class Event:
    """One thing that happened to an alert."""

    at: datetime
    what: str
    severity: str | None
    value: float | None
    actor: str | None


def open_alerts(domain: str | None = None) -> list[Alert]:
    """Return the open alerts, gravest first, then oldest first."""
    query = select(alert).where(alert.c.state == "open")
    if domain:
        query = query.where(alert.c.domain == domain)
    order = func.instr if operations_engine().dialect.name == "sqlite" else func.strpos
    gravity = order("critical bad near", alert.c.severity)
    with reading(operations_engine()) as connection:
        found = connection.execute(query.order_by(gravity, alert.c.opened_at, alert.c.id)).mappings()
        return [Alert(**row) for row in found]


def past_alerts(limit: int = 200) -> list[Alert]:
    """Return the resolved alerts, newest first."""
    query = select(alert).where(alert.c.state == "resolved").order_by(alert.c.resolved_at.desc()).limit(limit)
    with reading(operations_engine()) as connection:
        return [Alert(**row) for row in connection.execute(query).mappings()]


def events_of(alert_id: int) -> list[Event]:
    """Return what happened to an alert, oldest first."""
    with reading(operations_engine()) as connection:
        e = alert_event.c
        query = select(e.at, e.what, e.severity, e.value, e.actor).where(e.alert == alert_id).order_by(e.id)
        return [Event(**row) for row in connection.execute(query).mappings()]


def _tell(connection: Connection, alert_id: int, at: datetime, what: str, **values: Any) -> None:
    connection.execute(insert(alert_event).values(alert=alert_id, at=at, what=what, **values))


def open_alert(connection: Connection, at: datetime, **values: Any) -> int:
    """Open an alert; raise IntegrityError where one is open for the cause."""
    result = connection.execute(insert(alert).values(state="open", opened_at=at, changed_at=at, **values))
    assert result.inserted_primary_key
    alert_id = int(result.inserted_primary_key[0])
    _tell(connection, alert_id, at, "opened", severity=values["severity"], value=values.get("value"))
    return alert_id


def change_alert(connection: Connection, alert_id: int, at: datetime, **values: Any) -> None:
    """Change an open alert's severity (told in its history; whoever acknowledged must look again)."""
    connection.execute(
        update(alert)
        .where(alert.c.id == alert_id)
        .values(changed_at=at, acknowledged_at=None, acknowledged_by=None, **values)
    )
    _tell(connection, alert_id, at, "changed", severity=values["severity"], value=values.get("value"))


def renew_alert(connection: Connection, alert_id: int, **values: Any) -> None:
    """Keep an open alert's value and words up to date, without an event."""
    connection.execute(update(alert).where(alert.c.id == alert_id).values(**values))


def resolve_alert(connection: Connection, alert_id: int, at: datetime, value: float | None) -> None:
    """Resolve an alert."""
    connection.execute(
        update(alert).where(alert.c.id == alert_id).values(state="resolved", resolved_at=at, changed_at=at)
    )
    _tell(connection, alert_id, at, "resolved", value=value)


def pending_since(connection: Connection, cause: str, at: datetime) -> datetime:
    """Return since when a condition holds without an alert, noting now if it is new."""
    since: datetime | None = connection.execute(
        select(alert_pending.c.since).where(alert_pending.c.cause == cause)
    ).scalar()
    if since is None:
        connection.execute(insert(alert_pending).values(cause=cause, since=at))
        return at
    return since


def forget_pending(connection: Connection, keep: set[str], within: set[str]) -> None:
    """Forget the waiting conditions among `within` (prefixes of causes) that no longer hold."""
    rows = connection.execute(select(alert_pending.c.cause)).scalars().all()
    gone = [c for c in rows if c not in keep and c.split("|")[0] in within]
    if gone:
        connection.execute(delete(alert_pending).where(alert_pending.c.cause.in_(gone)))


def acknowledge(alert_id: int, actor: str, at: datetime) -> bool:
    """Note who has seen an open alert; return False where it is not open or already acknowledged."""
    with writing(operations_engine()) as connection:
        result = connection.execute(
            update(alert)
            .where(
                alert.c.id == alert_id,
                alert.c.state == "open",
                alert.c.acknowledged_at.is_(None),
            )
            .values(acknowledged_at=at, acknowledged_by=actor)
        )
        if result.rowcount:
            _tell(connection, alert_id, at, "acknowledged", actor=actor)
            audit.record(connection, actor, "acknowledge", f"alert:{alert_id}")
        return bool(result.rowcount)
