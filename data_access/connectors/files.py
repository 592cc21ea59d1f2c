"""The `files` connector: a source's local drop folder, or the remote folder that it names.

A local drop folder is emptied: a file taken in lies in the raw store from then on. A remote folder is only
read; what was taken in is remembered. What is the matter with a folder is kept as the source's `problem`
until a look at it goes well.
"""

import fnmatch
import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from config.locale import say
from config.models import Source
from config.settings import settings
from data_access import worker_state
from data_access.connectors.remote import Address, Entry, OutOfReach, Vanished, address_of, opened

__all__ = ["Fetched", "OutOfReach", "done", "drop_folder", "groups", "problem_of"]

STILL_SECONDS = 0.5
QUIET_SECONDS = 10.0
PARTIAL = (".part", ".tmp", ".filepart", ".partial")


@dataclass(frozen=True)
class Fetched:
    """A file and its bytes; of one that is too large, a byte more than is allowed."""

    name: str
    path: str
    size: int
    modified: str
    content: bytes


def drop_folder(source: Source) -> Path:
    """Return the local drop folder of a source."""
    return settings().drop_dir / source.id


def problem_of(source: str) -> str:
    """Return what was the matter when a source was last asked, in Vietnamese; empty when all was well."""
    return worker_state.problem(source)


def groups(source: Source, most_files: int, most_bytes: int) -> Iterator[list[Fetched]]:
    """Yield the files of a source that have not been taken in, in groups of bounded size.

    What can be read is yielded first; raise OutOfReach in the end for what could not.
    """
    address = address_of(source)
    problems: list[str] = []
    files = _local(source, problems) if address is None else _remote(source, address, problems)
    try:
        yield from _grouped(files, most_files, most_bytes)
    except OutOfReach as error:
        problems.append(str(error))
        worker_state.remember_problem(source.id, "files", problems)
        raise
    worker_state.remember_problem(source.id, "files", problems)
    if problems:
        raise OutOfReach(" ".join(problems))


def done(source: Source, files: list[Fetched]) -> None:
    """Mark files as taken in: a local one leaves the drop folder, a remote one is remembered."""
    if address_of(source):
        worker_state.remember_fetched(source.id, [(f.path, f.size, f.modified) for f in files])
        return
    for file in files:
        Path(file.path).unlink(missing_ok=True)


def _wanted(source: Source, name: str) -> bool:
    fits = any(fnmatch.fnmatch(name.lower(), p.strip().lower()) for p in source.files.split("|"))
    return fits and not name.startswith(".") and not name.lower().endswith(PARTIAL)


def _grouped(files: Iterator[Fetched], most_files: int, most_bytes: int) -> Iterator[list[Fetched]]:
    """Gather files; when the next one cannot be had, what was gathered still comes first."""
    group: list[Fetched] = []
    lost: OutOfReach | None = None
    while True:
        try:
            file = next(files, None)
        except OutOfReach as error:
            file, lost = None, error
        full = file and (len(group) >= most_files or sum(f.size for f in group) + file.size > most_bytes)
        if group and (full or file is None):
            yield group
            group = []
        if file is None:
            break
        group.append(file)
    if lost:
        raise lost


def _local(source: Source, problems: list[str]) -> Iterator[Fetched]:
    folder = drop_folder(source)
    if not folder.is_dir():
        return
    still = time.time() - STILL_SECONDS
    for item in sorted(os.scandir(folder), key=lambda e: e.name):
        if not _wanted(source, item.name):
            continue
        try:
            stat = item.stat()
            if item.is_file() and stat.st_mtime <= still:
                content = Path(item.path).read_bytes()
                yield Fetched(item.name, item.path, len(content), str(stat.st_mtime_ns), content)
        except OSError as error:
            key = "vanished" if isinstance(error, FileNotFoundError) else "not_allowed"
            problems.append(say(f"connectors.{key}", file=item.name, place=say("connectors.drop_folder")))


def _remote(source: Source, address: Address, problems: list[str]) -> Iterator[Fetched]:
    limit = settings().max_file_mb * 1_000_000
    with opened(address) as folder:
        for item in _finished(source, folder.entries()):
            try:
                content = folder.read(item, limit + 1)
            except Vanished as error:
                problems.append(str(error))
                continue
            if content is not None:
                yield Fetched(item.name, item.path, item.size, item.modified, content)


def _finished(source: Source, entries: list[Entry]) -> list[Entry]:
    """Return the new files that nobody is writing any more.

    A file is finished when it has not changed for a while by the server's clock, or since the last look.
    """
    known = worker_state.fetched(source.id)
    new = {(e.path, e.size, e.modified): e for e in entries if _wanted(source, e.name)}
    new = {key: e for key, e in new.items() if key not in known}
    name = f"looked:{source.id}"
    noted = worker_state.note(name) or "[]"
    before = {tuple(key) for key in json.loads(noted)}
    quiet = time.time() - QUIET_SECONDS
    young = {key for key, e in new.items() if (e.at is None or e.at > quiet) and key not in before}
    if (seen := json.dumps(sorted(young))) != noted:
        worker_state.take_note(name, seen)
    return [e for key, e in new.items() if key not in young]
