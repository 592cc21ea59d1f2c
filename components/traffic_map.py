"""The map of where people die: accidents of the period, black spots, situations in force."""

from typing import Any

import polars as pl

from components import format as write
from components import maps
from components.listing import scope
from components.screen import Screen
from components.spots import MOST_POINTS, point, points, spot_map
from components.traffic import road_place, span, spots, text
from services.figure import Figure
from services.names import name_of
from services.periods import parse_period
from services.rows import may_list, rows

SPOT = "stale"
"""The tone of a black spot: grey, since the rule that makes it is not yet checked and judges nothing."""
MARKS = ((SPOT, "●", "spot"), ("bad", "•", "fatal"), ("accent", "•", "other"), ("near", "●", "situation"))


def accident_map(screen: Screen) -> None:
    """Draw the accidents of the period, the situations and, in grey, the black spots; one from near."""
    lang, found = screen.language, spots(screen)
    deaths = screen.figure("trf_deaths", period=span(screen))
    title = _title(screen, deaths)
    sub = text(screen, "map_sub", period=write.period_label(deaths.period, lang))
    crashes = _accidents(screen)
    with screen.card("map", title, sub, deaths.simulated):
        layers = [
            maps.points(crashes.filter(pl.col("status") == "none"), id="crashes", size=2),
            maps.points(crashes.filter(pl.col("status") == "bad"), id="fatal", size=2),
            maps.points(_situations(screen), id="situations", size=5),
            maps.points(_spots(screen, found), id="spots", size=7),
        ]
        single = may_list(screen.viewer, "accident")
        spot_map(screen, title, layers, MARKS if single else MARKS[:1], found, 12, lambda row: road_place(screen, row),
                 note=scope(screen) if single else text(screen, "map_closed"))  # fmt: skip


def _title(screen: Screen, deaths: Figure) -> str:
    """Return how many died and in which commune most."""
    lang = screen.language
    told = {"deaths": write.number(deaths.value, 0, lang)}
    by_commune = screen.divide("trf_deaths", "place", period=span(screen), place=None).frame
    worst = by_commune.filter(pl.col("value") > 0).sort("value", descending=True).head(1)
    if worst.is_empty() or screen.chosen.get("place"):
        return text(screen, "map_title", **told)
    where, most = name_of("place", worst["key"][0])[lang], write.number(worst["value"][0], 0, lang)
    return text(screen, "map_title_worst", where=where, most=most, **told)


def _spots(screen: Screen, found: pl.DataFrame) -> pl.DataFrame:
    return points([point(row, SPOT, _spot_tip(screen, row)) for row in found.iter_rows(named=True)])


def _spot_tip(screen: Screen, row: dict[str, Any]) -> str:
    lang = screen.language
    return text(screen, "tip_spot", where=road_place(screen, row), crashes=row["crashes"], deaths=row["deaths"],
                injured=row["injured"], criterion=name_of("criterion", row["criterion"])[lang],
                place=name_of("place", row["place"])[lang], first=write.date(row["first_at"]),
                last=write.date(row["last_at"]))


def _accidents(screen: Screen) -> pl.DataFrame:
    """Return the accidents that the viewer may see as points."""
    if not may_list(screen.viewer, "accident"):
        return points()
    where = {"place": place} if (place := screen.chosen.get("place")) else {}
    found = rows("accident", screen.viewer, where=where, period=parse_period(span(screen)), limit=MOST_POINTS).rows
    return points([point(row, "bad" if row["deaths"] else "none", _accident_tip(screen, row))
                    for row in found.drop_nulls(["lat", "lon"]).iter_rows(named=True)])


def _accident_tip(screen: Screen, row: dict[str, Any]) -> str:
    lang = screen.language
    return text(screen, "tip_accident", where=row["address"] or name_of("road", row["road"])[lang],
                when=write.moment(row["occurred_at"], language=lang), deaths=row["deaths"], injured=row["injured"],
                cause=name_of("cause", row["cause"])[lang])


def _situations(screen: Screen) -> pl.DataFrame:
    if not may_list(screen.viewer, "road_situation"):
        return points()
    found = rows("road_situation", screen.viewer, list="in_force", limit=200).rows.drop_nulls(["lat", "lon"])
    return points([point(row, "near", f"{name_of('kind', row['kind'])[screen.language]}\n{row['comment'] or ''}")
                    for row in found.iter_rows(named=True)])
