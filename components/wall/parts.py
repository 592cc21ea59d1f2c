"""What every scene of the wall is made of: its title, its cards."""

from html import escape

from components import labels


def whole(kind: str, title: str, under: str, body: str) -> str:
    """Return a scene: its finding, a line under it (HTML), what it shows (HTML)."""
    said = "".join(f"<span>{escape(part)}</span>" for part in title.split("; "))  # a part that does not fit is left out
    return f'<header class="w-title"><h1>{said}</h1><p>{under}</p></header><div class="w-body w-{kind}">{body}</div>'


def card(name: str, body: str, title: str = "", under: str = "", simulated: bool = False, language: str = "vi") -> str:
    """Return a card of a scene (HTML) with its finding, what it shows and whether that is simulated."""
    box = labels.simulated(language) if simulated else ""
    head = f'<div class="w-head"><h2>{escape(title)}</h2>{box}<p>{escape(under)}</p></div>' if title else ""
    return f'<div class="w-card w-{name}">{head}{body}</div>'
