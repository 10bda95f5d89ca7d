"""Slope and relative index by regression on counts: statsmodels' figures, a fit that can be written down, and laws."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.measures import slope_index_regression
from tests.unit.measures import slow_law

Z = 1.959963984540054
BY_AGE = pl.DataFrame(
    {
        "rank": [1, 2, 3, 4, 5] * 3,
        "age": ["20-39"] * 5 + ["40-59"] * 5 + ["60+"] * 5,
        "numerator": [44, 38, 28, 20, 12, 60, 52, 45, 40, 33, 57, 60, 61, 62, 60],
        "denominator": [400, 380, 350, 300, 250, 300, 310, 320, 330, 340, 150, 180, 220, 260, 300],
    }
)
# statsmodels 0.15.0, GLM of the same design: Poisson with an offset; Poisson of 4,390 single people with HC0; binomial
# with log link. Relative index, its limits, slope index, its standard error.
STATSMODELS = {
    "poisson": (2.3674579270425316, 1.8029851904333252, 3.1086539512670437, 0.134640945539042, 0.022800907563168337),
    "modified_poisson": (2.367457927042543, 1.8584837201096958, 3.015822509322682, 0.134640945539043, 0.02001013849040),
    "log_binomial": (2.3493939974303157, 1.844994693768222, 2.99168998903094, 0.13335630267102203, 0.01992463097503959),
}


def only(frame: pl.DataFrame) -> dict[str, object]:
    assert frame.height == 1
    return frame.row(0, named=True)


@pytest.mark.parametrize("model", STATSMODELS)
def test_figures_of_statsmodels(model: str):
    answer = only(slope_index_regression(BY_AGE, by=[], favourable=False, model=model))
    ratio, lower, upper, slope, error = STATSMODELS[model]
    assert answer["relative_index"] == pytest.approx(ratio, rel=1e-10)
    assert answer["relative_index_lower"] == pytest.approx(lower, rel=1e-10)
    assert answer["relative_index_upper"] == pytest.approx(upper, rel=1e-10)
    assert answer["slope_index"] == pytest.approx(slope, rel=1e-10)
    assert answer["slope_index_upper"] - answer["slope_index"] == pytest.approx(Z * error, rel=1e-10)
    assert answer["fitted_most"] - answer["fitted_least"] == pytest.approx(slope, rel=1e-10)
    assert (answer["interval_method"], answer["note_code"], answer["group_count"]) == (model, None, 5)
    if model != "modified_poisson":
        dispersion = {"poisson": 0.05172942658493625, "log_binomial": 0.05924831614991865}[model]
        assert answer["dispersion"] == pytest.approx(dispersion, rel=1e-9)


def test_rates_on_an_exponential_are_fitted_exactly():
    # Five equal groups at 0.1, 0.3 .. 0.9 with rates exp(-3 + b): the ratio of the ends is e.
    places = [0.1, 0.3, 0.5, 0.7, 0.9]
    frame = pl.DataFrame({"rank": range(1, 6), "numerator": [1000 * math.exp(b - 3) for b in places]})
    answer = only(slope_index_regression(frame.with_columns(denominator=1000), by=[], favourable=True, scale=100))
    assert answer["relative_index"] == pytest.approx(math.e)
    assert answer["fitted_most"] == pytest.approx(100 * math.exp(-3))
    assert answer["slope_index"] == pytest.approx(100 * (math.exp(-2) - math.exp(-3)))
    assert answer["dispersion"] == pytest.approx(0, abs=1e-12)


def test_age_is_allowed_for():
    # The same rate in every rank at each age; the more disadvantaged are younger, so that their crude rate is lower.
    people = [900, 800, 700, 600, 500, 100, 200, 300, 400, 500]
    rate = [0.01] * 5 + [0.1] * 5
    frame = pl.DataFrame(
        {
            "rank": [1, 2, 3, 4, 5] * 2,
            "age": ["young"] * 5 + ["old"] * 5,
            "numerator": [here * of for here, of in zip(people, rate, strict=True)],
            "denominator": people,
        }
    )
    allowed = only(slope_index_regression(frame, by=[], favourable=False))
    assert (allowed["relative_index"], allowed["slope_index"]) == pytest.approx((1, 0))
    crude = frame.group_by("rank").agg(pl.col("numerator", "denominator").sum())
    assert only(slope_index_regression(crude, by=[], favourable=False))["relative_index"] < 0.5


def test_a_robust_variance_is_right_where_the_poissons_is_not():
    # Shares near a half: the variance of a yes or no is half the Poisson's. 400 draws of 5 groups of 200 people.
    random = np.random.default_rng(20261201)
    truth = 0.6 * np.exp(-0.4 * np.array([0.1, 0.3, 0.5, 0.7, 0.9]))
    drawn = random.binomial(200, truth, (400, 5))
    frame = pl.DataFrame(
        {"draw": np.repeat(np.arange(400), 5), "rank": np.tile(np.arange(1, 6), 400), "numerator": drawn.ravel()}
    ).with_columns(denominator=200)
    held = {}
    for model in STATSMODELS:
        answer = slope_index_regression(frame, by=["draw"], favourable=False, model=model)
        inside = (answer["relative_index_lower"] <= math.exp(0.4)) & (math.exp(0.4) <= answer["relative_index_upper"])
        held[model] = inside.mean()
    assert held["poisson"] > 0.985
    for model in ("modified_poisson", "log_binomial"):
        assert 0.92 < held[model] < 0.975


BAD = {
    "two ranks": ("too_few_groups", BY_AGE.filter(pl.col("rank") < 3)),
    "no rank": ("bad_rank", BY_AGE.with_columns(rank=pl.when(pl.col("rank") < 5).then("rank"))),
    "twice": ("duplicate_rank", pl.concat([BY_AGE, BY_AGE[:1]])),
    "no age": ("missing_age", BY_AGE.with_columns(age=pl.when(pl.col("rank") < 5).then("age"))),
    "no count": ("missing_count", BY_AGE.with_columns(numerator=pl.when(pl.col("rank") < 5).then("numerator"))),
    "less than nothing": ("bad_count", BY_AGE.with_columns(numerator=pl.col("numerator") - 20)),
    "nobody": ("bad_population", BY_AGE.with_columns(denominator=pl.col("denominator") - 150)),
    "more than all": ("count_above_population", BY_AGE.with_columns(numerator=pl.col("numerator") * 5)),
    "no events": ("no_events", BY_AGE.with_columns(numerator=0)),
    "one end": ("not_converged", BY_AGE.with_columns(numerator=pl.when(pl.col("rank") == 1).then(5).otherwise(0))),
    "all": ("not_converged", BY_AGE.with_columns(numerator="denominator")),
}


@pytest.mark.parametrize(("note", "bad"), BAD.values(), ids=BAD)
def test_a_bad_group_says_why_and_leaves_its_neighbour_alone(note: str, bad: pl.DataFrame):
    both = pl.concat(
        [bad.with_columns(area=pl.lit("a")), BY_AGE.with_columns(area=pl.lit("b"))], how="vertical_relaxed"
    )
    arguments = {"favourable": False, "model": "log_binomial"}
    answer = slope_index_regression(both, by=["area"], **arguments)
    assert answer["note_code"].to_list() == [note, None]
    assert answer["relative_index"].null_count() == answer["slope_index_lower"].null_count() == 1
    alone = slope_index_regression(BY_AGE, by=[], **arguments)
    assert answer.drop("area").tail(1).equals(alone)


def test_an_age_without_events_has_a_rate_of_nothing():
    silent = BY_AGE.with_columns(numerator=pl.when(pl.col("age") == "20-39").then(0).otherwise("numerator"))
    with_it = only(slope_index_regression(silent, by=[], favourable=False))
    assert with_it["note_code"] == "age_without_events"
    assert with_it["relative_index"] > 1
    assert 0 < with_it["fitted_least"] < with_it["fitted_most"]


cells = st.lists(
    st.tuples(st.integers(1, 200), st.integers(200, 5000)), min_size=6, max_size=20
).filter(lambda rows: len(rows) % 2 == 0)  # fmt: skip


@slow_law
@given(cells, st.sampled_from(sorted(STATSMODELS)), st.randoms())
def test_order_does_not_matter_turning_ranks_turns_the_ratio_and_more_people_narrow_it(rows, model: str, random):
    half = len(rows) // 2
    frame = pl.DataFrame(rows, schema=["numerator", "denominator"], orient="row").with_columns(
        rank=pl.Series([*range(1, half + 1)] * 2), age=pl.Series(["a"] * half + ["b"] * half)
    )
    answer = only(slope_index_regression(frame, by=[], favourable=False, model=model))
    shuffled = frame[random.sample(range(frame.height), frame.height)]
    assert only(slope_index_regression(shuffled, by=[], favourable=False, model=model)) == answer
    if answer["note_code"] is not None:
        assert model == "log_binomial"
        return
    turned = only(slope_index_regression(frame.with_columns(rank=-pl.col("rank")), by=[], favourable=True, model=model))
    assert turned["relative_index"] == pytest.approx(answer["relative_index"], rel=1e-6)
    assert turned["slope_index"] == pytest.approx(answer["slope_index"], rel=1e-6, abs=1e-12)
    larger = only(
        slope_index_regression(
            frame.with_columns(pl.col("numerator", "denominator") * 4), by=[], favourable=False, model=model
        )
    )
    width, narrower = (math.log(one["relative_index_upper"] / one["relative_index_lower"]) for one in (answer, larger))
    assert narrower == pytest.approx(width / 2, rel=1e-6)


def test_a_bad_call_is_refused_in_a_sentence():
    for frame, arguments, says in [
        (BY_AGE, {"model": "logit"}, "model must be 'poisson' or 'modified_poisson' or 'log_binomial'"),
        (BY_AGE, {"favourable": None}, "favourable must be True or False"),
        (BY_AGE, {"scale": 0}, "scale must be a finite number above 0"),
        (BY_AGE, {"confidence": 95}, "confidence must be"),
        (BY_AGE.drop("denominator"), {}, "no column"),
        (BY_AGE.with_columns(rank=pl.lit("first")), {}, "no text in it reads as a number"),
    ]:
        with pytest.raises(ValueError, match=says) as refusal:
            slope_index_regression(frame, **{"by": [], "favourable": True, **arguments})
        assert str(refusal.value).endswith(".")
