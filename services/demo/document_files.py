"""How the played document systems write their files: registers as Excel and CSV, edXML messages in a zip.

Messages carry what real ones do, persons and attachments included (invented, marked), and the oddities of
different senders, so that what must not be kept is really there to be taken out.
"""

import base64
import io
import zipfile
from datetime import UTC, datetime
from typing import Any, Final
from xml.sax.saxutils import escape

import polars as pl

from services.demo.workbooks import workbook

HEADERS: Final = (
    "STT", "Loại sổ", "Đơn vị", "Số ký hiệu", "Ngày ban hành", "Cơ quan ban hành", "Trích yếu", "Độ khẩn", "Độ mật",
    "Ngày vào sổ", "Hạn xử lý", "Ngày đến", "Ngày tiếp nhận", "Ngày hoàn thành", "Ngày trả lại", "Ký số",
    "Gửi qua trục", "Người xử lý", "Số lượng",
)  # fmt: skip
TITLE: Final = "SỔ ĐĂNG KÝ VĂN BẢN – SỐ LIỆU MÔ PHỎNG"
QCVN: Final = "http://www.mic.gov.vn/TBT/QCVN_102_2016"
SPACES: Final = (QCVN, "http://www.e-doc.vn/Schema/", "http://www.go.vn/eDoc", "")
"""Namespaces met, by sender in turn."""
STATUSES: Final = (
    ("01", "arrived"), ("02", "refused"), ("03", "accepted"), ("04", "assigned"), ("05", "started"),
    ("06", "finished"), ("15", "recalled"),
)  # fmt: skip
SEALED: Final = base64.b64encode(b"PK noi dung dinh kem (mo phong)").decode()


def register_book(rows: pl.DataFrame, made: datetime) -> bytes:
    """Return register lines as an Excel file: a title, the header, the lines; always the same bytes."""
    return workbook(rows, made, sheets=("SoVanBan",), title=TITLE)


def register_csv(rows: pl.DataFrame) -> bytes:
    """Return register lines as CSV with a byte-order mark."""
    return rows.write_csv(include_bom=True).encode()


def _stamp(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y/%m/%d %H:%M:%S}"


def _day(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y/%m/%d}"


def _split(code: str) -> tuple[str, str]:
    """Return a document's number and notation as edXML carries them."""
    number, slash, notation = code.partition("/")
    if "-" in number:
        number, _, kind = number.partition("-")
        return number, f"{kind}{slash}{notation}"
    return number, notation


def _identity(row: dict[str, Any]) -> str:
    number, notation = _split(row["code"])
    return f"{row['issuer_code']},{_day(row['issued'])},{number}/{notation}"


def document_message(row: dict[str, Any], to: list[tuple[str, str]], secret: bool = False) -> str:
    """Return a document's edXML message in the manner of its sender."""
    style = row["issuer"]
    space = SPACES[style % len(SPACES)]
    number, notation = _split(row["code"])
    if style % 7 == 3:
        number, notation = notation, number
    names = "".join(f"<To><OrganId>{code}</OrganId><OrganName>{escape(name)}</OrganName></To>" for code, name in to)
    trace = "Business" if style % 5 == 2 else "Bussiness"
    due = f"<DueDate>{_day(row['due'])}</DueDate>" if row["due"] else ""
    level = "<SecurityLevel>Mật</SecurityLevel>" if secret else ""
    header = (
        f"<MessageHeader><From><OrganId>{row['issuer_code']}</OrganId>"
        f"<OrganName>{escape(row['issuer_name'])}</OrganName><OrganAdd>Thanh Hóa</OrganAdd>"
        f"<Email>vanthu.mophong@example.vn</Email><Telephone>0237000000</Telephone></From>"
        f"{names}<Code><CodeNumber>{number}</CodeNumber><CodeNotation>{notation}</CodeNotation></Code>"
        f"<PromulgationInfo><Place>Thanh Hóa</Place><PromulgationDate>{_day(row['issued'])}</PromulgationDate>"
        f"</PromulgationInfo><DocumentType><Type>2</Type>"
        f"<TypeName>{row['kind'] or 'Công văn'}</TypeName></DocumentType>"
        f"<Subject>{escape(row['subject'])}</Subject><Content>Nội dung (mô phỏng)</Content>{level}"
        f"<SignerInfo><Competence>TM.</Competence><Position>Lãnh đạo</Position><FullName>Người ký (mô phỏng)</FullName>"
        f"</SignerInfo>{due}<OtherInfo><Priority>{row['urgency']}</Priority><PageAmount>3</PageAmount></OtherInfo>"
        f"<DocumentId>{_identity(row)}</DocumentId></MessageHeader>"
        f"<TraceHeaderList><TraceHeader><OrganId>{row['issuer_code']}</OrganId><Timestamp>{_stamp(row['sent'])}</Timestamp>"
        f"</TraceHeader><{trace}><{trace}DocType>0</{trace}DocType><StaffInfo><Staff>Văn thư (mô phỏng)</Staff>"
        f"<Mobile>0900000000</Mobile><Email>canbo.mophong@example.vn</Email></StaffInfo></{trace}></TraceHeaderList>"
    )
    attached = (
        f'<Attachment xmlns="{QCVN}">' if style % 2 else "<Attachment>"
    ) + f"<ContentId>cid:1</ContentId><ContentTransferEncoded>{SEALED}</ContentTransferEncoded></Attachment>"
    declared = f' xmlns="{space}"' if space else ""
    if style % 6 == 5:
        soap = "http://schemas.xmlsoap.org/soap/envelope/"
        return (
            f'<?xml version="1.0" encoding="UTF-8"?>\n<edXML{declared}><S:Envelope xmlns:S="{soap}"><S:Header>{header}'
            f"</S:Header><S:Body/></S:Envelope><AttachmentEncoded>{attached}</AttachmentEncoded></edXML>"
        )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<edXML{declared}><edXMLEnvelope><edXMLHeader>{header}</edXMLHeader>'
        f"<edXMLBody/></edXMLEnvelope><AttachmentEncoded>{attached}</AttachmentEncoded></edXML>"
    )


def status_message(row: dict[str, Any], code: str, at: int) -> str:
    """Return a recipient's status message on a document."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<edXML xmlns="{QCVN}"><Status><ResponseFor>'
        f"<OrganId>{row['issuer_code']}</OrganId><Code>{'/'.join(_split(row['code']))}</Code>"
        f"<PromulgationDate>{_day(row['issued'])}</PromulgationDate><DocumentId>{_identity(row)}</DocumentId></ResponseFor>"
        f"<From><OrganId>{row['recipient_code']}</OrganId><OrganName>{escape(row['recipient_name'])}</OrganName></From>"
        f"<StatusCode>{code}</StatusCode><Description>Đã cập nhật</Description><Timestamp>{_stamp(at)}</Timestamp>"
        f"<StaffInfo><Staff>Văn thư (mô phỏng)</Staff><Mobile>0900000000</Mobile></StaffInfo></Status></edXML>"
    )


def package(copies: pl.DataFrame, first: int, last: int, with_secret: bool) -> bytes:
    """Return as a zip the messages and status messages of `(first, last]`, local seconds; empty where none."""
    inside = [pl.col(c).is_between(first, last, closed="right") for c in ("sent", *(c for _, c in STATUSES))]
    moving = copies.filter(pl.any_horizontal(inside)).sort("sent", "issuer", "doc", "recipient")
    texts: list[str] = []
    sent = moving.filter(inside[0])
    for _, group in sent.group_by("issuer", "doc", "issued", maintain_order=True):
        row = group.row(0, named=True)
        to = list(zip(group["recipient_code"], group["recipient_name"], strict=True))
        texts.append(document_message(row, to))
    if with_secret and sent.height:
        hidden = sent.row(0, named=True) | {"subject": "Nội dung mật (mô phỏng)", "code": "99991/CV-MATXML"}
        texts.append(document_message(hidden, [("MP.so_tc.H56", "Sở Tài chính")], secret=True))
    for row in moving.iter_rows(named=True):
        texts += [status_message(row, code, row[c]) for code, c in STATUSES if first < row[c] <= last]
    if not texts:
        return b""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for number, text in enumerate(texts, 1):
            archive.writestr(zipfile.ZipInfo(f"{number:05d}.edxml"), text, zipfile.ZIP_DEFLATED, 1)
    return held.getvalue()
