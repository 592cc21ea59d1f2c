"""From an agency's file to rows that may be kept: parse, correct, check; nothing is written yet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import polars as pl

from config.locale import say
from config.models import Source
from config.registry import load_registry
from data_access.ingestion import raw_store
from data_access.ingestion.contract import PLACES_OF_ROW, REFUSED, Method, check
from data_access.ingestion.corrections import correct
from data_access.ingestion.parsing import Parsed, Unreadable, parse
from data_access.ingestion.sanitiser import bounded, sanitised, silenced, to_parse
from data_access.ingestion.secrecy import counted, whose


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


@dataclass
class Prepared:
    """Deliveries of one source, judged: a receipt each, the rows to keep (`_file` is the receipt's index).

    `contents`: by index the bytes that the raw store will keep; `sizes`: of the files as they came; `named`: of a fact
    with secrecy `_file, _sheet, _row, _secret, mark` (whose document, a keyed hash) of all rows.
    """

    receipts: list[Receipt]
    sizes: list[int]
    contents: dict[int, bytes]
    kept: pl.DataFrame | None
    at: datetime
    named: pl.DataFrame | None = None


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


def _read(source: Source, delivery: Delivery, cleaned: bytes, receipt: Receipt) -> Parsed | None:
    try:
        content = to_parse(source, delivery.name, delivery.content, cleaned)
        found = parse(delivery.name, content, bounded(source, delivery.name))
    except Unreadable as error:
        _rejected_whole(receipt, error)
        return None
    found = silenced(source, delivery.name, found)
    receipt.secret = int(found.notes.get("secret", 0))
    return found


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
    if receipt.rows_read == 0 and not source.layout_of(receipt.file).options.get("allow_empty"):
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
) -> tuple[pl.DataFrame, pl.DataFrame | None]:
    """Check all parsed rows at once; fill in the receipts; return the rows to keep, and whose all rows are."""
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
    fact = load_registry().facts[source.fact]
    _spans({i: receipts[i] for i in good}, kept, fact.time)
    if fact.secret is None:
        return kept, None
    told = _told(source, texts, parsed, methods)
    if source.secret and source.secret.keep:
        secret = told.filter("_secret").join(kept, on=PLACES_OF_ROW, how="semi")
        kept = counted(fact, kept.join(secret, on=PLACES_OF_ROW, how="anti"), secret, methods)
    return kept, told.select(*PLACES_OF_ROW, "_secret", "mark")


def _told(
    source: Source, texts: pl.DataFrame, parsed: dict[int, Parsed], methods: Mapping[str, Method]
) -> pl.DataFrame:
    """Return the rows whose document is known, typed, those of secret documents that were left out among them."""
    frames = [texts.with_columns(pl.lit(False).alias("_secret"))]
    for index, found in parsed.items():
        if found.secret is not None:
            told = pl.lit(index, pl.UInt32).alias("_file"), pl.lit(True).alias("_secret")
            frames.append(found.secret.with_columns(*told))
    rows = pl.concat(frames, how="diagonal")
    return whose(source, rows, methods).with_columns(rows["_secret"]).drop_nulls("mark")


def prepare(
    source: Source,
    deliveries: Sequence[Delivery],
    methods: Mapping[str, Method],
    at: datetime,
    known: Mapping[str, int] | None = None,
) -> Prepared:
    """Judge deliveries of one source, each on its own; `known`: by sha256 the batch that took the same bytes in."""
    known = known or {}
    receipts = [Receipt(d.name, raw_store.digest(d.content)) for d in deliveries]
    parsed: dict[int, Parsed] = {}
    contents: dict[int, bytes] = {}
    seen: set[str] = set()
    for index, (receipt, delivery) in enumerate(zip(receipts, deliveries, strict=True)):
        if receipt.sha256 in known or receipt.sha256 in seen:
            receipt.status, receipt.batch = "duplicate", known.get(receipt.sha256)
            continue
        seen.add(receipt.sha256)
        contents[index] = sanitised(source, delivery.name, delivery.content)
        if (found := _read(source, delivery, contents[index], receipt)) is not None:
            parsed[index] = found
    kept, named = _checked(source, receipts, parsed, methods, at) if parsed else (None, None)
    if load_registry().facts[source.fact].secret:  # what cannot be read could not be found again
        contents |= {i: b"" for i in contents if i not in parsed}
    return Prepared(receipts, [len(d.content) for d in deliveries], contents, kept, at, named)
