"""A Python function over a column of texts, outside the expressions of a frame.

Inside an expression it would run on a thread of the pool, which waits for the interpreter; a thread that holds the
interpreter and waits for the pool (a frame pickled for a cache or a queue) then stands still with it for ever, and the
whole process with both (pola-rs/polars #26821).
"""

from collections.abc import Callable

import polars as pl


def mapped(texts: pl.Series, made: Callable[[str], str | None]) -> pl.Series:
    """Return what is made of each text, each different one once; nulls stay."""
    found = {text: made(text) for text in texts.unique().drop_nulls()}
    return pl.Series(texts.name, [found.get(text) for text in texts], dtype=pl.String)
