"""The methods a declaration may name, each from a frame to a frame, gathered from the domains' modules."""

from collections.abc import Callable

import polars as pl

from services.methods import environment, public_services, vessels

Method = Callable[[pl.DataFrame], pl.DataFrame]
Snapshot = Callable[..., pl.DataFrame]

METHODS: dict[str, Method] = {**environment.METHODS, **public_services.METHODS, **vessels.METHODS}
SNAPSHOTS: dict[str, Snapshot] = {**environment.SNAPSHOTS, **vessels.SNAPSHOTS}
"""By name: (last rows, moment, rows of the facts declared `beside`, in order) → states."""
