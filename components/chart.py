"""The one component that draws charts: drawn first, alive when touched."""

from typing import Any

import altair as alt
import streamlit as st

from components import theme
from components.altair_theme import config
from components.page import heading
from services import drawings

_HTML = '<div class="chart" role="img" tabindex="0"></div>'
_CSS = """
.chart { display: block; outline: none; line-height: 0; }
.chart:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 2px; border-radius: 4px; }
.chart svg { display: block; width: 100%; height: auto; }
.chart > div { width: 100%; }
.chart details { display: none; }
"""
_JS = """
const address = (path) => new URL(path, location.origin).href;
const vega = () => (window.iocVega ??= import(address("/app/static/vega.js")).then(() => window.vegaEmbed));
// Reads our own files only; a door is opened by the house (components/doors.py), else by the browser.
const loader = {
  load: async (path, options) => {
    const response = await fetch(address(path));
    return (response[options?.response] ?? response.text).call(response);
  },
  sanitize: async (path, options) => {
    const isGone = options?.context === "href" && window.iocGo?.(path);
    return isGone ? new Promise(() => {}) : { href: address(path), target: "_self" };
  },
};

async function wake(host, data, state) {
  if (state.alive || state.waking) return;
  state.waking = true;
  const key = data.key;
  try {
    const embed = await vega();
    const stage = document.createElement("div");
    const result = await embed(stage, state.width ? { ...data.spec, width: state.width } : data.spec, {
      ast: true, actions: false, renderer: "svg", loader,
      tooltip: { theme: data.dark ? "dark" : "light" },
    });
    if (state.key !== key) { result.finalize(); return; }
    const svg = stage.querySelector("svg");
    svg.setAttribute("aria-hidden", "true");
    host.replaceChildren(stage);
    state.result = result;
    state.alive = true;
  } finally { state.waking = false; }
}

// On a narrow screen a chart is drawn anew at the width it has, so that its words keep their size.
function narrowed(host, data) {
  const room = host.clientWidth;
  return data.fluid && room && room < 0.85 * data.width ? room : 0;
}

export default function ({ parentElement, data }) {
  const host = parentElement.querySelector(".chart");
  const state = (host.iocChart ??= {});
  if (state.key === data.key && (state.alive || state.drawn || state.waking)) return;
  state.result?.finalize();
  Object.assign(state, { key: data.key, alive: false, waking: false, drawn: false, result: null });
  host.setAttribute("aria-label", data.alt);
  host.style.aspectRatio = `${data.width} / ${data.height}`;
  host.style.maxWidth = `${data.width * 1.35 / 16}rem`;
  state.width = narrowed(host, data);
  if (state.width) host.style.aspectRatio = `${state.width} / ${data.height}`;
  const touch = () => wake(host, data, state).catch((problem) => console.warn(problem));
  if (data.svg) {
    host.innerHTML = data.svg;
    for (const door of host.querySelectorAll("a")) door.tabIndex = -1;
    state.drawn = true;
    host.onpointerenter = touch;
    host.onfocus = touch;
    if (state.width) touch();
  } else {
    host.onpointerenter = host.onfocus = null;
    touch();
  }
}
"""


@st.cache_resource
def _component() -> Any:
    return st.components.v2.component("ioc_chart", html=_HTML, css=_CSS, js=_JS)


def full_spec(spec: alt.TopLevelMixin, width: int, height: int, mode: str, language: str) -> dict[str, Any]:
    """Return the whole spec of a chart: its own, with the theme, the size and the language."""
    plain: dict[str, Any] = spec.to_dict()
    plain.pop("$schema", None)
    return {
        **plain,
        "width": width,
        "height": height,
        "autosize": {"type": "fit", "contains": "padding"},
        "config": config(mode, language),
    }


def chart(
    spec: alt.TopLevelMixin,
    *,
    key: str,
    alt_text: str,
    title: str = "",
    subtitle: str = "",
    width: int = 420,
    height: int = 260,
    simulated: bool = False,
    fluid: bool = True,
    language: str = "vi",
) -> None:
    """Draw a chart under its finding.

    `width` is the nominal width in pixels at which it is drawn; it then fills its column, so choose
    the column's width at 1366 pixels (436, 420, 868 or 1124). `alt_text` says what the chart shows;
    `fluid`: on a screen too narrow for its words it takes another shape, which a map must not.
    """
    if title:
        heading(title, subtitle, simulated, language)
    mode = theme.mode()
    whole = full_spec(spec, width, height, mode, language)
    digest, svg = drawings.find(whole)
    _component()(
        data={
            "key": digest,
            "svg": svg,
            "spec": whole,
            "alt": alt_text,
            "dark": mode == "dark",
            "width": width,
            "height": height,
            "fluid": fluid,
        },
        key=key,
    )
