"""The scenes of the wall, each as HTML: what it finds as its title, and what it shows under it."""

from collections.abc import Callable, Sequence
from html import escape
from typing import Any

from components import asking, labels
from components import format as write
from components.kpi import kpi_tile
from components.overview import domain_tile
from components.screen import Screen
from components.wall import geography, marks
from components.wall.panels import drawn, nothing
from components.wall.parts import card, whole
from config.locale import say
from config.registry import load_registry
from config.wall import DomainScene, MapScene, MeetingScene, Scene
from data_access.alerts import Alert
from data_access.wall import Operating
from services import supply, today
from services.alerts import SILENT, open_alerts
from services.figure import Freshness
from services.people import find_office
from services.wall import emergencies

MOST_ALERTS, MOST_WIDE, MOST_FEEDS, TILES = 9, 18, 10, 13


def build(scene: Scene, screen: Screen, operating: Operating) -> str:
    """Return a scene as HTML for a viewer, in the operating mode."""
    return SCENES[scene.kind](scene, screen, operating)


def _said(alert: Alert, language: str) -> tuple[str, str]:
    return (alert.subject_en, alert.text_en) if language == "en" else (alert.subject_vi, alert.text_vi)


def finding(alert: Alert, language: str) -> str:
    """Return an alert as one sentence: who, and what is the matter; the advice after it is left out."""
    subject, text = _said(alert, language)
    return f"{subject}: {text.split('. ')[0].rstrip('.')}"


def status_of(alert: Alert) -> str:
    """Return the status by which an alert is marked; a silent feed is late data."""
    return "stale" if alert.rule == SILENT else alert.severity


def holder_of(alert: Alert, language: str) -> str:
    """Say who has taken an alert, or that nobody has."""
    if not alert.acknowledged_at:
        return say("wall.nobody", language)
    return find_office(alert.acknowledged_by or "") or alert.acknowledged_by or ""


def _row(alert: Alert, language: str) -> str:
    subject, text = _said(alert, language)
    field = load_registry().domains[alert.domain].name.of(language)
    box = labels.simulated(language, short=True) if alert.simulated else ""
    since = say("wall.since", language, since=write.moment(alert.opened_at, language=language))
    return (
        f'<div class="w-alert" data-k="a{alert.id}"><span class="ioc-{status_of(alert)}">'
        f'{labels.mark(status_of(alert))}</span><div><p class="w-say"><b>{escape(subject)}</b> {escape(text)}</p>{box}'
        f"<p>{escape(field)} · {since} · {escape(holder_of(alert, language))}</p></div></div>"
    )


def _rows(found: Sequence[Alert], language: str, most: int) -> str:
    if not found:
        return f'<p class="w-calm">{say("wall.no_alerts", language)}</p>'
    more = len(found) - most
    rest = f'<p class="w-more">{say("wall.more", language, count=more)}</p>' if more > 0 else ""
    return "".join(_row(alert, language) for alert in found[:most]) + rest


# The thirteen fields


def _overview(_: Scene, screen: Screen, __: Operating) -> str:
    language = screen.language
    needs = today.needs(screen.viewer, asking.moment())
    title = "; ".join(finding(need.alert, language) for need in needs[:2]) or say("wall.calm", language)
    tiles = [domain_tile(screen, d) for d in load_registry().domains.values() if d.order <= TILES]
    found = open_alerts(screen.viewer)
    hot = card(
        "hot",
        geography.drawing(geography.PROVINCE_FRAME, marks.hot(found, language), label=title)
        + f'<div class="w-corner">{geography.country(language)}</div>',
        say("wall.hot", language, count=len(found)),
        say("wall.hot_under", language),
    )
    side = card("needs", _rows(found, language, MOST_ALERTS), say("wall.needs", language))
    under = " · ".join(say(key, language) for key in ("wall.thirteen", "access.product_long", "ui.simulated_legend"))
    return whole("overview", title, under, f'<div class="w-tiles">{"".join(tiles)}</div>{hot}{side}')


# One field


def _domain(scene: DomainScene, screen: Screen, _: Operating) -> str:
    language, field = screen.language, load_registry().domains[scene.domain]
    found = open_alerts(screen.viewer, field.id)
    own = [a for a in found if a.rule != SILENT]
    tiles = "".join(_tile(name, screen) for name in scene.figures)
    figure = screen.figure(field.main or scene.figures[0])
    value = write.number(figure.value, figure.decimals, language)
    title = finding(own[0], language) if own else f"{figure.name[language]}: {value} {figure.unit[language]}"
    side = card("needs", _rows(found, language, MOST_ALERTS), say("screen.attention_title", language))
    under = f"<b>{escape(field.name.of(language))}</b> · {escape(field.question.of(language))}"
    pictures = "".join(drawn(panel, screen, n) for n, panel in enumerate(scene.panels))
    return whole("domain", title, under, f'<div class="w-figures">{tiles}</div>{pictures}{side}')


def _tile(indicator: str, screen: Screen) -> str:
    trend = screen.divide(indicator, "time", last=12)
    return kpi_tile(screen.figure(indicator), trend.frame["value"].to_list(), screen.language)


# The map


def _map(scene: MapScene, screen: Screen, _: Operating) -> str:
    shown = marks.sea(screen, scene)
    language, found = screen.language, open_alerts(screen.viewer)
    near = geography.drawing(geography.PROVINCE_FRAME, [*shown.stations, *marks.hot(found, language)])
    gulf = geography.drawing(geography.GULF_FRAME, shown.marks, shown.over, shown.title, "xMinYMid")
    corner = f'<div class="w-corner">{geography.country(language)}</div>'
    hot = card("hot", near, say("wall.hot", language, count=len(found)), say("wall.hot_under", language))
    fleet = card("counts", shown.counts, shown.head, shown.under, shown.simulated, language)
    body = hot + card("sea", gulf + corner) + fleet
    return whole("map", shown.title, escape(shown.line), body)


# Alerts and feeds


def _alerts(_: Scene, screen: Screen, __: Operating) -> str:
    language, found, feeds = screen.language, open_alerts(screen.viewer), supply.feeds()
    untaken = sum(a.acknowledged_at is None for a in found)
    title = (
        say("wall.alerts_title", language, count=len(found), untaken=untaken)
        if found
        else say("wall.no_alerts", language)
    )
    late = sorted((f for f in feeds if f.freshness != Freshness.FRESH), key=lambda f: f.until)
    rows = "".join(_silent(feed, language) for feed in late[:MOST_FEEDS])
    rows = rows or f'<p class="w-calm">{say("wall.all_fresh", language)}</p>'
    fresh = len(feeds) - len(late)
    side = card("feeds", rows + feed_marks(feeds, language), say("wall.feeds", language, fresh=fresh, all=len(feeds)))
    listed = card("listed", "".join(_row(alert, language) for alert in found[:MOST_WIDE]) or nothing(language))
    return whole(
        "alerts", title, f"{say('wall.alerts_under', language)} · {say('ui.simulated_legend', language)}", listed + side
    )


def _silent(feed: supply.Feed, language: str) -> str:
    until = say("wall.until", language, until=write.moment(feed.until))
    name = escape(feed.source.name.of(language))
    return (
        f'<div class="w-alert"><span class="ioc-stale">{labels.mark("stale")}</span>'
        f'<div><p class="w-say"><b>{name}</b></p><p>{until}</p></div></div>'
    )


def feed_marks(feeds: Sequence[supply.Feed], language: str) -> str:
    """Return one mark a feed: filled where it keeps its promise, a ring where it is late, crossed where it is dead."""
    cells = "".join(
        f'<i class="w-feed w-{feed.freshness.value}" title="{escape(feed.source.name.of(language))}"></i>'
        for feed in feeds
    )
    return f'<span class="w-feeds" role="img" aria-label="{say("wall.feeds_label", language)}">{cells}</span>'


# The quiet one, and the loud one


def _meeting(scene: MeetingScene, screen: Screen, operating: Operating) -> str:
    language = screen.language
    days = say("screen.weekdays", language).split("|")
    local = write.local(asking.moment())
    tiles = "".join(_tile(name, screen) for name in scene.figures)
    topic = operating.what or say("wall.meeting", language)
    body = (
        f'<div class="w-quiet"><div class="w-clock" data-live="clock">{local:%H:%M}</div>'
        f"<p>{days[local.weekday()]}, {local:%d/%m/%Y}</p><h1>{escape(topic)}</h1>"
        f"<p>{escape(' · '.join(filter(None, (operating.place, operating.holder))))}</p></div>"
        f'<div class="w-figures">{tiles}</div>'
    )
    return f'<div class="w-body w-meeting">{body}</div>'


def _emergency(_: Scene, screen: Screen, operating: Operating) -> str:
    language, found = screen.language, emergencies(screen.viewer)
    declared = operating.mode == "emergency"
    if not declared and not found:
        return whole("emergency", say("wall.no_emergency", language), "", card("facts", nothing(language)))
    if declared:
        what, where, holder = operating.what, operating.place, operating.holder or find_office(operating.actor)
        since, simulated, rest = operating.since, False, found
    else:
        first, *rest = found
        what, simulated, since = finding(first, language), first.simulated, first.opened_at
        places = load_registry().places
        field = load_registry().domains[first.domain].name.of(language)
        where = places[first.place].full_name if first.place in places else field
        holder = holder_of(first, language)
    told = (("where", where), ("since", write.moment(since, language=language)), ("holder", holder))
    facts = "".join(
        f"<dt>{say(f'wall.em_{key}', language)}</dt><dd>{escape(text or write.NOTHING)}</dd>" for key, text in told
    )
    box = labels.simulated(language) if simulated else ""
    hot = geography.drawing(geography.PROVINCE_FRAME, marks.hot(found, language), label=what)
    body = card(
        "facts", f"<dl>{facts}</dl>{box}<div class='w-rest'>{_rows(rest, language, 4) if rest else ''}</div>"
    ) + card("hot", hot)
    return whole("emergency", what, say("wall.emergency", language), body)


SCENES: dict[str, Callable[[Any, Screen, Operating], str]] = {
    "overview": _overview, "domain": _domain, "map": _map, "alerts": _alerts, "meeting": _meeting,
    "emergency": _emergency,
}  # fmt: skip
