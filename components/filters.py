"""Filters bound to the address: a link carries them, and they stay from page to page.

The address holds codes (`?place=14797`), the screen names: a link means the same in both languages.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache

import polars as pl
import streamlit as st

from config.locale import say
from config.settings import CONFIG

PROVINCE = "38"
ALL = "all"
_HIDDEN_GAP = "\u2003" * 24


def plain(text: str) -> str:
    """Return text without Vietnamese marks, in lower case: what people type in a hurry."""
    marks_off = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(letter for letter in marks_off if not unicodedata.combining(letter)).lower()


@cache
def communes() -> dict[str, str]:
    """Return the names of the 166 communes and wards by code, in the order of their names."""
    frame = pl.read_csv(CONFIG / "geo" / "communes.csv", schema_overrides={"code": pl.String})
    pairs = sorted(frame.select("code", "name").iter_rows(), key=lambda pair: (plain(pair[1]), pair[1]))
    return dict(pairs)


def _searchable(name: str) -> str:
    """Return a label that is found with and without marks; the second spelling stands out of sight."""
    return name if plain(name) == name.lower() else f"{name}{_HIDDEN_GAP}{plain(name)}"


def choice_filter(
    key: str,
    title: str,
    options: Mapping[str, str],
    *,
    default: str | None = None,
    width: int = 170,
    searchable: bool = False,
) -> str:
    """Draw a filter and return the chosen code; `options` maps codes to names, `default` is the first.

    `key` is the name in the address. A code that is no option is ignored.
    """
    codes = list(options)
    usual = default if default is not None and default in options else codes[0]
    _take_from_address(key, codes, usual)
    chosen = str(
        st.selectbox(
            title,
            codes,
            format_func=lambda code: _searchable(options[code]) if searchable else options[code],
            key=key,
            persist_state="session",
            width=width,
        )
    )
    _write_to_address(key, None if chosen == usual else chosen)
    return chosen


def switch_filter(key: str, title: str, options: Mapping[str, str]) -> str:
    """Draw a switch between a few faces of a page and return the chosen code, as `choice_filter`."""
    codes = list(options)
    _take_from_address(key, codes, codes[0])
    chosen = str(st.segmented_control(title, codes, format_func=options.__getitem__, key=key, required=True,
                                      label_visibility="collapsed", persist_state="session"))  # fmt: skip
    _write_to_address(key, None if chosen == codes[0] else chosen)
    return chosen


def _take_from_address(key: str, codes: Sequence[str], usual: str) -> None:
    """Let an address that was opened decide; else what the person chose on the page before."""
    given = st.query_params.get(key)
    if given in codes and given != st.session_state.get(f"{key}_written"):
        st.session_state[key] = given
    elif st.session_state.get(key) not in codes:
        st.session_state[key] = usual


def _write_to_address(key: str, code: str | None) -> None:
    if code is None:
        st.query_params.pop(key, None)
    elif st.query_params.get(key) != code:
        st.query_params[key] = code
    st.session_state[f"{key}_written"] = code


def period_filter(
    periods: Mapping[str, str], *, default: str | None = None, key: str = "period", language: str = "vi"
) -> str:
    """Draw the period filter; `periods` maps `2026-10` to its name, the latest first."""
    with st.container(key=f"filter_period_{key}", width=136):
        return choice_filter(key, say("ui.filter_period", language), periods, default=default, width=136)


def place_filter(
    places: Mapping[str, str] | None = None, *, key: str = "place", whole: bool = True, language: str = "vi"
) -> str:
    """Draw the place filter and return a code, `38` for the whole province; by default all 166 communes."""
    head = {PROVINCE: say("ui.whole_province", language)} if whole else {}
    names = {**head, **(communes() if places is None else places)}
    with st.container(key=f"filter_place_{key}", width=164):
        return choice_filter(key, say("ui.filter_place", language), names, width=164, searchable=True)


def agency_filter(agencies: Mapping[str, str], *, key: str = "agency", language: str = "vi") -> str | None:
    """Draw the agency filter and return its id, None for all; `agencies` maps ids to names."""
    names = {ALL: say("ui.all", language), **agencies}
    with st.container(key=f"filter_agency_{key}", width=196):
        chosen = choice_filter(key, say("ui.filter_agency", language), names, width=196, searchable=True)
    return None if chosen == ALL else chosen
