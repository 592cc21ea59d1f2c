"""Alert rules at work: an alert opens, changes severity and resolves on a change of state.

One alert stands for one cause: an indicator and its subject. A feed that is late or dead is one alert of
its own, and holds back those of the indicators that rest on it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from config.locale import say
from config.locale.numbers import number
from config.models import AlertRule, Indicator, Source
from config.portals import load_portals
from config.registry import load_registry
from data_access import alerts as store
from data_access.alerts import Alert
from data_access.database import now, operations_engine, writing
from data_access.figures import source_state
from services.access import Viewer, may, row_places, visible
from services.figure import Freshness
from services.indicators import figure, figures, freshness_of

SILENT = "source_silent"
GRAVITY = {"near": 1, "bad": 2, "critical": 3}


@dataclass(frozen=True)
class Finding:
    """What a rule found now about one subject."""

    rule: AlertRule
    subject: str
    names: dict[str, str]
    place: str
    value: float | None
    figure_id: str


def silence_of(source: Source, at: datetime) -> Freshness | None:
    """Say whether a source is late or dead; None where it keeps its promise, or never delivered."""
    state = source_state(source.id)
    if state is None or source.cycle is None:
        return None
    freshness = freshness_of(source, state.last_time, None, True, at)
    return freshness if freshness in (Freshness.LATE, Freshness.DEAD) else None


def _rows(indicator: Indicator, by: str | None) -> pl.DataFrame:
    if by is None:
        whole = figure(indicator.id)
        return pl.DataFrame(
            {
                "key": [""],
                "name_vi": [indicator.name.vi],
                "name_en": [indicator.name.en],
                "value": [whole.value],
                "numerator": [whole.numerator],
                "denominator": [whole.denominator],
                "id": [whole.id],
            },
            schema_overrides={"value": pl.Float64, "numerator": pl.Float64, "denominator": pl.Float64},
        )
    return figures(indicator.id, by=by).frame


def _place_of(by: str | None, key: str) -> str:
    registry = load_registry()
    if by == "place":
        return key
    if by == "agency" and key in registry.agencies:
        return registry.agencies[key].place
    if by == "station" and key in registry.stations:
        return registry.stations[key].place
    if by == "portal" and key in load_portals():
        return load_portals()[key].place
    return ""


def _findings(indicator: Indicator) -> tuple[dict[str, Finding], set[tuple[str, str]]]:
    """Return, by subject, the gravest rule of an indicator whose condition holds now; and what stays as it was.

    The latter are the (rule, subject) of which nothing is known now, where the rule keeps its alert then.
    """
    found: dict[str, Finding] = {}
    kept: set[tuple[str, str]] = set()
    rules = [rule for rule in indicator.alerts if rule.enabled]
    asked = {by: _rows(indicator, by) for by in {rule.by for rule in rules}}
    for rule in rules:
        if rule.no_data == "keep":
            kept |= {(rule.id, key) for key in asked[rule.by].filter(pl.col("value").is_null())["key"]}
        hit = asked[rule.by].filter(pl.sql_expr(rule.when).fill_null(rule.no_data == "alert"))
        if rule.by == "station":
            hit = hit.filter(pl.col("key").is_in(list(load_registry().stations)))
        for row in hit.iter_rows(named=True):
            finding = Finding(
                rule,
                row["key"],
                {"vi": row["name_vi"], "en": row["name_en"]},
                _place_of(rule.by, row["key"]),
                row["value"],
                row["id"],
            )
            before = found.get(row["key"])
            if before is None or GRAVITY[rule.severity] > GRAVITY[before.rule.severity]:
                found[row["key"]] = finding
    return found, kept


def _words(indicator: Indicator, finding: Finding, language: str) -> str:
    shown = number(finding.value, indicator.decimals, language)
    return finding.rule.text.of(language).format(
        name=finding.names[language], value=shown, unit=indicator.unit.of(language)
    )


def _settle(indicator: Indicator, domain: str, simulated: bool, at: datetime) -> int:
    """Bring the open alerts of an indicator to what is found now; return how many changed."""
    found, kept = _findings(indicator)
    changed = 0
    with writing(operations_engine()) as connection:
        standing = {a.subject: a for a in store.open_alerts() if a.indicator == indicator.id}
        waiting: set[str] = set()
        for subject, finding in found.items():
            cause = f"{indicator.id}|{subject}"
            severity = finding.rule.severity
            words = {
                "text_vi": _words(indicator, finding, "vi"),
                "text_en": _words(indicator, finding, "en"),
                "value": finding.value,
                "figure": finding.figure_id,
            }
            alert = standing.get(subject)
            if alert is None:
                if finding.rule.hold and at - store.pending_since(connection, cause, at) < finding.rule.hold:
                    waiting.add(cause)
                    continue
                store.open_alert(
                    connection,
                    at,
                    cause=cause,
                    domain=domain,
                    indicator=indicator.id,
                    rule=finding.rule.id,
                    subject=subject,
                    subject_vi=finding.names["vi"],
                    subject_en=finding.names["en"],
                    place=finding.place,
                    severity=severity,
                    visibility=indicator.visibility,
                    simulated=simulated,
                    **words,
                )
                changed += 1
            elif alert.severity != severity:
                store.change_alert(connection, alert.id, at, severity=severity, rule=finding.rule.id, **words)
                changed += 1
            elif (alert.value, alert.rule) != (finding.value, finding.rule.id):
                store.renew_alert(connection, alert.id, rule=finding.rule.id, **words)
        for subject, alert in standing.items():
            if subject not in found and (alert.rule, subject) not in kept:
                store.resolve_alert(connection, alert.id, at, None)
                changed += 1
        store.forget_pending(connection, waiting, {indicator.id})
    return changed


def _evaluate_indicator(indicator: Indicator, at: datetime) -> int:
    registry = load_registry()
    domain = registry.domain_of(indicator.id)
    source = registry.sources[indicator.source]
    if source_state(source.id) is None or silence_of(source, at) is not None:
        return 0
    return _settle(indicator, domain.id, source.simulated, at)


def _evaluate_source(source: Source, at: datetime) -> int:
    """Open or resolve the one alert of a feed that is late or dead."""
    silence = silence_of(source, at)
    cause = f"source:{source.id}|"
    with writing(operations_engine()) as connection:
        alert = next((a for a in store.open_alerts() if a.cause == cause), None)
        if silence is None:
            if alert is None:
                return 0
            store.resolve_alert(connection, alert.id, at, None)
            return 1
        severity = "bad" if silence is Freshness.DEAD else "near"
        state = source_state(source.id)
        hours = (at - state.last_time).total_seconds() / 3600
        unit, shown = ("hours", number(hours, 1)) if hours < 48 else ("days", number(hours / 24))
        words = {f"text_{lang}": say(f"alerts.source_silent_{unit}", lang, gap=shown) for lang in ("vi", "en")}
        if alert is None:
            store.open_alert(
                connection,
                at,
                cause=cause,
                domain=source.domain,
                indicator="",
                rule=SILENT,
                subject=source.id,
                subject_vi=source.name.vi,
                subject_en=source.name.en,
                severity=severity,
                simulated=source.simulated,
                value=hours,
                **words,
            )
            return 1
        if alert.severity != severity:
            store.change_alert(connection, alert.id, at, severity=severity, value=hours, **words)
            return 1
        store.renew_alert(connection, alert.id, value=hours, **words)
        return 0


def _is_declared(alert: Alert) -> bool:
    """Say whether the source, or the indicator with a rule at work and the station, of an alert is still declared."""
    registry = load_registry()
    if alert.rule == SILENT:
        return alert.subject in registry.sources
    if alert.indicator not in registry.indicators:
        return False
    rules = [rule for rule in registry.indicators[alert.indicator].alerts if rule.enabled]
    by = {rule.by for rule in rules if rule.id == alert.rule} or {rule.by for rule in rules}
    return bool(by) and (by != {"station"} or alert.subject in registry.stations)


def _resolve_undeclared(at: datetime) -> int:
    """Resolve the open alerts that nothing would evaluate any more; return how many."""
    left = [a for a in store.open_alerts() if not _is_declared(a)]
    if left:
        with writing(operations_engine()) as connection:
            for alert in left:
                store.resolve_alert(connection, alert.id, at, None)
    return len(left)


def evaluate(at: datetime | None = None) -> int:
    """Evaluate every rule; return how many alerts opened, changed or resolved."""
    moment = at or now()
    registry = load_registry()
    changed = _resolve_undeclared(moment)
    changed += sum(_evaluate_source(s, moment) for s in registry.sources.values())
    return changed + sum(_evaluate_indicator(i, moment) for i in registry.indicators.values() if i.alerts)


def _is_seen(alert: Alert, viewer: Viewer, places: frozenset[str] | None) -> bool:
    if alert.domain not in load_registry().domains or not visible(viewer, alert.visibility):
        return False
    within = viewer.domains is None or alert.domain in viewer.domains or alert.subject == viewer.agency
    return within and (alert.visibility != "restricted" or places is None or alert.place in places)


def is_bound(viewer: Viewer) -> bool:
    """Say whether a viewer answers for a part of the province only: its places or its fields."""
    return row_places(viewer) is not None or viewer.domains is not None


def concerns(alert: Alert, viewer: Viewer) -> bool:
    """Say whether an alert is the viewer's own: about its agency, its places or, where it is bound to none, its fields.

    Whoever answers for the whole province is concerned by every alert.
    """
    if not is_bound(viewer) or (viewer.agency is not None and alert.subject == viewer.agency):
        return True
    if (places := row_places(viewer)) is not None:
        return alert.place in places
    return viewer.domains is not None and alert.domain in viewer.domains


def open_alerts(viewer: Viewer, domain: str | None = None) -> list[Alert]:
    """Return the open alerts that a viewer may see: its own first, among these the gravest."""
    places = row_places(viewer)
    found = [a for a in store.open_alerts(domain) if _is_seen(a, viewer, places)]
    return sorted(found, key=lambda a: not concerns(a, viewer))


def own_alerts(viewer: Viewer, domain: str | None = None) -> list[Alert]:
    """Return the open alerts that concern a viewer, gravest first."""
    return [a for a in open_alerts(viewer, domain) if concerns(a, viewer)]


def by_kind(found: Iterable[Alert]) -> list[list[Alert]]:
    """Return alerts of one indicator together (silent sources are one kind), the kinds in order of their first."""
    kinds: dict[str, list[Alert]] = {}
    for alert in found:
        kinds.setdefault(alert.indicator or alert.rule, []).append(alert)
    return list(kinds.values())


def past_alerts(viewer: Viewer, limit: int = 200) -> list[Alert]:
    """Return the resolved alerts that a viewer may see, newest first."""
    places = row_places(viewer)
    return [a for a in store.past_alerts(limit) if _is_seen(a, viewer, places)]


def badges(viewer: Viewer) -> dict[str, tuple[str, int]]:
    """Return, by page, the gravest severity of the viewer's own open alerts and how many there are."""
    found: dict[str, tuple[str, int]] = {}
    everything = own_alerts(viewer)
    for alert in everything:
        severity = "stale" if alert.rule == SILENT else alert.severity
        first, count = found.get(alert.domain, (severity, 0))
        found[alert.domain] = (first if GRAVITY.get(first, 0) >= GRAVITY.get(severity, 0) else severity, count + 1)
    return found | ({"alerts": ("", len(everything))} if everything else {})


def may_acknowledge(alert: Alert, viewer: Viewer) -> bool:
    """Say whether a viewer may take an alert: by right, and its own only."""
    return may(viewer, "acknowledge").allowed and concerns(alert, viewer)


def acknowledge(alert_id: int, viewer: Viewer) -> bool:
    """Record that a viewer has taken an alert; False where it is another's, or was taken or ended before."""
    mine = (a.id for a in own_alerts(viewer) if may_acknowledge(a, viewer))
    return alert_id in mine and store.acknowledge(alert_id, viewer.user, now())
