"""Where the clicks of the measurement start: a page with nothing on it."""

import streamlit as st

from components.screen import open_page

screen = open_page("bench_start")
screen.head()
st.html('<p class="bench-done">bench_start</p>')
