"""Documents and status messages as document systems exchange them: edXML, QCVN 102:2016/BTTTT.

Only the header fields named here are ever held; content, attachments, signers and staff pass by unread, a
secret document leaves nothing but a count, and of a report the number it is about is not kept. A delivery is
one message, several under one root, or a zip. DTDs and entities are refused, sizes are limited before anything is read.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pyexpat import ExpatError, ParserCreate
from typing import Any, Final, NoReturn
from xml.sax.saxutils import escape

import polars as pl

from data_access.ingestion.parsers.result import (
    Broken,
    Faults,
    Layout,
    Parsed,
    Unreadable,
    broken,
    text_frame,
)

NAMESPACE: Final = "http://www.mic.gov.vn/TBT/QCVN_102_2016"
COLUMNS: Final = (
    "message", "document_id", "sender", "sender_name", "recipient", "recipient_name", "code", "promulgated",
    "type_name", "subject", "due", "priority", "sent", "status_code",
)  # fmt: skip
"""Columns of the frame; of a document one row about itself (`recipient` empty) and one for each recipient."""
FIELDS: Final = {
    "from/organid": "sender",
    "from/organname": "sender_name",
    "to/organid": "to_id",
    "to/organname": "to_name",
    "code/codenumber": "code_number",
    "code/codenotation": "code_notation",
    "promulgationinfo/promulgationdate": "promulgated",
    "documenttype/typename": "type_name",
    "subject": "subject",
    "duedate": "due",
    "otherinfo/priority": "priority",
    "documentid": "document_id",
    "traceheaderlist/traceheader/timestamp": "sent",
    "traceheader/timestamp": "sent",
    "responsefor/organid": "about_organ",
    "responsefor/code": "about_code",
    "responsefor/code/codenumber": "about_number",
    "responsefor/code/codenotation": "about_notation",
    "responsefor/promulgationdate": "about_promulgated",
    "responsefor/documentid": "about_document",
    "statuscode": "status_code",
    "timestamp": "sent",
}
"""By path below the message, without case and namespace: what a header field is called here."""
OF_DOCUMENT: Final = {
    "sender": "From/OrganId", "sender_name": "From/OrganName", "code_number": "Code/CodeNumber",
    "code_notation": "Code/CodeNotation", "promulgated": "PromulgationInfo/PromulgationDate",
    "type_name": "DocumentType/TypeName", "subject": "Subject", "due": "DueDate", "priority": "OtherInfo/Priority",
    "document_id": "DocumentId",
}  # fmt: skip
OF_REPORT: Final = {
    "about_organ": "ResponseFor/OrganId", "about_promulgated": "ResponseFor/PromulgationDate",
    "sender": "From/OrganId", "sender_name": "From/OrganName", "status_code": "StatusCode", "sent": "Timestamp",
}  # fmt: skip
"""The elements that are written back into a cleaned message: of a report not the number it is about, which may
turn out to be a secret document's."""
SECRECY: Final = {
    "secret", "secretlevel", "secrecy", "secrecylevel", "security", "securitylevel", "confidential",
    "confidentiality", "confidentiallevel", "domat", "mat",
}  # fmt: skip
"""Elements in which senders write how secret a document is; QCVN 102:2016 has none of its own."""
NOT_SECRET: Final = {"", "0", "thường", "thuong", "không", "khong", "không mật", "khong mat", "normal", "none", "false"}
PARTY: Final = re.compile(r"[A-ZĐ]\w*/[A-ZĐ]+")
"""The notation of a party document, which stands behind a dash: 06-NQ/TU."""
WHOLE: Final = re.compile(r"(\d+)(?:/|-(?=[^/]+/))(.+)")
"""A number and notation in one field: 192/KH-UBND, 128/2025/QĐ-UBND, 06-NQ/TU."""
HEADERS: Final = {"edxmlheader", "header"}
WRAPPERS: Final = {"messageheader", "status"}
MOST_DEPTH: Final = 60
MOST_TEXT: Final = 4_000
MOST_MESSAGES: Final = 50_000
MOST_RATIO: Final = 200
SMALL: Final = 2_000_000
BLOCK: Final = 1 << 18
FAULTS: Final = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError)


class _Refused(Exception):  # noqa: N818 - it names the fault
    """A file that is not to be read on; `reason` is the catalogue's key."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


@dataclass
class Message:
    """The header of one message; `recipients` are pairs of code and name."""

    is_status: bool = False
    is_secret: bool = False
    fields: dict[str, str] = field(default_factory=dict)
    recipients: list[tuple[str, str]] = field(default_factory=list)


class _Reader:
    """Reads the headers of a stream of XML; what is not a header field is never held."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.path: list[str] = []
        self.message: Message | None = None
        self.below = 0
        self.text: list[str] | None = None
        self.parser = ParserCreate(namespace_separator="}")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._characters
        self.parser.StartDoctypeDeclHandler = self._declared
        self.parser.EntityDeclHandler = self._declared

    def feed(self, block: bytes, last: bool) -> None:
        """Read on; raise _Refused or ExpatError."""
        self.parser.Parse(block, last)

    def _declared(self, *_: Any) -> NoReturn:
        raise _Refused("xml_declares")

    def _start(self, name: str, _: dict[str, str]) -> None:
        local = name.rpartition("}")[2].casefold()
        self.path.append(local)
        if len(self.path) > MOST_DEPTH:
            raise _Refused("too_deep")
        if self.message is None:
            if local in HEADERS or local in WRAPPERS:
                self.message, self.below = Message(local == "status"), len(self.path)
            return
        if local == "to":
            self.message.recipients.append(("", ""))
        self.text = []

    def _characters(self, text: str) -> None:
        if self.text is not None:
            self.text.append(text)
            if len(self.text) > 64 or len(text) > MOST_TEXT:
                self.text = ["".join(self.text)[:MOST_TEXT]]

    def _end(self, _: str) -> None:
        message = self.message
        if message is not None:
            if self.text is not None:
                self._keep(message, "".join(self.text).strip())
            if len(self.path) == self.below:
                if message.is_status or message.fields or message.is_secret:
                    self.messages.append(message)
                self.message = None
        self.text = None
        self.path.pop()

    def _keep(self, message: Message, value: str) -> None:
        if self.path[-1] in SECRECY and value.casefold() not in NOT_SECRET:
            message.is_secret = True
        steps = [step for step in self.path[self.below :] if step not in WRAPPERS]
        name = FIELDS.get("/".join(steps))
        if not name or not value:
            return
        if name in ("to_id", "to_name") and message.recipients:
            code, label = message.recipients[-1]
            message.recipients[-1] = (value, label) if name == "to_id" else (code, value)
        elif name == "sent":
            message.fields.setdefault("sent", value)
        else:
            message.is_status = message.is_status or name == "status_code"
            message.fields[name] = value


def _blocks(content: bytes) -> Iterator[bytes]:
    for start in range(0, len(content), BLOCK):
        yield content[start : start + BLOCK]


def _messages(blocks: Iterator[bytes]) -> list[Message]:
    """Return the messages of one XML text; raise _Refused or ExpatError."""
    reader = _Reader()
    for block in blocks:
        reader.feed(block, False)
    reader.feed(b"", True)
    return reader.messages


def _unzipped(name: str, content: bytes, limit: int) -> Iterator[tuple[int, Iterator[bytes]]]:
    """Yield the XML texts of a zip by their place in it, each within what is left of the limit."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        infos = [info for info in archive.infolist() if not info.is_dir()]
    except FAULTS as error:
        raise Unreadable("truncated", name) from error
    if len(infos) > MOST_MESSAGES or sum(info.file_size for info in infos) > limit:
        raise _bomb(name, limit)
    left = [limit]
    for place, info in enumerate(infos, 1):
        packed = max(info.compress_size, 1)
        info.file_size = limit + 1  # read to the real end, not to the declared one
        yield place, _member(name, archive, info, packed, left, limit)


def _member(
    name: str, archive: zipfile.ZipFile, info: zipfile.ZipInfo, packed: int, left: list[int], limit: int
) -> Iterator[bytes]:
    size = 0
    try:
        with archive.open(info) as stream:
            while block := stream.read(BLOCK):
                if not size and block.startswith(b"PK\x03\x04"):
                    raise Unreadable("nested_archive", name)
                size += len(block)
                left[0] -= len(block)
                if left[0] < 0 or (size > SMALL and size > packed * MOST_RATIO):
                    raise _bomb(name, limit)
                yield block
    except FAULTS as error:
        raise Unreadable("truncated", name) from error


def _bomb(name: str, limit: int) -> Unreadable:
    return Unreadable("zip_bomb", name, limit=f"{limit / 1_000_000:g}".replace(".", ","))


def _read(name: str, content: bytes, layout: Layout, faults: list[Broken]) -> list[tuple[int, Message]]:
    """Return the messages of a delivery by the place of their XML in it; broken ones go to `faults`."""
    limit = int(layout.options.get("max_unpacked_mb", 5 * layout.most_bytes / 1_000_000) * 1_000_000)
    is_zip = content.startswith(b"PK")
    texts = _unzipped(name, content, limit) if is_zip else iter([(1, _blocks(content))])
    found: list[tuple[int, Message]] = []
    for place, blocks in texts:
        try:
            messages = _messages(blocks)
            if not messages:
                raise _Refused("edxml_none")
            found += [(place, message) for message in messages]
        except (_Refused, ExpatError, UnicodeError, ValueError) as error:
            reason = error.reason if isinstance(error, _Refused) else "edxml_broken"
            if not is_zip:
                raise Unreadable(reason, name) from error
            faults.append(broken(f"{reason}_message", name, place, ""))
        if len(found) > MOST_MESSAGES:
            raise _bomb(name, limit)
    return found


def parse_edxml(name: str, content: bytes, layout: Layout) -> Parsed:
    """Return a row for each document, for each of its recipients and for each status message.

    `message` is `document` or `status`; of a status `recipient` is who reports and `sender` whose document it
    is. `_row` is the place of the XML text in the zip. Secret documents and the reports on them that come in
    the same delivery are left out; note `secret` counts the documents.
    """
    faults = Faults(name)
    found = _read(name, content, layout, faults)
    frame, secret = _frame(_open(found)), [(place, message) for place, message in found if message.is_secret]
    if not frame.height and not faults and not secret:
        raise Unreadable("no_rows", name)
    return Parsed(frame, faults, {"secret": str(len(secret))}, _frame(secret)) if secret else Parsed(frame, faults)


def _frame(found: list[tuple[int, Message]]) -> pl.DataFrame:
    rows: list[int] = []
    columns: dict[str, list[str | None]] = {column: [] for column in COLUMNS}
    for place, message in found:
        for record in _records(message):
            rows.append(place)
            for column in COLUMNS:
                columns[column].append(record.get(column))
    return text_frame(columns, rows)


def _identity(message: Message) -> str:
    """Return the id of the document that a message brings or reports on: `organ,yyyy/mm/dd,number/notation`."""
    told = message.fields
    if message.is_status:
        if "about_document" in told:
            return told["about_document"]
        number = told.get("about_code") or f"{told.get('about_number', '')}/{told.get('about_notation', '')}"
        return f"{told.get('about_organ', '')},{told.get('about_promulgated', '').replace('-', '/')[:10]},{number}"
    if "document_id" in told:
        return told["document_id"]
    number = f"{told.get('code_number', '')}/{told.get('code_notation', '')}"
    return f"{told.get('sender', '')},{told.get('promulgated', '').replace('-', '/')[:10]},{number}"


def _open(found: list[tuple[int, Message]]) -> list[tuple[int, Message]]:
    """Return the messages without secret documents and the reports on these."""
    hidden = {_identity(message) for _, message in found if message.is_secret}
    return [(place, message) for place, message in found if _identity(message) not in hidden]


def _records(message: Message) -> Iterator[dict[str, str]]:
    if message.is_status:
        yield _report(message)
        return
    about = {k: v for k, v in message.fields.items() if k in COLUMNS}
    about |= {"message": "document", "document_id": _identity(message)}
    about["code"] = _code(message.fields.get("code_number", ""), message.fields.get("code_notation", ""))
    yield about
    for code, label in message.recipients:
        if code:
            yield about | {"recipient": code, "recipient_name": label}


def _report(message: Message) -> dict[str, str]:
    """Return the row of a status message, its document named by what it answers, or by the document's id."""
    told, identity = message.fields, _identity(message)
    organ, _, rest = identity.partition(",")
    day, _, code = rest.partition(",")
    number = told.get("about_number") or told.get("about_code") or code
    return {
        "message": "status", "document_id": identity, "sender": told.get("about_organ") or organ,
        "recipient": told.get("sender", ""), "recipient_name": told.get("sender_name", ""),
        "promulgated": told.get("about_promulgated") or day, "code": _code(number, told.get("about_notation", "")),
        "sent": told.get("sent", ""), "status_code": told.get("status_code", ""),
    }  # fmt: skip


def _code(number: str, notation: str) -> str:
    """Return number and notation as one text, put right where a sender swapped them or wrote both in one field."""
    if not number.isdigit() and (notation.isdigit() or (notation[:1].isdigit() and not number[:1].isdigit())):
        number, notation = notation, number
    if not notation and (whole := WHOLE.fullmatch(number)):
        number, notation = whole.groups()
    if not notation or not number:
        return number or notation
    notation = notation.lstrip("-/")
    return f"{number}-{notation}" if PARTY.fullmatch(notation) else f"{number}/{notation}"


def cleaned_edxml(name: str, content: bytes, layout: Layout, gone: Collection[str] = ()) -> bytes:
    """Return the delivery with nothing but the header fields read here, without secret documents.

    A zip stays a zip with its texts at the same places under plain names; raise Unreadable where it cannot
    be read. `gone`: further documents to leave out, by the frame's `document_id`.
    """
    texts: dict[int, list[str]] = {}
    for place, message in _open(_read(name, content, layout, [])):
        if _identity(message) not in gone:
            texts.setdefault(place, []).append(_written(message))
    if not content.startswith(b"PK"):
        return _document(texts.get(1, []))
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for place in range(1, max(texts, default=0) + 1):
            archive.writestr(zipfile.ZipInfo(f"{place:05d}.xml"), _document(texts.get(place, [])), zipfile.ZIP_DEFLATED)
    return held.getvalue()


def _document(messages: list[str]) -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<edXML xmlns="{NAMESPACE}">{"".join(messages)}</edXML>'.encode()


def _element(path: str, value: str) -> str:
    tags = path.split("/")
    return "".join(f"<{tag}>" for tag in tags) + escape(value) + "".join(f"</{tag}>" for tag in reversed(tags))


def _written(message: Message) -> str:
    told = message.fields
    if message.is_status:
        return f"<Status>{''.join(_element(path, told[k]) for k, path in OF_REPORT.items() if k in told)}</Status>"
    inner = "".join(_element(path, told[key]) for key, path in OF_DOCUMENT.items() if key in told)
    inner += "".join(f"<To>{_element('OrganId', c)}{_element('OrganName', n)}</To>" for c, n in message.recipients)
    trace = _element("TraceHeaderList/TraceHeader/Timestamp", told["sent"]) if "sent" in told else ""
    return f"<edXMLEnvelope><edXMLHeader><MessageHeader>{inner}</MessageHeader>{trace}</edXMLHeader></edXMLEnvelope>"
