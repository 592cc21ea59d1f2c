"""The scores of Decision 766/QĐ-TTg (23/6/2022), recomputed from published numerators and denominators.

The rules reproduce the national portal's printed scores within ±0.015; they explain the official score and
do not replace it. Where the portal publishes no inputs the score is None and `why_no_score` says why.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from config.locale import say

NO_INPUTS: Final = "methods.score_766_no_inputs"
ZERO_DENOMINATOR: Final = "methods.score_766_zero_denominator"
PAYMENT_PARTLY_PUBLISHED: Final = "methods.score_766_payment_partly_published"
NOT_SCORED: Final = "methods.score_766_not_scored"
UNKNOWN_METRIC: Final = "methods.score_766_unknown_metric"

PROCESSING_ON_TIME: Final = "PROCESSING_ON_TIME"
ONLINE_PROVIDED: Final = "ONLINE_PROVIDED"
ONLINE_WITH_DOSSIERS: Final = "ONLINE_WITH_DOSSIERS"
ONLINE_SUBMITTED: Final = "ONLINE_SUBMITTED"
ONLINE_PAYMENT: Final = "ONLINE_PAYMENT"

Extra = Mapping[str, float | None]
IfZero = Literal["full", "nothing"] | None


@dataclass(frozen=True, slots=True)
class Group:
    """One of the six groups, by the portal's code."""

    code: str
    maximum: float

    def name(self, language: str = "vi") -> str:
        """Return the name of the group."""
        return say(f"methods.group_766_{self.code.lower()}", language)


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric: number in the Decision, group, maximum, and the ratio that earns the maximum.

    `full_at`: 0.8 means that 80 % already earns all points. `if_zero`: the score when the denominator is 0.
    `on_portal`: the code is the portal's own; the portal prints no code or no inputs for the others.
    """

    code: str
    number: str
    group: str
    maximum: float
    full_at: float = 1.0
    if_zero: IfZero = None
    on_portal: bool = True

    @property
    def rule(self) -> str:
        """Return the rule as a short formula, r = numerator/denominator."""
        if self.code == ONLINE_PAYMENT:
            return "6A + min(2; 2,5B) + 2,5C"
        top = f"{self.maximum:g}"
        return f"{top}r" if self.full_at == 1 else f"min({top}; {top}r/{self.full_at:g})".replace(".", ",")

    def name(self, language: str = "vi") -> str:
        """Return the name of the metric."""
        return say(f"methods.metric_766_{self.code.lower()}", language)


GROUPS: Final = (
    Group("CKMB", 18),
    Group("TDGQ", 20),
    Group("ONLINE", 12),
    Group("TTTT", 10),
    Group("MDSH", 22),
    Group("MDHL", 18),
)

METRICS: Final[Mapping[str, Metric]] = {
    metric.code: metric
    for metric in (
        Metric("PUBLISH_ON_TIME", "1.1", "CKMB", 6),
        Metric("PUBLIC_UPDATE_ON_TIME", "1.2", "CKMB", 4),
        Metric("PUBLIC_CONTENT_FULL", "1.3", "CKMB", 2),
        Metric("DOSSIER_SYNC", "1.4", "CKMB", 6),
        Metric(PROCESSING_ON_TIME, "2.1", "TDGQ", 20, on_portal=False),
        Metric(ONLINE_PROVIDED, "3.1", "ONLINE", 2, full_at=0.8, on_portal=False),
        Metric(ONLINE_WITH_DOSSIERS, "3.2", "ONLINE", 4, on_portal=False),
        Metric(ONLINE_SUBMITTED, "3.3", "ONLINE", 6, full_at=0.5, on_portal=False),
        Metric(ONLINE_PAYMENT, "3.5-3.6", "TTTT", 10, on_portal=False),
        Metric("ORIGINAL_RESULT_AVAILABLE", "4.1", "MDSH", 6),
        # The portal's guide says that 80 % earns all points here; its scores do not follow that.
        Metric("SO_HOA_GIAY_TO_GIAI_QUYET", "4.2", "MDSH", 4),
        Metric("REUSED_DIGITIZED_DATA", "4.3", "MDSH", 2, full_at=0.8),
        Metric("SYNCED_WITH_DVCQG_PERSONAL_STORAGE", "4.4", "MDSH", 4),
        Metric("CITIZEN_DATA_CONNECTED_FORMALITY", "4.5a", "MDSH", 2),
        Metric("CITIZEN_DATA_CONNECTED_DOSSIER", "4.5b", "MDSH", 2),
        Metric("ELECTRONIC_CERTIFIED_COPY", "4.6", "MDSH", 2),
        Metric("PETITION_PROCESSING_ON_TIME", "5.2", "MDHL", 6, if_zero="full"),
        Metric("PETITION_HANDLING_SATISFACTION", "5.3", "MDHL", 6, if_zero="full"),
        Metric("DOSSIER_RECEIVING_SATISFACTION", "5.4", "MDHL", 6, full_at=0.9, if_zero="nothing"),
    )
}
UNSCORED: Final = ("PETITION_CLASSIFICATION_TTHC", "PETITION_CLASSIFICATION_STAFF")


def recompute(
    code: str, numerator: float | None, denominator: float | None, extra: Extra | None = None
) -> float | None:
    """Return the unrounded score of a metric, None where `why_no_score` gives a reason.

    Online payment takes A = numerator/denominator (dossiers paid online / with a financial obligation) and
    from `extra`: `paid_procedures`, `fee_procedures`, `fee_procedures_with_dossiers`.
    """
    if why_no_score(code, numerator, denominator, extra) is not None:
        return None
    if code == ONLINE_PAYMENT:
        return payment_bounds(numerator, denominator, extra)[0]
    metric = METRICS[code]
    if not denominator:
        return metric.maximum if metric.if_zero == "full" else 0.0
    return min(metric.maximum, metric.maximum * (numerator or 0) / denominator / metric.full_at)


def why_no_score(
    code: str, numerator: float | None, denominator: float | None, extra: Extra | None = None
) -> str | None:
    """Return the catalogue key of the reason why a score cannot be recomputed, None when it can."""
    if code in UNSCORED:
        return NOT_SCORED
    if code not in METRICS:
        return UNKNOWN_METRIC
    if denominator is None or (numerator is None and denominator != 0):
        return NO_INPUTS
    if denominator == 0 and METRICS[code].if_zero is None:
        return ZERO_DENOMINATOR
    if code == ONLINE_PAYMENT:
        return _why_no_payment(extra or {})
    return None


def _why_no_payment(extra: Extra) -> str | None:
    if extra.get("fee_procedures") == 0:
        return ZERO_DENOMINATOR
    needed = ("paid_procedures", "fee_procedures", "fee_procedures_with_dossiers")
    return PAYMENT_PARTLY_PUBLISHED if any(extra.get(name) is None for name in needed) else None


def payment_bounds(
    numerator: float | None, denominator: float | None, extra: Extra | None = None
) -> tuple[float, float]:
    """Return the lowest and highest score of online payment that the published inputs allow.

    A part without inputs may earn nothing or all of its points; with all inputs both bounds are the score.
    """
    known = extra or {}
    fee_procedures = known.get("fee_procedures")
    parts = (
        (_ratio(numerator, denominator), 6.0, 6.0),
        (_ratio(known.get("paid_procedures"), fee_procedures), 2.5, 2.0),
        (_ratio(known.get("fee_procedures_with_dossiers"), fee_procedures), 2.5, 2.5),
    )
    lowest = sum(min(most, factor * ratio) for ratio, factor, most in parts if ratio is not None)
    highest = lowest + sum(most for ratio, _, most in parts if ratio is None)
    maximum = METRICS[ONLINE_PAYMENT].maximum
    return min(maximum, lowest), min(maximum, highest)


def _ratio(numerator: float | None, denominator: float | None) -> float | None:
    return None if numerator is None or not denominator else numerator / denominator
