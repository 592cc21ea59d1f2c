"""The main picture: each target's share of its plan, what was due by then, and where the year ends at this pace."""

from typing import Any

import altair as alt
import polars as pl

from components import asking, charts
from components.chart import chart
from components.page import note
from components.screen import Screen
from components.socioeconomy.terms import ended, is_old, percent, series_name, states_of, text, year_of
from components.states import empty
from components.theme import palette
from services.target_course import LAST, PLAN, THIS, target_course

ROW, FOOT = 25, 30
AHEAD = ("reached", "on_track")


def _rows(screen: Screen) -> list[dict[str, Any]]:
    """Return the targets with plan and result, the lowest projection first, in per cent of the plan."""
    known = states_of(screen).filter(
        pl.col("horizon") == "year", pl.col("plan") > 0, pl.col("done").is_not_null(), pl.col("basis") != "lower"
    )
    colours, lang = palette(), screen.language
    made = []
    for r in known.sort("projected_pct").iter_rows(named=True):
        tone = colours.accent if r["verdict"] in AHEAD else colours.bad
        tone = colours.stale if is_old(r) else tone
        done = r["done"] / r["plan"] * 100
        due = r["share"] * 100 if r["pace_by"] in ("seasonal", "linear") else None
        made.append({
            "name": series_name(screen, r["series"]), "done": done, "due": due, "projected": r["projected_pct"],
            "tone": tone, "label": percent(r["projected_pct"], lang), "verdict": r["verdict"],
            "series": r["series"], "plan": r["plan"], "unit": r["unit"],
            "tip_done": percent(done, lang), "tip_due": percent(due, lang),
            "tip_year": percent(r["projected_pct"], lang),
        })  # fmt: skip
    return made


def _spec(screen: Screen, rows: list[dict[str, Any]]) -> Any:
    colours = palette()
    top = max([100.0, *(r[n] for r in rows for n in ("done", "projected") if r[n] is not None)])
    scale = alt.Scale(domain=[0, top * 1.3])
    y = alt.Y("name:N", sort=None, title=None, axis=alt.Axis(grid=False, labelLimit=140, labelColor=colours.ink))
    base = alt.Chart(alt.InlineData(values=rows)).encode(y=y)
    hover = [alt.Tooltip("name:N", title=" ")] + [
        alt.Tooltip(f"{field}:N", title=text(screen, key))
        for field, key in (("tip_done", "tip_done"), ("tip_due", "tip_due"), ("tip_year", "tip_projected"))
    ]
    tone = alt.Color("tone:N", scale=None)

    def x(field: str) -> alt.X:
        axis = alt.Axis(values=[0, 50, 100], labelExpr="datum.value + ' %'")
        return alt.X(f"{field}:Q", title=None, scale=scale, axis=axis)

    plan = alt.Chart(alt.InlineData(values=[{"at": 100, "label": text(screen, "chart_plan")}]))
    known = base.transform_filter("isValid(datum.due)")
    return alt.layer(
        base.mark_bar(height={"band": 0.42}, opacity=0.55).encode(x=x("done"), color=tone, tooltip=hover),
        plan.mark_rule(color=colours.muted, strokeWidth=1).encode(x=alt.X("at:Q", scale=scale)),
        known.mark_tick(thickness=2, size=15, color=colours.ink).encode(x=x("due")),
        base.mark_point(filled=True, size=70, opacity=1).encode(x=x("projected"), color=tone, tooltip=hover),
        *charts.words(base.encode(x=x("projected"), text="label:N"), 12, align="left", dx=8, color=colours.ink),
    )


def pace_chart(screen: Screen) -> None:
    """Draw each target's year so far against what was due, and its projection, in per cent of the plan."""
    rows = _rows(screen)
    ahead = sum(r["verdict"] in AHEAD for r in rows)
    title = text(screen, "chart_title", ahead=ahead, count=len(rows), year=year_of(screen))
    with screen.card("pace", title, text(screen, "chart_sub")):
        if not rows:
            empty(text(screen, "chart_empty"), language=screen.language)
            return
        chart(_spec(screen, rows), key="chart_pace", alt_text=title, width=392, height=ROW * len(rows) + FOOT,
              language=screen.language)  # fmt: skip
        note(text(screen, "chart_legend"))
        _way(screen, rows[0])


def _way(screen: Screen, row: dict[str, Any]) -> None:
    """Draw the course of the target that is furthest behind: this year, last year and the way to the plan."""
    figures = screen.states("eco_published", **ended(screen))
    at = ended(screen).get("at") or asking.moment()
    frame = target_course(figures, row["series"], year_of(screen), row["plan"], at)
    names = {key: text(screen, f"way_{key}") for key in (THIS, PLAN, LAST)}
    order = {name: n for n, name in enumerate(names.values())}
    frame = frame.with_columns(pl.col("series").replace(names)).sort(pl.col("series").replace_strict(order), "start")
    if not frame.filter(pl.col("series") == names[THIS]).height:
        return
    title = text(screen, "way_title", name=row["name"], unit=row["unit"])
    chart(charts.line(frame, unit=row["unit"], decimals=0, zero=True, language=screen.language), key="chart_way",
          alt_text=title, title=title, width=392, height=150, language=screen.language)  # fmt: skip
