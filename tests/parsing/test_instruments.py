"""Files of instruments: TT 10/2021 stations, NAF and AIS positions."""

from collections import Counter
from pathlib import Path

import pytest

from data_access.ingestion.parsing import Layout, Unreadable, parse

DATA = Path(__file__).parents[1] / "data"
NAME = "TH_BSON_KHILO2__20261123080500.txt"
TT10, NAF, NMEA = Layout(parser="tt10"), Layout(parser="naf"), Layout(parser="nmea")
FIELDS = ("station", "symbol", "value", "unit", "time", "status", "_row")
COD = "COD\t35.20\tmg/L\t20261123080500\t00"
DUST = "PM2,5\t12,5\tµg/m³\t20261123080500\t01"
SR = "//SR//AD/FRA//FR/GBR//RD/20201006//RT/2141//FS/GBR//RC/MGXR6//IR/GBROOC21250"
MESSAGE = f"{SR}//DA/20201006//TI/1625//LT/53.254//LG/.940//SP/96//CO/8//TM/POS//ER//"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_tt10_with_a_record_per_line(encoding: str, end: str) -> None:
    parsed = parse(NAME, f"{COD}{end}{DUST}{end}".encode(encoding), TT10)
    assert parsed.frame.select(FIELDS).rows() == [
        ("TH_BSON_KHILO2", "COD", "35.20", "mg/L", "20261123080500", "00", 1),
        ("TH_BSON_KHILO2", "PM2,5", "12,5", "µg/m³", "20261123080500", "01", 2),
    ]
    assert parsed.frame.select("file_province", "file_facility", "file_time").row(0) == (
        "TH", "BSON", "20261123080500",
    )  # fmt: skip


@pytest.mark.parametrize("tail", ["", "\t", "\r\n"])
def test_tt10_with_all_records_on_one_line(tail: str) -> None:
    parsed = parse(NAME, f"{COD}\t{DUST}{tail}".encode(), TT10)
    assert parsed.frame["symbol"].to_list() == ["COD", "PM2,5"]
    assert parsed.frame["status"].to_list() == ["00", "01"]
    assert not parsed.broken


def test_tt10_keeps_what_the_instrument_says_of_itself() -> None:
    parsed = parse(NAME, b"COD\t---\tmg/L\t20261123080500\t02\nTSS\t\tmg/L\t20261123080500\t02", TT10)
    assert parsed.frame["value"].to_list() == ["---", None]


def test_tt10_records_of_other_than_five_fields_are_broken() -> None:
    parsed = parse(NAME, f"{COD}\nTSS\t12\tmg/L\n{COD}\textra\n{DUST}".encode(), TT10)
    assert parsed.frame["_row"].to_list() == [1, 4]
    assert [(fault.row, fault.rule) for fault in parsed.broken] == [(2, "tt10_fields"), (3, "tt10_fields")]
    assert "bản ghi có 3 trường, cần đúng 5" in parsed.broken[0].message
    assert NAME in parsed.broken[0].message


def test_tt10_one_line_that_lost_a_field_is_trusted_up_to_there() -> None:
    parsed = parse(NAME, f"{COD}\t{DUST}\tTSS\tmg/L\t20261123080500\t00\t{COD}".encode(), TT10)
    assert parsed.frame["symbol"].to_list() == ["COD", "PM2,5"]
    assert len(parsed.broken) == 1


def test_tt10_station_names_may_hold_an_underscore() -> None:
    frame = parse("to/TH_NSON_NUO_001_20261123080500.TXT", COD.encode(), TT10).frame
    assert frame["station"].to_list() == ["TH_NSON_NUO_001"]


@pytest.mark.parametrize(
    "name",
    ["a.txt", "TH_BSON_20261123080500.txt", "TH_BSON_K1_20261323080500.txt", "TH_BSON_K1_20261123080500.csv"],
)
def test_tt10_name_that_does_not_fit_is_refused(name: str) -> None:
    with pytest.raises(Unreadable, match="Hãy đổi tên tệp") as refused:
        parse(name, COD.encode(), TT10)
    assert (refused.value.reason, name in refused.value.message) == ("tt10_name", True)


def test_naf_message() -> None:
    parsed = parse("a.naf", (MESSAGE + "\n" + MESSAGE + MESSAGE).encode(), NAF)
    row = parsed.frame.row(0, named=True)
    assert (row["RC"], row["IR"], row["XR"], row["message_type"]) == ("MGXR6", "GBROOC21250", None, "POS")
    assert (row["time"], row["lat"], row["lon"]) == ("2020-10-06T16:25:00Z", "53.254", "0.940")
    assert (row["speed_kn"], row["course"]) == ("9.6", "8")
    assert parsed.frame["_row"].to_list() == [1, 2, 2]


@pytest.mark.parametrize(
    ("old", "new", "rule", "words"),
    [
        ("//ER//", "", "naf_end", "thiếu dấu kết thúc //ER//"),
        ("LT/53.254", "LT/5x.2", "naf_number", "trường LT: “5x.2”"),
        ("LT/53.254", "LT/153.2", "naf_number", "không phải số hợp lệ"),
        ("//LT/53.254", "", "naf_number", "trường LT"),
        ("SP/96", "SP/abc", "naf_number", "trường SP"),
        ("TI/1625", "TI/2561", "naf_time", "không phải ngày giờ UTC"),
        ("//SR//AD", "AD", "naf_start", "thiếu dấu mở đầu //SR//"),
    ],
)
def test_a_bad_naf_message_costs_itself_only(old: str, new: str, rule: str, words: str) -> None:
    parsed = parse("tàu.naf", f"{MESSAGE.replace(old, new)}\n{MESSAGE}\n".encode(), NAF)
    assert parsed.frame["_row"].to_list() == [2]
    assert [(fault.row, fault.rule) for fault in parsed.broken] == [(1, rule)]
    assert words in parsed.broken[0].message
    assert "Tệp tàu.naf, dòng 1" in parsed.broken[0].message


def test_the_ais_log_of_898_sentences() -> None:
    parsed = parse("log.txt", (DATA / "ais/nmea_data_sample.txt").read_bytes(), NMEA)
    assert parsed.frame.height == 778
    assert parsed.frame["mmsi"].n_unique() == 167
    assert Counter(fault.rule for fault in parsed.broken) == {"ais_empty": 100, "ais_orphan": 20}
    assert parsed.frame["_row"].is_sorted()


def test_ais_with_comments_tag_blocks_and_parts() -> None:
    parsed = parse("sample.ais", (DATA / "ais/sample.ais").read_bytes(), NMEA)
    rows = {row["_row"]: row for row in parsed.frame.iter_rows(named=True)}
    assert (rows[2]["mmsi"], rows[2]["lat"], rows[2]["lon"]) == ("227006760", "49.475577", "0.131380")
    assert (rows[2]["speed_kn"], rows[2]["course"], rows[2]["nav_status"]) == ("0.0", "36.7", "0")
    whole = rows[13]
    assert (whole["message_type"], whole["time"], whole["lat"]) == ("5", "2015-04-09T23:22:18Z", None)
    assert (whole["mmsi"], whole["name"]) == ("366989380", "MARE ISLAND")
    assert [(fault.row, fault.rule) for fault in parsed.broken] == [
        (10, "ais_sentence"), (12, "ais_checksum"), (17, "ais_sentence"),
    ]  # fmt: skip


def test_ais_times_of_the_logger() -> None:
    frame = parse("t.ais", (DATA / "ais/timestamped.ais").read_bytes(), NMEA).frame
    assert frame.select("_row", "time").rows() == [
        (2, "2008-05-09T00:00:00Z"), (6, None), (8, "2009-05-09T00:00:00Z"), (9, None),
    ]  # fmt: skip


def test_ais_checksum_is_ours_and_what_follows_it_is_ignored() -> None:
    good = "!AIVDM,1,1,,A,13HOI:0P0000VOHLCnHQKwvL05Ip,0*23"
    log = f"{good},r003669945,1234567890\n{good[:-2]}24\n{good.replace('HOI', 'HOJ')}\n"
    parsed = parse("a.ais", log.encode(), NMEA)
    assert parsed.frame.height == 1
    assert [(fault.row, fault.rule) for fault in parsed.broken] == [(2, "ais_checksum"), (3, "ais_checksum")]


@pytest.mark.parametrize(("layout", "reason"), [(NAF, "not_naf"), (NMEA, "not_nmea")])
def test_text_of_another_kind_is_refused(layout: Layout, reason: str) -> None:
    with pytest.raises(Unreadable, match="Hãy kiểm tra lại tệp") as refused:
        parse("lạ.txt", "Kính gửi quý cơ quan".encode(), layout)
    assert refused.value.reason == reason
