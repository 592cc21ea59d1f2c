"""The methods a declaration may name, each from a frame to a frame, gathered from the domains' modules."""

from collections.abc import Callable

import polars as pl

from services.methods import documents, education, environment, feedback, public_services, socioeconomy, tasks, vessels

Method = Callable[[pl.DataFrame], pl.DataFrame]
Snapshot = Callable[..., pl.DataFrame]

METHODS: dict[str, Method] = {
    **documents.METHODS,
    **education.METHODS,
    **environment.METHODS,
    **feedback.METHODS,
    **public_services.METHODS,
    **socioeconomy.METHODS,
    **tasks.METHODS,
    **vessels.METHODS,
}
SNAPSHOTS: dict[str, Snapshot] = {
    **documents.SNAPSHOTS,
    **education.SNAPSHOTS,
    **environment.SNAPSHOTS,
    **feedback.SNAPSHOTS,
    **socioeconomy.SNAPSHOTS,
    **tasks.SNAPSHOTS,
    **vessels.SNAPSHOTS,
}
"""By name: (last rows, moment, rows of the facts declared `beside`, in order) → states."""
