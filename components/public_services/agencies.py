"""Departments and communes side by side, the lowest on-time rate first."""

import polars as pl

from components import format as write
from components import tables
from components.filters import ALL, PROVINCE, of_bodies
from components.public_services.terms import LATEST, ON_TIME, WHOLE, column, own, text
from components.screen import Screen
from config.registry import load_registry
from services.figure import Figure

LEAGUE = {
    "received": "dvc_received", "on_time": "dvc_on_time_pct", "late": "dvc_late", "open_late": "dvc_open_late",
    "online": "dvc_online_pct", "satisfaction": "dvc_satisfaction_pct", "rated": "dvc_rated",
}


def _compared(screen: Screen) -> tuple[pl.DataFrame, Figure]:
    """Return a row for every agency with dossiers; what is counted and did not happen is 0."""
    asked = {n: screen.divide(i, "agency", **(LATEST if n == "open_late" else WHOLE)) for n, i in LEAGUE.items()}
    frame = screen.beside(asked, "received")
    counts = [pl.col(n).fill_null(0) for n in ("late", "open_late", "rated") if asked[n].figure.value is not None]
    return frame.with_columns(counts), asked["on_time"].figure


def _door(screen: Screen, agency: str) -> str:
    """Return the page for a commune's place, or for a department."""
    known = load_registry().agencies.get(agency)
    place = known.place if known else ""
    return screen.door(place=place, agency=ALL) if place else screen.door(agency=agency, place=PROVINCE)


def league(screen: Screen) -> None:
    """Draw departments and communes side by side in a table, the lowest on-time rate first, with export."""
    frame, figure = _compared(screen)
    lang = screen.language
    low = frame.filter(pl.col("on_time") < ON_TIME[2]).height
    title = text(screen, "league_title", count=low, all=frame.height)
    sub = text(screen, "league_sub", period=write.period_label(figure.period, lang))
    with screen.card("league", title, sub, figure.simulated):
        frame = of_bodies(frame, title, screen.id, lang)
        frame = frame.sort("on_time", nulls_last=True)
        frame = frame.with_columns(pl.Series("open", [_door(screen, key) for key in frame["key"]], dtype=pl.String))
        columns = [
            column("name", "screen.by_agency", width="medium"), own("received", "number"),
            own("on_time", "number", 1), own("late", "number"), own("open_late", "number"),
            own("online", "number", 1), own("satisfaction", "number", 1), own("rated", "number"),
        ]
        tables.table(frame, [*columns, own("open", "link", width="small")], key="table_league", height=330,
                     language=lang)
        tables.export_buttons(frame, columns, figure, f"{screen.id}_league", lang)
