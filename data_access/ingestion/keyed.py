"""Names that say nothing without the installation's secret key, and are the same wherever the same text comes."""

import hashlib
import hmac

from config.settings import settings


def keyed_hash(purpose: bytes, text: str, length: int) -> str:
    """Return `length` hex digits of HMAC-SHA256 over a text, by a key of its own for each purpose."""
    key = hmac.digest(settings().secret_key.encode(), purpose, hashlib.sha256)
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()[:length]
