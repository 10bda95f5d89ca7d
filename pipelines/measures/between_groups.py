"""Between-group variance, its root and the coefficient of variation: squared distances from the mean.

What belongs here: measures made of the population-weighted sum of squares. What does not: absolute distances
(`mean_differences.py`), logarithms (`entropy.py`).
"""

from __future__ import annotations

import numpy as np

from pipelines.measures.breakdown import Breakdown
from pipelines.measures.estimate import Estimate, gamma_limits, never_negative, normal
from pipelines.measures.groups import Matrix


def between_groups(given: Breakdown) -> dict[str, Estimate]:
    """The three measures. With shares p, values y of variance v, mean m and d = y - m:

    between_group_variance B = sum p d^2; its variance 4 sum p^2 v d^2 + 2 [(sum p^2 v)^2 + sum p^2 v^2 (1 - 2 p)].
    standard deviation = sqrt B; coefficient_of_variation = 100 sqrt(B) / m. Their limits are roots of quantiles of B,
    a quadratic form in normal values whose first three moments are exact; see `_quadratic_limits`.
    """
    share, variance, mean = given.share, given.variance, given.mean
    apart = given.value - mean[:, None]
    between = (share * apart**2).sum(axis=1)
    of_mean = (share**2 * variance).sum(axis=1)
    own = (share**2 * variance**2 * (1 - 2 * share)).sum(axis=1)
    of_between = 4 * (share**2 * variance * apart**2).sum(axis=1) + 2 * (of_mean**2 + own)
    root = np.sqrt(between)
    to_root = np.where(root[:, None] > 0, share * apart / root[:, None], np.nan)
    relative = to_root / mean[:, None] - share * (root / mean**2)[:, None]
    undefined = given.mean_not_positive
    return {
        "between_group_variance": normal(between, np.sqrt(of_between), given.z, least=0.0),
        "between_group_standard_deviation": never_negative(
            root,
            _quadratic_limits(given, np.zeros_like(share)),
            np.sqrt((to_root**2 * variance).sum(axis=1)),
            method="quadratic_form",
        ),
        "coefficient_of_variation": never_negative(
            np.where(undefined[1], np.nan, 100 * root / mean),
            _scaled(_quadratic_limits(given, -2 * share * (between / mean)[:, None]), 100 / mean),
            100 * np.sqrt((relative**2 * variance).sum(axis=1)),
            method="quadratic_form",
            notes=(undefined,),
        ),
    }


def _scaled(limits: tuple[Matrix, Matrix], factor: Matrix) -> tuple[Matrix, Matrix]:
    return limits[0] * factor, limits[1] * factor


def _quadratic_limits(given: Breakdown, linear: Matrix) -> tuple[Matrix, Matrix]:
    """Roots of the quantiles of B(Y) + linear (Y - y), Y normal: by its exact mean, variance and skewness.

    With A = diag(p) - p p', S = diag(v) and g = 2 A y + linear, the cumulants are B(y) + tr(A S),
    2 tr((A S)^2) + g' S g and 8 tr((A S)^3) + 6 g' S A S g, here written out for this A.
    """
    share = given.share
    value, v = given.moments
    apart = value - (share * value).sum(axis=1, keepdims=True)
    gradient = 2 * share * apart + linear
    of_mean = (share**2 * v).sum(axis=1)
    first = (share * apart**2 + share * (1 - share) * v).sum(axis=1)
    second = 2 * ((share**2 * v**2 * (1 - 2 * share)).sum(axis=1) + of_mean**2) + (gradient**2 * v).sum(axis=1)
    cubed = (share**3 * v**3 * (1 - 3 * share)).sum(axis=1) + 3 * of_mean * (share**3 * v**2).sum(axis=1) - of_mean**3
    along = (share * v**2 * gradient**2).sum(axis=1) - (share * v * gradient).sum(axis=1) ** 2
    skewness = np.where(second > 0, (8 * cubed + 6 * along) / np.where(second > 0, second, 1.0) ** 1.5, 0.0)
    lower, upper = gamma_limits(first, second, skewness, given.z)
    return np.sqrt(np.maximum(lower, 0)), np.sqrt(np.maximum(upper, 0))
