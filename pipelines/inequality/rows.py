"""The MEASURE table, put together: ask, judge, grade.

What belongs here: the order of the steps. What does not: any of them.
"""

from __future__ import annotations

import polars as pl

from pipelines.inequality.compute import ASKED_ABOUT, ask_ranked, ask_unranked
from pipelines.inequality.contract import GROUP, MEASURE
from pipelines.inequality.grade import graded
from pipelines.inequality.rules import judged, said_of_group, untruncated
from pipelines.inequality.suppression import bound_rows


def measure_rows(
    gradient: pl.DataFrame, comparison: pl.DataFrame, diagnosis: pl.DataFrame, indicator: pl.DataFrame
) -> pl.DataFrame:
    """Every measure of every set of groups that its scheme allows.

    `gradient` (`core.gradient`) has one row per group of an ordered scheme, `comparison` (`core.comparison`) one per
    group without an order, `diagnosis` one row per gradient (`diagnosis.py`), `indicator` one per indicator. Returns
    the MEASURE table: every set has a row for every measure its scheme allows, with a value, or a null and a
    `note_code`.
    """
    known = indicator.select("indicator", "unit", "disclosure_rule", *ASKED_ABOUT)
    groups = pl.concat(
        [
            gradient.with_columns(is_ranked=pl.lit(value=True), has_pair=pl.lit(value=False)),
            comparison.with_columns(is_ranked=pl.lit(value=False)),
        ],
        how="diagonal_relaxed",
    )
    groups = untruncated(groups.join(known, on="indicator"))
    rows = pl.concat(
        [ask_ranked(groups.filter("is_ranked")), ask_unranked(groups.filter(~pl.col("is_ranked")))],
        how="diagonal_relaxed",
    )
    line = diagnosis.select(*GROUP, line_grade="grade", line_reason="grade_reason")
    rows = (
        rows.join(said_of_group(groups), on=GROUP, how="left", nulls_equal=True)
        .join(line, on=GROUP, how="left", nulls_equal=True)
        .join(bound_rows(groups), on=GROUP, how="left", nulls_equal=True)
        .filter(pl.col("measures_allowed").str.split(";").list.contains(pl.col("measure")))
    )
    return (
        graded(judged(rows))
        .select([pl.col(name).cast(dtype) for name, dtype in MEASURE.items()])
        .sort(*GROUP, "measure", "transform")
    )
