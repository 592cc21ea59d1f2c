"""The pace of a plan: how far a year's result should be by now, and where it ends at this pace."""

from collections.abc import Sequence
from typing import NamedTuple

MONTHS = 12.0


class Pace(NamedTuple):
    """The share of a year's plan due by now, what that is, how the result stands to it (%), and the year's end.

    `seasonal`: the share is last year's own at this point; otherwise it grows evenly with the months.
    """

    share: float
    seasonal: bool
    expected: float | None
    pct: float | None
    projected: float | None


def share_of(months: float, same_last: float | None, total_last: float | None) -> tuple[float, bool]:
    """Return the share of a year's result usual after `months` (0 to 12), and whether last year told it."""
    if months >= MONTHS:
        return 1.0, False
    if same_last and total_last and 0 < same_last <= total_last:
        return same_last / total_last, True
    return months / MONTHS, False


def pace(
    plan: float | None, done: float | None, months: float, same_last: float | None, total_last: float | None
) -> Pace:
    """Hold what was done in the first `months` of a year against its plan.

    `same_last`, `total_last`: last year's result at this point and in the whole year, in the unit of the plan.
    """
    share, seasonal = share_of(months, same_last, total_last)
    expected = None if plan is None else plan * share
    if done is None or share <= 0:
        return Pace(share, seasonal, expected, None, None)
    return Pace(share, seasonal, expected, done / expected * 100 if expected else None, done / share)


def needed_growth(now: float, target: float, years: int) -> float | None:
    """Return the growth a year (%) that brings a level to a target in so many years; None where there is no way."""
    return ((target / now) ** (1 / years) - 1) * 100 if years > 0 and now > 0 and target > 0 else None


def weighted(parts: Sequence[tuple[float, float]]) -> float:
    """Return the growth of the whole (%) from its parts: (share %, growth %) of each, shares in any sum."""
    return sum(share * growth for share, growth in parts) / sum(share for share, _ in parts)
