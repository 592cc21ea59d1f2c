"""What people and the model say of the tone of press items, and the model's own measure; marks are only ever added.

A mark stands in the operations database with who and when, and in the audit trail. Guesses belong to the one
model in force; there is none before enough items are marked.
"""

import json
from datetime import datetime
from typing import Any, Final, NamedTuple

import polars as pl
from sqlalchemy import Column, Double, Index, Integer, String, Table, Text, delete, func, insert, select, tuple_

from data_access import audit
from data_access.database import Instant, now, operations_engine, operations_metadata, reading, writing
from data_access.facts import fact_table
from data_access.frames import read_rows
from data_access.ingestion.merge import lock
from data_access.ledger import ROW_ID

TONES: Final = ("tich_cuc", "trung_tinh", "tieu_cuc")

press_mark = Table(
    "press_mark",
    operations_metadata,
    Column("id", ROW_ID, primary_key=True, autoincrement=True),
    Column("outlet", String(64), nullable=False),
    Column("article", String(64), nullable=False),
    Column("tone", String(16), nullable=False, comment="tich_cuc, trung_tinh, tieu_cuc; the newest of an item counts"),
    Column("actor", String(64), nullable=False),
    Column("marked_at", Instant, nullable=False),
)
Index(None, press_mark.c.outlet, press_mark.c.article)
press_model = Table(
    "press_model",
    operations_metadata,
    Column("id", ROW_ID, primary_key=True, autoincrement=True),
    Column("labels", Integer, nullable=False),
    Column("accuracy", Double, nullable=False, comment="cross-validated, 0 to 1"),
    Column("macro_f1", Double, nullable=False, comment="cross-validated, 0 to 1"),
    Column("baseline", Double, nullable=False, comment="share of the commonest tone, 0 to 1"),
    Column("told", Text, nullable=False, comment="JSON: folds, seed, count and F1 of each tone"),
    Column("actor", String(64), nullable=False),
    Column("trained_at", Instant, nullable=False),
)
press_guess = Table(
    "press_guess",
    operations_metadata,
    Column("outlet", String(64), primary_key=True),
    Column("article", String(64), primary_key=True),
    Column("tone", String(16), nullable=False),
    Column("sure", Double, nullable=False, comment="calibrated probability, 0 to 1"),
)


class Key(NamedTuple):
    """An item by its outlet and its number."""

    outlet: str
    article: str

    def __str__(self) -> str:
        """Return both in one word, as logged."""
        return f"{self.outlet}:{self.article}"


class Model(NamedTuple):
    """How well the tone model does, measured on the marks it was made from."""

    labels: int
    accuracy: float
    macro_f1: float
    baseline: float
    told: dict[str, Any]
    trained_at: datetime | None = None


def marks() -> pl.DataFrame:
    """Return the tone in force of every item marked: outlet, article, tone, actor, marked_at."""
    m = press_mark.c
    newest = select(func.max(m.id)).group_by(m.outlet, m.article)
    with reading(operations_engine()) as connection:
        return read_rows(connection, select(m.outlet, m.article, m.tone, m.actor, m.marked_at).where(m.id.in_(newest)))


def mark(key: Key, tone: str, actor: str) -> bool:
    """Mark the tone of an item, with its entry in the audit trail; False where it has this tone already."""
    m = press_mark.c
    with writing(operations_engine()) as connection:
        lock(connection, press_mark.name)
        last = connection.execute(
            select(m.tone).where(m.outlet == key.outlet, m.article == key.article).order_by(m.id.desc()).limit(1)
        ).scalar()
        if last == tone:
            return False
        connection.execute(insert(press_mark).values(**key._asdict(), tone=tone, actor=actor, marked_at=now()))
        audit.record(connection, actor, "press_tone_marked", f"article:{key}", tone=tone, before=last or "")
        return True


def model() -> Model | None:
    """Return the model in force, None where there is none."""
    with reading(operations_engine()) as connection:
        row = connection.execute(select(press_model).order_by(press_model.c.id.desc()).limit(1)).first()
    if row is None:
        return None
    return Model(row.labels, row.accuracy, row.macro_f1, row.baseline, json.loads(row.told), row.trained_at)


def keep_model(made: Model, guesses: pl.DataFrame, actor: str) -> None:
    """Put a model in force with what it says of items (outlet, article, tone, sure), and note it in the audit."""
    with writing(operations_engine()) as connection:
        lock(connection, press_model.name)
        connection.execute(insert(press_model).values(
            labels=made.labels, accuracy=made.accuracy, macro_f1=made.macro_f1, baseline=made.baseline,
            told=json.dumps(made.told), actor=actor, trained_at=now()))
        connection.execute(delete(press_guess))
        if guesses.height:
            connection.execute(insert(press_guess), guesses.to_dicts())
        audit.record(connection, actor, "press_model_trained", "press_model", labels=made.labels,
                     macro_f1=round(made.macro_f1, 3))


def add_guesses(guesses: pl.DataFrame) -> None:
    """Add what the model in force says of further items (outlet, article, tone, sure)."""
    with writing(operations_engine()) as connection:
        lock(connection, press_model.name)
        g, keys = press_guess.c, guesses.select("outlet", "article").rows()
        connection.execute(delete(press_guess).where(tuple_(g.outlet, g.article).in_(keys)))
        connection.execute(insert(press_guess), guesses.to_dicts())


def tones() -> pl.DataFrame:
    """Return the tone to show of items (outlet, article, tone, tone_by): people's marks before the model's guesses.

    Empty as long as no model is in force: tone colours nothing before its accuracy is known.
    """
    schema = dict.fromkeys(("outlet", "article", "tone", "tone_by"), pl.String)
    if model() is None:
        return pl.DataFrame(schema=schema)
    with reading(operations_engine()) as connection:
        guessed = read_rows(connection, select(press_guess))
    columns = ["outlet", "article", "tone", "tone_by"]
    own = marks().with_columns(pl.lit("nguoi").alias("tone_by")).select(columns)
    said = guessed.with_columns(pl.lit("may").alias("tone_by")).select(columns)
    return pl.concat([own, said]).unique(["outlet", "article"], keep="first", maintain_order=True)


def around(collection: str, first: datetime, last: datetime) -> pl.DataFrame:
    """Return the items about the province published from `first` to `last`, and the others of their stories."""
    a = fact_table("article")
    ours = (a.c.scope == "inside") & (a.c.collection == collection)
    near = select(a.c.story).where(ours, a.c.published_at >= first, a.c.published_at <= last)
    with reading() as connection:
        return read_rows(connection, select(*a.columns).where(ours, a.c.story.in_(near)))


def note(actor: str, action: str, subject: str, **told: str) -> None:
    """Note in the audit trail what somebody decided on the page."""
    with writing(operations_engine()) as connection:
        audit.record(connection, actor, action, subject, **told)
