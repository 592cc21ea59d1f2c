"""Charts drawn ahead: a screen takes what is drawn, the worker draws what was wanted.

Nothing is ever drawn while somebody waits: a drawing takes 30 to 120 ms of a processor.
"""

import hashlib
import json
import logging
import re
from datetime import timedelta
from functools import cache
from typing import Any

import fontpkg_ibm_plex_sans  # type: ignore[import-untyped]
import vl_convert

from config.settings import CONFIG
from data_access import drawings
from data_access.database import now

LARGEST = 400_000
KEEP = timedelta(days=14)
VEGA_LITE = "6.4"
COMMUNES_URL = "/app/static/geo/communes.geojson"
_FILES = {COMMUNES_URL: CONFIG / "geo" / "communes_lite.geojson"}
_ELSEWHERE = "https://vega.github.io/vega-datasets/"  # what the drawer puts before an address like /x
_SHAPE = re.compile(r' (?:d|transform)="[^"]*"')
_UNSEEN = re.compile(r'<path [^>]*opacity="0\.001"[^>]*/>')  # what only a living chart needs, to be touched
_LONG = re.compile(r"(\d\.\d\d)\d+")

log = logging.getLogger(__name__)


def key_of(spec: dict[str, Any]) -> str:
    """Return the key of a chart: the digest of its whole spec, data, colours, size and language included."""
    text = json.dumps(spec, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def find(spec: dict[str, Any]) -> tuple[str, str | None]:
    """Return the key of a chart and its SVG if it is drawn; else ask the worker for it."""
    key = key_of(spec)
    kept = drawings.get(key)
    if kept is None:
        drawings.want(key, json.dumps(spec, ensure_ascii=False))
        return key, None
    svg, used_at = kept
    if now() - used_at > timedelta(days=1):
        drawings.touch(key)
    return key, svg or None


def drawn(spec: dict[str, Any]) -> str | None:
    """Return the SVG of a chart, drawn now if it is not: for a screen before which nobody waits."""
    key, svg = find(spec)
    if svg is None:
        svg = draw(spec)
        drawings.put(key, svg)
    return svg


def draw(spec: dict[str, Any]) -> str | None:
    """Draw a chart as SVG; None when it would be too large to send."""
    _register_font()
    svg: str = vl_convert.vegalite_to_svg(_with_files(spec), vl_version=VEGA_LITE)
    seen = _UNSEEN.sub("", svg)
    short = _SHAPE.sub(lambda shape: _LONG.sub(r"\1", shape[0]), seen).replace(_ELSEWHERE, "")
    return short if len(short.encode()) <= LARGEST else None


def draw_wanted(limit: int = 20) -> int:
    """Draw up to `limit` charts that somebody asked for; return how many. The worker calls this when idle."""
    asked = drawings.wanted(limit)
    for key, spec in asked:
        try:
            drawings.put(key, draw(json.loads(spec)))
        except ValueError:
            log.exception("chart %s cannot be drawn", key)
            drawings.put(key, None)
    return len(asked)


def forget_unused() -> int:
    """Forget drawings that nobody used for two weeks; return how many."""
    return drawings.prune(KEEP)


@cache
def _register_font() -> None:
    vl_convert.register_font_directory(str(fontpkg_ibm_plex_sans.ROOT / "files"))


def _with_files(node: Any) -> Any:
    """Put the files that a browser would fetch into the spec."""
    if isinstance(node, list):
        return [_with_files(item) for item in node]
    if not isinstance(node, dict):
        return node
    if node.get("url") in _FILES:
        return {"values": _geometry(node["url"]), "format": node.get("format", {})}
    return {name: _with_files(item) for name, item in node.items()}


@cache
def _geometry(url: str) -> Any:
    return json.loads(_FILES[url].read_text(encoding="utf-8"))
