"""What a measure's row says beside its number: what is refused and why, the unit, the interval's method, the break.

What belongs here: the rules that null a number or mark it. What does not: the number (`compute.py`), or how far it can
be trusted (`grade.py`).
"""

from __future__ import annotations

import polars as pl

from pipelines import measures
from pipelines.inequality.contract import CONFIDENCE, GROUP
from pipelines.measures.lines.line_grade import EVENTS_B
from pipelines.measures.registry import MEASURES, slugs

BREAK_SHARE = 0.01
"""A group's published share of respondents moving by more than this between periods is a break of the series."""
BREAK_MEAN = 0.5
"""The mean of the groups missing the published total by more than this (points or years) is a break."""

NOT_OF_YEARS = slugs("variance", "entropy")
"""Not said of years of life: a variance in squared years, or thousandths of their logarithm, tells nobody anything."""

JUDGED = slugs("attributable")
"""Not of neutral indicators: what would be gained if all matched the least deprived needs a better and a worse."""

DISTANCES = slugs("from_mean", "disparity")
RELATIVE = tuple(one.measure for one in MEASURES if one.is_relative)
BY_COUNTS = slugs("line", "gap", "attributable", "concentration")
"""Whose limits take a rate's or proportion's error as that of many events."""
FEW_OF_DIFFERENCE = 5
"""A difference of proportions (a slope, a gap) covers what it says down to this many events in its smallest group."""

UNWEIGHTED = tuple(one.measure for one in MEASURES if not one.weighted)
UNIT = {one.measure: one.unit for one in MEASURES if one.unit}

LIMITS = ("value_lower", "value_upper", "p_of_equality", "odds_ratio_lower", "odds_ratio_upper")
"""What says how far chance reaches: nothing, where no limits are published."""
NUMBERS = ("value", "value_uncorrected", "odds_ratio", *LIMITS, "fitted_most", "fitted_least", "mean_of_groups")


def is_published() -> pl.Expr:
    """Whether a row is of a measure that its scheme allows, and that makes sense of the indicator."""
    allowed = pl.col("measures_allowed").str.split(";").list.contains(pl.col("measure"))
    of_years = (pl.col("unit") == "years") & pl.col("measure").is_in(NOT_OF_YEARS)
    of_no_side = (pl.col("polarity") == "neutral") & pl.col("measure").is_in(JUDGED)
    return allowed & ~of_years & ~of_no_side


def apply_rules(rows: pl.DataFrame) -> pl.DataFrame:
    """Null what the rules refuse, with the reason as `note_code`; name the unit, interval method and break."""
    weighted = ~pl.col("measure").is_in(UNWEIGHTED)
    incomplete = (pl.col("group_count") != pl.col("groups_expected")) | (~pl.col("is_ranked") & pl.col("value_missing"))
    refused = (
        pl.when(incomplete & pl.col("is_ranked"))
        .then(pl.lit("groups_missing"))
        .when(weighted & (pl.col("weighting") == "none"))
        .then(pl.lit("no_population_weights"))
    )
    rows = rows.with_columns(refused=refused).with_columns(
        pl.when(pl.col("refused").is_null() & (pl.col("limits_published") | pl.lit(name not in LIMITS))).then(
            pl.col(name)
        )
        for name in NUMBERS
    )
    rows = rows.with_columns(limits_are_rough=pl.col("value_lower").is_not_null() & _is_rough())
    # The bound is in points or years; a rate per 100,000 has another scale.
    mean_missed = (pl.col("value_kind") != "rate") & (
        (pl.col("mean_of_groups") - pl.col("published_total")).abs() > BREAK_MEAN
    )
    return rows.with_columns(
        note_code=pl.coalesce(
            "refused",
            # Groups without an order are compared as far as they are there, and the row says that some are not.
            pl.when(incomplete & pl.col("value").is_not_null()).then(pl.lit("groups_missing")),
            pl.when((pl.col("note_code") == "missing_value") & pl.col("group_suppressed"))
            .then(pl.lit("group_suppressed"))
            .otherwise("note_code"),
            pl.when(pl.col("limit_truncated")).then(pl.lit("limit_truncated")),
            pl.when("limits_are_rough").then(pl.lit("rough_limits")),
            pl.when(pl.col("people_covered") < 1).then(pl.lit("people_missing")),
        ),
        interval_method=pl.when(pl.col("value").is_null() | pl.col("value_lower").is_null())
        .then(pl.lit("none"))
        .otherwise("interval_method"),
        is_largest_pair=pl.col("measure").is_in(slugs("gap")) & ~pl.col("is_ranked") & ~pl.col("has_pair"),
        groups_recomposed=(pl.col("share_moved") > BREAK_SHARE).fill_null(value=False),
        mean_misses_total=mean_missed.fill_null(value=False).any().over(GROUP),
        method_changed=pl.col("method_changed").fill_null(value=False),
        # Bounds are of the line itself.
        **{
            name: pl.when((pl.col("measure") == "slope_index") & (pl.col("transform") == "none")).then(name)
            for name in ("slope_index_smallest", "slope_index_largest")
        },
        unit=pl.col("measure").replace_strict(
            UNIT,
            default=pl.when(pl.col("unit") == "%").then(pl.lit("percentage points")).otherwise("unit"),
            return_dtype=pl.String,
        ),
        confidence=pl.lit(CONFIDENCE),
        method_version=pl.lit(measures.METHOD_VERSION),
    ).with_columns(
        series_break=pl.col("groups_recomposed") | pl.col("mean_misses_total") | pl.col("method_changed"),
        break_reason=_break_reason(),
    )


def _is_rough() -> pl.Expr:
    """Whether 95% limits may hold the truth less or more often than in 93.5 to 96.5% of cases.

    Events are those that a group's own error implies. By simulation (benchmarks/coverage.py): limits of rates are too
    wide below 25 events, relative limits of both miss where the few that are bounded are kept, and mean distances cover
    77 to 99% where a group lies so near the whole that its own distance is mostly noise.
    """
    measure, kind = pl.col("measure"), pl.col("value_kind")
    by_counts = kind.is_in(["rate", "proportion"]) & measure.is_in(BY_COUNTS)
    is_difference = (kind == "proportion") & measure.is_in(slugs("line", "gap")) & ~measure.is_in(RELATIVE)
    few = pl.col("fewest_events") < pl.when(is_difference).then(FEW_OF_DIFFERENCE).otherwise(EVENTS_B)
    return (
        (pl.col("note_code") == "rough_limits").fill_null(value=False)
        | (by_counts & few).fill_null(value=False)
        | (measure.is_in(DISTANCES) & pl.col("near_the_whole")).fill_null(value=False)
    )


def _break_reason() -> pl.Expr:
    """Why no change is judged across this period, in words; null where nothing broke."""
    mean, total = (pl.col(name).drop_nulls().first().over(GROUP) for name in ("mean_of_groups", "published_total"))
    reasons = pl.concat_str(
        pl.when("method_changed").then(pl.lit("its publisher has another method from this period on")),
        pl.when("groups_recomposed").then(
            pl.format("a group's share of respondents moved by {} points", (100 * pl.col("share_moved")).round(1))
        ),
        pl.when("mean_misses_total").then(
            pl.format("the mean of the groups ({}) misses the published total ({})", mean.round(1), total.round(1))
        ),
        separator="; ",
        ignore_nulls=True,
    )
    return pl.when(reasons != "").then(reasons)
