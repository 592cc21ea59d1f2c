"""What is done about press items: tone labelled by staff, answers owed and recorded, the lists to work through."""

from collections.abc import Callable, Sequence
from html import escape
from typing import Any

import polars as pl
import streamlit as st

from components import format as write
from components import page, tables
from components.listing import Listing, listing
from components.press import column, shortened, simulated, stories_of, text
from components.screen import Screen
from components.states import empty
from components.tables import ColumnSpec
from config.press import load_press
from config.registry import load_registry
from services import press
from services.indicators import NotEntitled
from services.names import name_of
from services.press import TONES, Key, Model
from services.question import QuestionError
from services.rows import rows

MOST_STORIES = 30


# Tone

def labels(screen: Screen) -> None:
    """Draw how far labelling has come, the model's measure, and for those entitled the items to label."""
    state, lang = press.progress(), screen.language
    counted: dict[str, object] = {k: write.number(v, 0, lang) for k, v in state.counts.items()}
    said: dict[str, object] = {"labels": write.number(state.labels, 0, lang), "needed": state.needed,
                               "missing": write.number(state.missing, 0, lang)}  # fmt: skip
    title = text(screen, "label_title" if state.missing else "label_title_ready", **said)
    with screen.card("labels", title, text(screen, "label_sub", **counted)):
        page.note(_measure(screen, state.model) if state.model else text(screen, "model_none", needed=state.needed))
        if not press.may_label(screen.viewer):
            page.note(text(screen, "label_closed"))
            return
        found = press.to_label(screen.viewer)
        if found.is_empty():
            empty(text(screen, "label_none"), language=lang)
        for row in found.iter_rows(named=True):
            _to_label(screen, row)
        if not state.missing:
            st.button(text(screen, "train"), key="train_tone", on_click=_train, args=(screen,))


def _measure(screen: Screen, model: Model) -> str:
    lang = screen.language
    accuracy, baseline = (write.number(100 * v, 0, lang) for v in (model.accuracy, model.baseline))
    return text(screen, "model_told", labels=model.labels, f1=write.number(model.macro_f1, 2, lang),
                folds=model.told["folds"], accuracy=accuracy, baseline=baseline)  # fmt: skip


def _to_label(screen: Screen, row: dict[str, Any]) -> None:
    key, lang = Key(row["outlet"], row["article"]), screen.language
    left, right = st.columns([5, 2.6], vertical_alignment="center")
    about = f"{name_of('outlet', key.outlet)[lang]} · {write.moment(row['published_at'], language=lang)}"
    left.html(f'<div class="ioc-alert"><b>{escape(row["title"])}</b><div class="ioc-sub">{escape(about)}</div></div>')
    with right, st.container(horizontal=True, gap="small"):
        for tone in TONES:
            st.button(name_of("tone", tone)[lang], key=f"tone_{tone}_{key}", on_click=_label, args=(screen, key, tone))


def _label(screen: Screen, key: Key, tone: str) -> None:
    press.label(screen.viewer, key, tone)
    st.toast(text(screen, "labelled", tone=name_of("tone", tone)[screen.language]))


def _train(screen: Screen) -> None:
    def told() -> str:
        model, lang = press.train(screen.viewer), screen.language
        return text(screen, "trained", accuracy=write.number(100 * model.accuracy, 0, lang),
                    f1=write.number(model.macro_f1, 2, lang))  # fmt: skip

    _say(told)


def tone(screen: Screen) -> None:
    """Draw the figures of tone, once a measured model is in force."""
    if press.progress().model:
        screen.strip("prs_negative_pct", "prs_net_tone", "prs_toned")


# Answers

def answers(screen: Screen) -> None:
    """Draw, for those entitled, the forms that record what is owed and what was answered."""
    if not press.may_answer(screen.viewer):
        return
    with screen.card("answers", text(screen, "work_title"), text(screen, "work_sub")):
        left, right = st.columns(2)
        with left:
            _ask_form(screen)
        with right:
            _answer_form(screen)


def _ask_form(screen: Screen) -> None:
    lang, found = screen.language, stories_of(screen).head(MOST_STORIES)
    items = {r["story"]: shortened(r["title"]) for r in found.iter_rows(named=True)}
    kinds = {d.id: name_of("duty_kind", d.id)[lang] for d in load_press().duties}
    agencies = {a.id: a.name.of(lang) for a in load_registry().agencies.values() if a.kind == "department"}
    with st.form("press_ask", border=False):
        item = st.selectbox(text(screen, "ask_item"), list(items), format_func=items.__getitem__, key="ask_item")
        kind = st.selectbox(text(screen, "ask_kind"), list(kinds), format_func=kinds.__getitem__, key="ask_kind")
        agency = st.selectbox(text(screen, "ask_agency"), list(agencies), format_func=agencies.__getitem__,
                              key="ask_agency")  # fmt: skip
        if st.form_submit_button(text(screen, "ask")) and item:
            outlet, _, number = item.rpartition("-")
            _say(lambda: text(screen, "asked", number=press.ask(screen.viewer, Key(outlet, number), kind, agency)))


def _answer_form(screen: Screen) -> None:
    found = rows("press_duty", screen.viewer, list="open", limit=200).rows
    duties = {r["duty"]: shortened(r["title"]) for r in found.iter_rows(named=True)}
    with st.form("press_answer", border=False, clear_on_submit=True):
        number = st.selectbox(text(screen, "answer_duty"), list(duties), format_func=duties.__getitem__,
                              key="answer_duty")  # fmt: skip
        evidence = st.text_input(text(screen, "answer_evidence"), key="answer_evidence")
        if st.form_submit_button(text(screen, "answer")) and number:
            _say(lambda: _answered(screen, number, evidence))


def _answered(screen: Screen, number: str, evidence: str) -> str:
    press.answer(screen.viewer, number, evidence)
    return text(screen, "answer_done", number=number)


def _say(told: Callable[[], str]) -> None:
    """Do what was asked and say so, or say why not."""
    try:
        st.toast(told())
    except (QuestionError, NotEntitled) as problem:
        st.toast(str(problem))


# Lists

def _item_columns(_: Screen, __: str) -> Sequence[ColumnSpec]:
    toned = ("tone", "tone_by") if press.progress().model else ()
    kinds: dict[str, tables.Kind] = {"published_at": "moment", "link": "link"}
    widths = {"title": 424, "published_at": 140, "link": 70, "outlet": 188}
    names = ("published_at", "title", "outlet", "theme", "place", *toned, "link")
    return [column(n, kinds.get(n, "text"), widths.get(n, 130)) for n in names]


def _without_dead_links(_: Screen, frame: pl.DataFrame) -> pl.DataFrame:
    """Return items without the links of invented outlets, which lead nowhere."""
    dead = pl.col("link").str.contains("mo-phong.invalid", literal=True)
    return frame.with_columns(pl.when(~dead).then("link").alias("link"))


ITEMS = Listing(
    fact="article",
    figures={"today": "prs_items", "rumour": "prs_items", "grave": "prs_grave", "inside": "prs_items",
             "headlines": "prs_real_items"},
    texts="press_page",
    columns=_item_columns,
    codes={"outlet": "outlet", "theme": "theme", "place": "place", "tone": "tone", "tone_by": "tone_by"},
    dressed=_without_dead_links,
    note=lambda screen: f"{text(screen, 'list_note')} {text(screen, 'real_note')}",
    everywhere="inside",
)  # fmt: skip


def _duty_columns(_: Screen, group: str) -> Sequence[ColumnSpec]:
    kinds: dict[str, tables.Kind] = dict.fromkeys(("asked_at", "due_at", "answered_at"), "moment")
    done = () if group in ("overdue", "open") else ("answered_at", "evidence")
    widths = {"title": 340, "agency": 106, "duty_kind": 236, **dict.fromkeys(kinds, 132)}
    names = ("title", "duty_kind", "agency", "asked_at", "due_at", *done, "place")
    return [column(n, kinds.get(n, "text"), widths.get(n, 142)) for n in names]


DUTIES = Listing(
    fact="press_duty",
    figures={"overdue": "prs_duty_overdue", "open": "prs_duty_open", "answered": "prs_answered",
             "no_evidence": "prs_no_evidence", "all": "prs_duty_asked"},
    texts="press_page",
    columns=_duty_columns,
    codes={"agency": "agency", "place": "place", "duty_kind": "duty_kind"},
)  # fmt: skip


def duties(screen: Screen) -> None:
    """Draw the list of answers owed."""
    listing(screen, DUTIES)


def items(screen: Screen) -> None:
    """Draw the list of items with search and export, the real ones of the summer of 2026 among them."""
    listing(screen, ITEMS)


__all__ = ["answers", "duties", "items", "labels", "simulated", "tone"]
