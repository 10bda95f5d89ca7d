"""Groups without an order: the largest difference of all, or of the named pair; each group beside the total."""

from __future__ import annotations

import pytest

from pipelines.inequality.difference import difference_rows
from tests.unit.inequality.made import compared, comparison, indicator

PERCENT = indicator(polarity="lower_is_better", unit="%", scale=100.0, kind="proportion")


def test_the_largest_difference_is_said_to_be_the_largest_of_three() -> None:
    rows = compared(comparison(), PERCENT)
    gap = rows["absolute_gap"]
    assert (gap["value"], gap["unit"], gap["note_code"]) == (pytest.approx(12), "percentage points", "largest_of_k")
    assert (gap["compared_category"], gap["reference_category"]) == ("black", "white")
    assert rows["relative_gap"]["value"] == pytest.approx(2.5)
    assert (gap["grade"], str(gap["grade_reason"]).partition(":")[0]) == ("B", "the groups have no order")


def test_nothing_that_needs_an_order_is_published() -> None:
    rows = compared(comparison(measures_allowed="absolute_gap;slope_index;population_attributable_fraction"), PERCENT)
    assert set(rows) == {"absolute_gap"}


def test_the_spread_is_measured_around_the_published_total() -> None:
    """Around 10: (2 + 10 + 2) / 3 points, and that over 10."""
    rows = compared(comparison(published_total=10.0), PERCENT)
    assert rows["mean_difference_from_mean"]["value_uncorrected"] == pytest.approx(14 / 3)
    assert rows["index_of_disparity"]["value_uncorrected"] == pytest.approx(100 * 14 / 30)


def test_groups_that_differ_no_more_than_chance_say_so_with_what_chance_adds_taken_off() -> None:
    """Half-widths of 1, so errors of 0.51: 0.3 points either side are nothing, 3 points are something.

    The middle group is the whole itself, so that its distance is all noise and the limits are rough.
    """
    for step, note in ((0.3, "no_more_than_chance"), (3.0, "rough_limits")):
        row = compared(comparison((10 - step, 10.0, 10 + step), published_total=10.0), PERCENT)["index_of_disparity"]
        assert row["note_code"] == note
        assert (row["value_lower"] == 0) is (row["p_of_equality"] > 0.05) is (note == "no_more_than_chance")
        assert row["value"] < row["value_uncorrected"] == pytest.approx(100 * 2 * step / 30)


def test_without_people_or_total_there_is_no_mean_to_differ_from() -> None:
    row = compared(comparison(), PERCENT)["mean_difference_from_mean"]
    assert (row["value"], row["note_code"], row["grade"]) == (None, "no_total", "D")


def test_a_named_pair_is_compared_and_not_the_largest() -> None:
    """Black against White is named although Asian lies highest."""
    rows = compared(comparison((8.0, 12.0, 20.0), has_pair=True, pair_place=[2, 1, None]), PERCENT)
    gap = rows["absolute_gap"]
    assert (gap["value"], gap["note_code"]) == (pytest.approx(4), None)
    assert (gap["compared_category"], gap["reference_category"]) == ("black", "white")


def test_a_pair_is_oriented_by_polarity() -> None:
    groups = comparison((80.0, 60.0, 70.0), has_pair=True, pair_place=[2, 1, None])
    better = indicator(polarity="higher_is_better", unit="%", scale=100.0, kind="proportion")
    assert compared(groups, better)["absolute_gap"]["value"] == pytest.approx(20)
    assert compared(groups, PERCENT)["absolute_gap"]["value"] == pytest.approx(-20)


def test_a_group_without_a_value_is_left_out_and_said() -> None:
    gap = compared(comparison((8.0, None, 12.0)), PERCENT)["absolute_gap"]
    assert (gap["value"], gap["group_count"]) == (pytest.approx(4), 3)
    assert gap["note_code"] == "groups_missing"


def test_each_group_is_set_beside_the_total_and_the_largest() -> None:
    """Half-widths of 1 for the group and none for the total: 12 to 10 is clear, 10.5 to 10 is not."""
    groups = comparison((8.0, 12.0, 10.5), published_total=10.0, denominator=[900.0, 60.0, 40.0])
    rows = {row["category"]: row for row in difference_rows(groups, PERCENT).iter_rows(named=True)}
    assert [rows[name]["difference_from_total"] for name in ("white", "black", "asian")] == pytest.approx([-2, 2, 0.5])
    assert [rows[name]["clear_difference"] for name in ("white", "black", "asian")] == [True, True, False]
    assert {(row["largest_category"], row["largest_by"]) for row in rows.values()} == {("white", "respondents")}
    assert rows["black"]["difference_from_largest"] == pytest.approx(4)


def test_without_sizes_no_group_is_called_the_largest() -> None:
    rows = difference_rows(comparison(published_total=10.0), PERCENT)
    assert rows["difference_from_largest"].null_count() == rows["largest_by"].null_count() == 3
    assert rows["difference_from_total"].null_count() == 0


def test_without_a_published_total_nothing_is_compared() -> None:
    assert difference_rows(comparison(), PERCENT).height == 0
