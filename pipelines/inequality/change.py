"""Is the gap closing? Measures of two periods that share no day, compared in absolute and in relative terms.

What belongs here: which measures are paired, which periods are compared, and whether what broke between them could
account for the change. What does not: the test (`measures/change/change_between.py`), or the choice of periods
(`measures/change/periods.py`).

A break leaves a verdict where it is too small to account for the change, with a caution. What it could account for:

- the mean of the groups misses the published total in either period, or groups were made up anew: by how much that miss
  differs between the two, since a steady miss takes nothing from a change;
- groups made up anew of which no mean is known: those who changed groups, as a part of the two groups most affected,
  times the larger of the two measures, as if all of them had been as unlike their new group as the other is;
- another method of the publisher: by how much the mean of the groups moved between the two.

They are added. A verdict of `narrowing` or `widening` stands where what is left is still more than chance, one of
`no clear change` where the breaks leave less open than chance does. Of a ratio, what is said of means is taken of the
smaller fitted end (2 mean / (1 + ratio)), those who changed groups of the logarithm of the ratio.
"""

from __future__ import annotations

import polars as pl

from pipelines import measures
from pipelines.inequality.contract import CONFIDENCE, GROUP, MEASURE
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
    "is_consecutive": pl.Boolean(),
    "is_first_to_last": pl.Boolean(),
    "value_from": pl.Float64(),
    "value_to": pl.Float64(),
    "difference": pl.Float64(),
    "difference_lower": pl.Float64(),
    "difference_upper": pl.Float64(),
    "difference_lower_with_break": pl.Float64(),
    "difference_upper_with_break": pl.Float64(),
    "verdict_absolute": pl.String(),
    "probability_narrowing_absolute": pl.Float64(),
    "relative_from": pl.Float64(),
    "relative_to": pl.Float64(),
    "relative_change": pl.Float64(),
    "relative_change_lower": pl.Float64(),
    "relative_change_upper": pl.Float64(),
    "relative_change_lower_with_break": pl.Float64(),
    "relative_change_upper_with_break": pl.Float64(),
    "verdict_relative": pl.String(),
    "probability_narrowing_relative": pl.Float64(),
    "unit": pl.String(),
    "confidence": pl.Float64(),
    "grade": pl.String(),
    "series_break": pl.Boolean(),
    "break_reason": pl.String(),
    "break_shift": pl.Float64(),
    "caution": pl.String(),
    "note_code": pl.String(),
    "is_modelled": pl.Boolean(),
}
"""One row per SERIES, measure and pair of periods; differences in `unit`, relative changes are to divided by from."""

UNTESTED = "cannot_be_tested"
CLEAR = ("narrowing", "widening")
BREAK = "series_break"

_ENDS = ("from_start", "from_end", "to_start", "to_end")


def change_rows(inequality: pl.DataFrame, published_slope: pl.DataFrame) -> pl.DataFrame:
    """Compare the measures of every series between any two periods without a day in common.

    `inequality` is the MEASURE table; only rows without a transform and with a number are compared. The largest of
    many differences is never compared: in the next period it may be another pair's. Nor is one of groups of which some
    are missing. `published_slope` (`core.published_slope`) has slope indices as published, without any groups.
    `is_consecutive` and `is_first_to_last` mark the pairs of the chain that `measures.non_overlapping` chooses. Returns
    CHANGE.
    """
    slopes = published_slope.with_columns(
        measure=pl.lit("slope_index"), groups_from=pl.lit("published_slope"), is_largest_pair=pl.lit(value=False)
    )
    rows = (
        pl.concat(
            [inequality, slopes.select(name for name in slopes.columns if name in MEASURE)], how="diagonal_relaxed"
        )
        .filter(pl.col("transform").fill_null("none") == "none")
        .with_columns(
            pl.col("groups_recomposed", "mean_misses_total", "method_changed").fill_null(value=False),
            mean=pl.col("mean_of_groups").drop_nulls().first().over(GROUP),
        )
    )
    is_whole = pl.col("note_code").ne_missing("groups_missing")
    usable = rows.filter(pl.col("value").is_not_null() & ~pl.col("is_largest_pair") & is_whole)
    parts = [_compared(usable, rows, *pair) for pair in PAIRS]
    return (
        pl.concat(parts)
        .select(pl.col(name).cast(dtype) for name, dtype in CHANGE.items())
        .sort(*SERIES, "measure", "period_to_end", "period_from_start", "period_to", "period_from")
    )


def _compared(usable: pl.DataFrame, everything: pl.DataFrame, absolute: str, relative: str) -> pl.DataFrame:
    of_absolute = usable.filter(pl.col("measure") == absolute)
    of_relative = usable.filter(pl.col("measure") == relative)
    pairs = _pairs(of_absolute)
    change = measures.change_between(_two_rows(pairs, of_absolute), by=["pair"], confidence=CONFIDENCE)
    ratio = measures.change_between(_two_rows(pairs, of_relative), by=["pair"], kind="relative", confidence=CONFIDENCE)
    wide = (
        _with_ends(pairs, of_absolute, of_relative)
        .join(_breaks(pairs, everything.filter(pl.col("measure") == absolute)), on="pair", how="left")
        .join(change, on="pair", how="left")
        .join(ratio, on="pair", how="left", suffix="_of_ratio")
        .with_columns(
            pl.col("series_break").fill_null(value=False),
            pl.col("verdict", "verdict_of_ratio").fill_null(UNTESTED),
        )
        .with_columns(_shifts())
    )
    return _judged(wide).select(
        *SERIES,
        pl.lit(absolute).alias("measure"),
        pl.lit(relative).alias("relative_measure"),
        "period_from",
        "period_to",
        pl.col("from_start").alias("period_from_start"),
        pl.col("to_end").alias("period_to_end"),
        pl.col("consecutive").alias("is_consecutive"),
        pl.col("first_to_last").alias("is_first_to_last"),
        "value_from",
        "value_to",
        "difference",
        "difference_lower",
        "difference_upper",
        "difference_lower_with_break",
        "difference_upper_with_break",
        pl.col("verdict").alias("verdict_absolute"),
        pl.col("probability_narrowing").alias("probability_narrowing_absolute"),
        pl.col("value_from_of_ratio").alias("relative_from"),
        pl.col("value_to_of_ratio").alias("relative_to"),
        pl.col("difference_of_ratio").alias("relative_change"),
        pl.col("difference_lower_of_ratio").alias("relative_change_lower"),
        pl.col("difference_upper_of_ratio").alias("relative_change_upper"),
        "relative_change_lower_with_break",
        "relative_change_upper_with_break",
        pl.col("verdict_of_ratio").alias("verdict_relative"),
        pl.col("probability_narrowing_of_ratio").alias("probability_narrowing_relative"),
        pl.col("unit_from").alias("unit"),
        pl.lit(CONFIDENCE).alias("confidence"),
        pl.max_horizontal("grade_from", "grade_to").alias("grade"),
        "series_break",
        "break_reason",
        "break_shift",
        "caution",
        "note_code",
        (pl.col("is_modelled_from") | pl.col("is_modelled_to")).alias("is_modelled"),
    )


def _pairs(rows: pl.DataFrame) -> pl.DataFrame:
    """Every two periods of a series that share no day; those of the chosen chain are marked."""
    series = list(SERIES)
    period = rows.select(*series, pl.col("period_start").alias("start"), pl.col("period_end").alias("end"))
    chosen = measures.non_overlapping(rows, by=series).filter(pl.col("note_code").is_null()).drop("note_code")
    return (
        period.join(period, on=series, how="inner", nulls_equal=True, suffix="_to")
        .filter(pl.col("end") < pl.col("start_to"))
        .select(*series, from_start="start", from_end="end", to_start="start_to", to_end="end_to")
        .join(chosen, on=[*series, *_ENDS], how="left", nulls_equal=True)
        .with_columns(pl.col("consecutive", "first_to_last").fill_null(value=False))
        .sort(*series, *_ENDS)
        .with_row_index("pair")
    )


def _with_ends(pairs: pl.DataFrame, rows: pl.DataFrame, of_ratio: pl.DataFrame) -> pl.DataFrame:
    """The pairs with what the absolute measure's rows say at either end, and whether the ratio's limits are rough."""
    told = (
        "period",
        "unit",
        "grade",
        "is_modelled",
        "mean",
        "published_total",
        "mean_misses_total",
        "limits_are_rough",
    )
    for side in ("from", "to"):
        end = rows.select(
            *SERIES,
            pl.col("period_start").alias(f"{side}_start"),
            pl.col("period_end").alias(f"{side}_end"),
            *(pl.col(name).alias(f"{name}_{side}") for name in told),
        )
        ratio = of_ratio.select(
            *SERIES,
            pl.col("period_start").alias(f"{side}_start"),
            pl.col("period_end").alias(f"{side}_end"),
            pl.col("limits_are_rough").alias(f"limits_are_rough_of_ratio_{side}"),
        )
        for found in (end, ratio):
            pairs = pairs.join(found, on=[*SERIES, f"{side}_start", f"{side}_end"], how="left", nulls_equal=True)
    return pairs


def _two_rows(pairs: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """The measure at both ends of each pair, as `change_between` reads them; a pair that lacks an end has one row."""
    columns = ("period_start", "period_end", "value", "value_lower", "value_upper")
    numbers = rows.select(*SERIES, *columns)
    ends = [
        pairs.select("pair", *SERIES, period_start=pl.col(f"{side}_start"), period_end=pl.col(f"{side}_end"))
        for side in ("from", "to")
    ]
    return (
        pl.concat(ends)
        .join(numbers, on=[*SERIES, "period_start", "period_end"], how="inner", nulls_equal=True)
        .select("pair", *columns)
    )


def _breaks(pairs: pl.DataFrame, measured: pl.DataFrame) -> pl.DataFrame:
    """What broke after the first period of a pair, up to its last, and a mean that is off at either end."""
    start, came = pl.col("period_start"), pl.col("groups_recomposed") | pl.col("method_changed")
    between = (start > pl.col("from_start")) & (start <= pl.col("to_start"))
    at_an_end = (start == pl.col("from_start")) | (start == pl.col("to_start"))
    recomposed = between & pl.col("groups_recomposed")
    turnover = pl.col("share_turnover")
    return (
        pairs.select("pair", *SERIES, "from_start", "to_start")
        .join(
            measured.filter(pl.col("series_break")).select(
                *SERIES,
                *("period_start", "period", "break_reason", "share_turnover"),
                *("groups_recomposed", "mean_misses_total", "method_changed"),
            ),
            on=list(SERIES),
            how="inner",
            nulls_equal=True,
        )
        .filter((between & came) | (at_an_end & pl.col("mean_misses_total")))
        .sort("pair", "period_start")
        .group_by("pair", maintain_order=True)
        .agg(
            pl.lit(value=True).first().alias("series_break"),
            pl.format("{}: {}", "period", "break_reason").str.join("; ").alias("break_reason"),
            (between & pl.col("method_changed")).any().alias("method_changed"),
            recomposed.any().alias("recomposed"),
            # Of unknown size where one is.
            pl.when(~(recomposed & turnover.is_null()).any()).then(turnover.filter(recomposed).sum()).alias("turnover"),
        )
    )


def _shifts() -> list[pl.Expr]:
    """How far breaks alone could move the measure (in its unit) and the logarithm of its ratio; null: nobody knows."""
    miss = [pl.col(f"mean_{side}") - pl.col(f"published_total_{side}") for side in ("from", "to")]
    shifted = (miss[1] - miss[0]).abs()
    missed = pl.col("mean_misses_total_from") | pl.col("mean_misses_total_to")
    of_mean = pl.when(missed).then(shifted).when("recomposed").then(shifted.fill_null(0.0)).otherwise(0.0)
    turnover = pl.when(shifted.is_null()).then("turnover").otherwise(0.0)
    moved = [pl.col(f"{name}_to") - pl.col(f"{name}_from") for name in ("mean", "published_total")]
    of_method = pl.when("method_changed").then(pl.coalesce(moved).abs()).otherwise(0.0)
    level = of_mean + of_method
    size = pl.max_horizontal(pl.col("value_from").abs(), pl.col("value_to").abs())
    log = pl.max_horizontal(pl.col("value_from_of_ratio").log().abs(), pl.col("value_to_of_ratio").log().abs())
    mean = pl.min_horizontal(
        *(pl.coalesce(f"mean_{side}", f"published_total_{side}") for side in ("from", "to")),
    )
    of_smaller_end = pl.when(level == 0).then(0.0).when(mean > 0).then(level * (1 + log.exp()) / (2 * mean))
    broken = pl.col("series_break")
    return [
        pl.when(broken).then(level + turnover * size).alias("break_shift"),
        pl.when(broken).then(of_smaller_end.log1p() + turnover * log).alias("break_shift_of_ratio"),
    ]


def _judged(wide: pl.DataFrame) -> pl.DataFrame:
    """Refuse the verdicts that a break could account for, give the limits that allow for it, and say what is owed."""
    before, after = (pl.col(f"value_{side}_of_ratio").log().abs() for side in ("from", "to"))
    shift, of_ratio = pl.col("break_shift"), pl.col("break_shift_of_ratio")
    lower, upper = pl.col("difference_lower"), pl.col("difference_upper")
    ratio_lower, ratio_upper = pl.col("difference_lower_of_ratio"), pl.col("difference_upper_of_ratio")
    closer = pl.col("value_from").abs() - pl.col("value_to").abs()
    stands = [
        _stands(pl.col("verdict"), closer, (upper - lower) / 2, shift),
        _stands(pl.col("verdict_of_ratio"), before - after, (ratio_upper / ratio_lower).log() / 2, of_ratio),
    ]
    broken, no_limits = pl.col("series_break"), pl.col("verdict") == UNTESTED
    judged = (stands[0] & ~no_limits) | (stands[1] & (pl.col("verdict_of_ratio") != UNTESTED))
    rough = pl.any_horizontal(
        pl.col(f"limits_are_rough{of}_{side}") for of in ("", "_of_ratio") for side in ("from", "to")
    ).fill_null(value=False)
    return wide.with_columns(
        *(
            column
            for ending, stand in zip(("", "_of_ratio"), stands, strict=True)
            for column in (
                pl.when(stand).then(f"verdict{ending}").otherwise(pl.lit(UNTESTED)).alias(f"verdict{ending}"),
                pl.when(stand).then(f"probability_narrowing{ending}").alias(f"probability_narrowing{ending}"),
            )
        ),
        difference_lower_with_break=lower - shift,
        difference_upper_with_break=upper + shift,
        relative_change_lower_with_break=ratio_lower * (-of_ratio).exp(),
        relative_change_upper_with_break=ratio_upper * of_ratio.exp(),
        caution=_caution(broken, rough, judged),
        note_code=pl.coalesce(
            pl.when(~stands[0]).then(pl.lit(BREAK)),
            "note_code",
            pl.when(no_limits).then(pl.lit("no_published_limits")),
            pl.when(~stands[1]).then(pl.lit(BREAK)),
            "note_code_of_ratio",
        ),
    )


def _caution(broken: pl.Expr, rough: pl.Expr, judged: pl.Expr) -> pl.Expr:
    """Why what is judged is to be read with caution, joined; null where nothing is."""
    reasons = pl.concat_str(
        pl.when(broken).then(pl.lit(BREAK)),
        pl.when(rough).then(pl.lit("rough_limits")),
        separator=";",
        ignore_nulls=True,
    )
    return pl.when(judged & (reasons != "")).then(reasons)


def _stands(verdict: pl.Expr, closer: pl.Expr, half_width: pl.Expr, shift: pl.Expr) -> pl.Expr:
    """Whether a verdict holds whatever the break did; it does without one, and where there is none to hold."""
    left = (
        pl.when(verdict.is_in(CLEAR))
        .then(closer.abs() - half_width > shift)
        .when(verdict != UNTESTED)
        .then(shift <= half_width)
        .otherwise(pl.lit(value=True))
    )
    return pl.when("series_break").then(left.fill_null(value=False)).otherwise(pl.lit(value=True))
