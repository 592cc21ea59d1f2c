"""Small real-format files for the tests of the core: an air station's TT 10/2021 text."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from config.registry import load_registry
from data_access.ingestion.pipeline import Delivery, Receipt, ingest
from services.methods.catalogue import METHODS

STATION = "TH_NNMT_KHI001"
START = datetime(2026, 11, 20, 0, 0)


def record(symbol: str, value: object, at: datetime, status: str = "00", unit: str = "ug/m3") -> str:
    """Return one record; `at` is local time."""
    return f"{symbol}\t{value}\t{unit}\t{at:%Y%m%d%H%M%S}\t{status}"


def air_file(records: Sequence[str], at: datetime = START, station: str = STATION) -> Delivery:
    """Return a station's file of records."""
    return Delivery(f"{station}_{at:%Y%m%d%H%M%S}.txt", "\r\n".join(records).encode())


def steady(symbol: str, value: float, hours: int, start: datetime = START) -> list[str]:
    """Return `hours` of five-minute records of one value."""
    return [record(symbol, value, start + timedelta(minutes=5 * i)) for i in range(12 * hours)]


def take_in(*deliveries: Delivery, source: str = "air_tt10", at: datetime | None = None) -> list[Receipt]:
    """Take deliveries in, in one transaction."""
    return ingest(load_registry().sources[source], deliveries, METHODS, at)


def utc(local: datetime) -> datetime:
    """Return a local moment in UTC."""
    return (local - timedelta(hours=7)).replace(tzinfo=UTC)
