"""Sums of values whose logarithm or log-odds is normal, by their cumulants.

That is the law of the errors as given: limits from it are no truer than these errors, see `slope_index.py`.

What belongs here: the cumulants of one such value, and the law of a weighted sum from them. What does not: sums too
skewed for ten cumulants to describe (`characteristic.py`), or which quantile is wanted (`sums.py`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.polynomial.hermite_e import hermegauss

from pipelines.measures.lines.sum_law import Rows, SumLaw
from pipelines.measures.reading.groups import Matrix
from pipelines.measures.reading.links import LOG, Link

ORDER = 14
LARGEST_ERROR = 0.7
"""Above this error of one value on the log scale, no sum is tried: its cumulants grow too fast with their order."""

SMALL = 6e-7
"""When the thirteenth and fourteenth cumulants move a quantile by less, in standard deviations, the series is good."""

STEP, NODES = 0.4, 18
"""Midpoint rule: 2 pi / 0.4 = 15.7 deviations before the law repeats itself, and exp(-7^2 / 2) at the last node."""
FURTHEST = 7.5
NODE: Matrix = (np.arange(NODES, dtype=np.float64) + 0.5) * STEP
SIZES = [(-1.0) ** (order // 2) * NODE**order / math.factorial(order) for order in range(ORDER + 1)]

POINTS, POINT_WEIGHTS = hermegauss(32)
POINT_WEIGHTS = POINT_WEIGHTS / POINT_WEIGHTS.sum()


@dataclass(frozen=True)
class ByCumulants:
    """The law of weighted sums of independent values Y = g(v + e Z), one per row, Z standard normal, g = exp or expit.

    `value` v and `error` e are matrices (groups x rows) on the link's scale.
    """

    link: Link
    value: Matrix
    error: Matrix

    @cached_property
    def middle(self) -> Matrix:
        """Each value's mean."""
        return self.of_values[0]

    @cached_property
    def of_values(self) -> tuple[Matrix, Matrix, list[Matrix]]:
        """Each value's mean, standard deviation, and cumulants 3 to 14 over that power of the deviation."""
        error = np.minimum(self.error, LARGEST_ERROR)
        if self.link is LOG:
            return _of_lognormal(self.value, error)
        return _by_quadrature(self.link, self.value, error)

    def law(self, contrast: Matrix, rows: Rows) -> SumLaw:
        """The law of each group's sum of contrast * Y. `rows` are the groups that `contrast` is for."""
        mean, deviation, standard = self.of_values
        part = contrast * deviation[rows]
        scale = np.sqrt((part**2).sum(axis=1))
        part = part / scale[:, None]
        size = np.repeat(SIZES[2][None], len(scale), axis=0)
        angle = np.zeros_like(size)
        power, ends = part**2, []
        for order, cumulant in enumerate(standard, start=3):
            power = power * part
            total = (power * cumulant[rows]).sum(axis=1)
            # (i t)^order / order! is real for an even order and imaginary for an odd one.
            (angle if order % 2 else size)[:] += SIZES[order] * total[:, None]
            ends.append(np.abs(total) / (order * math.sqrt(math.factorial(order - 1))))
        small = np.maximum(ends[-1], ends[-2]) < SMALL
        sound = small & (size[:, -1] < -20) & (self.error[rows] <= LARGEST_ERROR).all(axis=1)
        return SumLaw(
            centre=(contrast * mean[rows]).sum(axis=1),
            scale=scale,
            node=NODE,
            step=STEP / NODE,
            modulus=np.exp(np.where(sound[:, None], size, -np.inf)),
            angle=angle,
            sound=sound,
            furthest=FURTHEST,
        )


def _of_lognormal(value: Matrix, error: Matrix) -> tuple[Matrix, Matrix, list[Matrix]]:
    """With q = exp(e^2) and mean m = exp(v + e^2 / 2), the cumulant of order r is m^r (q - 1)^(r - 1) I_r(q).

    I_r is the inversion enumerator of trees on r vertices: 1, 1, q + 2, q^3 + 3 q^2 + 6 q + 6, .., all terms positive,
    so nothing cancels however small the error: I_(n+1) = sum over i < n of
    C(n - 1, i) (1 + q + .. + q^i) I_(i+1) I_(n-i).
    """
    excess = np.expm1(error**2)
    q = 1 + excess
    runs = [np.ones_like(q)]
    for _ in range(ORDER):
        runs.append(1 + q * runs[-1])
    trees = [np.ones_like(q)]
    for n in range(1, ORDER):
        trees.append(sum(math.comb(n - 1, i) * runs[i] * trees[i] * trees[n - 1 - i] for i in range(n)))
    root = np.sqrt(excess)
    mean = np.exp(value + error**2 / 2)
    return mean, mean * root, [root ** (order - 2) * trees[order - 1] for order in range(3, ORDER + 1)]


def _by_quadrature(link: Link, value: Matrix, error: Matrix) -> tuple[Matrix, Matrix, list[Matrix]]:
    """Central moments by Gauss-Hermite quadrature, then cumulants by their recursion."""
    at = link.inverse(value[..., None] + error[..., None] * POINTS)
    mean = (at * POINT_WEIGHTS).sum(axis=-1)
    off = at - mean[..., None]
    deviation = np.sqrt((off**2 * POINT_WEIGHTS).sum(axis=-1))
    off = off / np.where(deviation > 0, deviation, 1)[..., None]
    power = off**2
    moments = [np.ones_like(mean), np.zeros_like(mean), np.ones_like(mean)]
    for _ in range(3, ORDER + 1):
        power = power * off
        moments.append((power * POINT_WEIGHTS).sum(axis=-1))
    cumulants = [np.zeros_like(mean), np.zeros_like(mean), np.ones_like(mean)]
    for n in range(3, ORDER + 1):
        cumulants.append(moments[n] - sum(math.comb(n - 1, k - 1) * cumulants[k] * moments[n - k] for k in range(2, n)))
    return mean, deviation, cumulants[3:]
