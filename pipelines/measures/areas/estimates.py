"""What tables of many areas share: a value and its standard error in each row, and why a row has none.

What belongs here: reading those columns row by row. What does not: whole groups judged as one (`reading/`).
"""

from __future__ import annotations

import polars as pl

from pipelines.measures.reading.call import check_pair
from pipelines.measures.reading.groups import number
from pipelines.measures.reading.ranked import UNCERTAINTY, Z_OF_INPUT_LIMITS

ERRORS = list(UNCERTAINTY)


def read_estimates(rows: pl.DataFrame, schema: pl.Schema, *, ratio: bool = False) -> pl.DataFrame:
    """`value` and `standard_error` of each row, of the logarithm for a `ratio`, and `note_code` where there are none.

    Raises ValueError when only one of two limits is among the columns.
    """
    check_pair(schema, "value_lower", "value_upper")
    value, error, lower, upper = (pl.col(name) for name in ("value", *UNCERTAINTY))
    given = rows.select(number(name, schema) for name in ("value", *UNCERTAINTY))
    from_limits = (upper.log() - lower.log() if ratio else upper - lower) / (2 * Z_OF_INPUT_LIMITS)
    own = error / value if ratio else error
    spread = pl.coalesce(own, from_limits)
    bound = pl.when(error.is_null()).then(lower)
    note = (
        pl.when(~value.is_finite() | value.is_null())
        .then(pl.lit("missing_value"))
        .when(lower > upper)
        .then(pl.lit("crossed_limits"))
        .when(error < 0)
        .then(pl.lit("negative_standard_error"))
        .when(pl.lit(ratio) & ((value <= 0) | (bound <= 0).fill_null(value=False)))
        .then(pl.lit("not_above_zero"))
        .when(~(spread.is_finite() & (spread > 0)).fill_null(value=False))
        .then(pl.lit("missing_limits"))
    )
    return given.select(value=value.log() if ratio else value, standard_error=spread, note_code=note)
