"""Healthy life expectancy: the years of a life table that are lived in good health, by Sullivan's method.

What belongs here: the estimate of the years in any state of health, and its two variances. What does not: the table
(`life_table.py`), or modelling the prevalence of good health; it is taken as given.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import polars as pl

from pipelines.measures.life_tables.life_table import life_table, too_wide
from pipelines.measures.reading.banded import Found, any_band, per_band, read_bands, refusals, texts, too_small
from pipelines.measures.reading.call import check_choice, check_positive, normal_quantile
from pipelines.measures.reading.groups import Matrix

RESULTS: dict[str, pl.DataType] = {
    "age_start": pl.Int64(),
    "healthy_life_expectancy": pl.Float64(),
    "standard_error": pl.Float64(),
    "healthy_life_expectancy_lower": pl.Float64(),
    "healthy_life_expectancy_upper": pl.Float64(),
    "life_expectancy": pl.Float64(),
    "life_expectancy_lower": pl.Float64(),
    "life_expectancy_upper": pl.Float64(),
    "share_in_good_health": pl.Float64(),
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
    "bad_prevalence",
    "not_computable",
    "interval_too_wide",
    "no_survivors",
    "missing_respondents",
    "age_band_may_be_missing",
)


def healthy_life_expectancy(
    frame: pl.DataFrame | pl.LazyFrame,
    *,
    by: Sequence[str],
    confidence: float = 0.95,
    variance: str = "full",
    prevalence: str = "prevalence_good_health",
    design_effect: float = 1.0,
) -> pl.DataFrame:
    """Years in good health that a person of each age would live, if rates of death and of good health stayed.

    Parameters
    ----------
    frame
        One row per age band. Columns: `age_start`, `deaths` and `population` as for `life_expectancy`; the column that
        `prevalence` names, the share (0 to 1) who are in a state of health: in good health, or free of disability for
        disability-free life expectancy; and `respondents`, unweighted, who stand behind it. `design_effect`, or a
        column of that name: how many times the variance of a simple random sample of so many respondents the survey
        has. With `variance="prevalence"` only the chance in the survey is counted, as ONS publishes and ScotPHO does.
        "Healthy" in the names of the answer stands for whatever state was asked about.
    by
        Names of the grouping columns; `[]` for one group.
    confidence
        Of the limits, between 0.5 and 1.
    variance
        `full`, or `prevalence` for the survey's chance alone.
    prevalence
        The column that holds the share in the state of health.
    design_effect
        How many times the variance of a simple random sample the survey has.

    Returns
    -------
    pl.DataFrame
        The same rows, ordered by `by` and age (`by=[]` is one group). In years: `age_start`, `healthy_life_expectancy`
        at that age with its `standard_error` and limits; `life_expectancy` and its limits, from the same table; without
        unit: `share_in_good_health`, the first over the second.

    Raises
    ------
    ValueError
        For a bad call: a missing or non-numeric column, text ages none of which has a digit, a `variance` other than
        `full` and `prevalence`, a `confidence` outside 0.5 to 1, a `design_effect` not above 0, or both the argument
        and a column of that name.

    Notes
    -----
    Formula, with n, a, D, M, q, l, L and e as in `life_expectancy`, p = prevalence, N = respondents / design effect::

        healthy expectancy   h = sum of p L over this and all older bands / l (0 where nobody survives)
        survey's variance    sum of L^2 p (1 - p) / N over this and all older bands / l^2
        deaths' variance     sum of V over this and all older bands / l^2, with
                             V = q^2 (1 - q) / D * l^2 (p (1 - a) n + h of the next band)^2, and 0 without deaths;
                             V = p^2 l^2 / (D M^2) in the open band
        full variance        the sum of the two
        limits               h -/+ z * standard error

    Reading: Of the years that the life table gives, those lived in health that people themselves call good. The
    difference to life expectancy is the years in poorer health.

    Differs: ONS and ScotPHO count the survey's chance only. With 9,000 respondents for 90,000 people that leaves out a
    quarter of the standard error (0.315 instead of 0.424); the full variance agrees with simulation.

    `note_code`, for all bands of a group and with nothing computed: those of `life_expectancy`, and `bad_prevalence`
    (outside 0 to 1). For one band: `interval_too_wide` (the 95% limits of one of the two estimates lie more than 10
    years off: no such estimate, but its limits), `no_survivors`, `not_computable`, and `missing_respondents` (this or
    an older band has none: no limits for the healthy years).

    Proof: Golden hle/hl01 (the survey's variance).

    References
    ----------
    Sullivan, HSMHA Health Reports 1971;86:347; Jagger et al., Health Expectancy Calculation by the Sullivan Method (4th
    ed., 2014), where variances of both parts are given.

    Examples
    --------
    Nobody dies before 90, those older have 4 years to come, and at every age half are in good health.

    >>> import polars as pl
    >>> from pipelines.measures import healthy_life_expectancy
    >>> bands = pl.DataFrame({"age_start": [0, 1, *range(5, 95, 5)], "deaths": [0] * 19 + [250]})
    >>> bands = bands.with_columns(population=1000, prevalence_good_health=0.5, respondents=100)
    >>> at_birth = healthy_life_expectancy(bands, by=[]).row(0, named=True)
    >>> at_birth["healthy_life_expectancy"], at_birth["life_expectancy"], at_birth["share_in_good_health"]
    (47.0, 94.0, 0.5)
    """
    check_choice("variance", variance, ["full", "prevalence"])
    z = normal_quantile(confidence)
    check_positive("design_effect", design_effect)
    if not isinstance(prevalence, str):
        raise ValueError(f"prevalence must name a column; found {prevalence!r}.")  # noqa: TRY004
    names = ["deaths", "population", prevalence, "respondents"]
    given = read_bands(frame, by=by, numbers=names, optional_numbers=["design_effect"], results=list(RESULTS))
    by_band = given.flat.get("design_effect")
    if by_band is not None and design_effect != 1:
        raise ValueError("design_effect must be an argument or a column of the frame; found both.")
    effect = design_effect if by_band is None else np.where(by_band > 0, by_band, np.nan)
    asked = replace(given, flat={**given.flat, "respondents": given.flat["respondents"] / effect})
    columns, note = per_band(
        asked, names, notes=NOTES, compute=lambda *numbers: _expectancies(*numbers, z=z, full=variance == "full")
    )
    return given.attach({**columns, "note_code": texts(NOTES, note)}, RESULTS)


def _expectancies(
    ages: Matrix, deaths: Matrix, population: Matrix, prevalence: Matrix, respondents: Matrix, *, z: float, full: bool
) -> tuple[dict[str, Matrix], Found, Found]:
    """The columns, why a group is refused, and what is said of a band."""
    table = life_table(ages, deaths, population)
    healthy = table.ahead(prevalence * table.lived)
    asked = np.where(respondents > 0, respondents, np.nan)
    spread = table.lived**2 * prevalence * (1 - prevalence) / asked
    if full:
        spread = spread + table.variance_of_deaths(healthy, prevalence)
    error = table.standard_error(spread)
    error_of_all = table.standard_error(table.variance_of_deaths(table.expectancy))
    shown = np.where(too_wide(error), np.nan, healthy)
    shown_of_all = np.where(too_wide(error_of_all), np.nan, table.expectancy)
    columns = {
        "healthy_life_expectancy": shown,
        "standard_error": error,
        "healthy_life_expectancy_lower": healthy - z * error,
        "healthy_life_expectancy_upper": healthy + z * error,
        "life_expectancy": shown_of_all,
        "life_expectancy_lower": table.expectancy - z * error_of_all,
        "life_expectancy_upper": table.expectancy + z * error_of_all,
        "share_in_good_health": shown / shown_of_all,
    }
    reasons = [
        *refusals(deaths, population),
        ("missing_value", any_band(~np.isfinite(prevalence))),
        ("bad_prevalence", any_band((prevalence < 0) | (prevalence > 1))),
        ("population_too_small", too_small(population)),
    ]
    remarks = [
        ("not_computable", ~np.isfinite(healthy)),
        ("interval_too_wide", too_wide(error) | too_wide(error_of_all)),
        ("no_survivors", table.alive == 0),
        ("missing_respondents", np.isnan(table.standard_error(asked))),
    ]
    return columns, reasons, remarks
