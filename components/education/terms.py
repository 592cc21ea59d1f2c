"""What the parts of the page of education share: its texts and columns, its round and level."""

from typing import Any

from components import asking, tables
from components import format as write
from components.screen import Screen
from components.tables import ColumnSpec
from config.locale import say
from services.education import last_round, past_rounds
from services.figure import Figure
from services.indicators import Breakdown
from services.methods.education_norms import LEVELS
from services.names import name_of

ALL = "all"
ROUNDS = 12
"""How many rounds are told of over time: four school years."""


def text(screen: Screen, key: str, **values: object) -> str:
    """Return a text of this page."""
    return say(f"education_page.{key}", screen.language, **values)


def own(name: str, kind: tables.Kind = "text", decimals: int = 0, width: Any = None) -> ColumnSpec:
    """Return a column titled from this page's own texts."""
    return tables.titled(name, f"education_page.col_{name}", kind, decimals, width)


def choices(language: str) -> dict[str, tuple[str, dict[str, str]]]:
    """Return the choice of the round, the newest first, and of the level."""
    rounds = {f.period: round_name(f.school_year, f.of, language) for f in past_rounds(asking.moment())}
    latest = say("screen.latest_period", language)
    levels: dict[str, str] = {level: name_of("level", level)[language] for level in LEVELS}
    return {
        "term": (say("education_page.term", language), {"latest": latest, **rounds}),
        "level": (say("education_page.level", language), {ALL: say("ui.all", language), **levels}),
    }


def choose(screen: Screen) -> None:
    """Make the round and the level chosen the page's question."""
    term, level = getattr(screen, "term", "latest"), getattr(screen, "level", ALL)
    screen.chosen["period"] = None if term == "latest" else term
    screen.chosen["where"] = None if level == ALL else {"level": level}


def round_name(school_year: str, of: str, language: str) -> str:
    """Write a round: Đầu năm 2026-2027."""
    return f"{name_of('round', of)[language]} {school_year}"


def round_of(figure: Figure, language: str) -> str:
    """Write the round that a figure's month is of."""
    label = figure.period.label if figure.period else ""
    found = next((f for f in past_rounds(asking.moment(), 18) if f.period == label), None)
    return round_name(found.school_year, found.of, language) if found else write.period_label(figure.period, language)


def once_a_year(screen: Screen, of: str = "cuoi_nam") -> dict[str, str | None]:
    """Return the period of what is counted at one round a year only."""
    period = screen.chosen.get("period")
    return {"period": last_round(of, period, asking.moment()) if period else None}


def over_rounds(screen: Screen, indicator: str, **extra: Any) -> Breakdown:
    """Return an indicator by round, oldest first: the months in which there was one."""
    return asking.course(indicator, screen.viewer, ROUNDS, **screen.asked(extra))
