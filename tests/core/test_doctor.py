"""The doctor: what single sign-on lacks is said before somebody presses its button."""

from importlib.util import find_spec
from pathlib import Path

import pytest

from services.doctor import Finding, examine


def single_sign_on() -> Finding:
    return next(finding for finding in examine() if finding.name == "đăng nhập một lần")


def test_single_sign_on_is_examined_where_it_is_set_up(
    sqlite_store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert not single_sign_on().warning
    (tmp_path / ".streamlit").mkdir()
    secrets = tmp_path / ".streamlit" / "secrets.toml"
    secrets.write_text("[auth]\nclient_id = 'ioc'\n", encoding="utf-8")
    assert single_sign_on().warning == (find_spec("authlib") is None)
    secrets.write_text("[auth\n", encoding="utf-8")
    assert not single_sign_on().ok
