"""Personal fields of a source that declares them reach neither tables, rejects nor the raw store."""

import csv
import gzip
import io
import json
from pathlib import Path
from typing import Any
from zipfile import ZipFile, is_zipfile

import pytest
import xlsxwriter
from sqlalchemy import select

from config.models import Source
from config.registry import load_registry
from config.settings import settings
from data_access import ledger
from data_access.database import reading
from data_access.facts import fact_table
from data_access.ingestion import raw_store
from data_access.ingestion.contacts import contact_hash, masked
from data_access.ingestion.pipeline import Delivery, Receipt
from tests.core.deliveries import take_in

OWNER = "Nguyễn Văn Kín"
ROW = {
    "Số đăng ký": "TH-90001-TS", "Chủ tàu": OWNER, "Ngày đăng ký": "01/02/2020", "Lmax (m)": "16.5",
    "Công suất (kW)": "400", "Nghề": "Lưới rê", "Cảng đăng ký": "Lạch Hới", "Xã, phường": "Phường Sầm Sơn",
    "Số GPKT": "GP-1", "GPKT đến ngày": "01/02/2027", "Đăng kiểm đến ngày": "01/02/2027",
}  # fmt: skip


def workbook(rows: list[dict[str, str]], sheet: str = "Tàu cá", beside: str = OWNER) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    page = book.add_worksheet(sheet)
    for x, name in enumerate(rows[0]):
        page.write_string(0, x, name)
        for y, row in enumerate(rows, start=1):
            page.write_string(y, x, row[name])
    page.write_string(1, len(rows[0]) + 2, beside)
    book.close()
    return out.getvalue()


def contents(file: Path) -> bytes:
    """Return a file's bytes, those inside an archive unpacked."""
    if is_zipfile(file):
        with ZipFile(file) as archive:
            return b"".join(archive.read(n) for n in archive.namelist())
    held = file.read_bytes()
    return gzip.decompress(held) if held.startswith(b"\x1f\x8b") else held


def everything(folder: Path) -> bytes:
    return b"\n".join(contents(p) for p in folder.rglob("*") if p.is_file())


@pytest.mark.parametrize("wrong", [False, True])
def test_the_owner_of_a_vessel_is_stored_nowhere(sqlite_store: str, wrong: bool) -> None:
    rows = [ROW | {"Số đăng ký": f"TH-9000{i}-TS"} for i in range(1, 9)]
    if wrong:
        rows[3]["Lmax (m)"] = "dài"
    (receipt,) = take_in(Delivery("tau_ca.xlsx", workbook(rows)), source="vessel_registry")
    assert (receipt.status, receipt.rows_rejected) == (("partly", 1) if wrong else ("accepted", 0)), receipt.rejects
    assert "TH-90001-TS" in contents(raw_store.path_of(receipt.sha256)).decode()
    assert OWNER.encode() not in everything(settings().data_dir)
    assert "Chủ tàu" in load_registry().sources["vessel_registry"].personal


# Citizens' contacts: in columns of their own, in other spellings, in the words

NAME, PHONE, MAIL, IDENTITY = "Lê Thị Giấu", "0912 345 678", "giau.le@example.vn", "038012345678"
TRACES = (NAME, PHONE, "0912345678", "912345678", "912 345 678", MAIL, IDENTITY, "giau")
WORDS = f"Rác ùn ứ. Gọi {PHONE}, 0912.345.678, +84 912 345 678, thư {MAIL}; căn cước {IDENTITY}, 171234567"


def citizen(number: int, **cells: str) -> dict[str, str]:
    """Return a line of the 1022 list with all that a citizen may tell of himself."""
    row = dict.fromkeys(load_registry().sources["feedback_lists"].layout.columns, "") | {
        "Mã phản ánh": f"PA-{number}", "Kênh": "Zalo", "Nội dung": WORDS, "Lĩnh vực": "Chiếu sáng", "Mã xã": "14797",
        "Địa chỉ": f"Ngõ 3, nhà {PHONE}", "Thời điểm gửi": "16/11/2026 08:00", "Trạng thái": "Tiếp nhận",
        "Thời điểm tiếp nhận": "16/11/2026 08:30", "Kết quả": f"Đã gọi {PHONE}", "Số lần mở lại": "0",
        "Cập nhật lúc": "16/11/2026 09:00",
    }  # fmt: skip
    contacts = {"người gửi": NAME, "Điện thoại": PHONE, "Email": MAIL, "HO TEN": NAME, "Người liên hệ": NAME}
    return row | contacts | cells


def request(number: int, **values: Any) -> dict[str, Any]:
    """Return a GeoReport v2 request with contacts in the standard's keys, in others and nested."""
    return {
        "service_request_id": f"A{number}", "status": "open", "status_notes": f"Gọi {PHONE}", "service_code": "DEN",
        "description": WORDS, "requested_datetime": "2026-11-16T08:00:00+07:00", "lat": 19.8075, "long": "105.7764",
        "first_name": NAME, "lastName": NAME, "phone": "0912345678", "Email": MAIL, "account_id": "giau",
        "deviceId": 912345678,
        "requestor": {"name": NAME, "mobile": [PHONE, {"e-mail": MAIL}], "id": 38012345678, "note": f"là {NAME}"},
        "media_url": [{"full_name": NAME, "phone": PHONE, "title": "ảnh"}], "extended": f"{NAME} {IDENTITY}",
    } | values  # fmt: skip


def excel(rows: list[dict[str, str]]) -> bytes:
    return workbook(rows, "PhanAnh", f"{NAME} {PHONE}")


def comma(rows: list[dict[str, str]], delimiter: str = ",") -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode("utf-8-sig")


def as_json(rows: list[Any]) -> bytes:
    return json.dumps(rows, ensure_ascii=False).encode()


NINE, REQUESTS = [citizen(n) for n in range(9)], [request(n) for n in range(9)]
RENAMED = [{"Tình trạng" if k == "Trạng thái" else k: v for k, v in row.items()} for row in NINE]
LINES = comma(NINE).split(b"\r\n")
SHIFTED = b"\r\n".join([*LINES[:5], LINES[5].replace("Chiếu sáng".encode(), "Chiếu, sáng".encode()), *LINES[6:]])
STRAY = b"\r\n".join([*LINES[:5], LINES[5].replace(b"PA-4,", b'PA-4,"'), *LINES[6:]])

FILES: dict[str, tuple[str, str, bytes, str]] = {
    "excel": ("feedback_lists", "a.xlsx", excel(NINE), "accepted"),
    "excel_wrong_cells": ("feedback_lists", "a.xlsx", excel([*NINE, citizen(9, **{"Trạng thái": "Xong"})]), "partly"),
    "csv_formula": ("feedback_lists", "a.csv", comma([*NINE, citizen(9, **{"Nội dung": f"={WORDS}"})]), "partly"),
    "excel_renamed": ("feedback_lists", "a.xlsx", excel(RENAMED), "refused"),
    "excel_cut_off": ("feedback_lists", "a.xlsx", excel(NINE)[:-400], "refused"),
    "csv": ("feedback_lists", "a.csv", comma(NINE), "accepted"),
    "csv_semicolon": ("feedback_lists", "a.csv", comma(NINE, ";"), "accepted"),
    "csv_packed": ("feedback_lists", "a.csv.gz", gzip.compress(comma(NINE)), "accepted"),
    "csv_shifted": ("feedback_lists", "a.csv", SHIFTED, "partly"),
    "csv_stray_quote": ("feedback_lists", "a.csv", STRAY, "partly"),
    "csv_no_header": ("feedback_lists", "a.csv", b"\r\n".join(LINES[1:]), "refused"),
    "csv_encoding": ("feedback_lists", "a.csv", comma(NINE) + b"\xff", "refused"),
    "json": ("feedback_open311", "a.json", as_json(REQUESTS), "accepted"),
    "json_packed": ("feedback_open311", "a.json.gz", gzip.compress(as_json(REQUESTS)), "accepted"),
    "json_wrong": ("feedback_open311", "a.json", as_json([*REQUESTS, request(9, status="xong")]), "partly"),
    "json_words": ("feedback_open311", "a.json", as_json([*REQUESTS, [NAME, PHONE], f"{NAME} {PHONE}"]), "partly"),
    "json_renamed": ("feedback_open311", "a.json", as_json([{"phone": PHONE, "trang_thai": NAME}]), "refused"),
    "json_wrapped": ("feedback_open311", "a.json", b'[{"a": ' + as_json(REQUESTS) + b"}]", "refused"),
    "json_no_list": ("feedback_open311", "a.json", json.dumps({"by": NAME, "all": REQUESTS}).encode(), "refused"),
    "json_cut_off": ("feedback_open311", "a.json", as_json(REQUESTS)[:-40], "refused"),
}  # fmt: skip


def wrong_of(receipt: Receipt) -> str:
    with reading() as connection:
        kept = connection.execute(select(ledger.reject)).all()
    return f"{kept} {receipt.rejects} {receipt.message}"


@pytest.mark.parametrize("kind", FILES)
def test_a_citizens_contacts_are_stored_nowhere(sqlite_store: str, kind: str) -> None:
    source, name, content, status = FILES[kind]
    (receipt,) = take_in(Delivery(name, content), source=source)
    assert receipt.status == status, receipt.rejects
    kept, told = everything(settings().data_dir).decode("utf-8", "replace"), wrong_of(receipt)
    assert [trace for trace in (*TRACES, "171234567", "38012345678") if trace in kept or trace in told] == []
    if status == "accepted":
        raw = contents(raw_store.path_of(receipt.sha256)).decode()
        assert "Rác ùn ứ. Gọi […]" in raw and contact_hash(PHONE) in raw


def test_what_is_no_contact_is_kept_as_it_came(sqlite_store: str) -> None:
    (receipt,) = take_in(Delivery("a.json", as_json(REQUESTS)), source="feedback_open311")
    first = json.loads(raw_store.read(receipt.sha256))[0]
    assert (first["service_request_id"], first["lat"], first["long"]) == ("A0", 19.8075, "105.7764")
    assert first["media_url"] == [{"full_name": "…", "phone": contact_hash(PHONE), "title": "ảnh"}]
    assert first["requestor"] == {"name": "…", "mobile": ["…", {"e-mail": contact_hash(MAIL)}], "id": "…", "note": "…"}


def senders(*numbers: str) -> list[str]:
    table = fact_table("feedback")
    with reading() as connection:
        found = {row.feedback: row.sender for row in connection.execute(select(table))}
    return [found[n] for n in numbers]


def test_the_same_sender_is_known_again_in_another_file_of_another_kind(sqlite_store: str) -> None:
    book = excel([citizen(1), citizen(2, **{"Điện thoại": "0900 000 001"})])
    take_in(Delivery("a.xlsx", book), source="feedback_lists")
    take_in(Delivery("b.csv", comma([citizen(3, **{"Điện thoại": "+84912345678"})])), source="feedback_lists")
    take_in(Delivery("c.json", as_json([request(4), request(5, phone=None)])), source="feedback_open311")
    one, other, again, elsewhere, by_mail = senders("PA-1", "PA-2", "PA-3", "A4", "A5")
    assert one == again == elsewhere == contact_hash(PHONE)
    assert other not in (one, "")
    assert by_mail == contact_hash(MAIL)


def test_another_secret_key_gives_another_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    here = contact_hash(PHONE)
    monkeypatch.setenv("IOC_SECRET_KEY", "another key of another installation")
    settings.cache_clear()
    try:
        assert contact_hash(PHONE) not in ("", here)
    finally:
        monkeypatch.undo()
        settings.cache_clear()
    assert contact_hash(PHONE) == here


@pytest.mark.parametrize(
    "same",
    [
        ("0912345678", "0912 345 678", "+84 912.345.678", "0084912345678", "912345678", "ĐT: (091) 234-5678"),
        ("An@Example.vn", " an@example.vn "),
        ("", "-", "Ẩn danh", "không có", "0000000000", "0"),
    ],
)
def test_one_contact_in_many_spellings(same: tuple[str, ...]) -> None:
    assert len({contact_hash(text) for text in same}) == 1
    assert (contact_hash(same[0]) == "") == (same[0] == "")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("gọi 0912345678.", "gọi […]."),
        ("01.02.2026 0237 3852 123, 2026-08-16 0912345678", "01.02.2026 […], 2026-08-16 […]"),
        ("CCCD 038 012 345 678", "CCCD […]"),
        ("a.b@c.gov.vn và 0912–345–678", "[…] và […]"),
        ("Mã 1022-2611-00001, ngày 16/11/2026 08:30", "Mã 1022-2611-00001, ngày 16/11/2026 08:30"),
        ("từ 01.02.2026 08:00, hết 150.000.000 đồng", "từ 01.02.2026 08:00, hết 150.000.000 đồng"),
    ],
)
def test_what_is_masked_in_words(text: str, shown: str) -> None:
    assert masked(text) == shown


@pytest.mark.parametrize("change", [{"hashed": ["Số máy"]}, {"masked": ["Ghi chú"]}, {"personal": ["Nội dung"]}])
def test_a_declaration_that_would_read_a_person_is_refused(change: dict[str, list[str]]) -> None:
    declared = load_registry().sources["feedback_lists"].model_dump(by_alias=True)
    with pytest.raises(ValueError, match="layout"):
        Source.model_validate(declared | change)
