"""The frame around every page: registers the pages, keeps out who is not signed in, draws the navigation.

Streamlit runs this script at each action, whatever the address. Pages are registered by absolute path;
while signed out nothing runs but the sign-in screen and pages that are public.
"""

from collections.abc import Callable, Mapping
from itertools import groupby
from pathlib import Path

import streamlit as st

from components import labels, theme
from components.session import LANGUAGE_KEY, keep_session, language, person, refuse, sign_out
from components.sign_in import sign_in
from config.locale import LANGUAGES, say
from config.pages import Page, all_pages
from config.settings import settings
from services.access import Viewer, may_open, role_name
from services.people import find_office

PAGES = Path(__file__).resolve().parents[1] / "pages"

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
    chosen = st.navigation([screen for _, screen in screens], position="hidden")
    page = next(page for page, screen in screens if screen.url_path == chosen.url_path)
    viewer = person()
    if viewer is None:
        if page.access == "public":
            chosen.run()
        else:
            sign_in(spoken)
        return
    keep_session()
    with st.sidebar:
        draw_navigation(screens, viewer, badges(viewer), page)
    decision = may_open(viewer, page)
    if decision:
        chosen.run()
    else:
        refuse(decision)


def register(folder: Path, spoken: str) -> Screens:
    """Return every page whose file exists, the first one as default."""
    found = [(page, folder / f"{page.id}.py") for page in all_pages()]
    found = [(page, file) for page, file in found if file.is_file()]
    return [
        (page, st.Page(file, title=page.name.of(spoken), url_path=page.id, default=page is found[0][0]))
        for page, file in found
    ]


def draw_navigation(screens: Screens, viewer: Viewer, badges: Badges, current: Page) -> None:
    """Draw product, operating mode, links with badges, and at the bottom language, account and sign-out."""
    spoken = language()
    mode = say(f"access.mode_{settings().env}", spoken)
    st.html(f'<div class="ioc-brand"><b>{say("access.product", spoken)}</b><span>{mode}</span></div>')
    mine = [(page, screen) for page, screen in screens if may_open(viewer, page)]
    for part, links in groupby(mine, key=lambda link: link[0].group == "work"):
        if part:
            st.divider()
        with st.container(key="nav_work" if part else "nav_domains", gap=None):
            for page, screen in links:
                draw_link(screen, badges.get(page.id), "current" if page.id == current.id else page.id)
    with st.container(key="nav_account"):
        st.segmented_control(
            say("access.language", spoken), LANGUAGES, default=LANGUAGES[0], required=True, key=LANGUAGE_KEY,
            format_func=str.upper, label_visibility="collapsed", bind="query-params",
        )  # fmt: skip
        office = find_office(viewer.user) or viewer.user
        st.caption(say("access.signed_in_as", spoken, office=office, role=role_name(viewer.role, spoken)))
        st.button(say("access.sign_out", spoken), key="sign_out", on_click=sign_out, width="stretch")


def draw_link(screen: st.Page, badge: tuple[str, int] | None, name: str) -> None:
    """Draw one link in a container named `nav_<name>`, and its badge where there is one."""
    with st.container(key=f"nav_{name}", horizontal=True, vertical_alignment="center", gap=None):
        st.page_link(screen, width="stretch")
        if badge:
            status, count = badge
            words = say("access.open_alerts", language(), count=count)
            st.html(f'<span title="{words}">{labels.status(status, word=str(count))}</span>', width="content")


if __name__ == "__main__":
    shell()
