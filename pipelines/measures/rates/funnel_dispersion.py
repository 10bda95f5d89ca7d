"""Overdispersion of a funnel: whether areas differ by more than chance, and by how much its lines must be wider.

What belongs here: what an area of a given size is taken to vary by, and the two ways to allow for more than that. What
does not: the lines (`funnel_limits.py`) or the verdict on one area (`funnel_significance.py`).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
from scipy.special import chdtrc

from pipelines.measures.reading.call import check_choice, check_columns, check_positive
from pipelines.measures.reading.counted import read_counts
from pipelines.measures.reading.groups import Block, Groups, Matrix, choose, number, total

KINDS = ("proportion", "ratio", "rate", "standardised_rate")
WAYS = ("none", "multiplicative", "additive")
FEWEST_EVENTS = 10
"""A standardised rate of fewer events is not in a funnel."""
WINSORISED = 0.1
"""The part of the areas at either end that count no more than the next one further in."""

RESULTS: dict[str, pl.DataType] = {
    "average": pl.Float64(),
    "area_count": pl.Int64(),
    "dispersion": pl.Float64(),
    "p_of_chance_alone": pl.Float64(),
    "between_standard_deviation": pl.Float64(),
    "note_code": pl.String(),
}


def funnel_dispersion(
    frame: pl.DataFrame | pl.LazyFrame, *, by: Sequence[str], kind: str, scale: float = 1.0
) -> pl.DataFrame:
    """Say how much more the areas of a funnel differ than chance alone would make them.

    Parameters
    ----------
    frame
        One row per area. Columns: the columns of `funnel_limits` for the same `kind`: `proportion`, `ratio`, `rate` or
        `standardised_rate`.
    by
        Names of the grouping columns; `[]` for one group.
    kind
        What is plotted: `proportion`, `ratio`, `rate` or `standardised_rate`.
    scale
        Events, or people, per how many: 100 for percentages.

    Returns
    -------
    pl.DataFrame
        One row per group of `by` (`by=[]` is one group), ordered by `by`. Columns: `average`, in shares of 1, events
        per person or ratio to expected, times `scale`; `area_count`; `dispersion` (1: what chance alone gives);
        `p_of_chance_alone` (how likely chance alone scatters areas as much as these, none winsorised);
        `between_standard_deviation`, of the areas' true values, in the unit of `average`.

    Raises
    ------
    ValueError
        For a bad call, as `funnel_limits`.

    Notes
    -----
    Formula, area i has n_i people (or expected events), value y_i, and s_i = its standard error at the average p::

        s_i^2 = p (1 - p) / n_i (proportion), 1 / n_i (ratio), p / n_i (rate; n_i = events / rate if standardised)
        z_i = (y_i - p) / s_i, those under the 10% and over the 90% quantile set to that quantile
        dispersion f = sum z_i^2 / k, p_of_chance_alone = P(chi2(k - 1) > sum z_i^2), there with all z_i as they are
        between_standard_deviation t = sqrt(max(0, (k f - (k - 1)) / (W - sum w_i^2 / W))), w_i = 1 / s_i^2, W = sum w_i

    Reading: Of 2, areas scatter about their average with twice the variance of chance: deprivation, age or ways of
    recording differ. A funnel that ignores this calls most large areas outliers. One that allows for it asks which
    areas are unusual among areas that do differ.

    `note_code`, with nothing computed: those of `funnel_limits`, and `too_few_areas` (fewer than 2 with a value).

    Proof: No reference figures; by hand and by laws in the tests

    References
    ----------
    Spiegelhalter, Stat Med 2005;24:1185 and Qual Saf Health Care 2005;14:347 (winsorising, both ways to allow for it);
    DerSimonian & Laird, Control Clin Trials 1986;7:177 (the variance between areas).

    Examples
    --------
    >>> areas = pl.DataFrame({"numerator": [15, 28, 30, 47], "denominator": [300, 300, 300, 300]})
    >>> found = funnel_dispersion(areas, by=[], kind="proportion", scale=100)
    >>> found.select(pl.col("average", "dispersion", "between_standard_deviation").round(2)).row(0)
    (10.0, 2.49, 2.64)
    """
    check_choice("kind", kind, KINDS)
    check_positive("scale", scale)
    given = read_funnel(frame, by=by, kind=kind, scale=scale, results=list(RESULTS))
    return given.attach([_found(block, kind=kind, scale=scale) for block in given.blocks()], RESULTS)


def read_funnel(
    frame: pl.DataFrame | pl.LazyFrame, *, by: Sequence[str], kind: str, scale: float, results: Sequence[str]
) -> Groups:
    """Read the areas of a funnel as `count` and `population`, judged by group.

    A standardised rate's population is the one that would give it: events / rate. Areas without one, or with fewer than
    10 events, are left out.
    """
    if kind != "standardised_rate":
        return read_counts(frame, by=by, results=results, parts=kind == "proportion")
    source, schema = check_columns(frame, by=by, numbers=["count", "value"], results=[*results, "population"])
    count, value = number("count", schema), number("value", schema)
    areas = source.select(*by, "count", population=count * scale / value).filter(
        (pl.col("count") >= FEWEST_EVENTS) & pl.col("population").is_finite() & (pl.col("population") > 0)
    )
    return read_counts(areas, by=by, results=results, parts=False)


def average_of(count: Matrix, population: Matrix, *, kind: str) -> Matrix:
    """What the areas of each group have together; 1 for ratios."""
    return np.ones(len(count)) if kind == "ratio" else np.asarray(total(count) / total(population))


def error_of(average: Matrix, population: Matrix, *, kind: str) -> Matrix:
    """The standard error, at the average, of an area of each size."""
    spread = average * (1 - average) if kind == "proportion" else average
    return np.asarray(np.sqrt(spread / population))


def dispersion_of(count: Matrix, population: Matrix, *, kind: str) -> tuple[Matrix, Matrix, Matrix]:
    """Of each group: the dispersion, the sum of all squared z, and the standard deviation between areas."""
    average = average_of(count, population, kind=kind)[:, None]
    error = error_of(average, population, kind=kind)
    # Ordered, so that no sum depends on the order of the rows.
    z, error = (
        np.take_along_axis(part, np.lexsort((error, (count / population - average) / error), axis=1), axis=1)
        for part in ((count / population - average) / error, error)
    )
    ends = np.quantile(z, [WINSORISED, 1 - WINSORISED], axis=1)[..., None]
    dispersion = (np.clip(z, ends[0], ends[1]) ** 2).mean(axis=1)
    areas, weight = z.shape[1], 1 / error**2
    all_weight = weight.sum(axis=1)
    between = (areas * dispersion - (areas - 1)) / (all_weight - (weight**2).sum(axis=1) / all_weight)
    return dispersion, (z**2).sum(axis=1), np.sqrt(np.maximum(between, 0))


def _found(block: Block, *, kind: str, scale: float) -> pl.DataFrame:
    count, population = block.matrix("count"), block.matrix("population")
    areas = block.size
    with np.errstate(all="ignore"):  # what overflows, or has nothing to vary, becomes a null with a note
        average = average_of(count, population, kind=kind)
        dispersion, squares, between = dispersion_of(count, population, kind=kind)
        computable = np.isfinite(dispersion) & np.isfinite(between) & (areas > 1)
    return block.result(
        average=average * scale,
        area_count=np.full(len(count), areas),
        dispersion=np.where(computable, dispersion, np.nan),
        p_of_chance_alone=np.where(computable, chdtrc(max(areas - 1, 1), squares), np.nan),
        between_standard_deviation=np.where(computable, between * scale, np.nan),
        note=choose(len(count), ("too_few_areas", areas < 2), ("not_computable", ~computable)),
    )
