"""The overview: what needs action today, and a tile for each of the thirteen fields."""

import streamlit as st

from components import asking, page
from components import format as write
from components.attention import Work, attention
from components.kpi import tile, tiles
from components.screen import Screen
from components.states import simulated_legend
from config.locale import say
from config.models import Domain
from config.registry import load_registry
from services import supply, today
from services.alerts import open_alerts

MOST_WORK = 3


def headline(screen: Screen) -> None:
    """Draw as the title how much needs the Chairman today; under it what, why, and where to look."""
    lang, found = screen.language, today.needs(screen.viewer, asking.moment())
    title = say("screen.home_title", lang, count=len(found)) if found else say("screen.home_title_none", lang)
    feeds, built = supply.summary(), sum(d.enabled for d in load_registry().domains.values())
    line = " · ".join(
        (_today(lang), say("screen.home_built", lang, built=built), say("screen.home_fresh", lang, **feeds))
    )
    with page.header(title, line, language=lang):
        simulated_legend(lang)
    count = len(open_alerts(screen.viewer))
    with screen.card("work"):
        if found:
            attention([_work(need, lang) for need in found[:MOST_WORK]], lang)
        else:
            page.note(say("screen.need_none", lang))
        if count:
            door = f'<a href="/alerts">{say("screen.all_alerts", lang)} ({count})</a>'
            st.html(f'<div class="ioc-note ioc-cards">{door}</div>')


def _work(need: today.Need, language: str) -> Work:
    """Return what needs the Chairman as a row of work: who, what is the matter, why it goes up."""
    alert = need.alert
    subject, text = (alert.subject_en, alert.text_en) if language == "en" else (alert.subject_vi, alert.text_vi)
    if need.others:
        subject = say("screen.need_others", language, subject=subject, count=need.others)
    since = write.moment(alert.opened_at, language=language)
    why = say(f"screen.need_{need.reason}", language, since=since)
    said = f"{text.rstrip('.')}. {why}"
    return Work(alert.severity, subject, said, f"/{alert.domain}", say("screen.see_why", language), alert.simulated)


def _today(language: str) -> str:
    local = write.local(asking.moment())
    days = say("screen.weekdays", language).split("|")
    return f"{days[local.weekday()]} {local:%d/%m/%Y %H:%M}"


def domain_tile(screen: Screen, domain: Domain) -> str:
    """Return the tile of a field: the worst state that matters, main figure, alerts, freshness."""
    name = domain.name.of(screen.language)
    if not domain.enabled or domain.main is None:
        return tile(name, "/", None, reason=say("screen.not_built", screen.language), language=screen.language)
    figure = asking.figure(domain.main, screen.viewer)
    alerts = open_alerts(screen.viewer, domain.id)
    trend = asking.course(domain.main, screen.viewer).frame["value"].to_list()
    worst = today.standing(str(figure.status), alerts)
    count = say("screen.open_alerts", screen.language, count=len(alerts)) if alerts else ""
    subline = " · ".join(part for part in (figure.name[screen.language], count) if part)
    return tile(name, f"/{domain.id}", figure, status=worst, subline=subline, trend=trend, language=screen.language)


def thirteen(screen: Screen) -> None:
    """Draw a tile for each field in the province's order."""
    tiles([domain_tile(screen, d) for d in load_registry().domains.values() if d.order <= 13])
