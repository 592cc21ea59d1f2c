"""JSON lists of objects as they may be kept: every key at every depth hidden, hashed, masked or left."""

from typing import Any

from data_access.ingestion.contacts import masked
from data_access.ingestion.keeping import HIDDEN, Keeping, Treatment, hidden
from data_access.ingestion.parsers.json_text import as_text, load_json
from data_access.ingestion.parsers.result import Layout, Unreadable
from data_access.ingestion.parsers.unpack import decoded


def cleaned_json(name: str, content: bytes, layout: Layout, keeping: Keeping) -> bytes:
    """Return the file with the same records in the same places; none, or Unreadable, where it holds no such list."""
    text = decoded(name, content)
    if layout.options.get("lines"):
        kept = "\n".join(_line(name, line, keeping) for line in text.split("\n"))
    else:
        steps = [step for step in str(layout.options.get("path") or "").split(".") if step]
        kept = as_text(_list(load_json(name, text), steps, keeping)) or ""
    return kept.encode("utf-8", "replace")


def _line(name: str, line: str, keeping: Keeping) -> str:
    if not line.strip():
        return ""
    try:
        value = load_json(name, line)
    except Unreadable:
        return HIDDEN
    return as_text(_record(value, keeping)) or "" if isinstance(value, dict) else f'"{HIDDEN}"'


def _list(value: Any, steps: list[str], keeping: Keeping) -> Any:
    """Return the list of records, cleaned, in its wrapper; None where there is no list."""
    if steps and isinstance(value, dict):
        first, *rest = steps
        return {
            key: _list(inner, rest, keeping) if key == first else _inner(inner, key, key, keeping.unknown, keeping)
            for key, inner in value.items()
        }
    if not steps and isinstance(value, list):
        return [_record(each, keeping) for each in value]
    return None


def _record(value: Any, keeping: Keeping) -> Any:
    return _walked(value, "", keeping.unknown, keeping) if isinstance(value, dict) else HIDDEN


def _inner(value: Any, path: str, key: str, above: Treatment, keeping: Keeping) -> Any:
    """Return what is kept of a key's value: as declared for the key, left where it is known, else as around it."""
    treat = keeping.declared(path, key)
    if treat is not None and treat is not masked:
        text = as_text(value)
        return treat(text) if text else value
    known = keeping.known(path) if above is not masked else None
    return _walked(value, path, treat or known or above, keeping)


def _walked(value: Any, path: str, treat: Treatment, keeping: Keeping) -> Any:
    if isinstance(value, dict):
        return {
            masked(key) if keeping.closed else key: _inner(
                inner, f"{path}.{key}" if path else key, key, treat, keeping
            )
            for key, inner in value.items()
        }
    if isinstance(value, list):
        return [_walked(each, path, treat, keeping) for each in value]
    if isinstance(value, bool):
        return HIDDEN if treat is hidden else value
    kept = treat(value) if value else value
    return value if kept == value else kept  # a number stays a number
