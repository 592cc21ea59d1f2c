"""What people decided about reports that may be one: merged or kept apart, by whom and when; only ever added to."""

from datetime import datetime
from typing import NamedTuple

import polars as pl
from sqlalchemy import Column, Connection, Index, String, Table, func, insert, select

from data_access import audit
from data_access.database import Instant, operations_engine, operations_metadata, reading, writing
from data_access.frames import read_rows
from data_access.ingestion.merge import lock
from data_access.ledger import ROW_ID

MERGED, APART = "merged", "apart"

feedback_decision = Table(
    "feedback_decision",
    operations_metadata,
    Column("id", ROW_ID, primary_key=True, autoincrement=True),
    Column("system", String(64), nullable=False),
    Column("feedback", String(128), nullable=False),
    Column("of_system", String(64), nullable=False),
    Column("of_feedback", String(128), nullable=False),
    Column("decision", String(16), nullable=False, comment="merged or apart; the newest of a pair counts"),
    Column("clock_at", Instant, nullable=False, comment="when the earlier of the two was sent"),
    Column("actor", String(64), nullable=False),
    Column("decided_at", Instant, nullable=False),
)
Index(None, feedback_decision.c.system, feedback_decision.c.feedback)


class Key(NamedTuple):
    """A report by the system that holds it and its number there."""

    system: str
    feedback: str

    def __str__(self) -> str:
        """Return both in one word, as shown and logged."""
        return f"{self.system}:{self.feedback}"


def decisions() -> pl.DataFrame:
    """Return the decision in force on every pair: `system, feedback, of_system, of_feedback, decision, clock_at, …`."""
    with reading(operations_engine()) as connection:
        return _in_force(connection)


def _in_force(connection: Connection) -> pl.DataFrame:
    d = feedback_decision.c
    newest = select(func.max(d.id)).group_by(d.system, d.feedback, d.of_system, d.of_feedback)
    return read_rows(connection, select(feedback_decision).where(d.id.in_(newest)).order_by(d.id))


def decide(duplicate: Key, of: Key, decision: str, clock_at: datetime, actor: str, at: datetime) -> bool:
    """Record a decision on a pair with its entry in the audit trail; False where it would change nothing or clash.

    A report is merged into one other only, never into one that is itself merged, nor once others are merged into it.
    """
    with writing(operations_engine()) as connection:
        lock(connection, feedback_decision.name)
        known = _in_force(connection)
        same = known.filter(pl.col("system") == duplicate.system, pl.col("feedback") == duplicate.feedback,
                            pl.col("of_system") == of.system, pl.col("of_feedback") == of.feedback)
        if decision in same["decision"]:
            return False
        merged = known.filter(pl.col("decision") == MERGED)
        into = {Key(*k) for k in merged.select("of_system", "of_feedback").iter_rows()}
        gone = {Key(*k) for k in merged.select("system", "feedback").iter_rows()}
        if decision == MERGED and (duplicate in gone | into or of in gone):
            return False
        connection.execute(insert(feedback_decision).values(
            system=duplicate.system, feedback=duplicate.feedback, of_system=of.system, of_feedback=of.feedback,
            decision=decision, clock_at=clock_at, actor=actor, decided_at=at))
        audit.record(connection, actor, f"feedback_{decision}", f"feedback:{duplicate}", of=str(of))
        return True
