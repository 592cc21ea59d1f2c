"""AIS logs (NMEA 0183 sentences): one row per whole message, one broken record per bad sentence."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import reduce
from typing import Any

import pyais

from data_access.ingestion.parsers.result import (
    Faults,
    Layout,
    Parsed,
    Unreadable,
    broken,
    text_frame,
)
from data_access.ingestion.parsers.unpack import decoded, unpacked

COLUMNS = (
    "mmsi", "message_type", "lat", "lon", "speed_kn", "course", "nav_status", "name", "ship_type", "time",
)  # fmt: skip
SENTENCE = re.compile(
    r"!([A-Z]{2}VD[MO]),(\d*),(\d*),(\d*),([^,]*),([^,]*),([^,*]*)(?:\*([0-9A-Fa-f]{2}))?", re.ASCII
)
TAG = re.compile(r"\\([^\\]*)\\")
EPOCH = re.compile(r"(?:^|,)c:([0-9]{9,13})(?=[,*]|$)")
LOGGED = re.compile(r"\$PGHP,1,(\d{4}),(\d+),(\d+),(\d+),(\d+),(\d+),(\d+),", re.ASCII)
WAIT = 200


@dataclass
class _Part:
    row: int
    sentence: str
    time: str | None


@dataclass
class _Log:
    """What has been read so far; `waiting` holds the first parts of messages that are not whole yet."""

    file: str
    faults: Faults
    rows: list[int] = field(default_factory=list)
    records: list[dict[str, str | None]] = field(default_factory=list)
    waiting: dict[tuple[str, ...], dict[int, _Part]] = field(default_factory=dict)

    def refuse(self, rule: str, row: int, sentence: str) -> None:
        self.faults.append(broken(rule, self.file, row, sentence))

    def keep(self, parts: list[_Part]) -> None:
        try:
            record = _record(pyais.decode(*(part.sentence.encode() for part in parts)).asdict())
        except Exception:  # the decoder raises what its bit fields raise
            for part in parts:
                self.refuse("ais_payload", part.row, part.sentence)
            return
        record["time"] = next((part.time for part in parts if part.time), None)
        self.rows.append(parts[0].row)
        self.records.append(record)

    def give_up(self, before: int) -> None:
        """Call orphans the parts whose message has not become whole since the line `before`."""
        for key, parts in list(self.waiting.items()):
            if min(part.row for part in parts.values()) < before:
                for part in self.waiting.pop(key).values():
                    self.refuse("ais_orphan", part.row, part.sentence)


def parse_nmea(name: str, content: bytes, layout: Layout) -> Parsed:
    """Return decoded AIS messages: degrees, knots, `time` UTC of the logger or null.

    The checksum is computed between `!` and `*`; what a logger wrote behind it is ignored. Values that the
    standard reserves for "not available" (ITU-R M.1371) are null.
    """
    text = decoded(name, unpacked(name, content, layout), fallback="cp1252")
    if "!" not in text:
        raise Unreadable("not_nmea", name, row=1)
    log = _Log(name, Faults(name))
    logged: str | None = None
    for row, raw in enumerate(text.split("\n"), 1):
        line = raw.strip()
        if line.startswith("$"):
            logged = _logged(line) or logged
        elif line and not line.startswith("#"):
            _read(log, row, line, logged)
            logged = None
        if log.waiting:
            log.give_up(row - WAIT)
    log.give_up(len(text))
    frame = text_frame({key: [each[key] for each in log.records] for key in COLUMNS}, log.rows).sort("_row")
    return Parsed(frame, sorted(log.faults, key=lambda fault: fault.row))


def _read(log: _Log, row: int, line: str, logged: str | None) -> None:
    tag = TAG.match(line)
    time = (_epoch(tag[1]) if tag else None) or logged
    match = SENTENCE.match(line, tag.end() if tag else 0)
    if not match:
        return log.refuse("ais_sentence", row, line)
    sentence, (_, total, number, group, channel, payload, _, checksum) = match[0], match.groups()
    if not checksum or int(checksum, 16) != _checksum(sentence):
        return log.refuse("ais_checksum", row, sentence)
    if not payload:
        return log.refuse("ais_empty", row, sentence)
    part = _Part(row, sentence, time)
    if total == "1" and number == "1":
        return log.keep([part])
    if not ("2" <= total <= "9" and "1" <= number <= total and len(total) == len(number) == 1):
        return log.refuse("ais_sentence", row, sentence)
    return _join(log, (match[1], total, group, channel), int(number), part)


def _join(log: _Log, key: tuple[str, ...], number: int, part: _Part) -> None:
    parts = log.waiting.setdefault(key, {})
    if number in parts:
        log.waiting[key] = {}
        for old in parts.values():
            log.refuse("ais_orphan", old.row, old.sentence)
        parts = log.waiting[key]
    parts[number] = part
    if len(parts) == int(key[1]):
        del log.waiting[key]
        log.keep([parts[at] for at in sorted(parts)])


def _checksum(sentence: str) -> int:
    return reduce(lambda sum_, byte: sum_ ^ byte, sentence[1 : sentence.index("*")].encode(), 0)


def _epoch(tag: str) -> str | None:
    found = EPOCH.search(tag)
    if not found:
        return None
    seconds = int(found[1]) / (1000 if len(found[1]) == 13 else 1)
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError, OSError):
        return None


def _logged(line: str) -> str | None:
    """Return the time of a Gatehouse `$PGHP` line, which belongs to the sentence after it."""
    found = LOGGED.match(line)
    if not found:
        return None
    try:
        year, month, day, hour, minute, second = (int(part) for part in found.groups()[:6])
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except ValueError:
        return None


def _record(message: dict[str, Any]) -> dict[str, str | None]:
    lat, lon = _within(message.get("lat"), 90), _within(message.get("lon"), 180)
    placed = lat is not None and lon is not None
    label = str(message.get("shipname") or message.get("name") or "").strip("@ ")
    return {
        "mmsi": f"{int(message['mmsi']):09d}",
        "message_type": str(int(message["msg_type"])),
        "lat": f"{lat:.6f}" if placed else None,
        "lon": f"{lon:.6f}" if placed else None,
        "speed_kn": _measured(message.get("speed"), 102.2),
        "course": _measured(message.get("course"), 359.9),
        "nav_status": _code(message.get("status")),
        "name": label or None,
        "ship_type": _code(message.get("ship_type")),
        "time": None,
    }


def _within(value: Any, most: int) -> float | None:
    return float(value) if value is not None and abs(float(value)) <= most else None


def _measured(value: Any, most: float) -> str | None:
    return f"{float(value):.1f}" if value is not None and 0 <= float(value) <= most else None


def _code(value: Any) -> str | None:
    return None if value is None else str(int(value))
