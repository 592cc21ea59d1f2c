"""How the work goes: the main tiles, what comes in and goes out by week, the fields that are late."""

import polars as pl

from components import charts, kpi, page
from components import format as write
from components.chart import chart
from components.public_services.terms import WHOLE, text
from components.screen import Screen
from components.states import empty


def strip(screen: Screen) -> None:
    """Draw the four main tiles; the score is the province's whatever place or agency is chosen."""
    if screen.chosen.get("place") and screen.chosen.get("agency"):
        page.note(text(screen, "both_chosen"))
    found = [screen.divide("dvc_766_total", "time", last=12, **WHOLE)]
    found += [screen.divide(n, "time", last=12) for n in ("dvc_on_time_pct", "dvc_open_late", "dvc_online_pct")]
    trends = {part.figure.indicator: part.frame["value"].to_list() for part in found}
    kpi.kpi_strip([part.figure for part in found], trends, screen.language)


def weeks(screen: Screen) -> None:
    """Draw dossiers received and settled by week; by month where a place or an agency is chosen."""
    lang, narrowed = screen.language, screen.chosen.get("place") or screen.chosen.get("agency")
    grain, last = ("month", 13) if narrowed else ("week", 52)
    names = {n: text(screen, n) for n in ("received", "done")}
    found = {n: screen.divide(f"dvc_{n}", "time", last=last, grain=grain, period=None) for n in names}
    whole = {n: write.number(f.figure.value, 0, lang) for n, f in found.items()}
    figure = found["received"].figure
    title = text(screen, "weeks_title", period=write.period_label(figure.period, lang), **whole)
    with screen.card("weeks", title, text(screen, f"weeks_sub_{grain}"), figure.simulated):
        frame = pl.concat([f.frame.select("start", "value", pl.lit(names[n]).alias("series"))
                           for n, f in found.items()])
        if frame["value"].is_null().all():
            empty(language=lang)
            return
        chart(charts.line(frame, unit=figure.unit[lang], decimals=0, zero=True, language=lang), key="chart_weeks",
              alt_text=title, width=548, height=250, language=lang)


def late_fields(screen: Screen) -> None:
    """Draw the fields in which most dossiers were settled late."""
    frame = screen.divide("dvc_late", "field").frame.filter(pl.col("value") > 0).sort("value", descending=True)
    title = text(screen, "fields_title", field=frame["key"][0]) if frame.height else text(screen, "fields_none")
    screen.ranked("dvc_late", "field", title, count=10, key="late_fields", width=548)
