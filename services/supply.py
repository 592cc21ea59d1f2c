"""How the agencies supply their data: sources, their last deliveries, the rows refused."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl
import xlsxwriter

from config.models import ExpectedOf, Indicator, RatioOf, Source
from config.registry import load_registry
from data_access import lineage
from data_access.connectors.files import problem_of
from data_access.database import now
from data_access.figures import source_state
from data_access.ingestion import raw_store
from services.access import Viewer, may
from services.completeness import completeness
from services.figure import Freshness
from services.indicators import figure, freshness_of


def sources(language: str = "vi") -> pl.DataFrame:
    """Return every source: id, name, domain, owner, cycle, freshness, times, rows, simulated.

    `valid`, `complete`: percentages of the rows that met the contract, of what was promised that came, null where
    not measured; `problem`: what was the matter at the last look at its folder (Vietnamese).
    """
    registry, at = load_registry(), now()
    rows = []
    for source in registry.sources.values():
        state = source_state(source.id)
        kept, refused = (state.rows_kept, state.rows_rejected) if state else (0, 0)
        rows.append(
            {
                "id": source.id,
                "name": source.name.of(language),
                "domain": registry.domains[source.domain].name.of(language),
                "owner": registry.agencies[source.owner].name.of(language),
                "cycle": int(source.cycle.total_seconds() // 60) if source.cycle else None,
                "freshness": freshness_of(source, state.last_time if state else None, None, True, at).value,
                "received_at": state.received_at if state else None,
                "until": state.last_time if state else None,
                "kept": kept,
                "rejected": refused,
                "valid": 100 * kept / (kept + refused) if kept + refused else None,
                "complete": _complete(source, state.last_batch, at) if state else None,
                "simulated": source.simulated,
                "problem": problem_of(source.id),
            }
        )
    return pl.DataFrame(rows, infer_schema_length=None)


def _complete(source: Source, last_batch: int, at: datetime) -> float | None:
    """Return the percentage of what was promised that came: deliveries, or a station's values by day."""
    share = completeness(source, last_batch, at)
    return 100 * share if share is not None else next(map(_value, _capture_indicators(source)), None)


def _value(indicator: Indicator) -> float | None:
    return figure(indicator.id).value


def _capture_indicators(source: Source) -> Iterator[Indicator]:
    """Yield the indicators of a source that divide by what its stations promise."""
    indicators = load_registry().indicators
    for indicator in indicators.values():
        whole = indicators[indicator.origin.denominator] if isinstance(indicator.origin, RatioOf) else indicator
        if indicator.source == source.id and whole is not indicator and isinstance(whole.origin, ExpectedOf):
            yield indicator


def deliveries(source: str, limit: int = 50) -> pl.DataFrame:
    """Return the last deliveries of a source, newest first."""
    names = (
        "id",
        "file",
        "status",
        "received_at",
        "last_time",
        "rows_read",
        "rows_kept",
        "rows_rejected",
        "sha256",
        "message",
    )
    found = [{n: getattr(b, n) for n in names} for b in lineage.recent_batches(source, limit)]
    return pl.DataFrame(found, infer_schema_length=None)


def refused(batch: int) -> pl.DataFrame:
    """Return the refused cells of a delivery: sheet, row, column, value, rule, message."""
    return pl.DataFrame(lineage.rejects_of(batch), infer_schema_length=None)


def original(batch: int, viewer: Viewer) -> tuple[str, bytes] | None:
    """Return name and bytes of a delivered file to those entitled to restricted data; None to others."""
    found = lineage.batch_by_id(batch)
    if found is None or not may(viewer, "see_restricted"):
        return None
    return found["file"], raw_store.read(found["sha256"])


def refused_rows(batch: int) -> bytes:
    """Return a workbook of the refused rows with the reason in the last column, to mend and send again."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet("Từ chối")
    bold = book.add_format({"bold": True})
    for x, title in enumerate(("Trang tính", "Dòng", "Cột", "Giá trị", "Lý do và cách sửa")):
        sheet.write_string(0, x, title, bold)
    sheet.set_column(3, 4, 60)
    for y, row in enumerate(lineage.rejects_of(batch), start=1):
        for x, name in enumerate(("sheet", "row", "column", "value", "message")):
            sheet.write_string(y, x, "" if row[name] is None else str(row[name]))
    book.close()
    return out.getvalue()


@dataclass(frozen=True)
class Feed:
    """A source that promises a cycle and has delivered: whether it keeps its promise, and how far its data reach."""

    source: Source
    freshness: Freshness
    until: datetime


def feeds() -> list[Feed]:
    """Return how every source that promises a cycle keeps it now."""
    at, found = now(), []
    for source in load_registry().sources.values():
        state = source_state(source.id)
        if state is None:
            continue
        freshness = freshness_of(source, state.last_time, None, True, at)
        if freshness in (Freshness.FRESH, Freshness.LATE, Freshness.DEAD):
            found.append(Feed(source, freshness, state.last_time))
    return found


def summary() -> dict[str, Any]:
    """Return how many sources there are and how many keep their promise."""
    found = feeds()
    return {"all": len(found), "fresh": sum(feed.freshness == Freshness.FRESH for feed in found)}
