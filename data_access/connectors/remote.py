"""A remote folder as fsspec opens it (SFTP, FTP, a mounted folder): listed and read, never changed.

Address and password come from the environment (`config.settings.of_source`); what leaves this module names
a place without its password. An SSH server's key is trusted when first seen and must stay the same.
"""

import ftplib
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

import fsspec
import paramiko

from config.locale import say
from config.models import Source
from config.settings import of_source, settings

log = logging.getLogger("ioc.connectors")
CONNECT_SECONDS = 15.0
SILENT_SECONDS = 60.0
LOST = (EOFError, OSError, paramiko.SSHException, ftplib.Error)


class OutOfReach(OSError):  # noqa: N818 - it states what is the matter
    """A folder or file that could not be read; the message is for people, in Vietnamese, without password."""


class Vanished(OutOfReach):
    """One file that could not be read, though the folder can."""


@dataclass(frozen=True)
class Address:
    """Where a remote folder lies and who asks; `place` is what people may read."""

    source: str
    protocol: str
    host: str
    port: int | None
    user: str
    password: str = field(repr=False)
    folder: str

    @property
    def place(self) -> str:
        """Return the address without user and password."""
        port = f":{self.port}" if self.port else ""
        return f"{self.protocol}://{self.host}{port}{self.folder}"

    def says(self, key: str, **values: str) -> str:
        """Return a message about this folder."""
        return say(f"connectors.{key}", place=self.place, variable=self.source.upper(), **values)


def address_of(source: Source) -> Address | None:
    """Return where a source's remote folder lies; None for a source with a local drop folder."""
    location = of_source("LOCATION", source.id) or source.location
    if not location:
        return None
    url = urlsplit(location)
    secret = of_source("SECRET", source.id) or unquote(url.password or "")
    user = unquote(url.username or "")
    return Address(
        source.id, url.scheme or "file", url.hostname or "", url.port, user, secret, unquote(url.path) or "/"
    )


@dataclass(frozen=True)
class Entry:
    """A file in a remote folder; `modified` as the server says it, `at` the same in seconds since 1970."""

    name: str
    path: str
    size: int
    modified: str
    at: float | None


class SameKey(paramiko.MissingHostKeyPolicy):  # type: ignore[misc]
    """Trust a server's key when first seen, and no other afterwards."""

    def missing_host_key(self, client: paramiko.SSHClient, hostname: str, key: paramiko.PKey) -> None:
        """Note the key of a new server; raise BadHostKeyException for another key of a known one."""
        path = settings().data_dir / "known_hosts"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        known = paramiko.HostKeys(str(path))
        before = known.lookup(hostname)
        if before is None:
            known.add(hostname, key.get_name(), key)
            known.save(str(path))
        elif not known.check(hostname, key):
            raise paramiko.BadHostKeyException(hostname, key, next(iter(before.values())))


class Folder:
    """An open remote folder."""

    def __init__(self, address: Address, filesystem: fsspec.AbstractFileSystem) -> None:
        self.address = address
        self._filesystem = filesystem

    def entries(self) -> list[Entry]:
        """Return every file in the folder and below, by path; raise OutOfReach."""
        try:
            walked = self._filesystem.walk(self.address.folder, detail=True, on_error="raise")
            found = [entry(self._followed(info)) for _, _, files in walked for info in files.values()]
        except FileNotFoundError as error:
            raise OutOfReach(self.address.says("folder_missing", folder=self.address.folder)) from error
        except PermissionError as error:
            raise OutOfReach(self.address.says("not_allowed", file=self.address.folder)) from error
        except LOST as error:
            raise OutOfReach(self.address.says("unreachable")) from error
        return sorted(found, key=lambda e: e.path)

    def _followed(self, info: dict[str, Any]) -> dict[str, Any]:
        """Return what a link leads to; a link that leads nowhere is returned as it is."""
        if info.get("type") != "link":
            return info
        try:
            return dict(self._filesystem.info(info["name"]))
        except FileNotFoundError:
            return info

    def read(self, file: Entry, most: int) -> bytes | None:
        """Return a file's first `most` bytes; None where it is still changing.

        Raise Vanished when the file is gone or may not be read, OutOfReach when the connection is.
        """
        try:
            with self._filesystem.open(file.path, "rb") as stream:
                content: bytes = stream.read(most)
            now = entry(self._filesystem.info(file.path))
        except FileNotFoundError as error:
            raise Vanished(self.address.says("vanished", file=file.name)) from error
        except PermissionError as error:
            raise Vanished(self.address.says("not_allowed", file=file.name)) from error
        except LOST as error:
            raise OutOfReach(self.address.says("cut", file=file.name)) from error
        whole = len(content) == min(file.size, most)
        return content if whole and (now.size, now.modified) == (file.size, file.modified) else None


def entry(info: dict[str, Any]) -> Entry:
    """Return a file as fsspec describes it; each protocol names the time of change in its own way."""
    changed = info.get("mtime") or info.get("modified") or info.get("modify") or ""
    at = changed.timestamp() if isinstance(changed, datetime) else changed if isinstance(changed, float) else None
    path = str(info["name"])
    return Entry(PurePosixPath(path).name, path, int(info.get("size") or 0), str(changed), at)


@contextmanager
def opened(address: Address) -> Iterator[Folder]:
    """Open a remote folder for a while; raise OutOfReach with what to mend."""
    filesystem = _connected(address)
    try:
        yield Folder(address, filesystem)
    finally:
        if client := getattr(filesystem, "client", None) or getattr(filesystem, "ftp", None):
            client.close()


def _connected(address: Address) -> fsspec.AbstractFileSystem:
    try:
        filesystem = fsspec.filesystem(address.protocol, skip_instance_cache=True, **_options(address))
        if address.protocol == "sftp":
            filesystem.ftp.get_channel().settimeout(SILENT_SECONDS)
        return filesystem
    except (ImportError, ValueError) as error:
        raise OutOfReach(address.says("protocol_unknown")) from error
    except paramiko.BadHostKeyException as error:
        file = settings().data_dir / "known_hosts"
        raise OutOfReach(address.says("host_key_changed", file=str(file))) from error
    except (paramiko.AuthenticationException, paramiko.PasswordRequiredException, ftplib.error_perm) as error:
        raise OutOfReach(address.says("wrong_password")) from error
    except LOST as error:
        nothing_to_show = "No authentication methods" in str(error)
        raise OutOfReach(address.says("wrong_password" if nothing_to_show else "unreachable")) from error


def _options(address: Address) -> dict[str, Any]:
    """Return what fsspec must know to connect; without a password SSH uses the keys of the worker's account."""
    if address.protocol in ("file", "local"):
        return {}
    options: dict[str, Any] = {"host": address.host, "timeout": CONNECT_SECONDS}
    options |= {"port": address.port} if address.port else {}
    options |= {"username": address.user} if address.user else {}
    options |= {"password": address.password} if address.password else {}
    if address.protocol == "sftp":
        by_key = not address.password
        options |= {
            "host_key_policy": SameKey(), "banner_timeout": CONNECT_SECONDS, "auth_timeout": CONNECT_SECONDS,
            "allow_agent": by_key, "look_for_keys": by_key,
        }  # fmt: skip
    return options
