"""The floor: a page with its title, one filter and nothing else."""

import streamlit as st

from components.screen import open_page

PICKS = {letter: f"Kỳ {letter}" for letter in "ABCDEFGHIJKL"}

screen = open_page("bench_empty")
screen.head(choices={"pick": ("Kỳ", PICKS)})
st.html(f'<p class="bench-done">bench_empty {screen.pick}</p>')  # type: ignore[attr-defined]
