"""The wall of screens: a frame that never goes dark, and the scenes that take turns in it.

The fragment below runs every few seconds; it hands the browser the scene of now and the one after it, and the
browser changes only what differs. Clock, countdown and connection are kept by the browser itself.
"""

from datetime import datetime
from html import escape
from pathlib import Path
from typing import Any

import streamlit as st

from components import asking, labels, theme
from components import format as write
from components.screen import Screen
from components.session import person
from components.wall import geography, scenes
from config.locale import say
from config.wall import load_wall
from data_access.wall import Operating
from services import supply
from services import wall as service
from services.access import Viewer
from services.figure import Freshness
from services.wall import Standing

HERE = Path(__file__).parent
MOST_TOLD = 6


@st.cache_resource
def _component(name: str, html: str, script: str = "") -> Any:
    js = (HERE / script).read_text(encoding="utf-8") if script else None
    return st.components.v2.component(f"ioc_wall_{name}", html=html, js=js, isolate_styles=False)


def _ground() -> Any:
    return _component("ground", geography.ground())


def _stage() -> Any:
    return _component("stage", '<div class="w-stage"></div>', "wall.js")


def _pulse() -> Any:
    return _component("pulse", (HERE / "frame.html").read_text(encoding="utf-8"), "pulse.js")


def show(screen: Screen) -> None:
    """Draw the wall, and keep it drawn."""
    st.html(f"<style>{theme.sheet('dark')}{(HERE / 'wall.css').read_text()}</style>")
    _ground()(key="ground")
    st.fragment(_beat, run_every=load_wall().beat_seconds)(screen)


def _beat(screen: Screen) -> None:
    if person() is None:
        st.rerun()
    at = asking.moment()
    standing = service.standing(screen.viewer.user, screen.viewer, at)
    asked = st.query_params.get("scene", "")
    now = asked if load_wall().scene(asked) else standing.showing.scene
    shown = dict.fromkeys((now, standing.showing.following))
    place = st.container()
    _pulse()(
        data=_told(screen, standing, now, at), key="pulse"
    )  # first: a scene that takes long must not stop the beat
    drawn = {name: _drawn(name, screen.viewer, screen.language, standing.operating, _window(at)) for name in shown}
    with place:
        _stage()(data={"scenes": drawn}, key="stage")


def _window(at: datetime) -> int:
    return int(at.timestamp()) // load_wall().refresh_seconds


@st.cache_data(max_entries=48, show_spinner=False)
def _drawn(name: str, viewer: Viewer, language: str, operating: Operating, window: int) -> str:
    """Return a scene as HTML, made anew once a window of time."""
    scene = load_wall().scene(name)
    assert scene
    with theme.showing("dark"):
        return scenes.build(scene, Screen("wall", viewer), operating)


def _told(screen: Screen, standing: Standing, now: str, at: datetime) -> dict[str, Any]:
    """Return what the frame shows and what the browser must know to keep it true by itself."""
    language, showing = screen.language, standing.showing
    parts = _parts(screen.viewer, language, _window(at))
    mode = standing.operating.mode
    words = ("left", "paused", "pinned", "emergency", "linked", "lost", "gone", "silent")
    return {
        "beat": at.timestamp() * 1000,
        "scene": now,
        "held": showing.held,
        "until": showing.until.timestamp() * 1000 if showing.until else None,
        "every": load_wall().beat_seconds * 1000,
        "reload": f"{load_wall().reload_at:%H:%M}",
        "words": {name: say(f"wall.{name}", language) for name in words},
        "parts": {
            **parts,
            "mode": f'<b class="w-mode-{mode}">{say(f"wall.mode_{mode}", language)}</b>',
            "turn": say("wall.turn", language, turn=showing.turn, among=showing.among) if showing.turn else "",
            "code": _code(screen.viewer.user, language),
            "date": _date(at, language),
        },
    }


def _code(user: str, language: str) -> str:
    code = service.code_of(user)
    return say("wall.code", language, code=f"<b>{code[:3]} {code[3:]}</b>")


def _date(at: datetime, language: str) -> str:
    local = write.local(at)
    return f"{say('screen.weekdays', language).split('|')[local.weekday()]} {local:%d/%m/%Y}"


@st.cache_data(max_entries=16, show_spinner=False)
def _parts(viewer: Viewer, language: str, window: int) -> dict[str, str]:
    """Return the feeds and what is told at the foot, as HTML, made anew once a window of time."""
    feeds = supply.feeds()
    fresh = sum(feed.freshness == Freshness.FRESH for feed in feeds)
    state = "ok" if fresh == len(feeds) else "stale"
    told = [
        f'<span class="ioc-{scenes.status_of(a)}">{labels.mark(scenes.status_of(a))}</span>'
        f"{write.local(a.opened_at):%H:%M} {escape(scenes.finding(a, language))}"
        for a in service.emergencies(viewer)[:MOST_TOLD]
    ] + [
        f'<span class="ioc-stale">{labels.mark("stale")}</span>'
        f"{escape(say('wall.late', language, name=feed.source.name.of(language), until=write.moment(feed.until)))}"
        for feed in feeds if feed.freshness != Freshness.FRESH
    ]  # fmt: skip
    items = "".join(f"<span>{item}</span>" for item in told[:MOST_TOLD]) or say("wall.all_fresh", language)
    counted = say("wall.fresh", language, fresh=fresh, all=len(feeds))
    return {
        "feeds": f'<span class="ioc-{state}">{labels.mark(state)}{counted}</span>',
        "marks": scenes.feed_marks(feeds, language),
        "told": items,
    }
