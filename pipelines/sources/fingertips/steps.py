"""Two steps that every part of the Fingertips parser takes: note a row's first fault, and look labels up once each.

What belongs here: what more than one of the Fingertips modules does to a frame. What does not: any rule about rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import polars as pl


def first_fault(rows: pl.DataFrame, wrong: pl.Expr, reason: pl.Expr | str) -> pl.DataFrame:
    """Set `reason` where `wrong` holds and no earlier fault was found."""
    fault = pl.lit(reason) if isinstance(reason, str) else reason
    return rows.with_columns(reason=pl.coalesce("reason", pl.when(wrong).then(fault)))


def join_distinct(
    rows: pl.DataFrame,
    keys: tuple[str, ...],
    added: Mapping[str, pl.DataType],
    read: Callable[..., tuple[object, ...]],
) -> pl.DataFrame:
    """Add columns that depend only on `keys`, asking `read` once for each distinct combination."""
    distinct = rows.select(keys).unique(maintain_order=True)
    answers = pl.DataFrame([read(*row) for row in distinct.iter_rows()], schema=dict(added), orient="row")
    return rows.join(distinct.hstack(answers), on=keys, how="left", nulls_equal=True, maintain_order="left")
