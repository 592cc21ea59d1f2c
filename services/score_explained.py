"""Decision 766 explained: the published score beside the recomputed one, and where points are lost.

Pure functions over the question's answers; `score_of` asks the questions.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from services.access import SYSTEM, Viewer
from services.indicators import Breakdown, figures
from services.methods.public_services import OUR_DEPARTMENT
from services.methods.score_766 import (
    GROUPS,
    METRICS,
    ONLINE_PAYMENT,
    Group,
    Metric,
    payment_bounds,
    recompute,
    why_no_score,
)

NOT_PUBLISHED = "public_services.score_not_published"


@dataclass(frozen=True)
class MetricExplained:
    """One metric: points published, recomputed and lost; `reason` is the catalogue key why one is missing.

    `published` is None where the portal prints no score of its own for it, `recomputed` where it publishes
    no inputs; `lost` is what `maximum` has over the published score, else the recomputed one.
    """

    metric: Metric
    published: float | None
    recomputed: float | None
    numerator: float | None
    denominator: float | None
    is_flagged: bool
    reason: str | None
    bounds: tuple[float, float] | None = None
    """The lowest and highest score that partly published inputs allow."""

    @property
    def difference(self) -> float | None:
        """Return the recomputed less the published score."""
        return None if self.published is None or self.recomputed is None else self.recomputed - self.published

    @property
    def lost(self) -> float | None:
        """Return the points below the maximum."""
        score = self.recomputed if self.published is None else self.published
        return None if score is None else max(0.0, self.metric.maximum - score)


@dataclass(frozen=True)
class GroupExplained:
    """One of the six groups with its metrics; `unexplained`: lost points that no metric accounts for."""

    group: Group
    published: float | None
    metrics: tuple[MetricExplained, ...]

    @property
    def lost(self) -> float | None:
        """Return the points below the group's maximum."""
        return None if self.published is None else max(0.0, self.group.maximum - self.published)

    @property
    def unexplained(self) -> float | None:
        """Return the lost points of which the portal does not say where they were lost; 0 below 0.05."""
        if self.lost is None:
            return None
        rest = self.lost - sum(m.lost or 0.0 for m in self.metrics)
        return rest if rest > 0.05 else 0.0


Row = Mapping[str, float | None]
NOTHING: Row = {"value": None, "numerator": None, "denominator": None}


def _by_key(frame: pl.DataFrame) -> dict[str, Row]:
    return {r["key"]: r for r in frame.select("key", "value", "numerator", "denominator").iter_rows(named=True)}


def explain_metric(metric: Metric, row: Row, is_flagged: bool = False) -> MetricExplained:
    """Return a metric explained from its published `value`, `numerator` and `denominator`."""
    inputs = (metric.code, row["numerator"], row["denominator"])
    reason = why_no_score(*inputs)
    if reason is None and row["value"] is None:
        reason = NOT_PUBLISHED
    return MetricExplained(metric, row["value"], recompute(*inputs), row["numerator"], row["denominator"],
                           is_flagged, reason)


PAYMENT = {
    "dossiers_paid": "TTTT.totalDossierOnlinePaymentSuccess",
    "dossiers_obliged": "TTTT.totalDossierFinancialObligation",
    "paid_procedures": "TTTT.totalDossierOnlineFormalityPaymentSuccess",
    "fee_procedures": "TTTT.totalFeeFormality",
}


def explain_payment(published: float | None, counters: Mapping[str, Row]) -> MetricExplained:
    """Return online payment, a group of one metric, explained from the group's score and counters."""
    known = {name: counters.get(key, NOTHING)["value"] for name, key in PAYMENT.items()}
    inputs = (known["dossiers_paid"], known["dossiers_obliged"])
    return MetricExplained(METRICS[ONLINE_PAYMENT], published, recompute(ONLINE_PAYMENT, *inputs, known), *inputs,
                           False, why_no_score(ONLINE_PAYMENT, *inputs, known),
                           payment_bounds(*inputs, known) if inputs[1] else None)


def explain(groups: pl.DataFrame, metrics: pl.DataFrame, counters: pl.DataFrame,
            flagged: pl.DataFrame) -> list[GroupExplained]:
    """Return the six groups with their metrics, the group that lost most first.

    Frames are breakdowns by metric (`key, value, numerator, denominator`): scores of the groups, scores of the
    metrics with their inputs, counters, and 1 for each metric whose inputs the portal marks as provisional.
    """
    printed, scores, counted = _by_key(groups), _by_key(metrics), _by_key(counters)
    marked = {key for key, row in _by_key(flagged).items() if row["value"]}
    found = [
        GroupExplained(group, printed.get(group.code, NOTHING)["value"], tuple(
            explain_payment(printed.get(group.code, NOTHING)["value"], counted) if m.code == ONLINE_PAYMENT
            else explain_metric(m, scores.get(m.code, NOTHING), m.code in marked)
            for m in METRICS.values() if m.group == group.code
        ))
        for group in GROUPS
    ]
    return sorted(found, key=lambda g: -(g.lost or 0.0))


def lost_points(groups: list[GroupExplained]) -> list[MetricExplained]:
    """Return the metrics that lose points, most first; those of unknown loss are left out."""
    found = [m for g in groups for m in g.metrics if m.lost]
    return sorted(found, key=lambda m: -(m.lost or 0.0))


def score_of(department: str = OUR_DEPARTMENT, *, period: str | None = None,
             viewer: Viewer = SYSTEM) -> tuple[list[GroupExplained], Breakdown]:
    """Return a body's score explained, and the breakdown by metric that carries its truth label.

    `period` is a day or a month, unasked the latest month with scores. Raises QuestionError.
    """
    def ask(indicator: str, part: str) -> Breakdown:
        return figures(indicator, by="metric", where={"department": department, "part": part}, period=period,
                       viewer=viewer)

    items = ask("dvc_766_item_score", "metric")
    others = [ask("dvc_766_item_score", part).frame for part in ("group", "counter")]
    flagged = ask("dvc_766_flagged", "metric").frame
    return explain(others[0], items.frame, others[1], flagged), items
