"""Literal figures to draw, and a database of their own for drawings."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from config.settings import settings
from data_access.database import engine_at, operations_engine, operations_metadata
from data_access.drawings import drawing
from services.figure import Figure, Freshness, Period, Status

OCTOBER = Period("month", datetime(2026, 9, 30, 17, tzinfo=UTC), datetime(2026, 10, 31, 17, tzinfo=UTC), "10/2026")
USUAL: dict[str, Any] = {
    "id": "dvc_on_time|38|2026-10",
    "indicator": "dvc_on_time",
    "name": {"vi": "Giải quyết đúng hạn", "en": "Resolved on time"},
    "value": 88.77,
    "unit": {"vi": "%", "en": "%"},
    "decimals": 2,
    "period": OCTOBER,
    "place": "38",
    "place_name": "Thanh Hóa",
    "agency": None,
    "where": {},
    "status": Status.BAD,
    "direction": "up",
    "target": 95.0,
    "near_target": 90.0,
    "freshness": Freshness.FRESH,
    "as_of": datetime(2026, 11, 23, 7, 5, tzinfo=UTC),
    "data_until": datetime(2026, 11, 23, 6, 53, tzinfo=UTC),
    "cycle": "mỗi giờ",
    "owner": "ttpvhcc",
    "owner_name": {"vi": "TTPVHCC", "en": "Service centre"},
    "source": "dossiers",
    "source_name": {"vi": "Hồ sơ một cửa", "en": "Dossiers"},
    "formula": {"vi": "đúng hạn / đã giải quyết", "en": "on time / resolved"},
    "legal_basis": "QĐ 766/QĐ-TTg",
    "visibility": "internal",
    "simulated": False,
}


@pytest.fixture
def make() -> Callable[..., Figure]:
    """Return a maker of figures that differ from the usual one in what is named."""
    return lambda **other: Figure(**{**USUAL, **other})


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Give the drawing cache an empty database."""
    monkeypatch.setenv("IOC_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("IOC_DATABASE_URL", raising=False)
    settings.cache_clear()
    engine_at.cache_clear()
    operations_metadata.create_all(operations_engine(), tables=[drawing])
    yield
    operations_engine().dispose()
    settings.cache_clear()
    engine_at.cache_clear()
