"""Signing in, staying signed in, and the ends of it: expiry, revocation, forged tokens, lock-out."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from data_access.database import now, operations_engine, reading, writing
from data_access.people import session, sign_in_failure
from services.people import (
    LOCKED_FOR,
    add_person,
    close_session,
    forget_failures,
    load_people,
    lookup,
    open_session,
    redeem_ticket,
    revoke_sessions,
    start_attempt,
)
from tests.access.conftest import BOTH, PASSWORD, fresh

pytestmark = BOTH


def stored() -> list[dict[str, object]]:
    with reading(operations_engine()) as connection:
        return [dict(row) for row in connection.execute(select(session)).mappings()]


def test_a_session_belongs_to_its_account(antruc: str) -> None:
    viewer = lookup(open_session(antruc)[0])
    assert viewer is not None
    assert (viewer.user, viewer.role, viewer.places) == (antruc, "operator", None)


@pytest.mark.parametrize("token", ["", "forged", "0" * 64])
def test_a_forged_token_opens_nothing(antruc: str, token: str) -> None:
    open_session(antruc)
    assert lookup(token) is None


def test_the_database_alone_does_not_let_anybody_in(antruc: str) -> None:
    token, ticket = open_session(antruc)
    assert token not in str(stored()) and ticket not in str(stored())
    assert lookup(str(stored()[0]["token_hash"])) is None


def test_a_ticket_turns_into_the_token_once(antruc: str) -> None:
    token, ticket = open_session(antruc)
    redeemed = redeem_ticket(ticket)
    assert redeemed is not None and redeemed.token == token
    assert 12 * 3600 - 60 < redeemed.max_age <= 12 * 3600
    assert redeem_ticket(ticket) is None
    assert redeem_ticket("forged") is None
    assert lookup(token) is not None


def test_a_ticket_grows_old(antruc: str) -> None:
    _, ticket = open_session(antruc)
    with writing(operations_engine()) as connection:
        connection.execute(update(session).values(ticket_until=now() - timedelta(seconds=1)))
    assert redeem_ticket(ticket) is None


def test_a_session_lasts_the_hours_of_the_settings(antruc: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IOC_SESSION_HOURS", "2")
    fresh()
    open_session(antruc)
    assert stored()[0]["expires_at"] == stored()[0]["opened_at"] + timedelta(hours=2)  # type: ignore[operator]


def test_an_expired_session_opens_nothing(antruc: str) -> None:
    token, _ = open_session(antruc)
    with writing(operations_engine()) as connection:
        connection.execute(update(session).values(expires_at=now() - timedelta(seconds=1)))
    assert lookup(token) is None


def test_the_wall_stays_until_it_is_revoked(database: object) -> None:
    add_person("tuong", "Phòng họp UBND tỉnh", "display", PASSWORD)
    token, ticket = open_session("tuong")
    redeemed = redeem_ticket(ticket)
    assert stored()[0]["expires_at"] is None
    assert redeemed is not None and redeemed.max_age == 400 * 86400
    assert lookup(token) is not None
    assert revoke_sessions("tuong") == 1
    assert lookup(token) is None


def test_signing_out_ends_one_session_and_not_the_other(antruc: str) -> None:
    here, there = open_session(antruc)[0], open_session(antruc)[0]
    close_session(here)
    close_session("forged")
    assert lookup(here) is None
    assert lookup(there) is not None


def test_being_seen_is_noted_every_few_minutes(antruc: str) -> None:
    token, _ = open_session(antruc)
    long_ago = now() - timedelta(hours=1)
    with writing(operations_engine()) as connection:
        connection.execute(update(session).values(seen_at=long_ago))
    lookup(token)
    assert stored()[0]["seen_at"] > long_ago + timedelta(minutes=59)  # type: ignore[operator]


@pytest.mark.parametrize("user", ["antruc", "khongco"])
def test_five_failures_lock_a_name_whether_or_not_it_exists(antruc: str, user: str) -> None:
    counts = [start_attempt(user)[user]["failed_login_attempts"] for _ in range(7)]
    assert counts == [0, 1, 2, 3, 4, 5, 5]


def test_a_lock_ends_by_itself(antruc: str) -> None:
    for _ in range(6):
        start_attempt(antruc)
    with writing(operations_engine()) as connection:
        connection.execute(update(sign_in_failure).values(at=now() - LOCKED_FOR))
    assert start_attempt(antruc)[antruc]["failed_login_attempts"] == 0


def test_success_forgets_the_failures(antruc: str) -> None:
    for _ in range(4):
        start_attempt(antruc)
    forget_failures(antruc)
    assert load_people(antruc)[antruc]["failed_login_attempts"] == 0


def test_an_unknown_name_looks_like_a_known_one(antruc: str) -> None:
    people = load_people(antruc, "khongco")
    assert people[antruc].keys() == people["khongco"].keys()
    assert people["khongco"]["password"][:7] == people[antruc]["password"][:7]
