"""What rows about traffic and order mean: chainages, stages of a violation, counts, crimes, fires, situations."""

from collections.abc import Callable
from datetime import timedelta
from functools import cache
from typing import Final

import polars as pl

from config.locale import catalogue
from config.traffic import load_traffic
from services.methods.folding import fold
from services.methods.positions import commune_at
from services.methods.socioeconomy import last_day
from services.methods.traffic_periods import same_period
from services.methods.traffic_spots import black_spots

SHIFT: Final = timedelta(hours=7)
CHAINAGE: Final = r"(?i)^(?:lý trình\s*)?(?:km|k)?\s*(\d{1,4})(?:\s*\+\s*(\d{1,3})|[.,](\d{1,3}))?\s*m?$"
"""Km 291+200, K291+200, Km291, 291,2: kilometre, metres after it, or a decimal fraction."""
YEAR_AND_ITS_BEFORE: Final = "25mo"
STAGES: Final = ("detected_at", "verified_at", "notified_at", "fined_at", "paid_at")
ENDED_SITUATIONS: Final = ("suspended",)


def chainage_km(text: pl.Expr) -> pl.Expr:
    """Return the kilometre along a road that a text such as `Km 291+200` names; null where it names none."""
    plain = text.str.strip_chars()
    metres = plain.str.extract(CHAINAGE, 2).cast(pl.Float64, strict=False) / 1000
    part = pl.format("0.{}", plain.str.extract(CHAINAGE, 3)).cast(pl.Float64, strict=False)
    return plain.str.extract(CHAINAGE, 1).cast(pl.Float64) + pl.coalesce(metres, part, 0.0)


def in_box() -> pl.Expr:
    """Say whether a position lies in or near the province, or is not told at all."""
    box = load_traffic().box
    inside = pl.col("lat").is_between(box.south, box.north) & pl.col("lon").is_between(box.west, box.east)
    return (inside | (pl.col("lat").is_null() & pl.col("lon").is_null())).fill_null(False).alias("in_box")


def _positions(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(pl.col("lat", "lon").cast(pl.Float64))


def _road_names() -> dict[str, str]:
    prefix = "dimensions.road_"
    return {k.removeprefix(prefix): v["vi"] for k, v in catalogue().items() if k.startswith(prefix)}


def accidents(rows: pl.DataFrame) -> pl.DataFrame:
    """Settle accidents: chainage in km, the commune of the position where none is named, until when they count."""
    rows = _positions(rows)
    kilometre = chainage_km(pl.col("chainage"))
    months = max((r.months for r in load_traffic().black_spots), default=12)
    found = rows.with_columns(
        in_box(),
        (kilometre.is_not_null() | pl.col("chainage").is_null()).alias("chainage_known"),
        kilometre.alias("chainage"),
        pl.coalesce("place", pl.lit(commune_at(rows["lat"], rows["lon"]))).fill_null("").alias("place"),
        pl.col("road").fill_null("khac"),
        pl.col("cause").fill_null("dieu_tra"),
        pl.col("occurred_at").dt.offset_by(f"{months}mo").alias("spot_until"),
        pl.col("occurred_at").dt.offset_by(YEAR_AND_ITS_BEFORE).alias("year_until"),
    )
    words = pl.concat_str(["accident", "address", pl.col("road").replace(_road_names())], separator=" ",
                          ignore_nulls=True)
    return found.with_columns(fold(words).alias("folded"))


def violations(rows: pl.DataFrame) -> pl.DataFrame:
    """Judge violations: days between the stages, the span in which they lie unverified or unpaid too long, their state.

    `verify_days` from detection, `notify_days` from verification, `fine_days` from the notice (or, on patrol,
    from detection) to the decision, `pay_days` from the decision.
    """
    rule = load_traffic()
    before_fine = pl.coalesce("notified_at", "verified_at", "detected_at")
    spans = {
        "verify_days": pl.col("verified_at") - pl.col("detected_at"),
        "notify_days": pl.col("notified_at") - pl.col("verified_at"),
        "fine_days": pl.col("fined_at") - before_fine,
        "pay_days": pl.col("paid_at") - pl.col("fined_at"),
    }
    in_order = pl.all_horizontal(
        (pl.col(then) >= pl.max_horizontal(STAGES[: i + 1])).fill_null(True) for i, then in enumerate(STAGES[1:]))
    state = pl.lit("phat_hien")
    for stage, word in (("verified_at", "xac_minh"), ("notified_at", "thong_bao"), ("fined_at", "da_phat"),
                        ("paid_at", "da_nop")):
        state = pl.when(pl.col(stage).is_not_null()).then(pl.lit(word)).otherwise(state)
    ended = pl.coalesce("ended_at", "fined_at", "paid_at")
    return rows.with_columns(
        pl.col("camera", "vehicle", "vehicle_kind", "outcome").fill_null(""), pl.col("road").fill_null("khac"),
        *(span.dt.total_seconds().truediv(86_400).alias(name) for name, span in spans.items()),
        in_order.alias("in_order"),
        (pl.col("detected_at") + timedelta(days=rule.verify_within_days)).alias("verify_late_from"),
        pl.coalesce("verified_at", ended).alias("verify_late_until"),
        (pl.col("fined_at") + timedelta(days=rule.pay_within_days)).alias("pay_late_from"),
        pl.col("paid_at").alias("pay_late_until"),
        pl.coalesce("paid_at", "ended_at").alias("closed_at"),
    ).with_columns(
        pl.when(pl.col("outcome") != "").then(pl.lit("ket_thuc")).otherwise(state).alias("state"),
        fold(pl.concat_str(["violation", "camera"], separator=" ")).alias("folded"),
    )


@cache
def _cameras() -> pl.DataFrame:
    made = [{"camera": c.id, "road": c.road, "place": c.place} for c in load_traffic().cameras]
    return pl.DataFrame(made, schema=dict.fromkeys(("camera", "road", "place"), pl.String))


def camera_counts(rows: pl.DataFrame) -> pl.DataFrame:
    """Settle camera counts: where the camera stands, the local hour of short intervals, passenger car units."""
    units = pl.col("vehicle_class").replace_strict(load_traffic().pcu, default=None, return_dtype=pl.Float64)
    hour = (pl.col("time") + SHIFT).dt.strftime("%H")
    return rows.join(_cameras(), on="camera", how="left", maintain_order="left").with_columns(
        pl.col("road", "place", "direction", "lane").fill_null(""), pl.col("quality").fill_null("ok"),
        pl.when(pl.col("period_s") <= 3600).then(hour).otherwise(pl.lit("")).alias("hour"),
        (pl.col("vehicles") * units).alias("pcu"),
    ).with_columns(
        pl.when((pl.col("quality") == "ok") & (pl.col("vehicle_class") == "car")).then("period_s").otherwise(0)
        .alias("camera_s"),
    )


def crimes(rows: pl.DataFrame) -> pl.DataFrame:
    """Add the first day of each reporting period: `2026-11` begins on 15/10/2026."""
    month = pl.format("{}-15", "period_code").str.to_date("%Y-%m-%d").dt.offset_by("-1mo")
    start = (month.cast(pl.Datetime("us")) - SHIFT).dt.replace_time_zone("UTC")
    return rows.with_columns(start.alias("time"))


def fires(rows: pl.DataFrame) -> pl.DataFrame:
    """Settle fires: a cause not yet known is under investigation; explosions are counted apart."""
    return rows.with_columns(
        pl.col("cause").fill_null("dieu_tra"), (pl.col("kind") == "no").cast(pl.Int64).alias("explosion"))


def road_situations(rows: pl.DataFrame) -> pl.DataFrame:
    """Settle situation records: their commune, and from when to when they are in force.

    One without an end counts until `situation_kept` after its version; a suspended one ends with its version.
    """
    rows = _positions(rows)
    at = pl.coalesce("version_at", pl.col("published_at") if "published_at" in rows.columns else pl.lit(None))
    inside = commune_at(rows["lat"], rows["lon"])
    open_end = pl.coalesce("ends_at", at + load_traffic().situation_kept)
    over = pl.col("validity").is_in(ENDED_SITUATIONS)
    return rows.with_columns(
        at.alias("version_at"), pl.Series("place", inside).fill_null(""),
        pl.lit(inside.is_not_null()).replace_strict({True: "inside", False: "outside"}).alias("scope"),
        pl.col("severity").fill_null("unknown"), pl.col("starts_at").alias("force_from"),
        pl.when(over).then(pl.min_horizontal(open_end, at)).otherwise(open_end).alias("force_until"),
    )


def published(rows: pl.DataFrame) -> pl.DataFrame:
    """Settle published figures: the last day of their period, changes as numbers with their unit.

    A year is the reporting year to 14 December; months and cumulated months are calendar ones; Tết is dated by
    its lunar new year.
    """
    reported = pl.format("{}-12-14", "period_code").str.to_date("%Y-%m-%d", strict=False)
    last = pl.when(pl.col("kind") == "year").then(reported).otherwise(last_day(pl.col("period_code")))
    changes = ("crashes_change", "deaths_change", "injured_change")
    number = {c: pl.col(c).str.replace("%", "").cast(pl.Float64, strict=False) for c in changes}
    readable = pl.all_horizontal(number[c].is_not_null() | pl.col(c).is_null() for c in changes)
    rate = pl.any_horizontal(pl.col(c).str.ends_with("%") for c in changes)
    return rows.with_columns(
        ((last.cast(pl.Datetime("us")) - SHIFT).dt.replace_time_zone("UTC")).alias("time"),
        readable.fill_null(True).alias("readable_changes"),
        pl.when(rate.fill_null(False)).then(pl.lit("%")).otherwise(pl.lit("")).alias("change_unit"),
    ).with_columns(**number)


METHODS: dict[str, Callable[[pl.DataFrame], pl.DataFrame]] = {
    "accidents": accidents, "violations": violations, "camera_counts": camera_counts, "crimes": crimes,
    "fires": fires, "road_situations": road_situations, "traffic_published": published,
}
SNAPSHOTS: dict[str, Callable[..., pl.DataFrame]] = {"same_period": same_period, "black_spots": black_spots}
