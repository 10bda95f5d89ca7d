"""What makes a call meaningful: refused in one plain sentence (ValueError) before any number is looked at.

What belongs here: checks of arguments and of columns' names and types. What does not: checks of the numbers in a
group, which only cost that group its answer (`groups.py`).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from numbers import Real
from statistics import NormalDist

import polars as pl


def normal_quantile(confidence: float) -> float:
    """How many standard errors two-sided limits of this confidence lie from the estimate (0.95 gives 1.96).

    Raises ValueError when `confidence` is not a number between 0.5 and 1, both excluded.
    """
    if not _is_number(confidence) or not 0.5 < confidence < 1 or (1 + confidence) / 2 >= 1:
        raise ValueError(f"confidence must be a number between 0.5 and 1, such as 0.95; found {confidence!r}.")
    return NormalDist().inv_cdf((1 + confidence) / 2)


def check_positive(name: str, found: float) -> None:
    """Raise ValueError unless the argument `name` is a finite number above 0."""
    if not _is_number(found) or not math.isfinite(found) or found <= 0:
        raise ValueError(f"{name} must be a finite number above 0; found {found!r}.")


def check_share(name: str, found: float) -> None:
    """Raise ValueError unless the argument `name` is a number between 0 and 1, both excluded."""
    if not _is_number(found) or not 0 < found < 1:
        raise ValueError(f"{name} must be a number between 0 and 1, such as 0.05; found {found!r}.")


def check_choice(name: str, found: object, allowed: Iterable[object]) -> None:
    """Raise ValueError unless the argument `name` is one of `allowed` (of the same type: 1 is not True)."""
    choices = list(allowed)
    if not any(type(found) is type(choice) and found == choice for choice in choices):
        raise ValueError(f"{name} must be {' or '.join(map(repr, choices))}; found {found!r}.")


def check_count(name: str, found: object, *, smallest: int) -> None:
    """Raise ValueError unless the argument `name` is a whole number of at least `smallest`."""
    if not isinstance(found, int) or isinstance(found, bool) or found < smallest:
        raise ValueError(f"{name} must be a whole number of at least {smallest}; found {found!r}.")


def check_points(name: str, found: object) -> list[float]:
    """The argument `name` as numbers, or ValueError unless it is a sequence of one or more finite numbers above 0."""
    points = list(found) if isinstance(found, Iterable) and not isinstance(found, str) else []
    if not points or not all(_is_number(point) and math.isfinite(point) and point > 0 for point in points):
        raise ValueError(f"{name} must be a list of numbers above 0; found {found!r}.")
    return [float(point) for point in points]


def check_new_columns(schema: pl.Schema, results: Iterable[str]) -> None:
    """Raise ValueError when a measure that keeps the frame's columns would overwrite one with a result."""
    taken = [name for name in results if name in schema]
    if taken:
        raise ValueError(f"The frame already has a column {taken}, which the measure would overwrite; rename it.")


def check_columns(
    frame: pl.DataFrame | pl.LazyFrame,
    *,
    by: Sequence[str],
    numbers: Sequence[str],
    optional_numbers: Sequence[str] = (),
    others: Sequence[str] = (),
    results: Sequence[str] = (),
) -> tuple[pl.LazyFrame, pl.Schema]:
    """The frame as a query with its columns, or ValueError in one sentence.

    `numbers` must be there and be numeric, `optional_numbers` must be numeric where they are there, `others` must be
    there. `by` may use none of these names, and none of `results`, the names of the output.
    """
    if not isinstance(frame, pl.DataFrame | pl.LazyFrame):
        raise ValueError(f"The frame must be a Polars DataFrame or LazyFrame; found {type(frame).__name__}.")  # noqa: TRY004
    if isinstance(by, str) or not isinstance(by, Sequence) or not all(isinstance(name, str) for name in by):
        raise ValueError(f"by must be a list of column names; found {by!r}.")
    if len(set(by)) < len(by):
        raise ValueError(f"by names a column twice: {list(by)}.")
    taken = sorted(set(by) & {*numbers, *optional_numbers, *others, *results})
    if taken:
        raise ValueError(f"by cannot group by {taken}: the measure uses these names for its own columns.")
    source = frame.lazy()
    schema = source.collect_schema()
    missing = [name for name in [*by, *others, *numbers] if name not in schema]
    if missing:
        raise ValueError(f"The frame has no column {missing}; it has {list(schema)}.")
    for name in (*numbers, *optional_numbers):
        if name in schema and not (schema[name].is_numeric() or schema[name] == pl.Null):
            raise ValueError(f"The column {name} must hold numbers; it holds {schema[name]}.")
    return source, schema


def check_ordering(name: str, dtype: pl.DataType) -> None:
    """Raise ValueError unless a column of whole numbers or of text stands where an order is read (`rank`)."""
    if not dtype.is_numeric() and dtype not in (pl.String, pl.Categorical, pl.Enum, pl.Null):
        raise ValueError(f"The column {name} must hold whole numbers or text; it holds {dtype}.")


def check_name(name: str, dtype: pl.DataType) -> None:
    """Raise ValueError where a column of names holds what has no text of its own: lists, bytes, durations."""
    if dtype.is_nested() or dtype in (pl.Binary, pl.Duration, pl.Object):
        raise ValueError(f"The column {name} must hold text; it holds {dtype}.")


def check_pair(schema: pl.Schema, lower: str, upper: str) -> None:
    """Raise ValueError when only one of two limits is among the columns."""
    if (lower in schema) != (upper in schema):
        raise ValueError(f"The frame has only one of {lower} and {upper}; give both, or neither.")


def _is_number(argument: object) -> bool:
    return isinstance(argument, Real) and not isinstance(argument, bool)
