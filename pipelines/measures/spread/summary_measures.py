"""The summary measures of WHO's set, for ranked and for unordered groups: one row per group and measure.

What belongs here: which measures a breakdown may have, and putting the families' answers into rows. What does not:
formulas (`extremes.py`, `attributable.py`, `concentration.py`, `between_groups.py`, `entropy.py`,
`mean_differences.py`), and the slope index, which has a function of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

import numpy as np
import polars as pl

from pipelines.measures import registry
from pipelines.measures.reading.call import check_choice, check_columns, check_positive, normal_quantile
from pipelines.measures.reading.categories import read_categories, reference_rows
from pipelines.measures.reading.groups import Block, Groups, number
from pipelines.measures.reading.ranked import NUMBERS, read_ranked_groups
from pipelines.measures.registry import MEASURE_OF
from pipelines.measures.spread.attributable import attributable
from pipelines.measures.spread.between_groups import between_groups
from pipelines.measures.spread.breakdown import Breakdown, breakdown_of
from pipelines.measures.spread.concentration import concentration
from pipelines.measures.spread.entropy import entropy
from pipelines.measures.spread.estimate import Estimate, nothing
from pipelines.measures.spread.estimate_rows import estimate_rows
from pipelines.measures.spread.extremes import extremes
from pipelines.measures.spread.mean_differences import from_best, from_mean, from_reference

SMALLEST, LARGEST = 2, 1000
CELLS_AT_ONCE = 300_000
"""Of matrices of categories x categories: bounds the memory of a part, whatever the number of groups."""

RESULTS: dict[str, pl.DataType] = {
    "measure": pl.String(),
    "value": pl.Float64(),
    "standard_error": pl.Float64(),
    "value_lower": pl.Float64(),
    "value_upper": pl.Float64(),
    "value_uncorrected": pl.Float64(),
    "p_of_equality": pl.Float64(),
    "interval_method": pl.String(),
    "note_code": pl.String(),
}

MEASURES = tuple(one.measure for one in registry.MEASURES if not (one.of_line or one.needs_counts))
"""All measures of this function, in the order of the rows."""
UNWEIGHTED = tuple(name for name in MEASURES if not MEASURE_OF[name].weighted)
ORDERED_ONLY = tuple(name for name in MEASURES if MEASURE_OF[name].needs_order)


FORMULAS: dict[str, Callable[[Breakdown], dict[str, Estimate]]] = {
    "gap": extremes,
    "attributable": attributable,
    "concentration": concentration,
    "variance": between_groups,
    "entropy": entropy,
}
"""The formulas that are the same with and without populations, by family."""


def summary_measures(
    frame: pl.DataFrame | pl.LazyFrame,
    *,
    by: Sequence[str],
    favourable: bool,
    ordered: bool,
    reference: str | float | None = None,
    measures: Collection[str] | None = None,
    errors: str = "given",
    scale: float = 1.0,
    groups_expected: int | None = None,
    confidence: float = 0.95,
) -> pl.DataFrame:
    """Summarise how unequal `value` is between the categories of each group, by every measure the breakdown allows.

    Parameters
    ----------
    frame
        One row per category. Columns: `value`; `rank` (1 = most disadvantaged; text is read as numbers) when `ordered`;
        `category` (text) or `rank` as the name when not; `standard_error` or `value_lower` with `value_upper`, which
        are always 95% limits. `population` (full counts, never survey respondents): a frame without it gets the
        unweighted measures only. `total`: the published total, the same in all rows of a group. `scale`: 100 for
        percentages, 100000 for rates per 100,000, 1 for anything else; 100 cuts sampling distributions at 100.
        `reference`: a category's name or a rank; else the least disadvantaged category, or the largest population when
        not `ordered`. `measures`: slugs of the only ones to compute (default all). `errors`: `given` (all limits come
        from the values' own errors; none without) or `who` (as WHO's handbook: those of attributable risk and fraction
        from populations read as counts of people, of concentration indices from the scatter about a line; neither reads
        an error).
    by
        Names of the grouping columns; `[]` for one group.
    favourable
        Whether more is better.
    ordered
        Whether the categories have an order, `rank`.
    reference
        A category's name or a rank that others are compared with.
    measures
        Slugs of the only measures to compute; None for all.
    errors
        `given`, or `who` for the errors of WHO's handbook.
    scale
        What 1 is in the unit of `value`: 100 for percentages, 1 for anything that has no such unit.
    groups_expected
        How many categories there should be; else a column of this name says it, or nothing does.
    confidence
        Of the limits, between 0.5 and 1. Limits put in are always read as 95% limits.

    Returns
    -------
    pl.DataFrame
        One row per group of `by` and measure (`by=[]` is one group), ordered by `by` and then always in the same order.
        A refused group has all its rows, with nulls. Columns: `measure, value, standard_error, value_lower,
        value_upper, value_uncorrected, p_of_equality, interval_method, note_code`. `standard_error` is of the value as
        computed, for `relative_gap` of its logarithm. Measures of spread (variance, entropies, mean differences, index
        of disparity) are above 0 by chance alone. Their `value` is without what chance adds, `value_uncorrected` with
        it, as other software gives it; the two are the same without errors. `p_of_equality` is how likely groups that
        are truly equal differ as much (Cochran's Q). Not `ordered` leaves out what needs an order or a best category
        (rows are absent, not null): attributable risk and fraction, concentration indices, difference from the best. A
        group of which no measure is left has one row, of nulls.

    Raises
    ------
    ValueError
        For a bad call: a missing or non-numeric column, `favourable` or `ordered` not True or False, a `reference` that
        is no name or number, an unknown slug in `measures`, a `scale` not above 0, a `confidence` outside 0.5 to 1.

    Notes
    -----
    Formula, with p = population share (1 / k in forms without `_weighted`), y, mean m = sum p y, k categories, and
    1 = most, k = least disadvantaged::

        absolute_gap                      y_k - y_1 (y_1 - y_k unless favourable); unordered: largest - smallest, or
                                          reference - worst of the others
        relative_gap                      the same two, as a ratio
        population_attributable_risk      |m - y_k|; 0 if y_k is no better than m
        population_attributable_fraction  risk / m, a fraction (0 to 1; the gain of a favourable value may pass 1)
        absolute_concentration_index      2 sum p (b - 1/2) y, b = relative rank (minus this unless favourable)
        relative_concentration_index      absolute / m
        between_group_variance            sum p (y - m)^2; between_group_standard_deviation is its root
        coefficient_of_variation          100 * root / m
        mean_log_deviation, theil_index   1000 sum p (-ln r); 1000 sum p r ln r; r = y / m
        mean_difference_from_mean         sum p |y - c|, c = the published total, else m
        index_of_disparity                100 sum p |y - c| / c
        mean_difference_from_best         sum p |y - best|, mean_difference_from_reference: sum p |y - reference|
        a measure of spread M, corrected: the size t at which E[M of values with errors] is the M seen; its limits are
                                          the t at which the M seen is the upper and the lower quantile. The true
                                          differences are taken to be t / M times those seen. For the variance,
                                          t = M - sum p (1 - p) se^2, and limits are those of a non-central chi-squared
                                          where errors and shares are equal. Q = sum (y - ybar)^2 / se^2, ybar weighted
                                          with 1 / se^2, is chi-squared with k - 1 degrees of freedom for equal groups

    Reading: Every measure but the ratios is 0 where all are equal and above 0 otherwise; gaps, concentration indices
    and attributable risk are oriented, positive (ratio above 1) = worse for the disadvantaged. Absolute measures are in
    the unit of `value` (variance: squared), index of disparity and coefficient of variation in percent of the mean,
    entropies in thousandths. Compare only breakdowns with the same number of categories.

    Differs: From healthequal 1.0.1, whose standard errors of both entropies lack the factor 1000, whose limits of the
    attributable fraction are 100 times too narrow (a percentage with a proportion's error), whose simulated limits
    ignore the confidence asked and change with the draws; it replaces a value of 0 by 0.000001 where we give no mean
    log deviation. Ours is a fraction, and oriented. No limit of a measure that cannot be negative is. It gives measures
    of spread with what chance adds to them: of five equal groups with errors of 2, a variance of 3.2 and limits that
    never hold 0.

    `interval_method`: `normal`; `log_ratio`; `delta` (attributable); `fieller` (relative concentration);
    `two_by_two_table` and `regression_residuals` (attributable and concentration as WHO has them); `gamma_inversion`
    (measures of spread: the true sizes at which the measure seen would be a high, and a low, one; how it varies by
    chance is taken from the gamma distribution with its mean, variance and skewness, all three in closed form. For
    `errors="who"` that distribution's own quantiles, which carry what chance adds); `none`.

    `note_code`, nothing computed: `too_few_groups` (under 2), `too_many_groups` (over 1000), `bad_rank`,
    `duplicate_rank`, `missing_category`, `duplicate_category`, `no_population_weights` (none is known),
    `bad_population`, `missing_value`, `crossed_limits`, `negative_standard_error`, `bad_groups_expected` (more than
    expected), `contradictory_total`, `not_computable` (overflow). This measure only: `no_total` (neither total nor
    population), `missing_reference`, `mean_not_positive`, `value_not_positive` (a logarithm), `relative_gap_undefined`.
    With a value: `groups_missing` (fewer than expected), `limits_exclude_value` (a category's limits do not hold its
    value), `incomplete_limits`, `reference_not_better` (0, no limits), `no_more_than_chance` (equal groups would differ
    as much in more than 5 of 100 cases, or what `confidence` says: the lower limit is 0), `rough_limits` (95% limits
    that may cover less: distances from the best or a reference, errors of which one is 4 times another, a reference of
    few events, 88 to 94%), `largest_of_k` (extremes chosen by their values: wide by chance), `missing_ranks`.

    Proof: Golden healthequal/e03, e40; scotpho/sc01.

    References
    ----------
    WHO, Handbook on health inequality monitoring (2013) and its R package healthequal; Cochran, Biometrics 1954;10:101
    (Q); Venables, J R Stat Soc B 1975;37:406 (limits of a non-centrality); Fieller, J R Stat Soc B 1954;16:175; Clark,
    Operations Research 1961;9:145 (the best of several).

    Examples
    --------
    >>> smoking = pl.DataFrame({"rank": [1, 2], "population": [500, 500], "value": [30.0, 10.0]})
    >>> answer = summary_measures(smoking, by=[], favourable=False, ordered=True, scale=100)
    >>> dict(answer.select("measure", "value").rows())["population_attributable_fraction"]
    0.5
    """
    for name, flag in (("favourable", favourable), ("ordered", ordered)):
        check_choice(name, flag, [True, False])
    check_choice("errors", errors, ["given", "who"])
    for name in MEASURES[:1] if measures is None else measures:
        check_choice("measures", name, MEASURES)
    check_positive("scale", scale)
    z = normal_quantile(confidence)
    given, weighted = _read(frame, by=by, ordered=ordered, reference=reference, expected=groups_expected)
    wanted = [name for name in MEASURES if (weighted or name in UNWEIGHTED) and (measures is None or name in measures)]
    if not ordered:
        wanted = [name for name in wanted if name not in ORDERED_ONLY]
    if not (ordered or weighted) and reference is None:
        wanted = [name for name in wanted if MEASURE_OF[name].family != "from_reference"]
    rows = [
        _rows(
            part,
            wanted,
            breakdown_of(
                part,
                favourable=favourable,
                ordered=ordered,
                named=reference is not None,
                as_who=errors == "who",
                scale=scale,
                z=z,
            ),
            weighted=weighted,
        )
        for block in given.blocks()
        for part in block.parts(max(1, CELLS_AT_ONCE // block.size**2))
    ]
    refused = given.groups.filter(pl.col("refusal").is_not_null())["group"].to_numpy()
    rows.append(estimate_rows(refused, dict.fromkeys(wanted, nothing(len(refused))), MEASURES))
    # The rows read are not needed again, and those to come are twice as many.
    given = replace(given, rows=given.rows.clear())
    return given.attach_rows(rows, RESULTS)


def _read(
    frame: pl.DataFrame | pl.LazyFrame,
    *,
    by: Sequence[str],
    ordered: bool,
    reference: str | float | None,
    expected: int | None,
) -> tuple[Groups, bool]:
    """The groups, and whether they have populations."""
    taken = [*RESULTS, "rank", "category", "total", "population"]
    source, schema = check_columns(frame, by=by, numbers=["value"], optional_numbers=[*NUMBERS, "total"], results=taken)
    weighted = "population" in schema
    total = number("total", schema)
    read = read_ranked_groups if ordered else read_categories
    given = read(
        source,
        by=by,
        results=list(RESULTS),
        smallest=SMALLEST,
        largest=LARGEST,
        weighted=weighted,
        groups_expected=expected,
        extra={"total": total, "is_reference": reference_rows(reference, schema)},
        refusals=[("contradictory_total", pl.col("total").drop_nulls().n_unique() > 1)],
    )
    return given, weighted


def _rows(block: Block, wanted: Sequence[str], given: Breakdown, *, weighted: bool) -> pl.DataFrame:
    """One row per group and wanted measure, group by group."""
    families = {MEASURE_OF[name].family for name in wanted}
    estimates: dict[str, Estimate] = {}
    with np.errstate(all="ignore"):  # what overflows or is undefined becomes a null with a note
        for family, formula in FORMULAS.items():
            if family in families:
                estimates |= formula(given)
        if families & {"disparity", "from_mean"}:
            estimates |= from_mean(given, weighted=weighted)
        if "from_reference" in families:
            estimates |= from_reference(given, weighted=weighted)
        if "from_best" in families:
            estimates |= from_best(given, weighted=weighted)
    return estimate_rows(block.group, {name: estimates[name] for name in wanted}, MEASURES)
