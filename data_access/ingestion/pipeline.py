"""From an agency's file to facts: what was prepared is kept or refused row by row, merged in one transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import polars as pl
from sqlalchemy import Connection, delete, insert, select, update

from config.locale import say
from config.models import Source
from config.registry import load_registry
from data_access import ledger
from data_access.database import now, reading, writing
from data_access.facts import tell_planner
from data_access.ingestion import raw_store, secrecy
from data_access.ingestion.contract import Method
from data_access.ingestion.merge import filled, lock, merge
from data_access.ingestion.preparing import Delivery, Prepared, Receipt, prepare
from data_access.ingestion.rollups import Touched, refresh_beside

__all__ = ["Delivery", "Receipt", "ingest", "recover", "store"]

KEPT_REJECTS = 20_000
BULK_ROWS = 100_000


def _known(connection: Connection, source: Source, digests: list[str]) -> dict[str, int]:
    """Return the batches of a source that already took in files with these sha256."""
    b = ledger.batch.c
    rows = connection.execute(
        select(b.sha256, b.id).where(
            b.source == source.id, b.sha256.in_(digests), b.status.in_(("accepted", "partly"))
        )
    )
    return {row.sha256: row.id for row in rows}


def _record(
    connection: Connection, source: Source, receipt: Receipt, at: datetime, marks: Mapping[tuple[str, int], str]
) -> None:
    """Write a delivery's batch and its rejects; sets the receipt's batch id. `marks`: whose the rows are."""
    if receipt.secret:
        told = say("ingest.secret_left_out", count=receipt.secret)
        receipt.message = f"{receipt.message} {told}" if receipt.message else told
    result = connection.execute(
        insert(ledger.batch).values(
            source=source.id,
            file=receipt.file,
            sha256=receipt.sha256,
            status=receipt.status,
            received_at=at,
            recorded_at=at,
            rows_read=receipt.rows_read,
            rows_kept=receipt.rows_kept,
            rows_rejected=receipt.rows_rejected,
            first_time=receipt.first_time,
            last_time=receipt.last_time,
            message=receipt.message,
        )
    )
    assert result.inserted_primary_key
    receipt.batch = int(result.inserted_primary_key[0])
    if receipt.rejects:
        connection.execute(
            insert(ledger.reject),
            [
                {**r, "batch": receipt.batch, "number": n, "mark": marks.get((r["sheet"], r["row"]))}
                for n, r in enumerate(receipt.rejects[:KEPT_REJECTS], 1)
            ],
        )


def _raise_version(connection: Connection, fact: str, at: datetime) -> None:
    """Raise the version of a fact whose rows, or whose rollups, changed."""
    v = ledger.fact_version
    result = connection.execute(
        update(v).where(v.c.fact == fact).values(version=v.c.version + 1, changed_at=at)
    )
    if not result.rowcount:
        connection.execute(insert(v).values(fact=fact, version=1, changed_at=at))


def _bump(connection: Connection, source: Source, receipts: Sequence[Receipt], at: datetime) -> None:
    """Note how far the source has come."""
    s = ledger.source_state
    kept = [r for r in receipts if r.status in ("accepted", "partly")]
    before = connection.execute(select(s).where(s.c.source == source.id)).first()
    times = [t for t in (before.last_time if before else None, *(r.last_time for r in kept)) if t]
    connection.execute(delete(s).where(s.c.source == source.id))
    connection.execute(
        insert(s).values(
            source=source.id,
            last_batch=max([r.batch for r in receipts if r.batch], default=0),
            received_at=at if kept or not before else before.received_at,
            last_time=max(times, default=None),
            rows_kept=sum(r.rows_kept for r in kept) + (before.rows_kept if before else 0),
            rows_rejected=sum(r.rows_rejected for r in receipts) + (before.rows_rejected if before else 0),
        )
    )


def _store(connection: Connection, found: Prepared) -> None:
    sizes = {found.receipts[i].sha256: found.sizes[i] for i in found.contents}
    known = set(
        connection.execute(
            select(ledger.raw_file.c.sha256).where(ledger.raw_file.c.sha256.in_(list(sizes)))
        ).scalars()
    )
    if new := [{"sha256": k, "size": v, "stored_at": found.at} for k, v in sizes.items() if k not in known]:
        connection.execute(insert(ledger.raw_file), new)


def _runs(rows: pl.DataFrame, key: list[str]) -> list[pl.DataFrame]:
    """Divide rows into runs of files, as they came, so that within a run no key comes twice."""
    if not rows.select(pl.struct(key).is_duplicated().any()).item():
        return [rows]
    ordered = rows.sort("_file", maintain_order=True)
    earlier = pl.col("_file").shift(1).over(key).alias("earlier")
    files = ordered.select("_file", earlier).group_by("_file", maintain_order=True).agg(pl.col("earlier").max())
    start, starts = 0, {}
    for file, last in files.rows():
        start = file if last is not None and last >= start else start
        starts[file] = start
    run = pl.col("_file").replace_strict(starts, return_dtype=pl.UInt32).alias("_run")
    parts = ordered.with_columns(run).partition_by("_run", maintain_order=True)
    return [part.drop("_run") for part in parts]


def _joined(rows: pl.DataFrame, key: list[str]) -> pl.DataFrame:
    """Return one row for each key: of what its parts say, file after file, the last in each column."""
    if not rows.select(pl.struct(key).is_duplicated().any()).item():
        return rows
    ordered = rows.sort("_file", maintain_order=True)
    told = [c for c in rows.columns if c not in key]
    return ordered.group_by(key, maintain_order=True).agg(pl.col(c).drop_nulls().last() for c in told)


def _merge_all(
    connection: Connection,
    source: Source,
    receipts: list[Receipt],
    kept: pl.DataFrame,
    methods: Mapping[str, Method],
    at: datetime,
) -> int:
    """Merge the kept rows; files that repeat each other's keys go in one after the other, as they came."""
    fact = load_registry().facts[source.fact]
    batches = {i: r.batch for i, r in enumerate(receipts)}
    rows = kept.with_columns(
        pl.col("_file").replace_strict(batches, return_dtype=pl.Int64).alias("batch"),
        pl.col("_row").alias("row"),
    )
    changed, touched = 0, Touched(connection, fact)
    for run in [_joined(rows, fact.key)] if fact.completed else _runs(rows, fact.key):
        part = run.drop("_file", "_sheet", "_row")
        if fact.completed:
            part = methods[fact.completed](filled(connection, fact, part))
        merged = merge(connection, fact, part, at)
        changed += merged.rows_changed
        if merged.rows_changed or merged.replaced is not None:
            touched.note(merged)
    touched.refresh(methods)
    return changed


def ingest(
    source: Source, deliveries: Sequence[Delivery], methods: Mapping[str, Method], at: datetime | None = None
) -> list[Receipt]:
    """Take in deliveries of one source, each judged on its own, all in one transaction; return a receipt each."""
    with reading() as connection:
        known = _known(connection, source, [raw_store.digest(d.content) for d in deliveries])
    return store(source, prepare(source, deliveries, methods, at or now(), known), methods)


def store(source: Source, found: Prepared, methods: Mapping[str, Method]) -> list[Receipt]:
    """Take in what was prepared, in one transaction; what has been taken in meanwhile is a duplicate."""
    for index, content in found.contents.items():
        raw_store.stage(found.receipts[index].sha256, content)
    secret: Mapping[str, int] = {}
    if found.contents:
        with writing() as connection:
            lock(connection, source.fact)
            _leave_out_known(connection, source, found)
            secret = secrecy.leave_out(connection, source, found, methods)
            _take_in(connection, source, found, secret, methods)
    for index in found.contents:
        raw_store.keep(found.receipts[index].sha256)
    if secret:
        secrecy.settle(methods)
    by_digest = {r.sha256: r.batch for r in found.receipts if r.batch}
    for receipt in found.receipts:
        receipt.batch = receipt.batch or by_digest.get(receipt.sha256)
    return found.receipts


def _leave_out_known(connection: Connection, source: Source, found: Prepared) -> None:
    known = _known(connection, source, [found.receipts[i].sha256 for i in found.contents])
    late = [i for i in found.contents if found.receipts[i].sha256 in known]
    for index in late:
        receipt = found.receipts[index]
        found.receipts[index] = Receipt(receipt.file, receipt.sha256, "duplicate", known[receipt.sha256])
    if late and found.kept is not None:
        found.kept = found.kept.filter(~pl.col("_file").is_in(late))
    if late and found.named is not None:
        found.named = found.named.filter(~pl.col("_file").is_in(late))


def _take_in(
    connection: Connection,
    source: Source,
    found: Prepared,
    secret: Mapping[str, int],
    methods: Mapping[str, Method],
) -> None:
    """Write what was prepared; `secret`: documents called so for the first time, with the index of the file."""
    fact = load_registry().facts[source.fact]
    fresh = {i: r for i, r in enumerate(found.receipts) if r.status != "duplicate"}
    if not fresh:
        return
    _store(connection, found)
    marks = secrecy.places(found)
    for index, receipt in fresh.items():
        _record(connection, source, receipt, found.at, marks.get(index, {}))
    secrecy.remember(connection, fact, found, secret)
    changed = secrecy.forget(connection, fact, found, secret, methods)
    if found.kept is not None and found.kept.height:
        changed += _merge_all(connection, source, found.receipts, found.kept, methods, found.at)
    _bump(connection, source, list(fresh.values()), found.at)
    if changed > BULK_ROWS:
        tell_planner(connection, fact)
    if changed:
        for name in {source.fact, *refresh_beside(connection, fact, methods)}:
            _raise_version(connection, name, found.at)


def recover() -> None:
    """Settle what a killed process left in the raw store: claim what was committed, remove the rest."""
    with reading() as connection:
        for sha256 in raw_store.waiting():
            claimed = connection.execute(
                select(ledger.raw_file.c.sha256).where(ledger.raw_file.c.sha256 == sha256)
            ).first()
            (raw_store.keep if claimed else raw_store.discard)(sha256)
