"""Mean of single values, with Student's limits.

What belongs here: the mean of raw values. What does not: means of groups that are already means.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
from scipy import special

from pipelines.measures.reading.call import check_columns, normal_quantile
from pipelines.measures.reading.groups import Block, all_finite, choose, number, read_groups, total

RESULTS: dict[str, pl.DataType] = {
    "count": pl.Int64(),
    "standard_deviation": pl.Float64(),
    "value": pl.Float64(),
    "value_lower": pl.Float64(),
    "value_upper": pl.Float64(),
    "interval_method": pl.String(),
    "note_code": pl.String(),
}


def mean(frame: pl.DataFrame | pl.LazyFrame, *, by: Sequence[str], confidence: float = 0.95) -> pl.DataFrame:
    """Average the values of each group.

    Parameters
    ----------
    frame
        One row per value. Columns: `value`, in any unit. NaN counts as missing.
    by
        Names of the grouping columns; `[]` for one group.
    confidence
        Of the limits, between 0.5 and 1.

    Returns
    -------
    pl.DataFrame
        One row per group of `by` (`by=[]` is one group), ordered by `by`. In that unit: `value, value_lower,
        value_upper` (the mean and its limits) and `standard_deviation`; `count` is the number of values.

    Raises
    ------
    ValueError
        For a bad call: a missing or non-numeric column, a `confidence` outside 0.5 to 1.

    Notes
    -----
    Formula, n values y, t = Student's quantile of the confidence with n - 1 degrees of freedom::

        value = sum y / n, standard_deviation s = sqrt(sum (y - value)^2 / (n - 1)), limits = value -/+ t s / sqrt(n)

    Reading: The average of the group. The limits say where the average of many more like these would lie, not where
    single values lie.

    `interval_method`: `student_t` or `none`. `note_code`, with nothing computed: `missing_value` (any, or infinite),
    `not_computable` (overflow). With a value but no limits: `too_few_values` (one).

    Proof: Golden rate_proportion_mean/m01_mean

    References
    ----------
    Student, Biometrika 1908;6:1; OHID's PHEindicatormethods `phe_mean`.

    Examples
    --------
    >>> answer = mean(pl.DataFrame({"value": [1.0, 2.0, 3.0, 4.0]}), by=[])
    >>> answer.select(pl.col("value", "value_lower", "value_upper").round(3)).row(0)
    (2.5, 0.446, 4.554)
    """
    normal_quantile(confidence)
    source, schema = check_columns(frame, by=by, numbers=["value"], results=list(RESULTS))
    given = read_groups(
        source,
        by=by,
        columns={"value": number("value", schema)},
        order=[],
        refusals=[("missing_value", ~all_finite("value"))],
    )
    return given.attach([_means(block, confidence=confidence) for block in given.blocks()], RESULTS)


def _means(block: Block, *, confidence: float) -> pl.DataFrame:
    values, size = block.matrix("value"), block.size
    with np.errstate(all="ignore"):  # what overflows, and the spread of one value, becomes a null with a note
        value = total(values) / size
        deviation = np.sqrt(total((values - value[:, None]) ** 2) / (size - 1 or np.nan))
        half_width = special.stdtrit(max(size - 1, 1), (1 + confidence) / 2) * deviation / np.sqrt(size)
        lower, upper = value - half_width, value + half_width
        limited = np.isfinite(lower) & np.isfinite(upper)
    return block.result(
        count=np.full(len(value), size),
        standard_deviation=deviation,
        value=value,
        value_lower=np.where(limited, lower, np.nan),
        value_upper=np.where(limited, upper, np.nan),
        interval_method=choose(len(value), ("none", ~limited), otherwise="student_t"),
        note=choose(
            len(value),
            ("not_computable", ~np.isfinite(value)),
            ("too_few_values", size == 1),
            ("not_computable", ~limited),
        ),
    )
