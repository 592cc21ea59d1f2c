"""Every setting is documented, and a wrong one is named."""

import pytest

from config.settings import OF_A_SOURCE, ROOT, Settings, SettingsError, settings


def test_every_setting_is_documented() -> None:
    text = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    missing = [f"IOC_{name.upper()}" for name in Settings.model_fields if f"`IOC_{name.upper()}`" not in text]
    missing += [f"IOC_{name}_" for name in OF_A_SOURCE if f"`IOC_{name}_<NGUỒN>`" not in text]
    assert missing == []


def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IOC_PORT", "cổng")
    settings.cache_clear()
    with pytest.raises(SettingsError, match="port"):
        settings()
    monkeypatch.undo()
    settings.cache_clear()
