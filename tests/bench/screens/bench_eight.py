"""The same page with eight charts: four lines of 480 points, three rankings, one grid of 144 cells."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import streamlit as st

from components import charts
from components.chart import chart
from components.screen import open_page

PICKS = {letter: f"Kỳ {letter}" for letter in "ABCDEFGHIJKL"}

screen = open_page("bench_eight")
screen.head(choices={"pick": ("Kỳ", PICKS)})
pick: str = screen.pick  # type: ignore[attr-defined]
chance = np.random.default_rng(ord(pick))
hours = [datetime(2026, 10, 1, tzinfo=UTC) + timedelta(hours=i) for i in range(480)]
lines = [
    charts.line(pl.DataFrame({"start": hours, "value": 50 + chance.standard_normal(480).cumsum()}), unit="µg/m³")
    for _ in range(4)
]
bars = [
    charts.bars(pl.DataFrame({"name": [f"Xã số {i}" for i in range(9)], "value": np.sort(chance.random(9) * 90)[::-1]}))
    for _ in range(3)
]
cells = pl.DataFrame({"row": [f"Xã số {i}" for i in range(12)]}).join(
    pl.DataFrame({"column": [f"{i:02}" for i in range(1, 13)]}), how="cross"
)
grid = charts.heat(cells.with_columns(value=pl.Series(chance.random(144) * 100)), edges=(20, 40, 60, 80))
places = [column for _ in range(4) for column in screen.columns("two")]
for number, (place, spec) in enumerate(zip(places, [*lines, *bars, grid], strict=True)):
    with place:
        words = f"Hình {number}"
        chart(spec, key=f"bench_{number}", title=words, alt_text=f"{words} {pick}", width=548, height=240)
st.html(f'<p class="bench-done">bench_eight {pick}</p>')
