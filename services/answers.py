"""Answers a question for each origin of an indicator: frames of values by the dimensions asked for.

Every answer has the columns `by…`, `start` (of the period, when split by time), `value`, `numerator`,
`denominator`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from config.models import (
    ExpectedOf,
    Fact,
    FormulaOf,
    Indicator,
    MeasureOf,
    PercentileOf,
    RatioOf,
    Rollup,
    SnapshotOf,
    StockOf,
    ValueOf,
)
from config.registry import PROVINCE, load_registry
from config.settings import settings
from data_access import figures
from data_access.database import LOCAL, now
from data_access.figures import Slice
from data_access.frames import INSTANT
from services.expected import expected_values
from services.figure import Period
from services.methods.catalogue import METHODS, READS, SNAPSHOTS
from services.methods.percentiles import percentile_of
from services.periods import GRAINS, REPORT, fits, floor, is_report, step
from services.question import Question, QuestionError

VALUES = ("value", "numerator", "denominator")
EVERY = {"hour": "1h", "day": "1d", "week": "1w", "month": "1mo", "quarter": "1q", "year": "1y"}


@dataclass(frozen=True)
class Split:
    """How an answer is divided: by dimensions, and by time over `periods`."""

    by: tuple[str, ...]
    periods: tuple[Period, ...]
    by_time: bool

    @property
    def start(self) -> datetime:
        """Return where the first period starts."""
        return self.periods[0].start

    @property
    def end(self) -> datetime:
        """Return where the last period ends."""
        return self.periods[-1].end

    @property
    def grain(self) -> str:
        """Return the grain of the periods."""
        return self.periods[-1].grain


def counts_rows(indicator: Indicator) -> bool:
    """Say whether an indicator counts rows, so that no row means zero."""
    match indicator.origin:
        case StockOf():
            return True
        case SnapshotOf(count=count):
            return count is not None
        case MeasureOf(per=per):
            return per is None
        case ValueOf(counts=counts):
            return counts
    return False


def leading(question: Question, origin: RatioOf) -> Question:
    """Return the question about the part of a ratio that tells its time: the denominator, unless that is a plan."""
    below = question.about(origin.denominator)
    return question.about(origin.numerator) if getattr(below.indicator.origin, "within", None) else below


def table_of(question: Question) -> tuple[Fact, str]:
    """Return the fact and the table (of the fact or a rollup) that an indicator's time is told by."""
    registry = load_registry()
    origin = question.indicator.origin
    grain = question.grain or question.indicator.grain
    match origin:
        case MeasureOf(fact=fact_id, measure=measure, per=per):
            fact = registry.facts[fact_id]
            return fact, rollup_for(
                fact, [m for m in (measure, per) if m], list(filters(question, fact)), grain
            ).id
        case ValueOf(table=table):
            return (registry.facts[table], table) if table in registry.facts else (registry.rollup(table)[0], table)
        case StockOf(fact=fact_id) | SnapshotOf(fact=fact_id):
            return registry.facts[fact_id], fact_id
        case PercentileOf(fact=fact_id, measure=measure, bins=bins):
            fact = registry.facts[fact_id]
            return fact, rollup_for(fact, [measure], [bins, *filters(question, fact)], grain).id
        case ExpectedOf(expected=fact_id):
            fact = registry.facts[fact_id]
            return fact, rollup_for(fact, [], list(filters(question, fact)), grain).id
        case RatioOf():
            return table_of(leading(question, origin))
        case FormulaOf(of=parts):
            return table_of(question.about(parts[0]))


def filters(question: Question, fact: Fact, by: Sequence[str] = ()) -> dict[str, str]:
    """Return the conditions of a question on a fact: declared ones, overridden by those asked for.

    Whoever names an entity (a station, a vessel) gets it, inside the province or not.
    """
    origin = question.indicator.origin
    declared = dict(getattr(origin, "where", {}))
    asked = question.filters
    found = {} if fact.entity in asked else dict(fact.default_where)
    found |= {k: v for k, v in declared.items() if k not in by} | asked
    if question.place != PROVINCE:
        found["place"] = question.place
    if question.agency:
        found["agency"] = question.agency
    unknown = set(found) - set(fact.columns)
    if unknown and not isinstance(origin, SnapshotOf):
        raise QuestionError(_not_by(question, sorted(unknown)[0], fact))
    return found


def _not_by(question: Question, dimension: str, fact: Fact) -> str:
    possible = sorted({d for r in fact.rollups for d in r.by} | set(fact.key) - {fact.time})
    can = ", ".join([*possible, "time"])
    return f"Chỉ tiêu {question.indicator.id} không chia theo “{dimension}”. Có thể chia theo: {can}."


def rollup_for(fact: Fact, names: Sequence[str], dims: Sequence[str], grain: str | None) -> Rollup:
    """Return the rollup that answers; raise QuestionError naming the dimensions there are."""
    inner = [g for g in ("hour", "day", "month") if grain is None or fits(g, grain)]
    found = figures.choose_rollup(fact, names, list(dims), inner)
    if found is None:
        offered = sorted({d for r in fact.rollups if set(names) <= set(r.measures) for d in r.by})
        raise QuestionError(
            f"Bảng {fact.id} không chia được theo {', '.join(dims)} với kỳ {grain}. Có: {', '.join(offered)}."
        )
    return found


def truncated(column: pl.Expr, grain: str) -> pl.Expr:
    """Return the start (UTC) of the local period that holds an instant."""
    shift = LOCAL.utcoffset(None)
    local = column.dt.replace_time_zone(None) + shift
    if is_report(grain):
        named = pl.when(local.dt.day() >= 15).then(local.dt.offset_by("1mo")).otherwise(local)
        first = named.dt.truncate(EVERY[grain.removeprefix(REPORT)]).dt.offset_by("-1mo")
        return (first.dt.offset_by("14d") - shift).dt.replace_time_zone("UTC")
    return (local.dt.truncate(EVERY[grain]) - shift).dt.replace_time_zone("UTC")


COMBINE = {
    "sum": lambda c: c.sum(),
    "mean": lambda c: c.mean(),
    "max": lambda c: c.max(),
    "min": lambda c: c.min(),
    "last": lambda c: c.sort_by("period").last(),
}


def _shape(frame: pl.DataFrame, split: Split) -> pl.DataFrame:
    for name in ("numerator", "denominator"):
        if name not in frame.columns:
            frame = frame.with_columns(pl.lit(None, pl.Float64).alias(name))
    if not split.by_time and "start" in frame.columns:
        frame = frame.drop("start")
    beside = [name for name in ("preliminary",) if name in frame.columns]
    return frame.select(*split.by, *(["start"] if split.by_time else []), *VALUES, *beside)


def measure_kinds(question: Question, origin: MeasureOf) -> set[str]:
    """Return how the measures of an indicator combine: `count`, `sum`, `min`, `max`."""
    fact = load_registry().facts[origin.fact]
    names = {n for n in (origin.measure, origin.per) if n}
    return {r.measures[n].kind for r in fact.rollups for n in names & set(r.measures)}


def measure_answer(question: Question, origin: MeasureOf, split: Split) -> pl.DataFrame:
    """Answer from the measures of a rollup: summed, and divided after where `per` says so."""
    fact = load_registry().facts[origin.fact]
    where = filters(question, fact, split.by)
    names = [n for n in (origin.measure, origin.per) if n]
    rollup = rollup_for(fact, names, [*where, *split.by], split.grain)
    frame = figures.measures(
        fact, rollup, names, Slice(split.start, split.end, where, split.by, split.by_time, question.as_of)
    )
    if split.by_time:
        kinds = {n: rollup.measures[n].kind for n in names}
        frame = (
            frame.with_columns(start=truncated(pl.col("period"), split.grain))
            .group_by(*split.by, "start")
            .agg(
                {
                    "count": pl.col(n).sum(),
                    "sum": pl.col(n).sum(),
                    "min": pl.col(n).min(),
                    "max": pl.col(n).max(),
                }[kinds[n]]
                for n in names
            )
        )
    if origin.per is None:
        return _shape(frame.with_columns(value=pl.col(origin.measure) * origin.scale), split)
    top, bottom = pl.col(origin.measure), pl.col(origin.per)
    return _shape(
        frame.with_columns(
            value=pl.when(bottom > 0).then(top / bottom * origin.scale), numerator=top, denominator=bottom
        ),
        split,
    )


def _reach(split: Split, within: str | None) -> tuple[datetime, datetime]:
    """Return the interval to read: the split's, widened to the whole years (quarters, months) that hold it."""
    if within is None:
        return split.start, split.end
    last = floor(split.end - timedelta(microseconds=1), within)
    return floor(split.start, within), step(last, within)


def _placed(frame: pl.DataFrame, split: Split, within: str | None) -> pl.DataFrame:
    """Give each row the `start` of its period of the split; within a longer one, of every period that it holds."""
    if within is None:
        return frame.with_columns(truncated(pl.col("period"), split.grain).alias("start"))
    starts = pl.DataFrame({"start": [p.start for p in split.periods]}, schema={"start": INSTANT})
    starts = starts.with_columns(truncated(pl.col("start"), within).alias("held"))
    return frame.with_columns(truncated(pl.col("period"), within).alias("held")).join(starts, on="held").drop("held")


def percentile_answer(question: Question, origin: PercentileOf, split: Split) -> pl.DataFrame:
    """Answer a percentile from the histogram of a rollup: `denominator` tells of how many rows."""
    fact = load_registry().facts[origin.fact]
    where = filters(question, fact, split.by)
    rollup = rollup_for(fact, [origin.measure], [*where, *split.by, origin.bins], split.grain)
    by = (*split.by, origin.bins)
    frame = figures.measures(
        fact, rollup, [origin.measure], Slice(split.start, split.end, where, by, split.by_time, question.as_of)
    )
    keys = [*split.by, *(["start"] if split.by_time else [])]
    if split.by_time:
        frame = frame.with_columns(start=truncated(pl.col("period"), split.grain))
    counts = frame.group_by(*keys, origin.bins).agg(pl.col(origin.measure).sum().alias("count"))
    found = percentile_of(counts.rename({origin.bins: "bin"}), keys, origin.percentile)
    return _shape(found.rename({"count": "denominator"}), split)


def value_answer(question: Question, origin: ValueOf, split: Split) -> pl.DataFrame:
    """Answer from stored values: combined over time per entity, then across entities."""
    fact, _ = table_of(question)
    where = filters(question, fact, split.by)
    entity = origin.entity or ([fact.entity] if fact.entity else [])
    group = list(dict.fromkeys([*split.by, *entity]))
    inputs = {
        name: column
        for name in ("numerator", "denominator")
        if (column := getattr(origin, name)) and column != origin.column
    }
    marks = [name for name in dict.fromkeys((origin.newest, origin.status)) if name and name not in group]
    start, end = _reach(split, origin.within)
    frame = figures.values(
        origin.table,
        [*group, origin.column, *inputs.values(), *marks],
        Slice(start, end, where, as_of=question.as_of),
        METHODS,
        many=len(split.periods) > 1,
    )
    frame = frame.rename({origin.column: "value", **{column: name for name, column in inputs.items()}})
    given = pl.any_horizontal(pl.col("value", *inputs).is_not_null())
    frame = frame.filter(given).with_columns(pl.col("value", *inputs).cast(pl.Float64))
    if origin.newest:
        frame = frame.sort(origin.newest).unique([*group, "period"], keep="last", maintain_order=True)
    keys = ["start"] if split.by_time else []
    if split.by_time:
        frame = _placed(frame, split, origin.within)
    told = [
        (pl.col(name) == "preliminary").sort_by("period").last().alias("preliminary")
        for name in (origin.status,)
        if name
    ]
    per_entity = frame.group_by(*group, *keys).agg(
        COMBINE[origin.time](pl.col("value")),
        *(pl.col(name).sort_by("period").last() for name in inputs),
        *told,
        pl.col("period").max(),
    )
    across = [
        pl.when(pl.col("value").is_not_null().any()).then(COMBINE[origin.across](pl.col("value"))),
        *(pl.when(pl.len() == 1).then(pl.col(name).first()) for name in inputs),
        *[pl.col("preliminary").any()] * bool(origin.status),
    ]
    if split.by or keys:
        return _shape(per_entity.group_by(*split.by, *keys).agg(across), split)
    if per_entity.is_empty():
        return _shape(pl.DataFrame({"value": [None]}, schema={"value": pl.Float64}), split)
    return _shape(per_entity.select(across), split)


def _joined(parts: dict[str, pl.DataFrame], split: Split) -> pl.DataFrame:
    keys = [*split.by, *(["start"] if split.by_time else [])]
    frames = [f.select(*keys, pl.col("value").alias(name)) for name, f in parts.items()]
    joined = frames[0]
    for other in frames[1:]:
        joined = joined.join(other, on=keys, how="full", coalesce=True) if keys else joined.hstack(other)
    return joined


def ratio_answer(question: Question, origin: RatioOf, split: Split) -> pl.DataFrame:
    """Answer one indicator over another: summed first, divided after."""
    joined = _joined(
        {
            n: answer(question.about(i), split)
            for n, i in (("numerator", origin.numerator), ("denominator", origin.denominator))
        },
        split,
    )
    expected = isinstance(question.about(origin.denominator).indicator.origin, ExpectedOf)
    if expected or counts_rows(question.about(origin.numerator).indicator):
        told = pl.col("denominator").is_not_null()
        joined = joined.with_columns(numerator=pl.when(told).then(pl.col("numerator").fill_null(0)))
    top, bottom = pl.col("numerator"), pl.col("denominator")
    return _shape(joined.with_columns(value=pl.when(bottom > 0).then(top / bottom * origin.scale)), split)


def formula_answer(question: Question, origin: FormulaOf, split: Split) -> pl.DataFrame:
    """Answer an expression over other indicators of the same question."""
    joined = _joined({name: answer(question.about(name), split) for name in origin.of}, split)
    return _shape(joined.with_columns(value=pl.sql_expr(origin.formula).cast(pl.Float64)), split)


def expected_answer(question: Question, origin: ExpectedOf, split: Split) -> pl.DataFrame:
    """Answer how many values the stations in service promise for each period."""
    where = filters(question, load_registry().facts[origin.expected], split.by)
    frame = expected_values(where, split.by, split.periods, question.as_of or now())
    if not split.by_time and not split.by:
        frame = frame.select(pl.col("value").sum())
    return _shape(frame, split)


def _moments(split: Split, current: datetime) -> list[tuple[Period, datetime]]:
    """Return each period with the moment its state is asked at: its end, or `current` if it has not ended."""
    return [(p, min(p.end, current)) for p in split.periods if p.start <= current]


def _by_moment(split: Split, question: Question, count: object) -> pl.DataFrame:
    frames, moments = [], _moments(split, question.as_of or now())
    for period, moment in moments if split.by_time else moments[-1:]:
        frame: pl.DataFrame = count(moment)  # type: ignore[operator]
        frames.append(frame.with_columns(pl.lit(period.start).cast(pl.Datetime("us", "UTC")).alias("start")))
    empty = pl.DataFrame(
        schema={**dict.fromkeys(split.by, pl.String), "value": pl.Float64, "start": pl.Datetime("us", "UTC")}
    )
    return _shape(pl.concat([empty, *(f.select(empty.columns) for f in frames)]), split)


def stock_answer(question: Question, origin: StockOf, split: Split) -> pl.DataFrame:
    """Answer how many rows are open at the end of each period."""
    fact = load_registry().facts[origin.fact]
    part = Slice(None, None, filters(question, fact, split.by), split.by, as_of=question.as_of)
    return _by_moment(
        split,
        question,
        lambda at: figures.open_rows(fact, origin.enter, origin.leave, origin.condition, at, part),
    )


def _beside(question: Question, origin: SnapshotOf) -> list[pl.DataFrame]:
    """Return the rows of the facts that a snapshot's method needs beside its own, as they were believed."""
    part, facts = Slice(None, None, as_of=question.as_of), load_registry().facts
    return [figures.values(name, list(facts[name].columns), part, METHODS, many=True) for name in origin.beside]


MOST_REMEMBERED = 48
_remembered: dict[tuple[object, ...], pl.DataFrame] = {}


def _once(key: tuple[object, ...], compute: Callable[[], pl.DataFrame]) -> pl.DataFrame:
    """Return what was computed for a key, computing it the first time; the oldest is forgotten first."""
    found = _remembered.get(key)
    if found is None:
        while len(_remembered) >= MOST_REMEMBERED:
            _remembered.pop(next(iter(_remembered)), None)
        found = _remembered[key] = compute()
    return found


def _all_states(question: Question, origin: SnapshotOf, at: datetime, own: Mapping[str, str]) -> pl.DataFrame:
    """Return the state of every entity at a moment; remembered until a fact or (for now) the minute changes.

    Many indicators count the same states, so that they are computed once for all of them.
    """
    fact = load_registry().facts[origin.fact]
    live = at >= now() - timedelta(minutes=1) and question.as_of is None

    def compute() -> pl.DataFrame:
        if origin.open:
            span, columns = (origin.open.enter, origin.open.leave), READS.get(origin.method, ())
            rows = figures.rows_open(fact, *span, at, own, question.as_of, columns)
        else:
            rows = figures.last_rows(fact, at, own, question.as_of, live)
        return SNAPSHOTS[origin.method](rows, at, *_beside(question, origin))

    if question.as_of is not None:
        return compute()
    versions = tuple(figures.version_of(name) for name in (origin.fact, *origin.beside))
    minute = at.replace(second=0, microsecond=0) if live else at
    opened = (origin.open.enter, origin.open.leave) if origin.open else None
    key = (settings().facts_url, origin.fact, origin.method, opened, tuple(sorted(own.items())), minute, live, versions)
    return _once(key, compute)


def snapshot(question: Question, origin: SnapshotOf, at: datetime) -> pl.DataFrame:
    """Return the state of every entity at a moment, as a method sees it.

    A state never depends on what is asked for: only the fact's default conditions choose its rows.
    """
    fact = load_registry().facts[origin.fact]
    asked = filters(question, fact)
    own = {k: v for k, v in asked.items() if k in fact.default_where}
    found = _all_states(question, origin, at, own)
    for name in set(asked) - set(own):
        if name not in found.columns:
            raise QuestionError(_not_by(question, name, fact))
        found = found.filter(pl.col(name).cast(pl.String) == asked[name])
    return found


def snapshot_answer(question: Question, origin: SnapshotOf, split: Split) -> pl.DataFrame:
    """Answer how many entities are in a state at the end of each period."""
    fact = load_registry().facts[origin.fact]

    def count(at: datetime) -> pl.DataFrame:
        states = snapshot(question, origin, at)
        for name in set(split.by) - set(states.columns):
            raise QuestionError(_not_by(question, name, fact))
        hit = pl.sql_expr(origin.aggregate).cast(pl.Float64)
        hit = pl.when(pl.len() > 0).then(hit).alias("value")
        return states.group_by(*split.by).agg(hit) if split.by else states.select(hit)

    return _by_moment(split, question, count)


def answer(question: Question, split: Split) -> pl.DataFrame:
    """Answer a question, divided as asked; raise QuestionError where it cannot be divided so."""
    origin = question.indicator.origin
    match origin:
        case MeasureOf():
            return measure_answer(question, origin, split)
        case ValueOf():
            return value_answer(question, origin, split)
        case RatioOf():
            return ratio_answer(question, origin, split)
        case FormulaOf():
            return formula_answer(question, origin, split)
        case StockOf():
            return stock_answer(question, origin, split)
        case SnapshotOf():
            return snapshot_answer(question, origin, split)
        case PercentileOf():
            return percentile_answer(question, origin, split)
        case ExpectedOf():
            return expected_answer(question, origin, split)


__all__ = ["GRAINS", "Split", "answer", "filters", "snapshot", "table_of", "truncated"]
