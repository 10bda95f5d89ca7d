"""Limits of a count: exact when small, Byar's otherwise."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import gammainc, gammaincc

from pipelines.measures.rates.count_limits import byar_limits, exact_limits, poisson_limits
from tests.unit.measures import law

Z = 1.959963984540054


def test_published_exact_limits_of_small_counts():
    # Any table of Poisson limits: 0, 1, 5 and 9 events at 95%.
    lower, upper, exact = poisson_limits(np.array([0.0, 1.0, 5.0, 9.0]), confidence=0.95, z=Z)
    assert exact.all()
    assert lower == pytest.approx([0, 0.0253, 1.6235, 4.1154], abs=5e-5)
    assert upper == pytest.approx([3.6889, 5.5716, 11.6683, 17.0848], abs=5e-5)


def test_ten_is_the_first_count_that_takes_byars():
    lower, upper, exact = poisson_limits(np.array([9.99, 10.0]), confidence=0.95, z=Z)
    assert exact.tolist() == [True, False]
    assert (lower[1], upper[1]) == pytest.approx(
        (10 * (1 - 1 / 90 - Z / (3 * 10**0.5)) ** 3, 11 * (1 - 1 / 99 + Z / (3 * 11**0.5)) ** 3)
    )


def test_byars_lower_limit_of_nothing_is_undefined_rather_than_negative():
    lower, _ = byar_limits(np.array([0.0, 0.5, 1.0]), z=Z)
    assert np.isnan(lower[:2]).all()
    assert lower[2] > 0


@law
@given(st.integers(1, 400), st.sampled_from([0.9, 0.95, 0.998]))
def test_an_exact_limit_is_the_mean_that_gives_the_count_just_the_tail(count: int, confidence: float):
    tail = (1 - confidence) / 2
    lower, upper = exact_limits(np.array([float(count)]), tail=tail)
    assert gammainc(count, lower[0]) == pytest.approx(tail, rel=1e-9)
    assert gammaincc(count + 1, upper[0]) == pytest.approx(tail, rel=1e-9)


@law
@given(st.floats(10, 1e7), st.floats(0.5, 4))
def test_byar_is_close_to_exact_from_ten_events_on(count: float, z: float):
    lower, upper = byar_limits(np.array([count]), z=z)
    tail = float(gammaincc(0.5, z * z / 2)) / 2
    exact_lower, exact_upper = exact_limits(np.array([count]), tail=tail)
    assert lower[0] < count < upper[0]
    width = exact_upper[0] - exact_lower[0]
    assert abs(lower[0] - exact_lower[0]) < 0.02 * width
    assert abs(upper[0] - exact_upper[0]) < 0.02 * width
