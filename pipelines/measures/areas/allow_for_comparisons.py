"""Many comparisons at once: which differences are clear after allowing for how many were looked at.

What belongs here: p values and their adjustment. What does not: the differences themselves, or which comparisons belong
together; `by` says that.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
from scipy.special import ndtr

from pipelines.measures.areas.estimates import ERRORS, read_estimates
from pipelines.measures.reading.call import check_choice, check_columns, check_new_columns, check_share
from pipelines.measures.reading.groups import number

RESULTS: dict[str, pl.DataType] = {
    "p_value": pl.Float64(),
    "p_adjusted": pl.Float64(),
    "clear": pl.Boolean(),
    "comparisons": pl.Int64(),
    "note_code": pl.String(),
}
KINDS = ("difference", "ratio")


def allow_for_comparisons(
    frame: pl.DataFrame | pl.LazyFrame, *, by: Sequence[str], kind: str = "difference", false_share: float = 0.05
) -> pl.DataFrame:
    """Say of each difference whether it is clear after allowing for all the comparisons made in its group.

    Parameters
    ----------
    frame
        One row per comparison. Columns: `p`, how likely chance alone gives as much; or `value`, the difference (for
        `kind` `ratio` the ratio), with `standard_error` or 95% limits `value_lower` and `value_upper`. `false_share`:
        the share of the findings that may be false, on average.
    by
        Names of the grouping columns; `[]` for one group.
    kind
        What `value` is: `difference` (from 0) or `ratio` (from 1).
    false_share
        The share of the findings that may be false, on average.

    Returns
    -------
    pl.DataFrame
        The same rows, in the same order and with all their columns, and five more. `by` names the families of
        comparisons that are looked at together (`by=[]`: all rows are one). Columns: `p_value` of the single
        comparison, two-sided; `p_adjusted`; `clear`: `p_adjusted` is at most `false_share`; `comparisons`: how many the
        group has, N in "clear after allowing for N comparisons".

    Raises
    ------
    ValueError
        For a bad call: a missing or non-numeric column, columns that the output would overwrite, another `kind`, a
        `false_share` not between 0 and 1.

    Notes
    -----
    Formula, N comparisons of a group in ascending order of p, i = place in it::

        p = 2 Phi(-|value| / se); for ratios |log value| / (log(upper / lower) / (2 * 1.959964)), or se / value
        p_adjusted = smallest over j >= i of N p_j / j, at most 1

    Reading: Of 153 areas that all equal England about 8 would look different at 95%. Of those that are `clear` here, at
    most `false_share` are expected to be false, however many areas are equal; a single interval that misses the average
    does not say so.

    `note_code`, with nothing said, and not counted: `missing_value` (or infinite), `missing_limits` (neither limits nor
    error, or an error of 0), `crossed_limits`, `negative_standard_error`, `not_above_zero` (a ratio or its lower
    limit), `bad_p` (outside 0 to 1).

    Proof: `p.adjust(method = "BH")` of R on Benjamini and Hochberg's own 15 p values; by hand and by laws in the tests

    References
    ----------
    Benjamini & Hochberg, J R Stat Soc B 1995;57:289; that it holds for comparisons with a common average: Benjamini &
    Yekutieli, Ann Stat 2001;29:1165.

    Examples
    --------
    >>> areas = pl.DataFrame({"area": ["a", "b", "c", "d"], "p": [0.01, 0.04, 0.03, 0.6]})
    >>> answer = allow_for_comparisons(areas, by=[])
    >>> answer.select("area", pl.col("p_adjusted").round(4), "clear").rows()
    [('a', 0.04, True), ('b', 0.0533, False), ('c', 0.0533, False), ('d', 0.6, False)]
    """
    check_choice("kind", kind, KINDS)
    check_share("false_share", false_share)
    with_p = isinstance(frame, pl.DataFrame | pl.LazyFrame) and "p" in frame.collect_schema()
    needed, other = (["p"], []) if with_p else (["value"], ERRORS)
    source, schema = check_columns(frame, by=by, numbers=needed, optional_numbers=other, results=list(RESULTS))
    check_new_columns(schema, RESULTS)
    rows = source.collect(engine="in-memory")
    if with_p:
        judged = rows.select(p_value=number("p", schema)).with_columns(note_code=_bad_p())
    else:
        judged = read_estimates(rows, schema, ratio=kind == "ratio")
        away, error = (judged[name].to_numpy() for name in ("value", "standard_error"))
        with np.errstate(all="ignore"):  # rows with a note are not used
            judged = judged.with_columns(p_value=pl.Series(2 * ndtr(-np.abs(away) / error)).fill_nan(None))
    p = pl.when(pl.col("note_code").is_null()).then(pl.col("p_value"))
    keys = [f"key_{place}" for place in range(len(by))]
    judged = judged.select(
        *(rows[name].alias(ours) for name, ours in zip(by, keys, strict=True)), p, "note_code"
    ).with_row_index("row")
    return rows.hstack(_adjusted(judged, keys, false_share).select(list(RESULTS)))


def _bad_p() -> pl.Expr:
    p = pl.col("p_value")
    sound = p.is_between(0, 1)
    return pl.when(p.is_null()).then(pl.lit("missing_value")).when(~sound).then(pl.lit("bad_p"))


def _adjusted(judged: pl.DataFrame, keys: Sequence[str], false_share: float) -> pl.DataFrame:
    """Benjamini and Hochberg's step-up adjustment within each group; rows without a p are not counted."""
    ordered = judged.sort([*keys, "p_value"], nulls_last=True, maintain_order=True)
    p = pl.col("p_value")
    count, place = (_within(expression, keys) for expression in (p.count(), pl.int_range(1, pl.len() + 1)))
    stepped = ordered.with_columns(comparisons=count.cast(pl.Int64), p_adjusted=(p * count / place).clip(0, 1))
    smallest = _within(pl.col("p_adjusted").cum_min(reverse=True), keys)
    return (
        stepped.with_columns(
            p_adjusted=pl.when(p.is_not_null()).then(smallest),
        )
        .with_columns(clear=pl.col("p_adjusted") <= false_share)
        .sort("row")
    )


def _within(expression: pl.Expr, keys: Sequence[str]) -> pl.Expr:
    return expression.over(keys) if keys else expression
