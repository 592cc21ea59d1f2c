"""People: their accounts, signing in, staying signed in; the one door to the modules of this folder."""

from services.people.accounts import (
    add_person,
    change_role,
    disable_person,
    enable_person,
    find_office,
    is_ready,
    list_people,
    revoke_sessions,
    set_password,
    user_of_email,
)
from services.people.attempts import LOCKED_FOR, MAX_ATTEMPTS, forget_failures, load_people, start_attempt
from services.people.demonstration import DemoAccount, demo_accounts, ensure_demo_accounts, open_demo_accounts
from services.people.passwords import PeopleError
from services.people.sessions import (
    LASTING_COOKIE,
    SEEN_EVERY,
    TICKET_LASTS,
    Redeemed,
    close_session,
    lookup,
    open_session,
    redeem_ticket,
)

__all__ = [
    "LASTING_COOKIE",
    "LOCKED_FOR",
    "MAX_ATTEMPTS",
    "SEEN_EVERY",
    "TICKET_LASTS",
    "DemoAccount",
    "PeopleError",
    "Redeemed",
    "add_person",
    "change_role",
    "close_session",
    "demo_accounts",
    "disable_person",
    "enable_person",
    "ensure_demo_accounts",
    "find_office",
    "forget_failures",
    "is_ready",
    "list_people",
    "load_people",
    "lookup",
    "open_demo_accounts",
    "open_session",
    "redeem_ticket",
    "revoke_sessions",
    "set_password",
    "start_attempt",
    "user_of_email",
]
