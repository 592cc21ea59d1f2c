"""Names that say nothing without the installation's secret key, and are the same wherever the same text comes."""

import hashlib
import hmac
from functools import cache

from config.settings import settings


def keyed_hash(purpose: bytes, text: str, length: int) -> str:
    """Return `length` hex digits of HMAC-SHA256 over a text, by a key of its own for each purpose."""
    key = _key(settings().secret_key, purpose)
    return hmac.digest(key, text.encode(), hashlib.sha256).hex()[:length]


@cache
def _key(secret: str, purpose: bytes) -> bytes:
    return hmac.digest(secret.encode(), purpose, hashlib.sha256)
