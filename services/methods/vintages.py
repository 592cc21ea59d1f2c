"""What published figures say against each other: revisions, silent ones, sources that disagree, misprints.

A printed number stands for the interval it was rounded from; two statements disagree only where no true
value could have been printed as both.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Final, Literal, NamedTuple

from services.methods.pace import weighted

Kind = Literal["revised", "silent", "conflict", "impossible", "decreasing"]
Interval = tuple[float, float]
ONE_BREATH: Final = timedelta(days=31)
"""Two publishers within this time disagree; later, the later one is a revision (product choice)."""
HEADLINE: Final = "tieu_de"
"""The base of a number in a headline: held against the text's own, never used as a figure."""
MEAN_TOLERANCE: Final = 2.0
"""Points by which a growth of two months may lie off the mean of both (their weights are not published)."""


SECTORS: Final = ("industry_construction", "services", "agriculture")
SECTOR_TOLERANCE: Final = 0.5
"""Points by which the weighted growth of the sectors may miss that of the whole."""


@dataclass(frozen=True)
class Said:
    """One published figure. `rounded`: '' as printed, under ("gần"), over ("hơn"), about ("khoảng")."""

    series: str
    kind: str
    period: str
    base: str
    publisher: str
    published: str
    published_at: datetime
    unit: str
    value: float | None = None
    mom: float | None = None
    yoy: float | None = None
    plan: float | None = None
    rounded: str = ""


class Discrepancy(NamedTuple):
    """Two statements that cannot both be right; `gap` in the unit, `gap_pct` of the first.

    `basis`: what shows it: vintage, yoy, plan (as printed), mom, ytd, last_year, mean, sectors (by arithmetic).
    """

    kind: Kind
    basis: str
    series: str
    period_kind: str
    period: str
    base: str
    unit: str
    first: float
    first_by: str
    first_on: str
    second: float
    second_by: str
    second_on: str
    gap: float
    gap_pct: float | None


def last_place(value: float) -> float:
    """Return the place value of the last digit that is not 0: 100 for 6300, 0.1 for 649.3."""
    exponent = Decimal(repr(value)).normalize().as_tuple().exponent
    return float(10.0**exponent) if isinstance(exponent, int) else 0.0


def printed(value: float, rounded: str = "", most: float = float("inf")) -> Interval:
    """Return the interval of true values behind a printed one; `most`: the coarsest rounding thought of."""
    place = min(last_place(value), most)
    match rounded:
        case "under":
            return value - place, value
        case "over":
            return value, value + place
        case "about":
            return value - place, value + place
    return value - place / 2, value + place / 2


def rate(value: float) -> Interval:
    """Return the interval behind a printed percentage."""
    return printed(value, most=1.0)


def before(value: Interval, change: float) -> Interval:
    """Return what a value was before it changed by a printed percentage."""
    low, high = rate(change)
    corners = [v / (1 + c / 100) for v in value for c in (low, high)]
    return min(corners), max(corners)


def apart(a: Interval, b: Interval) -> bool:
    """Say whether two intervals have no value in common."""
    slack = 1e-9 * max(map(abs, (*a, *b)), default=0.0)
    return a[1] < b[0] - slack or b[1] < a[0] - slack


def _span(said: Said) -> Interval:
    assert said.value is not None
    return printed(said.value, said.rounded)


def _found(kind: Kind, basis: str, first: Said, second: Said, values: tuple[float, float], unit: str) -> Discrepancy:
    gap = values[1] - values[0]
    return Discrepancy(
        kind, basis, first.series, first.kind, first.period, first.base, unit,
        values[0], first.publisher, first.published, values[1], second.publisher, second.published,
        gap, gap / abs(values[0]) * 100 if values[0] and unit != "%" else None,
    )  # fmt: skip


def _vintages(rows: Sequence[Said]) -> Iterator[Discrepancy]:
    """Yield where one indicator and period was told differently, in the order of telling."""
    for first, second in pairwise(sorted(rows, key=lambda s: (s.published_at, s.published, s.publisher))):
        near = second.published_at - first.published_at <= ONE_BREATH and first.published and second.published
        kind: Kind = "conflict" if near and first.publisher != second.publisher else "revised"
        if first.value is not None and second.value is not None and apart(_span(first), _span(second)):
            yield _found(kind, "vintage", first, second, (first.value, second.value), first.unit)
            continue
        for basis, a, b in (("yoy", first.yoy, second.yoy), ("plan", first.plan, second.plan)):
            if a is not None and b is not None and apart(rate(a), rate(b)):
                yield _found(kind, basis, first, second, (a, b), "%")


def _newest(rows: Iterable[Said]) -> dict[tuple[str, str, str], Said]:
    """Return the last told of each indicator, kind and period, of the usual base."""
    told = sorted((r for r in rows if not r.base), key=lambda s: (s.published_at, s.published))
    return {(r.series, r.kind, r.period): r for r in told}


def _month_before(period: str) -> str | None:
    year, month = int(period[:4]), int(period[5:7])
    return f"{year}-{month - 1:02d}" if month > 1 else None


def _year_before(period: str) -> str:
    return f"{int(period[:4]) - 1}{period[4:]}"


def _by_arithmetic(said: Said, newest: dict[tuple[str, str, str], Said]) -> Iterator[Discrepancy]:
    """Yield what a later figure says of an earlier one without naming it."""
    if said.value is None:
        return

    def implied(basis: str, earlier: Said | None, interval: Interval, value: float) -> Iterator[Discrepancy]:
        if earlier and earlier.value is not None and apart(interval, _span(earlier)):
            yield _found("silent", basis, earlier, said, (earlier.value, value), said.unit)

    months = said.kind in ("month", "ytd")
    if said.mom is not None and said.kind == "month":
        year, month = int(said.period[:4]), int(said.period[5:7])
        previous = f"{year}-{month - 1:02d}" if month > 1 else f"{year - 1}-12"
        earlier = newest.get((said.series, "month", previous))
        yield from implied("mom", earlier, before(_span(said), said.mom), said.value / (1 + said.mom / 100))
    if said.kind == "ytd" and (previous_month := _month_before(said.period)):
        month_row = newest.get((said.series, "month", said.period))
        if month_row and month_row.value is not None and not _is_impossible(month_row, said):
            (low, high), (least, most) = _span(said), _span(month_row)
            earlier = newest.get((said.series, "ytd", previous_month))
            yield from implied("ytd", earlier, (low - most, high - least), said.value - month_row.value)
    if said.yoy is not None and (months or said.kind in ("year", "quarter")):
        earlier = newest.get((said.series, said.kind, _year_before(said.period)))
        yield from implied("last_year", earlier, before(_span(said), said.yoy), said.value / (1 + said.yoy / 100))


def _is_impossible(month: Said, total: Said) -> bool:
    return month.value is not None and total.value is not None and _span(month)[0] > _span(total)[1]


def _totals(newest: dict[tuple[str, str, str], Said]) -> Iterator[Discrepancy]:
    """Yield months greater than the year so far, and years so far that shrink."""
    running: dict[tuple[str, str], Said] = {}
    for (series, kind, period), said in sorted(newest.items()):
        if said.value is None or kind not in ("month", "ytd"):
            continue
        total = newest.get((series, "ytd", period))
        if kind == "month":
            if total and total.value is not None and _is_impossible(said, total):
                yield _found("impossible", "vintage", said, total, (said.value, total.value), said.unit)
            continue
        earlier = running.get((series, period[:4]))
        if earlier and earlier.value is not None and _span(said)[1] < _span(earlier)[0]:
            yield _found("decreasing", "vintage", earlier, said, (earlier.value, said.value), said.unit)
        running[(series, period[:4])] = said


def _means(newest: dict[tuple[str, str, str], Said]) -> Iterator[Discrepancy]:
    """Yield growth of January and February that lies off the mean of both: one of them was changed."""
    for (series, kind, period), said in newest.items():
        if kind != "ytd" or not period.endswith("-02") or said.value is not None or said.yoy is None:
            continue
        both = [newest.get((series, "month", f"{period[:4]}-{month}")) for month in ("01", "02")]
        rates = [m.yoy for m in both if m and m.yoy is not None]
        first = both[0]
        if len(rates) == 2 and first and abs(sum(rates) / 2 - said.yoy) > MEAN_TOLERANCE:
            yield _found("silent", "mean", first, said, (rates[0], 2 * said.yoy - rates[1]), "%")


def _sectors(newest: dict[tuple[str, str, str], Said]) -> Iterator[Discrepancy]:
    """Yield years whose sectors, weighted by their share, do not make the growth of the whole; taxes are the rest."""
    for (series, kind, period), whole in newest.items():
        if (series, kind) != ("grdp_growth_pct", "year") or whole.yoy is None:
            continue
        told = [(newest.get((f"grdp_share_{s}_pct", kind, period)), newest.get((f"grdp_growth_{s}_pct", kind, period)))
                for s in SECTORS]  # fmt: skip
        parts = [(a.value, b.yoy) for a, b in told if a and b and a.value is not None and b.yoy is not None]
        taxes = newest.get(("grdp_growth_tax_pct", kind, period))
        if len(parts) < len(SECTORS) or taxes is None or taxes.yoy is None:
            continue
        made = weighted([*parts, (max(0.0, 100 - sum(share for share, _ in parts)), taxes.yoy)])
        if abs(made - whole.yoy) > SECTOR_TOLERANCE:
            yield _found("conflict", "sectors", whole, taxes, (whole.yoy, made), "%")


def discrepancies(rows: Sequence[Said]) -> list[Discrepancy]:
    """Return every pair of statements that cannot both be right, grouped by indicator and period."""
    alike: dict[tuple[str, str, str, str], list[Said]] = defaultdict(list)
    for row in rows:
        alike[(row.series, row.kind, row.period, row.base.removeprefix(HEADLINE))].append(row)
    newest = _newest(rows)
    found = [d for group in alike.values() if len(group) > 1 for d in _vintages(group)]
    found += [d for said in newest.values() for d in _by_arithmetic(said, newest)]
    found += [*_totals(newest), *_means(newest), *_sectors(newest)]
    return sorted(found, key=lambda d: (d.series, d.period, d.kind))
