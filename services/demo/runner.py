"""Plays the agencies: writes what they would deliver into their drop folders, from where it is taken in."""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from heapq import merge
from importlib import import_module
from multiprocessing import get_context
from multiprocessing.queues import Queue
from pkgutil import iter_modules
from queue import Empty
from typing import Any

from config.registry import load_registry
from config.settings import settings
from data_access import worker_state
from data_access.connectors.files import drop_folder
from data_access.database import now
from data_access.ingestion.pipeline import store
from data_access.ingestion.preparing import Delivery, Prepared, prepare
from services.demo import __path__ as demo_modules
from services.demo.plan import File, Plan
from services.ingestion import GROUP_BYTES, GROUP_FILES
from services.methods.catalogue import METHODS
from services.people import ensure_demo_accounts

DAYS = {"small": 3, "demo": 365, "province": 3 * 365}
NOTE = worker_state.DEMO
AHEAD = 4
Ready = tuple[str, Prepared] | Exception | None


class DemoRefused(RuntimeError):  # noqa: N818 - it states a decision
    """The demo province is not for production."""


def allowed() -> None:
    """Raise DemoRefused in production."""
    if settings().env == "production":
        raise DemoRefused("Không tạo dữ liệu mô phỏng khi IOC_ENV=production.")


def _due(file: File) -> datetime:
    return file.due


def agencies() -> list[Any]:
    """Return what plays the agencies of each domain in use: its module `services/demo/<domain>`, where it has one."""
    played = {module.name for module in iter_modules(demo_modules)}
    return [import_module(f"services.demo.{domain}") for domain in load_registry().domains if domain in played]


def references() -> Iterator[File]:
    """Yield the real published files that come with the product."""
    for agency in agencies():
        yield from agency.references()


def deliveries(plan: Plan) -> Iterator[File]:
    """Yield what all agencies deliver, in the order it falls due."""
    return merge(*(agency.deliveries(plan) for agency in agencies()), key=_due)


def _groups(files: Iterable[File]) -> Iterator[tuple[str, list[File]]]:
    """Gather files into large groups of one source; within a source they stay in order."""
    waiting: dict[str, list[File]] = {}
    size = 0

    def emptied() -> Iterator[tuple[str, list[File]]]:
        yield from sorted(waiting.items(), key=lambda item: item[1][0].due)
        waiting.clear()

    for file in files:
        waiting.setdefault(file.source, []).append(file)
        size += len(file.content)
        if size > GROUP_BYTES or len(waiting[file.source]) >= GROUP_FILES:
            yield from emptied()
            size = 0
    yield from emptied()


def _prepared(files: Iterable[File]) -> Iterator[tuple[str, Prepared]]:
    sources = load_registry().sources
    for name, group in _groups(files):
        yield name, prepare(sources[name], [Delivery(f.name, f.content) for f in group], METHODS, now())


def _everything(plan: Plan) -> Iterator[File]:
    yield from references()
    yield from deliveries(plan)


def _prepare_all(plan: Plan, ready: "Queue[Ready]") -> None:
    """Write and judge everything in a process of its own, so that another core takes it in meanwhile."""
    try:
        for found in _prepared(_everything(plan)):
            ready.put(found)
        ready.put(None)
    except Exception as error:
        ready.put(error)


def _prepared_beside(plan: Plan) -> Iterator[tuple[str, Prepared]]:
    """Yield what another process prepares; raise what it raised, or RuntimeError when it was killed."""
    context = get_context("spawn")
    ready: Queue[Ready] = context.Queue(maxsize=AHEAD)
    writer = context.Process(target=_prepare_all, args=(plan, ready), daemon=True)
    writer.start()
    while True:
        try:
            ended = not writer.is_alive()
            found = ready.get(timeout=5)
        except Empty:
            if ended:
                raise RuntimeError("demo writer was killed") from None
            continue
        if isinstance(found, Exception):
            raise found
        if found is None:
            return
        yield found


def _take_in(prepared: Iterator[tuple[str, Prepared]]) -> int:
    """Take in what was prepared; return how many files there were."""
    sources = load_registry().sources
    return sum(len(store(sources[name], found, METHODS)) for name, found in prepared)


def fill(files: Iterable[File]) -> int:
    """Take files straight into the pipeline in large groups; return how many there were."""
    return _take_in(_prepared(files))


def demo(
    profile: str, seed: int = 1, days: int | None = None, until: datetime | None = None
) -> dict[str, object]:
    """Fill the demo province up to a moment (default now) and return accounts and counts; raise DemoRefused."""
    allowed()
    end = until or now()
    start = end - timedelta(days=days or DAYS[profile])
    plan = Plan(profile, seed, start, end)
    files = fill(_everything(plan)) if profile == "small" else _take_in(_prepared_beside(plan))
    worker_state.take_note(NOTE, json.dumps({"profile": profile, "seed": seed, "until": end.isoformat()}))
    return {
        "profile": profile,
        "seed": seed,
        "since": start.isoformat(),
        "until": end.isoformat(),
        "files": files,
        "accounts": ensure_demo_accounts(),
    }


def play_on() -> int:
    """Write what the agencies deliver since the last time into their drop folders; return how many files."""
    noted = worker_state.note(NOTE)
    if settings().env != "demo" or noted is None:
        return 0
    memory = json.loads(noted)
    since, end = datetime.fromisoformat(memory["until"]), now()
    count = 0
    for file in deliveries(Plan(memory["profile"], memory["seed"], since, end)):
        folder = drop_folder(load_registry().sources[file.source])
        folder.mkdir(parents=True, exist_ok=True)
        part = folder / f"{file.name}.part"
        part.write_bytes(file.content)
        part.replace(folder / file.name)
        count += 1
    worker_state.take_note(NOTE, json.dumps({**memory, "until": end.isoformat()}))
    return count
