"""Inequality measures: frames in, frames out. The one public door; import measures from here.

What belongs here: pure functions of a Polars frame, with no files, no settings and no knowledge of any publisher, so
that another project could use them. What does not: which indicator gets which measure (the catalogue), where results
are kept (the store).

All keep the same promises. `by=[...]` names the grouping columns and one row per group comes back, ordered by them.
The answer is the same for any order of rows and any number of threads. A bad group gives nulls and a `note_code`,
never an exception; a bad call raises ValueError with a plain sentence. Input columns have fixed names: `rank`
(1 = most disadvantaged), `population`, `value`, and `standard_error` or `value_lower` with `value_upper` (95%).
"""

from pipelines.measures.change_between import change_between
from pipelines.measures.diagnose import diagnose
from pipelines.measures.gap import gap
from pipelines.measures.periods import non_overlapping
from pipelines.measures.slope_index import slope_index

METHOD_VERSION = "1"
"""Raised when any measure would give another number for the same input, so that published numbers can say theirs."""

__all__ = ["METHOD_VERSION", "change_between", "diagnose", "gap", "non_overlapping", "slope_index"]
