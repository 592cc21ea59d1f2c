"""VN_WQI by Decision 1460: table vectors, groups, both means, and an independent recomputation."""

import math
from datetime import UTC, datetime
from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.locale import say
from services.methods import water_quality
from services.methods.piecewise import half_up
from services.methods.water_quality import (
    LEVELS,
    TOO_FEW_GROUPS,
    TOO_FEW_IN_GROUP_IV,
    configured_aggregate,
    do_saturation,
    level,
    vn_wqi,
    why_no_wqi,
    wqi,
    wqi_sub_index,
    wqi_sub_indices,
)

SITE = {"pH": 7, "DO": 5, "Temp": 28, "BOD5": 8, "COD": 20, "NH4": 0.5, "PO4": 0.25, "Coliform": 6000}
NOON = datetime(2026, 5, 1, 5, tzinfo=UTC)


def samples(station: str, params: dict[str, float]) -> pl.DataFrame:
    rows = [{"station": station, "symbol": k, "period": NOON, "value": float(v)} for k, v in params.items()]
    return pl.DataFrame(rows, schema_overrides={"period": pl.Datetime("us", "UTC"), "value": pl.Float64})


def test_oxygen_saturation() -> None:
    assert do_saturation(25) == pytest.approx(8.17566, abs=5e-6)
    assert do_saturation(28) == pytest.approx(7.72349, abs=5e-6)
    assert wqi_sub_indices({"DO": 5, "Temp": 28})["DO"] == pytest.approx(64.74, abs=0.005)


def test_oxygen_without_temperature_does_not_count() -> None:
    assert wqi_sub_indices({"DO": 5}) == {}


@pytest.mark.parametrize(
    ("parameter", "value", "index"),
    [
        ("BOD5", 8, 69.444),
        ("COD", 20, 66.667),
        ("NH4", 0.29, 100),
        ("NH4", 0.30, 75),
        ("NH4", 0.5, 58.333),
        ("PO4", 0.25, 62.5),
        ("NO3", 7, 65),
        ("NO3", 10, 50),
        ("NO3", 15, 25),
        ("NO3", 15.01, 10),
        ("NO2", 0.05, 100),
        ("NO2", 0.06, 10),
        ("Coliform", 6000, 65),
        ("Coliform", 10001, 10),
        ("pH", 5.49, 10),
        ("pH", 5.75, 75),
        ("pH", 8.8, 70),
        ("pH", 9.01, 10),
        ("Hg", 0.001, 100),
        ("Cd", 0.005, 75),
        ("BOD5", 60, 10),
        ("DDTs", 1.0, 100),
        ("DDTs", 1.1, 10),
        ("DO", 19.9, 10),
        ("DO", 20, 25),
        ("DO", 100, 100),
        ("DO", 200.1, 10),
    ],
)
def test_sub_indices(parameter: str, value: float, index: float) -> None:
    assert wqi_sub_index(parameter, value) == pytest.approx(index, abs=0.001)
    column = pl.select(water_quality.SCALES[parameter].column(pl.lit(float(value)))).item()
    assert column == pytest.approx(index, abs=0.001)


def test_a_whole_site_by_both_means() -> None:
    assert wqi(SITE, "sqrt") == pytest.approx(64.67, abs=0.005)
    assert wqi(SITE, "cuberoot") == pytest.approx(64.56, abs=0.005)
    assert half_up(wqi(SITE)) == 65
    assert configured_aggregate() == "sqrt"


def test_an_automatic_station_has_two_groups_and_no_index() -> None:
    station = {name: value for name, value in SITE.items() if name != "Coliform"} | {"TSS": 40}
    assert wqi(station) is None
    assert why_no_wqi(station) == TOO_FEW_GROUPS
    assert wqi(station | {"Pb": 0.01}) is not None


def test_group_iv_needs_three_parameters() -> None:
    assert why_no_wqi({"pH": 7, "Pb": 0.01, "Coliform": 100, "BOD5": 3, "COD": 5}) == TOO_FEW_IN_GROUP_IV
    assert why_no_wqi({}) == TOO_FEW_IN_GROUP_IV


def test_poison_lowers_the_whole_index() -> None:
    clean, poisoned = wqi(SITE | {"Pb": 0.01}), wqi(SITE | {"Pb": 0.05})
    assert clean is not None
    assert poisoned is not None
    assert poisoned == pytest.approx(clean * 0.25)


def test_levels_and_their_words() -> None:
    words = {value: found.word() for value in (95, 80, 65, 40, 10, 9) if (found := level(value))}
    assert words == {
        95: "Rất tốt",
        80: "Tốt",
        65: "Trung bình",
        40: "Xấu",
        10: "Kém",
        9: "Ô nhiễm rất nặng",
    }
    assert all(band.word(language) and band.use(language) for band in LEVELS for language in ("vi", "en"))
    assert level(None) is None


def test_the_frame_gives_value_level_or_reason() -> None:
    frame = pl.concat(
        [samples("a", SITE), samples("b", {k: v for k, v in SITE.items() if k != "Coliform"} | {"TSS": 9})]
    )
    assert vn_wqi(frame).rows() == [
        ("a", NOON, 65, "wqi_moderate", None),
        ("b", NOON, None, None, TOO_FEW_GROUPS),
    ]
    assert vn_wqi(frame.clear()).columns == ["station", "period", "value", "level", "reason"]


NAIVE: dict[str, list[tuple[float, float]]] = {
    "BOD5": [(4, 100), (6, 75), (15, 50), (25, 25), (50, 10)],
    "COD": [(10, 100), (15, 75), (30, 50), (50, 25), (150, 10)],
    "PO4": [(0.1, 100), (0.2, 75), (0.3, 50), (0.5, 25), (4, 10)],
    "As": [(0.01, 100), (0.02, 75), (0.05, 50), (0.1, 25)],
    "Coliform": [(2500, 100), (5000, 75), (7500, 50), (10000, 25)],
}


def naive_index(parameter: str, value: float) -> float:
    """Recompute a falling sub-index the way the Decision words it."""
    table = NAIVE[parameter]
    if value <= table[0][0]:
        return 100
    for (bp, q), (bp_next, q_next) in pairwise(table):
        if value <= bp_next:
            return (q - q_next) / (bp_next - bp) * (bp_next - value) + q_next
    return 10


@settings(max_examples=60, deadline=None)
@given(
    ph=st.floats(6, 8.5),
    bod=st.floats(0, 80),
    cod=st.floats(0, 200),
    phosphate=st.floats(0, 6),
    arsenic=st.none() | st.floats(0, 0.2),
    coliform=st.none() | st.floats(0, 20000),
    mean=st.sampled_from(["sqrt", "cuberoot"]),
)
def test_scalar_and_frame_agree_with_a_naive_recomputation(
    ph: float,
    bod: float,
    cod: float,
    phosphate: float,
    arsenic: float | None,
    coliform: float | None,
    mean: water_quality.Aggregate,
) -> None:
    params = {"pH": ph, "BOD5": bod, "COD": cod, "PO4": phosphate}
    params |= {} if arsenic is None else {"As": arsenic}
    params |= {} if coliform is None else {"Coliform": coliform}
    four = sum(naive_index(name, params[name]) for name in ("BOD5", "COD", "PO4")) / 3
    metal = 1.0 if arsenic is None else naive_index("As", arsenic) / 100
    expected: float | None = None
    if coliform is not None:
        five = naive_index("Coliform", coliform)
        both = math.sqrt(four * five) if mean == "sqrt" else (four * four * five) ** (1 / 3)
        expected = metal * both
    elif arsenic is not None:
        expected = metal * four
    assert wqi(params, mean) == (None if expected is None else pytest.approx(expected))
    assert vn_wqi(samples("a", params), mean)["value"].item() == half_up(wqi(params, mean))


@pytest.mark.parametrize("reason", [TOO_FEW_GROUPS, TOO_FEW_IN_GROUP_IV])
def test_reasons_are_in_the_catalogue(reason: str) -> None:
    assert say(reason) != say(reason, "en")
