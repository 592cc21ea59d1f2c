"""What every parser takes and gives: a layout in, a frame of text or a reason out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any, NamedTuple

import polars as pl
from pydantic import BaseModel, ConfigDict, Field

from config.locale import say

SHOWN = 200


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
    """The records of a file: every column String, `_sheet`, `_row` (UInt32); the broken ones; file-wide notes."""

    frame: pl.DataFrame
    broken: list[Broken] = field(default_factory=list)
    notes: dict[str, str] = field(default_factory=dict)


class Unreadable(Exception):  # noqa: N818 - a state of the file, told to people
    """A file that gives no records at all: `reason` is the catalogue key, `message` names the remedy."""

    def __init__(
        self, reason: str, file: str, *, sheet: str = "", row: int | None = None, column: str = "", **values: object
    ) -> None:
        self.reason = reason
        self.sheet, self.row, self.column = sheet, row, column
        self.message = say(
            f"parsing.{reason}", file=base_name(file), sheet=sheet, row=row, column=column, **values
        )
        super().__init__(self.message)


class Layout(BaseModel):
    """How a source's files look: the parser, the header names expected and the parser's own options."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    parser: str
    sheet: str | None = None
    columns: list[str] = Field(default_factory=list)
    optional: list[str] = Field(default_factory=list)
    options: dict[str, Any] = Field(default_factory=dict)

    @property
    def expected(self) -> list[str]:
        """Return the names of all columns of the frame, in order."""
        return [*self.columns, *(name for name in self.optional if name not in self.columns)]

    @property
    def most_bytes(self) -> int:
        """Return the largest size of a file, and of an unpacked one, in bytes."""
        return int(float(self.options.get("max_mb", 100)) * 1_000_000)


def base_name(file: str) -> str:
    """Return the last part of a path written with either slash."""
    return PurePosixPath(file.replace("\\", "/")).name or file


def broken(
    rule: str, file: str, row: int, value: str, *, sheet: str = "", column: str = "", **values: object
) -> Broken:
    """Return a broken record whose message is the catalogue's text of `rule`."""
    shown = value if len(value) <= SHOWN else value[:SHOWN] + "…"
    message = say(
        f"parsing.{rule}", file=base_name(file), sheet=sheet, row=row, column=column, value=shown, **values
    )
    return Broken(sheet, row, column, shown, rule, message)


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
    text = pl.col(pl.String).str.strip_chars()
    return frame.select(
        pl.exclude("_row"), pl.lit(sheet).alias("_sheet"), pl.col("_row").cast(pl.UInt32)
    ).with_columns(pl.when(text != "").then(text).name.keep() if frame.width > 1 else pl.col("_row")).with_columns(
        pl.lit(sheet).alias("_sheet")
    )


def _storable(text: Any) -> Any:
    return text.encode("utf-8", "replace").decode("utf-8") if isinstance(text, str) else text
