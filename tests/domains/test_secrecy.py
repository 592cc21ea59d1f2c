"""Documents that came unmarked and are called secret later: gone everywhere, and kept out from then on."""

import gzip
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

import data_access.migrate  # noqa: F401  (it declares every table)
from config.registry import load_registry
from config.settings import settings
from data_access.database import facts_metadata, reading
from data_access.facts import declared_tables, fact_table, history_table
from data_access.ingestion import raw_store, secrecy
from data_access.ingestion.pipeline import Delivery, Receipt, ingest
from data_access.ledger import batch, reject, secret_trace
from services.access import SYSTEM
from services.indicators import figure
from services.methods.catalogue import METHODS
from services.methods.documents import document_key
from services.rows import rows
from services.trace import trace
from services.worker import settle_secrets
from tests.core.test_personal_fields import everything
from tests.domains.test_documents import AT, as_csv, line, message, package, register, report, total
from tests.domains.test_tasks import book
from tests.domains.test_tasks import line as task_line

CODE, TITLE = "4711/KH-UBND", "Chuyện sắp thành kín"
TRACES = (CODE, "4711/KH", TITLE, "chuyen sap thanh kin")
KEY = document_key("vp_ubnd|2026|KH-UBND|4711")
OTHERS = [line(f"{n}/KH-UBND", Trích_yếu=f"Việc thường số {n}") for n in range(1, 301)]
OPEN = line(CODE, Trích_yếu=TITLE)
MARKED = message(CODE, "MP.so_tc.H56", subject=TITLE, extra="<DoMat>Tối mật</DoMat>").encode()
UNMARKED = message(CODE, "MP.so_tc.H56", "MP.so_yt.H56", subject=TITLE)
BROKEN = OPEN | {"Ngày vào sổ": "ngày mai", "Đơn vị": "Sở Y tế"}


def take_in(source: str, *files: tuple[str, bytes], at: datetime = AT) -> list[Receipt]:
    return ingest(load_registry().sources[source], [Delivery(*file) for file in files], METHODS, at)


def kept() -> str:
    """Return all that is kept anywhere: every file below the data directory, unpacked, and every table."""
    declared_tables()
    with reading() as connection:
        tables = [t for t in facts_metadata.sorted_tables if not t.info.get("temporary")]
        held = "\n".join(str(connection.execute(select(t)).all()) for t in tables)
    return held + everything(settings().data_dir).decode("utf-8", "replace")


def traces() -> list[str]:
    held = kept()
    return [word for word in TRACES if word in held]


def the_day(*names: str) -> tuple[float | None, ...]:
    return tuple(figure(name, period="2026-11-20").value for name in names)


def came_unmarked() -> list[Receipt]:
    """Let the document come unmarked: in registers, with a broken line, in a refused file, and by messages."""
    wrong = [OPEN | {"Độ khẩn": "gấp"}] * 3
    named = [("so.xlsx", register(*OTHERS[:150], OPEN, BROKEN, *OTHERS[150:], total(301)))]
    named += [("so.csv.gz", gzip.compress(as_csv(*OTHERS[:40], OPEN))), ("sai.csv", as_csv(*wrong))]
    told = take_in("document_lists", *named)
    reports = [report(CODE, "MP.so_tc.H56", code, f"2026/11/20 09:{code}:00") for code in ("01", "03")]
    others = [message(f"{n}/KH-UBND", "MP.so_tc.H56", subject=f"Việc thường số {n}") for n in range(1, 60)]
    told += take_in("documents_edxml", ("goi.zip", package(*others[:30], UNMARKED, *others[30:], reports[0])))
    return told + take_in("documents_edxml", ("tt.xml", reports[1].encode()), at=AT + timedelta(minutes=1))


def test_what_is_called_secret_later_is_gone_everywhere(store: str) -> None:
    receipts = came_unmarked()
    assert [r.status for r in receipts] == ["partly", "accepted", "refused", "accepted", "accepted"]
    assert the_day("doc_in", "doc_loaded", "doc_reconcile_gap") == (302, 301, 0)
    assert set(traces()) >= {CODE, TITLE}
    before = figure("doc_in", period="2026-11-20")
    (told,) = take_in("documents_edxml", ("mat.xml", MARKED), at=AT + timedelta(minutes=2))
    assert (told.secret, traces()) == (1, [])
    assert the_day("doc_in", "doc_loaded", "doc_secret", "doc_reconcile_gap") == (300, 300, 1, 0)
    assert figure("doc_in", period="2026-11-20", as_of=AT + timedelta(seconds=30)).value == 300 != before.value
    assert rows("document", SYSTEM, search="chuyen sap thanh kin").total == 0
    assert rows("document", SYSTEM, search="viec thuong so 299").total == 1
    batches = {b["file"]: b for b in trace(figure("doc_in", period="2026-11-20").id).batches}
    with reading() as connection:
        says = {b.file: b.message for b in connection.execute(select(batch.c.file, batch.c.message))}
        assert "secret" not in str(connection.execute(select(secret_trace).where(secret_trace.c.mark == KEY)).all())
    assert "Đã bỏ 1 văn bản khỏi tệp này" in says["so.xlsx"] and "so.xlsx" in batches
    assert all("Đã bỏ 1" in says[name] for name in ("so.csv.gz", "sai.csv", "goi.zip", "tt.xml"))
    kept_book = take_in("document_lists", ("lai.xlsx", raw_store.read(receipts[0].sha256)))[0]
    assert (kept_book.rows_kept, kept_book.rows_rejected) == (301, 0)  # the others, and the total


def test_what_was_called_secret_is_kept_out(store: str) -> None:
    take_in("documents_edxml", ("mat.xml", MARKED))
    again = came_unmarked()
    other = MARKED.replace(b"<DoMat>", b" <DoMat>")
    again += take_in("documents_edxml", ("a.xml", UNMARKED.encode()), ("b.xml", other))
    assert [r.secret for r in again] == [1] * 7
    assert [r.status for r in again] == ["accepted", "accepted", "refused", *["accepted"] * 3, "refused"]
    assert traces() == []
    assert the_day("doc_in", "doc_loaded", "doc_secret", "doc_reconcile_gap") == (300, 300, 1, 0)
    take_in("document_lists", ("mat.csv", as_csv(OPEN | {"Độ mật": "Mật"})))
    assert the_day("doc_secret") == (1,)


def test_marked_and_unmarked_in_one_go(sqlite_store: str) -> None:
    receipts = take_in("documents_edxml", ("a.xml", UNMARKED.encode()), ("b.xml", MARKED))
    assert ([r.secret for r in receipts], traces()) == ([1, 1], [])


@pytest.mark.parametrize("killed", ["_remove", "remember", "settle", "forget_deleted"])
def test_killed_on_the_way_it_is_all_or_nothing(store: str, monkeypatch: pytest.MonkeyPatch, killed: str) -> None:
    take_in("document_lists", ("so.xlsx", register(*OTHERS[:20], OPEN, BROKEN)))
    take_in("documents_edxml", ("a.xml", UNMARKED.encode()))

    def die(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(secrecy, killed, die)
        with pytest.raises(KeyboardInterrupt):
            take_in("documents_edxml", ("mat.xml", MARKED))
    if killed in ("_remove", "remember"):
        assert set(traces()) >= {CODE, TITLE} and the_day("doc_loaded") == (21,)
        take_in("documents_edxml", ("mat.xml", MARKED))
    with reading() as connection:
        tables = fact_table("document"), history_table("document"), reject
        held = "".join(str(connection.execute(select(t)).all()) for t in tables)
    assert not [word for word in (*TRACES, KEY) if word in held]
    settle_secrets()
    assert traces() == []


def test_a_task_called_secret_later_goes_too(store: str) -> None:
    lines = [task_line(n) for n in range(1, 12)]
    number, said = lines[3]["Mã nhiệm vụ"], "Việc sắp thành kín của riêng nhiệm vụ này"
    lines[3] |= {"Nội dung": said}
    at = datetime(2026, 4, 1, 3, tzinfo=UTC)
    take_in("tasks", ("a.xlsx", book(*lines)), at=at)
    assert number in kept() and said in kept()
    take_in("tasks", ("b.xlsx", book(*lines[:3], lines[3] | {"Độ mật": "Mật"})), at=at + timedelta(days=1))
    held = kept()
    assert (number in held, said in held, lines[4]["Mã nhiệm vụ"] in held) == (False, False, True)
    assert rows("task", SYSTEM).total == 10


def test_lines_of_a_text_go_with_what_their_quotes_hold(tmp_path: Path, sqlite_store: str) -> None:
    long = OPEN | {"Trích yếu": '"Chuyện sắp\nthành ""kín""\nnữa"'}
    (first,) = take_in("document_lists", ("so.csv", as_csv(*OTHERS[:20], long, *OTHERS[20:25])))
    assert first.status == "accepted", first.rejects
    take_in("documents_edxml", ("mat.xml", MARKED))
    left = raw_store.read(first.sha256).decode()
    assert "kín" not in left and "nữa" not in left and "21/KH-UBND" in left
