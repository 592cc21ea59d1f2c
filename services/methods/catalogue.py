"""The methods a declaration may name, each from a frame to a frame, gathered from the modules beside this one."""

from collections.abc import Callable
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import polars as pl

from services import methods

Method = Callable[..., pl.DataFrame]
Snapshot = Callable[..., pl.DataFrame]


def _gathered(table: str) -> dict[str, Any]:
    """Return what the modules beside this one offer in their `table`, by name."""
    modules = [import_module(f"{methods.__name__}.{m.name}") for m in iter_modules(methods.__path__)]
    return {name: found for module in modules for name, found in getattr(module, table, {}).items()}


METHODS: dict[str, Method] = _gathered("METHODS")
SNAPSHOTS: dict[str, Snapshot] = _gathered("SNAPSHOTS")
"""By name: (last rows, moment, rows of the facts declared `beside`, in order) → states."""
READS: dict[str, tuple[str, ...]] = _gathered("READS")
"""By name of a snapshot's method: the columns that it reads of open rows, where whole rows would be slow."""
