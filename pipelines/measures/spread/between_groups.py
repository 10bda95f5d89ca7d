"""Between-group variance, its root and the coefficient of variation: squared distances from the mean.

What belongs here: measures made of the population-weighted sum of squares. What does not: absolute distances
(`mean_differences.py`), logarithms (`entropy.py`).
"""

from __future__ import annotations

import numpy as np

from pipelines.measures.reading.groups import Matrix
from pipelines.measures.spread.breakdown import Breakdown
from pipelines.measures.spread.estimate import Estimate, gamma_quantile, never_negative, normal, ratio_limits


def between_groups(given: Breakdown) -> dict[str, Estimate]:
    """The three measures. With shares p, values y of variance v, mean m and d = y - m:

    between_group_variance B = sum p d^2; its variance 4 sum p^2 v d^2 + 2 [(sum p^2 v)^2 + sum p^2 v^2 (1 - 2 p)].
    standard deviation = sqrt B; coefficient_of_variation = 100 sqrt(B) / m. Their limits are quantiles of quadratic
    forms in normal values, whose first three moments are exact; see `_quadratic_limits`.
    """
    share, variance, mean = given.share, given.variance, given.mean
    apart = given.value - mean[:, None]
    between = (share * apart**2).sum(axis=1)
    variance_of_mean = (share**2 * variance).sum(axis=1)
    own = (share**2 * variance**2 * (1 - 2 * share)).sum(axis=1)
    of_between = 4 * (share**2 * variance * apart**2).sum(axis=1) + 2 * (variance_of_mean**2 + own)
    root = np.sqrt(between)
    to_root = np.where(root[:, None] > 0, share * apart / root[:, None], np.nan)
    relative = to_root / mean[:, None] - share * (root / mean**2)[:, None]
    of_root, of_coefficient = _quadratic_limits(given)
    undefined = given.mean_not_positive
    return {
        "between_group_variance": normal(between, np.sqrt(of_between), given.z, least=0.0),
        "between_group_standard_deviation": never_negative(
            root,
            of_root,
            np.sqrt((to_root**2 * variance).sum(axis=1)),
            method="quadratic_form",
        ),
        "coefficient_of_variation": never_negative(
            np.where(undefined[1], np.nan, 100 * root / mean),
            of_coefficient,
            100 * np.sqrt((relative**2 * variance).sum(axis=1)),
            method="quadratic_form",
            notes=(undefined,),
        ),
    }


def _quadratic_limits(given: Breakdown) -> tuple[tuple[Matrix, Matrix], tuple[Matrix, Matrix]]:
    """Limits of sqrt(B) and of sqrt(B) / M, for normal values Y with mean M = sum p Y.

    sqrt(B) / M is at most c where B - c^2 M^2 is at most 0, so both are quantiles of the quadratic form Y'AY with
    A = diag(p) - (1 + c^2) p p'; the second's c is looked for. With S = diag(v) and g = 2 A y its cumulants are
    y'Ay + tr(AS), 2 tr((AS)^2) + g'Sg and 8 tr((AS)^3) + 6 g'SASg, written out in sums made once.
    """
    p, z = given.share, given.z
    value, v = given.moments
    mean = (p * value).sum(axis=1)
    d = value - mean[:, None]
    powers = [[(p**i * v**j).sum(axis=1) for j in range(4)] for i in range(5)]
    variance_of_mean = powers[2][1]
    straight, double = (
        [(p**2 * v * d**i).sum(axis=1) for i in range(3)],
        [(p**3 * v**2 * d**i).sum(axis=1) for i in range(3)],
    )
    between = (p * d**2).sum(axis=1)

    def quantile(c: Matrix, side: float) -> Matrix:
        times, off = 1 + c**2, c**2 * mean
        first = between - off * mean + powers[1][1] - times * variance_of_mean
        linear = 4 * (straight[2] - 2 * off * straight[1] + off**2 * straight[0])
        second = 2 * (powers[2][2] - 2 * times * powers[3][2] + times**2 * variance_of_mean**2) + linear
        cubed = (
            powers[3][3]
            - 3 * times * powers[4][3]
            + 3 * times**2 * variance_of_mean * powers[3][2]
            - times**3 * variance_of_mean**3
        )
        along = double[2] - 2 * off * double[1] + off**2 * double[0] - times * (straight[1] - off * straight[0]) ** 2
        safe = np.where(second > 0, second, 1.0)
        skewness = np.where(second > 0, (8 * cubed + 24 * along) / safe**1.5, 0.0)
        return gamma_quantile(first, second, skewness, side)

    lower, upper = (quantile(np.zeros_like(mean), side) for side in (-z, z))
    highest = 1 / np.sqrt(p.min(axis=1))  # values of which none is below 0 never vary more
    of_ratio = ratio_limits(quantile, highest, z)
    return (np.sqrt(np.maximum(lower, 0)), np.sqrt(np.maximum(upper, 0))), (100 * of_ratio[0], 100 * of_ratio[1])
