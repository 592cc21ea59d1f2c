"""What was asked for is drawn later, once, and given to the next viewer."""

from datetime import timedelta
from typing import Any

import pytest

from data_access import drawings as kept
from services.drawings import draw_wanted, find

SPEC: dict[str, Any] = {
    "data": {"values": [{"a": "x", "b": 1}]},
    "mark": "bar",
    "encoding": {"x": {"field": "a", "type": "nominal"}, "y": {"field": "b", "type": "quantitative"}},
}
pytestmark = pytest.mark.usefixtures("cache")


def test_the_first_viewer_waits_for_nothing_and_the_next_gets_the_drawing() -> None:
    key, svg = find(SPEC)
    assert svg is None
    assert draw_wanted() == 1
    assert draw_wanted() == 0
    again, svg = find(SPEC)
    assert again == key and svg is not None and svg.startswith("<svg")


def test_another_value_is_another_drawing() -> None:
    assert find(SPEC)[0] != find({**SPEC, "data": {"values": [{"a": "x", "b": 2}]}})[0]


def test_asking_twice_is_asking_once() -> None:
    find(SPEC)
    find(SPEC)
    assert len(kept.wanted(10)) == 1


def test_a_chart_that_cannot_be_drawn_is_not_asked_for_again() -> None:
    broken = {**SPEC, "mark": "no-such-mark"}
    find(broken)
    assert draw_wanted() == 1
    assert find(broken)[1] is None
    assert kept.wanted(10) == []


def test_a_drawing_too_large_to_send_stays_out() -> None:
    many = {**SPEC, "data": {"values": [{"a": str(i), "b": i} for i in range(3000)]}, "height": {"step": 20}}
    find(many)
    draw_wanted()
    assert find(many)[1] is None


def test_unused_drawings_are_forgotten() -> None:
    find(SPEC)
    assert kept.prune(timedelta(days=1)) == 0
    assert kept.prune(timedelta(seconds=-1)) == 1
