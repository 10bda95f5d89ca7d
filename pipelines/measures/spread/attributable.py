"""What would change if every group had the least disadvantaged group's level: events, and the share of the total.

What belongs here: `excess_events`, and the population attributable risk and fraction of `summary_measures`, which are
the same comparison per head and as a share. What does not: comparisons of two groups (`gap.py`).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from pipelines.measures.reading.call import check_choice, check_positive, normal_quantile
from pipelines.measures.reading.groups import Block, Flags, Matrix, choose
from pipelines.measures.reading.ranked import read_ranked_groups
from pipelines.measures.spread.breakdown import Breakdown
from pipelines.measures.spread.estimate import Estimate, normal

SMALLEST = 2
ROUGH = 0.4
"""Where the reference's standard error is more than this part of its value (fewer than 7 events), 95% limits cover less
than they say, and the row says so."""

RESULTS: dict[str, pl.DataType] = {
    "value": pl.Float64(),
    "value_lower": pl.Float64(),
    "value_upper": pl.Float64(),
    "attributable_fraction": pl.Float64(),
    "attributable_fraction_lower": pl.Float64(),
    "attributable_fraction_upper": pl.Float64(),
    "population": pl.Float64(),
    "group_count": pl.Int64(),
    "interval_method": pl.String(),
    "note_code": pl.String(),
}


def excess_events(
    frame: pl.DataFrame | pl.LazyFrame,
    *,
    by: Sequence[str],
    favourable: bool,
    scale: float = 1.0,
    groups_expected: int | None = None,
    confidence: float = 0.95,
) -> pl.DataFrame:
    """Events that would not happen if every group had the rate of the least disadvantaged group.

    Parameters
    ----------
    frame
        One row per ranked category. Columns: `rank` (1 = most disadvantaged), `population` (full counts: people or
        person-years, never survey respondents), `value` (a rate or proportion, events per `scale`: 100 for percentages,
        100000 for rates per 100,000), and `standard_error` or `value_lower` with `value_upper` (95%). `favourable`:
        more is better, so that the events are ones that would be gained. With populations of one year the answer is
        events a year; with person-years of a period, events in the period.
    by
        Names of the grouping columns; `[]` for one group.
    favourable
        Whether more is better.
    scale
        What 1 is in the unit of `value`: 100 for percentages, 100000 for rates per 100,000.
    groups_expected
        How many categories there should be; else a column of this name says it, or nothing does.
    confidence
        Of the limits, between 0.5 and 1. Limits put in are always read as 95% limits.

    Returns
    -------
    pl.DataFrame
        One row per group of `by` (`by=[]` is one group), ordered by `by`. Columns: `value` and its limits in events;
        `attributable_fraction` and its limits, the same as a share of all events (0 to 1; for a favourable value the
        gain as a share, which may pass 1); `population`, the sum.

    Raises
    ------
    ValueError
        For a bad call: a missing or non-numeric column, a `favourable` that is not True or False, a `scale` not above
        0, a `confidence` outside 0.5 to 1.

    Notes
    -----
    Formula::

        value = sum n (y - y_k) / scale, k = highest rank (sum n (y_k - y) / scale when favourable)
        limits -/+ z * sqrt(sum over j < k of n_j^2 se_j^2 + (N - n_k)^2 se_k^2) / scale, N = sum n
        attributable_fraction = value / (sum n y / scale), limits by the delta method

    Reading: So many events of the total are those by which the other groups exceed the best-placed one. It measures
    size, not what an intervention would achieve: association, not cause.

    `interval_method`: `delta` or `none`. `note_code`, with nothing computed: `too_few_groups` (under 2), `bad_rank`,
    `duplicate_rank`, `no_population_weights` (none is known), `bad_population`, `missing_value`, `crossed_limits`,
    `negative_standard_error`, `bad_groups_expected` (more than expected), `not_computable`. With values:
    `groups_missing` (fewer than expected: the events are of those that are there), `limits_exclude_value` (a category's
    limits do not hold its value), `incomplete_limits`, `reference_not_better` (the least disadvantaged group is no
    better than the whole: 0, no limits), `mean_not_positive` (no fraction), `rough_limits` (the reference's error is
    over 0.4 of its value), `missing_ranks`.

    Proof: Golden scotpho/sc01 (the fraction), healthequal/e03 and e40 (fraction and risk, which times N / scale is this
    value).

    References
    ----------
    Rockhill, Newman & Weinberg, Am J Public Health 1998;88:15.

    Examples
    --------
    >>> deaths = pl.DataFrame({"rank": [1, 2], "population": [1000, 1000], "value": [50.0, 30.0]})
    >>> answer = excess_events(deaths, by=[], favourable=False, scale=1000)
    >>> answer.select(pl.col("value", "attributable_fraction").round(9)).row(0)
    (20.0, 0.25)
    """
    check_choice("favourable", favourable, [True, False])
    check_positive("scale", scale)
    z = normal_quantile(confidence)
    given = read_ranked_groups(
        frame, by=by, results=list(RESULTS), smallest=SMALLEST, scale=scale, groups_expected=groups_expected
    )
    sign = 1 if favourable else -1
    return given.attach([_events(block, sign=sign, z=z) for block in given.blocks()], RESULTS)


def _events(block: Block, *, sign: int, z: float) -> pl.DataFrame:
    """Events and fraction of each group of the block."""
    value, population = block.matrix("value"), block.matrix("population")
    with np.errstate(all="ignore"):  # what overflows or is undefined becomes a null with a note
        variance = block.matrix("standard_error") ** 2
        everyone = population.sum(axis=1)
        share = population / everyone[:, None]
        mean = (share * value).sum(axis=1)
        risk, of_risk, of_fraction = shortfall(value, variance, share, mean, sign=sign)
        events, half_width = everyone * risk, z * everyone * np.sqrt(of_risk)
        computable = np.isfinite(events)
        worse = computable & (risk < 0)
        events, half_width = np.where(worse, 0.0, events), np.where(worse, np.nan, half_width)
        fraction = np.where(computable & (mean > 0), np.where(worse, 0.0, risk / mean), np.nan)
        half_fraction = np.where(worse, np.nan, z * np.sqrt(of_fraction))
        limited = np.isfinite(half_width) & computable
        lower, upper = events - half_width, events + half_width
    return block.result(
        value=events,
        value_lower=np.where(limited, lower, np.nan),
        value_upper=np.where(limited, upper, np.nan),
        attributable_fraction=fraction,
        attributable_fraction_lower=fraction - half_fraction,
        attributable_fraction_upper=_at_most_all(fraction + half_fraction, sign),
        population=np.where(computable, everyone, np.nan),
        interval_method=choose(len(value), ("none", ~limited), otherwise="delta"),
        note=choose(
            len(value),
            ("not_computable", ~computable),
            ("reference_not_better", worse),
            ("mean_not_positive", mean <= 0),
            ("rough_limits", limited & is_rough(value, np.sqrt(variance))),
        ),
    )


def attributable(given: Breakdown) -> dict[str, Estimate]:
    """Population attributable risk |m - y_k| and fraction |m - y_k| / m, 0 where the reference is no better than m.

    Errors: by the delta method from the values' own, as `excess_events` has them. As WHO takes them: of the 2 x 2 table
    of events by reference and rest (c and d, a and b), which needs values between 0 and `scale` and populations that
    count people: se = sqrt(c N (a d (N - c) + b c^2) / ((a + c)^3 (c + d)^3)), times m for the risk.
    """
    mean, population, reference = given.mean, given.population, given.value[:, -1]
    risk, of_risk, of_fraction = shortfall(given.value, given.variance, given.share, mean, sign=given.sign)
    everyone, in_reference = population.sum(axis=1), population[:, -1]
    c, events = reference / given.scale * in_reference, mean / given.scale * everyone
    a, d = events - c, in_reference - c
    b = everyone - a - in_reference
    table = np.sqrt(c * everyone * (a * d * (everyone - c) + b * c**2) / (events**3 * in_reference**3))
    within_scale = (given.value >= 0).all(axis=1) & (given.value <= given.scale).all(axis=1)
    countable = given.as_who & np.isfinite(table) & within_scale
    worse = risk < 0
    note = ("reference_not_better", worse)
    rough = ("rough_limits", ~worse & is_rough(given.value, given.error) & (not given.as_who))
    undefined = given.mean_not_positive
    answer = {}
    for name, value, error, unit in (
        ("population_attributable_risk", risk, np.sqrt(of_risk), mean),
        ("population_attributable_fraction", np.where(undefined[1], np.nan, risk / mean), np.sqrt(of_fraction), 1.0),
    ):
        chosen = np.where(worse, np.nan, np.where(countable, table * unit, error))
        estimate = normal(np.where(worse & np.isfinite(value), 0.0, value), chosen, given.z)
        fraction = name.endswith("fraction")
        answer[name] = Estimate(
            estimate.value,
            estimate.standard_error,
            estimate.lower,
            _at_most_all(estimate.upper, given.sign) if fraction else estimate.upper,
            np.where(countable, "two_by_two_table", "delta"),
            (undefined, note, rough) if fraction else (note, rough),
        )
    return answer


def is_rough(value: Matrix, error: Matrix) -> Flags:
    """The reference rests on so few events that its error is not normal."""
    return np.asarray(error[:, -1] > ROUGH * np.abs(value[:, -1]))


def shortfall(
    value: Matrix, variance: Matrix, share: Matrix, mean: Matrix, *, sign: int
) -> tuple[Matrix, Matrix, Matrix]:
    """How far the mean falls short of the last category, its variance, and the variance of it over the mean."""
    last = np.zeros(value.shape[1])
    last[-1] = 1.0
    reference = value[:, -1]
    of_risk = ((last - share) ** 2 * variance).sum(axis=1)
    to_fraction = last / mean[:, None] - share * (reference / mean**2)[:, None]
    return sign * (reference - mean), of_risk, (to_fraction**2 * variance).sum(axis=1)


def _at_most_all(upper: Matrix, sign: int) -> Matrix:
    """No more than all events can be avoided; gains have no such bound."""
    return np.minimum(upper, 1.0) if sign < 0 else upper
