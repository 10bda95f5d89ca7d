"""Indirectly standardised rates and ratios."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.measures import indirectly_standardised_rate, indirectly_standardised_ratio
from tests.unit.measures import law


def only(frame: pl.DataFrame) -> dict[str, object]:
    assert frame.height == 1
    return frame.row(0, named=True)


BANDS = pl.DataFrame(
    {
        "count": [8, 13],
        "population": [1000, 2000],
        "reference_count": [40, 50],
        "reference_population": [10_000, 10_000],
    }
)


def test_figures_by_hand():
    # Expected 1000 * 0.004 + 2000 * 0.005 = 14; observed 21; the reference rate is 90 in 20,000.
    ratio = only(indirectly_standardised_ratio(BANDS, by=[], scale=100))
    rate = only(indirectly_standardised_rate(BANDS, by=[], scale=1000))
    assert (ratio["observed"], ratio["expected"], ratio["value"]) == pytest.approx((21, 14, 150))
    assert (rate["reference_rate"], rate["value"]) == pytest.approx((4.5, 6.75))
    z = 1.959963984540054
    lower, upper = 21 * (1 - 1 / 189 - z / (3 * 21**0.5)) ** 3, 22 * (1 - 1 / 198 + z / (3 * 22**0.5)) ** 3
    assert (ratio["value_lower"], ratio["value_upper"]) == pytest.approx((lower / 0.14, upper / 0.14), rel=1e-12)
    assert ratio["interval_method"] == rate["interval_method"] == "byar"
    assert ratio["note_code"] is rate["note_code"] is None


def test_few_events_have_exact_limits():
    answer = only(indirectly_standardised_ratio(BANDS.with_columns(count=pl.Series([0, 5])), by=[], scale=14))
    assert (answer["value"], answer["value_lower"], answer["value_upper"]) == pytest.approx(
        (5, 1.62348639, 11.66833208), rel=1e-8
    )
    assert answer["interval_method"] == "exact_poisson"


def test_events_may_come_as_a_total_only():
    total = BANDS.drop("count").with_columns(observed=21)
    for measure in (indirectly_standardised_rate, indirectly_standardised_ratio):
        assert measure(total, by=[]).equals(measure(BANDS, by=[]))
    differing = total.with_columns(observed=pl.Series([21, 20]))
    assert only(indirectly_standardised_ratio(differing, by=[]))["note_code"] == "observed_differs"
    with pytest.raises(ValueError, match="one of count and observed"):
        indirectly_standardised_ratio(BANDS.with_columns(observed=21), by=[])
    with pytest.raises(ValueError, match="one of count and observed"):
        indirectly_standardised_ratio(BANDS.drop("count"), by=[])


def test_nothing_expected_leaves_no_ratio():
    answer = only(indirectly_standardised_ratio(BANDS.with_columns(reference_count=0), by=[]))
    assert (answer["observed"], answer["expected"], answer["value"]) == (21, 0, None)
    assert (answer["note_code"], answer["interval_method"]) == ("no_expected_events", "none")


strata = st.lists(
    st.tuples(st.integers(1, 10**4), st.integers(1, 500), st.integers(501, 10**6)), min_size=1, max_size=19
)


def reference(rows: list[tuple[int, int, int]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=["population", "reference_count", "reference_population"], orient="row")


@law
@given(strata, st.integers(0, 10**4), st.floats(0.51, 0.999), st.randoms(use_true_random=False))
def test_limits_hold_the_value_and_row_order_does_not_matter(rows, observed: int, confidence: float, random):
    frame = reference(rows).with_columns(observed=observed)
    answer = only(indirectly_standardised_rate(frame, by=[], confidence=confidence))
    assert answer["value_lower"] <= answer["value"] <= answer["value_upper"]
    shuffled = reference(random.sample(rows, len(rows))).with_columns(observed=observed)
    assert only(indirectly_standardised_rate(shuffled, by=[], confidence=confidence)) == answer


@law
@given(strata)
def test_the_reference_itself_has_ratio_1_and_its_own_rate(rows):
    frame = reference(rows).with_columns(population=pl.col("reference_population"), count=pl.col("reference_count"))
    assert only(indirectly_standardised_ratio(frame, by=[]))["value"] == pytest.approx(1, rel=1e-12)
    rate = only(indirectly_standardised_rate(frame, by=[]))
    assert rate["value"] == pytest.approx(rate["reference_rate"], rel=1e-12)
