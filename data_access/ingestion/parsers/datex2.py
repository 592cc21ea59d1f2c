"""Situations on the roads as traffic centres publish them: DATEX II SituationPublication, versions 2 and 3.

Root and namespace differ between versions and publishers (`d2LogicalModel`, `D2LogicalModel`,
`messageContainer`), so that elements are known by their local names. DTDs and entities are refused. Of a
record only the fields named here are ever kept; telephone numbers in comments are masked.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final
from xml.etree.ElementTree import Element, ParseError
from xml.sax.saxutils import escape, quoteattr

from defusedxml import DefusedXmlException  # type: ignore[import-untyped]
from defusedxml.ElementTree import fromstring  # type: ignore[import-untyped]

from data_access.ingestion.contacts import masked
from data_access.ingestion.parsers.result import Broken, Faults, Layout, Parsed, Unreadable, broken, text_frame

NAMESPACE: Final = "http://datex2.eu/schema/2/2_0"
COLUMNS: Final = (
    "situation", "record", "version", "version_at", "kind", "severity", "probability", "validity", "starts_at",
    "ends_at", "lat", "lon", "road", "comment", "published_at",
)  # fmt: skip
MOMENTS: Final = ("version_at", "starts_at", "ends_at", "published_at")
FIELDS: Final = {
    "version_at": "situationRecordVersionTime", "severity": "severity", "probability": "probabilityOfOccurrence",
    "validity": "validityStatus", "starts_at": "overallStartTime", "ends_at": "overallEndTime",
}  # fmt: skip
"""Columns that hold the text of the first element of a name within the record."""
ROADS: Final = ("roadNumber", "roadName")
LOCATIONS: Final = ("groupOfLocations", "locationReference")
SHOWN: Final = ("locationForDisplay", "coordinatesForDisplay")
FOREVER: Final = 2100
"""An end from this year on (2999-01-01 is usual) means that no end is known."""


def _local(name: str) -> str:
    return name.rpartition("}")[2].rpartition(":")[2]


def _named(element: Element, *names: str) -> Iterator[Element]:
    return (found for found in element.iter() if _local(found.tag) in names)


def _text(element: Element | None) -> str:
    """Return the words of an element and of those in it, which versions wrap differently (values, value)."""
    return " ".join(" ".join(element.itertext()).split()) if element is not None else ""


def _first(element: Element, *names: str) -> str:
    return _text(next(_named(element, *names), None))


def _moment(text: str) -> str:
    """Return an XML instant as UTC without a zone; one that cannot be read as it is; '' for one without end."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        return text
    if read.year >= FOREVER:
        return ""
    zoned = read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)
    return zoned.strftime("%Y-%m-%dT%H:%M:%S.%f")


def _position(record: Element) -> tuple[str, str]:
    """Return latitude and longitude: the point for display, else the first point of the location, else ''."""
    places = [*_named(record, *SHOWN), *_named(record, *LOCATIONS)]
    for place in places:
        lat, lon = _first(place, "latitude"), _first(place, "longitude")
        if lat and lon:
            return lat, lon
        line = _first(place, "posList").split()
        if len(line) >= 2:
            return line[0], line[1]
    return "", ""


def _record(record: Element, situation: Element, published: str) -> dict[str, str]:
    found = {column: _first(record, name) for column, name in FIELDS.items()}
    lat, lon = _position(record)
    kind = next((v for k, v in record.attrib.items() if _local(k) == "type"), "")
    comments = (_text(c) for c in _named(record, "generalPublicComment"))
    found |= {
        "situation": situation.get("id", ""), "record": record.get("id", ""), "version": record.get("version", ""),
        "kind": _local(kind), "lat": lat, "lon": lon, "road": _first(record, *ROADS),
        "comment": masked(next(comments, "")), "published_at": published,
    }  # fmt: skip
    found["severity"] = found["severity"] or _first(situation, "overallSeverity")
    found["version_at"] = found["version_at"] or published
    return found | {name: _moment(found[name]) for name in MOMENTS if found[name]}


def _root(name: str, content: bytes) -> Element:
    try:
        root: Element = fromstring(content, forbid_dtd=True, forbid_entities=True, forbid_external=True)
    except DefusedXmlException as error:
        raise Unreadable("datex2_declares", name) from error
    except (ParseError, ValueError, LookupError) as error:
        raise Unreadable("datex2_broken", name) from error
    return root


def _records(name: str, content: bytes) -> list[dict[str, str]]:
    """Return the situation records of a publication; raise Unreadable where it is none."""
    root = _root(name, content)
    if not any(_local(v) == "SituationPublication" for e in root.iter() for k, v in e.attrib.items()
               if _local(k) == "type"):
        raise Unreadable("datex2_none", name)
    published = _first(root, "publicationTime")
    return [_record(record, situation, published)
            for situation in _named(root, "situation") for record in _named(situation, "situationRecord")]


def parse_datex2(name: str, content: bytes, layout: Layout) -> Parsed:
    """Return a row for each situation record; `_row` is its place in the publication. None is no fault: all is well.

    A record without an id is broken: it could never be told of again.
    """
    faults: list[Broken] = Faults(name)
    rows: list[int] = []
    columns: dict[str, list[str | None]] = {column: [] for column in COLUMNS}
    for place, record in enumerate(_records(name, content), 1):
        if not record["record"]:
            faults.append(broken("datex2_no_id", name, place, record["kind"]))
            continue
        rows.append(place)
        for column in COLUMNS:
            columns[column].append(record[column])
    return Parsed(text_frame(columns, rows), faults)


def _element(tag: str, text: str) -> str:
    return f"<{tag}>{escape(text)}</{tag}>" if text else ""


def _zoned(moment: str) -> str:
    return f"{moment}Z" if moment else ""


def _written(record: dict[str, str]) -> str:
    point = _element("latitude", record["lat"]) + _element("longitude", record["lon"])
    shown = f"<locationForDisplay>{point}</locationForDisplay>" if point else ""
    spec = _element("overallStartTime", _zoned(record["starts_at"])) + _element(
        "overallEndTime", _zoned(record["ends_at"]))
    inner = (
        _element("situationRecordVersionTime", _zoned(record["version_at"]))
        + _element("probabilityOfOccurrence", record["probability"]) + _element("severity", record["severity"])
        + f"<validity>{_element('validityStatus', record['validity'])}"
        + f"<validityTimeSpecification>{spec}</validityTimeSpecification></validity>"
        + f"<groupOfLocations>{shown}{_element('roadNumber', record['road'])}</groupOfLocations>"
        + _element("generalPublicComment", record["comment"])
    )  # fmt: skip
    about = " ".join(f"{k}={quoteattr(record[v])}" for k, v in (("xsi:type", "kind"), ("id", "record"),
                                                               ("version", "version")))
    return (f"<situation id={quoteattr(record['situation'])}><situationRecord {about}>{inner}</situationRecord>"
            "</situation>")


def cleaned_datex2(name: str, content: bytes, layout: Layout) -> bytes:
    """Return the publication with nothing but the fields read here, telephone numbers masked."""
    records = _records(name, content)
    body = "".join(_written(record) for record in records)
    published = _element("publicationTime", _zoned(records[0]["published_at"]) if records else "")
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<d2LogicalModel xmlns="{NAMESPACE}" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><payloadPublication xsi:type="SituationPublication">'
        f"{published}{body}</payloadPublication></d2LogicalModel>"
    ).encode()
