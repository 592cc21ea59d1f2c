"""The overview: what needs action today, and a tile for each of the thirteen fields."""

from html import escape

import streamlit as st

from components import asking, labels, page
from components import format as write
from components.attention import attention
from components.kpi import tile, tiles
from components.screen import Screen, work_of
from components.states import simulated_legend
from config.locale import say
from config.models import Domain
from config.registry import load_registry
from services import supply, today
from services.alerts import open_alerts

MOST_WORK = 4


def headline(screen: Screen) -> None:
    """Draw the finding of the moment as the title, and the gravest things to do."""
    work = work_of(screen.viewer, screen.language)
    grave = [w for w in work if w.status in ("critical", "bad")]
    said = (
        say("screen.home_title", screen.language, count=len(grave))
        if grave
        else say("screen.home_title_none", screen.language)
    )
    feeds, built = supply.summary(), sum(d.enabled for d in load_registry().domains.values())
    line = " · ".join(
        (
            _today(screen.language),
            say("screen.home_built", screen.language, built=built),
            say("screen.home_fresh", screen.language, **feeds),
        )
    )
    with page.header(said, line, language=screen.language):
        simulated_legend(screen.language)
    chairman(screen)
    if not work:
        return
    with screen.card("work"):
        attention((grave or work)[:MOST_WORK], screen.language)
        if len(work) > MOST_WORK:
            st.html(
                f'<div class="ioc-note"><a href="/alerts">{say("screen.all_alerts", screen.language)} '
                f"({len(work)})</a></div>"
            )


def chairman(screen: Screen) -> None:
    """Draw the one line that says what needs the Chairman today and why, or that nothing does."""
    lang, found = screen.language, today.needs(screen.viewer, asking.moment())
    if not found:
        st.html(f'<div class="ioc-need ioc-need-none">{escape(say("screen.need_none", lang))}</div>')
        return
    first = found[0]
    alert = first.alert
    subject, text = (alert.subject_en, alert.text_en) if lang == "en" else (alert.subject_vi, alert.text_vi)
    since = write.moment(alert.opened_at, language=lang)
    why = say(f"screen.need_{first.reason}", lang, since=since)
    more = say("screen.need_more", lang, count=len(found) - 1) if len(found) > 1 else ""
    box = f" {labels.simulated(lang, short=True)}" if alert.simulated else ""
    st.html(
        f'<div class="ioc-need"><span class="ioc-{alert.severity}">{labels.mark(alert.severity)}</span>'
        f'<a href="/{alert.domain}"><b>{escape(say("screen.need", lang))}</b> '
        f"<b>{escape(subject)}</b> {escape(text)}</a>{box}"
        f'<span class="ioc-muted">{escape(" ".join(part for part in (why, more) if part))}</span></div>'
    )


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
    trend = asking.figures(domain.main, screen.viewer, by="time", last=12).frame["value"].to_list()
    worst = today.standing(str(figure.status), alerts)
    count = say("screen.open_alerts", screen.language, count=len(alerts)) if alerts else ""
    subline = " · ".join(part for part in (figure.name[screen.language], count) if part)
    return tile(name, f"/{domain.id}", figure, status=worst, subline=subline, trend=trend, language=screen.language)


def thirteen(screen: Screen) -> None:
    """Draw a tile for each field in the province's order."""
    tiles([domain_tile(screen, d) for d in load_registry().domains.values() if d.order <= 13])
