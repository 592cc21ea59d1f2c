"""The environment: each source's real file and a broken one, and figures against values worked out by hand."""

import gzip
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from config.registry import load_registry
from data_access.figures import Slice, values
from data_access.ingestion.pipeline import Delivery, Receipt, ingest
from services.demo.environment import deliveries, references
from services.demo.plan import Plan
from services.figure import Freshness, Status
from services.indicators import figure, figures, states
from services.methods.catalogue import METHODS

DATA = Path(__file__).parents[2] / "config" / "reference_data"
ONE = "TH_NNMT_KHI001"


def take(source: str, *files: tuple[str, bytes]) -> list[Receipt]:
    return ingest(load_registry().sources[source], [Delivery(n, c) for n, c in files], METHODS)


def take_reference(*sources: str) -> None:
    for file in references():
        if file.source in sources:
            assert take(file.source, (file.name, file.content))[0].status in ("accepted", "partly")


def rows(table: str, columns: Sequence[str], **where: str) -> pl.DataFrame:
    return values(table, columns, Slice(None, None, where), METHODS, many=True)


def hour_file(station: str, start: datetime, records: Sequence[tuple[str, object, str, str]]) -> tuple[str, bytes]:
    """Twelve five-minute records of each symbol from a local hour on."""
    lines = [
        f"{symbol}\t{value}\t{unit}\t{start + timedelta(minutes=5 * step):%Y%m%d%H%M%S}\t{status}"
        for step in range(12)
        for symbol, value, unit, status in records
    ]
    return f"{station}_{start:%Y%m%d%H%M%S}.txt", "\r\n".join(lines).encode()


# Air, TT 10/2021


def test_both_layouts_all_units_and_statuses_of_an_air_file_are_read(store: str) -> None:
    by_line = (
        "PM2,5\t41,5\tug/m3\t20261102080000\t00\r\nCO\t1,25\tmg/m3\t20261102080000\t00\r\n"
        "NO2\t---\tµg/Nm3\t20261102080000\t02\r\nSO2\t\tug/m3\t20261102080000\t01\r\nO3\t12\tug/m3\t20261102080000\t03\r\n"
    ).encode()
    on_one_line = b"PM10\t80.25\tug/Nm3\t20261102080500\t00\tTemp\t-1.5\toC\t20261102080500\t00"
    receipts = take("air_tt10", (f"{ONE}_20261102080000.txt", by_line), (f"{ONE}_20261102080500.txt", on_one_line))
    assert [(r.status, r.rows_read, r.rows_rejected) for r in receipts] == [("accepted", 5, 0), ("accepted", 2, 0)]
    found = rows("reading", ["symbol", "value", "unit", "status"]).sort("symbol")
    assert found.select("symbol", "value", "unit", "status").rows() == [
        ("CO", 1250.0, "µg/m³", "00"),
        ("NO2", None, "µg/m³", "02"),
        ("O3", None, "µg/m³", "03"),
        ("PM10", 80.25, "µg/m³", "00"),
        ("PM2.5", 41.5, "µg/m³", "00"),
        ("SO2", None, "µg/m³", "01"),
        ("Temp", -1.5, "°C", "00"),
    ]


def test_a_broken_air_file_is_refused_record_by_record(store: str) -> None:
    good = [f"PM10\t5{n}\tug/m3\t202611020{n}0000\t00" for n in range(10)] * 1
    more = [f"SO2\t5{n}\tug/m3\t202611020{n}0000\t00" for n in range(10)]
    bad = [
        "PM2.5\tabc\tug/m3\t20261102000000\t00",
        "NO2\t\tug/m3\t20261102000000\t00",
        "CO\t3\tppb\t20261102000000\t00",
        "O3\t-4\tug/m3\t20261102000000\t00",
    ]
    name = f"{ONE}_20261102000000.txt"
    receipt = take("air_tt10", (name, "\n".join([*good, *more, *bad]).encode()))[0]
    assert (receipt.status, receipt.rows_kept, receipt.rows_rejected) == ("partly", 20, 4)
    assert {(r["row"], r["rule"]) for r in receipt.rejects} == {
        (21, "not_a_number"),
        (22, "value_missing"),
        (23, "not_allowed"),
        (24, "negative"),
    }
    unknown = take("air_tt10", ("TH_NNMT_KHI099_20261102000000.txt", good[0].encode()))[0]
    assert unknown.status == "refused" and "TH_NNMT_KHI099" in unknown.rejects[0]["message"]
    misplaced = take("air_tt10", ("TH_NNMT_NUO001_20261102000000.txt", good[0].encode()))[0]
    assert misplaced.status == "refused" and "không phải trạm không khí" in misplaced.rejects[0]["message"]


def test_an_hour_needs_three_quarters_of_its_values_and_pm25_two_of_three_hours(store: str) -> None:
    start = datetime(2026, 11, 2, 8)
    hours = [hour_file(ONE, start + timedelta(hours=n), [("PM2.5", v, "ug/m3", "00")]) for n, v in enumerate((40, 60))]
    short = hour_file(ONE, start + timedelta(hours=2), [("PM2.5", 500, "ug/m3", "00")])
    few = (short[0], b"\r\n".join(short[1].split(b"\r\n")[:8]))
    take("air_tt10", *hours, few)
    # NowCast of 60 (now) and 40: w = 40/60, (60 + 2/3·40)/(1 + 2/3) = 52 → 100 + 50/30·2 = 103.3
    answer = figure("env_aqi_hour", period="2026-11-02T09")
    assert answer.value == 103 and answer.simulated and answer.status is Status.NEAR
    assert figure("env_pm25_nowcast", period="2026-11-02T09").value == pytest.approx(52)
    assert figure("env_pm25_hour", period="2026-11-02T10").value is None


def test_a_late_hour_leaves_the_days_around_it_as_they_were(store: str) -> None:
    def day(start: datetime, value: int, skip: int = -1) -> tuple[str, bytes]:
        lines = [
            f"PM2.5\t{value}\tug/m3\t{start + timedelta(minutes=5 * n):%Y%m%d%H%M%S}\t00"
            for n in range(288)
            if n // 12 != skip
        ]
        return f"{ONE}_{start:%Y%m%d%H%M%S}.txt", "\n".join(lines).encode()

    first = datetime(2026, 11, 2)
    take("air_tt10", *(day(first + timedelta(days=n), 30 + 10 * n, skip=10 if n == 1 else -1) for n in range(4)))
    take("air_tt10", hour_file(ONE, datetime(2026, 11, 3, 10), [("PM2.5", 64, "ug/m3", "00")]))
    found = figures("env_pm25_day", by="time", period="2026-11-05", last=4).frame
    assert found["value"].to_list() == pytest.approx([30, 41, 50, 60])
    assert figures("env_aqi_day", by="time", period="2026-11-05", last=4).frame["value"].to_list() == [60, 82, 100, 117]


def test_the_limit_of_pm25_changes_with_the_year(store: str) -> None:
    for start in (datetime(2025, 12, 31), datetime(2026, 1, 1)):
        take(
            "air_tt10", *(hour_file(ONE, start + timedelta(hours=h), [("PM2.5", 48, "ug/m3", "00")]) for h in range(24))
        )
    before, after = figure("env_pm25_day", period="2025-12-31"), figure("env_pm25_day", period="2026-01-01")
    assert (before.value, before.target, after.value, after.target) == (48, 50, 48, 45)
    assert (
        figure("env_limit_days", period="2025-12").value == 0 and figure("env_limit_days", period="2026-01").value == 1
    )
    found = figures("env_pm25_day", by="time", period="2026-01-01", last=2).frame
    assert found["status"].to_list() == ["ok", "bad"]


def test_capture_counts_hours_without_any_file(store: str) -> None:
    records = [("PM2.5", 30, "ug/m3", "00"), ("PM10", "---", "ug/m3", "02")]
    take("air_tt10", hour_file(ONE, datetime(2026, 8, 3, 8), records))
    # Before 01/10/2026 two stations of seven parameters are in service: 12 of 2 · 7 · 288 values are valid.
    whole = figure("env_air_capture", period="2026-08-03")
    assert (whole.numerator, whole.denominator) == (12, 4032) and whole.value == pytest.approx(12 / 40.32)
    by_station = dict(figures("env_air_capture", by="station", period="2026-08-03").frame.select("key", "value").rows())
    assert by_station[ONE] == pytest.approx(12 / 20.16) and by_station["TH_NNMT_KHI002"] == 0
    assert figure("env_air_capture", period="2026-08-04").value == 0
    assert figure("env_air_expected", period="2026-10-20").value == 4 * 7 * 288
    assert figure("env_air_faulty", period="2026-08-03").value == 50


def test_a_silent_station_is_counted_and_its_own_figure_is_late(store: str) -> None:
    at = (datetime.now(UTC) + timedelta(hours=7)).replace(tzinfo=None, second=0, microsecond=0)
    for code, age in ((ONE, 5), ("TH_NNMT_KHI002", 300)):
        stamp = at - timedelta(minutes=age)
        take("air_tt10", (f"{code}_{stamp:%Y%m%d%H%M%S}.txt", f"PM2.5\t30\tug/m3\t{stamp:%Y%m%d%H%M%S}\t00".encode()))
    assert figure("env_stations_reporting").value == 1 and figure("env_stations_silent").value == 1
    assert dict(states("env_stations_reporting").select("station", "state").rows()) == {
        ONE: "reporting",
        "TH_NNMT_KHI002": "late",
    }
    assert figure("env_pm25_hour", where={"station": "TH_NNMT_KHI002"}).freshness is Freshness.LATE
    assert figure("env_pm25_hour", where={"station": ONE}).freshness is Freshness.FRESH


# Water


def test_water_index_exists_only_where_three_groups_are_measured(store: str) -> None:
    start = datetime(2026, 11, 2, 8)
    common = [
        ("pH", 7, "pH", "00"),
        ("DO", 5, "mg/l", "00"),
        ("Temp", 28, "oC", "00"),
        ("COD", 20, "mg/l", "00"),
        ("NH4", 500, "ug/L", "00"),
    ]
    full = [*common, ("PO4", 0.25, "mg/L", "00"), ("Coliform", 6000, "MPN/100mL", "00")]
    receipts = take("water_tt10", hour_file("TH_NNMT_NUO001", start, full), hour_file("TH_NNMT_NUO002", start, common))
    assert [r.status for r in receipts] == ["accepted", "accepted"]
    # IV: DO 64.74, COD 66.667, NH4 0.5 mg/L 58.333, P 62.5 → 63.06; V: 65 → √(63.06 · 65) = 64.02
    parts = figures("env_wqi", by="station", period="2026-11-02T08").frame
    assert parts.select("key", "value").rows() == [("TH_NNMT_NUO001", 64.0)]
    low = figure("env_do_low", period="2026-11-02T08")
    assert (low.value, low.target) == (5, 5)
    assert figure("env_nh4_high", period="2026-11-02T08").target == 0.3


def test_a_broken_water_file_says_what_to_mend(store: str) -> None:
    lines = [f"TSS\t{n}\tmg/L\t2026110208{n:02d}00\t00" for n in range(10)]
    bad = ["pH\t15\tpH\t20261102080000\t00", "DO\t5\t%\t20261102080000\t00"]
    receipt = take("water_tt10", ("TH_NNMT_NUO001_20261102080000.txt", "\n".join([*lines, *bad]).encode()))[0]
    assert receipt.status == "partly"
    assert {r["rule"] for r in receipt.rejects} == {"ph_range", "not_allowed"}


# Published files


def test_our_nowcast_agrees_with_the_embassys_through_the_pipeline(sqlite_store: str) -> None:
    take_reference("air_hanoi_reference")
    where = {"station": "HANOI_US_EMBASSY"}
    ours = rows("air_hour", ["nowcast"], **where)
    theirs = rows("reading", ["agency_nowcast", "status", "value"], **where)
    assert set(theirs["status"]) == {"00", "invalid", "missing", "suspect"}
    assert theirs.filter(pl.col("status") != "00")["value"].drop_nulls().is_empty()
    both = ours.join(theirs.filter(pl.col("status") == "00"), on="period").drop_nulls(["nowcast", "agency_nowcast"])
    close = ((both["nowcast"] - both["agency_nowcast"]).abs() <= 0.1 + 1e-9).sum()
    assert both.height > 23_000 and close / both.height >= 0.99
    # The label 06:00 AM is the end of the hour that starts at 05:00, 22:00 UTC of the day before.
    hour = both.filter(pl.col("period") == datetime(2020, 1, 12, 22, tzinfo=UTC))
    assert hour["value"].item() == 108 and hour["agency_nowcast"].item() == 96.7


def test_the_embassy_is_dated_real_and_outside_the_province(store: str) -> None:
    header = (
        "Site,Parameter,Date (LT),Year,Month,Day,Hour,NowCast Conc.,AQI,AQI Category,"
        "Raw Conc.,Conc. Unit,Duration,QC Name"
    )
    lines = [
        "Hanoi,PM2.5 - Principal,2018-01-01 01:00 AM,2018,01,01,01,60.0,153,Unhealthy,50.0,UG/M3,1 Hr,Valid",
        "Hanoi,PM2.5 - Principal,2018-01-01 02:00 AM,2018,01,01,02,60.0,153,Unhealthy,70.0,UG/M3,1 Hr,Valid",
        "Hanoi,PM2.5 - Principal,2018-01-01 03:00 AM,2018,01,01,03,-999,-999,N/A,-999,UG/M3,1 Hr,Missing",
        "Hanoi,PM2.5 - Principal,2018-01-01 12:00 PM,2018,01,01,12,1,1,N/A,985.0,UG/M3,1 Hr,Invalid",
    ]
    receipt = take("air_hanoi_reference", ("Hanoi_PM2.5_2018_YTD.csv", "\n".join([header, *lines]).encode()))[0]
    assert (receipt.status, receipt.rows_kept) == ("accepted", 4)
    station = figure("env_pm25_nowcast", where={"station": "HANOI_US_EMBASSY"})
    assert (station.freshness, station.simulated, station.source) == (Freshness.DATED, False, "air_hanoi_reference")
    # (70 + 5/7 · 50) / (1 + 5/7) = 61.67
    assert station.value == pytest.approx(61.667, abs=0.001) and station.status is Status.STALE
    assert figure("env_pm25_nowcast").value is None
    short = gzip.compress(b"Site,Parameter\nHanoi,x\n")
    packed = take("air_hanoi_reference", ("Hanoi_PM2.5_2018_YTD.csv.gz", short))[0]
    assert packed.status == "refused" and "Date (LT)" in packed.rejects[0]["message"]


def test_national_stations_are_kept_as_published_also_where_not_registered(store: str) -> None:
    take_reference("air_national")
    header = "station_id,time_local,vn_aqi_hour,sub_pm25,sub_pm10,sub_co,sub_no2,sub_o3,sub_so2\n"
    later = (
        "11111111111111111111111111111,2026-02-01T08:00,77,76.9,,,,,\n"
        "28505511563898617211441001382,2026-02-01T08:00,-,2.07,0.92,,,,\n"
    )
    receipts = take("air_national", ("hourly_2026-02-01.csv", (header + later).encode()))
    assert receipts[0].status == "accepted"
    found = rows("air_index", ["station", "value", "status", "scope"])
    assert found.height == 42 and set(found["scope"]) == {"outside"}
    assert found.filter(pl.col("value").is_null())["status"].unique().to_list() == ["not_computed"]
    national = figure("env_national_aqi", period="2026-01-31T11")
    assert national.value == 164 and not national.simulated
    wrong = take("air_national", ("x.csv", (header + "abc,2026-02-01T08:00,501,,,,,,\n").encode()))[0]
    assert {r["rule"] for r in wrong.rejects} == {"pattern", "above_maximum"}


def test_rain_gauges_of_one_name_are_two_and_zero_is_a_reading(store: str) -> None:
    take_reference("rain_gauges")
    found = rows("rain", ["gauge", "nth", "place", "value"])
    assert found.height == 112 and (found["nth"] == 2).sum() == 3 and (found["value"] == 0).any()
    assert set(found["place"]) <= set(load_registry().places)
    rain = figure("env_rain_day")
    assert (rain.value, rain.period and rain.period.label, rain.freshness) == (2.7, "2026-01-24", Freshness.DATED)
    header = "province,station,commune,rain_mm,label,observed_at,crawled_at\n"
    other = "Quảng Trị,Thanh Hóa,xã Triệu Sơn,99,Mưa to,24/01/2026 19:00,24/01/2026 19:20:00\n"
    wrong = "Thanh Hóa,Mới,xã Không Có,1,Mưa nhỏ,24/01/2026 19:00,24/01/2026 19:20:00\n"
    kept = take("rain_gauges", ("r.csv", (header + other * 1).encode()))[0]
    refused = take("rain_gauges", ("w.csv", (header + wrong).encode()))[0]
    assert kept.status == "accepted" and figure("env_rain_day").value == 2.7
    assert refused.status == "refused" and "xã Không Có" in refused.rejects[0]["message"]


def test_river_levels_reach_alarms_and_orders_run_ahead(store: str) -> None:
    take_reference("river_levels", "alarm_orders")
    levels = rows("river_level", ["station", "value", "reached", "above_first", "hour_known"])
    assert levels.height == 48 and (levels["hour_known"] == 0).sum() == 5
    peak = levels.filter(pl.col("value") == 14.33)
    assert peak.select("station", "reached", "above_first").rows() == [("TV_KIM_TAN", 3, 4.33)]
    assert figure("env_river_alarm", period="2025-08-26").value == 2
    assert figure("env_river_alarm", period="2025-08-27").value == 3
    assert figure("env_river_alarm").freshness is Freshness.DATED
    orders = rows("alarm_order", ["order_no", "communes_unknown"])
    assert orders.height == 10 and (orders["order_no"] == "21").sum() == 2
    assert orders["communes_unknown"].unique().to_list() == [""]
    assert figure("env_alarm_orders", period="2025-08").value == 10
    text = "time_local,station,river,level_m,alarm,above_alarm_m,kind\n2025-08-24T13:00,Cầu Không,Mã,4,BĐ1,0,reading\n"
    refused = take("river_levels", ("levels_x.csv", text.encode()))[0]
    assert refused.status == "refused" and "Cầu Không" in refused.rejects[0]["message"]
    order = "order_no,issued_local,station,river,alarm,communes\n9,2025-08-25T17:00,Giàng,Mã,BĐ4,Sầm Sơn\n"
    assert take("alarm_orders", ("o.csv", order.encode()))[0].rejects[0]["rule"] == "not_allowed"


def test_storms_are_counted_once_and_no_wind_is_not_calm(store: str) -> None:
    take_reference("storm_tracks")
    tracks = rows("storm_track", ["sid", "wind", "near", "provisional"])
    assert tracks.height == 3172 and tracks["wind"].min() == 35
    assert set(tracks.filter(pl.col("sid") == "2025235N17117")["provisional"]) == {1}
    seen = pl.read_csv(DATA / "storms" / "tracks_500km_2000_2025.csv", infer_schema_length=None)
    near = seen.filter(pl.col("dist_thanh_hoa_km") <= 500, pl.col("time_utc").str.starts_with("2020"))
    assert figure("env_storms_season", period="2020").value == near["sid"].n_unique()
    wrong = b"sid,time_utc,lat,lon,dist_thanh_hoa_km\nKajiki,2025-08-22T18:00:00Z,95,117,10\n"
    assert {r["rule"] for r in take("storm_tracks", ("t.csv", wrong))[0].rejects} == {"pattern", "above_maximum"}


# The simulated stations


def test_the_simulator_says_the_same_in_one_go_and_bit_by_bit(sqlite_store: str) -> None:
    until = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
    start, middle = until - timedelta(hours=6), until - timedelta(hours=2)

    def play(since: datetime, end: datetime) -> list[tuple[datetime, str, bytes]]:
        return [(f.due, f.name, f.content) for f in deliveries(Plan("small", 1, since, end))]

    whole = play(start, until)
    assert whole == [*play(start, middle), *play(middle, until)]
    assert [due for due, _, _ in whole] == sorted(due for due, _, _ in whole)
    assert whole != [(f.due, f.name, f.content) for f in deliveries(Plan("small", 2, start, until))]


def test_day_files_and_five_minute_files_hold_the_same_readings(sqlite_store: str) -> None:
    day = date(2026, 11, 19)
    fine = Plan("small", 1, datetime(2026, 11, 18, 17, tzinfo=UTC), datetime(2026, 11, 20, 5, tzinfo=UTC))
    late = Plan("small", 1, datetime(2026, 11, 18, 17, tzinfo=UTC), datetime(2026, 11, 24, 5, tzinfo=UTC))

    def records(plan: Plan) -> set[tuple[str, ...]]:
        cells: set[tuple[str, ...]] = set()
        for file in deliveries(plan):
            fields = file.content.decode().replace("\r\n", "\t").split("\t")
            code = file.name.rsplit("_", 1)[0]
            found = zip(*(fields[n::5] for n in range(5)), strict=True)
            cells |= {(code, *r) for r in found if r[3].startswith(f"{day:%Y%m%d}")}
        return cells

    assert records(fine) == records(late)
    assert len(records(fine)) > 5000


def test_a_simulated_day_goes_through_the_pipeline(store: str) -> None:
    until = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
    files = list(deliveries(Plan("small", 1, until - timedelta(hours=3), until)))
    for source in ("air_tt10", "water_tt10"):
        receipts = take(source, *((f.name, f.content) for f in files if f.source == source))
        assert receipts and {r.status for r in receipts} <= {"accepted", "duplicate", "partly"}
    assert figure("env_aqi_hour", period="2026-11-20T14").value is not None
    assert figure("env_wqi", period="2026-11-20T14").value is not None
