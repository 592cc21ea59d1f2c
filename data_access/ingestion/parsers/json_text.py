"""JSON read without loss: numbers stay the text that was written, null stays null."""

import json
from collections.abc import Iterator
from typing import Any

from data_access.ingestion.parsers.result import Unreadable

DEEPEST = 50
_plain = json.JSONEncoder(ensure_ascii=False).encode


class Number(str):
    """The digits of a number as they stood in the file."""

    __slots__ = ()


def load_json(name: str, text: str, row: int = 1) -> Any:
    """Return the value of `text`; refuse broken JSON with its line (counted from `row`) and column."""
    try:
        return json.loads(text, parse_int=Number, parse_float=Number, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        raise Unreadable("bad_json", name, row=row + error.lineno - 1, column=str(error.colno)) from error
    except (RecursionError, ValueError) as error:
        raise Unreadable("bad_json", name, row=row, column="1") from error


def flattened(value: dict[str, Any], prefix: str = "", depth: int = 0) -> Iterator[tuple[str, str | None]]:
    """Yield `a.b.c` and the text of each value in an object; a list becomes its JSON text."""
    for key, inner in value.items():
        path = f"{prefix}.{key}" if prefix else key
        if isinstance(inner, dict) and inner and depth < DEEPEST:
            yield from flattened(inner, path, depth + 1)
        else:
            yield path, as_text(inner)


def as_text(value: Any) -> str | None:
    """Return a scalar as text, anything else as JSON text, null as None."""
    if value is None or isinstance(value, str):
        return value if value is None else str(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return _written(value)


def _written(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_written(key)}: {_written(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_written, value)) + "]"
    return str(value) if isinstance(value, Number) else _plain(value)


def _refuse(constant: str) -> Any:
    raise ValueError(constant)
