"""A guide of `docs/` followed to the letter, on a copy of the project."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from config.settings import ROOT

BLOCK = re.compile(r"^```(\w+) (append )?(\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SHELL = re.compile(r"^```bash\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PARTS = ("config", "data_access", "services", "components", "pages", ".streamlit")


class Copy:
    """A copy of the project with a data folder of its own, in which a guide is followed."""

    def __init__(self, folder: Path) -> None:
        self.root, self.data = folder / "project", folder / "data"
        for name in PARTS:
            shutil.copytree(ROOT / name, self.root / name, ignore=shutil.ignore_patterns("__pycache__"))
        own = {"IOC_DATA_DIR": str(self.data), "IOC_DATABASE_URL": "", "PYTHONPATH": str(self.root)}
        self.environment = {**os.environ, **own}

    def files(self) -> dict[str, bytes]:
        """Return every file by its path."""
        paths = (p for p in self.root.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
        return {str(p.relative_to(self.root)): p.read_bytes() for p in paths}

    def write(self, guide: str) -> int:
        """Write every block of a guide that names a file, as the guide says; return how many there were."""
        blocks = BLOCK.findall((ROOT / "docs" / guide).read_text(encoding="utf-8"))
        for _, append, path, text in blocks:
            target = self.root / path
            before = target.read_text(encoding="utf-8") if append else ""
            target.write_text(before + text, encoding="utf-8")
        return len(blocks)

    def shell(self, guide: str) -> list[str]:
        """Return the commands of a guide, in order."""
        blocks = SHELL.findall((ROOT / "docs" / guide).read_text(encoding="utf-8"))
        return [line for block in blocks for line in block.splitlines()]

    def run(self, *commands: str) -> list[Any]:
        """Return what each command of the operators answers, one after the other; a refusal as `error`."""
        return [json.loads(line) for line in self._python(COMMANDS, *commands).splitlines()]

    def visit(self, *pages: str) -> list[str]:
        """Return what each page says to the leader: they open one after the other, and nothing fails."""
        return self._python(VISIT, *pages).split("\f")[:-1]

    def _python(self, program: str, *words: str) -> str:
        done = subprocess.run([sys.executable, "-c", program, *words], cwd=self.root, env=self.environment,
                              capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr[-2000:]
        return done.stdout


COMMANDS = """
import json, shlex, sys
from services import cli
for command in sys.argv[1:]:
    try:
        cli.app([*shlex.split(command), "--json"], standalone_mode=False)
    except cli.Refused as refusal:
        print(json.dumps({"error": str(refusal)}))
"""
VISIT = """
import sys
from streamlit.testing.v1 import AppTest
from services.people import ensure_demo_accounts, open_session
ensure_demo_accounts()
at = AppTest.from_file("components/shell.py", default_timeout=60)
at.session_state["_token"] = open_session("lanhdao")[0]
at.run()
for page in sys.argv[1:]:
    at.switch_page(f"../pages/{page}.py").run()
    assert not at.exception, at.exception
    print(*(str(e.proto) for e in at.main if hasattr(e, "proto")), end="\\f")
"""
