"""What is typed without accents finds what is written with them, in either writing of Unicode."""

import unicodedata

import polars as pl
import pytest

from services.methods.folding import fold, fold_text

VECTORS = {
    "Đường Thanh Hoá": "duong thanh hoa",
    "Hậu Lộc": "hau loc",
    unicodedata.normalize("NFD", "Hậu Lộc"): "hau loc",
    "sốt  xuất huyết": "sot xuat huyet",
    "THUỶ": "thuy",
    "Quý, quỳ": "quy, quy",
}


@pytest.mark.parametrize(("written", "typed"), VECTORS.items())
def test_a_text_and_a_column_fold_alike(written: str, typed: str) -> None:
    assert fold_text(written) == typed
    assert pl.select(fold(pl.lit(written))).item() == typed


def test_nothing_stays_nothing() -> None:
    assert pl.select(fold(pl.lit(None, pl.String))).item() is None
