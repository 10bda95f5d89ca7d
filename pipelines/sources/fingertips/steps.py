"""Steps that every part of the Fingertips parser takes: refuse a row for its first reason, look labels up once each.

What belongs here: what more than one of the Fingertips modules does to a frame. What does not: any rule about rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import polars as pl


def first_fault(rows: pl.DataFrame, wrong: pl.Expr, reason: pl.Expr | str) -> pl.DataFrame:
    """Refuse rows that cannot be right: set `reason`, and `is_faulty`, where `wrong` holds and no earlier reason is."""
    return _refused(rows, wrong, reason, is_faulty=True)


def set_aside(rows: pl.DataFrame, unknown: pl.Expr, reason: pl.Expr | str) -> pl.DataFrame:
    """Refuse rows about something that is not read here: as `first_fault`, with `is_faulty` false."""
    return _refused(rows, unknown, reason, is_faulty=False)


def _refused(rows: pl.DataFrame, which: pl.Expr, reason: pl.Expr | str, *, is_faulty: bool) -> pl.DataFrame:
    said = pl.lit(reason) if isinstance(reason, str) else reason
    return rows.with_columns(
        reason=pl.coalesce("reason", pl.when(which).then(said)),
        is_faulty=pl.coalesce("is_faulty", pl.when(which).then(pl.lit(is_faulty))),
    )


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
