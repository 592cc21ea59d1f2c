"""Words and faces of the public page."""

from typing import Any

import streamlit as st

from components.filters import PROVINCE, place_filter, switch_filter
from components.screen import Screen
from config.locale import say

FACES = ("citizen", "business", "data")


def text(screen: Screen, key: str, **words: Any) -> str:
    """Return a text of the public page in the reader's language."""
    return say(f"public.{key}", screen.language, **words)


def face(screen: Screen) -> str:
    """Draw the choice between citizen, business and open data, for a citizen the commune too; return it."""
    with st.container(horizontal=True, vertical_alignment="center", key="public_faces"):
        chosen = switch_filter("face", text(screen, "faces"), {one: text(screen, one) for one in FACES})
        if chosen == FACES[0]:
            code = place_filter(language=screen.language)
            screen.chosen["place"] = None if code == PROVINCE else code
    return chosen
