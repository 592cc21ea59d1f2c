"""The ledger of deliveries: batches, refused rows, raw files, versions of facts, state of sources."""

from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
)

from data_access.database import Instant, facts_metadata

ROW_ID = BigInteger().with_variant(Integer, "sqlite")

batch = Table(
    "batch",
    facts_metadata,
    Column("id", ROW_ID, primary_key=True, autoincrement=True),
    Column("source", Text, nullable=False),
    Column("file", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("rows_read", Integer, nullable=False, server_default="0"),
    Column("rows_kept", Integer, nullable=False, server_default="0"),
    Column("rows_rejected", Integer, nullable=False, server_default="0"),
    Column("rows_changed", Integer, nullable=False, server_default="0"),
    Column("first_time", Instant),
    Column("last_time", Instant),
    Column("message", Text),
    Index(None, "source", "id"),
    Index(None, "sha256"),
)

reject = Table(
    "reject",
    facts_metadata,
    Column("batch", ROW_ID, ForeignKey("batch.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("sheet", Text, nullable=False),
    Column("row", Integer, nullable=False),
    Column("column", Text, nullable=False),
    Column("value", Text),
    Column("rule", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("mark", Text),
)

raw_file = Table(
    "raw_file",
    facts_metadata,
    Column("sha256", Text, primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("stored_at", Instant, nullable=False),
)

secret_mark = Table(
    "secret_mark",
    facts_metadata,
    Column("fact", Text, primary_key=True),
    Column("mark", Text, primary_key=True),
    Column("batch", ROW_ID, ForeignKey("batch.id"), nullable=False),
    Column("told_at", Instant, nullable=False),
)
"""Documents that were called secret, by a keyed hash: nothing of them is ever taken in again."""

secret_trace = Table(
    "secret_trace",
    facts_metadata,
    Column("fact", Text, primary_key=True),
    Column("mark", Text, primary_key=True),
    Column("batch", ROW_ID, primary_key=True),
    sqlite_with_rowid=False,
)
"""Which deliveries tell of which documents. One that stands in `secret_mark` too is still to be cleaned."""

fact_version = Table(
    "fact_version",
    facts_metadata,
    Column("fact", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("changed_at", Instant, nullable=False),
)

source_state = Table(
    "source_state",
    facts_metadata,
    Column("source", Text, primary_key=True),
    Column("last_batch", BigInteger, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("last_time", Instant),
    Column("rows_kept", BigInteger, nullable=False, server_default="0"),
    Column("rows_rejected", BigInteger, nullable=False, server_default="0"),
    Column("score", Double),
)
