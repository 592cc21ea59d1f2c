"""Reads a declaration (YAML) into its model, so that an error names the file, the line and the remedy."""

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, TypeAdapter, ValidationError

from config.reading import read_file

Model = TypeVar("Model", bound=BaseModel)
HINTS = {
    "extra_forbidden": "khóa không có trong khai báo; xóa hoặc sửa chính tả",
    "missing": "thiếu khóa này",
}


class RegistryError(Exception):
    """What is wrong in the declarations, one problem a line: `file:line: what · remedy`."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


def _line(node: yaml.Node | None, path: tuple[Any, ...]) -> int:
    """Return the line of the deepest node of `path` that the text has."""
    line = node.start_mark.line + 1 if node else 1
    for step in path:
        if isinstance(node, yaml.MappingNode):
            node = next((v for k, v in node.value if k.value == str(step)), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
        else:
            continue
        if node is None:
            break
        line = node.start_mark.line + 1
    return line


def read(path: Path, kind: Any) -> Any:
    """Return the declaration in `path` as `kind` (a model, or a list of one); raise RegistryError."""
    text = path.read_text(encoding="utf-8")
    name = f"{path.parent.name}/{path.name}"
    try:
        return TypeAdapter(kind).validate_python(read_file(path))
    except yaml.YAMLError as error:
        line = getattr(getattr(error, "problem_mark", None), "line", 0) + 1
        raise RegistryError([f"{name}:{line}: không đúng cú pháp YAML · {error}"]) from error
    except ValidationError as error:
        node = yaml.compose(text)
        raise RegistryError(
            [
                f"{name}:{_line(node, problem['loc'])}: {'.'.join(map(str, problem['loc']))}: "
                f"{HINTS.get(problem['type'], problem['msg'])}"
                for problem in error.errors()
            ]
        ) from error


def read_folder(folder: Path, kind: type[Model]) -> list[Model]:
    """Return the declarations of every YAML in `folder`, by file name; raise RegistryError with all problems."""
    found: list[Model] = []
    problems: list[str] = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            found.append(read(path, kind))
        except RegistryError as error:
            problems += error.problems
    if problems:
        raise RegistryError(problems)
    return found
