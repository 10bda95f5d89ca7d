"""Quantiles: which tenth, fifth or other share of its group each value falls in.

What belongs here: the ranks and the cut. What does not: which way a score points; the caller's `invert` says that.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from pipelines.measures.reading.call import check_choice, check_columns, check_count, check_new_columns
from pipelines.measures.reading.groups import number

RESULTS: dict[str, pl.DataType] = {"quantile": pl.Int64(), "note_code": pl.String()}


def quantile(
    frame: pl.DataFrame | pl.LazyFrame, *, by: Sequence[str], quantiles: int = 10, invert: bool = True
) -> pl.DataFrame:
    """Divide the values of each group into equally many, and say for each value which division it falls in.

    Parameters
    ----------
    frame
        One row per value. Columns: `value`, for instance an area's deprivation score. NaN and infinity count as
        missing.
    by
        Names of the grouping columns; `[]` for one group.
    quantiles
        How many divisions: 10 for tenths.
    invert
        Whether 1 holds the highest values.

    Returns
    -------
    pl.DataFrame
        The same rows, in the same order and with all their columns, and two more. `by` names the groups within which
        values are ranked (`by=[]` ranks all together). Columns: `quantile`, 1 to `quantiles`. With `invert`, 1 holds
        the highest values: the most deprived, where a higher score is more deprived. Without, 1 holds the lowest, for
        instance for ranks where 1 is the most deprived.

    Raises
    ------
    ValueError
        For a bad call: a missing or non-numeric column, columns that the output would overwrite, `quantiles` not a
        whole number above 1, `invert` neither True nor False.

    Notes
    -----
    Formula, N values in the group, q quantiles, rank 1 = first (equal values share the better rank)::

        quantile = floor((q + 1) - ceil((N + 1 - rank) / (N / q))), and 1 where that is 0
    in this order of operations, because the rounding decides who falls on which side of a cut.

    Reading: Quantiles hold equally many areas, give or take one and ties; not equally many people.

    `note_code`, with no quantile: `missing_value`; `too_few_values` (the group has fewer than `quantiles` values).

    Proof: Golden quantile/q01_deciles_national_inverted, q02_deciles_by_region, q03_quintiles_not_inverted,
    q04_ventiles, q20_lsoa_32844_deciles

    References
    ----------
    OHID's PHEindicatormethods `phe_quantile`.

    Examples
    --------
    >>> areas = pl.DataFrame({"area": ["a", "b", "c", "d"], "value": [12.0, 40.0, 3.0, 25.0]})
    >>> quantile(areas, by=[], quantiles=2)["quantile"].to_list()
    [2, 1, 2, 1]
    """
    check_count("quantiles", quantiles, smallest=2)
    check_choice("invert", invert, [True, False])
    source, schema = check_columns(frame, by=by, numbers=["value"], results=list(RESULTS))
    check_new_columns(schema, RESULTS)
    value = number("value", schema)
    value = pl.when(value.is_finite()).then(value)
    rank, count = (_within(expression, by) for expression in (value.rank("min", descending=invert), value.count()))
    place = (quantiles + 1) - ((count + 1 - rank) / (count / quantiles)).ceil()
    enough = count >= quantiles
    return source.with_columns(
        quantile=pl.when(enough).then(place.floor().clip(lower_bound=1).cast(pl.Int64)),
        note_code=pl.when(value.is_null()).then(pl.lit("missing_value")).when(~enough).then(pl.lit("too_few_values")),
    ).collect(engine="in-memory")


def _within(expression: pl.Expr, by: Sequence[str]) -> pl.Expr:
    """An expression over each group as whole numbers that cannot wrap below 0."""
    return (expression.over(by) if by else expression).cast(pl.Int64)
