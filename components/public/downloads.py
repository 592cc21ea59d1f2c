"""The open data: what there is, what it means, on which terms, and each file at its address."""

import polars as pl
import streamlit as st

from components import page, tables
from components.filters import choice_filter
from components.public.terms import text
from components.screen import Screen
from components.tables import titled
from config.registry import load_registry
from services import open_data

ALL = "all"


def _domain(screen: Screen) -> str:
    domains = {d.id: d.name.of(screen.language) for d in load_registry().domains.values()}
    with st.container(key="filter_choice_domain", width=260):
        return choice_filter("domain", text(screen, "domain"), {ALL: text(screen, "all_domains"), **domains}, width=260)


def files(screen: Screen) -> None:
    """Draw the table of public figures with their files, and the terms above it."""
    said, frame = open_data.terms(), open_data.dictionary()
    told = {"count": frame.height, "licence": said.licence, "publisher": said.publisher.of(screen.language)}
    with screen.card("open_data", text(screen, "data_title", **told), text(screen, "data_terms", **told)):
        page.note(text(screen, "data_addresses"))
        chosen = _domain(screen)
        shown = frame if chosen == ALL else frame.filter(pl.col("domain") == chosen)
        columns = [
            titled("name", "public.col_figure", width=260), titled("unit", "public.col_unit", width=90),
            titled("owner", "public.col_owner", width=190), titled("formula", "public.col_formula", width=300),
            *(titled(ending, f"public.col_{ending}", "link", width=70) for ending in open_data.FORMATS),
            titled("communes", "public.col_communes", "link", width=110),
        ]  # fmt: skip
        tables.table(_addressed(shown, screen.language), columns, key="open_data", height=520, language=screen.language)


def _addressed(frame: pl.DataFrame, language: str) -> pl.DataFrame:
    """Add the addresses of the files of each figure."""
    def place(part: str, ending: str) -> pl.Expr:
        return pl.format(open_data.address("{}", part, ending), "indicator")

    return frame.with_columns(
        pl.col(f"name_{language}").alias("name"),
        *(place("time", ending).alias(ending) for ending in open_data.FORMATS),
        communes=pl.when(pl.col("parts").str.contains("communes")).then(place("communes", "csv")),
    )
