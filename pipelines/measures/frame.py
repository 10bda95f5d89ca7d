"""What measures over ranked groups share: checking a call, reading the input columns, and judging each group.

What belongs here: the line between a bad call (ValueError, one plain sentence) and a bad group (a note code, never an
exception). What does not: the formula of any measure.

Input columns have fixed names: `rank` (1 = most disadvantaged), `population`, `value`, and either `standard_error` or
`value_lower` with `value_upper` (95% limits). NaN counts as missing. A row's own standard error wins over its limits.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Real
from statistics import NormalDist

import polars as pl

Z_OF_INPUT_LIMITS = 1.959964
"""Input limits are 95% limits whatever `confidence` is asked of the output; the reference uses these six decimals."""

UNCERTAINTY = ("standard_error", "value_lower", "value_upper")
NUMBERS = ("population", "value", *UNCERTAINTY)


@dataclass(frozen=True)
class RankedGroups:
    """The input, read and judged.

    `rows`: the rows of the sound groups only, ordered by `group` then `rank`, all finite:
    `group, rank, population, value, standard_error` (`standard_error` is null throughout a group without interval).
    `groups`: one row per group, ordered by `by`: `group`, the keys, `group_count` (rows, sound or not), and three notes
    or nulls: `refusal` (why nothing is computed), `interval_note` (why there are no limits), `rank_note`.
    """

    rows: pl.DataFrame
    groups: pl.DataFrame
    by: tuple[str, ...]

    def attach(self, results: pl.LazyFrame, columns: Sequence[str]) -> pl.DataFrame:
        """Put results (one row per sound group, keyed by `group`) beside every group's keys; absent ones are null.

        One note a group, the gravest first; the result's own `note` comes before that on the ranks.
        """
        return (
            self.groups.lazy()
            .join(results, on="group", how="left", maintain_order="left")
            .with_columns(
                pl.col("interval_method").fill_null("none"),
                note_code=pl.coalesce("refusal", "interval_note", "note", "rank_note"),
            )
            .select(*(pl.col(_key(place)).alias(name) for place, name in enumerate(self.by)), *columns)
            .collect(engine="in-memory")
        )


def normal_quantile(confidence: float) -> float:
    """How many standard errors two-sided limits of this confidence lie from the estimate (0.95 gives 1.96).

    Raises ValueError when `confidence` is not a number between 0.5 and 1, both excluded.
    """
    if not _is_number(confidence) or not 0.5 < confidence < 1:
        raise ValueError(f"confidence must be a number between 0.5 and 1, such as 0.95; found {confidence!r}.")
    return NormalDist().inv_cdf((1 + confidence) / 2)


def check_multiplier(multiplier: float) -> None:
    """Raise ValueError unless `multiplier` is a finite number other than 0."""
    if not _is_number(multiplier) or not math.isfinite(multiplier) or multiplier == 0:
        raise ValueError(f"multiplier must be a finite number other than 0; found {multiplier!r}.")


def read_ranked_groups(
    frame: pl.DataFrame | pl.LazyFrame,
    *,
    by: Sequence[str],
    results: Sequence[str],
    smallest: int,
    largest: int | None,
    weighted: bool,
) -> RankedGroups:
    """Read a frame and judge each group of it.

    `results` are the names of the output columns, which `by` may not use. A group needs `smallest` to `largest` rows,
    and usable populations when `weighted`. Raises ValueError for a bad call; a bad group only gets a refusal.
    """
    source, schema = _check_columns(frame, by=by, results=results, weighted=weighted)
    rank = pl.col("rank")
    if not schema["rank"].is_numeric():
        rank = rank.cast(pl.String).str.strip_chars()
    numbers = [pl.col(name) if name in schema else pl.lit(None).alias(name) for name in NUMBERS]
    key_columns = [_key(place) for place in range(len(by))]
    read = (
        source.select(
            *(pl.col(name).alias(key) for name, key in zip(by, key_columns, strict=True)),
            rank.cast(pl.Float64, strict=False).alias("rank"),
            (rank.is_not_null() & (not schema["rank"].is_numeric())).alias("rank_is_text"),
            *(number.cast(pl.Float64).fill_nan(None) for number in numbers),
        )
        .sort([*key_columns, "rank"])
        .with_columns(group=pl.struct(key_columns).rle_id() if key_columns else pl.lit(0, dtype=pl.UInt32))
        .collect(engine="in-memory")
    )
    if read["rank_is_text"].any() and read["rank"].null_count() == read.height:
        raise ValueError("rank must hold whole numbers (1 = most disadvantaged); no text in it reads as a number.")

    error_from_limits = (pl.col("value_upper") - pl.col("value_lower")) / (2 * Z_OF_INPUT_LIMITS)
    rows = read.lazy().with_columns(
        crossed=pl.col("value_lower") > pl.col("value_upper"),
        negative_error=pl.col("standard_error") < 0,
        uncertainty_given=pl.any_horizontal(pl.col(UNCERTAINTY).is_not_null()),
        standard_error=pl.coalesce(pl.col("standard_error"), error_from_limits),
    )
    groups = (
        rows.group_by("group", maintain_order=True)
        .agg(
            *(pl.col(key).first() for key in key_columns),
            pl.len().cast(pl.Int64).alias("group_count"),
            _refusal(smallest=smallest, largest=largest, weighted=weighted).alias("refusal"),
            _all_finite("standard_error").alias("has_interval"),
            pl.when(pl.col("uncertainty_given").any() & ~_all_finite("standard_error"))
            .then(pl.lit("incomplete_limits"))
            .alias("interval_note"),
            pl.when((pl.col("rank").min() != 1) | (pl.col("rank").max() != pl.len()))
            .then(pl.lit("missing_ranks"))
            .alias("rank_note"),
        )
        .collect(engine="in-memory")
    )
    sound = (
        rows.join(groups.lazy().filter(pl.col("refusal").is_null()), on="group", how="inner", maintain_order="left")
        .select(
            *("group", "rank", "population", "value"),
            # An incomplete set of standard errors is no interval: nulls throughout, so that none can be half used.
            pl.when(pl.col("has_interval")).then("standard_error").alias("standard_error"),
        )
        .collect(engine="in-memory")
    )
    return RankedGroups(rows=sound, groups=groups, by=tuple(by))


def finite_or_null(expression: pl.Expr) -> pl.Expr:
    """The number, or null where arithmetic overflowed or divided by nothing. Minus zero becomes zero."""
    return pl.when(expression.is_finite()).then(expression + 0.0)


def _refusal(*, smallest: int, largest: int | None, weighted: bool) -> pl.Expr:
    """Why nothing can be computed for a group: the first reason that holds, or null."""
    reasons: list[tuple[str, pl.Expr]] = [("too_few_groups", pl.len() < smallest)]
    if largest is not None:
        reasons.append(("too_many_groups", pl.len() > largest))
    rank, population = pl.col("rank"), pl.col("population")
    reasons += [
        ("bad_rank", ~_all_finite("rank") | (rank != rank.round()).any()),
        ("duplicate_rank", rank.n_unique() < pl.len()),
    ]
    if weighted:
        reasons.append(("bad_population", ~_all_finite("population") | (population <= 0).any()))
    reasons += [
        ("missing_value", ~_all_finite("value")),
        ("crossed_limits", pl.col("crossed").any()),
        ("negative_standard_error", pl.col("negative_error").any()),
    ]
    return pl.coalesce(pl.when(holds).then(pl.lit(code)) for code, holds in reasons)


def _all_finite(column: str) -> pl.Expr:
    return pl.col(column).is_finite().fill_null(value=False).all()


def _key(place: int) -> str:
    """Grouping columns go under names of our own, so that any name a caller chose is safe from the working columns."""
    return f"key_{place}"


def _is_number(argument: object) -> bool:
    return isinstance(argument, Real) and not isinstance(argument, bool)


def _check_columns(
    frame: pl.DataFrame | pl.LazyFrame, *, by: Sequence[str], results: Sequence[str], weighted: bool
) -> tuple[pl.LazyFrame, pl.Schema]:
    """Refuse a call that cannot mean anything, in one sentence; else the frame as a query, and its columns."""
    if not isinstance(frame, pl.DataFrame | pl.LazyFrame):
        raise ValueError(f"The frame must be a Polars DataFrame or LazyFrame; found {type(frame).__name__}.")  # noqa: TRY004
    if isinstance(by, str) or not isinstance(by, Sequence) or not all(isinstance(name, str) for name in by):
        raise ValueError(f"by must be a list of column names; found {by!r}.")
    if len(set(by)) < len(by):
        raise ValueError(f"by names a column twice: {list(by)}.")
    taken = sorted(set(by) & {"rank", *NUMBERS, *results})
    if taken:
        raise ValueError(f"by cannot group by {taken}: the measure uses these names for its own columns.")
    source = frame.lazy()
    schema = source.collect_schema()
    required = ["rank", "value", *(["population"] if weighted else [])]
    missing = [name for name in [*by, *required] if name not in schema]
    if missing:
        raise ValueError(f"The frame has no column {missing}; it has {list(schema)}.")
    if ("value_lower" in schema) != ("value_upper" in schema):
        raise ValueError("The frame has only one of value_lower and value_upper; give both, or neither.")
    for name in NUMBERS:
        if name in schema and not (schema[name].is_numeric() or schema[name] == pl.Null):
            raise ValueError(f"The column {name} must hold numbers; it holds {schema[name]}.")
    rank_type = schema["rank"]
    if not rank_type.is_numeric() and rank_type not in (pl.String, pl.Categorical, pl.Enum, pl.Null):
        raise ValueError(f"The column rank must hold whole numbers or text; it holds {rank_type}.")
    return source, schema
