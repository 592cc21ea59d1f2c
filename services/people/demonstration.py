"""The demonstration's accounts: one per role, the same each time, never in production."""

from dataclasses import dataclass
from typing import Any

from config.locale import say
from config.settings import settings
from data_access import people as rows
from data_access.database import operations_engine, reading
from services.people.accounts import add_person
from services.people.passwords import PeopleError


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


def demo_accounts() -> list[DemoAccount]:
    """Return the demonstration's accounts, one per role, the same each time; refuse them in production."""
    if settings().env == "production":
        raise PeopleError(say("access.demo_in_production"))
    department = {"agency": "so_nnmt", "domains": ("environment", "discharge", "vessels")}
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
