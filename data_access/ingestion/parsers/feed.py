"""News feeds as outlets publish them (RSS 0.9-2.0, Atom), survived where they are broken.

Read are headline, link, summary and date; authors, comments and pictures pass by unread, and telephone numbers
and mail addresses in the words are masked. Entities and external references are refused before anything else.
The feed's id is the file's name up to a double underscore: `vnexpress__20261123T0805.xml`.
"""

import io
import re
from typing import Any, Final, NamedTuple
from xml.etree.ElementTree import ParseError
from xml.sax.saxutils import escape

from data_access.ingestion.contacts import masked
from data_access.ingestion.parsers.result import Broken, Layout, Parsed, Unreadable, base_name, broken, text_frame

MOST_TEXT: Final = 4_000
MOST_ITEMS: Final = 5_000
DECLARED: Final = re.compile(rb"""^\s*<\?xml[^>]*?encoding=["']([\w.-]+)["'][^>]*\?>""")
PROLOG: Final = re.compile(r"^\s*<\?xml[^>]*\?>")
PAGE: Final = re.compile(r"^\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL)
HEADERS: Final = {"content-type": "application/xml; charset=utf-8"}


class Item(NamedTuple):
    """An item's texts as its feed gives them."""

    title: str
    link: str
    summary: str
    published_raw: str


def parse_feed(name: str, content: bytes, _: Layout) -> Parsed:
    """Return the items of a feed; what is not well-formed gives what can be read of it, and one broken record."""
    items, fault = _items(name, content)
    columns: dict[str, list[str | None]] = {"feed": [feed_of(name)] * len(items)}
    columns |= {field: [getattr(item, field) for item in items] for field in Item._fields}
    return Parsed(text_frame(columns, range(1, len(items) + 1)), fault)


def cleaned_feed(name: str, content: bytes, _: Layout) -> bytes:
    """Return a feed with nothing but what is read of it."""
    items, _fault = _items(name, content)
    said = "".join(
        f"<item><title>{escape(i.title)}</title><link>{escape(i.link)}</link><pubDate>{escape(i.published_raw)}"
        f"</pubDate><description>{escape(i.summary)}</description></item>\n"
        for i in items
    )
    return f'<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0"><channel>\n{said}</channel></rss>\n'.encode()


def feed_of(name: str) -> str:
    """Return the feed's id in a file's name."""
    return base_name(name).rpartition(".")[0].partition("__")[0]


def _items(name: str, content: bytes) -> tuple[list[Item], list[Broken]]:
    text = _decoded(name, content)
    if PAGE.match(text):
        raise Unreadable("feed_is_html", name)
    whole = ('<?xml version="1.0" encoding="utf-8"?>' + PROLOG.sub("", text, count=1)).encode()
    is_whole = _checked(name, whole)
    import feedparser

    found = feedparser.parse(io.BytesIO(whole), response_headers=HEADERS, sanitize_html=False,
                             resolve_relative_uris=False)  # fmt: skip
    items = [_item(entry) for entry in found.entries[:MOST_ITEMS]]
    if not items:
        raise Unreadable("feed_empty" if is_whole and found.version else "feed_broken" if not is_whole else "feed_none",
                         name)  # fmt: skip
    return items, [] if is_whole else [broken("feed_cut", name, len(items) + 1, "", count=len(items))]


def _decoded(name: str, content: bytes) -> str:
    """Return the text: UTF-8 wherever it is that, else as declared; a wrong declaration is no text."""
    declared = DECLARED.match(content)
    for encoding in ("utf-8-sig", *([declared[1].decode("ascii")] if declared else []), "utf-16"):
        if encoding == "utf-16" and not content.startswith((b"\xff\xfe", b"\xfe\xff")):
            continue
        try:
            return content.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    raise Unreadable("feed_encoding", name, declared=declared[1].decode("ascii") if declared else "UTF-8")


def _checked(name: str, content: bytes) -> bool:
    """Say whether XML is well-formed; refuse what declares entities or refers outside."""
    from defusedxml.common import DefusedXmlException  # type: ignore[import-untyped]
    from defusedxml.ElementTree import fromstring  # type: ignore[import-untyped]

    try:
        fromstring(content, forbid_dtd=False, forbid_entities=True, forbid_external=True)
    except DefusedXmlException as error:
        raise Unreadable("xml_declares", name) from error
    except ParseError:
        return False
    return True


def _item(entry: Any) -> Item:
    published = entry.get("published") or entry.get("updated") or entry.get("created") or ""
    texts = (entry.get("title", ""), entry.get("link", ""), entry.get("summary", ""), published)
    title, link, summary, date = (" ".join(str(text)[:MOST_TEXT].split()) for text in texts)
    return Item(masked(title), link, masked(summary), date)
