"""Proportions with Wilson's limits."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.measures import proportion
from tests.unit.measures import law


def only(frame: pl.DataFrame) -> dict[str, object]:
    assert frame.height == 1
    return frame.row(0, named=True)


def share(numerator: float, denominator: float, **arguments: float) -> dict[str, object]:
    return only(proportion(pl.DataFrame({"numerator": [numerator], "denominator": [denominator]}), by=[], **arguments))


def test_figures_of_the_reference():
    # PHEindicatormethods' phe_proportion: 7 of 9 at 95%, 3 of 2,000 at 99%, in percent.
    answer = share(7, 9, scale=100)
    assert (answer["value"], answer["value_lower"], answer["value_upper"]) == pytest.approx(
        (77.777777777777786, 45.258896910698894, 93.677489288215327), rel=1e-12
    )
    answer = share(3, 2000, scale=100, confidence=0.99)
    assert (answer["value_lower"], answer["value_upper"]) == pytest.approx(
        (0.037896483977076581, 0.59175949491689583), rel=1e-9
    )
    assert (answer["interval_method"], answer["note_code"]) == ("wilson", None)


def test_none_and_all_have_one_sided_limits_that_are_exactly_the_ends():
    none, every = share(0, 10), share(10, 10)
    assert (none["value"], none["value_lower"], every["value"], every["value_upper"]) == (0, 0, 1, 1)
    assert none["value_upper"] == pytest.approx(1 - every["value_lower"])
    assert none["value_upper"] == pytest.approx(0.27753279986288916)


def test_the_rows_of_a_group_are_summed_and_come_in_either_spelling():
    frame = pl.DataFrame({"numerator": [1, 4], "denominator": [6, 4]})
    answer = only(proportion(frame, by=[]))
    assert (answer["count"], answer["population"], answer["value"]) == (5, 10, 0.5)
    counted = frame.rename({"numerator": "count", "denominator": "population"})
    assert proportion(counted, by=[]).equals(proportion(frame, by=[]))


def test_more_than_all_in_one_row_is_not_hidden_by_the_others():
    frame = pl.DataFrame({"numerator": [5, 1], "denominator": [4, 10]})
    assert only(proportion(frame, by=[]))["note_code"] == "count_above_population"


@law
@given(st.integers(1, 10**6), st.floats(0, 1), st.floats(0.51, 0.9999))
def test_limits_hold_the_value_stay_within_the_ends_and_mirror(denominator: int, fraction: float, confidence: float):
    numerator = round(fraction * denominator)
    one = share(numerator, denominator, confidence=confidence)
    other = share(denominator - numerator, denominator, confidence=confidence)
    assert 0 <= one["value_lower"] <= one["value"] <= one["value_upper"] <= 1
    assert one["value_lower"] == pytest.approx(1 - other["value_upper"], abs=1e-12)


@law
@given(st.integers(1, 10**5), st.floats(0, 1))
def test_each_limit_is_the_true_share_that_the_score_test_just_rejects(denominator: int, fraction: float):
    answer = share(round(fraction * denominator), denominator)
    for limit in (answer["value_lower"], answer["value_upper"]):
        if 0 < limit < 1:
            error = (limit * (1 - limit) / denominator) ** 0.5
            assert abs(answer["value"] - limit) / error == pytest.approx(1.959963984540054, rel=1e-6)
