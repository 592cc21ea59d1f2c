"""`docs/add-an-indicator.md` followed to the letter, on a copy of the project."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from config.settings import ROOT

BLOCK = re.compile(r"^```(\w+) (append )?(\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NOTICES = (
    "time_local,reservoir,release_to_m3s,note\n"
    "2025-08-25T18:00,Cẩm Thủy 1,3850,planned\n"
    "2025-08-23T14:00,Cửa Đạt,2500,planned range\n"
)
VISIT = """
import sys
from streamlit.testing.v1 import AppTest
from services.people import ensure_demo_accounts, open_session
ensure_demo_accounts()
at = AppTest.from_file("components/shell.py", default_timeout=60)
at.session_state["_token"] = open_session("lanhdao")[0]
at.run().switch_page("../pages/reservoirs.py").run()
assert not at.exception, at.exception
print(" ".join(str(e.proto) for e in at.main if hasattr(e, "proto")))
"""


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    for name in ("config", "data_access", "services", "components", "pages", ".streamlit"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def follow(folder: Path) -> int:
    blocks = BLOCK.findall((ROOT / "docs" / "add-an-indicator.md").read_text(encoding="utf-8"))
    for _, append, path, text in blocks:
        target = folder / path
        before = target.read_text(encoding="utf-8") if append else ""
        target.write_text(before + text, encoding="utf-8")
    return len(blocks)


def test_the_guide_gives_an_indicator_a_source_and_a_page(copied: Path, tmp_path: Path) -> None:
    assert follow(copied) == 4
    file = tmp_path / "reservoirs_2025.csv"
    file.write_text(NOTICES, encoding="utf-8")
    own = {"IOC_DATA_DIR": str(tmp_path / "data"), "IOC_DATABASE_URL": "", "PYTHONPATH": str(copied)}
    environment = {**os.environ, **own}

    def run(*words: str) -> Any:
        done = subprocess.run([sys.executable, "-m", "services.cli", *words, "--json"], cwd=copied, env=environment,
                              capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout)

    assert run("validate")["valid"]
    run("migrate")
    assert run("ingest", "reservoir_releases", str(file))[0]["rows_kept"] == 2
    answer = run("figure", "env_reservoir_release")
    assert (answer["value"], answer["period"]["label"], answer["simulated"]) == (3850, "2025-08-25", False)
    assert run("trace", answer["id"])["files"][0]["file"] == "reservoirs_2025.csv"
    visit = subprocess.run([sys.executable, "-c", VISIT], cwd=copied, env=environment, capture_output=True, text=True)
    assert visit.returncode == 0, visit.stderr[-2000:]
    assert "3.850" in visit.stdout
