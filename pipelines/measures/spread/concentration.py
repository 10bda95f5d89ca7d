"""Absolute and relative concentration index: which side of the ranking a value is concentrated on.

What belongs here: the two indices and their regression. What does not: the slope of the value itself
(`lines/slope_index.py`), whose limits come from the values' own errors.
"""

from __future__ import annotations

import numpy as np

from pipelines.measures.spread.breakdown import Breakdown
from pipelines.measures.spread.estimate import Estimate, normal


def concentration(given: Breakdown) -> dict[str, Estimate]:
    """Both indices. With shares p, c = relative rank - 1/2, V = sum p c^2, values y, mean m and k categories:

    absolute_concentration_index = 2 sum p c y, which is the slope of 2 V y on the relative rank by least squares
    weighted with the population; relative_concentration_index = absolute / m.
    Standard error: that regression's own, sqrt(sum p e^2 / ((k - 2) V)) with residuals e. It says how far the
    categories lie from a line, and knows nothing of the values' errors.
    """
    share, mean = given.share, given.mean
    centred = share.cumsum(axis=1) - share / 2 - 0.5
    spread = (share * centred**2).sum(axis=1)
    apart = given.value - mean[:, None]
    slope = 2 * (share * centred * apart).sum(axis=1)
    residual = 2 * spread[:, None] * apart - slope[:, None] * centred
    freedom = given.value.shape[1] - 2
    variance = (share * residual**2).sum(axis=1) / spread / freedom if freedom else np.full(len(slope), np.nan)
    error = np.sqrt(variance)
    undefined = given.mean_not_positive
    relative = np.where(undefined[1], np.nan, given.sign * slope / mean)
    method = "regression_residuals"
    return {
        "absolute_concentration_index": normal(given.sign * slope, error, given.z, method=method),
        "relative_concentration_index": normal(relative, error / mean, given.z, method=method, notes=(undefined,)),
    }
