"""From bytes to text: gzip within a limit, and the encodings that are accepted."""

import codecs
import zlib

from data_access.ingestion.parsers.result import Layout, Unreadable

GZIP = b"\x1f\x8b"


def unpacked(name: str, content: bytes, layout: Layout) -> bytes:
    """Return `content` without its gzip layer; refuse damaged, nested and swelling archives."""
    if not content.startswith(GZIP):
        if name.lower().endswith(".gz"):
            raise Unreadable("not_gzip", name)
        return content
    most = layout.most_bytes
    parts: list[bytes] = []
    size, rest = 0, content
    try:
        while rest.startswith(GZIP):
            engine = zlib.decompressobj(wbits=31)
            part = engine.decompress(rest, most + 1 - size)
            size += len(part)
            if size > most:
                raise Unreadable("zip_bomb", name, limit=_megabytes(most))
            if not engine.eof:
                raise Unreadable("truncated", name)
            parts.append(part)
            rest = engine.unused_data
    except zlib.error as error:
        raise Unreadable("truncated", name) from error
    plain = b"".join(parts)
    if plain.startswith(GZIP):
        raise Unreadable("nested_archive", name)
    return plain


def decoded(name: str, content: bytes, fallback: str | None = None) -> str:
    r"""Return the text with `\n` line ends: UTF-8, UTF-16 with BOM, or else the `fallback` encoding."""
    text = _text(name, content, fallback)
    if "\0" in text:
        raise Unreadable("binary", name, row=text.count("\n", 0, text.index("\0")) + 1)
    if not text.strip():
        raise Unreadable("empty_file", name)
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _text(name: str, content: bytes, fallback: str | None) -> str:
    if not content.strip():
        raise Unreadable("empty_file", name)
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding: str = "utf-16"
    else:
        encoding = "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        if fallback:
            try:
                return content.decode(fallback)
            except UnicodeDecodeError:
                pass
        row = content.count(b"\n", 0, error.start) + 1
        raise Unreadable("wrong_encoding", name, row=row) from error


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:.1f}".rstrip("0").rstrip(".").replace(".", ",")
