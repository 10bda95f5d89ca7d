"""Limits of a fitted line's rise and of the ratio of its ends, where the fit is on the scale of normal errors.

What belongs here: the normal limits of a mean's slope with Fieller's of its ratio, and limits of a slope on the log or
logit scale carried back. What does not: values summed on another scale than their errors (`sums.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipelines.measures.reading.groups import Flags, Matrix
from pipelines.measures.reading.links import LOG, Link


@dataclass(frozen=True)
class Limits:
    """One number per group, NaN where there is none: limits of the rise (least minus most), and of the ratio wanted.

    `methods` name how they were found, each with the groups it was used for, the first that fits first.
    """

    lower: Matrix
    upper: Matrix
    ratio_lower: Matrix
    ratio_upper: Matrix
    methods: tuple[tuple[str, Flags], ...]


@dataclass(frozen=True)
class Line:
    """A line per group: `mean` in the middle and `slope` from end to end, with their variances and covariance."""

    mean: Matrix
    slope: Matrix
    variance_of_mean: Matrix
    variance_of_slope: Matrix
    covariance: Matrix


def normal_limits(line: Line, *, inverted: bool, z: float) -> Limits:
    """Normal limits of the slope; Fieller's limits of least / most (most / least when `inverted`).

    Fieller's are bounded, and so given, wherever the denominator is above 0 by more than chance at the confidence
    asked. Both ends are of what cannot be negative, so that no limit of their ratio is.
    """
    half = z * np.sqrt(line.variance_of_slope)
    ends = (line.mean + line.slope / 2, line.mean - line.slope / 2)
    # A ratio turned over has Fieller's limits turned over; with the ends exchanged they come out in order.
    over, under = ends[::-1] if inverted else ends
    sign = 1 if inverted else -1
    of_under = np.clip(line.variance_of_mean + sign * line.covariance + line.variance_of_slope / 4, 0, None)
    bounded = under > z * np.sqrt(of_under)
    lower, upper = _fieller(line, over, under, of_under, z=z)
    lower, upper = np.where(bounded, np.maximum(lower, 0), np.nan), np.where(bounded, upper, np.nan)
    has_ratio = np.isfinite(lower) & (over > 0)
    methods = (("normal+fieller", has_ratio), ("normal", np.isfinite(half)))
    return Limits(line.slope - half, line.slope + half, lower, upper, methods)


def scored_limits(line: Line, slopes: tuple[Matrix, Matrix], *, inverted: bool, z: float) -> Limits:
    """Score limits of a slope of counts, with Fieller's limits of the ratio from the counts' own variances."""
    plain = normal_limits(line, inverted=inverted, z=z)
    has_ratio = np.isfinite(plain.ratio_lower)
    methods = (("score+fieller", has_ratio), ("score", np.isfinite(slopes[0])))
    return Limits(slopes[0], slopes[1], plain.ratio_lower, plain.ratio_upper, methods)


def carried_limits(line: Line, link: Link, *, inverted: bool, z: float) -> Limits:
    """Normal limits of the slope on the link's scale, each carried back with the middle of the line held fixed.

    A slope s there has the ends g(mean -/+ s / 2) here; both their difference and their ratio rise with s.
    """
    half = z * np.sqrt(line.variance_of_slope)
    least, most = (
        [link.inverse(line.mean + side * (line.slope + way * half) / 2) for way in (-1, 1)] for side in (1, -1)
    )
    ratios = [most[way] / least[way] if inverted else least[way] / most[way] for way in (0, 1)]
    lower, upper = ratios[::-1] if inverted else ratios
    name = "log_scale" if link is LOG else "logit_scale"
    return Limits(least[0] - most[0], least[1] - most[1], lower, upper, ((name, np.isfinite(half)),))


def odds_ratio(line: Line, *, on_logits: bool, inverted: bool, z: float) -> tuple[Matrix, Matrix, Matrix]:
    """The ratio of the odds of the two fitted ends with its limits, for proportions; NaN where an end is not in (0, 1).

    Of 10% against 5% it is 2.1, and so it is, turned over, of 90% against 95%, where the ratio of the proportions is
    1.06: near 100% that ratio says little. `on_logits`: the line is of log-odds, its slope the logarithm of this ratio
    and its limits normal there. Else the logarithm's limits are the delta method's.
    """
    sign = -1 if inverted else 1
    if on_logits:
        log, error = line.slope, np.sqrt(line.variance_of_slope)
    else:
        least, most = line.mean + line.slope / 2, line.mean - line.slope / 2
        inside = (np.minimum(least, most) > 0) & (np.maximum(least, most) < 1)
        to_least, to_most = (np.where(inside, 1 / (end * (1 - end)), np.nan) for end in (least, most))
        log = np.where(inside, np.log(least / (1 - least)) - np.log(most / (1 - most)), np.nan)
        apart, together = to_least - to_most, (to_least + to_most) / 2
        variance = apart**2 * line.variance_of_mean + together**2 * line.variance_of_slope
        error = np.sqrt(variance + 2 * apart * together * line.covariance)
    return np.exp(sign * log), np.exp(sign * log - z * error), np.exp(sign * log + z * error)


def _fieller(line: Line, over: Matrix, under: Matrix, of_under: Matrix, *, z: float) -> tuple[Matrix, Matrix]:
    """Fieller's limits of a ratio of the two fitted ends.

    They solve A r^2 - 2 B r + D = 0 with A = den^2 - z^2 V(den), B = num den - z^2 C, D = num^2 - z^2 V(num). The root
    of B^2 - A D is written out in the moments of mean and slope, because subtracting the two products would leave
    only rounding when the errors are small: B^2 - A D = z^2 [V(slope) mean^2 - 2 C(mean, slope) slope mean
    + V(mean) slope^2 - z^2 (V(mean) V(slope) - C(mean, slope)^2)].
    """
    leading = under**2 - z**2 * of_under
    of_mean, of_slope = line.variance_of_mean, line.variance_of_slope
    middle = over * under - z**2 * (of_mean - of_slope / 4)
    spread = of_slope * line.mean**2 - 2 * line.covariance * line.slope * line.mean + of_mean * line.slope**2
    half = z * np.sqrt(np.clip(spread - z**2 * (of_mean * of_slope - line.covariance**2), 0, None))
    return (middle - half) / leading, (middle + half) / leading
