"""Moments of distances and of the best of several values, against formulas for two and against draws."""

import math

import numpy as np
import pytest

from pipelines.measures.spread.noise import gamma_quantile
from pipelines.measures.spread.sampling import distances, largest, p_of_equality, skewness_of_distances


def test_one_distance_has_the_folded_normals_moments():
    expected, covariance, sign = distances(np.array([[0.0, 3.0]]), np.array([[[4.0, 0.0], [0.0, 0.0]]]))
    assert expected.tolist() == [[pytest.approx(2 * math.sqrt(2 / math.pi)), 3.0]]
    assert covariance[0, 0, 0] == pytest.approx(4 * (1 - 2 / math.pi))
    assert (covariance[0, 1, 1], covariance[0, 0, 1]) == (0, 0)
    assert sign.tolist() == [[0.0, 1.0]]


@pytest.mark.parametrize("correlation", [-0.9, -0.3, 0.5])
def test_two_centred_distances_have_the_known_covariance(correlation: float):
    # (2 / pi) (r asin r + sqrt(1 - r^2) - 1).
    known = 2 / math.pi * (correlation * math.asin(correlation) + math.sqrt(1 - correlation**2) - 1)
    _, covariance, _ = distances(np.zeros((1, 2)), np.array([[[1.0, correlation], [correlation, 1.0]]]))
    assert covariance[0, 0, 1] == pytest.approx(known, rel=0.02)


def test_distances_agree_with_draws():
    random = np.random.default_rng(5)
    mean, covariance = np.array([1.0, -0.5, 2.0]), np.array([[1.0, 0.4, -0.3], [0.4, 2.0, 0.5], [-0.3, 0.5, 1.5]])
    draws = np.abs(random.multivariate_normal(mean, covariance, size=400_000))
    expected, joint, _ = distances(mean[None], covariance[None])
    assert expected[0] == pytest.approx(draws.mean(axis=0), rel=0.01)
    assert np.abs(joint[0] - np.cov(draws.T)).max() < 0.01


def test_the_larger_of_two_equal_normals():
    # Two standard normals: mean 1 / sqrt(pi), variance 1 - 1 / pi, and half of its scatter is with each.
    mean, variance, shared = largest(np.zeros((1, 2)), np.ones((1, 2)), (np.array([[1.0, 0.0]]),))
    assert (mean[0], variance[0]) == pytest.approx((1 / math.sqrt(math.pi), 1 - 1 / math.pi))
    assert shared[0][0] == pytest.approx(0.5)


def test_the_largest_of_many_agrees_with_draws():
    random = np.random.default_rng(6)
    value, error, weight = np.array([3.0, 5, 4.5, 1]), np.array([1.0, 0.5, 1.5, 0]), np.array([0.1, 0.2, 0.3, 0.4])
    draws = value + error * random.standard_normal((400_000, 4))
    top = draws.max(axis=1)
    mean, variance, shared = largest(value[None], error[None] ** 2, (weight[None],))
    assert mean[0] == pytest.approx(top.mean(), rel=0.01)
    assert variance[0] == pytest.approx(top.var(), rel=0.03)
    assert shared[0][0] == pytest.approx(np.cov(top, draws @ weight)[0, 1], rel=0.03)


def test_values_without_error_are_simply_compared():
    mean, variance, shared = largest(np.array([[1.0, 4.0, 2.0]]), np.zeros((1, 3)), (np.ones((1, 3)),))
    assert (mean[0], variance[0], shared[0][0]) == (4, 0, 0)


def test_equal_values_differ_by_chance_as_chi_squared_says():
    """Of three values with errors of 1, 2 and 2: weights 1, 1/4, 1/4, so Q of (0, 3, 3) is 1 + 2 (2^2 / 4) = 3."""
    values, errors = np.array([[0.0, 3.0, 3.0]]), np.array([[1.0, 2.0, 2.0]])
    assert p_of_equality(values, errors)[0] == pytest.approx(math.exp(-3 / 2))  # of two degrees of freedom
    assert p_of_equality(values + 50, 7 * errors)[0] > p_of_equality(values, errors)[0]


@pytest.mark.parametrize(("value", "p"), [([5.0, 5.0, 6.0], 1.0), ([5.0, 5.1, 6.0], 0.0)])
def test_values_without_error_decide_alone(value: list[float], p: float):
    assert p_of_equality(np.array([value]), np.array([[0.0, 0.0, 3.0]]))[0] == p


def test_without_errors_nothing_is_known_of_equality():
    assert math.isnan(p_of_equality(np.array([[1.0, 2.0]]), np.full((1, 2), np.nan))[0])


def test_the_skewness_of_distances_is_that_of_draws():
    random = np.random.default_rng(8)
    mean, error, weight = np.array([0.0, 1.0, 3.0]), np.array([1.0, 2.0, 1.0]), np.array([0.5, 0.3, 0.2])
    sums = np.abs(mean + error * random.standard_normal((400_000, 3))) @ weight
    found = skewness_of_distances(mean[None], error[None] ** 2, weight[None])[0]
    assert found == pytest.approx(((sums - sums.mean()) ** 3).mean() / sums.std() ** 3, abs=0.02)


def ends(mean: float, variance: float, skewness: float, z: float) -> tuple[float, float]:
    """The quantiles at -z and z of one distribution."""
    moments = [np.array([float(moment)]) for moment in (mean, variance, skewness)]
    return gamma_quantile(*moments, -z)[0], gamma_quantile(*moments, z)[0]


@pytest.mark.parametrize(("shape", "lower", "upper"), [(2.0, 0.24221, 5.57164), (50.0, 37.1110, 64.7806)])
def test_gamma_limits_are_the_gamma_distributions(shape: float, lower: float, upper: float):
    # Quantiles at 2.5% and 97.5% of a gamma distribution of scale 1, from tables of chi squared.
    found = ends(shape, shape, 2 / math.sqrt(shape), 1.959963984540054)
    assert found[0] == pytest.approx(lower, abs=0.01 * (upper - lower))
    assert found[1] == pytest.approx(upper, abs=0.01 * (upper - lower))
    assert ends(10, 4, 0, 2) == pytest.approx((6, 14), abs=1e-9)


def test_a_skewness_below_nought_mirrors_the_distribution():
    right, left = ends(0, 1, 0.8, 1.5), ends(0, 1, -0.8, 1.5)
    assert left == pytest.approx((-right[1], -right[0]))
    assert right[1] > 1.5


def test_a_skewness_near_nought_moves_the_quantile_smoothly():
    below, at, above = (ends(0, 1, skewness, 1.5)[1] for skewness in (-1.001e-3, 0.0, 1.001e-3))
    assert (above - at, at - below) == pytest.approx((1.001e-3 * 1.25 / 6,) * 2, rel=1e-2)
