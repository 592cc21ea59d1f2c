"""The declarations agree with each other, and an error in them names file, line and remedy."""

import shutil
from pathlib import Path

import pytest

from config.declarations import RegistryError
from config.registry import assemble
from config.settings import CONFIG
from services.validation import problems


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    folder = tmp_path / "config"
    shutil.copytree(CONFIG, folder, ignore=shutil.ignore_patterns("reference_data", "__pycache__"))
    return folder


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_our_declarations_are_valid() -> None:
    assert problems() == []


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("domains/environment.yaml", "order: 5", "ordre: 5", r"domains/environment.yaml:\d+: ordre: khóa không có"),
        ("domains/environment.yaml", "source: air_tt10", "source: nowhere", "nguồn 'nowhere' chưa khai báo"),
        ("domains/environment.yaml", "owner: so_nnmt", "owner: so_la", "cơ quan 'so_la' không có"),
        ("sources/air_tt10.yaml", "fact: reading", "fact: readin", "bảng dữ kiện 'readin' chưa có"),
        ("facts/reading.yaml", "status = '00' and", "status = '00' adn", "biểu thức sai"),
        ("sources/air_tt10.yaml", "cycle: 5m", "cycle: 5 phút", "khoảng thời gian"),
    ],
)
def test_a_mistake_is_named_with_its_place(copied: Path, file: str, old: str, new: str, said: str) -> None:
    edit(copied / file, old, new)
    with pytest.raises(RegistryError, match=said):
        assemble(copied)


def test_a_field_in_use_cannot_rest_on_one_that_is_switched_off(copied: Path) -> None:
    edit(copied / "domains" / "tourism.yaml", "enabled: false", "enabled: true")
    edit(copied / "domains" / "socioeconomy.yaml", "enabled: true", "enabled: false")
    with pytest.raises(RegistryError, match=r"tour_arrivals: cần 'socioeconomic_published' .* bật socioeconomy"):
        assemble(copied)
