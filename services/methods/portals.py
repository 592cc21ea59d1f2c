"""What the looks of our probe mean: minutes of availability, states of portals, duties and their clocks.

Availability is (T − planned − down) / (T − planned) over the minutes that were measured; a look that our own side
spoilt stands for no minute of anybody's outage, it lowers our coverage. Rules: `config/portal_register/rules.yaml`.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

import polars as pl

from config.portals import Duty, Portal, load_portals, load_rules
from services.methods.folding import fold_text
from services.methods.percentiles import bin_of
from services.methods.working_days import days_before

SHIFT: Final = timedelta(hours=7)
MEASURED: Final = ("up", "down")
DEAD_AFTER: Final = 2
"""Failed looks in a row from which a portal counts as dead; each of them is two attempts (product choice)."""
PATIENCE: Final = 3
"""Times the usual gap after which a portal not looked at counts as not measured."""
COUNTS_FOR: Final = timedelta(days=35)
"""How long an inspection counts: long enough for five weekly runs of paint times."""
STATES: Final = ("dead", "suspect", "unmeasured", "planned", "dated", "certificate", "ok")
OWNER: Final = dict.fromkeys(("portal", "agency", "place", "kind"), pl.String) | {
    "host_ok": pl.Boolean, "is_registered": pl.Boolean,
}  # fmt: skip
PAINTS: Final = ("fcp_s", "lcp_s", "cls", "si_s", "tbt_s")


# The register


def host_by_rule(portal: Portal) -> bool:
    """Say whether a portal's name keeps the rule: a commune's own name without accents, or one label of an agency.

    Decree 224/2026, Article 11; a name that was agreed as an exception keeps it too.
    """
    label, _, suffix = portal.host.partition(".")
    if suffix not in load_rules().host_suffixes:
        return False
    if portal.host_agreed or portal.kind == "department":
        return True
    name = fold_text(portal.title().vi).split()
    own = "".join(name[1:])
    return label in (own, "".join(name))


def _owned(rows: pl.DataFrame) -> pl.DataFrame:
    """Add whose each portal is, and whether it is registered at all."""
    known = load_portals()
    here = [known[name] for name in rows["portal"].unique() if name in known]
    owners = pl.DataFrame(
        [(p.id, p.agency, p.place, p.kind, host_by_rule(p), True) for p in here], schema=OWNER, orient="row"
    )
    found = rows.join(owners, on="portal", how="left", maintain_order="left")
    return found.with_columns(pl.col("agency", "place", "kind").fill_null(""), pl.col("is_registered").fill_null(False))


# Minutes


def announced_in_time(rows: pl.DataFrame) -> pl.Series:
    """Say whether a planned stop was announced the working days before that Decree 224/2026, Article 13, asks for."""
    start = rows.select((pl.col("planned_from") + SHIFT).dt.date()).to_series()
    latest = days_before(start, load_rules().notice_working_days)
    day = rows["announced_on"].str.to_date("%Y-%m-%d", strict=False)
    return (day <= latest).alias("announced_in_time")


def portal_minutes(rows: pl.DataFrame) -> pl.DataFrame:
    """Add to looks as the contract typed them whose they are, and the minutes they stand for.

    A planned stop counts where it was announced in time; its minutes are nobody's outage and not counted as time.
    """
    rows = _owned(rows).with_columns(announced_in_time(rows))
    end = pl.col("time") + pl.duration(seconds=(pl.col("minutes") * 60).cast(pl.Int64))
    overlap = pl.min_horizontal(end, "planned_until") - pl.max_horizontal("time", "planned_from")
    inside = (overlap.dt.total_seconds() / 60).clip(0)
    counts = inside.is_not_null() & pl.col("announced_in_time").fill_null(False)
    covered, up = pl.col("outcome").is_in(MEASURED), pl.col("outcome") == "up"
    rows = rows.with_columns(
        planned_min=pl.when(counts & covered).then(inside).otherwise(0.0),
        covered_min=pl.when(covered).then("minutes").otherwise(0.0),
        ttfb_bin=pl.when(up).then(bin_of(pl.col("ttfb_ms"))),
        fails=pl.col("fails").fill_null(0), announced_in_time=pl.col("announced_in_time").cast(pl.Int64),
    )
    counted = pl.col("covered_min") - pl.col("planned_min")
    return rows.with_columns(
        up_min=pl.when(up).then(counted).otherwise(0.0), down_min=pl.when(covered & ~up).then(counted).otherwise(0.0)
    )


def availability(measured_min: float, planned_min: float, down_min: float) -> float | None:
    """Return the availability in per cent of minutes measured, planned ones left out; None where none is left."""
    counted = measured_min - planned_min
    return (counted - down_min) / counted * 100 if counted > 0 else None


# States at a moment


def portal_states(rows: pl.DataFrame, at: datetime) -> pl.DataFrame:
    """Return the last look at every portal with its `state` (STATES) at a moment, the gravest first.

    `is_dead`, `is_dated`, `is_late_certificate`; `cert_days`, `news_days` are whole days left and gone, null where not
    known; `hours` in this state. A portal whose last look our own side spoilt, or that was not looked at for
    `PATIENCE` times the usual gap, is not measured: neither dead nor dated.
    """
    at, rules = at.astimezone(UTC), load_rules()
    moment = pl.lit(at)
    gap = pl.duration(seconds=(pl.col("minutes") * 60 * PATIENCE).cast(pl.Int64))
    seen = pl.col("outcome").is_in(MEASURED) & (moment <= pl.col("time") + gap + timedelta(minutes=30))
    down, up = seen & (pl.col("outcome") == "down"), seen & (pl.col("outcome") == "up")
    planned = pl.col("announced_in_time").fill_null(False).cast(pl.Boolean) & (pl.col("planned_until") > moment)
    planned &= pl.col("planned_from") <= moment
    day = 86_400
    found = rows.with_columns(
        cert_days=(pl.col("tls_not_after") - moment).dt.total_seconds() // day,
        news_days=(moment - pl.col("last_news_at")).dt.total_seconds() // day,
        hours=(moment - pl.col("since")).dt.total_seconds() / 3600,
        is_planned=(down & planned).fill_null(False),
    )
    found = found.with_columns(
        is_dead=down & (pl.col("fails") >= DEAD_AFTER) & ~pl.col("is_planned"),
        is_suspect=down & (pl.col("fails") < DEAD_AFTER) & ~pl.col("is_planned"),
        is_dated=(up & (pl.col("news_days") > rules.news_days)).fill_null(False),
        is_late_certificate=(up & (pl.col("cert_days") <= rules.certificate_days)).fill_null(False),
        is_measured=seen,
    )
    state = (
        pl.when("is_dead").then(pl.lit("dead")).when("is_suspect").then(pl.lit("suspect"))
        .when("is_planned").then(pl.lit("planned")).when(~pl.col("is_measured")).then(pl.lit("unmeasured"))
        .when("is_dated").then(pl.lit("dated")).when("is_late_certificate").then(pl.lit("certificate"))
        .otherwise(pl.lit("ok"))
    )  # fmt: skip
    return found.with_columns(state.alias("state"))


# Inspections


def _is_due(duty: Duty) -> pl.Expr:
    day = (pl.col("time") + SHIFT).dt.date()
    due = pl.col("kind").is_in(duty.kinds) & (day >= duty.valid_from)
    return due & (day <= duty.valid_to) if duty.valid_to else due


def _is_kept(duty: Duty) -> pl.Expr:
    """Say whether a duty was kept at an inspection; null where that was not measured."""
    if duty.column:
        return pl.col(duty.column).cast(pl.Boolean)
    if duty.section:
        listed = [pl.col(name).str.split(";") for name in ("sections_found", "sections_missing")]
        there, gone = (words.list.contains(duty.section).fill_null(False) for words in listed)
        return pl.when(there).then(True).when(gone).then(False)
    age = (pl.col("time") - pl.col("last_news_at")).dt.total_seconds() / 86_400
    return age <= (duty.days or 0)


def portal_duties_due(rows: pl.DataFrame) -> pl.DataFrame:
    """Add to inspections whose they are, how long they count, and which duties were due and missed on their day."""
    rows = _owned(rows).with_columns((pl.col("time") + COUNTS_FOR).alias("until"))
    due, missed = [], []
    for duty in load_rules().duties:
        judged = _is_due(duty) & _is_kept(duty).is_not_null()
        due.append(pl.when(judged).then(pl.lit(duty.id)))
        missed.append(pl.when(judged & ~_is_kept(duty)).then(pl.lit(duty.id)))
    rows = rows.with_columns(
        pl.concat_list(due).list.drop_nulls().alias("due"), pl.concat_list(missed).list.drop_nulls().alias("missed")
    )
    return rows.with_columns(
        pl.col("due").list.len().cast(pl.Int64).alias("duties_due"),
        pl.col("missed").list.len().cast(pl.Int64).alias("duties_missed"),
        pl.col("due", "missed").list.join(";"),
        pl.col("host_ok").cast(pl.Int64),
    )


def portal_contents(rows: pl.DataFrame, at: datetime) -> pl.DataFrame:
    """Return the last inspection that counts of every portal, with the medians of its paint times.

    A median needs the runs that the criteria ask for, else it is null ("chưa đo"); `paint_ok` says whether they stay
    under the criteria of 2025 (CLS has none; SI counts where it was measured), `runs` how many runs there were.
    """
    limits = load_rules().criteria
    runs = rows.group_by("portal").agg(
        pl.col("lcp_s").count().cast(pl.Int64).alias("runs"), pl.col(PAINTS).cast(pl.Float64).median()
    )
    runs = runs.with_columns(pl.when(pl.col("runs") >= limits.runs).then(pl.col(n)).alias(n) for n in PAINTS)
    last = rows.sort("time").group_by("portal", maintain_order=True).last().drop(PAINTS)
    under = [pl.col(n) < getattr(limits, n) for n in ("fcp_s", "lcp_s", "tbt_s")]
    under.append((pl.col("si_s") < limits.si_s).fill_null(True))
    found = last.join(runs, on="portal", how="left").with_columns(pl.all_horizontal(under).alias("paint_ok"))
    flags = [pl.col(name).cast(pl.Int64) for name in load_rules().headers]
    told = [flag.is_not_null().cast(pl.Int64) for flag in flags]
    return found.with_columns(headers_there=pl.sum_horizontal(flags), headers_due=pl.sum_horizontal(told))


def portal_duties(rows: pl.DataFrame, at: datetime) -> pl.DataFrame:
    """Return by portal and duty due at its last inspection: `missed`, `since` when without a break, `days` since then.

    `since` goes back as far as the inspections that still count.
    """
    owner = ["portal", "agency", "place", "kind"]
    long = rows.select(*owner, "time", pl.col("due").str.split(";").alias("duty"), pl.col("missed").alias("gone"))
    long = long.explode("duty").filter(pl.col("duty").fill_null("") != "").with_columns(
        missed=pl.col("gone").fill_null("").str.split(";").list.contains(pl.col("duty"))
    )
    last = pl.col("time").max().over("portal")
    kept_last = pl.col("time").filter(~pl.col("missed")).max().over("portal", "duty")
    unbroken = pl.col("missed") & (kept_last.is_null() | (pl.col("time") > kept_last))
    long = long.with_columns(last=last, unbroken=unbroken)
    since = long.filter("unbroken").group_by("portal", "duty").agg(pl.col("time").min().alias("since"))
    found = long.filter(pl.col("time") == pl.col("last")).join(since, on=["portal", "duty"], how="left")
    days = (pl.lit(at.astimezone(UTC)) - pl.col("since")).dt.total_seconds() // 86_400
    return found.select(*owner, "time", "duty", "missed", "since", pl.when("missed").then(days).alias("days"))


METHODS: dict[str, Callable[[pl.DataFrame], pl.DataFrame]] = {
    "portal_minutes": portal_minutes,
    "portal_duties_due": portal_duties_due,
}
SNAPSHOTS: dict[str, Callable[..., pl.DataFrame]] = {
    "portal_states": portal_states,
    "portal_contents": portal_contents,
    "portal_duties": portal_duties,
}
