"""Norms of schools: teachers a class, pupils a class, each with the days on which it holds."""

from collections.abc import Iterable
from datetime import date
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, model_validator

Rule = Literal["teachers", "class_size", "region_size"]
Level = Literal["mam_non", "tieu_hoc", "thcs", "thpt"]
Unit = Literal["class", "group", "two_sessions", "boarding", "specialised"]
LEVELS: tuple[Level, ...] = ("mam_non", "tieu_hoc", "thcs", "thpt")
FILE = Path(__file__).parents[2] / "config" / "limits" / "school_norms.yaml"


class Norm(BaseModel):
    """One norm: its rule, level and unit, the value, the document, and its first and last day."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rule: Rule
    level: Level
    unit: Unit
    region: Literal["", "1", "2", "3"] = ""
    value: float
    doc: str
    valid_from: date
    valid_to: date | None = None
    confidence: Literal["S", "K", "U"]

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise ValueError(f"{self.level} {self.unit}: valid_to lies before valid_from")
        return self

    def holds_on(self, day: date) -> bool:
        """Return whether the norm is certain enough and in force on `day`."""
        return self.confidence != "U" and self.valid_from <= day <= (self.valid_to or date.max)

    def clashes_with(self, other: "Norm") -> bool:
        """Return whether both say something of the same thing on the same day."""
        alike = (self.rule, self.level, self.unit, self.region) == (other.rule, other.level, other.unit, other.region)
        together = max(self.valid_from, other.valid_from) <= min(self.valid_to or date.max, other.valid_to or date.max)
        return alike and together


def without_clash(norms: Iterable[Norm]) -> tuple[Norm, ...]:
    """Return the norms; raise ValueError where two say something of the same thing on the same day."""
    kept = tuple(norms)
    for one, other in combinations(kept, 2):
        if one.clashes_with(other):
            raise ValueError(f"{one.rule} {one.level} {one.unit}: two norms hold on the same day")
    return kept


@cache
def all_norms() -> tuple[Norm, ...]:
    """Return every norm in `config/limits/school_norms.yaml`."""
    rows = yaml.safe_load(FILE.read_text(encoding="utf-8"))["rows"]
    return without_clash(Norm(**row) for row in rows)


@cache
def norm(rule: Rule, level: Level, unit: Unit, on: date, region: str = "") -> float | None:
    """Return the value of the norm in force on a day, None when there is none."""
    wanted = (rule, level, unit, region)
    found = (n for n in all_norms() if (n.rule, n.level, n.unit, n.region) == wanted and n.holds_on(on))
    return next((n.value for n in found), None)
