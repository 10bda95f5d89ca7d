"""Mean log deviation and Theil's index: how unevenly a value is spread, in thousandths of a logarithm.

What belongs here: measures made of the logarithm of a value over the mean. What does not: distances from the mean.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from pipelines.measures.reading.groups import Matrix
from pipelines.measures.spread.between_groups import METHOD, squares
from pipelines.measures.spread.breakdown import Breakdown
from pipelines.measures.spread.estimate import Estimate, normal
from pipelines.measures.spread.noise import corrected


def entropy(given: Breakdown) -> dict[str, Estimate]:
    """Both measures. With shares p, values y, mean m, r = y / m and u = r - 1:

    mean_log_deviation = 1000 sum -p ln r = 1000 sum p (u - ln(1 + u)), every value above 0;
    theil_index = 1000 sum p r ln r = 1000 sum p ((1 + u) ln(1 + u) - u), no value below 0 (a value of 0 adds 0).
    The second forms are the same because sum p u = 0; no term of them is negative, and equal values give exactly 0.
    Both are nearly 500 sum p u^2, and so what chance adds is taken off by making all u smaller, as for that sum.
    """
    share, value, mean = given.share, given.value, given.mean
    excess = (value - mean[:, None]) / mean[:, None]
    ratio = value / mean[:, None]
    positive = np.asarray((value > 0).all(axis=1))
    not_negative = np.asarray((value >= 0).all(axis=1) & (mean > 0))
    logarithm = np.log1p(np.where(value > 0, excess, 0.0))
    to_deviation = 1 - 1 / ratio
    to_theil = 1 + logarithm - (share * ratio * (1 + logarithm)).sum(axis=1, keepdims=True)
    error = share * given.error / mean[:, None]
    noisy = squares(given, relative=True)

    def of_size(size: Matrix, *, theil: bool) -> Matrix:
        """The measure where sum p u^2 is `size` in the pattern of the values seen."""
        times = np.sqrt(np.where(noisy.plain > 0, size / np.where(noisy.plain > 0, noisy.plain, 1.0), 0.0))
        u = times[:, None] * excess
        log = np.log1p(np.where(u > -1, u, np.nan if not theil else 0.0))
        term = np.where(u > -1, (1 + u) * log - u, np.where(u == -1, 1.0, np.nan)) if theil else u - log
        return np.asarray(1000 * (share * term).sum(axis=1))

    answer = {}
    for name, theil, defined, known, to_measure in (
        ("mean_log_deviation", False, positive, positive, to_deviation),
        ("theil_index", True, not_negative, positive, to_theil),
    ):
        of_error = np.where(known, 1000 * np.sqrt(((to_measure * error) ** 2).sum(axis=1)), np.nan)
        notes = (("value_not_positive", ~defined),)
        if given.as_who:
            plain = np.where(defined, of_size(noisy.plain, theil=theil), np.nan)
            answer[name] = normal(plain, of_error, given.z, least=0.0, notes=notes)
        else:
            answer[name] = corrected(
                given,
                noisy,
                of_error,
                factor=np.where(defined, 1.0, np.nan),
                shape=partial(of_size, theil=theil),
                method=METHOD,
                notes=notes,
            )
    return answer
