"""A list of a fact's rows that people work through: by group, searched, page by page, exported whole.

What a page says of its list is a `Listing`; rights, scope and order are the fact's own (`services/rows.py`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl
import streamlit as st

from components import format as write
from components import page, tables
from components.filters import choice_filter
from components.screen import Screen
from components.states import empty
from components.tables import ColumnSpec
from config.locale import say
from config.registry import load_registry
from services.access import may, row_places
from services.figure import Figure
from services.names import name_of
from services.rows import Page, may_list, rows

ROWS, MOST_EXPORTED = 10, 20_000
Made = Callable[[pl.DataFrame, Sequence[ColumnSpec], Figure, str], bytes]


def _nothing(*_: object) -> str:
    return ""


@dataclass(frozen=True)
class Listing:
    """A list: its fact, the figure that counts each group (the first shown first), and how rows are shown.

    `texts`: the prefix of the catalogue's keys `list_<group>`; `codes`: columns of codes and the dimension
    that names them; `dressed`: what else is made of the rows; `note`: a sentence under the table;
    `everywhere`: the group in which a search looks first.
    """

    fact: str
    figures: Mapping[str, str]
    texts: str
    columns: Callable[[Screen, str], Sequence[ColumnSpec]]
    codes: Mapping[str, str] = field(default_factory=dict)
    dressed: Callable[[Screen, pl.DataFrame], pl.DataFrame] | None = None
    note: Callable[[Screen], str] = _nothing
    everywhere: str = "all"

    def is_timed(self, group: str) -> bool:
        """Say whether a group is about a period (else about now)."""
        found = load_registry().facts[self.fact].lists.get(group)
        return found is not None and found.time is not None


def listing(screen: Screen, about: Listing) -> None:
    """Draw a list with its groups and its search; whoever is not entitled reads why."""
    lang = screen.language
    if not may_list(screen.viewer, about.fact):
        with screen.card(f"list_{about.fact}"):
            _refused(screen)
        return
    with screen.card(f"list_{about.fact}"):
        head = st.container()
        with st.container(horizontal=True, key=f"tools_{about.fact}", vertical_alignment="center"):
            words = _search(screen, about)
            group = _group(screen, about, bool(words))
        figure = screen.figure(about.figures[group], **({} if about.is_timed(group) else {"period": None}))
        number = st.session_state.get(_pager(screen, about, group, words), 1)
        found = _listed(screen, about, group, words, figure, ROWS, (number - 1) * ROWS)
        with head:
            page.heading(*_heading(screen, about, group, words, figure, found.total), figure.simulated, lang)
        _draw(screen, about, group, words, figure, found)


def _refused(screen: Screen) -> None:
    lang, viewer = screen.language, screen.viewer
    refusal = may(viewer, "see_internal", domain=screen.id) and may(viewer, "open_pages", domain=screen.id)
    reason = refusal.reason_en if lang == "en" else refusal.reason_vi
    empty(say("access.list_not_allowed", lang), reason, lang, say("listing.closed", lang))


def _search(screen: Screen, about: Listing) -> str:
    if load_registry().facts[about.fact].search is None:
        return ""
    typed = st.text_input(
        say("listing.search", screen.language), key=f"search_{about.fact}", width=420,
        placeholder=say(f"{about.texts}.search_hint", screen.language), persist_state="session",
        label_visibility="collapsed",
    )  # fmt: skip
    return " ".join((typed or "").split())


def _group(screen: Screen, about: Listing, searching: bool) -> str:
    """Return the group chosen; a search looks in all rows first, where there is such a group."""
    lang = screen.language
    options = {g: say(f"{about.texts}.list_{g}", lang) for g in about.figures}
    everywhere = searching and about.everywhere in options
    with st.container(key=f"filter_list_{about.fact}", width=230):
        return choice_filter(f"{about.fact}_{'found' if everywhere else 'list'}", say("listing.group", lang), options,
                             default=about.everywhere if everywhere else None, width=230)  # fmt: skip


def _pager(screen: Screen, about: Listing, group: str, words: str) -> str:
    chosen = (str(screen.chosen.get(k) or "") for k in ("place", "agency", "period", "where"))
    return "_".join([f"page_{about.fact}", group, words, *chosen])


def _heading(
    screen: Screen, about: Listing, group: str, words: str, figure: Figure, total: int
) -> tuple[str, str]:
    lang = screen.language
    name, count = say(f"{about.texts}.list_{group}", lang), write.number(total, 0, lang)
    title = say("listing.title", lang, name=name, count=count, unit=figure.unit[lang])
    if words:
        title = say("listing.found", lang, name=name, count=count, words=words)
    period = write.period_label(figure.period, lang)
    return title, say("listing.timed", lang, period=period) if about.is_timed(group) else say("listing.now", lang)


def _listed(
    screen: Screen, about: Listing, group: str, words: str, figure: Figure, limit: int, offset: int = 0
) -> Page:
    """Return rows of the list with names for codes."""
    where = {k: str(v) for k in ("place", "agency") if (v := screen.chosen.get(k))}
    found = rows(
        about.fact, screen.viewer, list=group, where=where | dict(screen.chosen.get("where") or {}), search=words,
        offset=offset, limit=limit, period=figure.period if about.is_timed(group) else None,
    )  # fmt: skip
    frame = about.dressed(screen, found.rows) if about.dressed and found.rows.height else found.rows
    names = [
        pl.col(c).replace({k: name_of(dimension, k)[screen.language] for k in frame[c].unique() if k})
        for c, dimension in about.codes.items()
    ]
    return Page(frame.with_columns(names), found.total)


def _draw(screen: Screen, about: Listing, group: str, words: str, figure: Figure, found: Page) -> None:
    lang, columns = screen.language, about.columns(screen, group)
    if found.rows.is_empty():
        why = say("listing.none_found", lang, words=words) if words else say("listing.empty", lang)
        empty(why, language=lang, title=say("listing.nothing", lang))
    else:
        tables.table(found.rows, columns, key=f"table_{about.fact}", height="content", language=lang)
        with st.container(horizontal=True, horizontal_alignment="distribute", key=f"foot_{about.fact}"):
            if found.total > ROWS:
                st.pagination(-(-found.total // ROWS), key=_pager(screen, about, group, words))
            if may(screen.viewer, "export", domain=screen.id):
                _export(screen, about, group, words, figure, columns)
    notes = [about.note(screen), scope(screen)]
    if found.total > MOST_EXPORTED:
        notes.append(say("listing.most", lang, count=write.number(MOST_EXPORTED, 0, lang)))
    if said := " ".join(note for note in notes if note):
        page.note(said)


def scope(screen: Screen) -> str:
    """Say of which communes alone the viewer sees single rows, '' for all of them."""
    places = row_places(screen.viewer)
    if not places:
        return ""
    names = ", ".join(name_of("place", p)[screen.language] for p in sorted(places))
    return say("listing.own", screen.language, places=names)


def _export(
    screen: Screen, about: Listing, group: str, words: str, figure: Figure, columns: Sequence[ColumnSpec]
) -> None:
    """Draw the buttons for the whole list as files, made when asked for."""
    lang = screen.language
    with st.container(horizontal=True, horizontal_alignment="right", width="content", key=f"export_{about.fact}"):
        for ending, made in (("csv", tables.to_csv), ("xlsx", tables.to_xlsx)):

            def whole(made: Made = made) -> bytes:
                return made(_listed(screen, about, group, words, figure, MOST_EXPORTED).rows, columns, figure, lang)

            st.download_button(
                say(f"ui.export_{ending}", lang), whole, f"{screen.id}_{group}.{ending}",
                key=f"{ending}_{about.fact}", on_click="ignore",
            )  # fmt: skip
