"""The methods a declaration may name, each from a frame to a frame, gathered from the domains' modules."""

from collections.abc import Callable
from datetime import datetime

import polars as pl

from services.methods import environment

Method = Callable[[pl.DataFrame], pl.DataFrame]
Snapshot = Callable[[pl.DataFrame, datetime], pl.DataFrame]

METHODS: dict[str, Method] = {**environment.METHODS}
SNAPSHOTS: dict[str, Snapshot] = {}
