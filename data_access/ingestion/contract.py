"""The contract of a source: text cells become typed columns, row by row kept or refused with a reason."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import dataframely as dy
import polars as pl

from config.locale import say
from config.models import FieldRule, Source
from config.registry import load_registry
from data_access.ingestion.catalogues import attribute, folded, spellings

DATE_FORMATS = (
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%dT%H:%M",
    "%Y-%m-%d",
    "%d/%m/%Y %H:%M:%S",
    "%d/%m/%Y %H:%M",
    "%d/%m/%Y",
)
READABLE = {
    "%Y": "năm",
    "%m": "tháng",
    "%d": "ngày",
    "%H": "giờ",
    "%M": "phút",
    "%S": "giây",
    "%I": "giờ",
    "%p": "AM/PM",
    "%.f": "",
    "%#z": "+07:00",
}
CATALOGUES = ("place", "agency", "station")
PLACES_OF_ROW = ("_file", "_sheet", "_row")
Method = Callable[[pl.DataFrame], pl.DataFrame]


class Rule(NamedTuple):
    """One rule over a row: `holds` must not be false; `message` is filled with the value refused."""

    id: str
    column: str
    holds: pl.Expr
    message: Callable[[str], str]


@dataclass(frozen=True)
class Checked:
    """What the contract made of rows: those kept, typed, and the refusals.

    `kept` has the fact's columns with `_file`, `_sheet`, `_row`; `refused` has
    `_file, _sheet, _row, column, value, rule, message`, one row a broken rule.
    """

    kept: pl.DataFrame
    refused: pl.DataFrame


REFUSED = {
    "_file": pl.UInt32,
    "_sheet": pl.String,
    "_row": pl.UInt32,
    "column": pl.String,
    "value": pl.String,
    "rule": pl.String,
    "message": pl.String,
}


def _text(field: FieldRule, name: str) -> pl.Expr:
    """Return the cell as text: trimmed, empty and declared "missing" texts as null, mapped."""
    if field.constant is not None:
        return pl.lit(field.constant)
    cell = pl.col(field.source or name).str.strip_chars()
    cell = pl.when(cell.is_in(["", *field.missing])).then(None).otherwise(cell)
    return cell.replace(field.mapping) if field.mapping else cell


def _instant(text: pl.Expr, field: FieldRule) -> pl.Expr:
    parsed = [
        text.str.to_datetime(f, strict=False, time_unit="us", exact=True)
        if "%H" in f or "%I" in f
        else text.str.to_date(f, strict=False, exact=True).cast(pl.Datetime("us"))
        for f in (field.formats or DATE_FORMATS)
    ]
    local = pl.coalesce(parsed) if len(parsed) > 1 else parsed[0]
    shift = timedelta(hours=7) if field.zone == "local" else timedelta()
    return (local - shift).dt.replace_time_zone("UTC")


def _number(text: pl.Expr, field: FieldRule) -> pl.Expr:
    digits = text.str.replace(",", ".", literal=True) if field.decimal_comma else text
    return (
        pl.when(digits.str.contains(r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"))
        .then(digits)
        .cast(pl.Float64, strict=False)
    )


def _typed(text: pl.Expr, field: FieldRule) -> pl.Expr:
    match field.type:
        case "number":
            return _number(text, field)
        case "integer":
            return (
                pl.when(text.str.contains(r"^[+-]?\d+(\.0+)?$"))
                .then(text)
                .cast(pl.Float64, strict=False)
                .cast(pl.Int64, strict=False)
            )
        case "boolean":
            words = {"1": 1, "0": 0, "true": 1, "false": 0, "có": 1, "không": 0, "x": 1}
            return text.str.to_lowercase().replace_strict(words, default=None, return_dtype=pl.Int64)
        case "instant" | "date":
            return _instant(text, field)
        case "place" | "agency" | "station":
            known = spellings(field.type)
            unique = text.str.normalize("NFC").str.to_lowercase().str.replace_all(r"\s+", " ")
            found = unique.replace_strict(known, default=None, return_dtype=pl.String)
            return pl.coalesce(found, text) if field.outside else found
    return text


def _fault(field: FieldRule) -> Callable[[str, str], tuple[str, str]]:
    """Return what says which rule a value that could not be typed has broken, and how to mend it."""

    def of(value: str, column: str) -> tuple[str, str]:
        if field.type in CATALOGUES:
            return f"unknown_{field.type}", say(f"ingest.unknown_{field.type}", value=value, column=column)
        if field.type in ("instant", "date"):
            shape = (field.formats or ["%d/%m/%Y %H:%M"])[0]
            for code, word in READABLE.items():
                shape = shape.replace(code, word)
            return "not_a_date", say("ingest.not_a_date", value=value, column=column, format=shape)
        if field.type == "number" and value.count(",") == 1 and value.replace(",", "").lstrip("+-").isdigit():
            return "decimal_comma", say("ingest.decimal_comma", value=value, column=column)
        rule = {"integer": "not_an_integer", "boolean": "not_yes_or_no"}.get(field.type, "not_a_number")
        return rule, say(f"ingest.{rule}", value=value, column=column)

    return of


def _field_rules(name: str, field: FieldRule, now: datetime) -> list[Rule]:
    column, raw, typed = field.source or name, pl.col(f"~{name}"), pl.col(name)
    rules: list[Rule] = []

    def add(rule: str, holds: pl.Expr, **values: Any) -> None:
        rules.append(
            Rule(
                f"{name}.{rule}",
                name,
                holds,
                lambda value: say(f"ingest.{rule}", value=value, column=column, **values),
            )
        )

    if field.required:
        add("required", raw.is_not_null())
    if field.type != "text":
        rules.append(
            Rule(
                f"{name}.type",
                name,
                typed.is_not_null() | raw.is_null(),
                lambda value: "\n".join(_fault(field)(value, column)),
            )
        )
    if field.type == "instant" and not field.future:
        add("future_date", typed <= now + timedelta(hours=1))
    if field.one_of:
        add("not_allowed", raw.is_in(field.one_of), allowed=", ".join(field.one_of))
    if field.pattern:
        add("pattern", raw.str.contains(field.pattern), pattern=field.pattern)
    if field.minimum is not None:
        add("below_minimum", typed >= field.minimum, limit=f"{field.minimum:g}")
    if field.maximum is not None:
        add("above_maximum", typed <= field.maximum, limit=f"{field.maximum:g}")
    return rules


def _check_rules(source: Source) -> list[Rule]:
    def of(text: str) -> Callable[[str], str]:
        return lambda value: text.replace("{value}", value)

    return [Rule(c.id, c.column, pl.sql_expr(c.rule), of(c.text.vi)) for c in source.checks]


def _always(holds: pl.Expr) -> Callable[[Any], pl.Expr]:
    return lambda _: holds


def _filtered(frame: pl.DataFrame, rules: list[Rule], source: Source) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    """Keep the rows that break no rule (dataframely), and list each broken rule of the others."""
    if not rules:
        return frame, []
    columns = {name: dy.Any() for name in frame.columns}
    made = {r.id.replace(".", "__"): dy.rule()(_always(r.holds)) for r in rules}
    schema: Any = type(f"Contract_{source.id}", (dy.Schema,), columns | made)
    kept, failure = schema.filter(frame)
    details = failure.details()
    refused = []
    for rule in rules:
        bad = details.filter(pl.col(rule.id.replace(".", "__")) == "invalid")
        if bad.is_empty():
            continue
        field = source.fields.get(rule.column)
        value = f"~{rule.column}" if f"~{rule.column}" in bad.columns else rule.column
        said = [rule.message(v or "") for v in bad[value].cast(pl.String).to_list()]
        typed_fault = rule.id.endswith(".type")
        refused.append(
            bad.select(
                *PLACES_OF_ROW,
                pl.lit((field.source if field else None) or rule.column).alias("column"),
                pl.col(value).cast(pl.String).alias("value"),
                pl.Series(
                    "rule",
                    [s.split("\n")[0] if typed_fault else rule.id.split(".")[-1] for s in said],
                    dtype=pl.String,
                ),
                pl.Series("message", [s.split("\n")[-1] for s in said], dtype=pl.String),
            )
        )
    return kept, refused


def _without_repeats(frame: pl.DataFrame, key: list[str]) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    """Keep the first row of each key within a file; refuse the others."""
    first = frame.select(pl.struct("_file", *key).is_first_distinct()).to_series()
    repeats = frame.filter(~first)
    if repeats.is_empty():
        return frame, []
    shown = pl.concat_str([pl.col(k).cast(pl.String).fill_null("") for k in key], separator=" · ")
    said = [say("ingest.duplicate_key", key=k) for k in repeats.select(shown).to_series()]
    return frame.filter(first), [
        repeats.select(
            *PLACES_OF_ROW,
            pl.lit(key[0]).alias("column"),
            shown.alias("value"),
            pl.lit("duplicate_key").alias("rule"),
            pl.Series("message", said, dtype=pl.String),
        )
    ]


def _with_attributes(frame: pl.DataFrame, source: Source) -> pl.DataFrame:
    taken = [
        pl.col(name).replace_strict(attribute(field.type, attr), default="", return_dtype=pl.String).alias(column)
        for name, field in source.fields.items()
        for column, attr in field.attributes.items()
    ]
    ordinals = [
        pl.int_range(1, pl.len() + 1).over("_file", *field.ordinal).alias(name)
        for name, field in source.fields.items()
        if field.ordinal
    ]
    frame = frame.with_columns(*taken, *ordinals)
    for name, expression in source.computed.items():
        frame = frame.with_columns(pl.sql_expr(expression).alias(name))
    return frame


def _read(texts: pl.DataFrame, read: dict[str, FieldRule]) -> pl.DataFrame:
    """Return the columns of the fact that fields read, typed, and as text under `~name`."""
    absent = {f.source or n for n, f in read.items() if f.constant is None} - set(texts.columns)
    frame = texts.with_columns(pl.lit(None, pl.String).alias(c) for c in absent)
    frame = frame.select(*PLACES_OF_ROW, *(_text(f, n).alias(f"~{n}") for n, f in read.items()))
    return frame.with_columns(_typed(pl.col(f"~{n}"), f).alias(n) for n, f in read.items())


def named(texts: pl.DataFrame, source: Source, methods: dict[str, Method]) -> pl.DataFrame:
    """Return rows of text, in their order, with what tells whose they are; no rule is asked."""
    frame = _read(texts, {n: f for n, f in source.fields.items() if not f.ordinal})
    return methods[source.naming](frame) if source.naming else frame


def check(texts: pl.DataFrame, source: Source, now: datetime, methods: dict[str, Method] | None = None) -> Checked:
    """Apply the contract of `source` to rows of text (`_file`, `_sheet`, `_row` and the file's columns)."""
    fact = load_registry().facts[source.fact]
    read = {n: f for n, f in source.fields.items() if not f.ordinal}
    frame = _read(texts, read)
    rules = [r for n, f in read.items() for r in _field_rules(n, f, now)]
    frame, refused = _filtered(frame, rules, source)
    frame = _with_attributes(frame.with_columns(pl.lit(now).alias("_received")), source)
    if source.method:
        frame = (methods or {})[source.method](frame)
    frame, refused_by_checks = _filtered(frame, _check_rules(source), source)
    present = [pl.col(c) if c in frame.columns else pl.lit(None).alias(c) for c in fact.columns]
    frame, repeats = _without_repeats(frame.select(*PLACES_OF_ROW, *present), fact.key)
    found = [*refused, *refused_by_checks, *repeats]
    return Checked(frame, pl.concat([pl.DataFrame(schema=REFUSED), *found], how="vertical_relaxed"))


__all__ = ["Checked", "Method", "check", "folded", "named"]
