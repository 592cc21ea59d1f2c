"""What the discharge page shows: who is over the limit and since when, every outlet's days, a parameter's hours."""

from datetime import UTC, date, datetime, timedelta
from typing import Final

import polars as pl

from config.locale import say
from config.models import Station
from config.registry import load_registry
from data_access import figures
from data_access.database import LOCAL, now
from data_access.figures import Slice
from data_access.frames import INSTANT
from services.access import SYSTEM, Viewer, visible
from services.indicators import NotEntitled
from services.methods import discharge as methods
from services.methods.catalogue import METHODS
from services.methods.discharge_limits import with_limits

REPLAY_DAYS: Final = 60
"""How long a station's logger has to keep its data (TT 10/2021), and so how long a replay is."""
KINDS: Final = ("effluent", "stack")
HOUR_COLUMNS: Final = ("mean", "judged", "upper", "lower", "ratio", "over", "stuck", "state")
COUNTED: Final = ("hours", "hours_over", "hours_stuck", "hours_calibrating", "hours_broken")
DAY_COLUMNS: Final = ("station", "symbol", "kind", "mean", "judged", "upper", "lower", "ratio", "over", "top", "load",
                      "load_hours", *COUNTED)  # fmt: skip


def _only_internal(viewer: Viewer) -> None:
    if not visible(viewer, "internal", domain="discharge"):
        raise NotEntitled(say("discharge_page.not_entitled"))


def outlets(kind: str = "") -> list[Station]:
    """Return the registered outlets and stacks, of one kind where asked."""
    wanted = (kind,) if kind else KINDS
    return [s for s in load_registry().stations.values() if s.kind in wanted and s.scope == "inside"]


def parameters(station: Station) -> list[str]:
    """Return the parameters of an outlet in the order of its file, with NOx where NO and NO2 are sent apart."""
    found = [p.symbol for p in station.parameters]
    return [*found, "NOx"] if {"NO", "NO2"} <= set(found) else found


def midnight(day: date) -> datetime:
    """Return the moment at which a local day begins."""
    return datetime(day.year, day.month, day.day, tzinfo=LOCAL)


def window(asked: str | None, at: datetime | None = None) -> tuple[date, date]:
    """Return the first and last day of the 60 to replay: from the day asked for, by default up to today."""
    today = (at or now()).astimezone(LOCAL).date()
    latest = today - timedelta(days=REPLAY_DAYS - 1)
    earliest = min((s.since for s in outlets() if s.since), default=latest)
    try:
        first = date.fromisoformat(asked or "")
    except ValueError:
        first = latest
    first = max(min(first, latest), min(earliest, latest))
    return first, first + timedelta(days=REPLAY_DAYS - 1)


def _served(first: date, last: date, kind: str) -> pl.DataFrame:
    """Return a row for each parameter and day of the outlets in service: `station, symbol, kind, period`."""
    rows = [
        (s.code, symbol, s.kind, midnight(max(first, s.since or first)), midnight(last))
        for s in outlets(kind) for symbol in parameters(s) if (s.since or first) <= last
    ]  # fmt: skip
    spans = pl.DataFrame(rows, schema=["station", "symbol", "kind", "from", "until"], orient="row",
                         schema_overrides={"from": INSTANT, "until": INSTANT})  # fmt: skip
    if spans.is_empty():
        return spans.with_columns(pl.col("from").alias("period"))
    days = pl.datetime_ranges("from", "until", "1d").alias("period")
    return spans.select("station", "symbol", "kind", days).explode("period")


def days(first: date, last: date, *, kind: str = "", station: str = "", at: datetime | None = None,
         viewer: Viewer = SYSTEM) -> pl.DataFrame:  # fmt: skip
    """Return every parameter and day of the outlets in service, with means, hours by state and the day's `state`.

    A day from which nothing came is `missing`; days to come are left out. Raises NotEntitled.
    """
    _only_internal(viewer)
    end, at = midnight(last) + timedelta(days=1), at or now()
    where: dict[str, str] = {"scope": "inside"} | ({"kind": kind} if kind else {})
    where |= {"station": station} if station else {}
    found = figures.values("discharge_mean_day", DAY_COLUMNS, Slice(midnight(first), end, where), METHODS, many=True)
    served = _served(first, last, kind).filter(pl.col("period") <= at)
    served = served.filter(pl.col("station") == station) if station else served
    whole = served.join(found.drop("kind"), on=["station", "symbol", "period"], how="full", coalesce=True)
    whole = whole.with_columns(pl.col(*COUNTED, "over").fill_null(0), pl.col("kind").forward_fill().over("station"))
    return methods.with_day_states(whole.sort("station", "symbol", "period"), at)


def outlet_days(found: pl.DataFrame) -> pl.DataFrame:
    """Return each outlet's days from its parameters': the gravest `state`, of which parameter, and how far over."""
    rank = pl.col("state").replace_strict({s: n for n, s in enumerate(methods.DAY_STATES)}, return_dtype=pl.Int64)
    told = pl.col("state", "symbol", "top").sort_by(rank, -pl.col("top").fill_null(0)).first()
    return found.group_by("station", "period", maintain_order=True).agg(
        pl.col("kind").first(), told,
        pl.col("hours_over").max(), pl.col("hours_missing").max())


def hours(station: str, symbol: str, start: datetime, end: datetime, *, viewer: Viewer = SYSTEM) -> pl.DataFrame:
    """Return every hour of `[start, end)` of a parameter: HOUR_COLUMNS; one from which nothing came is `missing`."""
    _only_internal(viewer)
    part = Slice(start, end, {"station": station, "symbol": symbol})
    found = figures.values("discharge_mean_hour", HOUR_COLUMNS, part, METHODS, many=True)
    first = start.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    every = pl.DataFrame({"period": pl.datetime_range(first, end, "1h", closed="left", time_zone="UTC", eager=True)})
    return every.join(found, on="period", how="left").with_columns(pl.col("state").fill_null("missing"))


def exceedances(*, within: int = 30, station: str = "", kind: str = "", at: datetime | None = None,
                viewer: Viewer = SYSTEM) -> pl.DataFrame:  # fmt: skip
    """Return the exceedances of the last days, those going on first: since when, hours, times the limit.

    `instrument`: the state of the parameter in its latest hour (see services/methods/discharge.py).
    """
    _only_internal(viewer)
    end = at or now()
    where: dict[str, str] = {"scope": "inside"} | ({"station": station} if station else {})
    where |= {"kind": kind} if kind else {}
    columns = ("station", "symbol", "kind", "place", "judged", "upper", "lower", "ratio", "over", "stuck")
    part = Slice(end - timedelta(days=within), end, where | {"state": "over"})
    names = [*columns, "state"]
    found = methods.episodes(figures.values("discharge_mean_hour", names, part, METHODS, many=True), end)
    latest = last_hours(kind=kind, at=end).select("station", "symbol", pl.col("condition").alias("instrument"))
    return found.join(latest, on=["station", "symbol"], how="left").with_columns(pl.col("instrument").fill_null(
        "missing"))  # fmt: skip


def last_hours(*, kind: str = "", at: datetime | None = None, viewer: Viewer = SYSTEM) -> pl.DataFrame:
    """Return the latest whole hour of the last 24 of each outlet and parameter, with its limit and its `basis`.

    `condition`: what the instrument itself says: ok, stuck, calibrating, broken, or missing for over an hour.
    """
    _only_internal(viewer)
    end = (at or now()).replace(minute=0, second=0, microsecond=0)
    where: dict[str, str] = {"scope": "inside"} | ({"kind": kind} if kind else {})
    part = Slice(end - timedelta(hours=24), end, where)
    columns = ["station", "symbol", "kind", "place", *HOUR_COLUMNS]
    found = figures.values("discharge_mean_hour", columns, part, METHODS, many=True)
    last = found.sort("period").group_by("station", "symbol", "kind", "place", maintain_order=True).last()
    fresh = pl.col("period") >= end - timedelta(hours=2)
    condition = (
        pl.when(~fresh).then(pl.lit("missing")).when(pl.col("stuck") == 1).then(pl.lit("stuck"))
        .when(pl.col("state") == "over").then(pl.lit("ok")).otherwise(pl.col("state"))
    )  # fmt: skip
    named = with_limits(last.drop("upper", "lower"), limits_in_force())
    return named.with_columns(condition.alias("condition")).sort("station", "symbol")


def limits_in_force() -> pl.DataFrame:
    """Return the rows of all permits, those that have ended too."""
    columns = list(load_registry().facts["discharge_permit"].columns)
    return figures.values("discharge_permit", columns, Slice(None, None), METHODS, many=True).drop("period")


def limits_of(station: str, at: datetime | None = None, viewer: Viewer = SYSTEM) -> pl.DataFrame:
    """Return the limits of an outlet's parameters in force at a moment: `symbol, unit, upper, lower, basis…`."""
    _only_internal(viewer)
    entry = load_registry().stations[station]
    units = {p.symbol: p.unit for p in entry.parameters}
    rows = pl.DataFrame(
        [{"station": station, "symbol": s, "unit": units.get(s, "mg/Nm³"), "period": at or now()}
         for s in parameters(entry)]
    )  # fmt: skip
    return with_limits(rows.with_columns(pl.col("period").cast(INSTANT)), limits_in_force()).drop("period")
