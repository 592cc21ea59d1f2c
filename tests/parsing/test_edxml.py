"""edXML as document systems really send it, its oddities, and what is never read out of it."""

import io
import zipfile

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_access.ingestion.parsers.edxml import cleaned_edxml
from data_access.ingestion.parsing import Layout, Parsed, Unreadable, parse

LAYOUT = Layout(parser="edxml")
QCVN = "http://www.mic.gov.vn/TBT/QCVN_102_2016"
PERSONAL = ("Lê Văn Kín", "0912345678", "canbo@thanhhoa.example", "Nội dung chi tiết", "UEsDBBQAAAA", "02373852246")

DOCUMENT = """<?xml version="1.0" encoding="UTF-8"?>
<edXML xmlns="http://www.mic.gov.vn/TBT/QCVN_102_2016">
<edXMLEnvelope>
 <edXMLHeader>
  <MessageHeader>
   <From><OrganId>000.00.00.H56</OrganId><OrganizationInCharge>UBND tỉnh</OrganizationInCharge>
    <OrganName>UBND tỉnh Thanh Hóa</OrganName><OrganAdd>35 Đại lộ Lê Lợi</OrganAdd>
    <Email>canbo@thanhhoa.example</Email><Telephone>02373852246</Telephone><Fax/><Website/></From>
   <To><OrganId>MP.so_tc.H56</OrganId><OrganName>Sở Tài chính</OrganName><Telephone>0912345678</Telephone></To>
   <To><OrganId>MP.ubnd_14797.H56</OrganId><OrganName>UBND phường Hạc Thành</OrganName></To>
   <Code><CodeNumber>192</CodeNumber><CodeNotation>KH-UBND</CodeNotation></Code>
   <PromulgationInfo><Place>Thanh Hóa</Place><PromulgationDate>2026/11/20</PromulgationDate></PromulgationInfo>
   <DocumentType><Type>2</Type><TypeDetail/><TypeName>Kế hoạch</TypeName></DocumentType>
   <Subject>Kế hoạch phòng, chống cháy rừng</Subject>
   <Content>Nội dung chi tiết</Content>
   <SignerInfo><Competence>TM.</Competence><Position>Lãnh đạo</Position><FullName>Lê Văn Kín</FullName></SignerInfo>
   <ResponseFor><OrganId>MP.so_nnmt.H56</OrganId><Code>15/TTr-SNNMT</Code>
    <DocumentId>MP.so_nnmt.H56,2026/11/10,15/TTr-SNNMT</DocumentId></ResponseFor>
   <DueDate>2026/11/30</DueDate>
   <ToPlaces><Place>Như trên</Place><Place>Lưu: VT</Place></ToPlaces>
   <OtherInfo><Priority>1</Priority><PageAmount>5</PageAmount></OtherInfo>
   <DocumentId>000.00.00.H56,2026/11/20,192/KH-UBND</DocumentId>
  </MessageHeader>
  <TraceHeaderList>
   <TraceHeader><OrganId>000.00.00.H56</OrganId><Timestamp>2026/11/20 08:05:00</Timestamp></TraceHeader>
   <TraceHeader><OrganId>G22.99.18</OrganId><Timestamp>2026/11/20 08:06:10</Timestamp></TraceHeader>
   <Bussiness><BussinessDocType>0</BussinessDocType><BussinessDocReason>Văn bản mới</BussinessDocReason>
    <StaffInfo><Department>VT</Department><Staff>Lê Văn Kín</Staff><Mobile>0912345678</Mobile></StaffInfo></Bussiness>
  </TraceHeaderList>
 </edXMLHeader>
 <edXMLBody><edXMLManifest><Reference><ContentId>cid:1</ContentId></Reference></edXMLManifest></edXMLBody>
</edXMLEnvelope>
<AttachmentEncoded><Attachment><ContentId>cid:1</ContentId>
 <ContentTransferEncoded>UEsDBBQAAAA</ContentTransferEncoded></Attachment></AttachmentEncoded>
</edXML>"""

STATUS = """<?xml version="1.0" encoding="utf-8"?>
<edXML xmlns="http://www.mic.gov.vn/TBT/QCVN_102_2016"><edXMLEnvelope><edXMLHeader><Status>
 <ResponseFor><OrganId>000.00.00.H56</OrganId><Code>192/KH-UBND</Code><PromulgationDate>2026/11/20</PromulgationDate>
  <DocumentId>000.00.00.H56,2026/11/20,192/KH-UBND</DocumentId></ResponseFor>
 <From><OrganId>MP.so_tc.H56</OrganId><OrganName>Sở Tài chính</OrganName><Email>canbo@thanhhoa.example</Email></From>
 <StatusCode>03</StatusCode><Description>Đã tiếp nhận</Description><Timestamp>2026/11/20 09:30:00</Timestamp>
 <StaffInfo><Staff>Lê Văn Kín</Staff><Mobile>0912345678</Mobile></StaffInfo>
</Status></edXMLHeader></edXMLEnvelope></edXML>"""


def read(text: str | bytes, name: str = "vb.xml") -> Parsed:
    return parse(name, text.encode() if isinstance(text, str) else text, LAYOUT)


def zipped(*texts: str | bytes, names: tuple[str, ...] = ()) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, text in enumerate(texts, 1):
            archive.writestr(names[number - 1] if names else f"{number}.xml", text)
    return held.getvalue()


def refusal(content: str | bytes) -> str:
    with pytest.raises(Unreadable) as refused:
        read(content)
    return refused.value.reason


def test_a_document_is_told_once_and_once_for_each_recipient() -> None:
    rows = read(DOCUMENT).frame.to_dicts()
    assert [r["recipient"] for r in rows] == [None, "MP.so_tc.H56", "MP.ubnd_14797.H56"]
    assert rows[1] == {
        "message": "document", "document_id": "000.00.00.H56,2026/11/20,192/KH-UBND", "sender": "000.00.00.H56",
        "sender_name": "UBND tỉnh Thanh Hóa", "recipient": "MP.so_tc.H56", "recipient_name": "Sở Tài chính",
        "code": "192/KH-UBND", "promulgated": "2026/11/20", "type_name": "Kế hoạch",
        "subject": "Kế hoạch phòng, chống cháy rừng", "due": "2026/11/30", "priority": "1",
        "sent": "2026/11/20 08:05:00", "status_code": None, "_sheet": "", "_row": 1,
    }  # fmt: skip


def test_a_status_message_names_the_document_and_who_reports() -> None:
    (row,) = read(STATUS).frame.to_dicts()
    told = {k: v for k, v in row.items() if v and not k.startswith("_")}
    assert told == {
        "message": "status", "document_id": "000.00.00.H56,2026/11/20,192/KH-UBND", "sender": "000.00.00.H56",
        "recipient": "MP.so_tc.H56", "recipient_name": "Sở Tài chính", "code": "192/KH-UBND",
        "promulgated": "2026/11/20", "sent": "2026/11/20 09:30:00", "status_code": "03",
    }  # fmt: skip


def test_a_status_message_may_name_its_document_by_the_id_alone() -> None:
    bare = STATUS.replace("<OrganId>000.00.00.H56</OrganId><Code>192/KH-UBND</Code>", "")
    row = read(bare.replace("<PromulgationDate>2026/11/20</PromulgationDate>", "")).frame.row(0, named=True)
    assert (row["sender"], row["code"], row["promulgated"]) == ("000.00.00.H56", "192/KH-UBND", "2026/11/20")


ODDITIES: dict[str, str | bytes] = {
    "namespace of e-doc": DOCUMENT.replace(QCVN, "http://www.e-doc.vn/Schema/"),
    "namespace of go.vn": DOCUMENT.replace(QCVN, "http://www.go.vn/eDoc"),
    "no namespace": DOCUMENT.replace(f' xmlns="{QCVN}"', ""),
    "prefixed": DOCUMENT.replace("<", "<e:").replace("<e:/", "</e:").replace("<e:?", "<?")
    .replace("xmlns=", "xmlns:e="),
    "SOAP envelope": DOCUMENT.replace(
        "<edXMLEnvelope>", '<SOAP-ENV:Envelope xmlns:SOAP-ENV="http://schemas.xmlsoap.org/soap/envelope/">'
    ).replace("</edXMLEnvelope>", "</SOAP-ENV:Envelope>").replace("edXMLHeader>", "SOAP-ENV:Header>"),
    "Business": DOCUMENT.replace("Bussiness", "Business"),
    "swapped": DOCUMENT.replace(
        "<CodeNumber>192</CodeNumber><CodeNotation>KH-UBND</CodeNotation>",
        "<CodeNumber>KH-UBND</CodeNumber><CodeNotation>192</CodeNotation>"),
    "whole number in one field": DOCUMENT.replace(
        "<CodeNumber>192</CodeNumber><CodeNotation>KH-UBND</CodeNotation>", "<CodeNumber>192/KH-UBND</CodeNumber>"),
    "attachment with namespace": DOCUMENT.replace("<Attachment>", f'<Attachment xmlns="{QCVN}">'),
    "attachment not in base64": DOCUMENT.replace("UEsDBBQAAAA", "không phải base64 & khác".replace("&", "&amp;")),
    "small letters": DOCUMENT.replace("OrganId", "organID").replace("CodeNumber", "codenumber"),
    "UTF-16": DOCUMENT.replace('encoding="UTF-8"', 'encoding="UTF-16"').encode("utf-16"),
}  # fmt: skip


@pytest.mark.parametrize("oddity", ODDITIES)
def test_oddities_of_senders_make_no_difference(oddity: str) -> None:
    assert read(ODDITIES[oddity]).frame.equals(read(DOCUMENT).frame)


@pytest.mark.parametrize(("number", "notation", "code"), [
    ("128", "2025/QĐ-UBND", "128/2025/QĐ-UBND"), ("06", "NQ/TU", "06-NQ/TU"), ("06", "-NQ/TU", "06-NQ/TU"),
    ("06-NQ/TU", "", "06-NQ/TU"), ("128/2025/QĐ-UBND", "", "128/2025/QĐ-UBND"), ("4836", "SNV-TCBC", "4836/SNV-TCBC"),
    ("2025/QĐ-UBND", "128", "128/2025/QĐ-UBND"), ("01", "QĐ-UBND", "01/QĐ-UBND"),
])  # fmt: skip
def test_number_and_notation_become_the_number_as_written(number: str, notation: str, code: str) -> None:
    text = DOCUMENT.replace(
        "<CodeNumber>192</CodeNumber><CodeNotation>KH-UBND</CodeNotation>",
        f"<CodeNumber>{number}</CodeNumber><CodeNotation>{notation}</CodeNotation>",
    )
    assert read(text).frame["code"].to_list() == [code] * 3


def test_a_package_of_many_messages_and_several_under_one_root() -> None:
    package = read(zipped(DOCUMENT, STATUS, names=("a/van_ban.edxml", "trang_thai.xml")), "goi.zip")
    assert package.frame.select("message", "_row").rows() == [("document", 1)] * 3 + [("status", 2)]
    body = "".join(t.partition("?>")[2] for t in (DOCUMENT, STATUS, STATUS.replace(">03<", ">06<")))
    assert read(f"<messages>{body}</messages>").frame["status_code"].to_list() == [None] * 3 + ["03", "06"]


def test_a_broken_message_in_a_package_is_one_reject_and_shows_nothing_of_itself() -> None:
    found = read(zipped(DOCUMENT, DOCUMENT[:900], "<a/>", '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'), "goi.zip")
    assert found.frame.height == 3
    assert [(b.row, b.rule, b.value) for b in found.broken] == [
        (2, "edxml_broken_message", ""), (3, "edxml_none_message", ""), (4, "xml_declares_message", "")]  # fmt: skip
    assert "bản tin thứ 2" in found.broken[0].message


# What is refused

BILLION = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><edXML>&b;</edXML>'
OUTSIDE = '<?xml version="1.0"?><!DOCTYPE a SYSTEM "file:///etc/passwd"><edXML/>'


@pytest.mark.parametrize(("content", "reason"), [
    (BILLION, "xml_declares"), (OUTSIDE, "xml_declares"), (BILLION.encode("utf-16"), "xml_declares"),
    (DOCUMENT[:1500], "edxml_broken"), ("<edXML/>", "edxml_none"), ("không phải XML", "edxml_broken"),
    ("<a>" * 80 + "</a>" * 80, "too_deep"), (zipped(), "no_rows"), (b"PK\x03\x04cut", "truncated"),
    (zipped(zipped(DOCUMENT)), "nested_archive"), (b"", "empty_file"),
])  # fmt: skip
def test_what_is_no_sound_message_is_refused_with_its_reason(content: str | bytes, reason: str) -> None:
    assert refusal(content) == reason


def test_sizes_are_limited_before_anything_is_read() -> None:
    small = Layout(parser="edxml", options={"max_mb": 0.01})
    for content in (DOCUMENT.encode() * 10, zipped(DOCUMENT + " " * 100_000)):
        with pytest.raises(Unreadable) as refused:
            parse("vb.xml", content, small)
        assert refused.value.reason in ("too_large", "zip_bomb")
    with pytest.raises(Unreadable, match="giải nén ra lớn"):
        parse("goi.zip", zipped(b"<a>" + b" " * 30_000_000), Layout(parser="edxml", options={"max_mb": 1}))


# What is never kept


def secret(text: str, mark: str = "<SecurityLevel>Mật</SecurityLevel>") -> str:
    hidden = text.replace("192/KH-UBND", "193/KH-MAT").replace(">192<", ">193<").replace(">KH-UBND<", ">KH-MAT<")
    return hidden.replace("cháy rừng", "chuyện kín").replace("<DueDate>", f"{mark}<DueDate>")


def everything(content: bytes) -> bytes:
    if not content.startswith(b"PK"):
        return content
    archive = zipfile.ZipFile(io.BytesIO(content))
    return b"".join(name.encode() + archive.read(name) for name in archive.namelist())


@pytest.mark.parametrize("pack", [lambda *t: zipped(*t, names=("Lê Văn Kín.xml", "b.xml")), lambda *t: t[0].encode()])
def test_the_cleaned_file_holds_header_fields_only_and_reads_the_same(pack: object) -> None:
    content: bytes = pack(DOCUMENT, STATUS)  # type: ignore[operator]
    cleaned = cleaned_edxml("vb", content, LAYOUT)
    assert not [word for word in PERSONAL if word.encode() in everything(cleaned)]
    of_document = pl.col("message") == "document"
    found, kept = (parse("vb", c, LAYOUT).frame for c in (content, cleaned))
    assert kept.filter(of_document).equals(found.filter(of_document))
    assert kept.drop("code", "document_id").equals(found.drop("code", "document_id"))


def test_of_a_report_the_number_it_is_about_is_not_kept() -> None:
    assert b"192" not in cleaned_edxml("tt.xml", STATUS.encode(), LAYOUT)


@pytest.mark.parametrize("mark", [
    "<SecurityLevel>Mật</SecurityLevel>", "<Secret>2</Secret>", "<DoMat>Tối mật</DoMat>",
    "<Confidential>true</Confidential>",
])  # fmt: skip
def test_a_secret_document_leaves_nothing_but_a_count(mark: str) -> None:
    report = STATUS.replace("192/KH-UBND", "193/KH-MAT")
    content = zipped(DOCUMENT, secret(DOCUMENT, mark), report)
    found, cleaned = parse("goi.zip", content, LAYOUT), cleaned_edxml("goi.zip", content, LAYOUT)
    assert (found.frame["_row"].to_list(), found.notes) == ([1, 1, 1], {"secret": "1"})
    for word in ("193", "MAT", "chuyện kín"):
        assert word not in str(found.frame.to_dicts()) and word.encode() not in everything(cleaned)


@pytest.mark.parametrize("mark", ["<SecurityLevel>Thường</SecurityLevel>", "<Secret>0</Secret>", "<SecurityLevel/>"])
def test_a_document_marked_ordinary_is_ordinary(mark: str) -> None:
    assert read(DOCUMENT.replace("<DueDate>", f"{mark}<DueDate>")).frame.equals(read(DOCUMENT).frame)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from([DOCUMENT, STATUS]), st.integers(0, 2500), st.binary(max_size=6))
def test_any_damage_gives_rows_or_a_reason(text: str, at: int, damage: bytes) -> None:
    content = text.encode()
    try:
        read(content[:at] + damage + content[at + len(damage) :])
    except Unreadable as refused:
        assert refused.message
