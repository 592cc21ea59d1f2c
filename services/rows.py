"""Lists of a fact's rows for those entitled: rows of the viewer's places, personal columns only by right."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from config.locale import say
from config.models import ListOf
from config.registry import load_registry
from data_access.database import now
from data_access.rows import Page, list_rows
from services.access import Viewer, may, row_places
from services.figure import Period
from services.indicators import NotEntitled
from services.methods.folding import fold_text
from services.question import QuestionError


def domain_of(fact: str) -> str:
    """Return the domain whose source fills a fact."""
    return next(s.domain for s in load_registry().sources.values() if s.fact == fact)


def sees_single(viewer: Viewer, fact: str) -> bool:
    """Say whether a viewer may see a fact's single rows where these are about persons (`hide_below`)."""
    indicators = load_registry().indicators.values()
    persons = any(i.hide_below and getattr(i.origin, "fact", None) == fact for i in indicators)
    return not persons or may(viewer, "see_small_cells", domain=domain_of(fact)).allowed


def may_list(viewer: Viewer, fact: str) -> bool:
    """Say whether a viewer may see single rows at all: published ones, or signed in to work, in the fact's domain."""
    if load_registry().facts[fact].published:
        return True
    domain = domain_of(fact)
    working = may(viewer, "open_pages", domain=domain) and may(viewer, "see_internal", domain=domain)
    return bool(working) and sees_single(viewer, fact)


def sees_restricted(viewer: Viewer, fact: str) -> bool:
    """Say whether a viewer may see the restricted (personal) columns of a fact."""
    return may(viewer, "see_restricted", domain=domain_of(fact)).allowed


def rows(
    fact: str, viewer: Viewer, *, list: str = "all", where: Mapping[str, str | Sequence[str]] | None = None,
    search: str = "", period: Period | None = None, at: datetime | None = None, offset: int = 0, limit: int = 50,
) -> Page:  # fmt: skip
    """Return a page of a declared list of a fact (`lists:`; `all` always exists) and how many rows it has.

    `search`: words that must all occur, with or without accents; `period`: in the list's own time.
    Raises NotEntitled, or QuestionError for an unknown list or filter, with what there is.
    """
    declared = load_registry().facts[fact]
    lists = {"all": ListOf(), **declared.lists}
    if not may_list(viewer, fact):
        raise NotEntitled(say("access.list_not_allowed"))
    if list not in lists:
        raise QuestionError(say("access.list_unknown", list=list, lists=", ".join(lists)))
    possible = [c for c in declared.columns if c not in declared.restricted]
    if unknown := set(where or {}) - set(possible):
        raise QuestionError(say("access.list_filter_unknown", filter=sorted(unknown)[0], filters=", ".join(possible)))
    return list_rows(
        declared, lists[list], places=row_places(viewer), personal=sees_restricted(viewer, fact), at=at or now(),
        where=where or {}, span=(period.start, period.end) if period else None, words=fold_text(search).split(),
        offset=offset, limit=limit,
    )  # fmt: skip


__all__ = ["Page", "domain_of", "may_list", "rows", "sees_restricted", "sees_single"]
