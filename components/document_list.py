"""The list of documents for those entitled: by group, searched with and without accents; headers only."""

from collections.abc import Sequence

from components import tables
from components.documents import column, text
from components.listing import Listing, listing
from components.screen import Screen
from components.tables import ColumnSpec

TIMED = ("done_late", "received", "issued")
WIDTHS = {
    "code": 160, "subject": 180, "issuer": 152, "agency": 152, "urgency": 92, "issued_at": 92, "open_from": 128,
    "due_at": 92, "finished_at": 128, "handling_hours": 72, "status": 100,
}  # fmt: skip
"""Every column has its share of the table, so that names are whole on the wall too."""


def _columns(_: Screen, group: str) -> Sequence[ColumnSpec]:
    kinds: dict[str, tables.Kind] = {"issued_at": "date", "open_from": "moment", "due_at": "date",
                                     "finished_at": "moment", "handling_hours": "number"}  # fmt: skip
    if group == "issued":
        names: tuple[str, ...] = ("code", "subject", "issuer", "issued_at", "urgency")
    else:
        done = ("finished_at", "handling_hours") if group in TIMED else ()
        names = ("code", "subject", "issuer", "agency", "urgency", "open_from", "due_at", *done, "status")
    return [column(n, f"documents_page.row_{n}", kinds.get(n, "text"), 1 if n == "handling_hours" else 0, WIDTHS[n])
            for n in names]  # fmt: skip


DOCUMENTS = Listing(
    fact="document",
    figures={
        "urgent_open": "doc_urgent_open", "open_late": "doc_open_late", "unaccepted": "doc_unaccepted",
        "open": "doc_backlog", "done_late": "doc_late", "received": "doc_in", "issued": "doc_out",
    },
    texts="documents_page",
    columns=_columns,
    codes={"issuer": "issuer", "agency": "agency", "urgency": "urgency", "status": "doc_status"},
    note=lambda screen: text(screen, "list_headers_only"),
)  # fmt: skip


def documents(screen: Screen) -> None:
    """Draw the list of documents."""
    listing(screen, DOCUMENTS)
