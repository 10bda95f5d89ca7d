"""Means with Student's limits."""

import math

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.measures import mean
from tests.unit.measures import law


def only(frame: pl.DataFrame) -> dict[str, object]:
    assert frame.height == 1
    return frame.row(0, named=True)


def test_figures_by_hand():
    # 1, 2, 3, 4: mean 2.5, deviation sqrt(5/3); Student's 97.5% point with 3 degrees of freedom is 3.182446.
    answer = only(mean(pl.DataFrame({"value": [1, 2, 3, 4]}), by=[]))
    half = 3.182446305284263 * math.sqrt(5 / 3) / 2
    assert (answer["count"], answer["value"], answer["standard_deviation"]) == (4, 2.5, pytest.approx(math.sqrt(5 / 3)))
    assert (answer["value_lower"], answer["value_upper"]) == pytest.approx((2.5 - half, 2.5 + half), rel=1e-12)
    assert (answer["interval_method"], answer["note_code"]) == ("student_t", None)


def test_one_value_is_a_mean_without_limits():
    answer = only(mean(pl.DataFrame({"value": [7.0]}), by=[]))
    assert (answer["value"], answer["value_lower"], answer["standard_deviation"]) == (7, None, None)
    assert (answer["interval_method"], answer["note_code"]) == ("none", "too_few_values")


@pytest.mark.parametrize("missing", [None, math.nan, math.inf])
def test_a_missing_value_spoils_its_own_group_only(missing: float | None):
    frame = pl.DataFrame({"area": ["a", "a", "b", "b"], "value": [1.0, 3.0, missing, 5.0]})
    answer = mean(frame, by=["area"])
    assert answer["note_code"].to_list() == [None, "missing_value"]
    assert answer["value"].to_list() == [2, None]


@law
@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=40), st.floats(-1e3, 1e3), st.randoms())
def test_shifting_shifts_and_order_does_not_matter(values: list[float], by_how_much: float, random):
    frame = pl.DataFrame({"value": values})
    one = only(mean(frame, by=[]))
    assert one["value_lower"] <= one["value"] <= one["value_upper"]
    assert only(mean(pl.DataFrame({"value": random.sample(values, len(values))}), by=[])) == one
    moved = only(mean(frame + by_how_much, by=[]))
    assert moved["value"] == pytest.approx(one["value"] + by_how_much, abs=1e-6)
    assert moved["standard_deviation"] == pytest.approx(one["standard_deviation"], abs=1e-6)
