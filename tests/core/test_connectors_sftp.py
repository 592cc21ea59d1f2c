"""A source's folder on a real SFTP server: new files come in once, and no mishap loses or repeats one."""

import logging
import os
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import polars as pl
import pytest

from config.registry import load_registry
from config.settings import settings
from data_access.connectors import files, remote
from data_access.lineage import recent_batches
from services import doctor, supply, worker
from tests.core.deliveries import START, air_file, steady
from tests.core.sftp_server import PASSWORD, USER, Server, sftp_server

AIR = "air_tt10"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    (tmp_path / "theirs" / "gui" / "2026").mkdir(parents=True)
    with sftp_server(Server(tmp_path / "theirs")) as running:
        yield running


@pytest.fixture
def far(server: Server, sqlite_store: str, monkeypatch: pytest.MonkeyPatch) -> Server:
    """The source's folder is the server's `/gui`."""
    point_at(monkeypatch, server)
    return server


def point_at(monkeypatch: pytest.MonkeyPatch, server: Server, password: str = PASSWORD, folder: str = "/gui") -> None:
    address = f"sftp://{USER}:{quote(password, safe='')}@127.0.0.1:{server.port}{folder}"
    monkeypatch.setenv("IOC_LOCATION_AIR_TT10", address)


def put(server: Server, hour: int, *, hours: int = 1, age: float = 60, part: float = 1.0) -> Path:
    """Lay an hourly file (or the first `part` of it) into the server's folder, changed `age` seconds ago."""
    start = START + timedelta(hours=hour)
    delivery = air_file(steady("PM2,5", 30, hours, start), start)
    path = server.folder / "gui" / "2026" / delivery.name
    path.write_bytes(delivery.content[: int(len(delivery.content) * part)])
    os.utime(path, (0, time.time() - age))
    return path


def statuses() -> list[str]:
    return [receipt.status for _, receipt in worker.poll().receipts]


def problem() -> str:
    shown = supply.sources().filter(pl.col("id") == AIR)["problem"].item()
    assert shown == files.problem_of(AIR)
    return str(shown)


def test_new_files_come_in_once_and_stay_where_they_were(far: Server) -> None:
    first = put(far, 0)
    assert statuses() == ["accepted"]
    assert statuses() == []
    put(far, 1)
    assert statuses() == ["accepted"]
    assert first.exists()
    assert [b.file for b in recent_batches(AIR)] == ["TH_NNMT_KHI001_20261120010000.txt", first.name]
    assert problem() == ""


def test_a_file_sent_again_with_other_bytes_is_a_new_delivery(far: Server) -> None:
    put(far, 0)
    assert statuses() == ["accepted"]
    put(far, 0, hours=2, age=30)
    assert statuses() == ["accepted"]
    assert statuses() == []


def test_a_file_that_grows_between_two_looks_waits_until_it_is_whole(far: Server) -> None:
    put(far, 0, age=0, part=0.3)
    assert statuses() == []
    put(far, 0, age=0, part=0.8)
    assert statuses() == []
    put(far, 0, age=0)
    assert statuses() == []
    assert statuses() == ["accepted"]
    assert [b.rows_read for b in recent_batches(AIR)] == [12]
    assert problem() == ""


def test_a_file_that_changes_while_it_is_fetched_waits(far: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    path = put(far, 0, part=0.5)
    read = remote.Folder.read

    def grow_meanwhile(folder: remote.Folder, file: remote.Entry, most: int) -> bytes | None:
        put(far, 0, age=20)
        return read(folder, file, most)

    with monkeypatch.context() as patched:
        patched.setattr(remote.Folder, "read", grow_meanwhile)
        assert statuses() == []
    assert path.exists()
    assert statuses() == ["accepted"]


def test_a_wrong_password_is_said_and_the_right_one_mends_it(
    far: Server, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    put(far, 0)
    point_at(monkeypatch, far, password="mat-khau-cu")
    found = worker.poll()
    assert found.receipts == []
    assert "từ chối tên đăng nhập hoặc mật khẩu" in problem()
    assert "IOC_SECRET_AIR_TT10" in problem()
    said = " ".join([*found.errors, problem(), caplog.text, *(f.detail for f in doctor.examine())])
    assert "mat-khau-cu" not in said
    monkeypatch.setenv("IOC_SECRET_AIR_TT10", PASSWORD)
    assert statuses() == ["accepted"]
    assert problem() == ""
    assert PASSWORD not in caplog.text


def test_a_host_that_is_down_is_said_and_found_again(
    server: Server, sqlite_store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    down = Server(tmp_path / "theirs")
    with sftp_server(down):
        point_at(monkeypatch, down)
    put(down, 0)
    assert statuses() == []
    assert f"Không kết nối được với sftp://127.0.0.1:{down.port}/gui" in problem()
    with sftp_server(down):
        assert statuses() == ["accepted"]
    assert problem() == ""


def test_a_folder_that_is_not_there_is_named(far: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    put(far, 0)
    point_at(monkeypatch, far, folder="/khac")
    assert statuses() == []
    assert "Không có thư mục /khac" in problem()
    point_at(monkeypatch, far)
    assert statuses() == ["accepted"]


def test_a_file_that_vanishes_does_not_hold_back_the_others(far: Server) -> None:
    gone = put(far, 0)
    put(far, 1)
    far.vanishing.add(gone.name)
    assert statuses() == ["accepted"]
    assert f"Tệp {gone.name}" in problem() and "bị xóa hoặc đổi tên" in problem()
    assert statuses() == []
    assert problem() == ""


def test_a_connection_cut_in_mid_transfer_loses_nothing(far: Server) -> None:
    put(far, -400)
    large = put(far, -240, hours=240)
    far.cut_after = 60_000
    assert large.stat().st_size > far.cut_after
    assert statuses() == ["accepted"]
    assert "Mất kết nối" in problem() and large.name in problem()
    far.cut_after = None
    assert statuses() == ["accepted"]
    assert problem() == ""
    assert sorted(b.rows_read for b in recent_batches(AIR)) == [12, 2880]


def test_another_server_in_its_place_gets_no_password(far: Server, tmp_path: Path) -> None:
    put(far, 0)
    assert statuses() == ["accepted"]
    known = settings().data_dir / "known_hosts"
    (line,) = known.read_text().splitlines()
    other = Server(tmp_path / "theirs")
    with sftp_server(other):
        stranger = f"{other.key.get_name()} {other.key.get_base64()}"
    known.write_text(f"{line.split()[0]} {stranger}\n")
    put(far, 1)
    assert statuses() == []
    assert "Khóa của máy chủ" in problem()
    known.unlink()
    assert statuses() == ["accepted"]


def test_a_password_in_a_declaration_works_but_the_doctor_objects(far: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    location = os.environ["IOC_LOCATION_AIR_TT10"]
    monkeypatch.delenv("IOC_LOCATION_AIR_TT10")
    declared = load_registry().sources[AIR].model_copy(update={"location": location})
    monkeypatch.setitem(load_registry().sources, AIR, declared)
    put(far, 0)
    assert statuses() == ["accepted"]
    (finding,) = [f for f in doctor.examine() if f.name == "nguồn dữ liệu"]
    assert finding.warning
    assert "IOC_SECRET_AIR_TT10" in finding.detail
    assert PASSWORD not in finding.detail and quote(PASSWORD, safe="") not in finding.detail


def test_a_file_over_the_limit_is_refused_without_being_read_whole(
    far: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IOC_MAX_FILE_MB", "1")
    settings.cache_clear()
    path = put(far, 0)
    path.write_bytes(b"x" * 1_500_000)
    os.utime(path, (0, 0))
    assert statuses() == ["refused"]
    (batch,) = recent_batches(AIR)
    assert "vượt giới hạn 1 MB" in batch.message
    assert statuses() == []
