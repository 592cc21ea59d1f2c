"""Names of persons in free words: those told by a sure sign are masked, what is no person is left.

A sure sign is a form of address (ông, bà, anh, chị …), a phrase (tôi là, tôi tên, họ tên:, người gửi:), a middle
name Văn or Thị after a family name, or a signature line. A name without such a sign is not known for one.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final

from data_access.ingestion.catalogues import agency_spellings, folded, unaccented

_CAPITAL: Final = "".join(c for c in map(chr, range(0x1EFA)) if c.isupper() and c.isalpha())
_WORD: Final = rf"[{_CAPITAL}][^\W\d_]*"
_FAMILIES: Final = (
    "Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Huỳnh", "Phan", "Vũ", "Võ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô", "Dương",
    "Lý", "Trịnh", "Mai", "Đinh", "Đoàn", "Lương", "Trương", "Tống", "Cao", "Hà", "Lưu", "Tạ", "Chu", "Đào", "Quách",
    "Lâm", "Thái", "Phùng", "Tô", "Cù", "Vi", "Lò", "Lữ", "Hàn", "Thiều", "Nghiêm", "Viên", "Tào", "Kiều",
)  # fmt: skip
_PLACES: Final = (
    r"đường|phố|ngõ|ngách|hẻm|trường|cầu|chợ|đền|chùa|lăng|tượng đài|công viên|quảng trường|thôn|xóm|làng|bản|xã"
    r"|phường|huyện|hồ|sông|núi|khu phố|tổ dân phố"
)
_OFFICES: Final = (
    "sở", "ubnd", "ủy ban", "uỷ ban", "ban", "bộ", "cục", "chi cục", "công an", "văn phòng", "thanh tra", "trung tâm",
    "hđnd", "hội", "liên đoàn", "mặt trận", "ubmttq", "mttq", "tỉnh", "đảng", "huyện", "thành ủy", "thị", "xã",
    "phường", "trường", "bệnh viện", "viện", "tòa", "toà", "kho bạc", "thuế", "hải quan", "ngân hàng", "bhxh",
    "bảo hiểm", "công ty", "tổng công ty", "quỹ", "báo", "đài", "cảng", "phòng", "đội", "trạm", "hạt", "đồn", "các",
    "bql", "tt", "bch", "thống kê", "cổng", "chủ tịch", "phó chủ tịch", "thường trực", "quốc hội", "chính phủ",
    "thủ tướng", "bí thư",
)  # fmt: skip
_OFFICE: Final = re.compile(rf"(?:{'|'.join(sorted({*_OFFICES, *map(unaccented, _OFFICES)}, key=len)[::-1])})\b")
_NO_OFFICE: Final = (
    r"(?!(?i:sở|ubnd|ủy ban|uỷ ban|công an|ban|văn phòng|thanh tra|trung tâm|hội|phòng|trưởng|phó|chủ tịch|bí thư"
    r"|giám đốc|cán bộ)\b)"
)
_GAP: Final = r"[ \u00a0]+"


def _names(least: int, most: int) -> str:
    return rf"{_WORD}(?:{_GAP}{_WORD}){{{least - 1},{most - 1}}}"


def _either(words: str) -> str:
    """Return words that may be written with or without marks, in letters of any size."""
    return f"(?i:{words}|{unaccented(words)})"


_KIN: Final = "|".join(dict.fromkeys([*_FAMILIES, *map(unaccented, _FAMILIES)]))
_FAMILY: Final = rf"(?=[{_CAPITAL}])(?i:{_KIN})"
_KEPT: Final = (
    rf"\b(?:{_either(_PLACES)}|(?<![\d.])\d{{1,4}}[A-Za-z]?){_GAP}(?:{_either('ông|bà')} )?{_names(1, 5)}"
    rf"|\b(?:Hai )?(?:Bà (?:Triệu|Trưng|Huyện Thanh Quan|Nà)|Ông Ích Khiêm|Bác Hồ)\b"
)
_WHO: Final = r"họ(?: và)? tên|người (?:gửi|phản ánh|viết|làm đơn|liên hệ|kiến nghị|đại diện)"
_SIGNS: Final = {  # what stands before a name, and of how many words the name is
    rf"{_either('ông|bà|anh|chị')}\.?{_GAP}{_NO_OFFICE}": (1, 5),
    rf"{_either('cô|chú|bác|cụ|em|cháu|thầy|mr|ms')}\.?{_GAP}": (2, 5),
    rf"{_either('(?:tôi|em|mình|cháu|con) là')}{_GAP}{_NO_OFFICE}": (2, 5),
    rf"{_either('(?:tôi|em|mình|cháu|con) tên(?: là)?|tên (?:tôi|em|mình|là)(?: là)?')}{_GAP}": (1, 5),
    rf"{_either(_WHO)}\s*[:\-–]\s*{_NO_OFFICE}": (1, 5),
    rf"{_either('ký tên|kính đơn|trân trọng(?: cảm ơn)?|xin cảm ơn')}[\s:,.!\-–]+{_NO_OFFICE}": (2, 5),
}
_SIGNED: Final = "|".join(rf"\b(?P<s{n}>{s})(?:{_names(*c)})" for n, (s, c) in enumerate(_SIGNS.items()))
PERSON: Final = re.compile(
    rf"(?P<kept>{_KEPT})|{_SIGNED}|\b{_FAMILY}{_GAP}(?i:văn|thị|van|thi){_GAP}{_names(1, 3)}"
    rf"|(?P<line>\n[ \t\-–]*){_FAMILY}{_GAP}{_names(1, 4)}(?=[ \t.]*(?:\n|\Z))"
)
"""Names after their sign, which stays (`s0` …, `line`); `kept` are streets, schools, places named after persons."""


def without_names(text: str, mask: str) -> str:
    """Return a text with the names of persons masked that a sure sign tells."""
    plain = unicodedata.normalize("NFC", text)
    hidden = PERSON.sub(lambda found: found["kept"] or f"{_sign(found)}{mask}", plain)
    return text if hidden == plain else hidden


def _sign(found: re.Match[str]) -> str:
    return next((v for k, v in found.groupdict().items() if k != "kept" and v), "")


@lru_cache(maxsize=4096)
def offices_only(text: str, mask: str) -> str:
    """Return a list of offices divided by semicolons, each item that begins like no office masked whole."""
    return ";".join(p if not p.strip() or _is_office(p) else f"{p[: len(p) - len(p.lstrip())]}{mask}"
                    for p in text.split(";"))  # fmt: skip


def _is_office(text: str) -> bool:
    return folded(text) in agency_spellings() or bool(_OFFICE.match(folded(text)))
