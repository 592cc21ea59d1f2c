"""What an .xlsx file must pass before the reader opens it, and the formulas that stand in it.

The whole archive is unpacked here once in bounded pieces, because the sizes it declares may lie; the
extent of each sheet is measured, because one value in the last cell makes the reader allocate them all.
"""

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any, NamedTuple
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException  # type: ignore[import-untyped]
from defusedxml.ElementTree import fromstring, iterparse  # type: ignore[import-untyped]

from data_access.ingestion.parsers.result import Layout, Unreadable

OLE = b"\xd0\xcf\x11\xe0"
BLOCK = 1 << 20
MOST_RATIO = 200
SMALL = 2_000_000
MOST_CELLS = 40_000_000
MOST_PARTS = 5_000
FORMULA = re.compile(rb"<(?:\w+:)?f[\s>/]")
CELL = re.compile(  # possessive, since a hostile sheet must not make it backtrack
    rb"<(?:\w+:)?c\s(?>[^<>]*?\br\s*=\s*[\"']([A-Za-z]{1,4})([0-9]{1,8})[\"'])[^<>]*+(?<!/)>"
)
FAULTS = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OSError,
    KeyError,
)
XML_FAULTS = (ParseError, DefusedXmlException, LookupError, ValueError)


class Formula(NamedTuple):
    """A formula cell: row as in Excel, column counted from the sheet's first used one (0), text with `=`."""

    row: int
    column: int
    text: str


class CheckedBook:
    """A workbook that passed: its sheets in order and the formulas of each."""

    def __init__(self, name: str, archive: zipfile.ZipFile, parts: dict[str, bool]) -> None:
        self._name, self._archive, self._parts = name, archive, parts
        self.sheets = _sheet_parts(name, archive)

    def formulas(self, sheet: str) -> list[Formula]:
        """Return the formula cells of `sheet`; quick when there are none."""
        part = self.sheets[sheet]
        if not self._parts.get(part):
            return []
        try:
            with self._archive.open(part) as stream:
                return _formulas(stream)
        except (*FAULTS, *XML_FAULTS) as error:
            raise Unreadable("damaged_workbook", self._name, sheet=sheet) from error


def checked_formulas(name: str, content: bytes, layout: Layout) -> CheckedBook:
    """Return the workbook when it is a sound, unencrypted xlsx of sane size; else refuse it."""
    if content.startswith(OLE):
        raise Unreadable("old_excel", name)
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        names = archive.namelist()
    except FAULTS as error:
        raise Unreadable("not_workbook", name) from error
    if "xl/workbook.xml" not in names:
        raise Unreadable("not_workbook", name)
    return CheckedBook(name, archive, _walked(name, archive, layout))


def _walked(name: str, archive: zipfile.ZipFile, layout: Layout) -> dict[str, bool]:
    """Unpack every part within the limits; return for each sheet part whether a formula may stand in it."""
    limit = int(layout.options.get("max_unpacked_mb", 5 * layout.most_bytes / 1_000_000) * 1_000_000)
    infos = archive.infolist()
    if len(infos) > MOST_PARTS or sum(info.file_size for info in infos) > limit:
        raise _bomb(name, limit)
    left = limit
    found: dict[str, bool] = {}
    for info in infos:
        packed = max(info.compress_size, 1)
        info.file_size = limit + 1  # read to the real end, not to the declared one
        sheet = info.filename.startswith("xl/worksheets/") and info.filename.endswith(".xml")
        size, formulas, right, bottom = 0, False, 0, 0
        try:
            for block in _blocks(archive, info):
                if not size and block.startswith(b"PK\x03\x04"):
                    raise Unreadable("nested_archive", name)
                size += len(block)
                if size > left or (size > SMALL and size > packed * MOST_RATIO):
                    raise _bomb(name, limit)
                if sheet:
                    formulas = formulas or b"\0" in block or FORMULA.search(block) is not None
                    right, bottom = _extent(block, right, bottom)
                    if right * bottom > MOST_CELLS:
                        raise Unreadable("too_many_cells", name, row=bottom, column=str(right))
        except FAULTS as error:
            raise Unreadable("truncated", name) from error
        left -= size
        info.file_size = size
        found[info.filename] = formulas
    return found


def _blocks(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
    """Yield the unpacked part in pieces that end at a tag's end where there is one."""
    rest = b""
    with archive.open(info) as stream:
        while piece := stream.read(BLOCK):
            cut = piece.rfind(b">") + 1
            yield rest + piece[:cut] if cut else rest + piece
            rest = piece[cut:] if cut else b""
    if rest:
        yield rest


def _extent(block: bytes, right: int, bottom: int) -> tuple[int, int]:
    cells = CELL.findall(block)
    if not cells:
        return right, bottom
    letters = {column for column, _ in cells}
    return (
        max(right, *(column_number(each.decode()) for each in letters)),
        max(bottom, max(int(row) for _, row in cells)),
    )


def column_number(letters: str) -> int:
    """Return the number of a column from 1: A is 1, Z is 26, AA is 27."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


def _bomb(name: str, limit: int) -> Unreadable:
    return Unreadable("zip_bomb", name, limit=f"{limit / 1_000_000:g}".replace(".", ","))


def _sheet_parts(name: str, archive: zipfile.ZipFile) -> dict[str, str]:
    """Return the part that holds each sheet, by the sheet's name, in the workbook's order."""
    try:
        book = fromstring(archive.read("xl/workbook.xml"))
        links = fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    except (*FAULTS, *XML_FAULTS) as error:
        raise Unreadable("damaged_workbook", name, sheet="") from error
    targets = {each.get("Id"): each.get("Target", "") for each in links}
    parts = {}
    for element in book.iter():
        link = next((value for key, value in element.items() if key.endswith("}id")), None)
        if _local(element.tag) == "sheet" and link in targets:
            target = posixpath.normpath(posixpath.join("/xl", targets[link])).lstrip("/")
            parts[element.get("name", "")] = target
    if not parts:
        raise Unreadable("damaged_workbook", name, sheet="")
    return parts


def _formulas(stream: Any) -> list[Formula]:
    found: list[tuple[int, int, str]] = []
    shared: dict[str, str] = {}
    first, row, column = 1 << 20, 0, 0
    for event, element in iterparse(stream, events=("start", "end")):
        tag = _local(element.tag)
        if event == "start":
            if tag == "row":
                row, column = int(element.get("r") or row + 1), 0
            elif tag == "c":
                match = re.fullmatch(r"([A-Za-z]{1,4})(\d{1,8})", element.get("r") or "")
                column = column_number(match[1]) if match else column + 1
        elif tag == "c":
            formula = next((child for child in element if _local(child.tag) == "f"), None)
            if any(_local(child.tag) in ("v", "is") for child in element):
                first = min(first, column)
            if formula is not None:
                found.append((row, column, _formula_text(formula, shared)))
        elif tag == "row":
            element.clear()
    return [Formula(row, column - first, text) for row, column, text in found]


def _formula_text(formula: Element, shared: dict[str, str]) -> str:
    """Return the formula as typed; of a shared one, the text that its first cell carries."""
    text, group = formula.text or "", formula.get("si", "")
    if text and group:
        shared[group] = text
    return "=" + (text or shared.get(group, ""))


def _local(tag: object) -> str:
    return str(tag).rpartition("}")[2]
