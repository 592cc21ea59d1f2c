"""One polite request of the probe: whom it may ask, how long it waits, what it measures on the way.

A name is resolved once and the connection goes to the address that was judged, so that a second answer of the name
server leads nowhere else. Addresses that are not public are asked only for hosts registered as lying inside. One
request at a time goes to a host, with a pause after it.
"""

import ipaddress
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin, urlsplit
from urllib.robotparser import RobotFileParser

import httpx
from cryptography import x509

from config.portals import Manners

ROBOTS_BYTES = 500_000
ROBOTS_SECONDS = 86_400
REDIRECTS = (301, 302, 303, 307, 308)


@dataclass(frozen=True)
class Answer:
    """What came of a request; times in milliseconds, `fault` a word for why there is no answer, '' where there is.

    `unreachable` says that the network itself gave no way to the address.
    """

    url: str
    status: int | None = None
    redirects: int = 0
    dns_ms: float | None = None
    connect_ms: float | None = None
    tls_ms: float | None = None
    ttfb_ms: float | None = None
    total_ms: float | None = None
    size: int = 0
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    not_after: datetime | None = None
    fault: str = ""
    unreachable: bool = False


class Fault(Exception):  # noqa: N818 - a word for what is the matter
    """Why a request came to nothing: `dns`, `private_address`, `connect`, `tls`, `timeout`, `too_large`, …"""

    def __init__(self, word: str, unreachable: bool = False) -> None:
        super().__init__(word)
        self.unreachable = unreachable


@dataclass
class _Clock:
    """When the steps of one request were reached, and the socket that is shut when its time is up."""

    began: float = field(default_factory=time.monotonic)
    steps: dict[str, float] = field(default_factory=dict)
    socket: Any = None
    is_over: bool = False

    def hear(self, event: str, info: dict[str, Any]) -> None:
        """Note a step that httpcore tells of."""
        self.steps[event] = time.monotonic()
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            self.socket = info["return_value"].get_extra_info("socket")

    def shut(self) -> None:
        """End the request from outside, whatever the server still drips."""
        self.is_over = True
        with suppress(OSError, AttributeError):
            self.socket.shutdown(socket.SHUT_RDWR)

    def between(self, step: str) -> float | None:
        """Return how long a step took."""
        first, last = self.steps.get(f"{step}.started"), self.steps.get(f"{step}.complete")
        return round((last - first) * 1000, 1) if first is not None and last is not None else None

    def since(self, event: str) -> float | None:
        """Return how long after the beginning an event came."""
        return round((self.steps[event] - self.began) * 1000, 1) if event in self.steps else None


class Asker:
    """Asks hosts, one request at a time each; `inside` are the hosts that may have addresses that are not public."""

    _locks: dict[str, threading.Lock] = {}  # noqa: RUF012 - shared by all rounds of this process
    _guard = threading.Lock()

    def __init__(
        self, manners: Manners, inside: frozenset[str] = frozenset(), trust: ssl.SSLContext | None = None,
        rest: Callable[[float], None] = time.sleep,
    ) -> None:  # fmt: skip
        self.manners, self.inside, self.rest = manners, inside, rest
        self.trust = trust or ssl.create_default_context()
        self._robots: dict[str, tuple[float, RobotFileParser]] = {}

    # Whom

    def addresses(self, host: str, port: int, family: int = socket.AF_UNSPEC) -> list[str]:
        """Return the addresses of a host, all of them public or the host registered as inside; raise Fault."""
        try:
            found = [str(info[4][0]) for info in socket.getaddrinfo(host, port, family, socket.SOCK_STREAM)]
        except (OSError, UnicodeError) as error:
            raise Fault("dns") from error
        known = list(dict.fromkeys(found))
        if host not in self.inside and not all(ipaddress.ip_address(a.split("%")[0]).is_global for a in known):
            raise Fault("private_address")
        return known

    def may(self, url: str) -> bool:
        """Say whether a host's robots.txt lets our probe read an address; one that cannot be read forbids nothing."""
        parts = urlsplit(url)
        root = f"{parts.scheme}://{parts.netloc}"
        known = self._robots.get(root)
        if known is None or time.monotonic() - known[0] > ROBOTS_SECONDS:
            said, rules = self.ask(f"{root}/robots.txt", most=ROBOTS_BYTES), RobotFileParser()
            rules.parse(said.body.decode("utf-8", "replace").splitlines() if said.status == 200 else [])
            known = self._robots[root] = (time.monotonic(), rules)
        return known[1].can_fetch(self.manners.agent, url)

    @contextmanager
    def _turn(self, host: str) -> Iterator[None]:
        with self._guard:
            lock = self._locks.setdefault(host, threading.Lock())
        with lock:
            try:
                yield
            finally:
                self.rest(self.manners.pause_seconds)

    # How

    def ask(
        self, url: str, method: str = "GET", most: int | None = None, family: int = socket.AF_UNSPEC
    ) -> Answer:
        """Return what an address answers after its redirects, within the time and size allowed; never raise."""
        began, seen, answer = time.monotonic(), list[str](), Answer(url)
        limit = most if most is not None else self.manners.most_kilobytes * 1000
        for _ in range(self.manners.redirects + 1):
            if url in seen:
                return replace(answer, fault="redirect_loop")
            left = self.manners.total_seconds - (time.monotonic() - began)
            if left <= 0:
                return replace(answer, fault="timeout")
            seen.append(url)
            answer = replace(self._once(url, method, limit, left, family), redirects=len(seen) - 1)
            target = answer.headers.get("location", "")
            if answer.fault or answer.status not in REDIRECTS or not target:
                return replace(answer, total_ms=round((time.monotonic() - began) * 1000, 1))
            url = urljoin(url, target)
        return replace(answer, fault="redirect_loop")

    def _once(self, url: str, method: str, limit: int, seconds: float, family: int) -> Answer:
        parts, clock = urlsplit(url), _Clock()
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
        if parts.scheme not in ("http", "https") or not host:
            return Answer(url, fault="bad_address")
        timer = threading.Timer(seconds, clock.shut)
        timer.daemon = True
        try:
            clock.steps["dns.started"] = time.monotonic()
            known = self.addresses(host, port, family)
            clock.steps["dns.complete"] = time.monotonic()
            with self._turn(host):
                clock.began = time.monotonic()
                timer.start()
                return self._exchange(url, known[0], port, method, limit, seconds, clock)
        except Fault as fault:
            return Answer(url, fault=str(fault), unreachable=fault.unreachable, dns_ms=clock.between("dns"))
        finally:
            timer.cancel()

    def _exchange(
        self, url: str, address: str, port: int, method: str, limit: int, seconds: float, clock: _Clock
    ) -> Answer:
        parts = urlsplit(url)
        where = f"[{address}]" if ":" in address else address
        query = f"?{parts.query}" if parts.query else ""
        headers = {"Host": parts.netloc.rpartition("@")[2], "User-Agent": self.manners.agent, "Accept": "*/*",
                   "Accept-Encoding": "gzip, identity"}  # fmt: skip
        patience = httpx.Timeout(seconds, connect=min(seconds, self.manners.connect_seconds))
        try:
            with (
                httpx.Client(verify=self.trust, trust_env=False, timeout=patience) as client,
                client.stream(
                    method, f"{parts.scheme}://{where}:{port}{parts.path or '/'}{query}", headers=headers,
                    extensions={"sni_hostname": parts.hostname, "trace": clock.hear},
                ) as response,
            ):  # fmt: skip
                ends = _not_after(response)
                body, size = _body(response, limit)
                answer = Answer(
                    url, response.status_code, size=size, body=body, not_after=ends,
                    headers={k.lower(): v for k, v in response.headers.items()},
                )  # fmt: skip
        except Fault:
            raise
        except Exception as error:  # the network has more ways to fail than there are names
            raise _fault(error, clock) from error
        if clock.is_over:
            raise Fault("timeout")
        return replace(
            answer, dns_ms=clock.between("dns"), connect_ms=clock.between("connection.connect_tcp"),
            tls_ms=clock.between("connection.start_tls"),
            ttfb_ms=clock.since("http11.receive_response_headers.complete"),
        )  # fmt: skip

    def certificate(self, host: str, port: int = 443) -> tuple[datetime | None, str]:
        """Return when a host's certificate ends, valid or not, and what is wrong with it ('' for nothing)."""
        try:
            address = self.addresses(host, port)[0]
            with self._turn(host):
                return self._shaken(self.trust, host, address, port), ""
        except Fault as fault:
            return None, str(fault)
        except ssl.SSLCertVerificationError as error:
            wrong = error.verify_message or "tls"
        except (OSError, ValueError):
            return None, "connect"
        careless = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        careless.check_hostname, careless.verify_mode = False, ssl.CERT_NONE
        try:
            with self._turn(host):
                return self._shaken(careless, host, address, port), wrong
        except (OSError, ValueError):
            return None, wrong

    def _shaken(self, trust: ssl.SSLContext, host: str, address: str, port: int) -> datetime | None:
        seconds = self.manners.connect_seconds
        with (
            socket.create_connection((address, port), timeout=seconds) as plain,
            trust.wrap_socket(plain, server_hostname=host) as secured,
        ):
            return _ends(secured.getpeercert(True))


def _body(response: httpx.Response, limit: int) -> tuple[bytes, int]:
    """Return the body, unpacked, and its size on the way; raise Fault when it is larger than allowed."""
    packed = response.headers.get("content-encoding", "") == "gzip"
    engine, parts, size, whole = zlib.decompressobj(31), list[bytes](), 0, 0
    for chunk in response.iter_raw():
        size += len(chunk)
        part = engine.decompress(chunk, limit + 1 - whole) if packed else chunk
        whole += len(part)
        if max(size, whole) > limit:
            raise Fault("too_large")
        parts.append(part)
    return b"".join(parts), size


def _not_after(response: httpx.Response) -> datetime | None:
    stream = response.extensions.get("network_stream")
    secured = stream.get_extra_info("ssl_object") if stream else None
    return _ends(secured.getpeercert(True)) if secured else None


def _ends(certificate: bytes | None) -> datetime | None:
    return x509.load_der_x509_certificate(certificate).not_valid_after_utc.astimezone(UTC) if certificate else None


def _fault(error: Exception, clock: _Clock) -> Fault:
    """Return the word for an error of the network."""
    if clock.is_over or isinstance(error, httpx.TimeoutException):
        return Fault("timeout")
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return Fault("tls")
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, httpx.ConnectError):
        words = str(error).lower()
        return Fault("connect", unreachable="unreachable" in words or "no route" in words)
    return Fault("protocol")
