"""Accounts, sign-in failures and sessions: tables and queries."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    ForeignKey,
    Index,
    RowMapping,
    String,
    Table,
    delete,
    false,
    func,
    insert,
    or_,
    select,
    update,
)

from data_access.database import Instant, operations_metadata

Transaction = Connection
PersonRow = RowMapping

person = Table(
    "person",
    operations_metadata,
    Column("user", String(32), primary_key=True),
    Column("office", String(200), nullable=False, comment="office or title; never a person's name"),
    Column("email", String(254), unique=True, comment="claim by which single sign-on finds the account"),
    Column("password_hash", String(60), nullable=False, comment="bcrypt, cost 12"),
    Column("role", String(32), nullable=False),
    Column("domains", JSON, nullable=False, comment="empty: all"),
    Column("places", JSON, nullable=False, comment="empty: all, where the role sees all"),
    Column("agency", String(64)),
    Column("demo", Boolean, nullable=False, server_default=false()),
    Column("disabled", Boolean, nullable=False, server_default=false()),
    Column("created_at", Instant, nullable=False),
)

sign_in_failure = Table(
    "sign_in_failure",
    operations_metadata,
    Column("user", String(64), nullable=False, comment="as typed; need not exist"),
    Column("at", Instant, nullable=False, index=True),
    Index(None, "user", "at"),
)

session = Table(
    "session",
    operations_metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("user", String(32), ForeignKey("person.user"), nullable=False, index=True),
    Column("opened_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("expires_at", Instant, index=True, comment="empty: lasts until revoked"),
    Column("ticket_hash", String(64), unique=True, comment="empty once the ticket is used"),
    Column("ticket_until", Instant),
)


def find_person(connection: Connection, user: str) -> RowMapping | None:
    """Return the account of a user name."""
    return connection.execute(select(person).where(person.c.user == user)).mappings().one_or_none()


def find_person_by_email(connection: Connection, email: str) -> RowMapping | None:
    """Return the account of an e-mail address, which is stored in lower case."""
    return connection.execute(select(person).where(person.c.email == email.lower())).mappings().one_or_none()


def all_people(connection: Connection) -> list[RowMapping]:
    """Return every account by user name."""
    return list(connection.execute(select(person).order_by(person.c.user)).mappings())


def insert_person(connection: Connection, **values: Any) -> None:
    """Add one account."""
    connection.execute(insert(person).values(**values))


def update_person(connection: Connection, user: str, **values: Any) -> None:
    """Change one account."""
    connection.execute(update(person).where(person.c.user == user).values(**values))


def count_failures(connection: Connection, user: str, since: datetime) -> int:
    """Count the sign-in attempts of a user name that did not succeed since a moment."""
    found = sign_in_failure.c.user == user, sign_in_failure.c.at > since
    return connection.execute(select(func.count()).select_from(sign_in_failure).where(*found)).scalar_one()


def insert_failure(connection: Connection, user: str, at: datetime) -> None:
    """Note one attempt."""
    connection.execute(insert(sign_in_failure).values(user=user, at=at))


def delete_failures(connection: Connection, user: str | None = None, before: datetime | None = None) -> None:
    """Forget the attempts of a user name, or those before a moment."""
    statement = delete(sign_in_failure)
    if user is not None:
        statement = statement.where(sign_in_failure.c.user == user)
    if before is not None:
        statement = statement.where(sign_in_failure.c.at <= before)
    connection.execute(statement)


def insert_session(connection: Connection, **values: Any) -> None:
    """Open one session."""
    connection.execute(insert(session).values(**values))


def find_session(connection: Connection, token_hash: str, at: datetime) -> RowMapping | None:
    """Return a session that has not expired at a moment, joined with its account."""
    lasts = or_(session.c.expires_at.is_(None), session.c.expires_at > at)
    statement = (
        select(person, session.c.seen_at, session.c.expires_at)
        .join(session, session.c.user == person.c.user)
        .where(session.c.token_hash == token_hash, lasts)
    )
    return connection.execute(statement).mappings().one_or_none()


def touch_session(connection: Connection, token_hash: str, at: datetime) -> None:
    """Note that a session was used."""
    connection.execute(update(session).where(session.c.token_hash == token_hash).values(seen_at=at))


def use_ticket(connection: Connection, ticket_hash: str, at: datetime) -> RowMapping | None:
    """Use up a ticket and return its session; None when it is unknown, used or too old."""
    good = session.c.ticket_hash == ticket_hash, session.c.ticket_until > at
    used = (
        update(session)
        .where(*good)
        .values(ticket_hash=None, ticket_until=None)
        .returning(session.c.token_hash, session.c.expires_at)
    )
    return connection.execute(used).mappings().one_or_none()


def delete_session(connection: Connection, token_hash: str) -> str | None:
    """End one session and return whose it was."""
    ended = delete(session).where(session.c.token_hash == token_hash).returning(session.c.user)
    return connection.execute(ended).scalar_one_or_none()


def delete_sessions(connection: Connection, user: str) -> int:
    """End every session of an account and return how many there were."""
    return connection.execute(delete(session).where(session.c.user == user)).rowcount


def delete_expired_sessions(connection: Connection, at: datetime) -> None:
    """Remove the sessions that had expired at a moment."""
    connection.execute(delete(session).where(session.c.expires_at <= at))
