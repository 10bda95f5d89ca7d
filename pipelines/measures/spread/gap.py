"""Absolute and relative gap: the two observed ends compared, with nothing fitted between them.

What belongs here: the difference and the ratio of the highest and the lowest rank. What does not: a fitted slope
(`lines/slope_index.py`), or which way is worse; the caller says that.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from pipelines.measures.reading.call import check_choice, check_positive, normal_quantile
from pipelines.measures.reading.groups import Block, choose
from pipelines.measures.reading.ranked import read_ranked_groups

SMALLEST = 2

RESULTS: dict[str, pl.DataType] = {
    "absolute_gap": pl.Float64(),
    "absolute_gap_lower": pl.Float64(),
    "absolute_gap_upper": pl.Float64(),
    "relative_gap": pl.Float64(),
    "relative_gap_lower": pl.Float64(),
    "relative_gap_upper": pl.Float64(),
    "group_count": pl.Int64(),
    "interval_method": pl.String(),
    "note_code": pl.String(),
}


def gap(
    frame: pl.DataFrame | pl.LazyFrame,
    *,
    by: Sequence[str],
    favourable: bool = True,
    scale: float = 1.0,
    groups_expected: int | None = None,
    confidence: float = 0.95,
) -> pl.DataFrame:
    """Compare the value of the highest rank (least disadvantaged) with that of the lowest, in each group.

    Parameters
    ----------
    frame
        One row per ranked category. Columns: `rank` (1 = most disadvantaged; text is read as numbers), `value`, and
        `standard_error` or `value_lower` with `value_upper`, which are always 95% limits. `population` is not used and
        may be absent.
    by
        Names of the grouping columns; `[]` for one group.
    favourable
        Whether more is better.
    scale
        As for `slope_index`; a gap is the same whatever it is.
    groups_expected
        How many categories there should be; else a column of this name says it, or nothing does.
    confidence
        Of the limits, between 0.5 and 1. Limits put in are always read as 95% limits.

    Returns
    -------
    pl.DataFrame
        One row per group of `by` (`by=[]` is one group), ordered by `by`. Columns: `absolute_gap` and its limits in the
        unit of `value`; `relative_gap` and its limits, without unit. An absolute gap above 0 and a relative gap above 1
        both mean: worse for the disadvantaged.

    Raises
    ------
    ValueError
        For a bad call: a missing or non-numeric column, text ranks none of which is a number, a `favourable` that is
        not True or False, a `scale` not above 0, a `confidence` outside 0.5 to 1.

    Notes
    -----
    Formula, 1 = lowest rank, k = highest::

        absolute_gap = y_k - y_1 (y_1 - y_k unless favourable), limits -/+ z * sqrt(se_1^2 + se_k^2)
        relative_gap = y_k / y_1 (y_1 / y_k unless favourable), limits exp(log ratio -/+ z * s) with
        s = sqrt((se_1 / y_1)^2 + (se_k / y_k)^2)

    Reading: How far the two end groups lie apart, as a difference and as a ratio. It ignores all groups between them
    and how large any of them is: show it beside the slope index, which does not.

    `interval_method`: `normal+log_ratio`, `normal` (no limits for the ratio) or `none`. `note_code`, with nothing
    computed: `too_few_groups` (under 2), `bad_rank`, `duplicate_rank`, `missing_value`, `crossed_limits`,
    `negative_standard_error` (any category of the group, not only an end), `bad_groups_expected` (more than expected),
    `not_computable` (overflow). With values: `groups_missing` (fewer than expected: an end may not be the true end),
    `limits_exclude_value` (a category's limits do not hold its value), `incomplete_limits`, `relative_gap_undefined`
    (an end is not above 0: no ratio), `missing_ranks` (ranks are not 1, 2, .. k, so an end may not be the true end).

    Proof: Golden healthequal/e03 and e40; scotpho/sc01

    References
    ----------
    The difference and ratio of WHO's Handbook on Health Inequality Monitoring (2013), `d` and `r` of its R package
    healthequal

    Examples
    --------
    >>> years = pl.DataFrame({"rank": [1, 2, 3], "value": [70.0, 76.0, 80.0], "standard_error": [0.3, 0.3, 0.4]})
    >>> answer = gap(years, by=[])
    >>> answer.select(pl.col("absolute_gap", "absolute_gap_lower", "absolute_gap_upper").round(2)).row(0)
    (10.0, 9.02, 10.98)
    """
    check_choice("favourable", favourable, [True, False])
    check_positive("scale", scale)
    z = normal_quantile(confidence)
    given = read_ranked_groups(
        frame,
        by=by,
        results=list(RESULTS),
        smallest=SMALLEST,
        weighted=False,
        scale=scale,
        groups_expected=groups_expected,
    )
    sign = 1 if favourable else -1
    return given.attach([_gaps(block, sign=sign, scale=scale, z=z) for block in given.blocks()], RESULTS)


def _gaps(block: Block, *, sign: int, scale: float, z: float) -> pl.DataFrame:
    """The gaps, their limits and notes, from each group's two ends."""
    value, error = block.matrix("value"), block.matrix("standard_error")
    with np.errstate(all="ignore"):  # what overflows or is undefined becomes a null with a note
        # An incomplete set of standard errors is no interval, also where both ends have theirs.
        error = np.where(np.isfinite(error).all(axis=1, keepdims=True), error, np.nan)
        most, least = value[:, 0], value[:, -1]
        difference = sign * scale * (least - most)
        half_width = z * scale * np.sqrt(error[:, 0] ** 2 + error[:, -1] ** 2)
        factor = np.exp(z * np.sqrt((error[:, 0] / most) ** 2 + (error[:, -1] / least) ** 2))
        defined = (most > 0) & (least > 0)
        ratio = np.where(defined, least / most if sign > 0 else most / least, np.nan)
        factor = np.where(np.isfinite(ratio * factor), factor, np.nan)
    return block.result(
        absolute_gap=difference,
        absolute_gap_lower=difference - half_width,
        absolute_gap_upper=difference + half_width,
        relative_gap=ratio,
        relative_gap_lower=ratio / factor,
        relative_gap_upper=ratio * factor,
        interval_method=choose(
            len(value),
            ("none", ~np.isfinite(difference - half_width)),
            ("normal", ~np.isfinite(factor)),
            otherwise="normal+log_ratio",
        ),
        note=choose(len(value), ("not_computable", ~np.isfinite(difference)), ("relative_gap_undefined", ~defined)),
    )
