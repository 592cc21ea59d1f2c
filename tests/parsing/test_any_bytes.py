"""Whatever bytes arrive, a parser gives records or a reason, never another exception."""

import io
import zipfile

import polars as pl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from config.locale import catalogue, say
from data_access.ingestion.parsing import PARSERS, Layout, Unreadable, parse

NAME = "TH_A_B_20261123080500.txt"
LAYOUTS = [
    *(Layout(parser=parser) for parser in PARSERS),
    Layout(parser="table", columns=["a", "b"]),
    Layout(parser="table", columns=["a", "b"], options={"no_header": True}),
    Layout(parser="json_records", options={"lines": True}),
    Layout(parser="json_records", columns=["a"], options={"path": "a"}),
]
SEEDS = [
    b'a,b\n1,2\n"x\ny",3\n',
    b"//SR//RC/X//DA/20201006//TI/1625//LT/53.2//LG/.9//ER//",
    b"\\c:1428621738*5F\\!AIVDM,1,1,,A,13HOI:0P0000VOHLCnHQKwvL05Ip,0*23\n$PGHP,1,2008,5,9,0,0,0,1",
    b'{"metadata": {"runDateStr": "10102026"}, "provinces": [{"departmentCode": "H56", "rank": 1}]}',
    b'[{"a": {"b": "\\ud800", "c": [1, null]}}]',
    b"COD\t1\tmg/L\t20261123080500\t00\n",
    b"\x1f\x8b\x08\x00",
]


def reads_or_refuses(content: bytes, layout: Layout) -> None:
    try:
        parsed = parse(NAME, content, layout)
    except Unreadable as refused:
        assert refused.message
        return
    assert parsed.frame.columns[-2:] == ["_sheet", "_row"]
    assert set(parsed.frame.drop("_row").dtypes) <= {pl.String}
    assert parsed.frame["_row"].dtype == pl.UInt32


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: f"{layout.parser}{len(layout.columns)}")
@settings(max_examples=120, deadline=None)
@given(
    content=st.one_of(
        st.binary(max_size=300),
        st.text(alphabet='a,b;"\n\t=/\\!*{}[]:01LTSER\ud7ff ', max_size=200).map(str.encode),
        st.tuples(st.sampled_from(SEEDS), st.integers(0, 200), st.binary(max_size=6)).map(
            lambda cut: cut[0][: cut[1]] + cut[2] + cut[0][cut[1] :]
        ),
    )
)
def test_any_bytes(layout: Layout, content: bytes) -> None:
    reads_or_refuses(content, layout)


def _workbook() -> bytes:
    content = io.BytesIO()
    book = xlsxwriter.Workbook(content, {"in_memory": True})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["a", "b"])
    sheet.write_formula(1, 0, "=1+1")
    sheet.write_row(2, 0, ["x", 5])
    book.close()
    return content.getvalue()


BOOK = _workbook()
PARTS = {
    item: zipfile.ZipFile(io.BytesIO(BOOK)).read(item)
    for item in zipfile.ZipFile(io.BytesIO(BOOK)).namelist()
}


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(BOOK) - 1), st.binary(min_size=1, max_size=4))
def test_any_damage_to_a_workbook(at: int, damage: bytes) -> None:
    reads_or_refuses(BOOK[:at] + damage + BOOK[at + len(damage) :], LAYOUTS[len(PARSERS)])


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(["xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"]), st.data())
def test_any_damage_inside_a_workbook(part: str, data: st.DataObject) -> None:
    text = PARTS[part]
    at = data.draw(st.integers(0, len(text)))
    text = text[:at] + data.draw(st.binary(max_size=6)) + text[at + data.draw(st.integers(0, 8)) :]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for item, content in PARTS.items():
            archive.writestr(item, text if item == part else content)
    reads_or_refuses(out.getvalue(), LAYOUTS[len(PARSERS)])


def test_every_message_exists_in_both_languages() -> None:
    entries = {key: entry for key, entry in catalogue().items() if key.startswith("parsing.")}
    assert entries
    for key, entry in entries.items():
        assert set(entry) == {"vi", "en"}, key
    assert "Tệp a.csv" in say("parsing.empty_file", file="a.csv")
