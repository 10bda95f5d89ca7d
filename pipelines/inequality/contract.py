"""The MEASURE table: its key and its columns.

What belongs here: names and types that other modules, suites and analysts rely on. What does not: any rule, or what is
known of a measure itself (`measures/registry.py`).
"""

from __future__ import annotations

import polars as pl

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
"""What a set of groups is told apart by; `basis` follows from the scheme and the area."""

CONFIDENCE = 0.95

MEASURE: dict[str, pl.DataType] = {
    **{name: pl.String() for name in GROUP},
    "period_start": pl.Date(),
    "period_end": pl.Date(),
    "groups_from": pl.String(),
    "measure": pl.String(),
    "transform": pl.String(),
    "value": pl.Float64(),
    "value_lower": pl.Float64(),
    "value_upper": pl.Float64(),
    "value_uncorrected": pl.Float64(),
    "p_of_equality": pl.Float64(),
    "odds_ratio": pl.Float64(),
    "odds_ratio_lower": pl.Float64(),
    "odds_ratio_upper": pl.Float64(),
    "unit": pl.String(),
    "confidence": pl.Float64(),
    "interval_method": pl.String(),
    "limits_are_rough": pl.Boolean(),
    "group_count": pl.Int64(),
    "groups_expected": pl.Int64(),
    "groups_with_value": pl.Int64(),
    "areas_expected": pl.Int64(),
    "areas_missing": pl.Int64(),
    "missing_areas": pl.String(),
    "people_covered": pl.Float64(),
    "weighting": pl.String(),
    "population_reference": pl.String(),
    "compared_category": pl.String(),
    "reference_category": pl.String(),
    "fitted_most": pl.Float64(),
    "fitted_least": pl.Float64(),
    "mean_of_groups": pl.Float64(),
    "slope_index_smallest": pl.Float64(),
    "slope_index_largest": pl.Float64(),
    "published_total": pl.Float64(),
    "is_largest_pair": pl.Boolean(),
    "series_break": pl.Boolean(),
    "groups_recomposed": pl.Boolean(),
    "mean_misses_total": pl.Boolean(),
    "method_changed": pl.Boolean(),
    "share_turnover": pl.Float64(),
    "break_reason": pl.String(),
    "note_code": pl.String(),
    "precision": pl.String(),
    "grade": pl.String(),
    "grade_reason": pl.String(),
    "is_modelled": pl.Boolean(),
    "method_version": pl.String(),
}
"""One row per GROUP, measure and transform; `value` in `unit`; limits 95%."""
