"""The fee of an administrative procedure as the national portal prints it, read from a table that lost its borders.

A row of that table runs together: way of handing in, time, fee, note (`Trực tuyến2 Ngày làm việc70,000 VNĐ(…)`).
"""

import re
from typing import Final

_WAY = "(?:Trực tuyến|Dịch vụ bưu chính|Trực tiếp)"
_TIME = r"(?:Không có thông tin|\d+ (?:Ngày làm việc|Ngày|Giờ|Tháng)|\d+(?=Miễn phí|Không có thông tin))"
_NOTE = r"\((?:[^()]|\([^()]*\))*\)"
_FEE: Final = re.compile(rf"{_WAY}{_TIME}((?:Miễn phí|(\d{{1,3}}(?:,\d{{3}})*) (?:VNĐ|Việt Nam Đồng)))({_NOTE}|(?!\())")


def printed_fee(table: str | None) -> str | None:
    """Return the fee of the first way that has one: `Miễn phí`, `70.000 đồng`, with its note in brackets.

    None where none is printed, where time and fee cannot be told apart (`Trực tuyến120,000 VNĐ`), where the note is
    cut off, and below 1,000 đồng: the portal writes some amounts in thousands.
    """
    found = next((f for f in _FEE.finditer(table or "") if not f[2] or "," in f[2]), None)
    if found is None:
        return None
    fee = f"{found[2].replace(',', '.')} đồng" if found[2] else found[1]
    return f"{fee} {found[3]}" if found[3] else fee
