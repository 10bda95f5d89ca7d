"""Bounds of the slope index where cells are suppressed: what it can be, whatever legal values they hold.

What belongs here: the smallest and largest slope over all legal fillings. What does not: filling cells with a guess,
or sampling error; the slope of a complete group and its limits are `slope_index.py`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from pipelines.measures.lines.slope_index import LARGEST, SMALLEST, line_weights
from pipelines.measures.reading.call import check_choice, check_columns, check_positive
from pipelines.measures.reading.groups import Block, Matrix, all_finite, choose, number, read_groups
from pipelines.measures.reading.ranked import read_rank

FLOOR: dict[str, float | None] = {"mean": None, "rate": 0.0, "proportion": 0.0}
CEILING: dict[str, float | None] = {"mean": None, "rate": None, "proportion": 1.0}
"""What a kind of value can at least and at most be, where a suppressed cell says nothing narrower."""

ROUNDING = 1e-9
"""A total may miss what the cells can reach by this part of it: the rounding of sums."""

RESULTS: dict[str, pl.DataType] = {
    "slope_index_smallest": pl.Float64(),
    "slope_index_largest": pl.Float64(),
    "group_count": pl.Int64(),
    "suppressed_count": pl.Int64(),
    "note_code": pl.String(),
}


def bounds(
    frame: pl.DataFrame | pl.LazyFrame,
    *,
    by: Sequence[str],
    kind: str = "mean",
    favourable: bool = True,
    scale: float = 1.0,
) -> pl.DataFrame:
    """Find the smallest and the largest slope index that suppressed cells leave possible.

    Parameters
    ----------
    frame
        One row per ranked category. Columns: `rank` (1 = most disadvantaged; text is read as numbers), `population` (of
        every category, suppressed or not) and one of two forms. Values: `value`, null where suppressed, and there
        `value_smallest` and `value_largest`, in the unit of `value`. Counts: `numerator`, null where suppressed, and
        there `numerator_smallest` and `numerator_largest` (1 and 4, say), with `denominator`; the value is numerator /
        denominator. Where a cell's range is not given, `kind` gives it: a `rate` is at least 0, a `proportion` between
        0 and 1. Optional `total`, the same in all rows of a group: the published total that the cells must add up to;
        for values their population-weighted mean, for counts the sum of the numerators.
    by
        Names of the grouping columns; `[]` for one group.
    kind
        What `value` is: `mean`, `rate` or `proportion`.
    favourable
        Whether more is better.
    scale
        As for `slope_index`.

    Returns
    -------
    pl.DataFrame
        One row per group of `by` (`by=[]` is one group), ordered by `by`. Columns: `slope_index_smallest` and
        `slope_index_largest` in the unit of the value (of counts, events per `scale`); `group_count` and how many of
        them are suppressed, `suppressed_count`. Both are the slope index where nothing is suppressed.

    Raises
    ------
    ValueError
        For a bad call: a missing or non-numeric column, text ranks none of which is a number, an unknown `kind`, a
        `favourable` that is not True or False, a `scale` not above 0.

    Notes
    -----
    Formula::

        slope = sum w y with w as for `slope_index`: a straight line in each y, so its extremes lie at ends of ranges
        without a total: the largest has y at the top of its range where w > 0 and at the bottom where w < 0
        with a total: cells start at the bottom and are raised in order of slope gained for each unit of the total,
        most first, until the total is reached (the continuous knapsack); the least-first order gives the smallest
        with whole numerators, ranges and total the extremes are whole numbers too; values are taken as continuous

    Reading: Whatever the hidden cells hold, the slope index lies between the two, and both are reached by cells that
    could be true. The range says nothing of chance. If both ends are above 0, the direction is certain.

    `note_code`, with nothing computed: `too_few_groups` (under 3), `too_many_groups` (over 100), `bad_rank`,
    `duplicate_rank`, `bad_population`, `bad_denominator` (missing or not above 0), `missing_value` (infinite),
    `missing_range` (a suppressed cell without its range), `crossed_range`, `contradicting_totals`, `not_computable`
    (overflow). With values: `total_out_of_reach` (no legal cells add up to the total, rounded perhaps: it is left out),
    `missing_ranks` (ranks are not 1, 2, .. k).

    Proof: With nothing suppressed, the slope index itself, golden sii/s01; else laws: no legal filling lies outside

    References
    ----------
    Manski, Partial Identification of Probability Distributions (2003), for bounds without assumptions; Dantzig,
    Operations Research 1957;5:266 (the continuous knapsack).

    Examples
    --------
    >>> fifths = {"rank": [1, 2, 3, 4, 5], "population": [200] * 5, "denominator": [200] * 5}
    >>> deaths = {"numerator": [12, 9, 8, None, None], "numerator_smallest": [0] * 5, "numerator_largest": [7] * 5}
    >>> answer = bounds(pl.DataFrame({**fifths, **deaths}), by=[], favourable=False, scale=1000)
    >>> [round(end, 2) for end in answer.row(0)[:2]]
    [30.0, 82.5]
    >>> answer = bounds(pl.DataFrame({**fifths, **deaths, "total": [36] * 5}), by=[], favourable=False, scale=1000)
    >>> [round(end, 2) for end in answer.row(0)[:2]]
    [47.5, 65.0]
    """
    check_choice("kind", kind, FLOOR)
    check_choice("favourable", favourable, [True, False])
    check_positive("scale", scale)
    names = [f"{form}{end}" for form in ("value", "numerator") for end in ("", "_smallest", "_largest")]
    source, schema = check_columns(
        frame,
        by=by,
        numbers=["population"],
        optional_numbers=[*names, "denominator", "total"],
        others=["rank"],
        results=list(RESULTS),
    )
    form = "numerator" if "numerator" in schema else "value"
    needed = [name for name in (form, *(["denominator"] if form == "numerator" else [])) if name not in schema]
    if needed:
        raise ValueError(f"The frame has no column {needed}; give value, or numerator with denominator.")
    whole = number("denominator", schema) if form == "numerator" else pl.lit(1.0)
    counted = form == "numerator"
    unit = 1.0 if counted else scale
    cell = number(form, schema) / unit
    given = read_groups(
        source,
        by=by,
        columns={
            "rank": read_rank(source, schema),
            "population": number("population", schema),
            "cell": cell,
            "whole": whole,
            "smallest": pl.coalesce(cell, number(f"{form}_smallest", schema) / unit, FLOOR[kind]),
            "largest": pl.coalesce(
                cell, number(f"{form}_largest", schema) / unit, whole * pl.lit(CEILING[kind], pl.Float64)
            ),
            "total": number("total", schema) / unit,
        },
        order=["rank"],
        refusals=_refusals(),
        judgements={
            "suppressed_count": pl.col("cell").null_count(),
            "rank_note": pl.when((pl.col("rank").min() != 1) | (pl.col("rank").max() != pl.len())).then(
                pl.lit("missing_ranks")
            ),
        },
    )
    return given.attach(
        [_bounds(block, counted=counted, scale=scale, favourable=favourable) for block in given.blocks()], RESULTS
    )


def _refusals() -> list[tuple[str, pl.Expr]]:
    rank, population, whole = pl.col("rank"), pl.col("population"), pl.col("whole")
    return [
        ("too_few_groups", pl.len() < SMALLEST),
        ("too_many_groups", pl.len() > LARGEST),
        ("bad_rank", ~all_finite("rank") | (rank != rank.round()).any()),
        ("duplicate_rank", rank.n_unique() < pl.len()),
        ("bad_population", ~all_finite("population") | (population <= 0).any()),
        ("bad_denominator", ~all_finite("whole") | (whole <= 0).any()),
        ("missing_value", pl.col("cell").is_infinite().any()),
        ("missing_range", ~all_finite("smallest") | ~all_finite("largest")),
        ("crossed_range", (pl.col("smallest") > pl.col("largest")).any()),
        ("contradicting_totals", pl.col("total").drop_nulls().n_unique() > 1),
    ]


def _bounds(block: Block, *, counted: bool, scale: float, favourable: bool) -> pl.DataFrame:
    """The two extremes, from the ends of the cells' ranges."""
    smallest, largest, whole = (block.matrix(name) for name in ("smallest", "largest", "whole"))
    with np.errstate(all="ignore"):  # what overflows becomes a null with a note
        share, weight = line_weights(block.matrix("population"))
        gain = weight / whole  # of the slope, for one more in the cell
        cost = np.ones_like(share) if counted else share  # of the total
        total = np.nanmax(np.where(np.isnan(block.matrix("total")), -np.inf, block.matrix("total")), axis=1)
        low = (cost * smallest).sum(axis=1)
        room = (cost * (largest - smallest)).sum(axis=1)
        missing = total - low
        slack = ROUNDING * (np.abs(total) + np.abs(low) + room)
        has_total = np.isfinite(total) & np.isnan(block.matrix("cell")).any(axis=1)
        reached = (missing >= -slack) & (missing <= room + slack)
        bound = (has_total & reached)[:, None]
        slopes = []
        for sign in (-1, 1):
            free = np.where(sign * gain > 0, largest, smallest)
            filled = smallest + _knapsack(sign * gain, cost, largest - smallest, np.clip(missing, 0, room))
            value = np.where(bound, filled, free) / whole
            mean = (share * value).sum(axis=1)
            # As in `slope_index`, to the last digit: the weights sum to 0, so the mean may be taken off.
            slopes.append(scale * (weight * (value - mean[:, None])).sum(axis=1))
        lower, upper = slopes if favourable else (-slopes[1], -slopes[0])
    computable = np.isfinite(lower) & np.isfinite(upper)
    return block.result(
        slope_index_smallest=np.where(computable, lower, np.nan),
        slope_index_largest=np.where(computable, upper, np.nan),
        note=choose(len(lower), ("not_computable", ~computable), ("total_out_of_reach", has_total & ~reached)),
    )


def _knapsack(gain: Matrix, cost: Matrix, room: Matrix, budget: Matrix) -> Matrix:
    """How much each cell is raised, when `budget` is spent where a unit of cost gains most."""
    order = np.argsort(-gain / cost, axis=1, kind="stable")
    price = np.take_along_axis(cost * room, order, axis=1)
    before = price.cumsum(axis=1) - price
    spent = np.clip(budget[:, None] - before, 0, price)
    raised = np.empty_like(room)
    np.put_along_axis(raised, order, spent / np.take_along_axis(cost, order, axis=1), axis=1)
    return np.minimum(raised, room)
