"""The list of schools for those entitled: by group, searched with and without accents, exported whole."""

from collections.abc import Sequence

import polars as pl

from components.education.staff import short_name
from components.education.terms import own, text
from components.listing import Listing, listing
from components.screen import Screen
from components.tables import ColumnSpec


def _dressed(screen: Screen, rows: pl.DataFrame) -> pl.DataFrame:
    """Return rows with the standard in words."""
    words = {0: text(screen, "standard_0"), 1: text(screen, "standard_1"), 2: text(screen, "standard_2")}
    return rows.with_columns(short_name(pl.col("name")).alias("name"),
                             pl.col("standard").replace_strict(words, default="", return_dtype=pl.String))  # fmt: skip


def _columns(_: Screen, __: str) -> Sequence[ColumnSpec]:
    return [
        own("name", width=186), own("place", width=142), own("level", width=112), own("ownership", width=90),
        own("units", "number"), own("pupils", "number"), own("class_size", "number", 1), own("posts", "number"),
        own("teachers", "number"), own("short", "number"), own("overfull_classes", "number"), own("standard", width=90),
    ]  # fmt: skip


SCHOOLS = Listing(
    fact="school_term",
    figures={"short": "edu_schools_short", "overfull": "edu_schools_overfull", "not_standard": "edu_schools",
             "all": "edu_schools"},
    texts="education_page",
    columns=_columns,
    codes={"place": "place", "level": "level", "ownership": "ownership"},
    dressed=_dressed,
    note=lambda screen: text(screen, "list_note"),
)  # fmt: skip


def schools(screen: Screen) -> None:
    """Draw the list of schools."""
    listing(screen, SCHOOLS)
