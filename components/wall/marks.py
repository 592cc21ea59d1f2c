"""What stands on the wall's maps: places where something is wrong, vessels in their state, stations at their level."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import polars as pl

from components import environment, labels, sea_map
from components import format as write
from components import vessels as fishing
from components.screen import Screen
from components.wall import geography
from components.wall.geography import Mark
from config.locale import say
from config.registry import load_registry
from config.wall import MapScene
from data_access.alerts import Alert
from services import vessels
from services.alerts import SILENT
from services.figure import Figure

MOST_HOT, NAMED, NAMED_VESSELS = 14, 4, 4
LISTED = ("across_line", "lost_10d", "lost_6h", "near_line", "late", "feed_silent", "at_sea", "in_port")
SIZES = {"critical": 30, "bad": 26, "near": 24}


@dataclass(frozen=True)
class Sea:
    """The map of the sea as it is drawn, and the list beside it."""

    marks: list[Mark]
    stations: list[Mark]
    over: str
    title: str
    line: str
    counts: str
    head: str
    under: str
    simulated: bool


def hot(found: Sequence[Alert], language: str) -> list[Mark]:
    """Return the places of open alerts, gravest first, one mark a place; the first few say who they are."""
    places, marks = load_registry().places, dict[str, Mark]()
    for alert in found:
        place = places.get(alert.place)
        if alert.rule == SILENT or place is None or place.code in marks or len(marks) >= MOST_HOT:
            continue
        name = alert.subject_en if language == "en" else alert.subject_vi
        said = _shortened(name) if len(marks) < NAMED else ""
        marks[place.code] = Mark(place.code, place.lon, place.lat, alert.severity, said, size=SIZES[alert.severity])
    return list(reversed(marks.values()))


def _shortened(name: str, most: int = 26) -> str:
    return name if len(name) <= most else name[: most - 1].rstrip() + "…"


def sea(screen: Screen, scene: MapScene) -> Sea:
    """Return the vessels and the stations that a scene shows."""
    language = screen.language
    fleet = screen.states(vessels.STATES_BY)
    figure = screen.figure(vessels.STATES_BY)
    marks, rows = (_vessels(fleet), _states(fleet, language)) if scene.vessels else ([], "")
    stations: list[Mark] = []
    for indicator in scene.stations:
        found = screen.divide(indicator, "station")
        placed, row = _stations(indicator, screen.name(found.frame), found.figure, language)
        stations, rows = stations + placed, rows + row
    lines = {f["properties"]["kind"]: f["geometry"]["coordinates"] for f in vessels.sea_lines(language)["features"]}
    over = geography.line(lines["gulf_line"], sea_map.LINE)
    under = say("wall.map_under", language, until=write.moment(figure.data_until, language=language))
    return Sea(
        [*stations, *marks],
        stations,
        over,
        fishing.finding(screen, fleet, fleet),
        say("wall.map_line", language),
        f'<table class="w-list">{rows}</table>',
        say("wall.map_head", language),
        under,
        figure.simulated,
    )


def _vessels(fleet: pl.DataFrame) -> list[Mark]:
    concern, state = pl.col("concern"), pl.col("state")
    quiet = fleet.filter(concern == "").filter(state.is_in(["at_sea", "in_port"]))
    matter = (
        fleet.filter(concern != "")
        .with_columns(grave=concern.replace_strict({c: n for n, c in enumerate(vessels.CONCERNS)}, default=99))
        .sort("grave", "hours_silent", descending=[True, False])
    )
    named = {row["vessel"] for row in matter.tail(NAMED_VESSELS).iter_rows(named=True)}
    dots = [_vessel(row, row["state"], 13) for row in quiet.iter_rows(named=True)]
    return dots + [_vessel(row, row["concern"], 26, row["vessel"] in named) for row in matter.iter_rows(named=True)]


def _vessel(row: Mapping[str, Any], state: str, size: int, named: bool = False) -> Mark:
    return Mark(row["vessel"], row["lon"], row["lat"], _status(state), row["vessel"] if named else "", size=size)


def _status(state: str) -> str:
    """Return the status a vessel's state is marked with; a state that is neither good nor bad is grey."""
    return "stale" if fishing.STATUS[state] == "none" else fishing.STATUS[state]


def _states(fleet: pl.DataFrame, language: str) -> str:
    counts = fleet.select(fishing.MEMBERS[code].sum().alias(code) for code in LISTED).row(0, named=True)
    return "".join(
        f'<tr><td><span class="ioc-{_status(code)}">{labels.mark(_status(code))}</span>'
        f"{escape(say(f'vessels_page.state_{code}', language))}</td>"
        f'<td class="ioc-num">{write.number(counts[code], 0, language)}</td></tr>'
        for code in LISTED if counts[code]
    )  # fmt: skip


def _stations(indicator: str, rows: pl.DataFrame, figure: Figure, language: str) -> tuple[list[Mark], str]:
    """Return the stations of an indicator as marks with their values, and the worst of them as a row."""
    stations, marks = load_registry().stations, []
    stale = labels.shown_status(figure) == "stale"
    known = rows.drop_nulls("value").filter(pl.col("key").is_in(list(stations)))
    for row in known.iter_rows(named=True):
        station, status = stations[row["key"]], "stale" if stale else row["status"] or "none"
        leveled = indicator in environment.SCALES and not stale
        colour = environment.level_word(indicator, row["value"], language)[0] if leveled else ""
        value = write.number(row["value"], figure.decimals, language)
        marks.append(
            Mark(
                f"{indicator}{row['key']}",
                station.lon,
                station.lat,
                "none" if leveled else status,
                value if indicator == "env_aqi_hour" or status in ("bad", "critical") else "",
                colour,
                24,
            )
        )
    worst = known.sort("value", descending=figure.direction != "up").head(1)
    if worst.is_empty():
        return marks, ""
    row = worst.row(0, named=True)
    value = f"{write.number(row['value'], figure.decimals, language)} {figure.unit[language]}"
    return marks, (
        f'<tr class="w-station"><td>{escape(figure.name[language])}<p>{escape(row["name"])}</p></td>'
        f'<td class="ioc-num ioc-{row["status"] or "none"}">{escape(value)}</td></tr>'
    )
