"""The catalogue as tables, for SQL to join: one row per indicator, one per scheme and category, one per element of
Core20PLUS5 and indicator.

What belongs here: columns and their types. What does not: anything that a block of the TOML files does not say.
"""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from pipelines.catalogue.core20plus5 import Element
from pipelines.catalogue.indicator import Indicator
from pipelines.catalogue.scheme import Category, Scheme

INDICATOR_COLUMNS: dict[str, pl.DataType] = {
    "indicator": pl.String(),
    "title": pl.String(),
    "definition": pl.String(),
    "unit": pl.String(),
    "scale": pl.Int64(),
    "value_kind": pl.String(),
    "polarity": pl.String(),
    "polarity_reason": pl.String(),
    "slope_allowed": pl.Boolean(),
    "default_link": pl.String(),
    "denominator_kind": pl.String(),
    "denominator_may_weight": pl.Boolean(),
    "age_standardised": pl.String(),
    "core20plus5": pl.String(),
    "phof": pl.String(),
    "role": pl.String(),
    "equality_act": pl.String(),
    "area_types": pl.String(),
    "period_lengths": pl.String(),
    "year_type": pl.String(),
    "cadence": pl.String(),
    "state": pl.String(),
    "disclosure_rule": pl.String(),
    "suppression_smallest": pl.Int64(),
    "suppression_largest": pl.Int64(),
    "plausible_smallest": pl.Float64(),
    "plausible_largest": pl.Float64(),
    "disclosure_rule_source": pl.String(),
    "published_breakdowns": pl.String(),
    "evidence": pl.String(),
    "sources": pl.String(),
    "fingertips_id": pl.Int64(),
    "age": pl.String(),
    "can_exceed_100": pl.Boolean(),
    "circular": pl.Boolean(),
    "modelled_estimate": pl.Boolean(),
    "slope_of_model_because": pl.String(),
    "method": pl.String(),
    "method_before": pl.String(),
    "method_since": pl.String(),
    "licence": pl.String(),
    "confidence": pl.String(),
    "notes": pl.String(),
}
"""One row per indicator. Lists are joined with `;`; what a block leaves out is null."""

BREAKDOWN_COLUMNS: dict[str, pl.DataType] = {
    "dimension": pl.String(),
    "scheme": pl.String(),
    "geography": pl.String(),
    "scope": pl.String(),
    "index": pl.String(),
    "index_vintage": pl.String(),
    "area_vintage": pl.String(),
    "basis": pl.String(),
    "ruler": pl.String(),
    "ordered": pl.Boolean(),
    "groups_expected": pl.Int64(),
    "slope_groups_expected": pl.Int64(),
    "measures_allowed": pl.String(),
    "measures_with_population": pl.String(),
    "measures_note": pl.String(),
    "gap_pair": pl.String(),
    "age_label": pl.String(),
    "category": pl.String(),
    "category_label": pl.String(),
    "category_rank": pl.Int64(),
    "use_in_slope": pl.Boolean(),
    "is_unknown": pl.Boolean(),
    "is_residual": pl.Boolean(),
    "confidence": pl.String(),
    "notes": pl.String(),
}
"""One row per dimension, scheme and category: all three are the key, since tenths and fifths share scheme slugs. What a
scheme allows is the same on all its rows; categories with `is_unknown` are in no measure."""

CORE20PLUS5_COLUMNS: dict[str, pl.DataType] = {
    "element": pl.String(),
    "element_group": pl.String(),
    "element_title": pl.String(),
    "ask": pl.String(),
    "fit": pl.String(),
    "shown": pl.String(),
    "better_source": pl.String(),
    "preference": pl.Int64(),
    "indicator": pl.String(),
}
"""One row per element and indicator; `preference` 1 is the nearest to what the element asks for."""


def indicators_as_frame(indicators: Iterable[Indicator]) -> pl.DataFrame:
    """One row per indicator, with the columns of INDICATOR_COLUMNS."""
    rows = [
        {name: _cell(indicator.slug if name == "indicator" else getattr(indicator, name)) for name in INDICATOR_COLUMNS}
        for indicator in indicators
    ]
    return pl.DataFrame(rows, schema=INDICATOR_COLUMNS)


def schemes_as_frame(schemes: Iterable[Scheme]) -> pl.DataFrame:
    """One row per scheme and category, with the columns of BREAKDOWN_COLUMNS."""
    rows = [
        {name: _cell(_of_category(scheme, category, name)) for name in BREAKDOWN_COLUMNS}
        for scheme in schemes
        for category in scheme.categories
    ]
    return pl.DataFrame(rows, schema=BREAKDOWN_COLUMNS)


def elements_as_frame(elements: Iterable[Element]) -> pl.DataFrame:
    """One row per element and indicator, with the columns of CORE20PLUS5_COLUMNS."""
    rows = [
        (
            one.code,
            one.group,
            one.title,
            one.ask,
            one.fit,
            one.shown,
            one.better_source or None,
            preference,
            indicator,
        )
        for one in elements
        for preference, indicator in enumerate(one.indicators, 1)
    ]
    return pl.DataFrame(rows, schema=CORE20PLUS5_COLUMNS, orient="row")


def _of_category(scheme: Scheme, category: Category, name: str) -> object:
    if name == "scheme":
        return scheme.slug
    if name == "category":
        return category.slug
    if name == "category_label":
        return category.labels[0]
    if name == "category_rank":
        return category.rank
    return getattr(category if name in ("use_in_slope", "is_unknown", "is_residual") else scheme, name)


def _cell(value: object) -> object:
    if isinstance(value, tuple):
        value = ";".join(str(item) for item in value)
    return None if value == "" else value
