"""A percentile read from a histogram stays within its stated error of the true one."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.methods.percentiles import ERROR, bin_of, percentile_of, value_of

HOURS = st.lists(st.floats(0, 5_000, allow_nan=False), min_size=1, max_size=200)


def histogram(values: list[float], **group: str) -> pl.DataFrame:
    frame = pl.DataFrame({"value": values}, schema={"value": pl.Float64})
    counted = frame.select(bin_of(pl.col("value")).alias("bin")).group_by("bin").agg(pl.len().alias("count"))
    return counted.with_columns(pl.lit(v).alias(k) for k, v in group.items())


@given(HOURS, st.sampled_from([0.1, 0.5, 0.9, 0.99]))
def test_it_is_within_its_error_of_the_sorted_list(values: list[float], share: float) -> None:
    found = percentile_of(histogram(values), [], share).row(0, named=True)
    true = float(np.quantile(values, share, method="inverted_cdf"))
    assert found["count"] == len(values)
    assert (1 + found["value"]) / (1 + true) == pytest.approx(1, abs=2 * ERROR)


def test_each_group_has_its_own_and_a_group_without_rows_has_none() -> None:
    counts = pl.concat([histogram([8.0] * 3, agency="so_tc"), histogram([1.0, 40.0, 41.0], agency="so_xd")])
    found = percentile_of(counts, ["agency"], 0.5).sort("agency")
    assert found["agency"].to_list() == ["so_tc", "so_xd"]
    assert found["value"].to_list() == pytest.approx([8.0, 40.0], rel=2 * ERROR)
    assert percentile_of(counts.clear(), ["agency"], 0.5).height == 0
    assert percentile_of(counts.clear().drop("agency"), [], 0.5).height == 0


def test_nothing_and_less_than_nothing_have_no_bin() -> None:
    frame = pl.DataFrame({"value": [None, -1.0, 0.0, 0.01]})
    assert frame.select(bin_of(pl.col("value"))).to_series().to_list() == [None, None, 0, 0]
    assert frame.select(value_of(bin_of(pl.col("value")))).to_series().to_list()[2:] == [0.0, 0.0]
