"""What only the page of public services draws: Decision 766 explained, agencies compared, the list of dossiers."""

from collections.abc import Callable, Sequence
from html import escape

import polars as pl
import streamlit as st

from components import attention, charts, kpi, labels, page, tables
from components import format as write
from components.chart import chart
from components.choropleth import class_labels, legend
from components.filters import choice_filter
from components.screen import Screen
from components.states import empty
from components.tables import ColumnSpec
from components.theme import palette
from config.locale import catalogue, say
from config.registry import load_registry
from data_access.dossiers import STATES, Page
from services.access import may, row_places
from services.dossiers import DOMAIN, dossier_list, may_list, sees_applicants
from services.figure import Figure
from services.indicators import Breakdown
from services.methods.public_services import OUR_DEPARTMENT
from services.methods.score_766 import GROUPS, NO_INPUTS
from services.names import name_of
from services.periods import last_periods
from services.score_explained import GroupExplained, MetricExplained, explain

ON_TIME = (70.0, 80.0, 90.0, 95.0)
"""Bounds of the classes of the on-time rate, in per cent (product choice)."""
ENOUGH = 20
"""Dossiers below which a commune's rate is not compared (product choice)."""
WHOLE = {"place": None, "agency": None}
"""The national portal scores the province as a whole."""
LATEST = {**WHOLE, "period": None}


def _text(screen: Screen, key: str, **values: object) -> str:
    return say(f"public_services_page.{key}", screen.language, **values)


def _column(name: str, key: str, kind: tables.Kind = "text", decimals: int = 0,
            width: str | None = None) -> ColumnSpec:
    texts = catalogue()[key]
    return ColumnSpec(name, texts["vi"], texts["en"], kind, decimals, width)  # type: ignore[arg-type]


def _own(name: str, kind: tables.Kind = "text", decimals: int = 0, width: str | None = None) -> ColumnSpec:
    return _column(name, f"public_services_page.col_{name}", kind, decimals, width)


# The strip

def strip(screen: Screen) -> None:
    """Draw the four main tiles; the score is the province's whatever place or agency is chosen."""
    if screen.chosen.get("place") and screen.chosen.get("agency"):
        page.note(_text(screen, "both_chosen"))
    found = [screen.divide("dvc_766_total", "time", last=12, **WHOLE)]
    found += [screen.divide(n, "time", last=12) for n in ("dvc_on_time_pct", "dvc_open_late", "dvc_online_pct")]
    trends = {part.figure.indicator: part.frame["value"].to_list() for part in found}
    kpi.kpi_strip([part.figure for part in found], trends, screen.language)


# Decision 766

def _score(screen: Screen) -> tuple[list[GroupExplained], Breakdown]:
    def part(indicator: str, name: str) -> Breakdown:
        return screen.divide(indicator, "metric", where={"department": OUR_DEPARTMENT, "part": name}, **WHOLE)

    items = part("dvc_766_item_score", "metric")
    groups, counters = (part("dvc_766_item_score", name).frame for name in ("group", "counter"))
    return explain(groups, items.frame, counters, part("dvc_766_flagged", "metric").frame), items


def _day(figure: Figure) -> str:
    return write.date(figure.data_until)


def _gap(metrics: Sequence[MetricExplained]) -> float:
    return max((abs(m.difference) for m in metrics if m.difference is not None), default=0.0)


def lost_points(screen: Screen) -> None:
    """Draw the six groups of Decision 766, the one that loses most first, and what could be recomputed."""
    groups, found = _score(screen)
    if all(g.published is None for g in groups):
        with screen.card("parts"):
            empty(_text(screen, "parts_empty"), language=screen.language, title=_text(screen, "parts_empty_title"))
        return
    lang, worst = screen.language, groups[0]
    title = _text(screen, "parts_title", group=worst.group.name(lang), lost=write.number(worst.lost, 2, lang))
    rows = [{"name": g.group.name(lang), "score": g.published, "max": g.group.maximum} for g in groups]
    with screen.card("parts", title, _text(screen, "parts_sub"), found.figure.simulated):
        attention.parts(pl.DataFrame(rows, schema={"name": pl.String, "score": pl.Float64, "max": pl.Float64}),
                        language=lang)
        _recomputed(screen, groups, found.figure)


def _recomputed(screen: Screen, groups: Sequence[GroupExplained], figure: Figure) -> None:
    known = [[m.recomputed is not None for m in g.metrics] for g in groups]
    full = sum(all(marks) for marks in known)
    part = sum(any(marks) and not all(marks) for marks in known)
    gap = _gap([m for g in groups for m in g.metrics])
    line = _text(screen, "recomputed_line", full=full, all=len(groups), part=part,
                 gap=write.number(gap, 3, screen.language))
    status = labels.shown_status(figure)
    late = status == "stale"
    day = escape(_text(screen, "published_late" if late else "published_on", day=_day(figure)))
    mark = f'<span class="ioc-stale">{labels.mark("stale")}{day}</span>' if late else day
    st.html(f'<div class="ioc-note">{escape(line)}<br>{mark}</div>')


def provinces(screen: Screen) -> None:
    """Draw the 34 provinces by their published score, ours marked."""
    figure, rank = (screen.figure(n, **LATEST) for n in ("dvc_766_total", "dvc_766_rank"))
    found = screen.divide("dvc_766_total", "department", **LATEST)
    frame = screen.name(found.frame).drop_nulls("value").sort("value", descending=True)
    lang = screen.language
    title = _text(screen, "rank_title", rank=write.number(rank.value), count=frame.height,
                  score=write.number(figure.value, 2, lang))
    with screen.card("provinces", title, _text(screen, "rank_sub", day=_day(figure))):
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
    word = _text(screen, "up" if moved > 0 else "down" if moved < 0 else "same",
                 value=write.number(abs(moved), 2, lang))
    title = _text(screen, "days_title", change=word, first=write.date(frame["start"][0]),
                  last=write.date(frame["start"][-1]))
    with screen.card("days", title, _text(screen, "days_sub")):
        chart(charts.line(frame.select("start", "value"), unit=screen.figure("dvc_766_total", **LATEST).unit[lang],
                          decimals=2, language=lang),
              key="chart_days", alt_text=title, width=548, height=340, language=lang)
        rows = "".join(_group_row(screen, group.name(lang), f"dvc_766_{group.code.lower()}") for group in GROUPS)
        day = [write.date(frame["start"][i])[:5] for i in (0, -1)]
        heads = (_text(screen, "group"), *day, _text(screen, "change"), _text(screen, "course"))
        cells = "".join(f'<th{"" if i == 0 else " class=ioc-num"}>{escape(h)}</th>' for i, h in enumerate(heads))
        st.html(f'<table class="ioc-table"><thead><tr>{cells}</tr></thead><tbody>{rows}</tbody></table>')


def _group_row(screen: Screen, name: str, indicator: str) -> str:
    lang, values = screen.language, _course(screen, indicator)["value"].to_list()
    if not values:
        return ""
    moved = values[-1] - values[0]
    side = write.better(moved, "up") or "none"
    line = kpi.sparkline(values, palette().accent)
    cells = (("ioc-num", write.number(values[0], 2, lang)), ("ioc-num", write.number(values[-1], 2, lang)),
             (f"ioc-num ioc-{side}", write.change(moved, 2, lang)), ("ioc-num", line))
    return f"<tr><td><span>{escape(name)}</span></td>" + "".join(
        f'<td class="{css}"><span>{text}</span></td>' for css, text in cells) + "</tr>"


SHORTER = {NO_INPUTS: "public_services_page.note_no_inputs"}


def _note(metric: MetricExplained, language: str) -> str:
    if metric.bounds and metric.recomputed is None:
        low, high = (write.number(b, 2, language) for b in metric.bounds)
        return say("public_services_page.note_between", language, low=low, high=high)
    if metric.reason:
        return say(SHORTER.get(metric.reason, metric.reason), language)
    return say("public_services.score_flag", language) if metric.is_flagged else ""


def metrics(screen: Screen) -> None:
    """Draw each metric published beside recomputed, with the difference and why one is missing."""
    groups, found = _score(screen)
    lang = screen.language
    listed = sorted((m for g in groups for m in g.metrics), key=lambda m: m.metric.number)
    known = [m for m in listed if m.difference is not None]
    if not known:
        return
    rows = [{
        "metric": f"{m.metric.number} {m.metric.name(lang)}", "maximum": m.metric.maximum,
        "published": m.published, "recomputed": m.recomputed, "difference": m.difference, "lost": m.lost,
        "numerator": m.numerator, "denominator": m.denominator, "rule": m.metric.rule, "note": _note(m, lang),
    } for m in listed]
    columns = [
        _own("metric"),
        *(_column(n, f"public_services.score_{n}", "number", d) for n, d in (
            ("maximum", 0), ("published", 2), ("recomputed", 2), ("difference", 3), ("lost", 2))),
        _own("numerator", "number"), _own("denominator", "number"), _own("note"),
        _column("rule", "public_services.score_rule"),
    ]
    title = _text(screen, "metrics_title", count=len(known), gap=write.number(_gap(known), 3, lang),
                  without=len(listed) - len(known))
    frame = pl.DataFrame(rows, infer_schema_length=None)
    with screen.card("metrics", title, _text(screen, "metrics_sub", day=_day(found.figure))):
        tables.table(frame, columns, key="table_metrics", height="content", language=lang)
        page.note(say("public_services.score_official", lang))
        tables.export_buttons(frame, columns, found.figure, f"{screen.id}_metrics", lang)


# Communes and agencies

def commune_map(screen: Screen) -> None:
    """Draw the on-time rate of the 166 communes."""
    screen.map_of_communes("dvc_on_time_pct", ON_TIME, agency=None)


def worst_communes(screen: Screen) -> None:
    """Draw the ten communes with the lowest on-time rate among those with enough dossiers."""
    found, lang = screen.divide("dvc_on_time_pct", "place", **WHOLE), screen.language
    frame = screen.name(found.frame).filter(pl.col("denominator") >= ENOUGH).sort("value").head(10)
    rows = frame.select(pl.col("key").replace({c: p.name for c, p in load_registry().places.items()}).alias("name"),
                        "value", "status", pl.col("denominator").alias("extra"),
                        pl.format("/public_services?place={}", "key").alias("url"))
    sub = _text(screen, "worst_sub", period=write.period_label(found.figure.period, lang))
    with screen.card("worst", _text(screen, "worst_title"), sub, found.figure.simulated):
        attention.ranking(rows, value_title=_text(screen, "on_time"), unit="%", decimals=1, language=lang,
                          extra_title=_text(screen, "col_dossiers"))


def _months(screen: Screen) -> tuple[pl.DataFrame, list[str], Figure]:
    """Return `row, column, value`: the on-time rates of communes with enough dossiers over twelve months."""
    whole, parts = screen.figure("dvc_on_time_pct", **WHOLE), []
    assert whole.period
    for month in last_periods(whole.period, 12):
        found = screen.divide("dvc_on_time_pct", "place", **WHOLE | {"period": month.label})
        label = pl.lit(write.period_label(month, screen.language)).alias("column")
        parts.append(screen.name(found.frame).filter(pl.col("denominator") >= ENOUGH).select(
            pl.col("name").alias("row"), label, "value"))
    return pl.concat(parts), [write.period_label(m, screen.language) for m in last_periods(whole.period, 12)], whole


def heat(screen: Screen) -> None:
    """Draw the on-time rate of the worst fifteen communes over twelve months."""
    cells, months, whole = _months(screen)
    lang = screen.language
    worst = cells.filter(pl.col("column") == months[-1]).sort("value").select("row").head(15)
    often = cells.filter(pl.col("value") < ON_TIME[1]).group_by("row").len().filter(pl.col("len") >= 3).height
    title = _text(screen, "heat_title", count=often)
    grid = worst.join(pl.DataFrame({"column": months}), how="cross").join(cells, on=["row", "column"], how="left",
                                                                         maintain_order="left")
    with screen.card("heat", title, _text(screen, "heat_sub", month=months[-1]), whole.simulated):
        if grid.is_empty():
            empty(_text(screen, "heat_empty"), language=lang)
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
    return tables.cards(rows, [_column("row", "screen.by_place"), _own("on_time", "number", 1),
                               _own("months_below", "number")], language)


LEAGUE = {
    "received": "dvc_received", "on_time": "dvc_on_time_pct", "late": "dvc_late", "open_late": "dvc_open_late",
    "online": "dvc_online_pct", "satisfaction": "dvc_satisfaction_pct", "rated": "dvc_rated",
}


def _compared(screen: Screen) -> tuple[pl.DataFrame, Figure]:
    """Return a row for every agency with dossiers; what is counted and did not happen is 0."""
    asked = {n: screen.divide(i, "agency", **(LATEST if n == "open_late" else WHOLE)) for n, i in LEAGUE.items()}
    frame = screen.name(asked["received"].frame).select("key", "name")
    for name, found in asked.items():
        frame = frame.join(found.frame.select("key", pl.col("value").alias(name)), on="key", how="left")
    counts = [pl.col(n).fill_null(0) for n in ("late", "open_late", "rated") if asked[n].figure.value is not None]
    return frame.with_columns(counts), asked["on_time"].figure


def _door(agency: str) -> str:
    place = load_registry().agencies[agency].place if agency in load_registry().agencies else ""
    return f"/public_services?place={place}" if place else f"/public_services?agency={agency}"


def league(screen: Screen) -> None:
    """Draw departments and communes side by side in a table, the lowest on-time rate first, with export."""
    frame, figure = _compared(screen)
    lang = screen.language
    low = frame.filter(pl.col("on_time") < ON_TIME[2]).height
    title = _text(screen, "league_title", count=low, all=frame.height)
    sub = _text(screen, "league_sub", period=write.period_label(figure.period, lang))
    with screen.card("league", title, sub, figure.simulated):
        kinds = {k: _text(screen, f"league_{k}") for k in ("all", "department", "commune")}
        kind = st.segmented_control(title, list(kinds), format_func=kinds.__getitem__, default="all",
                                    label_visibility="collapsed", key="league_kind") or "all"
        at_commune = pl.col("key").str.starts_with("ubnd_")
        frame = frame.filter(pl.lit(True) if kind == "all" else at_commune if kind == "commune" else ~at_commune)
        frame = frame.sort("on_time", nulls_last=True).with_columns(
            pl.col("key").map_elements(_door, return_dtype=pl.String).alias("open"))
        columns = [
            _column("name", "screen.by_agency", width="medium"), _own("received", "number"),
            _own("on_time", "number", 1), _own("late", "number"), _own("open_late", "number"),
            _own("online", "number", 1), _own("satisfaction", "number", 1), _own("rated", "number"),
        ]
        tables.table(frame, [*columns, _own("open", "link", width="small")], key="table_league", height=330,
                     language=lang)
        tables.export_buttons(frame, columns, figure, f"{screen.id}_league", lang)


# Course and reasons

def weeks(screen: Screen) -> None:
    """Draw dossiers received and settled by week; by month where a place or an agency is chosen."""
    lang, narrowed = screen.language, screen.chosen.get("place") or screen.chosen.get("agency")
    grain, last = ("month", 13) if narrowed else ("week", 52)
    names = {n: _text(screen, n) for n in ("received", "done")}
    found = {n: screen.divide(f"dvc_{n}", "time", last=last, grain=grain, period=None) for n in names}
    whole = {n: write.number(f.figure.value, 0, lang) for n, f in found.items()}
    figure = found["received"].figure
    title = _text(screen, "weeks_title", period=write.period_label(figure.period, lang), **whole)
    with screen.card("weeks", title, _text(screen, f"weeks_sub_{grain}"), figure.simulated):
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
    title = _text(screen, "fields_title", field=frame["key"][0]) if frame.height else _text(screen, "fields_none")
    screen.ranked("dvc_late", "field", title, count=10, key="late_fields", width=548)


# The list of dossiers

FIGURE_OF = {"open_late": "dvc_open_late", "due_soon": "dvc_due_soon", "done_late": "dvc_late", "open": "dvc_open",
             "all": "dvc_received"}
"""The figure that counts what a state of the list holds; its first key is shown first."""
Made = Callable[[pl.DataFrame, Sequence[ColumnSpec], Figure, str], bytes]
ROWS, MOST_EXPORTED = 10, 20_000


def dossiers(screen: Screen) -> None:
    """Draw the list of dossiers for those entitled to it; others read why they do not see it."""
    lang = screen.language
    if not may_list(screen.viewer):
        refusal = may(screen.viewer, "see_internal", domain=DOMAIN) and may(screen.viewer, "open_pages", domain=DOMAIN)
        with screen.card("dossiers"):
            empty(say("public_services.list_not_allowed", lang), refusal.reason_en if lang == "en" else
                  refusal.reason_vi, lang, _text(screen, "list_closed"))
        return
    with screen.card("dossiers"):
        head = st.container()
        state = _state(lang)
        now_only = state not in ("done_late", "all")
        figure = screen.figure(FIGURE_OF[state], **({"period": None} if now_only else {}))
        number = st.session_state.get(_pager(screen, state), 1)
        found = _listed(screen, state, figure, ROWS, (number - 1) * ROWS)
        with head:
            page.heading(*_heading(screen, state, figure, found.total), figure.simulated, lang)
        _draw_list(screen, state, figure, found)


def _state(language: str) -> str:
    assert set(FIGURE_OF) == set(STATES)
    options = {s: say(f"public_services.state_{s}", language) for s in FIGURE_OF}
    with st.container(key="filter_dossier_state", width=196):
        return choice_filter("dossier_state", say("public_services_page.list_filter", language), options, width=196)


def _pager(screen: Screen, state: str) -> str:
    return "_".join(["dossier_page", state, *(str(screen.chosen.get(k) or "") for k in ("place", "agency", "period"))])


def _heading(screen: Screen, state: str, figure: Figure, total: int) -> tuple[str, str]:
    said = say(f"public_services.state_{state}", screen.language)
    title = _text(screen, "list_title", state=said, count=write.number(total, 0, screen.language))
    period = write.period_label(figure.period, screen.language)
    timed = state in ("done_late", "all")
    return title, _text(screen, "list_sub", period=period) if timed else _text(screen, "list_sub_now")


def _listed(screen: Screen, state: str, figure: Figure, limit: int, offset: int = 0) -> Page:
    """Return rows of the list with names for codes."""
    where = {k: v for k in ("place", "agency") if (v := screen.chosen.get(k))}
    found = dossier_list(screen.viewer, state=state, where=where, offset=offset, limit=limit,
                         period=figure.period if state in ("done_late", "all") else None)
    named = [
        pl.col(c).replace({k: name_of(c, k)[screen.language] for k in found.rows[c].unique() if k})
        for c in ("agency", "place", "channel", "status")
    ]
    return Page(found.rows.with_columns(named), found.total)


def _list_columns(screen: Screen, state: str) -> list[ColumnSpec]:
    ended = ("finished_at", "late_days") if state in ("done_late", "all") else ()
    person = ("applicant",) if sees_applicants(screen.viewer) else ()
    names = ("dossier", "procedure_name", "agency", *person, "received_at", "clock_due_at", *ended, "status",
             "channel", "supplements")
    kinds: dict[str, tables.Kind] = {"received_at": "date", "clock_due_at": "moment", "finished_at": "date",
                                     "late_days": "number", "supplements": "number"}
    return [_column(n, f"public_services.column_{n}", kinds.get(n, "text"), 0,
                    "medium" if n == "procedure_name" else None) for n in names]


def _draw_list(screen: Screen, state: str, figure: Figure, found: Page) -> None:
    lang = screen.language
    columns = _list_columns(screen, state)
    if found.rows.is_empty():
        empty(_text(screen, "list_empty"), language=lang)
    else:
        tables.table(found.rows, columns, key="table_dossiers", height="content", language=lang)
        with st.container(horizontal=True, horizontal_alignment="distribute", key="dossier_foot"):
            if found.total > ROWS:
                st.pagination(-(-found.total // ROWS), key=_pager(screen, state))
            if may(screen.viewer, "export", domain=DOMAIN):
                _export(screen, state, figure, columns)
    said = []
    if (places := row_places(screen.viewer)) is not None:
        said.append(_text(screen, "list_own", places=", ".join(name_of("place", p)[lang] for p in sorted(places))))
    if not sees_applicants(screen.viewer):
        said.append(_text(screen, "list_no_applicant"))
    if found.total > MOST_EXPORTED:
        said.append(_text(screen, "list_most", count=write.number(MOST_EXPORTED, 0, lang)))
    if said:
        page.note(" ".join(said))


def _export(screen: Screen, state: str, figure: Figure, columns: Sequence[ColumnSpec]) -> None:
    """Draw the buttons for the whole list as files, made when asked for."""
    lang = screen.language
    with st.container(horizontal=True, horizontal_alignment="right", width="content", key="export_dossiers"):
        for ending, made in (("csv", tables.to_csv), ("xlsx", tables.to_xlsx)):
            def whole(made: Made = made) -> bytes:
                return made(_listed(screen, state, figure, MOST_EXPORTED).rows, columns, figure, lang)

            st.download_button(say(f"ui.export_{ending}", lang), whole, f"{screen.id}_{state}.{ending}",
                               key=f"{ending}_dossiers", on_click="ignore")
