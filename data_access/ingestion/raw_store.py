"""The raw store: every file as it came, by its sha256, never changed, unless a document in it is called secret later.

A file waits in `incoming/` until the transaction that refers to it is committed; what a killed process
left there is either claimed by a committed batch or removed.
"""

import hashlib
from pathlib import Path

from config.settings import settings


def digest(content: bytes) -> str:
    """Return the sha256 of a file's bytes."""
    return hashlib.sha256(content).hexdigest()


def path_of(sha256: str) -> Path:
    """Return where a stored file lies."""
    return settings().raw_dir / sha256[:2] / sha256


def stage(sha256: str, content: bytes) -> None:
    """Write a file into `incoming/`, unless the store has it."""
    if path_of(sha256).exists():
        return
    waiting = settings().raw_dir / "incoming" / sha256
    waiting.parent.mkdir(parents=True, exist_ok=True)
    waiting.write_bytes(content)


def keep(sha256: str) -> None:
    """Move a waiting file to its place for good."""
    waiting, place = settings().raw_dir / "incoming" / sha256, path_of(sha256)
    if waiting.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        waiting.replace(place)


def rewrite(sha256: str, content: bytes) -> None:
    """Put other bytes in a stored file's place, whole or not at all."""
    place = path_of(sha256)
    beside = place.with_suffix(".new")
    beside.write_bytes(content)
    beside.replace(place)


def discard(sha256: str) -> None:
    """Remove a waiting file."""
    (settings().raw_dir / "incoming" / sha256).unlink(missing_ok=True)


def read(sha256: str) -> bytes:
    """Return a stored file's bytes; raise FileNotFoundError."""
    return path_of(sha256).read_bytes()


def waiting() -> list[str]:
    """Return the sha256 of the files that wait for a commit."""
    folder = settings().raw_dir / "incoming"
    return sorted(p.name for p in folder.iterdir()) if folder.exists() else []
