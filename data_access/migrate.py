"""Brings the databases to the present shape: migrations for the fixed tables, declarations for the facts."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, MetaData

from data_access import (  # noqa: F401  (they declare tables)
    alerts,
    audit,
    drawings,
    feedback_merge,
    ledger,
    people,
    wall,
    worker_state,
)
from data_access.database import (
    facts_engine,
    facts_metadata,
    operations_engine,
    operations_metadata,
    writing,
)
from data_access.facts import follow_declarations

FOLDER = Path(__file__).parent / "migrations"


def _upgrade(engine: Engine, branch: str, metadata: MetaData) -> None:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("version_locations", str(FOLDER / branch))
    config.set_main_option("path_separator", "os")
    with writing(engine) as connection:
        config.attributes.update(connection=connection, metadata=metadata, version_table=f"migrated_{branch}")
        command.upgrade(config, "head")


def migrate() -> list[str]:
    """Migrate both databases; return the tables and columns added for declared facts."""
    _upgrade(facts_engine(), "facts", facts_metadata)
    _upgrade(operations_engine(), "operations", operations_metadata)
    with writing(facts_engine()) as connection:
        return follow_declarations(connection)
