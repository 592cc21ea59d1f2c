"""Servers on this machine that behave as portals do, and misbehave: slow, looping, huge, with a bad certificate."""

import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HOME = """<html><head><link rel="alternate" type="application/rss+xml" href="/rss"></head><body>Cổng thử nghiệm
<p>Thứ Hai, 23/11/2026</p><a href="/tthc">Thủ tục hành chính</a> <a href="/bo-may">Tổ chức bộ máy</a>
<a href="/gone">Lịch sử</a> <a href="/login">Đăng nhập</a> <a href="https://thanhhoa.gov.vn/">Cổng tỉnh</a>
<p>Tin ngày 18/11/2026 09:30</p></body></html>"""
FEED = """<?xml version="1.0"?><rss><channel><lastBuildDate>Mon, 23 Nov 2026 15:00:00 +0700</lastBuildDate>
<item><pubDate>Fri, 20 Nov 2026 08:00:00 +0700</pubDate></item>
<item><pubDate>19/11/2026 10:00</pubDate></item></channel></rss>"""


class _Answers(BaseHTTPRequestHandler):
    """Answers by path; what was asked stands in the server's `asked`."""

    def do_HEAD(self) -> None:
        """Answer without a body."""
        self._answer(self.path, head=True)

    def do_GET(self) -> None:
        """Answer."""
        self._answer(self.path)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def _answer(self, path: str, head: bool = False) -> None:
        server: Any = self.server
        server.asked.append((self.command, path, self.headers.get("User-Agent"), time.monotonic()))
        server.busy += 1
        server.most_busy = max(server.most_busy, server.busy)
        try:
            self._told(path, server, head)
        except OSError:
            pass
        finally:
            server.busy -= 1

    def _told(self, path: str, server: Any, head: bool) -> None:
        if path == "/slow":
            time.sleep(3)
        elif path == "/drip":
            self.send_response(200)
            self.end_headers()
            for _ in range(40):
                self.wfile.write(b".")
                self.wfile.flush()
                time.sleep(0.1)
            return None
        elif path in ("/loop", "/loop2"):
            return self._sent(302, {"Location": "/loop2" if path == "/loop" else "/loop"})
        elif path == "/away":
            return self._sent(302, {"Location": server.away})
        elif path == "/flaky":
            server.flaky += 1
            if server.flaky == 1:
                return self._sent(503)
        if path == "/huge":
            return self._sent(200, body=b"x" * 5_000_000)
        answers = {"/broken": (500, ""), "/gone": (404, ""), "/login": (403, ""), "/rss": (200, FEED),
                   "/robots.txt": (200, server.robots), "/maintenance": (200, "<html>Đang bảo trì</html>")}  # fmt: skip
        status, text = answers.get(path, (200, HOME))
        headers = {"Content-Type": "text/html; charset=utf-8", "Strict-Transport-Security": "max-age=1"}
        return self._sent(status, headers, b"" if head else text.encode())

    def _sent(self, status: int, headers: dict[str, str] | None = None, body: bytes = b"") -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def serving(secured: ssl.SSLContext | None = None) -> Iterator[Any]:
    """Serve on a free port of this machine; the server has `url`, `asked`, `robots`, `away`."""
    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), _Answers)
    server.asked, server.busy, server.most_busy, server.flaky = [], 0, 0, 0
    server.robots, server.away = "User-agent: *\nDisallow: /admin\n", ""
    if secured:
        server.socket = secured.wrap_socket(server.socket, server_side=True)
    server.url = f"{'https' if secured else 'http'}://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def certificate(folder: Path, ends: datetime, name: str = "127.0.0.1") -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Return a server's context with a certificate of its own that ends at a moment, and one that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    own = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "portal")])
    alt: x509.GeneralName = x509.IPAddress(ip_address(name)) if name[0].isdigit() else x509.DNSName(name)
    made = (
        x509.CertificateBuilder().subject_name(own).issuer_name(own).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(datetime.now(UTC) - timedelta(days=400))
        .not_valid_after(ends).add_extension(x509.SubjectAlternativeName([alt]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    pem = folder / f"{ends:%Y%m%d}_{name}.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pem.write_bytes(made.public_bytes(serialization.Encoding.PEM) + private)
    serves = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serves.load_cert_chain(pem)
    return serves, ssl.create_default_context(cafile=str(pem))
