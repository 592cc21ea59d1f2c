"""How citizens' contacts are made unreadable: hashed where the same sender must be known, else masked in words."""

import re
import unicodedata
from functools import lru_cache
from typing import Final

from data_access.ingestion.catalogues import unaccented
from data_access.ingestion.keyed import keyed_hash
from data_access.ingestion.persons import offices_only, without_names

MASK: Final = "[…]"
_MAIL = r"[\w.+\-]+@[\w\-]+(?:\.[\w\-]+)+"
_IDENTITY = r"(?<!\d)(?:\d{12}|\d{9}|0\d\d(?:[ .\-]\d{3}){3})(?!\d)"
_PHONE = r"(?<!\d)(?:(?:\+|00)?84|0)(?:[\s.\-–()\u200b]{0,3}\d){8,10}(?!\d)"
_DATE = r"(?<!\d)(?:\d{1,2}[./\-]\d{1,2}[./\-]\d{4}|\d{4}-\d\d-\d\d)(?!\d)"
MAIL, PHONE = re.compile(_MAIL), re.compile(_PHONE)
CONTACT: Final = re.compile(f"(?P<date>{_DATE})|{_MAIL}|{_IDENTITY}|{_PHONE}")
"""Mail addresses, identity numbers (12 digits; 9 the old ones) and telephone numbers as people write them.

Dates too, lest they be taken for a number.
"""
_CLOCK = r"(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+\-]\d\d:?\d\d)?)?"
VALUE: Final = re.compile(
    rf"[+\-−]?(?:0|[1-9]\d*)[.,]\d+|\d{{1,5}}|(?:\d{{4}}-\d\d-\d\d|\d{{1,2}}/\d{{1,2}}/\d{{4}}){_CLOCK}"
)
"""Decimal and short numbers, days and moments."""
_MOBILE = r"(?:0[35789](?:[\s.\-]?\d){8}|(?:\+|00)?84[35789]\d{8})"
IN_CODE: Final = re.compile(rf"{_MAIL}|(?<!\d)(?:{_MOBILE}|0\d{{11}})(?!\d)")
LENGTH: Final = 16
PURPOSE: Final = b"contacts of citizens, 1"


@lru_cache(maxsize=4096)
def spelt(name: str) -> str:
    """Return a column's or key's name for comparing: `firstName`, `first_name` and `First name` are one."""
    return "".join(c for c in unaccented(name) if c.isalnum())


@lru_cache(maxsize=65_536)
def masked(text: str) -> str:
    """Return words without telephone numbers, mail addresses, identity numbers and names (see `without_names`)."""
    return without_names(masked_numbers(text), MASK)


def masked_numbers(text: str) -> str:
    """Return a text with its telephone numbers, mail addresses and identity numbers masked."""
    return CONTACT.sub(lambda found: found["date"] or MASK, text)


def masked_value(text: str) -> str:
    """Return the cell of a number or a moment; what is neither is masked as words are."""
    return text if not text or VALUE.fullmatch(text) else masked(text)


def masked_code(text: str) -> str:
    """Return a record's own number, masked where a mail address, mobile or citizen's number stands in its place."""
    return IN_CODE.sub(MASK, text)


def masked_office(text: str) -> str:
    """Return a list of offices, what is none of them masked."""
    return offices_only(masked(text), MASK)


def contact_hash(text: str) -> str:
    """Return 16 hex digits of HMAC-SHA256 over a contact, '' where the text names nobody.

    The key is derived from the installation's secret key, so that nobody without it can try all numbers.
    """
    contact = _settled(text)
    if not contact:
        return ""
    return keyed_hash(PURPOSE, contact, LENGTH)


def _settled(text: str) -> str:
    """Return a contact in one spelling; '' for a dash, for zeros, for words such as “ẩn danh”."""
    plain = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    if mail := MAIL.search(plain):
        return mail[0]
    if phone := PHONE.search(plain):
        plain = phone[0]
    if any(c.isalpha() for c in plain):
        return plain if any(c.isdigit() for c in plain) else ""
    digits = re.sub(r"\D", "", re.sub(r"\.0$", "", plain))
    if national := re.fullmatch(r"(?:00)?84(0?\d{9,10})|([1-9]\d{8})", digits):  # a cell of numbers drops the zero
        digits = "0" + (national[1] or national[2]).lstrip("0")
    return digits if len(set(digits)) > 1 else ""
