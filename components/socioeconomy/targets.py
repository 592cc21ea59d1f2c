"""The targets of a year: the tiles, which will be missed and why, who owns them, all side by side."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from html import escape
from typing import Any

import polars as pl
import streamlit as st

from components import attention, kpi, page, tables
from components import format as write
from components.screen import Screen
from components.socioeconomy.terms import (
    agency_name,
    amount,
    head_of,
    is_old,
    own,
    percent,
    rows_table,
    series_name,
    small,
    states_of,
    text,
    until,
    verdict,
    verdict_word,
    year_of,
)
from config.models import ValueOf
from config.registry import load_registry
from services.figure import Figure

SHOWN = 3
ORDER = ("missed", "no_result", "on_track", "reached", "no_plan", "no_data")
EXPORTED = (
    ("name", "text", 0), ("owner", "text", 0), ("unit", "text", 0), ("plan", "number", 1), ("plan_origin", "text", 0),
    ("done", "number", 2), ("done_time", "date", 0), ("plan_pct", "number", 1), ("same_last", "number", 1),
    ("yoy", "number", 1), ("previous", "number", 2), ("pace_pct", "number", 1), ("projected", "number", 1),
    ("projected_pct", "number", 1), ("verdict", "text", 0), ("how", "text", 0), ("publisher", "text", 0),
    ("document", "text", 0),
)  # fmt: skip


def _series(indicator: str) -> dict[str, str]:
    """Return which published series an indicator reads; nothing for any other indicator."""
    origin = load_registry().indicators[indicator].origin
    return {"series": origin.where["series"]} if isinstance(origin, ValueOf) and "series" in origin.where else {}


def _with_plan(figure: Figure, plans: dict[tuple[str, int], float]) -> Figure:
    """Return a figure with the plan of its own year as its target, where it is a value and one was published."""
    origin = load_registry().indicators[figure.indicator].origin
    if not isinstance(origin, ValueOf) or figure.period is None or origin.column == "plan_pct":
        return figure
    plan = plans.get((origin.where.get("series", ""), write.local(figure.period.start).year))
    return replace(figure, target=plan) if plan is not None else figure


def strip(screen: Screen, *indicators: str) -> None:
    """Draw tiles of published figures, each with the plan of its own year."""
    plans = {(r["series"], r["year"]): r["plan"] for r in states_of(screen).iter_rows(named=True)
             if r["plan"] is not None and r["plan_origin"] != "share"}  # fmt: skip
    found = [screen.divide(i, "time", last=12, where=_series(i)) for i in indicators]
    trends = {part.figure.indicator: part.frame["value"].to_list() for part in found}
    kpi.kpi_strip([_with_plan(part.figure, plans) for part in found], trends, screen.language)


def _of_year(screen: Screen) -> list[dict[str, Any]]:
    """Return the states of the year's targets, the missed first, the furthest from its plan on top."""
    rows = states_of(screen).filter(pl.col("horizon") == "year").to_dicts()
    return sorted(rows, key=lambda r: (ORDER.index(r["verdict"]), r["projected_pct"] or 0))


def _among(rows: Iterable[dict[str, Any]], *verdicts: str) -> list[dict[str, Any]]:
    return [r for r in rows if r["verdict"] in verdicts]


def _named(screen: Screen, rows: Iterable[dict[str, Any]]) -> str:
    """Return targets with their owners as one line."""
    return ", ".join(f"{series_name(screen, r['series'])} ({agency_name(screen, r['agency'])})" for r in rows)


def why(screen: Screen) -> None:
    """Draw, for each target that will be missed, how far it is and where it ends at this pace."""
    rows, lang, year = _of_year(screen), screen.language, year_of(screen)
    missed = _among(rows, "missed")
    closed = bool(missed) and all(r["pace_by"] == "closed" for r in missed)
    key = "why_title_none" if not missed else "why_title_closed" if closed else "why_title"
    with screen.card("why", text(screen, key, count=len(missed), year=year), text(screen, "why_sub", year=year)):
        work = [
            attention.Work("stale" if r["old"] else "bad", series_name(screen, r["series"]), _reason(screen, r))
            for r in missed[:SHOWN]
        ]
        if work:
            attention.attention(work, lang)
        if silent := _named(screen, _among(rows, "no_result")):
            page.note(text(screen, "why_silent", names=silent))


def _reason(screen: Screen, row: dict[str, Any]) -> str:
    lang = screen.language
    said = {
        "done": amount(row["done"], lang, row["unit"]), "plan": amount(row["plan"], lang, row["unit"]),
        "unit": row["unit"], "pct": percent(row["plan_pct"], lang),
    }  # fmt: skip
    if row["pace_by"] in ("closed", "level"):
        return text(screen, "why_closed", **said)
    told = text(
        screen, "why_running", until=until(row["done_time"], lang), **said,
        projected=amount(row["projected"], lang, row["unit"]), projected_pct=percent(row["projected_pct"], lang),
        how=text(screen, f"how_{row['pace_by']}"),
    )  # fmt: skip
    return f"{told} {text(screen, 'why_old')}" if row["old"] else told


def owners(screen: Screen) -> None:
    """Draw who owns the targets that will be missed, and those of which nothing is known."""
    rows, lang = _of_year(screen), screen.language
    with screen.card("owners", text(screen, "owners_title"), text(screen, "owners_sub")):
        missed = [(r, percent(r["projected_pct"], lang)) for r in _among(rows, "missed")]
        if missed:
            _owned(screen, missed, text(screen, "of_plan"))
        else:
            page.note(text(screen, "owners_none"))
        if silent := [(r, write.NOTHING) for r in _among(rows, "no_result")]:
            _owned(screen, silent, "", text(screen, "owners_silent"))


def _owned(screen: Screen, rows: Sequence[tuple[dict[str, Any], str]], title: str, head: str = "") -> None:
    first = escape(head or text(screen, "col_name"))
    body = "".join(
        f"<tr><td><span><b>{escape(agency_name(screen, r['agency']))}</b>{small(series_name(screen, r['series']))}"
        f'</span></td><td class="ioc-num{" ioc-bad" if r["verdict"] == "missed" and not r["old"] else ""}">'
        f"<span>{value}</span></td></tr>"
        for r, value in rows
    )
    st.html(f'<table class="ioc-table"><thead><tr><th>{first}</th><th class="ioc-num">{escape(title)}</th></tr></thead>'
            f"<tbody>{body}</tbody></table>")  # fmt: skip


def table(screen: Screen) -> None:
    """Draw every target of the year: plan, result, last year, pace, where it ends, whose it is; with export."""
    rows, lang, year = _of_year(screen), screen.language, year_of(screen)
    counts = {"ok": len(_among(rows, "reached", "on_track")), "missed": len(_among(rows, "missed")),
              "silent": len(_among(rows, "no_result"))}  # fmt: skip
    names = [text(screen, f"col_{n}") for n in ("name", "plan", "done", "plan_pct", "same_last", "previous",
                                                "pace_pct", "projected", "verdict", "publisher")]  # fmt: skip
    with screen.card("targets", text(screen, "table_title", year=year, **counts), text(screen, "table_sub")):
        told = [_line(screen, r) for r in rows if r["verdict"] != "no_data"]
        rows_table("targets", head_of(*names, numbers=names[1:8]), told, lang)
        if unknown := _named(screen, _among(rows, "no_data")):
            page.note(text(screen, "table_unknown", names=unknown))
        frame = pl.DataFrame([_exported(screen, r) for r in rows], infer_schema_length=None)
        columns = [own(n, kind, decimals) for n, kind, decimals in EXPORTED]  # type: ignore[arg-type]
        tables.export_buttons(frame, columns, screen.figure("eco_targets_missed"), f"{screen.id}_targets", lang)


def _line(screen: Screen, r: dict[str, Any]) -> list[tuple[str, str]]:
    lang, unit = screen.language, r["unit"]

    def number(value: float | None, under: str = "") -> tuple[str, str]:
        return "ioc-num", escape(amount(value, lang, unit)) + (small(under) if value is not None else "")

    origin = text(screen, f"origin_{r['plan_origin']}") if r["plan_origin"] in ("growth", "implied", "share") else ""
    change = write.change(r["yoy"], 1, lang) + " %" if r["yoy"] is not None else ""
    implied = f" · {text(screen, 'implied')}" if r["same_origin"] == "implied" else ""
    how = text(screen, f"how_{r['pace_by']}") if r["pace_pct"] is not None else ""
    pct = percent(r["projected_pct"], lang) if r["projected_pct"] is not None else ""
    name = f"<b>{escape(series_name(screen, r['series']))}</b> {escape(f'({unit})')}"
    return [
        ("", name + small(agency_name(screen, r["agency"]))),
        number(r["plan"], origin),
        number(r["done"], until(r["done_time"], lang)),
        ("ioc-num", escape(percent(r["plan_pct"], lang))),
        number(r["same_last"], f"{change}{implied}".strip(" ·")),
        number(r["previous"], until(r["previous_time"], lang)),
        ("ioc-num", escape(amount(r["pace_pct"] and round(r["pace_pct"], 1), lang)) + small(how)),
        number(r["projected"] if r["pace_by"] in ("seasonal", "linear") else None, pct),
        ("", verdict(r, lang)),
        ("", escape(r["publisher"] or write.NOTHING)),
    ]


def _exported(screen: Screen, r: dict[str, Any]) -> dict[str, Any]:
    word = text(screen, f"verdict_{verdict_word(r)}") + (f" ({text(screen, 'old')})" if is_old(r) else "")
    return {n: r.get(n) for n, _, _ in EXPORTED} | {
        "name": series_name(screen, r["series"]), "owner": agency_name(screen, r["agency"]), "verdict": word,
        "plan_origin": text(screen, f"origin_{r['plan_origin']}"),
        "how": text(screen, f"how_{r['pace_by']}") if r["pace_by"] else "",
    }  # fmt: skip


def term(screen: Screen) -> None:
    """Draw the targets of the term to come: where they stand and how fast they must rise."""
    rows = states_of(screen).filter(pl.col("horizon") == "term").to_dicts()
    if not rows:
        return
    lang, year = screen.language, rows[0]["year"]
    needed = next((r["needed"] for r in rows if r["series"] == "grdp_per_capita_usd" and r["needed"]), None)
    title = text(screen, "term_title", year=year, needed=percent(needed, lang)) if needed else text(
        screen, "term_title_plain", year=year)  # fmt: skip
    names = [text(screen, f"col_{n}") for n in ("name", "target", "now", "needed")]
    with screen.card("term", title, text(screen, "term_sub")):
        rows_table("term", head_of(*names, numbers=names[1:]), [[
            ("", f"<b>{escape(series_name(screen, r['series']))}</b>{small(agency_name(screen, r['agency']))}"),
            ("ioc-num", f"≥ {amount(r['plan'], lang, r['unit'])} {escape(r['unit'])}"),
            ("ioc-num", amount(r["done"], lang, r["unit"]) + small(until(r["done_time"], lang) if r["done"] else "")),
            ("ioc-num", write.number(r["needed"], 1, lang)),
        ] for r in rows], lang)  # fmt: skip
