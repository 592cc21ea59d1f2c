"""The catalogue of every text a person reads: Vietnamese first, English at a switch.

Each `config/locale/<area>.yaml` maps a key to its texts: `empty_file: {vi: "…", en: "…"}`; the words of one
domain may stand in its own file (`texts`, by `<area>.<key>`). A text is asked for as `say("<area>.<key>", name=value)`.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from config.reading import read_file

LANGUAGES = ("vi", "en")
FOLDER = Path(__file__).parent
DOMAINS = FOLDER.parent / "domains"


def entries() -> Iterator[tuple[str, dict[str, str]]]:
    """Yield every text as it is declared: `area.key` and its texts by language."""
    for path in sorted(FOLDER.glob("*.yaml")):
        yield from ((f"{path.stem}.{key}", entry) for key, entry in (read_file(path) or {}).items())
    for path in sorted(DOMAINS.glob("*.yaml")):
        yield from (read_file(path).get("texts") or {}).items()


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """Return every text by `area.key`, then by language."""
    return dict(entries())


def say(key: str, /, language: str = "vi", **values: object) -> str:
    """Return the text of `key` in `language` with its placeholders filled; raise KeyError when unknown."""
    return catalogue()[key][language].format(**values) if values else catalogue()[key][language]
