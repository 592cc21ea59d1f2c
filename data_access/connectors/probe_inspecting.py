"""The closer look at a portal: certificate, IPv6, headers, sections, news, a few links, paint times.

What could not be measured is left empty, never told as a fault.
"""

import socket
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

from config.portals import Portal, expected_sections, load_rules
from config.settings import settings
from data_access.connectors.probe_asking import Asker, Fault
from data_access.connectors.probe_paint import painted
from data_access.connectors.probe_reading import (
    Page,
    leads_to,
    newest_in_feed,
    newest_on_page,
    own_links,
    sections_on,
    text_of,
)  # fmt: skip

STAMP: Final = "%Y-%m-%dT%H:%M:%SZ"
NO_FAULT: Final = (401, 403, 429)
"""Answers to a link that say "not for you", not "broken"."""
NO_HEAD: Final = (400, 403, 405, 501)


def inspect(portal: Portal, asker: Asker, at: datetime) -> dict[str, Any]:
    """Return what a portal holds; nothing where it does not answer or forbids our probe."""
    if not asker.may(portal.url):
        return {}
    answer = asker.ask(portal.url)
    if answer.fault or answer.status is None or not 200 <= answer.status < 300:
        return {}
    html = text_of(answer.body, answer.headers.get("content-type", ""))
    page = Page(html)
    found = {
        **{name: header.lower() in answer.headers for name, header in load_rules().headers.items()},
        **_secured(portal, asker), **_version_six(portal, asker), **_sections(portal, page),
        **_news(portal, page, answer.url, asker, at), **_links(page, answer.url, asker),
        "linked": leads_to(page, answer.url, load_rules().host_suffixes), "robots": "allowed", "bytes": answer.size,
    }  # fmt: skip
    asked: list[str] = []

    def may_ask(url: str) -> bool:
        asked.append(url)
        return _may_ask(asker, url)

    paint = painted(settings().probe_browser, answer.url, asker.manners.agent, may_ask)
    return found | paint | {"emc": bears_emc(html, asked, is_drawn=paint["lcp_s"] is not None)}


def bears_emc(html: str, asked: Sequence[str], is_drawn: bool) -> bool | None:
    """Say whether a page bears the tag of EMC, in itself or by what it asks for; unknown where no browser drew it."""
    host = load_rules().emc_host
    return True if host in html or any(urlsplit(url).hostname == host for url in asked) else False if is_drawn else None


def _may_ask(asker: Asker, url: str) -> bool:
    """Say whether the browser may ask an address: what is no network address, and what the probe itself may ask."""
    parts = urlsplit(url)
    if parts.scheme in ("data", "blob", "about"):
        return True
    try:
        return parts.scheme in ("http", "https") and bool(asker.addresses(parts.hostname or "", parts.port or 443))
    except (Fault, ValueError):
        return False


def _secured(portal: Portal, asker: Asker) -> dict[str, Any]:
    parts = urlsplit(portal.url)
    if parts.scheme != "https":
        return {"https_ok": False, "https_only": False}
    ends, fault = asker.certificate(portal.host, parts.port or 443)
    plain = asker.ask(f"http://{portal.host}/", most=500_000) if parts.port in (None, 443) else None
    only = None if plain is None else bool(plain.fault) or plain.url.startswith("https://")
    return {"https_ok": not fault, "https_only": only, "tls_fault": fault or None,
            "tls_not_after": ends.strftime(STAMP) if ends else None}  # fmt: skip


def _version_six(portal: Portal, asker: Asker) -> dict[str, Any]:
    """Return whether there is an IPv6 address and whether it answers; unknown where our own network has none."""
    parts = urlsplit(portal.url)
    try:
        asker.addresses(portal.host, parts.port or 443, socket.AF_INET6)
    except Fault as fault:
        return {"ipv6_record": False, "ipv6_ok": False} if str(fault) == "dns" else {}
    answer = asker.ask(portal.url, family=socket.AF_INET6)
    return {"ipv6_record": True, "ipv6_ok": None if answer.unreachable else not answer.fault}


def _sections(portal: Portal, page: Page) -> dict[str, Any]:
    wanted = expected_sections(portal)
    there = sections_on(page, [s for s in load_rules().sections if s.id in wanted])
    return {"sections_found": ";".join(s for s in wanted if s in there) or None,
            "sections_missing": ";".join(s for s in wanted if s not in there) or None}  # fmt: skip


def _news(portal: Portal, page: Page, base: str, asker: Asker, at: datetime) -> dict[str, Any]:
    feeds = [portal.feed] if portal.feed else own_feeds(page, base)[:1]
    for url in feeds:
        newest = newest_in_feed(asker.ask(url).body, at) if asker.may(url) else None
        if newest:
            return {"last_news_at": newest.strftime(STAMP), "news_from": "feed"}
    newest = newest_on_page(page, at)
    return {"last_news_at": newest.strftime(STAMP), "news_from": "page"} if newest else {}


def own_feeds(page: Page, base: str) -> list[str]:
    """Return the feeds that a page names and that lie on its own host."""
    named = [urljoin(base, href) for href in page.feeds]
    return [url for url in named if urlsplit(url).netloc == urlsplit(base).netloc]


def _links(page: Page, base: str, asker: Asker) -> dict[str, Any]:
    """Return how many of a sample of a page's own links answered, and how many of these are broken."""
    checked, broken = 0, list[str]()
    for url in own_links(page, base, asker.manners.links):
        if not asker.may(url):
            continue
        answer = asker.ask(url, "HEAD")
        if answer.status in NO_HEAD:
            answer = asker.ask(url)
        if answer.status is None or answer.fault:
            continue
        checked += 1
        if answer.status >= 400 and answer.status not in NO_FAULT:
            broken.append(urlsplit(url).path)
    return {"links_checked": checked, "links_broken": len(broken), "broken": " ".join(broken)[:500] or None}
