"""The open alerts with their acknowledgement, and those that have ended."""

import polars as pl
import streamlit as st

from components import format as write
from components import labels, page
from components.provenance import spec
from components.screen import Screen
from config.locale import say
from config.registry import load_registry
from data_access.alerts import Alert
from services import alerts
from services.access import may
from services.people import find_office


def open_list(screen: Screen, domain: str | None = None) -> None:
    """Draw every open alert, gravest first, each with a button to acknowledge it."""
    found = alerts.open_alerts(screen.viewer, domain)
    with screen.card("open", say("screen.alerts_open", screen.language, count=len(found))):
        if not found:
            page.note(say("screen.alerts_none", screen.language))
        for alert in found:
            _row(screen, alert)


def _row(screen: Screen, alert: Alert) -> None:
    english = screen.language == "en"
    subject, text = (alert.subject_en, alert.text_en) if english else (alert.subject_vi, alert.text_vi)
    domain = load_registry().domains[alert.domain].name.of(screen.language)
    box = labels.simulated(screen.language, short=True) if alert.simulated else ""
    since = say("screen.since", screen.language, when=write.moment(alert.opened_at, language=screen.language))
    status = "stale" if alert.rule == alerts.SILENT else alert.severity
    door = f"/data_quality?figure={alert.figure}" if alert.figure else f"/data_quality?source={alert.subject}"
    word = labels.status(status, screen.language, say(f"alerts.severity_{status}", screen.language))
    with st.container(key=f"alert_{alert.id}", horizontal=True, vertical_alignment="center"):
        st.html(
            f'<div class="ioc-alert">{word} <a href="{door}"><b>{subject}</b></a> '
            f'{text} {box}<div class="ioc-sub">{domain} · {since}</div></div>'
        )
        if alert.acknowledged_at:
            who = find_office(alert.acknowledged_by or "") or alert.acknowledged_by
            when = write.moment(alert.acknowledged_at, language=screen.language)
            said = say("screen.acknowledged", screen.language, who=who, when=when)
            st.html(f'<div class="ioc-sub">{said}</div>', width="content")
        elif may(screen.viewer, "acknowledge"):
            st.button(
                say("screen.acknowledge", screen.language),
                key=f"ack_{alert.id}",
                on_click=_acknowledge,
                args=(screen, alert.id),
            )


def _acknowledge(screen: Screen, alert_id: int) -> None:
    if not alerts.acknowledge(alert_id, screen.viewer):
        st.toast(say("screen.already_acknowledged", screen.language))


def past_list(screen: Screen) -> None:
    """Draw the alerts that have ended, newest first."""
    found = alerts.past_alerts(screen.viewer)
    english = screen.language == "en"
    domains = load_registry().domains
    frame = pl.DataFrame(
        [
            {
                "severity": a.severity,
                "domain": domains[a.domain].name.of(screen.language),
                "subject": a.subject_en if english else a.subject_vi,
                "what": a.text_en if english else a.text_vi,
                "opened": a.opened_at,
                "resolved": a.resolved_at,
            }
            for a in found
        ],
        infer_schema_length=None,
    )
    if frame.is_empty():
        with screen.card("past", say("screen.alerts_past", screen.language)):
            page.note(say("screen.alerts_past_none", screen.language))
        return
    columns = [
        spec("severity", "col_severity", "status"),
        spec("domain", "col_domain"),
        spec("subject", "col_subject"),
        spec("what", "col_what"),
        spec("opened", "col_opened", "moment"),
        spec("resolved", "col_resolved", "moment"),
    ]
    screen.rows(frame, columns, {}, say("screen.alerts_past", screen.language), key="past")
