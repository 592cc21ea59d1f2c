"""The list of single cases, for those alone who may see sensitive health data."""

from collections.abc import Sequence

from components.health import column, text
from components.listing import Listing, listing
from components.screen import Screen
from components.states import empty
from components.tables import ColumnSpec, Kind
from services.health import sees_cells

TIMES: dict[str, Kind] = {"onset_at": "date", "diagnosed_at": "moment", "reported_at": "moment", "due_at": "moment"}
SHOWN = ("case", "disease", "place", "onset_at", "diagnosed_at", "due_at", "reported_at", "facility", "age_group",
         "diagnosis", "outcome", "cluster")  # fmt: skip


def _columns(_: Screen, group: str) -> Sequence[ColumnSpec]:
    return [column(name, TIMES.get(name, "text")) for name in SHOWN]


CASES = Listing(
    fact="case_report",
    figures={"late": "hlt_reports", "all": "hlt_reports", "linked": "hlt_reports", "deaths": "hlt_deaths"},
    texts="health_page",
    columns=_columns,
    codes={name: name for name in ("disease", "place", "facility", "diagnosis", "outcome")},
    note=lambda screen: text(screen, "list_note"),
)


def cases(screen: Screen) -> None:
    """Draw the list of cases; whoever is not entitled reads why."""
    if sees_cells(screen.viewer):
        listing(screen, CASES)
        return
    lang = screen.language
    with screen.card("list_case_report"):
        empty(text(screen, "list_refused"), text(screen, "list_refused_do"), lang, text(screen, "list_refused_title"))
