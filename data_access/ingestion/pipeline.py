"""From an agency's file to facts: parse, correct, check, keep or refuse row by row, merge in one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import polars as pl
from sqlalchemy import Connection, delete, insert, select, update

from config.locale import say
from config.models import Source
from config.registry import load_registry
from config.settings import settings
from data_access import ledger
from data_access.database import now, reading, writing
from data_access.ingestion import raw_store
from data_access.ingestion.contract import REFUSED, Method, check
from data_access.ingestion.corrections import correct
from data_access.ingestion.merge import filled, lock, merge
from data_access.ingestion.parsing import Parsed, Unreadable, parse
from data_access.ingestion.rollups import Touched, refresh_beside
from data_access.ingestion.sanitiser import sanitised, silenced, to_parse

KEPT_REJECTS = 20_000


@dataclass(frozen=True)
class Delivery:
    """One file as it came."""

    name: str
    content: bytes


@dataclass
class Receipt:
    """What became of a delivery; `rejects` have sheet, row, column, value, rule, message.

    `secret` counts the secret documents that were taken out of it.
    """

    file: str
    sha256: str
    status: str = "accepted"
    batch: int | None = None
    rows_read: int = 0
    rows_kept: int = 0
    rows_rejected: int = 0
    rejects: list[dict[str, Any]] = field(default_factory=list)
    message: str | None = None
    secret: int = 0
    first_time: datetime | None = None
    last_time: datetime | None = None


def _rejected_whole(receipt: Receipt, error: Unreadable) -> None:
    receipt.status, receipt.message = "refused", error.message
    receipt.rejects.append(
        {
            "sheet": getattr(error, "sheet", None) or "",
            "row": getattr(error, "row", None) or 0,
            "column": getattr(error, "column", None) or "",
            "value": None,
            "rule": error.reason,
            "message": error.message,
        }
    )


def _read(source: Source, delivery: Delivery, receipt: Receipt) -> Parsed | None:
    layout = source.layout_of(delivery.name)
    options = {"max_mb": settings().max_file_mb, **layout.options}
    try:
        content = to_parse(source, delivery.name, delivery.content)
        found = parse(delivery.name, content, layout.model_copy(update={"options": options}))
    except Unreadable as error:
        _rejected_whole(receipt, error)
        return None
    found = silenced(source, delivery.name, found)
    receipt.secret = int(found.notes.get("secret", 0))
    return found


def _known(connection: Connection, source: Source, digests: list[str]) -> dict[str, int]:
    """Return the batches of a source that already took in files with these sha256."""
    b = ledger.batch.c
    rows = connection.execute(
        select(b.sha256, b.id).where(
            b.source == source.id, b.sha256.in_(digests), b.status.in_(("accepted", "partly"))
        )
    )
    return {row.sha256: row.id for row in rows}


def _count(receipt: Receipt, source: Source, parsed: Parsed, refused: pl.DataFrame) -> None:
    """Fill in a receipt from what was parsed and refused, and judge the whole file by its ceiling."""
    broken = [b._asdict() for b in parsed.broken]
    wrong = refused.select("_sheet", "_row").unique().rows()
    rows = {*wrong, *((b["sheet"], b["row"]) for b in broken)}
    receipt.rows_read = parsed.frame.height + len({(b["sheet"], b["row"]) for b in broken})
    receipt.rows_rejected = len(rows)
    receipt.rows_kept = receipt.rows_read - receipt.rows_rejected
    found = refused.rename({"_sheet": "sheet", "_row": "row"}).drop("_file").sort("row").to_dicts()
    receipt.rejects += sorted([*broken, *found], key=lambda r: (r["sheet"], r["row"]))
    if receipt.rows_read == 0:
        receipt.status, receipt.message = "refused", say("ingest.no_rows", file=receipt.file)
        receipt.rejects.append(
            {
                "sheet": "",
                "row": 0,
                "column": "",
                "value": None,
                "rule": "no_rows",
                "message": receipt.message,
            }
        )
    elif receipt.rows_rejected > source.reject_ceiling * receipt.rows_read:
        receipt.status = "refused"
        receipt.message = say(
            "ingest.too_many_rejects",
            file=receipt.file,
            rejected=receipt.rows_rejected,
            read=receipt.rows_read,
            ceiling=f"{source.reject_ceiling * 100:g}",
        )
        receipt.rows_kept = 0
    elif receipt.rows_rejected:
        receipt.status = "partly"


def _record(connection: Connection, source: Source, receipt: Receipt, at: datetime) -> None:
    """Write a delivery's batch and its rejects; sets the receipt's batch id."""
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
                {**r, "batch": receipt.batch, "number": n}
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


def _store(
    connection: Connection,
    source: Source,
    receipts: Sequence[Receipt],
    deliveries: Sequence[Delivery],
    at: datetime,
) -> None:
    sizes = {r.sha256: len(d.content) for r, d in zip(receipts, deliveries, strict=True)}
    known = set(
        connection.execute(
            select(ledger.raw_file.c.sha256).where(ledger.raw_file.c.sha256.in_(list(sizes)))
        ).scalars()
    )
    if new := [{"sha256": k, "size": v, "stored_at": at} for k, v in sizes.items() if k not in known]:
        connection.execute(insert(ledger.raw_file), new)


def _spans(receipts: Mapping[int, Receipt], kept: pl.DataFrame, time: str) -> None:
    for index, first, last in (
        kept.group_by("_file").agg(pl.col(time).min().alias("first"), pl.col(time).max().alias("last")).rows()
    ):
        receipts[index].first_time, receipts[index].last_time = first, last


def _checked(
    source: Source,
    receipts: list[Receipt],
    parsed: dict[int, Parsed],
    methods: Mapping[str, Method],
    at: datetime,
) -> pl.DataFrame | None:
    """Check all parsed rows at once; fill in the receipts; return the rows to keep."""
    frames = [p.frame.with_columns(pl.lit(i, pl.UInt32).alias("_file")) for i, p in parsed.items()]
    texts, outdated = correct(pl.concat(frames, how="diagonal"), source)
    for index, notes in outdated.items():
        receipts[index].message = " ".join(notes)
    result = check(texts, source, at, dict(methods))
    by_file = {k[0]: v for k, v in result.refused.partition_by("_file", as_dict=True).items()}
    for index, found in parsed.items():
        _count(receipts[index], source, found, by_file.get(index, pl.DataFrame(schema=REFUSED)))
    good = [i for i in parsed if receipts[i].status in ("accepted", "partly")]
    kept = result.kept.filter(pl.col("_file").is_in(good))
    _spans({i: receipts[i] for i in good}, kept, load_registry().facts[source.fact].time)
    return kept


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
    at = at or now()
    receipts = [Receipt(d.name, raw_store.digest(d.content)) for d in deliveries]
    with reading() as connection:
        known = _known(connection, source, [r.sha256 for r in receipts])
    parsed: dict[int, Parsed] = {}
    seen: set[str] = set()
    for index, (receipt, delivery) in enumerate(zip(receipts, deliveries, strict=True)):
        if receipt.sha256 in known or receipt.sha256 in seen:
            receipt.status, receipt.batch = "duplicate", known.get(receipt.sha256)
        elif (found := _read(source, delivery, receipt)) is not None:
            parsed[index] = found
        seen.add(receipt.sha256)
    kept = _checked(source, receipts, parsed, methods, at) if parsed else None
    fresh = [(r, d) for r, d in zip(receipts, deliveries, strict=True) if r.status != "duplicate"]
    if fresh:
        _commit(source, receipts, fresh, kept, methods, at)
    by_digest = {r.sha256: r.batch for r in receipts if r.batch}
    for receipt in receipts:
        receipt.batch = receipt.batch or by_digest.get(receipt.sha256)
    return receipts


def _commit(
    source: Source,
    receipts: list[Receipt],
    fresh: list[tuple[Receipt, Delivery]],
    kept: pl.DataFrame | None,
    methods: Mapping[str, Method],
    at: datetime,
) -> None:
    for receipt, delivery in fresh:
        raw_store.stage(receipt.sha256, sanitised(source, delivery.name, delivery.content))
    with writing() as connection:
        lock(connection, source.fact)
        _store(connection, source, [r for r, _ in fresh], [d for _, d in fresh], at)
        for receipt, _ in fresh:
            _record(connection, source, receipt, at)
        changed = 0
        if kept is not None and kept.height:
            changed = _merge_all(connection, source, receipts, kept, methods, at)
        _bump(connection, source, [r for r, _ in fresh], at)
        if changed:
            for name in {source.fact, *refresh_beside(connection, load_registry().facts[source.fact], methods)}:
                _raise_version(connection, name, at)
    for receipt, _ in fresh:
        raw_store.keep(receipt.sha256)


def recover() -> None:
    """Settle what a killed process left in the raw store: claim what was committed, remove the rest."""
    with reading() as connection:
        for sha256 in raw_store.waiting():
            claimed = connection.execute(
                select(ledger.raw_file.c.sha256).where(ledger.raw_file.c.sha256 == sha256)
            ).first()
            (raw_store.keep if claimed else raw_store.discard)(sha256)
