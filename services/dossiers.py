"""The list of dossiers for those entitled: rows of the viewer's places, personal data only by right."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from config.locale import say
from data_access import dossiers
from data_access.database import now
from data_access.dossiers import STATES, Page
from services.access import Viewer, may, row_places
from services.figure import Period
from services.indicators import NotEntitled
from services.question import QuestionError

DOMAIN = "public_services"
FILTERS = frozenset({"place", "agency", "channel", "status", "field", "procedure", "dossier"})


def sees_applicants(viewer: Viewer) -> bool:
    """Say whether a viewer may see who handed a dossier in: restricted data of this domain."""
    return may(viewer, "see_restricted", domain=DOMAIN).allowed


def may_list(viewer: Viewer) -> bool:
    """Say whether a viewer may see single dossiers at all: signed in to work, in this domain."""
    return bool(may(viewer, "open_pages", domain=DOMAIN)) and bool(may(viewer, "see_internal", domain=DOMAIN))


def dossier_list(
    viewer: Viewer, *, state: str = "open_late", where: Mapping[str, str | Sequence[str]] | None = None,
    period: Period | None = None, at: datetime | None = None, offset: int = 0, limit: int = 50,
) -> Page:
    """Return a page of dossiers that a viewer may see and how many there are; `applicant` only by right.

    `state`: all, open, open_late, due_soon, done_late. Raises NotEntitled, or QuestionError for an unknown
    state or filter.
    """
    if not may_list(viewer):
        raise NotEntitled(say("public_services.list_not_allowed"))
    if state not in STATES:
        raise QuestionError(say("public_services.list_state_unknown", state=state, states=", ".join(STATES)))
    if unknown := set(where or {}) - FILTERS:
        raise QuestionError(say("public_services.list_filter_unknown", filter=sorted(unknown)[0],
                                filters=", ".join(sorted(FILTERS))))
    span = (period.start, period.end) if period else None
    return dossiers.list_dossiers(row_places(viewer), personal=sees_applicants(viewer), at=at or now(),
                                  state=state, where=where, period=span, offset=offset, limit=limit)
