"""The graduation exam, real: our subjects beside the country, our place over the years, all provinces, the scores."""

from typing import Any

import altair as alt
import polars as pl
import streamlit as st

from components import charts, page, tables
from components import format as write
from components.chart import chart
from components.education.terms import own, text
from components.filters import choice_filter
from components.screen import Screen
from components.states import empty
from components.theme import palette
from config.locale import say
from services.education import around, course, distribution, ours_by_subject, ours_by_year, provinces
from services.figure import Figure
from services.methods.education import ENOUGH, OURS
from services.names import name_of

PROVINCE: dict[str, Any] = {"place": None, "period": None, "where": None}
"""The exam is told for the province as a whole."""
FIRST = "Toan"


def exams(screen: Screen) -> None:
    """Draw the exam: a year and a subject chosen, our subjects, our place, all provinces, the distribution."""
    figure = screen.figure("edu_exam_rank", **PROVINCE)
    standing = screen.states("edu_exam_rank")
    if standing.is_empty():
        with screen.card("exams", text(screen, "exams_title")):
            empty(language=screen.language)
        return
    year, subject = _chosen(screen, standing)
    _subjects(screen, standing, year, figure)
    left, right = screen.columns("two")
    with left:
        _course(screen, standing, subject)
        _scores(screen, subject)
    with right:
        _provinces(screen, standing, year, subject, figure)
    _years(screen, standing, subject, figure)


def _name(screen: Screen, subject: str) -> str:
    return name_of("subject", subject)[screen.language]


def _chosen(screen: Screen, standing: pl.DataFrame) -> tuple[int, str]:
    """Draw the choice of exam and subject under the heading of the exams."""
    lang = screen.language
    years = {str(y): str(y) for y in standing["year"].unique().sort(descending=True)}
    with st.container(horizontal=True, key="tools_exams", vertical_alignment="bottom"):
        page.heading(text(screen, "exams_title"), text(screen, "exams_sub"), False, lang)
        with st.container(key="filter_choice_exam", width=110):
            year = int(choice_filter("exam", say("education_page.exam", lang), years, width=110))
        held = ours_by_subject(standing, year)["subject"].to_list()
        names = {key: _name(screen, key) for key in held or [FIRST]}
        with st.container(key="filter_choice_subject", width=200):
            subject = choice_filter("subject", say("education_page.subject", lang), names, default=FIRST, width=200)
    return year, subject


def _of(rank: str, ranked: str) -> pl.Expr:
    return pl.when(pl.col(rank).is_not_null()).then(pl.format("{}/{}", rank, ranked)).otherwise(pl.lit("–"))


def _subjects(screen: Screen, standing: pl.DataFrame, year: int, figure: Figure) -> None:
    """Draw our subjects of an exam beside the country, counts beside means."""
    lang, ours = screen.language, ours_by_subject(standing, year)
    judged = ours.drop_nulls("ahead")
    above = judged.filter(pl.col("ahead") > 0).height
    title = text(screen, "subjects_title", year=year, count=above, all=judged.height)
    with screen.card("exam_subjects", title, text(screen, "subjects_sub", least=ENOUGH)):
        frame = ours.with_columns(
            pl.col("subject").replace({s: _name(screen, s) for s in ours["subject"]}).alias("subject_name"),
            _of("rank", "ranked").alias("place_of"),
        )
        columns = [own("subject_name", width=180), own("candidates", "number"), own("mean", "number", 2),
                   own("country", "number", 2), own("ahead", "number", 2), own("place_of"), own("below_5", "number", 1),
                   own("country_below_5", "number", 1), own("above_8", "number", 1)]  # fmt: skip
        tables.table(frame, columns, key="table_subjects", height="content", language=lang)
        tables.export_buttons(frame, columns, figure, f"{screen.id}_exam_{year}", lang)
        page.note(text(screen, "exams_note"))


def _course(screen: Screen, standing: pl.DataFrame, subject: str) -> None:
    """Draw how many per cent of the other provinces are behind us, each programme a line of its own."""
    lang, ours = screen.language, ours_by_year(standing, subject)
    names = {key: text(screen, f"programme_{key}") for key in ("2006", "2018")}
    frame = course(ours).with_columns(pl.col("series").replace(names))
    last = ours.drop_nulls("rank").head(1)
    title = text(screen, "place_none")
    if last.height:
        row = last.row(0, named=True)
        title = text(screen, "place_title", subject=_name(screen, subject), rank=row["rank"], all=row["ranked"],
                     year=row["year"])  # fmt: skip
    with screen.card("exam_course", title, text(screen, "place_sub")):
        if frame["value"].is_null().all():
            empty(language=lang)
            return
        spec = charts.line(frame, unit="%", decimals=0, zero=True, language=lang)
        chart(spec, key="chart_exam_course", alt_text=title, width=548, height=200, language=lang)


def _scores(screen: Screen, subject: str) -> None:
    """Draw the scores of the last exam of which they are known."""
    lang, asked = screen.language, PROVINCE | {"where": {"subject": subject}}
    found = screen.divide("edu_exam_scores", "score", **asked)
    told = distribution(found.frame)
    if told is None or found.figure.period is None:
        with screen.card("exam_scores", text(screen, "scores_none", subject=_name(screen, subject))):
            empty(language=lang)
        return
    title = text(
        screen, "scores_title", subject=_name(screen, subject), year=write.local(found.figure.period.start).year,
        count=write.number(told.candidates, 0, lang), below=write.percent(told.below_5, 1, lang),
    )  # fmt: skip
    enough = told.candidates >= ENOUGH
    mean = write.number(told.mean if enough else None, 2, lang)
    sub = text(screen, "scores_sub", mean=mean, above=write.percent(told.from_8 if enough else None, 1, lang))
    with screen.card("exam_scores", title, sub):
        spec = _histogram(told.bins, lang)
        chart(spec, key="chart_exam_scores", alt_text=title, width=548, height=200, language=lang)
        page.note(text(screen, "scores_note"))


def _histogram(bins: pl.DataFrame, language: str) -> Any:
    """Return candidates by half a point, those below 5 in the colour of change."""
    colours = palette()
    rows = [
        {"points": r["points"], "end": min(r["points"] + 0.46, 10.46), "n": r["candidates"],
         "tone": colours.contrast if r["points"] < 5 else colours.accent,
         "text": write.number(r["candidates"], 0, language), "from": write.number(r["points"], 1, language)}
        for r in bins.iter_rows(named=True)
    ]  # fmt: skip
    base = alt.Chart(alt.InlineData(values=rows))
    x = alt.X("points:Q", bin="binned", title=None, scale=alt.Scale(domain=[0, 10.5], nice=False),
              axis=alt.Axis(values=list(range(11)), grid=False))  # fmt: skip
    y = alt.Y("n:Q", title=None, axis=alt.Axis(format=",.0f", tickCount=4))
    hover = [alt.Tooltip("from:N", title=say("education_page.from_points", language)),
             alt.Tooltip("text:N", title=say("education_page.col_candidates", language))]  # fmt: skip
    return base.mark_bar().encode(x=x, x2="end:Q", y=y, color=alt.Color("tone:N", scale=None), tooltip=hover)


def _provinces(screen: Screen, standing: pl.DataFrame, year: int, subject: str, figure: Figure) -> None:
    """Draw the first, the last and our neighbours among the provinces of an exam; the file holds all."""
    lang, frame = screen.language, provinces(standing, year, subject)
    title = text(screen, "provinces_title", subject=_name(screen, subject), year=year, all=frame["ranked"].max() or 0)
    with screen.card("exam_provinces", title, text(screen, "provinces_sub", least=ENOUGH)):
        shown = around(frame)
        if shown.is_empty():
            empty(language=lang)
            return
        count = pl.Series([write.number(n, 0, lang) for n in shown["candidates"]])
        named = pl.format("{}. {} ({})", "rank", "province", count)
        bars = shown.select(named.alias("name"), pl.col("mean").alias("value"), "province")
        ours = bars.filter(pl.col("province") == OURS)["name"].to_list()
        spec = charts.bars(bars, decimals=2, highlight=ours[0] if ours else "", language=lang)
        chart(spec, key="chart_provinces", alt_text=title, width=548, height=26 * shown.height + 20, language=lang)
        columns = [own("rank", "number"), own("province"), own("candidates", "number"), own("mean", "number", 2),
                   own("below_5", "number", 1), own("above_8", "number", 1)]  # fmt: skip
        tables.export_buttons(frame, columns, figure, f"{screen.id}_provinces_{year}_{subject}", lang)


def _years(screen: Screen, standing: pl.DataFrame, subject: str, figure: Figure) -> None:
    """Draw our results in a subject over the exams, each with its number of provinces."""
    lang, ours = screen.language, ours_by_year(standing, subject)
    title = text(screen, "years_title", subject=_name(screen, subject))
    with screen.card("exam_years", title, text(screen, "years_sub")):
        frame = ours.with_columns(
            _of("rank", "ranked").alias("place_of"), pl.col("year").cast(pl.String).alias("exam"),
            pl.col("programme").replace({k: text(screen, f"programme_{k}") for k in ("2006", "2018")}),
        )  # fmt: skip
        columns = [own("exam", width=70), own("programme", width=170), own("candidates", "number"),
                   own("mean", "number", 2), own("country", "number", 2), own("ahead", "number", 2), own("place_of"),
                   own("below_5", "number", 1), own("country_below_5", "number", 1)]  # fmt: skip
        tables.table(frame, columns, key="table_years", height="content", language=lang)
        tables.export_buttons(frame, columns, figure, f"{screen.id}_exam_{subject}", lang)
