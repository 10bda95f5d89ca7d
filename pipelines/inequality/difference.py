"""Every group without an order beside the published total and the largest group: one row per group.

What belongs here: asking `measures.differences_from_total`, and what a row says beside it. What does not: one number
for all groups together (`rows.py`). No group is called best, and unknown groups are not here.
"""

from __future__ import annotations

import polars as pl

from pipelines import measures
from pipelines.inequality.contract import CONFIDENCE, GROUP

DIFFERENCE: dict[str, pl.DataType] = {
    **{name: pl.String() for name in GROUP if name != "basis"},
    "period_start": pl.Date(),
    "period_end": pl.Date(),
    "category": pl.String(),
    "value": pl.Float64(),
    "unit": pl.String(),
    "published_total": pl.Float64(),
    "difference_from_total": pl.Float64(),
    "difference_from_total_lower": pl.Float64(),
    "difference_from_total_upper": pl.Float64(),
    "ratio_to_total": pl.Float64(),
    "clear_difference": pl.Boolean(),
    "largest_category": pl.String(),
    "largest_by": pl.String(),
    "difference_from_largest": pl.Float64(),
    "difference_from_largest_lower": pl.Float64(),
    "difference_from_largest_upper": pl.Float64(),
    "respondents": pl.Float64(),
    "confidence": pl.Float64(),
    "note_code": pl.String(),
    "is_modelled": pl.Boolean(),
}
"""One row per set of groups and category; differences in `unit`, group minus total or largest."""

_KEY = [name for name in GROUP if name != "basis"]


def difference_rows(comparison: pl.DataFrame, indicator: pl.DataFrame) -> pl.DataFrame:
    """Compare each group of `core.comparison` that has a value with the total and the largest group.

    The largest group is that of most people, else of most respondents (`largest_by` says which); respondents never
    weight a total: without a published total and people there is no difference from it.
    """
    about = indicator.select("indicator", "unit")
    known = (
        comparison.filter(pl.col("value").is_not_null())
        .join(about, on="indicator")
        .with_columns(size=pl.coalesce("population", "denominator"))
        .with_columns(
            sized=pl.col("size").is_not_null().all().over(_KEY) & (pl.col("size") > 0).all().over(_KEY),
            has_total=pl.col("published_total").is_not_null(),
        )
        .filter("has_total")
    )
    ask = known.select(
        *_KEY,
        "category",
        "value",
        "value_lower",
        "value_upper",
        "standard_error",
        "sized",
        population="size",
        total="published_total",
        total_lower="published_total_lower",
        total_upper="published_total_upper",
    )
    parts = []
    for sized in (True, False):
        chosen = ask.filter(pl.col("sized") == sized).drop("sized")
        chosen = chosen if sized else chosen.drop("population")
        parts.append(measures.differences_from_total(chosen, by=_KEY, confidence=CONFIDENCE))
    beside = known.select(
        *_KEY,
        "category",
        "unit",
        "published_total",
        "is_modelled",
        respondents="denominator",
        largest_by=pl.when("sized").then(
            pl.when(pl.col("population").is_not_null()).then(pl.lit("people")).otherwise(pl.lit("respondents"))
        ),
    )
    return (
        pl.concat(parts)
        .filter(pl.col("category").is_not_null())
        .join(beside, on=[*_KEY, "category"], how="left", nulls_equal=True)
        .with_columns(confidence=pl.lit(CONFIDENCE))
        .select(pl.col(name).cast(dtype) for name, dtype in DIFFERENCE.items())
        .sort(*_KEY, "category")
    )
