"""The `rss` connector: asks the registered feeds, each host one request at a time, for what changed.

A feed is asked with what it last said of itself (ETag, Last-Modified) and is remembered once taken in. A feed
that cannot be had does not stop the others; what is the matter is kept as the source's `problem`.
"""

import hashlib
import json
import time
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from config.locale import say
from config.models import Source
from config.press import Feed, load_feeds
from data_access import worker_state
from data_access.connectors.files import Fetched
from data_access.connectors.remote import OutOfReach
from data_access.database import now

__all__ = ["Fetched", "OutOfReach", "done", "groups"]

AGENT: Final = "ThanhHoaIOC/1.0 (feed reader of a provincial operations centre)"
TIMEOUT: Final = httpx.Timeout(10, connect=5)
LONGEST_SECONDS: Final = 30.0
MOST_BYTES: Final = 8_000_000
MOST_HOSTS: Final = 6
Memory = dict[str, dict[str, str]]


def groups(source: Source, most_files: int, most_bytes: int) -> Iterator[list[Fetched]]:
    """Yield what changed in the registered feeds, in groups of bounded size; raise OutOfReach for what failed."""
    hosts: dict[str, list[Feed]] = defaultdict(list)
    for feed in load_feeds().values():
        if feed.fetch:
            hosts[urlsplit(feed.url).netloc].append(feed)
    known, problems = _memory(source), list[str]()
    with ThreadPoolExecutor(MOST_HOSTS) as pool:
        asked = pool.map(lambda feeds: _ask_host(feeds, known), hosts.values())
        answers = list(chain.from_iterable(asked))
    group: list[Fetched] = []
    for answer in answers:
        if isinstance(answer, str):
            problems.append(answer)
            continue
        if group and (len(group) >= most_files or sum(f.size for f in group) + answer.size > most_bytes):
            yield group
            group = []
        group.append(answer)
    if group:
        yield group
    worker_state.remember_problem(source.id, "rss", problems)
    if problems:
        raise OutOfReach(" ".join(problems))


def done(source: Source, files: list[Fetched]) -> None:
    """Remember what feeds said of the state taken in."""
    known = _memory(source)
    known |= {file.path: json.loads(file.modified) for file in files}
    worker_state.take_note(f"feeds:{source.id}", json.dumps(known))


def _memory(source: Source) -> Memory:
    memory: Memory = json.loads(worker_state.note(f"feeds:{source.id}") or "{}")
    return memory


def _ask_host(feeds: list[Feed], known: Memory) -> list[Fetched | str]:
    """Ask the feeds of one host one after the other; a text says what is the matter with one."""
    found: list[Fetched | str] = []
    with httpx.Client(timeout=TIMEOUT, follow_redirects=True, max_redirects=3, headers={"User-Agent": AGENT}) as client:
        for feed in feeds:
            try:
                answer = _ask(client, feed, known.get(feed.url, {}))
            except httpx.TimeoutException:
                answer = _problem(feed, "feed_slow")
            except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
                answer = _problem(feed, "feed_unreachable", why=type(error).__name__)
            found += [answer] if answer is not None else []
    return found


def _ask(client: httpx.Client, feed: Feed, said: dict[str, str]) -> Fetched | str | None:
    """Return what a feed holds, None where nothing changed, a text where it cannot be had."""
    conditions = {"If-None-Match": said.get("etag"), "If-Modified-Since": said.get("changed")}
    headers = {name: value for name, value in conditions.items() if value}
    until = time.monotonic() + LONGEST_SECONDS
    with client.stream("GET", feed.url, headers=headers) as response:
        if response.status_code == httpx.codes.NOT_MODIFIED:
            return None
        if response.status_code != httpx.codes.OK:
            return _problem(feed, "feed_refuses", status=response.status_code)
        content = bytearray()
        for part in response.iter_bytes():
            content += part
            if len(content) > MOST_BYTES:
                return _problem(feed, "feed_too_large", limit=MOST_BYTES // 1_000_000)
            if time.monotonic() > until:
                return _problem(feed, "feed_slow")
        told = {"etag": response.headers.get("ETag", ""), "changed": response.headers.get("Last-Modified", ""),
                "sha256": hashlib.sha256(content).hexdigest()}  # fmt: skip
    if told["sha256"] == said.get("sha256"):
        return None
    name = f"{feed.id}__{now():%Y%m%dT%H%M%S}.xml"
    return Fetched(name, feed.url, len(content), json.dumps(told), bytes(content))


def _problem(feed: Feed, key: str, **values: Any) -> str:
    return say(f"connectors.{key}", feed=feed.name, url=feed.url, **values)
