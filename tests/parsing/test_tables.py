"""Tables of agencies, Excel and CSV: what is read, and what a person is told when it cannot be."""

import gzip
import io
import zipfile
import zlib
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
import xlsxwriter

from data_access.ingestion.parsing import Layout, Parsed, Unreadable, parse

TABLE = Layout(parser="table", columns=["Mã trạm", "Giá trị"], optional=["Ghi chú"])

TWICE_ZIPPED = gzip.compress(gzip.compress(b"Ma,Gia\n1,2\n", mtime=0), mtime=0)


def workbook(fill: Callable[[Any, Any], None], sheet: str = "Số liệu") -> bytes:
    content = io.BytesIO()
    book = xlsxwriter.Workbook(content, {"in_memory": True})
    fill(book.add_worksheet(sheet), book)
    book.close()
    return content.getvalue()


def rows(*lines: list[Any], start: int = 0) -> Callable[[Any, Any], None]:
    def fill(sheet: Any, book: Any) -> None:
        for at, line in enumerate(lines, start):
            sheet.write_row(at, 0, line)

    return fill


def refusal(name: str, content: bytes, layout: Layout = TABLE) -> Unreadable:
    with pytest.raises(Unreadable) as refused:
        parse(name, content, layout)
    assert name in refused.value.message
    return refused.value


def cells(parsed: Parsed) -> list[tuple[Any, ...]]:
    return parsed.frame.select("Mã trạm", "Giá trị", "_row").rows()


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_csv_of_any_usual_delimiter_and_encoding(delimiter: str, encoding: str) -> None:
    text = "Mã trạm|Giá trị|Ghi chú\r\n001|12|tốt\r\n002||\r\n".replace("|", delimiter)
    parsed = parse("quý 1.csv", text.encode(encoding), TABLE)
    assert cells(parsed) == [("001", "12", 2), ("002", None, 3)]
    assert parsed.frame["Ghi chú"].to_list() == ["tốt", None]
    assert parsed.frame["_sheet"].unique().to_list() == [""]


def test_swapped_and_extra_columns_are_harmless() -> None:
    parsed = parse("a.csv", "STT,GIÁ TRỊ,Mã  trạm\n1,5,A\n".encode(), TABLE)
    assert cells(parsed) == [("A", "5", 2)]
    assert parsed.notes == {"extra_columns": "STT"}


def test_headers_written_with_combining_accents_are_the_same() -> None:
    import unicodedata

    parsed = parse("a.csv", unicodedata.normalize("NFD", "Mã trạm,Giá trị\nA,5\n").encode(), TABLE)
    assert cells(parsed) == [("A", "5", 2)]


def test_decimal_commas_pass_as_text() -> None:
    assert cells(parse("a.csv", "Mã trạm;Giá trị\nA;-1.234,5\n".encode(), TABLE)) == [("A", "-1.234,5", 2)]
    assert cells(parse("a.csv", 'Mã trạm,Giá trị\nA,"0,5"\n'.encode(), TABLE)) == [("A", "0,5", 2)]


def test_a_ragged_line_costs_that_line_only() -> None:
    parsed = parse("a.csv", "Mã trạm,Giá trị\nA,1\nB\nC,3,4\nD,5,,\n\nE,6\n".encode(), TABLE)
    assert cells(parsed) == [("A", "1", 2), ("D", "5", 5), ("E", "6", 7)]
    assert [(fault.row, fault.rule, fault.value) for fault in parsed.broken] == [
        (3, "ragged", "B"),
        (4, "ragged", "C,3,4"),
    ]
    assert "dòng 3: có 1 cột, cần 2 cột" in parsed.broken[0].message


def test_quoted_newlines_keep_the_row_of_the_first_line() -> None:
    parsed = parse("a.csv", 'Mã trạm,Giá trị\n"A\nB",1\nC,"2 ""hai"""\n'.encode(), TABLE)
    assert cells(parsed) == [("A\nB", "1", 2), ("C", '2 "hai"', 4)]


def test_a_quote_left_open_does_not_swallow_the_lines_after_it() -> None:
    parsed = parse("a.csv", 'Mã trạm,Giá trị\n"A,1\nB,2\nC,"3"\n'.encode(), TABLE)
    assert cells(parsed) == [("B", "2", 3), ("C", "3", 4)]
    assert [(fault.row, fault.rule) for fault in parsed.broken] == [(2, "bad_quote")]


@pytest.mark.parametrize("formula", ["=SUM(B2:B9)", "=1", "+A1", "-A1+2", "@SUM(A1)", "=cmd|' /C calc'!A0"])
def test_a_formula_in_csv_is_refused_with_its_row(formula: str) -> None:
    parsed = parse("a.csv", f"Mã trạm;Giá trị\nA;1\nB;{formula}\n".encode(), TABLE)
    assert cells(parsed) == [("A", "1", 2)]
    fault = parsed.broken[0]
    assert (fault.row, fault.column, fault.value, fault.rule) == (3, "Giá trị", formula, "formula")
    assert "Hãy dán giá trị thay cho công thức" in fault.message


@pytest.mark.parametrize(
    "text", ["-5", "+7.5", "-1.234,5", "---", "-", "- nộp trực tiếp", "+84 912 345 678", "-1e3"]
)
def test_signed_numbers_and_dashes_are_no_formulas(text: str) -> None:
    assert cells(parse("a.csv", f"Mã trạm;Giá trị\nA;{text}\n".encode(), TABLE)) == [("A", text, 2)]


def test_without_header_columns_go_by_position() -> None:
    layout = Layout(parser="table", columns=["Mã trạm", "Giá trị"], options={"no_header": True})
    assert cells(parse("a.csv", b"A;1\nB;2\n", layout)) == [("A", "1", 1), ("B", "2", 2)]
    assert cells(parse("a.xlsx", workbook(rows(["A", 1])), layout)) == [("A", "1", 1)]


def test_title_lines_may_stand_above_the_header() -> None:
    parsed = parse("a.csv", "SỞ NÔNG NGHIỆP VÀ MÔI TRƯỜNG\n\nMã trạm,Giá trị\nA,1\n".encode(), TABLE)
    assert cells(parsed) == [("A", "1", 4)]


def test_gzipped_csv() -> None:
    assert cells(parse("a.csv.gz", gzip.compress("Mã trạm,Giá trị\nA,1\n".encode()), TABLE)) == [
        ("A", "1", 2)
    ]


@pytest.mark.parametrize(
    ("name", "content", "reason", "words"),
    [
        ("rỗng.csv", b"", "empty_file", "Hãy xuất lại tệp"),
        ("trắng.csv", b" \r\n\r\n", "empty_file", "rỗng"),
        ("rỗng.xlsx", b"", "empty_file", "rỗng"),
        ("chỉ-tiêu-đề.csv", "Mã trạm,Giá trị\n".encode(), "no_rows", "chỉ có tiêu đề"),
        ("cp1258.csv", "Mã trạm,Giá trị\nHóa,2\n".encode("cp1258", "replace"), "wrong_encoding", "dòng 1"),
        ("latin.csv", "Mã trạm,Giá trị\nHó,2\n".encode()[:-4] + b"\xf3,2\n", "wrong_encoding", "CSV UTF-8"),
        ("nhị-phân.csv", "Mã trạm,Giá trị\nA\0,1\n".encode(), "binary", "dòng 2"),
        ("thiếu.csv", "Mã trạm,Đơn vị\nA,mg\n".encode(), "missing_columns", "thiếu cột “Giá trị”"),
        ("đổi-tên.csv", "Mã trạm,Gia tri do\nA,1\n".encode(), "renamed_columns",
         "có phải cột “Giá trị” đã đổi tên thành “Gia tri do”?"),
        ("lặp.csv", "Mã trạm,Giá trị,giá trị\nA,1,2\n".encode(), "doubled_column", "xuất hiện nhiều lần"),
        ("khác.csv", b"x,y\n1,2\n", "no_header", "không tìm thấy dòng tiêu đề"),
        ("cắt.csv.gz", gzip.compress(b"a,b\nA,1\n", mtime=0)[:-12], "truncated", "gửi lại tệp đầy đủ"),
        ("giả.csv.gz", "Mã trạm,Giá trị\nA,1\n".encode(), "not_gzip", "không phải tệp nén gzip"),
        ("hai-lớp.gz", TWICE_ZIPPED, "nested_archive", "một lớp nén"),
        ("cũ.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old_excel", "bỏ mật khẩu"),
        ("giả.xlsx", b"Ma,Gia\n1,2\n", "not_workbook", "lưu lại dạng .xlsx"),
        ("cắt.xlsx", workbook(rows(["Mã trạm", "Giá trị"], ["A", 1]))[:3000], "not_workbook", "bị cắt cụt"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_says_why_and_what_to_do(
    name: str, content: bytes, reason: str, words: str
) -> None:
    refused = refusal(name, content)
    assert refused.reason == reason
    assert words in refused.message


def test_a_file_over_the_limit_is_refused() -> None:
    layout = Layout(parser="table", columns=["Mã trạm"], options={"max_mb": 0.001})
    refused = refusal("to.csv", "Mã trạm\n".encode() + b"A\n" * 1000, layout)
    assert refused.reason == "too_large"
    assert "tách thành nhiều tệp" in refused.message


def test_a_file_that_is_nearly_all_broken_is_refused_whole() -> None:
    refused = refusal("rác.csv", "Mã trạm,Giá trị\n".encode() + b"x\n" * 50_001)
    assert refused.reason == "too_many_broken"
    assert "dòng 2: có 1 cột" in refused.message


def test_gzip_that_swells_over_the_limit_is_refused() -> None:
    layout = Layout(parser="table", columns=["A"], options={"max_mb": 1})
    assert refusal("bom.csv.gz", gzip.compress(b"0" * 5_000_000), layout).reason == "zip_bomb"


def test_workbook_rows_are_numbered_as_excel_shows_them() -> None:
    def fill(sheet: Any, book: Any) -> None:
        sheet.write(1, 2, "BÁO CÁO THÁNG 3")
        sheet.write_row(3, 2, ["Giá trị", "Mã trạm", "Ngày"])
        sheet.write_row(4, 2, [1.5, "001"])
        sheet.write_datetime(4, 4, datetime(2026, 3, 1), book.add_format({"num_format": "dd/mm/yyyy"}))
        sheet.write_row(7, 2, ["0,7", " 002 "])

    layout = Layout(parser="table", columns=["Mã trạm", "Giá trị", "Ngày"])
    parsed = parse("a.xlsx", workbook(fill), layout)
    assert parsed.frame.rows() == [
        ("001", "1.5", "2026-03-01 00:00:00", "Số liệu", 5),
        ("002", "0,7", None, "Số liệu", 8),
    ]


def test_the_only_sheet_is_taken_else_it_is_asked_for_by_name() -> None:
    layout = TABLE.model_copy(update={"sheet": "SỐ LIỆU"})
    one = workbook(rows(["Mã trạm", "Giá trị"], ["A", 1]), sheet="Trang1")
    assert parse("a.xlsx", one, layout).notes["sheet"] == "Trang1"

    def two(sheet: Any, book: Any) -> None:
        rows(["Mã trạm", "Giá trị"], ["A", 1])(sheet, book)
        book.add_worksheet("Phụ lục")

    assert parse("a.xlsx", workbook(two), layout).notes["sheet"] == "Số liệu"
    refused = refusal("b.xlsx", workbook(two, sheet="Tháng 3"), layout)
    assert refused.reason == "sheet_not_found"
    assert "“SỐ LIỆU”; chỉ có “Tháng 3”, “Phụ lục”" in refused.message
    assert refusal("c.xlsx", workbook(two)).reason == "several_sheets"


def test_formula_cells_of_a_workbook_are_refused_with_their_text() -> None:
    def fill(sheet: Any, book: Any) -> None:
        sheet.write_row(2, 1, ["STT", "Mã trạm", "Giá trị"])
        sheet.write_row(3, 2, ["A", 1])
        sheet.write_formula(3, 1, "=ROW()-3")
        sheet.write_row(4, 2, ["B"])
        sheet.write_formula(4, 3, "=SUM(D4:D4)", None, 7)

    parsed = parse("a.xlsx", workbook(fill), TABLE)
    assert cells(parsed) == [("A", "1", 4)]
    fault = parsed.broken[0]
    assert (fault.sheet, fault.row, fault.column, fault.value) == ("Số liệu", 5, "Giá trị", "=SUM(D4:D4)")
    assert len(parsed.broken) == 1


def test_a_workbook_without_the_columns_names_them() -> None:
    refused = refusal("a.xlsx", workbook(rows(["Mã trạm", "Giá tri"], ["A", 1])))
    assert refused.reason == "renamed_columns"
    assert (refused.sheet, refused.row, refused.column) == ("Số liệu", 1, "Giá trị")
    assert refusal("b.xlsx", workbook(rows())).reason == "empty_sheet"


def replaced(content: bytes, part: str, data: bytes) -> bytes:
    """Return the workbook with one part exchanged or added."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for item in old.namelist():
            if item != part:
                new.writestr(item, old.read(item))
        new.writestr(part, data)
    return out.getvalue()


GOOD = workbook(rows(["Mã trạm", "Giá trị"], ["A", 1]))
SHEET = "xl/worksheets/sheet1.xml"


def test_a_zip_bomb_is_refused_before_it_is_opened() -> None:
    assert refusal("bom.xlsx", replaced(GOOD, SHEET, b" " * 30_000_000)).reason == "zip_bomb"
    layout = TABLE.model_copy(update={"options": {"max_unpacked_mb": 0.002}})
    assert refusal("nhỏ.xlsx", GOOD, layout).reason == "zip_bomb"
    assert refusal("lồng.xlsx", replaced(GOOD, "xl/embeddings/a.bin", GOOD)).reason == "nested_archive"


def test_a_zip_bomb_that_lies_about_its_size_is_refused() -> None:
    size, shown = 30_000_000, 900
    bomb = replaced(GOOD, SHEET, b" " * size)
    for real, lie in ((size, shown), (zlib.crc32(b" " * size), zlib.crc32(b" " * shown))):
        assert bomb.count(real.to_bytes(4, "little")) == 2
        bomb = bomb.replace(real.to_bytes(4, "little"), lie.to_bytes(4, "little"))
    assert refusal("dối.xlsx", bomb).reason == "zip_bomb"


def test_one_value_in_the_last_cell_does_not_fill_the_memory() -> None:
    far = workbook(lambda sheet, book: sheet.write(1_048_575, 16_383, "x"))
    assert refusal("xa.xlsx", far).reason == "too_many_cells"


def test_a_damaged_sheet_and_hostile_xml_are_refused() -> None:
    cut = replaced(GOOD, SHEET, zipfile.ZipFile(io.BytesIO(GOOD)).read(SHEET)[:400])
    assert refusal("cắt.xlsx", cut).reason in ("damaged_workbook", "no_header", "empty_sheet", "no_rows")
    hostile = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bb">]><workbook>&b;</workbook>'
    assert refusal("xml.xlsx", replaced(GOOD, "xl/workbook.xml", hostile)).reason == "damaged_workbook"
