"""The overview: what needs action today, and a tile for each of the thirteen fields."""

import streamlit as st

from components import asking, page
from components import format as write
from components.attention import attention
from components.kpi import tile, tiles
from components.screen import Screen, work_of
from components.states import simulated_legend
from config.locale import say
from config.models import Domain
from config.registry import load_registry
from services import supply
from services.alerts import open_alerts

GRAVITY = ("critical", "bad", "near", "stale", "ok", "none")
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
    if not work:
        return
    with screen.card("work"):
        attention((grave or work)[:MOST_WORK], screen.language)
        if len(work) > MOST_WORK:
            st.html(
                f'<div class="ioc-note"><a href="/alerts">{say("screen.all_alerts", screen.language)} '
                f"({len(work)})</a></div>"
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
    states = [str(figure.status), *(a.severity for a in alerts if a.rule != "source_silent")]
    worst = min(states, key=GRAVITY.index)
    count = say("screen.open_alerts", screen.language, count=len(alerts)) if alerts else ""
    subline = " · ".join(part for part in (figure.name[screen.language], count) if part)
    return tile(name, f"/{domain.id}", figure, status=worst, subline=subline, trend=trend, language=screen.language)


def thirteen(screen: Screen) -> None:
    """Draw a tile for each field in the province's order."""
    tiles([domain_tile(screen, d) for d in load_registry().domains.values() if d.order <= 13])
