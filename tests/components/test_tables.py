"""Files that leave the house name their source and start no formula."""

import io
from collections.abc import Callable
from datetime import UTC, date, datetime

import fastexcel
import polars as pl

from components.tables import ColumnSpec, cards, text_of, to_csv, to_xlsx
from services.figure import Figure

COLUMNS = [
    ColumnSpec("name", "Xã, phường", "Commune"),
    ColumnSpec("rate", "Đúng hạn", "On time", "percent", 1),
    ColumnSpec("day", "Ngày", "Day", "date"),
    ColumnSpec("at", "Lúc", "At", "moment"),
    ColumnSpec("status", "Mức", "State", "status"),
]
ROWS = pl.DataFrame(
    {
        "name": ["Hạc Thành", '=HYPERLINK("x")', "@x", "-2", "+3", "\tx"],
        "rate": [1234.5, None, -1.5, 0.0, 1.0, 2.0],
        "day": [date(2026, 11, 23)] * 6,
        "at": [datetime(2026, 11, 22, 18, 5, tzinfo=UTC)] * 6,
        "status": ["bad"] * 6,
    }
)


def test_a_csv_names_its_source_and_holds_plain_numbers(make: Callable[..., Figure]) -> None:
    raw = to_csv(ROWS, COLUMNS, make(simulated=True))
    assert raw.startswith(b"\xef\xbb\xbf")
    text = raw.decode("utf-8-sig")
    for line in ("# Nguồn,Hồ sơ một cửa", "# Mô phỏng,có", "# Chủ dữ liệu,TTPVHCC", "# Kỳ,10/2026"):
        assert line in text
    assert "Hạc Thành,1234.5,23/11/2026,23/11/2026 01:05,bad" in text
    assert "-1.5" in text and "'-1.5" not in text


def test_no_cell_of_a_csv_starts_a_formula(make: Callable[..., Figure]) -> None:
    lines = to_csv(ROWS, COLUMNS, make()).decode("utf-8-sig").splitlines()[-5:]
    assert all(line.lstrip('"').startswith("'") for line in lines)


def test_a_workbook_has_a_sheet_of_its_source_and_no_formula(make: Callable[..., Figure]) -> None:
    book = fastexcel.read_excel(to_xlsx(ROWS, COLUMNS, make()))
    assert book.sheet_names == ["Dữ liệu", "Nguồn"]
    data = book.load_sheet(0).to_polars()
    assert data["Xã, phường"][1] == '=HYPERLINK("x")'
    assert data["Đúng hạn"][0] == 1234.5
    about = dict(book.load_sheet(1, header_row=None).to_polars().iter_rows())
    assert about["Nguồn"] == "Hồ sơ một cửa" and about["Mô phỏng"] == "không"


def test_a_workbook_holds_no_formula_cell(make: Callable[..., Figure]) -> None:
    import zipfile

    with zipfile.ZipFile(io.BytesIO(to_xlsx(ROWS, COLUMNS, make()))) as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")


def test_cells_are_written_the_vietnamese_way() -> None:
    assert text_of(1234.5, COLUMNS[1]) == "1.234,5 %"
    assert text_of(None, COLUMNS[1]) == "—"
    assert text_of(ROWS["at"][0], COLUMNS[3]) == "23/11/2026 01:05"
    assert text_of("bad", COLUMNS[4]) == "Chưa đạt"


def test_a_link_is_named_by_what_its_address_says() -> None:
    column = ColumnSpec("door", "Tàu", "Vessel", "link", named=r"vessel=([^&]+)")
    frame = pl.DataFrame({"door": ["/vessels?vessel=TH-00001-TS&lang=EN"]})
    assert text_of(frame["door"][0], column) == "TH-00001-TS"
    assert "TH-00001-TS\r\n" in to_csv(frame, [column], {"Nguồn": "x"}).decode()
    assert '"/vessels?vessel=TH-00001-TS&amp;lang=EN">TH-00001-TS →</a>' in cards(frame, [column])


def test_cards_escape_what_they_show() -> None:
    html = cards(
        pl.DataFrame({"name": ["<b>x"], "rate": [1.0], "day": [None], "at": [None], "status": [None]}),
        COLUMNS,
    )
    assert "&lt;b&gt;x" in html and "1,0 %" in html
