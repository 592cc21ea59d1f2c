"""Which items are one story: words alike within some days, each item joining the story it resembles most.

Alike: the cosine of two sets of folded words, |A∩B| / √(|A||B|), over titles without the commonest words
(`config/press.yaml`: threshold, least words in common, span of time).
"""

import re
from collections import defaultdict, deque
from collections.abc import Iterable
from datetime import datetime
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


class Stories:
    """The items of the last days by their words, to which later ones are added in the order of publication."""

    def __init__(self, known: Iterable[tuple[str, str, datetime]] = ()) -> None:
        self.items: list[tuple[frozenset[str], str, datetime]] = []
        self.having: dict[str, deque[int]] = defaultdict(deque)
        self.span = load_press().story.span
        for title, story, at in known:
            self._add(words_of(title), story, at)

    def _add(self, words: frozenset[str], story: str, at: datetime) -> None:
        for word in words:
            self.having[word].append(len(self.items))
        self.items.append((words, story, at))

    def _near(self, word: str, at: datetime) -> Iterable[int]:
        """Return the items with a word; those too old for this and all later ones are dropped."""
        found = self.having[word]
        while found and self.items[found[0]][2] < at - self.span:
            found.popleft()
        return found

    def place(self, title: str, own: str, at: datetime) -> str:
        """Return the story of an item: the one it is most alike, else a new one called `own`."""
        words, best, story = words_of(title), load_press().story.alike, own
        for index in sorted({i for word in words for i in self._near(word, at)}):
            other, named, when = self.items[index]
            found = alike(words, other)
            if abs(at - when) <= self.span and (found > best or (found == best and story == own)):
                best, story = found, named
        self._add(words, story, at)
        return story


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
