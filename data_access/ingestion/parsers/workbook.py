"""Excel workbooks (.xlsx), every cell as text, after `workbook_safety` has let them pass."""

from collections.abc import Sequence

import fastexcel
import polars as pl

from data_access.ingestion.parsers.headers import header_row, places, tidy
from data_access.ingestion.parsers.result import Broken, Faults, Layout, Parsed, Unreadable, broken, finished
from data_access.ingestion.parsers.workbook_safety import Formula, checked_formulas


def parse_workbook(name: str, content: bytes, layout: Layout) -> Parsed:
    """Return the records of one sheet; rows with a formula in a wanted column come back broken."""
    book = checked_formulas(name, content, layout)
    sheet = _sheet(name, list(book.sheets), layout)
    cells = _cells(name, content, sheet)
    formulas = book.formulas(sheet)
    headless = bool(layout.options.get("no_header"))
    top = cells.head(30).rows()
    index, count = (-1, 1) if headless else header_row(top, layout)
    if not cells.height:
        raise Unreadable("empty_sheet", name, sheet=sheet)
    if not count:
        wanted = ", ".join(f"“{column}”" for column in layout.columns)
        raise Unreadable("no_header", name, sheet=sheet, row=1, columns=wanted)
    index, header = (index, _positions(layout, cells.width)) if headless else _header(top, index, layout)
    found = places(name, header, layout, row=index + 1 or None, sheet=sheet)
    body = cells.with_row_index("_row", 1).slice(index + 1)
    frame = finished(_chosen(body, layout, found.at), sheet)
    faults = _faults(name, sheet, formulas, {at: column for column, at in found.at.items()}, index + 1)
    wanted_cells = [column for column in frame.columns if not column.startswith("_")]
    frame = frame.filter(
        pl.any_horizontal(pl.col(wanted_cells).is_not_null()),
        ~pl.col("_row").is_in({fault.row for fault in faults}),
    )
    notes = {"sheet": sheet} | ({"extra_columns": ", ".join(found.extra)} if found.extra else {})
    return Parsed(frame, faults, notes)


def _header(top: Sequence[Sequence[str | None]], index: int, layout: Layout) -> tuple[int, Sequence[str | None]]:
    """Return the header and its last row; with `header_rows: 2` its empty cells are those merged with the row above."""
    if layout.options.get("header_rows") != 2:
        return index, top[index]
    wanted, below = set(layout.expected), top[index + 1] if index + 1 < len(top) else ()
    low = index + 1 if any(tidy(cell or "") in wanted for cell in below) else index
    return low, [cell or top[max(low - 1, 0)][at] for at, cell in enumerate(top[low])]


def _positions(layout: Layout, width: int) -> list[str | None]:
    return [*layout.expected, *[None] * width][: max(width, 1)]


def _chosen(body: pl.DataFrame, layout: Layout, index: dict[str, int]) -> pl.DataFrame:
    cells = [column for column in body.columns if column != "_row"]
    return body.select(
        *(
            pl.col(cells[index[column]]).alias(column)
            if column in index
            else pl.lit(None, pl.String).alias(column)
            for column in map(tidy, layout.expected)
        ),
        pl.col("_row"),
    )


def _sheet(name: str, sheets: list[str], layout: Layout) -> str:
    """Return the sheet to read: by name, else the only one."""
    if layout.sheet is not None:
        wanted = tidy(layout.sheet).casefold()
        for sheet in sheets:
            if tidy(sheet).casefold() == wanted:
                return sheet
    if len(sheets) == 1:
        return sheets[0]
    there = ", ".join(f"“{sheet}”" for sheet in sheets)
    if layout.sheet is None:
        raise Unreadable("several_sheets", name, sheets=there)
    raise Unreadable("sheet_not_found", name, sheet=layout.sheet, sheets=there)


def _cells(name: str, content: bytes, sheet: str) -> pl.DataFrame:
    try:
        book = fastexcel.read_excel(content)
        return book.load_sheet(sheet, header_row=None, skip_rows=0, dtypes="string").to_polars()
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException as error:  # a panic of the reader written in Rust is no Exception
        raise Unreadable("damaged_workbook", name, sheet=sheet) from error


def _faults(
    name: str, sheet: str, formulas: list[Formula], columns: dict[int, str], header: int
) -> list[Broken]:
    faults = Faults(name)
    for cell in formulas:
        if cell.row > header and cell.column in columns:
            column = columns[cell.column]
            faults.append(broken("formula", name, cell.row, cell.text, sheet=sheet, column=column))
    return faults
