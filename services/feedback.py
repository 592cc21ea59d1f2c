"""Citizens' reports that may be one: suggested by the machine, merged or kept apart by a person entitled to.

A decision stands in the operations database, with who and when. Both reports are then taken in again through
the pipeline, where `services.methods.feedback` applies it, as to whatever their systems deliver later. A batch
that was judged before the decision and written after it is put right by `settle`, which follows every batch.
"""

import json
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import polars as pl

from config.locale import say
from config.registry import load_registry
from data_access import feedback_merge, figures
from data_access.database import now
from data_access.feedback_merge import APART, MERGED, Key, decisions
from data_access.figures import Slice
from data_access.ingestion.pipeline import Delivery, ingest
from services.access import Viewer, may, row_places
from services.indicators import NotEntitled, states
from services.methods.catalogue import METHODS
from services.methods.feedback import decided
from services.question import QuestionError
from services.rows import may_list

DOMAIN: Final = "feedback"
SUGGESTED: Final = "fb_suggested"
SOURCE: Final = "feedback_decisions"
FACT: Final = "feedback"
SHOWN: Final = ("merged_into", "kept_apart", "sent_from")
"""The columns of a report in which a decision shows."""
SETTLED_BY, MOST_TRIES = timedelta(days=2), 3


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
    found = found.join(decisions(), on=["system", "feedback", "of_system", "of_feedback"], how="anti")
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
    settle()
    return True


def unsettled() -> list[dict[str, Any]]:
    """Return the reports decided on of late that do not show it, since a batch judged before was written after."""
    made = decisions()
    recent = made.filter(pl.col("decided_at") >= now() - SETTLED_BY)
    numbers = [*recent["feedback"], *recent["of_feedback"]]
    if not numbers:
        return []
    columns = list(load_registry().facts[FACT].columns)
    rows = figures.values(FACT, columns, Slice(None, None, {"feedback": numbers}), METHODS).select(columns)
    shown, due = rows.select(SHOWN), decided(rows.drop(SHOWN), made).select(SHOWN)
    alike = pl.Series([a == b for a, b in zip(shown.rows(), due.rows(), strict=True)], dtype=pl.Boolean)
    return rows.filter(~alike).to_dicts()


def settle() -> int:
    """Take in again the reports that do not show what was decided on them; return how many there were."""
    count = 0
    for _ in range(MOST_TRIES):
        rows = unsettled()
        if not rows:
            break
        at, count = now(), count + len(rows)
        _take_in_again(rows, {"settled_at": _written(at)}, f"settled_{at:%Y%m%dT%H%M%S%f}.json")
    return count


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


__all__ = ["Key", "keep_apart", "may_merge", "merge", "sees_reports", "settle", "suggestions", "unsettled"]
