"""Finding rows by words: every word, with and without accents, beginnings of words, kept up with the rows."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.registry import load_registry
from data_access.database import reading, writing
from data_access.facts import follow_declarations
from data_access.ingestion.merge import merge
from data_access.ingestion.pipeline import Delivery, ingest
from data_access.words import WORD
from services.access import SYSTEM
from services.methods.catalogue import METHODS
from services.methods.folding import fold_text
from services.rows import rows

AT = datetime(2026, 11, 23, 11, tzinfo=UTC)
HEAD = "STT;Loại sổ;Đơn vị;Số ký hiệu;Ngày ban hành;Cơ quan ban hành;Trích yếu;Độ khẩn;Độ mật;Ngày vào sổ;Hạn xử lý;" \
       "Ngày hoàn thành;Ký số;Gửi qua trục;Số lượng"  # fmt: skip
SUBJECTS = (
    "V/v giải ngân vốn đầu tư công quý IV", "Kế hoạch ngăn mặn, giữ ngọt", "Giấy mời họp Hội đồng nhân dân",
    "Báo cáo “giải pháp” ngân hàng dữ liệu (lần 2)", "Đường tỉnh 514: sạt lở", "d'Artagnan & cộng sự; 100% vốn",
)  # fmt: skip


def register(*subjects: str, first: int = 1) -> bytes:
    lines = [f"{n};Đến;Sở Tài chính;{n}/KH-UBND;20/11/2026;UBND tỉnh Thanh Hóa;{subject};Thường;Thường;"
             f"20/11/2026 09:00;;;;;" for n, subject in enumerate(subjects, first)]  # fmt: skip
    return "\n".join([HEAD, *(line.replace("cộng sự;", "cộng sự,") for line in lines)]).encode()


def deliver(name: str, content: bytes) -> None:
    (receipt,) = ingest(load_registry().sources["document_lists"], [Delivery(name, content)], METHODS, AT)
    assert receipt.status == "accepted", receipt.rejects


def found(words: str) -> list[int]:
    return sorted(rows("document", SYSTEM, search=words).rows["number"].to_list())


@pytest.fixture
def papers(store: str) -> str:
    deliver("so.csv", register(*SUBJECTS))
    return store


@pytest.mark.usefixtures("papers")
@pytest.mark.parametrize(("words", "numbers"), [
    ("giải ngân", [1, 4]), ("giai ngan", [1, 4]), ("GIẢI NGÂN VỐN", [1]), ("ngân", [1, 2, 4]), ("gân", []),
    ("giai mat", []), ("3/kh-ubnd", [3]), ("đường 514", [5]), ("duong tinh 51", [5]), ("quy iv", [1]),
    ("“giải pháp”", [4]), ("100%", [6]), ("d'artagnan", [6]), ("…", []), ("' OR 1=1 --", []), ('" * NOT', []),
])  # fmt: skip
def test_every_word_occurs_and_may_be_the_beginning_of_one(words: str, numbers: list[int]) -> None:
    assert found(words) == numbers


@pytest.mark.usefixtures("papers")
def test_a_corrected_text_is_found_by_its_new_words_and_no_longer_by_its_old() -> None:
    deliver("so_sua.csv", register("V/v phòng cháy rừng"))
    assert (found("giải ngân vốn"), found("cháy rừng")) == ([], [1])
    deliver("so_lai.csv", register("V/v giải ngân vốn đầu tư công"))
    assert (found("giải ngân vốn"), found("cháy rừng")) == ([1], [])


@pytest.mark.usefixtures("papers")
def test_what_is_not_kept_is_not_found() -> None:
    fact = load_registry().facts["document"]
    row = rows("document", SYSTEM, search="giải ngân vốn").rows.with_columns(words=pl.lit("khong con giu"))
    with pytest.raises(ZeroDivisionError), writing() as connection:
        merge(connection, fact, row.select(*fact.columns, "batch", "row"), AT + timedelta(hours=1))
        raise ZeroDivisionError
    assert (found("không còn giữ"), found("giải ngân vốn")) == ([], [1])


def test_rows_that_were_there_before_the_index_are_found(papers: str) -> None:
    with writing() as connection:
        for name in ("words", "found"):
            if papers == "sqlite":
                connection.exec_driver_sql(f"DROP TABLE document_{name}")
        if papers == "postgresql":
            connection.exec_driver_sql("DROP INDEX ix_document_words_found")
        follow_declarations(connection)
    assert found("giải ngân") == [1, 4]
    with reading() as connection:
        if papers == "sqlite":
            assert connection.exec_driver_sql("SELECT count(*) FROM document_words").scalar_one() == len(SUBJECTS)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from([w for s in SUBJECTS for w in s.split()]), min_size=1, max_size=3), st.integers(1, 9))
def test_the_index_finds_what_reading_every_text_finds(papers: str, words: list[str], cut: int) -> None:
    sought = " ".join(word[:cut] for word in words)
    parts = WORD.findall(fold_text(sought))
    texts = {n: WORD.findall(fold_text(f"{n}/KH-UBND {s} UBND tỉnh Thanh Hóa")) for n, s in enumerate(SUBJECTS, 1)}
    plain = [n for n, said in texts.items() if parts and all(any(w.startswith(p) for w in said) for p in parts)]
    assert found(sought) == plain
