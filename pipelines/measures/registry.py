"""Every measure of inequality under its slug: its unit, what it needs, what kind of number it is, and how it is called.

What belongs here: facts about measures that formulas, the catalogue, rules, grades and SQL must agree on. What does
not: a formula, or which measures a breakdown may have (`catalogue/breakdowns.toml`). A measure is added by a line
here, a function that computes it, and a test of its numbers.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Literal

import polars as pl

Family = Literal[
    "line",
    "gap",
    "attributable",
    "concentration",
    "variance",
    "entropy",
    "disparity",
    "from_mean",
    "from_best",
    "from_reference",
]
"""Measures of one formula, whose numbers are said in one kind of sentence."""


@dataclass(frozen=True)
class Measure:
    """One measure. `unit` None: that of the value; `weighted`: by the population of the groups.

    `is_relative`: free of the value's unit. `relative_of`: the absolute measure that this one stands beside when a
    change over time is judged. `needs_counts`: only where the denominators count the people of the groups.
    """

    measure: str
    words: str
    family: Family
    unit: str | None = None
    is_relative: bool = False
    weighted: bool = True
    needs_order: bool = False
    needs_counts: bool = False
    relative_of: str | None = None

    @property
    def of_line(self) -> bool:
        """Whether it is read off a line fitted through the groups."""
        return self.family == "line"


MEASURES = (
    Measure("slope_index", "slope index", "line", needs_order=True),
    Measure(
        "relative_index",
        "relative index",
        "line",
        "ratio",
        is_relative=True,
        needs_order=True,
        relative_of="slope_index",
    ),
    Measure("absolute_gap", "absolute gap", "gap", weighted=False),
    Measure(
        "relative_gap", "relative gap", "gap", "ratio", is_relative=True, weighted=False, relative_of="absolute_gap"
    ),
    Measure("population_attributable_risk", "population attributable risk", "attributable", needs_order=True),
    Measure(
        "population_attributable_fraction",
        "population attributable fraction",
        "attributable",
        "fraction of the total",
        is_relative=True,
        needs_order=True,
    ),
    Measure("absolute_concentration_index", "absolute concentration index", "concentration", needs_order=True),
    Measure(
        "relative_concentration_index",
        "relative concentration index",
        "concentration",
        "between -1 and 1",
        is_relative=True,
        needs_order=True,
    ),
    Measure("between_group_variance", "between-group variance", "variance", "unit squared"),
    Measure("between_group_standard_deviation", "between-group standard deviation", "variance"),
    Measure("coefficient_of_variation", "coefficient of variation", "variance", "% of the mean", is_relative=True),
    Measure("mean_log_deviation", "mean log deviation", "entropy", "thousandths", is_relative=True),
    Measure("theil_index", "Theil index", "entropy", "thousandths", is_relative=True),
    Measure("index_of_disparity", "index of disparity", "disparity", "% of the mean", is_relative=True, weighted=False),
    Measure(
        "index_of_disparity_weighted", "index of disparity weighted", "disparity", "% of the mean", is_relative=True
    ),
    Measure("mean_difference_from_mean", "mean difference from mean", "from_mean", weighted=False),
    Measure("mean_difference_from_mean_weighted", "mean difference from mean weighted", "from_mean"),
    Measure("mean_difference_from_best", "mean difference from best", "from_best", weighted=False, needs_order=True),
    Measure("mean_difference_from_best_weighted", "mean difference from best weighted", "from_best", needs_order=True),
    Measure("mean_difference_from_reference", "mean difference from reference", "from_reference", weighted=False),
    Measure("mean_difference_from_reference_weighted", "mean difference from reference weighted", "from_reference"),
    Measure("excess_events", "excess events", "attributable", "events", needs_order=True, needs_counts=True),
)
"""All measures, in the order in which they are listed everywhere."""

MEASURE_OF: dict[str, Measure] = {one.measure: one for one in MEASURES}
"""Measures by slug."""

MEASURE_COLUMNS: dict[str, pl.DataType] = {
    field.name: pl.Boolean() if field.type == "bool" else pl.String() for field in fields(Measure)
}
"""One row per measure."""


def measure_frame() -> pl.DataFrame:
    """The registry as a table for SQL to join: one row per measure, with MEASURE_COLUMNS."""
    return pl.DataFrame([asdict(one) for one in MEASURES], schema=MEASURE_COLUMNS)


def slugs(*families: Family) -> tuple[str, ...]:
    """The slugs of the measures of some families, in the order of the registry."""
    return tuple(one.measure for one in MEASURES if one.family in families)
