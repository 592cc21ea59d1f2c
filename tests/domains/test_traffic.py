"""Giao thông, trật tự: the police's lists without persons, equal days, black spots, the funnel, real figures."""

import io
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import polars as pl
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import settings as trying
from hypothesis import strategies as st
from sqlalchemy import select

from config.registry import load_registry
from config.settings import settings
from config.traffic import load_traffic
from data_access.database import reading
from data_access.facts import fact_table
from data_access.ingestion.pipeline import Delivery, Receipt, ingest
from services.access import Viewer
from services.alerts import evaluate, open_alerts
from services.demo.plan import Plan
from services.demo.traffic import deliveries, references
from services.indicators import figure, figures
from services.methods.catalogue import METHODS
from services.methods.traffic import chainage_km
from services.methods.traffic_periods import a_year_before, counted_until, same_period
from services.methods.traffic_spots import black_spots
from services.rows import rows as rows_of
from services.trace import trace

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
DRIVER, PLATE, PHONE = "Nguyễn Văn Kín", "36A-123.45", "0912 345 678"
LEADER = Viewer("lanhdao", "leader", None, None)
COMMUNE = Viewer("xahacthanh", "commune", frozenset({"14797"}), None, "ubnd_14797")

ACCIDENT = {
    "Số vụ": "TN-1", "Thời gian xảy ra": "14h30 ngày 10/11/2026", "Mã xã": "14818", "Địa điểm": "Gần cầu vượt",
    "Tuyến đường": "QL.1A", "Loại đường": "Quốc lộ", "Lý trình": "Km 291+200", "Khu vực": "Ngoài đô thị",
    "Vĩ độ": "20.0931", "Kinh độ": "105.8612", "Mức độ": "Nghiêm trọng", "Hình thức va chạm": "Mô tô – ô tô",
    "Nguyên nhân": "Tốc độ", "Số người chết": "1", "Số người bị thương": "2", "Cập nhật lúc": "11/11/2026 06:00",
    "Người điều khiển": DRIVER, "Biển số": PLATE, "Số GPLX": "380123456789", "Điện thoại": PHONE,
}  # fmt: skip
VIOLATION = {
    "Số hồ sơ": "VP-1", "Phát hiện lúc": "20/10/2026 08:00", "Hình thức phát hiện": "Camera", "Mã camera": "PN-1",
    "Hành vi": "Chạy quá tốc độ", "Loại xe": "Ô tô", "Tuyến đường": "QL1", "Mã xã": "14818",
    "Đơn vị xử lý": "Đội CSGT số 2", "Xác minh lúc": "", "Thông báo lúc": "", "Quyết định phạt lúc": "",
    "Tiền phạt (đồng)": "", "Nộp phạt lúc": "", "Tiền đã nộp (đồng)": "", "Tước GPLX (tháng)": "", "Trừ điểm": "",
    "Tạm giữ xe": "", "Kết thúc": "", "Kết thúc lúc": "", "Cập nhật lúc": "20/10/2026 08:00", "Biển số": PLATE,
    "Chủ xe": DRIVER, "Điện thoại": PHONE,
}  # fmt: skip
PAID = {
    "Xác minh lúc": "22/10/2026 08:00", "Thông báo lúc": "23/10/2026 20:00", "Quyết định phạt lúc": "02/11/2026 20:00",
    "Tiền phạt (đồng)": "5000000", "Nộp phạt lúc": "06/11/2026 08:00", "Tiền đã nộp (đồng)": "5000000",
    "Trừ điểm": "2", "Tạm giữ xe": "x", "Cập nhật lúc": "06/11/2026 08:00",
}  # fmt: skip


def book(sheet: str, *lines: dict[str, str]) -> bytes:
    """Return lines as the police write them: a title, a gap, the header, the rows."""
    held = io.BytesIO()
    made = xlsxwriter.Workbook(held)
    page = made.add_worksheet(sheet)
    page.write(0, 0, "DANH SÁCH")
    page.write_row(2, 0, list(lines[0]))
    for y, cells in enumerate(lines, 3):
        page.write_row(y, 0, [cells[h] for h in lines[0]])
    made.close()
    return held.getvalue()


def deliver(source: str, name: str, content: bytes, at: datetime = NOW) -> Receipt:
    (receipt,) = ingest(load_registry().sources[source], [Delivery(name, content)], METHODS, at)
    return receipt


def accidents(*changed: dict[str, str], name: str = "TNGT.xlsx", at: datetime = NOW) -> Receipt:
    lines = [ACCIDENT | {"Số vụ": f"TN-{n}"} | c for n, c in enumerate(changed or ({},), 1)]
    return deliver("accidents", name, book("TNGT", *lines), at)


def violations(*changed: dict[str, str], name: str = "VP.xlsx", at: datetime = NOW) -> Receipt:
    lines = [VIOLATION | {"Số hồ sơ": f"VP-{n}"} | c for n, c in enumerate(changed or ({},), 1)]
    return deliver("violations", name, book("ViPham", *lines), at)


def stored(fact: str) -> list[dict[str, Any]]:
    table = fact_table(fact)
    with reading() as connection:
        return [dict(r._mapping) for r in connection.execute(select(table).order_by(table.c[load_registry().facts[
            fact].key[0]]))]  # fmt: skip


def everything_kept() -> str:
    """Return all that lies in the store, as text."""
    folder, found = settings().data_dir, []
    for path in folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            if content.startswith(b"PK"):
                content = str(pl.read_excel(io.BytesIO(content), has_header=False).rows()).encode()
            found.append(content.decode(errors="replace"))
    return "\n".join(found)


def said(receipt: Receipt) -> list[str]:
    return [r["message"] for r in receipt.rejects]


def local(text: str) -> datetime:
    return (datetime.strptime(text, "%d/%m/%Y %H:%M") - timedelta(hours=7)).replace(tzinfo=UTC)


# The police's lists


def test_an_accident_as_the_police_list_it(sqlite_store: str) -> None:
    assert accidents().status == "accepted"
    (row,) = stored("accident")
    assert (row["occurred_at"], row["road"], row["chainage"]) == (local("10/11/2026 14:30"), "ql1", 291.2)
    assert (row["deaths"], row["injured"], row["area"], row["severity"]) == (1, 2, "rural", "nghiem_trong")
    assert figure("trf_deaths", period="K2026-11").value == 1


def test_no_person_is_kept_of_an_accident_or_a_violation(sqlite_store: str) -> None:
    accidents()
    violations(PAID)
    kept = everything_kept()
    for secret in (DRIVER, PLATE, PHONE, "380123456789"):
        assert secret not in kept
    (row,) = stored("violation")
    assert len(row["vehicle"]) == 16
    seen = rows_of("violation", Viewer("phantich", "analyst", None, None)).rows
    assert "vehicle" not in seen.columns


def test_a_broken_list_is_refused_row_by_row(sqlite_store: str) -> None:
    good: list[dict[str, str]] = [{}] * 6
    swapped = {"Vĩ độ": "105.86", "Kinh độ": "20.09"}
    receipt = accidents(*good, {"Số người chết": "một"}, {"Lý trình": "gần chợ"}, swapped, {"Mức độ": "Va chạm"},
                        {"Cập nhật lúc": "09/11/2026 06:00"})  # fmt: skip
    assert (receipt.status, receipt.rows_read, receipt.rows_rejected) == ("partly", 11, 5)
    assert [r["row"] for r in receipt.rejects] == [10, 11, 12, 13, 14]
    assert said(receipt)[1].startswith("Lý trình “gần chợ” không đọc được. Viết như Km 291+200.")
    assert "bị đổi chỗ" in said(receipt)[2] and "mức độ ghi nhẹ" in said(receipt)[3]


def test_a_death_days_later_corrects_the_count(store: str) -> None:
    accidents()
    accidents({"Số người chết": "2", "Số người bị thương": "1", "Mức độ": "Rất nghiêm trọng",
               "Cập nhật lúc": "20/11/2026 06:00"}, name="sua.xlsx")  # fmt: skip
    accidents(name="cu.xlsx")  # the first list once more: an older version changes nothing
    assert figure("trf_deaths", period="K2026-11").value == 2


@pytest.mark.parametrize(("text", "km"), [
    ("Km 291+200", 291.2), ("K291+050", 291.05), ("Km291", 291.0), ("291,25", 291.25), ("km 571 + 950", 571.95),
    ("gần chợ", None), ("Km 291+2000", None),
])  # fmt: skip
def test_chainages_are_read_as_people_write_them(text: str, km: float | None) -> None:
    assert pl.select(chainage_km(pl.lit(text))).item() == (None if km is None else pytest.approx(km))


# Equal days


def test_the_running_year_is_compared_over_equal_days(store: str) -> None:
    when = ("16/12/2024 08:00", "20/11/2025 08:00", "22/11/2025 23:59", "23/11/2025 00:00", "10/12/2025 08:00",
            "15/12/2025 00:00", "22/11/2026 23:59", "23/11/2026 08:00")  # fmt: skip
    accidents(*({"Thời gian xảy ra": w, "Cập nhật lúc": w} for w in when))
    assert counted_until(NOW, timedelta(hours=8)) == local("23/11/2026 00:00")
    found = same_period(pl.DataFrame({"occurred_at": [local(w) for w in when]}), NOW)
    assert found["in_year"].to_list() == [False] * 5 + [True, True, False]
    assert found["in_year_before"].to_list() == [True] * 3 + [False] * 5
    assert found["in_month"].sum() == 1 and found["in_month_before"].sum() == 2
    whole = figure("trf_year_crashes", period="K2025")
    before = figure("trf_year_crashes_before", period="K2026")
    until = min(counted_until(datetime.now(UTC), timedelta(hours=8)), local("15/12/2026 00:00"))
    same_days = {f"TN-{n}" for n, w in enumerate(when[:5], 1) if local(w) < until.replace(year=2025)}
    assert (whole.value, before.value) == (5, len(same_days))
    assert figure("trf_year_crashes_before", period="K2025").value is None  # that year's list never came
    held = {row["accident"] for row in trace(before.id).rows}
    assert held == same_days
    assert figure("trf_crashes", period="K2025-12").value == 4
    assert figure("trf_crashes_before", period="K2026-12").value is not None


def test_a_midnight_closes_all_days_before_it() -> None:
    closed = local("15/11/2026 00:00")
    assert counted_until(closed, timedelta(hours=8)) == closed
    assert counted_until(closed + timedelta(hours=7), timedelta(hours=8)) == closed - timedelta(days=1)
    assert a_year_before(local("29/02/2028 06:00")) == local("28/02/2027 06:00")


@trying(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 800), max_size=30), st.integers(0, 300), st.integers(0, 23))
def test_equal_days_against_counting_by_calendar(days: list[int], offset: int, hour: int) -> None:
    at = datetime(2026, 1, 2, tzinfo=UTC) + timedelta(days=offset, hours=hour, minutes=1)
    moments = [datetime(2024, 10, 1, 3, tzinfo=UTC) + timedelta(days=d) for d in days]
    today = (at + timedelta(hours=7 - 8)).date()
    now_day = (at + timedelta(hours=7)).date()
    year = now_day.year if (now_day.month, now_day.day) >= (12, 15) else now_day.year - 1
    marked = same_period(pl.DataFrame({"occurred_at": moments}, schema={"occurred_at": pl.Datetime("us", "UTC")}), at)
    dates = [(m + timedelta(hours=7)).date() for m in moments]
    assert marked["in_year"].to_list() == [date(year, 12, 15) <= d < today for d in dates]
    last = max(today, date(year, 12, 15)).replace(year=max(today, date(year, 12, 15)).year - 1)
    assert marked["in_year_before"].to_list() == [date(year - 1, 12, 15) <= d < last for d in dates]


# Black spots

CRASH = {"road": "ql1", "chainage": 291.0, "area": "rural", "lat": 20.09, "lon": 105.86, "place": "14818",
         "address": "", "deaths": 0, "injured": 0}  # fmt: skip


def crashes(*changed: dict[str, Any]) -> pl.DataFrame:
    lines = [CRASH | {"accident": f"TN-{n:02d}", "occurred_at": NOW - timedelta(days=n + 1)} | c
             for n, c in enumerate(changed)]  # fmt: skip
    return pl.DataFrame(lines, schema_overrides={"chainage": pl.Float64, "occurred_at": pl.Datetime("us", "UTC")})


DEAD, HURT, DENT = {"deaths": 1}, {"injured": 1}, {"deaths": 0}


@pytest.mark.parametrize(("found", "criterion"), [
    ([DEAD, DEAD], "fatal"), ([DEAD, HURT, HURT], "mixed"), ([HURT] * 4, "injury"),
    ([DEAD, HURT], None), ([HURT] * 3, None), ([DEAD, DENT, DENT], None), ([DEAD, HURT, DENT], None),
    ([DENT] * 9, None),
])  # fmt: skip
def test_what_makes_a_black_spot(found: list[dict[str, Any]], criterion: str | None) -> None:
    spots = black_spots(crashes(*found), NOW)
    assert spots["criterion"].to_list() == ([criterion] if criterion else [])


def test_a_stretch_is_500_metres_of_open_road_and_150_in_town() -> None:
    apart = DEAD | {"chainage": 291.5}
    assert black_spots(crashes(DEAD, apart), NOW).height == 1
    assert black_spots(crashes(DEAD, apart | {"chainage": 291.501}), NOW).is_empty()
    town = {"area": "urban"}
    assert black_spots(crashes(DEAD | town, DEAD | town | {"chainage": 291.15}), NOW).height == 1
    assert black_spots(crashes(DEAD | town, DEAD | town | {"chainage": 291.16}), NOW).is_empty()
    assert black_spots(crashes(DEAD, DEAD | {"road": "ql45"}), NOW).is_empty()


def test_overlapping_stretches_are_one_spot() -> None:
    spots = black_spots(crashes(*(DEAD | {"chainage": km} for km in (291.0, 291.4, 291.8, 300.0))), NOW)
    assert spots.select("km_from", "km_to", "crashes", "deaths").rows() == [(291.0, 291.8, 3, 3)]


def test_off_the_numbered_roads_the_position_counts() -> None:
    there = DEAD | {"road": "dt", "chainage": 5.0}
    near, far = there | {"lat": 20.0920}, there | {"lat": 20.0925}  # 222 and 278 m away
    assert black_spots(crashes(there, near), NOW).height == 1
    assert black_spots(crashes(there, far), NOW).is_empty()


def test_the_rule_holds_by_its_dates() -> None:
    assert load_traffic().black_spot_on(date(2012, 9, 14)) is None
    assert black_spots(crashes(DEAD, DEAD), datetime(2012, 1, 1, tzinfo=UTC)).is_empty()


def test_only_crashes_of_twelve_months_make_a_black_spot(sqlite_store: str) -> None:
    accidents({"Thời gian xảy ra": "10/11/2025 08:00"}, {"Thời gian xảy ra": "20/06/2026 08:00"})
    assert figure("trf_black_spots", period="2026-11-09").value == 1
    assert figure("trf_black_spots", period="2026-11-12").value is None or not figure(
        "trf_black_spots", period="2026-11-12").value


def naive_spots(frame: pl.DataFrame) -> list[set[str]]:
    """Return the crashes of each black spot along one road, by trying every stretch."""
    lines = sorted(frame.iter_rows(named=True), key=lambda r: r["chainage"])
    groups: list[set[str]] = []
    for first in lines:
        held = [r for r in lines if 0 <= round(r["chainage"] - first["chainage"], 6) <= 0.5]
        dead = sum(r["deaths"] > 0 for r in held)
        hurt = sum(r["deaths"] + r["injured"] > 0 for r in held)
        if dead >= 2 or (dead >= 1 and hurt >= 3) or hurt - dead >= 4:
            groups.append({r["accident"] for r in held})
    merged: list[set[str]] = []
    for group in groups:
        touching = [m for m in merged if m & group]
        merged = [m for m in merged if not m & group] + [group.union(*touching)]
    return merged


@trying(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 1), st.integers(0, 1)), max_size=25))
def test_black_spots_against_trying_every_stretch(found: list[tuple[int, int, int]]) -> None:
    if not found:
        return
    frame = crashes(*({"chainage": 290 + n / 10, "deaths": d, "injured": i} for n, d, i in found))
    made, wanted = black_spots(frame, NOW), naive_spots(frame)
    assert sorted(made["crashes"].to_list()) == sorted(len(group) for group in wanted)
    assert all(a >= b for a, b in pairwise(made["deaths"].to_list()))


# The funnel


def test_how_far_what_the_cameras_saw_came(store: str) -> None:
    on_patrol = {"Hình thức phát hiện": "Tuần tra"}
    unclear = {"Kết thúc": "Ảnh không rõ", "Kết thúc lúc": "25/10/2026 08:00", "Cập nhật lúc": "25/10/2026 08:00"}
    verified = {"Xác minh lúc": "24/10/2026 08:00", "Cập nhật lúc": "24/10/2026 08:00"}
    assert violations(PAID, verified, unclear, {}, on_patrol | PAID).status == "accepted"
    asked: dict[str, Any] = {"period": "K2026-11", "where": {"channel": "camera"}}
    stages = ("detected", "verified", "notified", "fined", "paid", "dropped")
    counts = [figure(f"trf_{s}", **asked).value for s in stages]
    assert counts == [4, 2, 1, 1, 1, 1]
    days = [figure(f"trf_{s}_days", **asked).value for s in ("verify", "notify", "fine", "pay")]
    assert days == [3, 1.5, 10, 3.5]
    assert figure("trf_detected", period="K2026-11").value == 5
    assert figure("trf_fines_bn", period="K2026-11").value == pytest.approx(0.01)
    assert figure("trf_impounded", period="K2026-11").value == 2


def test_what_nobody_verified_within_ten_days_is_counted_and_alerted(store: str) -> None:
    late = [{"Phát hiện lúc": "01/11/2026 08:00", "Cập nhật lúc": "01/11/2026 08:00"}] * 31
    fresh = {"Phát hiện lúc": "20/11/2026 08:00", "Cập nhật lúc": "20/11/2026 08:00"}
    violations(*late, fresh, PAID)
    assert figure("trf_unverified_late", period="2026-11-10").value == 0
    assert figure("trf_unverified_late", period="2026-11-11").value == 31
    assert rows_of("violation", LEADER, list="unverified", at=NOW).total == 31
    assert rows_of("violation", COMMUNE, list="unverified", at=NOW).total == 0  # another commune's
    evaluate(datetime(2026, 11, 23, 9, tzinfo=UTC))
    found = [a for a in open_alerts(LEADER, "traffic") if a.rule == "unverified_unit"]
    assert [a.subject for a in found] == ["doi_2"]


def test_stages_out_of_order_are_refused(sqlite_store: str) -> None:
    early, dotted = PAID | {"Xác minh lúc": "19/10/2026 08:00"}, PAID | {"Tiền phạt (đồng)": "5.000.000"}
    receipt = violations(*[{}] * 8, early, dotted)
    assert receipt.rows_rejected == 2
    assert any("không theo thứ tự" in m for m in said(receipt))
    assert {r["column"] for r in receipt.rejects} == {"Phát hiện lúc", "Tiền phạt (đồng)"}


# Real figures


def test_the_published_figures_stand_as_printed(sqlite_store: str) -> None:
    for file in references():
        assert deliver(file.source, file.name, file.content).status == "accepted"
    year = figure("trf_published_deaths", period="K2025")
    assert (year.value, year.simulated) == (414, False)
    assert figure("trf_published_deaths", period="K2024").value == 406
    assert figure("trf_published_crashes", period="K2025").value == 751
    assert figure("trf_published_deaths", period="K2026").value is None  # not found in print: no zero
    kept = {(r["period_code"], r["kind"]): r for r in stored("traffic_published")}
    assert (kept["2025", "year"]["deaths_change"], kept["2025", "year"]["change_unit"]) == (8, "")
    tet = kept["2025-TET", "event"]
    assert (tet["crashes_change"], tet["change_unit"], tet["time"]) == (-45.5, "%", local("29/01/2025 00:00"))
    assert figure("trf_published_clearance_pct").value == 84.26


def test_a_published_row_without_figures_is_refused(sqlite_store: str) -> None:
    head = ",".join(load_registry().sources["traffic_published"].layout.columns)
    good = "\n".join(f"20{n},year,{n},1,1,,,,,,,x.vn,," [:-1] for n in range(10, 20))
    bad = "2025,year,,,,,,,,,,x.vn,\n2026,year,5,,,giảm,,,,,,x.vn,"
    receipt = deliver("traffic_published", "p.csv", f"{head}\n{good}\n{bad}".encode())
    assert receipt.rows_rejected == 2
    assert said(receipt) == ["Dòng không có số nào. Bổ sung số liệu hoặc bỏ dòng.",
                             "Mức tăng giảm “giảm” không đọc được. Viết số vụ (-154) hoặc tỷ lệ (-17%)."]  # fmt: skip


# The simulator


def test_the_simulator_tells_the_same_whatever_window_is_played() -> None:
    until = datetime(2026, 11, 23, 9, tzinfo=UTC)
    cuts = [until - timedelta(hours=h) for h in (40, 31, 12, 5, 0)]
    whole = {f.name: f.content for f in deliveries(Plan("small", 1, cuts[0], until))}
    parts = {f.name: f.content for a, b in pairwise(cuts) for f in deliveries(Plan("small", 1, a, b))}
    assert whole and whole == parts


def test_a_small_province_has_its_story(sqlite_store: str) -> None:
    files: dict[str, list[Delivery]] = {}
    for file in deliveries(Plan("small", 1, NOW - timedelta(days=2), NOW)):
        files.setdefault(file.source, []).append(Delivery(file.name, file.content))
    for source, held in files.items():
        receipts = ingest(load_registry().sources[source], held, METHODS, NOW)
        assert {r.status for r in receipts} <= {"accepted", "partly", "refused", "duplicate"}
    assert figure("trf_situations").value
    told = figures("trf_vehicles", by="hour", period="2026-11-22").frame
    assert told.height == 24 and told["value"].null_count() == 0
