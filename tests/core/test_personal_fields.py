"""Personal fields of a source that declares them reach neither tables, rejects nor the raw store."""

import io
from pathlib import Path

import pytest
import xlsxwriter

from config.registry import load_registry
from config.settings import settings
from data_access.ingestion.pipeline import Delivery
from tests.core.deliveries import take_in

OWNER = "Nguyễn Văn Kín"
ROW = {
    "Số đăng ký": "TH-90001-TS", "Chủ tàu": OWNER, "Ngày đăng ký": "01/02/2020", "Lmax (m)": "16.5",
    "Công suất (kW)": "400", "Nghề": "Lưới rê", "Cảng đăng ký": "Lạch Hới", "Xã, phường": "Phường Sầm Sơn",
    "Số GPKT": "GP-1", "GPKT đến ngày": "01/02/2027", "Đăng kiểm đến ngày": "01/02/2027",
}  # fmt: skip


def workbook(rows: list[dict[str, str]]) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet("Tàu cá")
    for x, name in enumerate(ROW):
        sheet.write_string(0, x, name)
        for y, row in enumerate(rows, start=1):
            sheet.write_string(y, x, row[name])
    sheet.write_string(1, len(ROW) + 2, OWNER)
    book.close()
    return out.getvalue()


def everything(folder: Path) -> bytes:
    return b"".join(p.read_bytes() for p in folder.rglob("*") if p.is_file())


@pytest.mark.parametrize("wrong", [False, True])
def test_the_owner_of_a_vessel_is_stored_nowhere(sqlite_store: str, wrong: bool) -> None:
    rows = [ROW | {"Số đăng ký": f"TH-9000{i}-TS"} for i in range(1, 9)]
    if wrong:
        rows[3]["Lmax (m)"] = "dài"
    (receipt,) = take_in(Delivery("tau_ca.xlsx", workbook(rows)), source="vessel_registry")
    assert (receipt.status, receipt.rows_rejected) == (("partly", 1) if wrong else ("accepted", 0)), receipt.rejects
    from zipfile import ZipFile

    kept = settings().raw_dir / receipt.sha256[:2] / receipt.sha256
    text = b"".join(ZipFile(kept).read(n) for n in ZipFile(kept).namelist()).decode()
    assert "TH-90001-TS" in text and OWNER not in text
    assert OWNER.encode() not in everything(settings().data_dir)
    assert "Chủ tàu" in load_registry().sources["vessel_registry"].personal
