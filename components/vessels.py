"""What only the fishing vessels' page draws: the fleet by state, the map of the sea, whom to call, the ports."""

from collections.abc import Mapping
from html import escape
from typing import Literal
from urllib.parse import quote

import polars as pl
import streamlit as st

from components import format as write
from components import labels, page
from components import sea_map as sea
from components.filters import PROVINCE
from components.screen import Screen
from components.session import LANGUAGE_KEY
from components.tables import ColumnSpec
from components.theme import MARKS
from config.locale import say
from services import vessels

STATUS: Mapping[str, str] = {
    "across_line": "critical", "lost_10d": "critical", "lost_6h": "bad", "near_line": "near", "feed_silent": "stale",
    "late": "near", "unregistered": "none", "at_sea": "ok", "in_port": "none",
}  # fmt: skip
MARK = {state: MARKS[status] for state, status in STATUS.items()}
_HEARD = ~pl.col("feed_silent")
MEMBERS: Mapping[str, pl.Expr] = {
    "lost_10d": (pl.col("state") == "lost_10d") & _HEARD,
    "lost_6h": (pl.col("state") == "lost_6h") & _HEARD,
    "late": (pl.col("state") == "late") & _HEARD,
    "feed_silent": pl.col("is_at_sea") & pl.col("feed_silent"),
    "at_sea": (pl.col("state") == "at_sea") & _HEARD,
    "in_port": pl.col("state") == "in_port",
    "across_line": pl.col("across_line"),
    "near_line": pl.col("is_at_sea") & pl.col("near_line"),
    "unregistered": ~pl.col("is_registered"),
}
"""Which vessels a state holds, counted as the indicators count; the first six exclude each other."""
AMONG = ("across_line", "near_line", "unregistered")
LENGTHS = ("06_12", "12_15", "15_24", "24_up")


def asked_for() -> str:
    """Return the number of the vessel that the address asks for, '' for the fleet."""
    return st.query_params.get("vessel", "").strip().upper()


def door(screen: Screen, **asked: str) -> str:
    """Return an address on this page that keeps the language."""
    spoken = {LANGUAGE_KEY: "EN"} if screen.language == "en" else {}
    words = "&".join(f"{k}={quote(v)}" for k, v in {**asked, **spoken}.items())
    return f"/vessels?{words}" if words else "/vessels"


def choices(language: str) -> dict[str, tuple[str, dict[str, str]]]:
    """Return the filters of the fleet beside the place: length class and state."""
    every = {"all": say("vessels_page.all", language)}
    lengths = {c: say(f"vessels_page.length_class_{c}", language) for c in LENGTHS}
    states = {c: say(f"vessels_page.state_{c}", language) for c in MEMBERS}
    return {
        "length_class": (say("vessels_page.filter_length_class", language), {**every, **lengths}),
        "vessel_state": (say("vessels_page.filter_state", language), {**every, **states}),
    }


def _chosen(screen: Screen, name: str) -> str:
    found = str(getattr(screen, name, "all"))
    return "" if found == "all" else found


def fleet_of(screen: Screen) -> pl.DataFrame:
    """Return the fleet of the place and length class chosen, and bind the page's figures to the latter."""
    length, place = _chosen(screen, "length_class"), screen.chosen.get("place")
    screen.chosen["where"] = {"length_class": length} if length else None
    fleet = screen.states(vessels.STATES_BY)
    fleet = fleet.filter(pl.col("length_class") == length) if length else fleet
    return fleet.filter(pl.col("place") == place) if place and place != PROVINCE else fleet


def _shown(screen: Screen, fleet: pl.DataFrame) -> pl.DataFrame:
    state = _chosen(screen, "vessel_state")
    return fleet.filter(MEMBERS[state]) if state else fleet


def tall(rows: int, most: int = 20) -> int | Literal["content"]:
    """Return the height of a table: as tall as its rows, up to `most`, else scrolling."""
    return "content" if rows <= most else 423


def is_simulated(screen: Screen) -> bool:
    """Say whether the positions are simulated."""
    return screen.figure(vessels.STATES_BY).simulated


# Numbers by state


def by_state(screen: Screen, fleet: pl.DataFrame) -> None:
    """Draw how many vessels are in each state, each row a door to these vessels."""
    language = screen.language
    counts = fleet.select(condition.sum().alias(code) for code, condition in MEMBERS.items()).row(0, named=True)
    apart = [c for c in MEMBERS if c not in AMONG]
    among = f'<tr><th colspan="2">{say("vessels_page.states_among", language)}</th></tr>'
    rows = "".join(_state_row(screen, c, counts[c]) for c in apart)
    rows += among + "".join(_state_row(screen, c, counts[c]) for c in AMONG)
    title = say("vessels_page.states_title", language, count=write.number(fleet.height, 0, language))
    with screen.card("states", title, say("vessels_page.states_sub", language), is_simulated(screen)):
        st.html(f'<table class="ioc-table"><tbody>{rows}</tbody></table>')


def _state_row(screen: Screen, code: str, count: int) -> str:
    status = STATUS[code] if count else "none"
    word = escape(say(f"vessels_page.state_{code}", screen.language))
    href = escape(door(screen, vessel_state=code))
    number = write.number(count, 0, screen.language)
    return (
        f'<tr><td><a href="{href}"><span class="ioc-{status}">{labels.mark(status)}</span>{word}</a></td>'
        f'<td class="ioc-num"><a href="{href}">{number}</a></td></tr>'
    )


# The sea


def sea_map(screen: Screen, fleet: pl.DataFrame) -> None:
    """Draw the vessels in the colour of their state over line, zone, ports and shelters."""
    language, shown = screen.language, _shown(screen, fleet)
    title = finding(screen, fleet, shown)
    when = write.moment(screen.figure(vessels.STATES_BY).data_until, language=language)
    count = write.number(shown.height, 0, language)
    sub = say("vessels_page.map_sub", language, count=count, when=when)
    with screen.card("sea", title, sub, is_simulated(screen)):
        sea.draw_fleet(shown, STATUS, screen.viewer, title, language)


def finding(screen: Screen, fleet: pl.DataFrame, shown: pl.DataFrame) -> str:
    """Return in one sentence how many vessels are lost, near the line or across it."""
    language = screen.language
    if state := _chosen(screen, "vessel_state"):
        word = say(f"vessels_page.state_{state}", language).lower()
        return say("vessels_page.map_title_state", language, count=write.number(shown.height, 0, language), state=word)
    lost = fleet.filter(MEMBERS["lost_6h"] | MEMBERS["lost_10d"]).height
    near, across = fleet.filter(MEMBERS["near_line"]).height, fleet.filter(MEMBERS["across_line"]).height
    if not (lost or near or across):
        return say("vessels_page.map_title_quiet", language)
    found = (("lost", lost), ("near", near), ("across", across))
    return ", ".join(say(f"vessels_page.map_{name}", language, count=count) for name, count in found if count)


# Whom to call


def call_first(screen: Screen, fleet: pl.DataFrame) -> None:
    """Draw the vessels to call first, each a door to its own view, and the way to any other vessel."""
    language = screen.language
    rows = vessels.duty_list(fleet, language).head(9)
    with screen.card("call", say("vessels_page.call_title", language), say("vessels_page.call_sub", language),
                     is_simulated(screen)):
        if rows.is_empty():
            page.note(say("vessels_page.call_none", language))
        else:
            heads = (("", "vessel_col"), ("ioc-num", "hours_col"))
            head = "".join(f'<th class="{c}">{say(f"vessels_page.{name}", language)}</th>' for c, name in heads)
            body = "".join(_call_row(screen, row) for row in rows.iter_rows(named=True))
            st.html(f'<table class="ioc-table"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>')
        _any_vessel(screen)


def _call_row(screen: Screen, row: dict[str, object]) -> str:
    vessel, concern = str(row["vessel"]), str(row["concern"])
    href, hours = escape(door(screen, vessel=vessel)), row["hours_silent"]
    word = say(f"vessels_page.state_{concern}", screen.language)
    number = write.number(hours if isinstance(hours, float) else None, 0, screen.language)
    return (
        f'<tr><td><a href="{href}"><b>{escape(vessel)}</b><br>{labels.status(STATUS[concern], word=word)}</a></td>'
        f'<td class="ioc-num"><a href="{href}">{number}</a></td></tr>'
    )


def _any_vessel(screen: Screen) -> None:
    numbers = screen.states(vessels.STATES_BY)["vessel"].sort().to_list()

    def go() -> None:
        if number := st.session_state.get("open_vessel"):
            st.query_params["vessel"] = number

    st.selectbox(
        say("vessels_page.filter_vessel", screen.language), numbers, index=None, key="open_vessel", on_change=go,
        placeholder=say("vessels_page.choose_vessel", screen.language),
    )  # fmt: skip


def duty_list(screen: Screen, fleet: pl.DataFrame) -> None:
    """Draw the duty officer's list; with a state chosen, all vessels of that state."""
    language, state = screen.language, _chosen(screen, "vessel_state")
    shown = _shown(screen, fleet)
    if state:
        head = say("vessels_page.list_title", language, count=write.number(shown.height, 0, language),
                   state=say(f"vessels_page.state_{state}", language).lower())
        rows = shown.with_columns(_all_concerns(language)).sort("hours_silent", descending=True)
    else:
        rows = vessels.duty_list(fleet, language)
        head = say("vessels_page.duty_title", language, count=rows.height)
    frame = rows.with_columns(
        where=sea.positions(rows, language),
        marked=pl.format("{} {}", pl.col("concern").replace_strict(MARK, default=""), "concern_name"),
        port_of=pl.col("home_port").str.strip_prefix("Cảng "),
        door=pl.Series([door(screen, vessel=v) for v in rows["vessel"]], dtype=pl.String),
    )
    columns = [
        ColumnSpec("door", "Tàu", "Vessel", "link", named=r"vessel=([^&]+)"),
        ColumnSpec("marked", "Trạng thái", "State"), ColumnSpec("hours_silent", "Giờ im", "Hours silent", "number", 1),
        ColumnSpec("time", "Lúc", "At", "moment"), ColumnSpec("where", "Vị trí cuối", "Last position"),
        ColumnSpec("line_distance_nm", "Cách đường (hải lý)", "To the line (nm)", "number", 1),
        ColumnSpec("port_of", "Cảng", "Port"), ColumnSpec("action", "Việc cần làm", "To do"),
    ]
    screen.rows(frame, columns, screen.figure(vessels.STATES_BY), head, say("vessels_page.duty_sub", language),
                key="duty", height=tall(frame.height), simulated=is_simulated(screen))


def _all_concerns(language: str) -> list[pl.Expr]:
    """Return state in words and what to do, for vessels that give no concern too."""
    words = {c: say(f"vessels_page.state_{c}", language) for c in STATUS}
    todo = {"": "", **{c: say(f"vessels.action_{c}", language) for c in vessels.CONCERNS}}
    gravest = pl.when(pl.col("concern") == "").then("state").otherwise("concern")
    return [gravest.alias("concern"), gravest.replace_strict(words, default="").alias("concern_name"),
            pl.col("concern").replace_strict(todo, default="").alias("action")]


# Places and ports


COMPARED = (
    ("vessel_registered", "Đăng ký", "Registered"), ("vessel_at_sea", "Trên biển", "At sea"),
    ("vessel_lost_6h", "Mất > 6 giờ", "Lost > 6 h"), ("vessel_licence_expired", "GPKT hết hạn", "Licence over"),
)  # fmt: skip


def by_commune(screen: Screen) -> None:
    """Draw the communes that have vessels, the largest fleet first."""
    _compare(screen, "place", "commune_title", place=None)


def by_class(screen: Screen) -> None:
    """Draw the length classes, the shortest first."""
    _compare(screen, "length_class", "class_title", where=None)


def _compare(screen: Screen, by: str, title: str, **asked: None) -> None:
    found = {name: screen.divide(name, by, **asked) for name, *_ in COMPARED}
    first = found["vessel_registered"]
    frame = screen.beside(found, "vessel_registered")
    frame = frame.filter(pl.any_horizontal(pl.col(*found).fill_null(0) > 0))
    frame = frame.sort("vessel_registered", descending=True) if by == "place" else frame.sort("key")
    head = ColumnSpec("name", say(f"screen.by_{by}", "vi"), say(f"screen.by_{by}", "en"))
    columns = [head, *(ColumnSpec(*spec, "number") for spec in COMPARED)]
    period = write.period_label(found["vessel_at_sea"].figure.period, screen.language)
    screen.rows(frame, columns, first.figure, say(f"vessels_page.{title}", screen.language, count=frame.height),
                period, key=by, height=tall(frame.height), simulated=first.figure.simulated)


def ports(screen: Screen) -> None:
    """Draw the published list of fishing ports with its date: those of the province first."""
    language, listed = screen.language, vessels.ports()
    own = listed.filter(pl.col("scope") == "inside")
    words = {1: say("vessels_page.port_open", language), 0: say("vessels_page.port_closed", language)}
    frame = listed.with_columns(
        state=pl.col("active").cast(pl.Int64).replace_strict(words, default=words[0], return_dtype=pl.String),
        where=sea.positions(listed, language),
        decisions=pl.col("decisions").str.replace_all(r";\s*", "; "),
    )
    columns = [
        ColumnSpec("name", "Cảng", "Port"), ColumnSpec("province", "Tỉnh", "Province"),
        ColumnSpec("state", "Tình trạng", "State"), ColumnSpec("where", "Vị trí", "Position"),
        ColumnSpec("port_class", "Loại", "Class"), ColumnSpec("decisions", "Quyết định công bố", "Decisions"),
    ]
    when = write.date(own["listed_at"].max() if own.height else None)  # type: ignore[arg-type]
    title = say("vessels_page.ports_title", language, count=own.height,
                open=own.filter(pl.col("active").cast(pl.Boolean)).height)
    screen.rows(frame, columns, screen.figure("vessel_ports_active", place=None, where=None), title,
                say("vessels_page.ports_sub", language, when=when), key="ports", height=400)


