"""Doors: a link to a page of ours opens it in this tab over the running session, without loading the program anew.

Every link, commune of a map and row of a table is an ordinary address, so that it can be copied or opened in a new
tab. One listener in the browser hands the address to the server, which goes to the page as the navigation does.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import streamlit as st

_JS = """
const ours = (address) => {
  const url = new URL(address, location.href);
  return url.origin === location.origin && window.iocPages.includes(url.pathname.slice(1)) ? url : null;
};
const bare = (address) => {
  const url = new URL(address, location.href);
  url.searchParams.delete("lang");
  return url.pathname + url.searchParams;
};
const spoken = (address) => new URL(address, location.href).searchParams.has("lang");
const linkOf = (event) => event.composedPath().find((one) => one.tagName?.toLowerCase?.() === "a");

export default function ({ data, setTriggerValue }) {
  window.iocPages = data.pages;
  window.iocGo = (address) => {
    const url = ours(address);
    if (url) { window.iocWent = Date.now(); setTriggerValue("go", url.pathname + url.search); }
    return !!url;
  };
  if (window.iocListens) return;
  window.iocListens = true;
  window.iocWent = 0;
  document.addEventListener("click", (event) => {
    if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const link = linkOf(event);
    const address = link?.href?.baseVal ?? link?.href;
    if (!address || link.closest?.("[data-testid=stPageLink]") || link.hasAttribute("download")) return;
    if (window.iocGo(address)) { event.preventDefault(); event.stopPropagation(); }
  }, true);
  // A move first empties the address and then writes the language back: neither is a step to go back over.
  const push = history.pushState.bind(history);
  history.pushState = (state, title, address) => {
    if (bare(address) !== bare(location.href)) push(state, title, address);
    else if (spoken(address) || Date.now() - window.iocWent > 3000) history.replaceState(state, title, address);
  };
  const open = window.open.bind(window);
  window.open = (address, ...rest) => {
    const held = window.event;
    const apart = held?.ctrlKey || held?.metaKey || held?.shiftKey;
    return !apart && address && window.iocGo(address) ? null : open(address, ...rest);
  };
}
"""


def address(page: str, asked: Mapping[str, str] | None = None) -> str:
    """Return the address of a page with what is asked of it, in that order."""
    words = urlencode(asked or {})
    return f"/{page}?{words}" if words else f"/{page}"


@st.cache_resource
def _listener() -> Any:
    return st.components.v2.component("ioc_doors", html="<span></span>", js=_JS)


def listen(pages: Sequence[str]) -> str | None:
    """Hear which door was opened since the last run; `pages` are the addresses that may be opened."""
    heard = _listener()(data={"pages": list(pages)}, key="doors", on_go_change=lambda: None)
    return getattr(heard, "go", None)


def read(opened: str) -> tuple[str, dict[str, str]]:
    """Return page and questions of an address, '' for the first page."""
    parts = urlsplit(opened)
    return parts.path.strip("/"), dict(parse_qsl(parts.query))
