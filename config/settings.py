"""Everything that may be set from outside, read once from the environment.

`docs/settings.md` documents each; a test fails when one is missing there.
"""

import os
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

ROOT = Path(__file__).resolve().parents[1]
CONFIG = ROOT / "config"
DEMO_KEY = "demo-only-not-a-secret"


class SettingsError(Exception):
    """A setting that cannot work, with the remedy."""


class Settings(BaseModel):
    """The settings; each field `x` is read from the environment variable `IOC_X`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    env: Literal["demo", "production"] = Field("demo", description="demo: simulated agencies; production")
    database_url: str = Field("", description="empty: embedded SQLite in the data directory")
    data_dir: Path = Field(ROOT / "var", description="raw store, drop folders, embedded database")
    port: int = Field(8501, ge=1, le=65535, description="port of the web application")
    address: str = Field("localhost", description="address the web application listens on")
    secret_key: str = Field(DEMO_KEY, description="signs sign-in tickets; required in production")
    session_hours: float = Field(12, gt=0, description="hours after which a signed-in person is signed out")
    max_file_mb: int = Field(100, ge=1, description="largest file taken in, in MB")
    worker_seconds: float = Field(5, gt=0, description="seconds between two looks at the drop folders")
    fetch: bool | None = Field(None, description="visit registered addresses; empty: in production only")
    log_level: str = Field("INFO", description="level of the structured log")

    @model_validator(mode="after")
    def _production_needs_secrets(self) -> "Settings":
        if self.env == "production" and (self.secret_key == DEMO_KEY or len(self.secret_key) < 32):
            raise SettingsError(
                "IOC_SECRET_KEY: môi trường production cần khóa bí mật riêng dài từ 32 ký tự. "
                'Tạo bằng: python -c "import secrets; print(secrets.token_hex(32))"'
            )
        return self

    @property
    def fetches(self) -> bool:
        """Say whether the worker visits the addresses registered for feeds and portals."""
        return self.env == "production" if self.fetch is None else self.fetch

    @property
    def facts_url(self) -> str:
        """Return the address of the database of figures."""
        return self.database_url or f"sqlite:///{self.data_dir / 'ioc.db'}"

    @property
    def operations_url(self) -> str:
        """Return the address of the database of people, sessions and alerts.

        With the embedded database it is a file of its own: SQLite has one writer a file, so signing in
        and acknowledging never wait behind a large batch. On PostgreSQL it is the same database.
        """
        return self.database_url or f"sqlite:///{self.data_dir / 'operations.db'}"

    @property
    def raw_dir(self) -> Path:
        """Return the folder of the immutable raw store."""
        return self.data_dir / "raw"

    @property
    def drop_dir(self) -> Path:
        """Return the folder under which each source has its drop folder."""
        return self.data_dir / "drop"


OF_A_SOURCE = {
    "LOCATION": "address of the source's remote folder, in place of `location` in its declaration",
    "SECRET": "password of the source's remote folder",
}
"""What may be set for one source, as `IOC_LOCATION_AIR_TT10`: addresses and passwords stand in no file."""


def of_source(name: str, source: str) -> str:
    """Return what the environment says of a source (`name` from `OF_A_SOURCE`), empty where it says nothing."""
    return os.environ.get(f"IOC_{name}_{source.upper()}", "") if name in OF_A_SOURCE else ""


@cache
def settings() -> Settings:
    """Return the settings of this process; raise SettingsError with a remedy."""
    given = {
        name: os.environ[variable]
        for name in Settings.model_fields
        if os.environ.get(variable := f"IOC_{name.upper()}")
    }
    try:
        return Settings.model_validate(given)
    except ValueError as error:
        raise SettingsError(f"Thiết lập sai: {error}") from error
