"""The simulated register of fishing vessels, as the fisheries office exports it to Excel each month."""

import io
from datetime import date, datetime, timedelta

import numpy as np
import xlsxwriter

from services.demo.fleet import PORTS, TRADES, Fleet, Whole

HEADER = ("Số đăng ký", "Ngày đăng ký", "Chủ tàu", "Lmax (m)", "Công suất (kW)", "Nghề", "Cảng đăng ký", "Xã, phường",
          "Số GPKT", "GPKT đến ngày", "Đăng kiểm đến ngày", "Nhà cung cấp VMS", "Mã thiết bị VMS", "MMSI")  # fmt: skip
PROVIDERS = ("VMS-A (mô phỏng)", "VMS-B (mô phỏng)", "NAF")
FIRST_DAY = date(2008, 1, 1)


def _valid_until(fleet: Fleet, day: date, what: int, period: int, late_share: float, latest: int) -> Whole:
    """Return until when each vessel's paper is valid, in days since FIRST_DAY: some are renewed late."""
    vessel = np.arange(fleet.size)
    zero = np.zeros(fleet.size, np.int64)
    first = (fleet.chance(vessel, zero, what) * period).astype(np.int64)
    late = fleet.chance(vessel, zero, what + 1) < late_share
    delay = np.where(late, fleet.chance(vessel, zero, what + 2) * latest, -20).astype(np.int64)
    turns = np.ceil(((day - FIRST_DAY).days - first - delay) / period)
    return np.asarray(first + turns * period, np.int64)


def _shown(days: int) -> str:
    return f"{FIRST_DAY + timedelta(days=days):%d/%m/%Y}"


def _rows(fleet: Fleet, names: dict[str, str], day: date) -> list[list[object]]:
    licence = _valid_until(fleet, day, 20, 1826, 0.25, 420)
    inspection = _valid_until(fleet, day, 30, 365, 0.25, 110)
    registered = (fleet.chance(np.arange(fleet.size), np.zeros(fleet.size, np.int64), 40) * 6000).astype(
        np.int64
    )
    return [
        [
            str(fleet.number[i]), _shown(int(registered[i])), f"Chủ tàu mô phỏng {i + 1:04d}", float(fleet.length[i]),
            int(fleet.power[i]), TRADES[fleet.trade[i]], f"Cảng {PORTS[fleet.port[i]][0]}", names[str(fleet.place[i])],
            f"MP-{i + 1:05d}/GPKT", _shown(int(licence[i])),
            _shown(int(inspection[i])) if fleet.length[i] >= 12 else None,
            PROVIDERS[fleet.provider[i]] if fleet.provider[i] >= 0 else None,
            f"MP{700000 + i}" if fleet.provider[i] >= 0 else None,
            f"5749{i:05d}" if fleet.length[i] >= 24 else None,
        ]
        for i in range(fleet.size)
    ]  # fmt: skip


def _spoil(rows: list[list[object]], chance: np.random.Generator) -> None:
    """Make the slips a clerk makes: a number short of a digit, a decimal comma, an old commune."""
    slips: tuple[tuple[int, object], ...] = (
        (0, "TH-0012-TS"),
        (3, "14,5"),
        (7, "Xã Hải Thanh cũ"),
        (10, "31/02/2026"),
    )
    for row, (column, value) in zip(chance.choice(len(rows), len(slips), replace=False), slips, strict=True):
        rows[int(row)][column] = value


def register(
    fleet: Fleet, names: dict[str, str], day: date, spoilt: np.random.Generator | None = None
) -> bytes:
    """Return the register as exported on a day (xlsx); `names` of communes by code; `spoilt`: with slips."""
    rows = _rows(fleet, names, day)
    if spoilt is not None:
        _spoil(rows, spoilt)
    memory = io.BytesIO()
    book = xlsxwriter.Workbook(memory, {"in_memory": True})
    book.set_properties(
        {"created": datetime(day.year, day.month, day.day), "author": "Chi cục Thủy sản (mô phỏng)"}
    )
    sheet = book.add_worksheet("Tàu cá")
    sheet.write_row(0, 0, [f"DANH SÁCH TÀU CÁ (MÔ PHỎNG), ngày {day:%d/%m/%Y}"])
    for number, row in enumerate([list(HEADER), *rows], 2):
        sheet.write_row(number, 0, row)
    book.close()
    return memory.getvalue()
