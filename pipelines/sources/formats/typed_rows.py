"""Text cells into typed rows, or into rejected rows with the line and the reason.

What belongs here: the rules that hold for every table (numbers, whole numbers, area codes, empty cells, bounds, values
within their limits, provenance). What does not: opening files and finding columns (`formats/table.py`), or any one
publisher's layout.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from pipelines.sources.contract import REJECTED, ContractBroken, Parsed, Snapshot, empty_rejected
from pipelines.sources.formats.table import LINE, SHORT, SPILL, Column, Table, file_label

PROVENANCE: dict[str, pl.DataType] = {"source": pl.String(), "snapshot_sha256": pl.String(), LINE: pl.Int64()}
"""The columns every staging row ends with: the table's name, the file's hash, the 1-based line or sheet row."""

AREA_CODE = r"^[A-Z][0-9]{8}$"
"""A code of the Government Statistical Service: a letter and eight digits (`\\d` lets other scripts' digits in)."""

_THOUSANDS = r"^-?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?$"
_LARGEST_WHOLE = 2.0**53
"""Past it a Float64 no longer holds every whole number, and past 2**63 no Int64 holds one."""

_ROUNDING_UNITS, _ROUNDING_SHARE = 0.1, 0.01


def settle(
    table: Table,
    columns: Sequence[Column],
    snapshot: Snapshot,
    *,
    source: str,
    schema: Mapping[str, pl.DataType],
    constants: Mapping[str, str | int] | None = None,
    checks: Sequence[tuple[pl.Expr, str]] = (),
    not_read: Sequence[tuple[pl.Expr, str]] = (),
) -> Parsed:
    """Turn a Table's text into typed rows of `schema`, and rows that cannot be read into rejected rows.

    `constants` are columns with one value; `checks` are pairs of (true where the row is wrong, the reason) over the
    typed columns. A row is rejected for its first fault. `not_read` are pairs of (true where the row is none of those
    that we read, the reason) over the cells as they come: they go before all faults, and are none.
    """
    aside = pl.any_horizontal([pl.lit(value=False), *(which.fill_null(value=False) for which, _ in not_read)])
    faults: list[pl.Expr] = [
        *(pl.when(which).then(pl.lit(reason)) for which, reason in not_read),
        pl.when(pl.col(SPILL).is_not_null()).then(pl.lit("more cells than the header")),
        pl.when(pl.col(SHORT)).then(pl.lit("fewer cells than the header")),
    ]
    values = []
    for column in columns:
        value, column_faults = _typed(table, column)
        values.append(value.alias(column.name))
        faults.extend(column_faults)
    frame = table.cells.with_columns(*values, pl.coalesce(faults).alias("reason"), (~aside).alias("is_faulty"))
    for wrong, reason in checks:
        frame = frame.with_columns(pl.coalesce("reason", pl.when(wrong).then(pl.lit(reason))))
    known = {"source": source, "snapshot_sha256": snapshot.sha256, **(constants or {})}
    frame = frame.with_columns(pl.lit(value).alias(name) for name, value in known.items())
    rows = frame.filter(pl.col("reason").is_null())
    return Parsed(
        rows=rows.select(
            (pl.col(name) if name in frame.columns else pl.lit(None)).cast(dtype).alias(name)
            for name, dtype in schema.items()
        ),
        rejected=frame.filter(pl.col("reason").is_not_null())
        .with_columns(table.row_text().alias("row_text"))
        .select(pl.col(name).cast(dtype) for name, dtype in REJECTED.items()),
        rows_in=frame.height,
    )


def finish(parts: Sequence[Parsed], snapshot: Snapshot) -> Parsed:
    """Join what a file's tables gave. Raises ContractBroken when not one row could be read."""
    rows_in = sum(part.rows_in for part in parts)
    rejected = pl.concat([part.rejected for part in parts]) if parts else empty_rejected()
    if not parts or rows_in == rejected.height:
        reasons = rejected["reason"].unique(maintain_order=True).to_list()[:5]
        raise ContractBroken(
            "The file holds no row that can be read.",
            where=file_label(snapshot),
            expected="at least one row",
            found=f"{rows_in} rows, all rejected ({'; '.join(reasons)})" if rows_in else "a header and no rows",
            do="Fetch the file again; if the layout has changed, mend its parser.",
        )
    notes = tuple(dict.fromkeys(note for part in parts for note in part.notes))
    return Parsed(pl.concat([part.rows for part in parts]), rejected, rows_in, notes)


def outside_limits(value: pl.Expr, lower: pl.Expr, upper: pl.Expr) -> pl.Expr:
    """Whether a value lies outside its own limits by more than rounding: 0.1 of a unit, or 1% of it where that is more.

    Null where one of the three is.
    """
    tolerance = pl.max_horizontal(pl.lit(_ROUNDING_UNITS), value.abs() * _ROUNDING_SHARE)
    return (value < lower - tolerance) | (value > upper + tolerance)


def number(text: pl.Expr) -> pl.Expr:
    """Text as a number, thousands separators taken out where they stand between threes; null where it is none."""
    plain = pl.when(text.str.contains(_THOUSANDS)).then(text.str.replace_all(",", "")).otherwise(text)
    return plain.cast(pl.Float64, strict=False)


def _typed(table: Table, column: Column) -> tuple[pl.Expr, list[pl.Expr]]:
    text = table.text(column)
    reasons: list[tuple[pl.Expr, str]] = []
    if not column.may_be_empty and column.name in table.placed:
        reasons.append((text.is_null(), "empty"))
    value = text
    if column.kind == "code":
        reasons.append((~text.str.contains(AREA_CODE), "not a letter and eight digits"))
    elif column.kind in {"whole", "number"}:
        value = number(text)
        reasons.append((text.is_not_null() & ~value.is_finite().fill_null(value=False), "not a number"))
        if column.kind == "whole":
            reasons.append((value != value.floor(), "not a whole number"))
            reasons.append((value.abs() > _LARGEST_WHOLE, "too large for a whole number"))
        if column.low is not None:
            reasons.append((value < column.low, f"below {column.low:g}"))
        if column.high is not None:
            reasons.append((value > column.high, f"above {column.high:g}"))
        if column.kind == "whole":
            value = value.cast(pl.Int64, strict=False)
    return value, [pl.when(wrong).then(pl.lit(f"{column.name}: {reason}")) for wrong, reason in reasons]
