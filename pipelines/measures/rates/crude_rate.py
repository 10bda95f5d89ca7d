"""Crude rate: events divided by the people they could have happened to, with the limits of a count.

What belongs here: the rate of each group's sum. What does not: rates standardised for age.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from pipelines.measures.rates.count_limits import poisson_limits
from pipelines.measures.reading.call import check_positive, normal_quantile
from pipelines.measures.reading.counted import read_counts
from pipelines.measures.reading.groups import Block, choose, total

RESULTS: dict[str, pl.DataType] = {
    "count": pl.Float64(),
    "population": pl.Float64(),
    "value": pl.Float64(),
    "value_lower": pl.Float64(),
    "value_upper": pl.Float64(),
    "interval_method": pl.String(),
    "note_code": pl.String(),
}


def crude_rate(
    frame: pl.DataFrame | pl.LazyFrame,
    *,
    by: Sequence[str],
    scale: float = 100_000,
    confidence: float = 0.95,
) -> pl.DataFrame:
    """Divide each group's events by its population.

    Parameters
    ----------
    frame
        Any number of rows per group, which are always summed first. Columns: `count` (events) and `population` (people,
        or person-years), or the same as `numerator` and `denominator`. NaN counts as missing.
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
        `value, value_lower, value_upper`, events per `scale` people.

    Raises
    ------
    ValueError
        For a bad call: a missing or non-numeric column, both spellings of the columns, a `scale` not above 0, a
        `confidence` outside 0.5 to 1.

    Notes
    -----
    Formula, O = sum of counts, n = sum of populations, z = normal quantile of the confidence c::

        value = scale * O / n, limits = scale * limits of O / n
        O < 10: chi2((1 - c) / 2; 2 O) / 2 (0 when O = 0) and chi2((1 + c) / 2; 2 O + 2) / 2, exact
        otherwise Byar's: O (1 - 1/(9 O) - z/(3 sqrt O))^3 and (O + 1) (1 - 1/(9 (O + 1)) + z/(3 sqrt(O + 1)))^3

    Reading: Of 100,000 people, so many had the event in the period. Areas with older people have more of most events,
    so compare areas by standardised rates. The limits are those of chance alone.

    Differs: PHEindicatormethods' phe_rate sums the rows of a group only when there are two groups or more; here they
    are always summed.

    `interval_method`: `exact_poisson` (under 10 events), `byar` or `none`. `note_code`, with nothing computed:
    `missing_count`, `bad_count` (negative or infinite), `bad_population` (missing, negative, none in the whole group,
    or none in a row that has events), `not_computable` (overflow).

    Proof: Golden rate_proportion_mean/r01_rate_c90pct, r01_rate_c95_998, r01_rate_c99, r02_rate_grouped_sum

    References
    ----------
    Breslow & Day, Statistical Methods in Cancer Research II (IARC 1987), p. 69 (Byar's limits); OHID's
    PHEindicatormethods `phe_rate`.

    Examples
    --------
    >>> deaths = pl.DataFrame({"area": ["a", "a", "b"], "count": [2, 4, 25], "population": [250, 350, 5000]})
    >>> crude_rate(deaths, by=["area"], scale=1000)["value"].to_list()
    [10.0, 5.0]
    """
    check_positive("scale", scale)
    z = normal_quantile(confidence)
    given = read_counts(frame, by=by, results=list(RESULTS), parts=False)
    rates = [_rates(block, scale=scale, confidence=confidence, z=z) for block in given.blocks()]
    return given.attach(rates, RESULTS)


def _rates(block: Block, *, scale: float, confidence: float, z: float) -> pl.DataFrame:
    with np.errstate(all="ignore"):  # what overflows becomes a null with a note
        count, population = total(block.matrix("count")), total(block.matrix("population"))
        value = count / population * scale
        lower, upper, exact = poisson_limits(count, confidence=confidence, z=z)
        lower, upper = lower / population * scale, upper / population * scale
        limited = np.isfinite(lower) & np.isfinite(upper) & np.isfinite(value)
    return block.result(
        count=count,
        population=population,
        value=value,
        value_lower=np.where(limited, lower, np.nan),
        value_upper=np.where(limited, upper, np.nan),
        interval_method=choose(len(count), ("none", ~limited), ("exact_poisson", exact), otherwise="byar"),
        note=choose(len(count), ("not_computable", ~limited)),
    )
