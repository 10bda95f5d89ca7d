"""Empirical-Bayes shrinkage: what a small area's figure would be if it borrowed from all areas, beside its own.

What belongs here: one shrunken value for each area, towards the average of its group. What does not: publishing it
instead of the area's own value; the two stand beside each other.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
from scipy.special import betaincinv, gammaincinv

from pipelines.measures.reading.call import check_choice, check_new_columns, check_positive, normal_quantile
from pipelines.measures.reading.counted import read_counts, spelling
from pipelines.measures.reading.groups import Block, Matrix, choose, finite_or_null

KINDS = ("rate", "proportion")
SMALLEST = 3
"""Fewer areas say nothing of how areas vary."""

RESULTS: dict[str, pl.DataType] = {
    "value": pl.Float64(),
    "value_shrunken": pl.Float64(),
    "value_shrunken_lower": pl.Float64(),
    "value_shrunken_upper": pl.Float64(),
    "own_share": pl.Float64(),
    "average": pl.Float64(),
    "between_standard_deviation": pl.Float64(),
    "note_code": pl.String(),
}


def shrink(
    frame: pl.DataFrame | pl.LazyFrame,
    *,
    by: Sequence[str],
    area: str,
    kind: str = "rate",
    scale: float = 1.0,
    confidence: float = 0.95,
) -> pl.DataFrame:
    """Draw each area's rate or proportion towards the average of its group, the more the less it is known.

    Parameters
    ----------
    frame
        One row per area. Columns: the column named by `area`, `numerator` and `denominator`, or the same as `count` and
        `population`.
    by
        Names of the grouping columns; `[]` for one group.
    area
        The column that names the areas.
    kind
        `rate` of events over time, or `proportion` of people.
    scale
        Events, or people, per how many: 100 for percentages.
    confidence
        Of the limits, between 0.5 and 1.

    Returns
    -------
    pl.DataFrame
        One row per area, ordered by `by` and area; one row of nulls for a group that is refused. To be shown beside the
        areas' own values, never instead. Columns: `value`, the area's own; `value_shrunken` with its limits; both, and
        `average`, times `scale`; `own_share`, the part of the area's own evidence in it (1: as it is, 0: the average);
        `between_standard_deviation` of the areas' true values.

    Raises
    ------
    ValueError
        For a bad call: a missing or non-numeric column, both spellings of the columns, another `kind`, a `scale` not
        above 0, a `confidence` outside 0.5 to 1.

    Notes
    -----
    Formula, k areas, area i has x events of n people and y = x / n; p = sum x / sum n, m = sum n / k::

        variance between areas A = max(0, sum n (y - p)^2 / sum n - p / m); of proportions with p (1 - p) for p / m's p,
            and all over 1 - 1 / m
        own_share C = n / (n + M), M = p / A; of proportions M = p (1 - p) / A - 1; value_shrunken = p + C (y - p)
        limits of a rate: quantiles of the gamma distribution with shape p M + x and rate M + n
        limits of a proportion: quantiles of the beta distribution with a = p M + x and b = (1 - p) M + n - x

    Reading: A village with 2 deaths of 300 people does not have the county's highest mortality; it has little to tell.
    Its shrunken rate says what is likely once all other areas are known. The limits leave out that p and A are
    estimates.

    `note_code`, with nothing computed: `missing_count`, `bad_count` (negative or infinite), `bad_population` (missing,
    negative, none in the group, or none in a row that has events), `count_above_population` (`proportion` only),
    `duplicate_area`, `too_few_areas` (under 3), `not_computable` (overflow). With values: `no_variation_between_areas`
    (chance explains all: every shrunken value is the average, without limits).

    Proof: Spdep's `EBest` and PySAL's `Empirical_Bayes` are this estimator; by hand and by laws in the tests

    References
    ----------
    Marshall, J R Stat Soc C 1991;40:283 (the estimator); Clayton & Kaldor, Biometrics 1987;43:671 (the gamma
    posterior).

    Examples
    --------
    >>> deaths = pl.DataFrame({"area": list("abc"), "count": [2, 300, 60], "population": [100, 30000, 10000]})
    >>> answer = shrink(deaths, by=[], area="area", scale=1000)
    >>> answer.select("area", pl.col("value", "value_shrunken").round(2)).rows()
    [('a', 20.0, 9.34), ('b', 10.0, 9.9), ('c', 6.0, 6.78)]
    """
    check_choice("kind", kind, KINDS)
    check_positive("scale", scale)
    normal_quantile(confidence)
    names = spelling(frame)
    if isinstance(frame, pl.DataFrame | pl.LazyFrame):
        schema = frame.collect_schema()
        if not isinstance(area, str) or area not in schema:
            raise ValueError(f"area must name a column of the frame; found {area!r}.")
        check_new_columns(pl.Schema({area: schema[area]}), [*RESULTS, *names])
    # Ordered by area, so that no sum depends on the order of the rows.
    given = read_counts(
        frame,
        by=by,
        results=list(RESULTS),
        parts=kind == "proportion",
        also={"area": pl.col(area)},
        order=["area"],
        refusals=[("duplicate_area", pl.col("area").n_unique() < pl.len()), ("too_few_areas", pl.len() < SMALLEST)],
    )
    types = {area: given.rows.schema["area"], **RESULTS}
    rows = [_rows(block, area=area, kind=kind, scale=scale, confidence=confidence) for block in given.blocks()]
    return given.attach_rows(rows, types)


def _rows(block: Block, *, area: str, kind: str, scale: float, confidence: float) -> pl.DataFrame:
    """One row per area of the block's groups."""
    count, population = block.matrix("count"), block.matrix("population")
    share = kind == "proportion"
    tails = (1 - confidence) / 2, (1 + confidence) / 2
    with np.errstate(all="ignore"):  # what overflows, or has no variation, becomes a null with a note
        value = count / population
        everyone = population.sum(axis=1, keepdims=True)
        average, mean_size = count.sum(axis=1, keepdims=True) / everyone, everyone / block.size
        spread = average * (1 - average) if share else average
        between = (population * (value - average) ** 2).sum(axis=1, keepdims=True) / everyone - spread / mean_size
        between = np.maximum(between / (1 - 1 / mean_size) if share else between, 0)
        size = spread / between - share
        own = population / (population + size)
        shrunken = average + own * (value - average)
        events = average * size + count
        limits = [_quantile(events, size + population, tail, share=share) for tail in tails]
    computable = np.isfinite(shrunken)
    alike = np.broadcast_to(between == 0, value.shape)

    def every(column: Matrix) -> Matrix:
        return np.asarray(np.broadcast_to(column * scale, value.shape)).ravel()

    note = choose(value.size, ("not_computable", ~computable.ravel()), ("no_variation_between_areas", alike.ravel()))
    columns = {
        "value": every(value),
        "value_shrunken": every(shrunken),
        "value_shrunken_lower": every(limits[0]),
        "value_shrunken_upper": every(limits[1]),
        "own_share": own.ravel(),
        "average": every(average),
        "between_standard_deviation": every(np.sqrt(between)),
    }
    return pl.DataFrame(
        {"group": np.repeat(block.group, block.size), area: block.flat("area"), **columns, "note": note}
    ).with_columns(finite_or_null(pl.col(name)) for name in columns)


def _quantile(events: Matrix, size: Matrix, tail: float, *, share: bool) -> Matrix:
    """The quantile of what is likely of a true rate, or proportion, with so many events of so many people."""
    quantile = betaincinv(events, size - events, tail) if share else gammaincinv(events, tail) / size
    return np.asarray(quantile)
