"""Every chart is drawn by the real drawer, in house type, with gaps where data is missing."""

from datetime import UTC, datetime, timedelta

import altair as alt
import polars as pl
import pytest

from components import charts
from components.chart import full_spec
from components.choropleth import choropleth_spec, class_labels
from components.filters import communes
from services.drawings import draw

START = datetime(2026, 9, 30, 17, tzinfo=UTC)


def drawn(spec: alt.TopLevelMixin) -> str:
    svg = draw(full_spec(spec, 420, 240, "light", "vi"))
    assert svg is not None
    return svg


def test_a_line_breaks_where_there_is_no_value() -> None:
    values = [10.0, 11.0, None, 13.0, 12.0]
    frame = pl.DataFrame({"start": [START + timedelta(days=i) for i in range(5)], "value": values})
    svg = drawn(charts.line(frame, unit="µg/m³", limit=12.5, today=START + timedelta(days=4)))
    line = next(part for part in svg.split("<path")[1:] if 'stroke-width="1.75"' in part)
    assert line.split('d="')[1].split('"')[0].count("M") == 2
    assert "giới hạn 12,5" in svg and "hôm nay" in svg and "IBM Plex Sans" in svg


def test_lines_carry_their_names_at_their_ends() -> None:
    frame = pl.DataFrame(
        {
            "start": [START, START + timedelta(days=9)] * 2,
            "series": ["Hạc Thành"] * 2 + ["Sầm Sơn"] * 2,
            "value": [1.0, 2.0, 3.0, 4.0],
        }
    )
    svg = drawn(charts.line(frame))
    assert "Hạc Thành" in svg and "Sầm Sơn" in svg


def test_an_axis_ends_with_its_data_and_begins_with_the_first_value() -> None:
    days = [START + timedelta(days=i) for i in range(6)]
    frame = pl.DataFrame({"start": days * 2, "series": ["Hạc Thành"] * 6 + ["Hải Bình (Nghi Sơn)"] * 6,
                          "value": [None, None, 1.0, 2.0, 1.0, 2.0] * 2})  # fmt: skip
    svg = drawn(charts.line(frame))
    assert [day for day in ("01/10", "02/10", "03/10", "06/10", "07/10") if f">{day}<" in svg] == ["03/10", "06/10"]


def test_days_are_local_days() -> None:
    frame = pl.DataFrame({"start": [START + timedelta(days=i) for i in range(8)], "value": [1.0] * 8})
    assert "01/10" in drawn(charts.line(frame))


def test_bars_keep_their_order_and_say_their_values() -> None:
    frame = pl.DataFrame({"name": ["Tam Chung", "Pù Nhi"], "value": [61.2, 1064.8]})
    svg = drawn(charts.bars(frame, unit="%", limit=80))
    assert svg.index("Tam Chung") < svg.index("Pù Nhi")
    assert "1.064,8 %" in svg and "mục tiêu 80" in svg


def test_a_heat_map_shows_a_dash_for_a_missing_cell() -> None:
    frame = pl.DataFrame({"row": ["A", "A"], "column": ["09/2026", "10/2026"], "value": [88.0, None]})
    svg = drawn(charts.heat(frame, edges=[70, 80, 90, 95]))
    assert "88,0" in svg and "—" in svg


@pytest.mark.parametrize(("value", "index"), [(None, None), (69.9, 0), (70, 1), (89.99, 2), (94, 3), (95, 4), (100, 4)])
def test_five_classes(value: float | None, index: int | None) -> None:
    assert charts.class_of(value, [70, 80, 90, 95]) == index


def test_the_map_has_166_communes_and_doors_of_our_own() -> None:
    codes = list(communes())
    frame = pl.DataFrame({"key": codes[1:], "value": [88.8] * 165, "url": [f"/x?place={c}" for c in codes[1:]]})
    svg = drawn(choropleth_spec(frame, [70, 80, 90, 95], unit="%"))
    assert svg.count('href="/x?place=') == 165
    assert svg.count("stroke-dasharray") == 1
    assert len(svg) < 200_000


def test_classes_are_named() -> None:
    assert class_labels([70, 80, 90, 95], "%") == ["<70", "70–80", "80–90", "90–95", "≥95 %"]
    assert class_labels([1, 2, 4, 7], "người", counts=True) == ["0", "1", "2–3", "4–6", "≥7 người"]
