"""Events that would not happen if every group had the least disadvantaged group's rate."""

import math

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.measures import excess_events
from tests.unit.measures import law

Z = 1.959963984540054


def rates(value: list[float], population: list[float], **columns: object) -> pl.DataFrame:
    return pl.DataFrame({"rank": range(1, len(value) + 1), "population": population, "value": value, **columns})


def only(frame: pl.DataFrame, **arguments: object) -> dict[str, object]:
    answer = excess_events(frame, **{"by": [], "favourable": False, **arguments})
    assert answer.height == 1
    return answer.row(0, named=True)


def test_the_excess_is_counted_in_people():
    # 30% and 20% of 1000 each, above the 10% of the last 2000: 200 + 100 events of 300 + 200 + 200.
    answer = only(rates([30.0, 20, 10], [1000, 1000, 2000], standard_error=[3.0, 2.0, 1.0]), scale=100)
    assert answer["value"] == pytest.approx(300)
    assert answer["attributable_fraction"] == pytest.approx(300 / 700)
    # Errors of the counts: 30, 20, and 20 for the reference's rate put on 2000 other people.
    half = Z * math.sqrt(30**2 + 20**2 + 20**2)
    assert (answer["value_lower"], answer["value_upper"]) == pytest.approx((300 - half, 300 + half))
    # The fraction is 1 - 10 / m, m = 17.5: derivatives 10 p / m^2, and less 1 / m for the reference.
    weight = [10 * 0.25 / 17.5**2, 10 * 0.25 / 17.5**2, 10 * 0.5 / 17.5**2 - 1 / 17.5]
    half = Z * math.sqrt(sum((w * se) ** 2 for w, se in zip(weight, [3, 2, 1], strict=True)))
    assert answer["attributable_fraction_upper"] - answer["attributable_fraction"] == pytest.approx(half)
    assert (answer["population"], answer["group_count"]) == (4000, 3)
    assert (answer["interval_method"], answer["note_code"]) == ("delta", None)


def test_more_of_what_is_good_is_gained():
    answer = only(rates([10.0, 50], [100, 100]), favourable=True, scale=100)
    assert answer["value"] == pytest.approx(40)
    assert answer["attributable_fraction"] == pytest.approx(40 / 60)
    assert (answer["value_lower"], answer["interval_method"]) == (None, "none")


def test_a_reference_that_is_no_better_leaves_none():
    answer = only(rates([10.0, 50], [100, 100], standard_error=1.0), scale=100)
    assert (answer["value"], answer["value_lower"], answer["attributable_fraction"]) == (0, None, 0)
    assert (answer["interval_method"], answer["note_code"]) == ("none", "reference_not_better")


def test_a_value_below_zero_has_no_fraction():
    answer = only(rates([-1.0, -5], [100, 100]))
    assert answer["value"] == pytest.approx(400)
    assert (answer["attributable_fraction"], answer["note_code"]) == (None, "mean_not_positive")


def test_the_fraction_never_has_a_limit_above_all():
    answer = only(rates([50.0, 1], [100, 100], standard_error=[1.0, 30.0]), scale=100)
    assert answer["attributable_fraction_upper"] == 1


some_values = st.lists(st.floats(1, 90), min_size=2, max_size=9)
some_people = st.lists(st.floats(10, 1000), min_size=9, max_size=9)


@law
@given(some_values, some_people, st.booleans())
def test_excess_is_between_none_and_all_events(value: list[float], people: list[float], falls: bool):
    frame = rates(sorted(value, reverse=falls), people[: len(value)], standard_error=1.0)
    answer = only(frame, scale=100)
    events = (frame["value"] * frame["population"]).sum() / 100
    assert 0 <= answer["value"] <= events
    assert 0 <= answer["attributable_fraction"] <= 1
    assert answer["attributable_fraction"] * events == pytest.approx(answer["value"], rel=1e-9, abs=1e-9)


@law
@given(some_values, some_people, st.floats(0.1, 0.9))
def test_splitting_a_category_changes_nothing(value: list[float], people: list[float], part: float):
    people = people[: len(value)]
    split = rates([value[0], *value], [people[0] * part, people[0] * (1 - part), *people[1:]])
    one, other = only(rates(value, people)), only(split)
    assert other["value"] == pytest.approx(one["value"], rel=1e-9, abs=1e-9)


def test_a_bad_group_leaves_its_neighbours_alone_and_row_order_does_not_matter():
    good = pl.concat(
        rates([30.0, 20, 10], [10, 20, 30], standard_error=1.0).with_columns(area=pl.lit(name)) for name in "ac"
    )
    bad = good.filter(pl.col("area") == "a").with_columns(area=pl.lit("b"), population=pl.lit(-5, dtype=pl.Int64))
    answer = excess_events(pl.concat([bad, good]).reverse(), by=["area"], favourable=False)
    assert answer.filter(pl.col("area") != "b").equals(excess_events(good, by=["area"], favourable=False))
    row = answer.row(1, named=True)
    assert (row.pop("area"), row.pop("note_code"), row.pop("interval_method")) == ("b", "bad_population", "none")
    assert row.pop("group_count") == 3
    assert set(row.values()) == {None}


def test_numbers_too_large_to_compute_with_are_said():
    answer = only(rates([1e300, 1e299], [1e10, 1e10]))
    assert (answer["value"], answer["note_code"]) == (None, "not_computable")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"favourable": 1}, "favourable must be True or False"),
        ({"scale": -100}, "scale must be"),
        ({"confidence": 1}, "between 0.5 and 1"),
        ({"by": ["value"]}, "cannot group by"),
    ],
)
def test_a_bad_call_is_refused_in_a_sentence(arguments: dict[str, object], says: str):
    with pytest.raises(ValueError, match=says):
        excess_events(rates([2.0, 1], [1, 1]), **{"by": [], "favourable": False, **arguments})


def test_no_rows_in_is_no_rows_out():
    frame = rates([2.0, 1], [1, 1])
    empty = excess_events(frame.clear(), by=[], favourable=False)
    assert empty.height == 0
    assert empty.schema == excess_events(frame, by=[], favourable=False).schema


@pytest.mark.parametrize(("error", "note"), [(11.9, None), (12.1, "rough_limits")])
def test_a_reference_of_few_events_has_rough_limits(error: float, note: str | None):
    """Of 30 events per 1,000 an error of 12 is two fifths: about six events."""
    frame = pl.DataFrame({"rank": [1, 2], "population": 1000, "value": [50.0, 30.0], "standard_error": [5.0, error]})
    assert excess_events(frame, by=[], favourable=False, scale=1000)["note_code"].item() == note
