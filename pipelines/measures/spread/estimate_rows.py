"""Estimates of several measures as rows of a frame: one per group and measure.

What belongs here: the layout, and the lists of what a row may say about its interval and its value. What does not:
how an estimate is made (`estimate.py` and the families of measures).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pipelines.measures.reading.groups import Matrix, finite_or_null
from pipelines.measures.spread.estimate import Estimate

FIGURES = ("value", "standard_error", "value_lower", "value_upper", "value_uncorrected", "p_of_equality")
METHODS = (
    "none",
    "normal",
    "log_ratio",
    "fieller",
    "two_by_two_table",
    "delta",
    "regression_residuals",
    "gamma_inversion",
)
NOTES = (
    "not_computable",
    "no_total",
    "missing_reference",
    "mean_not_positive",
    "value_not_positive",
    "relative_gap_undefined",
    "reference_not_better",
    "no_more_than_chance",
    "rough_limits",
    "largest_of_k",
)


def estimate_rows(
    group: NDArray[np.integer], estimates: Mapping[str, Estimate], measures: Sequence[str]
) -> pl.DataFrame:
    """One row per group and measure, group by group: `group, measure, value, .. interval_method, note`.

    Texts come as enumerations (`measures` lists all names of measures): a million groups are twenty million rows.
    """
    if not estimates:
        return pl.DataFrame(schema={"group": pl.UInt32})
    columns = [_column(estimate) for estimate in estimates.values()]
    figures, methods, notes = (np.stack(each, axis=-1) for each in zip(*columns, strict=True))
    places = np.tile([measures.index(name) for name in estimates], len(group))
    return pl.DataFrame(
        {
            "group": np.repeat(group.astype(np.uint32), len(estimates)),
            "measure": pl.Series(measures, dtype=pl.Enum(measures)).gather(pl.Series(places).cast(pl.UInt32)),
            **{name: figures[place].ravel() for place, name in enumerate(FIGURES)},
            "interval_method": pl.Series(METHODS, dtype=pl.Enum(METHODS)).gather(pl.Series(methods.ravel())),
            "note": pl.Series([*NOTES, None], dtype=pl.Enum(NOTES)).gather(pl.Series(notes.ravel())),
        }
    ).with_columns(finite_or_null(pl.col(name)) for name in FIGURES)


def _column(estimate: Estimate) -> tuple[Matrix, NDArray[np.uint32], NDArray[np.uint32]]:
    """The FIGURES of one measure (figures x groups), and its method and note as places in their lists."""
    computable = np.isfinite(estimate.value)
    limited = computable & np.isfinite(estimate.lower) & np.isfinite(estimate.upper)
    nothing = np.full(len(computable), np.nan)
    beside = [nothing if figure is None else figure for figure in (estimate.uncorrected, estimate.p_of_equality)]
    figures = np.stack([estimate.value, estimate.standard_error, estimate.lower, estimate.upper, *beside])
    figures[1:4, ~limited] = np.nan
    figures[4:, ~computable] = np.nan
    methods = np.zeros(len(computable), dtype=np.uint32)
    for name in (estimate.method,) if isinstance(estimate.method, str) else np.unique(estimate.method):
        methods[limited & (estimate.method == name)] = METHODS.index(str(name))
    notes = np.where(computable, len(NOTES), NOTES.index("not_computable")).astype(np.uint32)
    for code, holds in reversed(estimate.notes):
        notes[holds] = NOTES.index(code)
    return figures, methods, notes
