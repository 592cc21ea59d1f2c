"""The wall in the hand: what it shows, the buttons that drive it, and the operating mode of the province."""

from collections.abc import Callable
from datetime import datetime
from html import escape

import streamlit as st

from components import asking
from components import format as write
from components.page import heading
from components.screen import Screen
from config.locale import say
from config.wall import MODES, load_wall
from services import wall
from services.access import may
from services.wall import Action, WallError

SECONDS = 3


def steering(screen: Screen) -> None:
    """Draw what the wall shows with its buttons, or the field for its code."""
    with screen.card("steer"):
        if wall.paired(screen.viewer) is None:
            _code(screen)
        else:
            st.fragment(_paired, run_every=SECONDS)(screen)
    _say_problem()


def _code(screen: Screen) -> None:
    language = screen.language
    with st.form("wall_code", border=False):
        st.text_input(say("wall.enter_code", language), key="wall_code", max_chars=8)
        st.form_submit_button(
            say("wall.pair", language), type="primary", width="stretch", on_click=_pair, args=(screen,)
        )


def _pair(screen: Screen) -> None:
    _try(lambda: wall.pair(screen.viewer, st.session_state["wall_code"], screen.language))


def _paired(screen: Screen) -> None:
    language, at = screen.language, asking.moment()
    name = wall.paired(screen.viewer)
    if name is None:
        st.rerun()
        return
    seen = wall.standing(name, screen.viewer, at).showing
    _showing(seen, at, language)
    with st.container(horizontal=True, key="wall_steps"):
        _button(screen, "previous", "arrow_back")
        _button(
            screen,
            "resume" if seen.held in ("paused", "pinned") else "pause",
            "play_arrow" if seen.held in ("paused", "pinned") else "pause",
        )
        _button(screen, "next", "arrow_forward")
    scenes = sorted(load_wall().scenes, key=lambda scene: scene.kind == "emergency")
    names = {scene.id: scene.name.of(language) for scene in scenes}
    st.selectbox(say("wall.choose", language), list(names), format_func=names.__getitem__, key="wall_scene")
    with st.container(horizontal=True, key="wall_choice"):
        _button(screen, "go", "tv")
        _button(screen, "pin", "keep")
    st.button(
        say("wall.let_go", language), key="wall_let_go", on_click=wall.let_go, args=(screen.viewer,), width="stretch"
    )


def _showing(seen: wall.Showing, at: datetime, language: str) -> None:
    scenes = {scene.id: scene.name.of(language) for scene in load_wall().scenes}
    left = int((seen.until - at).total_seconds()) + 1 if seen.until else 0
    held = {"paused": "paused", "pinned": "pinned", "emergency": "held_emergency"}.get(seen.held, "left")
    after = say("wall.following", language, name=scenes[seen.following])
    stays = say(f"wall.{held}", language).replace("{n}", str(left))
    heading(scenes[seen.scene], f"{say('wall.showing', language)}, {stays} · {after}")


def _button(screen: Screen, action: Action, icon: str) -> None:
    st.button(
        say(f"wall.{action}", screen.language),
        key=f"wall_{action}",
        icon=f":material/{icon}:",
        width="stretch",
        on_click=_steer,
        args=(screen, action),
    )


def _steer(screen: Screen, action: Action) -> None:
    scene = st.session_state.get("wall_scene", "") if action in ("go", "pin") else ""
    _try(lambda: wall.steer(screen.viewer, action, scene, screen.language))


def operating_mode(screen: Screen) -> None:
    """Draw the operating mode in force and, for whoever may set it, the form that changes it."""
    language, now = screen.language, wall.operating()
    names: dict[str, str] = {mode: say(f"wall.mode_{mode}", language) for mode in MODES}
    since = write.moment(now.since, language=language)
    said = say("wall.mode_now", language, mode=names[now.mode], since=since) if now.actor else names[now.mode]
    under = " · ".join(filter(None, (said, now.what, now.place, now.holder)))
    with screen.card("mode", say("wall.mode_title", language), under):
        if not may(screen.viewer, "set_mode"):
            return
        with st.form("wall_mode_form", border=False):
            st.segmented_control(
                say("wall.mode_title", language),
                list(MODES),
                default=now.mode,
                required=True,
                format_func=names.__getitem__,
                key="wall_mode",
                label_visibility="collapsed",
            )
            for field in ("what", "place", "holder"):
                st.text_input(say(f"wall.mode_{field}", language), key=f"wall_mode_{field}", max_chars=120)
            st.form_submit_button(say("wall.mode_set", language), on_click=_operate, args=(screen,), width="stretch")


def _operate(screen: Screen) -> None:
    what, place, holder = (str(st.session_state[f"wall_mode_{field}"]) for field in ("what", "place", "holder"))
    _try(lambda: wall.operate(screen.viewer, st.session_state["wall_mode"], what, place, holder, screen.language))


def _try(does: Callable[[], None]) -> None:
    """Do something; what cannot be done is kept to be said under the card."""
    try:
        does()
    except WallError as problem:
        st.session_state["wall_problem"] = str(problem)


def _say_problem() -> None:
    if problem := st.session_state.pop("wall_problem", ""):
        st.html(f'<div class="ioc-banner ioc-bad" role="alert"><span>{escape(problem)}</span></div>')
