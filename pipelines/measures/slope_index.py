"""Slope index and relative index of inequality: how much a measure changes from the most to the least disadvantaged.

What belongs here: the fit and its limits. What does not: orientation by polarity, weights, or whether a slope is
allowed for an indicator; the caller decides those.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from pipelines.measures.call import check_multiplier, normal_quantile
from pipelines.measures.groups import Block, Matrix, choose
from pipelines.measures.ranked import read_ranked_groups

SMALLEST, LARGEST = 3, 100
STABLE_DENOMINATOR = 7.0
"""How many of its standard errors the ratio's denominator must exceed 0 by, for the ratio's limits to be exact."""

RESULTS: dict[str, pl.DataType] = {
    "slope_index": pl.Float64(),
    "slope_index_lower": pl.Float64(),
    "slope_index_upper": pl.Float64(),
    "relative_index": pl.Float64(),
    "relative_index_lower": pl.Float64(),
    "relative_index_upper": pl.Float64(),
    "intercept": pl.Float64(),
    "fitted_most": pl.Float64(),
    "fitted_least": pl.Float64(),
    "mean_of_groups": pl.Float64(),
    "group_count": pl.Int64(),
    "interval_method": pl.String(),
    "note_code": pl.String(),
}


def slope_index(
    frame: pl.DataFrame | pl.LazyFrame,
    *,
    by: Sequence[str],
    kind: str = "mean",
    transform: bool = False,
    multiplier: float = 1.0,
    confidence: float = 0.95,
) -> pl.DataFrame:
    """Fit a population-weighted line of `value` on relative rank in each group, and measure its rise.

    Shapes: one row per ranked category in, one row per group of `by` out (`by=[]` is one group), ordered by `by`.
    In: `rank` (1 = most disadvantaged; text is read as numbers), `population`, `value`, and `standard_error` or
    `value_lower` with `value_upper`, which are always 95% limits. Without any of these: no limits, method `none`.
    Out, in the unit of `value` times `multiplier`: `slope_index` and its limits; `fitted_most` and `fitted_least` (the
    line at rank 0 and 1) and `mean_of_groups`, which take the multiplier's size but not its sign. Without unit:
    `relative_index` and its limits. `intercept` is the line at rank 0, never multiplied.

    Formula, categories j in order of rank, a = population share, b = midpoint of cumulative share, y = value:
        w = a (b - 1/2) / sum a (b - 1/2)^2,  slope = sum w y,  mean = sum a y,  ends = mean -/+ slope / 2
        slope_index = multiplier * slope;  relative_index = least / most (most / least for a negative multiplier)
        limits of the slope: -/+ z * sqrt(sum w^2 se^2), exactly normal
        limits of the ratio: Fieller's, exact while the denominator exceeds 0 by 7 of its standard errors
    The limits carry sampling error only: categories are taken as independent, and lack of fit is not in them.

    `interval_method`: `normal_fieller`, `normal` (no limits for the ratio) or `none`. `note_code`, with nothing
    computed: `too_few_groups` (under 3), `too_many_groups` (over 100), `bad_rank`, `duplicate_rank`, `bad_population`,
    `missing_value`, `crossed_limits`, `negative_standard_error`, `not_computable` (overflow). With values:
    `incomplete_limits` (some categories lack theirs: no limits), `relative_index_undefined` (a fitted end is not above
    0: no ratio), `relative_index_unstable` (no limits for the ratio), `missing_ranks` (ranks are not 1, 2, .. k).

    Raises ValueError for a bad call: a missing or non-numeric column, text ranks none of which is a number, a `kind`
    other than `mean`, `transform=True`, a `multiplier` of 0, a `confidence` outside 0.5 to 1.

    Reference: Low & Low, J Public Health 2004;26:387 (the index); Fieller, J R Stat Soc B 1954;16:175 (the ratio);
    OHID's PHEindicatormethods `phe_sii`, whose simulated limits these replace. Proved by golden sii/s01, s02, s03,
    s08, s10, s11, s12, s14, s20, h11, and h12 where text ranks mislead the reference.
    """
    z = _check_call(kind=kind, transform=transform, multiplier=multiplier, confidence=confidence)
    given = read_ranked_groups(frame, by=by, results=list(RESULTS), smallest=SMALLEST, largest=LARGEST)
    return given.attach([_indices(block, multiplier=multiplier, z=z) for block in given.blocks()], RESULTS)


def _check_call(*, kind: Any, transform: Any, multiplier: float, confidence: float) -> float:
    """Refuse what is not offered; else the normal quantile of `confidence`."""
    advice = "Rates and proportions are fitted as kind='mean' on their own scale for now."
    if kind != "mean":
        raise ValueError(f"kind must be 'mean'; found {kind!r}. {advice}")
    if transform is not False:
        raise ValueError(f"transform must be False; found {transform!r}. {advice}")
    check_multiplier(multiplier)
    return normal_quantile(confidence)


def _indices(block: Block, *, multiplier: float, z: float) -> pl.DataFrame:
    """The indices, their limits and notes, from each group's line."""
    value, error_squared = block.matrix("value"), block.matrix("standard_error") ** 2
    size = abs(multiplier)
    with np.errstate(all="ignore"):  # what overflows or is undefined becomes a null with a note
        share, weight = line_weights(block.matrix("population"))
        mean = (share * value).sum(axis=1)
        # The weights sum to 0, so taking the mean off first changes nothing but the rounding.
        slope = (weight * (value - mean[:, None])).sum(axis=1)
        computable = np.isfinite(size * np.stack([slope, mean - slope, mean + slope])).all(axis=0)
        slope, mean = np.where(computable, slope, np.nan), np.where(computable, mean, np.nan)
        of_mean = (share**2 * error_squared).sum(axis=1)
        of_slope = (weight**2 * error_squared).sum(axis=1)
        covariance = (share * weight * error_squared).sum(axis=1)
        most, least = mean - slope / 2, mean + slope / 2
        half_width = size * z * np.sqrt(of_slope)
        # A negative multiplier turns the ratio over; with the ends exchanged, Fieller's limits come out in order.
        over, under, sign = (least, most, -1) if multiplier > 0 else (most, least, 1)
        of_under = np.clip(of_mean + sign * covariance + of_slope / 4, 0, None)
        defined = (most > 0) & (least > 0)
        stable = defined & (under > max(STABLE_DENOMINATOR, z) * np.sqrt(of_under))
        lower, upper = _fieller(
            over, under, of_under, slope=slope, of_mean=of_mean, of_slope=of_slope, covariance=covariance, z=z
        )
        ratio = np.where(defined, over / under, np.nan)
        lower, upper = np.where(stable, lower, np.nan), np.where(stable, upper, np.nan)
    return block.result(
        slope_index=multiplier * slope,
        slope_index_lower=multiplier * slope - half_width,
        slope_index_upper=multiplier * slope + half_width,
        relative_index=ratio,
        relative_index_lower=lower,
        relative_index_upper=upper,
        intercept=most,
        fitted_most=size * most,
        fitted_least=size * least,
        mean_of_groups=size * mean,
        interval_method=choose(
            len(slope),
            ("none", ~np.isfinite(half_width) | ~computable),
            ("normal", ~np.isfinite(lower)),
            otherwise="normal_fieller",
        ),
        note=choose(
            len(slope),
            ("not_computable", ~computable),
            ("relative_index_undefined", ~defined),
            ("relative_index_unstable", ~stable & np.isfinite(half_width)),
        ),
    )


def line_weights(population: Matrix) -> tuple[Matrix, Matrix]:
    """Each group's population shares, and the weights with which its values sum to the slope of the fitted line."""
    share = population / population.sum(axis=1)[:, None]
    centred = share.cumsum(axis=1) - share / 2 - 0.5
    return share, share * centred / (share * centred**2).sum(axis=1)[:, None]


def _fieller(
    over: Matrix,
    under: Matrix,
    of_under: Matrix,
    *,
    slope: Matrix,
    of_mean: Matrix,
    of_slope: Matrix,
    covariance: Matrix,
    z: float,
) -> tuple[Matrix, Matrix]:
    """Fieller's limits of a ratio of the two fitted ends.

    They solve A r^2 - 2 B r + D = 0 with A = den^2 - z^2 V(den), B = num den - z^2 C, D = num^2 - z^2 V(num). The root
    of B^2 - A D is written out in the moments of mean and slope, because subtracting the two products would leave
    only rounding when the errors are small: B^2 - A D = z^2 [V(slope) mean^2 - 2 C(mean, slope) slope mean
    + V(mean) slope^2 - z^2 (V(mean) V(slope) - C(mean, slope)^2)].
    """
    mean = (over + under) / 2
    leading = under**2 - z**2 * of_under
    middle = over * under - z**2 * (of_mean - of_slope / 4)
    spread = of_slope * mean**2 - 2 * covariance * slope * mean + of_mean * slope**2
    half = z * np.sqrt(np.clip(spread - z**2 * (of_mean * of_slope - covariance**2), 0, None))
    return (middle - half) / leading, (middle + half) / leading
