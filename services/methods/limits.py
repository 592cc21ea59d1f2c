"""Limits of the national technical regulations (QCVN), each with the days on which it holds."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, model_validator

Average = Literal["1h", "8h", "24h", "year", "sample"]
Bound = Literal["upper", "lower"]
Key = tuple[str, str, str, str | None]

FOLDER = Path(__file__).parents[2] / "config" / "limits"


class Limit(BaseModel):
    """One limit: what it bounds, its value and unit, the document, and its first and last day.

    `confidence`: S read in a source, K known, U uncertain; an uncertain one is never enabled.
    `category` is the water class A-D of QCVN 08 Table 2, None elsewhere.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    parameter: str
    average: Average
    value: float | None
    unit: str
    doc: str
    valid_from: date
    valid_to: date | None = None
    confidence: Literal["S", "K", "U"]
    bound: Bound = "upper"
    category: Literal["A", "B", "C", "D"] | None = None
    enabled: bool = True

    @model_validator(mode="after")
    def _is_coherent(self) -> Self:
        if self.enabled and (self.confidence == "U" or self.value is None):
            raise ValueError(
                f"{self.parameter} {self.average}: uncertain or without a value, so enabled: false"
            )
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise ValueError(f"{self.parameter} {self.average}: valid_to lies before valid_from")
        return self

    @property
    def key(self) -> Key:
        """Return what may have one limit a day only."""
        return self.parameter, self.average, self.bound, self.category

    def holds_on(self, day: date) -> bool:
        """Return whether the limit is enabled and in force on `day`."""
        return self.enabled and self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


def without_overlap(limits: Iterable[Limit]) -> tuple[Limit, ...]:
    """Return the limits; raise ValueError when two of one key hold on the same day."""
    kept = tuple(limits)
    by_key: dict[Key, list[Limit]] = defaultdict(list)
    for entry in kept:
        by_key[entry.key].append(entry)
    for entries in by_key.values():
        entries.sort(key=lambda entry: entry.valid_from)
        for earlier, later in pairwise(entries):
            if earlier.valid_to is None or earlier.valid_to >= later.valid_from:
                raise ValueError(f"{later.key}: two limits hold on {later.valid_from}")
    return kept


@cache
def all_limits() -> tuple[Limit, ...]:
    """Return every limit in `config/limits/qcvn_*.yaml`."""
    found: list[Limit] = []
    for path in sorted(FOLDER.glob("qcvn_*.yaml")):
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        found.extend(Limit(doc=content["doc"], **row) for row in content["rows"])
    return without_overlap(found)


def limit(
    parameter: str, average: str, on: date, *, category: str | None = None, bound: Bound = "upper"
) -> Limit | None:
    """Return the limit of a parameter and averaging time in force on a day, None when there is none."""
    wanted: Key = (parameter, average, bound, category)
    return next((entry for entry in all_limits() if entry.key == wanted and entry.holds_on(on)), None)
