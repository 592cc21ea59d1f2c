"""The worker: polls the drop folders, evaluates alerts, draws charts ahead, plays the demo's agencies."""

import logging
import signal
import time
from dataclasses import dataclass, field

from config.models import Source
from config.registry import load_registry
from config.settings import settings
from data_access import connectors, worker_state
from data_access.connectors import files
from data_access.ingestion import secrecy
from data_access.ingestion.pipeline import Delivery, Receipt, ingest, recover
from services import alerts, feedback, press
from services.demo import runner
from services.drawings import draw_wanted, forget_unused
from services.ingestion import GROUP_BYTES, GROUP_FILES
from services.methods.catalogue import METHODS

log = logging.getLogger("ioc.worker")
EVALUATE_SECONDS = 60
PLAY_SECONDS = 30
TIDY_SECONDS = 3600
DRAWINGS_A_LOOK = 8
AFTER_A_BATCH = {feedback.FACT: feedback.settle}
"""By fact: what follows its batches."""


@dataclass
class Round:
    """What one look at the drop folders brought."""

    receipts: list[tuple[str, Receipt]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    alerts_changed: int = 0


def _take_in(source: Source, found: Round) -> None:
    for connector in connectors.due(source):
        for group in connector.groups(source, GROUP_FILES, GROUP_BYTES):
            receipts = ingest(source, [Delivery(f.name, f.content) for f in group], METHODS)
            connector.done(source, group)
            if source.fact in AFTER_A_BATCH:
                AFTER_A_BATCH[source.fact]()
            found.receipts += [(source.id, r) for r in receipts]
            for receipt in receipts:
                log.info("taken in", extra={"source": source.id, "file": receipt.file, "status": receipt.status})


def settle_secrets() -> None:
    """Finish cleaning files of documents called secret since they came; what goes wrong stops nothing else."""
    try:
        secrecy.settle(METHODS)
    except Exception:
        log.exception("secret documents not cleaned")


def poll() -> Round:
    """Take in what waits for every source; a source out of reach does not stop the others."""
    found = Round()
    settle_secrets()
    for source in load_registry().sources.values():
        try:
            _take_in(source, found)
        except files.OutOfReach as problem:
            log.warning("folder out of reach", extra={"source": source.id, "problem": str(problem)})
            found.errors.append(f"{source.id}: {problem}")
        except Exception as error:
            log.exception("source failed", extra={"source": source.id})
            found.errors.append(f"{source.id}: {error}")
    return found


def follow_labels() -> None:
    """Let the press's tone model follow labels and new items; what goes wrong stops nothing else."""
    try:
        if done := press.follow_labels():
            log.info("tone model", extra={"did": done})
    except Exception:
        log.exception("tone model failed")


def once() -> Round:
    """Do all of the worker's work once."""
    recover()
    runner.play_on()
    found = poll()
    follow_labels()
    found.alerts_changed = alerts.evaluate()
    draw_wanted(DRAWINGS_A_LOOK)
    worker_state.take_note("worker", "ok")
    return found


class Worker:
    """Runs until told to stop (SIGTERM, SIGINT)."""

    def __init__(self) -> None:
        self.stopping = False

    def _told_to_stop(self, *_: object) -> None:
        self.stopping = True  # no lock here: a second signal inside a lock taken by the first would wait forever

    def _rest(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not self.stopping and time.monotonic() < until:
            time.sleep(min(0.2, seconds))

    def _due(self, last: float, seconds: float) -> bool:
        return time.monotonic() - last >= seconds

    def run(self) -> None:
        """Work until stopped; an error is logged and the work goes on."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._told_to_stop)
        recover()
        evaluated = played = tidied = -1e9
        while not self.stopping:
            try:
                if self._due(played, PLAY_SECONDS):
                    runner.play_on()
                    played = time.monotonic()
                found = poll()
                if found.receipts or self._due(evaluated, EVALUATE_SECONDS):
                    follow_labels()
                    alerts.evaluate()
                    evaluated = time.monotonic()
                draw_wanted(DRAWINGS_A_LOOK)
                if self._due(tidied, TIDY_SECONDS):
                    forget_unused()
                    tidied = time.monotonic()
                worker_state.take_note("worker", "ok")
            except Exception:
                log.exception("round failed")
            self._rest(settings().worker_seconds)
