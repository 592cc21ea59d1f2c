"""The one question. Pages, wall, alerts, reports and command line ask for a figure here and nowhere else."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import polars as pl

from config.checks import inputs
from config.locale import say
from config.models import ExpectedOf, Indicator, MeasureOf, PercentileOf, RatioOf, SnapshotOf, Source, StockOf, ValueOf
from config.registry import PROVINCE, load_registry
from data_access import figures as queries
from data_access.database import LOCAL, now
from data_access.frames import INSTANT
from services.access import SYSTEM, Viewer, visible
from services.answers import Split, answer, counts_rows, filters, leading, measure_kinds, snapshot, table_of
from services.figure import Figure, Freshness, Period, Status
from services.methods.limits import limit
from services.methods.percentiles import ERROR
from services.names import name_of
from services.periods import label, last_periods, latest_closed, period_at
from services.quality import quality_of
from services.question import Question, QuestionError, ask, from_identity, identity
from services.small_cells import hides, without_small


class NotEntitled(PermissionError):  # noqa: N818 - it states the viewer's right
    """A figure that the viewer may not see."""


@dataclass(frozen=True)
class Breakdown:
    """A question divided: the label of the undivided figure, and a row for each part.

    `frame`: key, name_vi, name_en, value, numerator, denominator, status, start (by time), id, hidden.
    """

    figure: Figure
    by: str
    frame: pl.DataFrame


def status_of(indicator: Indicator, value: float | None, freshness: Freshness) -> Status:
    """Judge a value against its target; late data and uncertain targets colour nothing."""
    if freshness in (Freshness.LATE, Freshness.DEAD, Freshness.DATED):
        return Status.STALE
    if value is None or indicator.target is None or indicator.target_uncertain:
        return Status.NONE
    sign = 1 if indicator.direction == "up" else -1

    def reaches(limit: float | None) -> bool:
        return limit is not None and sign * value >= sign * limit

    if reaches(indicator.target):
        return Status.OK
    if reaches(indicator.near_target):
        return Status.NEAR
    if indicator.critical is not None and not reaches(indicator.critical):
        return Status.CRITICAL
    return Status.BAD


def freshness_of(
    source: Source, data_until: datetime | None, period: Period | None, latest: bool, at: datetime
) -> Freshness:
    """Say whether the data came as promised: measured against now for the latest figure, else its period."""
    if data_until is None:
        return Freshness.EMPTY
    if source.cycle is None:
        return Freshness.DATED if latest else Freshness.FRESH
    if not latest and period and (data_until >= period.end - source.cycle or period.end + source.cycle > at):
        return Freshness.FRESH
    delay = at - data_until
    if delay <= source.cycle + source.lateness:
        return Freshness.FRESH
    dead_after = source.dead_after or 4 * (source.cycle + source.lateness) + timedelta(days=1)
    return Freshness.DEAD if delay > dead_after else Freshness.LATE


def _is_state(indicator: Indicator) -> bool:
    """Say whether an indicator tells of a moment: a stock, a snapshot, or computed from nothing but these."""
    parts = inputs(indicator)
    if parts:
        return all(_is_state(load_registry().indicators[name]) for name in parts)
    return isinstance(indicator.origin, StockOf | SnapshotOf)


def _default_period(question: Question, at: datetime) -> Period:
    """Return the latest closed period that has data; for a state, the period of now or of its last report."""
    grain = question.grain or question.indicator.grain
    if _is_state(question.indicator):
        return _reported(question.indicator, period_at(at, grain))
    closed = latest_closed(at, grain)
    if _is_expected(question):
        return closed
    origin = question.indicator.origin
    asked = leading(question, origin) if isinstance(origin, RatioOf) else question
    fact, table = table_of(asked)
    found = queries.latest_time(
        table, filters(asked, fact), closed.end - timedelta(microseconds=1), question.as_of
    )
    return period_at(found, grain) if found else closed


def _reported(indicator: Indicator, running: Period) -> Period:
    """Return the running period of a state; while no report of it came, and it lasts longer than a day, that before."""
    source, state = load_registry().sources[indicator.source], queries.source_state(indicator.source)
    is_live = source.cycle is None or running.grain in ("minute", "hour", "day")
    if is_live or state is None or state.last_time is None or state.last_time >= running.start:
        return running
    return period_at(state.last_time, running.grain)


def _is_expected(question: Question) -> bool:
    """Say whether an indicator has a value even for a period from which nothing came."""
    origin = question.indicator.origin
    if isinstance(origin, RatioOf):
        return _is_expected(question.about(origin.denominator))
    return isinstance(origin, ExpectedOf)


def _source(question: Question) -> Source:
    """Return the source behind a figure: that of the station asked for, else the indicator's."""
    registry = load_registry()
    station = registry.stations.get(question.filters.get("station", ""))
    return registry.sources[station.source if station and station.source else question.indicator.source]


def dated(indicator: Indicator, moment: datetime | None) -> Indicator:
    """Return an indicator with the target that its regulation sets on the local day of `moment`."""
    rule = indicator.target_limit
    if rule is None or moment is None:
        return indicator
    day = moment.astimezone(LOCAL).date()
    found = limit(rule.parameter, rule.average, day, category=rule.category, bound=rule.bound)
    return indicator.model_copy(update={"target": found.value if found else None})


def _data_until(question: Question, period: Period, state: Any) -> datetime | None:
    """Return up to when the data behind a figure goes; `state`: of its source."""
    origin = question.indicator.origin
    narrowed = isinstance(origin, ValueOf) and bool(origin.where)
    if question.where or question.place != PROVINCE or question.as_of or narrowed:
        if isinstance(origin, RatioOf):
            below = leading(question, origin)
            same = below.indicator.source == question.indicator.source
            return _data_until(below, period, state if same else queries.source_state(below.indicator.source))
        fact, table = table_of(question)
        if fact.latest and not question.as_of:
            return queries.last_heard(fact, filters(question, fact))
        if table in load_registry().facts and (isinstance(origin, ValueOf) or question.as_of):
            where = {k: v for k, v in filters(question, fact).items() if k in fact.columns}
            return queries.latest_time(table, where, now(), question.as_of)
    return state.last_time if state else None


def _empty_means_zero(
    question: Question, value: float | None, data_until: datetime | None, period: Period
) -> float | None:
    """Turn "no rows" into zero only where the source has delivered the period and rows are counted."""
    counted = value is None and _none_is_zero(question, period) and data_until and data_until >= period.start
    return 0.0 if counted else value


def _none_is_zero(question: Question, period: Period) -> bool:
    """Say whether rows are counted and come often enough that such a period without one means none.

    What is counted at a moment is counted from all that was ever told.
    """
    cycle = None if _is_state(question.indicator) else _source(question).cycle
    return counts_rows(question.indicator) and (cycle is None or cycle <= period.end - period.start)


def _label(
    question: Question, period: Period, latest: bool, row: Mapping[str, float | None], at: datetime
) -> Figure:
    """Give a value its truth label."""
    indicator, registry = dated(question.indicator, period.start), load_registry()
    source = _source(question)
    state = queries.source_state(question.indicator.source)
    data_until = _data_until(question, period, state)
    row = _shown(question, row)
    value = None if row.get("hidden") else _empty_means_zero(question, row["value"], data_until, period)
    freshness = freshness_of(source, data_until, period, latest, at)
    owner = registry.agencies[indicator.owner]
    return Figure(
        id=identity(question, period, at),
        indicator=indicator.id,
        name=indicator.name.both(),
        value=value,
        unit=indicator.unit.both(),
        decimals=indicator.decimals,
        period=period,
        place=question.place,
        place_name=name_of("place", question.place)["vi"],
        agency=question.agency,
        where=question.filters,
        status=status_of(indicator, value, freshness),
        direction=indicator.direction,
        target=indicator.target,
        near_target=indicator.near_target,
        freshness=freshness,
        as_of=at,
        data_until=data_until,
        cycle=_cycle_text(source),
        owner=indicator.owner,
        owner_name=owner.name.both(),
        source=source.id,
        source_name=source.name.both(),
        formula=indicator.formula.both() if indicator.formula else {"vi": "", "en": ""},
        legal_basis=indicator.legal_basis,
        visibility=indicator.visibility,
        simulated=source.simulated,
        target_uncertain=indicator.target_uncertain,
        numerator=row["numerator"],
        denominator=row["denominator"],
        preliminary=bool(row.get("preliminary")),
        hidden=bool(row.get("hidden")),
        note=_note(indicator),
        quality=quality_of(source, freshness, state if source.id == indicator.source else None),
    )


def _note(indicator: Indicator) -> str | None:
    if not isinstance(indicator.origin, PercentileOf):
        return None
    return say("ui.percentile_error", error=f"{ERROR * 100:.1f}".replace(".", ","))


def _cycle_text(source: Source) -> str:
    if source.cycle is None:
        return ""
    minutes = int(source.cycle.total_seconds() // 60)
    for unit, size in (("M", 44640), ("d", 1440), ("h", 60)):
        if minutes % size == 0:
            return f"{minutes // size}{unit}"
    return f"{minutes}m"


def _entitled(question: Question) -> None:
    if not visible(question.viewer, question.indicator.visibility):
        raise NotEntitled(f"Tài khoản này không được xem chỉ tiêu {question.indicator.id}.")


ACROSS: Mapping[str, Callable[[list[float]], float]] = {"sum": sum, "max": max, "min": min}
NOTHING: Mapping[str, float | None] = {"value": None, "numerator": None, "denominator": None}


def _whole(question: Question, period: Period) -> Mapping[str, float | None]:
    frame = answer(question, Split((), (period,), False))
    return frame.row(0, named=True) if frame.height else NOTHING


def answer_figure(question: Question) -> Figure:
    """Answer a question with one figure and its truth label; raise QuestionError or NotEntitled."""
    _entitled(question)
    at = question.as_of or now()
    period = question.period or _default_period(question, at)
    return _label(question, period, question.period is None, _whole(question, period), at)


def as_first_asked(question: Question) -> Question:
    """Return a question found by its figure's id as a screen asks it: the latest period needs no name.

    So the figure says of its freshness what the screen said.
    """
    unnamed = replace(question, period=None, grain=question.period.grain if question.period else None)
    at = question.as_of or now()
    return unnamed if question.period == _default_period(unnamed, at) else question


def _shown(question: Question, row: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the one row of an answer as the viewer may see it."""
    if not hides(question) or row["value"] is None:
        return row
    below, told = question.indicator.hide_below or 0, row["numerator"]
    count = told if told is not None else row["value"]
    return {**NOTHING, "hidden": True} if 0 < count < below else row


def _from_parts(question: Question, split: Split, frame: pl.DataFrame) -> Mapping[str, float | None] | None:
    """Return the undivided answer where the parts hold it: the last period, or a sum of counts; else None."""
    origin = question.indicator.origin
    if split.by_time and not split.by:
        last = frame.filter(pl.col("start") == split.periods[-1].start)
        return last.row(0, named=True) if last.height else NOTHING
    if split.by_time or set(split.by) & set(getattr(origin, "where", {})):
        return None
    if isinstance(origin, ValueOf) and origin.across in ("sum", "max", "min") and not origin.status:
        if frame.height == 1:
            return frame.row(0, named=True)
        told: list[float] = frame["value"].drop_nulls().to_list()
        return {**NOTHING, "value": ACROSS[origin.across](told) if told else None}
    if isinstance(origin, StockOf) or (isinstance(origin, SnapshotOf) and origin.count is not None):
        return {**NOTHING, "value": float(frame["value"].sum()) if frame.height else None}
    if not isinstance(origin, MeasureOf):
        return None
    if origin.per is None:
        sums = measure_kinds(question, origin) <= {"count", "sum"} and frame["value"].null_count() < frame.height
        return {**NOTHING, "value": float(frame["value"].sum())} if sums else None
    if not measure_kinds(question, origin) <= {"count", "sum"}:
        return None
    top, bottom = float(frame["numerator"].sum()), float(frame["denominator"].sum())
    return {"value": top / bottom * origin.scale if bottom else None, "numerator": top, "denominator": bottom}


def figure(
    indicator: str,
    *,
    place: str | None = None,
    agency: str | None = None,
    period: str | Period | None = None,
    grain: str | None = None,
    where: Mapping[str, str] | None = None,
    as_of: datetime | None = None,
    viewer: Viewer = SYSTEM,
) -> Figure:
    """Return an indicator's figure; unasked: the province, the latest closed period.

    `period`: `2026`, `2026-Q4`, `2026-10`, `2026-W47`, `2026-10-15`, `2026-10-15T08`; `where`: dimensions;
    `as_of`: what was believed at that moment. Raises QuestionError (what can be asked instead) or NotEntitled.
    """
    return answer_figure(
        ask(
            indicator,
            place=place,
            agency=agency,
            period=period,
            grain=grain,
            where=where,
            as_of=as_of,
            viewer=viewer,
        )
    )


LABELS = {"hour": "%Y-%m-%dT%H", "day": "%Y-%m-%d", "week": "%G-W%V", "month": "%Y-%m", "year": "%Y"}


def _labels(starts: pl.Series, grain: str) -> pl.Series:
    """Return the codes of the periods that start at these moments (see `periods.label`)."""
    if grain not in LABELS:
        return pl.Series([label(s, grain) for s in starts], dtype=pl.String)
    return (starts.dt.replace_time_zone(None) + LOCAL.utcoffset(None)).dt.strftime(LABELS[grain])


def _statuses(indicator: Indicator, frame: pl.DataFrame, judged: Freshness) -> pl.Series:
    """Return the status of each value, judged by the target in force at its `start`."""
    values = frame["value"].to_list()
    if judged not in (Freshness.LATE, Freshness.DEAD, Freshness.DATED) and indicator.target_limit:
        rules = {s: dated(indicator, s) for s in frame["start"].unique()}
        found = [status_of(rules[s], v, judged).value for s, v in zip(frame["start"], values, strict=True)]
        return pl.Series(found, dtype=pl.String)
    if judged == Freshness.FRESH and (indicator.target is None or indicator.target_uncertain):
        return pl.Series([Status.NONE.value], dtype=pl.String).new_from_index(0, len(values))
    return pl.Series([status_of(indicator, v, judged).value for v in values], dtype=pl.String)


def _about(question: Question, dimension: str, key: str) -> Question:
    """Return a question narrowed to one part."""
    if dimension in ("place", "agency"):
        return replace(question, place=key) if dimension == "place" else replace(question, agency=key)
    return replace(question, where=tuple(sorted({**question.filters, dimension: key}.items())))


def _ids(question: Question, dimension: str | None, period: Period, as_of: datetime) -> tuple[str, str, str]:
    """Return the three pieces of the ids of all parts: what stands before, between and after key and period."""
    mark = "~\0~"
    asked = _about(question, dimension, "\1") if dimension else question
    text = identity(asked, replace(period, label="\0"), as_of)
    head, rest = text.split(mark) if mark in text else (text, "")
    if not dimension:
        return head + "~", "", "~" + rest
    key = "%01" if "%01" in rest else "\1"
    middle, tail = rest.split(key)
    return head + "~", "~" + middle, tail


def _identities(
    question: Question, dimension: str | None, keys: list[str], labels: list[str], whole: Figure
) -> list[str]:
    assert whole.period
    head, middle, tail = _ids(question, dimension, whole.period, whole.as_of)
    if dimension in (None, "place", "agency"):
        told = keys if dimension else [""] * len(labels)
    else:
        told = [quote(k, safe="") for k in keys]
    return [f"{head}{label}{middle}{key}{tail}" for key, label in zip(told, labels, strict=True)]


def _parts(question: Question, dimension: str | None, frame: pl.DataFrame, whole: Figure) -> pl.DataFrame:
    """Give every part its key, names, status and id; `dimension` None where it is divided by time alone."""
    assert whole.period
    by_time = "start" in frame.columns
    empty = pl.Series([None] * frame.height, dtype=pl.Datetime("us", "UTC"))
    start = frame["start"] if by_time else empty
    labels = _labels(start, whole.period.grain).to_list() if by_time else [whole.period.label] * frame.height
    keys = frame[dimension].to_list() if dimension else labels
    names = {k: name_of(dimension, k) for k in dict.fromkeys(keys)} if dimension else {}
    judged = frame if by_time else frame.with_columns(pl.lit(whole.period.start).cast(INSTANT).alias("start"))
    return pl.DataFrame(
        {
            "key": keys,
            "name_vi": [names[k]["vi"] for k in keys] if dimension else keys,
            "name_en": [names[k]["en"] for k in keys] if dimension else keys,
            "value": frame["value"],
            "numerator": frame["numerator"],
            "denominator": frame["denominator"],
            "status": _statuses(question.indicator, judged, Freshness.FRESH if by_time else whole.freshness),
            "start": start,
            "hidden": frame["hidden"] if "hidden" in frame.columns else [False] * frame.height,
            "id": _identities(question, dimension, keys, labels, whole),
        },
        schema_overrides=dict.fromkeys(("key", "name_vi", "name_en", "id"), pl.String),
    )


def _complete(
    question: Question, dimension: str | None, times: list[Period] | None, frame: pl.DataFrame
) -> pl.DataFrame:
    """Give every one of the 166 places and every period asked for a row; no value where none came."""
    grid = None
    if dimension:
        whole = dimension == "place" and question.place == PROVINCE
        keys = list(load_registry().places) if whole else frame[dimension].unique().sort().to_list()
        grid = pl.DataFrame({dimension: pl.Series(keys, dtype=pl.String)})
    if times:
        starts = pl.DataFrame({"start": [p.start for p in times]}, schema={"start": pl.Datetime("us", "UTC")})
        grid = starts if grid is None else grid.join(starts, how="cross")
    assert grid is not None
    return grid.join(frame, on=grid.columns, how="left", maintain_order="left")


def _counts_only(question: Question) -> bool:
    origin = question.indicator.origin
    return isinstance(origin, MeasureOf) and measure_kinds(question, origin) == {"count"}


def _none_between() -> pl.Expr:
    """Return counts over time with 0 where no row came between periods with rows; before and after none is known."""
    value = pl.col("value")
    between = value.forward_fill().is_not_null() & value.backward_fill().is_not_null()
    return pl.when(value.is_null() & between).then(0.0).otherwise(value).alias("value")


def figures(
    indicator: str,
    *,
    by: str | tuple[str, str],
    place: str | None = None,
    agency: str | None = None,
    period: str | Period | None = None,
    grain: str | None = None,
    where: Mapping[str, str] | None = None,
    as_of: datetime | None = None,
    last: int | None = None,
    viewer: Viewer = SYSTEM,
) -> Breakdown:
    """Return an indicator divided by `place`, `agency`, `time` (the `last` periods) or a dimension of its fact.

    By place every one of the 166 has a row, without a value where none came; by time so has every period.
    `by=("place", "time")` divides by both: `key` is the place, `start` the period.
    Raises QuestionError naming the dimensions there are, or NotEntitled.
    """
    question = ask(
        indicator,
        place=place,
        agency=agency,
        period=period,
        grain=grain,
        where=where,
        as_of=as_of,
        viewer=viewer,
    )
    _entitled(question)
    at = question.as_of or now()
    whole_period = question.period or _default_period(question, at)
    dims = (by,) if isinstance(by, str) else by
    parts = [d for d in dims if d != "time"]
    dimension = parts[0] if parts else None
    if len(parts) > 1:
        raise QuestionError(f"Chỉ chia theo một chiều và thời gian (time), không theo {', '.join(dims)}.")
    times = last_periods(whole_period, last or 12) if "time" in dims else None
    split = Split(tuple(parts), tuple(times or [whole_period]), times is not None)
    answered = answer(question, split)
    row = _from_parts(question, split, answered) or _whole(question, whole_period)
    whole = _label(question, whole_period, question.period is None, row, at)
    frame = _complete(question, dimension, times, answered)
    if whole.value is not None and _none_is_zero(question, whole_period):
        if times is None:
            frame = frame.with_columns(pl.col("value").fill_null(0.0))
        elif not parts and _counts_only(question):
            frame = frame.with_columns(_none_between())
    if hides(question, tuple(parts)):
        frame = without_small(question, frame, ["start"] if times and parts else [])
    return Breakdown(whole, ",".join(dims), _parts(question, dimension, frame, whole))


def states(
    indicator: str,
    *,
    where: Mapping[str, str] | None = None,
    at: datetime | None = None,
    viewer: Viewer = SYSTEM,
) -> pl.DataFrame:
    """Return the state of every entity behind a snapshot indicator: the fact's columns and the method's."""
    question = ask(indicator, where=where, viewer=viewer)
    _entitled(question)
    origin = question.indicator.origin
    if not isinstance(origin, SnapshotOf):
        raise QuestionError(f"Chỉ tiêu {indicator} không tính từ trạng thái.")
    return snapshot(question, origin, at or now())


__all__ = [
    "Breakdown",
    "NotEntitled",
    "QuestionError",
    "answer_figure",
    "figure",
    "figures",
    "from_identity",
    "states",
]
