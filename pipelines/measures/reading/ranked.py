"""What measures over ranked groups share: `rank`, `population`, `value` and the uncertainty of the value.

What belongs here: reading those columns and judging whether a group of them can be measured. What does not: a formula.

Input columns have fixed names: `rank` (1 = most disadvantaged; text is read as numbers, so `1, 10, 2` never sorts
wrongly; `Decile 1` is 1), `population`, `value`, and either `standard_error` or `value_lower` with `value_upper` (95%
limits). NaN counts as missing. A row's own standard error wins over its limits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import polars as pl

from pipelines.measures.reading.call import check_columns, check_ordering, check_pair, normal_quantile
from pipelines.measures.reading.expected import COLUMN, LARGEST_WHOLE, expected_groups
from pipelines.measures.reading.groups import Groups, all_finite, number, read_groups
from pipelines.measures.reading.links import Link

Z_OF_INPUT_LIMITS = round(normal_quantile(0.95), 6)
"""Input limits are 95% limits whatever `confidence` is asked of the output; the reference uses six decimals."""

ROUNDED = 1e-9
"""A value may lie outside its limits by this part of them: the computer's rounding."""
UNCERTAINTY = ("standard_error", "value_lower", "value_upper")
ONLY_NUMBER = r"^[^\d.-]*\s*(\d{1,9})(?:\s+[^\d]*|\s*\([^\d]*)?$"
"""The one number of `Decile 1`, `1 (most deprived)` and `Quintile 5 - least deprived`."""
NUMBERS = ("population", "value", *UNCERTAINTY)


def read_ranked_groups(
    frame: pl.DataFrame | pl.LazyFrame,
    *,
    by: Sequence[str],
    results: Sequence[str],
    smallest: int,
    largest: int | None = None,
    weighted: bool = True,
    link: Link | None = None,
    scale: float = 1.0,
    missing_allowed: bool = False,
    groups_expected: int | None = None,
    extra: Mapping[str, pl.Expr] | None = None,
    refusals: Sequence[tuple[str, pl.Expr]] = (),
    judgements: Mapping[str, pl.Expr] | None = None,
) -> Groups:
    """Read a frame of ranked groups and judge each.

    A group needs `smallest` to `largest` rows, and usable populations when `weighted`. Rows come out ordered by rank:
    `rank, population, value, standard_error` (null throughout a group that has no complete uncertainty),
    `value_lower, value_upper`, and `extra`. `groups_expected` (else the column of that name) says how many rows there
    should be: with fewer, the group is noted `groups_missing`, with more it is refused. `refusals` and `judgements` are
    the measure's own, after those of this module. With `missing_allowed`, rows without a value are left out, and no
    group is refused for them. Beside each group: `has_interval`, `interval_note` (`incomplete_limits`), `limits_note`
    (`limits_exclude_value`), `rank_note` (`missing_ranks`).

    Value, error and limits are divided by `scale`. With a `link`, `standard_error` is on its scale, a value without a
    place on it is `value_outside_range`, and a limit without one is noted `limit_truncated` (the other half of the
    interval stands for both).

    Raises ValueError for a bad call: a missing or non-numeric column, or text ranks none of which is a number.
    """
    source, schema = check_columns(
        frame,
        by=by,
        numbers=["value", *(["population"] if weighted else [])],
        optional_numbers=[*NUMBERS, COLUMN],
        others=["rank"],
        results=results,
    )
    check_pair(schema, "value_lower", "value_upper")
    rank = read_rank(source, schema)
    value, error, lower, upper = (number(name, schema) for name in ("value", *UNCERTAINTY))
    if scale != 1:
        value, error, lower, upper = (column / scale for column in (value, error, lower, upper))
    outside = {}
    if "value_lower" in schema:
        excluded = pl.when(pl.col("standard_error").is_not_null().all() & limits_exclude_value().any())
        outside = {"limits_note": excluded.then(pl.lit("limits_exclude_value"))}
    spread = pl.coalesce(error, (upper - lower) / (2 * Z_OF_INPUT_LIMITS))
    on_link, out_of_range, cut = {}, [], {}
    if link is not None:
        spread = link.standard_error(value, error, lower, upper, z=Z_OF_INPUT_LIMITS)
        on_link = {"limit_truncated": link.truncated(error, lower, upper)}
        out_of_range = [("value_outside_range", link.outside(pl.col("value")).any())]
        cut = {"truncated_note": pl.when(pl.col("limit_truncated").any()).then(pl.lit("limit_truncated"))}
    given = pl.any_horizontal(pl.col(UNCERTAINTY).is_not_null()).any()
    measured = pl.col("value").is_not_null()
    seen = (lambda name: pl.col(name).filter(measured)) if missing_allowed else pl.col
    complete = all_finite(seen("standard_error"))
    expected = expected_groups(groups_expected, schema, smallest=smallest, found=seen("value").len())
    return read_groups(
        source,
        by=by,
        columns={
            "rank": rank,
            "population": number("population", schema),
            "value": value,
            "standard_error": spread,
            "value_lower": lower,
            "value_upper": upper,
            **on_link,
            **expected.columns,
            **(extra or {}),
        },
        order=["rank"],
        refusals=[
            *out_of_range,
            *_refusals(seen, smallest=smallest, largest=largest, weighted=weighted),
            *expected.refusals,
            *refusals,
        ],
        counted=measured if missing_allowed else None,
        judgements={
            **expected.judgements,
            "has_interval": complete,
            "interval_note": pl.when(given & ~complete).then(pl.lit("incomplete_limits")),
            **outside,
            **cut,
            "rank_note": pl.when((pl.col("rank").min() != 1) | (pl.col("rank").max() != pl.len())).then(
                pl.lit("missing_ranks")
            ),
            **(judgements or {}),
        },
    )


def limits_exclude_value() -> pl.Expr:
    """A row's limits do not hold its value: they belong to another figure, or the value was rounded otherwise."""
    value, lower, upper = pl.col("value"), pl.col("value_lower"), pl.col("value_upper")
    slack = ROUNDED * pl.max_horizontal(lower.abs(), upper.abs())
    return ((value < lower - slack) | (value > upper + slack)).fill_null(value=False)


def read_rank(source: pl.LazyFrame, schema: pl.Schema) -> pl.Expr:
    """The column `rank` as a number, null where a text is none; ValueError where no text is one."""
    check_ordering("rank", schema["rank"])
    rank = rank_number(schema["rank"])
    if not schema["rank"].is_numeric():
        texts, numeric = source.select(pl.col("rank").count(), rank.count().alias("numeric")).collect().row(0)
        if texts and not numeric:
            raise ValueError("rank must hold whole numbers (1 = most disadvantaged); no text in it reads as a number.")
    return rank


def rank_number(dtype: pl.DataType) -> pl.Expr:
    """The column `rank` as a number: of text the number it is, or the only one in it (`Decile 1`), else null."""
    rank = pl.col("rank")
    if not dtype.is_numeric():
        rank = rank.cast(pl.String).str.strip_chars()
        rank = pl.coalesce(rank.cast(pl.Float64, strict=False), rank.str.extract(ONLY_NUMBER).cast(pl.Float64))
    return rank.cast(pl.Float64, strict=False).alias("rank")


def _refusals(
    seen: Callable[[str], pl.Expr], *, smallest: int, largest: int | None, weighted: bool
) -> list[tuple[str, pl.Expr]]:
    """Why nothing can be computed for a group, gravest first. `seen` is a column in the rows that count."""
    rank, population, value = pl.col("rank"), seen("population"), seen("value")
    reasons = [("too_few_groups", value.len() < smallest)]
    if largest is not None:
        reasons.append(("too_many_groups", value.len() > largest))
    reasons += [
        ("bad_rank", ~all_finite("rank") | ((rank != rank.round()) | (rank.abs() > LARGEST_WHOLE)).any()),
        ("duplicate_rank", rank.n_unique() < pl.len()),
    ]
    if weighted:
        reasons.append(("no_population_weights", population.is_null().all() & (population.len() > 0)))
        reasons.append(("bad_population", ~all_finite(population) | (population <= 0).any()))
    return [
        *reasons,
        ("missing_value", ~all_finite(value)),
        ("crossed_limits", (pl.col("value_lower") > pl.col("value_upper")).any()),
        ("negative_standard_error", (pl.col("standard_error") < 0).any()),
    ]
