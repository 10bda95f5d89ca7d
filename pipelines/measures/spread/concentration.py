"""Absolute and relative concentration index: which side of the ranking a value is concentrated on.

What belongs here: the two indices and their limits. What does not: the slope of the value itself
(`lines/slope_index.py`), of which the absolute index is a fixed part.
"""

from __future__ import annotations

import numpy as np

from pipelines.measures.reading.groups import Matrix
from pipelines.measures.spread.breakdown import Breakdown
from pipelines.measures.spread.estimate import Estimate, fieller_limits, normal


def concentration(given: Breakdown) -> dict[str, Estimate]:
    """Both indices. With shares p, c = relative rank - 1/2, V = sum p c^2, values y, errors s and mean m:

    absolute_concentration_index = A = 2 sum p c y, which is 2 V times the slope index; its limits are normal, of
    variance 4 sum p^2 c^2 s^2. relative_concentration_index = A / m, with Fieller's limits of the ratio of the two.
    """
    share, mean = given.share, given.mean
    centred = share.cumsum(axis=1) - share / 2 - 0.5
    apart = given.value - mean[:, None]
    index = 2 * (share * centred * apart).sum(axis=1)
    undefined = given.mean_not_positive
    relative = np.where(undefined[1], np.nan, given.sign * index / mean)
    if given.as_who:
        error, method = _of_scatter(given, centred, apart, index), "regression_residuals"
        return {
            "absolute_concentration_index": normal(given.sign * index, error, given.z, method=method),
            "relative_concentration_index": normal(relative, error / mean, given.z, method=method, notes=(undefined,)),
        }
    to_index = 2 * given.sign * share * centred
    of_index, of_mean, both = (
        (one * other * given.variance).sum(axis=1)
        for one, other in ((to_index, to_index), (share, share), (to_index, share))
    )
    lower, upper = fieller_limits(given.sign * index, mean, of_over=of_index, of_under=of_mean, shared=both, z=given.z)
    to_relative = to_index / mean[:, None] - share * (relative / mean)[:, None]
    return {
        "absolute_concentration_index": normal(given.sign * index, np.sqrt(of_index), given.z),
        "relative_concentration_index": Estimate(
            relative,
            np.sqrt((to_relative**2 * given.variance).sum(axis=1)),
            np.maximum(lower, -1.0),
            np.minimum(upper, 1.0),
            "fieller",
            (undefined,),
        ),
    }


def _of_scatter(given: Breakdown, centred: Matrix, apart: Matrix, index: Matrix) -> Matrix:
    """The standard error of A as the slope of 2 V y on the relative rank, by least squares weighted by population.

    sqrt(sum p e^2 / ((k - 2) V)) with residuals e: how far the categories lie from a line. It reads no error.
    """
    share, freedom = given.share, given.value.shape[1] - 2
    spread = (share * centred**2).sum(axis=1)
    residual = 2 * spread[:, None] * apart - index[:, None] * centred
    variance = (share * residual**2).sum(axis=1) / spread / freedom if freedom else np.full(len(index), np.nan)
    return np.asarray(np.sqrt(variance))
