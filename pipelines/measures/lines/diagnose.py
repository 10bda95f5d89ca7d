"""Diagnosis of a slope index: may a line stand for these groups, and if not, why not?

What belongs here: reading the groups, and the figures that a reader can check. What does not: thresholds and sentences
(`line_grade.py`), or what the groups do not show: weights, limits and breaks are graded by the caller.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from pipelines.measures.lines.line_fit import LineFit
from pipelines.measures.lines.line_grade import graded, precision, ungraded
from pipelines.measures.reading.call import check_columns
from pipelines.measures.reading.expected import COLUMN
from pipelines.measures.reading.groups import Block, Groups, choose, number
from pipelines.measures.reading.ranked import read_ranked_groups

SMALLEST, LARGEST = 3, 100
CHUNK = 65_536
"""Groups diagnosed at once, so that memory holds the working matrices of these only."""

RESULTS: dict[str, pl.DataType] = {
    "group_count": pl.Int64(),
    "linearity": pl.Float64(),
    "leverage": pl.Float64(),
    "leverage_rank": pl.Int64(),
    "monotonicity": pl.Float64(),
    "reversals": pl.Int64(),
    "missing_groups": pl.Int64(),
    "imbalance": pl.Float64(),
    "fewest_events": pl.Float64(),
    "residual_lower": pl.Float64(),
    "residual_upper": pl.Float64(),
    "precision": pl.String(),
    "grade": pl.String(),
    "grade_reason": pl.String(),
    "note_code": pl.String(),
}


def diagnose(frame: pl.DataFrame | pl.LazyFrame, *, by: Sequence[str]) -> pl.DataFrame:
    """Say how well the line behind a slope index describes its groups, with a grade A to D and the reason in words.

    Parameters
    ----------
    frame
        One row per ranked category. Columns: as `slope_index`, but a row without a `value` is allowed: that category is
        missing. Optional, the same in all rows of a group: `groups_expected`; without it the larger of the number of
        rows and the highest rank. Optional: `events`, the count behind each value.
    by
        Names of the grouping columns; `[]` for one group.

    Returns
    -------
    pl.DataFrame
        One row per group of `by` (`by=[]` is one group), ordered by `by`. Columns: `group_count` (with a value),
        `linearity`, `leverage` with the `leverage_rank` it belongs to, `monotonicity`, `reversals`, `missing_groups`,
        `imbalance`, `fewest_events`; `residual_lower` and `residual_upper`, in the unit of `value`, of the slope from
        most to least disadvantaged; `precision`, `grade`, `grade_reason`.

    Raises
    ------
    ValueError
        For a bad call: a missing or non-numeric column, text ranks none of which is a number.

    Notes
    -----
    Formula, a = population share, c = relative rank - 1/2, y = value, beta = slope_index, r = y - line, k categories::

        linearity = 1 - sum a r^2 / sum a (y - mean)^2, R squared; 1 when all values are the same
        leverage = max |beta without j - beta| / |beta|: the category leaves the fit, the others keep their ranks;
            beta without j - beta = -a c r / ((1 - a - a c^2 / S) S) with S = sum a c^2
        monotonicity = share of pairs of people in different categories whose values are in the order of the slope,
            ties half: 1 = every step the same way, 0.5 = no order
        reversals = adjacent pairs that move against the slope by more than 1.96 sqrt(se_j^2 + se_j+1^2); without
            standard errors, by more than the last decimal place that a value of the group has, as both are rounded
        imbalance = largest / smallest population;  fewest_events = smallest `events`
        residual limits = beta -/+ t(k - 2) sqrt(sum a r^2 / (k - 2) / S), 95%
    The slope is clear when |beta| exceeds 1.96 of its standard errors (without standard errors: when the residual
    limits exclude 0). The line holds within noise when the best line with weights 1/se^2 leaves a chi-squared below the
    95% point of k - 2 degrees of freedom.

    Grades (the worst that holds; all that hold are given, gravest first). B, C, D stand for:
        missing: any; over 1 in 10, or an end; over 1 in 5
        few: C under 5 categories, which leave 2 or fewer to contradict any line
        not on a line: linearity below 0.85; below 0.60; below 0.30 (values that turn, as a U does). The convex or
        concave gradients of England that everybody fits
            a line to have 0.90 to 0.96. Not judged where noise explains the distance from the line: a level gradient
            has linearity 0 and nothing wrong with it. Without standard errors, judged where the slope is clear or
            a category is an outlier (below), else B below 0.85, as then nobody can say
        one drives it: leverage from 0.20; from 0.40, for a clear slope beyond noise. England's tenths have 0.09 to
            0.18, as their poorest tenth lies off the line. Without standard errors the category must be an outlier
            of the others' line (deleted residual, t test at 5% shared out over k)
        reversed: one; several, for a clear slope
        imbalance: from 5; from 20. Tenths made as tenths differ by 1.1; at 20 the smallest hardly weighs
        few events: under 25, where a count's error is a fifth of it; under 10, where rates are not published
        D also where no slope can be computed
    Whether limits exist, whose weights were used and where a series breaks is not in this grade.
    precision, of the slope by the standard errors: `high` (half of the 95% interval is at most a fifth of the slope),
    `moderate`, `low` (the interval holds 0: no gradient is found), `no_interval`. It is no part of the grade.

    Reading: A: use the slope. B: use it and say the reason. C: show the categories beside it. D: do not use it.

    Differs: The Scottish public health indicators publish the residual limits as the interval of the slope index. They
    answer another question: how well a line describes the groups. They do not narrow when more people are counted, and
    are wide for a gradient that is certain but curved.

    `note_code`, with grade D and no figures: `too_few_groups` (under 3 with a value), `too_many_groups` (over 100),
    `bad_rank`, `duplicate_rank`, `no_population_weights` (none is known), `bad_population`, `missing_value` (not
    finite), `crossed_limits`, `negative_standard_error`, `bad_groups_expected` (not one whole number, or fewer than the
    categories with a value), `bad_events` (below 0), `not_computable` (overflow). With figures: `incomplete_limits`
    (treated as none), `missing_ranks`. `leverage` is null where the slope is 0.

    Proof: Golden scotpho/sc01 (the residual limits); the rest by hand and by laws in the tests.

    References
    ----------
    Belsley, Kuh & Welsch, Regression Diagnostics (1980), for the change without each category; Public Health Scotland's
    indicator production code for the residual limits.

    Examples
    --------
    >>> fifths = pl.DataFrame({"rank": range(1, 6), "population": 100, "value": [60.0, 70.0, 74.0, 72.0, 76.0]})
    >>> found = diagnose(fifths.with_columns(standard_error=0.5), by=[]).row(0, named=True)
    >>> round(found["linearity"], 2), round(found["leverage"], 2), found["leverage_rank"], found["reversals"]
    (0.74, 0.53, 1, 1)
    >>> found["grade"], found["grade_reason"].partition(";")[0]
    ('C', 'one group drives the slope: without the most disadvantaged group it falls by 53%')
    """
    given = _read(frame, by=by)
    found = [_diagnosis(given, part) for block in given.blocks() for part in block.parts(CHUNK)]
    return ungraded(given.attach(found, RESULTS))


def _read(frame: pl.DataFrame | pl.LazyFrame, *, by: Sequence[str]) -> Groups:
    """The rows with a value; beside each group, how many categories it should have (`expected`)."""
    _, schema = check_columns(
        frame, by=by, numbers=[], optional_numbers=["events"], results=[*RESULTS, COLUMN, "events"]
    )
    events, rank = pl.col("events"), pl.col("rank")
    known = [pl.col(COLUMN).drop_nulls().first()] if COLUMN in schema else []
    return read_ranked_groups(
        frame,
        by=by,
        results=list(RESULTS),
        smallest=SMALLEST,
        largest=LARGEST,
        missing_allowed=True,
        extra={"events": number("events", schema)},
        refusals=[("bad_events", (events < 0).any() | events.is_infinite().any())],
        judgements={
            "expected": pl.coalesce(
                *known,
                pl.max_horizontal(pl.len().cast(pl.Float64), pl.when(rank.min() >= 1).then(rank.max())),
            )
        },
    )


def _diagnosis(given: Groups, block: Block) -> pl.DataFrame:
    """Figures, grade and reason of the groups of a block."""
    rank, population, error = (block.matrix(name) for name in ("rank", "population", "standard_error"))
    expected = given.groups["expected"].gather(pl.Series(block.group)).to_numpy()
    # Ranks that are not 1 to `expected` name no places: then the categories that are there count as all of them.
    placed = (rank[:, 0] >= 1) & (rank[:, -1] <= expected)
    place = np.where(placed[:, None], rank, np.arange(1, block.size + 1))
    with np.errstate(all="ignore"):  # what overflows becomes a null with a note
        error = np.where(np.isfinite(error).all(axis=1, keepdims=True), error, np.nan)
        line = LineFit(population, block.matrix("value"), error)
        computable = np.isfinite(np.stack([line.slope, line.linearity, line.residual_half_width])).all(axis=0)
        turn = line.backwards.argmax(axis=1)
        has_driver = np.isfinite(line.relative_change) & (line.relative_change != 0)
        has_outlier = line.outliers.any(axis=1)
        reversals = (line.backwards > 0).sum(axis=1)
        found = block.result(
            linearity=np.where(computable, line.linearity, np.nan),
            leverage=np.where(computable, np.abs(line.relative_change), np.nan),
            leverage_rank=np.where(has_driver, line.at_driver(rank), np.nan),
            monotonicity=np.where(computable, line.monotonicity, np.nan),
            reversals=reversals,
            missing_groups=expected - block.size,
            imbalance=population.max(axis=1) / population.min(axis=1),
            fewest_events=np.fmin.reduce(block.matrix("events"), axis=1),
            residual_lower=line.slope - np.where(computable, line.residual_half_width, np.nan),
            residual_upper=line.slope + np.where(computable, line.residual_half_width, np.nan),
            # What only the grade needs:
            slope=line.slope,
            half_width=line.half_width,
            groups=np.full(len(rank), block.size),
            expected=expected,
            places=np.where(placed, expected, block.size),
            first_place=place[:, 0],
            last_place=place[:, -1],
            driver_place=line.at_driver(place),
            turn_from=place[np.arange(len(rank)), turn],
            turn_to=place[np.arange(len(rank)), turn + 1],
            relative_change=line.relative_change,
            is_clear=line.is_clear,
            off_line=np.where(line.known, ~line.within_noise, line.is_clear | has_outlier),
            unsettled=~line.known & ~line.is_clear & ~has_outlier,
            driven=np.where(line.known, line.is_clear & ~line.within_noise, line.at_driver(line.outliers)),
            note=choose(len(rank), ("not_computable", ~computable)),
        )
    slope, half = pl.col("slope"), pl.col("half_width")
    found = found.with_columns(precision=precision(slope, slope - half, slope + half))
    lost = pl.col("note").is_not_null()
    figures = [name for name in RESULTS if name in found.columns or name in ("grade", "grade_reason")]
    return graded(found).select("group", "note", *(pl.when(~lost).then(pl.col(name)).alias(name) for name in figures))
