"""What the probe reads from a portal's page: its marker, links, sections, newest dated news.

Rules for the newest news, in this order: the feed that is registered, or that the page names; the dates that the page
itself marks as such (`<time datetime>`, `article:published_time`, `datePublished`); dates written as dd/mm/yyyy, but
for today's date beside the name of a weekday, which is the clock of the page and no news. A date without a zone is
local; one in the future is none.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from html.parser import HTMLParser
from typing import Any, Final
from urllib.parse import urldefrag, urljoin, urlsplit

from defusedxml import DefusedXmlException, ElementTree  # type: ignore[import-untyped]

from config.portals import Section

LOCAL: Final = timezone(timedelta(hours=7))
AHEAD: Final = timedelta(minutes=10)
EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
DATED: Final = ("pubdate", "published", "updated", "date", "lastbuilddate")
_DAY = re.compile(r"(?<!\d)(\d{1,2})/(\d{1,2})/(20\d\d)(?:[ ,|-]{1,4}(\d{1,2})[:h](\d{2}))?(?!\d)")
_WEEKDAY = re.compile(
    r"(thứ\s+(hai|ba|tư|năm|sáu|bảy|[2-7])|chủ\s+nhật|hôm\s+nay)\W{0,6}(ngày\W{0,2})?$", re.IGNORECASE
)
_OFFSET = re.compile(r"(?:GMT|UTC)([+-])(\d{1,2})(?::?(\d{2}))?$")
_PUBLISHED = re.compile(r'"datePublished"\s*:\s*"([^"]{8,40})"')


class Page(HTMLParser):
    """A page's links, dates, feeds and text; `links` are (address, words)."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.links: list[tuple[str, str]] = []
        self.feeds: list[str] = []
        self.dates: list[str] = _PUBLISHED.findall(html)
        self._parts: list[str] = []
        self._open: tuple[str, int] | None = None
        self._silent = 0
        self.feed(html)
        self.close()

    @property
    def text(self) -> str:
        """Return the words of the page."""
        return " ".join(" ".join(self._parts).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note links, feeds and marked dates."""
        own: dict[str, str] = {k: v or "" for k, v in attrs}
        if tag in ("script", "style"):
            self._silent += 1
        elif tag == "a" and own.get("href"):
            self._open = (own["href"], len(self._parts))
        elif tag == "time" and own.get("datetime"):
            self.dates.append(own["datetime"])
        elif tag == "meta" and own.get("property", own.get("itemprop", "")).lower() in (
            "article:published_time", "article:modified_time", "datepublished",
        ):  # fmt: skip
            self.dates.append(own.get("content", ""))
        elif tag == "link" and own.get("type", "") in ("application/rss+xml", "application/atom+xml"):
            self.feeds.append(own.get("href", ""))

    def handle_endtag(self, tag: str) -> None:
        """Close a link with the words it held."""
        if tag in ("script", "style"):
            self._silent = max(0, self._silent - 1)
        elif tag == "a" and self._open:
            href, start = self._open
            self.links.append((href, " ".join(" ".join(self._parts[start:]).split())))
            self._open = None

    def handle_data(self, data: str) -> None:
        """Keep words that people see."""
        if not self._silent and data.strip():
            self._parts.append(data)


def text_of(body: bytes, content_type: str = "") -> str:
    """Return a body as text by its declared encoding, else UTF-8."""
    found = re.search(r"charset=[\"']?([\w-]+)", content_type, re.IGNORECASE)
    try:
        return body.decode(found[1] if found else "utf-8", "replace")
    except LookupError:
        return body.decode("utf-8", "replace")


def moment_of(text: str) -> datetime | None:
    """Return the instant that a date tells (RFC 822, ISO 8601 or dd/mm/yyyy), local where it names no zone."""
    text = text.strip()
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        if day := _DAY.search(text):
            return _written(day)
        try:
            found = parsedate_to_datetime(_OFFSET.sub(lambda z: f"{z[1]}{int(z[2]):02}{z[3] or '00'}", text))
        except (ValueError, TypeError, IndexError):
            return None
        if found.tzinfo is None and text.endswith("-0000"):
            found = found.replace(tzinfo=UTC)
    return (found if found.tzinfo else found.replace(tzinfo=LOCAL)).astimezone(UTC)


def _written(found: re.Match[str]) -> datetime | None:
    day, month, year, hour, minute = found.groups(default="0")
    try:
        return datetime(int(year), int(month), int(day), int(hour), int(minute), tzinfo=LOCAL).astimezone(UTC)
    except ValueError:
        return None


def _newest(dates: Iterable[datetime | None], now: datetime) -> datetime | None:
    return max((d for d in dates if d and EARLIEST <= d <= now + AHEAD), default=None)


def _in_words(text: str, now: datetime) -> Iterator[datetime | None]:
    today = now.astimezone(LOCAL).date()
    for found in _DAY.finditer(text):
        moment = _written(found)
        clock = _WEEKDAY.search(text[max(0, found.start() - 30) : found.start()])
        if moment and not (clock and moment.astimezone(LOCAL).date() == today):
            yield moment


def newest_on_page(page: Page, now: datetime) -> datetime | None:
    """Return the newest date of a page that is not its clock: marked ones first, else those in its words."""
    return _newest(map(moment_of, page.dates), now) or _newest(_in_words(page.text, now), now)


def newest_in_feed(body: bytes, now: datetime) -> datetime | None:
    """Return the newest date of the entries of a feed (RSS, Atom); None for what is no feed."""
    try:
        tree: Any = ElementTree.fromstring(body)
    except (ElementTree.ParseError, ValueError, LookupError, DefusedXmlException):
        return None
    entries = [e for e in tree.iter() if e.tag.rpartition("}")[2].lower() in ("item", "entry")]
    dates = [c.text or "" for e in entries for c in e if c.tag.rpartition("}")[2].lower() in DATED]
    return _newest(map(moment_of, dates), now)


def plain(text: str) -> str:
    """Return a text in small letters without accents, as the words of sections are declared."""
    letters = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return " ".join("".join(c for c in letters if not unicodedata.combining(c)).split())


def sections_on(page: Page, sections: Iterable[Section]) -> set[str]:
    """Return the sections that a link of the page leads to, by the words of its text."""
    words = [plain(text) for _, text in page.links]
    return {s.id for s in sections if any(w in text for w in s.words for text in words)}


def own_links(page: Page, base: str, most: int) -> list[str]:
    """Return up to `most` links of a page to its own host, spread over the page, none twice."""
    host, found = urlsplit(base).netloc, dict[str, None]()
    for href, _ in page.links:
        try:
            address = urldefrag(urljoin(base, href))[0]
        except ValueError:
            continue
        if urlsplit(address).scheme in ("http", "https") and urlsplit(address).netloc == host and address != base:
            found.setdefault(address)
    links = list(found)
    step = max(1, -(-len(links) // most)) if most else 1
    return links[::step][:most]


def leads_to(page: Page, base: str, hosts: Iterable[str]) -> bool:
    """Say whether a page links to one of some hosts."""
    wanted = set(hosts)
    try:
        hosts_of = (urlsplit(urljoin(base, href)).hostname or "" for href, _ in page.links)
        return any(host.removeprefix("www.") in wanted for host in hosts_of)
    except ValueError:
        return False
