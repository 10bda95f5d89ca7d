"""Crude rates of sums."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.measures import crude_rate
from tests.unit.measures import law


def only(frame: pl.DataFrame) -> dict[str, object]:
    assert frame.height == 1
    return frame.row(0, named=True)


def test_figures_of_the_reference():
    # PHEindicatormethods' phe_rate at 95%: exact for 3 events, Byar's for 100.
    frame = pl.DataFrame({"area": ["few", "many"], "count": [3, 100], "population": [10_000, 45_678]})
    few, many = crude_rate(frame, by=["area"]).iter_rows(named=True)
    assert (few["value"], few["value_lower"], few["value_upper"]) == pytest.approx(
        (30, 6.1867212289560154, 87.672730697423233), rel=1e-12
    )
    assert (many["value"], many["value_lower"], many["value_upper"]) == pytest.approx(
        (218.92377074302729, 178.12098929578326, 266.27246722537433), rel=1e-12
    )
    assert (few["interval_method"], many["interval_method"]) == ("exact_poisson", "byar")
    assert (few["note_code"], many["note_code"]) == (None, None)


@pytest.mark.parametrize("by", [[], ["area"]])
def test_the_rows_of_one_group_are_summed_too(by: list[str]):
    frame = pl.DataFrame({"area": "a", "count": [1, 2, 3], "population": [100, 200, 300]})
    answer = only(crude_rate(frame, by=by))
    assert (answer["count"], answer["population"], answer["value"]) == (6, 600, 1000)


def test_both_spellings_of_the_columns_are_read():
    frame = pl.DataFrame({"count": [4, 9], "population": [100, 200]})
    observed = frame.rename({"count": "numerator", "population": "denominator"})
    assert crude_rate(frame, by=[]).equals(crude_rate(observed, by=[]))
    with pytest.raises(ValueError, match="it has both"):
        crude_rate(pl.concat([frame, observed], how="horizontal"), by=[])
    # Half of the other spelling is another column that happens to be there.
    assert crude_rate(observed.with_columns(population=1), by=[]).equals(crude_rate(frame, by=[]))


def test_no_events_is_a_rate_of_nothing_with_an_upper_limit():
    answer = only(crude_rate(pl.DataFrame({"count": [0], "population": [1000]}), by=[], scale=1000))
    assert (answer["value"], answer["value_lower"]) == (0, 0)
    assert answer["value_upper"] == pytest.approx(3.688879454113935)


def test_a_part_without_people_adds_nothing_unless_it_has_events():
    empty_part = pl.DataFrame({"count": [5, 0], "population": [100, 0]})
    assert only(crude_rate(empty_part, by=[], scale=100))["value"] == 5
    assert only(crude_rate(empty_part.with_columns(count=1), by=[]))["note_code"] == "bad_population"


def test_any_confidence_is_answered_and_a_higher_one_is_wider():
    frame = pl.DataFrame({"count": [50], "population": [1000]})
    widths = [
        answer["value_upper"] - answer["value_lower"]
        for answer in (only(crude_rate(frame, by=[], confidence=level)) for level in (0.6, 0.95, 0.998, 0.99999))
    ]
    assert widths == sorted(widths)
    assert len(set(widths)) == 4


counts = st.lists(st.tuples(st.integers(0, 5000), st.integers(1, 10**6)), min_size=1, max_size=8)


@law
@given(counts, st.randoms(use_true_random=False))
def test_limits_hold_the_value_and_order_and_splitting_do_not_matter(parts: list[tuple[int, int]], random):
    frame = pl.DataFrame(parts, schema=["count", "population"], orient="row")
    answer = only(crude_rate(frame, by=[]))
    assert answer["value_lower"] <= answer["value"] <= answer["value_upper"]
    shuffled = random.sample(parts, len(parts))
    for other in (
        pl.DataFrame(shuffled, schema=["count", "population"], orient="row"),
        frame.sum(),
        pl.concat([frame, frame.head(1).with_columns(pl.all() * 0)]),
    ):
        assert only(crude_rate(other, by=[])) == answer


@law
@given(st.lists(st.tuples(st.floats(0, 1e9), st.floats(1e-3, 1e9)), min_size=2, max_size=30), st.randoms())
def test_row_order_does_not_move_a_digit_of_fractions_either(parts: list[tuple[float, float]], random):
    shuffled = random.sample(parts, len(parts))
    one, other = (pl.DataFrame(rows, schema=["count", "population"], orient="row") for rows in (parts, shuffled))
    assert crude_rate(one, by=[]).equals(crude_rate(other, by=[]))


@law
@given(st.integers(0, 10**6), st.integers(1, 10**6), st.floats(1e-3, 1e6))
def test_the_scale_is_a_unit(count: int, population: int, scale: float):
    frame = pl.DataFrame({"count": [count], "population": [population]})
    one, other = (only(crude_rate(frame, by=[], scale=unit)) for unit in (1, scale))
    for name in ("value", "value_lower", "value_upper"):
        assert other[name] == pytest.approx(one[name] * scale, rel=1e-12)
