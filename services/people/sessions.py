"""Sessions: staying signed in, and being revoked.

A session is a row of ours. The browser holds its token in an HttpOnly cookie; the database holds only the
token's sha256. The token is an HMAC of a one-time ticket under `IOC_SECRET_KEY`, so that the request that
sets the cookie can name the token without it ever being stored.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from config.locale import say
from config.roles import load_roles
from config.settings import settings
from data_access import people as rows
from data_access.audit import record
from data_access.database import now, operations_engine, reading, writing
from data_access.people import PersonRow
from services.access import Viewer
from services.people.accounts import can_sign_in
from services.people.passwords import PeopleError

TICKET_LASTS = timedelta(minutes=2)
SEEN_EVERY = timedelta(minutes=5)
LASTING_COOKIE = timedelta(days=400)


@dataclass(frozen=True)
class Redeemed:
    """What the cookie of a session must hold; `max_age` in seconds."""

    token: str
    max_age: int


def open_session(user: str) -> tuple[str, str]:
    """Open a session and return its token and the one-time ticket that turns into the cookie."""
    ticket = secrets.token_urlsafe(32)
    token = _token(ticket)
    moment = now()
    with writing(operations_engine()) as connection:
        person = rows.find_person(connection, user)
        if person is None or not can_sign_in(person):
            raise PeopleError(say("access.user_cannot_sign_in", user=user))
        rows.delete_expired_sessions(connection, moment)
        rows.insert_session(
            connection, token_hash=_sha256(token), user=user, opened_at=moment, seen_at=moment,
            expires_at=_expiry(person["role"], moment), ticket_hash=_sha256(ticket),
            ticket_until=moment + TICKET_LASTS,
        )  # fmt: skip
        record(connection, user, "session.open", user)
    return token, ticket


def redeem_ticket(ticket: str) -> Redeemed | None:
    """Use up a ticket and return what the cookie must hold; None when unknown, used or too old."""
    moment = now()
    with writing(operations_engine()) as connection:
        found = rows.use_ticket(connection, _sha256(ticket), moment)
    if found is None:
        return None
    lasts = found["expires_at"] - moment if found["expires_at"] else LASTING_COOKIE
    return Redeemed(_token(ticket), int(lasts.total_seconds()))


def lookup(token: str) -> Viewer | None:
    """Return whose session a token opens now; None when it is forged, expired or revoked."""
    hashed, moment = _sha256(token), now()
    with reading(operations_engine()) as connection:
        found = rows.find_session(connection, hashed, moment)
    if found is None or not can_sign_in(found):
        return None
    if moment - found["seen_at"] > SEEN_EVERY:
        with writing(operations_engine()) as connection:
            rows.touch_session(connection, hashed, moment)
    return _viewer(found)


def close_session(token: str) -> None:
    """End a session; a token that opens none is no error."""
    with writing(operations_engine()) as connection:
        if user := rows.delete_session(connection, _sha256(token)):
            record(connection, user, "session.close", user)


def _viewer(person: PersonRow) -> Viewer:
    sees_all = person["role"] in load_roles() and "see_all_places" in load_roles()[person["role"]].may
    places = None if sees_all and not person["places"] else frozenset(person["places"])
    domains = frozenset(person["domains"]) or None
    return Viewer(person["user"], person["role"], places, domains, person["agency"])


def _expiry(role: str, moment: datetime) -> datetime | None:
    if load_roles()[role].session == "lasting":
        return None
    return moment + timedelta(hours=settings().session_hours)


def _token(ticket: str) -> str:
    return hmac.new(settings().secret_key.encode(), f"session:{ticket}".encode(), "sha256").hexdigest()


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
