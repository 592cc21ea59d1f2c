"""A small SFTP server on this machine that serves one folder, and can be told to misbehave."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import paramiko

USER, PASSWORD = "co_quan", "m@t:khau/rieng"


@dataclass
class Server:
    """A running server; `cut_after`: bytes after which the connection drops; `vanishing`: names gone when opened."""

    folder: Path
    port: int = 0
    key: paramiko.PKey = field(default_factory=lambda: paramiko.ECDSAKey.generate())
    cut_after: int | None = None
    vanishing: set[str] = field(default_factory=set)
    sessions: list[paramiko.Transport] = field(default_factory=list)


class Door(paramiko.ServerInterface):  # type: ignore[misc]
    def check_auth_password(self, username: str, password: str) -> Any:
        known = (username, password) == (USER, PASSWORD)
        return paramiko.AUTH_SUCCESSFUL if known else paramiko.AUTH_FAILED

    def check_channel_request(self, kind: str, chanid: int) -> Any:
        return paramiko.OPEN_SUCCEEDED if kind == "session" else paramiko.OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED


class OpenFile(paramiko.SFTPHandle):  # type: ignore[misc]
    def __init__(self, path: Path, server: Server, transport: paramiko.Transport) -> None:
        super().__init__()
        self._path, self._server, self._transport = path, server, transport

    def read(self, offset: int, length: int) -> Any:
        piece = self._path.read_bytes()[offset : offset + length]
        if self._server.cut_after is not None and offset + len(piece) > self._server.cut_after:
            self._transport.close()
            return paramiko.SFTP_FAILURE
        return piece

    def stat(self) -> Any:
        return paramiko.SFTPAttributes.from_stat(self._path.stat())


class Shelf(paramiko.SFTPServerInterface):  # type: ignore[misc]
    def __init__(self, door: Door, server: Server, transport: paramiko.Transport) -> None:
        super().__init__(door)
        self._server, self._transport = server, transport

    def _path(self, path: str) -> Path:
        return self._server.folder / path.lstrip("/")

    def list_folder(self, path: str) -> Any:
        try:
            return [paramiko.SFTPAttributes.from_stat(item.stat(), item.name) for item in self._path(path).iterdir()]
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno or 0)

    def stat(self, path: str) -> Any:
        try:
            return paramiko.SFTPAttributes.from_stat(self._path(path).stat())
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno or 0)

    lstat = stat

    def open(self, path: str, flags: int, attr: paramiko.SFTPAttributes) -> Any:
        if self._path(path).name in self._server.vanishing:
            self._path(path).unlink()
        if not self._path(path).is_file():
            return paramiko.SFTP_NO_SUCH_FILE
        return OpenFile(self._path(path), self._server, self._transport)


def _answer(server: Server, connection: socket.socket) -> None:
    transport = paramiko.Transport(connection)
    transport.add_server_key(server.key)
    transport.set_subsystem_handler("sftp", paramiko.SFTPServer, partial(_shelf, server, transport))
    server.sessions.append(transport)
    try:
        transport.start_server(server=Door())
    except (paramiko.SSHException, EOFError):
        transport.close()


def _shelf(server: Server, transport: paramiko.Transport, door: Door, *_: object) -> Shelf:
    return Shelf(door, server, transport)


def _listen(server: Server, door: socket.socket) -> None:
    while True:
        try:
            connection, _ = door.accept()
        except OSError:
            return
        threading.Thread(target=_answer, args=(server, connection), daemon=True).start()


@contextmanager
def sftp_server(server: Server) -> Iterator[Server]:
    """Serve until the block ends, on the server's port or on a free one."""
    with socket.socket() as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.bind(("127.0.0.1", server.port))
        door.listen()
        server.port = door.getsockname()[1]
        listening = threading.Thread(target=_listen, args=(server, door), daemon=True)
        listening.start()
        try:
            yield server
        finally:
            door.shutdown(socket.SHUT_RDWR)
            listening.join(5)
            for transport in server.sessions:
                transport.close()
