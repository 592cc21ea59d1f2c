"""Plays our own probe over the demo's portals: rounds of looks and inspections, as the probe would write them.

The story always goes on: each week some portals die for days, many stumble for hours, a dozen are not kept up, some
certificates run out, one stop is planned (some announced too late), and one night a month our own probe is down.
History is one file a day with three rounds, the last two weeks a file an hour.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from config.portals import expected_sections, load_rules, simulated_portals
from data_access.database import LOCAL
from services.demo.plan import File, Plan

CHECKS, INSPECTIONS = "portal_probe", "portal_inspection"
HOUR, DAY = 3600, 86_400
FIRST: Final = date(2020, 1, 6)
ROUNDS: Final = (5, 13, 21)
"""Local hours of the rounds of a day of history."""
BLIND, STOPPED, BACK = 2, 4, 6
"""Local hours from which our own probe has no network, does not run, and is back."""
REASONS: Final = ("timeout", "connect", "http_5xx", "dns", "no_marker", "redirect_loop")
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Crowd:
    """The portals and what each is like; arrays by portal."""

    id: list[str]
    speed: Floats
    cadence: Floats
    phase: Floats
    cycle: Floats
    renewed: Floats
    paint: Floats


@lru_cache(maxsize=4)
def crowd(seed: int) -> Crowd:
    """Return the portals of a demo: how fast, how well kept up, how carefully their certificates are renewed."""
    names, chance = sorted(simulated_portals()), np.random.default_rng((seed, 224))
    n = len(names)
    neglected, careless = chance.random(n) < 0.1, chance.random(n) < 0.09
    return Crowd(
        names,
        chance.lognormal(np.log(310), 0.55, n),
        np.where(neglected, chance.uniform(10, 48, n), chance.uniform(0.6, 4.5, n)),
        chance.uniform(0, 60, n),
        np.where(careless, 120.0, 365.0),
        np.where(careless, chance.uniform(1, 24, n), chance.uniform(32, 50, n)),
        chance.lognormal(np.log(3.1), 0.3, n),
    )


def _seconds(day: date, hour: float = 0) -> int:
    """Return the seconds since 1970 (UTC) of a local hour of a day."""
    return (day - date(1970, 1, 1)).days * DAY + int((hour - 7) * HOUR)


# What happens


@lru_cache(maxsize=64)
def _outages(seed: int, week: date) -> tuple[Ints, Ints, Ints, Ints]:
    """Return the outages that begin in a week: portal, start, end, reason."""
    chance = Plan("demo", seed, datetime.min, datetime.max).chance("portal_week", week)
    n = len(simulated_portals())
    many = np.array([8, 34, 11])
    hours = np.concatenate([chance.uniform(14, 120, 8), chance.uniform(0.4, 4, 34), np.full(11, chance.uniform(1, 3))])
    portal = chance.integers(0, n, int(many.sum()))
    start = _seconds(week) + chance.integers(0, 7 * DAY, len(portal))
    start[-11:] = start[-1]
    reason = chance.choice(len(REASONS), len(portal), p=[0.34, 0.22, 0.24, 0.06, 0.1, 0.04])
    return portal, start, start + (hours * HOUR).astype(np.int64), reason


def _down(plan: Plan, week: date, moments: Ints) -> tuple[Ints, Ints]:
    """Return by round of a week and portal since when it has been down (0: it is up) and why."""
    since = np.zeros((len(moments), len(simulated_portals())), np.int64)
    why = np.zeros_like(since)
    for monday in (week - timedelta(days=7), week):
        for portal, start, end, reason in zip(*_outages(plan.seed, monday), strict=True):
            hit = (moments >= start) & (moments < end)
            since[hit, portal], why[hit, portal] = start, reason
    return since, why


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def blind_day(plan: Plan, month: date) -> date:
    """Return the day of a month in whose small hours (`BLIND`) our own probe is down."""
    return month.replace(day=int(plan.chance("portal_blind", month.replace(day=1)).integers(4, 27)))


def planned_stop(plan: Plan, day: date) -> tuple[int, int, int, str]:
    """Return the planned stop of the week of a day: portal, start, end, day of its notice."""
    saturday = day + timedelta(days=5 - day.weekday())
    chance = plan.chance("portal_stop", saturday)
    notice = saturday - timedelta(days=4 if chance.random() < 0.3 else int(chance.integers(12, 20)))
    portal = int(chance.integers(0, len(simulated_portals())))
    return portal, _seconds(saturday, 18), _seconds(saturday, 30), f"{notice:%Y-%m-%d}"


def last_news(people: Crowd, moments: Ints) -> Ints:
    """Return by round and portal the second of its newest news."""
    days = moments[:, None] / DAY
    step = np.floor((days - people.phase) / people.cadence)
    noise = np.abs(np.sin(step * 12.9898 + people.phase * 78.233)) * 0.25
    return np.asarray((people.phase + (step - noise) * people.cadence) * DAY, np.int64)


def not_after(people: Crowd, moments: Ints) -> Ints:
    """Return by round and portal the second at which its certificate ends: renewed some days before."""
    days = moments[:, None] / DAY
    lived = (days + people.phase * 7) % people.cycle
    left = people.cycle - lived + people.renewed
    return np.asarray((days + left) * DAY, np.int64)


def _iso(seconds: Ints | npt.NDArray[Any]) -> pl.Series:
    clock = pl.Series(np.asarray(seconds, np.int64).ravel() * 1000).cast(pl.Datetime("ms"))
    return clock.dt.strftime("%Y-%m-%dT%H:%M:%SZ")


# Rounds


def looks(plan: Plan, rounds: Sequence[tuple[date, int]], minutes: int) -> pl.DataFrame:
    """Return the looks of rounds (local day and hour) of one week, each told alike whichever others are asked for."""
    people, week = crowd(plan.seed), _monday(rounds[0][0])
    n, hours = len(people.id), np.array([hour for _, hour in rounds])
    moments = np.array([_seconds(day, hour) for day, hour in rounds], np.int64)
    since, why = _down(plan, week, moments)
    noise = np.stack([plan.chance("portal_look", *told).lognormal(0, 0.35, (3, n)) for told in rounds])
    ttfb = people.speed * noise[:, 0] * (1 + 0.35 * np.isin(hours[:, None], (8, 9, 14, 15)))
    down, blind = since > 0, np.full((len(rounds), n), "", object)
    dark = np.array([day == blind_day(plan, day) for day, _ in rounds])
    blind[dark & (hours >= BLIND) & (hours < BACK)] = "probe_failed"
    blind[dark & (hours >= STOPPED) & (hours < BACK)] = "not_run"
    portal, start, end, notice = planned_stop(plan, week)
    inside = (moments >= start) & (moments < end)
    since[inside, portal], down[inside, portal] = start, True
    why[inside, portal] = REASONS.index("http_5xx")
    at = np.repeat(moments, n)
    outcome = np.where(blind != "", blind, np.where(down, "down", "up")).ravel()
    frame = pl.DataFrame({
        "portal": people.id * len(rounds), "at": _iso(at), "minutes": np.full(len(at), minutes),
        "outcome": pl.Series(outcome.tolist(), dtype=pl.String),
        "reason": pl.Series(REASONS).gather(why.ravel()),
        "http_status": np.where(why.ravel() == REASONS.index("http_5xx"), 503, 200),
        "dns_ms": np.round(noise[:, 1].ravel() * 12, 1), "connect_ms": np.round(noise[:, 2].ravel() * 22, 1),
        "tls_ms": np.round(noise[:, 1].ravel() * 45, 1), "ttfb_ms": np.round(ttfb.ravel(), 1),
        "total_ms": np.round(ttfb.ravel() * 1.9 + 60, 1),
        "bytes": np.asarray(np.tile(people.paint * 61_000, len(rounds)) * noise[:, 2].ravel() ** 0.2, np.int64),
        "redirects": np.zeros(len(at), np.int64),
        "fails": (moments[:, None] - np.where(down, since, moments[:, None])).ravel() // HOUR + 1,
        "since": _iso(since), "tls_not_after": _iso(np.minimum(not_after(people, moments), 4_000_000_000)),
        "last_news_at": _iso(last_news(people, moments)),
    })  # fmt: skip
    return _told(frame, {"portal": people.id[portal], "start": start, "end": end, "notice": notice}, bool(inside.any()))


def _told(frame: pl.DataFrame, stop: dict[str, Any], has_stop: bool) -> pl.DataFrame:
    """Leave out of looks what a probe could not know: timings without an answer, reasons without a fault."""
    up, down = pl.col("outcome") == "up", pl.col("outcome") == "down"
    answered = ("dns_ms", "connect_ms", "tls_ms", "ttfb_ms", "total_ms", "bytes", "redirects", "last_news_at",
                "tls_not_after")  # fmt: skip
    frame = frame.with_columns(
        *(pl.when(up).then(pl.col(c)) for c in answered),
        pl.when(up | (down & (pl.col("reason") == "http_5xx"))).then("http_status"),
        pl.when(down).then("reason").when(~up).then(pl.lit("control")).alias("reason"),
        pl.when(down).then("since"), pl.when(down).then("fails").otherwise(0).alias("fails"),
        pl.when(up).then(1).when(down).then(2).otherwise(0).alias("attempts"),
    )  # fmt: skip
    if has_stop:
        here = pl.col("portal") == stop["portal"]
        stamps = _iso(np.array([stop["start"], stop["end"]]))
        frame = frame.with_columns(
            pl.when(here).then(pl.lit(stamps[0])).alias("planned_from"),
            pl.when(here).then(pl.lit(stamps[1])).alias("planned_until"),
            pl.when(here).then(pl.lit(stop["notice"])).alias("announced_on"),
        )
    return frame


def document(rows: pl.DataFrame, kind: str) -> bytes:
    """Return records as a file of the probe."""
    kept = [c for c in rows.columns if rows[c].null_count() < rows.height]
    return f'{{"made_by":"portal_probe","{kind}":{rows.select(kept).write_json()}}}'.encode()


# Inspections


@lru_cache(maxsize=4)
def _missing(seed: int) -> list[list[tuple[str, int]]]:
    """Return for each portal the sections that it lacks and the second from which each is there."""
    chance, rows = np.random.default_rng((seed, 9)), []
    known = simulated_portals()
    for name in sorted(known):
        sections = expected_sections(known[name])
        lazy = chance.random() < 0.14
        gone = chance.random(len(sections)) < (0.75 if lazy else 0.16)
        mended = _seconds(date(2026, 7, 1)) + chance.integers(0, 420 * DAY, len(sections))
        rows.append([(s, int(m)) for s, g, m in zip(sections, gone, mended, strict=True) if g])
    return rows


def inspections(plan: Plan, day: date) -> pl.DataFrame:
    """Return the inspections of a day: each portal at an hour that changes from day to day, those down left out."""
    people, chance = crowd(plan.seed), plan.chance("portal_inspection", day)
    n, fixed = len(people.id), np.random.default_rng((plan.seed, 11))
    hours = (np.arange(n) * 5 + day.toordinal() * 7) % 24
    moments = _seconds(day) + hours * HOUR + 720
    since, _ = _down(plan, _monday(day), moments)
    base, known = fixed.random((9, n)), simulated_portals()
    checked = chance.integers(6, 11, n)
    noise = chance.lognormal(0, 0.14, (3, n))
    lcp, missing = people.paint * noise[0] * (1 + 0.2 * np.isin(hours, (8, 9, 14, 15))), _missing(plan.seed)
    gone = [[s for s, m in missing[i] if moments[i] < m] for i in range(n)]
    there = [[s for s in expected_sections(known[p]) if s not in gone[i]] for i, p in enumerate(people.id)]
    broken = np.minimum(chance.binomial(checked, np.where(base[8] < 0.12, 0.3, 0.012)), checked)
    headers = {name: base[i] < share for i, (name, share) in enumerate(zip(
        load_rules().headers, (0.62, 0.3, 0.7, 0.74, 0.45), strict=True))}  # fmt: skip
    frame = pl.DataFrame({
        "portal": people.id, "at": _iso(moments), "https_ok": base[5] < 0.97, "https_only": base[5] < 0.93,
        "tls_not_after": _iso(np.diagonal(not_after(people, moments))), "ipv6_record": base[6] < 0.8,
        "ipv6_ok": base[6] < 0.76, "linked": base[7] < 0.88, "emc": base[7] < 0.83, **headers,
        "sections_found": [";".join(s) or None for s in there], "sections_missing": [";".join(s) or None for s in gone],
        "last_news_at": _iso(np.diagonal(last_news(people, moments))),
        "news_from": np.where(base[4] < 0.6, "feed", "page"),
        "links_checked": checked, "links_broken": broken,
        "broken": [f"/tin-tuc/{i * 37 % 900}" if b else None for i, b in enumerate(broken.tolist())],
        "robots": np.where(base[3] < 0.8, "allowed", "none"), "bytes": np.asarray(people.paint * 61_000, np.int64),
        "fcp_s": np.round(lcp * 0.62, 2), "lcp_s": np.round(lcp, 2), "si_s": np.round(lcp * 1.3, 2),
        "cls": np.round(0.05 * noise[1], 3),
        "tbt_s": np.round(0.11 * people.paint * noise[2], 3),
    })  # fmt: skip
    seen = np.diagonal(since) == 0
    if day == blind_day(plan, day):
        seen = seen & ((hours < BLIND) | (hours >= BACK))
    return frame.filter(pl.Series(seen))


# Files


@lru_cache(maxsize=2)
def _week(seed: int, monday: date) -> pl.DataFrame:
    rounds = [(monday + timedelta(days=d), hour) for d in range(7) for hour in ROUNDS]
    return looks(Plan("demo", seed, datetime.min, datetime.max), rounds, DAY // 60 // len(ROUNDS))


def _one_day(plan: Plan, day: date) -> Iterator[File]:
    """Yield the rounds of a day of history in one file, and the mishaps that files have."""
    due, rows = datetime.combine(day + timedelta(days=1), time(0, 5), LOCAL), _week(plan.seed, _monday(day))
    content = document(rows[day.weekday() * rows.height // 7 : (day.weekday() + 1) * rows.height // 7], "checks")
    yield from _sent(plan, CHECKS, f"probe_{day:%Y%m%d}T0000", content, due)


def _each_hour(plan: Plan, day: date) -> Iterator[File]:
    for hour in range(24):
        at = datetime.combine(day, time(hour), LOCAL)
        if at <= plan.until.astimezone(LOCAL):
            rows = looks(plan, [(day, hour)], 60)
            content = document(rows, "checks")
            yield from _sent(plan, CHECKS, f"probe_{at.astimezone(UTC):%Y%m%dT%H%M}", content,
                             at + timedelta(minutes=4))  # fmt: skip


def _sent(plan: Plan, source: str, name: str, content: bytes, due: datetime) -> Iterator[File]:
    """Yield a file as it arrives: now and then first cut off, late, or twice."""
    luck = plan.chance("portal_file", name).random()
    if luck < 0.012:
        yield File(source, f"{name}.json", content[: len(content) // 3], due)
        due += timedelta(minutes=20)
    elif luck < 0.03:
        due += timedelta(hours=2)
    elif luck < 0.04:
        yield File(source, f"{name}_lai.json", content, due + timedelta(minutes=6))
    yield File(source, f"{name}.json", content, due)


def _inspected(plan: Plan, day: date) -> Iterator[File]:
    rows = inspections(plan, day)
    due = datetime.combine(day + timedelta(days=1), time(0, 40), LOCAL)
    if rows.height:
        yield File(INSPECTIONS, f"inspect_{day:%Y%m%d}T0000.json", document(rows, "inspections"), due)


def _files_of(plan: Plan, day: date) -> Iterator[File]:
    """Yield what falls due because of a day: whole where it lies back and was not begun, else hour by hour."""
    begins = datetime.combine(day, time(0), LOCAL)
    recent = timedelta(days=plan.choose(1, 15, 15))
    whole = plan.since <= begins and plan.until - begins >= recent + timedelta(days=1)
    yield from _one_day(plan, day) if whole else _each_hour(plan, day)
    if not whole or day.weekday() == 0:
        yield from _inspected(plan, day)


def deliveries(plan: Plan) -> Iterator[File]:
    """Yield the files due in the plan's window, by due moment."""
    day, last = (m.astimezone(LOCAL).date() for m in (plan.since, plan.until))
    day = max(day - timedelta(days=1), FIRST)
    waiting: list[File] = []
    while day <= last:
        waiting += [f for f in _files_of(plan, day) if plan.since < f.due <= plan.until]
        waiting.sort(key=lambda f: f.due)
        day += timedelta(days=1)
        tomorrow = datetime.combine(day, time(0), LOCAL)
        yield from (f for f in waiting if f.due < tomorrow)
        waiting = [f for f in waiting if f.due >= tomorrow]
    yield from waiting


def references() -> Iterator[File]:
    """Yield nothing: nobody publishes what the portals measure."""
    yield from ()
