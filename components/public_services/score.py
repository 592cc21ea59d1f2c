"""Decision 766 explained: points reached and lost by group, each metric published beside recomputed."""

from collections.abc import Sequence
from html import escape

import polars as pl
import streamlit as st

from components import attention, labels, page, tables
from components import format as write
from components.public_services.terms import WHOLE, column, day_of, own, text
from components.screen import Screen
from components.states import empty
from config.locale import say
from services.figure import Figure
from services.indicators import Breakdown
from services.methods.public_services import OUR_DEPARTMENT
from services.methods.score_766 import NO_INPUTS
from services.score_explained import GroupExplained, MetricExplained, explain


def _score(screen: Screen) -> tuple[list[GroupExplained], Breakdown]:
    def part(indicator: str, name: str) -> Breakdown:
        return screen.divide(indicator, "metric", where={"department": OUR_DEPARTMENT, "part": name}, **WHOLE)

    items = part("dvc_766_item_score", "metric")
    groups, counters = (part("dvc_766_item_score", name).frame for name in ("group", "counter"))
    return explain(groups, items.frame, counters, part("dvc_766_flagged", "metric").frame), items


def _gap(metrics: Sequence[MetricExplained]) -> float:
    return max((abs(m.difference) for m in metrics if m.difference is not None), default=0.0)


def lost_points(screen: Screen) -> None:
    """Draw the six groups of Decision 766, the one that loses most first, and what could be recomputed."""
    groups, found = _score(screen)
    if all(g.published is None for g in groups):
        with screen.card("parts"):
            empty(text(screen, "parts_empty"), language=screen.language, title=text(screen, "parts_empty_title"))
        return
    lang, worst = screen.language, groups[0]
    title = text(screen, "parts_title", group=worst.group.name(lang), lost=write.number(worst.lost, 2, lang))
    rows = [{"name": g.group.name(lang), "score": g.published, "max": g.group.maximum} for g in groups]
    with screen.card("parts", title, text(screen, "parts_sub"), found.figure.simulated):
        attention.parts(pl.DataFrame(rows, schema={"name": pl.String, "score": pl.Float64, "max": pl.Float64}),
                        language=lang)
        _recomputed(screen, groups, found.figure)


def _recomputed(screen: Screen, groups: Sequence[GroupExplained], figure: Figure) -> None:
    known = [[m.recomputed is not None for m in g.metrics] for g in groups]
    full = sum(all(marks) for marks in known)
    part = sum(any(marks) and not all(marks) for marks in known)
    gap = _gap([m for g in groups for m in g.metrics])
    line = text(screen, "recomputed_line", full=full, all=len(groups), part=part,
                 gap=write.number(gap, 3, screen.language))
    status = labels.shown_status(figure)
    late = status == "stale"
    day = escape(text(screen, "published_late" if late else "published_on", day=day_of(figure)))
    mark = f'<span class="ioc-stale">{labels.mark("stale")}{day}</span>' if late else day
    st.html(f'<div class="ioc-note">{escape(line)}<br>{mark}</div>')


SHORTER = {NO_INPUTS: "public_services_page.note_no_inputs"}


def _note(metric: MetricExplained, language: str) -> str:
    if metric.bounds and metric.recomputed is None:
        low, high = (write.number(b, 2, language) for b in metric.bounds)
        return say("public_services_page.note_between", language, low=low, high=high)
    if metric.reason:
        return say(SHORTER.get(metric.reason, metric.reason), language)
    return say("public_services.score_flag", language) if metric.is_flagged else ""


def metrics(screen: Screen) -> None:
    """Draw each metric published beside recomputed, with the difference and why one is missing."""
    groups, found = _score(screen)
    lang = screen.language
    listed = sorted((m for g in groups for m in g.metrics), key=lambda m: m.metric.number)
    known = [m for m in listed if m.difference is not None]
    if not known:
        return
    rows = [{
        "metric": f"{m.metric.number} {m.metric.name(lang)}", "maximum": m.metric.maximum,
        "published": m.published, "recomputed": m.recomputed, "difference": m.difference, "lost": m.lost,
        "numerator": m.numerator, "denominator": m.denominator, "rule": m.metric.rule, "note": _note(m, lang),
    } for m in listed]
    columns = [
        own("metric", width=292),
        *(column(n, f"public_services.score_{n}", "number", d, w) for n, d, w in (
            ("maximum", 0, 50), ("published", 2, 62), ("recomputed", 2, 58), ("difference", 3, 78), ("lost", 2, 70))),
        own("numerator", "number", width=68), own("denominator", "number", width=68), own("note", width=190),
        column("rule", "public_services.score_rule", width=168),
    ]
    title = text(screen, "metrics_title", count=len(known), gap=write.number(_gap(known), 3, lang),
                  without=len(listed) - len(known))
    frame = pl.DataFrame(rows, infer_schema_length=None)
    with screen.card("metrics", title, text(screen, "metrics_sub", day=day_of(found.figure))):
        tables.table(frame, columns, key="table_metrics", height="content", language=lang)
        page.note(say("public_services.score_official", lang))
        tables.export_buttons(frame, columns, found.figure, f"{screen.id}_metrics", lang)
