"""Quantiles of areas."""

import math
from collections import Counter

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.measures import quantile
from tests.unit.measures import law


def of(values: list[float | None], **arguments: object) -> list[int | None]:
    frame = pl.DataFrame({"value": pl.Series(values, dtype=pl.Float64)})
    return quantile(frame, by=[], **arguments)["quantile"].to_list()


def test_quantile_1_holds_the_highest_scores_or_the_lowest():
    values = [float(value) for value in range(1, 21)]
    assert of(values) == sorted([*range(1, 11), *range(1, 11)], reverse=True)
    assert of(values, invert=False) == sorted([*range(1, 11), *range(1, 11)])
    assert of(values, quantiles=4, invert=False) == [1] * 5 + [2] * 5 + [3] * 5 + [4] * 5


def test_ties_share_the_better_place_and_a_zero_is_a_zero():
    assert of([9.0, 9.0, 1.0, 0.0], quantiles=2) == [1, 1, 2, 2]
    assert of([5.0, 3.0, 3.0, 1.0], quantiles=2) == [1, 1, 1, 2]
    assert of([1.0, 0.0, -0.0, -1.0], quantiles=2) == [1, 1, 1, 2]


def test_seven_values_in_three():
    # floor(4 - ceil((8 - rank) / (7 / 3))): the first three, then two and two.
    assert of([7.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0], quantiles=3) == [1, 1, 1, 2, 2, 3, 3]


def test_the_first_of_17_in_seven_is_in_1_though_17_over_17_sevenths_exceeds_7_by_rounding():
    assert 17 / (17 / 7) > 7
    assert of([float(value) for value in range(17)], quantiles=7)[-1] == 1


def test_a_remainder_goes_where_the_reference_puts_it():
    # 32,844 LSOAs in ten: 3,284 or 3,285 each, as OHID's function gives.
    sizes = Counter(of([float(value) for value in range(32_844)]))
    assert set(sizes.values()) == {3284, 3285}
    assert sorted(sizes) == list(range(1, 11))


def test_values_are_ranked_within_groups_and_rows_stay_where_they_were():
    frame = pl.DataFrame(
        {"region": ["b", "a", "b", "a", None, None], "name": list("uvwxyz"), "value": [1.0, 9.0, 2.0, 8.0, 4.0, 5.0]}
    )
    answer = quantile(frame.lazy(), by=["region"], quantiles=2)
    assert answer.select(frame.columns).equals(frame)
    assert answer["quantile"].to_list() == [2, 1, 1, 2, 2, 1]
    assert answer.schema["quantile"] == pl.Int64


@pytest.mark.parametrize("missing", [None, math.nan, math.inf, -math.inf])
def test_a_missing_value_has_no_place_and_takes_none(missing: float | None):
    answer = quantile(pl.DataFrame({"value": [3.0, missing, 1.0]}), by=[], quantiles=2)
    assert answer["quantile"].to_list() == [1, None, 2]
    assert answer["note_code"].to_list() == [None, "missing_value", None]


def test_a_group_with_fewer_values_than_quantiles_gets_none_and_its_neighbour_does():
    frame = pl.DataFrame({"region": [*"aab", *"bb"], "value": [1.0, None, 1.0, 2.0, 3.0]})
    answer = quantile(frame, by=["region"], quantiles=3)
    assert answer["quantile"].to_list() == [None, None, 3, 2, 1]
    assert answer["note_code"].to_list() == ["too_few_values", "missing_value", None, None, None]


def test_no_rows_in_is_no_rows_out_with_the_same_columns():
    frame = pl.DataFrame({"value": [1.0, 2.0]})
    assert quantile(frame.clear(), by=[]).schema == quantile(frame, by=[]).schema


@pytest.mark.parametrize(
    ("change", "arguments", "says"),
    [
        ({}, {"quantiles": 1}, "quantiles must be a whole number of at least 2"),
        ({}, {"quantiles": 10.0}, "quantiles"),
        ({}, {"quantiles": True}, "quantiles"),
        ({}, {"invert": 1}, "invert must be True or False"),
        ({}, {"by": ["value"]}, "cannot group by"),
        ({}, {"by": "area"}, "list of column names"),
        ({"quantile": 1}, {}, "already has a column"),
        ({"note_code": ""}, {}, "already has a column"),
        ({"value": "x"}, {}, "must hold numbers"),
    ],
)
def test_a_bad_call_is_refused_in_a_sentence(change: dict[str, object], arguments: dict[str, object], says: str):
    frame = pl.DataFrame({"area": ["a"], "value": [1.0]}).with_columns(
        pl.lit(cell).alias(name) for name, cell in change.items()
    )
    with pytest.raises(ValueError, match=says) as refusal:
        quantile(frame, **{"by": [], **arguments})
    assert str(refusal.value).endswith(".")


distinct = st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=300, unique=True)


@law
@given(distinct, st.integers(2, 20), st.booleans())
def test_quantiles_hold_equally_many_but_for_one_and_follow_the_values(values: list[float], cut: int, invert: bool):
    given = of(values, quantiles=cut, invert=invert)
    if len(values) < cut:
        assert set(given) == {None}
        return
    sizes = Counter(given)
    assert sorted(sizes) == list(range(1, cut + 1))
    assert max(sizes.values()) - min(sizes.values()) <= 1
    in_order = [place for _, place in sorted(zip(values, given, strict=True), reverse=invert)]
    assert in_order == sorted(in_order)


@law
@given(st.lists(st.one_of(st.none(), st.integers(0, 9)), min_size=1, max_size=60), st.randoms(use_true_random=False))
def test_row_order_and_neighbours_do_not_matter(values: list[int | None], random):
    frame = (
        pl.DataFrame({"value": pl.Series(values, dtype=pl.Float64)}).with_row_index("row").with_columns(area=pl.lit(1))
    )
    neighbour = frame.with_columns(area=pl.lit(2), value=-pl.col("value"))
    both = pl.concat([frame, neighbour])
    order = random.sample(range(both.height), both.height)
    shuffled = quantile(both[order], by=["area"], quantiles=4).filter(pl.col("area") == 1).sort("row")
    assert shuffled.equals(quantile(frame, by=[], quantiles=4))
