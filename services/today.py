"""What needs the Chairman today, and how each field stands: by a rule that can be read, never by an average.

A field stands as its worst part that matters: its main figure against the target, or an open alert of it.
A silent feed colours no field: its figures already say that they are late.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from config.registry import load_registry
from data_access.alerts import Alert
from services.access import Viewer
from services.alerts import SILENT, own_alerts

Reason = Literal["critical_untaken", "critical", "untaken_long"]
GRAVITY = ("critical", "bad", "near", "stale", "ok", "none")
LONG = timedelta(days=1)
REASONS: tuple[Reason, ...] = ("critical_untaken", "critical", "untaken_long")


@dataclass(frozen=True)
class Need:
    """What goes up to the Chairman: the first alert of its kind, why, and how many more of the same indicator."""

    alert: Alert
    reason: Reason
    others: int = 0


def reason_of(alert: Alert, at: datetime) -> Reason | None:
    """Say why an alert needs the Chairman: it is critical, or a bad one that nobody has taken for a day."""
    if alert.rule == SILENT:
        return None
    if alert.severity == "critical":
        return "critical" if alert.acknowledged_at else "critical_untaken"
    if alert.severity == "bad" and alert.acknowledged_at is None and at - alert.opened_at > LONG:
        return "untaken_long"
    return None


def _order(need: Need) -> tuple[int, bool, datetime, int]:
    life = load_registry().domains[need.alert.domain].life
    return REASONS.index(need.reason), not life, need.alert.opened_at, need.alert.id


def needs(viewer: Viewer, at: datetime) -> list[Need]:
    """Return what needs the Chairman (of a viewer bound to a part of the province: its head), one an indicator.

    Critical and untaken come first, then critical, then bad and long untaken; among these what touches life and
    health, then the oldest.
    """
    found = sorted((Need(a, why) for a in own_alerts(viewer) if (why := reason_of(a, at))), key=_order)
    kinds: dict[str, list[Need]] = {}
    for need in found:
        kinds.setdefault(need.alert.indicator, []).append(need)
    return [replace(same[0], others=len(same) - 1) for same in kinds.values()]


def standing(main: str, alerts: Sequence[Alert]) -> str:
    """Return the state of a field: the worst of its main figure's status and its open alerts."""
    return min((main, *(a.severity for a in alerts if a.rule != SILENT)), key=GRAVITY.index)
