"""The MEASURE table: its key, its columns, and the unit of each measure.

What belongs here: names and types that other modules, suites and analysts rely on. What does not: any rule.
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

UNIT_OF_INDICATOR = (
    "slope_index",
    "absolute_gap",
    "population_attributable_risk",
    "absolute_concentration_index",
    "between_group_standard_deviation",
    "mean_difference_from_mean",
    "mean_difference_from_mean_weighted",
)
"""Measures in the unit of the indicator: years, or percentage points where it is a percentage."""

UNIT: dict[str, str] = {
    "relative_index": "ratio",
    "relative_gap": "ratio",
    "population_attributable_fraction": "fraction of the total",
    "relative_concentration_index": "between -1 and 1",
    "between_group_variance": "unit squared",
    "coefficient_of_variation": "% of the mean",
    "mean_log_deviation": "thousandths",
    "theil_index": "thousandths",
    "index_of_disparity": "% of the mean",
    "index_of_disparity_weighted": "% of the mean",
    "excess_events": "events",
}
"""The unit of every other measure."""

LINE = ("slope_index", "relative_index")
"""Measures of a fitted line."""
UNWEIGHTED = ("absolute_gap", "relative_gap", "index_of_disparity", "mean_difference_from_mean")
"""Measures that no population weights."""

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
    "unit": pl.String(),
    "confidence": pl.Float64(),
    "interval_method": pl.String(),
    "group_count": pl.Int64(),
    "groups_expected": pl.Int64(),
    "areas_expected": pl.Int64(),
    "areas_missing": pl.Int64(),
    "missing_areas": pl.String(),
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
    "series_break": pl.Boolean(),
    "break_reason": pl.String(),
    "note_code": pl.String(),
    "grade": pl.String(),
    "grade_reason": pl.String(),
    "is_modelled": pl.Boolean(),
    "method_version": pl.String(),
}
"""One row per GROUP, measure and transform; `value` in `unit`; limits 95%."""
