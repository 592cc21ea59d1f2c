"""Where reports gather, against the vectors and against second, naive computations of the same."""

import math
from datetime import UTC, datetime, timedelta
from itertools import combinations
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.methods.feedback_places import likely_duplicates, poisson_tail, repeat_places, report_cells, words_alike
from services.methods.positions import commune_at, distance_metres, near_pairs

AT = datetime(2026, 11, 23, 5, tzinfo=UTC)
NORTH = 1 / 111_195.08
"""Degrees of latitude in a metre."""


def reports(rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Return reports; unnamed columns are those of an ordinary open one."""
    instant = pl.Datetime("us", "UTC")
    schema: dict[str, Any] = {
        "system": pl.String, "feedback": pl.String, "topic": pl.String, "agency": pl.String, "place": pl.String,
        "lat": pl.Float64, "lon": pl.Float64, "content": pl.String, "address": pl.String, "counted": pl.Int64,
        "received_at": instant, "done_at": instant, "closed_at": instant, "kept_apart": pl.String,
    }  # fmt: skip
    plain = {"system": "1022", "topic": "rac_thai", "agency": "ubnd_14797", "place": "14797", "lat": 19.8,
             "lon": 105.77, "content": "", "address": None, "counted": 1, "received_at": AT - timedelta(hours=1),
             "done_at": None, "closed_at": None, "kept_apart": ""}  # fmt: skip
    return pl.DataFrame([plain | {"feedback": f"P{n}"} | row for n, row in enumerate(rows)], schema=schema)


def naive_metres(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Return the distance by the spherical law of haversines, one pair at a time."""
    (y1, x1), (y2, x2) = (tuple(map(math.radians, p)) for p in (a, b))
    h = math.sin((y2 - y1) / 2) ** 2 + math.cos(y1) * math.cos(y2) * math.sin((x2 - x1) / 2) ** 2
    return 2 * 6_371_008.8 * math.asin(math.sqrt(h))


points = st.lists(
    st.tuples(st.integers(0, 12), st.integers(0, 12)).map(
        lambda p: (19.8 + p[0] * 21 * NORTH, 105.77 + p[1] * 23 * NORTH)), max_size=30,
)  # fmt: skip


# Distances

def test_the_two_points_of_the_fact_sheet_are_61_metres_apart() -> None:
    assert float(distance_metres(19.8075, 105.7764, 19.8079, 105.7768)) == pytest.approx(61.1, abs=0.05)


@given(points, st.sampled_from([20.0, 50.0, 200.0]))
@settings(max_examples=60, deadline=None)
def test_neighbours_are_all_pairs_near_enough(at: list[tuple[float, float]], metres: float) -> None:
    found = near_pairs(pl.DataFrame(at, schema={"lat": pl.Float64, "lon": pl.Float64}, orient="row"), metres)
    naive = {(a, b) for a, b in combinations(range(len(at)), 2) if naive_metres(at[a], at[b]) <= metres}
    assert set(found.select("a", "b").iter_rows()) == naive


def test_neighbours_far_in_the_north_and_without_a_position() -> None:
    east = 104.5 + 49 * NORTH / math.cos(math.radians(20.6))
    at = pl.DataFrame({"lat": [20.6, None, 20.6], "lon": [104.5, 105.0, east]})
    assert near_pairs(at, 50).select("a", "b").rows() == [(0, 2)]


def test_a_position_lies_in_its_commune_and_the_sea_in_none() -> None:
    lat, lon = pl.Series([19.80408, 19.77, None], dtype=pl.Float64), pl.Series([105.78661, 106.2, 105.7])
    assert commune_at(lat, lon).to_list() == ["14797", None, None]


# Hot spots

def test_the_vectors_of_the_poisson_test() -> None:
    assert float(poisson_tail(9, 2)) == pytest.approx(2.4e-4, rel=0.02)
    assert float(poisson_tail(7, 2)) == pytest.approx(4.5e-3, rel=0.02)
    assert poisson_tail([0, 1], [0, 0]).tolist() == [1, 0]


@given(st.integers(0, 40), st.floats(0, 30))
@settings(deadline=None)
def test_the_poisson_tail_is_the_sum_of_its_terms(n: int, mean: float) -> None:
    terms = sum(math.exp(-mean + k * math.log(mean) - math.lgamma(k + 1)) if mean else float(k == 0) for k in range(n))
    assert float(poisson_tail(n, mean)) == pytest.approx(max(0.0, 1 - terms), abs=1e-9)


@pytest.mark.parametrize(("recent", "is_hot"), [(9, True), (7, False)])
def test_a_cell_is_hot_against_its_own_past(recent: int, is_hot: bool) -> None:
    made = [{"received_at": AT - timedelta(days=1 + n)} for n in range(recent)]
    made += [{"received_at": AT - timedelta(days=40 + 10 * n)} for n in range(12)]
    (cell,) = report_cells(reports(made), AT).to_dicts()
    assert (cell["count"], cell["before"], cell["expected"], cell["is_hot"]) == (recent, 12, 2.0, is_hot)


def test_four_reports_are_never_a_hot_spot_and_duplicates_never_count() -> None:
    four = [{"received_at": AT - timedelta(days=n)} for n in range(4)]
    assert not report_cells(reports(four), AT)["is_hot"].any()
    assert not report_cells(reports([*four, {"counted": 0}]), AT)["is_hot"].any()
    assert report_cells(reports([*four, {}]), AT)["is_hot"].all()


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 215)), max_size=60))
@settings(max_examples=60, deadline=None)
def test_cells_are_counted_as_one_would_by_hand(made: list[tuple[int, int]]) -> None:
    rows = [{"lat": 19.8 + 0.02 * cell, "received_at": AT - timedelta(days=days, hours=1)} for cell, days in made]
    found = {round((c["lat"] - 19.8) / 0.02): (c["count"], c["before"], c["is_hot"])
             for c in report_cells(reports(rows), AT).to_dicts()}  # fmt: skip
    for cell in {c for c, days in made if days < 30}:
        now = sum(days < 30 for c, days in made if c == cell)
        before = sum(30 <= days < 210 for c, days in made if c == cell)
        mean = before / 6
        below = sum(math.exp(-mean) * mean**k / math.factorial(k) for k in range(now))
        assert found.pop(cell) == (now, before, now >= 5 and 1 - below < 0.001)
    assert not found


# Places that come back

def naive_places(at: list[tuple[float, float]]) -> list[int]:
    """Return how many reports each place has: cores have two neighbours, cores that are neighbours are one place."""
    near = {n: [m for m in range(len(at)) if m != n and naive_metres(at[n], at[m]) <= 50] for n in range(len(at))}
    cores, places = {n for n in near if len(near[n]) >= 2}, []
    while cores:
        reached, todo = set(), [cores.pop()]
        while todo:
            one = todo.pop()
            reached.add(one)
            todo += [m for m in near[one] if m in cores]
            cores -= set(near[one])
        places.append(reached)
    of = {n: i for i, place in enumerate(places) for n in place}
    for n in set(near) - set(of):
        beside = [(naive_metres(at[n], at[m]), m) for m in near[n] if len(near[m]) >= 2]
        if beside:
            of[n] = next(i for i, place in enumerate(places) if min(beside)[1] in place)
    return sorted(list(of.values()).count(i) for i in range(len(places)))


@given(points)
@settings(max_examples=150, deadline=None)
def test_places_that_come_back_are_those_found_one_by_one(at: list[tuple[float, float]]) -> None:
    rows = [{"lat": y, "lon": x, "done_at": AT - timedelta(days=1, minutes=n)} for n, (y, x) in enumerate(at)]
    found = repeat_places(reports(rows), AT)
    assert found["count"].sort().to_list() == naive_places(at[::-1])


def test_a_place_needs_three_settled_reports_in_ninety_days() -> None:
    def at(*days: int) -> int:
        return repeat_places(reports([{"done_at": AT - timedelta(days=d)} for d in days]), AT).height

    assert (at(1, 2), at(1, 2, 91), at(1, 2, 89)) == (0, 0, 1)


# Duplicates

def alike(first: str, second: str) -> float:
    words = pl.DataFrame({"a": [first], "b": [second]}, schema={"a": pl.String, "b": pl.String})
    return float(words.select(words_alike(pl.col("a"), pl.col("b"))).item())


def test_words_are_compared_without_marks_or_case() -> None:
    assert alike("Đèn đường HỎNG, tối om", "den duong hong toi om!") == 1
    assert alike("rác ở chợ", "rác ở cổng") == 0.5
    assert alike("", "") == 0


@given(st.lists(st.sampled_from("abcdef"), max_size=8), st.lists(st.sampled_from("abcdef"), max_size=8))
@settings(deadline=None)
def test_likeness_is_shared_words_over_all_words(a: list[str], b: list[str]) -> None:
    together = set(a) | set(b)
    assert alike(" ".join(a), " ".join(b)) == pytest.approx(len(set(a) & set(b)) / len(together) if together else 0)


SECOND = {"feedback": "P9", "lat": 19.8 + 40 * NORTH}
FIRST = {"received_at": AT - timedelta(hours=50)}


@pytest.mark.parametrize(
    ("first", "second", "suggested"),
    [
        ({}, {}, True),
        ({}, {"lat": 19.8 + 61 * NORTH}, False),
        ({}, {"topic": "duong_sa"}, False),
        ({"received_at": AT - timedelta(hours=74)}, {}, False),
        ({"received_at": AT - timedelta(hours=72, minutes=59)}, {}, True),
        ({"content": "Rác ùn ứ trước cổng chợ"}, {"content": "rac un u truoc cong", "topic": "khac"}, True),
        ({"content": "Rác ùn ứ trước cổng chợ"}, {"content": "rac un u truoc cong", "lat": 19.8 + 199 * NORTH}, True),
        ({"content": "Rác ùn ứ trước cổng chợ"}, {"content": "rac un u truoc cong", "lat": 19.8 + 205 * NORTH}, False),
        ({"content": "a b c", "received_at": AT - timedelta(days=20)}, {"content": "a b c"}, True),
        ({"content": "a b c", "received_at": AT - timedelta(days=20), "closed_at": AT - timedelta(days=10)},
         {"content": "a b c"}, False),
        ({"closed_at": AT - timedelta(hours=9)}, {}, True),
        ({}, {"closed_at": AT - timedelta(minutes=9)}, False),
        ({"counted": 0}, {}, False),
        ({}, {"kept_apart": "1022:P7|1022:P0"}, False),
        ({}, {"kept_apart": "1022:P01"}, True),
    ],
)  # fmt: skip
def test_what_is_suggested_as_a_duplicate(first: dict[str, Any], second: dict[str, Any], suggested: bool) -> None:
    found = likely_duplicates(reports([FIRST | first, SECOND | second]), AT)
    assert found.select("feedback", "of_feedback").rows() == ([("P9", "P0")] if suggested else [])


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 120), st.sampled_from(["rac_thai", "khac"]),
                          st.sampled_from(["a b c", "a b", "d e f"]), st.booleans()), max_size=14))  # fmt: skip
@settings(max_examples=120, deadline=None)
def test_suggestions_are_the_pairs_found_one_by_one(made: list[tuple[int, int, str, str, bool]]) -> None:
    rows: list[dict[str, Any]] = [
            {"feedback": f"P{n:02}", "lat": 19.8 + step * 30 * NORTH, "received_at": AT - timedelta(hours=hours),
             "topic": topic, "content": words, "closed_at": AT - timedelta(minutes=30) if closed and hours else None}
            for n, (step, hours, topic, words, closed) in enumerate(made)]  # fmt: skip
    naive = set()
    for early, late in combinations(sorted(rows, key=lambda r: (r["received_at"], r["feedback"])), 2):
        apart = abs(early["lat"] - late["lat"]) / NORTH
        soon = late["received_at"] - early["received_at"] <= timedelta(hours=72)
        same = early["topic"] == late["topic"] and apart < 51 and soon
        shared, every = (len(op(set(early["content"].split()), set(late["content"].split())))
                         for op in (set.intersection, set.union))
        was_open = early["closed_at"] is None or early["closed_at"] > late["received_at"]
        if late["closed_at"] is None and (same or (apart < 201 and shared / every >= 0.6 and was_open)):
            naive.add(late["feedback"])
    assert set(likely_duplicates(reports(rows), AT)["feedback"]) == naive
