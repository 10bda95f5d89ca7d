"""Sums of values whose logarithm or log-odds is normal, by their characteristic functions, at any skewness.

What belongs here: the characteristic function of one such value by quadrature, and of a weighted sum. What does not:
its inversion (`sum_law.py`). Slower than cumulants (`cumulants.py`), and needed for small counts only.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from pipelines.measures.lines.sum_law import Rows, SumLaw
from pipelines.measures.reading.groups import Matrix
from pipelines.measures.reading.links import Link

Complex = NDArray[np.complex128]

LARGEST_ERROR = 1.5
"""Errors above this on the log scale (95% limits 19 times the estimate) are left to simulation."""

STEP = 0.2
U = np.arange(-3.2, 16.0, STEP)
NODE = np.log1p(np.exp(U - np.exp(-U)))
PER_NODE = STEP * (1 + np.exp(-U)) / (1 + np.exp(np.exp(-U) - U)) / NODE
"""Nodes of the inversion crowd at 0, where heavy tails hide, and go on evenly; each with its step over itself."""

FADED = 1e-5
"""The modulus must have sunk below this at the last node, which leaves about a hundredth of it out of a probability."""

SPACING = 0.4
Z = np.arange(-19, 20) * SPACING
"""Points of the quadrature over the normal error."""

LOWEST, PITCH = -12.0, 0.125
PLACES = np.arange(LOWEST, 18.0, PITCH)
"""Each value's function is tabulated at t = log(1 + exp(place)), in units of its own spread."""
T = np.log1p(np.exp(PLACES))
AT_ONCE = 8
"""Values at once: 8 x 240 places x 39 points are 0.6 MB a matrix, which stays in the processor's cache."""

AROUND = np.arange(-3, 5)
"""Eight places of the table around a point give the function there (Lagrange), to about 1e-8."""
ACROSS = np.array([np.prod([here - other for other in AROUND if other != here], dtype=float) for here in AROUND])


@dataclass(frozen=True)
class ByCharacteristicFunction:
    """The law of weighted sums of independent values Y = g(v + e Z), as `cumulants.ByCumulants`."""

    link: Link
    value: Matrix
    error: Matrix

    @cached_property
    def middle(self) -> Matrix:
        """Each value's median."""
        return np.asarray(self.link.inverse(self.value))

    @cached_property
    def spread(self) -> Matrix:
        """About how far a value reaches on its own scale: half of what one error up and one down are apart."""
        above, below = self.link.inverse(self.value + self.error), self.link.inverse(self.value - self.error)
        return np.asarray((above - below) / 2)

    @cached_property
    def table(self) -> Complex:
        """(f(t) - 1) / t with f(t) = E exp(i t (Y - middle) / spread), rows x groups x places: a constant near t = 0.

        By the trapezoid rule over z, on a path moved off the real line to z + i a, where Y gains an imaginary part
        that makes the integrand fade instead of oscillate; the integral is the same.
        """
        groups, rows = self.value.shape
        table = np.empty((rows, groups, len(PLACES)), complex)
        for row in range(rows):
            for start in range(0, groups, AT_ONCE):
                few = slice(start, start + AT_ONCE)
                table[row, few] = _functions(
                    self.link, self.value[few, row], self.error[few, row], self.middle[few, row], self.spread[few, row]
                )
        return table

    def law(self, contrast: Matrix, rows: Rows) -> SumLaw:
        """The law of each group's sum of contrast * Y. `rows` are the groups that `contrast` is for."""
        part = contrast * self.spread[rows]
        scale = np.sqrt((part**2).sum(axis=1))
        part = part / scale[:, None]
        function = np.ones((len(rows), len(NODE)), complex)
        for row in range(contrast.shape[1]):
            of_value = self._function(rows, row, np.abs(part[:, row, None]) * NODE)
            function *= np.where(part[:, row, None] < 0, of_value.conj(), of_value)
        modulus, angle = np.abs(function), np.angle(function)
        return SumLaw(
            centre=(contrast * self.middle[rows]).sum(axis=1),
            scale=scale,
            node=NODE,
            step=PER_NODE,
            modulus=modulus,
            angle=angle,
            sound=(self.error[rows] <= LARGEST_ERROR).all(axis=1) & (modulus[:, -1] < FADED),
        )

    def _function(self, groups: Rows, row: int, t: Matrix) -> Complex:
        """One row's function at t (groups x nodes), read from its table."""
        place = np.clip((np.log(np.expm1(t)) - LOWEST) / PITCH, -AROUND[0], len(PLACES) - 1.5 - AROUND[-1])
        place = np.where(np.isnan(t), -AROUND[0], place)  # Overflow is at no place; t itself makes the function NaN.
        first = place.astype(np.int64)
        weights = _lagrange(place - first)
        table = self.table[row].reshape(-1)
        start = (groups * len(PLACES))[:, None] + first
        found = np.zeros(t.shape, complex)
        for offset, weight in zip(AROUND, weights, strict=True):
            found += weight * table[start + offset]
        return np.asarray(1 + t * found, dtype=np.complex128)


def _functions(link: Link, value: Matrix, error: Matrix, middle: Matrix, spread: Matrix) -> Complex:
    """A few values' rows of the table."""
    v, e = value[:, None], error[:, None]
    up = np.minimum(4.0, np.pi / 2 / np.maximum(e, 0.1))
    off = (link.inverse(v + e * (Z + 1j * up)) - middle[:, None]) / np.where(spread > 0, spread, 1)[:, None]
    fading = -T[:, None] * off.imag[:, None, :] - ((Z**2 - up**2) / 2)[:, None, :]
    kept = fading > -60  # What has faded is left out: tiny numbers and huge angles are slow to compute with.
    weight = np.where(kept, np.exp(np.where(kept, fading, 0.0)), 0.0)
    angle = np.where(kept, T[:, None] * off.real[:, None, :] - (Z * up)[:, None, :], 0.0)
    real, imaginary = (weight * np.cos(angle)).sum(axis=2), (weight * np.sin(angle)).sum(axis=2)
    table = ((real + 1j * imaginary) * (SPACING / np.sqrt(2 * np.pi)) - 1) / T
    return np.asarray(table, dtype=np.complex128)


def _lagrange(place: Matrix) -> list[Matrix]:
    """The weights of the eight places `AROUND` a point at `place`, from products of the gaps left and right of each."""
    gaps = [place - at for at in AROUND]
    left, right = [np.ones_like(place)], [np.ones_like(place)]
    for gap_left, gap_right in zip(gaps[:-1], gaps[:0:-1], strict=True):
        left.append(left[-1] * gap_left)
        right.append(right[-1] * gap_right)
    return [one * other / across for one, other, across in zip(left, right[::-1], ACROSS, strict=True)]
