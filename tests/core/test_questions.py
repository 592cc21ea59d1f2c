"""The one question: the same figure from rollups, from rows and as it was once believed."""

from datetime import datetime, timedelta

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from config.registry import load_registry
from data_access import ledger
from data_access.database import now, reading, writing
from data_access.facts import fact_table, rollup_table
from data_access.figures import rollup_rows
from data_access.frames import read_frame, read_rows
from services.answers import truncated
from services.figure import Freshness
from services.indicators import answer_figure, figure, figures, from_identity
from services.periods import GRAINS, latest_closed, parse_period, period_at, step
from services.question import QuestionError
from services.trace import trace
from tests.core.deliveries import START, STATION, air_file, record, steady, take_in, utc


def test_the_worst_station_is_the_provinces_index(store: str) -> None:
    take_in(
        air_file(steady("PM2,5", 50, 12)),
        air_file(steady("PM2,5", 80, 12), station="TH_NNMT_KHI002"),
    )
    worst = figure("env_aqi_hour", period="2026-11-20T11")
    assert (worst.value, worst.unit["vi"], worst.simulated) == (150, "VN_AQI", True)
    by_station = figures("env_aqi_hour", by="station", period="2026-11-20T11").frame
    assert dict(by_station.select("key", "value").rows()) == {STATION: 100, "TH_NNMT_KHI002": 150}


def test_unasked_the_period_is_the_latest_closed_one_with_data(store: str) -> None:
    take_in(air_file(steady("PM2,5", 50, 12)))
    answer = figure("env_aqi_hour")
    assert answer.period is not None
    assert (answer.period.label, answer.value) == ("2026-11-20T11", 100)
    assert answer.freshness in (Freshness.LATE, Freshness.DEAD)
    assert answer.status == "stale"
    traced = trace(answer.id).figure
    assert (traced.id, traced.freshness, traced.status) == (answer.id, answer.freshness, answer.status)


def test_a_past_answer_is_found_again_by_its_moment(store: str) -> None:
    take_in(air_file(steady("PM2,5", 50, 12)))
    before = figure("env_aqi_hour", period="2026-11-20T11")
    take_in(air_file(steady("PM2,5", 80, 12)))
    assert figure("env_aqi_hour", period="2026-11-20T11").value == 150
    assert figure("env_aqi_hour", period="2026-11-20T11", as_of=before.as_of).value == 100
    assert trace(before.id).figure.value == 100


def test_before_anything_was_known_there_is_no_value(store: str) -> None:
    early = now() - timedelta(days=1)
    take_in(air_file(steady("PM2,5", 50, 12)))
    assert figure("env_aqi_hour", period="2026-11-20T11", as_of=early).value is None


def test_a_figure_leads_to_its_file_and_rows(store: str) -> None:
    take_in(air_file(steady("PM2,5", 50, 12)), air_file(steady("PM2,5", 80, 12), station="TH_NNMT_KHI002"))
    found = trace(figure("env_aqi_hour", period="2026-11-20T11").id)
    assert [b["file"] for b in found.batches] == ["TH_NNMT_KHI002_20261120000000.txt"]
    assert {r["station"] for r in found.rows} == {"TH_NNMT_KHI002"}
    assert max(r["row"] for r in found.rows) == 144


def test_an_id_asks_the_same_question_again(sqlite_store: str) -> None:
    take_in(air_file(steady("PM2,5", 50, 12)))
    answer = figure("env_aqi_hour", period="2026-11-20T11", where={"station": STATION})
    again = from_identity(answer.id)
    assert (again.indicator.id, again.filters) == ("env_aqi_hour", {"station": STATION})
    assert again.period == answer.period


def test_what_cannot_be_asked_is_said_with_what_can(sqlite_store: str) -> None:
    with pytest.raises(QuestionError, match="indicators"):
        figure("khong_co")
    with pytest.raises(QuestionError, match="mã"):
        figure("env_aqi_hour", place="99999")
    with pytest.raises(QuestionError, match="không chia theo"):
        figure("env_aqi_hour", where={"mau": "xanh"})


values = st.lists(
    st.tuples(
        st.sampled_from(["PM2,5", "PM10"]), st.integers(0, 40), st.integers(0, 300), st.sampled_from(["00", "01", "02"])
    ),
    min_size=1,
    max_size=30,
    unique_by=lambda v: (v[0], v[1]),
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(values, min_size=1, max_size=4))
def test_rollups_equal_a_naive_count_whatever_order_rows_come_in(
    store: str, batches: list[list[tuple[str, int, int, str]]]
) -> None:
    with writing() as connection:
        for table in (
            "reading",
            "reading_history",
            "reading_hour",
            "air_hour",
            "air_day",
            "batch",
            "reject",
            "raw_file",
        ):
            connection.exec_driver_sql(f"DELETE FROM {table}")
        connection.execute(delete(ledger.source_state))
    for batch in batches:
        take_in(air_file([record(s, v, START + timedelta(minutes=20 * t), status) for s, t, v, status in batch]))
    fact = load_registry().facts["reading"]
    with reading() as connection:
        rolled = read_rows(connection, select(*rollup_table("reading_hour").c))
    raw = read_frame(select(*fact_table("reading").c))
    valid = (pl.col("status") == "00") & pl.col("value").is_not_null()
    naive = raw.group_by("station", "symbol", pl.col("time").dt.truncate("1h").alias("period")).agg(
        pl.len().cast(pl.Int64).alias("rows"),
        valid.sum().cast(pl.Int64).alias("valid"),
        pl.col("value").filter(valid).sum().alias("total"),
    )
    keys = ["station", "symbol", "period"]
    joined = rolled.join(naive, on=keys, how="full", suffix="_n")
    assert joined["rows"].to_list() == joined["rows_n"].to_list()
    assert joined["valid"].to_list() == joined["valid_n"].to_list()
    assert joined["total"].fill_null(0).to_list() == pytest.approx(joined["total_n"].fill_null(0).to_list())
    assert rollup_rows(fact, fact.rollups[0], None) is rollup_table("reading_hour")


def test_arrow_and_rows_give_the_same_frame(store: str) -> None:
    lines = [record("PM2,5", "---", START + timedelta(minutes=5 * i), "02") for i in range(40)]
    take_in(air_file([*lines, *steady("PM10", 12.5, 1, START + timedelta(hours=9))]))
    table = fact_table("reading")
    query = select(*table.c).where(table.c.time >= utc(START)).order_by(table.c.symbol.desc(), table.c.time)
    with reading() as connection:
        assert read_rows(connection, query).equals(read_frame(query))


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2026", datetime(2026, 1, 1), datetime(2027, 1, 1)),
        ("2026-Q4", datetime(2026, 10, 1), datetime(2027, 1, 1)),
        ("2026-12", datetime(2026, 12, 1), datetime(2027, 1, 1)),
        ("2026-W01", datetime(2025, 12, 29), datetime(2026, 1, 5)),
        ("2026-02-28", datetime(2026, 2, 28), datetime(2026, 3, 1)),
        ("2026-10-15T08", datetime(2026, 10, 15, 8), datetime(2026, 10, 15, 9)),
        ("K2026-11", datetime(2026, 10, 15), datetime(2026, 11, 15)),
        ("K2026-01", datetime(2025, 12, 15), datetime(2026, 1, 15)),
        ("K2026-Q4", datetime(2026, 9, 15), datetime(2026, 12, 15)),
        ("K2026", datetime(2025, 12, 15), datetime(2026, 12, 15)),
    ],
)
def test_periods_are_local(text: str, start: datetime, end: datetime) -> None:
    period = parse_period(text)
    assert (period.start, period.end, period.label) == (utc(start), utc(end), text)
    assert period_at(period.start, period.grain) == period
    assert step(period.end, period.grain, -1) == period.start
    assert latest_closed(period.end, period.grain) == period


def test_a_question_is_divided_by_a_dimension_and_time_at_once(store: str) -> None:
    take_in(
        air_file(steady("PM2,5", 50, 12)),
        air_file(steady("PM2,5", 80, 12), station="TH_NNMT_KHI002"),
    )
    both = figures("env_aqi_hour", by=("station", "time"), period="2026-11-20T11", last=2).frame
    assert both.select("key", "value").rows() == [
        (STATION, 100),
        (STATION, 100),
        ("TH_NNMT_KHI002", 150),
        ("TH_NNMT_KHI002", 150),
    ]
    last = both.row(-1, named=True)
    assert answer_figure(from_identity(last["id"])).value == 150
    assert from_identity(last["id"]).period == parse_period("2026-11-20T11")
    rows = figures("env_air_valid", by=("symbol", "time"), period="2026-11-20", last=3).frame
    assert rows.select("key", "value").rows() == [("PM2.5", None), ("PM2.5", None), ("PM2.5", 288)]
    with pytest.raises(QuestionError, match="một chiều"):
        figures("env_aqi_hour", by=("station", "place"), period="2026-11-20T11")


@pytest.mark.parametrize("grain", GRAINS)
def test_rows_and_periods_agree_on_every_day_of_three_years(grain: str) -> None:
    days = [utc(datetime(2025, 1, 1)) + timedelta(days=n, hours=n % 24) for n in range(3 * 365)]
    found = pl.DataFrame({"at": days}).select(truncated(pl.col("at"), grain))["at"].to_list()
    assert found == [period_at(day, grain).start for day in days]


def test_a_reporting_month_is_answered_from_its_own_days(store: str) -> None:
    days = [datetime(2026, 10, 14), datetime(2026, 10, 15), datetime(2026, 11, 14), datetime(2026, 11, 15)]
    take_in(*(air_file(steady("PM2,5", 50, n + 1, day), day) for n, day in enumerate(days)))
    assert figure("env_air_valid", period="K2026-11").value == 12 * (2 + 3)
    parts = figures("env_air_valid", by="time", period="K2026-12", last=3).frame
    assert parts.select("key", "value").rows() == [("K2026-10", 12.0), ("K2026-11", 60.0), ("K2026-12", 48.0)]
