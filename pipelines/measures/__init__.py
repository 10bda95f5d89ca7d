"""Inequality measures: frames in, frames out. The one public door; import measures from here.

What belongs here: pure functions of a Polars frame, with no files, no settings and no knowledge of any publisher, so
that another project could use them. What does not: which indicator gets which measure (the catalogue), where results
are kept (the store). `reading/` checks a call and turns rows into matrices, `lines/` fits slopes, `spread/` compares
groups without a line, `areas/` makes tables of many areas honest; `life_tables/`, `rates/`, `change/`
over time; docs/methods.md is the page on all of them.

All keep the same promises. `by=[...]` names the grouping columns and one row per group comes back, ordered by them.
The answer is the same for any order of rows and any number of threads. A bad group gives nulls and a `note_code`,
never an exception; a bad call raises ValueError with a plain sentence. Input columns have fixed names: `rank`
(1 = most disadvantaged), `population`, `value`, and `standard_error` or `value_lower` with `value_upper` (95%).
"""

from pipelines.measures.areas.allow_for_comparisons import allow_for_comparisons
from pipelines.measures.areas.rank_intervals import rank_intervals
from pipelines.measures.areas.shrink import shrink
from pipelines.measures.change.change_between import change_between
from pipelines.measures.change.periods import non_overlapping
from pipelines.measures.change.process_limits import process_limits
from pipelines.measures.change.recent_trend import recent_trend
from pipelines.measures.life_tables.decompose_area_gap import decompose_area_gap
from pipelines.measures.life_tables.decompose_life_expectancy_gap import decompose_life_expectancy_gap
from pipelines.measures.life_tables.healthy_life_expectancy import healthy_life_expectancy
from pipelines.measures.life_tables.life_expectancy import life_expectancy
from pipelines.measures.lines.bounds import bounds
from pipelines.measures.lines.diagnose import diagnose
from pipelines.measures.lines.slope_index import slope_index
from pipelines.measures.lines.slope_index_regression import slope_index_regression
from pipelines.measures.rates.crude_rate import crude_rate
from pipelines.measures.rates.directly_standardised_rate import (
    EUROPEAN_STANDARD_POPULATION_2013,
    directly_standardised_rate,
)
from pipelines.measures.rates.funnel_dispersion import funnel_dispersion
from pipelines.measures.rates.funnel_limits import funnel_limits
from pipelines.measures.rates.funnel_significance import funnel_significance
from pipelines.measures.rates.indirectly_standardised import indirectly_standardised_rate, indirectly_standardised_ratio
from pipelines.measures.rates.mean import mean
from pipelines.measures.rates.proportion import proportion
from pipelines.measures.rates.quantile import quantile
from pipelines.measures.reading.ranked import Z_OF_INPUT_LIMITS
from pipelines.measures.spread.attributable import excess_events
from pipelines.measures.spread.differences_from_total import differences_from_total
from pipelines.measures.spread.gap import gap
from pipelines.measures.spread.summary_measures import summary_measures

METHOD_VERSION = "4"
"""Raised when any measure would give another number for the same input, so that published numbers can say theirs."""

__all__ = [
    "EUROPEAN_STANDARD_POPULATION_2013",
    "METHOD_VERSION",
    "Z_OF_INPUT_LIMITS",
    "allow_for_comparisons",
    "bounds",
    "change_between",
    "crude_rate",
    "decompose_area_gap",
    "decompose_life_expectancy_gap",
    "diagnose",
    "differences_from_total",
    "directly_standardised_rate",
    "excess_events",
    "funnel_dispersion",
    "funnel_limits",
    "funnel_significance",
    "gap",
    "healthy_life_expectancy",
    "indirectly_standardised_rate",
    "indirectly_standardised_ratio",
    "life_expectancy",
    "mean",
    "non_overlapping",
    "process_limits",
    "proportion",
    "quantile",
    "rank_intervals",
    "recent_trend",
    "shrink",
    "slope_index",
    "slope_index_regression",
    "summary_measures",
]
