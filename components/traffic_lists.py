"""The lists of accidents and of violations for those entitled, with search and export; no person is in them."""

from collections.abc import Sequence

from components import tables
from components.listing import Listing, listing
from components.screen import Screen
from components.tables import ColumnSpec
from components.traffic import column, text

ACCIDENT_KINDS: dict[str, tables.Kind] = {"occurred_at": "moment", "deaths": "number", "injured": "number"}
VIOLATION_KINDS: dict[str, tables.Kind] = {
    "detected_at": "moment", "fined_at": "date", "paid_at": "date", "fine_vnd": "number",
}  # fmt: skip
WIDTHS = {"accident": 140, "address": 220, "place": 150, "severity": 130, "cause": 150, "deaths": 60, "injured": 80,
          "violation": 150, "kind": 150, "unit": 150, "state": 130, "outcome": 120}  # fmt: skip


def _private(screen: Screen) -> str:
    return text(screen, "list_private")


def _accidents(_: Screen, group: str) -> Sequence[ColumnSpec]:
    names = ("accident", "occurred_at", "address", "place", "severity", "deaths", "injured", "cause")
    return [column(n, ACCIDENT_KINDS.get(n, "text"), width=WIDTHS.get(n)) for n in names]


def _violations(_: Screen, group: str) -> Sequence[ColumnSpec]:
    after = {"unverified": (), "unpaid": ("fined_at", "fine_vnd"), "dropped": ("outcome",)}
    told = after.get(group, ("state", "fined_at", "fine_vnd", "paid_at"))
    names = ("violation", "detected_at", "kind", "channel", "unit", "place", *told)
    return [column(n, VIOLATION_KINDS.get(n, "text"), width=WIDTHS.get(n)) for n in names]


ACCIDENTS = Listing(
    fact="accident", figures={"fatal": "trf_fatal", "all": "trf_crashes"}, texts="traffic_page", columns=_accidents,
    codes={"place": "place", "severity": "severity", "cause": "cause"}, note=_private,
)  # fmt: skip
VIOLATIONS = Listing(
    fact="violation",
    figures={"unverified": "trf_unverified_late", "unpaid": "trf_unpaid_late", "dropped": "trf_dropped",
             "all": "trf_detected"},
    texts="traffic_page", columns=_violations,
    codes={"place": "place", "kind": "kind", "channel": "channel", "unit": "unit", "state": "state",
           "outcome": "outcome"},
    note=_private,
)  # fmt: skip


def accidents(screen: Screen) -> None:
    """Draw the list of accidents."""
    listing(screen, ACCIDENTS)


def violations(screen: Screen) -> None:
    """Draw the list of violations, those waiting too long first."""
    listing(screen, VIOLATIONS)
