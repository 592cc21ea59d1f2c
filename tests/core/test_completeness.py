"""“Đủ”: the share of promised deliveries that came is counted, not declared."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from config.registry import load_registry
from data_access.database import now
from data_access.figures import source_state
from data_access.ingestion.pipeline import Delivery
from services import supply
from services.completeness import completeness
from services.indicators import figure
from tests.core.deliveries import air_file, steady, take_in

HEADER = "vessel_reg,device_id,provider,fix_time_utc,lat,lon,speed_kn,course_deg,source,battery,alarm,received_at"
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def positions(*moments: datetime) -> Delivery:
    """Return a provider's file with a position of one vessel at each moment."""
    rows = [
        f"TH-90001-TS,MP700001,VNPT,{m:%Y-%m-%dT%H:%M:%SZ},19.5,106.2,5.0,90,SAT,12.4,,{m:%Y-%m-%dT%H:%M:%SZ}"
        for m in moments
    ]
    return Delivery(f"vms_{moments[-1]:%Y%m%d%H%M}.csv", "\n".join([HEADER, *rows]).encode())


def share(source: str, at: datetime) -> float | None:
    state = source_state(source)
    return completeness(load_registry().sources[source], state.last_batch if state else 0, at)


def test_an_hour_without_a_delivery_is_missing_until_it_comes_late(store: str) -> None:
    for hour in (0, 1, 2, 4):
        take_in(positions(NOON + timedelta(hours=hour, minutes=10)), source="vessel_vms")
    at = NOON + timedelta(hours=7, minutes=5)
    assert share("vessel_vms", at) == pytest.approx(4 / 5)
    take_in(positions(NOON + timedelta(hours=3, minutes=10)), source="vessel_vms")
    assert share("vessel_vms", at) == 1


def test_a_file_stands_for_all_the_hours_it_tells_of(store: str) -> None:
    take_in(positions(NOON), source="vessel_vms")
    take_in(positions(NOON + timedelta(hours=1), NOON + timedelta(hours=5)), source="vessel_vms")
    assert share("vessel_vms", NOON + timedelta(hours=8)) == 1


def test_a_feed_that_fell_silent_loses_with_every_hour_whose_promise_is_due(store: str) -> None:
    take_in(positions(NOON), source="vessel_vms")
    assert share("vessel_vms", NOON + timedelta(hours=2)) is None  # two hours of lateness are promised
    assert share("vessel_vms", NOON + timedelta(hours=3)) == 1
    assert share("vessel_vms", NOON + timedelta(hours=12)) == pytest.approx(1 / 10)


def test_where_nothing_is_promised_or_came_nothing_is_measured(store: str) -> None:
    assert share("vessel_vms", NOON) is None
    assert share("storm_tracks", NOON) is None


def test_stations_count_their_values(store: str) -> None:
    today = now().astimezone(UTC).replace(tzinfo=None) + timedelta(hours=7)
    start = today.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)
    take_in(air_file(steady("PM2,5", 30, 24, start), start))
    shown = supply.sources().filter(pl.col("id") == "air_tt10")["complete"].item()
    assert share("air_tt10", now()) is None
    assert shown == pytest.approx(figure("env_air_capture").value)
    assert 0 < shown < 10


def test_the_share_is_shown_with_the_source_and_on_its_figures(store: str) -> None:
    at = now().replace(minute=0, second=0, microsecond=0)
    for hour in (9, 8, 6, 5):
        take_in(positions(at - timedelta(hours=hour)), source="vessel_vms")
    shown = supply.sources().filter(pl.col("id") == "vessel_vms")["complete"].item()
    quality = figure("vessel_at_sea").quality
    assert 50 < shown < 90
    assert quality.complete is not None and quality.complete * 100 == pytest.approx(shown)
