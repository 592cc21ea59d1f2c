"""What only the page of citizens' reports draws: what keeps coming back, where it gathers, what others published."""

from html import escape
from math import cos, radians
from typing import Any

import polars as pl
import streamlit as st

from components import attention, maps, page, tables
from components import format as write
from components.screen import Screen
from components.states import empty
from components.tables import ColumnSpec
from components.theme import palette
from config.feedback import load_feedback
from config.locale import catalogue, say
from config.registry import load_registry
from services.feedback import sees_reports
from services.names import name_of
from services.rows import rows

WHOLE = {"place": None, "agency": None}
SERIES = ("thanh_hoa_2020_2023", "hue_2025_09", "hue_2022", "hcm_2025_10")
PUBLISHED = ("items", "done_pct", "on_time_pct", "satisfied_pct")
ON_TIME = (70.0, 80.0, 90.0, 95.0)
"""Bounds of the classes of the on-time rate, in per cent (product choice)."""
ENOUGH = 20
"""Reports below which an agency's rate is not compared (product choice)."""
PROVINCE = maps.View(lon=105.36, lat=19.98, zoom=7.35)
MOST_POINTS, LISTED = 1_500, 8


def text(screen: Screen, key: str, **values: object) -> str:
    """Return a text of this page."""
    return say(f"feedback_page.{key}", screen.language, **values)


def column(name: str, kind: tables.Kind = "text", decimals: int = 0, width: str | int | None = None) -> ColumnSpec:
    """Return a column titled from this page's own texts."""
    texts = catalogue()[f"feedback_page.col_{name}"]
    return ColumnSpec(name, texts["vi"], texts["en"], kind, decimals, width)  # type: ignore[arg-type]


def of_choice(screen: Screen, frame: pl.DataFrame) -> pl.DataFrame:
    """Keep the places and cells of the commune and agency chosen."""
    for name in ("place", "agency"):
        if chosen := screen.chosen.get(name):
            frame = frame.filter(pl.col(name) == chosen)
    return frame


def _short(indicator: str) -> str:
    """Return the catalogue's key of an indicator's short name."""
    return f"feedback_page.short_{indicator.removeprefix('fb_')}"


def _topic(screen: Screen, key: str) -> str:
    return name_of("topic", key)[screen.language]


def _simulated(screen: Screen) -> bool:
    """Say whether the reports are simulated, without asking for a state again."""
    return screen.figure("fb_overdue", period=None).simulated


# What keeps coming back

def coming_back(screen: Screen) -> None:
    """Draw the places where settled reports come again and again, each a door to it on the map."""
    found, lang = of_choice(screen, screen.states("fb_repeat_places")), screen.language
    title = text(screen, "back_none")
    if found.height:
        topic = _topic(screen, found["topic"].mode().sort()[0]).lower()
        title = text(screen, "back_title", count=found.height, topic=topic)
    with screen.card("back", title, text(screen, "back_sub"), _simulated(screen)):
        listed = [
            {"name": f"{_topic(screen, r['topic'])} · {r['address'] or name_of('place', r['place'])[lang]}",
             "extra": r["weeks"], "value": float(r["count"]), "url": screen.door(spot=r["spot"])}
            for r in found.head(LISTED).iter_rows(named=True)
        ]  # fmt: skip
        frame = pl.DataFrame(listed, infer_schema_length=None)
        attention.ranking(frame, value_title=text(screen, "reports_short"), extra_title=text(screen, "weeks"),
                          name_title=text(screen, "where"), decimals=0, language=lang)


# The map

def spots_map(screen: Screen) -> None:
    """Draw hot cells, places that come back and, for those entitled, the open reports; one place near if chosen."""
    hot = of_choice(screen, screen.states("fb_hot_spots").filter("is_hot"))
    back = of_choice(screen, screen.states("fb_repeat_places"))
    lang = screen.language
    title = text(screen, "map_title", hot=hot.height, back=back.height)
    cells = [_square(screen, row) for row in hot.iter_rows(named=True)]
    with screen.card("map", title, text(screen, "map_sub"), _simulated(screen)):
        layers = [
            maps.polygons(cells, id="hot", colour=palette().bad),
            maps.points(_reports(screen), id="reports", size=2),
            maps.points(_spots(screen, back), id="back", size=5),
            maps.points(_middles(hot, cells), id="hot_middles", size=8),
        ]
        view, chosen = _view(screen, back)
        if chosen:
            layers.append(maps.names([{"lon": view.lon, "lat": view.lat, "text": chosen}], id="chosen"))
        maps.show_map(layers, key=f"feedback_map_{view.lat:.4f}_{view.lon:.4f}", view=view, height=404, alt_text=title,
                      credited=False, language=lang)
        _legend(screen)
        if chosen:
            door = escape(screen.door(spot=""))
            st.html(f'<div class="ioc-note"><a href="{door}">{text(screen, "map_back")}</a></div>')
        maps.credit(lang)


def _legend(screen: Screen) -> None:
    marks = (("critical", "●", "hot"), ("near", "●", "back"), ("bad", "•", "overdue"), ("accent", "•", "open"))
    words = (f'<span style="white-space:nowrap"><i style="color:{getattr(palette(), tone)}">{sign}</i> '
             f'{escape(text(screen, f"legend_{key}"))}</span> ' for tone, sign, key in marks)
    st.html(f'<div class="ioc-note">{"".join(words)}</div>')


def _view(screen: Screen, back: pl.DataFrame) -> tuple[maps.View, str]:
    """Return where the map looks, and the name of the one place that the address asks for, '' where it asks for none.

    That place, else the commune chosen, else the province.
    """
    named = back.filter(pl.col("spot") == st.query_params.get("spot", ""))
    if named.height:
        place = name_of("place", named["place"][0])[screen.language]
        return maps.View(named["lon"][0], named["lat"][0], 11), named["address"][0] or place
    commune = load_registry().places.get(str(screen.chosen.get("place") or ""))
    return (maps.View(commune.lon, commune.lat, 11) if commune else PROVINCE), ""


def _square(screen: Screen, row: dict[str, Any]) -> dict[str, Any]:
    half = load_feedback().hot_spot.cell_metres / 2 / 111_195
    wide = half / cos(radians(row["lat"]))
    ring = [[row["lon"] + x * wide, row["lat"] + y * half] for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1))]
    tip = text(screen, "tip_hot", topic=_topic(screen, row["topic"]), count=row["count"],
               expected=write.number(row["expected"], 1, screen.language),
               place=name_of("place", row["place"])[screen.language])
    return {"polygon": ring, "tip": tip}


def _middles(hot: pl.DataFrame, cells: list[dict[str, Any]]) -> pl.DataFrame:
    """Return a mark in the middle of each hot cell, which from afar is too small to be seen."""
    tips = pl.Series("tip", [cell["tip"] for cell in cells], dtype=pl.String)
    return hot.select("lon", "lat", pl.lit("critical").alias("status"), tips)


def _spots(screen: Screen, back: pl.DataFrame) -> pl.DataFrame:
    made = [{"lon": r["lon"], "lat": r["lat"], "status": "near",
             "tip": text(screen, "tip_back", topic=_topic(screen, r["topic"]), count=r["count"], weeks=r["weeks"],
                         where=r["address"] or "", first=write.date(r["first_at"]), last=write.date(r["last_at"]))}
            for r in back.iter_rows(named=True)]  # fmt: skip
    return pl.DataFrame(made, schema={"lon": pl.Float64, "lat": pl.Float64, "status": pl.String, "tip": pl.String})


def _reports(screen: Screen) -> pl.DataFrame:
    """Return the open reports that the viewer may see as points."""
    if not sees_reports(screen.viewer):
        return pl.DataFrame(schema={"lon": pl.Float64, "lat": pl.Float64, "status": pl.String, "tip": pl.String})
    where = {k: v for k in ("place", "agency") if (v := screen.chosen.get(k))}
    found = rows("feedback", screen.viewer, list="open", where=where, limit=MOST_POINTS).rows
    late = (pl.col("late_from") <= pl.lit(screen.figure("fb_overdue", period=None).as_of)).fill_null(False)
    topics = {k: _topic(screen, k) for k in found["topic"].unique()}
    tip = pl.format("{} · {}\n{}", pl.col("topic").replace(topics), "feedback", pl.col("content").str.slice(0, 90))
    return found.select("lon", "lat", pl.when(late).then(pl.lit("bad")).otherwise(pl.lit("none")).alias("status"),
                        tip.alias("tip"))


# Topics, agencies, communes

def topics(screen: Screen) -> None:
    """Draw the four commonest topics over half a year of weeks."""
    frame = screen.divide("fb_received", "topic", period=None).frame.drop_nulls("value").sort("value", descending=True)
    most = frame["key"].head(4).to_list()
    if not most:
        return
    title = text(screen, "topics_title", topic=_topic(screen, most[0]), count=write.number(frame["value"][0], 0,
                                                                                          screen.language))
    screen.trend("fb_received", 26, "week", title, key="topics", width=548, height=500, series_by=("topic", most),
                 subtitle=text(screen, "topics_sub"), period=None)


TOPICS = ("fb_received", "fb_on_time_pct", "fb_overdue", "fb_median_hours")


def topic_times(screen: Screen) -> None:
    """Draw each topic with the time set for it, or the cap alone, and how that was kept."""
    rules, lang = load_feedback(), screen.language
    cap = rules.cap.days
    set_for = {t.id: text(screen, "time_urgent" if t.urgent else "time_days" if t.days else "time_none", days=t.days,
                          cap=cap) for t in rules.topics}  # fmt: skip
    frame = pl.DataFrame({"key": list(set_for), "topic": [_topic(screen, t) for t in set_for],
                          "time": list(set_for.values())})  # fmt: skip
    found = {name: screen.divide(name, "topic") for name in TOPICS}
    for name, part in found.items():
        frame = frame.join(part.frame.select("key", pl.col("value").alias(name)), on="key", how="left")
    counted = [n for n in COUNTS if n in found and found[n].figure.value is not None]
    frame = frame.with_columns(pl.col(n).fill_null(0) for n in counted)
    bare = sum(not t.days and not t.urgent for t in rules.topics)
    columns = [column("topic", width=190), column("time", width=330)]
    columns += [tables.titled(n, _short(n), "number", part.figure.decimals) for n, part in found.items()]
    title, label = text(screen, "times_title", bare=bare, all=len(rules.topics), cap=cap), found[TOPICS[0]].figure
    sub = text(screen, "times_sub", period=write.period_label(label.period, lang))
    screen.rows(frame.sort("fb_received", descending=True, nulls_last=True), columns, label, title, sub, key="times",
                height="content", simulated=label.simulated)  # fmt: skip


def slow_agencies(screen: Screen) -> None:
    """Draw the agencies with the lowest on-time rate among those with enough reports."""
    screen.worst("fb_on_time_pct", by="agency", count=10, extra="denominator", least=ENOUGH, key="slow",
                 title=text(screen, "slow_title"), place=None, agency=None)


LEAGUE = ("fb_received", "fb_on_time_pct", "fb_overdue", "fb_median_hours", "fb_reopened_pct",
          "fb_no_evidence_pct", "fb_satisfied_pct", "fb_rated")
COUNTS = ("fb_received", "fb_overdue", "fb_rated")
"""What is counted: where none was found there is none."""


def league(screen: Screen) -> None:
    """Draw agencies, then the 166 communes, side by side in tables with export, the latest first."""
    titles = [_short(name) for name in LEAGUE]
    for by in ("agency", "place"):
        screen.compare(LEAGUE, by, text(screen, f"league_{by}"), key=f"league_{by}", height=330, titles=titles,
                       with_units=False, worst="fb_on_time_pct", least=ENOUGH, counts=COUNTS, **WHOLE)


# What was published

def published(screen: Screen) -> None:
    """Draw the real figures found in print, dated and named, beside which the simulated ones stand."""
    lang = screen.language
    made = []
    for series in SERIES:
        row: dict[str, object] = {"series": name_of("series", series)[lang], "source": text(screen, f"source_{series}")}
        for name in PUBLISHED:
            figure = screen.figure(f"fb_published_{name}", where={"series": series}, period=None, **WHOLE)
            row[name] = figure.value
        made.append(row)
    label = screen.figure("fb_published_on_time_pct", period=None, **WHOLE)
    columns = [column("series"), column("items", "number"), column("done_pct", "number", 1),
               column("on_time_pct", "number", 1), column("satisfied_pct", "number", 1), column("source")]  # fmt: skip
    with screen.card("published", text(screen, "published_title"), text(screen, "published_sub")):
        if label.value is None:
            empty(language=lang)
            return
        frame = pl.DataFrame(made, infer_schema_length=None)
        tables.table(frame, columns, key="table_published", height="content", language=lang)
        page.note(text(screen, "published_note"))
        tables.export_buttons(frame, columns, label, f"{screen.id}_published", lang)
