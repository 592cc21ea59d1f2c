"""Cases, beds and covers from their files to their figures; nothing that names a person is stored anywhere."""

import base64
import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from config.registry import load_registry
from config.settings import settings
from data_access import ledger
from data_access.database import reading
from data_access.facts import fact_table, history_table
from data_access.ingestion import raw_store
from data_access.ingestion.parsers.bhyt import cleaned_bhyt, parse_bhyt
from data_access.ingestion.parsing import Layout, Unreadable
from data_access.ingestion.pipeline import Delivery, Receipt
from services import health
from services.access import Viewer
from services.alerts import evaluate, open_alerts
from services.indicators import NotEntitled, figure, figures, states
from services.methods.health import disease_of, due_of, place_of
from services.methods.health_terms import diseases, facilities, new_places
from services.names import name_of
from services.rows import rows
from services.trace import trace
from tests.core.deliveries import take_in, utc
from tests.core.test_personal_fields import everything

CDC = Viewer("cdc", "department", None, frozenset({"health"}), "cdc")
ANALYST = Viewer("a", "analyst", None, None)
HEAD = ("ma_ca,benh,icd10,ho_ten,so_dinh_danh,ngay_sinh,dien_thoai,gioi,xa,nhom_tuoi,tiem_chung,chan_doan,"
        "ngay_khoi_phat,thoi_diem_chan_doan,thoi_diem_bao_cao,ma_o_dich,dieu_tri,ket_qua_cuoi,don_vi_bao_cao")
NAME, IDENTITY, BIRTH, PHONE = "Trịnh Thị Kín", "038190001234", "07/03/1990", "0912345678"
CARD, ADDRESS = "GD4383812345678", "Số 12 ngõ Giấu"


def case(number: int, icd: str = "B08.4", place: str = "14797", diagnosed: str = "2026-11-16 09:00",
         reported: str = "2026-11-16 15:00", onset: str = "2026-11-15", **more: str) -> str:  # fmt: skip
    who = f"{NAME},{IDENTITY},{BIRTH},{PHONE}"
    return (f"TH-{number:05d},Tay chân miệng {PHONE},{icd},{who},2,{place},0-4,khong,"
            f"lam_sang_nghi_ngo,{onset},{diagnosed},{reported},{more.get('cluster', '')},noi_tru,"
            f"{more.get('outcome', '')},{more.get('by', '38001')}")  # fmt: skip


def reported(*lines: str, name: str = "ca_benh.csv", head: str = HEAD) -> Receipt:
    (receipt,) = take_in(Delivery(name, "\n".join([head, *lines]).encode()), source="case_reports")
    return receipt


# Clocks and codes

@pytest.mark.parametrize(("hours", "due"), [(24, datetime(2026, 11, 24, 9)), (48, datetime(2026, 11, 25, 9)),
                                            (0, datetime(2026, 12, 2))])  # fmt: skip
def test_measles_dengue_and_influenza_of_one_morning_have_three_clocks(hours: int, due: datetime) -> None:
    at = pl.DataFrame({"at": [utc(datetime(2026, 11, 23, 9))], "hours": [hours]})
    assert at.select(due_of(pl.col("at").cast(pl.Datetime("us", "UTC")), pl.col("hours"))).item() == utc(due)


def test_a_code_means_the_commune_of_its_day() -> None:
    """14758 was the ward Đông Thọ, most of which went to Hạc Thành; since 01/07/2025 it is the ward Hàm Rồng."""
    days = pl.DataFrame({"code": ["14758", "14758", "14755", "14755", "99999"],
                         "day": [datetime(2025, 6, 30), datetime(2025, 7, 1), datetime(2025, 6, 30),
                                 datetime(2025, 7, 1), datetime(2025, 6, 30)]})  # fmt: skip
    found = days.select(place_of(pl.col("code"), pl.col("day").dt.date())).to_series().to_list()
    assert found == ["14797", "14758", "14758", None, None]


def test_a_disease_is_told_by_the_longest_beginning_of_its_code() -> None:
    codes = pl.DataFrame({"icd": ["A97.0", "B05.9", "G00.2", "a92.0", "J11.1", "B54", "I10"]})
    assert codes.select(disease_of(pl.col("icd"))).to_series().to_list() == [
        "sot_xuat_huyet", "soi", "lien_cau_lon", "chikungunya", "cum", "sot_ret", None]  # fmt: skip


# Cases

def test_late_reports_are_counted_by_their_clock(store: str) -> None:
    receipt = reported(
        case(1, "B05", reported="2026-11-17 09:00"), case(2, "B05", reported="2026-11-17 09:01"),
        case(3, "A97.0", reported="2026-11-18 09:00"), case(4, "A97.0", reported="2026-11-18 10:00"),
        case(5, "J10", diagnosed="2026-11-12 09:00", onset="2026-11-11", reported="2026-11-17 23:59"),
        case(6, "J10", diagnosed="2026-11-12 09:00", onset="2026-11-11", reported="2026-11-18 00:01"),
    )  # fmt: skip
    assert (receipt.status, receipt.rows_kept) == ("accepted", 6), receipt.rejects
    week: dict[str, Any] = {"period": "2026-W47"}
    assert [figure(f"hlt_late_{c}", **week).value for c in ("24h", "48h", "week")] == [1, 1, 1]
    assert (figure("hlt_on_time_pct", **week).value, figure("hlt_reports", **week).value) == (50, 6)
    assert figure("hlt_cases", period="2026-11", where={"disease": "cum"}).value == 2


def test_before_july_2026_the_older_clock_holds(sqlite_store: str) -> None:
    reported(case(1, "A97.0", diagnosed="2026-06-30 09:00", onset="2026-06-29", reported="2026-07-01 10:00"),
             case(2, "A97.0", diagnosed="2026-07-01 09:00", onset="2026-06-30", reported="2026-07-02 10:00"))
    assert figure("hlt_on_time_pct", period="2026-07").value == 50


def test_a_case_told_again_is_one_case_and_its_outcome_counts(sqlite_store: str) -> None:
    reported(case(1))
    reported(case(1, outcome="tu_vong"), name="ca_benh_2.csv")
    assert (figure("hlt_cases", period="2026-11").value, figure("hlt_deaths", period="2026-11").value) == (1, 1)


def test_history_is_read_by_the_old_communes(sqlite_store: str) -> None:
    reported("TH-90001,B08.4,14758,2024-11-05,2024-11-07 08:00", "TH-90002,B08.4,14761,2024-11-05,2024-11-07 08:00",
             name="lich_su.csv", head="ma_ca,icd10,xa,ngay_khoi_phat,thoi_diem_bao_cao")  # fmt: skip
    found = figures("hlt_cases", by="place", period="2024-11", viewer=CDC).frame.filter(pl.col("value") > 0)
    assert dict(found.select("key", "value").iter_rows()) == {"14797": 1, "14758": 1}


def test_wrong_cases_are_refused_row_by_row_without_telling_who(sqlite_store: str) -> None:
    good = [case(n) for n in range(10, 30)]
    receipt = reported(*good, case(1, place="14755"), case(2, icd="I10"), case(3, reported="2026-11-14 08:00"))
    assert (receipt.status, receipt.rows_rejected) == ("partly", 3)
    said = " ".join(r["message"] for r in receipt.rejects)
    assert "Mã xã 14755 không có hiệu lực" in said and "I10 không thuộc danh mục" in said and "trước ngày khởi" in said
    assert NAME not in str(receipt.rejects)


def test_no_trace_of_a_patient_is_left_anywhere(store: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for spoiled in (False, True):
        tell_of_patients(spoiled)
    kept = everything(settings().data_dir) + caplog.text.encode() + str(_tables()).encode()
    for told in (NAME, IDENTITY, BIRTH, "199003070000", PHONE, CARD, ADDRESS, "LK-0001"):
        assert told.encode() not in kept, told
        assert base64.b64encode(told.encode())[:12] not in kept, told


def tell_of_patients(spoiled: bool) -> None:
    """Send cases and insurance records full of what names a person; `spoiled`: in cells where it is not expected."""
    lines = [case(n) for n in range(1, 20)]
    if spoiled:
        lines[3] = lines[3].replace(",14797,", ",xa nào,")
        lines[5] += f",{NAME},{IDENTITY}"
    head = HEAD + ",ten_nguoi_nha,dia_chi"
    receipt = reported(*(f"{line},{NAME},{ADDRESS}" for line in lines), head=head, name=f"ca_{spoiled}.csv")
    assert receipt.status in ("accepted", "partly", "refused")
    visit = {"HO_TEN": NAME, "SO_CCCD": IDENTITY, "NGAY_SINH": "199003070000", "MA_THE_BHYT": CARD,
             "DIA_CHI": ADDRESS, "DIEN_THOAI": PHONE, "CHAN_DOAN_RV": f"Sởi, {NAME}",
             "MAXA_CU_TRU": NAME if spoiled else "14797"}  # fmt: skip
    take_in(Delivery("38001.xml", giamdinhhs([summary(**visit)])), source="bhyt_xml")
    take_in(Delivery("38001b.xml", giamdinhhs([f"<TONG_HOP><HO_TEN>{NAME}</HO_TEN>"])), source="bhyt_xml")
    take_in(Delivery("38001c.xml", f"<GIAMDINHHS><X>{NAME}</X>{IDENTITY}".encode()), source="bhyt_xml")


def _tables() -> list[object]:
    """Return every row of the facts and of the ledger, since a server's files are not in the data directory."""
    found: list[object] = []
    with reading() as connection:
        for fact in ("case_report", "bhyt_visit"):
            for table in (fact_table(fact), history_table(fact)):
                found += [tuple(row) for row in connection.execute(table.select())]
        found += [tuple(row) for row in connection.execute(ledger.reject.select())]
        found += [tuple(row) for row in connection.execute(ledger.batch.select())]
    return found


# Small cells

def outbreak(store: str, count: int, place: str = "14797") -> None:
    """Tell of earlier years without a case, and of so many this month."""
    old = ["A-old,B08.4,14764,2018-01-05,2018-01-06 08:00"]
    reported(*old, name="lich_su.csv", head="ma_ca,icd10,xa,ngay_khoi_phat,thoi_diem_bao_cao")
    now = datetime.now(UTC).astimezone().strftime("%Y-%m-%d %H:%M")
    reported(*(case(n, place=place, onset=now[:10], diagnosed="", reported=now) for n in range(count)), name="nay.csv")


def test_counts_of_one_to_four_are_told_only_to_those_entitled(sqlite_store: str) -> None:
    reported(*(case(n) for n in range(3)), *(case(10 + n, place="14758") for n in range(7)),
             *(case(30 + n, place="14812") for n in range(2)))  # fmt: skip
    asked: dict[str, Any] = {"by": "place", "period": "2026-11"}
    shown = {v.user: dict(figures("hlt_cases", viewer=v, **asked).frame.select("key", "value").iter_rows())
             for v in (CDC, ANALYST)}  # fmt: skip
    assert [shown["cdc"][p] for p in ("14797", "14758", "14812", "14818")] == [3, 7, 2, 0]
    assert [shown["a"][p] for p in ("14797", "14758", "14812", "14818")] == [None, 7, None, 0]
    assert figure("hlt_cases", place="14797", period="2026-11", viewer=ANALYST).hidden
    assert figure("hlt_cases", period="2026-11", viewer=ANALYST).value == 12
    assert health.curve(ANALYST, "tay_chan_mieng", "14797").weeks["limit"].null_count() == health.CURVE_WEEKS
    whole = figure("hlt_cases", period="2026-11", viewer=ANALYST)
    assert trace(whole.id, ANALYST).rows == [] and len(trace(whole.id, CDC).rows) == 12
    with pytest.raises(NotEntitled):
        rows("case_report", ANALYST)
    assert rows("case_report", CDC).total == 12


@pytest.mark.parametrize(("count", "told"), [(3, "few"), (4, "few"), (6, "outbreak")])
def test_what_is_said_of_a_commune_never_betrays_a_small_count(sqlite_store: str, count: int, told: str) -> None:
    outbreak(sqlite_store, count)
    found = states("hlt_signals")
    own = health.pairs(found, CDC).row(0, named=True)
    assert (own["kind"], own["count"], own["month"]) == ("outbreak", count, count)
    seen = health.pairs(found, ANALYST).row(0, named=True)
    assert (seen["kind"], seen["count"]) == (told, count if count > 4 else None)
    assert not {"month", "week", "recent", "usual", "case", "level", "low_base"} & set(seen)
    evaluate()
    said = [a for a in open_alerts(ANALYST, "health") if a.place == "14797" or "Hạc Thành" in a.subject_vi]
    assert bool(said) == (count > 4)


def test_the_kind_of_a_small_cell_is_the_same_whatever_starts_there() -> None:
    frame = pl.DataFrame({"place": ["1", "2", "3", "4"], "disease": "cum", "week": [1, 2, 0, 0], "month": [4, 2, 6, 1],
                          "recent": [4, 2, 3, 1], "kind": ["outbreak", "none", "signal", "low_base"],
                          "count": [4, None, 3, None], "signal": [True, False, True, False]})  # fmt: skip
    assert health._silenced(frame)["kind"].to_list() == ["few"] * 4


def test_the_false_alarms_are_measured_over_the_pairs_watched(sqlite_store: str) -> None:
    reported(case(1))
    measured = health.false_alarms()
    assert measured.pairs == 166 * len(health.endemic())
    assert measured.expected == pytest.approx(measured.share * measured.pairs)
    assert measured.share < 0.001


# Beds

BEDS = "ma_cskcb,ngay,giuong_kh,giuong_tk,nguoi_benh_dau_ngay,vao,ra,chuyen,tu_vong,tho_may"


def beds(*lines: str, name: str = "giuong.csv") -> Receipt:
    (receipt,) = take_in(Delivery(name, "\n".join([BEDS, *lines]).encode()), source="bed_reports")
    return receipt


def test_use_of_beds_and_stay_of_a_month(store: str) -> None:
    """39.680 patient days, 31 days, 1.200 planned and 1.500 in place: 106,67 %, 85,33 %, 5.800 leave: 6,84 days."""
    days = [f"38001,2026-10-{d:02d},1200,1500,1280,{187 + 3 * (d == 31)},{187 + 3 * (d == 31)},0,0,4"
            for d in range(1, 32)]  # fmt: skip
    assert beds(*days).status == "accepted"
    october: dict[str, Any] = {"period": "2026-10", "where": {"facility": "38001"}}
    assert figure("hlt_planned_use_pct", **october).value == pytest.approx(106.67, abs=0.005)
    assert figure("hlt_bed_use_pct", **october).value == pytest.approx(85.33, abs=0.005)
    assert figure("hlt_stay_days", **october).value == pytest.approx(6.84, abs=0.005)


def test_a_hospital_over_its_beds_is_full_and_a_silent_one_is_not(sqlite_store: str) -> None:
    today, old = datetime.now(UTC).strftime("%Y-%m-%d"), "2026-01-05"
    beds(f"38001,{today},100,100,104,4,2,0,0,1", f"38002,{today},100,100,90,4,2,0,0,1",
         f"38003,{old},10,10,30,1,1,0,0,0")
    assert (figure("hlt_full_hospitals").value, figure("hlt_silent_hospitals").value) == (1, 1)


def test_wrong_beds_are_refused(sqlite_store: str) -> None:
    good = [f"38{n:03d},2026-11-20,100,100,90,9,9,0,0,1" for n in range(1, 12)]
    receipt = beds(*good, "39999,2026-11-20,1,1,1,0,0,0,0,0", "38101,2026-11-20,100,100,10,0,20,0,0,0")
    said = [r["message"] for r in receipt.rejects]
    assert (receipt.status, receipt.rows_rejected) == ("partly", 2)
    assert "39999 không có trong danh mục" in said[0] and "nhiều hơn số người bệnh có mặt" in said[1]


# Insurance records

def summary(number: str = "LK-0001", **more: str) -> str:
    told = {"MA_LK": number, "MA_LOAI_KCB": "03", "MA_DOITUONG_KCB": "1.11", "MAXA_CU_TRU": "14797", "MA_BENH_CHINH":
            "A97.0", "NGAY_VAO": "202611170800", "NGAY_RA": "202611201000", "SO_NGAY_DTRI": "4", "T_TONGCHI_BV":
            "1500000.50", "T_BHTT": "1200000", **more}  # fmt: skip
    return "<TONG_HOP>" + "".join(f"<{k}>{v}</{k}>" for k, v in told.items()) + "</TONG_HOP>"


def giamdinhhs(contents: list[str], form: str = "base64", hospital: str = "38001") -> bytes:
    def held(text: str) -> str:
        whole = f'\ufeff<?xml version="1.0" encoding="utf-8"?>{text}'
        match form:
            case "base64":
                return base64.b64encode(whole.encode()).decode()
            case "nested":
                return text
        return whole.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

    records = "".join(f"<HOSO><FILEHOSO><LOAIHOSO>XML1</LOAIHOSO><NOIDUNGFILE>{held(c)}</NOIDUNGFILE></FILEHOSO>"
                      f"<FILEHOSO><LOAIHOSO>XML7</LOAIHOSO><NOIDUNGFILE>{NAME}</NOIDUNGFILE></FILEHOSO></HOSO>"
                      for c in contents)  # fmt: skip
    return (f'<?xml version="1.0" encoding="UTF-8"?><GIAMDINHHS><THONGTINDONVI><MACSKCB>{hospital}</MACSKCB>'
            f"</THONGTINDONVI><THONGTINHOSO><NGAYLAP>202611201030</NGAYLAP><SOLUONGHOSO>1</SOLUONGHOSO><DANHSACHHOSO>"
            f"{records}</DANHSACHHOSO></THONGTINHOSO><CHUKYDONVI/></GIAMDINHHS>").encode()  # fmt: skip


LAYOUT = Layout(parser="bhyt")


def test_the_three_forms_of_a_record_are_one() -> None:
    found = [parse_bhyt("x.xml", giamdinhhs([summary()], form), LAYOUT).frame for form in ("base64", "nested", "text")]
    assert found[0].equals(found[1]) and found[1].equals(found[2])
    row = found[0].row(0, named=True)
    assert (row["MA_LOAI_KCB"], row["MA_DOITUONG_KCB"], row["T_TONGCHI_BV"]) == ("03", "1.11", "1500000.50")
    assert row["MA_LK"].startswith("#") and "LK" not in row["MA_LK"]


def test_a_cleaned_delivery_reads_the_same_and_stays_so() -> None:
    whole = giamdinhhs([summary(), "<TONG_HOP>", summary("LK-0002", MA_BENH_CHINH=CARD)])
    clean = cleaned_bhyt("x.xml", whole, LAYOUT)
    before, after = parse_bhyt("x.xml", whole, LAYOUT), parse_bhyt("x.xml", clean, LAYOUT)
    assert before.frame.equals(after.frame) and before.frame["_row"].to_list() == [1, 3]
    assert cleaned_bhyt("x.xml", clean, LAYOUT) == clean
    assert CARD not in clean.decode() and before.frame["MA_BENH_CHINH"].to_list() == ["A97.0", None]
    assert [b.row for b in before.broken] == [2] and before.broken[0].value == ""


@pytest.mark.parametrize("content", [
    b"<GIAMDINHHS>", b"<OTHER/>", b"<!DOCTYPE x [<!ENTITY a 'b'>]><GIAMDINHHS>&a;</GIAMDINHHS>", b"\x00\x01",
])  # fmt: skip
def test_what_is_no_delivery_is_refused_with_its_remedy(content: bytes) -> None:
    with pytest.raises(Unreadable, match="xuất lại"):
        parse_bhyt("x.xml", content, LAYOUT)


def test_records_become_visits_transfers_and_costs(store: str) -> None:
    contents = [summary("A"), summary("B", MA_NOI_DEN="38002", MA_LOAI_KCB="01"), summary("C", MAXA_CU_TRU="00001")]
    (receipt,) = take_in(Delivery("38001.xml", giamdinhhs(contents)), source="bhyt_xml")
    assert (receipt.status, receipt.rows_kept) == ("accepted", 3), receipt.rejects
    november: dict[str, Any] = {"period": "2026-11"}
    assert figure("hlt_visits", **november).value == 3
    assert figure("hlt_visit_transfer_pct", **november).value == pytest.approx(100 / 3)
    assert figure("hlt_paid_per_visit", **november).value == 1_200_000
    assert rows("bhyt_visit", CDC).rows["home"].sort().to_list() == ["", "14797", "14797"]
    held = raw_store.path_of(receipt.sha256)
    assert isinstance(held, Path) and NAME.encode() not in everything(settings().data_dir)


# Covers

def test_covers_and_stations_by_commune(store: str) -> None:
    cover = "thang,ma_xa,the_con_han,dan_so\n2026-10-31,14797,190000,197142\n2026-10-31,Phường Hàm Rồng,60000,63166\n"
    shots = "thang,ma_xa,tiem_du,doi_tuong\n2026-10-31,14797,93,100\n2026-10-31,14758,3,4\n"
    assert take_in(Delivery("b.csv", cover.encode()), source="bhyt_cover")[0].status == "accepted"
    assert take_in(Delivery("t.csv", shots.encode()), source="vaccination")[0].status == "accepted"
    assert figure("hlt_bhyt_pct", period="2026-10").value == pytest.approx(250_000 / 260_308 * 100)
    shown = dict(figures("hlt_vaccinated_pct", by="place", period="2026-10", viewer=ANALYST).frame
                 .select("key", "value").iter_rows())  # fmt: skip
    assert shown["14758"] is None
    assert figure("hlt_vaccinated_pct", place="14758", period="2026-10", viewer=CDC).value == 75


@pytest.mark.parametrize(("source", "text", "said"), [
    ("bhyt_cover", "thang,ma_xa,the_con_han,dan_so\n2026-10-31,14797,1000,900\n", "lớn hơn dân số"),
    ("vaccination", "thang,ma_xa,tiem_du,doi_tuong\n2026-10-31,14797,10,9\n", "lớn hơn số đối tượng"),
])  # fmt: skip
def test_covers_beyond_all_are_refused(sqlite_store: str, source: str, text: str, said: str) -> None:
    (receipt,) = take_in(Delivery("x.csv", text.encode()), source=source)
    assert receipt.status == "refused" and said in receipt.rejects[0]["message"]


def test_every_count_of_persons_hides_small_cells() -> None:
    domain = load_registry().domains["health"]
    persons = {"case_report"}
    for indicator in domain.indicators:
        measured = getattr(indicator.origin, "measure", None)
        if measured and indicator.origin.fact in persons:  # type: ignore[union-attr]
            assert indicator.hide_below == 5, indicator.id
    assert {i.hide_below for i in domain.indicators if i.id == "hlt_vaccinated_pct"} == {5}


def test_catalogues_agree() -> None:
    places = set(load_registry().places)
    assert (facilities().height, set(facilities()["place"]) <= places) == (38, True)
    assert len(new_places()) == 547 and set(new_places().values()) == places
    assert set(diseases()["clock_hours"]) == {0, 24, 48}
    for disease in diseases()["disease"]:
        assert name_of("disease", disease)["vi"] != disease
