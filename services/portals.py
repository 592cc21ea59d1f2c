"""What the page of the web portals shows beyond single figures: the board of all portals, one portal's own course."""

from datetime import datetime, timedelta
from typing import Any, Final

import polars as pl

from config.portals import Portal, load_portals, load_rules
from data_access import figures
from data_access.database import now
from data_access.figures import Slice
from data_access.frames import INSTANT
from services.access import Viewer
from services.methods.catalogue import METHODS
from services.methods.working_days import elapsed_working_days
from services.rows import rows

LOOKED: Final = "web_dead"
INSPECTED: Final = "web_https_pct"
OWED: Final = "web_duties_missed"
COURSE: Final = (
    "time", "minutes", "outcome", "reason", "http_status", "attempts", "ttfb_ms", "total_ms", "planned_min", "fails",
)  # fmt: skip
GRAVITY: Final = {"dead": 6, "suspect": 5, "dated": 4, "certificate": 3, "planned": 2, "unmeasured": 1, "ok": 0}
PAINTED: Final = ("fcp_s", "lcp_s", "si_s", "tbt_s")


def portal_named(name: str) -> Portal | None:
    """Return a registered portal, None for a name that is none."""
    return load_portals().get(name)


def unseen(looked: pl.DataFrame) -> list[Portal]:
    """Return the registered portals that were never looked at."""
    seen = set(looked["portal"])
    return [p for name, p in load_portals().items() if name not in seen]


def board(looked: pl.DataFrame, inspected: pl.DataFrame, owed: pl.DataFrame, language: str = "vi") -> pl.DataFrame:
    """Return a row for every portal with its name, address, state, duties missed and paint, the gravest first.

    In: the states behind `LOOKED`, `INSPECTED` and `OWED`, so that list, grid and map tell of one moment.
    """
    known = load_portals()
    missed = owed.group_by("portal").agg(pl.col("missed").sum().cast(pl.Int64), pl.len().cast(pl.Int64).alias("due"))
    own = inspected.select("portal", "ipv6_ok", "headers_there", "links_broken", "links_checked", "fcp_s", "lcp_s")
    frame = looked.join(missed, on="portal", how="left").join(own, on="portal", how="left")
    titles = {name: p.title().of(language) for name, p in known.items()}
    return frame.with_columns(
        pl.col("portal").replace(titles).alias("name"),
        pl.col("portal").replace({name: p.host for name, p in known.items()}).alias("host"),
        pl.col("state").replace_strict(GRAVITY, return_dtype=pl.Int64).alias("gravity"),
    ).sort("gravity", "hours", "news_days", descending=True, nulls_last=True)


def duties_by_kind(owed: pl.DataFrame) -> pl.DataFrame:
    """Return by duty, in the order of the rules: portals due and missed, by kind, and the longest miss in days."""
    kinds = [
        pl.col(what).filter(pl.col("kind") == kind).sum().cast(pl.Int64).alias(f"{what}_{kind}")
        for kind in ("department", "commune")
        for what in ("due", "missed")
    ]
    found = owed.with_columns(due=pl.lit(1)).group_by("duty").agg(*kinds, pl.col("days").max())
    order = pl.DataFrame({"duty": [d.id for d in load_rules().duties]})
    return order.join(found, on="duty", how="left", maintain_order="left")


def headers_by_kind(inspected: pl.DataFrame) -> pl.DataFrame:
    """Return by security header the share (%) of inspected portals that send it: `header`, `department`, `commune`."""
    found: list[dict[str, Any]] = []
    for column, header in load_rules().headers.items():
        row: dict[str, Any] = {"header": header}
        for kind in ("department", "commune"):
            share = inspected.filter(kind=kind)[column].cast(pl.Float64).mean()
            row[kind] = float(share) * 100 if isinstance(share, float) else None
        found.append(row)
    return pl.DataFrame(found, schema={"header": pl.String, "department": pl.Float64, "commune": pl.Float64})


def paint_percentiles(inspected: pl.DataFrame) -> pl.DataFrame:
    """Return by paint time the percentiles 50, 75, 95 of the portals' medians (s), the criterion, and who keeps it.

    Columns `measure, p50, p75, p95, limit, kept, measured`; null where no browser measured ("chưa đo").
    """
    criteria, found = load_rules().criteria, []
    for name in PAINTED:
        values, limit = inspected[name].drop_nulls(), getattr(criteria, name)
        shares = {f"p{int(q * 100)}": values.quantile(q, "linear") for q in (0.5, 0.75, 0.95)}
        found.append({"measure": name, **shares, "limit": limit, "kept": int((values < limit).sum()),
                     "measured": values.len()})  # fmt: skip
    numbers = dict.fromkeys(("p50", "p75", "p95", "limit"), pl.Float64)
    return pl.DataFrame(found, schema={"measure": pl.String, **numbers, "kept": pl.Int64, "measured": pl.Int64})


def course(portal: str, *, days: int = 14, until: datetime | None = None) -> pl.DataFrame:
    """Return the looks at a portal of the last days, oldest first (`COURSE`): a slice of the key."""
    end = until or now()
    part = Slice(end - timedelta(days=days), end, {"portal": portal})
    return figures.values("portal_check", COURSE, part, METHODS, many=True).drop("period").sort("time")



def stops(viewer: Viewer, most: int = 8) -> pl.DataFrame:
    """Return the latest planned stops: `portal, planned_from, announced, ahead, in_time`.

    `ahead`: working days between the notice and the stop; Decree 224/2026, Article 13, asks for seven.
    """
    found = rows("portal_check", viewer, list="planned", limit=500).rows
    columns: dict[str, Any] = {"portal": pl.String, "planned_from": INSTANT, "announced": pl.Date, "ahead": pl.Int64,
                               "in_time": pl.Boolean}  # fmt: skip
    if found.is_empty():
        return pl.DataFrame(schema=columns)
    each = found.unique(["portal", "planned_from"], keep="first", maintain_order=True).head(most)
    each = each.with_columns(announced=pl.col("announced_on").str.to_date("%Y-%m-%d"))
    start = each.select((pl.col("planned_from") + timedelta(hours=7)).dt.date()).to_series()
    return each.with_columns(
        elapsed_working_days(each["announced"], start).alias("ahead"),
        pl.col("announced_in_time").cast(pl.Boolean).fill_null(False).alias("in_time"),
    ).select(list(columns))
