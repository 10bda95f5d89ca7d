"""From gradients to MEASURE rows: orientation, scale, breaks, what is missing, and the grade.

What belongs here: the rules that decide how a measure is asked for and what its row says about itself. What does not:
the statistics (`measures/`), and which groups make a gradient (`sql/core/gradient.sql`).

Orientation: every absolute measure is positive, and every ratio above 1, when the disadvantaged are worse off. Where
polarity is neutral the measure is most minus least deprived and passes no judgement.
"""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from pipelines import measures

GROUP = (
    "indicator",
    "area_code",
    "period",
    "period_length",
    "period_start",
    "period_end",
    "sex",
    "age",
    "dimension",
    "scheme",
    "basis",
)
CONFIDENCE = 0.95
WEIGHTED = ("slope_index", "relative_index")
"""Measures that weight the groups; gaps look at the two ends only."""
BREAK_SHARE = 0.01
"""A group's published share of respondents moving by more than this between periods is a break of the series."""
BREAK_MEAN = 0.5
"""The mean of the groups missing the published total by more than this (points or years) is a break."""

MEASURE: dict[str, pl.DataType] = {
    **{name: pl.String() for name in GROUP},
    "period_start": pl.Date(),
    "period_end": pl.Date(),
    "measure": pl.String(),
    "transform": pl.String(),
    "value": pl.Float64(),
    "value_lower": pl.Float64(),
    "value_upper": pl.Float64(),
    "unit": pl.String(),
    "confidence": pl.Float64(),
    "interval_method": pl.String(),
    "group_count": pl.Int64(),
    "groups_expected": pl.Int64(),
    "weighting": pl.String(),
    "population_reference": pl.String(),
    "compared_category": pl.String(),
    "reference_category": pl.String(),
    "fitted_most": pl.Float64(),
    "fitted_least": pl.Float64(),
    "mean_of_groups": pl.Float64(),
    "published_total": pl.Float64(),
    "series_break": pl.Boolean(),
    "break_reason": pl.String(),
    "note_code": pl.String(),
    "grade": pl.String(),
    "grade_reason": pl.String(),
    "is_modelled": pl.Boolean(),
    "method_version": pl.String(),
}
"""One row per GROUP, measure and transform; `value` in `unit`; limits 95%."""


def measure_rows(gradient: pl.DataFrame, indicator: pl.DataFrame) -> pl.DataFrame:
    """Slope index, relative index, absolute and relative gap of every gradient.

    `gradient` has one row per group (`core.gradient`), `indicator` one row per indicator (`core.indicator`). Returns
    the MEASURE table: every gradient has a row for every measure its scheme allows, with a value, or a null and a
    `note_code`. Proportions and rates are fitted as means on their own scale, which `interval_method` says.
    """
    known = indicator.select("indicator", "polarity", "scale", "unit", "value_kind")
    frame = gradient.join(known, on="indicator").with_columns(rank=pl.col("category_rank"))
    frame = _untruncated(frame)
    said = _said_of_group(frame)
    parts = []
    # One call a direction and scale: the multiplier of a measure is one number.
    for (polarity, scale), part in sorted(frame.group_by(["polarity", "scale"]), key=lambda item: str(item[0])):
        multiplier = float(str(scale)) * (1 if polarity == "higher_is_better" else -1)
        scaled = part.with_columns(pl.col("value", "value_lower", "value_upper", "standard_error") / pl.col("scale"))
        parts += [
            _long(ask(scaled, multiplier), absolute, relative, extra) for ask, absolute, relative, extra in _MEASURES
        ]
    if not parts:
        return pl.DataFrame(schema=MEASURE)
    rows = pl.concat(parts, how="diagonal_relaxed").join(said, on=GROUP, how="left", nulls_equal=True)
    rows = rows.filter(pl.col("measures_allowed").str.split(";").list.contains(pl.col("measure")))
    return (
        _graded(_judged(rows))
        .select([pl.col(name).cast(dtype) for name, dtype in MEASURE.items()])
        .sort(*GROUP, "measure")
    )


def _slope(frame: pl.DataFrame, multiplier: float) -> pl.DataFrame:
    return measures.slope_index(frame, by=list(GROUP), multiplier=multiplier, confidence=CONFIDENCE)


def _gap(frame: pl.DataFrame, multiplier: float) -> pl.DataFrame:
    return measures.gap(frame, by=list(GROUP), multiplier=multiplier, confidence=CONFIDENCE)


_Ask = Callable[[pl.DataFrame, float], pl.DataFrame]
_MEASURES: tuple[tuple[_Ask, str, str, tuple[str, ...]], ...] = (
    (_slope, "slope_index", "relative_index", ("fitted_most", "fitted_least", "mean_of_groups")),
    (_gap, "absolute_gap", "relative_gap", ()),
)


def _long(wide: pl.DataFrame, absolute: str, relative: str, extra: tuple[str, ...]) -> pl.DataFrame:
    return pl.concat(
        [
            wide.select(
                *GROUP,
                *extra,
                _own_method(is_ratio=kind == "ratio"),
                # What a note says of the ratio alone is not said of the difference.
                pl.when((kind == "ratio") | ~pl.col("note_code").str.starts_with("relative_")).then("note_code"),
                pl.lit(name).alias("measure"),
                pl.lit(kind == "ratio").alias("is_ratio"),
                pl.col(name).alias("value"),
                pl.col(f"{name}_lower").alias("value_lower"),
                pl.col(f"{name}_upper").alias("value_upper"),
            )
            for name, kind in ((absolute, "difference"), (relative, "ratio"))
        ]
    )


def _own_method(*, is_ratio: bool) -> pl.Expr:
    """A pair of measures names both methods (`normal_fieller`); the difference is the normal one."""
    method = pl.col("interval_method")
    own = method.str.strip_prefix("normal_") if is_ratio else method.str.replace(r"^normal_.*", "normal")
    return own.alias("interval_method")


def _untruncated(frame: pl.DataFrame) -> pl.DataFrame:
    """A limit at or beyond 0 or the scale's end says nothing of the spread: mirror the other half-width."""
    bounded = pl.col("value_kind") == "proportion"
    low = (bounded & (pl.col("value_lower") <= 0)).fill_null(value=False)
    high = (bounded & (pl.col("value_upper") >= pl.col("scale"))).fill_null(value=False)
    return frame.with_columns(
        value_lower=pl.when(low).then(2 * pl.col("value") - pl.col("value_upper")).otherwise("value_lower"),
        value_upper=pl.when(high).then(2 * pl.col("value") - pl.col("value_lower")).otherwise("value_upper"),
        limit_truncated=low | high,
    )


def _said_of_group(frame: pl.DataFrame) -> pl.DataFrame:
    """What a gradient's rows agree on, one row per gradient."""
    by_rank = pl.col("category").sort_by("category_rank")
    return frame.group_by(GROUP, maintain_order=True).agg(
        pl.len().cast(pl.Int64).alias("group_count"),
        pl.col("groups_expected", "measures_allowed", "weighting", "population_reference", "unit").first(),
        pl.col("value_kind", "polarity", "published_total").first(),
        by_rank.first().alias("compared_category"),
        by_rank.last().alias("reference_category"),
        pl.col("limit_truncated").any(),
        pl.col("share_moved").max(),
        (pl.col("value").is_null() & pl.col("note_code").str.starts_with("suppressed")).any().alias("group_suppressed"),
        pl.any_horizontal(pl.col("value_lower", "standard_error").is_not_null()).any().alias("limits_published"),
        pl.col("is_modelled").any(),
    )


def _judged(rows: pl.DataFrame) -> pl.DataFrame:
    """Null what the rules refuse, with the reason as `note_code`; name the interval method and the break."""
    weighted = pl.col("measure").is_in(WEIGHTED)
    incomplete = pl.col("group_count") != pl.col("groups_expected")
    refused = (
        pl.when(incomplete)
        .then(pl.lit("groups_missing"))
        .when(weighted & (pl.col("weighting") == "none"))
        .then(pl.lit("no_population_weights"))
    )
    natural = pl.col("value_kind").is_in(["proportion", "rate"])
    numbers = ["value", "value_lower", "value_upper", "fitted_most", "fitted_least", "mean_of_groups"]
    rows = rows.with_columns(refused=refused).with_columns(
        pl.when(pl.col("refused").is_null()).then(pl.col(name)).alias(name) for name in numbers
    )
    # The bound is in points or years; a rate per 100,000 has another scale.
    mean_missed = (pl.col("value_kind") != "rate") & (
        (pl.col("mean_of_groups") - pl.col("published_total")).abs() > BREAK_MEAN
    )
    return rows.with_columns(
        note_code=pl.coalesce(
            "refused",
            pl.when((pl.col("note_code") == "missing_value") & pl.col("group_suppressed"))
            .then(pl.lit("group_suppressed"))
            .otherwise("note_code"),
            pl.when(pl.col("limit_truncated")).then(pl.lit("limit_truncated")),
        ),
        interval_method=pl.when(pl.col("value").is_null() | pl.col("value_lower").is_null())
        .then(pl.lit("none"))
        .when(natural)
        .then(pl.col("interval_method") + pl.lit("_on_natural_scale"))
        .otherwise("interval_method"),
        break_reason=_break_reason(mean_missed),
        unit=pl.when("is_ratio")
        .then(pl.lit("ratio"))
        .when(pl.col("unit") == "%")
        .then(pl.lit("percentage points"))
        .otherwise("unit"),
        transform=pl.lit("none"),
        confidence=pl.lit(CONFIDENCE),
        method_version=pl.lit(measures.METHOD_VERSION),
    ).with_columns(series_break=pl.col("break_reason").is_not_null())


def _break_reason(mean_missed: pl.Expr) -> pl.Expr:
    """Why no change is judged across this period, in words; null where nothing broke."""
    mean, total = (pl.col(name).drop_nulls().first().over(GROUP) for name in ("mean_of_groups", "published_total"))
    reasons = pl.concat_str(
        pl.when(pl.col("share_moved") > BREAK_SHARE).then(
            pl.format("a group's share of respondents moved by {} points", (100 * pl.col("share_moved")).round(1))
        ),
        pl.when(mean_missed.fill_null(value=False).any().over(GROUP)).then(
            pl.format("the mean of the groups ({}) misses the published total ({})", mean.round(1), total.round(1))
        ),
        separator="; ",
        ignore_nulls=True,
    )
    return pl.when(reasons != "").then(reasons)


def _graded(rows: pl.DataFrame) -> pl.DataFrame:
    """A: a slope with true weights and limits; B: equal shares, a break, or a gap, which sees two groups only;
    C: no limits, or deciles of whole areas; D: no number.

    `grade_reason` gives every reason that holds, not only the one that decided.
    """
    no_number = pl.col("value").is_null()
    whole_areas = pl.col("basis").is_in(["whole_areas_published", "whole_areas_derived"])
    no_limits = pl.col("value_lower").is_null()
    weighted = pl.col("measure").is_in(WEIGHTED)
    equal = weighted & (pl.col("weighting") == "equal_shares")
    reasons = pl.concat_str(
        pl.when(no_number).then(pl.lit("no number: ") + pl.col("note_code").str.replace_all("_", " ")),
        pl.when(~no_number & whole_areas).then(
            pl.lit("groups are whole areas, which show about half the gradient of neighbourhoods")
        ),
        pl.when(~no_number & no_limits & pl.col("limits_published")).then(
            pl.lit("no interval: ") + pl.col("note_code").fill_null("not computable").str.replace_all("_", " ")
        ),
        pl.when(~no_number & no_limits & ~pl.col("limits_published")).then(
            pl.lit(
                "no published limits, so no interval and no verdict; values rounded to 0.1 alone move a slope over "
                "tenths by about 0.06"
            )
        ),
        pl.when(~no_number & equal).then(pl.lit("equal shares, the populations of the groups are not published")),
        pl.when(~no_number & ~weighted).then(pl.lit("a gap looks at the two end groups only")),
        pl.when(~no_number & pl.col("series_break")).then(pl.lit("the series breaks here: ") + pl.col("break_reason")),
        separator="; ",
        ignore_nulls=True,
    )
    return rows.with_columns(
        grade=pl.when(no_number)
        .then(pl.lit("D"))
        .when(whole_areas | no_limits)
        .then(pl.lit("C"))
        .when(equal | ~weighted | pl.col("series_break"))
        .then(pl.lit("B"))
        .otherwise(pl.lit("A")),
        grade_reason=pl.when(reasons == "").then(pl.lit("population weights and published limits")).otherwise(reasons),
    )
