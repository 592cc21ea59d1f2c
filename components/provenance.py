"""From a figure to its files and rows, and the deliveries of each source."""

from html import escape
from urllib.parse import quote

import polars as pl
import streamlit as st

from components import asking, labels, page, states, tables
from components import format as write
from components.kpi import kpi_strip
from components.screen import Screen
from components.tables import ColumnSpec
from config.locale import catalogue, say
from config.registry import load_registry
from services import supply
from services.indicators import NotEntitled
from services.methods.mapped import mapped
from services.names import name_of
from services.periods import PeriodError
from services.question import QuestionError
from services.trace import Trace, trace

MOST_ROWS = 200
HIDDEN = ("batch", "recorded_at", "scope", "kind", "words", "folded")
MARKS = {"dead": "■", "late": "◌", "fresh": "●", "dated": "○", "empty": "–"}


def spec(
    name: str, text: str, kind: tables.Kind = "text", decimals: int = 0, width: int | None = None
) -> ColumnSpec:
    """Return a column titled from the catalogue's `screen.<text>`."""
    return ColumnSpec(name, say(f"screen.{text}"), say(f"screen.{text}", "en"), kind, decimals, width)


DELIVERY = [
    spec("file", "col_file"),
    spec("state", "col_status"),
    spec("received_at", "col_received", "moment"),
    spec("last_time", "col_until", "moment"),
    spec("rows_read", "col_read", "number"),
    spec("rows_kept", "col_kept", "number"),
    spec("rows_rejected", "col_rejected", "number"),
]
REFUSED = [
    spec("sheet", "col_sheet", width=110),
    spec("row", "col_row", "number", width=64),
    spec("column", "col_column", width=130),
    spec("value", "col_value", width=130),
    spec("message", "col_message", width=760),
]
SOURCES = [
    ColumnSpec("door", say("screen.col_source"), say("screen.col_source", "en"), "link", width=296, named="#(.*)"),
    spec("owner", "col_owner", width=196),
    spec("fresh", "col_status", width=146),
    spec("until", "col_until", "moment", width=134),
    spec("kept", "col_kept", "number", width=86),
    spec("rejected", "col_rejected", "number", width=72),
    spec("valid", "col_valid", "percent", 2, width=82),
    spec("kind", "col_kind", width=80),
]


def way_back(screen: Screen) -> None:
    """Draw the way back to the list of sources."""
    st.html(f'<div class="ioc-note"><a href="/data_quality">← {say("screen.trace_back", screen.language)}</a></div>')


def source_list(screen: Screen) -> None:
    """Draw every source with its state, the late ones first, each a door to its deliveries."""
    found = supply.sources(screen.language)
    late = found.filter(pl.col("freshness").is_in(["late", "dead"])).height
    words = {f: f"{mark} {say(f'screen.fresh_{f}', screen.language)}" for f, mark in MARKS.items()}
    kinds = {True: say("screen.kind_simulated", screen.language), False: say("screen.kind_real", screen.language)}
    frame = found.with_columns(
        fresh=pl.col("freshness").replace_strict(words),
        kind=pl.col("simulated").replace_strict(kinds, return_dtype=pl.String),
        door=pl.format("/data_quality?source={}#{}", "id", mapped(found["name"], quote)),
        order=pl.col("freshness").replace_strict({f: n for n, f in enumerate(MARKS)}),
    ).sort("order", "name")
    title = say("screen.sources_title", screen.language, late=late, all=found.height)
    with screen.card("sources", title, say("screen.sources_sub", screen.language)):
        tables.table(frame, SOURCES, key="sources", height="content", whole=True, language=screen.language)


def deliveries(screen: Screen, source: str) -> None:
    """Draw the last deliveries of a source and the rows refused in the chosen one."""
    registry = load_registry()
    if source not in registry.sources:
        states.empty(say("screen.source_unknown", screen.language), language=screen.language)
        return
    found = supply.deliveries(source)
    title = say("screen.batches_title", screen.language, name=registry.sources[source].name.of(screen.language))
    with screen.card("batches", title):
        if found.is_empty():
            states.empty(language=screen.language)
            return
        words = {s: say(f"screen.batch_{s}", screen.language) for s in ("accepted", "partly", "refused")}
        frame = found.with_columns(state=pl.col("status").replace_strict(words, default=pl.col("status")))
        row = tables.table(frame, DELIVERY, key="batches", selectable=True, height=300, language=screen.language)
    wrong = found.filter(pl.col("rows_rejected") > 0)
    chosen = found.row(row, named=True) if row is not None else wrong.row(0, named=True) if wrong.height else None
    if chosen:
        refused(screen, int(chosen["id"]), str(chosen["file"]))


def refused(screen: Screen, batch: int, file: str) -> None:
    """Draw the rows of a delivery that were refused, each with its reason, and the file to mend them in."""
    found = supply.refused(batch)
    with screen.card("rejects", say("screen.rejects_title", screen.language, file=file)):
        if found.is_empty():
            page.note(say("screen.rejects_none", screen.language))
            return
        told = [c for c in REFUSED if c.name != "sheet" or found["sheet"].drop_nulls().ne("").any()]
        tables.table(found.head(500), told, key="rejects", height=300, language=screen.language)
        st.download_button(
            say("screen.refused_rows", screen.language),
            lambda: supply.refused_rows(batch),
            f"tu_choi_{batch}.xlsx",
            key="refused_rows",
            on_click="ignore",
        )


def traced(screen: Screen, figure_id: str) -> None:
    """Draw where a figure comes from: its whole truth label, the files, the rows in them."""
    try:
        found = trace(figure_id, screen.viewer, MOST_ROWS)
    except (QuestionError, PeriodError, NotEntitled) as error:
        states.error(say("screen.trace_error", screen.language), next_step=str(error), language=screen.language)
        return
    left, right = st.columns((1, 2), gap="small")
    with left:
        kpi_strip([found.figure], language=screen.language)
        with screen.card("label", found.figure.name[screen.language]):
            st.html(_label(found, screen.language))
    with right:
        _files(screen, found)
    _rows(screen, found)


def _label(found: Trace, language: str) -> str:
    rows = "".join(
        f'<tr><td class="ioc-label-name"><span>{escape(n)}</span></td><td><span>{escape(t)}</span></td></tr>'
        for n, t in labels.label_rows(found.figure, language)
    )
    return f'<table class="ioc-table">{rows}</table>'


def _files(screen: Screen, found: Trace) -> None:
    title = say("screen.trace_files", screen.language, count=len(found.batches))
    with screen.card("files", title, found.figure.source_name[screen.language], found.figure.simulated):
        if not found.batches:
            states.empty(say("screen.trace_none", screen.language), language=screen.language)
            return
        columns = [
            spec("file", "col_file"),
            spec("rows", "col_rows_used", "number"),
            spec("received_at", "col_received", "moment"),
            spec("batch", "col_batch", "number"),
        ]
        frame = pl.DataFrame(found.batches, infer_schema_length=None)
        row = tables.table(
            frame,
            columns,
            key="files",
            selectable=True,
            height="auto",
            language=screen.language,
        )
        batch = found.batches[row or 0]
        original = supply.original(int(batch["batch"]), screen.viewer)
        if original is None:
            page.note(say("screen.file_restricted", screen.language))
            return
        name, content = original
        st.download_button(
            f"{say('screen.get_file', screen.language)}: {name}", content, name, key="original", on_click="ignore"
        )


def _rows(screen: Screen, found: Trace) -> None:
    if not found.rows:
        return
    frame = pl.DataFrame(found.rows, infer_schema_length=None)
    kept = [c for c in frame.columns if c not in HIDDEN and not frame[c].is_null().all()]
    columns = [_column(frame, name) for name in kept]
    screen.rows(
        _named(frame.select(kept), screen.language),
        columns,
        found.figure,
        say("screen.trace_rows", screen.language),
        key="behind",
        simulated=found.figure.simulated,
    )


def _named(frame: pl.DataFrame, language: str) -> pl.DataFrame:
    """Return rows with the names of places, agencies, stations and other codes in their stead."""
    texts = [c for c, kind in frame.schema.items() if kind == pl.String]
    return frame.with_columns(
        pl.col(c).replace({code: name_of(c, code)[language] for code in frame[c].drop_nulls().unique()}) for c in texts
    )


def _column(frame: pl.DataFrame, name: str) -> ColumnSpec:
    if name in ("file", "row"):
        return spec(name, f"col_{name}", "number" if name == "row" else "text")
    kind = frame.schema[name]
    titles = catalogue().get(f"columns.{name}", {"vi": name, "en": name})
    if kind.is_temporal():
        return ColumnSpec(name, titles["vi"], titles["en"], "moment")
    shown: tables.Kind = "number" if kind.is_numeric() else "text"
    return ColumnSpec(name, titles["vi"], titles["en"], shown, 2 if kind.is_float() else 0)


__all__ = ["asking", "deliveries", "source_list", "traced", "way_back", "write"]
