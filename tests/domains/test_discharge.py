"""Discharge: real-format files and broken ones, limits by permit and date, states of instruments, loads, replay."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.registry import load_registry
from data_access.figures import Slice, values
from data_access.ingestion.pipeline import Delivery, Receipt, ingest
from services import alerts, discharge
from services.access import CITIZEN, SYSTEM
from services.demo.discharge import REGISTER, deliveries
from services.demo.plan import Plan
from services.demo.workbooks import workbook
from services.indicators import NotEntitled, figure, figures
from services.methods import discharge as methods
from services.methods.catalogue import METHODS
from services.methods.discharge_limits import (
    discharge_limits,
    factors,
    kf,
    kp,
    kp_power,
    kq,
    kv,
    oxygen_corrected,
    regulated,
)

WORKS, POWER, KILN = "TH_SDAO_NUO001", "TH_NTAN_KHI001", "TH_HVIET_KHILO1"
PAPER, KILN_2 = "TH_BLAM_NUO001", "TH_HVIET_KHILO2"
FIRST = datetime(2026, 11, 2)


def take(source: str, *files: tuple[str, bytes]) -> list[Receipt]:
    return ingest(load_registry().sources[source], [Delivery(n, c) for n, c in files], METHODS)


def utc(local: datetime) -> datetime:
    return (local - timedelta(hours=7)).replace(tzinfo=UTC)


def lines(symbol: str, unit: str, told: Sequence[object], start: datetime, status: str = "00") -> list[str]:
    return [f"{symbol}\t{v}\t{unit}\t{start + timedelta(minutes=5 * n):%Y%m%d%H%M%S}\t{status}"
            for n, v in enumerate(told)]  # fmt: skip


def lively(value: float, hours: int) -> list[str]:
    """Return five-minute values around one mean, never the same twice on end."""
    return [f"{value + (0.5 if n % 2 else -0.5):.2f}" for n in range(12 * hours)]


def send(station: str, records: Sequence[str], start: datetime = FIRST) -> Receipt:
    source = "effluent_tt10" if "NUO" in station else "stack_tt10"
    return take(source, (f"{station}_{start:%Y%m%d%H%M%S}.txt", "\r\n".join(records).encode()))[0]


def register(*rows: Sequence[str]) -> tuple[str, bytes]:
    frame = pl.DataFrame([list(r) for r in rows], schema=list(REGISTER), orient="row")
    return "gioi_han.xlsx", workbook(frame, datetime(2026, 11, 1, tzinfo=UTC), sheets=("GioiHan",), title="GIỚI HẠN")


def permit(station: str, symbol: str, limit: str, first: str = "01/06/2022", last: str = "", low: str = "",
           number: str = "GP-1", o2: str = "") -> tuple[str, ...]:  # fmt: skip
    unit = "pH" if symbol == "pH" else "mg/L" if "NUO" in station else "mg/Nm3"
    return (station, number, "18/05/2022", first, last, symbol, low, limit, unit, "", "", "", "", "", "", o2)


def hour_rows(station: str, symbol: str) -> pl.DataFrame:
    columns = ["mean", "judged", "upper", "ratio", "over", "run", "stuck", "state"]
    part = Slice(None, None, {"station": station, "symbol": symbol})
    return values("discharge_mean_hour", columns, part, METHODS, many=True).sort("period")


# Files


def test_both_layouts_units_and_statuses_of_waste_water_are_read(store: str) -> None:
    by_line = (
        b"COD\t35,20\tmg/l\t20261102080000\t00\r\nFlowOut\t26.5\tl/s\t20261102080000\t00\r\n"
        b"N-NH4\t0.0\tmg/L\t20261102080000\t02\r\nTSS\t---\tmg/L\t20261102080000\t01\r\npH\t7.1\t\t20261102080000\t00\r\n"
        b"Color\t30\tPt/Co\t20261102080000\t03\r\n"
    )
    on_one_line = b"\xef\xbb\xbfCOD\t36\tmg/L\t20261102080500\t00\tTemp\t31.5\toC\t20261102080500\t00"
    got = take("effluent_tt10", (f"{WORKS}_20261102080000.txt", by_line), (f"{WORKS}_20261102080500.txt", on_one_line))
    assert [(r.status, r.rows_read, r.rows_rejected) for r in got] == [("accepted", 6, 0), ("accepted", 2, 0)]
    found = values("discharge_reading", ["symbol", "value", "unit", "status"], Slice(None, None), METHODS)
    assert sorted(found.filter(pl.col("period") < utc(datetime(2026, 11, 2, 8, 5))).select(
        "symbol", "value", "unit", "status").rows()) == [
        ("COD", 35.2, "mg/L", "00"), ("Color", None, "Pt-Co", "03"), ("Flow", 95.4, "m³/h", "00"),
        ("NH4", None, "mg/L", "02"), ("TSS", None, "mg/L", "01"), ("pH", 7.1, None, "00"),
    ]  # fmt: skip


def test_a_stack_whose_name_doubles_an_underscore_is_known_and_ppm_is_refused(sqlite_store: str) -> None:
    good = ["Dust\t42000\tug/Nm3\t20261120080000\t00", "O2\t10,5\t%vol\t20261120080000\t00",
            "Flow\t75\tNm3/s\t20261120080000\t00", "CO\t210\tmg/Nm3\t20261120080000\t00"]  # fmt: skip
    more = [f"SO2\t12{n}\tmg/Nm3\t202611200{n}0000\t00" for n in range(1, 6)]
    receipt = take("stack_tt10", ("TH_HVIET__KHILO2_20261120080000.txt",
                                  "\n".join([*good, *more, "NOx\t200\tppm\t20261120080000\t00"]).encode()))[0]
    assert (receipt.status, receipt.rows_kept, receipt.rows_rejected) == ("partly", 9, 1)
    assert receipt.rejects[0]["value"] == "ppm" and receipt.rejects[0]["row"] == 10
    found = values("discharge_reading", ["symbol", "value", "unit"], Slice(None, None, {"station": KILN_2}), METHODS)
    assert ("PM", 42.0, "mg/Nm³") in found.select("symbol", "value", "unit").rows()
    assert ("Flow", 270_000.0, "m³/h") in found.select("symbol", "value", "unit").rows()


def test_a_broken_waste_water_file_is_refused_record_by_record(sqlite_store: str) -> None:
    good = [f"COD\t5{n % 10}\tmg/L\t20261102{n:02d}0000\t00" for n in range(20)]
    bad = ["TSS\tabc\tmg/L\t20261102000000\t00", "NH4\t\tmg/L\t20261102000000\t00",
           "TSS\t-4\tmg/L\t20261102010000\t00", "pH\t15\tpH\t20261102000000\t00"]  # fmt: skip
    receipt = send(WORKS, [*good, *bad])
    assert (receipt.status, receipt.rows_kept) == ("partly", 20)
    assert {(r["row"], r["rule"]) for r in receipt.rejects} == {
        (21, "not_a_number"), (22, "value_missing"), (23, "negative"), (24, "ph_range")}  # fmt: skip
    wrong = take("effluent_tt10", (f"{KILN}_20261102000000.txt", good[0].encode()))[0]
    assert wrong.status == "refused" and "không phải điểm xả nước thải" in wrong.rejects[0]["message"]


def test_the_register_of_permits_gives_limits_or_the_factors_to_compute_them(store: str) -> None:
    by_factors = (KILN, "GP-2", "", "15/11/2021", "", "Bụi", "", "", "mg/Nm3", "QCVN 23:2009", "B2", "", "", "0,8",
                  "1,0", "")  # fmt: skip
    receipt = take("discharge_permits", register(
        permit(WORKS, "COD", "67,5", last="31/10/2033"), permit(WORKS, "pH", "9", low="6"), by_factors))[0]
    assert (receipt.status, receipt.rows_kept) == ("accepted", 3)
    found = values("discharge_permit", ["station", "symbol", "lower", "upper", "given", "valid_until"],
                   Slice(None, None), METHODS).drop("period")  # fmt: skip
    assert found.sort("station", "symbol").rows() == [
        (KILN, "PM", None, 80.0, 0, None),
        (WORKS, "COD", None, 67.5, 1, datetime(2033, 10, 31, 17, tzinfo=UTC)),
        (WORKS, "pH", 6.0, 9.0, 1, None),
    ]


def test_a_broken_register_is_refused_row_by_row(sqlite_store: str) -> None:
    good = [permit(WORKS, s, "50") for s in ("COD", "TSS", "NH4", "BOD5", "TN", "TP", "Color", "Temp", "TOC", "Cl")]
    good += [permit(PAPER, s, "50") for s in ("COD", "TSS", "NH4", "BOD5", "TN", "TP")]
    bad = [permit("TH_KHONGCO_NUO009", "COD", "75"), permit(KILN, "PM", ""),
           permit(KILN, "SO2", "500", first="01/06/2026", last="01/06/2025")]  # fmt: skip
    receipt = take("discharge_permits", register(*good, *bad))[0]
    assert (receipt.status, receipt.rows_rejected) == ("partly", 3)
    messages = {r["rule"]: r["message"] for r in receipt.rejects}
    assert "TH_KHONGCO_NUO009" in messages["unknown_station"]
    assert "Thiếu Giới hạn" in messages["limit_unknown"]
    assert "trước Hiệu lực từ" in messages["validity_order"]


# Limits


def test_the_factors_of_the_regulations() -> None:
    assert [kq("river", q) for q in (50, 51, 200, 500, 501)] == [0.9, 1.0, 1.0, 1.1, 1.2]
    assert [kq("lake", v) for v in (1e7, 1e8, 2e8)] == [0.6, 0.8, 1.0]
    assert (kq("coast"), kq("bathing")) == (1.3, 1.0)
    assert [kf(f) for f in (50, 500, 5000, 5001)] == [1.2, 1.1, 1.0, 0.9]
    assert [kp(f) for f in (20_000, 100_000, 100_001)] == [1.0, 0.9, 0.8]
    assert [kp_power(m) for m in (300, 1200, 1201)] == [1.0, 0.85, 0.7]
    assert [kv(a) for a in (1, 2, 3, 4, 5)] == [0.6, 0.8, 1.0, 1.2, 1.4]


@pytest.mark.parametrize(("column", "symbol", "factor", "limit"), [
    ("A", "COD", 0.9 * 1.0, 67.5), ("B", "TSS", 1.1 * 0.9, 99.0), ("B", "NH4", 1.3 * 1.1, 14.3),
])  # fmt: skip
def test_the_vectors_of_qcvn_40(column: str, symbol: str, factor: float, limit: float) -> None:
    entry = next(e for e in discharge_limits() if e.kind == "effluent" and e.enabled and e.sector == "industry"
                 and (e.parameter, e.column) == (symbol, column))  # fmt: skip
    assert entry.value is not None and entry.value * factor == pytest.approx(limit)


@pytest.mark.parametrize(("value", "measured", "reference", "expected"), [
    (45, 9, 6, 56.345), (45, 9, 10, 41.218), (300, 12.5, 10, 389.286), (129, 18.7, 7, 815.05),
])  # fmt: skip
def test_the_vectors_of_the_oxygen_correction(
    value: float, measured: float, reference: float, expected: float
) -> None:
    assert oxygen_corrected(value, measured, reference) == pytest.approx(expected, abs=0.006)
    assert oxygen_corrected(value, 20.9, reference) is None


def test_what_is_uncertain_is_off_and_a_successor_ends_the_old_regulation_for_who_was_licensed_after_it() -> None:
    assert all(not e.enabled for e in discharge_limits() if e.confidence == "U" or "2024" in e.doc or "2025" in e.doc)
    works = load_registry().stations[WORKS]
    assert works.outfall
    late = works.model_copy(update={"outfall": works.outfall.model_copy(update={"licensed": date(2025, 9, 1)})})
    cod = [e for e in discharge_limits() if e.parameter == "COD" and e.enabled and e.column == "A"]
    assert any(e.binds(works) for e in cod) and not any(e.binds(late) for e in cod)
    assert factors(works) == pytest.approx(0.9)


def test_a_parameter_that_is_not_multiplied_keeps_its_range() -> None:
    ph = regulated().filter(pl.col("station") == PAPER, pl.col("symbol") == "pH").row(0, named=True)
    assert (ph["lower"], ph["upper"]) == (5.5, 9.0)


# Hours


def test_only_values_of_status_00_count_and_nine_of_twelve_make_an_hour(sqlite_store: str) -> None:
    nine = lines("COD", "mg/L", lively(60, 1)[:9], FIRST)
    calibrating = [r[:-2] + "01" for r in lines("COD", "mg/L", lively(900, 1), FIRST + timedelta(hours=1))]
    few = lines("COD", "mg/L", lively(60, 1)[:8], FIRST + timedelta(hours=2))
    more = FIRST + timedelta(hours=4)
    half = [*lines("COD", "mg/L", lively(60, 1)[:8], more),
            *lines("COD", "mg/L", ["0.0"] * 4, more + timedelta(minutes=40), "02")]  # fmt: skip
    broken = [r[:-2] + "02" for r in lines("COD", "mg/L", ["0.0"] * 12, FIRST + timedelta(hours=3))]
    off = [r[:-2] + "02" for r in lines("COD", "mg/L", [900, 900, 900], FIRST + timedelta(minutes=45))]
    send(WORKS, [*nine, *off, *calibrating, *few, *broken, *half])
    found = hour_rows(WORKS, "COD")
    assert found["state"].to_list() == ["ok", "calibrating", "missing", "broken", "broken"]
    assert found["mean"][0] == pytest.approx(sum(float(v) for v in lively(60, 1)[:9]) / 9)
    assert found["mean"].to_list()[1:] == [None] * 4


def test_without_a_permit_the_regulation_decides_and_a_permit_that_comes_late_decides_anew(store: str) -> None:
    send(WORKS, lines("COD", "mg/L", lively(70, 2), FIRST))
    assert hour_rows(WORKS, "COD").select("upper", "over", "run").rows() == [(67.5, 1, 1), (67.5, 1, 2)]
    assert figure("dis_outlets_over", period="2026-11-02").value == 1
    take("discharge_permits", register(permit(WORKS, "COD", "90")))
    assert hour_rows(WORKS, "COD").select("upper", "over").rows() == [(90.0, 0), (90.0, 0)]
    assert figure("dis_outlets_over", period="2026-11-02").value == 0


def test_the_limit_is_that_of_the_day(sqlite_store: str) -> None:
    take("discharge_permits", register(
        permit(WORKS, "COD", "75", last="31/10/2026"), permit(WORKS, "COD", "60", first="01/11/2026", number="GP-2")))
    for start in (datetime(2026, 10, 31, 23), datetime(2026, 11, 1)):
        send(WORKS, lines("COD", "mg/L", lively(66, 1), start), start)
    assert hour_rows(WORKS, "COD").select("upper", "over").rows() == [(75.0, 0), (60.0, 1)]


def test_ph_below_its_range_is_over_without_a_ratio(sqlite_store: str) -> None:
    send(PAPER, lines("pH", "pH", [f"{5 + n % 2 / 100}" for n in range(12)], datetime(2026, 11, 20)))
    assert hour_rows(PAPER, "pH").select("over", "ratio", "state").rows() == [(1, None, "over")]


def test_flue_gas_is_judged_at_the_reference_oxygen_and_nox_is_no_as_no2(sqlite_store: str) -> None:
    start = datetime(2026, 11, 20)
    take("discharge_permits", register(permit(POWER, "SO2", "350", o2="10"), permit(POWER, "NOx", "650", o2="10")))
    send(POWER, [*lines("SO2", "mg/Nm3", ["300"] * 12, start), *lines("O2", "%", ["12.5"] * 12, start),
                 *lines("NO", "mg/Nm3", ["100"] * 12, start), *lines("NO2", "mg/Nm3", ["20"] * 12, start)], start)
    sulphur = hour_rows(POWER, "SO2").row(0, named=True)
    assert sulphur["mean"] == 300 and sulphur["judged"] == pytest.approx(389.286, abs=0.001) and sulphur["over"] == 1
    nox = hour_rows(POWER, "NOx").row(0, named=True)
    assert nox["mean"] == pytest.approx(100 * 46.0055 / 30.0061 + 20)
    send(POWER, lines("O2", "%", ["20.9"] * 12, start), start + timedelta(seconds=1))
    airy = hour_rows(POWER, "SO2").row(0, named=True)
    assert airy["judged"] is None and airy["over"] == 0


def test_an_instrument_is_stuck_after_three_hours_of_one_value_but_flow_may_stand(sqlite_store: str) -> None:
    send(WORKS, [*lines("COD", "mg/L", ["41.20"] * 48, FIRST), *lines("Flow", "m3/h", ["0"] * 48, FIRST),
                 *lines("pH", "pH", ["7.1"] * 48, FIRST)])  # fmt: skip
    found = hour_rows(WORKS, "COD")
    assert found["state"].to_list() == ["ok", "ok", "stuck", "stuck"]
    assert found["mean"].to_list() == pytest.approx([41.2] * 4)
    assert hour_rows(WORKS, "Flow")["stuck"].sum() == 0 and hour_rows(WORKS, "pH")["stuck"].sum() == 0
    late = FIRST + timedelta(hours=4)
    send(WORKS, lines("COD", "mg/L", ["41.20"] * 12, late), late)
    assert hour_rows(WORKS, "COD")["stuck"].to_list() == [0, 0, 1, 1, 1]


# Days


def test_the_day_has_its_mean_load_and_hours_by_state(store: str) -> None:
    calibrated = [r[:-2] + "01" for r in lines("COD", "mg/L", ["60"] * 12, FIRST + timedelta(hours=20))]
    flow = lines("Flow", "m3/h", ["120"] * 288, FIRST)
    send(WORKS, [*lines("COD", "mg/L", lively(60, 20), FIRST), *calibrated, *flow])
    day = discharge.days(FIRST.date(), FIRST.date(), station=WORKS, at=utc(FIRST + timedelta(days=2)))
    cod = day.filter(pl.col("symbol") == "COD").row(0, named=True)
    # 60 mg/L × 120 m³/h / 1000 = 7.2 kg/h, in the twenty hours measured
    assert cod["load"] == pytest.approx(7.2 * 20) and cod["load_hours"] == 20
    assert (cod["mean"], cod["hours"], cod["hours_calibrating"], cod["hours_missing"]) == (pytest.approx(60), 20, 1, 3)
    assert day.filter(pl.col("symbol") == "TSS")["state"].item() == "missing"
    assert figure("dis_load_cod", period="2026-11-02").value == pytest.approx(144)
    assert figure("dis_flow", period="2026-11-02").value == pytest.approx(2880)


def test_a_day_of_too_few_hours_has_no_mean_and_breaks_no_24_hour_limit(sqlite_store: str) -> None:
    send(WORKS, lines("COD", "mg/L", lively(200, 17), FIRST))
    day = discharge.days(FIRST.date(), FIRST.date(), station=WORKS).filter(pl.col("symbol") == "COD").row(0, named=True)
    assert (day["mean"], day["over"], day["hours_over"], day["state"]) == (None, 0, 17, "over")
    later = FIRST + timedelta(hours=17)
    send(WORKS, lines("COD", "mg/L", lively(200, 1), later), later)
    day = discharge.days(FIRST.date(), FIRST.date(), station=WORKS).filter(pl.col("symbol") == "COD").row(0, named=True)
    assert (day["over"], day["state"], day["ratio"]) == (1, "over_day", pytest.approx(200 / 67.5))


def test_capture_counts_what_never_came(sqlite_store: str) -> None:
    send(WORKS, lines("COD", "mg/L", lively(60, 12), FIRST))
    whole = figure("dis_capture", period="2026-11-02", where={"station": WORKS})
    assert whole.value == pytest.approx(144 / (288 * 7) * 100)
    assert figure("dis_missing_pct", period="2026-11-02", where={"station": WORKS}).value == pytest.approx(
        100 - 144 / (288 * 7) * 100)  # fmt: skip


# Who, since when, how far; and the replay


def test_nights_belong_to_one_exceedance_until_a_day_without(sqlite_store: str) -> None:
    for day, hour in ((2, 22), (3, 21), (6, 1)):
        start = datetime(2026, 11, day, hour)
        send(WORKS, lines("COD", "mg/L", lively(90 if day == 3 else 80, 2), start), start)
    found = discharge.exceedances(at=utc(datetime(2026, 11, 6, 9)))
    assert found.select("since", "hours", "top", "going_on").rows() == [
        (utc(datetime(2026, 11, 6, 1)), 2, pytest.approx(80 / 67.5), True),
        (utc(datetime(2026, 11, 2, 22)), 4, pytest.approx(90 / 67.5), False),
    ]
    assert found["instrument"].to_list() == ["missing", "missing"]


def test_any_sixty_days_can_be_replayed_with_gaps_as_missing(store: str) -> None:
    at = utc(datetime(2026, 12, 20, 10))
    assert discharge.window(None, at) == (date(2026, 10, 22), date(2026, 12, 20))
    assert discharge.window("2026-10-01", at) == (date(2026, 10, 1), date(2026, 11, 29))
    assert discharge.window("1999-01-01", at)[0] == date(2026, 9, 24)
    assert discharge.window("no day", at)[0] == date(2026, 10, 22)
    send(WORKS, lines("COD", "mg/L", lively(90, 1), FIRST))
    found = discharge.outlet_days(discharge.days(*discharge.window("2026-10-01", at), at=at))
    mine = found.filter(pl.col("station") == WORKS).sort("period")
    assert mine.height == 60 and set(mine["state"]) == {"missing", "over"}
    assert mine.filter(pl.col("state") == "over").select("symbol", "hours_over").rows() == [("COD", 1)]


def test_every_hour_of_a_series_has_a_row(sqlite_store: str) -> None:
    send(WORKS, lines("COD", "mg/L", lively(60, 1), FIRST + timedelta(hours=1)))
    found = discharge.hours(WORKS, "COD", utc(FIRST), utc(FIRST + timedelta(hours=3)))
    assert found["state"].to_list() == ["missing", "ok", "missing"]


def test_a_citizen_sees_no_single_outlet(sqlite_store: str) -> None:
    with pytest.raises(NotEntitled):
        discharge.exceedances(viewer=CITIZEN)


def test_an_exceedance_and_a_dead_line_are_one_alert_each(store: str) -> None:
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    start = (now - timedelta(hours=5)).astimezone(UTC).replace(tzinfo=None) + timedelta(hours=7)
    send(WORKS, lines("COD", "mg/L", lively(90, 5), start), start)
    alive = datetime.now(UTC).replace(tzinfo=None) + timedelta(hours=7, minutes=9)
    send("TH_TTRAM_NUO001", lines("COD", "mg/L", ["50"], alive), alive)
    old = start - timedelta(hours=15)
    send(PAPER, lines("COD", "mg/L", lively(60, 2), old), old)
    alerts.evaluate()
    alerts.evaluate(datetime.now(UTC) + timedelta(minutes=11))
    opened = {(a.indicator, a.subject): a for a in alerts.open_alerts(SYSTEM, "discharge")}
    assert opened["dis_over_run", WORKS].severity == "bad"
    assert opened["dis_silence", PAPER].severity == "bad" and "quá 12 giờ" in opened["dis_silence", PAPER].text_vi
    assert ("dis_over_run", PAPER) not in opened


# Against a second, naive computation


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 12), st.sampled_from([10.0, 20.0, 80.0])), min_size=1, max_size=30))
def test_runs_and_stuck_hours_equal_a_naive_count(hours: list[tuple[int, float]]) -> None:
    rows = [
        {"station": WORKS, "symbol": "COD", "kind": "effluent", "scope": "inside", "place": "", "rows": n, "valid": n,
         "calibrating": 0, "broken": 0, "total": n * v, "low": v if n else None, "high": v if n else None,
         "period": utc(FIRST + timedelta(hours=i))}
        for i, (n, v) in enumerate(hours)
    ]  # fmt: skip
    schema: Any = {"total": pl.Float64, "low": pl.Float64, "high": pl.Float64, "period": pl.Datetime("us", "UTC")}
    permits = pl.DataFrame(schema={"station": pl.String, "symbol": pl.String, "upper": pl.Float64, "lower": pl.Float64,
                                   "o2_reference": pl.Float64, "permit": pl.String, "valid_from": schema["period"],
                                   "valid_until": schema["period"]})  # fmt: skip
    found = methods.judged_hours(pl.DataFrame(rows, schema_overrides=schema), permits)
    run = flat = 0
    before: float | None = None
    for (n, v), told in zip(hours, found.iter_rows(named=True), strict=True):
        mean = v if n >= 9 else None
        run = run + 1 if mean is not None and mean > 67.5 else 0
        flat = 0 if mean is None else flat + 1 if mean == before else 1
        before = mean
        assert (told["mean"], told["run"], told["stuck"]) == (mean, run, int(flat >= 3))


# The simulator


def test_what_is_delivered_does_not_depend_on_the_window_and_the_story_goes_on() -> None:
    start, half, end = (datetime(2026, 11, 18, 5, tzinfo=UTC) + timedelta(hours=30 * n) for n in (0, 1, 2))

    def told(a: datetime, b: datetime) -> set[str]:
        found: set[str] = set()
        for file in deliveries(Plan("demo", 1, a, b)):
            if file.source != "discharge_permits":
                records = file.content.decode("cp1252", "replace").replace("\r\n", "\t").split("\t")
                told_of = [records[n : n + 5] for n in range(0, len(records), 5)]
                found |= {f"{file.name[:14]} {' '.join(r)}" for r in told_of if r[3] > "20261118150000"}
        return found

    assert told(start, half) | told(half, end) == told(start, end)


def test_the_small_province_is_taken_in_whole_and_shows_the_story(sqlite_store: str) -> None:
    end = datetime(2026, 11, 22, 17, tzinfo=UTC)
    files = list(deliveries(Plan("small", 1, end - timedelta(days=3), end)))
    assert [f.due for f in files] == sorted(f.due for f in files)
    for source in ("discharge_permits", "effluent_tt10", "stack_tt10"):
        mine = [Delivery(f.name, f.content) for f in files if f.source == source]
        receipts = ingest(load_registry().sources[source], mine, METHODS)
        assert {r.status for r in receipts} <= {"accepted", "partly", "duplicate"}
    over = figures("dis_hours_over", by="station", period="2026-11-22").frame
    assert dict(over.select("key", "value").iter_rows())[WORKS] > 3
    assert (figure("dis_stuck_hours", period="2026-11-22").value or 0) > 0
    assert all("mô phỏng" in s.name.vi and s.simulated for s in discharge.outlets())
