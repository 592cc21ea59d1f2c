"""The overview: what needs action today, and a tile for each field."""

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
from services.alerts import is_bound, open_alerts, own_alerts

MOST_WORK = 3


def headline(screen: Screen) -> None:
    """Draw as the title how much needs the Chairman, or the viewer's own office, today; under it what and why."""
    lang, found = screen.language, today.needs(screen.viewer, asking.moment())
    own = "_own" if is_bound(screen.viewer) else ""
    title = say(f"screen.home_title{own}{'' if found else '_none'}", lang, count=len(found))
    feeds, built = supply.summary(), len(load_registry().domains)
    line = " · ".join(
        (_today(lang), say("screen.home_built", lang, built=built), say("screen.home_fresh", lang, **feeds))
    )
    count = len(open_alerts(screen.viewer))
    more = say("screen.more_needs", lang, count=len(found) - MOST_WORK) if len(found) > MOST_WORK else ""
    line += f" · {say('screen.home_whole', lang)}" if own else ""
    doors = [*([more] if more else []), *([say("screen.all_alerts", lang, count=count)] if count else [])]
    with page.header(title, line, f'<a href="/alerts">{", ".join(doors)}</a>' if doors else "", lang):
        simulated_legend(lang)
    with screen.card("work"):
        if found:
            attention([_work(need, lang) for need in found[:MOST_WORK]], lang)
        else:
            page.note(say("screen.need_none", lang))


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
    figure = asking.figure(domain.main, screen.viewer)
    alerts = open_alerts(screen.viewer, domain.id)
    trend = asking.course(domain.main, screen.viewer).frame["value"].to_list()
    worst = today.standing(str(figure.status), alerts)
    told = own_alerts(screen.viewer, domain.id)
    key = "own_alerts" if is_bound(screen.viewer) else "open_alerts"
    count = say(f"screen.{key}", screen.language, count=len(told)) if told else ""
    subline = " · ".join(part for part in (figure.name[screen.language], count) if part)
    return tile(name, f"/{domain.id}", figure, status=worst, subline=subline, trend=trend, language=screen.language)


def fields(screen: Screen) -> None:
    """Draw a tile for each field in the province's order."""
    tiles([domain_tile(screen, d) for d in load_registry().domains.values()])
