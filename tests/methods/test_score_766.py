"""QĐ 766 scores recomputed beside the portal's printed ones (published details of three provinces)."""

import json
from pathlib import Path
from typing import Any

import pytest

from config.locale import say
from services.methods.score_766 import (
    GROUPS,
    METRICS,
    NO_INPUTS,
    NOT_SCORED,
    ONLINE_PAYMENT,
    ONLINE_PROVIDED,
    ONLINE_SUBMITTED,
    ONLINE_WITH_DOSSIERS,
    PAYMENT_PARTLY_PUBLISHED,
    PROCESSING_ON_TIME,
    UNKNOWN_METRIC,
    ZERO_DENOMINATOR,
    payment_bounds,
    recompute,
    why_no_score,
)

DETAILS = Path(__file__).parents[2] / "config" / "reference_data" / "dvc_766" / "details_10102026.json"
PROVINCES: list[dict[str, Any]] = json.loads(DETAILS.read_text(encoding="utf-8"))["provinces"]
ALL = 508_504
TOLERANCE = 0.015


@pytest.mark.parametrize(
    ("code", "numerator", "denominator", "score"),
    [
        (PROCESSING_ON_TIME, 451_375, ALL, 17.75),
        (PROCESSING_ON_TIME, 358_660, 405_424, 17.69),
        ("PUBLISH_ON_TIME", 2, 89, 0.13),
        ("PUBLIC_UPDATE_ON_TIME", 9, 103, 0.35),
        ("ORIGINAL_RESULT_AVAILABLE", 308_051, ALL, 3.63),
        ("SO_HOA_GIAY_TO_GIAI_QUYET", 108_399, ALL, 0.85),
        ("REUSED_DIGITIZED_DATA", 103_340, ALL, 0.51),
        ("SYNCED_WITH_DVCQG_PERSONAL_STORAGE", 2_164, ALL, 0.02),
        ("DOSSIER_RECEIVING_SATISFACTION", 450_993, ALL, 5.91),
        ("DOSSIER_RECEIVING_SATISFACTION", 95, 100, 6.00),
        ("DOSSIER_RECEIVING_SATISFACTION", 0, 0, 0),
        ("PETITION_PROCESSING_ON_TIME", 365, 674, 3.25),
        ("PETITION_PROCESSING_ON_TIME", 234, 286, 4.91),
        ("PETITION_PROCESSING_ON_TIME", 0, 0, 6),
        ("PETITION_HANDLING_SATISFACTION", 278, 674, 2.47),
        ("PETITION_HANDLING_SATISFACTION", None, 0, 6),
        (ONLINE_PROVIDED, 40, 100, 1.0),
        (ONLINE_PROVIDED, 90, 100, 2.0),
        (ONLINE_WITH_DOSSIERS, 50, 100, 2.0),
        (ONLINE_SUBMITTED, 25, 100, 3.0),
        (ONLINE_SUBMITTED, 75, 100, 6.0),
    ],
)
def test_scores(code: str, numerator: float | None, denominator: float, score: float) -> None:
    assert recompute(code, numerator, denominator) == pytest.approx(score, abs=TOLERANCE)


@pytest.mark.parametrize(
    ("code", "numerator", "denominator", "reason"),
    [
        ("ELECTRONIC_CERTIFIED_COPY", None, None, NO_INPUTS),
        (ONLINE_PROVIDED, None, None, NO_INPUTS),
        ("PUBLISH_ON_TIME", 0, 0, ZERO_DENOMINATOR),
        ("PETITION_CLASSIFICATION_TTHC", 491, 674, NOT_SCORED),
        ("PROACTIVE_SERVICE", 1, 2, UNKNOWN_METRIC),
        (ONLINE_PAYMENT, 246_365, 304_411, PAYMENT_PARTLY_PUBLISHED),
    ],
)
def test_no_score_has_a_reason(
    code: str, numerator: float | None, denominator: float | None, reason: str
) -> None:
    assert recompute(code, numerator, denominator) is None
    assert why_no_score(code, numerator, denominator) == reason


def test_payment_is_known_within_bounds_until_the_last_part_is_published() -> None:
    published = {"paid_procedures": 127.0, "fee_procedures": 335.0}
    low, high = payment_bounds(246_365, 304_411, published)
    assert low == pytest.approx(4.86 + 0.95, abs=TOLERANCE)
    assert low <= 6.28 <= high
    assert recompute(ONLINE_PAYMENT, 246_365, 304_411, published) is None
    whole = published | {"fee_procedures_with_dossiers": 64.0}
    assert recompute(ONLINE_PAYMENT, 246_365, 304_411, whole) == pytest.approx(6.28, abs=TOLERANCE)
    assert payment_bounds(1, 1, {"paid_procedures": 1, "fee_procedures": 1}) == (8.0, 10.0)


def test_metrics_add_up_to_their_groups_and_to_100() -> None:
    for group in GROUPS:
        assert sum(m.maximum for m in METRICS.values() if m.group == group.code) == group.maximum
    assert sum(group.maximum for group in GROUPS) == 100


def test_names_and_rules_can_be_read() -> None:
    for language in ("vi", "en"):
        assert all(metric.name(language) for metric in METRICS.values())
        assert all(group.name(language) for group in GROUPS)
    assert METRICS["REUSED_DIGITIZED_DATA"].rule == "min(2; 2r/0,8)"
    assert METRICS["PUBLISH_ON_TIME"].rule == "6r"
    assert METRICS["DOSSIER_RECEIVING_SATISFACTION"].rule == "min(6; 6r/0,9)"


@pytest.mark.parametrize("province", PROVINCES, ids=lambda province: str(province["departmentCode"]))
def test_every_published_metric_is_reproduced(province: dict[str, Any]) -> None:
    components: dict[str, dict[str, Any]] = province["componentIndicators"]
    on_time = components["TDGQ_TienDoGiaiQuyet"]
    assert recompute(PROCESSING_ON_TIME, on_time["totalOnTime"], on_time["totalReceived"]) == pytest.approx(
        on_time["score"], abs=TOLERANCE
    )
    metrics = [metric for component in components.values() for metric in component.get("metrics", [])]
    without_inputs = {"ELECTRONIC_CERTIFIED_COPY"}
    for metric in metrics:
        ours = recompute(metric["code"], metric["numerator"], metric["denominator"])
        expected = None if metric["code"] in without_inputs else metric["score"]
        assert ours == (None if expected is None else pytest.approx(expected, abs=TOLERANCE)), metric["code"]
    assert len(metrics) == 16
    payment = components["TTTT_ThanhToanTrucTuyen"]
    low, high = payment_bounds(
        payment["totalDossierOnlinePaymentSuccess"],
        payment["totalDossierFinancialObligation"],
        {
            "paid_procedures": payment["totalDossierOnlineFormalityPaymentSuccess"],
            "fee_procedures": payment["totalFeeFormality"],
        },
    )
    assert low <= payment["score"] <= high


@pytest.mark.parametrize("province", PROVINCES, ids=lambda province: str(province["departmentCode"]))
def test_published_groups_add_up_to_the_published_total(province: dict[str, Any]) -> None:
    assert set(province["groupScores"]) == {group.code for group in GROUPS}
    assert sum(province["groupScores"].values()) == pytest.approx(province["totalScore"], abs=0.025)


@pytest.mark.parametrize(
    "reason", [NO_INPUTS, NOT_SCORED, PAYMENT_PARTLY_PUBLISHED, UNKNOWN_METRIC, ZERO_DENOMINATOR]
)
def test_reasons_are_in_the_catalogue(reason: str) -> None:
    assert say(reason) != say(reason, "en")
