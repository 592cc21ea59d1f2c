"""Who may do what: the viewer, the permissions of roles, the scope of places and domains."""

from dataclasses import dataclass

from config.locale import say
from config.models import Text
from config.pages import Page
from config.roles import load_permissions, load_roles

SYSTEM_ROLE = "system"
CITIZEN_ROLE = "citizen"


@dataclass(frozen=True)
class Viewer:
    """Whoever asks: an account with its role and scope.

    `places` and `domains` hold codes; None means all, an empty set none.
    """

    user: str
    role: str
    places: frozenset[str] | None
    domains: frozenset[str] | None
    agency: str | None = None


SYSTEM = Viewer("system", SYSTEM_ROLE, None, None)
"""The operators' command line and the worker: sees and does all. No account can have its role."""

CITIZEN = Viewer("citizen", CITIZEN_ROLE, frozenset(), None)
"""Whoever is not signed in: public figures, no rows."""


@dataclass(frozen=True)
class Decision:
    """Whether something is allowed and, where not, why; reasons are empty when allowed."""

    allowed: bool
    reason_vi: str = ""
    reason_en: str = ""

    def __bool__(self) -> bool:
        """Say whether it is allowed."""
        return self.allowed


ALLOWED = Decision(True)


def may(viewer: Viewer, permission: str, *, domain: str | None = None, place: str | None = None) -> Decision:
    """Decide whether a viewer may do something, in a domain and at a place where these are named.

    Raise KeyError for a permission that `roles.yaml` does not declare.
    """
    words = load_permissions()[permission]
    if not _is_granted(viewer, permission):
        return _refused("access.no_permission", viewer.role, permission=words)
    if domain is not None and viewer.domains is not None and domain not in viewer.domains:
        return _refused("access.outside_domains", viewer.role)
    places = row_places(viewer)
    if place is not None and places is not None and place not in places:
        return _refused("access.outside_places", viewer.role)
    return ALLOWED


def visible(viewer: Viewer, visibility: str, *, domain: str | None = None) -> bool:
    """Say whether a figure that is `public`, `internal` or `restricted` may be shown to a viewer.

    Restricted figures are further bound to the viewer's domains and, row by row, to `row_places`.
    """
    match visibility:
        case "public":
            return True
        case "internal":
            return may(viewer, "see_internal").allowed
        case "restricted":
            return may(viewer, "see_restricted", domain=domain).allowed
    raise ValueError(f"unknown visibility: {visibility}")


def row_places(viewer: Viewer) -> frozenset[str] | None:
    """Return the codes of the places whose restricted rows a viewer may see; None means all places.

    A role that sees all places may still be narrowed by the account; one that does not sees what the
    account names and nothing more.
    """
    if viewer.places is None and not _is_granted(viewer, "see_all_places"):
        return frozenset()
    return viewer.places


def may_open(viewer: Viewer, page: Page) -> Decision:
    """Decide whether a viewer may open a page."""
    if page.access == "public" or viewer.role in page.roles:
        return ALLOWED
    if not page.roles and may(viewer, "open_pages"):
        return ALLOWED
    return _refused("access.no_permission_page", viewer.role, page=page.name)


def role_name(role: str, language: str = "vi") -> str:
    """Return what people call a role."""
    if role in load_roles():
        return load_roles()[role].name.of(language)
    return say("access.citizen", language) if role == CITIZEN_ROLE else role


def _is_granted(viewer: Viewer, permission: str) -> bool:
    role = load_roles().get(viewer.role)
    return viewer.role == SYSTEM_ROLE or (role is not None and permission in role.may)


def _refused(key: str, role: str, **words: Text) -> Decision:
    def reason(language: str) -> str:
        texts = {word: text.of(language) for word, text in words.items()}
        return say(key, language, role=role_name(role, language), **texts)

    return Decision(False, reason("vi"), reason("en"))
