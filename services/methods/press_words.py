"""What a press item is about, by declared words: topics, places, rumours; accents count, words stand whole.

Texts are spread out first (`spread`): two blanks between words, so that a pattern of whole words never shares
a blank with the next. Of patterns that begin at one word the longest is taken (`Nam Sầm Sơn`, not `Sầm Sơn`).
"""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Final

import polars as pl

from config.press import load_press
from config.registry import load_registry

OTHER: Final = "khac"
TONES: Final = {"o": ("à á ả ã ạ", "è é ẻ ẽ ẹ"), "u": ("ỳ ý ỷ ỹ ỵ",)}
MARKED: Final = {"à": "ò", "á": "ó", "ả": "ỏ", "ã": "õ", "ạ": "ọ", "è": "ò", "é": "ó", "ẻ": "ỏ", "ẽ": "õ", "ẹ": "ọ",
                 "ỳ": "ù", "ý": "ú", "ỷ": "ủ", "ỹ": "ũ", "ỵ": "ụ"}  # fmt: skip
BARE: Final = {**dict.fromkeys("àáảãạ", "a"), **dict.fromkeys("èéẻẽẹ", "e"), **dict.fromkeys("ỳýỷỹỵ", "y")}


@cache
def _new_style() -> dict[str, str]:
    """Return old spellings of tones at a word's end and the new ones: `oá ` → `óa `; `quý ` stays."""
    found: dict[str, str] = {}
    for first, groups in TONES.items():
        for vowel in " ".join(groups).split():
            old, new = first + vowel, MARKED[vowel] + BARE[vowel]
            for old_, new_ in ((old, new), (old.upper(), new.upper()), (first.upper() + vowel, MARKED[vowel].upper()
                                                                       + BARE[vowel])):
                found[f"{old_} "] = f"{new_} "
                if first == "u":
                    found |= {f"{q}{old_} ": f"{q}{old_} " for q in "qQ"}
    return found


def spread(texts: pl.Expr) -> pl.Expr:
    """Return texts as their words, two blanks apart, NFC, tones in the new style; case and accents stay."""
    words = texts.fill_null("").str.normalize("NFC").str.replace_all(r"[^\p{L}\p{N}]+", "  ")
    style = _new_style()
    return pl.concat_str(pl.lit(" "), words, pl.lit(" ")).str.replace_all("^ +", " ").str.replace_many(
        list(style), list(style.values()), leftmost=True)  # fmt: skip


def spread_text(text: str) -> str:
    """Return one text spread out."""
    return str(pl.select(spread(pl.lit(text))).item())


@cache
def pattern(words: str) -> str:
    """Return words as they stand in a text spread out."""
    return " " + spread_text(words).strip() + " "


def matches(texts: pl.Expr, patterns: Iterable[str]) -> pl.Expr:
    """Return the patterns found in texts spread out, in order, the longest first where several begin."""
    ordered = sorted(patterns, key=len, reverse=True)
    return texts.str.extract_many(ordered, leftmost=True)


# Topics

@cache
def _topic_words() -> dict[str, str]:
    return {pattern(word): topic.id for topic in load_press().topics for word in topic.words}


def topics(rows: pl.DataFrame) -> pl.Series:
    """Return the topic of each row by the words of `title` (twice) and `summary`; `khac` where none occurs.

    Of topics alike the one declared first is taken.
    """
    words = _topic_words()
    lower = [spread(pl.col(name)).str.to_lowercase() for name in ("title", "title", "summary")]
    found = rows.select(pl.concat_list(matches(text, words) for text in lower).alias("words")).with_row_index("_at")
    order = {topic.id: -n for n, topic in enumerate(load_press().topics)}
    counted = (
        found.explode("words", empty_as_null=True).drop_nulls("words")
        .with_columns(pl.col("words").replace_strict(words).alias("theme"))
        .group_by("_at", "theme").len().with_columns(pl.col("theme").replace_strict(order).alias("_first"))
        .sort("_at", "len", "_first").group_by("_at", maintain_order=True).last()
    )  # fmt: skip
    joined = found.select("_at").join(counted.select("_at", "theme"), on="_at", how="left", maintain_order="left")
    return joined["theme"].fill_null(OTHER)


def holds(rows: pl.DataFrame, words: Iterable[str]) -> pl.Series:
    """Say of each row whether one of the words stands in `title` or `summary`."""
    patterns = [pattern(word).lower() for word in words]
    texts = [spread(pl.col(name)).str.to_lowercase() for name in ("title", "summary")]
    found = rows.select(pl.any_horizontal(text.str.contains_any(patterns) for text in texts).alias("found"))
    return found["found"]


# Places

def _cased(name: str) -> tuple[str, ...]:
    return pattern(name), pattern(name).upper()


@cache
def _named() -> Mapping[str, str]:
    """Return what stands for a commune in a text; '' for a name that is a street's, a school's, a person's there."""
    rules, places = load_press(), load_registry().places.values()
    found: dict[str, str] = {}
    for place in places:
        for cased in _cased(place.name):
            found[cased] = place.code
            for word in rules.not_after:
                found |= {f" {w} {cased}": "" for w in (word, word.capitalize(), word.upper())}
    return found


def _any_of(texts: pl.Expr, names: Iterable[str]) -> pl.Expr:
    return texts.str.contains_any([p for name in names for p in _cased(name)])


def places(rows: pl.DataFrame) -> pl.DataFrame:
    """Return for each row `scope` (inside, outside), `place` (the first named, '' if none) and `places` (`a|b`).

    `rows` hold title, summary and `local`. Inside: the province or one of its own names is written, or an
    outlet of the province writes of no other. A commune counts only inside: many of their names occur elsewhere.
    """
    rules, named = load_press(), _named()
    text = pl.concat_str(spread(pl.col("title")), pl.lit(" . "), spread(pl.col("summary")))
    found = rows.select("local", text.alias("text")).with_columns(
        matches(pl.col("text"), named).list.eval(pl.element().replace_strict(named)).list.unique(maintain_order=True)
        .list.eval(pl.element().filter(pl.element() != "")).alias("codes"))
    own = [p.code for p in load_registry().places.values() if p.name in rules.well_known]
    is_ours = _any_of(pl.col("text"), rules.province) | pl.col("codes").list.eval(
        pl.element().is_in(own)).list.any()
    elsewhere = _any_of(pl.col("text"), rules.elsewhere)
    inside = is_ours | (pl.col("local") & ((pl.col("codes").list.len() > 0) | ~elsewhere))
    codes = pl.when(inside).then(pl.col("codes")).otherwise(pl.lit([], dtype=pl.List(pl.String)))
    return found.select(
        pl.when(inside).then(pl.lit("inside")).otherwise(pl.lit("outside")).alias("scope"),
        codes.list.first().fill_null("").alias("place"),
        codes.list.join("|").fill_null("").alias("places"),
    )
