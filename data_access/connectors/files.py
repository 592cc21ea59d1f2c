"""The `files` connector: a local drop folder, or any folder fsspec can list (SFTP, FTP, SMB).

A local drop folder is emptied: a file taken in lies in the raw store from then on. A remote folder is only
read; what was fetched is remembered. Passwords come from `IOC_SECRET_<SOURCE>` and stand in no file.
"""

import fnmatch
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import fsspec

from config.models import Source
from config.settings import settings
from data_access import worker_state

STILL_SECONDS = 0.5
PARTIAL = (".part", ".tmp", ".filepart", ".partial")


@dataclass(frozen=True)
class Found:
    """A file that waits: its name, and where it lies."""

    name: str
    path: str
    size: int
    modified: str


def drop_folder(source: Source) -> Path:
    """Return the local drop folder of a source."""
    return settings().drop_dir / source.id


def _wanted(source: Source, name: str) -> bool:
    fits = any(fnmatch.fnmatch(name.lower(), p.strip().lower()) for p in source.files.split("|"))
    return fits and not name.startswith(".") and not name.lower().endswith(PARTIAL)


def _local(source: Source) -> Iterator[Found]:
    folder = drop_folder(source)
    if not folder.is_dir():
        return
    still = time.time() - STILL_SECONDS
    for entry in sorted(os.scandir(folder), key=lambda e: e.name):
        if entry.is_file() and _wanted(source, entry.name) and entry.stat().st_mtime <= still:
            stat = entry.stat()
            yield Found(entry.name, entry.path, stat.st_size, str(stat.st_mtime_ns))


def _filesystem(source: Source) -> tuple[fsspec.AbstractFileSystem, str]:
    secret = os.environ.get(f"IOC_SECRET_{source.id.upper()}")
    options = {"password": secret} if secret else {}
    filesystem, path = fsspec.core.url_to_fs(source.location, **options)
    return filesystem, path


def _remote(source: Source) -> Iterator[Found]:
    filesystem, folder = _filesystem(source)
    known = worker_state.fetched(source.id)
    for path, info in sorted(filesystem.find(folder, detail=True).items()):
        found = Found(
            PurePosixPath(path).name,
            path,
            int(info["size"]),
            str(info.get("mtime") or info.get("modified") or ""),
        )
        if _wanted(source, found.name) and (found.path, found.size, found.modified) not in known:
            yield found


def waiting(source: Source) -> list[Found]:
    """Return the files of a source that have not been taken in; raise OSError when the folder is out of reach."""
    return list(_remote(source) if source.location else _local(source))


def fetch(source: Source, found: Found) -> bytes:
    """Return the bytes of a file that waits."""
    if source.location:
        filesystem, _ = _filesystem(source)
        content: bytes = filesystem.cat_file(found.path)
        return content
    return Path(found.path).read_bytes()


def done(source: Source, files: list[Found]) -> None:
    """Mark files as taken in: a local one leaves the drop folder, a remote one is remembered."""
    if source.location:
        worker_state.remember_fetched(source.id, [(f.path, f.size, f.modified) for f in files])
        return
    for found in files:
        Path(found.path).unlink(missing_ok=True)
