"""Small sets of groups to measure, computed by hand.

Five groups of equal size with the values 30, 40, 50, 60, 70 lie on a line: it runs from 25 to 75, so the slope index is
50 and the relative index 3; the gap of the observed ends is 40 and their ratio 7 / 3.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import polars as pl

from pipelines.inequality.contract import GROUP, MEASURE
from pipelines.inequality.diagnosis import diagnosis_rows
from pipelines.inequality.rows import measure_rows

RISING = (30.0, 40.0, 50.0, 60.0, 70.0)
FALLING = RISING[::-1]
ALL_MEASURES = "slope_index;relative_index;absolute_gap;relative_gap"
FIFTHS = ("most", "second", "middle", "fourth", "least")


def gradient(
    values: Sequence[float | None] = RISING, *, half_width: float | None = 1.0, **others: object
) -> pl.DataFrame:
    """One row per fifth; limits lie `half_width` either side of the value, or nowhere."""
    ranks = range(1, len(values) + 1)
    limits = [
        (None, None) if value is None or half_width is None else (value - half_width, value + half_width)
        for value in values
    ]
    columns: dict[str, object] = {
        "indicator": "made",
        "area_code": "E1",
        "period": "2018",
        "period_length": "1y",
        "period_start": date(2018, 1, 1),
        "period_end": date(2018, 12, 31),
        "sex": "persons",
        "age": "all",
        "dimension": "deprivation_quintile",
        "scheme": "made",
        "groups_from": "published",
        "basis": "neighbourhoods_national",
        "category": FIFTHS[: len(values)],
        "category_rank": list(ranks),
        "groups_expected": 5,
        "measures_allowed": ALL_MEASURES,
        "value": list(values),
        "value_lower": [lower for lower, _ in limits],
        "value_upper": [upper for _, upper in limits],
        "standard_error": None,
        "population": 1000.0,
        "weighting": "population_of_groups",
        "population_reference": "Census 2021",
        "share_moved": None,
        "published_share": 0.2,
        "method_changed": False,
        "is_model_estimate": False,
        "note_code": None,
        "published_total": None,
        "published_total_lower": None,
        "published_total_upper": None,
        "pair_place": None,
        "denominator": None,
        "areas_expected": None,
        "areas_missing": None,
        "missing_areas": None,
        "people_covered": None,
        "is_modelled": False,
        **others,
    }
    spread = {
        name: cells if isinstance(cells, list | tuple) else [cells] * len(values) for name, cells in columns.items()
    }
    types = dict.fromkeys(
        (
            *("value", "value_lower", "value_upper", "standard_error", "population", "denominator", "share_moved"),
            *("published_total", "published_total_lower", "published_total_upper", "people_covered"),
        ),
        pl.Float64,
    )
    whole = dict.fromkeys(("pair_place", "areas_expected", "areas_missing", "category_rank"), pl.Int64)
    texts = dict.fromkeys(("note_code", "missing_areas", "population_reference", "basis"), pl.String)
    return pl.DataFrame(spread, schema_overrides=types | whole | texts)


def comparison(values: Sequence[float | None] = (8.0, 20.0, 12.0), **others: object) -> pl.DataFrame:
    """One row per group of a breakdown without an order: White, Black, Asian."""
    columns: dict[str, object] = {
        "dimension": "ethnic_group",
        "category": ("white", "black", "asian")[: len(values)],
        "category_rank": [None] * len(values),
        "basis": None,
        "groups_expected": 3,
        "measures_allowed": "absolute_gap;relative_gap;index_of_disparity;mean_difference_from_mean",
        "weighting": "none",
        "population": None,
        "population_reference": None,
        "has_pair": False,
        **others,
    }
    return gradient(values, **columns)


def indicator(
    *,
    slug: str = "made",
    polarity: str = "higher_is_better",
    scale: float = 1.0,
    unit: str = "years",
    kind: str = "mean",
    link: str = "none",
    can_exceed_100: bool = False,
    hidden: tuple[int, int] | None = None,
    because: str | None = None,
) -> pl.DataFrame:
    """What the catalogue says of an indicator, as far as it matters here; `hidden`: the counts its rule suppresses."""
    return pl.DataFrame(
        {
            "indicator": [slug],
            "polarity": [polarity],
            "scale": [scale],
            "unit": [unit],
            "value_kind": [kind],
            "default_link": [link],
            "can_exceed_100": [can_exceed_100],
            "suppression_smallest": pl.Series([hidden and hidden[0]], dtype=pl.Int64),
            "suppression_largest": pl.Series([hidden and hidden[1]], dtype=pl.Int64),
            "slope_of_model_because": pl.Series([because], dtype=pl.String),
        }
    )


def rows_of(groups: pl.DataFrame, about: pl.DataFrame, unranked: pl.DataFrame | None = None) -> pl.DataFrame:
    """The MEASURE table of these groups, each row once."""
    others = comparison().clear() if unranked is None else unranked
    rows = measure_rows(groups, others, diagnosis_rows(groups), about)
    assert rows.schema == pl.Schema(MEASURE)
    assert rows.select(*GROUP, "measure", "transform").is_duplicated().sum() == 0
    return rows


def measured(groups: pl.DataFrame, about: pl.DataFrame | None = None) -> dict[str, dict[str, object]]:
    """The rows of one gradient by measure."""
    rows = rows_of(groups, indicator() if about is None else about).filter(transform="none")
    return {row["measure"]: row for row in rows.iter_rows(named=True)}


def compared(groups: pl.DataFrame, about: pl.DataFrame | None = None) -> dict[str, dict[str, object]]:
    """The rows of one breakdown without an order, by measure."""
    rows = rows_of(gradient().clear(), indicator() if about is None else about, groups)
    return {row["measure"]: row for row in rows.iter_rows(named=True)}


def values(rows: dict[str, dict[str, object]]) -> tuple[object, ...]:
    """The four main measures."""
    return tuple(rows[name]["value"] for name in ALL_MEASURES.split(";"))
