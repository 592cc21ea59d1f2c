"""Looks at the installation and says what is well and what is not, with the remedy."""

import shutil
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from config.registry import load_registry
from config.settings import ROOT, settings
from data_access import worker_state
from data_access.connectors.files import problem_of
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


def _declarations(name: str) -> Finding:
    found = problems()
    return Finding(name, not found, "; ".join(found) or f"{len(load_registry().indicators)} chỉ tiêu hợp lệ")


def _databases(name: str) -> Finding:
    return Finding(name, True, ping())


def _disk(name: str) -> Finding:
    settings().data_dir.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(settings().data_dir).free / 1e9
    return Finding(name, free > 2, f"còn {free:.1f} GB" + ("" if free > 2 else "; giải phóng thêm chỗ"))


def _raw_store(name: str) -> Finding:
    waiting = raw_store.waiting()
    return Finding(name, not waiting, f"{len(waiting)} tệp chờ; chạy worker để xử lý" if waiting else "gọn")


def _worker(name: str) -> Finding:
    seen = worker_state.noted_at("worker")
    alive = seen is not None and now() - seen < timedelta(minutes=2)
    detail = "đang chạy" if alive else "không chạy; khởi động bằng make run"
    return Finding(name, True, detail, warning=not alive)


def _sources(name: str) -> Finding:
    sources = load_registry().sources.values()
    silent = [s.id for s in sources if silence_of(s, now())]
    notes = ["trễ: " + ", ".join(silent)] if silent else []
    notes += [f"{s.id}: {problem}" for s in sources if (problem := problem_of(s.id))]
    notes += [
        f"{s.id}: location có mật khẩu; chuyển mật khẩu sang IOC_SECRET_{s.id.upper()}"
        for s in sources
        if urlsplit(s.location).password
    ]
    return Finding(name, True, "; ".join(notes) or "đúng hẹn", warning=bool(notes))


def _single_sign_on(name: str) -> Finding:
    """Examine what the sign-in screen's button needs, where somebody set it up."""
    files = [folder / ".streamlit" / "secrets.toml" for folder in (Path.home(), ROOT)]
    set_up = any("auth" in tomllib.loads(file.read_text(encoding="utf-8")) for file in files if file.is_file())
    if not set_up:
        return Finding(name, True, "không dùng")
    ready = find_spec("authlib") is not None
    detail = "đã đặt" if ready else 'thiếu thư viện; chạy .venv/bin/pip install "streamlit[auth]"'
    return Finding(name, True, detail, warning=not ready)


LOOKS: dict[str, Callable[[str], Finding]] = {
    "khai báo": _declarations,
    "cơ sở dữ liệu": _databases,
    "đĩa": _disk,
    "kho tệp gốc": _raw_store,
    "worker": _worker,
    "nguồn dữ liệu": _sources,
    "đăng nhập một lần": _single_sign_on,
}


def _examined(name: str, look: Callable[[str], Finding]) -> Finding:
    try:
        return look(name)
    except Exception as error:
        return Finding(name, False, f"{type(error).__name__}: {error}")


def examine() -> list[Finding]:
    """Return a finding for each part of the installation."""
    return [_examined(name, look) for name, look in LOOKS.items()]
