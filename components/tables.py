"""Tables in the Vietnamese way of writing, and their files with source and as-of inside."""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from html import escape
from typing import Any, Literal
from urllib.parse import unquote

import polars as pl
import streamlit as st
import xlsxwriter

from components import format as write
from components import labels
from components.states import empty
from components.theme import MARKS
from config.locale import catalogue, say
from data_access.database import now
from services.figure import Figure

Kind = Literal["text", "number", "percent", "date", "moment", "link", "status"]
STYLED_CELLS = 262_144
CARDS, FIRST_CARDS, MANY_COLUMNS = 20, 10, 8
"""Most rows that are all cards on a phone, and how many of a longer table are: the rest is read in its file."""
ROW = 35
"""The height of a row in pixels on a desk; on a wall rows grow with the type."""
_SHORT = ("number", "percent")
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class ColumnSpec:
    """A column of a table: its name in the frame, its titles, what it holds."""

    name: str
    vi: str
    en: str
    kind: Kind = "text"
    decimals: int = 0
    width: Literal["small", "medium", "large"] | int | None = None
    named: str = ""
    """For a link: what of the address is shown, as a pattern with one group; without it the word for opening."""

    def title(self, language: str = "vi") -> str:
        """Return the title in a language."""
        return self.en if language == "en" else self.vi


def titled(
    name: str, key: str, kind: Kind = "text", decimals: int = 0, width: str | int | None = None, named: str = ""
) -> ColumnSpec:
    """Return a column titled from the catalogue."""
    texts = catalogue()[key]
    return ColumnSpec(name, texts["vi"], texts["en"], kind, decimals, width, named)  # type: ignore[arg-type]


def text_of(value: Any, column: ColumnSpec, language: str = "vi") -> str:
    """Write one cell as a person reads it."""
    if value is None or value != value:
        return "" if column.kind in ("text", "link", "status") else write.NOTHING
    match column.kind:
        case "number":
            return write.number(float(value), column.decimals, language)
        case "percent":
            return write.percent(float(value), column.decimals, language)
        case "date":
            return write.date(value)
        case "moment":
            return write.moment(value, language=language)
        case "status":
            return say(f"ui.status_{value}", language)
        case "link" if column.named:
            return _name_in(str(value), column)
        case _:
            return str(value)


def _name_in(address: str, column: ColumnSpec) -> str:
    found = re.search(column.named, address)
    return unquote(found[1]) if found else address


def _column_config(column: ColumnSpec, language: str) -> Any:
    title = column.title(language)
    if column.kind == "link":
        shown = column.named or say("ui.open_row", language, name="").strip() + " →"
        return st.column_config.LinkColumn(title, display_text=shown, width=column.width)
    if column.kind == "date":
        return st.column_config.DateColumn(title, format="DD/MM/YYYY", width=column.width)
    if column.kind == "moment":
        return st.column_config.DatetimeColumn(title, format="DD/MM/YYYY HH:mm", width=column.width)
    if column.kind in ("number", "percent"):
        return st.column_config.NumberColumn(title, width=column.width)
    return st.column_config.TextColumn(title, width=column.width)


def _shown(frame: pl.DataFrame, columns: Sequence[ColumnSpec], language: str) -> pl.DataFrame:
    """Return the columns as shown: instants on local clocks, statuses in words with their mark."""
    made = []
    for column in columns:
        cell = pl.col(column.name)
        kind = frame.schema[column.name]
        if column.kind in ("moment", "date") and isinstance(kind, pl.Datetime):
            zoned = cell if kind.time_zone else cell.dt.replace_time_zone("UTC")
            clock = zoned.dt.convert_time_zone("Asia/Ho_Chi_Minh").dt.replace_time_zone(None)
            made.append(clock.dt.date() if column.kind == "date" else clock)
        elif column.kind == "status":
            words = {s: _marked(s, language) for s in frame[column.name].unique().drop_nulls()}
            made.append(cell.replace_strict(words, return_dtype=pl.String))
        else:
            made.append(cell)
    return frame.select(made)


def _marked(status: str, language: str) -> str:
    return f"{MARKS.get(status, '')} {say(f'ui.status_{status}', language)}".strip()


def table(
    frame: pl.DataFrame,
    columns: Sequence[ColumnSpec],
    *,
    key: str,
    height: int | Literal["auto", "content"] = "auto",
    selectable: bool = False,
    whole: bool = False,
    alt_text: str = "",
    language: str = "vi",
) -> int | None:
    """Draw a table; return the chosen row's number where `selectable`.

    On a phone its first rows are cards, or all of them (`whole`) where no file has the others.
    """
    if frame.is_empty():
        empty(language=language)
        return None
    with st.container(key=f"table_{key}" if selectable else f"wide_{key}"):
        event: Any = st.dataframe(
            _styled(_shown(frame, columns, language), columns, language),
            height=_height(height, frame.height),
            hide_index=True,
            column_config={column.name: _column_config(column, language) for column in columns},
            on_select="rerun" if selectable else "ignore",
            selection_mode="single-row",
            key=key,
            placeholder=write.NOTHING,
            alt=alt_text or None,
        )
    if not selectable:
        is_long = frame.height > CARDS and not whole
        shown = FIRST_CARDS // 2 if len(columns) > MANY_COLUMNS else FIRST_CARDS
        st.html(cards(frame.head(shown) if is_long else frame, columns, language))
        if is_long:
            st.html(left_out(shown, frame.height, language))
    rows = event.selection.rows if selectable else []
    return int(rows[0]) if rows else None


def left_out(shown: int, rows: int, language: str) -> str:
    """Return the line under the cards of a long table, as HTML."""
    said = say("ui.first_cards", language, shown=shown, count=write.number(rows, 0, language))
    return f'<div class="ioc-cards"><p class="ioc-note">{escape(said)}</p></div>'


def _height(asked: int | Literal["auto", "content"], rows: int) -> Literal["auto", "content"]:
    """Return all rows where they fit the height asked for in pixels, else ten and scrolling: both grow with a wall."""
    if not isinstance(asked, int):
        return asked
    return "content" if (rows + 1) * ROW <= max(asked, 11 * ROW) else "auto"


def _styled(shown: pl.DataFrame, columns: Sequence[ColumnSpec], language: str) -> Any:
    plain = shown.to_pandas()
    if plain.size > STYLED_CELLS:
        return plain

    def writer(column: ColumnSpec) -> Any:
        return lambda value: text_of(value, column, language)

    numbers: Mapping[Any, Any] = {c.name: writer(c) for c in columns if c.kind in ("number", "percent")}
    return plain.style.format(numbers, na_rep=write.NOTHING) if numbers else plain


def cards(frame: pl.DataFrame, columns: Sequence[ColumnSpec], language: str = "vi") -> str:
    """Return rows as cards for a narrow screen, as HTML; the first column is the name of the card."""
    head, *rest = columns
    made = []
    for row in frame.iter_rows(named=True):
        name = escape(text_of(row[head.name], head, language))
        if head.kind == "link" and head.named:
            name = f'<a class="ioc-door" href="{escape(str(row[head.name]))}">{name} →</a>'
        short = "".join(_card_line(row[c.name], c, language) for c in rest if c.kind in _SHORT)
        long = "".join(_card_line(row[c.name], c, language) for c in rest if c.kind not in _SHORT)
        lists = (f"<dl>{long}</dl>" if long else "") + (f'<dl class="ioc-pairs">{short}</dl>' if short else "")
        made.append(f"<div><b>{name}</b>{lists}</div>")
    return f'<div class="ioc-cards">{"".join(made)}</div>'


def _card_line(value: Any, column: ColumnSpec, language: str) -> str:
    cell = _card_cell(value, column, language)
    return f"<div><dt>{escape(column.title(language))}</dt><dd>{cell}</dd></div>" if cell else ""


def _card_cell(value: Any, column: ColumnSpec, language: str) -> str:
    if column.kind == "status" and value:
        return labels.status(value, language)
    if column.kind == "link" and value:
        text = say("ui.open_row", language, name="").strip()
        return f'<a class="ioc-door" href="{escape(str(value))}">{text} →</a>'
    return escape(text_of(value, column, language))


def source_rows(label: Figure | Mapping[str, str], language: str = "vi") -> list[tuple[str, str]]:
    """Return what a file says of itself: content, source, owner, as-of, period, simulated yes or no."""
    if isinstance(label, Figure):
        rows = [(say("ui.label_table", language), label.name[language])]
        rows += [row for row in labels.label_rows(label, language) if row[0] != say("ui.label_simulated", language)]
        rows.append(
            (
                say("ui.label_simulated", language),
                say("ui.as_yes" if label.simulated else "ui.as_no", language),
            )
        )
    else:
        rows = list(label.items())
    return [*rows, (say("ui.made_at", language), write.moment(now(), language=language))]


def _safe(value: Any) -> Any:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_DANGEROUS) else value


def _plain(value: Any, column: ColumnSpec) -> Any:
    if column.named and value:
        return _name_in(str(value), column)
    if isinstance(value, datetime):
        return write.local(value).strftime("%d/%m/%Y %H:%M") if value.tzinfo else value.strftime("%d/%m/%Y %H:%M")
    return value.strftime("%d/%m/%Y") if isinstance(value, date) else value


def to_csv(
    frame: pl.DataFrame,
    columns: Sequence[ColumnSpec],
    label: Figure | Mapping[str, str],
    language: str = "vi",
) -> bytes:
    """Return rows as CSV (UTF-8 with BOM, comma, plain numbers) under a block that names their source."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    for name, text in source_rows(label, language):
        writer.writerow([f"# {name}", _safe(text)])
    writer.writerow([])
    writer.writerow([column.title(language) for column in columns])
    for row in frame.select([column.name for column in columns]).iter_rows():
        writer.writerow([_safe(_plain(value, column)) for value, column in zip(row, columns, strict=True)])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def to_xlsx(
    frame: pl.DataFrame,
    columns: Sequence[ColumnSpec],
    label: Figure | Mapping[str, str],
    language: str = "vi",
) -> bytes:
    """Return rows as a workbook: one sheet of data, one that names the source; no cell is a formula."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    bold = book.add_format({"bold": True, "bottom": 1})
    sheet = book.add_worksheet(say("ui.sheet_data", language))
    formats = [_cell_format(book, column) for column in columns]
    for x, column in enumerate(columns):
        sheet.write_string(0, x, column.title(language), bold)
        sheet.set_column(x, x, 14 if column.kind in ("number", "percent", "date") else 24)
    for y, row in enumerate(frame.select([column.name for column in columns]).iter_rows(), start=1):
        for x, value in enumerate(row):
            _write_cell(sheet, y, x, _name_in(value, columns[x]) if columns[x].named and value else value, formats[x])
    sheet.freeze_panes(1, 0)
    about = book.add_worksheet(say("ui.sheet_source", language))
    about.set_column(0, 0, 22)
    about.set_column(1, 1, 80)
    for y, (name, text) in enumerate(source_rows(label, language)):
        about.write_string(y, 0, name, book.add_format({"bold": True}))
        about.write_string(y, 1, text)
    book.close()
    return out.getvalue()


def _cell_format(book: Any, column: ColumnSpec) -> Any:
    decimals = "." + "0" * column.decimals if column.decimals else ""
    shapes = {
        "number": f"#,##0{decimals}",
        "percent": f'#,##0{decimals}" %"',
        "date": "dd/mm/yyyy",
        "moment": "dd/mm/yyyy hh:mm",
    }
    return book.add_format({"num_format": shapes[column.kind]} if column.kind in shapes else {})


def _write_cell(sheet: Any, y: int, x: int, value: Any, shape: Any) -> None:
    if value is None or value != value:
        sheet.write_blank(y, x, None, shape)
    elif isinstance(value, datetime):
        clock = write.local(value).replace(tzinfo=None) if value.tzinfo else value
        sheet.write_datetime(y, x, clock, shape)
    elif isinstance(value, date):
        sheet.write_datetime(y, x, datetime(value.year, value.month, value.day), shape)
    elif isinstance(value, bool) or not isinstance(value, int | float):
        sheet.write_string(y, x, str(value), shape)
    else:
        sheet.write_number(y, x, value, shape)


def export_buttons(
    frame: pl.DataFrame,
    columns: Sequence[ColumnSpec],
    label: Figure | Mapping[str, str],
    name: str,
    language: str = "vi",
) -> None:
    """Draw the buttons for CSV and Excel; the files are made when asked for. `name` has no ending."""
    with st.container(horizontal=True, horizontal_alignment="right", key=f"export_{name}"):
        st.download_button(
            say("ui.export_csv", language),
            lambda: to_csv(frame, columns, label, language),
            f"{name}.csv",
            "text/csv",
            key=f"csv_{name}",
            on_click="ignore",
        )
        st.download_button(
            say("ui.export_xlsx", language),
            lambda: to_xlsx(frame, columns, label, language),
            f"{name}.xlsx",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            key=f"xlsx_{name}",
            on_click="ignore",
        )
