"""What the worker remembers between two runs: small notes by name, and remote files already fetched."""

from datetime import datetime

from sqlalchemy import BigInteger, Column, Table, Text, delete, insert, select

from data_access.database import Instant, now, operations_engine, operations_metadata, reading, writing

worker_note = Table(
    "worker_note",
    operations_metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
    Column("noted_at", Instant, nullable=False),
)

fetched_file = Table(
    "fetched_file",
    operations_metadata,
    Column("source", Text, primary_key=True),
    Column("path", Text, primary_key=True),
    Column("size", BigInteger, primary_key=True),
    Column("modified", Text, primary_key=True),
    Column("fetched_at", Instant, nullable=False),
)

DEMO = "demo"
"""The note of a filled demo province: profile, seed, until when."""


def note(name: str) -> str | None:
    """Return what was noted under a name."""
    with reading(operations_engine()) as connection:
        found: str | None = connection.execute(
            select(worker_note.c.value).where(worker_note.c.name == name)
        ).scalar()
    return found


def noted_at(name: str) -> datetime | None:
    """Return when something was last noted under a name."""
    with reading(operations_engine()) as connection:
        found: datetime | None = connection.execute(
            select(worker_note.c.noted_at).where(worker_note.c.name == name)
        ).scalar()
    return found


def take_note(name: str, value: str) -> None:
    """Note a value under a name, replacing what was there."""
    with writing(operations_engine()) as connection:
        connection.execute(delete(worker_note).where(worker_note.c.name == name))
        connection.execute(insert(worker_note).values(name=name, value=value, noted_at=now()))


def problem(source: str) -> str:
    """Return what was the matter when a source was last asked, by whatever connector; empty when all was well."""
    n = worker_note.c
    query = select(n.value).where(n.name.startswith(f"problem:{source}:", autoescape=True)).order_by(n.name)
    with reading(operations_engine()) as connection:
        return " ".join(filter(None, connection.execute(query).scalars()))


def remember_problem(source: str, connector: str, problems: list[str]) -> None:
    """Note what is the matter with a source for one connector; nothing, once that connector succeeds."""
    name, words = f"problem:{source}:{connector}", " ".join(problems)
    if words != (note(name) or ""):
        take_note(name, words)


def fetched(source: str) -> set[tuple[str, int, str]]:
    """Return path, size and time of change of the remote files of a source already fetched."""
    f = fetched_file.c
    with reading(operations_engine()) as connection:
        return {
            tuple(r) for r in connection.execute(select(f.path, f.size, f.modified).where(f.source == source))
        }


def remember_fetched(source: str, files: list[tuple[str, int, str]]) -> None:
    """Note remote files as fetched."""
    if not files:
        return
    with writing(operations_engine()) as connection:
        connection.execute(
            insert(fetched_file),
            [
                {"source": source, "path": p, "size": s, "modified": m, "fetched_at": now()}
                for p, s, m in files
            ],
        )
