"""The frame around every page: registers the pages, keeps out who is not signed in, draws the navigation.

Streamlit runs this script at each action, whatever the address. Pages are registered by absolute path;
while signed out nothing runs but the sign-in screen and pages that are public.
"""

import re
from collections.abc import Callable, Mapping
from html import escape
from itertools import groupby
from pathlib import Path
from urllib.parse import urlsplit

import streamlit as st

from components import doors, labels, states, theme
from components.session import LANGUAGE_KEY, keep_session, language, person, refuse, sign_out
from components.sign_in import sign_in
from config.locale import LANGUAGES, say
from config.pages import Page, all_pages
from config.settings import settings
from services.access import Viewer, may_open, role_name
from services.alerts import badges
from services.people import find_office

PAGES = Path(__file__).resolve().parents[1] / "pages"
SHEET = """<style>
[class*="st-key-nav_"] > [data-testid=stElementContainer]:has([data-testid=stPageLink]) { margin: -2px 0; }
[class*="st-key-nav_"] [data-testid=stHtml] > span { padding-right: 0.5rem; }
.stApp .st-key-nav_account { gap: 0.5rem; padding: 0.9rem 0.5rem 0; }
.stApp .st-key-nav_account .ioc-brand { padding: 0; }
</style>"""
"""Undoes the negative margins that Streamlit gives page links for a gap that this navigation has not."""

HERE = """<style>LINK { background: var(--soft); }
LINK p { color: var(--accent); font-weight: 500 !important; letter-spacing: -0.02em; }</style>"""
"""Marks the link of the page that is shown; Streamlit gives it no mark of its own."""

Badges = Mapping[str, tuple[str, int]]
"""For each page that needs attention: the status (`bad`, `critical`, …) of its worst open alert and how many
are open."""

Screens = list[tuple[Page, st.Page]]


def no_badges(viewer: Viewer) -> Badges:
    """Return no badge for any page."""
    return {}


def shell(badges: Callable[[Viewer], Badges] = no_badges, folder: Path = PAGES) -> None:
    """Draw the frame and run the page asked for, if the viewer may open it."""
    spoken = language()
    st.set_page_config(page_title=say("access.product", spoken), layout="wide")
    theme.apply()
    screens = register(folder, spoken)
    if not screens:
        st.info(say("access.no_pages", spoken))
        return
    lost = astray(screens, spoken)
    chosen = st.navigation([*(screen for _, screen in screens), *lost], position="hidden")
    page = next((page for page, screen in screens if screen.url_path == chosen.url_path), None)
    viewer = person()
    if viewer is None:
        if page and page.access == "public":
            draw_public_bar()
            chosen.run()
        else:
            sign_in(spoken)
            with st.container(key="sign_in_language", horizontal_alignment="center"):
                draw_language_switch()
                words = escape(say("public.for_everybody", spoken))
                st.html(f'<a class="ioc-staff" href="/public" target="_self">{words}</a>')
        return
    keep_session()
    with st.sidebar:
        draw_navigation(screens, viewer, badges(viewer), page)
        go_through_doors(screens)
    decision = may_open(viewer, page) if page else None
    if decision is None or decision:
        chosen.run()
    elif page is screens[0][0] and (own := first_own(screens, viewer)):
        st.switch_page(own)  # whoever may not see the overview begins at what is theirs: the wall at its own page
    else:
        refuse(decision)


def draw_public_bar() -> None:
    """Draw over a public page, for whoever is not signed in: product, what the page is, language, staff sign-in."""
    spoken = language()
    with st.container(key="public_bar", horizontal=True, horizontal_alignment="distribute"):
        name, said = say("access.product_long", spoken), say("public.welcome", spoken)
        st.html(f'<div class="ioc-brand"><b>{escape(name)}</b><span>{escape(said)}</span></div>')
        with st.container(key="public_tools", horizontal=True, width="content", vertical_alignment="center"):
            draw_language_switch()
            st.html(f'<a class="ioc-staff" href="/" target="_self">{escape(say("public.staff", spoken))}</a>')


def first_own(screens: Screens, viewer: Viewer) -> st.Page | None:
    """Return the first page that is a viewer's by right, not by being public."""
    return next((screen for page, screen in screens if page.access != "public" and may_open(viewer, page)), None)


def register(folder: Path, spoken: str) -> Screens:
    """Return every page whose file exists, the first one as default."""
    found = [(page, folder / f"{page.id}.py") for page in all_pages()]
    found = [(page, file) for page, file in found if file.is_file()]
    return [
        (page, st.Page(file, title=page.name.of(spoken), url_path=page.id, default=page is found[0][0]))
        for page, file in found
    ]


def astray(screens: Screens, spoken: str) -> list[st.Page]:
    """Return a page that says so for an address that is no page's (a field switched off, an old link); else none."""
    name = urlsplit(st.context.url or "").path.rstrip("/").rpartition("/")[2]
    if not re.fullmatch(r"[\w-]+", name) or name in {page.id for page, _ in screens}:
        return []
    title, what_to_do = say("access.no_page_title", spoken, name=name), say("access.no_page_next", spoken)

    def nothing_here() -> None:
        states.empty(what_to_do, language=spoken, title=title)

    return [st.Page(nothing_here, title=title, url_path=name)]


def go_through_doors(screens: Screens) -> None:
    """Go to the page whose door was opened, keeping what the address asks of it."""
    by_path = {page.id: screen for page, screen in screens}
    if opened := doors.listen(["", *by_path]):
        name, asked = doors.read(opened)
        asked.pop(LANGUAGE_KEY, None)  # belongs to the switch, which keeps it
        st.switch_page(by_path.get(name, screens[0][1]), query_params=asked)


def draw_navigation(screens: Screens, viewer: Viewer, badges: Badges, current: Page | None) -> None:
    """Draw product, operating mode, links with badges, and at the bottom language, account and sign-out."""
    spoken = language()
    here = "" if current is screens[0][0] else current.id if current else "-"
    st.html(SHEET + HERE.replace("LINK", f'.stApp [data-testid=stPageLink-NavLink][href="{here}"]'))
    mode = say(f"access.mode_{settings().env}", spoken)
    st.html(f'<div class="ioc-brand"><b>{say("access.product", spoken)}</b><span>{mode}</span></div>')
    mine = [(page, screen) for page, screen in screens if may_open(viewer, page)]
    mine.sort(key=is_work)
    for part, links in groupby(mine, key=is_work):
        if part:
            st.html('<div class="ioc-nav"><hr></div>')
        with st.container(key="nav_work" if part else "nav_domains", gap=None):
            for page, screen in links:
                draw_link(screen, badges.get(page.id), page.id)
    with st.container(key="nav_account"):
        draw_language_switch()
        office = escape(find_office(viewer.user) or viewer.user)
        role = role_name(viewer.role, spoken)
        st.html(f'<div class="ioc-brand" title="{role}"><span>{office}</span></div>')
        st.button(say("access.sign_out", spoken), key="sign_out", on_click=sign_out, width="stretch")


def is_work(link: tuple[Page, st.Page]) -> bool:
    """Say whether a link stands below the line."""
    return link[0].group == "work"


def draw_language_switch() -> None:
    """Draw the switch between the languages; the choice stands in the address and survives a reload."""
    st.segmented_control(
        say("access.language", language()), LANGUAGES, default=LANGUAGES[0], required=True, key=LANGUAGE_KEY,
        format_func=str.upper, label_visibility="collapsed", bind="query-params",
    )  # fmt: skip


def draw_link(screen: st.Page, badge: tuple[str, int] | None, name: str) -> None:
    """Draw one link and, where there is one, its badge at the right, in a row named `nav_<name>`."""
    if badge is None:
        st.page_link(screen, width="stretch")
        return
    status, count = badge
    words = say("access.open_alerts", language(), count=count)
    with st.container(key=f"nav_{name}", horizontal=True, vertical_alignment="center", gap=None, wrap=False):
        st.page_link(screen, width="stretch")
        shown = labels.status(status, word=str(count)) if status else f'<span class="ioc-muted">{count}</span>'
        st.html(f'<span title="{words}">{shown}</span>', width="content")


if __name__ == "__main__":
    shell(badges)
