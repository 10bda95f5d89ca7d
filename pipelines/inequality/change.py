"""Is the gap closing? Measures of two periods that share no day, compared in absolute and in relative terms.

What belongs here: which measures are paired, which periods are compared, and what breaks between them. What does not:
the test (`measures/change/change_between.py`), or the choice of periods (`measures/change/periods.py`).
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from pipelines import measures
from pipelines.inequality.contract import CONFIDENCE
from pipelines.measures.registry import MEASURES

SERIES = ("indicator", "area_code", "period_length", "sex", "age", "dimension", "scheme", "basis", "groups_from")
"""What one series of measures is told apart by."""

PAIRS = tuple((one.relative_of, one.measure) for one in MEASURES if one.relative_of)
"""An absolute measure, and the relative one that is judged beside it."""

CHANGE: dict[str, pl.DataType] = {
    **{name: pl.String() for name in SERIES},
    "measure": pl.String(),
    "relative_measure": pl.String(),
    "period_from": pl.String(),
    "period_to": pl.String(),
    "period_from_start": pl.Date(),
    "period_to_end": pl.Date(),
    "is_first_to_last": pl.Boolean(),
    "value_from": pl.Float64(),
    "value_to": pl.Float64(),
    "difference": pl.Float64(),
    "difference_lower": pl.Float64(),
    "difference_upper": pl.Float64(),
    "verdict_absolute": pl.String(),
    "probability_narrowing_absolute": pl.Float64(),
    "relative_from": pl.Float64(),
    "relative_to": pl.Float64(),
    "relative_change": pl.Float64(),
    "relative_change_lower": pl.Float64(),
    "relative_change_upper": pl.Float64(),
    "verdict_relative": pl.String(),
    "probability_narrowing_relative": pl.Float64(),
    "unit": pl.String(),
    "confidence": pl.Float64(),
    "grade": pl.String(),
    "series_break": pl.Boolean(),
    "break_reason": pl.String(),
    "note_code": pl.String(),
    "is_modelled": pl.Boolean(),
}
"""One row per SERIES, measure and pair of periods; differences in `unit`, relative changes are to divided by from."""


def change_rows(inequality: pl.DataFrame) -> pl.DataFrame:
    """Compare the measures of every series between periods without a day in common: neighbours, and first to last.

    `inequality` is the MEASURE table; only rows without a transform and with a number are compared. The largest of
    many differences is never compared: in the next period it may be another pair's. Nor is one of groups of which some
    are missing. Returns CHANGE.
    """
    is_whole = pl.col("note_code").ne_missing("groups_missing")
    usable = inequality.filter(
        (pl.col("transform") == "none") & pl.col("value").is_not_null() & ~pl.col("is_largest_pair") & is_whole
    )
    parts = [_compared(usable, inequality, *pair) for pair in PAIRS]
    return (
        pl.concat(parts)
        .select(pl.col(name).cast(dtype) for name, dtype in CHANGE.items())
        .sort(*SERIES, "measure", "period_to_end", "period_from_start")
    )


def _compared(usable: pl.DataFrame, everything: pl.DataFrame, absolute: str, relative: str) -> pl.DataFrame:
    series = list(SERIES)
    of_absolute = usable.filter(pl.col("measure") == absolute)
    pairs = (
        measures.non_overlapping(of_absolute, by=series)
        .filter(pl.col("note_code").is_null())
        .drop("note_code")
        .with_row_index("pair")
    )
    pairs = pairs.join(
        _breaks(pairs, everything.filter((pl.col("measure") == absolute) & (pl.col("transform") == "none"))),
        on="pair",
        how="left",
    )
    sides = [
        (of_absolute, measures.change_between(_two_rows(pairs, of_absolute), by=["pair"], confidence=CONFIDENCE)),
        (
            of_relative := usable.filter(pl.col("measure") == relative),
            measures.change_between(_two_rows(pairs, of_relative), by=["pair"], kind="relative", confidence=CONFIDENCE),
        ),
    ]
    ends = [
        _end(of_absolute, "from", ("period", "unit", "grade", "is_modelled")),
        _end(of_absolute, "to", ("period", "grade", "is_modelled")),
    ]
    (_, change), (_, ratio) = sides
    wide = (
        pairs.join(
            ends[0],
            left_on=[*series, "from_start", "from_end"],
            right_on=[*series, "start", "end"],
            how="left",
            nulls_equal=True,
        )
        .join(
            ends[1],
            left_on=[*series, "to_start", "to_end"],
            right_on=[*series, "start", "end"],
            how="left",
            nulls_equal=True,
        )
        .join(change, on="pair", how="left")
        .join(ratio, on="pair", how="left", suffix="_of_ratio")
    )
    return wide.select(
        *series,
        pl.lit(absolute).alias("measure"),
        pl.lit(relative).alias("relative_measure"),
        "period_from",
        "period_to",
        pl.col("from_start").alias("period_from_start"),
        pl.col("to_end").alias("period_to_end"),
        pl.col("first_to_last").alias("is_first_to_last"),
        "value_from",
        "value_to",
        "difference",
        "difference_lower",
        "difference_upper",
        pl.col("verdict").fill_null("cannot_be_tested").alias("verdict_absolute"),
        pl.col("probability_narrowing").alias("probability_narrowing_absolute"),
        pl.col("value_from_of_ratio").alias("relative_from"),
        pl.col("value_to_of_ratio").alias("relative_to"),
        pl.col("difference_of_ratio").alias("relative_change"),
        pl.col("difference_lower_of_ratio").alias("relative_change_lower"),
        pl.col("difference_upper_of_ratio").alias("relative_change_upper"),
        pl.col("verdict_of_ratio").fill_null("cannot_be_tested").alias("verdict_relative"),
        pl.col("probability_narrowing_of_ratio").alias("probability_narrowing_relative"),
        pl.col("unit_from").alias("unit"),
        pl.lit(CONFIDENCE).alias("confidence"),
        pl.max_horizontal("grade_from", "grade_to").alias("grade"),
        pl.col("series_break").fill_null(value=False),
        "break_reason",
        pl.coalesce(
            "note_code",
            pl.when((pl.col("verdict") == "cannot_be_tested") & ~pl.col("series_break").fill_null(value=False)).then(
                pl.lit("no_published_limits")
            ),
            "note_code_of_ratio",
        ).alias("note_code"),
        (pl.col("is_modelled_from") | pl.col("is_modelled_to")).alias("is_modelled"),
    )


def _end(rows: pl.DataFrame, side: str, columns: Sequence[str]) -> pl.DataFrame:
    return rows.select(
        *SERIES,
        pl.col("period_start").alias("start"),
        pl.col("period_end").alias("end"),
        *(pl.col(name).alias(f"{name}_{side}") for name in columns),
    )


def _two_rows(pairs: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """The measure at both ends of each pair, as `change_between` reads them; a pair that lacks an end has one row."""
    numbers = rows.select(*SERIES, "period_start", "period_end", "value", "value_lower", "value_upper")
    ends = [
        pairs.select(
            "pair", *SERIES, "series_break", period_start=pl.col(f"{side}_start"), period_end=pl.col(f"{side}_end")
        )
        for side in ("from", "to")
    ]
    return (
        pl.concat(ends)
        .join(numbers, on=[*SERIES, "period_start", "period_end"], how="inner", nulls_equal=True)
        .select("pair", "period_start", "period_end", "value", "value_lower", "value_upper", "series_break")
    )


def _breaks(pairs: pl.DataFrame, measured: pl.DataFrame) -> pl.DataFrame:
    """The breaks of the series after the first period of a pair, up to its last, and a mean that is off in either."""
    broken = measured.filter(pl.col("series_break")).select(
        *SERIES, "period_start", "period", "break_reason", "mean_misses_total"
    )
    return (
        pairs.select("pair", *SERIES, "from_start", "to_start")
        .join(broken, on=list(SERIES), how="inner", nulls_equal=True)
        .filter(
            ((pl.col("period_start") > pl.col("from_start")) & (pl.col("period_start") <= pl.col("to_start")))
            | ((pl.col("period_start") == pl.col("from_start")) & pl.col("mean_misses_total"))
        )
        .sort("pair", "period_start")
        .group_by("pair", maintain_order=True)
        .agg(
            pl.lit(value=True).first().alias("series_break"),
            pl.format("{}: {}", "period", "break_reason").str.join("; ").alias("break_reason"),
        )
    )
