"""Simulated schools and how they stand at each round of a school year; totals follow the published ones of 2025.

Names are invented from the commune and marked; codes begin with MP.
"""

from datetime import date, datetime
from functools import cache, lru_cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from config.registry import load_registry
from services.demo.plan import Plan
from services.methods.education import ROUNDS, school_term

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
MARK: Final = "(mô phỏng)"
SCHOOLS: Final = {"mam_non": 677, "tieu_hoc": 588, "thcs": 610, "thpt": 104}
"""Published for 12/2025; one primary school more until 9/2025."""
STANDARD: Final = {"mam_non": 586, "tieu_hoc": 539, "thcs": 526, "thpt": 69}
PUPILS: Final = {"mam_non": 182_000, "tieu_hoc": 335_000, "thcs": 305_000, "thpt": 130_000}
"""Over 950,000 in all, as published; the parts are invented."""
PACE: Final = {"mam_non": 1.6, "tieu_hoc": 1.2, "thcs": 2.0, "thpt": 0.5}
"""Schools recognised a round."""
NAMED: Final = {"mam_non": ("Mầm non", "MN"), "tieu_hoc": ("Tiểu học", "TH"), "thcs": ("THCS", "CS"),
                "thpt": ("THPT", "PT")}  # fmt: skip
SIZES: Final = {"mam_non": (23.0, 25.5, 28.0), "tieu_hoc": (26.0, 29.5, 33.6), "thcs": (33.5, 38.0, 41.5),
                "thpt": (39.0, 41.5, 43.6)}  # fmt: skip
"""Pupils a class in regions 1, 2, 3."""
MISSING: Final = {"mam_non": 0.13, "tieu_hoc": 0.105, "thcs": 0.05, "thpt": 0.05}
LEAVING: Final = {"mam_non": 0.0, "tieu_hoc": 0.0002, "thcs": 0.0022, "thpt": 0.0075}
POOR: Final = ("Mường Lát", "Quan Sơn", "Quan Hóa", "Lang Chánh", "Bá Thước", "Thường Xuân", "Như Xuân")
CENTRE: Final = "14797"
FIRST_YEAR: Final = 2022
SEVERE: Final = 4
"""Communes that each school year lack far more teachers than others: the story."""


@cache
def _communes() -> pl.DataFrame:
    """Return the communes: code, name, people, region, whether a ward."""
    rows = [
        {"place": p.code, "commune": p.name, "people": p.population, "ward": p.type == "phường",
         "region": 3 if p.zone != "miền núi" else 1 if any(d in p.former_district for d in POOR) else 2}
        for p in load_registry().places.values()
    ]  # fmt: skip
    return pl.DataFrame(rows)


def _shares(total: int, least: int, weights: Floats) -> Ints:
    """Return a total divided by weights into whole numbers, each at least `least`."""
    exact = least + (total - least * len(weights)) * weights / weights.sum()
    whole: Ints = np.floor(exact).astype(np.int64)
    whole[np.argsort(whole - exact)[: total - int(whole.sum())]] += 1
    return whole


@lru_cache(maxsize=2)
def schools(seed: int, profile: str) -> pl.DataFrame:
    """Return all schools with what stays: place, level, kind, region, size, how hard teachers are to find."""
    plan, people = _plan(seed, profile), _communes()["people"].to_numpy().astype(float)
    parts = []
    for level, published in SCHOOLS.items():
        chance = plan.chance("schools", level)
        count = plan.choose(published // 10, published, published)
        least = 0 if plan.profile == "small" or level == "thpt" else 2
        held = _shares(count + (level == "tieu_hoc"), least, people**0.8)
        at = np.repeat(np.arange(len(people)), held)
        number = np.concatenate([np.arange(1, n + 1) for n in held])
        weight = (people / np.maximum(held, 1))[at] * chance.lognormal(0, 0.22, len(at))
        parts.append(_level(level, at, number, weight, chance, plan))
    return pl.concat(parts)


def _plan(seed: int, profile: str) -> Plan:
    return Plan(profile, seed, datetime.min, datetime.max)


def _level(level: str, at: Ints, number: Ints, weight: Floats, chance: np.random.Generator, plan: Plan) -> pl.DataFrame:
    """Return the schools of a level; `at`: the commune of each, `number`: its number there."""
    n, communes = len(at), _communes()[at.tolist()]
    region = communes["region"].to_numpy()
    private = chance.random(n) < {"mam_non": 0.12, "thcs": 0.01, "thpt": 0.06}.get(level, 0.0)
    boarding = (region == 1) & (chance.random(n) < {"thcs": 0.12, "thpt": 0.08}.get(level, 0.0))
    special = (communes["place"].to_numpy() == CENTRE) & (number == 1) & (level == "thpt")
    word, short = NAMED[level]
    size = np.array(SIZES[level])[region - 1] + 1.6 * communes["ward"].to_numpy() + chance.normal(0, 1.5, n)
    place_factor = plan.chance("commune_factor").gamma(3.0, 1 / 3, _communes().height)[at]
    closing = np.zeros(n, dtype=bool)
    closing[np.argmin(weight)] = level == "tieu_hoc"
    scale = PUPILS[level] * n / (SCHOOLS[level] + (level == "tieu_hoc"))
    made: pl.DataFrame = communes.select(
        pl.format("MP{}{}{}", "place", pl.lit(short), pl.Series(number).cast(pl.String).str.zfill(2)).alias("school"),
        pl.format("Trường {} {} {} {}", pl.lit(word), "commune", pl.Series(number), pl.lit(MARK)).alias("name"),
        "place", "commune", pl.lit(level).alias("level"), pl.col("region").cast(pl.String),
        pl.Series("ownership", np.where(private, "private", "public")),
        pl.Series("kind", np.where(special, "specialised", np.where(boarding & ~private, "boarding", "ordinary"))),
        pl.Series("size", size), pl.Series("base", weight / weight.sum() * scale),
        pl.Series("missing", MISSING[level] * place_factor * np.array([1.3, 1.1, 0.9])[region - 1]),
        pl.Series("noise", chance.normal(0, 0.05, n)), pl.Series("merit", chance.random(n)),
        pl.Series("closing", closing),
    )  # fmt: skip
    return made


def rounds_until(day: date, first: int = FIRST_YEAR) -> list[tuple[int, str]]:
    """Return the rounds whose list is due by a day, oldest first: (first year, round)."""
    found = [(year, of) for year in range(first, day.year + 1) for of in ROUNDS]
    return [r for r in found if due_of(*r) <= day]


def due_of(year: int, of: str) -> date:
    """Return the day on which the lists of a round come."""
    return {"dau_nam": date(year, 10, 8), "giua_nam": date(year + 1, 1, 12), "cuoi_nam": date(year + 1, 6, 8)}[of]


def _step(year: int, of: str) -> int:
    """Return how many rounds after the one of 12/2025 a round is."""
    return 3 * (year - 2025) + list(ROUNDS).index(of) - 1


def _standard(frame: pl.DataFrame, year: int, of: str, part: float) -> pl.DataFrame:
    """Add the recognised level: as many schools as published for 12/2025, fewer before and more after."""
    step = _step(year, of)
    since = {level: round(pace * max(step, 0)) + round(pace * min(step + 1, 0)) for level, pace in PACE.items()}
    before = {"thcs": 1 if step < 0 else 0}
    wanted = {level: round(part * (last + since[level] - before.get(level, 0))) for level, last in STANDARD.items()}
    order = pl.col("merit").rank("ordinal").over("level")
    held = order <= pl.col("level").replace_strict(wanted, return_dtype=pl.Int64)
    return frame.with_columns(pl.when(held & (pl.col("merit") < 0.17)).then(2).when(held).then(1).otherwise(0)
                              .alias("standard"))  # fmt: skip


@lru_cache(maxsize=24)
def school_round(seed: int, profile: str, year: int, of: str) -> pl.DataFrame:
    """Return every school as it tells of itself at a round, typed as the contract would."""
    plan = _plan(seed, profile)
    frame = schools(seed, profile)
    frame = frame.with_columns(pl.when("closing").then(2.0).otherwise("merit").alias("merit"))
    frame = frame.filter(~pl.col("closing")) if _step(year, of) >= 0 else frame
    chance, n = plan.chance("round", year, len(frame)), frame.height
    grown = frame["base"].to_numpy() * (1 + 0.006 * (year - 2025)) * chance.normal(1, 0.012, n)
    start = np.maximum(np.rint(grown), 12).astype(np.int64)
    leaving = frame["level"].replace_strict(LEAVING, return_dtype=pl.Float64).to_numpy() \
        * np.array([2.4, 1.5, 0.8])[frame["region"].cast(pl.Int64).to_numpy() - 1]  # fmt: skip
    gone, summer = chance.poisson(start * leaving), chance.poisson(start * leaving * 0.4)
    dropouts = gone if of == "cuoi_nam" else chance.binomial(gone, 0.45) if of == "giua_nam" else gone * 0
    frame = _classes(frame, start, chance).with_columns(
        pl.Series("start_pupils", start), pl.Series("pupils", start - dropouts), pl.Series("dropouts", dropouts),
        pl.Series("dropouts_summer", summer if of == "dau_nam" else summer * 0),
        pl.lit(f"{year}-{year + 1}").alias("school_year"), pl.lit(of).alias("round"),
        pl.Series("girls", np.rint((start - dropouts) * chance.normal(0.475, 0.015, n)).astype(np.int64)),
        pl.Series("minority", np.rint((start - dropouts) * _minority(frame)).astype(np.int64)),
        pl.Series("disabled", chance.poisson(start * 0.006)),
    )
    frame = _moving_on(frame, plan, year, of)
    frame = _staff(_standard(frame, year, of, plan.choose(0.1, 1.0, 1.0)), plan, year, of)
    return _rooms(frame, plan.chance("rooms", year, n))


def _minority(frame: pl.DataFrame) -> Floats:
    share: Floats = np.array([0.82, 0.45, 0.015])[frame["region"].cast(pl.Int64).to_numpy() - 1]
    return share * (0.8 + 0.2 * frame["merit"].clip(0, 1).to_numpy())


def _classes(frame: pl.DataFrame, pupils: Ints, chance: np.random.Generator) -> pl.DataFrame:
    """Add groups, classes, classes of two sessions and overfull ones."""
    size, level = frame["size"].to_numpy(), frame["level"].to_numpy()
    units = np.maximum(np.rint(pupils / size).astype(np.int64), np.where(level == "mam_non", 2, 3))
    groups = np.where(level == "mam_non", np.rint(units * 0.22).astype(np.int64), 0)
    limit = np.select([level == "mam_non", level == "tieu_hoc"], [32.5, 35.5], 45.5)
    crowded = units / (1 + np.exp(-(pupils / units - limit) / 1.25))
    whole_day = np.clip(chance.normal(0.96, 0.05, len(units)), 0.6, 1)
    two = np.where(level == "tieu_hoc", np.rint((units - groups) * whole_day), 0).astype(np.int64)
    return frame.with_columns(
        pl.Series("groups", groups), pl.Series("classes", units - groups), pl.Series("two_sessions", two),
        pl.Series("overfull_classes", np.minimum(np.rint(crowded), units).astype(np.int64)),
    )


def _moving_on(frame: pl.DataFrame, plan: Plan, year: int, of: str) -> pl.DataFrame:
    """Add who completed a level (last round) and who entered (first round): grade 6 from the primaries of a commune."""
    years = pl.col("level").replace_strict({"mam_non": 3, "tieu_hoc": 5, "thcs": 4, "thpt": 3}, return_dtype=pl.Int64)
    left = (pl.col("start_pupils") / years).round().cast(pl.Int64)
    if of != "dau_nam":
        done = left if of == "cuoi_nam" else pl.lit(None, pl.Int64)
        return frame.with_columns(done.alias("completed"), pl.lit(None, pl.Int64).alias("entrants"))
    share = 0.97 + 0.02 * plan.chance("moving", year).random(_communes().height)
    kept = pl.DataFrame({"place": _communes()["place"], "_kept": share})
    finished = pl.col("start_pupils").filter(pl.col("level") == "tieu_hoc").sum().over("place") / 5
    seats = pl.col("start_pupils") / pl.col("start_pupils").sum().over("place", "level")
    six = (finished * pl.col("_kept") * seats).round().cast(pl.Int64)
    entered = pl.when(pl.col("level") == "thcs").then(six).otherwise(left)
    return frame.join(kept, on="place", how="left").with_columns(
        entered.alias("entrants"), pl.lit(None, pl.Int64).alias("completed")
    )


def _staff(frame: pl.DataFrame, plan: Plan, year: int, of: str) -> pl.DataFrame:
    """Add managers and teachers: what the norms allow, less what cannot be filled."""
    n, chance = frame.height, plan.chance("staff", year, frame.height)
    severe = plan.chance("severe", year).choice(_communes()["place"].to_numpy(), SEVERE, replace=False)
    hard = {2022: 1.75, 2023: 1.5, 2024: 1.15, 2025: 1.0}.get(year, 0.9)
    rate = frame["missing"].to_numpy() * hard + frame["noise"].to_numpy() * 0.8 + chance.normal(0, 0.025, n)
    rate += np.isin(frame["place"].to_numpy(), severe) * 0.2 + {"dau_nam": 0.0, "giua_nam": 0.004, "cuoi_nam": 0.01}[of]
    rate = np.clip(rate, -0.1, 0.6)
    none = {name: pl.lit(0) for name in ("teachers_tenured", "teachers_contract")}
    posts = school_term(frame.with_columns(**none))["posts"].to_numpy().astype(float)
    units = (frame["groups"] + frame["classes"]).to_numpy()
    private = np.isnan(posts)
    teachers = np.maximum(np.rint(np.where(private, units * 1.9, posts * (1 - rate))), 2).astype(np.int64)
    hired = np.clip(0.03 + 0.3 * np.maximum(rate, 0) + chance.normal(0, 0.015, n), 0, 0.4)
    contract = np.where(private, teachers, np.rint(teachers * hired).astype(np.int64))
    qualified = np.minimum(np.rint(teachers * np.clip(chance.normal(0.988, 0.012, n), 0.9, 1)), teachers)
    above = np.rint(teachers * np.clip(chance.normal(0.337, 0.08, n), 0, 0.9))
    return frame.with_columns(
        pl.Series("managers", np.where(units >= 20, 3, 2)), pl.Series("teachers_tenured", teachers - contract),
        pl.Series("teachers_contract", contract), pl.Series("teachers_qualified", qualified.astype(np.int64)),
        pl.Series("teachers_above", above.astype(np.int64)),
    )


def _rooms(frame: pl.DataFrame, chance: np.random.Generator) -> pl.DataFrame:
    """Add classrooms: solid ones fewer in the mountains, temporary ones nearly only there."""
    n, region = frame.height, frame["region"].cast(pl.Int64).to_numpy() - 1
    rooms = np.rint((frame["groups"] + frame["classes"]).to_numpy() * 1.03).astype(np.int64)
    rest = chance.binomial(rooms, np.array([0.185, 0.12, 0.067])[region])
    return frame.with_columns(
        pl.Series("rooms", rooms), pl.Series("rooms_solid", rooms - rest),
        pl.Series("rooms_temporary", chance.binomial(rest, np.array([0.3, 0.12, 0.02])[region][:n])),
    )


def mended(seed: int, profile: str, year: int, of: str, weeks: list[date]) -> pl.DataFrame:
    """Return the schools that mend their list in the last of these weeks, with all they mended since the round."""
    frame, plan = school_round(seed, profile, year, of), _plan(seed, profile)
    changes: dict[str, Ints] = {name: np.zeros(frame.height, np.int64) for name in ("teachers_contract", "pupils")}
    chosen = np.zeros(0, np.int64)
    for week in weeks:
        chance = plan.chance("mended", week)
        chosen = np.sort(chance.choice(frame.height, max(3, frame.height // 80), replace=False))
        changes["teachers_contract"][chosen] += chance.choice([-1, 1, 1, 2], len(chosen))
        changes["pupils"][chosen] += chance.integers(-3, 4, len(chosen))
    told: dict[str, Any] = {
        name: (pl.Series(added) + pl.col(name)).clip(lower_bound=0) for name, added in changes.items()
    }
    frame = frame.with_columns(**told).with_columns(
        pl.min_horizontal("girls", "pupils"),
        pl.min_horizontal("teachers_qualified", pl.col("teachers_tenured") + pl.col("teachers_contract"))
        .alias("teachers_qualified"),
    )
    return frame[chosen.tolist()]
