"""Words and faces of the public page."""

from typing import Any

from components.filters import switch_filter
from components.screen import Screen
from config.locale import say

FACES = ("citizen", "business", "data")


def text(screen: Screen, key: str, **words: Any) -> str:
    """Return a text of the public page in the reader's language."""
    return say(f"public.{key}", screen.language, **words)


def face(screen: Screen) -> str:
    """Draw the choice between citizen, business and open data, kept in the address, and return it."""
    return switch_filter("face", text(screen, "faces"), {one: text(screen, one) for one in FACES})
