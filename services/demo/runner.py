"""Plays the agencies: writes what they would deliver into their drop folders, from where it is taken in."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from heapq import merge
from queue import Queue
from threading import Thread

from config.registry import load_registry
from config.settings import settings
from data_access import worker_state
from data_access.connectors.files import drop_folder
from data_access.database import now
from data_access.ingestion.pipeline import Delivery, ingest
from services.demo import documents, education, environment, feedback, public_services, socioeconomy, tasks, vessels
from services.demo.plan import File, Plan
from services.ingestion import GROUP_BYTES, GROUP_FILES
from services.methods.catalogue import METHODS
from services.people import ensure_demo_accounts

AGENCIES = (environment, vessels, public_services, tasks, socioeconomy, documents, feedback, education)
DAYS = {"small": 3, "demo": 365, "province": 3 * 365}
NOTE = worker_state.DEMO
AHEAD = 800


class DemoRefused(RuntimeError):  # noqa: N818 - it states a decision
    """The demo province is not for production."""


def allowed() -> None:
    """Raise DemoRefused in production."""
    if settings().env == "production":
        raise DemoRefused("Không tạo dữ liệu mô phỏng khi IOC_ENV=production.")


def _due(file: File) -> datetime:
    return file.due


def references() -> Iterator[File]:
    """Yield the real published files that come with the product."""
    for agency in AGENCIES:
        yield from agency.references()


def deliveries(plan: Plan) -> Iterator[File]:
    """Yield what all agencies deliver, in the order it falls due."""
    return merge(*(agency.deliveries(plan) for agency in AGENCIES), key=_due)


def _take_in(waiting: dict[str, list[File]]) -> int:
    """Take in gathered files, source by source, in the order of their first file."""
    registry = load_registry()
    count = 0
    for source_id, files in sorted(waiting.items(), key=lambda item: item[1][0].due):
        ingest(registry.sources[source_id], [Delivery(f.name, f.content) for f in files], METHODS)
        count += len(files)
    waiting.clear()
    return count


def _ahead(files: Iterator[File]) -> Iterator[File]:
    """Yield files while the next ones are being written by another thread."""
    ready: Queue[File | BaseException | None] = Queue(maxsize=AHEAD)

    def write() -> None:
        try:
            for file in files:
                ready.put(file)
            ready.put(None)
        except BaseException as error:
            ready.put(error)

    Thread(target=write, daemon=True).start()
    while (file := ready.get()) is not None:
        if isinstance(file, BaseException):
            raise file
        yield file


def fill(files: Iterator[File]) -> int:
    """Take files straight into the pipeline in large groups; return how many there were."""
    waiting: dict[str, list[File]] = {}
    size = count = 0
    for file in _ahead(files):
        waiting.setdefault(file.source, []).append(file)
        size += len(file.content)
        if size > GROUP_BYTES or len(waiting[file.source]) >= GROUP_FILES:
            count += _take_in(waiting)
            size = 0
    return count + _take_in(waiting)


def demo(
    profile: str, seed: int = 1, days: int | None = None, until: datetime | None = None
) -> dict[str, object]:
    """Fill the demo province up to a moment (default now) and return accounts and counts; raise DemoRefused."""
    allowed()
    end = until or now()
    start = end - timedelta(days=days or DAYS[profile])
    files = fill(references()) + fill(deliveries(Plan(profile, seed, start, end)))
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
