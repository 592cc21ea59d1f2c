"""What only the page of web portals draws: all portals at a glance, who is least available, duties, our own probe."""

from collections.abc import Mapping, Sequence
from html import escape

import polars as pl
import streamlit as st

from components import attention, charts, kpi, labels, page, tables
from components import format as write
from components.chart import chart
from components.choropleth import choropleth
from components.listing import Listing, listing
from components.screen import Screen
from components.states import empty
from components.tables import ColumnSpec
from components.theme import palette
from config.locale import say
from config.portals import load_rules
from config.registry import load_registry
from services import portals as service
from services.indicators import Breakdown
from services.names import name_of
from services.rows import may_list

STATUS = {"dead": "bad", "suspect": "near", "dated": "near", "certificate": "critical", "planned": "none",
          "unmeasured": "stale", "ok": "ok"}  # fmt: skip
"""The mark under which each state of a portal is drawn."""
KINDS = ("department", "commune")
ON_MAP = ("dead", "dated", "certificate", "ok")
"""The states that the map of communes tells apart, the gravest first; what is passing counts as in order."""
WHOLE: Mapping[str, None] = {"place": None, "agency": None}
LEAST = 14
MANY = 5
"""Duties missed from which a portal stands in the matrix (product choice)."""


def text(screen: Screen, key: str, **values: object) -> str:
    """Return a text of this page."""
    return say(f"portals_page.{key}", screen.language, **values)


def column(name: str, kind: tables.Kind = "text", decimals: int = 0, width: str | int | None = None,
           key: str = "") -> ColumnSpec:  # fmt: skip
    """Return a column titled from this page's own texts."""
    return tables.titled(name, key or f"portals_page.col_{name}", kind, decimals, width)


def asked_for() -> str:
    """Return the portal that the address asks for, '' for the page of all."""
    return st.query_params.get("portal", "").strip()


def is_simulated(screen: Screen) -> bool:
    """Say whether the looks are those of the demo."""
    return screen.figure(service.LOOKED, **WHOLE).simulated


def board_of(screen: Screen) -> pl.DataFrame:
    """Return the board of the portals in the page's place and agency."""
    looked, inspected, owed = (screen.states(name) for name in (service.LOOKED, service.INSPECTED, service.OWED))
    board = service.board(looked, inspected, owed, screen.language)
    return _within(screen, board)


def _within(screen: Screen, frame: pl.DataFrame) -> pl.DataFrame:
    for name in ("place", "agency"):
        if chosen := screen.chosen.get(name):
            frame = frame.filter(pl.col(name) == chosen)
    return frame


# Strips


def strip(screen: Screen) -> None:
    """Draw the four main tiles."""
    now = {"last": 14, "grain": "day"}
    found = [screen.divide("web_dead_or_dated", "time", **now)]
    found.append(screen.divide("web_availability_pct", "time", last=12))
    found += [screen.divide(name, "time", **now) for name in ("web_cert_soon", "web_duties_met_pct")]
    _tiles(screen, found)


def second_strip(screen: Screen) -> None:
    """Draw the tiles of our own probe and of how the portals answer."""
    found = [screen.divide("web_coverage_pct", "time", last=30), screen.divide("web_down_min", "time", last=12)]
    found += [screen.divide(name, "time", last=14) for name in ("web_broken_links_pct", "web_headers_pct")]
    _tiles(screen, found)


def _tiles(screen: Screen, found: Sequence[Breakdown]) -> None:
    trends = {part.figure.indicator: part.frame["value"].to_list() for part in found}
    kpi.kpi_strip([part.figure for part in found], trends, screen.language)


# All portals at a glance


def grid(screen: Screen, board: pl.DataFrame) -> None:
    """Draw a box for every portal with the mark of its state, each a door to its own page."""
    dead, dated = (int(board[f"is_{name}"].sum()) for name in ("dead", "dated"))
    title = text(screen, "grid_title", dead=dead, dated=dated, all=board.height)
    with screen.card("grid", title, text(screen, "grid_sub"), is_simulated(screen)):
        if board.is_empty():
            empty(language=screen.language)
            return
        st.html("".join(_boxes(screen, board.filter(kind=kind), kind) for kind in KINDS) + _legend(screen, board))


def _boxes(screen: Screen, some: pl.DataFrame, kind: str) -> str:
    if some.is_empty():
        return ""
    boxes = "".join(_box(screen, row) for row in some.iter_rows(named=True))
    head = escape(text(screen, f"kind_{kind}"))
    return (
        f'<div class="ioc-sub" style="margin:.35rem 0 .2rem">{head}</div>'
        f'<div style="display:flex;flex-wrap:wrap;gap:.19rem">{boxes}</div>'
    )


def _box(screen: Screen, row: Mapping[str, object]) -> str:
    state = str(row["state"])
    said = escape(f"{row['name']}: {state_words(screen, row)}")
    look = "display:inline-flex;width:1.32rem;height:1.32rem;align-items:center;justify-content:center"
    look += ";border-radius:3px;border:var(--hair) solid var(--line);text-decoration:none"
    loud = "" if state == "ok" else f";background:color-mix(in srgb, var(--{STATUS[state]}) 22%, transparent)"
    url = escape(screen.door(portal=str(row["portal"])))
    return f'<a href="{url}" title="{said}" aria-label="{said}" style="{look}{loud}">{labels.mark(STATUS[state])}</a>'


def _legend(screen: Screen, board: pl.DataFrame) -> str:
    counts = dict(board.group_by("state").len().iter_rows())
    there = [state for state in service.GRAVITY if counts.get(state)]
    words = {state: text(screen, f"state_{state}") for state in there}
    items = "".join(labels.status(STATUS[s], screen.language, f"{words[s]} {counts[s]}") for s in there)
    return f'<div class="ioc-sub" style="display:flex;flex-wrap:wrap;gap:.2rem .8rem;margin-top:.5rem">{items}</div>'


def state_words(screen: Screen, row: Mapping[str, object]) -> str:
    """Say in what state a portal is and for how long."""
    state, lang = str(row["state"]), screen.language
    word = text(screen, f"state_{state}")
    told = {"dead": ("hours", row["hours"]), "dated": ("days", row["news_days"]),
            "certificate": ("days", row["cert_days"])}.get(state)  # fmt: skip
    if told is None or not isinstance(told[1], int | float):
        return word
    unit, count = told[0], float(told[1])
    if unit == "hours" and count >= 48:
        unit, count = "days", count / 24
    return f"{word} · {text(screen, unit, count=write.number(count, 0, lang))}"


def commune_map(screen: Screen, board: pl.DataFrame) -> None:
    """Draw the state of each commune's portal."""
    tones = {state: getattr(palette(), STATUS[state]) for state in ON_MAP} | {"ok": palette().classes[0]}
    passing = dict.fromkeys(("suspect", "planned"), "ok")
    found = board.filter(kind="commune").sort("gravity")
    kind = pl.col("state").replace(passing)
    frame = found.select(
        pl.col("place").alias("key"), pl.when(kind.is_in(ON_MAP)).then(0.0).alias("value"),
        kind.replace_strict(tones, default=None, return_dtype=pl.String).alias("tone"),
        pl.Series("text", [state_words(screen, row) for row in found.iter_rows(named=True)], dtype=pl.String),
        pl.lit(screen.door(portal="")).add(pl.col("portal")).alias("url"),
    )  # fmt: skip
    count = found.filter(pl.col("state").is_in(["dead", "dated"])).height
    with screen.card("map_portals"):
        choropleth(
            frame, edges=(1.0, 2.0, 3.0, 4.0), key="portals", title=text(screen, "map_title", count=count),
            subtitle=text(screen, "map_sub"), labels=[text(screen, f"state_{s}") for s in ON_MAP],
            tones=list(tones.values()), height=330, simulated=is_simulated(screen), language=screen.language,
        )  # fmt: skip


# Availability

LEAGUE = {"available": "web_availability_pct", "down": "web_down_min", "budget": "web_budget_left_min",
          "planned": "web_planned_min", "quick": "web_quick_pct"}  # fmt: skip


def _compared(screen: Screen) -> tuple[pl.DataFrame, Breakdown]:
    found = {n: screen.divide(i, "agency", **WHOLE) for n, i in LEAGUE.items()}
    frame = screen.name(found["available"].frame).select("key", "name")
    for name, part in found.items():
        frame = frame.join(part.frame.select("key", pl.col("value").alias(name)), on="key", how="left")
    return frame.drop_nulls("available").sort("available", "name"), found["available"]


def worst(screen: Screen) -> None:
    """Draw the owners whose portals were least available."""
    frame, found = _compared(screen)
    sub = text(screen, "worst_sub", period=write.period_label(found.figure.period, screen.language))
    agencies = load_registry().agencies
    short = {k: name_of("place", agencies[k].place)[screen.language] for k in frame["key"] if agencies[k].place}
    with screen.card("worst", text(screen, "worst_title"), sub, found.figure.simulated):
        rows = frame.head(LEAST).select(
            pl.col("name").alias("long"), pl.col("key").replace(short).alias("short"), "key",
            pl.col("available").alias("value"), screen.doors_of_agencies().alias("url"),
        )  # fmt: skip
        named = rows.select(
            pl.when(pl.col("short") == pl.col("key")).then("long").otherwise("short").alias("name"), "value", "url"
        )
        attention.ranking(named, value_title=text(screen, "worst_value"), decimals=1, language=screen.language,
                          name_title=text(screen, "by_owner"))  # fmt: skip


def league(screen: Screen) -> None:
    """Draw the owners of portals side by side, the least available first, with export."""
    (frame, found), lang = _compared(screen), screen.language
    below = frame.filter(pl.col("available") < load_rules().availability_pct).height
    title = text(screen, "league_title", count=below, all=frame.height)
    sub = text(screen, "league_sub", period=write.period_label(found.figure.period, lang))
    with screen.card("league", title, sub, found.figure.simulated):
        kinds = {k: text(screen, f"league_{k}") for k in ("all", *KINDS)}
        kind = st.segmented_control(title, list(kinds), format_func=kinds.__getitem__, default="all",
                                    label_visibility="collapsed", key="portal_league_kind") or "all"  # fmt: skip
        at_commune = pl.col("key").str.starts_with("ubnd_")
        frame = frame.filter(pl.lit(True) if kind == "all" else at_commune if kind == "commune" else ~at_commune)
        columns = [column("name", key="screen.by_agency", width="medium"), column("available", "number", 2),
                   *(column(n, "number", 1 if n == "quick" else 0) for n in LEAGUE if n != "available")]  # fmt: skip
        shown = frame.with_columns(screen.doors_of_agencies().alias("open"))
        tables.table(shown, [*columns, column("open", "link", width="small")], key="table_portal_league", height=330,
                     language=lang)  # fmt: skip
        tables.export_buttons(frame, columns, found.figure, f"{screen.id}_league", lang)


# Our own probe


def coverage(screen: Screen) -> None:
    """Draw how much of the time our own probe measured, and the days on which it failed."""
    found, lang = screen.divide("web_coverage_pct", "time", last=30, **WHOLE), screen.language
    known = found.frame.drop_nulls("value")
    bad = known.filter(pl.col("value") < load_rules().coverage_pct)
    mean = known["value"].mean()
    title = text(screen, "coverage_whole")
    if bad.height and isinstance(mean, float):
        title = text(screen, "coverage_title", value=write.number(mean, 1, lang))
    with screen.card("coverage", title, text(screen, "coverage_sub"), found.figure.simulated):
        if known.is_empty():
            empty(language=lang)
            return
        spec = charts.line(found.frame.select("start", "value"), unit="%", decimals=0, zero=True, language=lang)
        chart(spec, key="chart_coverage", alt_text=title, width=392, height=130, language=lang)
        notes = []
        if bad.height:
            notes.append(text(screen, "coverage_days", days=", ".join(write.date(d) for d in bad["start"])))
        if unseen := service.unseen(screen.states(service.LOOKED)):
            names = ", ".join(f"{p.title().of(lang)} ({p.host})" for p in unseen)
            notes.append(text(screen, "unseen", names=names))
        if notes:
            page.note(" ".join(notes))


def response(screen: Screen) -> None:
    """Draw the time to the first byte by day: its median and what 95 % of looks stay within."""
    lang = screen.language
    parts = {"nearly_all": "web_ttfb_p95", "median": "web_ttfb_p50"}
    found = {k: screen.divide(i, "time", last=60, **WHOLE) for k, i in parts.items()}
    figure = found["nearly_all"].figure
    title = text(screen, "response_title", value=write.number(figure.value, 0, lang))
    with screen.card("response", title, text(screen, "response_sub"), figure.simulated):
        frames = [f.frame.select("start", "value", pl.lit(text(screen, k)).alias("series")) for k, f in found.items()]
        frame = pl.concat(frames)
        if frame["value"].is_null().all():
            empty(language=lang)
            return
        spec = charts.line(frame, unit="ms", decimals=0, limit=load_rules().ttfb_ms, zero=True, language=lang,
                           limit_label=text(screen, "response_limit", value=load_rules().ttfb_ms))  # fmt: skip
        chart(spec, key="chart_response", alt_text=title, width=548, height=210, language=lang)


def paint(screen: Screen) -> None:
    """Draw the percentiles of paint times beside the criteria of 2025."""
    found = service.paint_percentiles(_within(screen, screen.states(service.INSPECTED)))
    largest = found.row(by_predicate=pl.col("measure") == "lcp_s", named=True)
    if not largest["measured"]:
        with screen.card("paint"):
            empty(text(screen, "paint_why"), language=screen.language, title=text(screen, "paint_none"))
        return
    lang = screen.language
    title = text(screen, "paint_title", kept=largest["kept"], measured=largest["measured"])
    share = pl.when(pl.col("measured") > 0).then(pl.col("kept") / pl.col("measured") * 100)
    names = {m: text(screen, f"paint_{m}") for m in service.PAINTED}
    rows = found.with_columns(share.alias("kept_share"), pl.col("measure").replace(names))
    columns = [column("measure", width=178), *(column(n, "number", 2, 72) for n in ("p50", "p75", "p95", "limit")),
               column("kept_share", "number", 1, 62)]  # fmt: skip
    with screen.card("paint", title, text(screen, "paint_sub"), is_simulated(screen)):
        tables.table(rows, columns, key="table_paint", height="content", language=lang)
        cls = write.number(screen.figure("web_cls").value, 2, lang)
        page.note(text(screen, "paint_note", cls=cls))


# Duties


def duties(screen: Screen) -> None:
    """Draw each duty with the portals that miss it, the longest miss and its legal ground."""
    owed, lang = _within(screen, screen.states(service.OWED)), screen.language
    rules = {d.id: d for d in load_rules().duties}
    due, missed = (pl.sum_horizontal(f"{n}_{k}" for k in KINDS) for n in ("due", "missed"))
    frame = service.duties_by_kind(owed).with_columns(due.alias("due"), missed.alias("missed"))
    worst_of = frame.sort("missed", descending=True).row(0, named=True)
    title = text(screen, "duties_title", name=rules[worst_of["duty"]].name.of(lang), count=worst_of["missed"])
    rows = frame.with_columns(
        pl.when(pl.col("due") > 0).then((1 - pl.col("missed") / pl.col("due")) * 100).alias("kept"),
        *(pl.when(pl.col(f"due_{k}") > 0).then(pl.col(f"missed_{k}")).alias(f"missed_{k}") for k in KINDS),
        pl.col("duty").replace({d: rules[d].basis.of(lang) for d in rules}).alias("basis"),
        pl.col("duty").replace({d: rules[d].name.of(lang) for d in rules}),
    )
    columns = [column("duty", width=180), column("missed_department", "number", 0, 72),
               column("missed_commune", "number", 0, 72), column("kept", "number", 1, 64),
               column("days", "number", 0, 92), column("basis", width=430)]  # fmt: skip
    with screen.card("duties", title, text(screen, "duties_sub"), is_simulated(screen)):
        tables.table(rows, columns, key="table_duties", height="content", language=lang)
        tables.export_buttons(rows, columns, screen.figure("web_duties_missed"), f"{screen.id}_duties", lang)


def matrix(screen: Screen, board: pl.DataFrame) -> None:
    """Draw the portals that owe most against the duties, a mark for each."""
    owed, lang = screen.states(service.OWED), screen.language
    most = board.filter(pl.col("missed") >= MANY).sort("missed", "name", descending=[True, False])
    title = text(screen, "matrix_title", count=most.height)
    marks = {(p, d): m for p, d, m in owed.select("portal", "duty", "missed").iter_rows()}
    known = load_rules().duties
    with screen.card("matrix", title, text(screen, "matrix_sub"), is_simulated(screen)):
        if most.is_empty():
            page.note(text(screen, "matrix_sub"))
            return
        heads = "".join(f'<th style="text-align:center">{escape(d.short.of(lang))}</th>' for d in known)
        body = "".join(
            f'<tr><td><a href="{escape(screen.door(portal=row["portal"]))}">{escape(row["name"])}</a></td>'
            f'<td class="ioc-num"><span>{row["missed"]}</span></td>'
            + "".join(_cell(screen, marks.get((row["portal"], d.id))) for d in known) + "</tr>"
            for row in most.head(15).iter_rows(named=True)
        )  # fmt: skip
        portal, missed = (escape(text(screen, f"col_{name}")) for name in ("portal", "missed"))
        first = f'<th>{portal}</th><th class="ioc-num">{missed}</th>'
        st.html(f'<div style="overflow-x:auto"><table class="ioc-table"><thead><tr>{first}{heads}</tr></thead>'
                f"<tbody>{body}</tbody></table></div>")  # fmt: skip


def _cell(screen: Screen, missed: bool | None) -> str:
    if missed is None:
        return "<td></td>"
    status, word = ("bad", "col_missed") if missed else ("ok", "duty_kept")
    said = escape(text(screen, word))
    about = f'role="img" aria-label="{said}" title="{said}"'
    return f'<td style="text-align:center"><span {about} style="display:inline-flex">{labels.mark(status)}</span></td>'


def headers(screen: Screen) -> None:
    """Draw which security headers the portals send."""
    frame = service.headers_by_kind(_within(screen, screen.states(service.INSPECTED)))
    lowest = frame.sort("commune", nulls_last=True)["header"][0]
    columns = [column("header", width=230), *(column(k, "number", 1) for k in KINDS)]
    with screen.card("headers", text(screen, "headers_title", name=lowest), text(screen, "headers_sub"),
                     is_simulated(screen)):  # fmt: skip
        tables.table(frame, columns, key="table_headers", height="content", language=screen.language)


STOPS = 8


def stops(screen: Screen) -> None:
    """Draw the latest planned stops with how long before they were announced."""
    lang = screen.language
    if not may_list(screen.viewer, "portal_check"):
        return
    found = service.stops(screen.viewer, most=STOPS)
    if found.is_empty():
        return
    late = found.filter(~pl.col("in_time")).height
    title = text(screen, "stops_title", late=late, all=found.height)
    names = {p: name_of("portal", p)[lang] for p in found["portal"]}
    words = {True: text(screen, "yes"), False: text(screen, "no")}
    rows = found.with_columns(
        pl.col("portal").replace(names),
        pl.col("in_time").replace_strict(words, return_dtype=pl.String).alias("counts"),
    )
    columns = [column("portal", width=150), column("planned_from", "moment", width=130),
               column("announced", "date", width=96), column("ahead", "number", 0, 92),
               column("counts", width=70)]  # fmt: skip
    with screen.card("stops", title, text(screen, "stops_sub"), is_simulated(screen)):
        tables.table(rows, columns, key="table_stops", height="content", language=lang)


# Lists


def portals(screen: Screen, board: pl.DataFrame) -> None:
    """Draw all portals in a table with export, each a door to its own page."""
    lang = screen.language
    host = pl.col("host")
    if is_simulated(screen):
        head, tail = text(screen, "simulated_host", host="\0").split("\0")
        ours = host.str.ends_with(".example")
        host = pl.when(ours).then(pl.concat_str(pl.lit(head), host, pl.lit(tail))).otherwise(host)
    states = [state_words(screen, row) for row in board.iter_rows(named=True)]
    shown = board.with_columns(
        pl.Series("state", states, dtype=pl.String), host.alias("host"),
        pl.lit(screen.door(portal="")).add(pl.col("portal")).alias("open"),
    )  # fmt: skip
    columns = [column("name", key="portals_page.col_portal", width=190), column("state", width=138),
               column("host", width=272), *(column(n, "number") for n in ("news_days", "cert_days", "ttfb_ms")),
               column("lcp_s", "number", 1), column("missed", "number"), column("time", "moment")]  # fmt: skip
    title = text(screen, "board_title", count=board.height)
    with screen.card("board", title, text(screen, "board_sub"), is_simulated(screen)):
        shown_columns = [*columns[:-1], column("open", "link", width=70)]
        tables.table(shown, shown_columns, key="table_board", height=380, language=lang)
        if shown.height:
            tables.export_buttons(shown, columns, screen.figure("web_portals"), f"{screen.id}_board", lang)


def _columns(_: Screen, group: str) -> Sequence[ColumnSpec]:
    told = ("outcome",) if group == "all" else ()
    names = ("portal", *told, "reason", "http_status", "attempts", "minutes")
    kinds: dict[str, tables.Kind] = {"http_status": "text", "attempts": "number", "minutes": "number"}
    return [column("time", "moment", width=140), *(column(n, kinds.get(n, "text")) for n in names)]


def _dressed(_: Screen, rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(pl.col("http_status").cast(pl.String))


LOOKS = Listing(
    fact="portal_check",
    figures={"down": "web_failed_looks", "unmeasured": "web_looks", "planned": "web_looks", "all": "web_looks"},
    texts="portals_page",
    columns=_columns,
    codes={"portal": "portal", "outcome": "outcome", "reason": "reason"},
    dressed=_dressed,
)


def looks(screen: Screen) -> None:
    """Draw the list of looks: the failed ones first."""
    listing(screen, LOOKS)


def owner_of(screen: Screen, agency: str) -> str:
    """Return the name of an agency."""
    return name_of("agency", agency)[screen.language]

