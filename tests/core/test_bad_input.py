"""Bad input, end to end: what is wrong, where and how to mend it; what is stored stays; the mended file is accepted."""

import io
import zipfile
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import xlsxwriter
from sqlalchemy import select

from config.registry import load_registry
from data_access.database import reading
from data_access.facts import fact_table
from data_access.ingestion.pipeline import Delivery, Receipt
from data_access.lineage import rejects_of
from tests.core.deliveries import START, air_file, record, steady, take_in

Line = list[Any]
HEADER = list(load_registry().sources["dossiers"].layout.columns)
FILE = "MCDT_20260213.xlsx"


def dossier(n: int, **cells: str) -> Line:
    """Return a line of an ordinary dossier of Hạc Thành; `cells` by column, blanks written as `_`."""
    plain = {
        "Mã hồ sơ": f"000.17.22.H56-260213-{n:04d}",
        "Mã TTHC": "1.004873",
        "Cơ quan giải quyết": "UBND phường Hạc Thành",
        "Xã/phường": "Phường Hạc Thành",
        "Trạng thái": "10",
        "Ngày tiếp nhận": "13/02/2026 08:00",
        "Ngày hẹn trả": "25/02/2026",
        "Ngày kết thúc xử lý": "25/02/2026 16:30",
    }
    changed = {column.replace("_", " "): value for column, value in cells.items()}
    return [(plain | changed).get(column, "") for column in HEADER]


def workbook(*lines: Line, header: Line = HEADER, sheets: tuple[str, ...] = ("HoSo",)) -> bytes:
    held = io.BytesIO()
    book = xlsxwriter.Workbook(held)
    book.set_properties({"created": START})  # the same bytes each time
    sheet = [book.add_worksheet(name) for name in sheets][-1]
    for number, line in enumerate((header, *lines)):
        for column, cell in enumerate(line):
            (sheet.write_formula if str(cell).startswith("=") else sheet.write_string)(number, column, cell)
    book.close()
    return held.getvalue()


def send(content: bytes, name: str = FILE) -> Receipt:
    return take_in(Delivery(name, content), source="dossiers")[0]


def stored() -> list[tuple[Any, ...]]:
    table = fact_table("dossier")
    with reading() as connection:
        return sorted(tuple(r) for r in connection.execute(select(table.c.dossier, table.c.due_at, table.c.batch)))


def without(column: str) -> bytes:
    at = HEADER.index(column)
    return workbook(
        *([cell for x, cell in enumerate(line) if x != at] for line in GOOD), header=HEADER[:at] + HEADER[at + 1 :]
    )


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(MENDED)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            sheet = part == "xl/worksheets/sheet1.xml"
            new.writestr(part, b" " * 60_000_000 if sheet else old.read(part))
    return out.getvalue()


def as_csv(lines: list[Line], encoding: str) -> bytes:
    return "\n".join(";".join(line) for line in (HEADER, *lines)).encode(encoding, "replace")


BEFORE = [dossier(n) for n in range(900, 903)]
GOOD = [dossier(n) for n in range(1, 11)]
MENDED = workbook(*GOOD)
EXCHANGED = [dossier(n, Kênh="25/02/2026", Ngày_hẹn_trả="Trực tiếp") for n in range(1, 11)]

WHOLE: dict[str, tuple[str, Callable[[], bytes], str, str]] = {
    "empty": (FILE, lambda: b"", "empty_file", "Hãy xuất lại tệp"),
    "truncated": (FILE, lambda: MENDED[: len(MENDED) // 2], "not_workbook", "lưu lại dạng .xlsx"),
    "wrong encoding": ("MCDT.csv", lambda: as_csv(GOOD, "cp1258"), "wrong_encoding", "CSV UTF-8"),
    "another sheet": (FILE, lambda: workbook(*GOOD, sheets=("Ghi chú", "Sheet1")), "sheet_not_found", "đổi tên trang"),
    "column missing": (FILE, lambda: without("Xã/phường"), "missing_columns", "“Xã/phường”"),
    "column renamed": (
        FILE,
        lambda: workbook(*GOOD, header=["Ngày trả kết quả" if c == "Ngày hẹn trả" else c for c in HEADER]),
        "renamed_columns",
        "Hãy sửa tên cột",
    ),
    "over 100 MB": ("MCDT.csv", lambda: b"x" * 100_000_001, "too_large", "tách thành nhiều tệp"),
    "zip bomb": (FILE, bomb, "zip_bomb", "tệp mới"),
}

CELLS: dict[str, tuple[Line, str, str, str]] = {
    "text in a number": (
        dossier(11, **{"Số lần yêu cầu bổ sung": "một"}),
        "Số lần yêu cầu bổ sung",
        "not_an_integer",
        "một",
    ),
    "unknown place": (dossier(11, **{"Xã/phường": "Xã Không Rõ"}), "Xã/phường", "unknown_place", "Xã Không Rõ"),
    "future date": (
        dossier(11, Ngày_tiếp_nhận="13/02/2097", Ngày_hẹn_trả="", Ngày_kết_thúc_xử_lý="", Trạng_thái="4"),
        "Ngày tiếp nhận",
        "future_date",
        "13/02/2097",
    ),
    "duplicate key": (dossier(10, Ngày_hẹn_trả="26/02/2026"), "dossier", "duplicate_key", "260213-0010"),
    "formula": (dossier(11, Mức_hài_lòng="=1+4"), "Mức hài lòng", "formula", "=1+4"),
}


@pytest.mark.parametrize("kind", WHOLE)
def test_a_file_that_cannot_be_read_is_refused_and_its_mended_version_accepted(sqlite_store: str, kind: str) -> None:
    name, made, rule, remedy = WHOLE[kind]
    assert send(workbook(*BEFORE), "truoc.xlsx").status == "accepted"
    before = stored()
    refused = send(made(), name)
    assert (refused.status, refused.rows_kept) == ("refused", 0)
    assert [r["rule"] for r in refused.rejects] == [rule]
    assert name in str(refused.message) and remedy in str(refused.message)
    assert refused.batch and [r["message"] for r in rejects_of(refused.batch)] == [refused.message]
    assert stored() == before
    assert send(MENDED, name.replace(".csv", ".xlsx")).status == "accepted"
    assert set(before) < set(stored())
    assert len(stored()) == len(before) + 10


@pytest.mark.parametrize("kind", CELLS)
def test_a_wrong_cell_costs_its_row_and_is_named_with_row_and_column(sqlite_store: str, kind: str) -> None:
    line, column, rule, value = CELLS[kind]
    assert send(workbook(*BEFORE), "truoc.xlsx").status == "accepted"
    before = stored()
    partly = send(workbook(*GOOD, line))
    assert (partly.status, partly.rows_kept, partly.rows_rejected) == ("partly", 10, 1)
    (reject,) = partly.rejects
    assert (reject["sheet"], reject["row"], reject["column"], reject["rule"]) == ("HoSo", 12, column, rule)
    assert value in str(reject["value"])
    assert len(reject["message"]) > 20
    assert set(before) < set(stored())
    assert len(stored()) == len(before) + 10
    mended = send(workbook(*GOOD, dossier(11)))
    assert (mended.status, mended.rows_kept) == ("accepted", 11)
    assert send(workbook(*GOOD, dossier(11)), "ten_khac.xlsx").status == "duplicate"
    assert len(stored()) == len(before) + 11


def test_columns_in_another_order_are_read_by_their_names(sqlite_store: str) -> None:
    turned = workbook(*(line[::-1] for line in GOOD), header=HEADER[::-1])
    assert send(turned).status == "accepted"
    in_order = [(number, due) for number, due, _ in stored()]
    assert send(MENDED, "dung_thu_tu.xlsx").status == "accepted"
    assert [(number, due) for number, due, _ in stored()] == in_order


def test_values_under_each_others_headers_are_refused(sqlite_store: str) -> None:
    refused = send(workbook(*EXCHANGED))
    assert (refused.status, refused.rows_kept) == ("refused", 0)
    assert {(r["column"], r["rule"]) for r in refused.rejects} >= {
        ("Kênh", "not_allowed"),
        ("Ngày hẹn trả", "not_a_date"),
    }
    assert {r["row"] for r in refused.rejects} == set(range(2, 12))
    assert FILE in str(refused.message) and "10/10" in str(refused.message)
    assert stored() == []
    assert send(MENDED).status == "accepted"


def test_a_decimal_comma_is_read_where_the_agency_writes_it_so(sqlite_store: str) -> None:
    (receipt,) = take_in(air_file([record("PM2,5", "30,5", START), *steady("PM10", 40, 1)]))
    assert receipt.status == "accepted"
    with reading() as connection:
        table = fact_table("reading")
        assert connection.execute(select(table.c.value).where(table.c.symbol == "PM2.5")).scalars().all() == [30.5]


def test_a_decimal_comma_elsewhere_is_named_with_row_and_column(sqlite_store: str) -> None:
    header = "vessel_reg,device_id,provider,fix_time_utc,lat,lon,speed_kn,course_deg,source,battery,alarm,received_at"
    rows = [
        f"TH-90001-TS,MP1,VNPT,{START + timedelta(minutes=m):%Y-%m-%dT%H:%M:%SZ},{lat},106.2,5.0,90,SAT,12.4,,"
        for m, lat in enumerate(["19.5"] * 9 + ['"19,5"'])
    ]
    (receipt,) = take_in(Delivery("vms.csv", "\n".join([header, *rows]).encode()), source="vessel_vms")
    assert (receipt.status, receipt.rows_kept) == ("partly", 9)
    (reject,) = receipt.rejects
    assert (reject["row"], reject["column"], reject["value"], reject["rule"]) == (11, "lat", "19,5", "decimal_comma")
    assert "Dùng dấu chấm" in reject["message"]
