"""Links: the scale on which the sampling error of a rate or a proportion is taken as normal.

What belongs here: the log and logit scales, and how a standard error or a pair of limits is carried to them.
What does not: a fit on that scale (`lines/slope_index.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from scipy.special import logit

from pipelines.measures.reading.groups import Matrix


@dataclass(frozen=True)
class Link:
    """A scale: `forward` and `inverse` between it and that of the value, `limits` (exclusive) of what it can hold.

    `of_column` is `forward` for columns, and `stretch` the derivative of `inverse` at a value, by which an error on
    this scale is multiplied to be one on the scale of the value (the delta method).
    """

    forward: Callable[[Matrix], Matrix]
    inverse: Callable[[Any], Any]
    of_column: Callable[[pl.Expr], pl.Expr]
    stretch: Callable[[pl.Expr], pl.Expr]
    limits: tuple[float, float]

    def outside(self, value: pl.Expr) -> pl.Expr:
        """The value has no place on this scale."""
        return ~((value > self.limits[0]) & (value < self.limits[1]))

    def standard_error(self, value: pl.Expr, error: pl.Expr, lower: pl.Expr, upper: pl.Expr, *, z: float) -> pl.Expr:
        """The standard error on this scale: from that on the scale of the value, else from limits z errors either side.

        Limits are carried to the scale themselves. Where one of them cannot be (a proportion's at or beyond 0 or 1),
        the other half of the interval is carried by the delta method.
        """
        low, high = ~self.outside(lower), ~self.outside(upper)
        stretch = z * self.stretch(value)
        return pl.coalesce(
            error / self.stretch(value),
            pl.when(low & high).then((self.of_column(upper) - self.of_column(lower)) / (2 * z)),
            pl.when(high & lower.is_not_null() & (upper >= value)).then((upper - value) / stretch),
            pl.when(low & upper.is_not_null() & (value >= lower)).then((value - lower) / stretch),
        )

    def truncated(self, error: pl.Expr, lower: pl.Expr, upper: pl.Expr) -> pl.Expr:
        """One half of the limits alone says what the error is."""
        return (error.is_null() & (self.outside(lower) ^ self.outside(upper))).fill_null(value=False)


LOG = Link(
    forward=np.log,
    inverse=np.exp,
    of_column=lambda column: column.log(),
    stretch=lambda value: value,
    limits=(0.0, np.inf),
)
LOGIT = Link(
    forward=logit,
    inverse=lambda number: 1 / (1 + np.exp(-number)),  # of complex numbers too
    of_column=lambda column: column.log() - (-column).log1p(),
    stretch=lambda value: value * (1 - value),
    limits=(0.0, 1.0),
)
