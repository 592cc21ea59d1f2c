"""Accounts and their sessions: adding and changing people, signing in, staying signed in, being revoked.

A session is a row of ours. The browser holds its token in an HttpOnly cookie; the database holds only the
token's sha256. The token is an HMAC of a one-time ticket under `IOC_SECRET_KEY`, so that the request that
sets the cookie can name the token without it ever being stored.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import bcrypt

from config.locale import say
from config.roles import load_roles
from config.settings import settings
from data_access import people as rows
from data_access.audit import record
from data_access.database import now, operations_engine, reading, writing
from data_access.people import PersonRow, Transaction
from services.access import SYSTEM, Viewer, may, role_name

MAX_ATTEMPTS = 5
LOCKED_FOR = timedelta(minutes=15)
TICKET_LASTS = timedelta(minutes=2)
SEEN_EVERY = timedelta(minutes=5)
LASTING_COOKIE = timedelta(days=400)
SHORTEST_PASSWORD = 10
LONGEST_PASSWORD_BYTES = 72
BCRYPT_COST = 12
USER_NAME = re.compile(r"^[a-z][a-z0-9._-]{2,31}$")


class PeopleError(Exception):
    """An account that cannot be made, changed or used; the message is for people, in Vietnamese."""


@dataclass(frozen=True)
class DemoAccount:
    """One account of the demonstration, with the password that everybody may know."""

    user: str
    password: str
    role: str
    office: str
    agency: str | None = None
    domains: tuple[str, ...] = ()
    places: tuple[str, ...] = ()


@dataclass(frozen=True)
class Redeemed:
    """What the cookie of a session must hold; `max_age` in seconds."""

    token: str
    max_age: int


def demo_accounts() -> list[DemoAccount]:
    """Return the demonstration's accounts, one per role, the same each time; refuse them in production."""
    if settings().env == "production":
        raise PeopleError(say("access.demo_in_production"))
    department = {"agency": "so_nnmt", "domains": ("environment", "vessels")}
    commune = {"agency": "ubnd_14797", "places": ("14797",)}
    accounts: list[tuple[str, str, str, dict[str, Any]]] = [
        ("lanhdao", "leader", "Lãnh đạo UBND tỉnh", {}),
        ("sonnmt", "department", "Sở Nông nghiệp và Môi trường", department),
        ("xahacthanh", "commune", "UBND phường Hạc Thành", commune),
        ("phantich", "analyst", "Chuyên viên phân tích", {}),
        ("vanhanh", "operator", "Trực vận hành IOC", {}),
        ("quantri", "administrator", "Quản trị hệ thống", {}),
        ("manhinh", "display", "Màn hình lớn", {}),
    ]
    return [DemoAccount(user, f"demo-{user}", role, office, **rest) for user, role, office, rest in accounts]


def ensure_demo_accounts() -> list[DemoAccount]:
    """Add the demonstration's accounts that are missing and return those that can sign in.

    An account of the same name that is not the demonstration's is never touched.
    """
    for account in demo_accounts():
        with reading(operations_engine()) as connection:
            missing = rows.find_person(connection, account.user) is None
        if missing:
            add_person(
                account.user, account.office, account.role, account.password,
                domains=account.domains, places=account.places, agency=account.agency, demo=True,
            )  # fmt: skip
    return open_demo_accounts()


def open_demo_accounts() -> list[DemoAccount]:
    """Return the demonstration's accounts that can sign in now; none in production."""
    if settings().env == "production":
        return []
    with reading(operations_engine()) as connection:
        people = {row["user"]: row for row in rows.all_people(connection)}
    return [
        account
        for account in demo_accounts()
        if account.user in people and people[account.user]["demo"] and not people[account.user]["disabled"]
    ]


def add_person(
    user: str,
    office: str,
    role: str,
    password: str,
    *,
    domains: tuple[str, ...] = (),
    places: tuple[str, ...] = (),
    agency: str | None = None,
    email: str | None = None,
    demo: bool = False,
    by: Viewer = SYSTEM,
) -> None:
    """Add an account named by its office; raise PeopleError with the remedy."""
    _allowed(by)
    if not USER_NAME.match(user):
        raise PeopleError(say("access.user_invalid", user=user))
    if not office.strip():
        raise PeopleError(say("access.office_missing"))
    if demo and settings().env == "production":
        raise PeopleError(say("access.demo_in_production"))
    _check_role(role, places)
    email = email.strip().lower() if email else None
    hashed = _hash(user, password)
    with writing(operations_engine()) as connection:
        if rows.find_person(connection, user):
            raise PeopleError(say("access.user_exists", user=user))
        if email and rows.find_person_by_email(connection, email):
            raise PeopleError(say("access.email_taken", email=email))
        rows.insert_person(
            connection, user=user, office=office.strip(), email=email, password_hash=hashed, role=role,
            domains=list(domains), places=list(places), agency=agency, demo=demo, created_at=now(),
        )  # fmt: skip
        scope = {"domains": list(domains), "places": list(places), "agency": agency}
        record(connection, by.user, "person.add", user, role=role, demo=demo, **scope)


def disable_person(user: str, *, by: Viewer = SYSTEM) -> None:
    """Close an account and end its sessions at once."""
    with _changing(user, by) as (connection, _):
        rows.update_person(connection, user, disabled=True)
        ended = rows.delete_sessions(connection, user)
        record(connection, by.user, "person.disable", user, sessions=ended)


def enable_person(user: str, *, by: Viewer = SYSTEM) -> None:
    """Open a closed account again."""
    with _changing(user, by) as (connection, _):
        rows.update_person(connection, user, disabled=False)
        record(connection, by.user, "person.enable", user)


def change_role(
    user: str,
    role: str,
    *,
    domains: tuple[str, ...] | None = None,
    places: tuple[str, ...] | None = None,
    by: Viewer = SYSTEM,
) -> None:
    """Give an account another role and, where named, another scope; its sessions end at once."""
    with _changing(user, by) as (connection, person):
        new_domains = list(person["domains"] if domains is None else domains)
        new_places = list(person["places"] if places is None else places)
        _check_role(role, tuple(new_places))
        rows.update_person(connection, user, role=role, domains=new_domains, places=new_places)
        rows.delete_sessions(connection, user)
        scope = {"domains": new_domains, "places": new_places}
        record(connection, by.user, "person.role", user, before=person["role"], after=role, **scope)


def set_password(user: str, password: str, *, by: Viewer = SYSTEM) -> None:
    """Give an account a new password and end its sessions; a demonstration account becomes a real one."""
    _allowed(by)
    hashed = _hash(user, password)
    with _changing(user, by) as (connection, _):
        rows.update_person(connection, user, password_hash=hashed, demo=False)
        rows.delete_sessions(connection, user)
        rows.delete_failures(connection, user)
        record(connection, by.user, "person.password", user)


def revoke_sessions(user: str, *, by: Viewer = SYSTEM) -> int:
    """End every session of an account and return how many there were."""
    with _changing(user, by) as (connection, _):
        ended = rows.delete_sessions(connection, user)
        record(connection, by.user, "session.revoke", user, sessions=ended)
    return ended


def list_people() -> list[dict[str, Any]]:
    """Return every account without its password hash."""
    with reading(operations_engine()) as connection:
        return [
            {key: value for key, value in row.items() if key != "password_hash"} for row in rows.all_people(connection)
        ]


def find_office(user: str) -> str | None:
    """Return the office that an account stands for."""
    with reading(operations_engine()) as connection:
        found = rows.find_person(connection, user)
    return found["office"] if found else None


def user_of_email(email: str) -> str | None:
    """Return the account that single sign-on's e-mail claim belongs to, where it may sign in."""
    with reading(operations_engine()) as connection:
        found = rows.find_person_by_email(connection, email.strip())
    return found["user"] if found and _can_sign_in(found) else None


def load_people(*users: str) -> dict[str, dict[str, Any]]:
    """Return what streamlit-authenticator must know of the named users, as its `usernames`.

    A user who is unknown, disabled or not allowed here gets an entry that no password opens, so that
    neither the answer, its time nor the lock-out tells whether an account exists.
    """
    with reading(operations_engine()) as connection:
        return {user: _credentials(connection, user) for user in users}


def start_attempt(user: str) -> dict[str, dict[str, Any]]:
    """Note an attempt to sign in, before it is judged, and return `load_people` of its user.

    Counting first lets parallel guesses be counted too. An attempt on a locked name is not noted, so the
    lock ends 15 minutes after the failures that caused it.
    """
    user, moment = user[:64], now()
    with writing(operations_engine()) as connection:
        rows.delete_failures(connection, before=moment - LOCKED_FOR)
        entry = _credentials(connection, user)
        if entry["failed_login_attempts"] < MAX_ATTEMPTS:
            rows.insert_failure(connection, user, moment)
        if entry["failed_login_attempts"] == MAX_ATTEMPTS - 1 and rows.find_person(connection, user):
            record(connection, user, "sign_in.last_attempt", user, attempts=MAX_ATTEMPTS)
    return {user: entry}


def forget_failures(user: str) -> None:
    """Forget the failed attempts of a user who signed in."""
    with writing(operations_engine()) as connection:
        rows.delete_failures(connection, user)


def open_session(user: str) -> tuple[str, str]:
    """Open a session and return its token and the one-time ticket that turns into the cookie."""
    ticket = secrets.token_urlsafe(32)
    token = _token(ticket)
    moment = now()
    with writing(operations_engine()) as connection:
        person = rows.find_person(connection, user)
        if person is None or not _can_sign_in(person):
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
    if found is None or not _can_sign_in(found):
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


def is_ready() -> bool:
    """Say whether accounts can be read, so that somebody can sign in."""
    with reading(operations_engine()) as connection:
        rows.find_person(connection, "")
    return True


@contextmanager
def _changing(user: str, by: Viewer) -> Iterator[tuple[Transaction, PersonRow]]:
    _allowed(by)
    with writing(operations_engine()) as connection:
        person = rows.find_person(connection, user)
        if person is None:
            raise PeopleError(say("access.user_unknown", user=user))
        yield connection, person


def _allowed(by: Viewer) -> None:
    decision = may(by, "manage_people")
    if not decision:
        raise PeopleError(decision.reason_vi)


def _check_role(role: str, places: tuple[str, ...]) -> None:
    if role not in load_roles():
        raise PeopleError(say("access.role_unknown", role=role, roles=", ".join(load_roles())))
    if "see_all_places" not in load_roles()[role].may and not places:
        raise PeopleError(say("access.places_missing", role=role_name(role)))


def _hash(user: str, password: str) -> str:
    if password != password.strip():
        raise PeopleError(say("access.password_blank_ends"))
    if len(password) < SHORTEST_PASSWORD:
        raise PeopleError(say("access.password_short", least=SHORTEST_PASSWORD))
    if len(password.encode()) > LONGEST_PASSWORD_BYTES:
        raise PeopleError(say("access.password_long", most=LONGEST_PASSWORD_BYTES))
    if password.lower() == user:
        raise PeopleError(say("access.password_is_user"))
    return bcrypt.hashpw(password.encode(), bcrypt.gensalt(BCRYPT_COST)).decode()


@cache
def _hash_of_nobody() -> str:
    return bcrypt.hashpw(secrets.token_bytes(32), bcrypt.gensalt(BCRYPT_COST)).decode()


def _credentials(connection: Transaction, user: str) -> dict[str, Any]:
    person = rows.find_person(connection, user)
    real = person is not None and _can_sign_in(person)
    return {
        "password": person["password_hash"] if person is not None and real else _hash_of_nobody(),
        "first_name": user,
        "failed_login_attempts": rows.count_failures(connection, user, now() - LOCKED_FOR),
    }


def _can_sign_in(person: PersonRow) -> bool:
    return not person["disabled"] and not (person["demo"] and settings().env == "production")


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
