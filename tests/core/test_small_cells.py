"""A commune's count of 1 to 4 persons is shown to nobody but those entitled, and cannot be subtracted."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.registry import load_registry
from services.access import SYSTEM, Viewer
from services.indicators import NotEntitled, figure, figures
from services.question import ask
from services.small_cells import without_small
from services.trace import trace
from tests.domains.test_public_services import as_csv, deliver, dossier

LEADER = Viewer("leader", "leader", None, None)
OWNER = Viewer("centre", "department", None, frozenset({"public_services"}))
OTHER = Viewer("other", "department", None, frozenset({"vessels"}))
PLACES = {"14797": 3, "14758": 7, "14818": 2, "14812": 9}


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide the counts below five of one indicator, as of persons who fell ill."""
    indicators = load_registry().indicators
    monkeypatch.setitem(indicators, "dvc_received", indicators["dvc_received"].model_copy(update={"hide_below": 5}))


def counted(values: list[int | None]) -> pl.DataFrame:
    cells = {"value": values, "numerator": None, "denominator": None}
    return pl.DataFrame(cells, schema_overrides={"value": pl.Float64})


def shown(values: list[int | None]) -> list[float | None]:
    return without_small(ask("dvc_received"), counted(values), [])["value"].to_list()


def test_the_only_small_cell_takes_the_next_smallest_with_it(few: None) -> None:
    assert shown([3, 7, 20, 0]) == [None, None, 20, 0]


def test_two_small_cells_hide_each_other(few: None) -> None:
    assert shown([3, 7, 2, 0, 5]) == [None, 7, None, 0, 5]


@given(st.lists(st.one_of(st.none(), st.integers(0, 30)), max_size=30))
def test_no_small_cell_is_ever_shown_or_left_alone(values: list[int | None]) -> None:
    indicators = load_registry().indicators
    before = indicators["dvc_received"]
    indicators["dvc_received"] = before.model_copy(update={"hide_below": 5})
    try:
        found = shown(values)
    finally:
        indicators["dvc_received"] = before
    assert not [v for v in found if v is not None and 0 < v < 5]
    hidden = [v for v, f in zip(values, found, strict=True) if f is None and v is not None]
    assert len(hidden) != 1 or len([v for v in values if v]) == 1
    assert all(f in (None, v) for v, f in zip(values, found, strict=True))


def received(counts: dict[str, int]) -> None:
    names = {code: place.full_name for code, place in load_registry().places.items()}
    each = [(code, n) for code, many in counts.items() for n in range(many)]
    lines = [
        dossier(f"000.17.22.H56-260213-{i:04}", place=names[code], agency="UBND " + names[code])
        for i, (code, _) in enumerate(each)
    ]
    (receipt,) = deliver("dossiers", ("mot_xa.csv", as_csv(*lines)))
    assert receipt.rows_kept == sum(counts.values()), [r["message"] for r in receipt.rejects[:2]]


def test_a_small_cell_is_the_owners_to_see_and_the_province_stays_whole(store: str, few: None) -> None:
    received(PLACES)
    for viewer in (LEADER, OTHER):
        parts = figures("dvc_received", by="place", period="2026-02", viewer=viewer)
        by_place = dict(parts.frame.select("key", "value").rows())
        assert {code: by_place[code] for code in PLACES} == {"14797": None, "14758": 7, "14818": None, "14812": 9}
        assert parts.figure.value == sum(PLACES.values())
        one = figure("dvc_received", place="14797", period="2026-02", viewer=viewer)
        assert (one.value, one.hidden) == (None, True)
        with pytest.raises(NotEntitled, match="quá nhỏ"):
            trace(one.id, viewer)
    for viewer in (OWNER, SYSTEM):
        frame = figures("dvc_received", by="place", period="2026-02", viewer=viewer).frame
        by_place = dict(frame.select("key", "value").rows())
        assert {code: by_place[code] for code in PLACES} == PLACES
        assert figure("dvc_received", place="14797", period="2026-02", viewer=viewer).value == 3
