"""Limits of the concentration indices, carried over from those of the slope and the relative index.

What belongs here: the factor between a line and the indices. What does not: the indices themselves
(`spread/concentration.py`), or the line and its limits (`slope_index.py`).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from pipelines.measures.lines.slope_index import SMALLEST
from pipelines.measures.reading.groups import Block
from pipelines.measures.reading.ranked import read_ranked_groups

LIMITS_OF_LINE = ("slope_index_lower", "slope_index_upper", "relative_index_lower", "relative_index_upper")
RESULTS: dict[str, pl.DataType] = {
    "absolute_concentration_index_lower": pl.Float64(),
    "absolute_concentration_index_upper": pl.Float64(),
    "relative_concentration_index_lower": pl.Float64(),
    "relative_concentration_index_upper": pl.Float64(),
    "interval_method": pl.String(),
    "note_code": pl.String(),
}
_FACTOR: dict[str, pl.DataType] = {"factor": pl.Float64(), "note_code": pl.String()}


def concentration_limits(frame: pl.DataFrame | pl.LazyFrame, *, by: Sequence[str], lines: pl.DataFrame) -> pl.DataFrame:
    """Give the concentration indices of each group limits that come from the values' own errors.

    Shapes: one row per ranked category in, one row per group of `by` out (`by=[]` is one group), ordered by `by`.
    In: `rank` (1 = most disadvantaged), `population`, `value`. `lines`: what `slope_index` answers for the same groups
    without a transform; its limits, orientation, multiplier and confidence are kept.
    Out: `absolute_concentration_index_lower` and `_upper` in the unit of the slope index,
    `relative_concentration_index_lower` and `_upper` between -1 and 1, and the line's `interval_method`.

    Formula, with p = population shares, c = relative rank - 1/2 and k = 2 sum p c^2:
        absolute_concentration_index = k * slope_index
        relative_concentration_index = k * 2 (R - 1) / (R + 1), R = relative_index
        Both rise with their measure of the line, so its limits carry over exactly.

    Reading:
        The limits that `summary_measures` gives the two indices say how far the categories lie from a line. These say
        what the uncertainty of the values themselves leaves open, as those of the slope index do.

    Example:
        >>> from pipelines.measures import slope_index
        >>> fifths = {"rank": [1, 2, 3, 4, 5], "population": [200] * 5, "value": [70.0, 72, 74, 75, 79]}
        >>> years = pl.DataFrame({**fifths, "standard_error": [0.5] * 5})
        >>> answer = concentration_limits(years, by=[], lines=slope_index(years, by=[])).row(0, named=True)
        >>> [round(answer[f"absolute_concentration_index_{end}"], 3) for end in ("lower", "upper")]
        [1.432, 1.928]

    `interval_method`: as in `lines`. `note_code`: why a group has no limits: what `slope_index` refuses, else the note
    of the group's line.

    Raises ValueError for a bad call: a missing or non-numeric column, `lines` without the columns of `slope_index`.

    Reference:
        Kakwani, Wagstaff & van Doorslaer, J Econometrics 1997;77:87 (the index as a slope over relative ranks)

    Proof:
        the indices of golden healthequal/e03 are k times its line
    """
    missing = [name for name in (*by, *LIMITS_OF_LINE, "interval_method", "note_code") if name not in lines.columns]
    if missing:
        raise ValueError(f"lines must be what slope_index answers for the same groups; it has no column {missing}.")
    given = read_ranked_groups(frame, by=by, results=list(RESULTS), smallest=SMALLEST)
    factors = given.attach([block.result(factor=_factor(block)) for block in given.blocks()], _FACTOR)
    line = lines.select(*by, *LIMITS_OF_LINE, "interval_method", note_of_line="note_code")
    wide = factors.join(line, on=list(by), how="left", nulls_equal=True, maintain_order="left") if by else factors
    wide = wide if by else factors.hstack(line)
    factor = pl.col("factor")
    carried = {
        f"absolute_concentration_index_{end}": factor * pl.col(f"slope_index_{end}") for end in ("lower", "upper")
    } | {
        f"relative_concentration_index_{end}": factor
        * (2 * (pl.col(f"relative_index_{end}") - 1) / (pl.col(f"relative_index_{end}") + 1))
        for end in ("lower", "upper")
    }
    return wide.with_columns(
        **carried,
        interval_method=pl.col("interval_method").fill_null("none"),
        note_code=pl.coalesce("note_code", "note_of_line"),
    ).select(*by, *(pl.col(name).cast(dtype) for name, dtype in RESULTS.items()))


def _factor(block: Block) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """k of each group."""
    with np.errstate(all="ignore"):
        population = block.matrix("population")
        share = population / population.sum(axis=1, keepdims=True)
        centred = share.cumsum(axis=1) - share / 2 - 0.5
        return np.asarray(2 * (share * centred**2).sum(axis=1))
