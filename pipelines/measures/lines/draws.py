"""Limits by simulation, for sums too spread for any formula: the last resort, and seeded.

What belongs here: shared draws and the order statistics of what they give. What does not: sums that a formula can
answer (`cumulants.py`, `characteristic.py`).
"""

from __future__ import annotations

from functools import cache

import numpy as np
from scipy.special import ndtr, ndtri

from pipelines.measures.reading.groups import Matrix
from pipelines.measures.reading.links import Link

PAIRS = 16_384
SEED = 20260101
AT_ONCE = 32
"""Groups simulated together: 32 groups x 32,768 draws are 8 MB a matrix."""


@cache
def normal_draws(rows: int) -> Matrix:
    """Standard normal draws (rows x draws), each with its mirror image. Every group of `rows` rows gets the same.

    A Latin hypercube: each row's draws are the middles of equally likely parts, shuffled, so that a sum that one row
    rules has the quantiles of that row and not of a sample of it.
    """
    parts = np.tile(np.arange(PAIRS), (rows, 1))
    draws = ndtri((np.random.default_rng([SEED, rows]).permuted(parts, axis=1) + 0.5) / PAIRS)
    return np.concatenate([draws, -draws], axis=1)


def drawn_limits(
    link: Link, value: Matrix, error: Matrix, *, weight: Matrix, over: Matrix, under: Matrix, z: float
) -> tuple[Matrix, Matrix]:
    """Quantiles (2 x groups) of sum weight * Y, and of the ratio where those of its denominator are all above 0.

    A draw whose denominator is not above 0 has a ratio above any other; a lower limit below 0 is 0.
    """
    slopes, ratios = np.full((2, len(value)), np.nan), np.full((2, len(value)), np.nan)
    tails = np.array([ndtr(-z), ndtr(z)])
    for start in range(0, len(value), AT_ONCE):
        few = slice(start, start + AT_ONCE)
        draws = normal_draws(value.shape[1])
        slope, top, bottom = (np.zeros((len(value[few]), draws.shape[1])) for _ in range(3))
        for row in range(value.shape[1]):
            drawn = link.inverse(value[few, row, None] + error[few, row, None] * draws[row])
            slope += weight[few, row, None] * drawn
            top += over[few, row, None] * drawn
            bottom += under[few, row, None] * drawn
        slopes[:, few] = np.quantile(slope, tails, axis=1)
        ordered = np.where(bottom > 0, np.maximum(top, 0.0) / bottom, np.inf)
        ratios[:, few] = np.quantile(ordered, tails, axis=1)
    return slopes, ratios
