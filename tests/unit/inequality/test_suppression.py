"""A suppressed group has no slope, but the slope has bounds: by the publisher's rule, or by what a share can be."""

from __future__ import annotations

import polars as pl
import pytest

from tests.unit.inequality.made import gradient, indicator, measured

HIDDEN = {"note_code": [None, None, None, None, "suppressed_small_count"], "denominator": 100.0}
VALUES = (10.0, 8.0, 6.0, 4.0, None)


def about(hidden: tuple[int, int] | None = None) -> pl.DataFrame:
    return indicator(polarity="lower_is_better", unit="%", scale=100.0, kind="proportion", hidden=hidden)


def slope_with(last: float) -> float:
    found = measured(gradient((10.0, 8.0, 6.0, 4.0, last)), about())["slope_index"]["value"]
    assert isinstance(found, float)
    return found


def test_the_rule_of_the_publisher_bounds_the_slope() -> None:
    """1 to 5 of 100 people are 1% to 5%."""
    row = measured(gradient(VALUES, **HIDDEN), about((1, 5)))["slope_index"]
    assert (row["value"], row["note_code"]) == (None, "group_suppressed")
    assert row["slope_index_smallest"] == pytest.approx(slope_with(5.0))
    assert row["slope_index_largest"] == pytest.approx(slope_with(1.0))


def test_a_rule_may_hide_no_events_at_all() -> None:
    row = measured(gradient(VALUES, **HIDDEN), about((0, 7)))
    assert row["slope_index"]["slope_index_smallest"] == pytest.approx(slope_with(7.0))


def test_without_a_rule_a_share_may_be_anything() -> None:
    row = measured(gradient(VALUES, **HIDDEN), about())["slope_index"]
    assert row["slope_index_smallest"] == pytest.approx(slope_with(99.999999), abs=1e-4)


def test_the_published_total_narrows_the_range_where_denominators_weigh() -> None:
    """The mean of all five must be 6, so the hidden group is 2."""
    groups = gradient(VALUES, **HIDDEN, weighting="published_denominators", published_total=6.0)
    row = measured(groups, about())["slope_index"]
    assert row["slope_index_smallest"] == pytest.approx(slope_with(2.0))
    assert row["slope_index_largest"] == pytest.approx(slope_with(2.0))


def test_years_have_no_bounds_and_other_measures_none_of_their_own() -> None:
    years = measured(gradient(VALUES, note_code=HIDDEN["note_code"]), indicator())["slope_index"]
    assert (years["slope_index_smallest"], years["slope_index_largest"]) == (None, None)
    rows = measured(gradient(VALUES, **HIDDEN), about())
    assert rows["absolute_gap"]["slope_index_smallest"] is None


def test_nothing_suppressed_has_no_bounds() -> None:
    assert measured(gradient((10.0, 8.0, 6.0, 4.0, 2.0)), about())["slope_index"]["slope_index_smallest"] is None
