"""Education: teachers against the norms of the day, lists as the sector sends them, the real exam, wrong files."""

import csv
import io
from datetime import UTC, date, datetime, timedelta
from math import floor
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from config.registry import load_registry
from data_access.database import now
from data_access.ingestion.pipeline import Delivery, Receipt, ingest
from services.access import CITIZEN, SYSTEM
from services.demo.education import deliveries, references, told
from services.demo.education_schools import due_of, school_round
from services.demo.plan import Plan
from services.education import around, course, distribution, last_round, ours_by_year, past_rounds
from services.indicators import NotEntitled, figure, figures, states
from services.methods.catalogue import METHODS
from services.methods.education import exam_standing, school_term
from services.methods.education_norms import Norm, all_norms, norm, without_clash
from services.rows import rows

AT = datetime(2026, 11, 23, 3, tzinfo=UTC)
HEADER = ("Mã trường", "Tên trường", "Mã xã", "Cấp học", "Loại hình", "Loại trường", "Vùng", "Năm học", "Kỳ báo cáo",
          "Số nhóm trẻ", "Số lớp", "Lớp 2 buổi", "Lớp vượt sĩ số", "Học sinh", "HS nữ", "HS đầu năm", "Tuyển mới",
          "Hoàn thành cấp", "Bỏ học trong năm", "Cán bộ quản lý", "GV biên chế", "GV hợp đồng", "GV đạt chuẩn",
          "Phòng học", "Phòng kiên cố", "Chuẩn quốc gia", "Cập nhật lúc")  # fmt: skip
USUAL = {
    "Mã trường": "TH0001CS01", "Tên trường": "Trường THCS A (mô phỏng)", "Mã xã": "14797", "Cấp học": "THCS",
    "Loại hình": "Công lập", "Vùng": "Vùng 3", "Năm học": "2026-2027", "Kỳ báo cáo": "Kỳ đầu năm học", "Số lớp": "20",
    "Học sinh": "800", "Cán bộ quản lý": "3", "GV biên chế": "30", "GV hợp đồng": "5", "Phòng học": "20",
    "Chuẩn quốc gia": "Mức 1", "Cập nhật lúc": "08/10/2026 08:00",
}  # fmt: skip
EXAM = "year,province_code,province_name,region,subject,subject_label,count,mean,std,share_ge_8,share_ge_10,share_lt_5"


def school(**cells: str) -> dict[str, str]:
    return USUAL | cells


def table(*lines: dict[str, str]) -> bytes:
    held = io.StringIO()
    writer = csv.DictWriter(held, HEADER, restval="")
    writer.writeheader()
    writer.writerows(lines)
    return held.getvalue().encode()


def deliver(source: str, content: bytes, name: str = "ds.csv") -> Receipt:
    receipt, = ingest(load_registry().sources[source], [Delivery(name, content)], METHODS, AT)
    return receipt


def said(receipt: Receipt) -> list[tuple[str, str]]:
    return [(str(r["column"]), str(r["message"])) for r in receipt.rejects]


# Norms

def test_a_norm_holds_on_its_days_only() -> None:
    assert norm("teachers", "thcs", "class", date(2026, 9, 30)) == 1.9
    assert norm("region_size", "tieu_hoc", "class", date(2026, 9, 30), "1") == 25
    assert norm("region_size", "tieu_hoc", "class", date(2023, 9, 30), "1") is None
    assert norm("teachers", "mam_non", "group", date(2023, 9, 30)) == 2.5
    assert norm("teachers", "mam_non", "group", date(2014, 9, 30)) is None
    assert {n.doc for n in all_norms() if n.holds_on(date(2023, 12, 16)) and n.rule == "teachers"} == {
        "TT 19/2023/TT-BGDĐT Điều 5", "TT 20/2023/TT-BGDĐT", "TT 20/2023/TT-BGDĐT Điều 17"}  # fmt: skip


def test_an_uncertain_norm_never_holds_and_two_of_one_day_are_refused() -> None:
    said_of: dict[str, Any] = {"rule": "teachers", "level": "thcs", "unit": "class", "value": 2, "doc": "x"}
    unsure = Norm(**said_of, valid_from=date(2020, 1, 1), confidence="U")
    assert not unsure.holds_on(date(2026, 1, 1))
    with pytest.raises(ValueError, match="two norms hold"):
        without_clash([unsure, Norm(**said_of, valid_from=date(2025, 1, 1), confidence="S")])
    with pytest.raises(ValidationError, match="before valid_from"):
        Norm(**said_of, valid_from=date(2026, 1, 1), valid_to=date(2025, 1, 1), confidence="S")


# Schools against the norms

@pytest.mark.usefixtures("store")
def test_what_is_missing_in_one_school_is_not_made_up_by_another() -> None:
    deliver("schools", table(
        school(), school(**{"Mã trường": "TH0001CS02", "Số lớp": "10", "GV biên chế": "22", "GV hợp đồng": "0"}),
    ))  # fmt: skip
    assert figure("edu_posts").value == 38 + 19
    assert figure("edu_short").value == 3
    assert figure("edu_surplus").value == 3
    assert figure("edu_short_pct").value == pytest.approx(3 / 57 * 100)
    assert figure("edu_schools_short").value == 1
    assert figure("edu_short", place="14797").value == 3
    assert figure("edu_short", place="14758").value is None


def term(**cells: Any) -> dict[str, Any]:
    row: dict[str, Any] = {
        "school": "S1", "name": "Trường S1", "level": "thcs", "ownership": "public", "kind": "ordinary", "region": "3",
        "school_year": "2026-2027", "round": "dau_nam", "groups": 0, "classes": 10, "two_sessions": None,
        "overfull_classes": 0, "pupils": 400, "dropouts": 0, "dropouts_summer": 0, "teachers_tenured": 15,
        "teachers_contract": 0, "standard": 0,
    }  # fmt: skip
    return school_term(pl.DataFrame([row | cells], schema_overrides={"two_sessions": pl.Int64})).row(0, named=True)


@pytest.mark.parametrize(("cells", "posts"), [
    ({"level": "mam_non", "groups": 4, "classes": 10}, 32),
    ({"level": "tieu_hoc", "classes": 11, "two_sessions": 10}, 16),
    ({"level": "tieu_hoc", "classes": 11}, 16),
    ({"classes": 10, "kind": "boarding"}, 22),
    ({"level": "thpt", "classes": 10}, 22),
    ({"level": "thpt", "classes": 10, "kind": "boarding"}, 24),
    ({"level": "thpt", "classes": 30, "kind": "specialised"}, 93),
    ({"ownership": "private"}, None),
    ({"school_year": "2011-2012"}, None),
])  # fmt: skip
def test_posts_follow_level_kind_and_day(cells: dict[str, Any], posts: int | None) -> None:
    assert term(**cells)["posts"] == posts


def test_small_classes_are_told_apart_from_missing_teachers() -> None:
    full, small = term(pupils=450), term(pupils=225)
    assert (full["posts"], full["short"], full["short_by_size"]) == (19, 4, 4)
    assert (small["posts"], small["short"], small["posts_by_size"], small["short_by_size"]) == (19, 4, 9, 0)
    before = term(school_year="2023-2024", pupils=225)
    assert before["posts_by_size"] == 19


def test_the_day_of_a_round() -> None:
    at = {of: term(round=of)["time"].astimezone(UTC) for of in ("dau_nam", "giua_nam", "cuoi_nam")}
    assert at["dau_nam"] == datetime(2026, 9, 29, 17, tzinfo=UTC)
    assert at["giua_nam"] == datetime(2026, 12, 30, 17, tzinfo=UTC)
    assert at["cuoi_nam"] == datetime(2027, 5, 30, 17, tzinfo=UTC)


@settings(max_examples=60, deadline=None)
@given(
    classes=st.integers(0, 60), groups=st.integers(0, 20), teachers=st.integers(0, 150),
    level=st.sampled_from(["mam_non", "tieu_hoc", "thcs", "thpt"]), two=st.integers(0, 60),
)  # fmt: skip
def test_posts_as_reckoned_by_hand(classes: int, groups: int, teachers: int, level: str, two: int) -> None:
    groups, two = (groups, 0) if level == "mam_non" else (0, min(two, classes))
    tenths = {"mam_non": 22, "tieu_hoc": 12, "thcs": 19, "thpt": 22.5}[level] * classes + 25 * groups
    tenths += 3 * two if level == "tieu_hoc" else 0
    made = term(level=level, classes=classes, groups=groups, two_sessions=two, teachers_tenured=teachers)
    posts = floor(tenths / 10)
    assert made["posts"] == posts
    assert (made["short"], made["surplus"]) == (max(0, posts - teachers), max(0, teachers - posts))


# Lists as they are sent

def book_of_two_headers() -> bytes:
    held = io.BytesIO()
    book = xlsxwriter.Workbook(held)
    page = book.add_worksheet("ThongKe")
    page.write(0, 0, "BÁO CÁO THỐNG KÊ")
    for at, name in enumerate(HEADER):
        if name in ("Số nhóm trẻ", "Số lớp", "Lớp 2 buổi", "Lớp vượt sĩ số"):
            page.write(3, at, name)
        else:
            page.merge_range(2, at, 3, at, name)
    page.merge_range(2, HEADER.index("Số nhóm trẻ"), 2, HEADER.index("Lớp vượt sĩ số"), "Lớp")
    for number, line in enumerate((school(), school(**{"Mã trường": "TH0001CS02"})), 4):
        page.write_row(number, 0, [line.get(name, "") for name in HEADER])
    page.write_row(6, 0, ["", "Tổng cộng", *[""] * 8, "40"])
    book.close()
    return held.getvalue()


@pytest.mark.usefixtures("sqlite_store")
def test_a_workbook_of_merged_headers_is_read_and_its_total_left_out() -> None:
    receipt = deliver("schools", book_of_two_headers(), "TK_THCS.xlsx")
    assert (receipt.status, receipt.rows_kept, receipt.rows_rejected) == ("accepted", 2, 0)
    assert figure("edu_classes").value == 40


@pytest.mark.usefixtures("sqlite_store")
def test_wrong_rows_are_refused_with_what_to_mend() -> None:
    good = [school(**{"Mã trường": f"TH0001CS{n}"}) for n in range(10, 60)]
    receipt = deliver("schools", table(
        *good,
        school(**{"Mã trường": "TH01", "Mã xã": "Xã Không Rõ"}),
        school(**{"Mã trường": "TH0002X1", "Số lớp": "mười lớp"}),
        school(**{"Mã trường": "TH0002X2", "Năm học": "2026-2028"}),
        school(**{"Mã trường": "TH0002X3", "Kỳ báo cáo": "Kỳ cuối năm học"}),
        school(**{"Mã trường": "TH0002X4", "Lớp 2 buổi": "21"}),
        school(**{"Mã trường": "TH0002X5", "Số lớp": "0"}),
        school(**{"Mã trường": "TH0002X6", "Lớp vượt sĩ số": "21"}),
        school(**{"Mã trường": "TH0002X7", "GV đạt chuẩn": "36"}),
        school(**{"Mã trường": "TH0002X8", "HS nữ": "801"}),
    ))  # fmt: skip
    messages = dict(said(receipt))
    assert receipt.rows_kept == 50
    assert "Xã Không Rõ" in messages["Mã xã"]
    assert "mười lớp" in " ".join(m for _, m in said(receipt))
    assert messages["Năm học"] == "Năm học “2026-2028” phải là hai năm liền nhau, như 2026-2027."
    assert "chưa đến ngày chốt" in messages["Kỳ báo cáo"]
    assert messages["Lớp 2 buổi"] == "Lớp 2 buổi 21 nhiều hơn Số lớp. Kiểm tra hai ô này."
    assert messages["Học sinh"] == "Có 800 học sinh nhưng không có lớp nào. Bổ sung Số lớp."
    assert "nhiều hơn tổng số lớp" in messages["Lớp vượt sĩ số"]
    assert "36" in messages["GV đạt chuẩn"] and "801" in messages["HS nữ"]


@pytest.mark.usefixtures("sqlite_store")
def test_a_renamed_column_refuses_the_file_and_names_the_likely_one() -> None:
    receipt = deliver("schools", table(school()).replace("Kỳ báo cáo".encode(), "Kỳ thống kê".encode()))
    assert receipt.status == "refused"
    assert "Kỳ báo cáo" in str(receipt.message)


@pytest.mark.usefixtures("store")
def test_a_mended_list_replaces_the_first_whichever_comes_last() -> None:
    deliver("schools", table(school(**{"GV hợp đồng": "8", "Cập nhật lúc": "20/10/2026 08:00"})), "sau.csv")
    deliver("schools", table(school()), "truoc.csv")
    assert figure("edu_short").value == 0


@pytest.mark.usefixtures("sqlite_store")
def test_a_month_without_a_round_has_no_figure_instead_of_nought() -> None:
    deliver("schools", table(school()))
    deliver("schools", table(school(**{"Năm học": "2025-2026", "Kỳ báo cáo": "Kỳ cuối năm học"})), "hk2.csv")
    assert figure("edu_short", period="2026-05").value == 3
    assert figure("edu_short", period="2026-07").value is None


@pytest.mark.usefixtures("store")
def test_drop_outs_are_told_once_a_year_and_transition_within_a_calendar_year() -> None:
    last = {"Năm học": "2025-2026", "Kỳ báo cáo": "Kỳ cuối năm học", "Cập nhật lúc": "08/06/2026 08:00"}
    primary = {**last, "Cấp học": "Tiểu học", "Học sinh": "900"}
    deliver("schools", table(
        school(**primary, **{"Mã trường": "TH0001TH01", "Hoàn thành cấp": "600"}),
        school(**last, **{"HS đầu năm": "800", "Học sinh": "797", "Bỏ học trong năm": "3"}),
        school(**primary, **{"Mã trường": "TH0001TH02", "Hoàn thành cấp": "590"}),
    ), "cuoi.csv")  # fmt: skip
    deliver("schools", table(school(**{"Tuyển mới": "1165"})), "dau.csv")
    assert figure("edu_dropouts").value == 3
    assert figure("edu_dropout_pct").value == pytest.approx(3 / 800 * 100)
    assert figure("edu_transition_thcs").value == pytest.approx(97.90, abs=0.005)
    assert figure("edu_transition_thcs", period="2026-05").value is None


@pytest.mark.usefixtures("store")
def test_the_list_of_schools_is_searched_without_accents_and_kept_from_citizens() -> None:
    deliver("schools", table(school(), school(**{"Mã trường": "TH0001CS02", "Tên trường": "Trường THCS Đông Thọ",
                                                 "GV biên chế": "38"})))  # fmt: skip
    assert rows("school_term", SYSTEM, list="short").total == 1
    assert rows("school_term", SYSTEM, search="dong tho").rows["school"].to_list() == ["TH0001CS02"]
    with pytest.raises(NotEntitled):
        figure("edu_short", viewer=CITIZEN)
    assert figure("edu_pupils", viewer=CITIZEN).value == 1600


# The real exam

@pytest.fixture(scope="module")
def real(shared_store: str) -> None:
    for file in references():
        receipt = deliver(file.source, file.content, file.name)
        assert (receipt.status, receipt.rows_rejected) == ("accepted", 0), receipt.rejects


@pytest.mark.usefixtures("real")
def test_real_results_come_whole_with_counts_and_standing() -> None:
    told_of = figure("edu_exam_mean")
    assert (told_of.value, told_of.denominator, told_of.period and told_of.period.label) == (5.3742, 41632, "2026-07")
    assert not told_of.simulated
    assert (figure("edu_exam_rank").value, figure("edu_exam_provinces").value) == (19, 34)
    assert figure("edu_exam_mean", where={"subject": "NguVan"}, period="2025-07").value == 7.6059
    assert figures("edu_exam_mean", by="province", period="2024-07").frame.drop_nulls("value").height == 63
    standing = states("edu_exam_rank")
    assert standing.height == 5173 and 2022 not in standing["year"].to_list()
    few = standing.filter(pl.col("candidates") < 10)
    assert few.height == 25 and few["mean"].null_count() == few["rank"].null_count() == 25
    ours = ours_by_year(standing, "Toan")
    assert ours.select("year", "rank", "ranked").rows()[:3] == [(2026, 19, 34), (2025, 31, 63), (2024, 38, 63)]
    near = around(standing.filter(pl.col("year") == 2026, pl.col("subject") == "Toan").sort("rank"))
    assert near["rank"].to_list() == [1, 2, 3, *range(15, 24), 32, 33, 34]
    line = course(ours)
    assert line.filter(pl.col("start").dt.year() == 2022)["value"].to_list() == [None]
    assert line.group_by("series").len().sort("series").rows() == [("2006", 8), ("2018", 2)]


@pytest.mark.usefixtures("real")
def test_the_distribution_gives_count_mean_and_bins() -> None:
    scores = figures("edu_exam_scores", by="score")
    made = distribution(scores.frame)
    assert made is not None and scores.figure.value == made.candidates == 41337
    assert made.mean == pytest.approx(5.371, abs=0.0005)
    assert made.bins["candidates"].sum() == 41337
    assert made.bins["points"].to_list()[-1] == 10
    assert distribution(scores.frame.clear()) is None


@pytest.mark.usefixtures("real")
def test_the_published_share_is_the_sum_over_the_sum() -> None:
    share = figure("edu_published_standard_share")
    assert (share.numerator, share.denominator) == (1720, 1979)
    assert share.value == pytest.approx(86.91, abs=0.005)
    standard, schools = (figures(f"edu_published_{n}", by="series").frame["value"] for n in ("standard", "schools"))
    assert (standard / schools * 100).mean() == pytest.approx(82.70, abs=0.01)


@pytest.mark.usefixtures("sqlite_store")
def test_codes_of_candidates_are_read_by_the_year() -> None:
    lines = [
        "2025,28,Thanh Hóa,Miền Trung,Toan,Toán,100,5.5,1,0.1,0,0.2",
        "2026,38,Thanh Hóa,Miền Trung,Toan,Toán,100,5.5,1,0.1,0,0.2",
        "2025,38,Gia Lai,Miền Trung,Toan,Toán,100,5.0,1,0.1,0,0.2",
        *(f"2024,{n},Tỉnh {n},Miền Bắc,Toan,Toán,100,5.0,1,0.1,0,0.2" for n in range(40, 50)),
        "2025,38,Thanh Hóa,Miền Trung,NguVan,Ngữ văn,100,5.5,1,0.1,0,0.2",
        "2026,28,Gia Lai,Miền Trung,NguVan,Ngữ văn,100,5.5,1,0.1,0,0.2",
    ]  # fmt: skip
    receipt = deliver("exam_results", "\n".join((EXAM, *lines)).encode(), "province_subject.csv")
    assert (receipt.rows_kept, receipt.rows_rejected) == (13, 2)
    assert all("28 đến năm 2025, 38 từ năm 2026" in message for _, message in said(receipt))
    found = states("edu_exam_rank")
    assert sorted(found.filter(pl.col("scope") == "inside")["year"].to_list()) == [2025, 2026]


@pytest.mark.usefixtures("sqlite_store")
def test_scores_are_points_of_ten_with_two_decimals_at_most() -> None:
    lines = ["2026,38,Toán,0,3", '2026,38,Toán,"8,25",4', "2026,38,Toán,10,1", "2026,38,Ngữ văn,5.92,2",
             *(f"2026,38,Vật lí,{n},1" for n in range(9)),
             "2026,38,Toán,8.333,1", "2026,38,Toán,11,1", "2026,38,Toán,,1"]  # fmt: skip
    content = "\n".join(("year,province_code,subject,score,count", *lines)).encode()
    receipt = deliver("exam_scores", content, "score_distribution.csv")
    assert (receipt.rows_kept, receipt.rows_rejected) == (13, 3)
    found = figures("edu_exam_scores", by="score").frame
    assert sorted(found.select("key", "value").rows()) == [("0.0", 3), ("10.0", 1), ("8.25", 4)]


def exam_of(*results: tuple[int, float]) -> pl.DataFrame:
    made = [{"year": 2026, "subject": "Toan", "province": f"P{n}", "candidates": count, "mean": mean, "deviation": 1.0,
             "above_8": 1.0, "full_10": 0.0, "below_5": mean} for n, (count, mean) in enumerate(results)]  # fmt: skip
    return exam_standing(pl.DataFrame(made), AT)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 40), st.integers(0, 1000)), min_size=1, max_size=12))
def test_standing_as_reckoned_by_hand(drawn: list[tuple[int, int]]) -> None:
    results = [(count, cents / 100) for count, cents in drawn]
    found = exam_of(*results)
    shown = [mean for count, mean in results if count >= 10]
    country = sum(c * m for c, m in results) / sum(c for c, _ in results)
    for row, (count, mean) in zip(found.iter_rows(named=True), results, strict=True):
        assert row["country"] == pytest.approx(country)
        assert row["ranked"] == len(shown)
        if count >= 10:
            assert row["rank"] == 1 + sum(m > mean for m in shown)
            assert row["ahead"] == pytest.approx(mean - country)
        else:
            assert row["mean"] is row["rank"] is row["ahead"] is None


# The page's rounds, and the simulator

def test_rounds_of_the_past_the_newest_first() -> None:
    found = past_rounds(AT, 4)
    assert [(r.period, r.school_year, r.of) for r in found] == [
        ("2026-09", "2026-2027", "dau_nam"), ("2026-05", "2025-2026", "cuoi_nam"),
        ("2025-12", "2025-2026", "giua_nam"), ("2025-09", "2025-2026", "dau_nam"),
    ]  # fmt: skip
    assert last_round("cuoi_nam", "2026-09", AT) == "2026-05"
    assert last_round("cuoi_nam", "2025-12", AT) == "2025-05"


def test_simulated_totals_are_the_published_ones() -> None:
    december, september = (school_round(1, "demo", 2025, of) for of in ("giua_nam", "dau_nam"))
    by_level = december.group_by("level").agg(pl.len(), (pl.col("standard") > 0).sum().alias("standard"))
    assert {r["level"]: (r["len"], r["standard"]) for r in by_level.to_dicts()} == {
        "mam_non": (677, 586), "tieu_hoc": (588, 539), "thcs": (610, 526), "thpt": (104, 69)}  # fmt: skip
    assert (september.height, september.filter(pl.col("standard") > 0).height) == (1980, 1719)
    assert int(december["pupils"].sum()) > 950_000
    assert december["place"].n_unique() == 166
    assert december["name"].str.ends_with("(mô phỏng)").all()


def test_a_file_is_the_same_whatever_the_window() -> None:
    end = datetime(2026, 11, 20, tzinfo=UTC)
    wide = {f.name: f.content for f in deliveries(Plan("small", 1, end - timedelta(days=20), end))}
    narrow = {f.name: f.content for f in deliveries(Plan("small", 1, end - timedelta(days=4), end))}
    assert narrow and all(wide[name] == content for name, content in narrow.items())
    assert any(name.startswith("DINHCHINH") for name in wide)


@pytest.mark.usefixtures("sqlite_store")
def test_a_round_of_the_simulator_is_taken_in_with_its_mishaps() -> None:
    due = datetime(2026, 10, 8, tzinfo=UTC)
    received = [deliver(f.source, f.content, f.name)
                for f in deliveries(Plan("small", 1, due - timedelta(hours=12), due + timedelta(days=2)))]  # fmt: skip
    assert {r.status for r in received} >= {"accepted", "partly"}
    assert figure("edu_schools").value == 196
    assert due_of(2026, "dau_nam") == date(2026, 10, 8) and now() > due
    assert told(school_round(1, "small", 2026, "dau_nam"), due)["Mã trường"].n_unique() == 196


def test_real_files_stand_in_the_repository() -> None:
    folder = Path(__file__).parents[2] / "config" / "reference_data" / "education"
    assert {f.name for f in references()} <= {p.name for p in folder.iterdir()}
