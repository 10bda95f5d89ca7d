"""Process limits: does one area's series vary as it always has, or has something changed?

What belongs here: the XmR chart of the NHS's Making Data Count, limits and rules. What does not: tests of a rise over
years with known errors (`recent_trend.py`), or areas beside one another at one time (`rates/funnel_limits.py`).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.lib.stride_tricks import sliding_window_view

from pipelines.measures.change.periods import period_columns
from pipelines.measures.reading.call import check_choice, check_columns
from pipelines.measures.reading.groups import Block, Flags, Matrix, all_finite, choose, number, read_groups

FEWEST_POINTS = 3
RELIABLE_POINTS = 12
"""With fewer points than this the limits are still moving, and the row says so."""
RUN = 7
"""So many points in a row on one side of the mean, or rising, are no longer chance."""
PER_RANGE = 2.66
"""Three standard deviations in mean moving ranges: 3 / 1.128."""
UNUSUAL_RANGE = 3.267
"""A moving range of more than so many mean ones is left out of their mean."""

RESULTS: dict[str, pl.DataType | None] = {
    "period_start": None,
    "value": pl.Float64(),
    "mean": pl.Float64(),
    "process_lower": pl.Float64(),
    "process_upper": pl.Float64(),
    "special_cause": pl.String(),
    "direction": pl.String(),
    "note_code": pl.String(),
}


def process_limits(
    frame: pl.DataFrame | pl.LazyFrame, *, by: Sequence[str], screen_ranges: bool = True
) -> pl.DataFrame:
    """Draw the limits within which each series varies if nothing changes, and mark the points that do not fit.

    Parameters
    ----------
    frame
        One row per period. Columns: `period_start` (dates, numbers, or text of one length that begins with the year)
        and `value`. NaN counts as missing. With `screen_ranges` moving ranges over 3.267 of their mean are left out of
        that mean.
    by
        Names of the grouping columns; `[]` for one group.
    screen_ranges
        Leave moving ranges over 3.267 of their mean out of it.

    Returns
    -------
    pl.DataFrame
        The same rows, ordered by `by` and time (`by=[]` is one series); one row of nulls for a series that is refused.
        In the unit of `value`: `value, mean, process_lower, process_upper`; `special_cause`: `outside_limits`,
        `two_of_three`, `shift`, `trend` or null, the first that holds; `direction`: `high` or `low` beside it (of a
        trend `rising` or `falling`).

    Raises
    ------
    ValueError
        For a bad call: a missing or non-numeric column, periods that cannot be put in order, `screen_ranges` neither
        True nor False.

    Notes
    -----
    Formula, points y in order of time, r = |y - the point before|::

        mean = sum y / k, R = mean of r, without those over 3.267 of the mean of all of them
        limits = mean -/+ 2.66 R, which is three standard deviations of a series without trend
        outside_limits  the point lies beyond a limit
        two_of_three    the point and another of three in a row lie beyond mean -/+ 2/3 * 2.66 R, on the same side
        shift           one of 7 or more points in a row on the same side of the mean
        trend           one of 7 or more points in a row that each lie above, or each below, the one before

    Reading: Points within the limits and without a rule are what this process gives: asking why one is higher than
    another is asking about noise. A marked point says that something was different, not what, nor whether it is good.

    `note_code`, with nothing computed: `too_few_points` (under 3), `bad_period` (missing), `duplicate_period`,
    `missing_value`, `not_computable` (overflow). With limits: `limits_still_moving` (under 12 points).

    Proof: The mean and limits of that page, with ranges screened and not; by hand and by laws in the tests

    References
    ----------
    Wheeler, Understanding Variation (1993); NHS England, Making Data Count; `ptd_spc` of the R package NHSRplotthedots,
    whose page on deviations from Excel gives the example's figures.

    Examples
    --------
    >>> waits = pl.DataFrame({"period_start": range(18), "value": [1, 2, 1, 2, 10, *[1, 2] * 6, 1]})
    >>> answer = process_limits(waits, by=[])
    >>> answer.select(pl.col("mean", "process_lower", "process_upper").round(2)).row(0)
    (1.94, -0.72, 4.6)
    >>> answer.filter(pl.col("special_cause").is_not_null()).select("period_start", "special_cause").rows()
    [(4, 'outside_limits')]
    """
    check_choice("screen_ranges", screen_ranges, [True, False])
    source, schema = check_columns(
        frame,
        by=by,
        numbers=["value"],
        others=["period_start"],
        results=[name for name in RESULTS if name != "value"][1:],
    )
    period = pl.col("period_start")
    given = read_groups(
        source,
        by=by,
        columns={**period_columns(source, schema, ["period_start"]), "value": number("value", schema)},
        order=["period_start"],
        refusals=[
            ("too_few_points", pl.len() < FEWEST_POINTS),
            ("bad_period", period.null_count() > 0),
            ("duplicate_period", period.n_unique() < pl.len()),
            ("missing_value", ~all_finite("value")),
        ],
    )
    dtype = given.rows.schema["period_start"]
    types = {name: dtype if column is None else column for name, column in RESULTS.items()}
    return given.attach_rows([_points(block, screened=screen_ranges) for block in given.blocks()], types)


def _points(block: Block, *, screened: bool) -> pl.DataFrame:
    """One row per point of the block's series."""
    value = block.matrix("value")
    with np.errstate(all="ignore"):  # what overflows becomes a null with a note
        first = value[:, :1]
        mean = first + (value - first).mean(axis=1, keepdims=True)
        ranges = np.abs(np.diff(value, axis=1))
        usual = ranges <= UNUSUAL_RANGE * ranges.mean(axis=1, keepdims=True)
        kept = np.where(usual | (not screened), ranges, 0.0)
        reach = PER_RANGE * kept.sum(axis=1, keepdims=True) / (usual | (not screened)).sum(axis=1, keepdims=True)
        away = value - mean
        above = _rules(away, reach, np.diff(value, axis=1))
        below = _rules(-away, reach, -np.diff(value, axis=1))
        lower, upper = mean - reach, mean + reach
        computable = np.isfinite(lower) & np.isfinite(upper)
    shape = value.shape

    def every(column: Matrix) -> Matrix:
        return np.broadcast_to(np.where(computable, column, np.nan), shape).ravel()

    causes = [(name, (above[name] | below[name]).ravel()) for name in above]
    ways = []
    for name in above:
        words = ("rising", "falling") if name == "trend" else ("high", "low")
        ways += [(words[0], above[name].ravel()), (words[1], below[name].ravel())]
    note = choose(
        value.size,
        ("not_computable", np.broadcast_to(~computable, shape).ravel()),
        ("limits_still_moving", block.size < RELIABLE_POINTS),
    )
    return pl.DataFrame(
        {
            "group": np.repeat(block.group, block.size),
            "period_start": block.flat("period_start"),
            "value": value.ravel(),
            "mean": every(mean),
            "process_lower": every(lower),
            "process_upper": every(upper),
            "special_cause": choose(value.size, *causes),
            "direction": choose(value.size, *ways),
            "note": note,
        }
    ).with_columns(pl.col("mean", "process_lower", "process_upper").fill_nan(None))


def _rules(away: Matrix, reach: Matrix, step: Matrix) -> dict[str, Flags]:
    """Which points break each rule upwards, gravest rule first; downwards for what is turned round."""
    near = away > 2 * reach / 3
    together = np.zeros_like(near)
    if near.shape[1] >= 3:
        pairs = sliding_window_view(near, 3, axis=1).sum(axis=2) >= 2
        for place in range(3):
            together[:, place : place + pairs.shape[1]] |= pairs
    rising = np.zeros_like(near)
    steps = _in_runs(step > 0, RUN - 1)
    rising[:, 1:] |= steps
    rising[:, :-1] |= steps
    return {
        "outside_limits": away > reach,
        "two_of_three": near & together,
        "shift": _in_runs(away > 0, RUN),
        "trend": rising,
    }


def _in_runs(flags: Flags, length: int) -> Flags:
    """The flags that stand in an unbroken run of at least `length`."""
    found = np.zeros_like(flags)
    if flags.shape[1] >= length:
        whole = sliding_window_view(flags, length, axis=1).all(axis=2)
        for place in range(length):
            found[:, place : place + whole.shape[1]] |= whole
    return found
