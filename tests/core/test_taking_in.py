"""What happens to a file: kept, partly kept, refused, known; nothing stored is ever lost."""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from config.registry import load_registry
from config.settings import settings
from data_access import ledger
from data_access.database import now, reading
from data_access.facts import fact_table, history_table
from data_access.ingestion import raw_store
from data_access.ingestion.pipeline import recover, store
from data_access.ingestion.preparing import prepare
from data_access.lineage import recent_batches, rejects_of
from services.methods.catalogue import METHODS
from tests.core.deliveries import START, air_file, record, steady, take_in


def rows(table: str = "reading") -> int:
    with reading() as connection:
        return int(connection.execute(select(func.count()).select_from(fact_table(table))).scalar_one())


def test_a_good_file_is_accepted_and_its_bytes_are_kept(store: str) -> None:
    delivery = air_file(steady("PM2,5", 30, 1))
    (receipt,) = take_in(delivery)
    assert (receipt.status, receipt.rows_read, receipt.rows_kept, receipt.rows_rejected) == ("accepted", 12, 12, 0)
    assert rows() == 12
    assert raw_store.read(receipt.sha256) == delivery.content


def test_the_same_bytes_are_a_duplicate_under_any_name(store: str) -> None:
    (first,) = take_in(air_file(steady("PM2,5", 30, 1)))
    (again,) = take_in(air_file(steady("PM2,5", 30, 1), at=START + timedelta(days=1)))
    assert (again.status, again.batch) == ("duplicate", first.batch)
    assert rows() == 12


def test_the_same_file_twice_in_one_delivery_is_taken_once(store: str) -> None:
    receipts = take_in(air_file(steady("PM2,5", 30, 1)), air_file(steady("PM2,5", 30, 1)))
    assert [r.status for r in receipts] == ["accepted", "duplicate"]
    assert receipts[0].batch == receipts[1].batch


def test_a_wrong_row_is_refused_with_its_reason_and_the_others_are_kept(store: str) -> None:
    lines = [*steady("PM2,5", 30, 1)[:11], record("PM2,5", "cao", START + timedelta(minutes=55))]
    (receipt,) = take_in(air_file(lines))
    assert (receipt.status, receipt.rows_kept, receipt.rows_rejected) == ("partly", 11, 1)
    (reject,) = receipt.rejects
    assert (reject["row"], reject["column"], reject["value"], reject["rule"]) == (12, "value", "cao", "not_a_number")
    assert "không phải là số" in reject["message"]
    assert receipt.batch is not None
    assert [r["row"] for r in rejects_of(receipt.batch)] == [12]


def test_a_mended_file_of_the_same_name_is_a_new_delivery(store: str) -> None:
    lines = steady("PM2,5", 30, 1)
    take_in(air_file([*lines[:11], lines[11].replace("30", "3O")]))
    (mended,) = take_in(air_file(lines))
    assert (mended.status, mended.rows_kept) == ("accepted", 12)
    assert rows() == 12


def test_a_file_with_too_many_wrong_rows_is_refused_whole(store: str) -> None:
    take_in(air_file(steady("PM2,5", 30, 1)))
    bad = [record("PM2,5", "x", START + timedelta(hours=2, minutes=5 * i)) for i in range(6)]
    good = steady("PM2,5", 20, 1, START + timedelta(hours=3))[:6]
    (receipt,) = take_in(air_file([*bad, *good]))
    assert (receipt.status, receipt.rows_kept) == ("refused", 0)
    assert receipt.message is not None and "6/12" in receipt.message
    assert rows() == 12
    (mended,) = take_in(air_file(good))
    assert mended.status == "accepted"


@pytest.mark.parametrize(
    ("lines", "rule"),
    [
        ([record("PM2,5", 30, START + timedelta(days=400))], "future_date"),
        ([record("XYZ", 30, START)], "not_allowed"),
        ([record("PM2,5", -4, START)], "negative"),
        ([record("PM2,5", "", START)], "value_missing"),
        (["PM2,5\t30\tug/m3\t2026-11-20\t00"], "not_a_date"),
        ([record("PM2,5", 30, START), record("PM2,5", 31, START)], "duplicate_key"),
    ],
)
def test_each_kind_of_wrong_row_is_named(sqlite_store: str, lines: list[str], rule: str) -> None:
    (receipt,) = take_in(air_file([*lines, *steady("PM10", 40, 2)]))
    assert [r["rule"] for r in receipt.rejects] == [rule]
    assert receipt.rejects[0]["message"]


def test_a_record_the_instrument_declares_unfit_is_kept_but_is_no_value(store: str) -> None:
    lines = [record("PM2,5", "---", START, "02"), record("PM2,5", 999, START + timedelta(minutes=5), "01")]
    (receipt,) = take_in(air_file(lines))
    assert (receipt.status, receipt.rows_kept) == ("accepted", 2)
    with reading() as connection:
        assert connection.execute(select(fact_table("reading").c.value)).scalars().all() == [None, None]


def test_an_unknown_station_is_refused(store: str) -> None:
    (receipt,) = take_in(air_file(steady("PM2,5", 30, 1), station="TH_XXX_KHI099"))
    assert receipt.status == "refused"
    assert receipt.rejects[0]["rule"] == "unknown_station"


def test_a_correction_supersedes_and_what_was_is_not_lost(store: str) -> None:
    take_in(air_file(steady("PM2,5", 30, 1)))
    take_in(air_file([record("PM2,5", 45, START)]))
    with reading() as connection:
        old = connection.execute(select(history_table("reading").c.value)).scalars().all()
        new = connection.execute(select(fact_table("reading").c.value)).scalars().all()
    assert old == [30.0]
    assert sorted(new) == [30.0] * 11 + [45.0]


def test_sending_unchanged_rows_again_raises_no_version(store: str) -> None:
    def version() -> int | None:
        with reading() as connection:
            return connection.execute(select(ledger.fact_version.c.version)).scalar()

    take_in(air_file(steady("PM2,5", 30, 1)))
    before = version()
    take_in(air_file([*steady("PM2,5", 30, 1), ""]))
    assert version() == before
    assert len(recent_batches()) == 2


KILLED = """
import sys, signal, os
from tests.core.deliveries import *
import data_access.ingestion.pipeline as pipeline
bump = pipeline._bump
def die(*a, **k):
    bump(*a, **k)
    print("merged", flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
pipeline._bump = die
take_in(air_file(steady("PM2,5", 30, 20)))
"""


def test_a_process_killed_in_mid_batch_leaves_no_trace(store: str) -> None:
    process = subprocess.run([sys.executable, "-c", KILLED], env=dict(os.environ), capture_output=True, text=True)
    assert process.returncode == -signal.SIGKILL, process.stderr
    assert "merged" in process.stdout
    time.sleep(0.2)
    assert rows() == 0
    assert recent_batches() == []
    recover()
    assert raw_store.waiting() == []
    assert not [p for p in settings().raw_dir.rglob("*") if p.is_file()]
    (receipt,) = take_in(air_file(steady("PM2,5", 30, 20)))
    assert receipt.status == "accepted"

def test_a_file_taken_in_meanwhile_is_a_duplicate(sqlite_store: str) -> None:
    source, delivery = load_registry().sources["air_tt10"], air_file(steady("PM2,5", 50, 2))
    early = prepare(source, [delivery], METHODS, now())
    (first,) = take_in(delivery)
    (second,) = store(source, early, METHODS)
    assert (second.status, second.batch, second.rows_kept) == ("duplicate", first.batch, 0)
    assert rows() == 24
