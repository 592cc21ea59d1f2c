"""Find the header row of a table and the place of each expected column in it."""

import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from rapidfuzz import fuzz, process

from config.locale import say
from data_access.ingestion.parsers.result import Layout, Unreadable

SEARCHED = 30
ALIKE = 70


class Places(NamedTuple):
    """Where the expected columns stand, and the headers that nobody expects."""

    at: dict[str, int]
    extra: list[str]


@lru_cache(maxsize=8192)
def tidy(text: str) -> str:
    """Return a header name as NFC with single spaces."""
    return " ".join(unicodedata.normalize("NFC", text).replace("\ufeff", "").replace("\u200b", "").split())


def header_row(rows: Sequence[Sequence[str | None]], layout: Layout) -> tuple[int, int]:
    """Return the index of the row that holds most expected names, and how many it holds (0 = none)."""
    wanted = {_key(name) for name in layout.expected}
    best, most = 0, 0
    for index, row in enumerate(rows[:SEARCHED]):
        found = len(wanted & {_key(cell) for cell in row if cell})
        if found > most:
            best, most = index, found
    return best, most


def places(
    name: str, header: Sequence[str | None], layout: Layout, *, row: int | None, sheet: str = ""
) -> Places:
    """Return the place of each expected column; refuse missing and doubled ones, naming likely new names."""
    names = [tidy(cell or "") for cell in header]
    keys = [_key(cell) for cell in names]
    index: dict[str, int] = {}
    for column in layout.expected:
        count = keys.count(_key(column))
        if count > 1:
            raise Unreadable("doubled_column", name, sheet=sheet, row=row, column=column)
        if count:
            index[tidy(column)] = keys.index(_key(column))
    taken = set(index.values())
    extra = [cell for at, cell in enumerate(names) if cell and at not in taken]
    missing = [column for column in layout.columns if tidy(column) not in index]
    if missing:
        raise missing_columns(name, missing, extra, row=row, sheet=sheet)
    return Places(index, extra)


def missing_columns(
    name: str, missing: Sequence[str], unknown: Sequence[str], *, row: int | None = None, sheet: str = ""
) -> Unreadable:
    """Return the refusal of a file without its columns, asking about headers that look like them."""
    shown = ", ".join(f"“{column}”" for column in missing)
    pairs = _guesses(missing, unknown)
    if not pairs:
        return Unreadable("missing_columns", name, sheet=sheet, row=row, column=missing[0], columns=shown)
    questions = " ".join(say("parsing.renamed_question", old=old, new=new) for old, new in pairs)
    return Unreadable(
        "renamed_columns", name, sheet=sheet, row=row, column=missing[0], columns=shown, questions=questions
    )


def _guesses(missing: Sequence[str], unknown: Sequence[str]) -> list[tuple[str, str]]:
    """Return missing columns with the header that may be each; a header is guessed for the likest column only."""
    likest: dict[str, tuple[float, str]] = {}
    for column in missing:
        found = process.extractOne(column, unknown, scorer=fuzz.WRatio, processor=_bare, score_cutoff=ALIKE)
        if found and found[1] > likest.get(found[0], (0.0, ""))[0]:
            likest[str(found[0])] = found[1], column
    return [(column, new) for new, (_, column) in likest.items()]


def _key(text: str) -> str:
    return tidy(text).casefold()


def _bare(text: str) -> str:
    """Return the text without accents, case and punctuation, to compare likeness only."""
    plain = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return " ".join("".join(c if c.isalnum() else " " for c in plain if not unicodedata.combining(c)).split())
