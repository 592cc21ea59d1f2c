"""The catalogue of every text a person reads: Vietnamese first, English at a switch.

Each `config/locale/<area>.yaml` maps a key to its texts: `empty_file: {vi: "…", en: "…"}`;
a text is asked for as `say("<area>.<key>", name=value)`.
"""

from functools import cache
from pathlib import Path

from config.reading import read_yaml

LANGUAGES = ("vi", "en")
FOLDER = Path(__file__).parent


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """Return every text by `area.key`, then by language."""
    texts: dict[str, dict[str, str]] = {}
    for path in sorted(FOLDER.glob("*.yaml")):
        for key, entry in (read_yaml(path.read_text(encoding="utf-8")) or {}).items():
            texts[f"{path.stem}.{key}"] = entry
    return texts


def say(key: str, /, language: str = "vi", **values: object) -> str:
    """Return the text of `key` in `language` with its placeholders filled; raise KeyError when unknown."""
    return catalogue()[key][language].format(**values) if values else catalogue()[key][language]
