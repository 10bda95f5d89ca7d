"""Mean log deviation and Theil's index: how unevenly a value is spread, in thousandths of a logarithm.

What belongs here: measures made of the logarithm of a value over the mean. What does not: distances from the mean.
"""

from __future__ import annotations

import numpy as np

from pipelines.measures.spread.breakdown import Breakdown
from pipelines.measures.spread.estimate import Estimate, normal


def entropy(given: Breakdown) -> dict[str, Estimate]:
    """Both measures. With shares p, values y, mean m, r = y / m and u = r - 1:

    mean_log_deviation = 1000 sum -p ln r = 1000 sum p (u - ln(1 + u)), every value above 0;
    theil_index = 1000 sum p r ln r = 1000 sum p ((1 + u) ln(1 + u) - u), no value below 0 (a value of 0 adds 0).
    The second forms are the same because sum p u = 0; no term of them is negative, and equal values give exactly 0.
    """
    share, value, mean = given.share, given.value, given.mean
    ratio = value / mean[:, None]
    excess = (value - mean[:, None]) / mean[:, None]
    positive = np.asarray((value > 0).all(axis=1))
    not_negative = np.asarray((value >= 0).all(axis=1) & (mean > 0))
    logarithm = np.log1p(np.where(value > 0, excess, 0.0))
    times_log = np.where(value > 0, ratio * logarithm, 0.0)
    deviation = np.where(positive, 1000 * (share * (excess - logarithm)).sum(axis=1), np.nan)
    theil = np.where(not_negative, 1000 * (share * (times_log - excess)).sum(axis=1), np.nan)
    to_deviation = 1 - 1 / ratio
    to_theil = 1 + logarithm - (share * ratio * (1 + logarithm)).sum(axis=1, keepdims=True)
    error = share * given.error / mean[:, None]
    return {
        "mean_log_deviation": normal(
            deviation,
            1000 * np.sqrt(((to_deviation * error) ** 2).sum(axis=1)),
            given.z,
            least=0.0,
            notes=(("value_not_positive", ~positive),),
        ),
        "theil_index": normal(
            theil,
            np.where(positive, 1000 * np.sqrt(((to_theil * error) ** 2).sum(axis=1)), np.nan),
            given.z,
            least=0.0,
            notes=(("value_not_positive", ~not_negative),),
        ),
    }
