"""A database of people of one's own for each test, and pages to stand behind the lock."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL

import data_access.migrate  # noqa: F401  (it declares every table)
from config.settings import settings
from data_access.database import engine_at, operations_engine, operations_metadata
from services.people import add_person

BOTH = pytest.mark.parametrize("kind", ["sqlite", "postgresql"], indirect=True)
PASSWORD = "mat-khau-dung-1"


def postgres_address(request: pytest.FixtureRequest) -> str:
    """Start PostgreSQL when first asked for and return the address of its unmigrated database."""
    address: URL = request.getfixturevalue("postgres_server")
    return address.render_as_string(hide_password=False)


def fresh() -> None:
    """Read the settings and open the database anew."""
    settings.cache_clear()
    engine_at.cache_clear()


@pytest.fixture
def kind(request: pytest.FixtureRequest) -> str:
    """SQLite, unless a test asks for another."""
    return str(getattr(request, "param", "sqlite"))


@pytest.fixture
def database(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    for name in [name for name in os.environ if name.startswith("IOC_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("IOC_DATA_DIR", str(tmp_path))
    if kind == "postgresql":
        monkeypatch.setenv("IOC_DATABASE_URL", postgres_address(request))
    monkeypatch.setattr("services.people.passwords.BCRYPT_COST", 4)  # the same hash, quick to make
    fresh()
    operations_metadata.create_all(operations_engine())
    yield tmp_path
    operations_metadata.drop_all(operations_engine())
    operations_engine().dispose()
    monkeypatch.undo()
    fresh()


@pytest.fixture
def antruc(database: Path) -> str:
    """An operator who may sign in."""
    add_person("antruc", "Trực vận hành", "operator", PASSWORD)
    return "antruc"
