"""Every version of a task: the row in force and those it superseded, each with the file and row it came in."""

from typing import Any, Final

from sqlalchemy import select

from data_access import ledger
from data_access.database import reading
from data_access.facts import fact_table, history_table

FACT: Final = "task"


def task_versions(task: str) -> list[dict[str, Any]]:
    """Return the versions of a task, newest first: the fact's columns, `batch, file, row, recorded_at, superseded_at`.

    `superseded_at` is None for the one in force; one that came after a newer one was superseded at once.
    """
    found: list[dict[str, Any]] = []
    with reading() as connection:
        for table in (fact_table(FACT), history_table(FACT)):
            query = select(table, ledger.batch.c.file).join(ledger.batch, ledger.batch.c.id == table.c.batch)
            rows = connection.execute(query.where(table.c.task == task)).mappings()
            found += [{"superseded_at": None, **row} for row in rows]
    return sorted(found, key=lambda row: (row["updated_at"], row["recorded_at"]), reverse=True)
