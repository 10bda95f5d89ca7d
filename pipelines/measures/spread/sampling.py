"""How values that carry normal errors scatter: moments in closed form, where the usual answer is a simulation.

What belongs here: moments of sums of distances and of the best of several values, and the test that all values are
equal. What does not: measures.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.special import chdtrc, ndtr

from pipelines.measures.reading.groups import Matrix

HIGHEST_ORDER = 6
"""Terms kept of the covariance of two distances. They shrink with the power of the correlation; at a correlation of 1
and an expected difference of 0, the worst there is, six leave 3% of the covariance out."""


def density(x: Matrix) -> Matrix:
    """The standard normal density."""
    return np.asarray(np.exp(-(x**2) / 2) / math.sqrt(2 * math.pi))


def p_of_equality(value: Matrix, error: Matrix) -> Matrix:
    """How likely values of one group of equals differ as much as these or more, for each group; NaN without errors.

    Cochran's Q = sum (y - ybar)^2 / s^2, ybar weighted with 1 / s^2, is chi-squared with k - 1 degrees of freedom where
    all k values are equal. A value without error decides alone: 1 where all values are the same, else 0.

    References
    ----------
    Cochran, Biometrics 1954;10:101.
    """
    least = error.min(axis=1, keepdims=True)
    exact = least == 0
    weight = np.where(exact, error == 0, (least / np.where(error > 0, error, np.inf)) ** 2)
    first = value[:, :1]
    middle = first + (weight * (value - first)).sum(axis=1, keepdims=True) / weight.sum(axis=1, keepdims=True)
    apart = (weight * (value - middle) ** 2).sum(axis=1)
    q = np.where(exact[:, 0], np.where(apart > 0, np.inf, 0.0), apart / np.where(exact, 1.0, least)[:, 0] ** 2)
    return np.where(np.isfinite(error).all(axis=1), chdtrc(value.shape[1] - 1, q), np.nan)


def distances(mean: Matrix, covariance: Matrix) -> tuple[Matrix, Matrix, Matrix]:
    """Mean and covariance of |D| for jointly normal D (groups x rows, groups x rows x rows), and E[sign D].

    The mean and the variance are the folded normal's, exact. The covariance of two is its expansion in Hermite
    polynomials: sum over n of correlation^n / n! times the product of the two nth mean derivatives of the distance.
    """
    variance = np.maximum(np.diagonal(covariance, axis1=1, axis2=2), 0)
    random = variance > 0
    deviation = np.where(random, np.sqrt(variance), 1.0)
    a = mean / deviation
    sign = np.where(random, 2 * ndtr(a) - 1, np.sign(mean))
    peak = 2 * density(a)
    expected = np.where(random, deviation * peak, 0.0) + mean * sign
    correlation = covariance / (deviation[:, :, None] * deviation[:, None, :])
    derivatives = [np.where(random, deviation * sign, 0.0)]
    before, polynomial = np.zeros_like(a), np.ones_like(a)
    for order in range(2, HIGHEST_ORDER + 1):
        derivatives.append(np.where(random, deviation * peak * polynomial, 0.0) / math.sqrt(math.factorial(order)))
        before, polynomial = polynomial, a * polynomial - (order - 2) * before
    # Horner's scheme, in place: these matrices are the largest of any measure.
    total, product = np.zeros_like(covariance), np.empty_like(covariance)
    for derivative in reversed(derivatives):
        np.multiply(derivative[:, :, None], derivative[:, None, :], out=product)
        total += product
        total *= correlation
    place = np.arange(mean.shape[1])
    total[:, place, place] = np.where(random, np.maximum(variance + mean**2 - expected**2, 0), 0.0)
    return expected, total, sign


def skewness_of_distances(mean: Matrix, variance: Matrix, weight: Matrix) -> Matrix:
    """The skewness of sum w |D|, D normal with these means and variances.

    Each distance's third cumulant is the folded normal's, exact; that of the sum is taken as if they were independent.
    """
    deviation = np.sqrt(variance)
    a = mean / np.where(deviation > 0, deviation, 1.0)
    sign = np.where(deviation > 0, 2 * ndtr(a) - 1, np.sign(mean))
    first = mean * sign + 2 * deviation * density(a)
    second = mean**2 + variance
    third = (mean**3 + 3 * mean * variance) * sign + 2 * deviation * (mean**2 + 2 * variance) * density(a)
    cubed = (weight**3 * (third - 3 * first * second + 2 * first**3)).sum(axis=1)
    squared = (weight**2 * np.maximum(second - first**2, 0)).sum(axis=1)
    return np.where(squared > 0, cubed / np.where(squared > 0, squared, 1.0) ** 1.5, 0.0)


def largest(value: Matrix, variance: Matrix, weights: tuple[Matrix, ...]) -> tuple[Matrix, Matrix, list[Matrix]]:
    """Mean and variance of the largest of independent normal values, and its covariance with each weighted sum.

    Clark's recursion (Operations Research 1961;9:145): exact for two, and one more value at a time, largest first,
    as if the largest so far were normal.
    """
    order = np.argsort(-value, axis=1, kind="stable")
    value, variance = np.take_along_axis(value, order, 1), np.take_along_axis(variance, order, 1)
    sums = [np.take_along_axis(np.broadcast_to(weight, value.shape), order, 1) * variance for weight in weights]
    mean, spread, shared = value[:, 0], variance[:, 0], [each[:, 0] for each in sums]
    for place in range(1, value.shape[1]):
        other, its_spread = value[:, place], variance[:, place]
        lead = mean - other
        distance = np.sqrt(spread + its_spread)
        a = np.where(distance > 0, lead / np.where(distance > 0, distance, 1.0), np.inf)
        first, tie = ndtr(a), np.where(distance > 0, distance * density(a), 0.0)
        # Moments about `other`, so that two large numbers are never subtracted.
        above = lead * first + tie
        square = (lead**2 + spread) * first + its_spread * (1 - first) + lead * tie
        mean, spread = other + above, np.maximum(square - above**2, 0)
        shared = [kept * first + each[:, place] * (1 - first) for kept, each in zip(shared, sums, strict=True)]
    return mean, spread, shared
