"""A tile tells value, standing and where it comes from, and never colours what it does not know."""

import base64
import re
from collections.abc import Callable

from components.kpi import kpi_tile, sparkline, tile
from services.figure import Figure, Freshness, Status

Make = Callable[..., Figure]


def words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub("<[^>]*>", " ", html))


def test_a_tile_shows_value_target_change_and_truth_label(make: Make) -> None:
    text = words(kpi_tile(make(), [88.0, 88.77]))
    for part in ("88,77", "%", "Chưa đạt", "mục tiêu ≥ 95", "▲ 0,77", "10/2026 · TTPVHCC · mỗi giờ"):
        assert part in text


def test_one_click_leads_to_the_trace(make: Make) -> None:
    assert 'href="/data_quality?figure=dvc_on_time%7C38%7C2026-10"' in kpi_tile(make())


def test_a_simulated_figure_says_so(make: Make) -> None:
    assert "Mô phỏng" in words(kpi_tile(make(simulated=True)))
    assert "Mô phỏng" not in words(kpi_tile(make()))
    assert ">MP<" in tile("Y tế", "/health", make(simulated=True))


def test_an_uncertain_target_colours_nothing(make: Make) -> None:
    html = kpi_tile(make(target_uncertain=True, status=Status.BAD))
    assert "ioc-bad" not in html and "mục tiêu chưa kiểm chứng" in html
    assert "mục tiêu" not in (bare := kpi_tile(make(target_uncertain=True, target=None))) and "chưa kiểm chứng" in bare


def test_a_change_that_rounds_to_nothing_is_neither_better_nor_worse(make: Make) -> None:
    for trend in ([88.0, 88.004], [88.004, 88.0]):
        html = kpi_tile(make(target=None, status=Status.NONE), trend)
        assert "không đổi" in html and "ioc-ok" not in html and "ioc-bad" not in html
    assert "ioc-ok" in kpi_tile(make(target=None, status=Status.NONE), [88.0, 88.006])


def test_a_late_figure_is_told_in_words_and_rates_nothing(make: Make) -> None:
    html = kpi_tile(make(freshness=Freshness.DEAD, status=Status.OK), [1.0, 2.0])
    assert "Trễ dữ liệu" in html and "ioc-late" in html
    assert "ioc-ok" not in html
    assert "23/11/2026 13:53" in html


def test_a_missing_value_is_a_dash(make: Make) -> None:
    assert "—" in words(kpi_tile(make(value=None)))


def test_names_from_data_stay_text(make: Make) -> None:
    html = kpi_tile(make(name={"vi": "<script>x</script>", "en": "x"}))
    assert "<script>" not in html


def test_a_sparkline_leaves_a_gap_where_there_is_no_value() -> None:
    coded = re.search(r"base64,([^\"]+)", sparkline([1, 2, None, 3, 4], "#0B5394"))
    assert coded
    assert base64.b64decode(coded[1]).decode().count("M") == 2
    assert sparkline([None, 1.0], "#0B5394") == ""
