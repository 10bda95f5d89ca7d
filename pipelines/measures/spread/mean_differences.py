"""Mean distance of the categories from the mean, the best or a reference, and the index of disparity.

What belongs here: measures made of absolute differences, and their laws. What does not: squared ones
(`between_groups.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from pipelines.measures.reading.groups import Flags, Matrix
from pipelines.measures.spread.breakdown import Breakdown
from pipelines.measures.spread.estimate import Estimate
from pipelines.measures.spread.noise import Law, Noisy, corrected
from pipelines.measures.spread.sampling import distances, largest, skewness_of_distances

METHOD = "gamma_inversion"
Notes = tuple[tuple[str, Flags], ...]


def from_mean(given: Breakdown, *, weighted: bool) -> dict[str, Estimate]:
    """`mean_difference_from_mean` = sum w |y - c| and `index_of_disparity` = 100 sum w |y - c| / c, w = 1 / k.

    The `_weighted` forms (when `weighted`) have w = the population share. c is the published total, taken as known,
    where there is one; else the population-weighted mean, whose error and overlap with each value are counted.
    """
    variance, size = given.variance, given.value.shape[1]
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
    apart = given.value - centre[:, None]
    # What each distance shares with the centre it is measured from, for the ratio of the two.
    shared = with_centre - of_centre[:, None]
    unknown: Notes = (("no_total", np.isnan(centre)),)
    undefined: Notes = (("mean_not_positive", centre <= 0),)
    factor = np.where(centre > 0, 100.0, np.nan)
    answer = {}
    for form, weight in _weights(given, weighted=weighted):
        noisy = _of_distances(weight, apart, covariance)
        ratio = _of_distances(weight, apart, covariance, over=(centre, of_centre, shared))
        error, of_ratio = (np.sqrt(np.maximum(one.law(one.plain)[1], 0)) for one in (noisy, ratio))
        answer[f"mean_difference_from_mean{form}"] = _estimate(given, noisy, error, notes=unknown)
        answer[f"index_of_disparity{form}"] = _estimate(
            given, ratio, factor * of_ratio, factor=factor, notes=(*unknown, *undefined)
        )
    return answer


def from_best(given: Breakdown, *, weighted: bool) -> dict[str, Estimate]:
    """`mean_difference_from_best` = sum w |y - best|, best = the largest value where more is better, else the smallest.

    Which category is best is uncertain too: the limits count the chance of each.
    """
    value, variance = given.sign * given.value, given.variance
    answer = {}
    for form, weight in _weights(given, weighted=weighted):
        apart = value - (weight * value).sum(axis=1, keepdims=True)
        plain = apart.max(axis=1)
        # Values that are all the same show no pattern: then the first category is taken to be the best.
        pattern = np.where(plain[:, None] > 0, apart, np.arange(value.shape[1]) == 0)
        pattern = pattern / pattern.max(axis=1, keepdims=True)
        of_sum = (weight**2 * variance).sum(axis=1)

        def law(size: Matrix, pattern: Matrix = pattern, weight: Matrix = weight, of_sum: Matrix = of_sum) -> Law:
            true = size[:, None] * pattern
            top, spread, (with_sum,) = largest(true, variance, (weight,))
            mean = top - (weight * true).sum(axis=1)
            of_best = np.maximum(spread - 2 * with_sum + of_sum, 0)
            return mean, of_best, np.where(mean > 0, np.sqrt(of_best) / np.where(mean > 0, mean, 1.0), 0.0)

        added, scale = law(np.zeros_like(plain))[0], np.sqrt(variance.max(axis=1) + of_sum)
        noisy = Noisy(plain, law, added, scale)
        error = np.sqrt(noisy.law(plain)[1])
        answer[f"mean_difference_from_best{form}"] = _estimate(given, noisy, error, from_one=True)
    return answer


def from_reference(given: Breakdown, *, weighted: bool) -> dict[str, Estimate]:
    """`mean_difference_from_reference` = sum w |y - y_reference|, the reference itself among the k categories."""
    size = given.value.shape[1]
    covariance = np.repeat(given.at_reference(given.variance), size * size).reshape(-1, size, size)
    place = np.arange(size)
    covariance[:, place, place] += given.variance
    itself = place == given.reference[:, None]
    covariance[itself[:, :, None] | itself[:, None, :]] = 0.0
    apart = given.value - given.at_reference(given.value)[:, None]
    missing: Notes = (("missing_reference", given.reference < 0),)
    answer = {}
    for form, weight in _weights(given, weighted=weighted):
        noisy = _of_distances(weight, apart, covariance)
        error = np.sqrt(np.maximum(noisy.law(noisy.plain)[1], 0))
        answer[f"mean_difference_from_reference{form}"] = _estimate(given, noisy, error, from_one=True, notes=missing)
    return answer


def _estimate(
    given: Breakdown,
    noisy: Noisy,
    error: Matrix,
    *,
    factor: Matrix | float = 1.0,
    from_one: bool = False,
    notes: Notes = (),
) -> Estimate:
    """The corrected estimate. `from_one`: all distances are from one category, which errs with them all; 95% limits
    then cover 88 to 93%, and the note is `rough_limits`.
    """
    estimate = corrected(given, noisy, error, factor=factor, method=METHOD, notes=notes)
    rough = np.isfinite(estimate.lower) & (from_one and not given.as_who)
    return replace(estimate, notes=(*estimate.notes, ("rough_limits", rough)))


def _weights(given: Breakdown, *, weighted: bool) -> Iterator[tuple[str, Matrix]]:
    """The ending of a measure's name and the weights of its categories."""
    yield "", np.full_like(given.value, 1 / given.value.shape[1])
    if weighted:
        yield "_weighted", given.share


def _of_distances(
    weight: Matrix, apart: Matrix, covariance: Matrix, *, over: tuple[Matrix, Matrix, Matrix] | None = None
) -> Noisy:
    """The law of sum w |D|, D normal about a multiple of the distances `apart` that are seen.

    Near 0 a distance scatters less than a difference, but the pattern does not know which are near 0. The variance that
    limits rest on is halfway between that of the distances and that of differences which keep the sign they are seen
    with: 95% limits then cover 94 to 96% wherever the groups differ by more than chance.

    `over`: of that sum over a centre, given with its variance and what each distance shares with it.

    References
    ----------
    The folded normal: Leone, Nelson & Nottingham, Technometrics 1961;3:543.
    """
    size = apart.shape[1]
    own = np.diagonal(covariance, axis1=1, axis2=2)
    plain = (weight * np.abs(apart)).sum(axis=1)
    # Values that all lie at the centre show no pattern; any will do.
    pattern = np.where(plain[:, None] > 0, apart, np.sqrt(own) * np.where(np.arange(size) % 2, 1.0, -1.0))
    length = (weight * np.abs(pattern)).sum(axis=1)
    pattern = pattern / np.where(length > 0, length, 1.0)[:, None]
    centre, of_centre, shared = over or (np.ones_like(plain), np.zeros_like(plain), np.zeros_like(apart))

    def law(ratio: Matrix) -> Law:
        true = (ratio * centre)[:, None] * pattern
        expected, joint, sign = distances(true, covariance)
        mean, variance = (weight * expected).sum(axis=1), _variance(weight, joint)
        skewness = skewness_of_distances(true, own, weight)
        with_centre = (weight * sign * shared).sum(axis=1)
        relative = mean / centre
        of_ratio = variance - 2 * relative * with_centre + relative**2 * of_centre
        return relative, of_ratio / centre**2, skewness

    added = law(np.zeros_like(plain))[0]
    straight = _variance(weight * np.sign(pattern), covariance)
    scale = np.sqrt(np.maximum(straight, _variance(weight, covariance * np.eye(size)))) / centre
    ratio, with_centre = plain / centre, (weight * np.sign(pattern) * shared).sum(axis=1)
    of_pattern = (straight - 2 * ratio * with_centre + ratio**2 * of_centre) / centre**2
    return Noisy(ratio, law, added, scale, of_pattern)


def _variance(weight: Matrix, covariance: Matrix) -> Matrix:
    """The variance of each group's weighted sum."""
    return np.asarray((weight * (covariance @ weight[:, :, None])[:, :, 0]).sum(axis=1))
