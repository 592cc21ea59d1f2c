"""Socio-economy: published figures with their vintages, the pace of targets, weekly investment, and wrong files."""

import io
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import xlsxwriter
from hypothesis import assume, given
from hypothesis import strategies as st
from sqlalchemy import select

from config.registry import load_registry
from data_access.database import reading
from data_access.facts import fact_table
from data_access.ingestion.pipeline import Delivery, Receipt, ingest
from services.demo.plan import Plan
from services.demo.socioeconomy import HEADERS, deliveries, references, reports
from services.indicators import figure, figures, states
from services.methods.catalogue import METHODS
from services.methods.pace import needed_growth, pace, weighted
from services.methods.socioeconomy import investment_states, target_states
from services.methods.vintages import Said, apart, before, discrepancies, last_place, printed
from services.methods.working_days import LOCAL
from services.question import QuestionError
from services.target_course import target_course

REAL = Path(__file__).parents[2] / "config" / "reference_data" / "ktxh"
AT = datetime(2026, 11, 23, 3, tzinfo=UTC)
END_2025 = datetime(2025, 12, 31, 17, tzinfo=UTC)
END_OF_OCTOBER_2025 = datetime(2025, 10, 31, 17, tzinfo=UTC)
PLAN_HEADER = ("Mã chỉ tiêu", "Kỳ", "Cấp giao", "Cách so", "Giá trị", "Đơn vị", "Cơ quan chủ trì", "Văn bản, nguồn")
PUBLISHED = "indicator,period,kind,value,unit,mom_pct,yoy_pct,plan_pct,published,note,source"


def deliver(source: str, *files: tuple[str, bytes], at: datetime = AT) -> list[Receipt]:
    declared = load_registry().sources[source]
    return [ingest(declared, [Delivery(*file)], METHODS, at)[0] for file in files]


def printed_figures(*lines: str) -> Receipt:
    receipt, = deliver("socioeconomic_published", ("so_lieu.csv", "\n".join((PUBLISHED, *lines)).encode()))
    return receipt


def workbook(sheet: str, header: tuple[str, ...], *rows: tuple[Any, ...]) -> bytes:
    held = io.BytesIO()
    book = xlsxwriter.Workbook(held)
    page = book.add_worksheet(sheet)
    for number, row in enumerate((header, *rows)):
        page.write_row(number, 0, row)
    book.close()
    return held.getvalue()


def stored(fact: str) -> list[dict[str, Any]]:
    with reading() as connection:
        return [dict(row._mapping) for row in connection.execute(select(fact_table(fact)))]


@pytest.fixture
def published(store: str) -> None:
    for file in references():
        receipt, = deliver(file.source, (file.name, file.content))
        assert (receipt.status, receipt.rows_rejected) == ("accepted", 0), receipt.rejects


def target(series: str, at: datetime = AT) -> dict[str, Any]:
    found = states("eco_targets_missed", at=at).filter(pl.col("series") == series, pl.col("horizon") == "year")
    return found.row(0, named=True)


# What was printed

@pytest.mark.usefixtures("published")
def test_every_published_figure_is_kept_with_who_said_it_and_when() -> None:
    assert figure("eco_published").value == 122 + 56
    growth = {(r["period_code"], r["published"], r["publisher"]): r["yoy_pct"] for r in stored("published_figure")
              if r["series"] == "grdp_growth_pct" and r["kind"] == "year"}  # fmt: skip
    assert growth == {
        ("2023", "2023-12-27", "doanhnghieptiepthi.vn"): 7.01, ("2023", "", "Nhiều báo"): 7.29,
        ("2024", "2024-12-14", "thanhnien.vn"): 12.16, ("2025", "2025-10-17", "vneconomy.vn"): 10.24,
        ("2025", "2025-12-06", "vnexpress.net"): 8.27, ("2025", "2025-12-08", "dantri.com.vn"): 8.27,
    }


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize(("indicator", "value", "period"), [
    ("eco_grdp_growth", 8.27, "2025-Q4"), ("eco_grdp", 333_617, "2025"), ("eco_grdp_per_capita", 3_505, "2025"),
    ("eco_budget", 57_000, "2025-12"), ("eco_budget_pct", 125.6, "2025-12"), ("eco_domestic", 22_263, "2026-07"),
    ("eco_domestic_pct", 67.1, "2026-07"), ("eco_exports", 1_100, "2026-02"), ("eco_iip", 16.07, "2026-02"),
    ("eco_tourists", 16_200_000, "2025-12"), ("eco_tourism", 45_606, "2025-12"), ("eco_enterprises", 3_510, "2025-12"),
    ("eco_total_investment", 148.5, "2025-Q4"), ("eco_fdi", 437, "2025"), ("eco_poverty", 0.52, "2025"),
    ("eco_invest_published_pct", 117.4, "2025-12"),
])  # fmt: skip
def test_the_newest_vintage_counts_and_is_dated(indicator: str, value: float, period: str) -> None:
    found = figure(indicator)
    assert (found.value, found.period and found.period.label, found.simulated) == (value, period, False)
    assert found.status.value == "stale"


@pytest.mark.usefixtures("published")
def test_an_estimate_says_that_it_is_one() -> None:
    stages = {(r["series"], r["period_code"], r["published"]): (r["stage"], r["status"])
              for r in stored("published_figure")}  # fmt: skip
    assert stages["export_musd", "2025-08", "2025-08-23"] == ("estimate", "preliminary")
    assert stages["grdp_growth_pct", "2024-06", "2024-10-03"] == ("preliminary", "preliminary")
    assert stages["budget_revenue_bn", "2025", "2026-01-18"] == ("reported", "reported")
    assert figure("eco_enterprises").preliminary
    assert not figure("eco_budget").preliminary


@pytest.mark.usefixtures("published")
def test_what_nobody_published_has_no_value() -> None:
    assert figure("eco_bhyt").value is None


@pytest.mark.usefixtures("published")
def test_two_bases_are_two_figures() -> None:
    assert figure("eco_domestic_pct").value == 67.1
    assert figure("eco_domestic_pct", where={"base": "trung_uong"}).value == 68.2


def test_periods_as_printed(store: str) -> None:
    receipt = printed_figures(
        "a_pct,2025,year,,%,,1,,2026-01,,x.vn", "a_pct,2025-Q1,quarter,,%,,1,,2025,,x.vn",
        "a_pct,2025-Q3,quarter,,%,,1,,,,x.vn", "a_pct,2026-H2,target,,%,,1,,2026-07-23,,x.vn",
        "a_pct,2026-TET,event,,%,,1,,2026-02-22,,x.vn", "a_pct,2024-02,ytd,,%,,1,,2024-03-01,,x.vn",
        "a_pct,2024-05-19,to_date,,%,,1,,2024-06-05,,x.vn",
    )
    assert receipt.status == "accepted", receipt.rejects
    local = {r["period_code"]: ((r["time"] + timedelta(hours=7)).strftime("%Y-%m-%d"), r["span"])
             for r in stored("published_figure")}  # fmt: skip
    assert local == {
        "2025": ("2025-12-31", "cumulative"), "2025-Q1": ("2025-03-31", "cumulative"),
        "2025-Q3": ("2025-09-30", "quarter"), "2026-H2": ("2026-07-01", "target"), "2026-TET": ("2026-02-17", "event"),
        "2024-02": ("2024-02-29", "cumulative"), "2024-05-19": ("2024-05-19", "cumulative"),
    }


def test_wrong_published_rows_are_refused_with_what_to_do(store: str) -> None:
    good = [f"a_bn,2025-{m:02d},month,{m},tỷ đ,,,,,,x.vn" for m in range(1, 13)] * 2
    good = [line.replace("a_bn", f"a{n // 12}_bn") for n, line in enumerate(good)]
    receipt = printed_figures(
        *good, "b_bn,2025-13,month,1,tỷ đ,,,,,,x.vn", "b_bn,2025-02-30,to_date,1,tỷ đ,,,,,,x.vn",
        "b_bn,2025-01,month,1,,,,,,,x.vn", "b_bn,2025-02,month,,tỷ đ,,,,,,x.vn", "b_bn,2025-03,thang,1,tỷ đ,,,,,,x.vn",
    )
    said = {r["row"]: (r["column"], r["rule"]) for r in receipt.rejects}
    assert receipt.status == "partly"
    assert said == {26: ("period", "pattern"), 27: ("period", "day_exists"), 28: ("unit", "required"),
                    29: ("value", "says_nothing"), 30: ("kind", "not_allowed")}  # fmt: skip


# Who said what when

@pytest.mark.usefixtures("published")
def test_revisions_and_disagreements_are_found_and_shown() -> None:
    found = {(r["what"], r["basis"], r["series"], r["period_code"]): r for r in states("eco_revisions").to_dicts()}
    september = found["silent", "mom", "export_musd", "2025-09"]
    assert (september["first"], round(september["second"], 1), september["second_on"]) == (649.3, 574.4, "2025-10")
    august = found["silent", "mom", "import_musd", "2025-08"]
    assert (august["first"], round(august["second"], 1)) == (775.1, 864.1)
    grdp = found["revised", "vintage", "grdp_bn", "2025"]
    assert (grdp["first"], grdp["second"], round(grdp["gap_pct"], 2)) == (357_760, 333_617, -6.75)
    domestic = found["conflict", "plan", "budget_domestic_bn", "2025-09"]
    assert (domestic["first"], domestic["publisher"]) == (134, "dantri.com.vn")
    assert (domestic["second"], domestic["second_by"]) == (104.3, "baothanhhoa.vn")
    assert found["impossible", "vintage", "tourism_revenue_bn", "2025-10"]["first"] == 783_700
    assert found["conflict", "vintage", "new_enterprises", "2025-06"]["second"] == 1_800
    assert ("silent", "mean", "iip_growth_pct", "2025-01") in found
    assert ("silent", "mean", "iip_growth_pct", "2026-01") not in found
    kinds = [key[0] for key in found]
    assert figure("eco_revisions").value == kinds.count("revised") + kinds.count("silent")
    assert figure("eco_conflicts").value == len(kinds) - kinds.count("revised") - kinds.count("silent")


@pytest.mark.usefixtures("published")
def test_a_headline_is_held_against_its_text_and_never_a_figure() -> None:
    assert target("new_enterprises", END_OF_OCTOBER_2025)["done"] == 1_725


def said(series: str, kind: str, period: str, value: float | None, day: str, **more: Any) -> Said:
    at = datetime.fromisoformat(day).replace(tzinfo=UTC)
    who = more.pop("publisher", "a.vn")
    return Said(series, kind, period, "", who, day, at, more.pop("unit", "tỷ đ"), value, **more)


def test_rounding_is_no_disagreement() -> None:
    assert [last_place(v) for v in (6300, 649.3, 4695, 0.52)] == [100, 0.1, 1, 0.01]
    assert printed(5900, "under") == (5800, 5900)
    assert printed(1800, "over") == (1800, 1900)
    assert apart(before(printed(649.3), 2.4), printed(627.1))
    assert not apart(before(printed(102.4), 2.4), printed(100.0))
    later = said("x_bn", "year", "2025", 57_000, "2026-01-18", publisher="b.vn", rounded="over")
    assert discrepancies([said("x_bn", "year", "2025", 57_400, "2026-01-20"), later]) == []


def test_a_falling_total_is_kept_and_told(store: str) -> None:
    receipt = printed_figures(
        "t_bn,2026-03,ytd,512.5,tỷ đ,,,,2026-03-30,,x.vn", "t_bn,2026-04,ytd,480.5,tỷ đ,,,,2026-04-29,,x.vn",
    )
    assert (receipt.status, receipt.rows_kept) == ("accepted", 2)
    found, = states("eco_conflicts", at=AT).to_dicts()
    assert (found["what"], found["first"], found["second"]) == ("decreasing", 512.5, 480.5)


def test_two_publishers_at_one_time_disagree_and_a_later_one_revises() -> None:
    first = said("x_bn", "year", "2025", 54_952, "2025-12-06", publisher="a.vn")
    soon = said("x_bn", "year", "2025", 57_123, "2025-12-20", publisher="b.vn")
    late = said("x_bn", "year", "2025", 57_123, "2026-01-18", publisher="b.vn")
    assert [d.kind for d in discrepancies([first, soon])] == ["conflict"]
    assert [d.kind for d in discrepancies([first, late])] == ["revised"]


@given(st.floats(1, 1e6), st.floats(-60, 60), st.integers(0, 2))
def test_honest_arithmetic_is_never_called_a_revision(true: float, rate: float, decimals: int) -> None:
    """Whoever prints true values and rates, however rounded, is not accused."""
    now = round(true * (1 + rate / 100), decimals)
    earlier = said("x_bn", "month", "2025-08", round(true, decimals), "2025-09-05")
    later = said("x_bn", "month", "2025-09", now, "2025-10-05", mom=round(rate, 1))
    assert discrepancies([earlier, later]) == []


months_ago = st.integers(100, 99_999)


@given(months_ago, months_ago, st.integers(-300, 300))
def test_a_silent_revision_is_told_just_where_no_true_value_fits(earlier: int, later: int, tenths: int) -> None:
    """By hand, in exact fractions: the month before as the later figure implies it, against what was printed of it."""
    def place(units: int) -> Fraction:
        return Fraction(10 ** (len(str(units)) - len(str(units).rstrip("0"))))

    def span(units: int) -> tuple[Fraction, Fraction]:
        return units - place(units) / 2, units + place(units) / 2

    half = min(place(tenths) / 10, Fraction(1)) / 2 if tenths else Fraction(1, 2)
    growth = [1 + (Fraction(tenths, 10) + side * half) / 100 for side in (-1, 1)]
    implied = [units / rate for units in span(later) for rate in growth]
    distance = max(min(implied) - span(earlier)[1], span(earlier)[0] - max(implied))
    assume(abs(distance) > Fraction(1, 1000))
    rows = [said("x_bn", "month", "2025-08", float(earlier), "2025-09-05"),
            said("x_bn", "month", "2025-09", float(later), "2025-10-05", mom=tenths / 10)]  # fmt: skip
    assert [(d.kind, d.basis) for d in discrepancies(rows)] == ([("silent", "mom")] if distance > 0 else [])


# The plan

def test_the_provinces_period_codes(store: str) -> None:
    codes = ("202607", "20263", "2026", "202613", "20265", "20260", "26")
    rest = ("Tỉnh", "Lũy kế", 1, "tỷ đ", "Sở Tài chính", "QĐ thử nghiệm")
    more = tuple(("y_bn", f"2025{m:02d}", *rest) for m in range(1, 13))
    content = workbook("ChiTieu", PLAN_HEADER, *(("x_bn", code, *rest) for code in codes), *more, *(
        ("z_bn", f"2024{m:02d}", *rest) for m in range(1, 13)))
    receipt, = deliver("socioeconomic_plan", ("ke_hoach.xlsx", content))
    assert receipt.status == "partly"
    assert [(r["value"], r["column"], r["rule"]) for r in receipt.rejects] == [
        (code, "Kỳ", "pattern") for code in codes[3:]]
    starts = {r["period_code"]: (r["grain"], (r["starts"] + timedelta(hours=7)).strftime("%Y-%m-%d"))
              for r in stored("plan_target") if r["series"] == "x_bn"}  # fmt: skip
    assert starts == {"202607": ("month", "2026-07-01"), "20263": ("quarter", "2026-07-01"),
                      "2026": ("year", "2026-01-01")}  # fmt: skip


def test_a_plan_with_a_renamed_column_is_refused(store: str) -> None:
    header = tuple("Kỳ kế hoạch" if name == "Kỳ" else name for name in PLAN_HEADER)
    content = workbook("ChiTieu", header, ("x_bn", "2026", *["y"] * 6))
    receipt, = deliver("socioeconomic_plan", ("ke_hoach.xlsx", content))
    assert receipt.status == "refused"
    assert "“Kỳ”" in str(receipt.message)


@pytest.mark.usefixtures("published")
def test_the_estimate_of_2025_follows_from_three_printed_rates() -> None:
    assert round(54_952 / 1.21) == 45_415
    assert round(29_789 / 0.655) == 45_479
    state = target("budget_revenue_bn", END_2025)
    assert (round(state["plan"]), state["plan_origin"]) == (45_382, "implied")
    assert max(45_415, 45_479, state["plan"]) / min(45_415, 45_479, state["plan"]) < 1.0025


# The pace

@pytest.mark.usefixtures("published")
def test_which_targets_will_be_missed_and_who_owns_them() -> None:
    exports = target("export_musd")
    assert (exports["plan"], exports["done"], exports["pace_by"], exports["verdict"], exports["old"]) == (
        8_500, 1_100, "linear", "missed", True)
    assert (exports["projected"], exports["agency"]) == (6_600, "so_ct")
    assert (target("budget_revenue_bn")["plan"], target("budget_revenue_bn")["verdict"]) == (
        pytest.approx(57_000 * 1.07), "no_result")
    assert target("grdp_growth_pct")["verdict"] == "no_result"
    assert target("bhyt_coverage_pct")["verdict"] == "no_data"
    assert target("iip_growth_pct")["verdict"] == "no_plan"
    assert [figure(i, period="2026").value for i in ("eco_targets_missed", "eco_targets_silent")] == [1, 3]
    by_owner = figures("eco_targets_missed", by="agency", period="2026").frame
    assert dict(by_owner.filter(pl.col("value") > 0).select("key", "value").iter_rows()) == {"so_ct": 1}
    with pytest.raises(QuestionError, match="place"):
        figure("eco_targets_missed", place="14797")


@pytest.mark.usefixtures("published")
def test_the_pace_is_last_years_own_where_it_is_known() -> None:
    exports = target("export_musd", END_OF_OCTOBER_2025)
    same_last = 5_900 / 1.182
    assert (exports["same_last"], exports["same_origin"]) == (pytest.approx(same_last), "implied")
    assert (exports["pace_by"], exports["share"]) == ("seasonal", pytest.approx(same_last / 6_300))
    assert exports["projected"] == pytest.approx(5_900 / (same_last / 6_300))
    assert (exports["previous"], exports["verdict"]) == (5_353.5, "missed")
    revenue = target("tourism_revenue_bn", END_OF_OCTOBER_2025)
    assert (revenue["pace_by"], revenue["verdict"]) == ("linear", "on_track")
    arrivals = target("tourist_arrivals", END_OF_OCTOBER_2025)
    assert (arrivals["pace_by"], arrivals["verdict"]) == ("seasonal", "on_track")


@pytest.mark.usefixtures("published")
def test_a_closed_year_is_judged_by_its_results() -> None:
    closed = states("eco_targets_missed", at=END_2025).filter(pl.col("horizon") == "year")
    verdicts = dict(closed.select("series", "verdict").iter_rows())
    assert [s for s, v in verdicts.items() if v == "missed"] == ["export_musd"]
    assert verdicts["public_invest_disbursed_bn"] == "reached"
    assert target("public_invest_disbursed_bn", END_2025)["plan_pct"] == pytest.approx(117.4)
    retail = target("retail_bn", datetime(2024, 12, 31, 17, tzinfo=UTC))
    assert (retail["plan_origin"], retail["done"], retail["unit"]) == ("share", 105.1, "% KH")
    assert retail["verdict"] == "reached"
    assert figures("eco_targets_missed", by="time", period="2026", last=2).frame["value"].to_list() == [1, 1]


@pytest.mark.usefixtures("published")
def test_targets_of_2030_say_how_fast_they_must_rise() -> None:
    term = {r["series"]: r for r in states("eco_targets_missed").to_dicts() if r["horizon"] == "term"}
    assert set(term) == {"grdp_growth_pct", "grdp_per_capita_usd", "income_per_capita_mvnd"}
    assert term["grdp_per_capita_usd"]["needed"] == pytest.approx(((7_900 / 3_505) ** 0.2 - 1) * 100)
    assert term["income_per_capita_mvnd"]["done"] is None


@pytest.mark.usefixtures("published")
def test_the_course_of_a_year_beside_the_last_and_the_plan() -> None:
    course = target_course(states("eco_published"), "export_musd", 2025, 8_000, END_2025)
    this = course.filter(pl.col("series") == "this").sort("start")
    assert this["value"].to_list() == [603.339, 1461, 2800, 4695, 5353.5, 5900, 7300]
    assert course.filter(pl.col("series") == "last")["start"].to_list() == this["start"].to_list()[-1:]
    assert course.filter(pl.col("series") == "plan")["value"].to_list() == [0, 8_000]


def naive(plan: float | None, done: float | None, months: float, same: float | None, total: float | None) -> Any:
    """The same in the words of a textbook, step by step."""
    if months >= 12:
        share = 1.0
    elif same is not None and total is not None and same > 0 and total >= same:
        share = same / total
    else:
        share = months / 12
    due = plan * share if plan is not None else None
    end = done / share if done is not None and share > 0 else None
    rate = done / due * 100 if done is not None and due else None
    return share, due, rate, end


amounts = st.one_of(st.none(), st.floats(0.01, 1e6))


@given(amounts, amounts, st.floats(0.1, 12), amounts, amounts)
def test_pace_agrees_with_the_textbook(
    plan: float | None, done: float | None, months: float, same: float | None, total: float | None
) -> None:
    found = pace(plan, done, months, same, total)
    assert (found.share, found.expected, found.pct, found.projected) == pytest.approx(
        naive(plan, done, months, same, total))
    if plan and done and found.projected is not None:
        assert (found.projected >= plan) == (done >= plan * found.share) or found.projected == pytest.approx(plan)


def frame_of(fact: str, **cells: Any) -> pl.DataFrame:
    kinds: dict[str, Any] = {"text": pl.String, "integer": pl.Int64, "number": pl.Float64,
                             "instant": pl.Datetime("us", "UTC")}  # fmt: skip
    schema = {name: kinds[kind] for name, kind in load_registry().facts[fact].columns.items()}
    return pl.DataFrame([dict.fromkeys(schema) | cells], schema=schema)


@given(st.floats(1, 1e6), st.floats(0.01, 2e6), st.integers(1, 12), st.sampled_from(["cumulative", "level", "lower"]))
def test_share_of_plan_and_verdict_agree_with_a_ruler(plan: float, done: float, month: int, basis: str) -> None:
    year = datetime(2026, 1, 1, tzinfo=LOCAL)
    until = (year.replace(month=month % 12 + 1, year=2026 + month // 12)) - timedelta(days=1)
    common = {"series": "x_bn", "base": "", "unit": "tỷ đ"}
    figures_ = frame_of("published_figure", **common, kind="ytd", span="cumulative", time=until, value=done,
                        publisher="a.vn", published="2026-12-31", published_at=until, status="official")  # fmt: skip
    plans = frame_of("plan_target", **common, period_code="2026", document="KH", grain="year", starts=year, time=year,
                     basis=basis, value=plan, agency="so_tc")  # fmt: skip
    (row,) = target_states(plans, datetime(2026, 12, 31, 16, tzinfo=UTC), figures_, plans).to_dicts()
    if basis == "cumulative":
        assert row["plan_pct"] == pytest.approx(100 * done / plan)
        assert row["projected"] == pytest.approx(done * 12 / month)
        will = "reached" if done >= plan else "on_track" if done * 12 / month >= plan and month < 12 else "missed"
    else:
        assert row["plan_pct"] is None
        holds = done <= plan if basis == "lower" else done >= plan
        will = "missed" if not holds else "reached" if month == 12 else "on_track"
    assert row["verdict"] == will


@given(st.lists(st.tuples(*[st.integers(0, 500_000)] * 4), min_size=1, max_size=8))
def test_both_rates_of_disbursement_agree_with_division_by_hand(reports_: list[tuple[int, ...]]) -> None:
    names = ("plan_central", "plan_province", "schedule", "disbursed")
    made = pl.DataFrame([dict(zip(names, map(float, r), strict=True)) for r in reports_]).with_columns(
        budget_year=pl.lit(2026, pl.Int64), time=pl.lit(AT - timedelta(days=3)))  # fmt: skip
    for row, (central, province, schedule, spent) in zip(
        investment_states(made, AT).iter_rows(named=True), reports_, strict=True
    ):
        for name, base in (("central_pct", central), ("province_pct", province), ("schedule_pct", schedule)):
            assert row[name] == (pytest.approx(float(Fraction(100 * spent, base))) if base else None)
        assert (row["behind"], row["silent"]) == (10 * spent < 9 * schedule, False)


def test_growth_needed_and_growth_of_the_whole() -> None:
    assert needed_growth(100, 121, 2) == pytest.approx(10)
    assert needed_growth(100, 121, 0) is None
    sectors = [(48, 10.63), (32, 8.79), (13, 1.14), (7, 1.73)]
    assert abs(weighted(sectors) - 8.27) < 0.5


@pytest.mark.parametrize(("whole", "agrees"), [(8.27, True), (9.5, False)])
def test_sectors_by_their_shares_make_the_growth_of_the_whole(whole: float, agrees: bool) -> None:
    shares = {"industry_construction": (48, 10.63), "services": (32, 8.79), "agriculture": (13, 1.14)}
    parts = [s for name, (share, growth) in shares.items() for s in (
        said(f"grdp_share_{name}_pct", "year", "2025", share, "2025-12-08", unit="%"),
        said(f"grdp_growth_{name}_pct", "year", "2025", None, "2025-12-08", unit="%", yoy=growth))]
    taxes = said("grdp_growth_tax_pct", "year", "2025", None, "2025-12-08", unit="%", yoy=1.73)
    total = said("grdp_growth_pct", "year", "2025", None, "2025-12-08", unit="%", yoy=whole)
    found = [d.basis for d in discrepancies([*parts, taxes, total])]
    assert found == ([] if agrees else ["sectors"])


# Public investment

WEEK = "2026-W47"
ROW = ("1", "UBND phường Hạc Thành", "18/11/2026", "2026", "5", "50000", "60000", "48000", "57300.5")


def report(*rows: tuple[str, ...], header: tuple[str, ...] = HEADERS, sheet: str = "GiaiNgan") -> bytes:
    return workbook(sheet, header, *rows)


def test_two_plans_are_two_rates_and_both_may_exceed_100(store: str) -> None:
    other = ("2", "Sở Xây dựng", "18/11/2026", "2026", "9", "200000", "220000", "180000", "90000")
    receipt, = deliver("public_investment", ("GNDTC.xlsx", report(ROW, other)))
    assert receipt.status == "accepted", receipt.rejects
    assert figure("eco_disb_pct", place="14797", period=WEEK).value == pytest.approx(57_300.5 / 50_000 * 100)
    assert figure("eco_disb_province_pct", agency="so_xd", period=WEEK).value == pytest.approx(90_000 / 220_000 * 100)
    whole = figure("eco_disb_pct", period=WEEK)
    assert whole.value == pytest.approx((57_300.5 + 90_000) / 250_000 * 100)
    assert whole.simulated
    assert figure("eco_disb_behind", period=WEEK).value == 1


def test_a_later_report_replaces_and_an_earlier_week_stays(store: str) -> None:
    week = (*ROW[:2], "11/11/2026", *ROW[3:8], "50000")
    again = (*ROW[:8], "56000")
    deliver("public_investment", ("a.xlsx", report(week)), ("b.xlsx", report(ROW)), ("c.xlsx", report(again)))
    by_week = figures("eco_disbursed", by="time", period=WEEK, last=2).frame["value"].to_list()
    assert by_week == pytest.approx([50, 56])
    latest = figure("eco_disbursed")
    assert latest.period and latest.period.label == WEEK and latest.value == pytest.approx(56)


def test_a_new_budget_year_starts_from_nothing(store: str) -> None:
    deliver("public_investment", ("a.xlsx", report((*ROW[:2], "31/12/2025", "2025", *ROW[4:]))))
    assert figure("eco_disbursed", period="2025").value == pytest.approx(57.3005)
    assert states("eco_disb_behind", at=datetime(2026, 1, 10, tzinfo=UTC)).is_empty()


@pytest.mark.parametrize(("done", "behind"), [("43199.9", 1), ("43200", 0)])
def test_behind_is_under_nine_tenths_of_the_own_schedule(store: str, done: str, behind: int) -> None:
    deliver("public_investment", ("a.xlsx", report((*ROW[:8], done))))
    assert figure("eco_disb_behind", period=WEEK).value == behind


def test_a_wrong_report_is_refused_row_by_row(store: str) -> None:
    names = [a.name.vi for a in load_registry().agencies.values() if a.kind == "commune"][:30]
    good = [("1", name, *ROW[2:]) for name in names if name != ROW[1]]
    wrong = [
        ("1", "UBND xã Không Có", *ROW[2:]), (*ROW[:8], "57300500000"), ("1", "Sở Y tế", "18-11-2026", *ROW[3:]),
        ("1", "Sở Tư pháp", "18/11/2027", *ROW[3:]), ("1", "Sở Nội vụ", *ROW[2:8], "năm mươi"),
    ]
    receipt, = deliver("public_investment", ("GNDTC.xlsx", report(*good, *wrong)))
    assert (receipt.status, receipt.rows_rejected) == ("partly", 5)
    found = [(r["column"], r["rule"]) for r in receipt.rejects]
    assert found == [
        ("Đơn vị", "unknown_agency"), ("Giải ngân lũy kế", "unit_slip"), ("Số liệu đến ngày", "not_a_date"),
        ("Số liệu đến ngày", "future_date"), ("Giải ngân lũy kế", "not_a_number"),
    ]
    assert "triệu đồng" in receipt.rejects[1]["message"]


def test_a_renamed_column_or_sheet_refuses_the_report(store: str) -> None:
    header = tuple("KH vốn tỉnh" if h == "Vốn tỉnh giao" else h for h in HEADERS)
    receipts = deliver("public_investment", ("a.xlsx", report(ROW, header=header)), ("b.xlsx", report(ROW)))
    assert [r.status for r in receipts] == ["refused", "accepted"]
    assert "“Vốn tỉnh giao”" in str(receipts[0].message)


# The demo

def test_the_simulated_reports_are_the_same_whatever_the_window(sqlite_store: str) -> None:
    until = datetime(2026, 11, 20, 15, tzinfo=UTC)
    whole = list(deliveries(Plan("demo", 7, until - timedelta(days=60), until)))
    halves = [f for back in (60, 30) for f in deliveries(
        Plan("demo", 7, until - timedelta(days=back), until - timedelta(days=back - 30)))]  # fmt: skip
    assert whole == halves
    assert [f.due for f in whole] == sorted(f.due for f in whole)
    receipts = deliver("public_investment", *((f.name, f.content) for f in whole), at=until)
    assert {r.status for r in receipts} <= {"accepted", "partly", "refused", "duplicate"}
    assert sum(r.rows_kept for r in receipts) > 1_000
    rates = figures("eco_disb_schedule_pct", by="agency", period=WEEK).frame["value"]
    assert rates.len() == 181
    assert rates.min() < 70 < rates.median() < 105  # type: ignore[operator]


def test_a_simulated_year_has_every_department_and_commune_each_week() -> None:
    rows = reports(Plan("demo", 1, AT, AT), datetime(2026, 11, 18).date())
    assert rows.height == 15 + 166
    assert rows.height * 52 <= 10_000
    assert (rows["Giải ngân lũy kế"] > rows["Vốn TTg giao"]).any()


@pytest.mark.parametrize("back", range(7))
def test_any_three_days_bring_a_report(back: int) -> None:
    until = AT - timedelta(days=back)
    assert list(deliveries(Plan("small", 1, until - timedelta(days=3), until)))
