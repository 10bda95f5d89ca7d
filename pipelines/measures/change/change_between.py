"""Change of an inequality measure between two periods: is the gap closing?

What belongs here: the difference, its interval and the verdict. What does not: which periods may be compared
(`periods.py`), or the sentence that joins the absolute and the relative verdict.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
from scipy.special import ndtr

from pipelines.measures.change.periods import PERIOD, bad_period, period_columns
from pipelines.measures.reading.call import check_choice, check_columns, check_pair, normal_quantile
from pipelines.measures.reading.groups import Block, Flags, Groups, Matrix, all_finite, choose, number, read_groups
from pipelines.measures.reading.ranked import UNCERTAINTY, Z_OF_INPUT_LIMITS

RESULTS: dict[str, pl.DataType] = {
    "value_from": pl.Float64(),
    "value_to": pl.Float64(),
    "difference": pl.Float64(),
    "difference_lower": pl.Float64(),
    "difference_upper": pl.Float64(),
    "verdict": pl.String(),
    "probability_narrowing": pl.Float64(),
    "interval_method": pl.String(),
    "note_code": pl.String(),
}


def change_between(
    frame: pl.DataFrame | pl.LazyFrame,
    *,
    by: Sequence[str],
    kind: str = "absolute",
    confidence: float = 0.95,
) -> pl.DataFrame:
    """Compare an inequality measure of two periods, and say whether inequality has narrowed.

    Parameters
    ----------
    frame
        Two rows per group of `by`, one per period. Columns: `period_start` (dates, numbers, or text of one length that
        begins with the year; the earlier row is "from"), optionally `period_end` in the same type (last day or year
        covered), `value` (0 = no inequality, or 1 for `kind='relative'`; above it = worse for the disadvantaged),
        `standard_error` or `value_lower` with `value_upper`, which are always 95% limits; optionally `series_break`
        (true in either row: the two were not measured alike).
    by
        Names of the grouping columns; `[]` for one group.
    kind
        `absolute` for differences, `relative` for ratios.
    confidence
        Of the limits, between 0.5 and 1. Limits put in are always read as 95% limits.

    Returns
    -------
    pl.DataFrame
        One row per group, ordered by `by`. Columns: `value_from`, `value_to`, and `difference` with its limits. For
        `kind='absolute'` it is to minus from, in the unit of `value`, no change = 0; for `kind='relative'` it is to
        divided by from, without unit, no change = 1. `verdict`: `narrowing`, `widening`, `no clear change` or
        `cannot_be_tested` (no limits in one of the periods, a series break, overlapping periods, or no ratio:
        `note_code` says which). `probability_narrowing`, 0 to 1.

    Raises
    ------
    ValueError
        For a bad call: a missing or non-numeric column, periods that cannot be put in order, `series_break` that is not
        true or false, another `kind`, a `confidence` outside 0.5 to 1.

    Notes
    -----
    Formula, u = value (absolute) or its logarithm (relative), z = 1.96 at 95%::

        s = sqrt(se_from^2 + se_to^2);  difference = u_to - u_from, limits -/+ z s (relative: exp of these)
        closer = |u_from| - |u_to|, how much nearer to no inequality the later value lies
        narrowing if closer > z s, widening if closer < -z s; probability_narrowing = Phi(closer / s)
    For a measure above its null value in both periods closer is minus the difference: narrowing means that the upper
    limit is below 0 (relative: below 1). A reversed gap (below its null value in both) narrows when it rises. Where
    the sign turns between the periods the distances decide, noted `direction_reversed`: 3 to -1 narrows, -1 to 3
    widens. As ||a| - |b|| <= |a - b| and <= |a + b|, two equally large gaps, in one direction or in opposite ones,
    are called different no more often than 1 - confidence. The probability is that of a normal model without prior
    knowledge.
    The two periods are taken as independent, so they must share no people: see `non_overlapping`. The standard error
    of a logarithm is se / value, or from limits log(upper / lower) / (2 * 1.96); where the lower limit is not above 0,
    log(upper / value) / 1.96 with note `limit_truncated`.

    Reading: `narrowing` says that the fall in inequality is larger than chance explains. A gap may narrow in absolute
    and widen in relative terms at once; ask for both.

    `interval_method`: `normal`, `log_ratio` or `none`. `note_code`, with nothing computed: `not_two_periods`,
    `bad_period` (missing, or ends before it starts), `duplicate_period`, `missing_value`, `crossed_limits`,
    `negative_standard_error`. With the values, untested and no difference: `series_break`, `periods_overlap` (a day in
    common), `not_above_zero` (a relative measure needs a value above 0), `not_computable` (overflow). Untested with a
    difference: `incomplete_limits` (one period lacks its own); no note where neither has any. Tested:
    `zero_standard_error` (a period is given as known without error: the limits and the verdict carry the other's alone,
    or none), `limits_exclude_value` (limits that do not hold their own value were used), `direction_reversed`,
    `limit_truncated`.

    Proof: No reference implementation; by hand and by laws in the tests.

    References
    ----------
    A two-sample z test, as in OHID's Technical Guide: Confidence Intervals, and Altman & Bland, BMJ 2003;326:219 for
    ratios. Judging by whether two intervals overlap, as ONS bulletins do, misses real changes.

    Examples
    --------
    >>> smoking = pl.DataFrame({"period_start": [2015, 2019], "value": [8.2, 5.7], "standard_error": [0.5, 0.5]})
    >>> answer = change_between(smoking, by=[]).row(0, named=True)
    >>> round(answer["difference"], 2), round(answer["difference_upper"], 2), answer["verdict"]
    (-2.5, -1.11, 'narrowing')
    """
    check_choice("kind", kind, ["absolute", "relative"])
    z = normal_quantile(confidence)
    given = _read(frame, by=by)
    return given.attach([_changes(given, block, relative=kind == "relative", z=z) for block in given.blocks()], RESULTS)


def _read(frame: pl.DataFrame | pl.LazyFrame, *, by: Sequence[str]) -> Groups:
    """Read the two rows of each group in order of time; beside each group, why it cannot be judged (`untestable`)."""
    source, schema = check_columns(
        frame,
        by=by,
        numbers=["value"],
        optional_numbers=UNCERTAINTY,
        others=["period_start"],
        results=[*RESULTS, *PERIOD, "series_break"],
    )
    check_pair(schema, "value_lower", "value_upper")
    broken = schema.get("series_break", pl.Null())
    if broken not in (pl.Boolean, pl.Null):
        raise ValueError(f"The column series_break must hold true or false; it holds {broken}.")
    with_end = "period_end" in schema
    overlap = pl.col("period_end").first() >= pl.col("period_start").last() if with_end else pl.lit(value=False)
    return read_groups(
        source,
        by=by,
        columns={
            **period_columns(source, schema, PERIOD if with_end else PERIOD[:1]),
            **{name: number(name, schema) for name in ("value", *UNCERTAINTY)},
            "series_break": (pl.col("series_break") if "series_break" in schema else pl.lit(None)).cast(pl.Boolean),
        },
        order=["period_start"],
        refusals=[
            ("not_two_periods", pl.len() != 2),
            ("bad_period", bad_period(with_end=with_end)),
            ("duplicate_period", pl.col("period_start").n_unique() < 2),
            ("missing_value", ~all_finite("value")),
            ("crossed_limits", (pl.col("value_lower") > pl.col("value_upper")).any()),
            ("negative_standard_error", (pl.col("standard_error") < 0).any()),
        ],
        judgements={
            "untestable": pl.when(pl.col("series_break").any())
            .then(pl.lit("series_break"))
            .when(overlap)
            .then(pl.lit("periods_overlap"))
        },
    )


def _changes(given: Groups, block: Block, *, relative: bool, z: float) -> pl.DataFrame:
    """The changes, their limits and verdicts, of all groups."""
    value = block.matrix("value")
    error, truncated = _errors(block, value, relative=relative)
    untestable = given.groups["untestable"].gather(pl.Series(block.group))
    comparable = untestable.is_null().to_numpy()
    with np.errstate(all="ignore"):  # what overflows or is undefined becomes a null with a note
        positive = (value > 0).all(axis=1) | (not relative)
        scaled = np.log(value) if relative else value
        before, after = scaled[:, 0], scaled[:, 1]
        difference = value[:, 1] / value[:, 0] if relative else after - before
        computable = np.isfinite(difference) & ((difference > 0) | (not relative))
        difference = np.where(comparable & positive & computable, difference, np.nan)
        s = np.hypot(error[:, 0], error[:, 1])
        factor = np.exp(z * s)
        lower = difference / factor if relative else difference - z * s
        upper = difference * factor if relative else difference + z * s
        tested = np.isfinite(lower) & np.isfinite(upper)
        closer = np.abs(before) - np.abs(after)
        narrowing, widening = closer > z * s, closer < -z * s
        probability = np.where(s > 0, ndtr(closer / s), (np.sign(closer) + 1) / 2)
    return block.result(
        value_from=value[:, 0],
        value_to=value[:, 1],
        difference=difference,
        difference_lower=np.where(tested, lower, np.nan),
        difference_upper=np.where(tested, upper, np.nan),
        verdict=choose(
            len(value),
            ("cannot_be_tested", ~tested),
            ("narrowing", narrowing),
            ("widening", widening),
            otherwise="no clear change",
        ),
        probability_narrowing=np.where(tested, probability, np.nan),
        interval_method=choose(len(value), ("none", ~tested), otherwise="log_ratio" if relative else "normal"),
        note=pl.select(
            pl.coalesce(
                untestable,
                choose(
                    len(value),
                    ("not_above_zero", ~positive),
                    ("not_computable", ~computable | (np.isfinite(error).all(axis=1) & ~tested)),
                    ("incomplete_limits", ~tested & _any_given(block)),
                    ("zero_standard_error", tested & (error == 0).any(axis=1)),
                    ("limits_exclude_value", tested & _limits_exclude(block, value)),
                    ("direction_reversed", tested & (np.sign(before) * np.sign(after) < 0)),
                    ("limit_truncated", tested & truncated),
                ),
            )
        ).to_series(),
    )


def _errors(block: Block, value: Matrix, *, relative: bool) -> tuple[Matrix, Flags]:
    """Standard errors on the scale of the test, a row's own before its limits; and where a lower limit was no use."""
    own, lower, upper = (block.matrix(name) for name in UNCERTAINTY)
    with np.errstate(all="ignore"):
        if relative:
            own = own / value
            truncated = lower <= 0
            half = np.where(truncated, np.log(upper / value), np.log(upper / lower) / 2)
        else:
            truncated = np.zeros_like(lower, dtype=bool)
            half = (upper - lower) / 2
        from_limits = np.where(half >= 0, half / Z_OF_INPUT_LIMITS, np.nan)
    used: Flags = np.logical_or.reduce(truncated & np.isnan(own), axis=1)
    return np.where(np.isnan(own), from_limits, own), used


def _limits_exclude(block: Block, value: Matrix) -> Flags:
    """A period's limits do not hold its own value, and were used."""
    own, lower, upper = (block.matrix(name) for name in UNCERTAINTY)
    excluded: Flags = np.logical_or.reduce(np.isnan(own) & ((value < lower) | (value > upper)), axis=1)
    return excluded


def _any_given(block: Block) -> Flags:
    cells = np.stack([block.matrix(name) for name in UNCERTAINTY])
    given: Flags = np.logical_or.reduce(~np.isnan(cells), axis=(0, 2))
    return given
