"""The `probe` connector: our own look at the registered portals from outside, one JSON file a round.

A round runs beside the worker, which never waits for it, and lays its file into the source's drop folder; from there
it goes the way of every file. A portal is called down only after a second attempt, and only while our own network is
known to work: else the look says `probe_failed` and is nobody's outage. Time in which no round took place is told as
`not_run` by the next one.
"""

import json
import logging
import threading
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from config.models import Source
from config.portals import Maintenance, Manners, Portal, Register, load_rules, read_register
from data_access import worker_state
from data_access.connectors.files import Fetched, drop_folder
from data_access.connectors.probe_asking import Answer, Asker
from data_access.connectors.probe_inspecting import inspect
from data_access.connectors.probe_reading import Page, newest_on_page, text_of
from data_access.database import LOCAL, now

log = logging.getLogger("ioc.probe")
Record = dict[str, Any]
STAMP: Final = "%Y-%m-%dT%H:%M:%SZ"
LONGEST: Final = timedelta(days=1)
_running: dict[str, threading.Thread] = {}


@dataclass
class Memory:
    """What the probe remembers of its last round: when it was, and how each portal stood."""

    at: datetime | None = None
    portals: dict[str, Record] = field(default_factory=dict)

    @classmethod
    def read(cls, text: str | None) -> "Memory":
        """Return the memory that was noted, an empty one where none was."""
        said = json.loads(text) if text else {}
        at = said.get("at")
        return cls(datetime.fromisoformat(at) if at else None, said.get("portals", {}))

    def written(self) -> str:
        """Return the memory as a note."""
        return json.dumps({"at": self.at.isoformat() if self.at else None, "portals": self.portals})


def groups(source: Source, most_files: int, most_bytes: int) -> Iterator[list[Fetched]]:
    """Begin a round, unless the last one still runs; its file comes through the drop folder, so nothing is yielded."""
    running = _running.get(source.id)
    if running is None or not running.is_alive():
        _running[source.id] = threading.Thread(target=_round, args=(source,), name=f"probe {source.id}")
        _running[source.id].start()
    yield from ()


def done(source: Source, files: list[Fetched]) -> None:
    """Note nothing: the drop folder forgets a file once it was taken in."""


def _round(source: Source) -> None:
    try:
        run(source, read_register(source.addresses), load_rules().manners)
    except Exception:
        log.exception("round failed", extra={"source": source.id})


def asker_for(register: Register, manners: Manners) -> Asker:
    """Return who asks the addresses of a register."""
    return Asker(manners, frozenset(p.host for p in register.portals if p.private))


def run(source: Source, register: Register, manners: Manners, asker: Asker | None = None) -> str:
    """Do one round and lay its file into the drop folder; return the file's name."""
    asker, began, note = asker or asker_for(register, manners), now(), f"probe:{source.id}"
    portals = [p for p in register.portals if not p.simulated]
    kind = str(source.layout.options["path"])
    if kind == "inspections":
        name = f"inspect_{began:%Y%m%dT%H%M}.json"
        with ThreadPoolExecutor(manners.hosts_at_once) as crew:
            told = list(crew.map(lambda p: inspect(p, asker, began), portals))
        records: list[Record] = [
            {"portal": p.id, "at": began.strftime(STAMP)} | found
            for p, found in zip(portals, told, strict=True)
            if found
        ]
    else:
        name = f"probe_{began:%Y%m%dT%H%M}.json"
        memory, every = Memory.read(worker_state.note(note)), source.every or timedelta(minutes=5)
        records = look_at_all(portals, register, asker, memory, began, every)
        worker_state.take_note(note, memory.written())
    if records:
        _deliver(source, name, {"made_by": "portal_probe", "round": began.strftime(STAMP), kind: records})
    return name


def _deliver(source: Source, name: str, content: Record) -> None:
    folder = drop_folder(source)
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f"{name}.part"
    part.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    part.replace(folder / name)


# A round of looks


def look_at_all(
    portals: Sequence[Portal], register: Register, asker: Asker, memory: Memory, at: datetime, every: timedelta
) -> list[Record]:
    """Return the records of a round, and of the time since the last one in which there was none."""
    missed = list(gaps(memory.at, at, every))
    with ThreadPoolExecutor(asker.manners.hosts_at_once) as crew:
        looks = dict(zip([p.id for p in portals], crew.map(lambda p: look(p, asker), portals), strict=True))
        failed = [p for p in portals if looks[p.id]["outcome"] == "down"]
        if failed:
            asker.rest(asker.manners.second_seconds)
            again = crew.map(lambda p: look(p, asker), failed)
            looks |= {p.id: found | {"attempts": 2} for p, found in zip(failed, again, strict=True)}
    if not network_works(looks.values(), register.control, asker):
        looks |= {n: _ours(found) for n, found in looks.items() if found["outcome"] == "down"}
    records = []
    for portal in portals:
        records += [_gap(portal, start, length) for start, length in missed]
        record = {"portal": portal.id, "at": at.strftime(STAMP), "minutes": every / timedelta(minutes=1)}
        record |= looks[portal.id]
        _remember(record, memory.portals.setdefault(portal.id, {}), at)
        records.append(record | _planned(register.maintenance, portal, at, every))
    memory.at = at
    return records


def gaps(last: datetime | None, at: datetime, every: timedelta) -> Iterator[tuple[datetime, timedelta]]:
    """Yield the time since the last round that no round stands for, in pieces that end with the local day."""
    if last is None or at - last < 2 * every:
        return
    start = last + every
    while start < at:
        local = start.astimezone(LOCAL)
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0) + LONGEST
        end = min(at, midnight.astimezone(UTC))
        yield start, end - start
        start = end


def _gap(portal: Portal, start: datetime, length: timedelta) -> Record:
    minutes = round(length / timedelta(minutes=1), 2)
    return {"portal": portal.id, "at": start.strftime(STAMP), "minutes": minutes, "outcome": "not_run",
            "reason": "no_round", "attempts": 0}  # fmt: skip


def _ours(found: Record) -> Record:
    return {"outcome": "probe_failed", "reason": "control", "attempts": found["attempts"]}


def network_works(looks: Iterable[Record], control: Sequence[str], asker: Asker) -> bool:
    """Say whether our own network works: a portal or a control page answered; with neither, several portals at most.

    Without a control page, a round in which every one of several portals fails is ours, not theirs.
    """
    outcomes = [found["outcome"] for found in looks]
    if "down" not in outcomes:
        return True
    if control:
        return any(answered(asker.ask(url)) for url in control)
    return "up" in outcomes or len(outcomes) == 1


def answered(answer: Answer) -> bool:
    """Say whether an answer came, whatever it says."""
    return not answer.fault and answer.status is not None and answer.status < 500


def look(portal: Portal, asker: Asker) -> Record:
    """Return one attempt at a portal: up is a final 2xx in time that holds the portal's marker."""
    if not asker.may(portal.url):
        return {"outcome": "not_run", "reason": "robots", "attempts": 0}
    answer = asker.ask(portal.url)
    found = {
        "attempts": 1, "http_status": answer.status, "dns_ms": answer.dns_ms, "connect_ms": answer.connect_ms,
        "tls_ms": answer.tls_ms, "ttfb_ms": answer.ttfb_ms, "total_ms": answer.total_ms, "bytes": answer.size,
        "redirects": answer.redirects, "tls_not_after": _stamp(answer.not_after),
    }  # fmt: skip
    html = text_of(answer.body, answer.headers.get("content-type", ""))
    fault = answer.fault or _refusal(answer.status, portal.marker, html)
    if answer.unreachable:
        return {"outcome": "probe_failed", "reason": "network", "attempts": 1}
    if fault:
        return {"outcome": "down", "reason": fault, **found}
    return {"outcome": "up", **found, "last_news_at": _stamp(newest_on_page(Page(html), now()))}


def _refusal(status: int | None, marker: str, html: str) -> str:
    """Return why an answer is none: not 2xx, or without the marker (a maintenance page is not the portal)."""
    if status is None or not 200 <= status < 300:
        return f"http_{(status or 0) // 100}xx"
    return "no_marker" if marker and marker not in html else ""


def _stamp(moment: datetime | None) -> str | None:
    return moment.strftime(STAMP) if moment else None


def _remember(record: Record, known: Record, at: datetime) -> None:
    """Add to a look what only the looks before it can tell, and remember how the portal stands."""
    if record["outcome"] in ("up", "down"):
        if known.get("state") != record["outcome"]:
            known |= {"state": record["outcome"], "since": at.strftime(STAMP), "fails": 0}
        known["fails"] = known["fails"] + 1 if record["outcome"] == "down" else 0
    news = max(filter(None, (record.get("last_news_at"), known.get("last_news_at"))), default=None)
    known["last_news_at"] = news
    record |= {"fails": known.get("fails", 0), "since": known.get("since"),
               "last_news_at": news if record["outcome"] == "up" else None}  # fmt: skip


def _planned(stops: Sequence[Maintenance], portal: Portal, at: datetime, every: timedelta) -> Record:
    for stop in stops:
        if stop.portal == portal.id and stop.start < at + every and stop.end > at:
            return {"planned_from": stop.start.astimezone(UTC).strftime(STAMP),
                    "planned_until": stop.end.astimezone(UTC).strftime(STAMP),
                    "announced_on": stop.announced.isoformat()}  # fmt: skip
    return {}


__all__ = ["Memory", "done", "gaps", "groups", "look", "look_at_all", "network_works", "run"]
