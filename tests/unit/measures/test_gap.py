"""The absolute and relative gap between the two observed ends."""

import math

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.measures import gap
from tests.unit.measures import law

Z = 1.959963984540054


def ends(most: float, least: float, **columns: object) -> pl.DataFrame:
    """Three ranked groups; the middle one is far off, and must not matter."""
    return pl.DataFrame({"rank": [1, 2, 3], "value": [most, 999.0, least], **columns})


def only(frame: pl.DataFrame) -> dict[str, object]:
    assert frame.height == 1
    return frame.row(0, named=True)


def test_the_ends_are_compared_and_nothing_else():
    answer = only(gap(ends(80.0, 100.0, standard_error=[3.0, 50.0, 4.0]), by=[]))
    assert answer["absolute_gap"] == 20
    assert answer["absolute_gap_lower"] == pytest.approx(20 - Z * 5)
    assert answer["absolute_gap_upper"] == pytest.approx(20 + Z * 5)
    error_of_log = math.sqrt((3 / 80) ** 2 + (4 / 100) ** 2)
    assert answer["relative_gap"] == 1.25
    assert answer["relative_gap_lower"] == pytest.approx(1.25 * math.exp(-Z * error_of_log))
    assert answer["relative_gap_upper"] == pytest.approx(1.25 * math.exp(Z * error_of_log))
    assert (answer["group_count"], answer["interval_method"], answer["note_code"]) == (3, "normal+log_ratio", None)


def test_lower_is_better_turns_the_gap_over():
    # Smoking: 25% of the most and 10% of the least deprived, as fractions, answered in percentage points.
    answer = only(gap(ends(25.0, 10.0, standard_error=1.0), by=[], favourable=False, scale=100))
    assert answer["absolute_gap"] == pytest.approx(15)
    assert answer["absolute_gap_lower"] == pytest.approx(15 - Z * math.sqrt(2))
    assert answer["relative_gap"] == pytest.approx(2.5)
    assert answer["relative_gap_lower"] < 2.5 < answer["relative_gap_upper"]


def test_published_life_expectancy_of_the_end_deciles():
    # ONS, England, males, 2022-24: 73.2 and 83.6 years (deciles 1 and 10).
    answer = only(gap(pl.DataFrame({"rank": ["10", "1"], "value": [83.6, 73.2]}), by=[]))
    assert answer["absolute_gap"] == pytest.approx(10.4)
    assert (answer["interval_method"], answer["note_code"]) == ("none", "missing_ranks")


def test_an_end_of_zero_leaves_no_ratio():
    answer = only(gap(ends(0.0, 5.0, standard_error=1.0), by=[]))
    assert answer["absolute_gap"] == 5
    assert [answer[f"relative_gap{end}"] for end in ("", "_lower", "_upper")] == [None] * 3
    assert (answer["interval_method"], answer["note_code"]) == ("normal", "relative_gap_undefined")


def test_a_missing_first_rank_is_said():
    answer = only(gap(ends(80.0, 100.0).filter(pl.col("rank") > 1), by=[]))
    assert answer["note_code"] == "missing_ranks"


def test_populations_are_not_looked_at():
    assert gap(ends(80.0, 100.0, population=-1), by=[]).equals(gap(ends(80.0, 100.0), by=[]))


@law
@given(st.lists(st.floats(1, 100), min_size=2, max_size=12), st.floats(0.01, 5), st.randoms(use_true_random=False))
def test_turning_ranks_and_direction_over_together_changes_nothing(values: list[float], error: float, random):
    frame = pl.DataFrame({"rank": range(1, len(values) + 1), "value": values, "standard_error": error})
    turned = frame.with_columns(rank=len(values) + 1 - pl.col("rank"))
    order = list(range(len(values)))
    random.shuffle(order)
    one, other = only(gap(frame, by=[])), only(gap(turned[order], by=[], favourable=False))
    assert (one.pop("interval_method"), one.pop("note_code")) == ("normal+log_ratio", None)
    assert (other.pop("interval_method"), other.pop("note_code")) == ("normal+log_ratio", None)
    assert one == pytest.approx(other, rel=1e-12, abs=1e-12)


def test_limits_that_exclude_their_value_are_noted():
    frame = pl.DataFrame({"rank": [1, 2], "value": [5.0, 7.0], "value_lower": [4.0, 8.0], "value_upper": [6.0, 9.0]})
    answer = only(gap(frame, by=[]))
    assert (answer["note_code"], answer["interval_method"]) == ("limits_exclude_value", "normal+log_ratio")
