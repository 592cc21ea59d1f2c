"""How good the data behind a figure is: measured from its deliveries, never declared."""

from typing import Any

from config.models import Source
from data_access.database import now
from data_access.figures import source_state
from services.completeness import completeness
from services.figure import Freshness, Quality

GRADES = ((0.99, "A"), (0.95, "B"), (0.8, "C"))


def quality_of(source: Source, freshness: Freshness, state: Any = None) -> Quality:
    """Return the shares measured for a source; the grade is that of the worst of them. `state`: if read already."""
    state = state or source_state(source.id)
    if state is None or not state.rows_kept + state.rows_rejected:
        return Quality()
    valid = state.rows_kept / (state.rows_kept + state.rows_rejected)
    complete = completeness(source, int(state.last_batch), now())
    on_time = {Freshness.FRESH: 1.0, Freshness.LATE: 0.0, Freshness.DEAD: 0.0}.get(freshness)
    worst = min(valid, 1.0 if complete is None else complete, 1.0 if on_time is None else max(on_time, 0.8))
    grade = next((g for limit, g in GRADES if worst >= limit), "D")
    return Quality(grade, valid, complete, on_time, int(state.rows_kept))
