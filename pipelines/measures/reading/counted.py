"""What measures of events share: a count, what it is out of, and whether a group of them can be summed.

What belongs here: reading those two columns and judging them. What does not: a formula.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from pipelines.measures.reading.call import check_columns
from pipelines.measures.reading.groups import Groups, all_finite, number, read_groups

PAIRS = (("count", "population"), ("numerator", "denominator"))
"""The two spellings of an event count and what it is out of: a table of counts, and the observation contract."""


COUNTS: dict[str, pl.Expr] = {
    name: pl.col(name).cast(pl.Float64).fill_nan(None) for name in ("numerator", "denominator")
}
"""The counts behind a rate, as a line over rates reads them."""


def with_rates(frame: pl.DataFrame | pl.LazyFrame) -> pl.LazyFrame:
    """A frame of `numerator` and `denominator` with `value`, their ratio, and `population`, else the denominator.

    Raises ValueError for a column that holds no numbers.
    """
    source, schema = check_columns(frame, by=[], numbers=["numerator", "denominator"])
    people = "population" if "population" in schema else "denominator"
    unknown = pl.lit(None, dtype=pl.Float64)
    rate = COUNTS["numerator"] / COUNTS["denominator"]
    own = [name for name in ("standard_error", "value_lower", "value_upper") if name in schema]
    return source.drop(own).with_columns(
        value=pl.when(rate.is_finite()).then(rate).otherwise(unknown), population=pl.col(people)
    )


def rate_refusals(*, parts: bool) -> list[tuple[str, pl.Expr]]:
    """Why a group's rates cannot be made of its counts, gravest first. `parts`: events are some of the denominator."""
    count, out_of = pl.col("numerator"), pl.col("denominator")
    reasons: Mapping[str, pl.Expr] = {
        "bad_count": (count < 0).any() | (out_of <= 0).any(),
        "count_above_population": (count > out_of).any() if parts else pl.lit(value=False),
    }
    return list(reasons.items())


def read_counts(
    frame: pl.DataFrame | pl.LazyFrame,
    *,
    by: Sequence[str],
    results: Sequence[str],
    parts: bool,
    also: Mapping[str, pl.Expr] | None = None,
    order: Sequence[str] = (),
    refusals: Sequence[tuple[str, pl.Expr]] = (),
) -> Groups:
    """Read `count` and `population` (or `numerator` and `denominator`, under the same names) and judge each group.

    `parts`: the events are some of the population, so that no row can count more of them. `also`: further columns;
    rows come out in the `order` of some of them. `refusals` are the measure's own, after those of this module.

    Raises ValueError for a bad call: a missing or non-numeric column, or both spellings in one frame.
    """
    count, population = spelling(frame)
    source, schema = check_columns(frame, by=by, numbers=[count, population], results=results)
    return read_groups(
        source,
        by=by,
        columns={
            "count": number(count, schema).alias("count"),
            "population": number(population, schema).alias("population"),
            **(also or {}),
        },
        order=order,
        refusals=[*count_refusals(parts=parts), *refusals],
    )


def spelling(frame: pl.DataFrame | pl.LazyFrame) -> tuple[str, str]:
    """Which pair of columns a frame has; the first when it has neither, so that those are asked for."""
    names = frame.lazy().collect_schema().names() if isinstance(frame, pl.DataFrame | pl.LazyFrame) else []
    found = [pair for pair in PAIRS if set(pair) <= set(names)]
    if len(found) > 1:
        raise ValueError("The frame must have either count and population or numerator and denominator; it has both.")
    return found[0] if found else PAIRS[0]


def count_refusals(*, parts: bool) -> list[tuple[str, pl.Expr]]:
    """Why events of a group cannot be summed and divided, gravest first."""
    count, population = pl.col("count"), pl.col("population")
    reasons: Mapping[str, pl.Expr] = {
        "missing_count": count.null_count() > 0,
        "bad_count": ~all_finite("count") | (count < 0).any(),
        "bad_population": ~all_finite("population")
        | (population < 0).any()
        | ((population == 0) & (count > 0)).any()
        | ~(population > 0).any(),
        "count_above_population": (count > population).any() if parts else pl.lit(value=False),
    }
    return list(reasons.items())
