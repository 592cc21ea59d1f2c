"""Fishing vessels: what the agencies' files become, what the duty officer is told, at any moment."""

import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import xlsxwriter

from config.registry import load_registry
from config.sea import load_sea
from config.settings import CONFIG
from data_access.ingestion.pipeline import Delivery, Receipt, ingest
from services import vessels
from services.access import CITIZEN
from services.demo import vessels as agencies
from services.demo.plan import Plan
from services.indicators import NotEntitled, QuestionError, figure, figures
from services.methods.catalogue import METHODS
from services.methods.vessels import vessel_day_reporting

AIS = Path(__file__).parents[1] / "data" / "ais" / "nmea_data_sample.txt"
PORTS = CONFIG / "reference_data" / "fishing" / "fishing_ports_north.csv"
NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)

REGISTER_HEADER = [
    "Số đăng ký", "Ngày đăng ký", "Chủ tàu", "Lmax (m)", "Công suất (kW)", "Nghề", "Cảng đăng ký", "Xã, phường",
    "Số GPKT", "GPKT đến ngày", "Đăng kiểm đến ngày", "Nhà cung cấp VMS", "Mã thiết bị VMS", "MMSI",
]  # fmt: skip
REGISTER = [
    ["TH-00001-TS", "03/04/2015", "Nguyễn Văn A", 24.5, 600, "Lưới vây", "Cảng Lạch Hới", "Phường Sầm Sơn",
     "MP-1", "22/11/2026", "01/06/2027", "VMS-A", "D1", "574000001"],
    ["TH-00002-TS", "03/04/2016", "Nguyễn Văn B", 16, 300, "Lưới kéo", "Cảng Lạch Bạng", "Phường Hải Bình",
     "MP-2", "23/11/2026", "01/06/2026", "VMS-A", "D2", None],
    ["TH-00003-TS", "03/04/2017", "Nguyễn Văn C", 15, 250, "Câu", "Cảng Lạch Bạng", "16645",
     "MP-3", "01/01/2028", "01/06/2027", None, None, None],
    ["TH-00004-TS", "03/04/2018", "Nguyễn Văn D", 13.2, 120, "Lưới rê", "Cảng Hoà Lộc", "Xã Vạn Lộc",
     "MP-4", "01/01/2028", "01/06/2027", None, None, None],
    ["TH-00005-TS", "03/04/2019", "Nguyễn Văn E", 8, 30, "Câu", "Cảng Hoà Lộc", "Xã Vạn Lộc",
     "MP-5", "01/01/2028", None, None, None, None],
]  # fmt: skip
AT_LACH_HOI = (19.774, 105.9)
NAF_START = "//SR//FR/VNM//TM/POS"
FACT_SHEET = (
    "//SR//AD/FRA//FR/GBR//RD/20201006//RT/2141//FS/GBR//RC/MGXR6//IR/GBROOC21250//DA/20201006//TI/1625"
    "//LT/53.254//LG/.940//SP/96//CO/8//TM/POS//ER//"
)


def take(source: str, name: str, content: bytes | str, at: datetime = NOW) -> Receipt:
    raw = content.encode() if isinstance(content, str) else content
    return ingest(load_registry().sources[source], [Delivery(name, raw)], METHODS, at)[0]


def workbook(rows: list[list[Any]], header: list[str] = REGISTER_HEADER) -> bytes:
    memory = io.BytesIO()
    book = xlsxwriter.Workbook(memory, {"in_memory": True})
    sheet = book.add_worksheet("Tàu cá")
    for number, row in enumerate([header, *rows]):
        sheet.write_row(number, 0, row)
    book.close()
    return memory.getvalue()


def vms(*fixes: tuple[str, datetime, float, float, float], provider: str = "VMS-A") -> str:
    lines = ["vessel_reg,device_id,provider,fix_time_utc,lat,lon,speed_kn,course_deg,source"]
    lines += [
        f"{v},D,{provider},{t:%Y-%m-%dT%H:%M:%SZ},{lat},{lon},{kn},90,SAT" for v, t, lat, lon, kn in fixes
    ]
    return "\n".join(lines)


def before(hours: float) -> datetime:
    return NOW - timedelta(hours=hours)


def said(receipt: Receipt) -> list[tuple[int, str, str]]:
    return [(r["row"], r["column"], r["rule"]) for r in receipt.rejects]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let it be 15:00 on 23/11/2026 in Thanh Hóa."""
    for module in ("services.indicators", "services.answers", "services.vessels"):
        monkeypatch.setattr(f"{module}.now", lambda: NOW)


@pytest.fixture
def sea(store: str, clock: None) -> None:
    """Take in the ports, the register, and one vessel of each kind."""
    take("fishing_ports", "cang.csv", PORTS.read_bytes())
    take("vessel_registry", "tau_ca.xlsx", workbook(REGISTER))
    take("vessel_vms", "a.csv", vms(
        ("TH-00001-TS", before(30), *AT_LACH_HOI, 0), ("TH-00002-TS", before(9), 18.9, 106.9, 3),
        ("TH-00003-TS", before(1), 19.0, 107.1, 3), ("TH-00004-TS", before(2), 19.0, 107.3, 4),
        ("TH-00005-TS", before(250), 18.8, 106.8, 2), ("TH-09999-TS", before(5), 18.9, 106.8, 2),
        ("NA-90001-TS", before(1), 18.8, 106.7, 3), provider="VMS-A",
    ))  # fmt: skip


# Ports


def test_lach_bang_is_caught_by_the_contract_and_repaired_by_a_declared_correction(store: str) -> None:
    receipt = take("fishing_ports", "cang.csv", PORTS.read_bytes())
    assert (receipt.status, receipt.rows_read, receipt.rows_kept) == ("accepted", 63, 63)
    listed = vessels.ports().filter(pl.col("code") == "CLB").row(0, named=True)
    assert (listed["lat"], listed["lon"], listed["place"], listed["scope"]) == (
        19.38,
        105.79,
        "16645",
        "inside",
    )
    assert figure("vessel_ports_active", period="2026-11").value == 4
    assert vessels.ports().filter(scope="outside").height == 58


def test_a_correction_repairs_only_the_value_that_it_expects(store: str) -> None:
    header, *lines = PORTS.read_text("utf-8").splitlines()
    wrong = next(line for line in lines if line.startswith("CLB"))
    still_wrong = wrong.replace("9.804813", "9.804814")
    others = [line for line in lines if line != wrong]
    receipt = take("fishing_ports", "cang.csv", "\n".join([header, *others, still_wrong]))
    assert (receipt.status, receipt.rows_rejected, receipt.rejects[0]["rule"]) == (
        "partly",
        1,
        "off_the_coast",
    )
    assert "9.804814" in receipt.rejects[0]["message"]
    assert "không nằm ở vùng biển, ven biển Thanh Hóa" in receipt.rejects[0]["message"]
    mended = wrong.replace("9.804813", "19.3791").replace("105.092545", "105.7901")
    assert take("fishing_ports", "cang.csv", "\n".join([header, *others, mended])).status == "accepted"
    assert vessels.ports().filter(code="CLB")["lat"].to_list() == [19.3791]


def test_the_list_of_ports_may_repeat_codes_and_lack_positions(store: str) -> None:
    header = "code,name,province,address,lat,lon,active"
    rows = ["AAA,Một,Nghệ An,x,18.8,105.7,true", "AAA,Hai,Cà Mau,x,9.0,104.9,false", "BBB,Ba,Huế,x,,,true"]
    receipt = take("fishing_ports", "ca_nuoc.csv", "\n".join([header, *rows]))
    assert (receipt.status, receipt.rows_kept) == ("accepted", 3)
    assert vessels.ports()["lat"].null_count() == 1


def test_half_a_position_is_no_position(store: str) -> None:
    receipt = take(
        "fishing_ports", "cang.csv", "code,name,province,address,lat,lon,active\nA,B,Huế,x,16.5,,true"
    )
    assert said(receipt)[0] == (2, "lat", "half_a_position")


# Register


def test_the_register_counts_vessels_by_length_place_and_papers(sea: None) -> None:
    assert figure("vessel_registered").value == 5
    assert figure("vessel_15m").value == 3
    share = figure("vessel_vms_share")
    assert (share.numerator, share.denominator) == (2, 3) and share.value == pytest.approx(200 / 3)
    by_class = figures("vessel_registered", by="length_class").frame
    assert dict(by_class.select("key", "value").rows()) == {"06_12": 1, "12_15": 1, "15_24": 2, "24_up": 1}
    by_place = figures("vessel_registered", by="place").frame
    assert by_place.height == 166
    assert by_place["value"].null_count() == 0, "the register tells of every commune: no vessel is zero, not unknown"
    assert dict(by_place.filter(pl.col("value") > 0).select("key", "value").rows()) == {
        "16531": 1,
        "16645": 2,
        "16078": 2,
    }
    assert figure("vessel_registered", period="2016").value == 2


def test_a_paper_is_valid_on_its_last_day_and_expired_the_day_after(sea: None) -> None:
    assert figure("vessel_licence_expired", period="2026-11-22").value == 1
    assert figure("vessel_licence_expired").value == 1
    assert figure("vessel_licence_expired", period="2026-11-21").value == 0
    assert figure("vessel_inspection_expired").value == 1


def test_owners_are_not_taken_in(sea: None) -> None:
    assert "Nguyễn Văn A" not in str(vessels.record("TH-00001-TS"))


def test_a_register_with_slips_names_row_column_and_remedy(store: str) -> None:
    rows = [list(row) for row in REGISTER] + [[f"TH-001{i:02d}-TS", *REGISTER[3][1:]] for i in range(20)]
    rows[0][0], rows[1][3], rows[2][7], rows[3][3] = "TH-1-TS", "14,5", "Xã Hải Thanh cũ", 5.9
    receipt = take("vessel_registry", "tau_ca.xlsx", workbook(rows))
    assert receipt.status == "partly"
    assert said(receipt) == [
        (2, "Số đăng ký", "pattern"), (3, "Lmax (m)", "decimal_comma"), (4, "Xã, phường", "unknown_place"),
        (5, "Lmax (m)", "below_minimum"),
    ]  # fmt: skip
    assert "Dùng dấu chấm" in receipt.rejects[1]["message"]
    refused = take("vessel_registry", "khac.xlsx", workbook(rows, ["Số ĐK", *REGISTER_HEADER[1:]]))
    assert refused.status == "refused" and "Số đăng ký" in str(refused.message)


def test_a_corrected_register_wins_and_the_old_one_can_still_be_asked_for(sea: None) -> None:
    corrected = [[*row[:3], 12.5, *row[4:]] if row[0] == "TH-00003-TS" else row for row in REGISTER]
    take("vessel_registry", "tau_ca_sua.xlsx", workbook(corrected), NOW + timedelta(minutes=5))
    assert figure("vessel_15m").value == 2
    assert figure("vessel_15m", as_of=NOW + timedelta(minutes=1)).value == 3


# Positions


def test_csv_json_and_lines_of_json_are_one_source(store: str, clock: None) -> None:
    record = {"vessel_reg": "TH-00001-TS", "device_id": "D1", "provider": "B", "fix_time_utc": "2026-11-23T06:00:00Z",
              "lat": 19.1, "lon": 106.8, "speed_kn": 4.2, "course_deg": 181, "source": "GSM"}  # fmt: skip
    later = {**record, "fix_time_utc": "2026-11-23 07:00:00"}
    assert take("vessel_vms", "b.json", json.dumps([record])).rows_kept == 1
    assert take("vessel_vms", "B.JSONL", json.dumps(later)).rows_kept == 1
    assert take("vessel_vms", "a.csv", vms(("TH-00001-TS", before(0.5), 19.1, 106.8, 4))).rows_kept == 1
    positions = vessels.track("TH-00001-TS").positions
    assert positions["time"].to_list() == [before(2), before(1), before(0.5)]
    assert positions.select("lat", "speed_kn", "course", "carrier").row(0) == (19.1, 4.2, 181, "GSM")


def test_positions_that_cannot_be_are_refused_row_by_row(store: str) -> None:
    good = [("TH-00001-TS", before(i + 1), 19.0, 106.8, 3.0) for i in range(40)]
    bad = [
        ("TH-00001-TS", before(50), 0.0, 0.0, 0.0), ("TH-00001-TS", before(51), 19.0, 106.8, 41),
        ("TH-00001-TS", NOW + timedelta(hours=2), 19.0, 106.8, 3), ("TH00001", before(53), 19.0, 106.8, 3),
        ("TH-00001-TS", before(1), 19.0, 106.8, 3.0),
    ]  # fmt: skip
    receipt = take("vessel_vms", "a.csv", vms(*good, *bad))
    assert (receipt.status, receipt.rows_kept, receipt.rows_rejected) == ("partly", 40, 5)
    assert [rule for _, _, rule in said(receipt)] == [
        "outside_the_sea", "above_maximum", "future_date", "pattern", "duplicate_key",
    ]  # fmt: skip
    assert "ngoài Biển Đông" in receipt.rejects[0]["message"]
    assert take("vessel_vms", "a.csv", vms(*good, *bad)).status == "duplicate"


def test_naf_messages_become_positions(store: str, clock: None) -> None:
    ours = (
        f"{NAF_START}//XR/TH-00001-TS//IR/D1//DA/20261123//TI/0612//LT/19.250//LG/106.800//SP/96//CO/8//ER//"
    )
    receipt = take("vessel_naf", "naf.txt", f"{ours}\n{FACT_SHEET}")
    assert (receipt.status, receipt.rows_kept) == ("accepted", 2)
    row = vessels.track("TH-00001-TS").positions.row(0, named=True)
    assert (row["time"], row["lat"], row["lon"], row["speed_kn"], row["course"]) == (
        datetime(2026, 11, 23, 6, 12, tzinfo=UTC), 19.25, 106.8, 9.6, 8,
    )  # fmt: skip
    until = datetime(2020, 10, 7, tzinfo=UTC)
    foreign = vessels.track("GBROOC21250", until=until).positions
    assert foreign.select("time", "lat", "lon", "speed_kn", "course").row(0) == (
        datetime(2020, 10, 6, 16, 25, tzinfo=UTC), 53.254, 0.94, 9.6, 8,
    )  # fmt: skip
    assert vessels.fleet()["vessel"].to_list() == ["TH-00001-TS"]


def test_broken_naf_messages_are_rejects(store: str) -> None:
    good = [f"{NAF_START}//XR/TH-00001-TS//DA/20261123//TI/0{i}00//LT/19.2//LG/106.8//ER//" for i in range(8)]
    no_end = f"{NAF_START}//XR/TH-00001-TS//DA/20261122//TI/0100//LT/19.2//LG/106.8"
    far = f"{NAF_START}//XR/TH-00002-TS//DA/20261122//TI/0100//LT/53.254//LG/0.94//ER//"
    receipt = take("vessel_naf", "naf.txt", "\n".join([*good, no_end, far]))
    assert (receipt.status, [rule for *_, rule in said(receipt)]) == (
        "partly",
        ["naf_end", "outside_the_sea"],
    )


def test_an_ais_log_keeps_whole_messages_and_never_reaches_the_map(store: str, clock: None) -> None:
    receipt = take("vessel_ais", "nmea_data_sample.txt", AIS.read_bytes())
    assert (receipt.rows_read, receipt.rows_kept, receipt.rows_rejected, receipt.status) == (
        898,
        778,
        120,
        "partly",
    )
    assert vessels.ais_on_map().is_empty()
    assert vessels.fleet().is_empty()


def test_ais_of_a_registered_vessel_in_the_gulf_is_shown(sea: None) -> None:
    # pyais encode of type 18, 19.3 N 107.0 E, for MMSI 574000001 (registered) and 574012345 (not)
    import pyais

    def sentence(mmsi: int) -> str:
        return str(
            pyais.encode_dict({"type": 18, "mmsi": mmsi, "lat": 19.3, "lon": 107.0}, talker_id="AI")[0]
        )

    assert take("vessel_ais", "a.ais", "\n".join(map(sentence, (574000001, 574012345)))).rows_kept == 2
    shown = vessels.ais_on_map(NOW + timedelta(minutes=1))
    assert shown.select("vessel", "lat", "lon").rows() == [("TH-00001-TS", 19.3, 107.0)]


# States


def test_every_vessel_has_its_state_and_the_gravest_is_first(sea: None) -> None:
    found = vessels.fleet()
    assert dict(found.select("vessel", "state").rows()) == {
        "TH-00001-TS": "in_port", "TH-00002-TS": "lost_6h", "TH-00003-TS": "at_sea", "TH-00004-TS": "at_sea",
        "TH-00005-TS": "lost_10d", "TH-09999-TS": "late",
    }  # fmt: skip
    assert vessels.duty_list(found)["vessel"].to_list() == [
        "TH-00004-TS", "TH-00005-TS", "TH-00002-TS", "TH-00003-TS", "TH-09999-TS",
    ]  # fmt: skip
    assert vessels.duty_list(found)["concern_name"][0] == "Vượt đường phân định"
    values = {name: figure(f"vessel_{name}").value for name in (
        "at_sea", "in_port", "reporting", "late", "lost_6h", "lost_10d", "near_line", "across_line", "unregistered",
    )}  # fmt: skip
    assert values == {"at_sea": 5, "in_port": 1, "reporting": 2, "late": 1, "lost_6h": 1, "lost_10d": 1,
                      "near_line": 1, "across_line": 1, "unregistered": 1}  # fmt: skip
    assert figure("vessel_connected_share").value == 40


def test_a_vessel_in_port_is_not_lost_however_long_it_is_silent(sea: None) -> None:
    vessel = vessels.fleet(at=NOW + timedelta(days=30)).filter(vessel="TH-00001-TS").row(0, named=True)
    assert (vessel["state"], vessel["port_name"], vessel["concern"]) == ("in_port", "Lạch Hới", "")


def test_states_are_told_of_a_moment_in_the_past(sea: None) -> None:
    take("vessel_vms", "b.csv", vms(*(("TH-00002-TS", before(h), 18.9, 106.9, 3) for h in (1.5, 0.2))))
    assert figure("vessel_lost_6h").value == 0
    then = vessels.fleet(at=before(2)).filter(vessel="TH-00002-TS").row(0, named=True)
    assert (then["state"], then["hours_silent"]) == ("lost_6h", pytest.approx(7))
    assert figure("vessel_lost_6h", period="2026-11-23T12").value == 1
    assert figure("vessel_lost_6h", as_of=NOW - timedelta(seconds=1)).value is None


def test_states_divide_by_what_the_register_and_the_method_know(sea: None) -> None:
    assert figure("vessel_at_sea", place="16645").value == 2
    by_class = figures("vessel_at_sea", by="length_class").frame
    assert dict(by_class.select("key", "value").rows()) == {
        "06_12": 1,
        "12_15": 1,
        "15_24": 2,
        "24_up": 0,
        "": 1,
    }
    assert figure("vessel_lost_6h", where={"vessel": "TH-00002-TS"}).value == 1
    with pytest.raises(QuestionError, match="không chia theo"):
        figures("vessel_at_sea", by="colour")


def test_a_dead_feed_is_not_a_fleet_of_lost_vessels(sea: None) -> None:
    at_sea = [(f"TH-0100{i}-TS", before(8 + i), 18.9, 106.8, 3.0) for i in range(4)]
    take("vessel_vms", "c.csv", vms(*at_sea, provider="VMS-C"))
    assert figure("vessel_lost_6h").value == 1
    assert figure("vessel_feed_silent").value == 4
    assert figures("vessel_feed_silent", by="provider").frame.filter(value=4)["key"].to_list() == ["VMS-C"]


def test_zones_are_for_reference_and_only_while_fishing(sea: None) -> None:
    take(
        "vessel_vms",
        "d.csv",
        vms(("TH-00001-TS", before(1), 19.4, 106.3, 3), ("TH-00002-TS", before(1), 19.4, 106.3, 8)),
    )
    found = vessels.fleet().filter(pl.col("vessel").is_in(["TH-00001-TS", "TH-00002-TS"])).sort("vessel")
    assert found["zone"].to_list() == ["inshore", "inshore"]
    assert found["maybe_wrong_zone"].to_list() == [True, False]
    assert not load_registry().indicators["vessel_wrong_zone"].alerts


def test_a_track_has_its_gaps(store: str, clock: None) -> None:
    take("vessel_vms", "a.csv", vms(*(("TH-00001-TS", before(h), 19.0, 106.8, 3) for h in (20, 18, 8, 6, 4))))
    track = vessels.track("TH-00001-TS", days=1)
    assert (track.received, track.expected) == (5, 9)
    assert track.gaps.select("start", "end", "hours").rows() == [(before(18), before(8), 10.0)]
    with pytest.raises(NotEntitled):
        vessels.track("TH-00001-TS", viewer=CITIZEN)


def test_reporting_counts_days_wholly_at_sea() -> None:
    days = [datetime(2026, 11, d, tzinfo=UTC) for d in (1, 2, 3, 4)]
    rollup = pl.DataFrame(
        {
            "vessel": ["V"] * 4,
            "scope": ["inside"] * 4,
            "period": days,
            "rows": [5, 12, 9, 6],
            "still": [0, 0, 0, 2],
        }
    )
    assert vessel_day_reporting(rollup).select("period", "value").rows() == [
        (days[1], 100.0),
        (days[2], 75.0),
    ]


def test_positions_are_counted_by_local_day(store: str, clock: None) -> None:
    midnight = datetime(2026, 11, 21, 17, tzinfo=UTC)
    fixes = [("TH-00001-TS", midnight + timedelta(hours=h), 19.0, 106.8, 3) for h in range(-4, 24, 2)]
    take("vessel_vms", "a.csv", vms(*fixes))
    assert figure("vessel_positions", period="2026-11-22").value == 12
    assert figure("vessel_positions", period="2026-11-21").value == 2
    assert figure("vessel_reporting_share", period="2026-11-22").value == 100


# The sea and its agencies


def test_the_line_and_the_shelters_are_at_hand() -> None:
    assert len(load_sea().line) == 21
    assert vessels.shelters().filter(name="Lạch Hới")["max_boats"].to_list() == [1000]
    assert {f["properties"]["kind"] for f in vessels.sea_lines()["features"]} == {"gulf_line", "zone_inshore"}


def test_agencies_deliver_the_same_in_one_go_as_day_by_day() -> None:
    until = datetime(2026, 11, 23, 8, 3, tzinfo=UTC)
    start, middle = until - timedelta(days=3), until - timedelta(hours=30)
    whole = list(agencies.deliveries(Plan("small", 1, start, until)))
    parts = [f for w in ((start, middle), (middle, until)) for f in agencies.deliveries(Plan("small", 1, *w))]
    assert whole[0].source == "vessel_registry"  # a longer window opens with the register in force
    assert parts == whole[1:] and len(parts) > 100


def test_the_simulated_fleet_enters_by_the_ordinary_way(store: str) -> None:
    until = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
    files = [*agencies.references(), *agencies.deliveries(Plan("small", 1, until - timedelta(days=3), until))]
    for source in ("fishing_ports", "vessel_registry", "vessel_vms", "vessel_naf"):
        own = [Delivery(f.name, f.content) for f in files if f.source == source]
        receipts = ingest(load_registry().sources[source], own, METHODS, until)
        assert sum(r.status in ("accepted", "partly") for r in receipts) >= 0.9 * len(receipts)
    assert figure("vessel_registered", period="2026-11").value == 60
    assert vessels.fleet(at=until)["is_at_sea"].sum() >= 3
