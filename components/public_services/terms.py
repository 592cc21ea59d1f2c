"""What the parts of the page of public services share: its texts and columns, its bounds, its two questions."""

from components import format as write
from components import tables
from components.screen import Screen
from components.tables import ColumnSpec
from config.locale import say
from services.figure import Figure

ON_TIME = (70.0, 80.0, 90.0, 95.0)
"""Bounds of the classes of the on-time rate, in per cent (product choice)."""
ENOUGH = 20
"""Dossiers below which a commune's rate is not compared (product choice)."""
WHOLE = {"place": None, "agency": None}
"""The national portal scores the province as a whole."""
LATEST = {**WHOLE, "period": None}


def text(screen: Screen, key: str, **values: object) -> str:
    """Return a text of this page."""
    return say(f"public_services_page.{key}", screen.language, **values)


def column(name: str, key: str, kind: tables.Kind = "text", decimals: int = 0,
           width: str | int | None = None) -> ColumnSpec:
    """Return a column titled from the catalogue."""
    return tables.titled(name, key, kind, decimals, width)


def own(name: str, kind: tables.Kind = "text", decimals: int = 0, width: str | int | None = None) -> ColumnSpec:
    """Return a column titled from this page's own texts."""
    return column(name, f"public_services_page.col_{name}", kind, decimals, width)


def day_of(figure: Figure) -> str:
    """Return the day of a figure's data in words."""
    return write.date(figure.data_until)
