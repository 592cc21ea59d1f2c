"""Documents called secret after they came: known again by keyed hashes, removed wherever they are kept.

Of a fact that declares `secret`, each delivery notes of which documents it tells (`secret_trace`). When a later one
calls a document secret, all its rows leave the fact, its history and what follows from them in the transaction of that
delivery, so that a figure of the past may change too; what still comes of the document is dropped. The raw files, and
the bytes that deleted rows leave in an embedded database, are cleaned right after; where that was interrupted, by the
worker.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl
from sqlalchemy import Connection, delete, func, insert, select, tuple_, union, update

from config.locale import say
from config.models import Fact, SecretBy, Source
from config.registry import load_registry
from data_access import words
from data_access.database import forget_deleted, reading, writing
from data_access.facts import fact_table, history_table
from data_access.frames import bulk_load, read_rows
from data_access.ingestion import raw_store
from data_access.ingestion.contract import named
from data_access.ingestion.keyed import keyed_hash
from data_access.ingestion.merge import Merged, temporary
from data_access.ingestion.parsing import parse
from data_access.ingestion.rollups import Touched
from data_access.ingestion.sanitiser import bounded, silenced, without
from data_access.ledger import batch, reject, secret_mark, secret_trace

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from data_access.ingestion.contract import Method
    from data_access.ingestion.preparing import Prepared, Receipt

PURPOSE: Final = b"keys of secret documents, 1"
LENGTH: Final = 20


def marks(secret: SecretBy, rows: pl.DataFrame) -> pl.Series:
    """Return the keyed hash of each row's document, null where its key is not known."""
    if secret.keyed:
        return rows[secret.by[0]]
    texts = rows.select(pl.concat_str(secret.by, separator="\x1f")).to_series()
    hashes = {text: keyed_hash(PURPOSE, text, LENGTH) for text in texts.drop_nulls().unique()}
    return texts.replace_strict(hashes, default=None, return_dtype=pl.String)


def whose(source: Source, texts: pl.DataFrame, methods: Mapping[str, Method]) -> pl.DataFrame:
    """Return rows of text, kept or refused, in their order, typed, with `mark`."""
    secret = load_registry().facts[source.fact].secret
    assert secret
    rows = named(texts, source, dict(methods))
    return rows.with_columns(marks(secret, rows).alias("mark"))


def counted(fact: Fact, kept: pl.DataFrame, secret: pl.DataFrame, methods: Mapping[str, Method]) -> pl.DataFrame:
    """Return rows to keep, and after them those that only count these secret ones, where the fact declares it."""
    if fact.secret is None or fact.secret.leaves is None or secret.is_empty():
        return kept
    left = methods[fact.secret.leaves](secret)
    left = left.with_columns(pl.lit(None).alias(c) for c in fact.columns if c not in left.columns)
    rows = pl.concat([kept, left.select(kept.columns)], how="vertical_relaxed")
    return rows.unique(["_file", *fact.key], keep="first", maintain_order=True)


def _cleaned(source: Source, name: str, kept: bytes, gone: Collection[str], methods: Mapping[str, Method]) -> bytes:
    """Return what is kept of a file without the documents of these marks; nothing, where it cannot be read again."""
    try:
        frame = silenced(source, name, parse(name, kept, bounded(source, name))).frame
        found = whose(source, frame.with_columns(pl.lit(0, pl.UInt32).alias("_file")), methods)
        rows = frame.filter(found["mark"].is_in(list(gone)).fill_null(False))
        return without(source, name, kept, rows) if rows.height else kept
    except Exception:
        return b""


def leave_out(
    connection: Connection, source: Source, found: Prepared, methods: Mapping[str, Method]
) -> Mapping[str, int]:
    """Take out of what was prepared the documents called secret, now or before; return by new mark the file's index."""
    fact = load_registry().facts[source.fact]
    if fact.secret is None or found.named is None or found.kept is None:
        return {}
    known = set(connection.execute(select(secret_mark.c.mark).where(secret_mark.c.fact == fact.id)).scalars())
    told = {mark: file for file, mark in found.named.filter("_secret").select("_file", "mark").rows()}
    gone = [*known, *(told.keys() - known)]
    is_gone = pl.col("mark").is_in(gone)
    hits = found.named.filter(is_gone & ~pl.col("_secret"))
    found.named = found.named.filter(~is_gone)
    for (file,), rows in hits.partition_by("_file", as_dict=True).items():
        receipt, kept = found.receipts[file], found.contents[file]
        _reduce(receipt, rows)
        found.contents[file] = _cleaned(source, receipt.file, kept, set(rows["mark"]), methods) if kept else kept
        raw_store.stage(receipt.sha256, found.contents[file])
    if hits.height:
        out = marks(fact.secret, found.kept).is_in(gone).fill_null(False)
        found.kept = counted(fact, found.kept.filter(~out), found.kept.filter(out), methods)
    return {mark: file for mark, file in told.items() if mark not in known}


def _reduce(receipt: Receipt, gone: pl.DataFrame) -> None:
    """Let a receipt tell no more of rows than that so many documents were left out."""
    places = set(gone.select("_sheet", "_row").rows())
    wrong = {(r["sheet"], r["row"]) for r in receipt.rejects} & places
    receipt.rejects = [r for r in receipt.rejects if (r["sheet"], r["row"]) not in places]
    receipt.secret += gone["mark"].n_unique()
    receipt.rows_read -= gone.height
    receipt.rows_rejected -= len(wrong)
    if receipt.status != "refused":
        receipt.rows_kept = receipt.rows_read - receipt.rows_rejected
        receipt.status = "partly" if receipt.rows_rejected else "accepted"


def places(found: Prepared) -> Mapping[int, Mapping[tuple[str, int], str]]:
    """Return by file, then by sheet and row, whose the rows are, of files in which some were refused."""
    told: dict[int, dict[tuple[str, int], str]] = {i: {} for i, receipt in enumerate(found.receipts) if receipt.rejects}
    if found.named is not None:
        for file, *place, mark in found.named.filter(pl.col("_file").is_in(list(told))).drop("_secret").rows():
            told[file][place[0], place[1]] = mark
    return told


def remember(connection: Connection, fact: Fact, found: Prepared, new: Mapping[str, int]) -> None:
    """Note of which documents the deliveries tell, and which were called secret."""
    if found.named is None:
        return
    batches = {i: receipt.batch for i, receipt in enumerate(found.receipts)}
    if new:
        told = [{"fact": fact.id, "mark": m, "batch": batches[f], "told_at": found.at} for m, f in new.items()]
        connection.execute(insert(secret_mark), told)
    numbers = pl.col("_file").replace_strict(batches, return_dtype=pl.Int64).alias("batch")
    bulk_load(connection, secret_trace, found.named.select(pl.lit(fact.id).alias("fact"), "mark", numbers).unique())


def forget(
    connection: Connection, fact: Fact, found: Prepared, new: Mapping[str, int], methods: Mapping[str, Method]
) -> int:
    """Remove what is stored of documents newly called secret, within the transaction; return how many rows went.

    What only counts them is added to the rows to keep, as of the file (its index in `new`) that called them so.
    """
    if fact.secret is None or found.kept is None or not new:
        return 0
    gone, count = list(new), 0
    held = _held(connection, fact, fact.secret, gone)
    if held.height:
        rows, count = _remove(connection, fact, held.select(fact.secret.by).unique().rows(), methods)
        file = marks(fact.secret, rows).replace_strict(new, return_dtype=pl.UInt32).alias("_file")
        at = pl.lit("").alias("_sheet"), pl.lit(0, pl.UInt32).alias("_row")
        found.kept = counted(fact, found.kept, rows.with_columns(file, *at), methods)
    hit = (secret_trace.c.fact == fact.id, secret_trace.c.mark.in_(gone))
    known = read_rows(connection, select(secret_trace.c.mark, secret_trace.c.batch).where(*hit))
    older = held.select("mark", "batch").unique().join(known, on=["mark", "batch"], how="anti")
    bulk_load(connection, secret_trace, older.with_columns(pl.lit(fact.id).alias("fact")))
    telling = connection.execute(
        select(secret_trace.c.batch, func.count(), batch.c.message)
        .join(batch, batch.c.id == secret_trace.c.batch).where(*hit).group_by(secret_trace.c.batch, batch.c.message)
    ).all()  # fmt: skip
    for number, documents, message in telling:
        said = " ".join(filter(None, (message, say("ingest.secret_removed", count=documents))))
        connection.execute(update(batch).where(batch.c.id == number).values(message=said))
    connection.execute(delete(reject).where(reject.c.batch.in_([t[0] for t in telling]), reject.c.mark.in_(gone)))
    return count


def _held(connection: Connection, fact: Fact, secret: SecretBy, gone: Collection[str]) -> pl.DataFrame:
    """Return key columns, `batch` and `mark` of what the fact and its history hold of these documents."""
    parts = [
        select(*(t.c[n] for n in secret.by), t.c.batch).where(*([t.c[secret.by[0]].in_(gone)] if secret.keyed else []))
        for t in (fact_table(fact.id), history_table(fact.id))
    ]
    both = union(*parts).subquery()
    rows = read_rows(connection, select(*both.c))
    return rows.with_columns(marks(secret, rows).alias("mark")).filter(pl.col("mark").is_in(list(gone)))


def _remove(
    connection: Connection, fact: Fact, keys: list[tuple[object, ...]], methods: Mapping[str, Method]
) -> tuple[pl.DataFrame, int]:
    """Delete the rows of these keys with all that follows from them; return those in force, and how many there were."""
    assert fact.secret
    names, target, past = fact.secret.by, fact_table(fact.id), history_table(fact.id)
    inside = {t: tuple_(*(t.c[n] for n in names)).in_(keys) for t in (target, past)}
    removed = temporary(connection, target, f"replaced_{fact.id}")
    connection.execute(
        insert(removed).from_select(list(target.c.keys()), select(*target.columns).where(inside[target]))
    )
    rows = read_rows(connection, select(*removed.columns))
    count = sum(connection.execute(delete(t).where(is_inside)).rowcount for t, is_inside in inside.items())
    words.forget(connection, fact, names, keys)
    touched = Touched(connection, fact)
    touched.note(Merged(removed, None, count))
    touched.refresh(methods)
    connection.execute(delete(removed))
    return rows, count


def settle(methods: Mapping[str, Method]) -> None:
    """Clean the raw files that tell of documents called secret since, then the bytes that deleted rows left.

    What it leaves undone, because it was killed or the database was busy, it does when called again.
    """
    t, m, registry = secret_trace.c, secret_mark.c, load_registry()
    with reading() as connection:
        waiting = connection.execute(
            select(t.fact, t.mark, t.batch, batch.c.source, batch.c.file, batch.c.sha256)
            .join(secret_mark, (m.fact == t.fact) & (m.mark == t.mark)).join(batch, batch.c.id == t.batch)
        ).all()  # fmt: skip
    if not waiting:
        return
    gone = {row.mark for row in waiting}
    for source, file, sha256 in {(row.source, row.file, row.sha256) for row in waiting}:
        raw_store.keep(sha256)  # it was committed
        if source in registry.sources and raw_store.path_of(sha256).exists() and (kept := raw_store.read(sha256)):
            raw_store.rewrite(sha256, _cleaned(registry.sources[source], file, kept, gone, methods))
    if forget_deleted():
        with writing() as connection:
            done = tuple_(t.fact, t.mark, t.batch).in_([(row.fact, row.mark, row.batch) for row in waiting])
            connection.execute(delete(secret_trace).where(done))
