"""The alerts: filtered, the viewer's own first, those of one kind together; and those that have ended."""

from collections.abc import Mapping, Sequence
from html import escape

import polars as pl
import streamlit as st

from components import format as write
from components import labels, page
from components.filters import ALL, PROVINCE, choice_filter, place_filter
from components.provenance import spec
from components.screen import Screen
from config.locale import say
from config.registry import load_registry
from data_access.alerts import Alert
from services import alerts
from services.people import find_office

SHOWN = 3
"""How many alerts of one kind are seen before the others are asked for."""
SEVERITIES = ("critical", "bad", "near", "stale")


def text(screen: Screen, key: str, **values: object) -> str:
    """Return a text of this page."""
    return say(f"alerts.{key}", screen.language, **values)


def status_of(alert: Alert) -> str:
    """Return the mark an alert stands under: a silent source is late data, whatever its severity."""
    return "stale" if alert.rule == alerts.SILENT else alert.severity


def _value(alert: Alert, name: str) -> str:
    """Return what a filter compares of an alert."""
    taken = "taken" if alert.acknowledged_at else "untaken"
    return {"domain": alert.domain, "severity": status_of(alert), "state": taken, "place": alert.place}[name]


# Filters


def filters(screen: Screen) -> dict[str, str]:
    """Draw the filters in one line and return what is chosen; `scope` is asked of those bound to a part only."""
    found = alerts.open_alerts(screen.viewer)
    lang, domains = screen.language, load_registry().domains.values()
    options: dict[str, Mapping[str, str]] = {
        "domain": {d.id: d.name.of(lang) for d in domains if d.enabled},
        "severity": {s: text(screen, f"severity_{s}") for s in SEVERITIES},
        "state": {s: text(screen, f"state_{s}") for s in ("untaken", "taken")},
    }
    chosen = {}
    with st.container(horizontal=True, key="tools_alerts"):
        for name, names in options.items():
            counts = [_value(a, name) for a in found]
            told = {code: f"{word} ({counts.count(code)})" for code, word in names.items()}
            chosen[name] = _choice(screen, name, {ALL: say("ui.all", lang), **told})
        place = place_filter(language=lang)
        chosen["place"] = ALL if place == PROVINCE else place
        if alerts.is_bound(screen.viewer):
            chosen["scope"] = _choice(screen, "scope", {s: text(screen, f"scope_{s}") for s in (ALL, "own")})
    return {name: code for name, code in chosen.items() if code != ALL}


def _choice(screen: Screen, name: str, options: Mapping[str, str]) -> str:
    with st.container(key=f"filter_alert_{name}", width=196):
        return choice_filter(name, text(screen, f"filter_{name}"), options, width=196)


def _chosen(screen: Screen, found: Sequence[Alert], asked: Mapping[str, str]) -> list[Alert]:
    """Return the alerts that the filters let through."""
    mine = [a for a in found if "scope" not in asked or alerts.concerns(a, screen.viewer)]
    return [a for a in mine if all(_value(a, name) == code for name, code in asked.items() if name != "scope")]


# Open


def open_list(screen: Screen, asked: Mapping[str, str]) -> None:
    """Draw the open alerts, those of the viewer's own part first and apart from the others."""
    found = _chosen(screen, alerts.open_alerts(screen.viewer), asked)
    if not alerts.is_bound(screen.viewer):
        _card(screen, "open", found)
        return
    own = [alerts.concerns(a, screen.viewer) for a in found]
    _card(screen, "own", [a for a, mine in zip(found, own, strict=True) if mine])
    others = [a for a, mine in zip(found, own, strict=True) if not mine]
    if others and "scope" not in asked:
        with screen.card("others"), st.expander(text(screen, "others_title", count=len(others)), key="others_seen"):
            page.note(text(screen, "others_sub"))
            for same in alerts.by_kind(others):
                _kind(screen, same, len(same))


def _card(screen: Screen, key: str, found: Sequence[Alert]) -> None:
    untaken = sum(a.acknowledged_at is None for a in found)
    title = text(screen, f"{key}_title", count=len(found), untaken=untaken)
    with screen.card(key, title, text(screen, f"{key}_sub") if found else ""):
        if not found:
            page.note(text(screen, "none"))
        for same in alerts.by_kind(found):
            _kind(screen, same)


def _about(screen: Screen, alert: Alert) -> tuple[str, str]:
    """Return the kind of an alert and its field."""
    registry, lang = load_registry(), screen.language
    domain = registry.domains[alert.domain].name.of(lang)
    indicator = registry.indicators.get(alert.indicator)
    return indicator.name.of(lang) if indicator else text(screen, "silent_sources"), domain


def _kind(screen: Screen, same: Sequence[Alert], shown: int = SHOWN) -> None:
    """Draw the alerts of one kind, the gravest first; several have a head and can be taken together."""
    first, single = same[0], len(same) == 1
    with st.container(key=f"kind_{first.id}"):
        if not single:
            _kind_head(screen, same)
        for alert in same[:shown]:
            _row(screen, alert, single)
        if rest := same[shown:]:
            with st.expander(text(screen, "more", count=len(rest)), key=f"more_{first.id}"):
                for alert in rest:
                    _row(screen, alert, single)


def _kind_head(screen: Screen, same: Sequence[Alert]) -> None:
    name, domain = _about(screen, same[0])
    count = text(screen, "kind_count", count=len(same))
    said = escape(f"{domain} · {count}" if same[0].indicator else count)
    mine = [a.id for a in same if a.acknowledged_at is None and alerts.may_acknowledge(a, screen.viewer)]
    with st.container(horizontal=True, key=f"alert_kind_{same[0].id}", vertical_alignment="center"):
        st.html(f'<div class="ioc-alert"><b>{escape(name)}</b> <span class="ioc-sub">{said}</span></div>')
        if len(mine) > 1:
            st.button(text(screen, "acknowledge_all", count=len(mine)), key=f"ack_all_{same[0].id}",
                      on_click=_acknowledge, args=(screen, mine))  # fmt: skip


def _row(screen: Screen, alert: Alert, single: bool) -> None:
    english = screen.language == "en"
    subject, words = (alert.subject_en, alert.text_en) if english else (alert.subject_vi, alert.text_vi)
    box = labels.simulated(screen.language, short=True) if alert.simulated else ""
    since = text(screen, "since", when=write.moment(alert.opened_at, language=screen.language))
    about = " · ".join([*(reversed(_about(screen, alert)) if single else ()), since])
    door = f"/data_quality?figure={alert.figure}" if alert.figure else f"/data_quality?source={alert.subject}"
    word = labels.status(status_of(alert), screen.language, text(screen, f"severity_{status_of(alert)}"))
    with st.container(key=f"alert_{alert.id}", horizontal=True, vertical_alignment="center"):
        st.html(
            f'<div class="ioc-alert">{word} <a href="{escape(door)}"><b>{escape(subject)}</b></a> '
            f'{escape(words)} {box} <span class="ioc-sub">{escape(about)}</span></div>'
        )
        if alert.acknowledged_at:
            who = find_office(alert.acknowledged_by or "") or alert.acknowledged_by
            when = write.moment(alert.acknowledged_at, language=screen.language)
            st.html(f'<div class="ioc-sub">{text(screen, "acknowledged", who=who, when=when)}</div>', width="content")
        elif alerts.may_acknowledge(alert, screen.viewer):
            st.button(text(screen, "acknowledge"), key=f"ack_{alert.id}", on_click=_acknowledge,
                      args=(screen, [alert.id]))  # fmt: skip


def _acknowledge(screen: Screen, alert_ids: Sequence[int]) -> None:
    taken = [alerts.acknowledge(one, screen.viewer) for one in alert_ids]
    if not all(taken):
        st.toast(text(screen, "already_acknowledged"))


# Ended


def past_list(screen: Screen, asked: Mapping[str, str]) -> None:
    """Draw the alerts that have ended, newest first."""
    found = _chosen(screen, alerts.past_alerts(screen.viewer), asked)
    english = screen.language == "en"
    domains = load_registry().domains
    frame = pl.DataFrame(
        [
            {
                "severity": status_of(a),
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
    title = text(screen, "past")
    if frame.is_empty():
        with screen.card("past", title):
            page.note(text(screen, "past_none"))
        return
    columns = [
        spec("severity", "col_severity", "status"),
        spec("domain", "col_domain"),
        spec("subject", "col_subject"),
        spec("what", "col_what"),
        spec("opened", "col_opened", "moment"),
        spec("resolved", "col_resolved", "moment"),
    ]
    screen.rows(frame, columns, {}, title, key="past")
