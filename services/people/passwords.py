"""Passwords: what makes one acceptable, and its bcrypt hash."""

import secrets
from functools import cache

import bcrypt

from config.locale import say

SHORTEST_PASSWORD = 10
LONGEST_PASSWORD_BYTES = 72
BCRYPT_COST = 12


class PeopleError(Exception):
    """An account that cannot be made, changed or used; the message is for people, in Vietnamese."""


def hashed(user: str, password: str) -> str:
    """Return the hash of a user's new password; raise PeopleError when it is too weak or cannot be hashed."""
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
def hash_of_nobody() -> str:
    """Return a hash that no password opens, the same for this process."""
    return bcrypt.hashpw(secrets.token_bytes(32), bcrypt.gensalt(BCRYPT_COST)).decode()
