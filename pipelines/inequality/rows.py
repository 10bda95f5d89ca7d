"""The MEASURE table, put together: prepare, compute, apply the rules, grade.

What belongs here: the order of the steps. What does not: any of them.
"""

from __future__ import annotations

import polars as pl

from pipelines.inequality.compute import compute_ranked, compute_unranked
from pipelines.inequality.contract import GROUP, MEASURE
from pipelines.inequality.grade import grade_rows
from pipelines.inequality.prepare import prepare_groups, summary_of_groups
from pipelines.inequality.rules import apply_rules, is_published
from pipelines.inequality.suppression import slope_bounds


def measure_rows(
    gradient: pl.DataFrame, comparison: pl.DataFrame, diagnosis: pl.DataFrame, indicator: pl.DataFrame
) -> pl.DataFrame:
    """Every measure of every set of groups that its scheme allows.

    `gradient` (`core.gradient`) has one row per group of an ordered scheme, `comparison` (`core.comparison`) one per
    group without an order, `diagnosis` one row per gradient (`diagnosis.py`), `indicator` one per indicator. Returns
    the MEASURE table: every set has a row for every measure that its scheme allows and its unit makes sense of, with a
    value, or a null and a `note_code`.
    """
    groups = prepare_groups(gradient, comparison, indicator)
    computed = pl.concat(
        [compute_ranked(groups.filter("is_ranked")), compute_unranked(groups.filter(~pl.col("is_ranked")))],
        how="diagonal_relaxed",
    )
    line = diagnosis.select(*GROUP, line_grade="grade", line_reason="grade_reason")
    rows = (
        computed.join(summary_of_groups(groups), on=GROUP, how="left", nulls_equal=True)
        .join(line, on=GROUP, how="left", nulls_equal=True)
        .join(slope_bounds(groups), on=GROUP, how="left", nulls_equal=True)
        .filter(is_published())
    )
    return (
        grade_rows(apply_rules(rows))
        .select([pl.col(name).cast(dtype) for name, dtype in MEASURE.items()])
        .sort(*GROUP, "measure", "transform")
    )
