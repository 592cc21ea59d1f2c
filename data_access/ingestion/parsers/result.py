"""What every parser takes and gives: a layout in, a frame of text or a reason out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any, NamedTuple

import polars as pl

from config.locale import say
from config.models import Layout

__all__ = [
    "Broken",
    "Faults",
    "Layout",
    "Parsed",
    "Unreadable",
    "base_name",
    "broken",
    "finished",
    "text_frame",
]

SHOWN = 200
MOST_BROKEN = 50_000


class Broken(NamedTuple):
    """A record that cannot be split into columns, with a Vietnamese message; one per faulty cell or line."""

    sheet: str
    row: int
    column: str
    value: str
    rule: str
    message: str


@dataclass(frozen=True)
class Parsed:
    """The records of a file: all columns String but `_row` (UInt32); the broken ones; notes.

    `secret`: the records of secret documents that were left out, of which nothing but whose they are may be used.
    """

    frame: pl.DataFrame
    broken: list[Broken] = field(default_factory=list)
    notes: dict[str, str] = field(default_factory=dict)
    secret: pl.DataFrame | None = None


class Unreadable(Exception):  # noqa: N818 - a state of the file, told to people
    """A file that gives no records at all: `reason` is the catalogue key, `message` names the remedy."""

    def __init__(
        self,
        reason: str,
        file: str,
        *,
        sheet: str = "",
        row: int | None = None,
        column: str = "",
        **values: Any,
    ) -> None:
        self.reason = reason
        self.sheet, self.row, self.column = sheet, row, column
        self.message = say(
            f"parsing.{reason}", file=base_name(file), sheet=sheet, row=row, column=column, **values
        )
        super().__init__(self.message)


def base_name(file: str) -> str:
    """Return the last part of a path written with either slash."""
    return PurePosixPath(file.replace("\\", "/")).name or file


def broken(
    rule: str, file: str, row: int, value: str, *, sheet: str = "", column: str = "", **values: Any
) -> Broken:
    """Return a broken record whose message is the catalogue's text of `rule`."""
    shown = value if len(value) <= SHOWN else value[:SHOWN] + "…"
    message = say(
        f"parsing.{rule}", file=base_name(file), sheet=sheet, row=row, column=column, value=shown, **values
    )
    return Broken(sheet, row, column, shown, rule, message)


class Faults(list[Broken]):
    """The broken records of one file; too many of them make the whole file unreadable."""

    def __init__(self, file: str) -> None:
        super().__init__()
        self.file = file

    def append(self, fault: Broken) -> None:
        """Add one; refuse the file once no person could work through the list."""
        if len(self) >= MOST_BROKEN:
            first = self[0]
            raise Unreadable(
                "too_many_broken",
                self.file,
                sheet=first.sheet,
                row=first.row,
                most=MOST_BROKEN,
                why=first.message,
            )
        super().append(fault)


def text_frame(
    columns: Mapping[str, Sequence[str | None]], rows: Sequence[int], sheet: str = ""
) -> pl.DataFrame:
    """Return a frame of stripped text (null = empty) with `_sheet` and `_row`."""
    try:
        series = [pl.Series(name, values, dtype=pl.String) for name, values in columns.items()]
    except UnicodeEncodeError:
        series = [
            pl.Series(_storable(name), [_storable(value) for value in values], dtype=pl.String)
            for name, values in columns.items()
        ]
    return finished(pl.DataFrame([*series, pl.Series("_row", rows, dtype=pl.UInt32)]), sheet)


def finished(frame: pl.DataFrame, sheet: str) -> pl.DataFrame:
    """Return `frame` with its text stripped, empty text as null, and `_sheet` before `_row`."""
    text = pl.col(pl.String)
    clean = frame.with_columns(text.str.strip_chars()).with_columns(
        pl.when(text != "").then(text).name.keep()
    )
    return clean.select(
        pl.exclude("_row"),
        pl.lit(sheet, dtype=pl.String).alias("_sheet"),
        pl.col("_row").cast(pl.UInt32),
    )


def _storable(text: Any) -> Any:
    return text.encode("utf-8", "replace").decode("utf-8") if isinstance(text, str) else text
