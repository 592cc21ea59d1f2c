"""The worker: drop folders, remote folders, alerts."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from config.registry import load_registry
from config.settings import ROOT
from data_access import worker_state
from data_access.connectors import files
from data_access.lineage import recent_batches
from services import worker
from tests.core.deliveries import air_file, steady

AIR = "air_tt10"


def drop(name: str, content: bytes) -> Path:
    folder = files.drop_folder(load_registry().sources[AIR])
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(content)
    return path


def test_a_file_in_the_drop_folder_is_taken_in_and_leaves_it(store: str) -> None:
    delivery = air_file(steady("PM2,5", 50, 2))
    path = drop(delivery.name, delivery.content)
    time.sleep(files.STILL_SECONDS + 0.1)
    (taken,) = worker.poll().receipts
    assert (taken[0], taken[1].status) == (AIR, "accepted")
    assert not path.exists()
    assert worker.poll().receipts == []


def test_a_file_still_being_written_is_left_alone(sqlite_store: str) -> None:
    delivery = air_file(steady("PM2,5", 50, 2))
    drop(f"{delivery.name}.part", delivery.content)
    drop(delivery.name, delivery.content)
    assert worker.poll().receipts == []


def test_a_remote_folder_is_read_once_and_never_emptied(
    sqlite_store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    delivery = air_file(steady("PM2,5", 50, 2))
    (tmp_path / "remote" / "2026").mkdir(parents=True)
    path = tmp_path / "remote" / "2026" / delivery.name
    path.write_bytes(delivery.content)
    os.utime(path, (0, time.time() - 60))
    source = load_registry().sources[AIR].model_copy(update={"location": f"file://{tmp_path}/remote"})
    monkeypatch.setitem(load_registry().sources, AIR, source)
    assert len(worker.poll().receipts) == 1
    assert worker.poll().receipts == []
    assert path.exists()
    assert len(recent_batches()) == 1


def test_one_source_out_of_reach_does_not_stop_the_others(
    sqlite_store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = load_registry().sources["storm_tracks"].model_copy(update={"location": "sftp://127.0.0.1:1/none"})
    monkeypatch.setitem(load_registry().sources, "storm_tracks", broken)
    delivery = air_file(steady("PM2,5", 50, 2))
    drop(delivery.name, delivery.content)
    time.sleep(files.STILL_SECONDS + 0.1)
    found = worker.poll()
    assert [r.status for _, r in found.receipts] == ["accepted"]
    assert len(found.errors) == 1 and "storm_tracks" in found.errors[0]


def test_it_stops_however_often_it_is_told_to(sqlite_store: str) -> None:
    process = subprocess.Popen([sys.executable, "-m", "services.cli", "worker"], cwd=ROOT)
    deadline = time.monotonic() + 60
    while worker_state.note("worker") is None and time.monotonic() < deadline:
        time.sleep(0.1)
    for _ in range(200):
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=60) == 0
