"""Plays the fisheries office and the providers of vessel monitoring: register, positions, their mishaps."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from heapq import merge

import numpy as np
import polars as pl

from config.registry import load_registry
from data_access.database import LOCAL
from services.demo.fleet import EPOCH, Fleet, Floats, Whole, build_fleet, hours
from services.demo.plan import File, Plan, by_day, by_due, real_files
from services.demo.vessel_register import PROVIDERS, register
from services.demo.vessel_story import Story

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
RECENT = 2 * DAY
LATEST = 26 * HOUR
STRANGERS = {7: "TH-09901-TS", 19: "TH-09902-TS"}
"""Of the tracked vessels, those whose device carries a number that the register does not hold."""


def references() -> Iterator[File]:
    """Yield the real list of fishing ports that comes with the product."""
    yield from real_files(datetime(2026, 6, 30, tzinfo=UTC), ("fishing_ports", "fishing/fishing_ports_north.csv"))


@dataclass(frozen=True)
class Provider:
    """One provider's way of delivering: source, file ending and how rows become bytes."""

    index: int
    source: str
    stem: str
    ending: str

    def content(self, rows: pl.DataFrame) -> bytes:
        """Return positions in the provider's own form."""
        record = rows.select(
            "vessel_reg", "device_id", pl.lit(PROVIDERS[self.index]).alias("provider"),
            pl.col("time").dt.strftime("%Y-%m-%dT%H:%M:%SZ").alias("fix_time_utc"), "lat", "lon", "speed_kn",
            "course_deg", pl.lit("SAT").alias("source"), "battery", pl.lit("").alias("alarm"),
            (pl.col("time") + timedelta(minutes=3)).dt.strftime("%Y-%m-%dT%H:%M:%SZ").alias("received_at"),
        )  # fmt: skip
        if self.ending == "csv":
            return record.write_csv().encode()
        return record.write_json().encode() if self.ending == "json" else _naf(rows)


def _naf(rows: pl.DataFrame) -> bytes:
    """Return positions as NAF messages, speed in tenths of a knot."""
    message = pl.format(
        "//SR//FR/VNM//TM/POS//XR/{}//IR/{}//DA/{}//TI/{}//LT/{}//LG/{}//SP/{}//CO/{}//ER//",
        "vessel_reg", "device_id", pl.col("time").dt.strftime("%Y%m%d"), pl.col("time").dt.strftime("%H%M"), "lat",
        "lon", (pl.col("speed_kn") * 10).round().cast(pl.Int64), "course_deg",
    )  # fmt: skip
    return "\n".join(rows.select(message).to_series().to_list()).encode()


CARRIERS = (
    Provider(0, "vessel_vms", "vms_a", "csv"),
    Provider(1, "vessel_vms", "vms_b", "json"),
    Provider(2, "vessel_naf", "naf", "txt"),
)


def _reports(fleet: Fleet, at: Floats, vessel: Whole) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Say whether a vessel reports: always at sea and just after coming in, now and then in port."""
    _, since, lasts = fleet.voyage(vessel, at)
    luck = fleet.chance(vessel, np.floor(at / 2).astype(np.int64), 9)
    at_sea = (since >= 0) & (since < lasts)
    return np.asarray(
        (at_sea & (luck > 0.02)) | ((since >= lasts) & (since < lasts + 6)) | (luck > 0.97), bool
    )


def positions(fleet: Fleet, story: Story, day: datetime) -> pl.DataFrame:
    """Return what the devices send in the 24 hours from `day` (UTC), every `fleet.report` hours at sea.

    Columns `provider` (0-2), `vessel_reg, device_id, time, lat, lon, speed_kn, course_deg, battery`.
    """
    start, step = hours(day), fleet.report
    turns = np.arange(np.floor(start / step) - 1, np.floor((start + 24) / step) + 1)
    vessel = np.repeat(fleet.tracked, len(turns))
    at = np.tile(turns, len(fleet.tracked)) * step + fleet.minute[vessel] / 120 * step
    inside = (at >= start - 1e-6) & (at < start + 24 - 1e-6)
    vessel, at = vessel[inside], at[inside]
    sent = _reports(fleet, at, vessel) & ~story.is_silent(vessel, at)
    vessel, at = vessel[sent], at[sent]
    visits = list(story.visits(start - 1, start + 25))
    lat, lon = story.drawn(vessel, at, visits)
    before_lat, before_lon = story.drawn(vessel, at - 0.1, visits)
    north, east = (lat - before_lat) * 60, (lon - before_lon) * 60 * np.cos(np.radians(lat))
    speed = np.hypot(north, east) / 0.1
    _, since, lasts = fleet.voyage(vessel, at)
    lies = (since < 0) | (since >= lasts)
    names = np.where(np.isin(vessel, fleet.tracked[list(STRANGERS)]), "", fleet.number[vessel]).astype(object)
    for nth, number in STRANGERS.items():
        names[vessel == fleet.tracked[nth]] = number
    minutes = np.round(at * 60).astype(np.int64)
    return pl.DataFrame({
        "provider": fleet.provider[vessel],
        "vessel_reg": pl.Series(names, dtype=pl.String),
        "device_id": pl.Series([f"MP{700000 + i}" for i in vessel.tolist()], dtype=pl.String),
        "time": pl.Series(minutes * 60_000_000 + int(EPOCH.timestamp()) * 1_000_000).cast(pl.Datetime("us", "UTC")),
        "lat": np.round(lat, 5),
        "lon": np.round(lon, 5),
        "speed_kn": np.where(lies, 0.0, np.maximum(0.6, np.round(np.minimum(speed, 14), 1))),
        "course_deg": np.round(np.degrees(np.arctan2(east, north)) % 360).astype(np.int64) % 360,
        "battery": np.round(12 + fleet.chance(vessel, minutes, 8), 1),
    }).sort("time", "vessel_reg")  # fmt: skip


def _mishaps(plan: Plan, file: File, longest: timedelta) -> Iterator[File]:
    """Yield a delivery as it really comes: on time, late, twice, or broken first and whole an hour later."""
    chance = plan.chance("mishap", file.name)
    luck = chance.random()
    if luck < 0.03:
        yield replace(file, due=file.due + longest * chance.uniform(0.1, 0.9))
    elif luck < 0.04:
        yield file
        yield replace(file, due=file.due + timedelta(minutes=20))
    elif luck < 0.048:
        stem, _, ending = file.name.rpartition(".")
        yield replace(file, content=file.content[: len(file.content) * 2 // 3])
        yield replace(file, name=f"{stem}_lai.{ending}", due=file.due + HOUR)
    else:
        yield file


def _with_slips(plan: Plan, rows: pl.DataFrame, name: str) -> pl.DataFrame:
    """Let a cold start of the receiver write a zero position into some files."""
    chance = plan.chance("slip", name)
    if rows.height < 12 or chance.random() > 0.15:
        return rows
    hit = pl.int_range(pl.len()) == int(chance.integers(rows.height))
    return rows.with_columns(pl.when(hit).then(0.0).otherwise(pl.col(c)).alias(c) for c in ("lat", "lon"))


def _packed(plan: Plan, rows: pl.DataFrame, stamp: str, due: datetime, longest: timedelta) -> Iterator[File]:
    for carrier in CARRIERS:
        own = rows.filter(pl.col("provider") == carrier.index)
        if own.height:
            name = f"{carrier.stem}_{stamp}.{carrier.ending}"
            file = File(carrier.source, name, carrier.content(_with_slips(plan, own, name)), due)
            yield from _mishaps(plan, file, longest)


def _day(plan: Plan, fleet: Fleet, story: Story, day: datetime) -> Iterator[File]:
    """Yield a local day's positions: as one file per provider when long past, else by the hour."""
    local = day.astimezone(LOCAL)
    if day >= plan.since and day + DAY + LATEST <= plan.until - RECENT + DAY:
        yield from _packed(
            plan, positions(fleet, story, day), f"{local:%Y%m%d}", day + DAY + 20 * HOUR / 60, DAY
        )
        return
    rows = positions(fleet, story, day)
    for number in range(24):
        start = day + number * HOUR
        if start + HOUR + LATEST <= plan.since or start >= plan.until:
            continue
        within = rows.filter(pl.col("time") >= start, pl.col("time") < start + HOUR)
        stamp = f"{start.astimezone(LOCAL):%Y%m%d%H}"
        yield from _packed(plan, within, stamp, start + HOUR + 8 * HOUR / 60, 4 * HOUR)


def _registers(plan: Plan, fleet: Fleet) -> Iterator[File]:
    """Yield the monthly registers; every third one has slips and comes again, mended, two days later.

    A window of two days and more opens with the register then in force, so that no province starts without.
    """
    names = {code: place.full_name for code, place in load_registry().places.items()}

    def export(month: datetime, due: datetime, mended: bool, slips: bool = False) -> Iterator[File]:
        if plan.holds(due):
            chance = plan.chance("register", f"{month:%Y%m}") if slips else None
            name = f"tau_ca_{month:%Y%m}{'_sua' if mended else ''}.xlsx"
            yield File("vessel_registry", name, register(fleet, names, month.date(), chance), due)

    month = (plan.since - 3 * DAY).astimezone(LOCAL).replace(day=1, hour=8, minute=0, second=0, microsecond=0)
    if plan.until - plan.since >= RECENT:
        yield from export(month, plan.since + timedelta(seconds=1), mended=False)
    while month <= plan.until:
        has_slips = month.month % 3 == 0
        yield from export(month, month.astimezone(UTC), mended=False, slips=has_slips)
        if has_slips:
            yield from export(month, month.astimezone(UTC) + 2 * DAY, mended=True)
        month = (month + 32 * DAY).replace(day=1)


@cache
def _story(profile: str, seed: int) -> Story:
    return Story(build_fleet(Plan(profile, seed, EPOCH, EPOCH)))


def deliveries(plan: Plan) -> Iterator[File]:
    """Yield what falls due in the window, in order."""
    story = _story(plan.profile, plan.seed)

    def told(day: date) -> Iterator[File]:
        return _day(plan, story.fleet, story, datetime.combine(day, time(), LOCAL).astimezone(UTC))

    first = (plan.since - LATEST - HOUR).astimezone(LOCAL).date()
    yield from merge(_registers(plan, story.fleet), by_day(plan, first, told), key=by_due)
