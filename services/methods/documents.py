"""Numbers of documents, whose they are, and what follows from the moments of their handling.

A document stands in the fact once as issued (`recipient` empty) and once for each recipient of the province.
Its rows come in parts: a register's line, an edXML message, status messages; `document_state` is computed from
the whole after each part. Status codes follow QĐ 28/2018/QĐ-TTg and are not yet checked with the provincial
gateway.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Final

import polars as pl

from config.registry import load_registry
from data_access.ingestion.keyed import keyed_hash
from services.methods.folding import fold
from services.methods.mapped import mapped
from services.methods.percentiles import bin_of
from services.methods.working_days import elapsed_working_days, working_hours

SHIFT: Final = timedelta(hours=7)
KINDS: Final = (
    "NQ", "QĐ", "CT", "QC", "QyĐ", "TC", "TB", "HD", "CTr", "KH", "PA", "ĐA", "DA", "BC", "BB", "TTr", "HĐ", "CĐ",
    "BGN", "BTT", "GUQ", "GM", "GGT", "GNP", "PG", "PC", "PB", "SY", "TrS", "SL",
)  # fmt: skip
"""Abbreviations of the kinds of document (NĐ 30/2020/NĐ-CP, annex III); an official letter has none."""
ALIASES: Final = {kind.casefold(): kind for kind in KINDS} | {"tt": "TT"}
"""Spellings met in numbers, by small letters; TT (thông tri) is accepted and never written."""
LETTER: Final = "cong_van"
BY_CODE: Final = {
    "01": "arrived_at", "02": "refused_at", "03": "accepted_at", "04": "assigned_at", "05": "started_at",
    "06": "finished_at", "13": "recall_at", "15": "recalled_at",
}  # fmt: skip
"""QĐ 28/2018/QĐ-TTg: the moment that a status message tells; 16 (withdrawal refused) tells none."""
PROVINCE_CODES: Final = {"000.00.00.H56": "vp_ubnd"}
"""The committee's own code in edXML: its Office works for it."""
LEVELS: Final = {"department": "department", "centre": "department", "commune": "commune"}
TOTAL: Final = "tổng"
NUMBER: Final = ("code", "form", "number", "kind", "organ", "drafter")
"""What is known of a document's number: told by the document and the registers, never kept of a report."""
PURPOSE: Final = b"keys of documents, 1"
COUNTED: Final = b"counts of secret documents, 1"
NO_BIN: Final = -1_000
"""The bin of a paper that has no handling time; the rollups of hours leave it out."""
BUCKETS: Final = ((8, "d1"), (24, "d3"), (40, "d5"), (80, "d10"))
"""Age of open papers: up to 1, 3, 5, 10 working days, in hours; beyond is `over`."""


# Numbers


def number_parts(codes: pl.Series) -> pl.DataFrame:
    """Return `form, number, code_year, kind, organ, drafter` of document numbers as written.

    `form`: `party` (06-NQ/TU), `legal` (128/2025/QĐ-UBND), `plain` (192/KH-UBND), `letter` (4836/SNV-TCBC),
    `other` for what fits none; tried in this order (NĐ 30/2020/NĐ-CP).
    """
    code = pl.col("code").str.strip_chars().str.normalize("NFC")
    patterns = {
        "party": r"^(?<number>\d+)-(?<kind>[A-ZĐ]\w*)/(?<organ>[A-ZĐ]+)$",
        "legal": r"^(?<number>\d+)/(?<year>\d{4})/(?<kind>\w+)-(?<organ>.+)$",
        "plain": r"^(?<number>\d+)/(?<kind>\w+)-(?<organ>.+)$",
        "letter": r"^(?<number>\d+)/(?<organ>[^-/]+)-(?<drafter>.+)$",
    }
    frame = codes.alias("code").to_frame().select(
        code.str.extract_groups(pattern).alias(form) for form, pattern in patterns.items()
    )

    def part(form: str, name: str) -> pl.Expr:
        return pl.col(form).struct.field(name)

    known = {form: part(form, "kind").str.to_lowercase().replace_strict(
        ALIASES | {"cv": LETTER}, default=None, return_dtype=pl.String) for form in ("party", "legal", "plain")}
    party = part("party", "number").is_not_null()
    legal = part("legal", "number").is_not_null()
    plain = known["plain"].is_not_null()
    letter = part("letter", "number").is_not_null()
    forms = ((party, "party"), (legal, "legal"), (plain, "plain"), (letter, "letter"))

    def chosen(name: str) -> pl.Expr:
        found = pl.lit(None, pl.String)
        for condition, form in reversed(forms):
            value = part(form, name) if f"?<{name}>" in patterns[form] else pl.lit(None, pl.String)
            found = pl.when(condition).then(value).otherwise(found)
        return found

    kind = (
        pl.when(party).then(pl.coalesce(known["party"], part("party", "kind")))
        .when(legal).then(pl.coalesce(known["legal"], part("legal", "kind")))
        .when(plain).then(known["plain"])
        .when(letter).then(pl.lit(LETTER)).otherwise(pl.lit(""))
    )
    is_letter = plain & (known["plain"] == LETTER)
    form = pl.lit("other")
    for condition, name in reversed(forms):
        form = pl.when(condition).then(pl.lit(name)).otherwise(form)
    return frame.select(
        pl.when(is_letter).then(pl.lit("letter")).otherwise(form).alias("form"),
        chosen("number").cast(pl.Int64, strict=False).alias("number"),
        pl.when(legal).then(part("legal", "year")).cast(pl.Int64, strict=False).alias("code_year"),
        kind.alias("kind"), chosen("organ").alias("organ"), chosen("drafter").alias("drafter"),
    )  # fmt: skip


def _local_day(name: str) -> pl.Expr:
    return (pl.col(name) + SHIFT).dt.date()


def _identified(rows: pl.DataFrame) -> pl.DataFrame:
    """Add the parts of the number and `document`, the same for every spelling of one document.

    The key is a keyed hash of issuer, year, kind with organ, number: 01/QĐ-UBND of two years are two documents,
    and nobody reads a number from the key.
    """
    rows = rows.drop("form", "number", "code_year", "kind", "organ", "drafter", strict=False)
    rows = rows.hstack(number_parts(rows["code"]))
    year = pl.coalesce("code_year", _local_day("issued_at").dt.year()).cast(pl.Int64)
    shape = pl.when(pl.col("form") == "legal").then(pl.lit("QPPL ")).otherwise(pl.lit(""))
    named = shape + pl.concat_str("kind", "organ", separator="-") + "|" + pl.col("number").cast(pl.String)
    raw = pl.col("code").str.to_lowercase().str.replace_all(r"\s+", "")
    whose = pl.col("issuer") + "|" + year.cast(pl.String) + "|" + pl.coalesce(named, raw)
    found = rows.select(whose.alias("document")).to_series()
    names = found.drop_nulls().unique()
    marks = {name: document_key(name) for name in names}
    return rows.with_columns(
        year.alias("year"), found.replace_strict(marks, default=None, return_dtype=pl.String).alias("document")
    ).drop("code_year")


def document_key(identity: str) -> str:
    """Return the key of a document by `issuer|year|kind-organ|number`, from which the number cannot be read."""
    return keyed_hash(PURPOSE, identity, 20)


# Who


@cache
def organ_codes() -> Mapping[str, str]:
    """Return the agencies by their code in edXML: official, or `MP.<id>.H56` of simulated messages."""
    agencies = load_registry().agencies.values()
    official = {a.official_code: a.id for a in agencies if a.official_code}
    return {f"MP.{a.id}.H56": a.id for a in agencies} | official | PROVINCE_CODES


@cache
def levels() -> Mapping[str, str]:
    """Return the level of every agency: province, department, commune; anybody else is `outside`."""
    found = {a.id: LEVELS.get(a.kind, "outside") for a in load_registry().agencies.values()}
    return found | {"vp_ubnd": "province"}


@cache
def _places() -> Mapping[str, str]:
    return {a.id: a.place for a in load_registry().agencies.values()}


def _level(name: str) -> pl.Expr:
    return pl.col(name).replace_strict(levels(), default="outside", return_dtype=pl.String)


def _ours(name: str) -> pl.Expr:
    return pl.col(name).is_in(list(_places()))


# What comes


def edxml_named(rows: pl.DataFrame) -> pl.DataFrame:
    """Add to edXML messages whose document each is about; `foreign`: its issuer is none of the province's."""
    issuer = pl.col("issuer").replace_strict(organ_codes(), default=None, return_dtype=pl.String)
    return _identified(
        rows.with_columns(issuer.is_null().alias("foreign"), pl.coalesce(issuer, "issuer").alias("issuer"))
    )


def register_named(rows: pl.DataFrame) -> pl.DataFrame:
    """Add to lines of the registers whose document each is: issued by the unit of the line, or received by it."""
    outgoing = pl.col("book") == "out"
    return _identified(rows.with_columns(
        pl.when(outgoing).then("agency").otherwise("issuer").alias("issuer"),
        pl.when(outgoing).then(pl.lit("")).otherwise("agency").alias("recipient"),
    ))


def secret_counts(rows: pl.DataFrame) -> pl.DataFrame:
    """Return what is left of secret documents that stood in a register: a count for their day and book."""
    told = pl.all_horizontal(pl.col(c).is_not_null() for c in ("document", "book", "registered_at"))
    rows = rows.filter(told)
    lines = rows.select(pl.concat_str("document", pl.col("recipient").fill_null(""), separator="|")).to_series()
    return rows.select(
        pl.col("^_.*$"), mapped(lines, lambda line: keyed_hash(COUNTED, line, 20)).alias("document"),
        pl.lit("").alias("recipient"), pl.lit("secret").alias("direction"), pl.lit("secret").alias("secrecy"), "book",
        "registered_at", pl.col("registered_at").alias("at"),
    )


def edxml_rows(rows: pl.DataFrame) -> pl.DataFrame:
    """Turn edXML messages into parts of documents: a document as issued and at each recipient, and reports on it.

    Recipients and issuers outside the province are left out: the province holds what its own offices send and
    handle. `organ_known` is false for a code that looks like one of the province's and is none. A report leaves
    no number: the document it is about may turn out to be secret.
    """
    ours = pl.col("recipient").replace_strict(organ_codes(), default=None, return_dtype=pl.String)
    theirs = pl.col("recipient").is_not_null() & ours.is_null()
    is_report = pl.col("status").is_not_null()
    rows = edxml_named(rows).with_columns(
        (~theirs | ~pl.col("recipient").str.ends_with(".H56")).alias("organ_known"),
        theirs.alias("theirs"),
    ).filter(~pl.col("theirs") | ~pl.col("organ_known")).filter(~(pl.col("foreign") & pl.col("recipient").is_null()))
    rows = rows.with_columns(
        pl.coalesce(ours, "recipient").fill_null("").alias("recipient"),
        *(pl.when(pl.col("status") == code).then("at").alias(column) for code, column in BY_CODE.items()),
        pl.when(~is_report).then(pl.coalesce("at", "issued_at")).alias("sent_at"),
        pl.when(~is_report).then(pl.lit(1, pl.Int64)).alias("exchanged"),
        (~is_report | pl.col("at").is_not_null()).alias("report_dated"),
        pl.col("document").is_not_null().alias("named"),
    )
    unsaid = [pl.when(~is_report).then(c).alias(c) for c in NUMBER]
    return _joined(rows.with_columns(pl.coalesce("at", "issued_at").alias("at"), *unsaid))


def _joined(rows: pl.DataFrame) -> pl.DataFrame:
    """Return one row for each key of a file, of each column the last value told; refused rows stay as they are."""
    key = ["_file", "document", "recipient"]
    fit = pl.col("organ_known") & pl.col("report_dated") & pl.col("named")
    rest = [c for c in rows.columns if c not in key]
    whole = rows.filter(fit).group_by(key, maintain_order=True).agg(
        *(pl.col(c).first() if c.startswith(("_", "~")) else pl.col(c).drop_nulls().last() for c in rest)
    )
    return pl.concat([whole.select(rows.columns), rows.filter(~fit)])


def register_rows(rows: pl.DataFrame) -> pl.DataFrame:
    """Turn lines of the registers into documents: issued by the unit of the line, or received by it.

    A line “Tổng số” carries the book's own total of the day (`stated`); a secret document is nothing but a
    count of its day and book.
    """
    first = pl.col("document").fill_null("").str.to_lowercase().str.normalize("NFC")
    total, secret = first.str.starts_with(TOTAL), pl.col("secrecy") == "secret"
    direction = pl.when(secret).then(pl.lit("secret")).when(total).then(pl.lit("total")).otherwise(pl.lit("line"))
    line = pl.col("direction") == "line"
    rows = register_named(rows.with_columns(direction.alias("direction"))).with_columns(
        pl.when(line).then(c).otherwise(pl.lit("")).alias(c) for c in ("issuer", "recipient")
    )
    day = _local_day("registered_at").cast(pl.String)
    order = pl.int_range(1, pl.len() + 1).over("_file", "direction", "book", day)
    counted = pl.concat_str("direction", "book", day, order, separator="|")
    named = pl.all_horizontal(pl.col(c).is_not_null() for c in ("code", "issuer", "recipient", "issued_at"))
    moments = ("registered_at", "arrived_at", "accepted_at", "finished_at")
    return rows.with_columns(
        pl.when(line).then("document").otherwise(counted).alias("document"),
        pl.when(line).then(named).otherwise(pl.col("registered_at").is_not_null()).alias("line_complete"),
        (_local_day("registered_at") >= _local_day("issued_at")).fill_null(True).alias("registered_in_order"),
        (pl.col("finished_at") >= pl.coalesce("accepted_at", "registered_at")).fill_null(True)
        .alias("finished_in_order"),
        pl.max_horizontal(*moments, "issued_at").alias("at"),
        pl.when(pl.col("direction") == "total").then("stated").alias("stated"),
    )


# What follows


def _hours(rows: pl.DataFrame) -> pl.Series:
    taken = rows.select(pl.coalesce("accepted_at", "registered_at", "arrived_at")).to_series()
    return working_hours(taken, rows["finished_at"]).clip(0)


def _in_time(rows: pl.DataFrame) -> pl.Series:
    """Say whether an incoming document was registered within the next working day, an urgent one the same day."""
    came, entered = (rows.select(_local_day(c)).to_series() for c in ("arrived_at", "registered_at"))
    days = pl.DataFrame({"days": elapsed_working_days(came, entered), "urgent": rows["urgency"] != "normal"})
    return days.select((pl.col("days") <= pl.when("urgent").then(0).otherwise(1)).cast(pl.Int64)).to_series()


def document_state(rows: pl.DataFrame) -> pl.DataFrame:
    """Compute from the moments of each document whose it is, when it was open, late and done, and in what time.

    Hours are office hours from acceptance (03) to completion (06). A due date without an hour lasts the whole
    day. Refused and withdrawn documents are open no more and were not handled.
    """
    counted = pl.col("direction").is_in(["total", "secret"]).fill_null(False)
    incoming = ~counted & (pl.col("recipient") != "")
    agency = pl.when(counted).then(pl.lit("")).when(incoming).then("recipient").otherwise("issuer")
    rows = rows.with_columns(
        pl.when(counted).then("direction").when(incoming).then(pl.lit("in")).otherwise(pl.lit("out"))
        .alias("direction"),
        pl.when(counted).then("book").when(incoming).then(pl.lit("in")).otherwise(pl.lit("out")).alias("book"),
        agency.alias("agency"), pl.col("urgency").fill_null("normal"), pl.col("kind").fill_null(""),
        (~counted & pl.coalesce("sent_at", "registered_at").is_not_null()).cast(pl.Int64).alias("known"),
    )
    rows = rows.with_columns(
        pl.col("agency").replace_strict(_places(), default="", return_dtype=pl.String).alias("place"),
        _level("agency").alias("agency_level"), _level("issuer").alias("issuer_level"),
        pl.min_horizontal("finished_at", "refused_at", "recalled_at").alias("closed_at"),
        pl.min_horizontal("accepted_at", "assigned_at", "started_at", "finished_at", "refused_at", "recalled_at")
        .alias("taken_at"),
        pl.when(pl.col("due_at").is_not_null()).then(pl.col("due_at") + pl.when(
            (pl.col("due_at") + SHIFT).dt.time() == pl.time(0)).then(timedelta(days=1))
            .otherwise(timedelta(seconds=1))).alias("due_end"),
    )
    rows = rows.with_columns(_hours(rows).alias("handling_hours"), _in_time(rows).alias("registered_in_time"))
    is_in = (pl.col("direction") == "in") & (pl.col("known") == 1)
    told = ("registered_at", "arrived_at", "sent_at", "accepted_at", "started_at", "finished_at", "issued_at")
    return rows.with_columns(
        pl.coalesce(
            pl.when(pl.col("direction") == "in").then(pl.coalesce("arrived_at", "sent_at")), *told, "refused_at", "at"
        ).alias("at"),
        pl.when(is_in).then(pl.coalesce("arrived_at", "accepted_at", "registered_at")).alias("open_from"),
        pl.when(is_in).then("due_end").alias("late_from"),
        pl.when(is_in & pl.col("due_end").is_not_null() & pl.col("finished_at").is_not_null())
        .then((pl.col("finished_at") >= pl.col("due_end")).cast(pl.Int64)).alias("late"),
        bin_of(pl.col("handling_hours")).fill_null(NO_BIN).cast(pl.Int64).alias("handling_bin"),
        pl.when(pl.col("recalled_at").is_not_null()).then(pl.lit("recalled"))
        .when(pl.col("refused_at").is_not_null()).then(pl.lit("refused"))
        .when(pl.col("finished_at").is_not_null()).then(pl.lit("done"))
        .when(pl.col("started_at").is_not_null()).then(pl.lit("started"))
        .when(pl.col("assigned_at").is_not_null()).then(pl.lit("assigned"))
        .when(pl.col("accepted_at").is_not_null() | pl.col("registered_at").is_not_null()).then(pl.lit("accepted"))
        .when(pl.col("arrived_at").is_not_null()).then(pl.lit("arrived"))
        .otherwise(pl.lit("sent")).alias("status"),
        fold(pl.concat_str("code", "subject", "issuer_name", separator=" ", ignore_nulls=True)).alias("words"),
    ).drop("due_end")


def open_documents(rows: pl.DataFrame, at: datetime) -> pl.DataFrame:
    """Add to documents open at a moment their age in office hours, its bucket, and the hours past the due end.

    A day past the announced calendar has no age.
    """
    now = pl.Series("now", [at], dtype=pl.Datetime("us", "UTC")).new_from_index(0, rows.height)
    age, over = working_hours(rows["open_from"], now), working_hours(rows["late_from"], now)
    bucket = pl.lit("over")
    for hours, name in reversed(BUCKETS):
        bucket = pl.when(pl.col("age_hours") <= hours).then(pl.lit(name)).otherwise(bucket)
    return rows.with_columns(age.alias("age_hours"), over.alias("late_hours")).with_columns(
        pl.when(pl.col("age_hours").is_not_null()).then(bucket).alias("age_bucket"),
        (pl.col("late_hours") > 0).fill_null(False).alias("is_late"),
    )


METHODS: dict[str, Callable[[pl.DataFrame], pl.DataFrame]] = {
    "edxml_named": edxml_named, "edxml_rows": edxml_rows, "register_named": register_named,
    "register_rows": register_rows, "secret_counts": secret_counts, "document_state": document_state,
}
SNAPSHOTS: dict[str, Callable[..., pl.DataFrame]] = {"open_documents": open_documents}
