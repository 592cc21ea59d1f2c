"""Which items are one story: words alike within some days, directly or through other items.

Alike: the cosine of two sets of folded words, |A∩B| / √(|A||B|), over titles without the commonest words
(`config/press.yaml`: threshold, least words in common, span of time).
"""

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from itertools import chain
from math import sqrt
from typing import Final

import polars as pl

from config.press import load_press
from services.methods.folding import fold_text

COMMON: Final = frozenset(fold_text(
    "thanh hóa tỉnh và của là có được cho với trong ngoài tại ở từ đến về này đó khi sau trước đã sẽ đang "
    "một các những người nhiều hơn vì do bị ra vào lên xuống mới nhất gì nào không vẫn cùng trên dưới xã phường"
).split())  # fmt: skip


def words_of(title: str) -> frozenset[str]:
    """Return the words by which a title is compared."""
    return frozenset(re.findall(r"\w+", fold_text(title))) - COMMON


def alike(a: frozenset[str], b: frozenset[str]) -> float:
    """Return how alike two sets of words are, 0 to 1; 0 where they share too few and differ."""
    shared = len(a & b)
    enough = shared >= load_press().story.least_words or (shared and a == b)
    return shared / sqrt(len(a) * len(b)) if enough else 0.0


def _pairs(items: pl.DataFrame) -> Iterator[tuple[int, int]]:
    """Yield the pairs of items alike within the span of which one is new, by their positions."""
    rule, times, is_new = load_press().story, items["published_at"].to_list(), items["_new"].to_list()
    words = [words_of(title) for title in items["title"]]
    having: dict[str, list[int]] = defaultdict(list)
    for at, some in enumerate(words):
        for word in some:
            having[word].append(at)
    for at in items["_new"].arg_true():
        first, last = bisect_left(times, times[at] - rule.span), bisect_right(times, times[at] + rule.span)
        lists = (having[word] for word in words[at])
        for other in set(chain.from_iterable(h[bisect_left(h, first) : bisect_left(h, last)] for h in lists)):
            if (other < at or not is_new[other]) and alike(words[at], words[other]) >= rule.alike:
                yield at, other


def gathered(items: pl.DataFrame) -> pl.Series:
    """Return the story of each item: called after its first one, the same in whatever order items came in.

    `items` in the order of publication: title, published_at, story (null where not known yet), _new, _own (the name
    of a story that begins with it).
    """
    head = list(range(items.height))

    def first(at: int) -> int:
        while head[at] != at:
            head[at] = head[head[at]]
            at = head[at]
        return at

    known: dict[str, int] = {}
    told = [(known.setdefault(s, at), at) for at, s in enumerate(items["story"]) if s is not None]
    for pair in chain(told, _pairs(items)):
        low, high = sorted(map(first, pair))
        head[high] = low
    return items["_own"].gather([first(at) for at in head])


def spreading(rows: pl.DataFrame, at: datetime) -> pl.DataFrame:
    """Return the stories of the items at hand, those in most outlets first.

    `story, title, theme, place, items, outlets, first_at, last_at, hours, early_outlets, rumour, grave, joined_at`:
    hours from the first to the last item; early outlets: those within the first hours (`fast.within`); joined: the
    moments at which outlets first took it up.
    """
    rule = load_press().fast
    first = pl.col("published_at").min()
    early = pl.col("outlet").filter(pl.col("published_at") <= first + rule.within).n_unique()
    return (
        rows.sort("published_at").group_by("story", maintain_order=True)
        .agg(
            pl.col("title", "theme", "place", "link").first(), pl.len().alias("items"),
            pl.col("outlet").n_unique().alias("outlets"), first.alias("first_at"),
            pl.col("published_at").max().alias("last_at"), early.alias("early_outlets"),
            pl.col("rumour", "grave").max(),
            pl.col("published_at").filter(pl.col("outlet").is_first_distinct()).alias("joined_at"),
        )
        .with_columns(
            ((pl.col("last_at") - pl.col("first_at")).dt.total_seconds() / 3600).alias("hours"),
            ((pl.lit(at) - pl.col("first_at")).dt.total_seconds() / 3600).alias("age_hours"),
        )
        .sort("outlets", "items", "last_at", descending=True)
    )  # fmt: skip


def outlets(rows: pl.DataFrame, at: datetime) -> pl.DataFrame:
    """Return the outlets that wrote of the province lately, with their items and the hours since the last."""
    age = (pl.lit(at) - pl.col("published_at").max()).dt.total_seconds() / 3600
    inside = rows.filter(pl.col("scope") == "inside")
    return inside.group_by("outlet").agg(pl.len().alias("items"), age.alias("hours")).sort("outlet")


def feeds(rows: pl.DataFrame, at: datetime) -> pl.DataFrame:
    """Return each feed heard within 30 days with the hours since its newest item."""
    age = ((pl.lit(at) - pl.col("published_at")).dt.total_seconds() / 3600).alias("hours")
    return rows.select("feed", "outlet", age).filter(pl.col("hours") <= 30 * 24).unique("feed").sort("feed")
