"""How well a line describes each gradient, one row per gradient.

What belongs here: asking `measures.diagnose` with the groups that a scheme must have. What does not: its thresholds.
"""

from __future__ import annotations

import polars as pl

from pipelines import measures
from pipelines.inequality.contract import GROUP


def diagnosis_rows(gradient: pl.DataFrame) -> pl.DataFrame:
    """One row per gradient of `core.gradient`: GROUP and what `measures.diagnose` finds."""
    return measures.diagnose(gradient.with_columns(rank=pl.col("category_rank")), by=list(GROUP))
