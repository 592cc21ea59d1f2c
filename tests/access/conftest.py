"""A database of people of one's own for each test, and pages to stand behind the lock."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.settings import settings
from data_access import audit, people
from data_access.database import engine_at, operations_engine, operations_metadata
from services.people import add_person

TABLES = [people.person, people.sign_in_failure, people.session, audit.audit]
PASSWORD = "mat-khau-dung-1"


def fresh() -> None:
    """Read the settings and open the database anew."""
    settings.cache_clear()
    engine_at.cache_clear()


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    for name in [name for name in os.environ if name.startswith("IOC_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("IOC_DATA_DIR", str(tmp_path))
    monkeypatch.setattr("services.people.BCRYPT_COST", 4)  # the same hash, quick to make
    fresh()
    operations_metadata.create_all(operations_engine(), tables=TABLES)
    yield tmp_path
    operations_engine().dispose()
    monkeypatch.undo()
    fresh()


@pytest.fixture
def antruc(database: Path) -> str:
    """An operator who may sign in."""
    add_person("antruc", "Trực vận hành", "operator", PASSWORD)
    return "antruc"
