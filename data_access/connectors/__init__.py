"""Connectors bring bytes and never look into them.

Every source has a drop folder (`files`); one that names another connector is also fetched from its registered
addresses, as often as it says. A connector is a module of this package with `groups` and `done` as in `files`.
"""

from collections.abc import Iterator
from datetime import datetime
from importlib import import_module
from typing import Protocol, cast

from config.models import Source
from config.settings import settings
from data_access import worker_state
from data_access.connectors import files
from data_access.connectors.files import Fetched
from data_access.database import now


class Connector(Protocol):
    """What brings a source's files."""

    def groups(self, source: Source, most_files: int, most_bytes: int) -> Iterator[list[Fetched]]:
        """Yield the files that have not been taken in; raise OutOfReach for what could not be read."""

    def done(self, source: Source, files: list[Fetched]) -> None:
        """Note that files were taken in."""


def due(source: Source) -> Iterator[Connector]:
    """Yield the connectors of a source whose time has come; the moment of a fetch is noted before it begins."""
    yield cast(Connector, files)
    if source.connector == "files" or not settings().fetches or not _has_rested(source):
        return
    worker_state.take_note(f"fetched:{source.id}", now().isoformat())
    yield cast(Connector, import_module(f"{__name__}.{source.connector}"))


def _has_rested(source: Source) -> bool:
    last = worker_state.note(f"fetched:{source.id}")
    return last is None or source.every is None or now() - datetime.fromisoformat(last) >= source.every
