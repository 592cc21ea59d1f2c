"""Attempts to sign in: what the form must know of a name, and the lock after too many failures."""

from datetime import timedelta
from typing import Any

from data_access import people as rows
from data_access.audit import record
from data_access.database import now, operations_engine, reading, writing
from data_access.people import Transaction
from services.people.accounts import can_sign_in
from services.people.passwords import hash_of_nobody

MAX_ATTEMPTS = 5
LOCKED_FOR = timedelta(minutes=15)


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


def _credentials(connection: Transaction, user: str) -> dict[str, Any]:
    person = rows.find_person(connection, user)
    real = person is not None and can_sign_in(person)
    return {
        "password": person["password_hash"] if person is not None and real else hash_of_nobody(),
        "first_name": user,
        "failed_login_attempts": rows.count_failures(connection, user, now() - LOCKED_FOR),
    }
