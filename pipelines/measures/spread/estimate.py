"""A number of each group with its standard error, limits, the method behind them and what must be said with it.

What belongs here: the shapes of intervals that several measures share. What does not: any measure's formula.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipelines.measures.reading.groups import Flags, Matrix

HALVINGS = 40
"""Of the range in which a limit of a ratio is looked for: to twelve digits of it."""


@dataclass(frozen=True)
class Estimate:
    """One measure of every group in a block. `notes` are (note code, where it holds), gravest first.

    `method` says how the limits were made, for all groups or for each. Where `value` is not finite nothing of the
    estimate counts; where a limit is not finite, neither does.
    """

    value: Matrix
    standard_error: Matrix
    lower: Matrix
    upper: Matrix
    method: str | NDArray[np.str_]
    notes: tuple[tuple[str, Flags], ...] = ()


def normal(
    value: Matrix,
    standard_error: Matrix,
    z: float,
    *,
    least: float = -np.inf,
    method: str = "normal",
    notes: tuple[tuple[str, Flags], ...] = (),
) -> Estimate:
    """Limits `z` standard errors either side, none below `least`: what cannot be negative has no negative limit."""
    lower = np.maximum(value - z * standard_error, least)
    return Estimate(value, standard_error, lower, value + z * standard_error, method, notes)


def fieller_limits(
    over: Matrix, under: Matrix, *, of_over: Matrix, of_under: Matrix, shared: Matrix, z: float
) -> tuple[Matrix, Matrix]:
    """Fieller's limits of over / under, which are normal with these variances and this covariance.

    NaN where they are not bounded, because `under` is not above 0 by more than z of its standard errors.
    """
    leading = np.where(under > z * np.sqrt(of_under), under**2 - z**2 * of_under, np.nan)
    middle = over * under - z**2 * shared
    within = of_over * under**2 - 2 * shared * over * under + of_under * over**2
    half = z * np.sqrt(np.clip(within - z**2 * (of_over * of_under - shared**2), 0, None))
    return (middle - half) / leading, (middle + half) / leading


def never_negative(
    value: Matrix,
    limits: tuple[Matrix, Matrix],
    standard_error: Matrix,
    *,
    method: str,
    notes: tuple[tuple[str, Flags], ...] = (),
) -> Estimate:
    """An estimate that noise alone makes positive: its limits are stretched to hold it, and where they must be, a note.

    The sampling distribution of a sum of distances lies above the distance of the expected values, and where all
    differences are noise even its lower limit does.
    """
    lower, upper = limits
    noise = (lower > value, "within_sampling_error")
    lower, upper = np.minimum(lower, value), np.maximum(upper, value)
    return Estimate(value, standard_error, np.maximum(lower, 0.0), upper, method, (*notes, noise[::-1]))


def gamma_limits(mean: Matrix, variance: Matrix, skewness: Matrix, z: float) -> tuple[Matrix, Matrix]:
    """The quantiles at -z and z of the (shifted) gamma distribution with these moments."""
    return gamma_quantile(mean, variance, skewness, -z), gamma_quantile(mean, variance, skewness, z)


def gamma_quantile(mean: Matrix, variance: Matrix, skewness: Matrix, z: float) -> Matrix:
    """The quantile at `z` normal deviations of the (shifted) gamma distribution with these moments.

    By Wilson and Hilferty: with c the skewness, the standardised quantile is (2 / c) ((1 - c^2 / 36 + z c / 6)^3 - 1);
    a c near 0 gives z, one below 0 mirrors the distribution.
    """
    mirror = np.where(skewness < 0, -1.0, 1.0)
    skew = np.maximum(np.abs(skewness), 1e-4)
    root = np.maximum(1 - skew**2 / 36 + mirror * z * skew / 6, 0)
    return np.asarray(mean + mirror * np.sqrt(np.maximum(variance, 0)) * (2 / skew) * (root * root * root - 1))


def ratio_limits(quantile: Callable[[Matrix, float], Matrix], highest: Matrix, z: float) -> tuple[Matrix, Matrix]:
    """Limits of a ratio over / under, from `quantile(c, z)` of over - c under, which falls as c grows.

    The ratio is at most c where that difference is at most 0, so each limit is the c between 0 and `highest` at which
    the difference's quantile is 0. Found by halving, the same number of times for every group.
    """
    found = []
    for side in (-z, z):
        low, high = np.zeros_like(highest), highest
        computable = np.isfinite(quantile(low, side))
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            above = quantile(middle, side) > 0
            low, high = np.where(above, middle, low), np.where(above, high, middle)
        found.append(np.where(computable, (low + high) / 2, np.nan))
    return found[0], found[1]


def nothing(count: int) -> Estimate:
    """The estimate of groups that were refused."""
    empty = np.full(count, np.nan)
    return Estimate(empty, empty, empty, empty, "none")
