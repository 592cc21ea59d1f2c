"""Section `calls`: eight data calls of screens through the one question, against plain DBAPI on the same tables.

Each call returns rows to compare as well: `(key…, value)`, sorted, both sides alike. Section `growth` asks the
same on a database ten times as large.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

from data_access.database import microseconds
from services import vessels
from services.indicators import figures
from tests.bench.measuring import Line, in_turn, middle
from tests.bench.province import STATIONS, VESSELS
from tests.bench.stores import Store

AIM, ROUNDS, GROWTH = 2.0, 15, 1.5
STATION, VESSEL = STATIONS[3], VESSELS[42]
Rows = list[tuple[Any, ...]]


@dataclass(frozen=True)
class Call:
    """One data call: our question, the best SQL for it with its parameters, and how both answers compare."""

    name: str
    ours: Callable[[], pl.DataFrame]
    sql: str
    parameters: Sequence[Any]
    shown: Callable[[pl.DataFrame], pl.DataFrame]


def _valued(*names: str) -> Callable[[pl.DataFrame], pl.DataFrame]:
    return lambda frame: frame.select(*names, "value").drop_nulls("value")


def calls(end: datetime) -> list[Call]:
    """Return the eight calls, of a history that ends at `end`."""
    local = end + timedelta(hours=7)
    month = datetime(local.year, local.month, 1, tzinfo=UTC) - timedelta(hours=7)
    months = [month]
    for _ in range(12):
        before = months[0] + timedelta(hours=7) - timedelta(days=1)
        months.insert(0, datetime(before.year, before.month, 1, tzinfo=UTC) - timedelta(hours=7))
    last, week = months[-2], timedelta(days=7)
    monday = datetime(local.year, local.month, local.day, tzinfo=UTC) - timedelta(days=local.weekday(), hours=7)
    weeks = monday - 156 * week
    label = months[-2] + timedelta(hours=7)
    period, since = f"{label:%Y-%m}", end - timedelta(days=7)
    name = "dvc_late"
    return [
        Call(
            "Latest AQI of all stations",
            lambda: figures("env_aqi_hour", by="station").frame,
            "SELECT station, value FROM air_hour WHERE scope = 'inside' AND period = ?",
            [end - timedelta(hours=1)],
            _valued("key"),
        ),
        Call(
            "30 days of hours of one station, 8 parameters",
            lambda: figures(
                "env_pm25_hour", by=("symbol", "time"), last=720, where={"station": STATION}
            ).frame,
            "SELECT symbol, period, value FROM mean_hour WHERE station = ? AND kind = 'air' AND period >= ? "
            "AND period < ?",
            [STATION, end - timedelta(days=30), end],
            _valued("key", "start"),
        ),
        Call(
            "Latest position of all vessels (with the state of each)",
            vessels.fleet,
            "SELECT vessel, time, lat, lon, speed_kn, course FROM vessel_position_latest WHERE scope = 'inside'",
            [],
            lambda frame: frame.select("vessel", "time", "lat", "lon", "speed_kn", "course"),
        ),
        Call(
            "A vessel's track of 7 days",
            lambda: vessels.track(VESSEL, until=end).positions,
            "SELECT time, lat, lon, speed_kn, course FROM vessel_position WHERE vessel = ? AND time >= ? AND time < ?",
            [VESSEL, since, end],
            lambda frame: frame.select("time", "lat", "lon", "speed_kn", "course"),
        ),
        Call(
            "On-time rate of 166 communes",
            lambda: figures("dvc_on_time_pct", by="place", period=period).frame,
            "SELECT place, 100.0 * sum(on_time) / sum(judged) FROM dossier_done_month WHERE period = ? GROUP BY place",
            [last],
            _valued("key"),
        ),
        Call(
            "Ten worst agencies by late dossiers",
            lambda: figures(name, by="agency", period=period).frame.sort("value", "key", descending=True).head(10),
            "SELECT agency, sum(late) AS late FROM dossier_done_month WHERE period = ? GROUP BY agency "
            "ORDER BY late DESC, agency DESC LIMIT 10",
            [last],
            _valued("key"),
        ),
        Call(
            "Communes × 12 months",
            lambda: figures("dvc_received", by=("place", "time"), period=period, last=12).frame,
            "SELECT place, period, sum(received) FROM dossier_received_month WHERE period >= ? AND period < ? "
            "GROUP BY place, period",
            [months[0], months[-1]],
            _valued("key", "start"),
        ),
        Call(
            "Dossiers by week over 3 years",
            lambda: figures("dvc_received", by="time", grain="week", last=156).frame,
            "SELECT {week} AS week, sum(received) FROM dossier_received_day WHERE period >= ? AND period < ? "
            "GROUP BY week",
            [weeks, monday],
            _valued("start"),
        ),
    ]


def _plain(store: Store, connection: Any, call: Call) -> Callable[[], Rows]:
    """Return what asks a call's SQL over DBAPI and fetches all rows, as the driver gives them."""
    sqlite = store.kind == "sqlite"
    monday = 4 * 86_400_000_000 - 7 * 3_600_000_000
    week = (
        f"(period - {monday}) / 604800000000 * 604800000000 + {monday}"
        if sqlite
        else "date_trunc('week', period AT TIME ZONE 'Asia/Ho_Chi_Minh') AT TIME ZONE 'Asia/Ho_Chi_Minh'"
    )
    sql = call.sql.replace("{week}", week)
    sql = sql if sqlite else sql.replace("?", "%s")
    given = [microseconds(p) if sqlite and isinstance(p, datetime) else p for p in call.parameters]
    cursor = connection.cursor()

    def ask() -> Rows:
        cursor.execute(sql, given)
        rows: Rows = cursor.fetchall()
        return rows

    return ask


def _comparable(rows: Sequence[Sequence[Any]]) -> Rows:
    """Return rows sorted, with instants as microseconds and numbers rounded."""

    def cell(value: Any) -> Any:
        if isinstance(value, datetime):
            return microseconds(value)
        if isinstance(value, str) or value is None:
            return value
        return round(float(value), 6)

    return sorted((tuple(cell(v) for v in row) for row in rows), key=repr)


def check(call: Call, ours: pl.DataFrame, theirs: Rows) -> None:
    """Raise AssertionError where the two answers differ, or are empty."""
    a, b = _comparable(call.shown(ours).rows()), _comparable(theirs)
    assert a, f"{call.name}: no rows"
    differing = next((x for x in zip(a, b, strict=False) if x[0] != x[1]), None)
    assert a == b, f"{call.name}: {len(a)} and {len(b)} rows, first differing {differing}"


def _tasks(store: Store, end: datetime) -> dict[str, Callable[[], object]]:
    store.use()
    connection = store.connect()
    tasks: dict[str, Callable[[], object]] = {}
    for call in calls(end):
        plain = _plain(store, connection, call)
        check(call, call.ours(), plain())
        tasks[f"{call.name}|ours"], tasks[f"{call.name}|floor"] = call.ours, plain
    return tasks


def against_dbapi(store: Store, end: datetime, rounds: int = ROUNDS) -> list[Line]:
    """Measure the eight calls on one database; the last line is the sum of the medians."""
    times = in_turn(_tasks(store, end), rounds)
    found = middle(times)
    lines = []
    for name in dict.fromkeys(task.split("|")[0] for task in found):
        ours, floor = found[f"{name}|ours"], found[f"{name}|floor"]
        raw = {side: times[f"{name}|{side}"] for side in ("ours", "floor")}
        lines.append(Line(f"calls, {store.kind}", name, ours, floor, "ms", rounds, raw=raw))
    total = Line(
        f"calls, {store.kind}", "Sum of the eight", sum(x.ours for x in lines), sum(x.floor or 0 for x in lines), "ms",
        rounds, AIM,
    )  # fmt: skip
    return [*lines, total]


def growth(small: Store, large: Store, end: datetime, rounds: int = ROUNDS) -> list[Line]:
    """Measure our eight calls on two databases in turn: the large one is `ours`, the small one the floor."""

    def on(store: Store, task: Callable[[], object]) -> Callable[[], object]:
        def ask() -> object:
            store.use()
            return task()

        return ask

    tasks: dict[str, Callable[[], object]] = {}
    for side, store in (("small", small), ("large", large)):
        tasks |= {f"{name}|{side}": on(store, task) for name, task in _tasks(store, end).items()}
    tasks = {name: task for name, task in tasks.items() if "|ours|" in name}
    times = in_turn(tasks, rounds)
    found = middle(times)
    lines = []
    for name in dict.fromkeys(task.split("|")[0] for task in found):
        a, b = found[f"{name}|ours|large"], found[f"{name}|ours|small"]
        raw = {side: times[f"{name}|ours|{side}"] for side in ("large", "small")}
        lines.append(Line(f"growth, {small.kind}", name, a, b, "ms", rounds, GROWTH, raw=raw))
    total = Line(
        f"growth, {small.kind}", "Sum of the eight", sum(x.ours for x in lines), sum(x.floor or 0 for x in lines), "ms",
        rounds, GROWTH,
    )  # fmt: skip
    return [*lines, total]

