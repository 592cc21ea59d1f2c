"""The probe of web portals, against servers on this machine that misbehave: what it measures, whom it never asks."""

import json
import socket
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from config.portals import Maintenance, Manners, Portal, Register, load_rules
from config.registry import load_registry
from data_access.connectors import probe
from data_access.connectors.files import groups as dropped
from data_access.connectors.probe import Memory, gaps, look, look_at_all
from data_access.connectors.probe_asking import Asker
from data_access.connectors.probe_film import Frame, speed_index
from data_access.connectors.probe_inspecting import bears_emc, inspect
from data_access.connectors.probe_paint import NOTHING, painted
from data_access.connectors.probe_reading import Page, moment_of, newest_in_feed, newest_on_page
from data_access.ingestion.pipeline import Delivery, ingest
from services.methods.catalogue import METHODS
from tests.browser import installed
from tests.domains.portal_servers import FEED, HOME, certificate, serving

AT = datetime(2026, 11, 23, 8, 5, tzinfo=UTC)
FIVE = timedelta(minutes=5)
QUICK = Manners(agent="IOC-probe-test/1", connect_seconds=0.5, total_seconds=0.8, pause_seconds=0, second_seconds=60,
                redirects=3, most_kilobytes=1000, links=10, hosts_at_once=4)  # fmt: skip


@pytest.fixture
def server() -> Iterator[Any]:
    with serving() as running:
        yield running


def asker(rested: list[float] | None = None, inside: bool = True, **changed: Any) -> Asker:
    rest = rested.append if rested is not None else lambda _: None
    return Asker(QUICK.model_copy(update=changed), frozenset({"127.0.0.1"} if inside else ()), rest=rest)


def portal(url: str, name: str = "hacthanh", marker: str = "Cổng thử nghiệm") -> Portal:
    return Portal(id=name, agency="ubnd_14797", url=url, marker=marker, private=True)


def closed_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


# One request


def test_a_portal_that_answers_is_up_with_its_times_size_and_newest_news(
    server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("data_access.connectors.probe.now", lambda: AT)
    found = look(portal(server.url + "/"), asker())
    assert (found["outcome"], found["http_status"], found["redirects"], found["bytes"]) == (
        "up", 200, 0, len(HOME.encode()),
    )  # fmt: skip
    assert found["last_news_at"] == "2026-11-18T02:30:00Z"
    assert all(found[n] >= 0 for n in ("dns_ms", "connect_ms", "ttfb_ms", "total_ms"))
    assert {agent for _, _, agent, _ in server.asked} == {"IOC-probe-test/1"}


@pytest.mark.parametrize(
    ("path", "reason"),
    [("/slow", "timeout"), ("/drip", "timeout"), ("/loop", "redirect_loop"), ("/huge", "too_large"),
     ("/broken", "http_5xx"), ("/gone", "http_4xx"), ("/maintenance", "no_marker")],
)  # fmt: skip
def test_a_portal_that_misbehaves_is_down_with_the_reason_and_in_time(server: Any, path: str, reason: str) -> None:
    began = time.monotonic()
    found = look(portal(server.url + path), asker())
    assert (found["outcome"], found["reason"]) == ("down", reason)
    assert time.monotonic() - began < 2


def test_a_closed_port_and_an_unknown_name_have_their_own_words() -> None:
    assert look(portal(f"http://127.0.0.1:{closed_port()}/"), asker())["reason"] == "connect"
    assert look(portal("http://nowhere.invalid/"), asker())["reason"] == "dns"


def test_no_address_inside_is_asked_unless_it_is_registered_as_lying_inside(server: Any) -> None:
    assert asker(inside=False).ask(server.url + "/").fault == "private_address"
    assert server.asked == []
    assert asker(inside=False).ask("http://[::1]:1/").fault == "private_address"
    assert asker(inside=False).ask("http://169.254.169.254/latest/meta-data").fault == "private_address"


@pytest.mark.parametrize("target", ["http://10.0.0.1/", "http://localhost/", "file:///etc/passwd", "gopher://x/"])
def test_a_redirect_leads_to_no_address_inside_and_to_no_file(server: Any, target: str) -> None:
    server.away = target
    assert asker().ask(server.url + "/away").fault in ("private_address", "bad_address")


def test_robots_txt_is_obeyed_and_read_once(server: Any) -> None:
    server.robots = "User-agent: *\nDisallow: /\n"
    one = asker()
    assert [look(portal(server.url + "/"), one)["reason"] for _ in range(2)] == ["robots", "robots"]
    assert [path for _, path, _, _ in server.asked] == ["/robots.txt"]


def test_a_host_is_asked_one_thing_at_a_time_with_a_pause_after_each(server: Any) -> None:
    rested: list[float] = []
    portals = [portal(f"{server.url}/{n}", f"p{n}") for n in range(4)]
    look_at_all(portals, Register(), asker(rested, pause_seconds=0.25), Memory(), AT, FIVE)
    assert server.most_busy == 1
    assert len(rested) == len(server.asked) and set(rested) == {0.25}


# Certificates


def test_a_valid_certificate_tells_its_end_and_an_expired_one_is_a_fault(tmp_path: Path) -> None:
    ends = datetime(2031, 5, 6, 7, tzinfo=UTC)
    serves, trusts = certificate(tmp_path, ends)
    with serving(serves) as server:
        one = Asker(QUICK, frozenset({"127.0.0.1"}), trusts, rest=lambda _: None)
        found = look(portal(server.url + "/"), one)
        assert (found["outcome"], found["tls_not_after"], bool(found["tls_ms"])) == ("up", "2031-05-06T07:00:00Z", True)
        assert one.certificate("127.0.0.1", server.server_address[1]) == (ends, "")
        assert look(portal(server.url + "/"), asker())["reason"] == "tls"
    late = datetime.now(UTC).replace(microsecond=0) - timedelta(days=3)
    serves, trusts = certificate(tmp_path, late)
    with serving(serves) as server:
        one = Asker(QUICK, frozenset({"127.0.0.1"}), trusts, rest=lambda _: None)
        assert look(portal(server.url + "/"), one)["reason"] == "tls"
        assert one.certificate("127.0.0.1", server.server_address[1]) == (late, "certificate has expired")


def test_a_certificate_for_another_name_is_a_fault(tmp_path: Path) -> None:
    serves, trusts = certificate(tmp_path, datetime(2031, 5, 6, tzinfo=UTC), "elsewhere.example")
    with serving(serves) as server:
        one = Asker(QUICK, frozenset({"127.0.0.1"}), trusts, rest=lambda _: None)
        assert look(portal(server.url + "/"), one)["reason"] == "tls"


# A round


def test_a_portal_is_down_only_after_a_second_attempt(server: Any) -> None:
    rested: list[float] = []
    flaky, dead = portal(server.url + "/flaky", "flaky"), portal(server.url + "/broken", "dead")
    fine = portal(server.url + "/", "fine")
    records = look_at_all([flaky, dead, fine], Register(), asker(rested), Memory(), AT, FIVE)
    assert {r["portal"]: (r["outcome"], r["attempts"]) for r in records} == {
        "flaky": ("up", 2), "dead": ("down", 2), "fine": ("up", 1),
    }  # fmt: skip
    assert rested.count(60) == 1


def test_when_our_own_network_fails_nobody_is_down(server: Any) -> None:
    dead = [portal(f"http://127.0.0.1:{closed_port()}/", f"p{n}") for n in range(3)]
    broken = Register(control=(f"http://127.0.0.1:{closed_port()}/",))
    records = look_at_all(dead, broken, asker(), Memory(), AT, FIVE)
    assert {(r["outcome"], r["reason"]) for r in records} == {("probe_failed", "control")}
    works = look_at_all(dead, Register(control=(server.url + "/",)), asker(), Memory(), AT, FIVE)
    assert {r["outcome"] for r in works} == {"down"}
    nothing_known = look_at_all(dead, Register(), asker(), Memory(), AT, FIVE)
    assert {r["outcome"] for r in nothing_known} == {"probe_failed"}


def test_failed_looks_in_a_row_are_counted_and_our_own_failures_are_not(server: Any) -> None:
    memory, dead = Memory(), portal(server.url + "/broken")
    other = portal(server.url + "/", "other")
    told = []
    for n in range(3):
        control = (f"http://127.0.0.1:{closed_port()}/",) if n == 1 else ()
        at = AT + n * FIVE
        told += look_at_all([dead] if n == 1 else [dead, other], Register(control=control), asker(), memory, at, FIVE)
    kept = [(r["outcome"], r["fails"], r["since"]) for r in told if r["portal"] == "hacthanh"]
    since = "2026-11-23T08:05:00Z"
    assert kept == [("down", 1, since), ("probe_failed", 1, since), ("down", 2, since)]
    assert Memory.read(memory.written()) == memory


def test_time_without_a_round_is_told_as_not_run_by_local_day() -> None:
    last = datetime(2026, 11, 22, 16, 0, tzinfo=UTC)
    assert list(gaps(last, last + FIVE, FIVE)) == []
    pieces = [(f"{s:%d %H:%M}", length) for s, length in gaps(last, datetime(2026, 11, 22, 18, 0, tzinfo=UTC), FIVE)]
    assert pieces == [("22 16:05", timedelta(minutes=55)), ("22 17:00", timedelta(hours=1))]
    longer = list(gaps(last, last + timedelta(days=3), FIVE))
    assert sum((p[1] for p in longer), timedelta()) == timedelta(days=3) - FIVE
    assert max(p[1] for p in longer) == timedelta(days=1)


def test_a_planned_stop_is_told_with_the_look(server: Any) -> None:
    stop = Maintenance(portal="hacthanh", start=AT - FIVE, end=AT + FIVE, announced=date(2026, 11, 2))
    record = look_at_all([portal(server.url + "/")], Register(maintenance=(stop,)), asker(), Memory(), AT, FIVE)[0]
    assert (record["planned_from"], record["announced_on"]) == ("2026-11-23T08:00:00Z", "2026-11-02")


def test_a_round_lies_in_the_drop_folder_and_goes_the_way_of_every_file(
    store: str, server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, inspection = (load_registry().sources[n] for n in ("portal_probe", "portal_inspection"))
    register = Register(portals=(portal(server.url + "/"), portal("https://demo.example/", "x").model_copy(
        update={"simulated": True})))  # fmt: skip
    monkeypatch.setattr("services.methods.portals.load_portals", lambda: {p.id: p for p in register.portals})
    for one, start in ((source, "probe_"), (inspection, "inspect_")):
        name = probe.run(one, register, QUICK, asker())
        time.sleep(0.6)
        files = next(dropped(one, 10, 10**9))
        assert [f.name for f in files] == [name] and name.startswith(start)
        receipt = ingest(one, [Delivery(f.name, f.content) for f in files], METHODS)[0]
        assert (receipt.status, receipt.rows_kept) == ("accepted", 1), receipt.rejects
    assert "demo.example" not in json.dumps([path for _, path, _, _ in server.asked])


def test_the_worker_never_waits_for_a_round(store: str, server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    source = load_registry().sources["portal_probe"]
    ran: list[str] = []

    def slow(one: Any, *_: Any) -> str:
        time.sleep(0.3)
        ran.append(one.id)
        return ""

    monkeypatch.setattr(probe, "run", slow)
    began = time.monotonic()
    assert [list(probe.groups(source, 1, 1)) for _ in range(3)] == [[], [], []]
    assert time.monotonic() - began < 0.25
    probe._running[source.id].join()
    assert ran == ["portal_probe"]


# The closer look


def test_an_inspection_tells_headers_sections_news_links_and_leaves_empty_what_it_cannot_know(server: Any) -> None:
    found = inspect(portal(server.url + "/"), asker(), AT)
    assert (found["has_hsts"], found["has_csp"]) == (True, False)
    assert found["sections_found"] == "tthc;bo_may;lich_su"
    assert found["sections_missing"] == "lanh_dao;ban_do;tu_nhien;di_tich"
    assert (found["last_news_at"], found["news_from"]) == ("2026-11-20T01:00:00Z", "feed")
    assert (found["links_checked"], found["links_broken"], found["broken"]) == (4, 1, "/gone")
    assert (found["https_ok"], found["linked"]) == (False, True)
    assert found["ipv6_ok"] is False
    assert {n: found[n] for n in NOTHING} == NOTHING
    assert found["emc"] is None  # nothing drew the page, and a script may bring the tag


def test_the_tag_of_emc_stands_in_the_page_or_is_brought_by_a_script() -> None:
    host = load_rules().emc_host
    assert bears_emc(f"<script src='https://{host}/embed/x.js'>", [], is_drawn=False) is True
    assert bears_emc("<html>", [f"https://{host}/tracking"], is_drawn=True) is True
    assert bears_emc("<html>", ["https://other.vn/"], is_drawn=True) is False


def test_a_portal_that_does_not_answer_is_not_inspected(server: Any) -> None:
    assert inspect(portal(server.url + "/broken"), asker(), AT) == {}


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Mon, 23 Nov 2026 15:05:00 +0700", "08:05"), ("Mon, 23 Nov 2026 15:05:00 GMT+7", "08:05"),
     ("Mon, 23 Nov 2026 15:05:00", "08:05"), ("2026-11-23 15:05:00", "08:05"), ("2026-11-23T15:05:00Z", "15:05"),
     ("15:05 23/11/2026", "17:00"), ("23/11/2026 15:05", "08:05"), ("Thứ Hai, 23/11/2026 15:05", "08:05"),
     ("11/23/2026 3:05:00 PM", None), ("hôm qua", None), ("", None)],
)  # fmt: skip
def test_dates_are_read_as_vietnamese_sites_write_them(text: str, expected: str | None) -> None:
    found = moment_of(text)
    assert (f"{found:%H:%M}" if found else None) == expected


def test_the_clock_of_a_page_and_dates_to_come_are_no_news() -> None:
    assert newest_on_page(Page("<p>Thứ Hai, ngày 23/11/2026</p>"), AT) is None
    assert newest_on_page(Page("<p>Họp ngày 01/12/2026, tin 02/11/2026</p>"), AT) == moment_of("02/11/2026")
    marked = Page('<time datetime="2026-11-10T08:00:00+07:00"></time><p>20/11/2026</p>')
    assert newest_on_page(marked, AT) == datetime(2026, 11, 10, 1, tzinfo=UTC)


def test_a_feed_tells_by_its_entries_and_what_is_no_feed_tells_nothing() -> None:
    assert newest_in_feed(FEED.encode(), AT) == datetime(2026, 11, 20, 1, tzinfo=UTC)
    bomb = b'<!DOCTYPE a [<!ENTITY b "x"><!ENTITY c "&b;&b;">]><rss><item><pubDate>&c;</pubDate></item></rss>'
    assert [newest_in_feed(body, AT) for body in (b"", b"<html>", bomb)] == [None, None, None]


def test_paint_times_are_measured_by_a_browser_or_not_at_all(server: Any) -> None:
    assert painted("", server.url, "x", lambda _: True) == NOTHING
    assert painted("/nowhere/chromium", server.url, "x", lambda _: True) == NOTHING
    if browser := installed():
        asked: list[str] = []

        def heard(url: str) -> bool:
            asked.append(url)
            return True

        found = painted(browser, server.url + "/", "IOC-probe-test/1", heard)
        assert found["fcp_s"] is not None and found["lcp_s"] is not None and 0 < found["fcp_s"] <= found["lcp_s"] < 20
        assert found["si_s"] is not None and 0 < found["si_s"] < 20
        assert asked[0] == server.url + "/"
        assert painted(browser, server.url + "/", "x", lambda _: False) == NOTHING


def test_the_speed_index_adds_up_what_of_the_picture_was_missing() -> None:
    def frame(at: float, *halves: str) -> Frame:
        picture, out = Image.new("RGB", (10, 10), "white"), BytesIO()
        for x, colour in enumerate(halves):
            picture.paste(colour, (5 * x, 0, 5 * x + 5, 10))
        picture.save(out, "PNG")
        return Frame(at, out.getvalue())

    film = [frame(99, "black"), frame(100.2), frame(101, "red"), frame(103, "red", "red")]
    assert speed_index(film, 100) == pytest.approx(1 + 2 * 0.5)
    assert speed_index(film[::-1], 100) == pytest.approx(2)
    assert speed_index(film[:2], 100) is None and speed_index([], 100) is None


def test_the_manners_of_this_installation_are_patient_and_small() -> None:
    manners = load_rules().manners
    assert manners.second_seconds >= 60 and manners.pause_seconds >= 1
    assert manners.links <= 10 and manners.total_seconds <= 10
