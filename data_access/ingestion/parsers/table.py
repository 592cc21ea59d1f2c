"""Tables: Excel workbooks and delimited text, plain or gzipped, told apart by their bytes."""

from data_access.ingestion.parsers.delimited import parse_delimited
from data_access.ingestion.parsers.result import Layout, Parsed, Unreadable, base_name
from data_access.ingestion.parsers.unpack import decoded, unpacked
from data_access.ingestion.parsers.workbook import parse_workbook
from data_access.ingestion.parsers.workbook_safety import OLE

EXCEL = (".xlsx", ".xlsm", ".xls")


def parse_table(name: str, content: bytes, layout: Layout) -> Parsed:
    """Return the rows of a table under its header; option `no_header` names columns by their position."""
    plain = unpacked(name, content, layout)
    if not plain.strip():
        raise Unreadable("empty_file", name)
    ending = base_name(name).lower().removesuffix(".gz")
    if plain.startswith((b"PK", OLE)) or ending.endswith(EXCEL):
        parsed = parse_workbook(name, plain, layout)
    else:
        parsed = parse_delimited(name, decoded(name, plain), layout)
    if not parsed.frame.height and not parsed.broken and not layout.options.get("allow_empty"):
        raise Unreadable("no_rows", name, sheet=parsed.notes.get("sheet", ""))
    return parsed
