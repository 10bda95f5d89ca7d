"""A number of each group with its standard error, limits, the method behind them and what must be said with it.

What belongs here: the shapes of intervals that several measures share. What does not: any measure's formula.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipelines.measures.reading.groups import Flags, Matrix


@dataclass(frozen=True)
class Estimate:
    """One measure of every group in a block. `notes` are (note code, where it holds), gravest first.

    `method` says how the limits were made, for all groups or for each. Where `value` is not finite nothing of the
    estimate counts; where a limit is not finite, neither does. Measures of spread say also `uncorrected`, the value
    without what chance adds taken off, and `p_of_equality`, how likely equals differ as much.
    """

    value: Matrix
    standard_error: Matrix
    lower: Matrix
    upper: Matrix
    method: str | NDArray[np.str_]
    notes: tuple[tuple[str, Flags], ...] = ()
    uncorrected: Matrix | None = None
    p_of_equality: Matrix | None = None


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


def nothing(count: int) -> Estimate:
    """The estimate of groups that were refused."""
    empty = np.full(count, np.nan)
    return Estimate(empty, empty, empty, empty, "none")
