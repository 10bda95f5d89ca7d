"""Recent trend: has the indicator risen or fallen over its most recent five points, beyond chance?

What belongs here: Fingertips' test. What does not: whether a rise is good, which is the indicator's polarity, or which
periods of a rolling series to take (`periods.py`).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from pipelines.measures.change.periods import PERIOD, period_columns
from pipelines.measures.reading.call import check_choice, check_columns
from pipelines.measures.reading.groups import Block, Flags, Groups, Matrix, all_finite, choose, number, read_groups
from pipelines.measures.reading.ranked import Z_OF_INPUT_LIMITS

POINTS = 5
CRITICAL = 9.5495
"""The 99.8% point of chi-squared with one degree of freedom, to the digits that Fingertips publishes."""

WHEN = ("first", "last", "years")
KINDS = ("proportion", "rate", "mean", "other")

RESULTS: dict[str, pl.DataType] = {
    "recent_trend": pl.String(),
    "slope": pl.Float64(),
    "chi_squared": pl.Float64(),
    "note_code": pl.String(),
}


def recent_trend(frame: pl.DataFrame | pl.LazyFrame, *, by: Sequence[str], kind: str) -> pl.DataFrame:
    """Test whether each group's most recent five points rise or fall, and whether all of them bear it out.

    Parameters
    ----------
    frame
        One row per period. Columns: `period_start` and `period_end`, the first and last day, or year, that each period
        covers (dates, whole numbers, or text of years or ISO dates; without `period_end` a number or text of four
        digits is one year); and for `kind` `proportion` `numerator` and `denominator`, for `rate`, `mean` and `other`,
        which are one test, `value` with `value_lower` and `value_upper` (95%), all in one unit. NaN counts as missing.
        Earlier points than the last five are not looked at.
    by
        Names of the grouping columns; `[]` for one group.
    kind
        What is tested: `proportion`, `rate`, `mean` or `other`.

    Returns
    -------
    pl.DataFrame
        One row per group of `by` (`by=[]` is one group), ordered by `by`. Columns: `recent_trend`: `increasing`,
        `decreasing`, `no_significant_change` or `cannot_be_calculated`; `slope`, in the unit of `value` a year, for
        `proportion` in log odds a year; `chi_squared`, with one degree of freedom.

    Raises
    ------
    ValueError
        For a bad call: a missing or non-numeric column, periods that cannot be put in order, another `kind`.

    Notes
    -----
    Formula, t = when the last five periods start, in years; the change is significant when chi_squared > 9.5495 (99.8%)
    and no sign changes::

        proportion, x of n: slope = least squares of log(x / (n - x)) on t, unweighted
            chi_squared = (sum (x - n p)(t - T))^2 / (p (1 - p) sum n (t - T)^2), p = sum x / sum n, T = sum n t / sum n
        otherwise, w = 1 / s^2 with s = (upper - lower) / (2 * 1.959964):
            slope = sum w (t - T) y / sum w (t - T)^2, T = sum w t / sum w, chi_squared = slope^2 sum w (t - T)^2

    Reading: Up, down, or no change that chance could not explain, at 99.8%. No significant change is not proof of none.
    A slope index of rolling three-year periods is tested on every third one.

    Differs: The trend function on a branch of PHEindicatormethods divides the value by a multiplier but not its limits;
    here all three are in one unit.

    `note_code`, where it cannot be calculated: `too_few_points` (under 5), `bad_period` (missing, not whole, or ends
    before it starts), `duplicate_period`, and of the last five: `periods_overlap` (a day in common: see
    `non_overlapping`), `gap_between_periods` (one does not begin the day or year after the one before),
    `missing_value`, `missing_limits`, `crossed_limits`, `zero_width_limits`, `bad_count` (negative), `bad_population`
    (not above 0), `count_above_population`, `proportion_at_bound` (none or all: no log odds), `not_computable`
    (overflow). Where there is no significant change: `one_point_decides` (chi-squared is past the critical value, but
    without one of the points the slope would change its sign). Beside any verdict: `limits_exclude_value` (limits that
    do not hold their own value were used).

    Proof: Golden trend/tr01_proportions, tr02_other_five_years_one_short

    References
    ----------
    Fingertips, Recent trends: guidance; Armitage, Biometrics 1955;11:375 (the test of proportions).

    Examples
    --------
    >>> smoking = pl.DataFrame({"period_start": range(2019, 2024), "numerator": [180, 170, 150, 140, 120]})
    >>> answer = recent_trend(smoking.with_columns(denominator=1000), by=[], kind="proportion")
    >>> answer.select("recent_trend", pl.col("slope", "chi_squared").round(3)).row(0)
    ('decreasing', -0.118, 17.456)
    """
    check_choice("kind", kind, KINDS)
    shares = kind == "proportion"
    given = _read(frame, by=by, shares=shares)
    test = _of_proportions if shares else _of_values
    answer = given.attach([test(block) for block in given.blocks()], RESULTS)
    return answer.with_columns(pl.col("recent_trend").fill_null("cannot_be_calculated"))


def _read(frame: pl.DataFrame | pl.LazyFrame, *, by: Sequence[str], shares: bool) -> Groups:
    """Read the points in order of time, and judge each group."""
    names = ["numerator", "denominator"] if shares else ["value", "value_lower", "value_upper"]
    source, schema = check_columns(
        frame, by=by, numbers=names, others=["period_start"], results=[*RESULTS, *PERIOD, *WHEN]
    )
    when = _when(source, schema)
    start, end = pl.col("first"), pl.col("last")
    end_before = end.shift(1)
    last = {name: pl.col(name).tail(POINTS) for name in names}
    missing = {name: ~points.is_finite().fill_null(value=False).all() for name, points in last.items()}
    judgements: dict[str, pl.Expr] = {}
    if shares:
        events, people = last.values()
        own = [
            ("missing_value", missing["numerator"] | missing["denominator"]),
            ("bad_count", (events < 0).any()),
            ("bad_population", (people <= 0).any()),
            ("count_above_population", (events > people).any()),
            ("proportion_at_bound", (events == 0).any() | (events == people).any()),
        ]
    else:
        _, lower, upper = last.values()
        own = [
            ("missing_value", missing["value"]),
            ("missing_limits", missing["value_lower"] | missing["value_upper"]),
            ("crossed_limits", (lower > upper).any()),
            ("zero_width_limits", (lower == upper).any()),
        ]
        value = last["value"]
        outside = ((value < lower) | (value > upper)).any()
        judgements = {"limits_note": pl.when(outside).then(pl.lit("limits_exclude_value"))}
    return read_groups(
        source,
        by=by,
        columns=when | {name: number(name, schema) for name in names},
        order=["first"],
        refusals=[
            (
                "bad_period",
                ~all_finite("first") | ~all_finite("last") | (start != start.round()).any() | (end < start).any(),
            ),
            ("duplicate_period", start.n_unique() < pl.len()),
            ("too_few_points", pl.len() < POINTS),
            ("periods_overlap", (start <= end_before).tail(POINTS - 1).any()),
            ("gap_between_periods", (start > end_before + 1).tail(POINTS - 1).any()),
            *own,
        ],
        judgements=judgements,
    )


def _when(source: pl.LazyFrame, schema: pl.Schema) -> dict[str, pl.Expr]:
    """The columns WHEN: first and last of each period as numbers of which the next is one more, and its start in years.

    Raises ValueError for periods that are neither numbers, dates, nor text of years or ISO dates.
    """
    names = PERIOD if "period_end" in schema else PERIOD[:1]
    columns = period_columns(source, schema, names)
    types = source.select(**columns).collect_schema()
    start, end = columns["period_start"], columns.get("period_end", columns["period_start"])
    if types["period_start"] == pl.String:
        texts = source.select(start.str.len_chars().max()).collect().item()
        if texts is not None and texts != len("2020"):
            start, end = (text.str.to_date("%Y-%m-%d", strict=False) for text in (start, end))
            types = pl.Schema({"period_start": pl.Date()})
    if types["period_start"].is_temporal():
        if "period_end" not in schema:
            raise ValueError("The frame has no column period_end, which days need; years do without.")
        first, last = start.cast(pl.Date), end.cast(pl.Date)
        years = first.dt.year() + (first.dt.month() - 1) / 12 + (first.dt.day() - 1) / 365
        return dict(
            zip(WHEN, (first.to_physical().cast(pl.Float64), last.to_physical().cast(pl.Float64), years), strict=True)
        )
    numbers = [text.cast(pl.Float64, strict=False) for text in (start, end)]
    return dict(zip(WHEN, (*numbers, numbers[0]), strict=True))


def _of_proportions(block: Block) -> pl.DataFrame:
    """Log odds for the direction, Cochran and Armitage's test for the size."""
    year, events, people = (block.matrix(name)[:, -POINTS:] for name in ("years", "numerator", "denominator"))
    with np.errstate(all="ignore"):  # what overflows cannot be calculated
        odds = np.log(events / (people - events))
        pooled = events.sum(axis=1) / people.sum(axis=1)
        from_mean, spread = _about_mean(year, weight=people)
        score = ((events - people * pooled[:, None]) * from_mean).sum(axis=1)
        chi_squared = score**2 / (pooled * (1 - pooled) * spread)
    return _verdicts(block, year=year, value=odds, weight=np.ones_like(odds), chi_squared=chi_squared)


def _of_values(block: Block) -> pl.DataFrame:
    """Weighted least squares for both."""
    year, value, lower, upper = (
        block.matrix(name)[:, -POINTS:] for name in ("years", "value", "value_lower", "value_upper")
    )
    with np.errstate(all="ignore"):  # what overflows cannot be calculated
        weight = (2 * Z_OF_INPUT_LIMITS / (upper - lower)) ** 2
        _, spread = _about_mean(year, weight=weight)
        chi_squared = _slope(year, value, weight=weight) ** 2 * spread
    return _verdicts(block, year=year, value=value, weight=weight, chi_squared=chi_squared)


def _verdicts(block: Block, *, year: Matrix, value: Matrix, weight: Matrix, chi_squared: Matrix) -> pl.DataFrame:
    """The slope, whether all points bear its sign out, and the label."""
    with np.errstate(all="ignore"):
        slope = _slope(year, value, weight=weight)
        borne_out: Flags = np.ones(len(slope), dtype=np.bool_)
        for left_out in range(POINTS):
            kept = np.arange(POINTS) != left_out
            without = _slope(year[:, kept], value[:, kept], weight=weight[:, kept])
            borne_out &= np.sign(without) == np.sign(slope)
    computable = np.isfinite(slope) & np.isfinite(chi_squared)
    past = computable & (chi_squared > CRITICAL)
    return block.result(
        recent_trend=choose(
            len(slope),
            ("cannot_be_calculated", ~computable),
            ("increasing", past & borne_out & (slope > 0)),
            ("decreasing", past & borne_out & (slope < 0)),
            otherwise="no_significant_change",
        ),
        slope=np.where(computable, slope, np.nan),
        chi_squared=np.where(computable, chi_squared, np.nan),
        note=choose(len(slope), ("not_computable", ~computable), ("one_point_decides", past & ~borne_out)),
    )


def _about_mean(year: Matrix, *, weight: Matrix) -> tuple[Matrix, Matrix]:
    """Years about their weighted mean, and the weighted sum of their squares."""
    since_first = year - year[:, :1]
    from_mean = since_first - ((weight * since_first).sum(axis=1) / weight.sum(axis=1))[:, None]
    return from_mean, (weight * from_mean**2).sum(axis=1)


def _slope(year: Matrix, value: Matrix, *, weight: Matrix) -> Matrix:
    """The slope of the weighted line."""
    from_mean, spread = _about_mean(year, weight=weight)
    about = value - ((weight * value).sum(axis=1) / weight.sum(axis=1))[:, None]
    slope: Matrix = (weight * from_mean * about).sum(axis=1) / spread
    return slope
