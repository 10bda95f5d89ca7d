"""Proportion: how many of a group have something, with Wilson's limits.

What belongs here: the proportion of each group's sum. What does not: rates of events over time (`crude_rate.py`).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from pipelines.measures.reading.call import check_positive, normal_quantile
from pipelines.measures.reading.counted import read_counts
from pipelines.measures.reading.groups import Block, Matrix, choose, total

RESULTS: dict[str, pl.DataType] = {
    "count": pl.Float64(),
    "population": pl.Float64(),
    "value": pl.Float64(),
    "value_lower": pl.Float64(),
    "value_upper": pl.Float64(),
    "interval_method": pl.String(),
    "note_code": pl.String(),
}


def proportion(
    frame: pl.DataFrame | pl.LazyFrame,
    *,
    by: Sequence[str],
    scale: float = 1.0,
    confidence: float = 0.95,
) -> pl.DataFrame:
    """Divide those of each group who have something by all of the group.

    Parameters
    ----------
    frame
        Any number of rows per group, which are always summed first. Columns: `numerator` and `denominator`, or the same
        as `count` and `population`. NaN counts as missing.
    by
        Names of the grouping columns; `[]` for one group.
    scale
        Events, or people, per how many: 100 for percentages.
    confidence
        Of the limits, between 0.5 and 1.

    Returns
    -------
    pl.DataFrame
        One row per group of `by` (`by=[]` is one group), ordered by `by`. Columns: `count` and `population` (the sums);
        `value, value_lower, value_upper`, as a share of 1 times `scale`: 100 for percentages.

    Raises
    ------
    ValueError
        For a bad call: a missing or non-numeric column, both spellings of the columns, a `scale` not above 0, a
        `confidence` outside 0.5 to 1.

    Notes
    -----
    Formula, x = sum of numerators, n = sum of denominators, z = normal quantile of the confidence::

        value = scale * x / n
        limits = scale * (2 x + z^2 -/+ z sqrt(z^2 + 4 x (1 - x / n))) / (2 (n + z^2))

    Reading: Of all of the group, this share has it. The limits are those of chance alone, never leave 0 to 1, and are
    right for small groups and shares near either end too. Survey answers need the number of respondents as denominator.

    `interval_method`: `wilson` or `none`. `note_code`, with nothing computed: `missing_count`, `bad_count` (negative or
    infinite), `bad_population` (missing, negative, or none in the whole group), `count_above_population` (in any row),
    `not_computable` (overflow).

    Proof: Golden rate_proportion_mean/p01_prop_c95_998, p01_prop_c99

    References
    ----------
    Wilson, J Am Stat Assoc 1927;22:209; OHID's PHEindicatormethods `phe_proportion`.

    Examples
    --------
    >>> smokers = pl.DataFrame({"area": ["a", "b"], "numerator": [5, 7], "denominator": [10, 9]})
    >>> proportion(smokers, by=["area"], scale=100)["value_lower"].round(2).to_list()
    [23.66, 45.26]
    """
    check_positive("scale", scale)
    z = normal_quantile(confidence)
    given = read_counts(frame, by=by, results=list(RESULTS), parts=True)
    return given.attach([_proportions(block, scale=scale, z=z) for block in given.blocks()], RESULTS)


def _proportions(block: Block, *, scale: float, z: float) -> pl.DataFrame:
    with np.errstate(all="ignore"):  # what overflows becomes a null with a note
        count, population = total(block.matrix("count")), total(block.matrix("population"))
        value = count / population * scale
        lower, upper = (limit * scale for limit in wilson_limits(count, population, z=z))
        limited = np.isfinite(lower) & np.isfinite(upper) & np.isfinite(value)
    return block.result(
        count=count,
        population=population,
        value=value,
        value_lower=np.where(limited, lower, np.nan),
        value_upper=np.where(limited, upper, np.nan),
        interval_method=choose(len(count), ("none", ~limited), otherwise="wilson"),
        note=choose(len(count), ("not_computable", ~limited)),
    )


def wilson_limits(count: Matrix, population: Matrix, *, z: float) -> tuple[Matrix, Matrix]:
    """Wilson's limits of count / population; rounding takes them neither past the estimate nor out of 0 to 1."""
    share = count / population
    half = z * np.sqrt(z**2 + 4 * count * (1 - share))
    lower, upper = ((2 * count + z**2 + side * half) / (2 * (population + z**2)) for side in (-1, 1))
    return np.clip(lower, 0, share), np.clip(upper, share, 1)
