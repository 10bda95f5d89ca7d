"""Score limits of a slope over counts: events that may be 0, in groups of any size.

What belongs here: limits of a weighted sum of rates or proportions from the counts themselves. What does not: limits
from errors that somebody else made of the counts (`sums.py`), or the line (`slope_index.py`).
"""

from __future__ import annotations

import numpy as np

from pipelines.measures.reading.groups import Matrix

HALVINGS = 45
NEAREST, WIDEST = 1e-3, 1e6
"""Between which parts of the plain multiplier the root is looked for; beyond the last a count can move no further."""


def score_limits(
    count: Matrix, denominator: Matrix, weight: Matrix, *, binomial: bool, z: float
) -> tuple[Matrix, Matrix]:
    """Limits of beta = sum w p, p the true rates (or proportions, `binomial`) behind `count` out of `denominator`.

    Parameters
    ----------
    count, denominator, weight
        Matrices (groups x rows); counts may be 0, denominators are above 0.

    Returns
    -------
    The lower and the upper limit of each group.

    Notes
    -----
    A slope beta is within the limits while (b - beta)^2 <= z^2 V(beta): b is the slope of the counts, and V the
    variance sum w^2 p / n (binomial: p (1 - p)) at the likeliest p whose slope is beta. With the constraint's
    multiplier m these are p = x / (n + m w) (binomial: the root of m w p^2 - (n + m w) p + x = 0), so that
    b - beta = m V, and the limits are b -/+ z^2 / |m| with m^2 V = z^2. A group without events has p = 0 until m is
    -n / w, where it takes up the rest, and m ends. Where many events are counted these are the normal limits.

    References
    ----------
    Miettinen & Nurminen, Statistics in Medicine 1985;4:213, for two groups; Rao's score test.
    """
    slope = (weight * count / denominator).sum(axis=1)
    plain = (weight**2 * _variance(count, denominator, np.zeros_like(weight), binomial=binomial)).sum(axis=1)
    # About where the root lies, by the variance of one event more in each group.
    more = (weight**2 * (count + 1) / denominator**2).sum(axis=1)
    start = z / np.sqrt(np.maximum(plain, more))
    ends = []
    for side in (1.0, -1.0):
        turned = side * weight
        low, high = start * NEAREST, start * WIDEST
        if not binomial:
            edge = np.where(turned < 0, denominator / np.where(turned < 0, -turned, 1.0), np.inf).min(axis=1)
            high = np.minimum(high, edge)
        low = np.minimum(low, high)
        for _ in range(HALVINGS):
            middle = np.sqrt(low * high)
            variance = _variance(count, denominator, middle[:, None] * turned, binomial=binomial)
            under = middle**2 * (weight**2 * variance).sum(axis=1) < z**2
            low, high = np.where(under, middle, low), np.where(under, high, middle)
        ends.append(slope - side * z**2 / high)
    return ends[0], ends[1]


def count_error(count: Matrix, denominator: Matrix, *, binomial: bool) -> Matrix:
    """The standard error of each rate or proportion, from its own count."""
    return np.asarray(np.sqrt(_variance(count, denominator, np.zeros_like(count), binomial=binomial)))


def _variance(count: Matrix, denominator: Matrix, pull: Matrix, *, binomial: bool) -> Matrix:
    """p / n, or p (1 - p) / n, at the likeliest p where the constraint pulls a group by `pull` = m w."""
    if not binomial:
        return np.asarray(count / (denominator + pull) / denominator)
    total = denominator + pull
    root = np.sqrt(np.maximum(total**2 - 4 * pull * count, 0))
    far = total < 0
    share = np.where(far, (total - root) / np.where(far, 2 * pull, 1.0), 2 * count / np.where(far, 1.0, total + root))
    return np.asarray(share * (1 - share) / denominator)
