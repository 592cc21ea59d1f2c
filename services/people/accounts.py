"""Accounts: adding, changing, closing and finding them; each change is written down with who made it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from config.locale import say
from config.roles import load_roles
from config.settings import settings
from data_access import people as rows
from data_access.audit import record
from data_access.database import now, operations_engine, reading, writing
from data_access.people import PersonRow, Transaction
from services.access import SYSTEM, Viewer, may, role_name
from services.people.passwords import PeopleError, hashed

USER_NAME = re.compile(r"^[a-z][a-z0-9._-]{2,31}$")


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
    password_hash = hashed(user, password)
    with writing(operations_engine()) as connection:
        if rows.find_person(connection, user):
            raise PeopleError(say("access.user_exists", user=user))
        if email and rows.find_person_by_email(connection, email):
            raise PeopleError(say("access.email_taken", email=email))
        rows.insert_person(
            connection, user=user, office=office.strip(), email=email, password_hash=password_hash, role=role,
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
    password_hash = hashed(user, password)
    with _changing(user, by) as (connection, _):
        rows.update_person(connection, user, password_hash=password_hash, demo=False)
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
    return found["user"] if found and can_sign_in(found) else None


def can_sign_in(person: PersonRow) -> bool:
    """Say whether an account is open, here and now."""
    return not person["disabled"] and not (person["demo"] and settings().env == "production")


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
