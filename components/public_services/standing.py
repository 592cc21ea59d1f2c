"""Where the province stands by Decision 766: among the 34, and over the published days."""

from html import escape

import polars as pl
import streamlit as st

from components import charts, kpi
from components import format as write
from components.chart import chart
from components.public_services.terms import LATEST, day_of, text
from components.screen import Screen
from components.states import empty
from components.theme import palette
from services.methods.public_services import OUR_DEPARTMENT
from services.methods.score_766 import GROUPS
from services.names import name_of


def provinces(screen: Screen) -> None:
    """Draw the 34 provinces by their published score, ours marked."""
    figure, rank = (screen.figure(n, **LATEST) for n in ("dvc_766_total", "dvc_766_rank"))
    found = screen.divide("dvc_766_total", "department", **LATEST)
    frame = screen.name(found.frame).drop_nulls("value").sort("value", descending=True)
    lang = screen.language
    title = text(screen, "rank_title", rank=write.number(rank.value), count=frame.height,
                  score=write.number(figure.value, 2, lang))
    with screen.card("provinces", title, text(screen, "rank_sub", day=day_of(figure))):
        if frame.is_empty():
            empty(language=lang)
            return
        bars = charts.bars(frame.select("name", "value"), unit=figure.unit[lang], decimals=2, language=lang,
                           highlight=name_of("department", OUR_DEPARTMENT)[lang])
        chart(bars, key="chart_provinces", alt_text=title, width=548, height=20 * frame.height + 20, language=lang)


def _course(screen: Screen, indicator: str) -> pl.DataFrame:
    """Return the published days of a score, from the first on; a day between without a score stays empty."""
    frame = screen.divide(indicator, "time", last=90, **{**LATEST, "grain": "day"}).frame
    known = frame["value"].is_not_null()
    return frame.slice(known.arg_max() or 0) if known.any() else frame.clear()


def development(screen: Screen) -> None:
    """Draw the course of the total, and of each group with its change, over the published days."""
    frame, lang = _course(screen, "dvc_766_total"), screen.language
    if frame.height < 2:
        return
    values = frame["value"].drop_nulls()
    moved = values[-1] - values[0]
    word = text(screen, "up" if moved > 0 else "down" if moved < 0 else "same",
                 value=write.number(abs(moved), 2, lang))
    title = text(screen, "days_title", change=word, first=write.date(frame["start"][0]),
                  last=write.date(frame["start"][-1]))
    with screen.card("days", title, text(screen, "days_sub")):
        chart(charts.line(frame.select("start", "value"), unit=screen.figure("dvc_766_total", **LATEST).unit[lang],
                          decimals=2, language=lang),
              key="chart_days", alt_text=title, width=548, height=340, language=lang)
        rows = "".join(_group_row(screen, group.name(lang), f"dvc_766_{group.code.lower()}") for group in GROUPS)
        day = [write.date(frame["start"][i])[:5] for i in (0, -1)]
        heads = (text(screen, "group"), *day, text(screen, "change"), text(screen, "course"))
        cells = "".join(f'<th{"" if i == 0 else " class=ioc-num"}>{escape(h)}</th>' for i, h in enumerate(heads))
        st.html(f'<table class="ioc-table"><thead><tr>{cells}</tr></thead><tbody>{rows}</tbody></table>')


def _group_row(screen: Screen, name: str, indicator: str) -> str:
    lang, values = screen.language, _course(screen, indicator)["value"].to_list()
    if not values:
        return ""
    moved = values[-1] - values[0]
    side = write.better(moved, "up", 2) or "none"
    line = kpi.sparkline(values, palette().accent)
    cells = (("ioc-num", write.number(values[0], 2, lang)), ("ioc-num", write.number(values[-1], 2, lang)),
             (f"ioc-num ioc-{side}", write.change(moved, 2, lang)), ("ioc-num", line))
    return f"<tr><td><span>{escape(name)}</span></td>" + "".join(
        f'<td class="{css}"><span>{text}</span></td>' for css, text in cells) + "</tr>"
