"""Overdispersion of funnels: the figure by hand, lines and verdicts that allow for it, rates like ratios."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.measures import directly_standardised_rate, funnel_dispersion, funnel_limits, funnel_significance
from tests.unit.measures import law

# Twenty areas of 1,000 people: one in ten on average, and twice the scatter of chance.
SCATTERED = pl.DataFrame({"numerator": [60, 70, 80, 90, 100, 100, 110, 120, 130, 140] * 2, "denominator": [1000] * 20})
RATES = pl.DataFrame({"count": [12, 30, 90, 300], "population": [400.0, 3000.0, 7500.0, 21000.0]})


def test_dispersion_is_the_mean_of_the_winsorised_squares():
    answer = funnel_dispersion(SCATTERED, by=[], kind="proportion", scale=100).row(0, named=True)
    # s^2 = 0.1 * 0.9 / 1000 = 9e-5. z^2 s^2 in thousandths: 40, 30, 20, 10, 0 either side; 10% of 20 areas are two,
    # and the quantile of 20 ordered values at 0.1 lies at place 1.9 (from 0): 0.1 * 60 + 0.9 * 70 = 69.
    squares = 2 * 2 * (31**2 + 30**2 + 20**2 + 10**2)
    plain = 2 * 2 * (40**2 + 30**2 + 20**2 + 10**2)
    assert answer["average"] == pytest.approx(10)
    assert answer["dispersion"] == pytest.approx(squares * 1e-6 / 9e-5 / 20)
    between = (20 * answer["dispersion"] - 19) * 9e-5 / 19
    assert answer["between_standard_deviation"] == pytest.approx(100 * between**0.5)
    assert answer["p_of_chance_alone"] == pytest.approx(_upper_tail(plain * 1e-6 / 9e-5, 19), rel=1e-6)


def _upper_tail(x: float, freedom: int) -> float:
    """The chance of a chi-squared above x, by adding up its density."""
    at = np.linspace(x, x + 400, 400_001)
    density = at ** (freedom / 2 - 1) * np.exp(-at / 2)
    whole = np.linspace(1e-9, x + 400, 400_001)
    all_of_it = whole ** (freedom / 2 - 1) * np.exp(-whole / 2)
    return float(np.trapezoid(density, at) / np.trapezoid(all_of_it, whole))


def test_lines_that_allow_for_it_are_wider_by_its_root():
    plain, wide, added = (
        funnel_limits(SCATTERED, by=[], kind="proportion", overdispersion=way, at=[1000]).row(0, named=True)
        for way in ("none", "multiplicative", "additive")
    )
    found = funnel_dispersion(SCATTERED, by=[], kind="proportion").row(0, named=True)
    half = plain["value_upper"] - 0.1
    assert wide["value_upper"] - 0.1 == pytest.approx(half * found["dispersion"] ** 0.5)
    by_variance = 1.959963984540054 * (9e-5 + found["between_standard_deviation"] ** 2) ** 0.5
    assert added["value_upper"] - 0.1 == pytest.approx(by_variance)
    verdicts = {
        way: funnel_significance(SCATTERED, by=[], kind="proportion", overdispersion=way)["significance"].to_list()
        for way in ("none", "multiplicative")
    }
    assert [verdicts[way].count("not_significant") for way in verdicts] == [8, 20]


def test_a_funnel_of_rates_is_that_of_the_ratio_to_the_average():
    rates = funnel_limits(RATES, by=[], kind="rate", scale=1000, at=[10]).row(0, named=True)
    average = 432 / 31.9
    ratio = funnel_limits(RATES, by=[], kind="ratio", at=[10]).row(0, named=True)
    assert rates["average"] == pytest.approx(average)
    for end in ("lower", "upper", "lower_998", "upper_998"):
        assert rates[f"value_{end}"] == pytest.approx(average * ratio[f"value_{end}"])
        assert rates[f"population_{end}"] == pytest.approx(ratio[f"expected_{end}"] / average * 1000)


def test_a_standardised_rate_has_the_population_that_would_give_it():
    # Two areas of one age structure: standardised and crude are the same, and so are their funnels.
    bands = pl.DataFrame(
        {
            "area": ["a", "a", "b", "b", "c", "c"],
            "count": [20, 40, 30, 90, 1, 2],
            "population": [1000.0, 1000.0, 1500.0, 1500.0, 50.0, 50.0],
            "standard_population": [1, 1] * 3,
        }
    )
    standardised = directly_standardised_rate(bands, by=["area"])
    crude = bands.group_by("area", maintain_order=True).agg(pl.col("count", "population").sum())
    answer = funnel_significance(standardised.select("area", "count", "value"), by=[], kind="standardised_rate",
                                 scale=100_000)  # fmt: skip
    assert answer["note_code"].to_list() == [None, None, "missing_value"]
    expected = funnel_significance(crude.head(2), by=[], kind="rate", scale=100_000)
    assert answer.head(2)["significance"].to_list() == expected["significance"].to_list()
    assert answer["average"][0] == pytest.approx(expected["average"][0])
    drawn = funnel_limits(standardised.select("count", "value"), by=[], kind="standardised_rate", scale=100_000,
                          at=[50])  # fmt: skip
    assert drawn["average"].item() == pytest.approx(expected["average"][0])


@law
@given(
    st.lists(st.tuples(st.integers(1, 500), st.integers(600, 5000)), min_size=2, max_size=15),
    st.sampled_from(["proportion", "ratio", "rate"]),
    st.sampled_from(["multiplicative", "additive"]),
    st.randoms(),
)
def test_verdicts_are_those_of_the_lines_whatever_the_order(rows, kind: str, way: str, random):
    frame = pl.DataFrame(rows, schema=["count", "population"], orient="row").with_row_index("row")
    frame = frame.with_columns(pl.col("population").cast(pl.Float64))
    answer = funnel_significance(frame, by=[], kind=kind, overdispersion=way)
    shuffled = frame[random.sample(range(frame.height), frame.height)]
    assert funnel_significance(shuffled, by=[], kind=kind, overdispersion=way).sort("row").equals(answer)
    drawn = funnel_limits(frame, by=[], kind=kind, overdispersion=way, at=sorted(set(frame["count"].to_list())))
    assert (drawn["value_lower"] <= drawn["average"]).all()
    assert (drawn["value_upper_998"] >= drawn["value_upper"]).all()
    if kind != "proportion":
        lines = answer.join(drawn.rename({"point": "count"}).cast({"count": pl.Int64}), on="count")
        value = pl.col("count") / pl.col("population")
        near = pl.any_horizontal((value / pl.col(f"value_{end}") - 1).abs() < 1e-9 for end in ("lower", "upper"))
        high = lines.filter(~near).select(
            drawn=value > pl.col("value_upper"), said=pl.col("significance").str.starts_with("high")
        )
        assert high["drawn"].equals(high["said"], check_names=False)


@pytest.mark.parametrize("measure", [funnel_limits, funnel_significance, funnel_dispersion])
def test_a_bad_group_keeps_a_note_and_a_bad_call_is_refused(measure):
    one = measure(
        RATES.head(1), by=[], kind="rate", **({} if measure is funnel_dispersion else {"overdispersion": "additive"})
    )
    assert one["note_code"][0] == "too_few_areas"
    bad_calls = [
        ({"kind": "mean"}, "kind must be"),
        ({"kind": "standardised_rate"}, "no column"),
        ({"scale": 0}, "scale must be a finite number above 0"),
    ]
    if measure is not funnel_dispersion:
        bad_calls.append(({"overdispersion": "yes"}, "overdispersion must be 'none' or 'multiplicative' or 'additive'"))
    for arguments, says in bad_calls:
        with pytest.raises(ValueError, match=says):
            measure(RATES, **{"by": [], "kind": "rate", **arguments})


def test_areas_closer_than_chance_do_not_narrow_the_lines():
    alike = pl.DataFrame({"numerator": [99, 100, 101, 100, 130], "denominator": [1000, 1000, 1000, 1000, 1300]})
    assert funnel_dispersion(alike, by=[], kind="proportion")["dispersion"].item() < 0.1
    plain, allowed = (
        funnel_limits(alike, by=[], kind="proportion", overdispersion=way, at=[1000])["value_upper"].item()
        for way in ("none", "multiplicative")
    )
    assert allowed == pytest.approx(plain)
    odd = pl.concat([alike, alike, pl.DataFrame({"numerator": [106], "denominator": [1000]})])
    verdicts = funnel_significance(odd, by=[], kind="proportion", overdispersion="multiplicative")
    assert verdicts["significance"].unique().to_list() == ["not_significant"]
