"""Funnel limits: how far an area of a given size may lie from the average by chance.

What belongs here: the lines of a funnel plot. What does not: which areas lie outside (`funnel_significance.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import polars as pl

from pipelines.measures.rates.count_limits import exact_limits
from pipelines.measures.reading.call import check_choice, check_multiplier, check_points, normal_quantile
from pipelines.measures.reading.counted import read_counts
from pipelines.measures.reading.groups import Block, Matrix, choose, total

LEVELS = {"": 0.95, "_998": 0.998}
"""Suffix of the columns of each pair of lines, and the confidence: a funnel's two and three standard deviations."""
POINTS = 100

_LINES: dict[str, pl.DataType] = {
    f"value_{side}{suffix}": pl.Float64() for suffix in LEVELS for side in ("lower", "upper")
}
PROPORTION: dict[str, pl.DataType] = {"point": pl.Float64(), "average": pl.Float64(), **_LINES}
RATIO: dict[str, pl.DataType] = {
    **PROPORTION,
    **{f"expected_{side}{suffix}": pl.Float64() for suffix in LEVELS for side in ("lower", "upper")},
}


def funnel_limits(
    frame: pl.DataFrame | pl.LazyFrame,
    *,
    by: Sequence[str],
    kind: str,
    multiplier: float = 1.0,
    at: Sequence[float] | None = None,
) -> pl.DataFrame:
    """Draw the lines of a funnel plot round each group's average, 95% and 99.8%, point by point.

    Shapes: one row per area in; one row per group of `by` and point out (`by=[]` is one group), ordered by both.
    In: `numerator` and `denominator`, or the same as `count` and `population`: for `kind` `proportion`, those who have
    something and all; for `ratio`, observed and expected events, which only place the points.
    `at`: the points; otherwise 100 whole numbers from 1 to a round number (a multiple of half its power of ten) not
    under the largest denominator, or observed or expected events, first one by one and then evenly by ratio.
    Out: `point` (for `proportion` a denominator, for `ratio` a number of observed events); `average`; `value_lower,
    value_upper` (95%) and `value_lower_998, value_upper_998`, in shares of 1, or ratios to expected, times
    `multiplier`. For `ratio` also `expected_lower, expected_upper, expected_lower_998, expected_upper_998`: the
    expected events at which that many observed lie on the line, its place along the plot.

    `note_code`, on a single row of nulls: `missing_count`, `bad_count` (negative or infinite), `bad_population`
    (missing, negative, none in the group, or none in a row that has events), `count_above_population` (`proportion`
    only), `not_computable` (overflow).

    Raises ValueError for a bad call: a missing or non-numeric column, both spellings of the columns, another `kind`, a
    `multiplier` not above 0, `at` that does not hold numbers above 0.

    Formula, tail e = 0.025 and 0.001, z = its normal quantile:
        proportion: average p = sum x / sum n; lines p -/+ z sqrt(p (1 - p) / point), within 0 and 1: the proportions
            whose own Wilson limits just reach the average
        ratio, O = point: lower line O / E with E = chi2(1 - e; 2 O + 2) / 2, upper with E = chi2(e; 2 O) / 2: the
            expected events of which O is just too few, or too many

    Reading:
        If nothing but chance moved areas off the average, 1 in 20 would lie outside the inner lines and 1 in 500
        outside the outer ones. Small areas may lie far off and mean nothing.

    Example:
        >>> areas = pl.DataFrame({"numerator": [20, 30], "denominator": [100, 150]})
        >>> lines = funnel_limits(areas, by=[], kind="proportion", multiplier=100, at=[100])
        >>> lines.select(pl.col("average", "value_lower", "value_upper").round(2)).row(0)
        (20.0, 12.16, 27.84)

    Differs:
        PHEindicatormethods' calculate_funnel_limits keeps proportions under 100 whatever the multiplier; here under
        the multiplier. It searches for the ratio's lines and stops some millionths away; here they are exact. It spaces
        points alike, but ends a ratio's on another round number.

    Reference:
        Spiegelhalter, Stat Med 2005;24:1185; OHID's PHEindicatormethods `calculate_funnel_limits`.

    Proof:
        golden funnel/f01_prop_limits, f04_ratio_limits_isr
    """
    check_choice("kind", kind, ["proportion", "ratio"])
    check_multiplier(multiplier, positive=True)
    points = None if at is None else check_points("at", at)
    columns = PROPORTION if kind == "proportion" else RATIO
    given = read_counts(frame, by=by, results=list(RATIO), parts=kind == "proportion")
    lines = [_lines(block, kind=kind, multiplier=multiplier, at=points) for block in given.blocks()]
    return given.attach_rows(lines, {**columns, "note_code": pl.String()})


def _lines(block: Block, *, kind: str, multiplier: float, at: Sequence[float] | None) -> pl.DataFrame:
    """Every line of every group at every point, a row each."""
    count, population = block.matrix("count"), block.matrix("population")
    if at is None:
        largest = population if kind == "proportion" else np.maximum(count, population)
        with np.errstate(all="ignore"):
            point = _points(_round_number(largest.max(axis=1)))
    else:
        point = np.tile(np.array(at, dtype=np.float64), (len(count), 1))
    average = np.ones(len(count))
    columns: dict[str, Matrix] = {}
    with np.errstate(all="ignore"):  # what overflows becomes a null with a note
        if kind == "proportion":
            average = total(count) / total(population)
            for suffix, confidence in LEVELS.items():
                half = normal_quantile(confidence) * np.sqrt((average * (1 - average))[:, None] / point)
                columns[f"value_lower{suffix}"] = np.clip(average[:, None] - half, 0, 1) * multiplier
                columns[f"value_upper{suffix}"] = np.clip(average[:, None] + half, 0, 1) * multiplier
        else:
            for suffix, confidence in LEVELS.items():
                fewest, most = exact_limits(point, tail=(1 - confidence) / 2)
                columns |= {f"expected_lower{suffix}": most, f"expected_upper{suffix}": fewest}
                columns |= {
                    f"value_lower{suffix}": point / most * multiplier,
                    f"value_upper{suffix}": point / fewest * multiplier,
                }
        average = average * multiplier
    rows = replace(block, group=np.repeat(block.group, point.shape[1]))
    return rows.result(
        point=point.ravel(),
        average=np.repeat(average, point.shape[1]),
        **{name: matrix.ravel() for name, matrix in columns.items()},
        note=choose(point.size, ("not_computable", ~np.isfinite(np.stack([*columns.values()])).all(axis=0).ravel())),
    )


def _round_number(largest: Matrix) -> Matrix:
    """The next multiple of half the power of ten: 23,410 gives 25,000."""
    step = 10 ** np.floor(np.log10(np.maximum(largest, 1))) / 2
    return np.maximum(np.ceil(largest / step) * step, 1)


def _points(last: Matrix) -> Matrix:
    """Whole numbers from 1 to `last`: each the next, or as much larger in ratio as reaches the end in time."""
    point = np.ones((len(last), POINTS))
    for place in range(1, POINTS):
        before = point[:, place - 1]
        point[:, place] = np.maximum(before + 1, np.round(before * (last / before) ** (1 / (POINTS - place))))
    return point
