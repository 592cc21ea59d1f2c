"""The methods a declaration may name, each from a frame to a frame, gathered from the domains' modules."""

from collections.abc import Callable

import polars as pl

from services.methods import (
    discharge,
    documents,
    education,
    environment,
    feedback,
    health,
    portals,
    press,
    public_services,
    socioeconomy,
    tasks,
    traffic,
    vessels,
)

Method = Callable[..., pl.DataFrame]
Snapshot = Callable[..., pl.DataFrame]

METHODS: dict[str, Method] = {
    **discharge.METHODS,
    **documents.METHODS,
    **education.METHODS,
    **environment.METHODS,
    **feedback.METHODS,
    **health.METHODS,
    **portals.METHODS,
    **press.METHODS,
    **public_services.METHODS,
    **socioeconomy.METHODS,
    **tasks.METHODS,
    **traffic.METHODS,
    **vessels.METHODS,
}
SNAPSHOTS: dict[str, Snapshot] = {
    **discharge.SNAPSHOTS,
    **documents.SNAPSHOTS,
    **education.SNAPSHOTS,
    **environment.SNAPSHOTS,
    **feedback.SNAPSHOTS,
    **health.SNAPSHOTS,
    **portals.SNAPSHOTS,
    **press.SNAPSHOTS,
    **socioeconomy.SNAPSHOTS,
    **tasks.SNAPSHOTS,
    **traffic.SNAPSHOTS,
    **vessels.SNAPSHOTS,
}
"""By name: (last rows, moment, rows of the facts declared `beside`, in order) → states."""
READS: dict[str, tuple[str, ...]] = {**feedback.READS, **tasks.READS}
"""By name of a snapshot's method: the columns that it reads of open rows, where whole rows would be slow."""
