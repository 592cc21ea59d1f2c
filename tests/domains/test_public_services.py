"""Dịch vụ hành chính công: published scores, the dossiers' clock, who sees which rows, and wrong files."""

import io
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import xlsxwriter
from sqlalchemy import func, select

from config.registry import load_registry
from data_access.database import reading
from data_access.facts import fact_table, history_table
from data_access.ingestion.pipeline import Delivery, Receipt, ingest
from services.access import CITIZEN, Viewer
from services.demo.plan import Plan
from services.demo.public_services import HEADERS, deliveries, references
from services.indicators import NotEntitled, figure, figures
from services.methods.catalogue import METHODS
from services.methods.score_766 import NO_INPUTS, PAYMENT_PARTLY_PUBLISHED
from services.question import QuestionError
from services.rows import rows
from services.score_explained import lost_points, score_of

REAL = Path(__file__).parents[2] / "config" / "reference_data"
AT = datetime(2026, 4, 1, 3, tzinfo=UTC)


def deliver(source: str, *files: tuple[str, bytes], at: datetime = AT) -> list[Receipt]:
    declared = load_registry().sources[source]
    return [ingest(declared, [Delivery(*file)], METHODS, at)[0] for file in files]


def real(*names: str) -> list[tuple[str, bytes]]:
    return [(Path(n).name, (REAL / n).read_bytes()) for n in names]


def dossier(number: str, **cells: str) -> list[str]:
    """Return one line of a one-stop list; unnamed cells are those of an ordinary dossier at Hạc Thành."""
    plain = {
        "Mã hồ sơ": number, "Mã TTHC": "1.004873", "Cơ quan giải quyết": "UBND phường Hạc Thành",
        "Xã/phường": "Phường Hạc Thành", "Trạng thái": "10", "Ngày tiếp nhận": "13/02/2026 08:00",
        "Ngày hẹn trả": "25/02/2026", "Ngày kết thúc xử lý": "25/02/2026 16:30", "Người nộp": "Công dân Một",
    }
    named = {"code": "Mã TTHC", "agency": "Cơ quan giải quyết", "place": "Xã/phường", "channel": "Kênh",
             "status": "Trạng thái", "received": "Ngày tiếp nhận", "due": "Ngày hẹn trả",
             "ended": "Ngày kết thúc xử lý", "supplements": "Số lần yêu cầu bổ sung",
             "asked": "Ngày yêu cầu bổ sung", "answered": "Ngày công dân bổ sung", "obliged": "Nghĩa vụ tài chính",
             "paid": "Đã thanh toán trực tuyến", "electronic": "Kết quả điện tử", "paper": "Cần kết quả giấy",
             "rating": "Mức hài lòng", "sorry": "Phiếu xin lỗi"}
    filled = plain | {named[key]: value for key, value in cells.items()}
    return [filled.get(header, "") for header in HEADERS]


def as_csv(*lines: list[str]) -> bytes:
    return "\n".join(";".join(line) for line in (list(HEADERS), *lines)).encode()


def as_excel(*lines: list[str], sheets: tuple[str, ...] = ("HoSo",), header: tuple[str, ...] = HEADERS) -> bytes:
    held = io.BytesIO()
    book = xlsxwriter.Workbook(held)
    sheet = [book.add_worksheet(name) for name in sheets][-1]
    for number, line in enumerate((list(header), *lines)):
        sheet.write_row(number, 0, line)
    book.close()
    return held.getvalue()


def stored(number: str) -> dict[str, Any]:
    table = fact_table("dossier")
    with reading() as connection:
        return dict(connection.execute(select(table).where(table.c.dossier == number)).one()._mapping)


def clock(**cells: str) -> dict[str, Any]:
    """Return what became of one dossier."""
    number = "000.17.22.H56-260213-0001"
    receipt, = deliver("dossiers", ("mot_ho_so.csv", as_csv(dossier(number, **cells))))
    assert receipt.status == "accepted", receipt.rejects
    return stored(number)


def day(moment: datetime) -> date:
    return (moment + timedelta(hours=7)).date()


# Decision 766, as the portal publishes it

@pytest.fixture
def published(store: str) -> None:
    for receipt in deliver("dvc_766", *real(
        "dvc_766/thanh_hoa_daily_2026.csv", "dvc_766/scores_ThanhHoa_26092026.json",
        "dvc_766/details_10102026.json", "dvc_766/scores_Provinces_10102026.json",
    ), at=datetime(2026, 11, 1, tzinfo=UTC)):
        assert (receipt.status, receipt.rows_rejected) == ("accepted", 0)


@pytest.mark.usefixtures("published")
def test_thanh_hoa_as_published() -> None:
    total = figure("dvc_766_total")
    assert (total.value, total.period and total.period.label, total.simulated) == (60.80, "2026-10-10", False)
    assert figure("dvc_766_rank").value == 26
    groups = {g: figure(f"dvc_766_{g}").value for g in ("ckmb", "tdgq", "online", "tttt", "mdsh", "mdhl")}
    assert groups == {"ckmb": 8.49, "tdgq": 17.75, "online": 8.46, "tttt": 6.28, "mdsh": 8.19, "mdhl": 11.63}


@pytest.mark.usefixtures("published")
def test_an_old_score_is_shown_as_old() -> None:
    old = figure("dvc_766_total")
    assert old.freshness.value in ("late", "dead")
    assert old.status.value == "stale"


@pytest.mark.usefixtures("published")
def test_provinces_are_ranked_and_never_added_up() -> None:
    ranking = figures("dvc_766_total", by="department").frame.sort("value", descending=True)
    assert ranking.height == 34
    assert ranking.row(0, named=True) | {"id": "", "start": None} == {
        "key": "H20", "name_vi": "Đồng Tháp", "name_en": "Dong Thap", "value": 68.80, "numerator": None,
        "denominator": None, "status": "stale", "hidden": False, "start": None, "id": ""}
    assert figure("dvc_766_total", where={"department": "H27"}).value == 57.20
    assert figure("dvc_766_total", where={"department": "VN"}).value == 62.59
    with pytest.raises(QuestionError, match="department"):
        figure("dvc_766_total", place="14797")


def test_development_over_the_days_takes_the_later_line_of_a_day(store: str) -> None:
    deliver("dvc_766", *real("dvc_766/thanh_hoa_daily_2026.csv"), at=datetime(2026, 11, 1, tzinfo=UTC))
    days = figures("dvc_766_total", by="time", last=15).frame
    assert days["value"].to_list() == [59.85, 60.08, 60.08, 60.07, 60.07, 60.07, 60.37, 60.37, 60.42, 60.42, 60.46,
                                       60.46, 60.51, 60.51, 60.80]


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize("department", ["H56", "H20", "H19"])
def test_each_metric_with_inputs_is_recomputed(department: str) -> None:
    gaps = figures("dvc_766_gap", by="metric", where={"department": department}).frame
    assert gaps.height >= 13
    assert gaps["value"].max() <= 0.015  # type: ignore[operator]


@pytest.mark.usefixtures("published")
def test_lost_points_and_what_has_no_inputs() -> None:
    groups, _ = score_of()
    assert [(g.group.code, round(g.lost or 0, 2)) for g in groups[:3]] == [
        ("MDSH", 13.81), ("CKMB", 9.51), ("MDHL", 6.37)]
    assert lost_points(groups)[0].metric.code == "PUBLISH_ON_TIME"
    metrics = {m.metric.code: m for g in groups for m in g.metrics}
    assert metrics["ELECTRONIC_CERTIFIED_COPY"].reason == NO_INPUTS
    assert metrics["ONLINE_SUBMITTED"].published is metrics["ONLINE_SUBMITTED"].recomputed is None
    assert metrics["ONLINE_PAYMENT"].reason == PAYMENT_PARTLY_PUBLISHED
    assert metrics["ONLINE_PAYMENT"].bounds == pytest.approx((5.80, 8.30), abs=0.01)
    assert metrics["DOSSIER_SYNC"].is_flagged
    online = next(g for g in groups if g.group.code == "ONLINE")
    assert online.unexplained == pytest.approx(3.54)


@pytest.mark.usefixtures("published")
def test_a_null_stays_null() -> None:
    scores = figures("dvc_766_item_score", by="metric").frame
    unscored = scores.row(by_predicate=pl.col("key") == "PETITION_CLASSIFICATION_TTHC", named=True)
    assert (unscored["value"], unscored["numerator"], unscored["denominator"]) == (None, 491, 674)


def score_file(total: str, extracted: str) -> tuple[str, bytes]:
    text = ('{"metadata": {"runDateStr": "11102026", "extractedAt": ' + extracted + '}, "provinces": ['
            '{"departmentCode": "H56", "totalScore": ' + total + ', "totalMaxScore": 100}]}')
    return f"scores_{total}.json", text.encode()


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_of_two_files_of_a_day_the_later_extraction_wins(store: str, order: tuple[int, ...]) -> None:
    files = [score_file("61.00", '"2026-10-11T03:00:00Z"'), score_file("61.50", '"2026-10-11T07:00:00Z"'),
             score_file("10.00", "null")]
    receipts = deliver("dvc_766", *(files[i] for i in order), at=datetime(2026, 11, 1, tzinfo=UTC))
    assert {r.status for r in receipts} == {"accepted"}
    assert figure("dvc_766_total", period="2026-10-11").value == 61.50


# The catalogue

def test_catalogue_of_procedures(store: str) -> None:
    receipts = deliver("procedures", *real("tthc/procedures_commune_2026.csv", "tthc/procedures_2026.csv.gz"),
                       at=datetime(2026, 11, 1, tzinfo=UTC))
    assert [(r.status, r.rows_kept) for r in receipts] == [("accepted", 585), ("accepted", 2378)]
    assert figure("dvc_procedures").value == 2378
    p = fact_table("procedure").c
    with reading() as connection:
        times = {r.code: (r.working_days, r.calendar_days) for r in connection.execute(
            select(p.code, p.working_days, p.calendar_days).where(
                p.code.in_(["1.004873", "1.004222", "1.013225", "1.001612"])))}
    assert times == {"1.004873": (3, None), "1.004222": (7, None), "1.013225": (None, 20), "1.001612": (None, None)}


def test_a_wrong_procedure_code_is_refused(store: str) -> None:
    broken = "code,name,field,level\n1.00119,Khai sinh,Hộ tịch,Cấp xã\n1.001193,Khai sinh,Hộ tịch,Cấp xã\n".encode()
    receipt, = deliver("procedures", ("tthc.csv", broken))
    assert receipt.status == "refused"
    assert [(r["row"], r["column"], r["value"], r["rule"]) for r in receipt.rejects] == [
        (2, "code", "1.00119", "pattern")]


# The clock of a dossier

def test_on_time_until_the_end_of_the_day_promised(sqlite_store: str) -> None:
    row = clock(ended="25/02/2026 23:59")
    assert (row["on_time"], row["late"], row["late_days"], row["processing_days"]) == (1, 0, 0, 3)


def test_late_by_working_days(sqlite_store: str) -> None:
    row = clock(ended="02/03/2026 09:00")
    assert (row["on_time"], row["late"], row["late_days"]) == (0, 1, 3)


def test_an_hour_promised_is_kept_to_the_minute(sqlite_store: str) -> None:
    assert clock(due="25/02/2026 16:30", ended="25/02/2026 16:30")["on_time"] == 1


def test_an_hour_promised_is_missed_by_a_minute(sqlite_store: str) -> None:
    assert clock(due="25/02/2026 16:30", ended="25/02/2026 16:31")["late"] == 1


def test_without_a_date_promised_the_law_counts(sqlite_store: str) -> None:
    row = clock(due="", ended="25/02/2026 10:00")  # 1.004873: 3 working days from Friday before Tết
    assert day(row["clock_due_at"]) == date(2026, 2, 25)
    assert (row["due_at"], row["on_time"]) == (None, 1)


def test_a_procedure_of_unknown_time_is_not_judged(sqlite_store: str) -> None:
    row = clock(code="9.999999", due="")
    assert (row["is_done"], row["on_time"], row["late"]) == (1, None, None)


def test_one_supplement_stops_the_clock(sqlite_store: str) -> None:
    row = clock(supplements="1", asked="24/02/2026 10:00", answered="02/03/2026 09:00", ended="03/03/2026 15:00")
    assert day(row["clock_due_at"]) == date(2026, 3, 3)
    assert (row["on_time"], row["processing_days"]) == (1, 3)


def test_two_supplements_are_late_even_if_early(sqlite_store: str) -> None:
    row = clock(supplements="2", asked="23/02/2026", answered="23/02/2026", ended="23/02/2026")
    assert (row["on_time"], row["late"], row["late_days"]) == (0, 1, 0)


@pytest.mark.parametrize(("cells", "counted"), [
    ({"status": "7", "received": "", "due": "", "ended": ""}, 0),
    ({"status": "Không được tiếp nhận", "received": "", "due": "", "ended": ""}, 0),
    ({"status": "1", "received": "", "due": "", "ended": ""}, 0),
    ({"status": "7"}, 1),
    ({"status": "4", "ended": ""}, 1),
    ({"status": "8"}, 1),
])
def test_what_is_counted(sqlite_store: str, cells: dict[str, str], counted: int) -> None:
    row = clock(**cells)
    assert (row["counted"], row["is_done"]) == (counted, 0)


@pytest.mark.parametrize(("cells", "channel", "online"), [
    ({"channel": ""}, "1", 0),
    ({"channel": "BCCI"}, "3", 0),
    ({"channel": "2"}, "2", 1),
    ({"channel": "Trực tuyến", "paper": "x"}, "2", 0),
    ({"channel": "Trực tuyến", "paper": "x", "electronic": "x"}, "2", 1),
])
def test_what_is_online(sqlite_store: str, cells: dict[str, str], channel: str, online: int) -> None:
    row = clock(**cells)
    assert (row["channel"], row["online"]) == (channel, online)


def test_codes_of_both_kinds(sqlite_store: str) -> None:
    old, new = "000.00.14.H56-200203-0118", "H56.12.3-260213-0001"
    receipt, = deliver("dossiers", ("ma.csv", as_csv(
        dossier(old, code="2.000815.000.00.00.H55.02", agency="Sở Nông nghiệp và Môi trường", place=""), dossier(new))))
    assert receipt.status == "accepted"
    row = stored(old)
    assert (row["procedure"], row["field"], row["agency"], row["place"]) == ("2.000815", "Chứng thực", "so_nnmt", "")


# Figures

@pytest.fixture
def february(store: str) -> None:
    n = iter(range(1, 20))

    def one(**cells: str) -> list[str]:
        return dossier(f"000.17.22.H56-260213-{next(n):04d}", **cells)

    sam_son = {"agency": "UBND phường Sầm Sơn", "place": "16531"}
    lines = [one(channel="2", obliged="x", paid="x", electronic="x", rating="5"),
             one(channel="2", obliged="x", electronic="x"), one(rating="1"),
             one(ended="26/02/2026 09:00", sorry="x"), one(ended="27/02/2026 09:00"), one(status="8"),
             one(status="4", ended=""), one(**sam_son), one(**sam_son, ended="03/03/2026"),
             one(status="7", received="", due="", ended=""),
             one(agency="so_tp", place="", status="4", ended="", due="02/04/2026")]
    receipt, = deliver("dossiers", ("thang_2.csv", as_csv(*lines)))
    assert receipt.status == "accepted", receipt.rejects


@pytest.mark.usefixtures("february")
@pytest.mark.parametrize(("indicator", "period", "value"), [
    ("dvc_received", "2026-02", 10), ("dvc_done", "2026-02", 6), ("dvc_late", "2026-02", 2),
    ("dvc_on_time_pct", "2026-02", 400 / 6), ("dvc_on_time_pct", "2026-03", 0), ("dvc_online_pct", "2026-02", 20),
    ("dvc_full_online_pct", "2026-02", 100 / 6), ("dvc_epay_pct", "2026-02", 50),
    ("dvc_satisfaction_pct", "2026-02", 50), ("dvc_rated", "2026-02", 2),
    ("dvc_apology_pct", "2026-02", 50), ("dvc_avg_days", "2026-02", 21 / 6), ("dvc_late_days", "2026-02", 1.5),
    ("dvc_received", "2026-W07", 10), ("dvc_open", "2026-02-25", 5), ("dvc_open_late", "2026-02-25", 4),
])
def test_figures_of_february(indicator: str, period: str, value: float) -> None:
    assert figure(indicator, period=period).value == pytest.approx(value)


@pytest.mark.usefixtures("february")
def test_parts_by_place_agency_and_channel() -> None:
    places = figures("dvc_on_time_pct", by="place", period="2026-02").frame
    assert places.height == 166
    assert dict(places.drop_nulls("value").select("key", "value").rows()) == {"14797": 60.0, "16531": 100.0}
    received = figures("dvc_received", by="agency", period="2026-02").frame
    assert dict(received.select("key", "value").rows()) == {"so_tp": 1, "ubnd_14797": 7, "ubnd_16531": 2}
    assert figure("dvc_received", where={"channel": "2"}, period="2026-02").value == 2
    assert figure("dvc_received", where={"procedure": "1.004873"}, place="16531", period="2026-02").value == 2


@pytest.mark.usefixtures("february")
def test_between_days_with_rows_a_day_without_one_counts_none() -> None:
    days = figures("dvc_done", by="time", grain="day", period="2026-03-03", last=8).frame
    assert days["value"].to_list() == [None, 4, 1, 1, 0, 0, 0, 1]


@pytest.mark.usefixtures("february")
def test_a_later_file_revises_a_dossier_and_the_past_can_be_asked() -> None:
    before = figure("dvc_done", period="2026-02").as_of
    revised = dossier("000.17.22.H56-260213-0007", ended="24/02/2026 09:00")
    deliver("dossiers", ("bo_sung.csv", as_csv(revised)), at=datetime.now(UTC))
    assert figure("dvc_done", period="2026-02").value == 7
    assert figure("dvc_done", period="2026-02", as_of=before).value == 6
    with reading() as connection:
        assert connection.execute(select(func.count()).select_from(history_table("dossier"))).scalar() == 1


# Who sees which rows

COMMUNE = Viewer("canbo", "commune", frozenset({"16531"}), None)
LEADER = Viewer("lanhdao", "leader", None, None)
ANALYST = Viewer("phantich", "analyst", None, None)
ELSEWHERE = Viewer("so_khac", "department", None, frozenset({"environment"}))
WALL = Viewer("manhinh", "display", None, None)


@pytest.mark.usefixtures("february")
def test_a_commune_sees_its_own_rows_only() -> None:
    page = rows("dossier", COMMUNE, list="all", at=AT)
    assert (page.total, page.rows["place"].unique().to_list()) == (2, ["16531"])
    assert page.rows["applicant"].unique().to_list() == ["Công dân Một"]
    assert rows("dossier", COMMUNE, list="all", where={"place": "14797"}, at=AT).total == 0
    assert rows("dossier", Viewer("moi", "commune", None, None), list="all", at=AT).total == 0


@pytest.mark.usefixtures("february")
def test_personal_columns_by_right_only() -> None:
    assert "applicant" in rows("dossier", LEADER, list="all", at=AT).rows.columns
    without = rows("dossier", ANALYST, list="all", at=AT)
    assert without.total == 11
    assert "applicant" not in without.rows.columns
    for viewer in (CITIZEN, WALL, ELSEWHERE):
        with pytest.raises(NotEntitled, match="không được xem danh sách"):
            rows("dossier", viewer, at=AT)


@pytest.mark.usefixtures("february")
def test_the_list_by_state_and_page() -> None:
    late = rows("dossier", LEADER, list="open_late", at=AT)
    assert late.rows["dossier"].to_list() == ["000.17.22.H56-260213-0007"]
    assert rows("dossier", LEADER, list="due_soon", at=AT).rows["agency"].to_list() == ["so_tp"]
    assert rows("dossier", LEADER, list="done_late", at=AT).total == 3
    first, second = (rows("dossier", LEADER, list="all", at=AT, offset=o, limit=6) for o in (0, 6))
    assert (first.rows.height, second.rows.height) == (6, 5)
    assert not set(first.rows["dossier"]) & set(second.rows["dossier"])
    with pytest.raises(QuestionError, match="open_late"):
        rows("dossier", LEADER, list="slow")
    with pytest.raises(QuestionError, match="agency"):
        rows("dossier", LEADER, where={"applicant": "Công dân Một"})


# Wrong files

def test_a_wrong_workbook_is_refused_row_by_row(store: str) -> None:
    good = [dossier(f"000.17.22.H56-260213-{n:04d}") for n in range(1, 41)]
    wrong = [
        dossier("000.17.22.H56-210231-0001"),
        dossier("17.22.H56-260213-0001"),
        dossier("000.17.22.H56-260213-1001", code="2.00815"),
        dossier("000.17.22.H56-260213-1002", place="Xã Không Rõ"),
        dossier("000.17.22.H56-260213-1003", due="12/02/2026"),
        dossier("000.17.22.H56-260213-1004", received="13/02/2027", due="", ended="", status="4"),
        dossier("000.17.22.H56-260213-1005", supplements="một"),
        dossier("000.17.22.H56-260213-1006", obliged="nhiều"),
        dossier("000.17.22.H56-260213-1007", ended=""),
        dossier("000.17.22.H56-260213-0001"),
    ]
    receipt, = deliver("dossiers", ("MCDT_20260213.xlsx", as_excel(*good, *wrong)))
    assert (receipt.status, receipt.rows_kept, receipt.rows_rejected) == ("partly", 40, 10)
    said = {r["row"]: (r["sheet"], r["column"], r["rule"], r["message"]) for r in receipt.rejects}
    assert [said[n][1:3] for n in range(42, 52)] == [
        ("Mã hồ sơ", "number_date"), ("Mã hồ sơ", "pattern"), ("Mã TTHC", "pattern"),
        ("Xã/phường", "unknown_place"), ("Ngày hẹn trả", "due_before_received"), ("Ngày tiếp nhận", "future_date"),
        ("Số lần yêu cầu bổ sung", "not_an_integer"), ("Nghĩa vụ tài chính", "not_yes_or_no"),
        ("Ngày kết thúc xử lý", "finished_missing"), ("dossier", "duplicate_key"),
    ]
    assert said[42][0] == "HoSo"
    assert said[42][3] == "Ngày trong mã hồ sơ “000.17.22.H56-210231-0001” không có trong lịch. Sửa lại mã hồ sơ."
    assert "Ghi x nếu có" in said[49][3]


def test_a_renamed_column_or_another_sheet_refuses_the_file(store: str) -> None:
    line = dossier("000.17.22.H56-260213-0001")
    renamed = tuple("Ngày trả kết quả" if h == "Ngày hẹn trả" else h for h in HEADERS)
    receipts = deliver("dossiers", ("a.xlsx", as_excel(line, header=renamed)),
                       ("b.xlsx", as_excel(line, sheets=("Ghi chú", "Sheet1"))), ("a.xlsx", as_excel(line)))
    assert [r.status for r in receipts] == ["refused", "refused", "accepted"]
    assert "“Ngày hẹn trả”" in str(receipts[0].message)
    assert "“HoSo”" in str(receipts[1].message)


# The demo

def test_the_simulated_systems_deliver_the_same_whatever_the_window(sqlite_store: str) -> None:
    until = datetime(2026, 11, 20, 15, tzinfo=UTC)
    whole = list(deliveries(Plan("small", 7, until - timedelta(days=2), until)))
    halves = [f for days in (2, 1) for f in deliveries(
        Plan("small", 7, until - timedelta(days=days), until - timedelta(days=days - 1)))]
    assert whole == halves
    assert [f.due for f in whole] == sorted(f.due for f in whole)
    receipts = deliver("dossiers", *((f.name, f.content) for f in whole), at=until)
    assert sum(r.rows_kept for r in receipts) > 1_500
    assert {r.status for r in receipts} <= {"accepted", "partly", "refused", "duplicate"}
    numbers = rows("dossier", LEADER, list="all", at=until, limit=100).rows
    assert numbers["dossier"].str.starts_with("900.").all()
    assert numbers["applicant"].str.contains("(mô phỏng)", literal=True).all()


def test_the_real_files_are_delivered_as_references() -> None:
    assert [f.source for f in references()] == ["procedures"] * 2 + ["dvc_766"] * 5
