"""Where citizens' reports gather: hot spots, places that keep coming back, reports that may be one.

All are frame to frame. Reports come as `system, feedback, topic, agency, place, lat, lon, content, …`.
"""

from datetime import datetime, timedelta
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from config.feedback import load_feedback
from services.methods.folding import fold
from services.methods.positions import cell_centre, cell_numbers, linked, near_pairs

Floats = npt.NDArray[np.float64]
KEY: Final = ("system", "feedback")


def poisson_tail(counts: npt.ArrayLike, expected: npt.ArrayLike) -> Floats:
    """Return P(X ≥ n) for Poisson counts with the expected mean; 1 for n = 0, 0 for n > 0 where none is expected."""
    n, mean = np.broadcast_arrays(np.asarray(counts, int), np.asarray(expected, float))
    term, below = np.exp(-mean), np.zeros(n.shape)
    for k in range(int(n.max(initial=0))):
        below += np.where(k < n, term, 0)
        term = term * mean / (k + 1)
    return np.asarray(np.clip(1 - below, 0, 1), float)


def _most(column: str) -> pl.Expr:
    """Return the commonest text of a group; of equals the first by letter."""
    return pl.col(column).sort().mode().sort().first().alias(column)


def report_cells(rows: pl.DataFrame, at: datetime) -> pl.DataFrame:
    """Return the cells with reports in the days before `at`, each tested against the days before these.

    In: reports received within both spans. Out: `cell, lat, lon, place, topic, agency, count, before,
    expected, chance, is_hot`, and the newest report's `system, feedback`. Hot are at least `least` reports that
    chance P(X ≥ n | λ) explains in fewer than 1 of 1.000 cases, λ the earlier count brought to the shorter span.
    """
    rule = load_feedback().hot_spot
    start = at - timedelta(days=rule.days)
    recent = pl.col("received_at") > start
    span = pl.col("received_at").is_between(start - timedelta(days=rule.before_days), at, closed="right")
    placed = rows.filter(span, pl.col("counted") == 1).drop_nulls(["lat", "lon"]).with_columns(
        cell_numbers(rule.cell_metres))
    cells = placed.group_by("cell_y", "cell_x").agg(
        *(_most(c) for c in ("place", "topic", "agency")),
        recent.sum().cast(pl.Int64).alias("count"), (~recent).sum().cast(pl.Int64).alias("before"),
    ).filter(pl.col("count") > 0)
    main = placed.filter(recent).sort("received_at", *KEY).group_by("cell_y", "cell_x").agg(
        _most("topic"), *(pl.col(k).last() for k in KEY))
    cells = cells.drop("topic").join(main, on=["cell_y", "cell_x"])
    expected = cells["before"].to_numpy() * rule.days / rule.before_days
    chance = poisson_tail(cells["count"].to_numpy(), expected)
    return cells.with_columns(
        *cell_centre(rule.cell_metres), pl.format("{}_{}", "cell_y", "cell_x").alias("cell"),
        pl.Series("expected", expected, dtype=pl.Float64), pl.Series("chance", chance, dtype=pl.Float64),
    ).with_columns(
        ((pl.col("count") >= rule.least) & (pl.col("chance") < rule.chance)).alias("is_hot")
    ).sort("chance", "count", descending=[False, True])


def repeat_places(rows: pl.DataFrame, at: datetime) -> pl.DataFrame:
    """Return the places that keep coming back: at least `least` settled reports within `metres` of one of them.

    In: reports settled within the span before `at`. Places that share such reports are one; a report beside
    several belongs to the nearest. Out: `spot` (its first report), that one's `system, feedback`, `lat, lon`
    (middle), `place, topic, agency, address, count, weeks` (in which one was settled), `first_at, last_at`;
    those that come back in most weeks first.
    """
    rule = load_feedback().repeat
    span = pl.col("done_at").is_between(at - timedelta(days=rule.days), at, closed="right")
    settled = rows.filter(span, pl.col("counted") == 1).drop_nulls(["lat", "lon"]).sort("done_at", *KEY)
    pairs = near_pairs(settled, rule.metres)
    met = np.bincount(np.concatenate([pairs["a"], pairs["b"]]).astype(np.int64), minlength=settled.height)
    is_core = met + 1 >= rule.least
    core = pl.Series(is_core)
    links = pairs.filter(core.gather(pairs["a"]) & core.gather(pairs["b"]))
    root = np.where(is_core, linked(links, settled.height), -1)
    both = pl.concat([pairs, pairs.select(pl.col("b").alias("a"), pl.col("a").alias("b"), "metres")])
    beside = both.filter(~core.gather(both["a"]), core.gather(both["b"])).sort("a", "metres", "b")
    beside = beside.unique("a", keep="first")
    root[beside["a"].to_numpy()] = root[beside["b"].to_numpy()]
    return settled.with_columns(pl.Series("root", root, dtype=pl.Int64)).filter(pl.col("root") >= 0).group_by(
        "root", maintain_order=True).agg(
        pl.format("{}:{}", *KEY).first().alias("spot"), *(pl.col(k).first() for k in KEY),
        pl.col("lat").mean(), pl.col("lon").mean(),
        *(_most(c) for c in ("place", "topic", "agency")), pl.col("address").drop_nulls().last(),
        pl.len().cast(pl.Int64).alias("count"),
        pl.col("done_at").dt.truncate("1w").n_unique().cast(pl.Int64).alias("weeks"),
        pl.col("done_at").min().alias("first_at"), pl.col("done_at").max().alias("last_at"),
    ).drop("root").sort("weeks", "count", "last_at", descending=True)


def words_alike(first: pl.Expr, second: pl.Expr) -> pl.Expr:
    """Return the Jaccard index of the folded words of two texts: shared words over all words; 0 without words."""
    a, b = (fold(text.fill_null("")).str.extract_all(r"[\p{L}\p{N}]+").list.unique() for text in (first, second))
    together = a.list.set_union(b).list.len()
    shared = a.list.set_intersection(b).list.len()
    return pl.when(together > 0).then(shared / together).otherwise(0.0)


def likely_duplicates(rows: pl.DataFrame, at: datetime) -> pl.DataFrame:
    """Return the open reports that may repeat an earlier one, each with the likeliest, for a person to judge.

    Two reports may be one when they have one topic, lie at most `metres` apart and came within `span`; or
    when their words are alike (Jaccard) at most `alike_metres` apart and the earlier was still open. Nobody
    is asked again about pairs decided (`kept_apart`). Out: the later report's columns, `of_system,
    of_feedback, of_content, of_received_at, metres, alike, hours`.
    """
    rule = load_feedback().duplicate
    known = rows.filter(pl.col("counted") == 1, pl.col("received_at") <= at).sort("received_at", *KEY)
    known = known.drop("sender", strict=False)  # restricted: these rows are shown as figures are
    pairs = near_pairs(known, rule.alike_metres)
    wanted = ("system", "feedback", "topic", "content", "received_at", "closed_at")
    numbered = known.with_row_index("b").with_columns(pl.col("b").cast(pl.Int64))
    earlier = numbered.select(pl.col("b").alias("a"), *(pl.col(c).alias(f"of_{c}") for c in wanted))
    found = pairs.join(numbered, on="b").join(earlier, on="a").filter(
        pl.col("closed_at").is_null() | (pl.col("closed_at") > at))
    alike = words_alike(pl.col("content"), pl.col("of_content"))
    apart = pl.col("received_at") - pl.col("of_received_at")
    was_open = pl.col("of_closed_at").is_null() | (pl.col("of_closed_at") > pl.col("received_at"))
    soon = (pl.col("topic") == pl.col("of_topic")) & (pl.col("metres") <= rule.metres) & (apart <= rule.span)
    found = found.with_columns(alike.alias("alike"), (apart.dt.total_seconds() / 3600).alias("hours"))
    other = pl.format("{}:{}", "of_system", "of_feedback")
    settled = pl.format("|{}|", pl.col("kept_apart").fill_null("")).str.contains(
        pl.format("|{}|", other), literal=True)
    found = found.filter(soon | ((pl.col("alike") >= rule.alike) & was_open), ~settled)
    return found.sort("alike", "metres", descending=[True, False]).unique(
        KEY, keep="first", maintain_order=True).sort("received_at", descending=True)
