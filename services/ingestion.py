"""Takes in agencies' files: from paths, from drop folders."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from config.registry import load_registry
from data_access.ingestion.pipeline import Delivery, Receipt, ingest
from services.methods.catalogue import METHODS

GROUP_BYTES = 24_000_000
GROUP_FILES = 400


class UnknownSource(LookupError):  # noqa: N818 - it states what was asked for
    """A source that no declaration names."""


def groups(deliveries: Iterable[Delivery]) -> Iterable[list[Delivery]]:
    """Gather deliveries into transactions of bounded size."""
    group: list[Delivery] = []
    size = 0
    for delivery in deliveries:
        if group and (size + len(delivery.content) > GROUP_BYTES or len(group) >= GROUP_FILES):
            yield group
            group, size = [], 0
        group.append(delivery)
        size += len(delivery.content)
    if group:
        yield group


def ingest_files(source_id: str, paths: Iterable[Path], at: datetime | None = None) -> list[Receipt]:
    """Take in files of a source in the order given; raise UnknownSource, or OSError for a missing file."""
    source = load_registry().sources.get(source_id)
    if source is None:
        known = ", ".join(sorted(load_registry().sources))
        raise UnknownSource(f"Không có nguồn “{source_id}”. Các nguồn: {known}")
    deliveries = (Delivery(path.name, path.read_bytes()) for path in paths)
    return [receipt for group in groups(deliveries) for receipt in ingest(source, group, METHODS, at)]
