"""Public investment: communes on the map, the slowest, and all agencies over both plans."""

import polars as pl

from components import attention, tables
from components import format as write
from components.choropleth import choropleth
from components.filters import of_bodies
from components.screen import Screen
from components.socioeconomy.terms import own, text
from config.locale import say

SCHEDULE = (60.0, 80.0, 90.0, 100.0)
"""Bounds of the classes of disbursement against schedule, in per cent (product choice)."""
BEHIND = 90.0
LEAGUE = {
    "central": "eco_capital_central", "province": "eco_capital_province", "disbursed": "eco_disbursed",
    "central_pct": "eco_disb_pct", "province_pct": "eco_disb_province_pct", "schedule_pct": "eco_disb_schedule_pct",
}  # fmt: skip


def commune_map(screen: Screen) -> None:
    """Draw the communes by their disbursement against their own schedule."""
    found = screen.divide("eco_disb_schedule_pct", "place")
    count = found.frame.filter(pl.col("value") < BEHIND).height
    figure, lang = found.figure, screen.language
    sub = f"{figure.name[lang]} · {write.period_label(figure.period, lang)}"
    with screen.card("map_investment"):
        choropleth(found.frame, edges=SCHEDULE, key="investment_map", title=text(screen, "map_title", count=count),
                   subtitle=sub, unit="%", decimals=1, width=520, height=450, simulated=True,
                   language=lang)  # fmt: skip


def slowest(screen: Screen) -> None:
    """Draw the ten agencies furthest behind their schedule."""
    found, lang = screen.divide("eco_disb_schedule_pct", "agency"), screen.language
    rows = screen.name(found.frame).drop_nulls("value").sort("value").head(10).select(
        "name", "value", "status", pl.format("/data_quality?figure={}", "id").alias("url")
    )
    sub = text(screen, "worst_sub", period=write.period_label(found.figure.period, lang))
    with screen.card("slowest", text(screen, "worst_title"), sub, found.figure.simulated):
        attention.ranking(rows, value_title="%", decimals=1, name_title=say("screen.by_agency", lang), language=lang)


def trend(screen: Screen) -> None:
    """Draw the disbursement of the last year by week over both plans."""
    names, lang = ("eco_disb_pct", "eco_disb_province_pct"), screen.language
    central, province = (screen.figure(name, period=None) for name in names)
    told = {"week": write.period_label(central.period, lang), "central": write.percent(central.value, 1, lang),
            "province": write.percent(province.value, 1, lang)}  # fmt: skip
    screen.trend(names, 52, "week", text(screen, "trend_title", **told),
                 key="investment_trend", width=548, height=200, period=None)  # fmt: skip


def league(screen: Screen) -> None:
    """Draw departments and communes side by side, the slowest first, with export."""
    lang = screen.language
    asked = {n: screen.divide(i, "agency") for n, i in LEAGUE.items()}
    figure = asked["schedule_pct"].figure
    frame = screen.beside(asked, "disbursed")
    frame = frame.sort("schedule_pct", nulls_last=True)
    title = text(screen, "league_title", count=frame.filter(pl.col("schedule_pct") < BEHIND).height, all=frame.height)
    with screen.card("league", title, text(screen, "league_sub"), figure.simulated):
        frame = of_bodies(frame, title, screen.id, lang)
        columns = [tables.titled("name", "screen.by_agency", width=240), *(own(n, "number", 1) for n in LEAGUE)]
        tables.table(frame, columns, key="table_investment", height=330, language=lang)
        tables.export_buttons(frame, columns, figure, f"{screen.id}_investment", lang)
