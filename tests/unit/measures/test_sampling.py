"""Moments of distances and of the best of several values, against formulas for two and against draws."""

import math

import numpy as np
import pytest

from pipelines.measures.spread.estimate import gamma_limits
from pipelines.measures.spread.sampling import distances, largest, within_bounds


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


def test_a_normal_cut_at_nought_has_the_half_normals_moments():
    value, variance = within_bounds(np.array([[0.0, 9.0]]), np.array([[4.0, 0.0]]), upper=None)
    assert value.tolist() == [[pytest.approx(2 * math.sqrt(2 / math.pi)), 9.0]]
    assert variance[0, 0] == pytest.approx(4 * (1 - 2 / math.pi))
    assert variance[0, 1] == 0


def test_a_percentage_is_cut_at_a_hundred_and_what_may_be_negative_nowhere():
    value, variance = within_bounds(np.array([[100.0, 50.0]]), np.array([[4.0, 1.0]]), upper=100.0)
    assert value[0, 0] == pytest.approx(100 - 2 * math.sqrt(2 / math.pi))
    assert (value[0, 1], variance[0, 1]) == pytest.approx((50, 1))
    untouched = within_bounds(np.array([[-1.0, 0.5]]), np.array([[4.0, 4.0]]), upper=None)
    assert (untouched[0].tolist(), untouched[1].tolist()) == ([[-1.0, 0.5]], [[4.0, 4.0]])


@pytest.mark.parametrize(("shape", "lower", "upper"), [(2.0, 0.24221, 5.57164), (50.0, 37.1110, 64.7806)])
def test_gamma_limits_are_the_gamma_distributions(shape: float, lower: float, upper: float):
    # Quantiles at 2.5% and 97.5% of a gamma distribution of scale 1, from tables of chi squared.
    found = gamma_limits(np.array([shape]), np.array([shape]), np.array([2 / math.sqrt(shape)]), 1.959963984540054)
    assert found[0][0] == pytest.approx(lower, abs=0.01 * (upper - lower))
    assert found[1][0] == pytest.approx(upper, abs=0.01 * (upper - lower))
    flat = gamma_limits(np.array([10.0]), np.array([4.0]), np.array([0.0]), 2.0)
    assert (flat[0][0], flat[1][0]) == pytest.approx((6, 14), abs=1e-3)


def test_a_skewness_below_nought_mirrors_the_distribution():
    right = gamma_limits(np.array([0.0]), np.array([1.0]), np.array([0.8]), 1.5)
    left = gamma_limits(np.array([0.0]), np.array([1.0]), np.array([-0.8]), 1.5)
    assert (left[0][0], left[1][0]) == pytest.approx((-right[1][0], -right[0][0]))
    assert right[1][0] > 1.5
