"""Life expectancy at the start of every age band, from deaths and populations.

What belongs here: the estimate, its limits and when it is not shown. What does not: the table (`life_table.py`).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from pipelines.measures.life_tables.life_table import life_table, too_wide
from pipelines.measures.reading.banded import Found, per_band, read_bands, refusals, texts, too_small
from pipelines.measures.reading.call import normal_quantile
from pipelines.measures.reading.groups import Matrix

RESULTS: dict[str, pl.DataType] = {
    "age_start": pl.Int64(),
    "life_expectancy": pl.Float64(),
    "standard_error": pl.Float64(),
    "life_expectancy_lower": pl.Float64(),
    "life_expectancy_upper": pl.Float64(),
    "note_code": pl.String(),
}

NOTES = (
    "wrong_age_bands",
    "missing_value",
    "negative_deaths",
    "bad_population",
    "deaths_exceed_population",
    "population_too_small",
    "no_deaths_in_open_band",
    "not_computable",
    "interval_too_wide",
    "no_survivors",
    "age_band_may_be_missing",
)


def life_expectancy(
    frame: pl.DataFrame | pl.LazyFrame,
    *,
    by: Sequence[str],
    confidence: float = 0.95,
) -> pl.DataFrame:
    """Years a person of each age would live, on average, if every band kept its death rate: the abridged life table.

    Parameters
    ----------
    frame
        One row per age band. Columns: `age_start` (the first age of the band: a number, or text whose first digits are
        it, such as `5-9` and `90+`; `<1` and `Aged under 1 year` are 0), `deaths`, `population` (person-years: over
        three years, the sum of three populations). Any bands that ascend from 0 will do, single years too; the last one
        is open (`85+`). Text that names a band's last age shows a missing band; of numbers alone a missing band and a
        wide one look the same.
    by
        Names of the grouping columns; `[]` for one group.
    confidence
        Of the limits, between 0.5 and 1.

    Returns
    -------
    pl.DataFrame
        The same rows, ordered by `by` and age (`by=[]` is one group). In years: `age_start`, `life_expectancy` at that
        age, its `standard_error` and limits.

    Raises
    ------
    ValueError
        For a bad call: a missing or non-numeric column, text ages none of which has a digit, a `confidence` outside 0.5
        to 1.

    Notes
    -----
    Formula::

        n = years in the band (1, 4, 5, 5 ..), a = 0.1 in the first band (0, or 0-4: most of those who die in it die
        soon after birth) and 0.5 in the others: the part of the band lived by those who die in it; D = deaths, P =
        population, M = D / P chance of dying      q = n M / (1 + n (1 - a) M), at most 1; 1 in the open band survivors
        l = product of (1 - q) over the younger bands, 1 at birth years lived          L = n l (1 - (1 - a) q); l / M in
        the open band life expectancy      e = sum of L over this and all older bands / l (0 where nobody survives)
        variance of e        sum of W over this and all older bands / l^2, with
                             W = q^2 (1 - q) / D * l^2 ((1 - a) n + e of the next band)^2, and 0 without deaths;
                             W = l^2 / (D M^2) in the open band
        limits               e -/+ z * standard error

    Reading: A period measure, not a forecast: it sums up the death rates of the period, and nobody's own life. The
    limits carry the chance in the number of deaths only.

    Differs: PHEindicatormethods refuses all bands but 0, 1-4, 5-9 .. 90+; others are answered here. Its message says
    that a population under 5,000 is refused; it refuses 5,000 too, and so do we. A group that it refuses is put last
    there, without a reason in the table; here it keeps its place and says why. ScotPHO leaves out the open band's part
    of the variance; it is in here and widens the limits of a town by up to 2%.

    `note_code`, for all bands of a group and with nothing computed: `wrong_age_bands` (not ascending from 0, an age
    twice or missing, or a band that does not begin where the text of the one before ends), `missing_value`,
    `negative_deaths`, `bad_population` (0 or below), `deaths_exceed_population` (in a band), `population_too_small`
    (5,000 or fewer in all bands together), `no_deaths_in_open_band`. For one band: `interval_too_wide` (the 95% limits
    lie more than 10 years off: no estimate, but its limits), `no_survivors` (0 without limits), `not_computable`
    (overflow), `age_band_may_be_missing` (one is wider than both its neighbours).

    Proof: Golden life_expectancy/le01, le02, le03, le04, le05, le20; le24 for the bands that the reference refuses.

    References
    ----------
    Chiang, The Life Table and its Applications (1984), method II; Silcocks, Jenner & Reza, J Epidemiol Community Health
    2001;55:38 (the open band); OHID's PHEindicatormethods `phe_life_expectancy`.

    Examples
    --------
    Nobody dies before 90, and a quarter of those older die each year: they have 1 / 0.25 = 4 years to come.

    >>> import polars as pl
    >>> from pipelines.measures import life_expectancy
    >>> ages = [0, 1, *range(5, 95, 5)]
    >>> bands = pl.DataFrame({"age_start": ages, "deaths": [0] * 19 + [250], "population": 1000})
    >>> at_birth = life_expectancy(bands, by=[]).row(0, named=True)
    >>> at_birth["life_expectancy"]
    94.0
    >>> [round(at_birth[f"life_expectancy_{end}"], 2) for end in ("lower", "upper")]
    [93.5, 94.5]
    """
    z = normal_quantile(confidence)
    given = read_bands(frame, by=by, numbers=["deaths", "population"], results=list(RESULTS))
    columns, note = per_band(
        given, ["deaths", "population"], notes=NOTES, compute=lambda *counts: _expectancies(*counts, z=z)
    )
    return given.attach({**columns, "note_code": texts(NOTES, note)}, RESULTS)


def _expectancies(
    ages: Matrix, deaths: Matrix, population: Matrix, *, z: float
) -> tuple[dict[str, Matrix], Found, Found]:
    """The columns, why a group is refused, and what is said of a band."""
    table = life_table(ages, deaths, population)
    expectancy = table.expectancy
    error = table.standard_error(table.variance_of_deaths(expectancy))
    wide = too_wide(error)
    columns = {
        "life_expectancy": np.where(wide, np.nan, expectancy),
        "standard_error": error,
        "life_expectancy_lower": expectancy - z * error,
        "life_expectancy_upper": expectancy + z * error,
    }
    reasons = [*refusals(deaths, population), ("population_too_small", too_small(population))]
    remarks = [
        ("not_computable", ~np.isfinite(expectancy)),
        ("interval_too_wide", wide),
        ("no_survivors", table.alive == 0),
    ]
    return columns, reasons, remarks
