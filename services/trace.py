"""From a figure to the batches, files and rows it was made of."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import polars as pl

from config.locale import say
from config.models import (
    ExpectedOf,
    FormulaOf,
    MeasureOf,
    PercentileOf,
    RatioOf,
    SnapshotOf,
    StockOf,
    ValueOf,
)
from config.registry import load_registry
from data_access import lineage
from data_access.database import now
from data_access.facts import rollup_time
from data_access.lineage import Part
from services.access import SYSTEM, Viewer
from services.answers import Split, answer, filters, rollup_for, snapshot
from services.figure import Figure, Period
from services.indicators import NotEntitled, answer_figure, as_first_asked
from services.question import Question, from_identity
from services.rows import sees_single


@dataclass(frozen=True)
class Trace:
    """Where a figure comes from: itself, the batches with how many rows each gave, and rows."""

    figure: Figure
    batches: list[dict[str, Any]]
    rows: list[dict[str, Any]]


def _measured(question: Question, origin: MeasureOf, period: Period) -> list[Part]:
    fact = load_registry().facts[origin.fact]
    where = filters(question, fact)
    names = [n for n in (origin.measure, origin.per) if n]
    rollup = rollup_for(fact, names, list(where), period.grain)
    measure = rollup.measures[origin.per or origin.measure]
    condition = (
        measure.expression if measure.kind == "count" and measure.expression != "all" else measure.where
    )
    both = " and ".join(f"({c})" for c in (rollup.where, condition) if c)
    return [
        Part(fact, rollup_time(fact, rollup), period.start, period.end, where, question.as_of, both or None)
    ]


def _deciding(question: Question, origin: ValueOf, period: Period) -> Question:
    """Narrow a question about the worst (or best) of many to the entity that decides it."""
    entity = (origin.entity or [""])[0]
    if origin.across not in ("max", "min") or not entity or entity in question.filters:
        return question
    frame = answer(question, Split((entity,), (period,), False)).drop_nulls("value")
    if frame.is_empty():
        return question
    best = frame.sort("value", descending=origin.across == "max").row(0, named=True)[entity]
    return replace(question, where=tuple(sorted({**question.filters, entity: best}.items())))


def _valued(question: Question, origin: ValueOf, period: Period) -> list[Part]:
    registry = load_registry()
    question = _deciding(question, origin, period)
    if origin.table in registry.facts:
        fact = registry.facts[origin.table]
        return [Part(fact, fact.time, period.start, period.end, filters(question, fact), question.as_of)]
    fact, rollup = registry.rollup(origin.table)
    start = period.start - (rollup.lookback if rollup.method else timedelta())
    return [Part(fact, fact.time, start, period.end, filters(question, fact), question.as_of)]


def parts_of(question: Question, period: Period) -> list[Part]:
    """Return the parts of facts that the answer to a question rests on."""
    registry = load_registry()
    origin = question.indicator.origin
    match origin:
        case MeasureOf():
            return _measured(question, origin, period)
        case ValueOf():
            return _valued(question, origin, period)
        case RatioOf(numerator=a, denominator=b):
            return [*parts_of(question.about(b), period), *parts_of(question.about(a), period)]
        case FormulaOf(of=of):
            return [part for name in of for part in parts_of(question.about(name), period)]
        case StockOf():
            fact = registry.facts[origin.fact]
            at = min(period.end, question.as_of or now())
            return [
                Part(
                    fact,
                    origin.enter,
                    None,
                    at,
                    filters(question, fact),
                    question.as_of,
                    origin.condition,
                    origin.leave,
                )
            ]
        case PercentileOf(fact=name, measure=measure, bins=bins):
            fact = registry.facts[name]
            where = filters(question, fact)
            rollup = rollup_for(fact, [measure], [bins, *where], period.grain)
            return [
                Part(fact, rollup_time(fact, rollup), period.start, period.end, where, question.as_of, rollup.where)
            ]
        case ExpectedOf():
            return []
        case SnapshotOf():
            fact = registry.facts[origin.fact]
            at = min(period.end, question.as_of or now())
            states = snapshot(question, origin, at)
            told = origin.count or origin.rests_on
            hit = states.filter(pl.sql_expr(told).fill_null(False)) if told else states
            keys = hit.select(k for k in fact.key if k in hit.columns).head(300 if fact.key[1:] else 5_000).to_dicts()
            return [Part(fact, fact.time, None, None, {}, question.as_of, keys=keys)]


def _together(found: list[list[dict[str, Any]]]) -> list[dict[str, Any]]:
    by_batch: dict[int, dict[str, Any]] = {}
    for batch in (b for batches in found for b in batches):
        before = by_batch.get(batch["batch"])
        if before is None or batch["rows"] > before["rows"]:
            by_batch[batch["batch"]] = batch
    return sorted(by_batch.values(), key=lambda b: (-b["rows"], -b["batch"]))


def trace(figure_id: str, viewer: Viewer = SYSTEM, limit: int = 100) -> Trace:
    """Trace a figure by its id; raise QuestionError for an unknown id, NotEntitled where it may not be seen."""
    question = as_first_asked(from_identity(figure_id, viewer))
    figure = answer_figure(question)
    assert figure.period
    if figure.hidden:
        raise NotEntitled(say("access.small_cell"))
    parts = parts_of(question, figure.period)
    shown = [part for part in parts if sees_single(viewer, part.fact.id)]
    rows = [row for part in shown for row in lineage.rows_behind(part, limit)]
    return Trace(figure, _together([lineage.batches_behind(p) for p in parts]), rows[:limit])
