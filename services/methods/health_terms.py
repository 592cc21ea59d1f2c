"""The catalogues of health: notifiable diseases with their clocks, hospitals, and the communes before the merger."""

from functools import cache
from typing import Final

import polars as pl

from config.settings import CONFIG

FOLDER: Final = CONFIG / "reference_data" / "health"
STATIONS: Final = "tyt"
"""The facility that stands for the health stations of the communes."""


@cache
def diseases() -> pl.DataFrame:
    """Return the diseases: `disease, icd, clock_hours, clock_hours_before_2026_07, group, endemic, outbreak_years`."""
    return pl.read_csv(FOLDER / "diseases.csv", schema_overrides={"outbreak_years": pl.String})


@cache
def facilities() -> pl.DataFrame:
    """Return the hospitals: `facility, name_vi, name_en, level, place, beds`."""
    return pl.read_csv(FOLDER / "facilities.csv", schema_overrides={"facility": pl.String, "place": pl.String})


@cache
def facility_names() -> dict[str, dict[str, str]]:
    """Return the names of the hospitals by code."""
    named = facilities().select("facility", "name_vi", "name_en").iter_rows()
    return {code: {"vi": vi, "en": en} for code, vi, en in named}


@cache
def new_places() -> dict[str, str]:
    """Return for each commune before 01/07/2025 the one that took over its main part."""
    held = pl.read_csv(FOLDER / "old_to_new.csv", schema_overrides={"old_code": pl.String, "new_code": pl.String})
    return dict(held.select("old_code", "new_code").iter_rows())
