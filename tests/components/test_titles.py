"""Nothing is shown by the name it has in a table: each column of each fact has a title in both languages."""

import pytest

from config.locale import catalogue
from config.registry import load_registry


@pytest.mark.parametrize("fact", list(load_registry().facts))
def test_every_column_of_a_fact_has_a_title(fact: str) -> None:
    named = {key.removeprefix("columns.") for key in catalogue() if key.startswith("columns.")}
    assert sorted(set(load_registry().facts[fact].columns) - named) == []


def test_titles_are_words_in_both_languages() -> None:
    for key, texts in catalogue().items():
        if key.startswith("columns."):
            assert texts["vi"].strip() and texts["en"].strip(), key
            assert "_" not in texts["vi"] + texts["en"], key
