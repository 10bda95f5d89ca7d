"""Mean distance of the categories from the mean, the best or a reference, and the index of disparity.

What belongs here: measures made of absolute differences. What does not: squared ones (`between_groups.py`).
"""

from __future__ import annotations

import numpy as np

from pipelines.measures.reading.groups import Flags, Matrix
from pipelines.measures.spread.breakdown import Breakdown
from pipelines.measures.spread.estimate import Estimate, gamma_limits, gamma_quantile, never_negative, ratio_limits
from pipelines.measures.spread.sampling import distances, largest

METHOD = "distance_moments"
Notes = tuple[tuple[str, Flags], ...]


def from_mean(given: Breakdown, *, weighted: bool) -> dict[str, Estimate]:
    """`mean_difference_from_mean` = sum w |y - c| and `index_of_disparity` = 100 sum w |y - c| / c, w = 1 / k.

    The `_weighted` forms (when `weighted`) have w = the population share. c is the published total, taken as known,
    where there is one; else the population-weighted mean, whose error and overlap with each value are counted.
    """
    variance, size = given.moments[1], given.value.shape[1]
    published = np.isfinite(given.total)
    if weighted:
        centre = np.where(published, given.total, given.mean)
        share = np.where(published[:, None], 0.0, given.share)
    else:
        centre, share = given.total, np.zeros_like(given.value)
    of_centre = (share**2 * variance).sum(axis=1)
    with_centre = share * variance
    covariance = of_centre[:, None, None] - with_centre[:, :, None] - with_centre[:, None, :]
    covariance[:, np.arange(size), np.arange(size)] += variance
    expected_centre = np.where(published, given.total, (share * given.moments[0]).sum(axis=1))
    apart = given.value - centre[:, None]
    expected, joint, sign = distances(given.moments[0] - expected_centre[:, None], covariance)
    # What each distance shares with the centre it is measured from, for the ratio of the two.
    to_centre = sign * (with_centre - of_centre[:, None])
    unknown: Notes = (("no_total", np.isnan(centre)),)
    undefined: Notes = (("mean_not_positive", centre <= 0),)
    highest = 1 / given.share.min(axis=1) if weighted else np.full(len(centre), np.nan)  # no y / m is above 1 / p
    answer = {}
    for form, weight in _weights(given, weighted=weighted):
        value = (weight * np.abs(apart)).sum(axis=1)
        mean = (weight * expected).sum(axis=1)
        spread = _variance(weight, joint)
        with_centre_sum = (weight * to_centre).sum(axis=1)
        factor = np.where(centre > 0, 100 / centre, np.nan)
        ratio = _ratio(
            mean=mean,
            variance=spread,
            centre=centre,
            of_centre=of_centre,
            shared=with_centre_sum,
            highest=highest,
            z=given.z,
        )
        known = [factor * limit for limit in gamma_limits(mean, spread, _skewness(mean, spread), given.z)]
        limits = [np.where(published, one, 100 * other) for one, other in zip(known, ratio, strict=True)]
        relative = mean / centre
        of_ratio = spread - 2 * relative * with_centre_sum + relative**2 * of_centre
        answer[f"mean_difference_from_mean{form}"] = _sum_of_distances(value, mean, spread, given.z, unknown)
        answer[f"index_of_disparity{form}"] = never_negative(
            factor * value,
            (limits[0], limits[1]),
            factor * np.sqrt(np.maximum(of_ratio, 0)),
            method=METHOD,
            notes=(*unknown, *undefined),
        )
    return answer


def from_best(given: Breakdown, *, weighted: bool) -> dict[str, Estimate]:
    """`mean_difference_from_best` = sum w |y - best|, best = the largest value where more is better, else the smallest.

    Which category is best is uncertain too: the limits count the chance of each.
    """
    forms = list(_weights(given, weighted=weighted))
    best = given.sign * (given.sign * given.value).max(axis=1)
    value, variance = given.moments
    top, spread, shared = largest(given.sign * value, variance, tuple(weight for _, weight in forms))
    answer = {}
    for (form, weight), with_sum in zip(forms, shared, strict=True):
        mean = top - given.sign * (weight * value).sum(axis=1)
        variance_of_mean = spread - 2 * with_sum + (weight**2 * variance).sum(axis=1)
        away = (weight * np.abs(given.value - best[:, None])).sum(axis=1)
        answer[f"mean_difference_from_best{form}"] = _sum_of_distances(away, mean, variance_of_mean, given.z)
    return answer


def from_reference(given: Breakdown, *, weighted: bool) -> dict[str, Estimate]:
    """`mean_difference_from_reference` = sum w |y - y_reference|, the reference itself among the k categories."""
    value, variance = given.moments
    size = value.shape[1]
    covariance = np.repeat(given.at_reference(variance), size * size).reshape(-1, size, size)
    place = np.arange(size)
    covariance[:, place, place] += variance
    itself = place == given.reference[:, None]
    covariance[itself[:, :, None] | itself[:, None, :]] = 0.0
    expected, joint, _ = distances(value - given.at_reference(value)[:, None], covariance)
    away = np.abs(given.value - given.at_reference(given.value)[:, None])
    missing: Notes = (("missing_reference", given.reference < 0),)
    return {
        f"mean_difference_from_reference{form}": _sum_of_distances(
            (weight * away).sum(axis=1), (weight * expected).sum(axis=1), _variance(weight, joint), given.z, missing
        )
        for form, weight in _weights(given, weighted=weighted)
    }


def _weights(given: Breakdown, *, weighted: bool) -> list[tuple[str, Matrix]]:
    """The ending of a measure's name and the weights of its categories."""
    equal = np.full_like(given.value, 1 / given.value.shape[1])
    return [("", equal), *([("_weighted", given.share)] if weighted else [])]


def _variance(weight: Matrix, covariance: Matrix) -> Matrix:
    """The variance of each group's weighted sum."""
    return np.asarray((weight * (covariance @ weight[:, :, None])[:, :, 0]).sum(axis=1))


def _skewness(mean: Matrix, variance: Matrix) -> Matrix:
    """That of the gamma distribution of this mean and variance: a positive quantity, skewed by noise."""
    return np.where(mean > 0, 2 * np.sqrt(np.maximum(variance, 0)) / np.where(mean > 0, mean, 1.0), 0.0)


def _ratio(
    *, mean: Matrix, variance: Matrix, centre: Matrix, of_centre: Matrix, shared: Matrix, highest: Matrix, z: float
) -> tuple[Matrix, Matrix]:
    """Limits of a sum of distances over a normal centre, `shared` being their covariance.

    Of sum - c centre the mean and variance are exact; its skewness is taken to be the sum's.
    """
    skewness = _skewness(mean, variance)

    def quantile(c: Matrix, side: float) -> Matrix:
        return gamma_quantile(mean - c * centre, variance - 2 * c * shared + c**2 * of_centre, skewness, side)

    return ratio_limits(quantile, highest, z)


def _sum_of_distances(value: Matrix, mean: Matrix, variance: Matrix, z: float, notes: Notes = ()) -> Estimate:
    """The estimate of one of these sums, from the moments of its sampling distribution."""
    deviation = np.sqrt(np.maximum(variance, 0))
    return never_negative(
        value, gamma_limits(mean, variance, _skewness(mean, variance), z), deviation, method=METHOD, notes=notes
    )
