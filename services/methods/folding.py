"""Words as people type them into a search: no case, no diacritics, đ as d (Unicode NFD, marks dropped, NFC)."""

import re
import unicodedata
from typing import Final

import polars as pl

_MARKS: Final = re.compile(r"[\u0300-\u036f]")


def fold_text(text: str) -> str:
    """Return a text without case, diacritics and double blanks: `Đường Thanh Hoá` gives `duong thanh hoa`."""
    bare = _MARKS.sub("", unicodedata.normalize("NFD", text.casefold().replace("đ", "d")))
    return " ".join(unicodedata.normalize("NFC", bare).split())


def fold(texts: pl.Expr) -> pl.Expr:
    """Return a column of texts folded as `fold_text` does; nulls stay."""
    apart = texts.str.to_lowercase().str.replace_all("đ", "d").str.normalize("NFD")
    bare = apart.str.replace_all(r"[\u0300-\u036f]", "")
    return bare.str.normalize("NFC").str.replace_all(r"\s+", " ").str.strip_chars()
