"""Limits of the QCVN, by the day on which they hold."""

from datetime import date

import pytest
from pydantic import ValidationError

from services.methods.limits import Limit, all_limits, limit, without_overlap

YESTERDAY = date(2026, 11, 22)


def a_limit(**changes: object) -> Limit:
    row: dict[str, object] = {
        "parameter": "PM2.5",
        "average": "24h",
        "value": 50,
        "unit": "µg/Nm³",
        "doc": "QCVN",
        "valid_from": date(2023, 9, 12),
        "valid_to": date(2025, 12, 31),
        "confidence": "S",
    }
    return Limit.model_validate(row | changes)


def value_of(parameter: str, average: str, on: date = YESTERDAY) -> float | None:
    found = limit(parameter, average, on)
    return None if found is None else found.value


def test_pm25_falls_to_45_with_2026() -> None:
    assert value_of("PM2.5", "24h", date(2025, 12, 31)) == 50
    assert value_of("PM2.5", "24h", date(2026, 1, 1)) == 45


@pytest.mark.parametrize(
    ("parameter", "average", "value"),
    [
        ("SO2", "1h", 350),
        ("SO2", "24h", 125),
        ("CO", "1h", 30000),
        ("CO", "8h", 10000),
        ("NO2", "24h", 100),
        ("O3", "1h", 200),
        ("O3", "8h", 120),
        ("TSP", "24h", 200),
        ("PM10", "24h", 100),
        ("PM2.5", "year", 25),
        ("benzene", "1h", 22),
        ("PM2.5", "1h", None),
        ("unknown", "1h", None),
    ],
)
def test_ambient_air(parameter: str, average: str, value: float | None) -> None:
    assert value_of(parameter, average) == value


def test_no_limit_before_the_circular() -> None:
    assert value_of("SO2", "1h", date(2023, 9, 11)) is None


def test_surface_water_by_class_and_bound() -> None:
    floor = limit("pH", "sample", YESTERDAY, category="B", bound="lower")
    ceiling = limit("pH", "sample", YESTERDAY, category="B")
    oxygen = limit("DO", "sample", YESTERDAY, category="A", bound="lower")
    assert floor is not None
    assert ceiling is not None
    assert oxygen is not None
    assert (floor.value, ceiling.value, oxygen.value) == (6.0, 8.5, 6)
    assert limit("BOD5", "sample", YESTERDAY, category="D") is None
    assert value_of("Hg", "sample") == 0.001


def test_two_limits_of_one_thing_never_hold_together() -> None:
    later = a_limit(value=45, valid_from=date(2025, 12, 31), valid_to=None)
    with pytest.raises(ValueError, match="two limits hold on 2025-12-31"):
        without_overlap([later, a_limit()])
    with pytest.raises(ValueError, match="two limits"):
        without_overlap([a_limit(valid_to=None), a_limit(valid_from=date(2026, 1, 1), valid_to=None)])


def test_an_uncertain_limit_must_be_switched_off() -> None:
    with pytest.raises(ValidationError, match="enabled: false"):
        a_limit(confidence="U")
    with pytest.raises(ValidationError, match="enabled: false"):
        a_limit(value=None)
    assert not a_limit(confidence="U", value=None, enabled=False).holds_on(date(2024, 1, 1))


def test_every_limit_names_its_document() -> None:
    assert len(all_limits()) > 60
    assert all(entry.doc.startswith("QCVN") and entry.unit for entry in all_limits())
