"""Alerts open, change and resolve on a change of state, once for a cause."""

from dataclasses import replace
from datetime import datetime, timedelta

import polars as pl
import pytest

from config.models import AlertRule
from config.registry import in_use, load_registry
from data_access import alerts as kept
from data_access.alerts import events_of
from data_access.audit import entries
from data_access.database import now, operations_engine, reading, writing
from services import alerts
from services.access import SYSTEM, Viewer
from services.people import demo_accounts, ensure_demo_accounts
from tests.core.deliveries import STATION, air_file, steady, take_in, utc

OPERATOR = Viewer("vanhanh", "operator", None, None)
DISPLAY = Viewer("manhinh", "display", None, None)


def fresh_air(value: float, hours: int = 12) -> datetime:
    """Deliver the last closed hours of steady air; return the moment after them."""
    from data_access.database import LOCAL, now

    end = now().astimezone(LOCAL).replace(minute=0, second=0, microsecond=0, tzinfo=None)
    start = end - timedelta(hours=hours)
    symbols = [*steady("PM2,5", value, hours, start)]
    take_in(air_file(symbols, at=end))
    return utc(end) + timedelta(minutes=1)


def about_air() -> list[str]:
    return [a.severity for a in alerts.open_alerts(SYSTEM) if a.indicator == "env_aqi_hour"]


def held() -> timedelta:
    rules = load_registry().indicators["env_aqi_hour"].alerts
    return max((r.hold for r in rules), default=timedelta()) + timedelta(minutes=1)


def test_an_alert_opens_once_changes_and_resolves(store: str) -> None:
    at = fresh_air(160)
    alerts.evaluate(at - held())
    assert about_air() == []
    alerts.evaluate(at)
    alerts.evaluate(at)
    assert about_air() == ["critical"]
    fresh_air(20)
    alerts.evaluate(at)
    assert about_air() == []
    ended = [a for a in alerts.past_alerts(SYSTEM) if a.indicator == "env_aqi_hour"]
    assert [e.what for e in events_of(ended[0].id)] == ["opened", "resolved"]


def test_a_dead_feed_is_one_alert_and_holds_back_the_others(store: str) -> None:
    at = fresh_air(160)
    alerts.evaluate(at + timedelta(hours=30))
    found = [a for a in alerts.open_alerts(SYSTEM) if a.domain == "environment"]
    assert [(a.rule, a.subject) for a in found] == [("source_silent", "air_tt10")]
    fresh_air(20)
    alerts.evaluate(at)
    assert [a for a in alerts.open_alerts(SYSTEM) if a.rule == "source_silent"] == []


def test_nothing_is_told_of_a_field_that_was_switched_off(sqlite_store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    at = fresh_air(160)
    alerts.evaluate(at - held())
    alerts.evaluate(at)
    registry = load_registry()
    fields = {name: d.model_copy(update={"enabled": name != "environment"}) for name, d in registry.domains.items()}
    less = in_use(replace(registry, domains=fields))
    monkeypatch.setattr(alerts, "load_registry", lambda: less)
    assert (alerts.open_alerts(SYSTEM), alerts.badges(SYSTEM)) == ([], {})
    alerts.evaluate(at)
    assert (kept.open_alerts(), alerts.past_alerts(SYSTEM)) == ([], [])
    assert "env_aqi_hour" in {a.indicator for a in kept.past_alerts(9)}


STATION_RULES = [
    AlertRule.model_validate(rule | {"text": {"vi": "{name} {value}", "en": "{name} {value}"}})
    for rule in (
        {"id": "dirty", "by": "station", "when": "value > 100", "severity": "bad"},
        {"id": "not_clean", "by": "station", "when": "value > 50", "severity": "near"},
    )
]


def test_an_alert_ends_with_what_it_was_about(store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its rule, indicator, station or source taken away or switched off: nothing would ever resolve it otherwise."""
    registry = load_registry()
    air = registry.indicators["env_aqi_hour"]
    station = next(k for k, s in registry.stations.items() if s.code == STATION)

    def declare(rules: list[AlertRule]) -> None:
        monkeypatch.setitem(registry.indicators, air.id, air.model_copy(update={"alerts": rules}))

    def standing(rules: list[AlertRule]) -> list[tuple[str, str]]:
        declare(rules)
        alerts.evaluate(at)
        return [(a.rule, a.subject) for a in alerts.open_alerts(SYSTEM) if a.indicator in (air.id, "")]

    at = fresh_air(160)
    assert standing(STATION_RULES) == [("dirty", station)]
    assert standing(STATION_RULES[1:]) == [("not_clean", station)]
    assert standing([STATION_RULES[1].model_copy(update={"enabled": False})]) == []
    assert standing(STATION_RULES) == [("dirty", station)]
    assert standing([]) == []
    assert standing(STATION_RULES) == [("dirty", station)]
    with monkeypatch.context() as without:
        without.delitem(registry.stations, station)
        assert standing(STATION_RULES) == []
    assert standing(STATION_RULES) == [("dirty", station)]
    with monkeypatch.context() as without:
        without.delitem(registry.indicators, air.id)
        without.setitem(
            registry.domains,
            "environment",
            registry.domains["environment"].model_copy(
                update={"indicators": [i for i in registry.domains["environment"].indicators if i.id != air.id]}
            ),
        )
        alerts.evaluate(at)
        assert [a for a in alerts.open_alerts(SYSTEM) if a.indicator == air.id] == []
    at += timedelta(hours=30)
    assert standing(STATION_RULES) == [("source_silent", "air_tt10")]
    with monkeypatch.context() as without:
        without.delitem(registry.sources, "air_tt10")
        without.setattr(alerts, "_evaluate_indicator", lambda *_: 0)
        alerts.evaluate(at)
        assert [a for a in alerts.open_alerts(SYSTEM) if a.rule == "source_silent"] == []


@pytest.mark.parametrize(("no_data", "stays"), [("keep", True), ("resolve", False), ("alert", True)])
def test_a_rule_says_what_no_data_means(
    sqlite_store: str, monkeypatch: pytest.MonkeyPatch, no_data: str, stays: bool
) -> None:
    at = fresh_air(160)
    alerts.evaluate(at - held())
    alerts.evaluate(at)
    unknown = pl.DataFrame(
        {"key": ["TH_NNMT_KHI001"], "name_vi": ["Trạm"], "name_en": ["Station"], "value": [None], "id": ["x"]},
        schema_overrides={"value": pl.Float64},
    )
    monkeypatch.setattr(alerts, "_rows", lambda indicator, by: unknown)
    indicator = load_registry().indicators["env_aqi_hour"]
    rules = [r.model_copy(update={"no_data": no_data, "hold": timedelta()}) for r in indicator.alerts]
    monkeypatch.setitem(load_registry().indicators, "env_aqi_hour", indicator.model_copy(update={"alerts": rules}))
    alerts.evaluate(at)
    assert about_air() == (["critical"] if stays else [])


def test_whoever_acknowledges_is_named_once(store: str) -> None:
    at = fresh_air(160)
    alerts.evaluate(at - held())
    alerts.evaluate(at)
    (alert,) = [a for a in alerts.open_alerts(SYSTEM) if a.indicator == "env_aqi_hour"]
    assert not alerts.acknowledge(alert.id, DISPLAY)
    assert alerts.acknowledge(alert.id, OPERATOR)
    assert not alerts.acknowledge(alert.id, Viewer("quantri", "administrator", None, None))
    (alert,) = [a for a in alerts.open_alerts(SYSTEM) if a.indicator == "env_aqi_hour"]
    assert alert.acknowledged_by == "vanhanh" and alert.acknowledged_at is not None
    with reading(operations_engine()) as connection:
        assert [e["actor"] for e in entries(connection, f"alert:{alert.id}")] == ["vanhanh"]


def test_demo_accounts_are_the_same_each_time(sqlite_store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ensure_demo_accounts() == ensure_demo_accounts() == demo_accounts()
    assert {a.role for a in demo_accounts()} >= {
        "leader",
        "department",
        "commune",
        "analyst",
        "operator",
        "administrator",
        "display",
    }


COMMUNE = Viewer("xahacthanh", "commune", frozenset({"14797"}), None, "ubnd_14797")
DEPARTMENT = Viewer("sonnmt", "department", None, frozenset({"environment"}), "so_nnmt")


def told(indicator: str, subject: str, place: str, severity: str = "bad") -> int:
    """Open an alert about a subject at a place; return its number."""
    with writing(operations_engine()) as connection:
        return kept.open_alert(
            connection, now(), cause=f"{indicator}|{subject}", indicator=indicator, rule="high", subject=subject,
            domain=load_registry().domain_of(indicator).id, subject_vi=subject, subject_en=subject, place=place,
            severity=severity, text_vi="cao", text_en="high", simulated=True,
        )  # fmt: skip


def test_ones_own_alerts_come_first_and_nobody_takes_those_of_others(sqlite_store: str) -> None:
    elsewhere = told("env_aqi_hour", "tram_sam_son", "16531", "critical")
    here = told("env_aqi_hour", "tram_hac_thanh", "14797", "near")
    office = told("task_open_late", "so_nnmt", "")
    assert [a.id for a in alerts.open_alerts(SYSTEM)] == [elsewhere, office, here]
    assert [a.id for a in alerts.open_alerts(COMMUNE)] == [here, elsewhere, office]
    assert [a.id for a in alerts.own_alerts(COMMUNE)] == [here]
    assert [a.id for a in alerts.own_alerts(DEPARTMENT)] == [elsewhere, office, here]
    assert alerts.badges(COMMUNE) == {"environment": ("near", 1), "alerts": ("", 1)}
    kinds = alerts.by_kind(alerts.open_alerts(SYSTEM))
    assert [[a.id for a in same] for same in kinds] == [[elsewhere, here], [office]]
    assert not alerts.acknowledge(elsewhere, COMMUNE) and alerts.acknowledge(here, COMMUNE)
    assert alerts.acknowledge(office, DEPARTMENT)
