"""The outbreak rule against the fact sheet's vectors, the early signal against a second computation."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from math import isnan

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.methods import health_signals as rule

NOW = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
"""A Wednesday morning of week 48."""


def limits(base: Sequence[float], excluded: list[bool] | None = None, **how: object) -> tuple[float, float, float]:
    out = np.array(excluded or [False] * len(base))
    take = rule.taken(np.ones(len(base), bool), out, str(how.get("fill", "reach_back")))
    mean, sd, years = rule.baseline(base, take, int(str(how.get("ddof", 1))))
    return float(mean), float(sd), float(years)


def upper(base: Sequence[float], **how: object) -> float:
    mean, sd, _ = limits(base, **how)  # type: ignore[arg-type]
    return mean + 2 * sd


def test_the_line_of_the_month_is_mean_and_two_deviations() -> None:
    mean, sd, years = limits([8, 12, 6, 15, 9])
    assert (mean, round(sd, 4), years) == (10, 3.5355, 5)
    assert 17 < upper([8, 12, 6, 15, 9]) < 18
    assert round(upper([8, 12, 6, 15, 9], ddof=0), 2) == 16.32


def test_an_outbreak_year_masks_unless_it_is_left_out() -> None:
    base = [8, 12, 60, 15, 9, 7]
    assert round(upper(base[:5]), 2) == 64.97
    out = [False, False, True, False, False, False]
    assert round(upper(base, excluded=out), 2) == 16.74
    assert limits(base, out, fill="use_fewer")[2] == 4


def test_a_baseline_of_one_case_or_none() -> None:
    assert round(upper([0, 0, 1, 0, 0]), 3) == 1.094
    assert upper([0, 0, 0, 0, 0]) == 0


@given(st.lists(st.integers(0, 50), min_size=8, max_size=8), st.lists(st.booleans(), min_size=8, max_size=8))
@settings(max_examples=60, deadline=None)
def test_years_are_taken_newest_first_until_there_are_five(counts: list[int], out: list[bool]) -> None:
    kept = [c for c, x in zip(counts, out, strict=True) if not x][:5]
    mean, sd, years = limits([float(c) for c in counts], out)
    assert years == len(kept)
    if len(kept) > 1:
        assert mean == pytest.approx(np.mean(kept)) and sd == pytest.approx(np.std(kept, ddof=1))
    else:
        assert isnan(sd)


def test_ears_as_published() -> None:
    found = rule.ears([3, 4, 2, 5, 3, 4, 3, 4, 6, 5, 9, 13])
    assert found["c1"][10] == pytest.approx(4.237, abs=5e-4)
    assert found["c2"][10] == pytest.approx(5.563, abs=5e-4)
    assert found["c2"][11] == pytest.approx(6.797, abs=5e-4)
    assert found["c3"][11] == pytest.approx(10.97, abs=2e-2)
    assert np.isnan(rule.ears([2] * 12)["c1"]).all()


@given(st.integers(0, 12), st.integers(0, 40), st.integers(1, 30))
@settings(max_examples=60, deadline=None)
def test_the_surprise_is_the_tail_of_the_predictive_distribution(recent: int, total: int, windows: int) -> None:
    """Against the distribution summed over a fine grid of the unknown rate."""
    rate = np.linspace(1e-9, (total + 12) / windows * 5 + 2, 40_000)
    weight = np.exp((total - 0.5) * np.log(rate) - windows * rate - (total - 0.5) * np.log((total + 0.5) / windows))
    if total == 0:
        rate, weight = rate**2, np.exp(-windows * rate**2)  # the half power of the prior, put into the step
    below = sum((np.exp(-rate) * rate**k / _factorial(k) * weight).sum() for k in range(recent))
    assert float(rule.surprise(recent, total, windows)) == pytest.approx(1 - below / weight.sum(), abs=4e-3)


def _factorial(k: int) -> float:
    return float(np.prod(np.arange(1, k + 1))) if k else 1.0


def test_false_alarms_are_counted_on_quiet_histories() -> None:
    quiet = np.concatenate([np.full(900, 0.03), np.full(100, 0.8)])
    share = rule.false_alarms(quiet, 10)
    assert 0 <= share < 0.002
    assert rule.false_alarms(quiet, 10) == share
    exact = sum(_negative_binomial(n, 0, 10) for n in range(2))
    assert float(rule.surprise(2, 0, 10)) == pytest.approx(1 - exact)
    assert rule.false_alarms([], 10) == 0


def _negative_binomial(n: int, total: int, windows: int) -> float:
    size, keep = total + 0.5, windows / (windows + 1)
    choose = float(np.prod([(size + k) / (k + 1) for k in range(n)])) if n else 1.0
    return float(choose * keep**size * (1 - keep) ** n)


# Communes and diseases

def cases(disease: str, days: list[date], place: str = "14797", **more: object) -> pl.DataFrame:
    return pl.DataFrame({
        "case": [f"{disease}-{n}" for n in range(len(days))], "place": place, "disease": disease,
        "onset_at": [datetime(d.year, d.month, d.day, 2, tzinfo=UTC) for d in days],
        "confirmed": more.get("confirmed", 0), "cluster": more.get("cluster", ""),
    }).with_columns(pl.col("onset_at").cast(pl.Datetime("us", "UTC")))  # fmt: skip


def state(*parts: pl.DataFrame, **how: object) -> dict[str, object]:
    found = rule.judged(rule.observed(pl.concat(parts), NOW), 2026, how.get("excluded"))  # type: ignore[arg-type]
    assert found.height == 1
    return found.row(0, named=True)


def novembers(counts: list[int], disease: str = "cum") -> pl.DataFrame:
    """Cases early in the Novembers before 2026, newest first, outside the weeks and windows of now."""
    held = [date(2025 - k, 11, 1 + n % 4) for k, count in enumerate(counts) for n in range(count)]
    return cases(disease, [*held, date(2018, 6, 1)])


def this_month(count: int, disease: str = "cum") -> pl.DataFrame:
    return cases(disease, [date(2026, 11, 1 + n % 3) for n in range(count)])


def test_seventeen_cases_are_no_outbreak_and_eighteen_are() -> None:
    base = novembers([8, 12, 6, 15, 9])
    assert state(base, this_month(17))["level"] == "none"
    found = state(base, this_month(18))
    assert (found["level"], found["month"], found["low_base"]) == ("outbreak", 18, False)


def test_the_switch_of_excluded_years_moves_the_line() -> None:
    base = novembers([8, 12, 60, 15, 9, 7])
    assert state(base, this_month(18), excluded=frozenset())["level"] == "none"
    assert state(base, this_month(18), excluded=frozenset({2023}))["level"] == "outbreak"


def test_one_case_over_a_nil_baseline_is_said_to_be_one() -> None:
    found = state(novembers([0, 0, 0, 0, 0]), this_month(1))
    assert (found["level"], found["low_base"]) == ("outbreak", True)
    assert state(novembers([0, 0, 1, 0, 0]), this_month(1))["level"] == "none"
    assert state(novembers([0, 0, 1, 0, 0]), this_month(2))["level"] == "outbreak"


def week_days(year: int, count: int) -> list[date]:
    return [date.fromisocalendar(year, 48, 1 + n % 2) for n in range(count)]


@pytest.mark.parametrize(("count", "level", "above"), [(3, "none", False), (4, "warning", False), (5, "warning", True)])
def test_the_week_warns_from_mean_and_one_deviation(count: int, level: str, above: bool) -> None:
    past = [d for k, n in enumerate([2, 3, 1, 4, 2]) for d in week_days(2025 - k, n)]
    busy = [date(2025 - k, 11, 1) for k in range(5) for _ in range(30)]
    found = state(cases("cum", [*past, *busy, date(2018, 6, 1), *week_days(2026, count)]))
    assert (found["week"], found["level"], found["above_band"]) == (count, level, above)


def test_a_disease_that_is_not_endemic_goes_by_linked_cases() -> None:
    def linked(count: int, days: list[date]) -> object:
        base = cases("rubella", [date(2018, 6, 1)])
        return state(base, cases("rubella", days[:count], cluster="OD-1"))["level"]

    month = [date(2026, 11, 1 + n) for n in range(5)]
    week = [date(2026, 11, 23)] * 3
    assert (linked(5, month), linked(4, month)) == ("outbreak", "none")
    assert (linked(3, week), linked(2, week)) == ("warning", "none")
    apart = pl.concat([cases("rubella", [d], cluster=f"OD-{n}") for n, d in enumerate(month)])
    assert state(cases("rubella", [date(2018, 6, 1)]), apart)["level"] == "none"


def test_one_confirmed_case_of_group_a_warns() -> None:
    monday = [date(2026, 11, 23)]
    assert state(cases("bai_liet", monday, confirmed=1))["level"] == "warning"
    assert state(cases("bai_liet", monday))["level"] == "none"


def test_an_early_signal_needs_three_cases_that_chance_does_not_explain() -> None:
    old = cases("soi", [date(2018, 6, 1)])
    near = [NOW.date() - timedelta(days=n) for n in (2, 6, 11)]
    assert state(old, cases("soi", near))["signal"] is True
    assert state(old, cases("soi", near[:2]))["signal"] is False
    usual = [date(2025 - k, 11, 20) for k in range(5) for _ in range(3)]
    assert state(old, cases("soi", [*usual, *near]))["signal"] is False


def test_without_three_years_nothing_is_judged() -> None:
    found = state(cases("cum", [date(2025, 11, 1), *[date(2026, 11, 2)] * 9]))
    assert (found["level"], found["signal"]) == ("unknown", False)


def test_week_53_is_held_against_week_52_of_a_year_without_it() -> None:
    at = datetime(2027, 1, 2, 3, tzinfo=UTC)  # Saturday of week 53 of 2026
    rows = cases("cum", [date(2026, 12, 29), date(2025, 12, 24), date(2024, 12, 25), date(2020, 12, 30)])
    found = rule.observed(rows, at).row(0, named=True)
    assert (found["week"], found["week_years"][:6]) == (1, [1, 1, 0, 0, 0, 1])


def test_no_rows_no_states() -> None:
    empty = rule.outbreak_signals(cases("cum", []), NOW)
    assert empty.is_empty() and {"signal", "level", "low_base"} <= set(empty.columns)
