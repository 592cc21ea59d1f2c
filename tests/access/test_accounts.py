"""Adding and changing accounts, the rules for passwords, and what is written down about it."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from data_access.audit import entries
from data_access.database import operations_engine, reading, writing
from services.access import Viewer
from services.people import (
    PeopleError,
    add_person,
    change_role,
    demo_accounts,
    disable_person,
    ensure_demo_accounts,
    list_people,
    load_people,
    lookup,
    open_demo_accounts,
    open_session,
    set_password,
    user_of_email,
)
from tests.access.conftest import BOTH, PASSWORD, fresh

pytestmark = BOTH


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("ngan", "ít nhất 10 ký tự"),
        ("ắ" * 25, "72 byte"),
        (" mat-khau-dung ", "khoảng trắng"),
        ("nguoidung.moi", "trùng tên đăng nhập"),
    ],
)
def test_a_weak_password_is_refused_with_its_reason(database: object, password: str, reason: str) -> None:
    with pytest.raises(PeopleError, match=reason):
        add_person("nguoidung.moi", "Văn phòng UBND tỉnh", "analyst", password)
    assert list_people() == []


def test_a_password_of_24_accented_letters_is_the_longest(database: object) -> None:
    add_person("dai", "Văn phòng UBND tỉnh", "analyst", "ắ" * 24)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"user": "Ông An"}, "không hợp lệ"),
        ({"office": " "}, "tên cơ quan"),
        ({"role": "chief"}, "Chọn một trong: leader, department"),
        ({"role": "commune"}, "ít nhất một mã xã, phường"),
        ({"by": Viewer("phantich", "analyst", None, None)}, "quản lý tài khoản"),
    ],
)
def test_a_wrong_account_is_refused_with_its_reason(
    database: object, values: dict[str, object], reason: str
) -> None:
    account = {"user": "moi", "office": "Sở Y tế", "role": "department", "password": PASSWORD, **values}
    with pytest.raises(PeopleError, match=reason):
        add_person(**account)  # type: ignore[arg-type]


def test_an_account_is_made_once(antruc: str) -> None:
    with pytest.raises(PeopleError, match="đã có"):
        add_person(antruc, "Sở Y tế", "analyst", PASSWORD)


def test_changing_an_unknown_account_says_so(database: object) -> None:
    with pytest.raises(PeopleError, match="Không có tài khoản “ai”"):
        disable_person("ai")


def test_a_disabled_account_is_out_at_once_and_stays_out(antruc: str) -> None:
    token, _ = open_session(antruc)
    disable_person(antruc)
    assert lookup(token) is None
    with pytest.raises(PeopleError, match="không được đăng nhập"):
        open_session(antruc)


def test_a_new_password_ends_the_sessions_and_replaces_the_old_one(antruc: str) -> None:
    token, _ = open_session(antruc)
    before = load_people(antruc)[antruc]["password"]
    set_password(antruc, "mat-khau-moi-22")
    assert lookup(token) is None
    assert load_people(antruc)[antruc]["password"] != before


def test_a_new_role_needs_signing_in_again(antruc: str) -> None:
    token, _ = open_session(antruc)
    change_role(antruc, "commune", places=("14797",))
    assert lookup(token) is None
    viewer = lookup(open_session(antruc)[0])
    assert viewer == Viewer(antruc, "commune", frozenset({"14797"}), None, None)


def test_passwords_are_hashed_at_full_cost(database: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.people.passwords.BCRYPT_COST", 12)
    add_person("dat", "Sở Y tế", "analyst", PASSWORD)
    assert load_people("dat")["dat"]["password"].startswith("$2b$12$")


def test_hashes_never_leave_with_the_list(antruc: str) -> None:
    assert "password_hash" not in list_people()[0]


def test_single_sign_on_finds_the_account_by_its_address(database: object) -> None:
    add_person("an.sso", "Sở Y tế", "department", PASSWORD, email="An@ThanhHoa.gov.vn")
    assert user_of_email("an@thanhhoa.GOV.vn") == "an.sso"
    disable_person("an.sso")
    assert user_of_email("an@thanhhoa.gov.vn") is None


def test_every_change_is_written_down_and_never_the_password(antruc: str) -> None:
    change_role(antruc, "analyst")
    set_password(antruc, "mat-khau-moi-22")
    disable_person(antruc)
    with reading(operations_engine()) as connection:
        trail = entries(connection, on=antruc)
    assert [entry["action"] for entry in reversed(trail)] == [
        "person.add", "person.role", "person.password", "person.disable",
    ]  # fmt: skip
    assert trail[0]["actor"] == "system"
    assert trail[2]["detail"]["before"] == "operator"
    assert "mat-khau" not in str(trail)


@pytest.mark.parametrize("statement", ["UPDATE audit SET actor = 'x'", "DELETE FROM audit"])
def test_the_record_cannot_be_rewritten(antruc: str, statement: str) -> None:
    with pytest.raises(DBAPIError, match="append-only"), writing(operations_engine()) as connection:
        connection.execute(text(statement))


def test_the_demonstration_has_one_account_per_role_the_same_each_time(database: object) -> None:
    first, second = ensure_demo_accounts(), ensure_demo_accounts()
    assert first == second == demo_accounts()
    assert [(a.user, a.role) for a in first] == [
        ("lanhdao", "leader"), ("sonnmt", "department"), ("xahacthanh", "commune"), ("phantich", "analyst"),
        ("vanhanh", "operator"), ("quantri", "administrator"), ("manhinh", "display"),
    ]  # fmt: skip
    commune = lookup(open_session("xahacthanh")[0])
    assert commune is not None and commune.places == frozenset({"14797"})


def test_a_real_account_of_a_demonstration_name_is_never_touched(database: object) -> None:
    add_person("quantri", "Sở KH&CN", "administrator", PASSWORD)
    before = load_people("quantri")
    assert "quantri" not in [account.user for account in ensure_demo_accounts()]
    assert load_people("quantri") == before


def test_production_refuses_the_demonstration_and_shuts_out_what_it_left(
    database: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    ensure_demo_accounts()
    token, _ = open_session("quantri")
    hashed = load_people("quantri")["quantri"]["password"]
    monkeypatch.setenv("IOC_ENV", "production")
    monkeypatch.setenv("IOC_SECRET_KEY", "k" * 32)
    fresh()
    assert lookup(token) is None
    assert open_demo_accounts() == []
    assert load_people("quantri")["quantri"]["password"] != hashed
    with pytest.raises(PeopleError, match="IOC_ENV=production"):
        ensure_demo_accounts()
    with pytest.raises(PeopleError, match="không được đăng nhập"):
        open_session("quantri")
