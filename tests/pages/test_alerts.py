"""The page of alerts: filtered by the address, the viewer's own apart from the others, one kind together."""

from pathlib import Path

from streamlit.testing.v1 import AppTest

from config.locale import say
from services import alerts
from services.access import SYSTEM
from tests.pages.opening import opened, words


def buttons(at: AppTest) -> list[str]:
    return [str(b.key) for b in at.button if str(b.key).startswith("ack_")]


def test_the_address_says_which_alerts_are_seen(province: Path) -> None:
    everything = alerts.open_alerts(SYSTEM)
    first = everything[0]
    alike = [a for a in everything if a.domain == first.domain and a.severity == first.severity]
    assert len(alike) < len(everything)
    at = opened("alerts", "lanhdao", domain=first.domain, severity=first.severity)
    assert say("alerts.open_title", count=len(alike), untaken=len(alike)) in words(at)
    assert say("alerts.open_title", count=0, untaken=0) in words(opened("alerts", "lanhdao", state="taken"))


def test_a_commune_takes_its_own_alerts_and_reads_the_others_apart(province: Path) -> None:
    at = opened("alerts", "xahacthanh")
    own = [a for a in alerts.open_alerts(SYSTEM) if a.place == "14797"]
    assert say("alerts.own_title", count=len(own), untaken=len(own)) in words(at)
    assert {k for k in buttons(at) if not k.startswith("ack_all")} == {f"ack_{a.id}" for a in own}
    others = len(alerts.open_alerts(SYSTEM)) - len(own)
    assert [e.label for e in at.expander if "khác" in e.label] == [say("alerts.others_title", count=others)]
    assert not opened("alerts", "xahacthanh", scope="own").expander
