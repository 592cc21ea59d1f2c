"""Socio-economic figures: periods as printed, the plan's period codes, the pace of each target, disbursement now.

All are frame to frame. States (`SNAPSHOTS`) are told of a moment: nothing of a later period enters them.
"""

from calendar import monthrange
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

import polars as pl

from data_access.database import LOCAL
from services.methods.pace import MONTHS, needed_growth, pace
from services.methods.vintages import Discrepancy, Said, discrepancies

SHIFT: Final = timedelta(hours=7)
OLD_AFTER: Final = timedelta(days=92)
"""Age from which a result of the running year is called old (product choice)."""
TERM: Final = 2
"""Years ahead from which a target is one of a term, not of the next year's plan."""
BEHIND: Final = 0.9
"""Share of its own schedule under which an agency is behind (product choice)."""
SILENT_AFTER: Final = timedelta(days=14)
"""Days after which an agency that reports weekly has fallen silent."""
TET: Final = {2024: "2024-02-10", 2025: "2025-01-29", 2026: "2026-02-17"}
SPANS: Final = {"ytd": "cumulative", "to_date": "cumulative", "year": "cumulative"}


# What was printed

def _local(day: pl.Expr) -> pl.Expr:
    """Return the instant at which a local day begins."""
    return (day.cast(pl.Datetime("us")) - SHIFT).dt.replace_time_zone("UTC")


def last_day(text: pl.Expr) -> pl.Expr:
    """Return the last day of a period `2025`, `2025-09`, `2025-Q1`, `2025-H2`, `2025-09-30`, `2024-TET`."""
    year = text.str.slice(0, 4)
    part = text.str.slice(5)
    month = (
        pl.when(part == "").then(12).when(part == "H1").then(6).when(part == "H2").then(12)
        .when(part.str.starts_with("Q")).then(part.str.slice(1).cast(pl.Int64, strict=False) * 3)
        .otherwise(part.str.slice(0, 2).cast(pl.Int64, strict=False))
    )
    whole = pl.format("{}-{}-01", year, month.cast(pl.String).str.zfill(2)).str.to_date("%Y-%m-%d", strict=False)
    tet = year.cast(pl.Int64, strict=False).replace_strict(TET, default=None, return_dtype=pl.String).str.to_date()
    day = text.str.to_date("%Y-%m-%d", strict=False)
    return pl.when(part == "TET").then(tet).when(part.str.len_chars() == 5).then(day).otherwise(whole.dt.month_end())


def _first_day(text: pl.Expr) -> pl.Expr:
    """Return the first day of a period, for what is promised rather than done."""
    last = last_day(text)
    months = (
        pl.when(text.str.len_chars() == 4).then(12).when(text.str.contains("-H")).then(6)
        .when(text.str.contains("-Q")).then(3).otherwise(1)
    )
    return last.dt.month_start().dt.offset_by(pl.format("-{}mo", months - 1))


def _publisher(page: pl.Expr) -> pl.Expr:
    """Return who printed a figure: the host of an address (with what of the page), else the name before it."""
    host = page.str.extract(r"^https?://(?:www\.|m\.)?([^/]+)")
    part = page.str.extract(r"#(.+)$")
    several = page.str.starts_with("[")
    name = page.str.extract(r"^(.*?)(?:\s+[\"“\d(].*)?$").str.replace("(?i)^vneconomy$", "vneconomy.vn")
    return (
        pl.when(host.is_not_null() & part.is_not_null()).then(pl.format("{} ({})", host, part))
        .when(host.is_not_null()).then(host)
        .when(several).then(pl.lit("Nhiều báo"))
        .otherwise(name)
    )


def published(rows: pl.DataFrame) -> pl.DataFrame:
    """Add to printed figures: `time`, `span`, `publisher`, `published_at`, `stage`, `status`, `rounded`.

    A figure printed before its period ended is an estimate, whatever the page calls it. `status` is
    `preliminary` for an estimate or a preliminary figure; `official` only where the page says so.
    """
    promised = pl.col("kind").is_in(["plan", "target"])
    last = last_day(pl.col("period_code"))
    note = pl.col("note").fill_null("").str.to_lowercase()
    rows = rows.with_columns(
        _local(pl.when(promised).then(_first_day(pl.col("period_code"))).otherwise(last)).alias("time"),
        pl.when((pl.col("kind") == "quarter") & pl.col("period_code").str.ends_with("Q1")).then(pl.lit("cumulative"))
        .otherwise(pl.col("kind").replace(SPANS)).alias("span"),
        _publisher(pl.col("page")).alias("publisher"),
        pl.col("published").fill_null(""),
        pl.col("base").fill_null(""),
        _local(last_day(pl.col("published"))).alias("printed_at"),
        pl.when(note.str.contains("gần")).then(pl.lit("under")).when(note.str.contains("hơn")).then(pl.lit("over"))
        .when(note.str.contains("khoảng")).then(pl.lit("about")).otherwise(pl.lit("")).alias("rounded"),
    )
    early = ~promised & (pl.col("printed_at") <= pl.col("time"))
    stage = (
        pl.when(note.str.contains("chính thức")).then(pl.lit("official"))
        .when(note.str.contains("sơ bộ")).then(pl.lit("preliminary"))
        .when(note.str.contains(r"(^|\W)ước\b") | early).then(pl.lit("estimate")).otherwise(pl.lit("reported"))
    )
    unsettled = stage.is_in(["estimate", "preliminary"])
    return rows.with_columns(
        stage.alias("stage"),
        pl.when(unsettled).then(pl.lit("preliminary")).otherwise(stage).alias("status"),
        pl.coalesce("printed_at", "time").alias("published_at"),
    ).drop("printed_at")


# The plan's period codes

def plan_periods(rows: pl.DataFrame) -> pl.DataFrame:
    """Add `grain`, `starts` and `time` to targets whose `period_code` is `YYYY`, `YYYYQ` or `YYYYMM` (QĐ 2176/QĐ-UBND).

    `starts`: the first day of the period; `time`: the day the target was published, else that first day.
    """
    code = pl.col("period_code")
    size = code.str.len_chars()
    year, part = code.str.slice(0, 4), code.str.slice(4).cast(pl.Int64, strict=False)
    month = pl.when(size == 4).then(1).when(size == 5).then(part * 3 - 2).otherwise(part)
    first = pl.format("{}-{}-01", year, month.cast(pl.String).str.zfill(2)).str.to_date("%Y-%m-%d", strict=False)
    grain = pl.when(size == 4).then(pl.lit("year")).when(size == 5).then(pl.lit("quarter")).otherwise(pl.lit("month"))
    return rows.with_columns(
        grain.alias("grain"), _local(first).alias("starts"),
        pl.coalesce("published_at", _local(first)).alias("time"),
    )


# The pace of targets

class Result(NamedTuple):
    """A figure for the year so far, with the ratios printed beside it; some pages print nothing but ratios."""

    time: datetime
    value: float | None
    yoy: float | None
    plan_pct: float | None
    publisher: str
    status: str


@dataclass(frozen=True)
class Course:
    """The results of one indicator by local year and month; a month after the asked moment is not in it."""

    results: Mapping[tuple[int, float], Result]

    def latest(self, year: int) -> tuple[float, Result] | None:
        """Return the last result within a year, with the months it covers."""
        found = [(m, r) for (y, m), r in self.results.items() if y == year]
        return max(found, default=None, key=lambda pair: pair[0])

    def before(self, year: int, months: float) -> Result | None:
        """Return the result before the one that covers `months` of a year."""
        found = [(m, r) for (y, m), r in self.results.items() if y == year and m < months]
        return max(found, key=lambda pair: pair[0])[1] if found else None


def months_of(moment: datetime) -> float:
    """Return how many months of its year have passed at the end of the local day of a moment."""
    local = moment.astimezone(LOCAL)
    return local.month - 1 + local.day / monthrange(local.year, local.month)[1]


def courses(figures: pl.DataFrame, at: datetime) -> dict[str, Course]:
    """Return the last published results for the year so far, by indicator; January is its own total."""
    months = pl.col("time").dt.convert_time_zone("Asia/Ho_Chi_Minh").dt.month()
    total = (pl.col("span") == "cumulative") | ((pl.col("span") == "month") & (months == 1))
    known = figures.filter(
        total, pl.col("base") == "", pl.col("time") <= at, pl.coalesce("value", "yoy_pct").is_not_null()
    ).sort("published_at", "published", pl.col("span") != "month", "publisher")
    newest = known.unique(["series", "time"], keep="last", maintain_order=True)
    found: dict[str, dict[tuple[int, float], Result]] = {}
    for row in newest.iter_rows(named=True):
        told = Result(*(row[n] for n in ("time", "value", "yoy_pct", "plan_pct", "publisher", "status")))
        year = row["time"].astimezone(LOCAL).year
        found.setdefault(row["series"], {})[(year, months_of(row["time"]))] = told
    return {series: Course(results) for series, results in found.items()}


WORDS: Final = ("series", "period_code", "base", "agency", "horizon", "basis", "unit", "plan_origin", "document",
                "status", "publisher", "same_origin", "pace_by", "verdict")  # fmt: skip
NUMBERS: Final = ("plan", "done", "plan_pct", "same_last", "yoy", "previous", "share", "expected", "pace_pct",
                  "projected", "projected_pct", "needed")  # fmt: skip
STATE: Final[dict[str, Any]] = {
    **dict.fromkeys(WORDS, pl.String), **dict.fromkeys(NUMBERS, pl.Float64), "year": pl.Int64, "old": pl.Boolean,
    **dict.fromkeys(("done_time", "previous_time"), pl.Datetime("us", "UTC")),
}  # fmt: skip


def _local_year(moment: pl.Expr) -> pl.Expr:
    return moment.dt.convert_time_zone("Asia/Ho_Chi_Minh").dt.year().cast(pl.Int64)


def _year_of(at: datetime) -> int:
    """Return the local year that a moment closes: the end of a year is still that year."""
    return (at - timedelta(microseconds=1)).astimezone(LOCAL).year


def _measured(course: Course, level: bool) -> Course:
    """Return a course in one measure: the level or, for sums, the value, else the share of the plan printed."""
    def measure(r: Result) -> Result:
        if level:
            return r if r.value is not None else r._replace(value=r.yoy, yoy=None)
        return r

    kept = {k: measure(r) for k, r in course.results.items()}
    return Course({k: r for k, r in kept.items() if r.value is not None})


def _in_shares(course: Course) -> Course:
    """Return a course whose pages print no values, as the shares of the year's plan (%) that they print."""
    shares = {k: r._replace(value=r.plan_pct, plan_pct=None, yoy=None) for k, r in course.results.items()}
    return Course({k: r for k, r in shares.items() if r.value is not None})


def _plan_of(row: Mapping[str, Any], course: Course, now: Result | None) -> tuple[float | None, str]:
    """Return the plan in the unit of the result and where it is from: published, growth, implied or none."""
    if row["basis"] == "growth":
        last = course.results.get((row["year"] - 1, MONTHS))
        if last and last.value is not None and row["value"] is not None:
            return last.value * (1 + row["value"] / 100), "growth"
    elif row["value"] is not None:
        return row["value"], "published"
    if now and now.plan_pct and now.value:
        return now.value / now.plan_pct * 100, "implied"
    return None, "none"


def _verdict(basis: str, plan: float | None, done: float | None, months: float, projected: float | None) -> str:
    if done is None or plan is None:
        return "no_data" if done is None and plan is None else "no_result" if done is None else "no_plan"
    if basis == "lower" or basis == "level":
        holds = done <= plan if basis == "lower" else done >= plan
        return "missed" if not holds else "reached" if months >= MONTHS else "on_track"
    if done >= plan:
        return "reached"
    return "on_track" if months < MONTHS and projected is not None and projected >= plan else "missed"


def _same_last(course: Course, year: int, months: float, now: Result) -> tuple[float | None, str]:
    """Return last year's result at this point, as published, else as the printed growth implies."""
    if (result := course.results.get((year - 1, months))) and result.value is not None:
        return result.value, "published"
    if now.value is None or now.yoy is None or now.yoy <= -100:
        return None, ""
    return now.value / (1 + now.yoy / 100), "implied"


def _running(row: Mapping[str, Any], told: Course, at: datetime) -> dict[str, Any]:
    """Return the state of one target of the running (or closed) year."""
    year, level = row["year"], row["basis"] in ("level", "lower")
    course = _measured(told, level)
    found = course.latest(year)
    plan, origin = _plan_of(row, course, found[1] if found else None)
    if found is None and plan is None and not level and (shares := _in_shares(told)).latest(year):
        course, plan, origin = shares, 100.0, "share"
        found = course.latest(year)
    state: dict[str, Any] = {"plan": plan, "plan_origin": origin, "horizon": "year"}
    if found is None:
        return state | {"verdict": _verdict(row["basis"], plan, None, 0, None)}
    return state | _held_against(row["basis"], plan, course, year, *found, at)


def _held_against(
    basis: str, plan: float | None, course: Course, year: int, months: float, now: Result, at: datetime
) -> dict[str, Any]:
    level = basis in ("level", "lower")
    same, same_origin = _same_last(course, year, months, now)
    total = None if level else course.results.get((year - 1, MONTHS))
    found = pace(plan, now.value, MONTHS if level else months, same, total.value if total else None)
    previous = course.before(year, months)
    closed = "closed" if months >= MONTHS else "seasonal" if found.seasonal else "linear"
    value = now.value or 0.0
    return {
        "done": now.value, "done_time": now.time, "status": now.status, "publisher": now.publisher,
        "plan_pct": value / plan * 100 if plan and not level else None,
        "same_last": same, "same_origin": same_origin,
        "yoy": now.yoy if now.yoy is not None or level or not same else (value / same - 1) * 100,
        "previous": previous.value if previous else None, "previous_time": previous.time if previous else None,
        "share": found.share, "expected": found.expected, "pace_pct": found.pct,
        "pace_by": "level" if level else closed,
        "projected": found.projected,
        "projected_pct": found.projected / plan * 100 if plan and found.projected is not None else None,
        "verdict": _verdict(basis, plan, now.value, months, found.projected),
        "old": months < MONTHS and at - now.time > OLD_AFTER,
    }  # fmt: skip


def _later(row: Mapping[str, Any], told: Course, year: int) -> dict[str, Any]:
    """Return the state of a target of a later year: where it stands and how fast it must rise."""
    course = _measured(told, level=True)
    known = [key for key in course.results if key[0] <= year]
    now = course.results[max(known)] if known else None
    state: dict[str, Any] = {"plan": row["value"], "plan_origin": "published", "horizon": "term", "verdict": "term"}
    if now is None or now.value is None:
        return state
    rises = row["unit"] != "%"
    years = row["year"] - max(known)[0]
    return state | {
        "done": now.value, "done_time": now.time, "status": now.status, "publisher": now.publisher,
        "needed": needed_growth(now.value, row["value"], years) if rises and row["value"] else None,
    }  # fmt: skip


def target_states(
    rows: pl.DataFrame, at: datetime, figures: pl.DataFrame, plans: pl.DataFrame
) -> pl.DataFrame:
    """Return the state of every target at a moment: those of its year, and those of later years adopted by then.

    `verdict`: reached, on_track or missed (at this pace); no_result, no_plan, no_data; `term` for later years.
    """
    year = _year_of(at)
    own = _local_year(pl.col("starts"))
    far = pl.col("value").is_not_null() & (own - _local_year(pl.col("time")) >= TERM)
    known = plans.with_columns(own.alias("year")).filter(
        pl.col("grain") == "year", (own == year) | ((own > year) & far), pl.col("time") <= at
    )
    latest = known.sort("time").unique(["series", "year"], keep="last", maintain_order=True)
    told = courses(figures, at)
    nothing = Course({})
    made = []
    for row in latest.sort("year", "series").iter_rows(named=True):
        course = told.get(row["series"], nothing)
        state = _running(row, course, at) if row["year"] == year else _later(row, course, year)
        same = {n: row[n] for n in ("series", "period_code", "base", "agency", "year", "basis", "document")}
        made.append({**dict.fromkeys(STATE), **same, "unit": _unit(row, state, figures), "old": False, **state})
    return pl.DataFrame(made, schema=STATE)


def _unit(row: Mapping[str, Any], state: Mapping[str, Any], figures: pl.DataFrame) -> str:
    """Return the unit of a state: a share of the plan, the figures' own for a promised growth, else the plan's."""
    if state["plan_origin"] == "share":
        return "% KH"
    if row["basis"] != "growth":
        return str(row["unit"])
    found = figures.filter(pl.col("series") == row["series"])["unit"]
    return str(found[0]) if found.len() else ""


# What was said when

def _said(figures: pl.DataFrame) -> Iterable[Said]:
    names = ("series", "kind", "period_code", "base", "publisher", "published", "published_at", "unit", "value",
             "mom_pct", "yoy_pct", "plan_pct", "rounded")  # fmt: skip
    known = figures.filter(~pl.col("kind").is_in(["plan", "target"]))
    return (Said(*row) for row in known.select(names).iter_rows())


def discrepancy_states(rows: pl.DataFrame, at: datetime, figures: pl.DataFrame) -> pl.DataFrame:
    """Return the statements that cannot both be right among the figures published by a moment.

    `what` is wrong (revised, silent, conflict, impossible, decreasing); the other names are the first statement's.
    """
    found = discrepancies(list(_said(figures.filter(pl.col("published_at") <= at))))
    numbers = ("first", "second", "gap", "gap_pct")
    schema: dict[str, Any] = {n: pl.Float64 if n in numbers else pl.String for n in Discrepancy._fields}
    names = {"kind": "what", "period_kind": "kind", "period": "period_code", "first_by": "publisher",
             "first_on": "published"}  # fmt: skip
    return pl.DataFrame([d._asdict() for d in found], schema=schema).rename(names)


def printed_states(rows: pl.DataFrame, at: datetime, figures: pl.DataFrame) -> pl.DataFrame:
    """Return every figure published by a moment, the newest first."""
    known = figures.filter(pl.col("published_at") <= at)
    return known.sort("published_at", "series", "period_code", descending=[True, False, True])


# Public investment

def investment_states(rows: pl.DataFrame, at: datetime) -> pl.DataFrame:
    """Return each agency's last report of the budget year of a moment, with rates (%) and whether it is behind.

    Rates over both plans may exceed 100: one plan is not the other's ceiling.
    """
    def per(column: str) -> pl.Expr:
        return pl.when(pl.col(column) > 0).then(pl.col("disbursed") / pl.col(column) * 100)

    return rows.filter(pl.col("budget_year") == _year_of(at)).with_columns(
        per("plan_central").alias("central_pct"),
        per("plan_province").alias("province_pct"),
        per("schedule").alias("schedule_pct"),
        (pl.col("disbursed") < BEHIND * pl.col("schedule")).fill_null(False).alias("behind"),
        (pl.lit(at) - pl.col("time") > SILENT_AFTER).alias("silent"),
    )


METHODS: dict[str, Callable[[pl.DataFrame], pl.DataFrame]] = {
    "eco_published": published, "eco_plan_periods": plan_periods,
}
SNAPSHOTS: dict[str, Callable[..., pl.DataFrame]] = {
    "eco_targets": target_states, "eco_discrepancies": discrepancy_states, "eco_printed": printed_states,
    "eco_investment": investment_states,
}
