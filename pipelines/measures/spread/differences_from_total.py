"""Each category beside the total and the largest category: the table of a breakdown, ranked or not.

What belongs here: differences of single categories. What does not: one number for the whole breakdown
(`summary_measures.py`).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from pipelines.measures.reading.call import check_columns, check_pair, normal_quantile
from pipelines.measures.reading.categories import read_categories
from pipelines.measures.reading.groups import Block, finite_or_null, number
from pipelines.measures.reading.ranked import NUMBERS, Z_OF_INPUT_LIMITS

SMALLEST, LARGEST = 2, 1000

RESULTS: dict[str, pl.DataType] = {
    "category": pl.String(),
    "value": pl.Float64(),
    "difference_from_total": pl.Float64(),
    "difference_from_total_lower": pl.Float64(),
    "difference_from_total_upper": pl.Float64(),
    "ratio_to_total": pl.Float64(),
    "difference_from_largest": pl.Float64(),
    "difference_from_largest_lower": pl.Float64(),
    "difference_from_largest_upper": pl.Float64(),
    "largest_category": pl.String(),
    "clear_difference": pl.Boolean(),
    "note_code": pl.String(),
}
TOTAL = ("total", "total_lower", "total_upper")


def differences_from_total(
    frame: pl.DataFrame | pl.LazyFrame, *, by: Sequence[str], confidence: float = 0.95
) -> pl.DataFrame:
    """Compare each category's value with the total of its group and with the category of the largest population.

    Parameters
    ----------
    frame
        One row per category. Columns: `category` (text; or `rank` as the name), `value`, `standard_error` or
        `value_lower` with `value_upper` (95%), and optional `population`, `total` (the published total, the same in all
        rows of a group) and its 95% limits `total_lower`, `total_upper`. Without `total` the population-weighted mean
        stands for it; without `population` there is no largest category.
    by
        Names of the grouping columns; `[]` for one group.
    confidence
        Of the limits, between 0.5 and 1. Limits put in are always read as 95% limits.

    Returns
    -------
    pl.DataFrame
        One row per category, ordered by `by` and category; one row of nulls for a group that is refused. Categories are
        not ranked, and none is called best. Columns: `category, value, difference_from_total` (value - total),
        `ratio_to_total`, `difference_from_largest`, limits of the differences, all in the unit of `value`;
        `largest_category`; `clear_difference`: the limits of the difference from the total leave out 0 (null without
        limits: no interval, no verdict).

    Raises
    ------
    ValueError
        For a bad call: a missing or non-numeric column, only one of two limits, a `confidence` outside 0.5 to 1.

    Notes
    -----
    Formula, p = population share, v = squared standard error, V = that of the total::

        difference_from_total = y - T, limits -/+ z * sqrt(v - 2 p v + V)
        difference_from_largest = y - y_L, limits -/+ z * sqrt(v + v_L), exactly 0 for the largest itself
    A category is part of its total, which is what the middle term allows for. V is sum p^2 v where T is our mean, and
    from the total's limits where they are given. A published total without limits is taken as known: v alone. The
    difference is (1 - p) (y - the rest), so its variance is never taken below (1 - p)^2 v, whatever the total's limits.

    Reading: Above 0 means higher than the total, whether that is good or not. Of 20 categories that differ in nothing
    one is a `clear_difference` by chance.

    `note_code`, with nothing computed: `too_few_groups` (under 2), `too_many_groups` (over 1000), `missing_category`,
    `duplicate_category`, `bad_population`, `missing_value`, `crossed_limits`, `negative_standard_error`,
    `contradictory_total`. With values: `limits_exclude_value` (a category's limits do not hold its value),
    `incomplete_limits` (some categories lack theirs: no limits at all), `no_total` (neither total nor population),
    `ratio_undefined` (total not above 0), `not_computable` (overflow).

    Proof: No reference implementation; by hand and by laws in the tests.

    References
    ----------
    WHO, Handbook on health inequality monitoring (2013).

    Examples
    --------
    >>> tenure = pl.DataFrame({"category": ["own", "rent"], "population": [300, 100], "value": [8.0, 20.0]})
    >>> answer = differences_from_total(tenure, by=[])
    >>> answer.select("category", "difference_from_total", "difference_from_largest").rows()
    [('own', -3.0, 0.0), ('rent', 9.0, 12.0)]
    """
    z = normal_quantile(confidence)
    source, schema = check_columns(
        frame,
        by=by,
        numbers=["value"],
        optional_numbers=[*NUMBERS, *TOTAL],
        results=[*RESULTS, "rank", "population", *TOTAL],
    )
    check_pair(schema, "total_lower", "total_upper")
    weighted = "population" in schema
    total, lower, upper = (number(name, schema) for name in TOTAL)
    given = read_categories(
        source,
        by=by,
        results=list(RESULTS),
        smallest=SMALLEST,
        largest=LARGEST,
        weighted=weighted,
        extra={"total": total, "total_error": (upper - lower) / (2 * Z_OF_INPUT_LIMITS)},
        refusals=[
            (
                "contradictory_total",
                (pl.col("total").drop_nulls().n_unique() > 1) | (pl.col("total_error").drop_nulls().n_unique() > 1),
            ),
            ("crossed_limits", (pl.col("total_error") < 0).any()),
        ],
    )
    return given.attach_rows([_rows(block, z=z, weighted=weighted) for block in given.blocks()], RESULTS)


def _rows(block: Block, *, z: float, weighted: bool) -> pl.DataFrame:
    """One row per category of the block's groups."""
    value, error, population = (block.matrix(name) for name in ("value", "standard_error", "population"))
    published = np.fmax.reduce(block.matrix("total"), axis=1)[:, None]
    total_error = np.fmax.reduce(block.matrix("total_error"), axis=1)[:, None]
    with np.errstate(all="ignore"):  # what overflows or is undefined becomes a null with a note
        error = np.where(np.isfinite(error).all(axis=1, keepdims=True), error, np.nan)
        variance = error**2
        share = population / population.sum(axis=1, keepdims=True)
        first = value[:, :1]
        known = np.isfinite(published)
        total = np.where(known, published, first + (share * (value - first)).sum(axis=1, keepdims=True))
        of_total = np.where(known, total_error**2, (share**2 * variance).sum(axis=1, keepdims=True))
        overlap = np.where(np.isnan(share), 0.0, share) * variance
        exact = known & np.isnan(total_error)
        rest = (1 - np.where(np.isnan(share), 0.0, share)) ** 2 * variance
        half = z * np.sqrt(np.where(exact, variance, np.maximum(variance - 2 * overlap + of_total, rest)))
        apart = value - total
        largest = population.argmax(axis=1)[:, None]
        away = value - np.take_along_axis(value, largest, 1)
        half_away = z * np.sqrt(variance + np.take_along_axis(variance, largest, 1))
        half_away = np.where(np.arange(block.size) == largest, 0 * half_away, half_away)
        away, half_away = (cells if weighted else np.full_like(cells, np.nan) for cells in (away, half_away))
        half, half_away = (
            np.where(np.isfinite(np.abs(centre) + width), width, np.nan)
            for centre, width in ((apart, half), (away, half_away))
        )
        columns = {
            "difference_from_total": apart,
            "difference_from_total_lower": apart - half,
            "difference_from_total_upper": apart + half,
            "ratio_to_total": np.where(total > 0, value / total, np.nan),
            "difference_from_largest": away,
            "difference_from_largest_lower": away - half_away,
            "difference_from_largest_upper": away + half_away,
        }
    flat = block.flat("category")
    of_largest = flat.gather(pl.Series(np.arange(len(value)) * block.size + largest[:, 0]).cast(pl.UInt32))
    difference = pl.col("difference_from_total")
    lower, upper = pl.col("difference_from_total_lower"), pl.col("difference_from_total_upper")
    has_total = pl.lit(value=True) if weighted else pl.col("published").is_not_nan()
    return (
        pl.DataFrame(
            {
                "group": np.repeat(block.group, block.size),
                "category": flat,
                "value": block.flat("value"),
                "published": np.repeat(published, block.size),
                "total": np.repeat(total, block.size),
                **{name: cells.ravel() for name, cells in columns.items()},
            }
        )
        .with_columns(finite_or_null(pl.col(name)) for name in columns)
        .with_columns(
            clear_difference=(lower > 0) | (upper < 0),
            largest_category=of_largest.gather(pl.Series(np.repeat(np.arange(len(value)), block.size)).cast(pl.UInt32))
            if weighted
            else pl.lit(None, dtype=pl.String),
            note=pl.when(~has_total)
            .then(pl.lit("no_total"))
            .when(difference.is_null())
            .then(pl.lit("not_computable"))
            .when(pl.col("total") <= 0)
            .then(pl.lit("ratio_undefined")),
        )
    )
