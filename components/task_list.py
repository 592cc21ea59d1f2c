"""The list of tasks for those entitled: by group, searched at once with and without accents, each a door."""

from collections.abc import Sequence

import polars as pl

from components import asking, tables
from components.listing import Listing, listing
from components.screen import Screen
from components.tables import ColumnSpec
from components.tasks import column
from config.locale import say
from services.methods.mapped import mapped
from services.methods.tasks import STATES
from services.tasks import with_states

NUMBER = r"[?&]task=([^&]+)"


def _dressed(screen: Screen, rows: pl.DataFrame) -> pl.DataFrame:
    """Return rows with their state now and the address of each task's own page."""
    states = {s: say(f"tasks.state_{s}", screen.language) for s in STATES}
    return with_states(rows, asking.moment()).with_columns(
        pl.when("is_late").then("late_days").otherwise(rows["late_days"]).alias("late_days"),
        pl.col("state").replace(states),
        mapped(rows["task"], lambda task: screen.door(task=task)).alias("door"),
    )


def _columns(_: Screen, group: str) -> Sequence[ColumnSpec]:
    kinds: dict[str, tables.Kind] = {"last_due_at": "date", "submitted_at": "date", "late_days": "number"}
    told = () if group in ("open_late", "due_soon", "no_due") else ("submitted_at", "state")
    late = ("late_days",) if group in ("open_late", "done_late", "returned", "all") else ()
    names = ("content", "agency", "assigner", "last_due_at", *told[:1], *late, *told[1:])
    widths = {"content": 320 if told else 440, "agency": 150, "state": 170, "late_days": 70, "assigner": 130}
    first = column("door", "tasks.column_task", "link", named=NUMBER, width=110)
    return [first, *(column(n, f"tasks.column_{n}", kinds.get(n, "text"), width=widths.get(n, 90)) for n in names)]


TASKS = Listing(
    fact="task",
    figures={
        "open_late": "task_open_late", "due_soon": "task_due_soon", "returned": "task_returned",
        "waiting": "task_waiting", "no_due": "task_no_due", "done_late": "task_done_late", "stopped": "task_stopped",
        "all": "task_total",
    },
    texts="tasks_page",
    columns=_columns,
    codes={"agency": "agency", "assigner": "assigner"},
    dressed=_dressed,
)  # fmt: skip


def task_list(screen: Screen) -> None:
    """Draw the list of tasks."""
    listing(screen, TASKS)
