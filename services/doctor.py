"""Looks at the installation and says what is well and what is not, with the remedy."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from config.registry import load_registry
from config.settings import settings
from data_access import worker_state
from data_access.database import now, ping
from data_access.ingestion import raw_store
from services.alerts import silence_of
from services.validation import problems


@dataclass(frozen=True)
class Finding:
    """One thing examined; `warning`: to be looked at, though the installation itself is sound."""

    name: str
    ok: bool
    detail: str
    warning: bool = False


def _declarations() -> Finding:
    found = problems()
    return Finding(
        "khai báo", not found, "; ".join(found) or f"{len(load_registry().indicators)} chỉ tiêu hợp lệ"
    )


def _databases() -> Finding:
    return Finding("cơ sở dữ liệu", True, ping())


def _disk() -> Finding:
    settings().data_dir.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(settings().data_dir).free / 1e9
    return Finding("đĩa", free > 2, f"còn {free:.1f} GB" + ("" if free > 2 else "; giải phóng thêm chỗ"))


def _raw_store() -> Finding:
    waiting = raw_store.waiting()
    return Finding(
        "kho tệp gốc", not waiting, f"{len(waiting)} tệp chờ; chạy worker để xử lý" if waiting else "gọn"
    )


def _worker() -> Finding:
    seen = worker_state.noted_at("worker")
    alive = seen is not None and now() - seen < timedelta(minutes=2)
    detail = "đang chạy" if alive else "không chạy; khởi động bằng make run"
    return Finding("worker", True, detail, warning=not alive)


def _sources() -> Finding:
    silent = [s.id for s in load_registry().sources.values() if silence_of(s, now())]
    detail = "trễ: " + ", ".join(silent) if silent else "đúng hẹn"
    return Finding("nguồn dữ liệu", True, detail, warning=bool(silent))


def _examined(look: Callable[[], Finding]) -> Finding:
    try:
        return look()
    except Exception as error:
        return Finding(look.__name__.strip("_"), False, f"{type(error).__name__}: {error}")


def examine() -> list[Finding]:
    """Return a finding for each part of the installation."""
    return [_examined(look) for look in (_declarations, _databases, _disk, _raw_store, _worker, _sources)]
