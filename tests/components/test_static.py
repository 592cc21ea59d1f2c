"""What the browser is served is ours, complete and small."""

import json
from pathlib import Path
from typing import Any

import pytest
import vl_convert

from components import theme
from components.altair_theme import config
from config.settings import CONFIG, ROOT

STATIC = ROOT / "components" / "static"


def addresses(node: Any) -> list[str]:
    if isinstance(node, dict):
        return [found for value in node.values() for found in addresses(value)]
    if isinstance(node, list):
        return [found for value in node for found in addresses(value)]
    return [node] if isinstance(node, str) and node.startswith(("/app", "http")) else []


@pytest.mark.parametrize("name", ["base.json", "base_dark.json"])
def test_the_basemap_asks_for_nothing_outside(name: str) -> None:
    found = addresses(json.loads((STATIC / name).read_text(encoding="utf-8")))
    assert found
    for address in found:
        assert (STATIC / address.removeprefix("/app/static/")).is_file(), address


def test_the_chart_bundle_is_the_one_of_the_pinned_drawer() -> None:
    assert (STATIC / "vega.js").read_text(encoding="utf-8") == vl_convert.javascript_bundle()  # type: ignore[call-arg]


def test_charts_use_the_communes_of_the_registry() -> None:
    served, kept = STATIC / "geo" / "communes.geojson", CONFIG / "geo" / "communes_lite.geojson"
    assert served.read_bytes() == kept.read_bytes()
    shapes = json.loads(kept.read_text(encoding="utf-8"))["features"]
    assert len({shape["properties"]["code"] for shape in shapes}) == 166
    assert kept.stat().st_size <= 150_000


def test_vietnam_has_its_islands() -> None:
    geometry = json.loads((STATIC / "geo" / "vietnam.geojson").read_text(encoding="utf-8"))
    parts = geometry.get("geometries") or [f["geometry"] for f in geometry["features"]]
    points = [ring[0] for shape in parts for polygon in shape["coordinates"] for ring in polygon]
    assert any(lon > 111 and 15.5 < lat < 17.5 for lon, lat, *_ in points), "Hoàng Sa"
    assert any(lon > 111 and 6.5 < lat < 12 for lon, lat, *_ in points), "Trường Sa"


def test_every_font_face_is_there() -> None:
    text = (ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8")
    faces = [line.split('"')[1] for line in text.splitlines() if line.startswith("url = ")]
    assert len(faces) == 9
    assert all((STATIC / face.removeprefix("app/static/")).is_file() for face in faces)


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_words_stand_out_from_their_ground(mode: str) -> None:
    colours = theme.palette(mode)
    for name in ("ink", "muted", "accent", "ok", "near", "bad", "critical", "stale"):
        for ground in (colours.card, colours.background):
            light, dark = sorted((luminance(getattr(colours, name)), luminance(ground)), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 4.5, (name, ground)


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_the_style_sheet_fills_all_its_colours(mode: str) -> None:
    assert "$" not in theme.sheet(mode)
    assert config(mode)["locale"]["number"]["decimal"] == ","


def test_licences_are_kept() -> None:
    for name in ("fonts/LICENSE.txt", "LICENSES.md"):
        assert (STATIC / name).is_file()
    assert list(Path(CONFIG / "geo" / "licenses").iterdir())
