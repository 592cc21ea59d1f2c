"""A small demo province, filled once through the real pipeline, for the tests of the screens."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.settings import settings
from data_access.database import engine_at, facts_engine, operations_engine
from data_access.migrate import migrate
from services import alerts
from services.demo.runner import demo


def _forget() -> None:
    settings.cache_clear()
    engine_at.cache_clear()


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fill a small demo province once."""
    folder = tmp_path_factory.mktemp("province")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IOC_DATA_DIR", str(folder))
        patch.setenv("IOC_DATABASE_URL", "")
        _forget()
        migrate()
        demo("small")
        alerts.evaluate()
        facts_engine().dispose()
        operations_engine().dispose()
    _forget()
    return folder


@pytest.fixture
def province(filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Use a copy of the filled province."""
    shutil.copytree(filled, tmp_path / "data")
    monkeypatch.setenv("IOC_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("IOC_DATABASE_URL", "")
    _forget()
    engines = [facts_engine(), operations_engine()]
    yield tmp_path / "data"
    for engine in engines:
        engine.dispose()
    _forget()
