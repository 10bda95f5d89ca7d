"""Absolute and relative gap: the two observed ends compared, with nothing fitted between them.

What belongs here: the difference and the ratio of the highest and the lowest rank. What does not: a fitted slope
(`slope_index.py`), or which way is worse; the caller's multiplier says that.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from pipelines.measures.frame import check_multiplier, finite_or_null, normal_quantile, read_ranked_groups

SMALLEST = 2

RESULTS: tuple[str, ...] = (
    "absolute_gap",
    "absolute_gap_lower",
    "absolute_gap_upper",
    "relative_gap",
    "relative_gap_lower",
    "relative_gap_upper",
    "group_count",
    "interval_method",
    "note_code",
)


def gap(
    frame: pl.DataFrame | pl.LazyFrame,
    *,
    by: Sequence[str],
    multiplier: float = 1.0,
    confidence: float = 0.95,
) -> pl.DataFrame:
    """Compare the value of the highest rank (least disadvantaged) with that of the lowest, in each group.

    Shapes: one row per ranked category in, one row per group of `by` out (`by=[]` is one group), ordered by `by`.
    In: `rank` (1 = most disadvantaged; text is read as numbers), `value`, and `standard_error` or `value_lower` with
    `value_upper`, which are always 95% limits. `population` is not used and may be absent.
    Out: `absolute_gap` and its limits in the unit of `value` times `multiplier`; `relative_gap` and its limits,
    without unit. With a positive multiplier for a measure where higher is better, and a negative one where lower is
    better, an absolute gap above 0 and a relative gap above 1 both mean: worse for the disadvantaged.

    Formula, 1 = lowest rank, k = highest:
        absolute_gap = multiplier * (y_k - y_1), limits -/+ z * |multiplier| * sqrt(se_1^2 + se_k^2)
        relative_gap = y_k / y_1 (y_1 / y_k for a negative multiplier), limits exp(log ratio -/+ z * s) with
        s = sqrt((se_1 / y_1)^2 + (se_k / y_k)^2)

    `interval_method`: `normal_log_ratio`, `normal` (no limits for the ratio) or `none`. `note_code`, with nothing
    computed: `too_few_groups` (under 2), `bad_rank`, `duplicate_rank`, `missing_value`, `crossed_limits`,
    `negative_standard_error` (any category of the group, not only an end), `not_computable` (overflow). With values:
    `incomplete_limits`, `relative_gap_undefined` (an end is not above 0: no ratio), `missing_ranks` (ranks are not
    1, 2, .. k, so an end may not be the true end).

    Raises ValueError for a bad call: a missing or non-numeric column, text ranks none of which is a number, a
    `multiplier` of 0, a `confidence` outside 0.5 to 1.

    Reference: the difference and ratio of WHO's Handbook on Health Inequality Monitoring (2013), `d` and `r` of its R
    package healthequal. Proved by golden healthequal/e03 and e40.
    """
    check_multiplier(multiplier)
    z = normal_quantile(confidence)
    given = read_ranked_groups(frame, by=by, results=RESULTS, smallest=SMALLEST, largest=None, weighted=False)
    ends = (
        given.rows.lazy()
        .group_by("group", maintain_order=True)
        .agg(
            most=pl.col("value").first(),
            least=pl.col("value").last(),
            error_of_most=pl.col("standard_error").first(),
            error_of_least=pl.col("standard_error").last(),
        )
    )
    return given.attach(_gaps(ends, multiplier=multiplier, z=z), RESULTS)


def _gaps(ends: pl.LazyFrame, *, multiplier: float, z: float) -> pl.LazyFrame:
    """The gaps, their limits and notes, from each group's two ends."""
    most, least = pl.col("most"), pl.col("least")
    error_of_most, error_of_least = pl.col("error_of_most"), pl.col("error_of_least")
    difference = multiplier * (least - most)
    half_width = z * abs(multiplier) * (error_of_most**2 + error_of_least**2).sqrt()
    ratio = least / most if multiplier > 0 else most / least
    factor = (z * ((error_of_most / most) ** 2 + (error_of_least / least) ** 2).sqrt()).exp()
    defined = (most > 0) & (least > 0)
    limited = defined & (ratio * factor).is_finite()
    return ends.select(
        "group",
        absolute_gap=finite_or_null(difference),
        absolute_gap_lower=finite_or_null(difference - half_width),
        absolute_gap_upper=finite_or_null(difference + half_width),
        relative_gap=pl.when(defined).then(finite_or_null(ratio)),
        relative_gap_lower=pl.when(limited).then(ratio / factor),
        relative_gap_upper=pl.when(limited).then(ratio * factor),
        note=pl.when(~difference.is_finite())
        .then(pl.lit("not_computable"))
        .when(~defined)
        .then(pl.lit("relative_gap_undefined")),
    ).with_columns(
        interval_method=pl.when(pl.col("absolute_gap_lower").is_null())
        .then(pl.lit("none"))
        .when(pl.col("relative_gap_lower").is_null())
        .then(pl.lit("normal"))
        .otherwise(pl.lit("normal_log_ratio")),
    )
