"""The communes by their on-time rate: the map, the lowest ten, the lowest over twelve months."""

import polars as pl
import streamlit as st

from components import attention, charts, tables
from components import format as write
from components.chart import chart
from components.choropleth import class_labels, legend
from components.public_services.terms import ENOUGH, ON_TIME, WHOLE, column, own, text
from components.screen import Screen
from components.states import empty
from config.registry import load_registry
from services.figure import Figure
from services.periods import last_periods


def commune_map(screen: Screen) -> None:
    """Draw the on-time rate of the 166 communes."""
    screen.map_of_communes("dvc_on_time_pct", ON_TIME, agency=None)


def worst_communes(screen: Screen) -> None:
    """Draw the ten communes with the lowest on-time rate among those with enough dossiers."""
    found, lang = screen.divide("dvc_on_time_pct", "place", **WHOLE), screen.language
    frame = screen.name(found.frame).filter(pl.col("denominator") >= ENOUGH).sort("value").head(10)
    rows = frame.select(pl.col("key").replace({c: p.name for c, p in load_registry().places.items()}).alias("name"),
                        "value", "status", pl.col("denominator").alias("extra"),
                        screen.doors_by("place").alias("url"))
    sub = text(screen, "worst_sub", period=write.period_label(found.figure.period, lang))
    with screen.card("worst", text(screen, "worst_title"), sub, found.figure.simulated):
        attention.ranking(rows, value_title=text(screen, "on_time"), unit="%", decimals=1, language=lang,
                          extra_title=text(screen, "col_dossiers"))


def _months(screen: Screen) -> tuple[pl.DataFrame, list[str], Figure]:
    """Return `row, column, value` and the months: rates of communes with enough dossiers, over up to twelve months."""
    whole, parts = screen.figure("dvc_on_time_pct", **WHOLE), []
    assert whole.period
    for month in last_periods(whole.period, 12):
        found = screen.divide("dvc_on_time_pct", "place", **WHOLE | {"period": month.label})
        label = pl.lit(write.period_label(month, screen.language)).alias("column")
        parts.append(screen.name(found.frame).filter(pl.col("denominator") >= ENOUGH).select(
            pl.col("name").alias("row"), label, "value"))
    cells = pl.concat(parts)
    months = [write.period_label(m, screen.language) for m in last_periods(whole.period, 12)]
    began = next((i for i, month in enumerate(months) if month in set(cells["column"])), len(months) - 1)
    return cells, months[began:], whole


def heat(screen: Screen) -> None:
    """Draw the on-time rate of the worst fifteen communes over twelve months."""
    cells, months, whole = _months(screen)
    if len(months) < 2:
        return
    lang = screen.language
    worst = cells.filter(pl.col("column") == months[-1]).sort("value").select("row").head(15)
    often = cells.filter(pl.col("value") < ON_TIME[1]).group_by("row").len().filter(pl.col("len") >= 3).height
    title = text(screen, "heat_title", count=often, months=len(months))
    grid = worst.join(pl.DataFrame({"column": months}), how="cross").join(cells, on=["row", "column"], how="left",
                                                                         maintain_order="left")
    with screen.card("heat", title, text(screen, "heat_sub", month=months[-1]), whole.simulated):
        if grid.is_empty():
            empty(text(screen, "heat_empty"), language=lang)
            return
        spec = charts.heat(grid, edges=ON_TIME, unit="%", columns_order=months, language=lang)
        with st.container(key="wide_heat"):
            chart(spec, key="chart_heat", alt_text=title, width=1096, height=22 * worst.height + 30, language=lang)
            legend(class_labels(ON_TIME, "%", 0, lang), bool(grid["value"].null_count()), lang)
        st.html(_heat_cards(grid, lang))


def _heat_cards(grid: pl.DataFrame, language: str) -> str:
    """Return the grid for a narrow screen: who was below 80 % in how many months, and the latest rate."""
    rows = grid.group_by("row", maintain_order=True).agg(
        pl.col("value").last().alias("on_time"), (pl.col("value") < ON_TIME[1]).sum().alias("months_below"),
    ).filter(pl.col("months_below") > 0).sort("months_below", descending=True)
    return tables.cards(rows, [column("row", "screen.by_place"), own("on_time", "number", 1),
                               own("months_below", "number")], language)
