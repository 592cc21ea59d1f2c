"""The parts of a screen run together, in both languages."""

import pytest
from streamlit.testing.v1 import AppTest

pytestmark = pytest.mark.usefixtures("cache")


def page() -> None:
    import polars as pl
    import streamlit as st

    from components import attention, charts, maps, page, states, tables, theme
    from components.chart import chart
    from components.choropleth import choropleth

    language = st.session_state.get("language", "vi")
    theme.apply()
    with page.header("Môi trường sống", "Không khí ra sao?", language=language):
        states.simulated_legend(language)
    ranks = pl.DataFrame({"name": ["Tam Chung"], "value": [61.2], "extra": [312], "status": ["bad"], "url": ["/x"]})
    with page.card("a", "Tiêu đề", "phụ đề", simulated=True, language=language):
        attention.attention([attention.Work("critical", "Hạc Thành", "214 hồ sơ", "/x", "Vì sao?")], language)
        attention.attention([], language)
        attention.ranking(ranks, value_title="%", extra_title="n", language=language)
        attention.parts(pl.DataFrame({"name": ["A"], "score": [None], "max": [20.0]}), language=language)
        chart(charts.bars(ranks), key="bars", alt_text="bars", title="Xấu nhất", language=language)
        shapes = pl.DataFrame({"key": ["14797"], "value": [88.0]})
        choropleth(shapes, edges=[1, 2, 3, 4], key="map", title="Bản đồ", language=language)
        point = pl.DataFrame({"lon": [106.0], "lat": [19.7], "status": ["ok"], "tip": ["Tàu"]})
        st.session_state["deck_seen"] = True
        maps.show_map([maps.points(point)], key="deck", language=language)
        columns = [
            tables.ColumnSpec("name", "Tên", "Name"),
            tables.ColumnSpec("value", "Giá trị", "Value", "number", 1),
        ]
        tables.table(ranks, columns, key="t", language=language)
        tables.table(ranks.clear(), columns, key="t0", language=language)
        tables.export_buttons(ranks, columns, {"Nguồn": "x"}, "x", language)
    states.empty("Kỳ chưa chốt.", "Chọn kỳ trước.", language)
    states.stale_banner("Trạm 1", "26 giờ", language)
    states.error("bảng", "E-1", language=language)
    states.skeleton(100, language)


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_part_draws(language: str) -> None:
    at = AppTest.from_function(page, default_timeout=15)
    at.session_state["language"] = language
    at.run()
    assert not at.exception


def test_a_map_is_sent_without_blanks_and_with_the_islands() -> None:
    from components.maps import View, deck

    text = deck([], View()).to_json()
    assert "Quần đảo Hoàng Sa (Việt Nam)" in text and "Quần đảo Trường Sa (Việt Nam)" in text
    assert "\n" not in text and "/app/static/base.json" in text


def test_columns_of_different_periods_say_which_is_of_which() -> None:
    from types import SimpleNamespace

    from components.screen import _periods
    from services.periods import parse_period

    month, day = (SimpleNamespace(period=parse_period(p)) for p in ("2026-10", "2026-11-24"))
    assert _periods([month, month], ["A", "B"], "vi") == "10/2026"  # type: ignore[list-item]
    told = _periods([month, day, month], ["A", "B", "C"], "vi")  # type: ignore[list-item]
    assert told == "A; C: 10/2026 · B: 24/11/2026"
