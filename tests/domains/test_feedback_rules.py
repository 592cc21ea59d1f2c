"""Phản ánh của người dân: each rule against a second, naive computation, one report after the other."""

from datetime import UTC, datetime, timedelta
from itertools import combinations
from math import exp, factorial
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from config.feedback import load_feedback
from config.registry import load_registry
from data_access.feedback_merge import feedback_decision
from data_access.frames import empty_like
from services.methods.feedback import feedback_clock
from services.methods.feedback_places import likely_duplicates, poisson_tail, repeat_places, report_cells
from services.methods.positions import distance_metres
from services.methods.working_days import CalendarNotAnnounced, is_working_day

INSTANT = pl.Datetime("us", "UTC")
START = datetime(2026, 9, 1, 1, tzinfo=UTC)
AT = datetime(2026, 11, 23, 9, tzinfo=UTC)
MOMENTS = ("received_at", "accepted_at", "due_at", "reopened_at", "asked_at", "answered_at", "on_site_at", "done_at")
RULES = load_feedback()
TOPICS = {t.id: t for t in RULES.topics}


def local(moment: datetime) -> datetime:
    return moment + timedelta(hours=7)


# Clocks


def row(**cells: Any) -> dict[str, Any]:
    plain: dict[str, Any] = dict.fromkeys(MOMENTS)
    return plain | {"system": "1022", "feedback": "P", "lat": None, "lon": None, "told_state": "dang_xu_ly", **cells}


def clock(rows: list[dict[str, Any]]) -> pl.DataFrame:
    kinds: dict[str, Any] = dict.fromkeys(MOMENTS, INSTANT) | {"lat": pl.Float64, "lon": pl.Float64}
    frame = pl.DataFrame(rows, schema_overrides=kinds)
    return feedback_clock(frame, empty_like(select(feedback_decision)))


def naive_due(told: dict[str, Any]) -> datetime:
    """Return until when a report was to be handled, its days counted on the fingers."""
    start: datetime = max(m for m in (told["received_at"], told["reopened_at"]) if m)
    topic, cap = TOPICS[told["topic"]], start + RULES.cap
    due = cap
    if told["due_at"] and told["due_at"] > start:
        due = min(told["due_at"], cap)
    elif topic.urgent:
        due = min(start + RULES.urgent_on_site, cap)
    elif topic.days:
        day, left = start, topic.days
        while left:
            day += timedelta(days=1)
            left -= is_working_day(local(day).date())
        due = min(day, cap)
    asked, answered = told["asked_at"], told["answered_at"]
    if asked and start <= asked <= due:
        waited = answered - asked if answered else RULES.pause_most
        due += min(waited, RULES.pause_most)
    return due


HOURS = st.integers(0, 24 * 40)
REPORTS = st.fixed_dictionaries({
    "topic": st.sampled_from(sorted(TOPICS)), "received_at": st.integers(0, 24 * 45), "due_at": st.none() | HOURS,
    "reopened_at": st.none() | HOURS, "asked_at": st.none() | HOURS, "answered_at": st.none() | st.integers(0, 120),
    "done_at": st.none() | HOURS,
})  # fmt: skip


def dated(drawn: dict[str, Any]) -> dict[str, Any]:
    """Return a report with its drawn hours as moments; an answer follows its request, the end what came before."""
    sent = START + timedelta(hours=drawn["received_at"])
    found = {k: None if drawn[k] is None else sent + timedelta(hours=drawn[k]) for k in MOMENTS if k in drawn}
    found["received_at"] = sent
    if found["asked_at"] and drawn["answered_at"] is not None:
        found["answered_at"] = found["asked_at"] + timedelta(hours=drawn["answered_at"])
    else:
        found["answered_at"] = None
    if found["done_at"] and found["reopened_at"]:
        found["done_at"] = max(found["done_at"], found["reopened_at"])
    done = found["done_at"] is not None
    return row(topic=drawn["topic"], told_state="dong" if done else "dang_xu_ly", **found)


@given(st.lists(REPORTS, min_size=1, max_size=6))
@settings(max_examples=60, deadline=None)
def test_until_when_and_whether_in_time_as_counted_on_the_fingers(drawn: list[dict[str, Any]]) -> None:
    told = [dated(d) for d in drawn]
    for made, before in zip(clock(told).to_dicts(), told, strict=True):
        due = naive_due(before)
        assert made["clock_due_at"] == due
        done = before["done_at"]
        assert made["on_time"] == (None if done is None else int(done <= due))


@given(st.lists(REPORTS, min_size=1, max_size=12), HOURS)
@settings(max_examples=60, deadline=None)
def test_the_on_time_rate_hides_nothing_that_lies_overdue(drawn: list[dict[str, Any]], hour: int) -> None:
    """The rule of 90,63 %: in time over handled and overdue, by a clerk who looks at one report after the other."""
    told, at = [dated(d) for d in drawn], START + timedelta(hours=hour + 500)
    made = clock(told).filter(pl.col("received_at") <= at)
    ended = made.filter(pl.col("is_done") == 1, pl.col("done_at") <= at)
    overdue = made.filter(pl.col("late_from") <= at, (pl.col("late_until") > at) | pl.col("late_until").is_null())
    in_time = handled = late = 0
    for one in told:
        if one["received_at"] > at:
            continue
        done = one["done_at"]
        if done and done <= at:
            handled += 1
            in_time += done <= naive_due(one)
        else:
            late += at > naive_due(one)
    assert (int(ended["on_time"].sum() or 0), ended.height, overdue.height) == (in_time, handled, late)


def test_topics_without_a_time_of_their_own_have_the_cap_alone() -> None:
    bare = {t.id for t in RULES.topics if not t.days and not t.urgent}
    assert bare == {"ngap_ung", "an_toan_thuc_pham", "nhung_nhieu", "doanh_nghiep", "khac"}
    assert {t.id: t.days for t in RULES.topics if t.days} == {
        "rac_thai": 3, "chieu_sang": 3, "duong_sa": 3, "xay_dung": 5, "moi_truong": 5, "dat_dai": 10}  # fmt: skip
    made = clock([row(topic=t, received_at=START) for t in sorted(bare)])
    assert set(made["clock_due_at"]) == {START + timedelta(days=17)}


def test_days_beyond_the_announced_calendar_are_not_guessed() -> None:
    with pytest.raises(CalendarNotAnnounced):
        is_working_day(datetime(2031, 3, 3).date())


# Places

DAYS = st.integers(0, 29) | st.integers(0, 220)
SPOTS = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12), DAYS), min_size=1, max_size=60)
STEP = 0.0002  # degrees, about 22 m


def placed(spots: list[tuple[int, int, int]], **more: Any) -> pl.DataFrame:
    """Return reports on a grid of about 22 m, sent so many days before AT."""
    made = [row(feedback=f"P{n:03}", lat=19.8 + y * STEP, lon=105.77 + x * STEP, place="14797", topic="rac_thai",
                agency="so_xd", received_at=AT - timedelta(days=days, hours=n % 7), counted=1, address=None, content="",
                kept_apart="", closed_at=None, **more) for n, (y, x, days) in enumerate(spots)]  # fmt: skip
    kinds: dict[str, Any] = dict.fromkeys((*MOMENTS, "closed_at"), INSTANT)
    return pl.DataFrame(made, schema_overrides=kinds | {"address": pl.String})


def near(a: dict[str, Any], b: dict[str, Any], metres: float) -> bool:
    return float(distance_metres(a["lat"], a["lon"], b["lat"], b["lon"])) <= metres


@given(st.integers(0, 30), st.floats(0.01, 20))
def test_the_poisson_chance_is_that_of_the_schoolbook(n: int, mean: float) -> None:
    below = sum(exp(-mean) * mean**k / factorial(k) for k in range(n))
    assert float(poisson_tail([n], [mean])[0]) == pytest.approx(max(0.0, 1 - below), abs=1e-9)


def test_the_vectors_of_the_hot_spot() -> None:
    assert float(poisson_tail([9], [2.0])[0]) == pytest.approx(2.4e-4, abs=5e-6)
    assert float(poisson_tail([7], [2.0])[0]) == pytest.approx(4.5e-3, abs=5e-5)


@given(SPOTS)
@settings(max_examples=60, deadline=None)
def test_hot_cells_as_counted_one_by_one(spots: list[tuple[int, int, int]]) -> None:
    rows, rule = placed(spots), RULES.hot_spot
    made = report_cells(rows, AT)
    cells: dict[str, list[float]] = {}
    for one in rows.to_dicts():
        (cell,) = report_cells(pl.DataFrame([one], schema=rows.schema).with_columns(received_at=pl.lit(AT)), AT)["cell"]
        cells.setdefault(cell, []).append((AT - one["received_at"]) / timedelta(days=1))
    hot = set()
    for cell, ages in cells.items():
        n, before = sum(a < rule.days for a in ages), sum(rule.days <= a < rule.days + rule.before_days for a in ages)
        mean = before * rule.days / rule.before_days
        if n >= rule.least and 1 - sum(exp(-mean) * mean**k / factorial(k) for k in range(n)) < rule.chance:
            hot.add(cell)
    assert set(made.filter("is_hot")["cell"]) == hot


@given(SPOTS)
@settings(max_examples=60, deadline=None)
def test_places_that_come_back_hold_the_reports_a_clerk_would_pin_together(spots: list[tuple[int, int, int]]) -> None:
    rows = placed(spots).with_columns(pl.col("received_at").alias("done_at"))
    rule = RULES.repeat
    settled = [r for r in rows.to_dicts() if AT - timedelta(days=rule.days) < r["done_at"] <= AT]
    cores = [a for a in settled if sum(near(a, b, rule.metres) for b in settled) >= rule.least]
    pinned = [b for b in settled if any(near(a, b, rule.metres) for a in cores)]
    groups = {a["feedback"]: {a["feedback"]} for a in cores}
    for a, b in combinations(cores, 2):
        if near(a, b, rule.metres):
            joined = groups[a["feedback"]] | groups[b["feedback"]]
            groups.update(dict.fromkeys(joined, joined))
    made = repeat_places(rows, AT)
    assert made["count"].sum() == len(pinned)
    assert made.height == len({frozenset(g) for g in groups.values()})


WORDS = st.sampled_from(["Rác ùn ứ trước chợ", "rác ùn ứ trước chợ", "Đèn hỏng", "Đèn đường hỏng cả tuần", ""])
PAIRS = st.lists(
    st.tuples(st.integers(0, 12), st.integers(0, 240), st.sampled_from(["rac_thai", "chieu_sang"]), WORDS,
              st.none() | st.integers(0, 200), st.booleans()),
    min_size=2, max_size=12,
)  # fmt: skip


@given(PAIRS)
@settings(max_examples=100, deadline=None)
def test_duplicates_are_suggested_as_by_comparing_every_pair(
    drawn: list[tuple[int, int, str, str, int | None, bool]],
) -> None:
    rows, rule = placed([(0, x, 0) for x, *_ in drawn]), RULES.duplicate
    rows = rows.with_columns(
        pl.Series("received_at", [AT - timedelta(hours=h, seconds=n) for n, (_, h, *_) in enumerate(drawn)], INSTANT),
        pl.Series("topic", [d[2] for d in drawn]), pl.Series("content", [d[3] for d in drawn]),
    )  # fmt: skip
    ended = zip(drawn, rows["received_at"], strict=True)
    closed = [None if d[4] is None else sent + timedelta(hours=d[4]) for d, sent in ended]
    rows = rows.with_columns(pl.Series("closed_at", closed, INSTANT))
    expected = set()
    for a, b in combinations(sorted(rows.to_dicts(), key=lambda r: (r["received_at"], r["feedback"])), 2):
        if b["closed_at"] and b["closed_at"] <= AT:
            continue
        one, two = (set(text.casefold().split()) for text in (a["content"], b["content"]))
        alike = len(one & two) / len(one | two) if one | two else 0
        was_open = a["closed_at"] is None or a["closed_at"] > b["received_at"]
        soon = a["topic"] == b["topic"] and near(a, b, rule.metres) and b["received_at"] - a["received_at"] <= rule.span
        if soon or (near(a, b, rule.alike_metres) and alike >= rule.alike and was_open):
            expected.add(b["feedback"])
    assert set(likely_duplicates(rows, AT)["feedback"]) == expected


# What colours and alarms

TARGETS = {  # the fact sheet's, and no others
    "fb_on_time_pct": 95, "fb_overdue": 0, "fb_triage_pct": 95, "fb_satisfied_pct": 90, "fb_reopened_pct": 5,
    "fb_no_evidence_pct": 0,
}  # fmt: skip


def test_only_what_the_fact_sheet_sets_colours_and_nothing_uncertain_alarms() -> None:
    indicators = load_registry().domains["feedback"].indicators
    sure = {i.id: i.target for i in indicators if i.target is not None and not i.target_uncertain}
    assert sure == TARGETS
    assert not [i.id for i in indicators if i.target_uncertain and i.alerts]
    assert not [i.id for i in indicators if i.target is None and (i.near_target is not None or i.critical is not None)]
