"""Cổng thông tin điện tử: minutes, states, duties and their clocks, the probe's files good and broken, the demo."""

import json
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.portals import Portal, load_portals, load_rules, read_register, simulated_portals
from config.registry import load_registry
from data_access.alerts import open_alerts
from data_access.ingestion.parsing import Unreadable, parse
from data_access.ingestion.pipeline import Delivery, Receipt, ingest
from services import alerts
from services.access import SYSTEM
from services.demo.plan import Plan
from services.demo.portals import blind_day, deliveries
from services.demo.portals import looks as played
from services.indicators import figure, figures, states
from services.methods.catalogue import METHODS
from services.methods.portals import (
    availability,
    budget_minutes,
    host_by_rule,
    portal_contents,
    portal_duties,
    portal_duties_due,
    portal_minutes,
    portal_states,
)  # fmt: skip
from services.portals import board, course, duties_by_kind, headers_by_kind, paint_percentiles, stops
from services.rows import rows

MOMENT = pl.Datetime("us", "UTC")
NOW = datetime(2026, 11, 23, 8, 5, tzinfo=UTC)
AT_TWO = "2026-11-23T07:00:00Z"
LOOK: dict[str, Any] = {
    "portal": pl.String, "time": MOMENT, "minutes": pl.Float64, "outcome": pl.String, "reason": pl.String,
    "ttfb_ms": pl.Float64, "fails": pl.Int64, "since": MOMENT, "tls_not_after": MOMENT, "last_news_at": MOMENT,
    "planned_from": MOMENT, "planned_until": MOMENT, "announced_on": pl.String,
}  # fmt: skip
FLAGS = ("https_ok", "ipv6_ok", "linked", "emc", "has_hsts", "has_csp", "has_frame", "has_nosniff", "has_referrer")
SEEN: dict[str, Any] = {
    "portal": pl.String, "time": MOMENT, "sections_found": pl.String, "sections_missing": pl.String,
    "last_news_at": MOMENT, "links_checked": pl.Int64, "links_broken": pl.Int64, **dict.fromkeys(FLAGS, pl.Int64),
    **dict.fromkeys(("fcp_s", "lcp_s", "cls", "si_s", "tbt_s"), pl.Float64),
}  # fmt: skip


def looks(*told: dict[str, Any]) -> pl.DataFrame:
    """Return looks with their minutes; unnamed cells are those of a portal in order, looked at every five minutes."""
    usual = {"portal": "hacthanh", "time": NOW, "minutes": 5.0, "outcome": "up", "ttfb_ms": 300.0, "fails": 0,
             "tls_not_after": NOW + timedelta(days=200), "last_news_at": NOW - timedelta(days=1)}  # fmt: skip
    frame = pl.DataFrame([dict.fromkeys(LOOK) | usual | row for row in told], schema=LOOK)
    return portal_minutes(frame)


def inspected(*told: dict[str, Any]) -> pl.DataFrame:
    usual: dict[str, Any] = {"portal": "hacthanh", "time": NOW, **dict.fromkeys(FLAGS, 1)}
    usual |= {"sections_found": "tthc;bo_may;lanh_dao;ban_do;tu_nhien;lich_su;di_tich", "links_checked": 10,
              "links_broken": 0, "last_news_at": NOW - timedelta(days=1)}  # fmt: skip
    frame = pl.DataFrame([dict.fromkeys(SEEN) | usual | row for row in told], schema=SEEN)
    return portal_duties_due(frame)


def totals(frame: pl.DataFrame) -> tuple[float, float, float]:
    """Return the minutes measured, planned and down."""
    return tuple(float(frame[f"{n}_min"].sum()) for n in ("covered", "planned", "down"))  # type: ignore[return-value]


# Minutes


@pytest.mark.parametrize(("target", "minutes"), [(99, 432), (99.5, 216), (99.9, 43.2), (99.95, 21.6)])
def test_a_target_allows_so_many_minutes_in_thirty_days(target: float, minutes: float) -> None:
    assert budget_minutes(target, 30 * 1440) == pytest.approx(minutes)


def month(failed: int, spoilt: int = 0, stop_minutes: int = 0) -> pl.DataFrame:
    start = datetime(2026, 10, 1, tzinfo=UTC)
    stop = {"planned_from": start + timedelta(days=20), "announced_on": "2026-10-05",
            "planned_until": start + timedelta(days=20, minutes=stop_minutes)}  # fmt: skip
    told = [{"time": start + timedelta(minutes=5 * n), "outcome": "down" if n < failed else "up",
             **(stop if stop_minutes else {})} for n in range(8640)]  # fmt: skip
    for n in range(spoilt):
        told[-1 - n] |= {"outcome": "probe_failed" if n % 2 else "not_run"}
    return looks(*told)


def test_26_of_8640_looks_failed_make_130_minutes_and_99_699_per_cent() -> None:
    measured, planned, down = totals(month(26))
    assert (measured, planned, down) == (43_200, 0, 130)
    assert round(availability(measured, planned, down) or 0, 3) == 99.699


def test_planned_minutes_are_no_time_at_all() -> None:
    measured, planned, down = totals(month(26, stop_minutes=120))
    assert (measured - planned, down) == (43_080, 130)
    assert round(availability(measured, planned, down) or 0, 3) == 99.698


def test_what_our_own_probe_missed_lowers_coverage_and_not_availability() -> None:
    frame = month(0, spoilt=288)
    measured, planned, down = totals(frame)
    assert round(measured / float(frame["minutes"].sum()) * 100, 2) == 96.67
    assert availability(measured, planned, down) == 100
    assert availability(0, 0, 0) is None


@pytest.mark.parametrize(("announced", "counts"), [("2026-11-11", True), ("2026-11-12", False)])
def test_a_stop_counts_as_planned_only_when_announced_seven_working_days_before(announced: str, counts: bool) -> None:
    start = datetime(2026, 11, 20, 1, tzinfo=UTC)
    frame = looks({"time": start, "minutes": 60.0, "outcome": "down", "planned_from": start, "announced_on": announced,
                   "planned_until": start + timedelta(minutes=45)})  # fmt: skip
    assert (frame["planned_min"][0], frame["down_min"][0]) == ((45, 15) if counts else (0, 60))


@given(
    st.lists(st.tuples(st.sampled_from(["up", "down", "probe_failed", "not_run"]), st.integers(1, 90)), min_size=1,
             max_size=25),
    st.integers(-60, 600), st.integers(0, 400), st.booleans(),
)  # fmt: skip
def test_minutes_agree_with_a_count_minute_by_minute(
    told: list[tuple[str, int]], offset: int, length: int, in_time: bool
) -> None:
    start, stop_from = datetime(2026, 11, 20, 1, tzinfo=UTC), datetime(2026, 11, 20, 1, tzinfo=UTC)
    stop_from += timedelta(minutes=offset)
    stop = {"planned_from": stop_from, "planned_until": stop_from + timedelta(minutes=length),
            "announced_on": "2026-11-02" if in_time else "2026-11-19"}  # fmt: skip
    at, made = 0, []
    naive = {"covered": 0, "planned": 0, "down": 0, "up": 0}
    for outcome, minutes in told:
        made.append({"time": start + timedelta(minutes=at), "minutes": float(minutes), "outcome": outcome, **stop})
        for minute in range(at, at + minutes):
            if outcome in ("up", "down"):
                naive["covered"] += 1
                is_planned = in_time and offset <= minute < offset + length
                naive["planned" if is_planned else outcome] += 1
        at += minutes
    frame = looks(*made)
    assert {n: round(float(frame[f"{n}_min"].sum()), 6) for n in naive} == naive


# States


def state(at: datetime = NOW, **cells: Any) -> dict[str, Any]:
    return portal_states(looks(cells), at).row(0, named=True)


def test_a_portal_is_dead_after_two_failed_looks_and_not_after_one() -> None:
    assert state(outcome="down", fails=1)["state"] == "suspect"
    found = state(outcome="down", fails=2, since=NOW - timedelta(hours=30))
    assert (found["state"], found["is_dead"], found["hours"]) == ("dead", True, 30)


def test_a_failed_look_of_ours_is_no_outage_of_theirs() -> None:
    for outcome in ("probe_failed", "not_run"):
        found = state(outcome=outcome, fails=9, last_news_at=NOW - timedelta(days=99))
        assert (found["state"], found["is_dead"], found["is_dated"], found["is_measured"]) == (
            "unmeasured", False, False, False,
        )  # fmt: skip
    assert state(at=NOW + timedelta(hours=2))["state"] == "unmeasured"
    assert state(at=NOW + timedelta(minutes=40))["state"] == "ok"


def test_news_older_than_seven_days_is_dated_and_a_page_without_dates_is_not_judged() -> None:
    assert not state(last_news_at=NOW - timedelta(days=7, hours=23))["is_dated"]
    assert state(last_news_at=NOW - timedelta(days=8))["state"] == "dated"
    assert state(last_news_at=None)["state"] == "ok"


def test_a_certificate_of_27_days_is_late() -> None:
    at = datetime(2026, 11, 23, tzinfo=UTC)
    found = state(at=at, time=at, tls_not_after=datetime(2026, 12, 20, tzinfo=UTC))
    assert (found["cert_days"], found["state"]) == (27, "certificate")
    assert state(at=at, time=at, tls_not_after=at + timedelta(days=31))["state"] == "ok"


def test_a_planned_stop_announced_in_time_is_not_dead() -> None:
    stop = {"planned_from": NOW - timedelta(hours=1), "planned_until": NOW + timedelta(hours=1)}
    assert state(outcome="down", fails=4, announced_on="2026-11-02", **stop)["state"] == "planned"
    assert state(outcome="down", fails=4, announced_on="2026-11-20", **stop)["state"] == "dead"


# Inspections


def test_the_median_of_runs_decides_and_not_their_mean() -> None:
    runs = [3.1, 3.9, 4.2, 3.8, 6.0]
    told = [{"time": NOW - timedelta(days=n), "lcp_s": lcp, "fcp_s": 1.5, "tbt_s": 0.2} for n, lcp in enumerate(runs)]
    found = portal_contents(inspected(*told), NOW).row(0, named=True)
    assert (found["runs"], found["lcp_s"], found["paint_ok"], found["si_s"]) == (5, 3.9, True, None)
    fewer = portal_contents(inspected(*told[:4]), NOW).row(0, named=True)
    assert (fewer["runs"], fewer["lcp_s"], fewer["paint_ok"]) == (4, None, None)


def test_a_duty_is_judged_by_the_day_of_the_look_and_only_where_it_was_measured() -> None:
    before = inspected({"time": datetime(2026, 6, 30, 10, tzinfo=UTC), "ipv6_ok": 0})["due"][0]
    assert set(before.split(";")) == {"https", "emc"}
    found = inspected({"ipv6_ok": 0, "emc": None, "sections_found": "tthc", "sections_missing": "di_tich"})
    assert set(found["due"][0].split(";")) == {"news", "tthc", "di_tich", "ipv6", "domain", "component", "https"}
    assert set(found["missed"][0].split(";")) == {"di_tich", "ipv6"}
    department = inspected({"portal": "so_tc", "sections_found": "tthc;bo_may;lanh_dao", "linked": 0})
    assert department["missed"][0] == "" and "component" not in department["due"][0]


def test_the_clock_of_a_missed_duty_runs_from_its_first_miss_without_a_break() -> None:
    course_of_it = [0, 1, 0, 0, 1, 0, 0]
    told = [{"time": NOW - timedelta(days=n), "ipv6_ok": kept} for n, kept in enumerate(course_of_it[::-1])]
    found = portal_duties(inspected(*told), NOW).filter(duty="ipv6").row(0, named=True)
    assert (found["missed"], found["days"]) == (True, 1)
    kept = portal_duties(inspected({}), NOW).filter(duty="ipv6").row(0, named=True)
    assert (kept["missed"], kept["since"], kept["days"]) == (False, None, None)


@pytest.mark.parametrize(
    ("agency", "host", "agreed", "keeps"),
    [("ubnd_14797", "hacthanh.thanhhoa.gov.vn", False, True), ("ubnd_14797", "hoanghoa.thanhhoa.gov.vn", False, False),
     ("ubnd_15724", "xadongtien.thanhhoa.gov.vn", False, True), ("ubnd_15724", "dongtien.thanhhoa.gov.vn", False, True),
     ("ubnd_14797", "tp.thanhhoa.gov.vn", True, True), ("ubnd_14797", "hacthanh.vn", False, False),
     ("so_yt", "syt.thanhhoa.gov.vn", False, True)],
)  # fmt: skip
def test_a_commune_portal_bears_its_own_name_without_accents(agency: str, host: str, agreed: bool, keeps: bool) -> None:
    assert host_by_rule(Portal(id="x", agency=agency, url=f"https://{host}/", host_agreed=agreed)) is keeps


# The register


def test_every_commune_has_a_portal_in_the_demo_and_none_of_them_can_be_contacted() -> None:
    known = simulated_portals()
    assert {p.place for p in known.values() if p.place} == set(load_registry().places)
    assert all(p.simulated and p.host.endswith(".example") for p in known.values())
    real = read_register("portal_register/addresses.yaml").portals
    assert all(p.host.endswith("thanhhoa.gov.vn") and not p.simulated for p in real)
    assert len({p.id for p in real} | set(known)) == len(real) + len(known) == len(load_portals())


# The way of a file


def check(portal: str, at: str, outcome: str = "up", **cells: Any) -> dict[str, Any]:
    usual = {"portal": portal, "at": at, "minutes": 60, "outcome": outcome, "http_status": 200, "ttfb_ms": 210.5,
             "attempts": 1, "fails": 0, "tls_not_after": "2027-05-01T00:00:00Z", "last_news_at": "2026-11-22T02:00:00Z",
             "reason": None}  # fmt: skip
    if outcome == "down":
        usual |= {"reason": "timeout", "http_status": None, "attempts": 2, "fails": 2, "ttfb_ms": None,
                  "since": "2026-11-22T01:00:00Z"}  # fmt: skip
    return usual | cells


def take(source: str, name: str, content: Any) -> Receipt:
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return ingest(load_registry().sources[source], [Delivery(name, raw)], METHODS, NOW)[0]


def round_of(*checks: dict[str, Any]) -> dict[str, Any]:
    return {"made_by": "portal_probe", "round": checks[0]["at"], "checks": list(checks)}


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let it be 15:05 on 23/11/2026 in Thanh Hóa."""
    for module in ("services.indicators", "services.answers", "services.alerts", "services.rows", "services.portals"):
        monkeypatch.setattr(f"{module}.now", lambda: NOW)


@pytest.fixture
def province(store: str, clock: None) -> None:
    """Take in two rounds: a portal in order, a dead one, a dated one, one that our side could not measure."""
    for hour in (7, 8):
        at = f"2026-11-23T{hour:02}:00:00Z"
        receipt = take("portal_probe", f"probe_20260101T{hour:02}00.json", round_of(
            check("hacthanh", at), check("samson", at, "down", fails=hour - 6),
            check("so_tc", at, last_news_at="2026-11-01T02:00:00Z", tls_not_after="2026-12-03T00:00:00Z"),
            check("bimson", at, "probe_failed", reason="control", attempts=2, http_status=None)))  # fmt: skip
        assert receipt.status == "accepted", receipt.rejects


def test_a_round_becomes_states_minutes_and_alarms(province: None) -> None:
    count = {n: figure(f"web_{n}").value for n in ("portals", "dead", "dated", "dead_or_dated", "unmeasured")}
    assert count == {"portals": 4, "dead": 1, "dated": 1, "dead_or_dated": 2, "unmeasured": 1}
    assert figure("web_cert_soon").value == 1 and figure("web_cert_days", agency="so_tc").value == 9
    assert figure("web_availability_pct", period="2026-11").value == pytest.approx(2 / 3 * 100)
    assert figure("web_coverage_pct", period="2026-11-23").value == 75
    assert figure("web_down_min", period="2026-11").value == 120
    assert figure("web_budget_left_min", period="2026-11").value == pytest.approx(360 * 0.001 - 120)
    assert figure("web_availability_pct", agency="ubnd_14797", period="2026-11").value == 100
    assert figure("web_availability_pct", agency="ubnd_14812", period="2026-11").value is None
    assert figure("web_ttfb_p50", period="2026-11-23").value == pytest.approx(210.5, rel=0.03)
    assert figure("web_dead", place="14812").value is None
    alerts.evaluate()
    found = {(a.indicator, a.subject) for a in open_alerts()}
    assert {("web_dead", "samson"), ("web_cert_soon", "so_tc")} <= found
    assert not {subject for indicator, subject in found if indicator == "web_dead"} - {"samson"}


def test_our_own_low_coverage_is_our_own_alarm(province: None, monkeypatch: pytest.MonkeyPatch) -> None:
    later = NOW + timedelta(days=1)
    for module in ("services.indicators", "services.answers", "services.alerts"):
        monkeypatch.setattr(f"{module}.now", lambda: later)
    take("portal_probe", "probe_20260102T0800.json", round_of(check("hacthanh", "2026-11-23T08:30:00Z")))
    source = load_registry().sources["portal_probe"]
    ingest(source, [Delivery("probe_20260103T0700.json", json.dumps(round_of(
        check("hacthanh", "2026-11-24T07:00:00Z"))).encode())], METHODS, later)  # fmt: skip
    alerts.evaluate()
    ours = [a for a in open_alerts() if a.indicator == "web_coverage_pct"]
    assert [a.subject for a in ours] == [""] and "bộ đo của trung tâm" in ours[0].text_vi


def test_figures_divide_by_portal_kind_hour_and_agency(province: None) -> None:
    by_portal = dict(figures("web_down_min", by="portal", period="2026-11").frame.select("key", "value").iter_rows())
    assert by_portal["samson"] == 120 and by_portal["hacthanh"] == 0
    names = dict(figures("web_dead", by="portal").frame.select("key", "name_vi").iter_rows())
    assert names["samson"] == "Phường Sầm Sơn"
    by_hour = figures("web_coverage_pct", by="time", grain="hour", period="2026-11-23T15", last=3).frame
    assert by_hour["value"].to_list() == [None, 75, 75]
    assert rows("portal_check", SYSTEM, list="down").total == 2
    assert course("samson", days=1)["outcome"].to_list() == ["down", "down"]


@pytest.mark.parametrize(
    ("content", "rule", "said"),
    [({"checks": [check("xadaxoa", "2026-11-23T07:00:00Z")]}, "unknown_portal", "không có trong danh sách đăng ký"),
     ({"checks": [check("hacthanh", AT_TWO, http_status=503)]}, "up_without_answer", "không có mã trả lời"),
     ({"checks": [check("hacthanh", AT_TWO, "down", attempts=1)]}, "down_without_reason", "hai lần thử"),
     ({"checks": [check("hacthanh", "23/11/2026 07:00")]}, "not_a_date", "23/11/2026"),
     ({"checks": [check("hacthanh", "2026-11-23T07:00:00Z", "slow")]}, "not_allowed", "slow"),
     ({"checks": [check("hacthanh", "2026-11-25T07:00:00Z")]}, "future_date", "2026-11-25"),
     ({"checks": [{"portal": "hacthanh", "at": "2026-11-23T07:00:00Z"}]}, "missing_columns", "minutes"),
     (b'{"checks": [{"portal": "hacthanh", "at": "2026-', "bad_json", "cắt cụt"),
     ({"rounds": []}, "no_list", "checks")],
)  # fmt: skip
def test_a_broken_round_is_refused_with_what_is_wrong(store: str, content: Any, rule: str, said: str) -> None:
    receipt = take("portal_probe", "probe_20261123T0705.json", content)
    assert receipt.status == "refused" and receipt.rejects[0]["rule"] == rule
    assert said in receipt.rejects[0]["message"]


DEEP = b"[" * 200_000


@pytest.mark.parametrize(
    "content",
    [b'{"checks":' + DEEP, DEEP, b'{"checks":[{"portal":' + b'{"a":' * 100_000, b"\xff\xfe", b'{"checks":[1, null]}',
     b'{"checks":[{"portal":{"x":1},"at":[1],"minutes":true,"outcome":1e400}]}', b'{"checks":[]} and more'],
)  # fmt: skip
def test_no_bytes_break_the_reader_of_rounds(content: bytes) -> None:
    layout = load_registry().sources["portal_probe"].layout
    try:
        assert parse("probe.json", content, layout).frame.is_empty()
    except Unreadable as error:
        assert error.message


def test_an_inspection_becomes_duties_headers_and_paint(store: str, clock: None) -> None:
    seen: dict[str, Any] = {"portal": "hacthanh", "https_ok": True, "ipv6_ok": False, "linked": True, "emc": None,
            "has_hsts": True, "has_csp": False, "has_frame": True, "has_nosniff": True, "has_referrer": False,
            "sections_found": "tthc;bo_may", "sections_missing": "di_tich", "last_news_at": "2026-11-22T02:00:00Z",
            "news_from": "feed", "links_checked": 8, "links_broken": 1, "broken": "/gone", "robots": "allowed",
            "fcp_s": 1.5, "tbt_s": 0.2, "cls": 0.05}  # fmt: skip
    runs = (3.1, 3.9, 4.2, 3.8, 6.0)
    told = [seen | {"at": f"2026-11-{18 + n}T02:00:00Z", "lcp_s": lcp} for n, lcp in enumerate(runs)]
    receipt = take("portal_inspection", "inspect_20261122T0200.json", {"inspections": told})
    assert (receipt.status, receipt.rows_kept) == ("accepted", 5), receipt.rejects
    assert figure("web_lcp").value == 3.9 and figure("web_paint_ok_pct").value == 100
    assert figure("web_si").value is None and figure("web_emc_pct").value is None
    assert figure("web_headers_pct").value == 60 and figure("web_broken_links_pct").value == 12.5
    assert (figure("web_duties_missed").value, figure("web_duties_due").value) == (2, 8)
    assert figure("web_duties_met_pct").value == 75
    missed = dict(figures("web_duties_missed", by="duty").frame.select("key", "value").iter_rows())
    assert missed["ipv6"] == 1 and missed["https"] == 0
    broken = take("portal_inspection", "inspect_20261123T0200.json",
                  {"inspections": [seen | {"at": "2026-11-23T02:00:00Z", "links_broken": 9}]})  # fmt: skip
    assert broken.rejects[0]["rule"] == "more_broken_than_checked"
    contents, owed = states("web_https_pct"), states("web_duties_missed")
    assert paint_percentiles(contents).filter(measure="lcp_s").row(0) == ("lcp_s", 3.9, 3.9, 3.9, 4.0, 1, 1)
    assert headers_by_kind(contents)["commune"].to_list() == [100, 0, 100, 100, 0]
    assert duties_by_kind(owed).filter(duty="ipv6")["missed_commune"].item() == 1


# The demo


def test_a_round_of_the_demo_is_the_same_whichever_others_are_told() -> None:
    plan = Plan("demo", 1, NOW, NOW)
    day = date(2026, 11, 18)
    alone, among = played(plan, [(day, 13)], 60), played(plan, [(day, 7), (day, 13)], 60)
    assert alone.equals(among.tail(alone.height).select(alone.columns))


def test_the_demo_tells_the_same_in_one_go_and_day_by_day() -> None:
    since, until = NOW - timedelta(days=2), NOW
    whole = {(f.name, f.due): f.content for f in deliveries(Plan("demo", 1, since, until))}
    parts = [since + timedelta(hours=h) for h in range(0, 49, 6)]
    pieces: dict[Any, bytes] = {}
    for start, end in pairwise(parts):
        pieces |= {(f.name, f.due): f.content for f in deliveries(Plan("demo", 1, start, end))}
    assert pieces == whole
    assert [f.due for f in deliveries(Plan("demo", 1, since, until))] == sorted(due for _, due in whole)


def test_the_story_of_the_demo_goes_on(store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = Plan("demo", 1, NOW - timedelta(days=9), NOW)
    for module in ("services.indicators", "services.answers", "services.rows"):
        monkeypatch.setattr(f"{module}.now", lambda: NOW)
    names: dict[str, list[Delivery]] = {"portal_probe": [], "portal_inspection": []}
    for file in deliveries(plan):
        names[file.source].append(Delivery(file.name, file.content))
    for source, given_files in names.items():
        ingest(load_registry().sources[source], given_files, METHODS, NOW)
    assert figure("web_portals").value == len(simulated_portals())
    assert (figure("web_dead").value or 0) >= 1 and 5 <= (figure("web_dated").value or 0) <= 25
    blind = blind_day(plan, NOW.date())
    if NOW.date() - timedelta(days=8) < blind < NOW.date():
        assert 60 < (figure("web_coverage_pct", period=f"{blind}").value or 0) < 90
    assert 80 < (figure("web_availability_pct", period="2026-11").value or 0) < 99.9
    looked, contents, owed = (states(n) for n in ("web_dead", "web_https_pct", "web_duties_missed"))
    found = board(looked, contents, owed)
    assert found.height == len(simulated_portals()) and found["state"][0] == "dead"
    assert stops(SYSTEM).columns == ["portal", "planned_from", "announced", "ahead", "in_time"]


def test_levels_of_the_rules_are_those_of_the_criteria() -> None:
    rules = load_rules()
    assert (rules.criteria.fcp_s, rules.criteria.lcp_s, rules.criteria.si_s, rules.criteria.tbt_s) == (3, 4, 5.8, 0.6)
    assert {d.valid_from for d in rules.duties if "224" in d.basis.vi} == {date(2026, 7, 1)}
