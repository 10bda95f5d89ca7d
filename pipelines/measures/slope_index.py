"""Slope index and relative index of inequality: how much a measure changes from the most to the least disadvantaged.

What belongs here: the fit and its limits. What does not: orientation by polarity, weights, or whether a slope is
allowed for an indicator; the caller decides those.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from pipelines.measures.frame import RankedGroups, check_multiplier, finite_or_null, normal_quantile, read_ranked_groups

SMALLEST, LARGEST = 5, 100
STABLE_DENOMINATOR = 7.0
"""How many of its standard errors the ratio's denominator must exceed 0 by, for the ratio's limits to be exact."""

RESULTS: tuple[str, ...] = (
    "slope_index",
    "slope_index_lower",
    "slope_index_upper",
    "relative_index",
    "relative_index_lower",
    "relative_index_upper",
    "intercept",
    "fitted_most",
    "fitted_least",
    "mean_of_groups",
    "group_count",
    "interval_method",
    "note_code",
)


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
    computed: `too_few_groups` (under 5), `too_many_groups` (over 100), `bad_rank`, `duplicate_rank`, `bad_population`,
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
    given = read_ranked_groups(frame, by=by, results=RESULTS, smallest=SMALLEST, largest=LARGEST, weighted=True)
    lines = _fit(given)
    return given.attach(_indices(lines, multiplier=multiplier, z=z), RESULTS)


def _check_call(*, kind: Any, transform: Any, multiplier: float, confidence: float) -> float:
    """Refuse what is not offered; else the normal quantile of `confidence`."""
    advice = "Rates and proportions are fitted as kind='mean' on their own scale for now."
    if kind != "mean":
        raise ValueError(f"kind must be 'mean'; found {kind!r}. {advice}")
    if transform is not False:
        raise ValueError(f"transform must be False; found {transform!r}. {advice}")
    check_multiplier(multiplier)
    return normal_quantile(confidence)


def _fit(given: RankedGroups) -> pl.LazyFrame:
    """One line per sound group: `slope`, `mean`, and the variances and covariance of the two (null without interval).

    Every sum runs over the rows in order of rank, so neither row order nor the number of threads can move a digit.
    """
    share, centred, weight = pl.col("share"), pl.col("centred_rank"), pl.col("weight")
    error_squared = pl.col("standard_error") ** 2
    has_interval = pl.col("standard_error").is_not_null().all()
    return (
        given.rows.lazy()
        .with_columns(share=pl.col("population") / pl.col("population").sum().over("group"))
        .with_columns(centred_rank=share.cum_sum().over("group") - share / 2 - 0.5)
        .with_columns(
            weight=share * centred / (share * centred**2).sum().over("group"),
            mean=(share * pl.col("value")).sum().over("group"),
        )
        .group_by("group", maintain_order=True)
        .agg(
            pl.col("mean").first(),
            # The weights sum to 0, so taking the mean off first changes nothing but the rounding.
            slope=(weight * (pl.col("value") - pl.col("mean"))).sum(),
            variance_of_mean=pl.when(has_interval).then((share**2 * error_squared).sum()),
            variance_of_slope=pl.when(has_interval).then((weight**2 * error_squared).sum()),
            covariance=pl.when(has_interval).then((share * weight * error_squared).sum()),
        )
    )


def _indices(lines: pl.LazyFrame, *, multiplier: float, z: float) -> pl.LazyFrame:
    """The indices, their limits and notes, from each group's line."""
    size = abs(multiplier)
    slope, mean, most, least = pl.col("slope"), pl.col("mean"), pl.col("most"), pl.col("least")
    of_mean, of_slope, covariance = pl.col("variance_of_mean"), pl.col("variance_of_slope"), pl.col("covariance")
    half_width = size * z * of_slope.sqrt()
    # A negative multiplier turns the ratio over; with the ends exchanged, Fieller's limits come out in order.
    over, under = ("least", "most") if multiplier > 0 else ("most", "least")
    defined = (most > 0) & (least > 0)
    stable = pl.col(under) > max(STABLE_DENOMINATOR, z) * pl.col(f"variance_of_{under}").sqrt()
    lower, upper = _fieller(over, under, z=z)
    computable = pl.all_horizontal((size * fitted).is_finite() for fitted in (slope, mean - slope, mean + slope))
    return (
        lines.with_columns(pl.when(computable).then(pl.col("slope", "mean")))
        .with_columns(
            most=mean - slope / 2,
            least=mean + slope / 2,
            variance_of_most=(of_mean - covariance + of_slope / 4).clip(0),
            variance_of_least=(of_mean + covariance + of_slope / 4).clip(0),
        )
        .select(
            "group",
            slope_index=multiplier * slope + 0.0,
            slope_index_lower=finite_or_null(multiplier * slope - half_width),
            slope_index_upper=finite_or_null(multiplier * slope + half_width),
            relative_index=pl.when(defined).then(finite_or_null(pl.col(over) / pl.col(under))),
            relative_index_lower=pl.when(defined & stable).then(finite_or_null(lower)),
            relative_index_upper=pl.when(defined & stable).then(finite_or_null(upper)),
            intercept=most,
            fitted_most=size * most,
            fitted_least=size * least,
            mean_of_groups=size * mean,
            note=pl.when(slope.is_null())
            .then(pl.lit("not_computable"))
            .when(~defined)
            .then(pl.lit("relative_index_undefined"))
            .when(~stable)
            .then(pl.lit("relative_index_unstable")),
        )
        .with_columns(
            interval_method=pl.when(pl.col("slope_index_lower").is_null())
            .then(pl.lit("none"))
            .when(pl.col("relative_index_lower").is_null())
            .then(pl.lit("normal"))
            .otherwise(pl.lit("normal_fieller")),
        )
    )


def _fieller(over: str, under: str, *, z: float) -> tuple[pl.Expr, pl.Expr]:
    """Fieller's limits of a ratio of the two fitted ends.

    They solve A r^2 - 2 B r + D = 0 with A = den^2 - z^2 V(den), B = num den - z^2 C, D = num^2 - z^2 V(num). The root
    of B^2 - A D is written out in the moments of mean and slope, because subtracting the two products would leave
    only rounding when the errors are small: B^2 - A D = z^2 [V(slope) mean^2 - 2 C(mean, slope) slope mean
    + V(mean) slope^2 - z^2 (V(mean) V(slope) - C(mean, slope)^2)].
    """
    numerator, denominator, mean, slope = pl.col(over), pl.col(under), pl.col("mean"), pl.col("slope")
    of_mean, of_slope, covariance = pl.col("variance_of_mean"), pl.col("variance_of_slope"), pl.col("covariance")
    leading = denominator**2 - z**2 * pl.col(f"variance_of_{under}")
    middle = numerator * denominator - z**2 * (of_mean - of_slope / 4)
    spread = of_slope * mean**2 - 2 * covariance * slope * mean + of_mean * slope**2
    half = z * (spread - z**2 * (of_mean * of_slope - covariance**2)).clip(0).sqrt()
    return (middle - half) / leading, (middle + half) / leading
