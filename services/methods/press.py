"""Press items and the duties to answer them: rows as the contract typed them in, computed columns out."""

import hashlib
import html
import re
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from typing import Final

import polars as pl

from config.press import load_feeds, load_press
from data_access import press_marks
from services.methods.folding import fold, fold_text
from services.methods.mapped import mapped
from services.methods.press_dates import published_at
from services.methods.press_stories import feeds, gathered, outlets, spreading
from services.methods.press_words import holds, places, topics
from services.methods.working_days import due_dates

TAG: Final = re.compile(r"<[^>]*>")
PREFIX: Final = re.compile(r"^\s*\((?:Chinhphu\.vn|TTXVN|VTV\.vn|Dân trí)\)\s*[-–]?\s*", re.IGNORECASE)
MOST_SUMMARY: Final = 600
UTC_TIME: Final = pl.Datetime("us", "UTC")


# Items

def plain(text: str) -> str:
    """Return a text without tags, entities and an agency's prefix, its blanks single."""
    bare = TAG.sub(" ", html.unescape(TAG.sub(" ", text))) if "<" in text or "&" in text else text
    return " ".join(PREFIX.sub("", bare).split())


@cache
def _feeds() -> pl.DataFrame:
    """Return the registered feeds, one row for each name by which a file may call one."""
    rows: list[dict[str, object]] = []
    for feed in load_feeds().values():
        said = {"_feed": feed.id, "outlet": feed.outlet, "order": feed.dates, "offset": feed.offset,
                "local": feed.local}  # fmt: skip
        rows += [{"_called": called, **said} for called in (feed.id, feed.name)]
    return pl.DataFrame(rows).unique("_called", keep="first", maintain_order=True)


def _read(rows: pl.DataFrame) -> pl.DataFrame:
    """Settle the texts, whose feed it is, and when it was published."""
    text = [mapped(rows[c].fill_null(""), plain) for c in ("title", "summary")]
    found = rows.rename({"feed": "_called"}).with_columns(text).join(
        _feeds(), on="_called", how="left", maintain_order="left"
    )
    asked = found.select("published_raw", "order", "offset").unique()
    when = [
        published_at(raw, order, timedelta(hours=offset)) if raw and order else None
        for raw, order, offset in asked.rows()
    ]
    dated = asked.with_columns(pl.Series("published_at", when, dtype=UTC_TIME))
    return found.join(
        dated, on=["published_raw", "order", "offset"], how="left", nulls_equal=True, maintain_order="left"
    ).with_columns(
        pl.coalesce("_feed", "_called").alias("feed"), pl.col("local").fill_null(False),
        pl.col("_feed").is_not_null().alias("is_registered"),
        (pl.col("published_at") <= pl.col("_received") + load_press().ahead_most).fill_null(True).alias("in_time"),
    )  # fmt: skip


def article_id(title: str, day: object) -> str:
    """Return the number of an item: of its folded title and day, so that a second link to it is no second item."""
    return hashlib.sha256(f"{fold_text(title)}|{day}".encode()).hexdigest()[:16]


def _numbered(rows: pl.DataFrame) -> pl.DataFrame:
    days = rows["published_at"].dt.convert_time_zone("Asia/Ho_Chi_Minh").dt.date()
    made = [article_id(t, d) for t, d in zip(rows["title"], days, strict=True)]
    numbered = rows.with_columns(pl.Series("article", made, dtype=pl.String))
    return numbered.unique(["_file", "outlet", "article"], keep="first", maintain_order=True)


def articles(rows: pl.DataFrame) -> pl.DataFrame:
    """Read press items: outlet, moment, what and which communes they are about.

    What is not about the province keeps its title alone. Story and tone follow when the rows are stored.
    """
    rule = load_press()
    rows = _numbered(_read(rows))
    rows = rows.with_columns(places(rows)).with_columns(
        topics(rows).alias("theme"),
        holds(rows, rule.rumour).cast(pl.Int64).alias("rumour"),
        holds(rows, rule.grave).cast(pl.Int64).alias("grave"),
    )
    summary = pl.when(pl.col("scope") == "inside").then(pl.col("summary").str.slice(0, MOST_SUMMARY))
    return rows.with_columns(
        summary.fill_null("").alias("summary"),
        (pl.col("published_at") + rule.story.span).alias("spread_until"),
        *(pl.lit(None, pl.String).alias(c) for c in ("story", "tone", "tone_by")),
        pl.lit(None, pl.Int64).alias("is_first"),
    ).with_columns(fold(pl.concat_str("title", "summary", separator=" ", ignore_nulls=True)).alias("folded"))


def settled(rows: pl.DataFrame) -> pl.DataFrame:
    """Give stored items their story and tone, and add the earlier items whose story they change.

    Tone stays empty until a model is in force.
    """
    said = press_marks.tones()
    own = pl.format("{}-{}", "outlet", "article").alias("_own")
    rows = rows.drop("tone", "tone_by").join(said, on=["outlet", "article"], how="left", maintain_order="left")
    rows = rows.with_columns(pl.col("tone", "tone_by").fill_null(""), own)
    about = (pl.col("scope") == "inside") & pl.col("published_at").is_not_null()
    parts = [rows.filter(~about).with_columns(pl.col("_own").alias("story"))]
    for (collection,), some in rows.filter(about).group_by("collection", maintain_order=True):
        span, when = load_press().story.span, some["published_at"].sort()
        near = press_marks.around(str(collection), when[0] - span, when[-1] + span).with_columns(own)
        near = near.join(some, on=["outlet", "article"], how="anti")
        both = pl.concat([some.with_columns(pl.lit(True).alias("_new")), near], how="diagonal_relaxed")
        both = both.sort("published_at", "_own").with_columns(pl.col("_new").fill_null(False))
        found = both.with_columns(gathered(both).alias("_found"))
        changed = found.filter(pl.col("_new") | (pl.col("story") != pl.col("_found")))
        parts.append(changed.with_columns(pl.col("_found").alias("story")).select(rows.columns))
    is_first = (pl.col("story") == pl.col("_own")).cast(pl.Int64).alias("is_first")
    return pl.concat(parts, how="vertical_relaxed").with_columns(is_first).drop("_own")


def named_places(rows: pl.DataFrame) -> pl.DataFrame:
    """Count the items that name each commune: one for every commune of an item that names several."""
    apart = rows.with_columns(pl.col("places").str.split("|").alias("place")).explode("place", empty_as_null=True)
    return (
        apart.filter(pl.col("place") != "").group_by("collection", "place", "theme", "period")
        .agg(pl.col("items").sum().cast(pl.Float64).alias("value"))
    )  # fmt: skip


# Duties

@cache
def _clocks() -> pl.DataFrame:
    made = [{"duty_kind": d.id, "hours": d.hours, "days": d.days, "working_days": d.working_days}
            for d in load_press().duties]  # fmt: skip
    return pl.DataFrame(made, schema={"duty_kind": pl.String, "hours": pl.Int64, "days": pl.Int64,
                                      "working_days": pl.Int64})  # fmt: skip


def _end_of(day: pl.Expr) -> pl.Expr:
    """Return the last second of a local day as an instant."""
    return (day.cast(pl.Datetime("us")) + timedelta(hours=17) - timedelta(seconds=1)).dt.replace_time_zone("UTC")


def duties(rows: pl.DataFrame) -> pl.DataFrame:
    """Set the clock of each duty and judge it: hours to the minute, days and working days to the day's end.

    Unknown (null) where the working calendar is not announced that far.
    """
    rows = rows.join(_clocks(), on="duty_kind", how="left", maintain_order="left")
    asked = rows.select((pl.col("asked_at") + timedelta(hours=7)).dt.date()).to_series()
    by_work = pl.lit(due_dates(asked, rows["working_days"]))
    by_days = pl.lit(asked) + pl.duration(days=pl.col("days"))
    due = pl.coalesce(
        pl.col("asked_at") + pl.duration(hours=pl.col("hours")), _end_of(by_days), _end_of(by_work)
    )
    told = ("evidence", "place", "link", "outlet")
    absent = [pl.lit(None, pl.String).alias(c) for c in told if c not in rows.columns]
    rows = rows.with_columns(absent).with_columns(
        due.alias("due_at"), pl.coalesce("told_at", "answered_at", "asked_at").alias("told_at"))
    is_done = pl.col("answered_at").is_not_null()
    return rows.with_columns(
        (pl.col("due_at") + timedelta(seconds=1)).alias("late_from"),
        pl.col("answered_at").alias("late_until"),
        pl.when(is_done).then(pl.col("answered_at") <= pl.col("due_at")).cast(pl.Int64).alias("on_time"),
        pl.when(is_done).then(pl.col("evidence").fill_null("") != "").cast(pl.Int64).alias("has_evidence"),
        pl.when(is_done).then(pl.lit("da_tra_loi")).otherwise(pl.lit("cho_tra_loi")).alias("duty_state"),
        (pl.col("answered_at") >= pl.col("asked_at")).fill_null(True).alias("in_order"),
        pl.col("place").fill_null(""),
        fold(pl.concat_str("duty", "title", separator=" ", ignore_nulls=True)).alias("folded"),
    )  # fmt: skip


def stories(rows: pl.DataFrame, at: object) -> pl.DataFrame:
    """Return the stories about the province of the last days (see `spreading`)."""
    return spreading(rows.filter(pl.col("scope") == "inside"), at)  # type: ignore[arg-type]


METHODS: dict[str, Callable[[pl.DataFrame], pl.DataFrame]] = {
    "press_articles": articles, "press_settled": settled, "press_places": named_places, "press_duties": duties,
}
SNAPSHOTS: dict[str, Callable[..., pl.DataFrame]] = {
    "press_stories": stories, "press_outlets": outlets, "press_feeds": feeds,
}
