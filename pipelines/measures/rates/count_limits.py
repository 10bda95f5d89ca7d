"""Limits of a count of events: exact Poisson when it is small, Byar's approximation otherwise.

What belongs here: how uncertain a count is. What does not: what it is divided by (`crude_rate.py`,
`indirectly_standardised.py`, `directly_standardised_rate.py`). Counts need not be whole: expected or weighted counts
go through the same formulae.
"""

from __future__ import annotations

import numpy as np
from scipy import special

from pipelines.measures.reading.groups import Flags, Matrix

SMALL_COUNT = 10
"""Below this a count gets exact limits, and a directly standardised rate is not computed at all."""


def poisson_limits(count: Matrix, *, confidence: float, z: float) -> tuple[Matrix, Matrix, Flags]:
    """Two-sided limits of each count, and which of them are exact; `z` is the normal quantile of `confidence`.

    Exact: half the chi-squared quantiles with 2 O degrees of freedom at (1 - c) / 2 and 2 O + 2 at (1 + c) / 2, where
    the count O is under 10. Otherwise Byar's.
    """
    exact = count < SMALL_COUNT
    lower, upper = byar_limits(count, z=z)
    small = np.where(exact, count, 1.0)
    exact_lower, exact_upper = exact_limits(small, tail=(1 - confidence) / 2)
    return np.where(exact, exact_lower, lower), np.where(exact, exact_upper, upper), exact


def byar_limits(count: Matrix, *, z: float) -> tuple[Matrix, Matrix]:
    """Byar's limits: O (1 - 1/(9 O) - z/(3 sqrt O))^3, and the same with O + 1 and + z; a negative one is NaN."""
    with np.errstate(all="ignore"):
        lower = count * (1 - 1 / (9 * count) - z / (3 * np.sqrt(count))) ** 3
        above = count + 1
        upper = above * (1 - 1 / (9 * above) + z / (3 * np.sqrt(above))) ** 3
        return np.where(lower >= 0, lower, np.nan), upper


def exact_limits(count: Matrix, *, tail: float) -> tuple[Matrix, Matrix]:
    """The means under which a count as high, and as low, as this one has probability `tail`; the lower of 0 is 0."""
    with np.errstate(all="ignore"):
        lower = np.where(count > 0, special.gammaincinv(np.where(count > 0, count, 1.0), tail), 0.0)
        return lower, special.gammainccinv(count + 1, tail)
