"""What measures over unordered groups share: the name of each category, its value and uncertainty.

What belongs here: reading ethnic groups, tenures, religions and the like. What does not: ranked groups (`ranked.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Real

import polars as pl

from pipelines.measures.reading.call import check_columns, check_name, check_pair
from pipelines.measures.reading.expected import COLUMN, expected_groups
from pipelines.measures.reading.groups import Groups, all_finite, number, read_groups
from pipelines.measures.reading.ranked import NUMBERS, UNCERTAINTY, Z_OF_INPUT_LIMITS, limits_exclude_value, rank_number


def read_categories(
    frame: pl.DataFrame | pl.LazyFrame,
    *,
    by: Sequence[str],
    results: Sequence[str],
    smallest: int,
    largest: int,
    weighted: bool,
    groups_expected: int | None = None,
    extra: Mapping[str, pl.Expr] | None = None,
    refusals: Sequence[tuple[str, pl.Expr]] = (),
) -> Groups:
    """Read a frame of named groups (`category`, or `rank` as a name where there is no `category`) and judge each.

    Rows come out ordered by `category` (text): `category, population, value, standard_error` and `extra`. A group
    needs `smallest` to `largest` rows, each named once, and usable populations when `weighted`; `groups_expected` is as
    for ranked groups; `refusals` are the measure's own, after those of this module. Beside each group: `interval_note`
    (`incomplete_limits`).

    Raises ValueError for a bad call: a missing or non-numeric column, only one of two limits.
    """
    if isinstance(frame, pl.DataFrame | pl.LazyFrame) and "category" in frame.collect_schema():
        named = "category"
    else:
        named = "rank"
    source, schema = check_columns(
        frame,
        by=by,
        numbers=["value", *(["population"] if weighted else [])],
        optional_numbers=[*NUMBERS, COLUMN],
        others=[named],
        results=[name for name in results if name != named],
    )
    check_name(named, schema[named])
    check_pair(schema, "value_lower", "value_upper")
    error, lower, upper = (number(name, schema) for name in UNCERTAINTY)
    given = pl.any_horizontal(pl.col(UNCERTAINTY).is_not_null()).any()
    population, category = pl.col("population"), pl.col("category")
    expected = expected_groups(groups_expected, schema, smallest=smallest, found=pl.len())
    unusable = ~all_finite("population") | (population <= 0).any()
    return read_groups(
        source,
        by=by,
        columns={
            "category": pl.col(named).cast(pl.String).str.strip_chars(),
            **{name: number(name, schema) for name in ("population", "value")},
            "standard_error": pl.coalesce(error, (upper - lower) / (2 * Z_OF_INPUT_LIMITS)),
            "value_lower": lower,
            "value_upper": upper,
            **expected.columns,
            **(extra or {}),
        },
        order=["category"],
        refusals=[
            ("too_few_groups", pl.len() < smallest),
            ("too_many_groups", pl.len() > largest),
            ("missing_category", (category.is_null() | (category == "")).any()),
            ("duplicate_category", category.n_unique() < pl.len()),
            *([("bad_population", unusable)] if weighted else []),
            ("missing_value", ~all_finite("value")),
            ("crossed_limits", (pl.col("value_lower") > pl.col("value_upper")).any()),
            ("negative_standard_error", (pl.col("standard_error") < 0).any()),
            *expected.refusals,
            *refusals,
        ],
        judgements={
            **expected.judgements,
            "interval_note": pl.when(given & ~all_finite("standard_error")).then(pl.lit("incomplete_limits")),
            "limits_note": pl.when(limits_exclude_value().any()).then(pl.lit("limits_exclude_value")),
        },
    )


def reference_rows(reference: str | float | None, schema: pl.Schema) -> pl.Expr:
    """Whether a row is the reference: the category of this name, or the rank of this number. False for None.

    Raises ValueError when `reference` is neither, or the frame lacks the column it speaks of.
    """
    if reference is None:
        return pl.lit(value=False)
    if isinstance(reference, bool) or not isinstance(reference, str | Real):
        raise ValueError(f"reference must be a category's name or a rank; found {reference!r}.")  # noqa: TRY004
    if isinstance(reference, str) and ("category" in schema or "rank" in schema):
        named = "category" if "category" in schema else "rank"
        return (pl.col(named).cast(pl.String).str.strip_chars() == reference.strip()).fill_null(value=False)
    if "rank" not in schema:
        raise ValueError(f"reference {reference!r} needs a column rank or category; the frame has {list(schema)}.")
    return (rank_number(schema["rank"]) == float(reference)).fill_null(value=False)
