"""The scenes of the wall, each as HTML: what it finds as its title, and what it shows under it."""

from collections.abc import Callable, Sequence
from html import escape
from typing import Any

import polars as pl

from components import asking, charts, labels
from components import format as write
from components.chart import full_spec
from components.choropleth import choropleth_spec, class_labels, legend_html
from components.kpi import kpi_tile
from components.overview import domain_tile
from components.screen import Screen
from components.wall import geography, marks
from config.locale import say
from config.registry import load_registry
from config.wall import DomainScene, MapScene, MeetingScene, Panel, Scene
from data_access.alerts import Alert
from data_access.wall import Operating
from services import drawings, supply, today
from services.alerts import SILENT, open_alerts
from services.figure import Freshness
from services.people import find_office
from services.wall import emergencies

CHART = (640, 350)
"""Nominal pixels of a drawing; on the wall its smallest letters are then about 20 lines of 1080 high."""
CHOROPLETH = (392, 350)
MOST_ALERTS, MOST_WIDE, MOST_FEEDS, TILES = 9, 18, 10, 13


def build(scene: Scene, screen: Screen, operating: Operating) -> str:
    """Return a scene as HTML for a viewer, in the operating mode."""
    return SCENES[scene.kind](scene, screen, operating)


def _whole(kind: str, title: str, under: str, body: str) -> str:
    return (f'<header class="w-title"><h1>{escape(title)}</h1><p>{under}</p></header>'
            f'<div class="w-body w-{kind}">{body}</div>')


def _card(name: str, body: str, title: str = "", under: str = "", simulated: bool = False, language: str = "vi") -> str:
    box = labels.simulated(language) if simulated else ""
    head = f'<div class="w-head"><h2>{escape(title)}</h2>{box}<p>{escape(under)}</p></div>' if title else ""
    return f'<div class="w-card w-{name}">{head}{body}</div>'


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
    return (f'<div class="w-alert" data-k="a{alert.id}"><span class="ioc-{status_of(alert)}">'
            f'{labels.mark(status_of(alert))}</span><div><p class="w-say"><b>{escape(subject)}</b> {escape(text)}</p>{box}'
            f'<p>{escape(field)} · {since} · {escape(holder_of(alert, language))}</p></div></div>')


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
    hot = _card("hot", geography.drawing(geography.PROVINCE_FRAME, marks.hot(found, language), label=title)
                + f'<div class="w-corner">{geography.country(language)}</div>',
                say("wall.hot", language, count=len(found)), say("wall.hot_under", language))
    side = _card("needs", _rows(found, language, MOST_ALERTS), say("wall.needs", language))
    under = f"{say('wall.thirteen', language)} · {say('access.product_long', language)} · {say('ui.simulated_legend', language)}"
    return _whole("overview", title, under, f'<div class="w-tiles">{"".join(tiles)}</div>{hot}{side}')


# One field


def _domain(scene: DomainScene, screen: Screen, _: Operating) -> str:
    language, field = screen.language, load_registry().domains[scene.domain]
    found = open_alerts(screen.viewer, field.id)
    own = [a for a in found if a.rule != SILENT]
    tiles = "".join(_tile(name, screen) for name in scene.figures)
    figure = screen.figure(field.main or scene.figures[0])
    value = write.number(figure.value, figure.decimals, language)
    title = finding(own[0], language) if own else f"{figure.name[language]}: {value} {figure.unit[language]}"
    side = _card("needs", _rows(found, language, MOST_ALERTS), say("screen.attention_title", language))
    under = f"<b>{escape(field.name.of(language))}</b> · {escape(field.question.of(language))}"
    drawn = "".join(_panel(panel, screen, n) for n, panel in enumerate(scene.panels))
    return _whole("domain", title, under, f'<div class="w-figures">{tiles}</div>{drawn}{side}')


def _tile(indicator: str, screen: Screen) -> str:
    trend = screen.divide(indicator, "time", last=12)
    return kpi_tile(screen.figure(indicator), trend.frame["value"].to_list(), screen.language)


def _panel(panel: Panel, screen: Screen, number: int) -> str:
    asked = {k: v for k, v in (("grain", panel.grain), ("where", panel.where)) if v}
    title, under, drawn, simulated = PANELS[panel.draw](panel, screen, asked)
    said = panel.title.of(screen.language) if panel.title else title
    return _card(f"panel w-panel{number}", drawn, said, under, simulated, screen.language)


def _picture(spec: Any, key: str, size: tuple[int, int], language: str) -> str:
    svg = drawings.drawn(full_spec(spec, *size, "dark", language)) or ""
    return f'<div class="w-chart" role="img">{svg.replace("clip", f"{key}_clip")}</div>'


def _nothing(language: str) -> str:
    return f'<p class="w-calm">{say("ui.empty_title", language)}</p>'


def _trend(panel: Panel, screen: Screen, asked: dict[str, Any]) -> tuple[str, str, str, bool]:
    language, found = screen.language, screen.divide(panel.of, "time", last=panel.last, **asked)
    figure, frame = found.figure, found.frame.select("start", "value")
    known = frame["value"].drop_nulls()
    title = f"{figure.name[language]}: {write.number(figure.value, figure.decimals, language)} {figure.unit[language]}"
    grain = panel.grain or figure.period.grain if figure.period else "day"
    under = say("wall.trend", language, last=panel.last, grain=say(f"wall.grain_{grain}", language),
                period=write.period_label(figure.period, language))
    if known.len() < 2:
        return title, under, _nothing(language), figure.simulated
    limit = None if figure.target_uncertain else figure.target
    spec = charts.line(frame, unit=figure.unit[language], decimals=figure.decimals, language=language, limit=limit,
                       limit_label=say("wall.target", language, value=write.number(limit, figure.decimals, language)))
    return title, under, _picture(spec, panel.of, CHART, language), figure.simulated


def _worst_first(found: Any, panel: Panel, screen: Screen) -> pl.DataFrame:
    rows = screen.name(found.frame).drop_nulls("value").sort("value", descending=found.figure.direction != "up")
    return rows.head(panel.count)


def _ranked(panel: Panel, screen: Screen, asked: dict[str, Any]) -> tuple[str, str, str, bool]:
    language, found = screen.language, screen.divide(panel.of, panel.by, **asked)
    figure, rows = found.figure, _worst_first(found, panel, screen)
    unit = figure.unit[language]
    under = f"{figure.name[language]} · {unit} · {write.period_label(figure.period, language)}"
    if rows.is_empty():
        return figure.name[language], under, _nothing(language), figure.simulated
    end = "lowest" if figure.direction == "up" else "highest"
    title = say(f"wall.{end}", language, name=rows["name"][0], unit=unit,
                value=write.number(rows["value"][0], figure.decimals, language))
    spec = charts.bars(rows.select("name", "value", "status"), unit="", decimals=figure.decimals, language=language)
    height = min(CHART[1], 60 + 34 * rows.height)
    return title, under, _picture(spec, panel.of, (CHART[0], height), language), figure.simulated


def _communes(panel: Panel, screen: Screen, asked: dict[str, Any]) -> tuple[str, str, str, bool]:
    language, found = screen.language, screen.divide(panel.of, "place", **asked)
    figure, unit, up = found.figure, found.figure.unit[screen.language], found.figure.direction == "up"
    bound = panel.edges[1 if up else 2]
    past = found.frame.filter(pl.col("value") < bound if up else pl.col("value") >= bound)
    title = say(f"screen.communes_{'below' if up else 'above'}", language, count=past.height, unit=unit,
                bound=write.number(bound, 0, language))
    under = f"{figure.name[language]} · {write.period_label(figure.period, language)}"
    spec = choropleth_spec(found.frame.select("key", "value"), panel.edges, unit, figure.decimals, language)
    words = legend_html(class_labels(panel.edges, unit, 0, language), bool(found.frame["value"].null_count()), language)
    listed = "".join(
        f'<tr><td>{escape(row["name"])}</td><td class="ioc-num ioc-{row["status"] or "none"}">'
        f'{write.number(row["value"], figure.decimals, language)}</td></tr>'
        for row in _worst_first(found, panel, screen).iter_rows(named=True)
    )  # fmt: skip
    head = say("wall.worst", language, unit=unit)
    table = f'<table class="w-list"><thead><tr><th colspan="2">{escape(head)}</th></tr></thead>{listed}</table>'
    drawn = f'<div class="w-beside">{_picture(spec, panel.of, CHOROPLETH, language)}<div>{table}</div></div>{words}'
    return title, under, drawn, figure.simulated


# The map


def _map(scene: MapScene, screen: Screen, _: Operating) -> str:
    language = screen.language
    shown = marks.sea(screen, scene)
    drawn = geography.drawing(geography.GULF_FRAME, shown.marks, shown.over, shown.title)
    corner = f'<div class="w-corner">{geography.country(language)}</div>'
    body = _card("sea", drawn + corner) + _card("counts", shown.counts, shown.head, shown.under, shown.simulated, language)
    return _whole("map", shown.title, escape(shown.line), body)


# Alerts and feeds


def _alerts(_: Scene, screen: Screen, __: Operating) -> str:
    language, found, feeds = screen.language, open_alerts(screen.viewer), supply.feeds()
    untaken = sum(a.acknowledged_at is None for a in found)
    title = say("wall.alerts_title", language, count=len(found), untaken=untaken) if found else say("wall.no_alerts", language)
    late = sorted((f for f in feeds if f.freshness != Freshness.FRESH), key=lambda f: f.until)
    rows = "".join(
        f'<div class="w-alert"><span class="ioc-stale">{labels.mark("stale")}</span><div><p class="w-say"><b>'
        f"{escape(feed.source.name.of(language))}</b></p><p>{say('wall.until', language, until=write.moment(feed.until))}</p>"
        "</div></div>" for feed in late[:MOST_FEEDS]
    ) or f'<p class="w-calm">{say("wall.all_fresh", language)}</p>'  # fmt: skip
    fresh = len(feeds) - len(late)
    side = _card("feeds", rows + feed_marks(feeds, language), say("wall.feeds", language, fresh=fresh, all=len(feeds)))
    listed = _card("listed", "".join(_row(alert, language) for alert in found[:MOST_WIDE]) or _nothing(language))
    return _whole("alerts", title, f"{say('wall.alerts_under', language)} · {say('ui.simulated_legend', language)}",
                  listed + side)


def feed_marks(feeds: Sequence[supply.Feed], language: str) -> str:
    """Return one mark a feed: filled where it keeps its promise, a ring where it is late, crossed where it is dead."""
    cells = "".join(
        f'<i class="w-feed w-{feed.freshness.value}" title="{escape(feed.source.name.of(language))}"></i>' for feed in feeds
    )
    return f'<span class="w-feeds" role="img" aria-label="{say("wall.feeds_label", language)}">{cells}</span>'


# The quiet one, and the loud one


def _meeting(scene: MeetingScene, screen: Screen, operating: Operating) -> str:
    language = screen.language
    days = say("screen.weekdays", language).split("|")
    local = write.local(asking.moment())
    tiles = "".join(_tile(name, screen) for name in scene.figures)
    topic = operating.what or say("wall.meeting", language)
    body = (f'<div class="w-quiet"><div class="w-clock" data-live="clock">{local:%H:%M}</div>'
            f"<p>{days[local.weekday()]}, {local:%d/%m/%Y}</p><h1>{escape(topic)}</h1>"
            f"<p>{escape(' · '.join(filter(None, (operating.place, operating.holder))))}</p></div>"
            f'<div class="w-figures">{tiles}</div>')
    return f'<div class="w-body w-meeting">{body}</div>'


def _emergency(_: Scene, screen: Screen, operating: Operating) -> str:
    language, found = screen.language, emergencies(screen.viewer)
    declared = operating.mode == "emergency"
    if not declared and not found:
        return _whole("emergency", say("wall.no_emergency", language), "", _card("facts", _nothing(language)))
    if declared:
        what, where, holder = operating.what, operating.place, operating.holder or find_office(operating.actor)
        since, simulated, rest = operating.since, False, found
    else:
        first, *rest = found
        what, simulated, since = finding(first, language), first.simulated, first.opened_at
        places = load_registry().places
        where = places[first.place].full_name if first.place in places else _said(first, language)[0]
        holder = holder_of(first, language)
    told = (("where", where), ("since", write.moment(since, language=language)), ("holder", holder))
    facts = "".join(
        f"<dt>{say(f'wall.em_{key}', language)}</dt><dd>{escape(text or write.NOTHING)}</dd>" for key, text in told
    )
    box = labels.simulated(language) if simulated else ""
    hot = geography.drawing(geography.PROVINCE_FRAME, marks.hot(found[:1] if not declared else found, language), label=what)
    body = (_card("facts", f"<dl>{facts}</dl>{box}<div class='w-rest'>{_rows(rest, language, 4) if rest else ''}</div>")
            + _card("hot", hot))
    return _whole("emergency", what, say("wall.emergency", language), body)


SCENES: dict[str, Callable[[Any, Screen, Operating], str]] = {
    "overview": _overview, "domain": _domain, "map": _map, "alerts": _alerts, "meeting": _meeting,
    "emergency": _emergency,
}  # fmt: skip
PANELS: dict[str, Callable[[Panel, Screen, dict[str, Any]], tuple[str, str, str, bool]]] = {
    "trend": _trend, "ranked": _ranked, "communes": _communes,
}  # fmt: skip
