"""The operators' commands: stable keys in JSON, and what the exit status says."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from config.settings import ROOT
from tests.core.deliveries import START, air_file, record, steady


def run(*words: str, status: int = 0) -> Any:
    """Run a command with --json and return what it printed, checking its exit status."""
    done = subprocess.run(
        [sys.executable, "-m", "services.cli", *words, "--json"],
        cwd=ROOT,
        env=dict(os.environ),
        capture_output=True,
        text=True,
    )
    assert done.returncode == status, done.stdout + done.stderr
    return json.loads(done.stdout) if done.stdout.strip() else done.stderr


@pytest.fixture
def file(tmp_path: Path) -> Path:
    delivery = air_file(steady("PM2,5", 50, 12))
    path = tmp_path / delivery.name
    path.write_bytes(delivery.content)
    return path


def test_from_file_to_figure_to_trace(store: str, file: Path) -> None:
    (taken,) = run("ingest", "air_tt10", str(file))
    assert {"file", "batch", "status", "rows_read", "rows_kept", "rows_rejected", "rejects"} <= set(taken)
    assert (taken["status"], taken["rows_kept"]) == ("accepted", 144)
    assert run("ingest", "air_tt10", str(file))[0]["status"] == "duplicate"
    answer = run("figure", "env_aqi_hour", "--period", "2026-11-20T11")
    assert (answer["value"], answer["simulated"], answer["owner"], answer["source"]) == (
        100,
        True,
        "so_nnmt",
        "air_tt10",
    )
    found = run("trace", answer["id"])
    assert found["files"][0]["file"] == file.name
    assert found["rows"]
    rows = run("figure", "env_aqi_hour", "--period", "2026-11-20T11", "--by", "station")["rows"]
    assert [(r["station"], r["value"]) for r in rows] == [("TH_NNMT_KHI001", 100)]


def test_a_refused_file_ends_with_one_and_a_partly_kept_one_with_zero(sqlite_store: str, file: Path) -> None:
    file.write_bytes(b"")
    (refused,) = run("ingest", "air_tt10", str(file), status=1)
    assert refused["status"] == "refused" and file.name in refused["rejects"][0]["message"]
    file.write_bytes(air_file([*steady("PM2,5", 50, 1), record("PM2,5", "x", START.replace(hour=5))]).content)
    (partly,) = run("ingest", "air_tt10", str(file))
    reject = partly["rejects"][0]
    assert partly["status"] == "partly"
    assert {"file", "sheet", "row", "column", "value", "rule", "message"} <= set(reject)


def test_misuse_ends_with_two(sqlite_store: str, file: Path) -> None:
    run("ingest", "khong_co", str(file), status=2)
    run("ingest", "air_tt10", "khong-co.txt", status=2)
    run("demo", "--profile", "huge", status=2)


def test_what_cannot_be_asked_ends_with_one(sqlite_store: str) -> None:
    assert "error" in run("figure", "khong_co", status=1)
    assert "error" in run("figure", "env_aqi_hour", "--period", "thang 10", status=1)
    assert "error" in run("trace", "khong-phai-ma", status=1)


def test_indicators_are_listed(sqlite_store: str) -> None:
    listed = run("indicators")
    assert {"id", "domain", "name", "unit", "owner"} <= set(listed[0])
    assert len({i["id"] for i in listed}) == len(listed)


def test_the_demo_is_refused_in_production(sqlite_store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IOC_ENV", "production")
    monkeypatch.setenv("IOC_SECRET_KEY", "x" * 40)
    assert "production" in run("demo", "--profile", "small", status=1)["error"]


def test_production_does_not_start_without_a_secret(sqlite_store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IOC_ENV", "production")
    assert "IOC_SECRET_KEY" in run("migrate", status=1)["error"]


def test_accounts_are_kept(store: str) -> None:
    run("user", "add", "an.tt", "--role", "operator", "--title", "Trực vận hành", "--password", "mat-khau-dai-1")
    assert "error" in run("user", "add", "an.tt", "--role", "operator", "--password", "mat-khau-dai-1", status=1)
    run("user", "role", "an.tt", "analyst")
    run("user", "disable", "an.tt")
    assert "error" in run("user", "disable", "khong.co", status=1)


def test_the_doctor_tells_a_warning_from_a_fault(store: str) -> None:
    found = run("doctor")
    assert found["healthy"]
    by_name = {f["name"]: f for f in found["findings"]}
    assert by_name["worker"]["warning"] and by_name["cơ sở dữ liệu"]["detail"] == store
