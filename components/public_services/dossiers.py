"""The list of dossiers, for those entitled to it."""

from collections.abc import Sequence

from components import tables
from components.listing import Listing, listing
from components.public_services.terms import column, text
from components.screen import Screen
from components.tables import ColumnSpec
from services.rows import sees_restricted

TIMED = ("done_late", "all")
WIDTHS = {
    "dossier": 216, "procedure_name": 158, "agency": 182, "applicant": 176, "received_at": 104, "clock_due_at": 132,
    "finished_at": 96, "late_days": 84, "status": 96, "channel": 90, "supplements": 104,
}  # fmt: skip


def _columns(screen: Screen, group: str) -> Sequence[ColumnSpec]:
    ended = ("finished_at", "late_days") if group in TIMED else ()
    person = ("applicant",) if sees_restricted(screen.viewer, "dossier") else ()
    names = ("dossier", "procedure_name", "agency", *person, "received_at", "clock_due_at", *ended, "status",
             "channel", "supplements")  # fmt: skip
    kinds: dict[str, tables.Kind] = {"received_at": "date", "clock_due_at": "moment", "finished_at": "date",
                                     "late_days": "number", "supplements": "number"}  # fmt: skip
    return [column(n, f"public_services.column_{n}", kinds.get(n, "text"), 0, WIDTHS[n]) for n in names]


def _note(screen: Screen) -> str:
    return "" if sees_restricted(screen.viewer, "dossier") else text(screen, "list_no_applicant")


DOSSIERS = Listing(
    fact="dossier",
    figures={"open_late": "dvc_open_late", "due_soon": "dvc_due_soon", "done_late": "dvc_late", "open": "dvc_open",
             "all": "dvc_received"},
    texts="public_services_page",
    columns=_columns,
    codes={"agency": "agency", "place": "place", "channel": "channel", "status": "status"},
    note=_note,
)  # fmt: skip


def dossiers(screen: Screen) -> None:
    """Draw the list of dossiers."""
    listing(screen, DOSSIERS)
