"""The slope of rates and proportions from counts, which may be 0: score limits by hand, by laws and by simulation."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.measures import slope_index
from tests.unit.measures import law

Z = 1.959963984540054
WEIGHTS = np.array([-1, -0.5, 0, 0.5, 1])
"""Of equal fifths."""


def fifths(numerator: list[float], denominator: list[float] | float = 200.0, **columns: object) -> pl.DataFrame:
    return pl.DataFrame({"rank": range(1, 6), "numerator": numerator, "denominator": denominator, **columns})


def answer(frame: pl.DataFrame, **arguments: object) -> dict[str, object]:
    return slope_index(frame, **{"by": [], "kind": "rate", **arguments}).row(0, named=True)


def likeliest(count: np.ndarray, out_of: np.ndarray, slope: float) -> np.ndarray:
    """The rates of most likelihood whose slope is this, by bisection of the constraint alone."""
    low, high = (
        -0.999999 * 1 / (WEIGHTS[WEIGHTS > 0] / out_of[WEIGHTS > 0]).max(),
        0.999999 / (-WEIGHTS[WEIGHTS < 0] / out_of[WEIGHTS < 0]).max(),
    )
    for _ in range(200):
        middle = (low + high) / 2
        rates = count / (out_of + middle * WEIGHTS)
        low, high = (middle, high) if (WEIGHTS * rates).sum() > slope else (low, middle)
    return rates


def test_a_score_limit_is_where_the_slope_is_just_rejected():
    """Of 2, 5, 9, 4 and 12 events: (b - beta)^2 is z^2 of the variance at the likeliest rates of slope beta."""
    count, out_of = np.array([2.0, 5, 9, 4, 12]), np.array([150.0, 200, 180, 90, 200])
    found = answer(fifths(count.tolist(), out_of.tolist(), population=200.0))
    slope = (WEIGHTS * count / out_of).sum()
    assert found["slope_index"] == pytest.approx(slope)
    for end in ("slope_index_lower", "slope_index_upper"):
        rates = likeliest(count, out_of, found[end])
        assert (slope - found[end]) ** 2 == pytest.approx(Z**2 * (WEIGHTS**2 * rates / out_of).sum(), rel=1e-5)
    assert (found["interval_method"], found["note_code"]) == ("score", "relative_index_unstable")


def test_many_events_have_normal_limits():
    count = [40_000.0, 44_000, 48_000, 52_000, 56_000]
    found = answer(fifths(count, 1e6))
    half = Z * math.sqrt(sum(WEIGHTS**2 * np.array(count))) / 1e6
    assert found["slope_index_upper"] - found["slope_index"] == pytest.approx(half, rel=0.01)
    assert (found["interval_method"], found["note_code"]) == ("score+fieller", None)


@pytest.mark.parametrize("kind", ["rate", "proportion"])
def test_no_event_at_all_is_a_slope_of_nothing_with_limits(kind: str):
    """z^2 events at an end are 1.96 standard errors from none: a slope of 3.84 / 200 for rates."""
    found = answer(fifths([0.0] * 5), kind=kind)
    assert (found["slope_index"], found["relative_index"], found["note_code"]) == (0, None, "relative_index_undefined")
    assert found["slope_index_upper"] == pytest.approx(-found["slope_index_lower"])
    assert found["slope_index_upper"] == pytest.approx(Z**2 / 200 if kind == "rate" else Z**2 / (200 + Z**2), rel=1e-6)


def test_a_group_without_events_costs_neither_slope_nor_limits():
    found = answer(fifths([0.0, 2, 3, 4, 6]))
    assert found["slope_index"] == pytest.approx((6 + 0.5 * 4 - 0.5 * 2) / 200)
    assert found["slope_index_lower"] < found["slope_index"] < found["slope_index_upper"]


def test_denominators_weight_where_no_population_is_given():
    frame = fifths([3.0, 8, 9, 4, 12], [150.0, 200, 180, 90, 200])
    assert answer(frame) == answer(frame.with_columns(population=pl.col("denominator")))
    assert answer(frame)["slope_index"] != answer(frame.with_columns(population=1.0))["slope_index"]


def test_a_value_that_is_there_wins():
    frame = fifths([3.0, 8, 9, 4, 12], value=[0.1, 0.2, 0.3, 0.4, 0.5], population=200.0)
    assert answer(frame) == answer(frame.drop("numerator", "denominator"))


BAD = {
    "missing_value": fifths([3.0, None, 9, 4, 12]),
    "bad_population": fifths([3.0, 8, 9, 4, 12], [0.0, 200, 200, 200, 200]),
    "bad_count": fifths([-1.0, 8, 9, 4, 12]),
    "count_above_population": fifths([3.0, 8, 9, 4, 201]),
}


@pytest.mark.parametrize("note", BAD)
def test_bad_counts_are_nulls_with_a_note(note: str):
    found = answer(BAD[note], kind="proportion")
    assert (found["slope_index"], found["note_code"]) == (None, note)


def test_counts_may_be_0_and_so_have_no_logarithm():
    with pytest.raises(ValueError, match="transform must be False where counts are given"):
        answer(fifths([3.0] * 5), transform=True)


@pytest.mark.parametrize("kind", ["rate", "proportion"])
@pytest.mark.parametrize("events", [3, 6, 12, 60])
def test_limits_hold_the_truth_in_95_of_100_areas(kind: str, events: int):
    """Twice the rate at one end. 1,500 areas: a coverage of 95% is seen within 1.7 points."""
    random, draws = np.random.default_rng([20261201, events]), 1500
    truth = (0.2 if kind == "proportion" else 0.01) * (1 + np.linspace(1, -1, 10) / 3)
    people = events / truth.mean()
    size = (draws, 10)
    count = random.poisson(truth * people, size) if kind == "rate" else random.binomial(round(people), truth, size)
    frame = pl.DataFrame(
        {
            "area": np.repeat(np.arange(draws), 10),
            "rank": np.tile(np.arange(1, 11), draws),
            "numerator": count.ravel(),
            "denominator": people if kind == "rate" else float(round(people)),
        }
    )
    tenths = pl.DataFrame({"rank": range(1, 11), "population": 1.0, "value": truth})
    true = slope_index(tenths, by=[]).row(0, named=True)["slope_index"]
    found = slope_index(frame, by=["area"], kind=kind)
    assert found["slope_index_lower"].null_count() == 0
    held = ((found["slope_index_lower"] <= true) & (found["slope_index_upper"] >= true)).mean()
    assert 0.93 <= held <= 0.967


counts = st.lists(st.integers(0, 60), min_size=5, max_size=5)
people = st.lists(st.integers(60, 5000), min_size=5, max_size=5)


@law
@given(counts, people, st.sampled_from(["rate", "proportion"]), st.sampled_from([0.8, 0.95]))
def test_limits_hold_the_slope_and_widen_with_confidence(count: list, out_of: list, kind: str, confidence: float):
    frame = fifths(count, out_of)
    narrow, wide = answer(frame, kind=kind, confidence=confidence), answer(frame, kind=kind, confidence=0.998)
    assert narrow["slope_index_lower"] <= narrow["slope_index"] <= narrow["slope_index_upper"]
    assert wide["slope_index_lower"] <= narrow["slope_index_lower"] + 1e-9
    assert wide["slope_index_upper"] >= narrow["slope_index_upper"] - 1e-9


@law
@given(counts, people)
def test_what_is_not_an_event_has_the_slope_turned_over(count: list, out_of: list):
    """Of proportions: the complement's limits are the same with the signs and the ends exchanged."""
    one = answer(fifths(count, out_of), kind="proportion")
    rest = answer(fifths([n - x for n, x in zip(out_of, count, strict=True)], out_of), kind="proportion")
    assert rest["slope_index_lower"] == pytest.approx(-one["slope_index_upper"], abs=1e-8)
    assert rest["slope_index_upper"] == pytest.approx(-one["slope_index_lower"], abs=1e-8)
