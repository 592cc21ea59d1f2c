"""Insurance records as hospitals send them: GIAMDINHHS of QĐ 130/QĐ-BYT, amended by 4750 and 3176.

Of a patient's visit only XML1 is opened, and of it only the fields named here are ever held; names, numbers,
birth dates, addresses, diagnoses in words and all other parts pass by unread. The number of the record is
kept as a keyed hash. DTDs and entities are refused.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterator
from typing import Final
from xml.etree.ElementTree import Element, ParseError
from xml.sax.saxutils import escape

from defusedxml import DefusedXmlException  # type: ignore[import-untyped]
from defusedxml.ElementTree import fromstring  # type: ignore[import-untyped]

from config.settings import settings
from data_access.ingestion.parsers.result import Broken, Faults, Layout, Parsed, Unreadable, broken, text_frame

DATE: Final = r"\d{8}(\d{4}(\d{2})?)?"
MONEY: Final = r"\d{1,11}(\.\d{1,4})?"
_SHAPES: Final = {
    "MAXA_CU_TRU": r"\d{5}", "MA_BENH_CHINH": r"[A-Za-z]\d{2}(\.?\d{1,2})?", "MA_LOAI_KCB": r"\d{1,2}",
    "MA_DOITUONG_KCB": r"\d{1,2}(\.\d{1,2})?", "MA_LOAI_RV": r"\d{1,2}", "MA_NOI_DI": r"\d{5}", "MA_NOI_DEN": r"\d{5}",
    "NGAY_VAO": DATE, "NGAY_RA": DATE, "SO_NGAY_DTRI": r"\d{1,4}",
    "T_TONGCHI_BV": MONEY, "T_TONGCHI_BH": MONEY, "T_BHTT": MONEY,
}  # fmt: skip
KEPT: Final = {tag: re.compile(shape) for tag, shape in _SHAPES.items()}
"""Fields of XML1 that are kept, and what they must look like: no words, card or identity number slips through."""
HOSPITAL, MADE = re.compile(r"\d{5}"), re.compile(DATE)
COLUMNS: Final = ("MA_CSKCB", "NGAYLAP", "MA_LK", *KEPT)
DECLARED: Final = re.compile(r"^\s*<\?xml[^>]*\?>")
HASHED: Final = re.compile(r"#[0-9a-f]{16}")
PURPOSE: Final = b"insurance records, 1"
MOST_RECORDS: Final = 200_000
BOM: Final = "\ufeff"
Record = dict[str, str]


def parse_bhyt(name: str, content: bytes, layout: Layout) -> Parsed:
    """Return a row for each record (HOSO) with its XML1; `_row` is its place in the file.

    NOIDUNGFILE may be base64, nested XML or escaped text, with or without BOM and XML declaration.
    """
    faults = Faults(name)
    rows: list[int] = []
    columns: dict[str, list[str | None]] = {column: [] for column in COLUMNS}
    for place, record in _records(name, content, faults):
        rows.append(place)
        for column in COLUMNS:
            columns[column].append(record.get(column))
    if not rows and not faults:
        raise Unreadable("no_rows", name)
    return Parsed(text_frame(columns, rows), faults)


def cleaned_bhyt(name: str, content: bytes, layout: Layout) -> bytes:
    """Return the delivery with nothing but the kept fields; parsed again it gives the same rows."""
    kept: dict[int, Record] = dict(_records(name, content, []))
    hospital = next((r["MA_CSKCB"] for r in kept.values() if "MA_CSKCB" in r), "")
    made = next((r["NGAYLAP"] for r in kept.values() if "NGAYLAP" in r), "")
    records = "".join(_written(kept.get(place, {})) for place in range(1, max(kept, default=0) + 1))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<GIAMDINHHS><THONGTINDONVI>' + _element("MACSKCB", hospital)
        + "</THONGTINDONVI><THONGTINHOSO>" + _element("NGAYLAP", made) + f"<DANHSACHHOSO>{records}</DANHSACHHOSO>"
        "</THONGTINHOSO></GIAMDINHHS>"
    ).encode()  # fmt: skip


def _records(name: str, content: bytes, faults: list[Broken]) -> Iterator[tuple[int, Record]]:
    """Yield the records of a file by their place; unreadable ones go to `faults`, without their content."""
    root = _root(name, content)
    about = {"MA_CSKCB": _shaped(root.findtext(".//THONGTINDONVI/MACSKCB"), HOSPITAL),
             "NGAYLAP": _shaped(root.findtext(".//THONGTINHOSO/NGAYLAP"), MADE)}  # fmt: skip
    for place, record in enumerate(root.iter("HOSO"), 1):
        if place > MOST_RECORDS:
            raise Unreadable("too_many_broken", name, sheet="", row=place, most=MOST_RECORDS, why="")
        summary = _summary(record)
        if summary is None:
            faults.append(broken("bhyt_record", name, place, ""))
            continue
        held = {field.tag: field.text for field in summary}
        told = {tag: text for tag, shape in KEPT.items() if (text := _shaped(held.get(tag), shape))}
        number = (held.get("MA_LK") or "").strip()
        told |= {"MA_LK": _hashed(number)} if number else {}
        yield place, {k: v for k, v in (about | told).items() if v}


def _root(name: str, content: bytes) -> Element:
    try:
        root: Element = fromstring(content.lstrip(b"\xef\xbb\xbf \t\r\n"), forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise Unreadable("bhyt_broken", name) from error
    _without_namespaces(root)
    if root.tag != "GIAMDINHHS":
        raise Unreadable("bhyt_broken", name)
    return root


def _without_namespaces(root: Element) -> None:
    for element in root.iter():
        if isinstance(element.tag, str):
            element.tag = element.tag.rpartition("}")[2]


def _summary(record: Element) -> Element | None:
    """Return the summary (TONG_HOP) of a record's XML1; None where there is none that can be read."""
    for part in record.iter("FILEHOSO"):
        if (part.findtext("LOAIHOSO") or "").strip().upper() != "XML1":
            continue
        held = part.find("NOIDUNGFILE")
        if held is None:
            return None
        nested = held.find(".//TONG_HOP")
        return nested if nested is not None else _opened(held.text or "")
    return None


def _opened(text: str) -> Element | None:
    """Return the summary written as text or base64."""
    text = text.strip().lstrip(BOM)
    try:
        plain = text if text.startswith("<") else base64.b64decode(text, validate=False).decode("utf-8-sig")
        root: Element = fromstring(DECLARED.sub("", plain).strip().encode(), forbid_dtd=True)
    except (binascii.Error, UnicodeError, ParseError, DefusedXmlException, ValueError, LookupError):
        return None
    _without_namespaces(root)
    return root if root.tag == "TONG_HOP" else root.find(".//TONG_HOP")


def _shaped(text: str | None, shape: re.Pattern[str]) -> str:
    """Return a field that looks as it must, else nothing."""
    found = (text or "").strip()
    return found if shape.fullmatch(found) else ""


def _hashed(number: str) -> str:
    """Return a record's number as a keyed hash that nobody without the installation's key can try out."""
    if HASHED.fullmatch(number):
        return number
    key = hmac.digest(settings().secret_key.encode(), PURPOSE, hashlib.sha256)
    return "#" + hmac.new(key, number.encode("utf-8", "replace"), hashlib.sha256).hexdigest()[:16]


def _element(tag: str, value: str) -> str:
    return f"<{tag}>{escape(value)}</{tag}>"


def _written(record: Record) -> str:
    if not record:
        return "<HOSO></HOSO>"
    inner = "".join(_element(tag, record[tag]) for tag in ("MA_LK", *KEPT) if tag in record)
    return ("<HOSO><FILEHOSO><LOAIHOSO>XML1</LOAIHOSO><NOIDUNGFILE><TONG_HOP>" + inner
            + "</TONG_HOP></NOIDUNGFILE></FILEHOSO></HOSO>")  # fmt: skip
