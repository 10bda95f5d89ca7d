"""Between-group variance, its root and the coefficient of variation: squared distances from the mean.

What belongs here: measures made of the population-weighted sum of squares. What does not: absolute distances
(`mean_differences.py`), logarithms (`entropy.py`).
"""

from __future__ import annotations

import numpy as np

from pipelines.measures.reading.groups import Matrix
from pipelines.measures.spread.breakdown import Breakdown
from pipelines.measures.spread.estimate import Estimate, normal
from pipelines.measures.spread.noise import Law, Noisy, corrected

METHOD = "gamma_inversion"


def between_groups(given: Breakdown) -> dict[str, Estimate]:
    """The three measures. With shares p, values y of variance v, mean m and d = y - m:

    between_group_variance B = sum p d^2; its variance 4 sum p^2 v d^2 + 2 [(sum p^2 v)^2 + sum p^2 v^2 (1 - 2 p)].
    standard deviation = sqrt B; coefficient_of_variation = 100 sqrt(B) / m. See `squares` for what chance adds.
    """
    share, variance, mean = given.share, given.variance, given.mean
    apart = given.value - mean[:, None]
    noisy, relative = squares(given), squares(given, relative=True)
    between = noisy.plain
    own = (share**2 * variance**2 * (1 - 2 * share)).sum(axis=1)
    of_mean = (share**2 * variance).sum(axis=1)
    error = np.sqrt(4 * (share**2 * variance * apart**2).sum(axis=1) + 2 * (of_mean**2 + own))
    root = np.sqrt(between)
    to_root = np.where(root[:, None] > 0, share * apart / root[:, None], np.nan)
    to_ratio = to_root / mean[:, None] - share * (root / mean**2)[:, None]
    undefined = given.mean_not_positive
    return {
        "between_group_variance": normal(between, error, given.z, least=0.0)
        if given.as_who
        else corrected(given, noisy, error, method=METHOD),
        "between_group_standard_deviation": corrected(
            given, noisy, np.sqrt((to_root**2 * variance).sum(axis=1)), shape=np.sqrt, method=METHOD
        ),
        "coefficient_of_variation": corrected(
            given,
            relative,
            100 * np.sqrt((to_ratio**2 * variance).sum(axis=1)),
            factor=np.where(undefined[1], np.nan, 100.0),
            shape=np.sqrt,
            method=METHOD,
            notes=(undefined,),
        ),
    }


def squares(given: Breakdown, *, relative: bool = False) -> Noisy:
    """The law of the plain B, a quadratic form y'Ay with A = diag(p) - p p' of normal values; `relative`: of B / m^2.

    With S = diag(v), and t d for the values' distances where the true measure has the size asked about, the cumulants
    are t^2 B + tr(AS), 2 tr((AS)^2) + 4 g'Sg and 8 tr((AS)^3) + 24 g'SASg with g = t A d, written out in sums made
    once. The ratio differs from its true size c by about (B - c m^2) / m^2, a form with A = diag(p) - (1 + c) p p'.

    References
    ----------
    Three cumulants for a quadratic form: Pearson, Biometrika 1959;46:364; Imhof, Biometrika 1961;48:419.
    """
    p, v, mean = given.share, given.variance, given.mean
    d = given.value - mean[:, None]
    plain = (p * d**2).sum(axis=1)
    # Values that are all the same show no pattern; any will do.
    pattern = np.where(plain[:, None] > 0, d, _alternating(p, np.sqrt(v)))
    pattern = pattern / np.sqrt((p * pattern**2).sum(axis=1))[:, None]
    once, twice = ([(weight * pattern**i).sum(axis=1) for i in range(3)] for weight in (p**2 * v, p**3 * v**2))
    squared, cubed, crossed = ((weight).sum(axis=1) for weight in (p**2 * v**2, p**3 * v**3, p**4 * v**3))
    of_mean, added = once[0], (p * v).sum(axis=1) - once[0]
    unit = mean**2 if relative else np.ones_like(mean)

    def law(size: Matrix) -> Law:
        c = size if relative else np.zeros_like(size)
        t, off, times = np.sqrt(size * unit), c * mean, 1 + c
        straight, double = ([sums[0], t * sums[1], t**2 * sums[2]] for sums in (once, twice))
        variance = 2 * (squared - 2 * times * double[0] + times**2 * of_mean**2) + 4 * _around(straight, off)
        third = 8 * (cubed - 3 * times * crossed + 3 * times**2 * of_mean * double[0] - times**3 * of_mean**3)
        third += 24 * (_around(double, off) - times * (straight[1] - off * straight[0]) ** 2)
        skewness = np.where(variance > 0, third / np.where(variance > 0, variance, 1.0) ** 1.5, 0.0)
        return size + (added - c * of_mean) / unit, variance / unit**2, skewness

    scale = np.sqrt(law(plain / unit)[1]) + 4 * once[2] / unit
    return Noisy(plain / unit, law, added / unit, scale)


def _around(sums: list[Matrix], off: Matrix) -> Matrix:
    """sum w (d - off)^2 from sum w, sum w d and sum w d^2."""
    return sums[2] - 2 * off * sums[1] + off**2 * sums[0]


def _alternating(p: Matrix, error: Matrix) -> Matrix:
    signed = error * np.where(np.arange(error.shape[1]) % 2, 1.0, -1.0)
    return np.asarray(signed - (p * signed).sum(axis=1, keepdims=True))
