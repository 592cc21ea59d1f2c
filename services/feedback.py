"""Citizens' reports that may be one: suggested by the machine, merged or kept apart by a person entitled to.

A decision stands in the operations database, with who and when. Both reports are then taken in again through
the pipeline, where `services.methods.feedback` applies it, as to whatever their systems deliver later.
"""

import json
from datetime import UTC, datetime
from typing import Any, Final

import polars as pl

from config.locale import say
from config.registry import load_registry
from data_access import feedback_merge, figures
from data_access.database import now
from data_access.feedback_merge import APART, MERGED, Key
from data_access.figures import Slice
from data_access.ingestion.pipeline import Delivery, ingest
from services.access import Viewer, may, row_places
from services.indicators import NotEntitled, states
from services.methods.catalogue import METHODS
from services.question import QuestionError
from services.rows import may_list

DOMAIN: Final = "feedback"
SUGGESTED: Final = "fb_suggested"
SOURCE: Final = "feedback_decisions"
FACT: Final = "feedback"


def sees_reports(viewer: Viewer) -> bool:
    """Say whether a viewer may see single reports."""
    return may_list(viewer, FACT)


def may_merge(viewer: Viewer, place: str | None = None) -> bool:
    """Say whether a viewer may merge reports of a place (None: anywhere at all)."""
    return sees_reports(viewer) and bool(may(viewer, "merge_feedback", domain=DOMAIN, place=place))


def suggestions(viewer: Viewer, at: datetime | None = None, found: pl.DataFrame | None = None) -> pl.DataFrame:
    """Return the open reports that may repeat an earlier one, newest first (see `likely_duplicates`).

    Only those of the viewer's places; `found` are the indicator's states where they are known. Raises NotEntitled.
    """
    if not sees_reports(viewer):
        raise NotEntitled(say("access.list_not_allowed"))
    found, places = states(SUGGESTED, at=at, viewer=viewer) if found is None else found, row_places(viewer)
    return found if places is None else found.filter(pl.col("place").is_in(sorted(places)))


def merge(viewer: Viewer, duplicate: Key, of: Key) -> bool:
    """Merge a report into another, which keeps the earlier clock; False where somebody decided before.

    Raises NotEntitled, or QuestionError for an unknown report.
    """
    return _decide(viewer, duplicate, of, MERGED)


def keep_apart(viewer: Viewer, duplicate: Key, of: Key) -> bool:
    """Keep two reports apart: never suggested again, and no longer merged where they were; False if already so."""
    return _decide(viewer, duplicate, of, APART)


def _decide(viewer: Viewer, duplicate: Key, of: Key, decision: str) -> bool:
    both = {key: _report(key) for key in (duplicate, of)}
    if duplicate == of or not all(may_merge(viewer, row["place"] or "") for row in both.values()):
        raise NotEntitled(say("feedback.merge_not_entitled"))
    at = now()
    clock = min(row["received_at"] for row in both.values())
    if not feedback_merge.decide(duplicate, of, decision, clock, viewer.user, at):
        return False
    told = {"decision": decision, "duplicate": str(duplicate), "of": str(of), "decided_by": viewer.user,
            "decided_at": _written(at)}
    _take_in_again(list(both.values()), told, f"{decision}_{duplicate.feedback}_{at:%Y%m%dT%H%M%S}.json")
    return True


def _report(key: Key) -> dict[str, Any]:
    """Return a report as it stands; raise QuestionError where there is none."""
    columns = list(load_registry().facts[FACT].columns)
    found = figures.values(FACT, columns, Slice(None, None, {"system": key.system, "feedback": key.feedback}),
                           METHODS)
    if found.is_empty():
        raise QuestionError(say("feedback.unknown_report", number=key.feedback))
    return found.row(0, named=True)


def _written(value: Any) -> Any:
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ") if isinstance(value, datetime) else value


def _take_in_again(reports: list[dict[str, Any]], told: dict[str, str], name: str) -> None:
    """Deliver reports as they stand, with the decision told beside, through the pipeline."""
    source = load_registry().sources[SOURCE]
    rows = [{**{column: _written(row[column]) for column in source.fields}, **told} for row in reports]
    (receipt,) = ingest(source, [Delivery(name, json.dumps(rows, ensure_ascii=False).encode())], METHODS)
    if receipt.status != "accepted":
        raise RuntimeError(f"{name}: {receipt.message or receipt.rejects}")


__all__ = ["Key", "keep_apart", "may_merge", "merge", "sees_reports", "suggestions"]
