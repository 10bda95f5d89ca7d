"""What chance alone adds to a measure of spread, taken off again, and limits that allow for it.

What belongs here: the inversion of a measure's law, which gives estimate and limits at once. What does not: the law
of any one measure (`between_groups.py`, `mean_differences.py`), or its formula.

A measure of spread is never below 0, so that errors only ever add to it: where all values are truly equal, it is above
0 all the same. Its law is followed along the pattern that the values show: the categories keep their order and their
relative distances from the centre, which are made larger or smaller until the measure has the size asked about.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pipelines.measures.reading.groups import Flags, Matrix
from pipelines.measures.spread.breakdown import Breakdown
from pipelines.measures.spread.estimate import Estimate

POINTS = 33
"""Sizes at which a law is asked, between which its quantiles are nearly straight."""
UNEVEN = 4.0
"""Where one error is more than so many times another, 95% limits may cover 90 to 94%, and the row says so."""
BEYOND = 3.0
"""How many standard errors further than the limits lie the sizes reach."""

LEAST_SKEWNESS = 1e-3
"""Below this the quantile's expansion ends with its first term."""

Law = tuple[Matrix, Matrix, Matrix]
"""Mean, variance and skewness of each group's measure."""


@dataclass(frozen=True)
class Noisy:
    """A measure as computed, and what it would be computed to be at any true size.

    `plain`: the measure of the values as they are. `law(size)`: mean, variance and skewness of the plain measure where
    the true one is `size`. `added`: by how much the mean exceeds a true size of 0. `scale`: about its standard error.
    `of_pattern`: the variance that the measure has along the pattern alone, where the pattern's own error matters.
    """

    plain: Matrix
    law: Callable[[Matrix], Law]
    added: Matrix
    scale: Matrix
    of_pattern: Matrix | None = None

    def inverted(self, z: float) -> tuple[Matrix, Matrix, Matrix]:
        """The true sizes under which `plain` is the mean, the quantile at z and the quantile at -z.

        Returns
        -------
        The corrected estimate, its lower and its upper limit, none below 0.

        References
        ----------
        Inversion of a law as for the non-centrality of chi-squared: Venables, J R Stat Soc B 1975;37:406.
        """
        reach = (z + BEYOND) * self.scale
        low, high = np.maximum(self.plain - self.added - reach, 0), self.plain + reach
        sizes = low[:, None] + (high - low)[:, None] * np.linspace(0, 1, POINTS)
        laws = [self.law(sizes[:, place]) for place in range(POINTS)]
        mean, variance, skewness = (np.stack(part, axis=1) for part in zip(*laws, strict=True))
        if self.of_pattern is not None:
            variance = np.maximum(variance, (variance + self.of_pattern[:, None]) / 2)
        found = [
            _size_of(gamma_quantile(mean, variance, skewness, side) if side else mean, sizes, self.plain)
            for side in (0.0, z, -z)
        ]
        return found[0], found[1], found[2]

    def quantiles(self, z: float) -> tuple[Matrix, Matrix]:
        """The plain measure's quantiles at -z and z were its estimate the truth: biased, and what a bootstrap gives."""
        moments = self.law(self.plain)
        return gamma_quantile(*moments, -z), gamma_quantile(*moments, z)


def _size_of(quantile: Matrix, sizes: Matrix, plain: Matrix) -> Matrix:
    """Where a quantile that rises with the size passes `plain`, between the sizes on a straight line."""
    rising = np.maximum.accumulate(quantile, axis=1)
    above = rising > plain[:, None]
    place = np.where(above.any(axis=1), above.argmax(axis=1), POINTS - 1)[:, None]
    before = np.maximum(place - 1, 0)
    (start, end), (from_size, to_size) = (
        (np.take_along_axis(matrix, before, 1)[:, 0], np.take_along_axis(matrix, place, 1)[:, 0])
        for matrix in (rising, sizes)
    )
    part = np.where(end > start, (plain - start) / np.where(end > start, end - start, 1.0), 1.0)
    size = from_size + np.clip(part, 0, 1) * (to_size - from_size)
    known = np.isfinite(quantile).all(axis=1) & np.isfinite(plain)
    return np.where(known, np.where(place[:, 0] == 0, sizes[:, 0], size), np.nan)


def gamma_quantile(mean: Matrix, variance: Matrix, skewness: Matrix, z: float) -> Matrix:
    """The quantile at `z` normal deviations of the (shifted) gamma distribution with these moments.

    By Wilson and Hilferty: with c the skewness, the standardised quantile is (2 / c) ((1 - c^2 / 36 + z c / 6)^3 - 1),
    which is z + c (z^2 - 1) / 6 for a c near 0; one below 0 mirrors the distribution.
    """
    skewed = np.abs(skewness) > LEAST_SKEWNESS
    mirror = np.where(skewness < 0, -1.0, 1.0)
    skew = np.where(skewed, np.abs(skewness), 1.0)
    root = np.maximum(1 - skew**2 / 36 + mirror * z * skew / 6, 0)
    standard = np.where(skewed, mirror * (2 / skew) * (root * root * root - 1), z + skewness * (z**2 - 1) / 6)
    return np.asarray(mean + np.sqrt(np.maximum(variance, 0)) * standard)


def corrected(
    given: Breakdown,
    noisy: Noisy,
    standard_error: Matrix,
    *,
    factor: Matrix | float = 1.0,
    shape: Callable[[Matrix], Matrix] = lambda size: size,
    method: str,
    notes: tuple[tuple[str, Flags], ...] = (),
) -> Estimate:
    """The estimate of one measure of spread: what chance adds taken off, and the limits that go with it.

    Parameters
    ----------
    noisy
        The measure whose law is known; what is said is `factor * shape(size)` of its sizes.
    standard_error
        Of the plain measure.

    Returns
    -------
    The corrected estimate with the plain one beside it. Without errors both are the same. Where the test does not tell
    the values from equals the lower limit is 0, and the note `no_more_than_chance`. As WHO takes them: the plain one.
    """
    plain = factor * shape(noisy.plain)
    if given.as_who:
        lower, upper = (factor * shape(np.maximum(end, 0)) for end in noisy.quantiles(given.z))
        return Estimate(plain, standard_error, np.minimum(lower, plain), np.maximum(upper, plain), method, notes)
    value, lower, upper = (factor * shape(size) for size in noisy.inverted(given.z))
    p = given.p_of_equality
    alike = p >= given.alpha
    uneven = np.isfinite(lower) & (given.error.max(axis=1) > UNEVEN * given.error.min(axis=1))
    return Estimate(
        np.where(np.isfinite(given.error).all(axis=1), value, plain),
        standard_error,
        np.minimum(np.where(alike, 0.0, lower), value),
        np.maximum(upper, value),
        method,
        (*notes, ("no_more_than_chance", alike & np.isfinite(value)), ("rough_limits", uneven)),
        uncorrected=plain,
        p_of_equality=p,
    )
