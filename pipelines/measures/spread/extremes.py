"""Absolute and relative gap between two observed categories: the ends of a ranking, or the extremes of a list.

What belongs here: difference and ratio of two categories for `summary_measures`. What does not: the ranked gap with
its own direction (`gap.py`), fitted lines (`lines/slope_index.py`).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipelines.measures.reading.groups import Flags
from pipelines.measures.spread.breakdown import Breakdown
from pipelines.measures.spread.estimate import Estimate, normal


def extremes(given: Breakdown) -> dict[str, Estimate]:
    """The two gaps, of a better and a worse category: absolute b - w (w - b where less is better), relative b / w.

    Ordered: the least against the most disadvantaged. Unordered: the named reference against the worst of the
    others; without a reference the largest against the smallest value, noted `largest_of_k`.
    Limits of the ratio: those of its logarithm, of standard error sqrt((se_b / b)^2 + (se_w / w)^2).
    """
    row = np.arange(len(given.value))
    over, under, notes = _pair(given)
    top, bottom = given.value[row, over], given.value[row, under]
    known = np.where((given.reference < 0) & given.named & (not given.ordered), np.nan, 0.0)
    error_top, error_bottom = given.error[row, over], given.error[row, under]
    difference = top - bottom + known
    defined = (top > 0) & (bottom > 0)
    ratio = np.where(defined, top / bottom, np.nan) + known
    of_log = np.sqrt((error_top / top) ** 2 + (error_bottom / bottom) ** 2)
    factor = np.exp(given.z * of_log)
    return {
        "absolute_gap": normal(difference, np.hypot(error_top, error_bottom), given.z, notes=notes),
        "relative_gap": Estimate(
            ratio,
            of_log,
            ratio / factor,
            ratio * factor,
            "log_ratio",
            (("relative_gap_undefined", ~defined & np.isfinite(known)), *notes),
        ),
    }


def _pair(given: Breakdown) -> tuple[NDArray[np.int64], NDArray[np.int64], tuple[tuple[str, Flags], ...]]:
    """Places of the category taken from, and of the one taken away (so that above 0 is worse), and notes."""
    groups, size = given.value.shape
    if not given.ordered and not given.named:
        chosen_by_chance = ("largest_of_k", np.ones(groups, dtype=np.bool_))
        return given.value.argmax(axis=1), given.value.argmin(axis=1), (chosen_by_chance,)
    if given.ordered:
        better, worse = np.full(groups, size - 1), np.zeros(groups, dtype=np.int64)
    else:
        better = given.reference
        others = np.arange(size) != better[:, None]
        worse = np.where(others, given.sign * given.value, np.inf).argmin(axis=1)
    missing = ("missing_reference", (better < 0))
    return (better, worse, (missing,)) if given.favourable else (worse, better, (missing,))
