"""What needs the Chairman, and how a field stands, follow from rules."""

from datetime import datetime, timedelta

import pytest

from data_access.alerts import Alert
from data_access.database import now
from services import alerts, today
from services.access import SYSTEM
from services.today import needs, reason_of, standing
from tests.core.test_alerts import OPERATOR, fresh_air, held

AT = datetime(2026, 11, 23, 3)


def alert(
    severity: str, hours: float, *, taken: bool = False, rule: str = "high", domain: str = "environment"
) -> Alert:
    opened = AT - timedelta(hours=hours)
    return Alert(
        1, "cause", domain, f"{domain}_{severity}", rule, "s", "Trạm", "Station", "", severity, "open", 1.0, "cao",
        "high", "", "internal", True, opened, opened, None, opened if taken else None, "x" if taken else None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (alert("critical", 0.1), "critical_untaken"),
        (alert("critical", 30, taken=True), "critical"),
        (alert("bad", 25), "untaken_long"),
        (alert("bad", 23), None),
        (alert("bad", 90, taken=True), None),
        (alert("near", 90), None),
        (alert("bad", 90, rule="source_silent"), None),
    ],
)
def test_only_the_grave_and_the_forgotten_go_up(found: Alert, why: str | None) -> None:
    assert reason_of(found, AT) == why


def test_a_field_stands_as_its_worst_part_and_a_silent_feed_colours_nothing() -> None:
    assert standing("ok", [alert("near", 1), alert("bad", 1)]) == "bad"
    assert standing("critical", [alert("near", 1)]) == "critical"
    assert standing("ok", [alert("bad", 90, rule="source_silent")]) == "ok"
    assert standing("stale", []) == "stale"
    assert standing("none", [alert("near", 1)]) == "near"


def test_a_critical_alert_stays_with_the_chairman_and_falls_behind_once_taken(sqlite_store: str) -> None:
    at = fresh_air(160)
    alerts.evaluate(at - held())
    alerts.evaluate(at)
    (need,) = [n for n in needs(SYSTEM, now()) if n.alert.indicator == "env_aqi_hour"]
    assert need.reason == "critical_untaken"
    alerts.acknowledge(need.alert.id, OPERATOR)
    (need,) = [n for n in needs(SYSTEM, now()) if n.alert.indicator == "env_aqi_hour"]
    assert need.reason == "critical"


def test_life_comes_first_and_one_line_stands_for_many_places(monkeypatch: pytest.MonkeyPatch) -> None:
    money = [alert("critical", 9 - n, domain="socioeconomy") for n in range(3)]
    ill = [alert("critical", 1, domain="health")]
    forgotten = [alert("bad", 99, domain="health")]
    monkeypatch.setattr(today, "own_alerts", lambda viewer: [*forgotten, *money, *ill])
    found = [(n.alert.domain, n.reason, n.others) for n in needs(SYSTEM, AT)]
    assert found == [
        ("health", "critical_untaken", 0),
        ("socioeconomy", "critical_untaken", 2),
        ("health", "untaken_long", 0),
    ]
