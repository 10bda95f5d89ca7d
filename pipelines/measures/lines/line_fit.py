"""The line of the slope index in each group, and how well it describes the groups.

What belongs here: statistics of the fit. What does not: when one of them is bad (`line_grade.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtri, stdtrit

from pipelines.measures.reading.call import normal_quantile
from pipelines.measures.reading.groups import Flags, Matrix

Z = normal_quantile(0.95)
"""A move counts as more than chance beyond this many of its standard errors (95%, two sides)."""

ROUNDING = 1e-12
"""Differences below this share of the largest value are the computer's rounding, not shape."""

MOST_DECIMALS = 6
"""Values with more decimals than this were not rounded for printing."""


@dataclass(frozen=True)
class LineFit:
    """Matrices (groups x rows) ordered by rank; `error` is NaN throughout a group whose uncertainty is incomplete.

    Properties give one number or flag per group unless they say otherwise.
    """

    population: Matrix
    value: Matrix
    error: Matrix

    @cached_property
    def known(self) -> Flags:
        """The group has standard errors."""
        known: Flags = np.logical_and.reduce(np.isfinite(self.error), axis=1)
        return known

    @cached_property
    def share(self) -> Matrix:
        """Population shares (groups x rows)."""
        share: Matrix = self.population / self.population.sum(axis=1, keepdims=True)
        return share

    @cached_property
    def rank(self) -> Matrix:
        """Relative rank, 0 at the population's middle (groups x rows)."""
        return self.share.cumsum(axis=1) - self.share / 2 - 0.5

    @cached_property
    def spread(self) -> Matrix:
        """Weighted variance of the relative ranks (groups x 1)."""
        spread: Matrix = (self.share * self.rank**2).sum(axis=1, keepdims=True)
        return spread

    @cached_property
    def weight(self) -> Matrix:
        """With what weights the values sum to the slope (groups x rows)."""
        return self.share * self.rank / self.spread

    @cached_property
    def tiny(self) -> Matrix:
        """What counts as rounding in the value's unit (groups x 1)."""
        tiny: Matrix = ROUNDING * np.abs(self.value).max(axis=1, keepdims=True)
        return tiny

    @cached_property
    def printed(self) -> Matrix:
        """The last decimal place that any value of a group has, 0.1 for 60.3 and 60 (groups x 1); 0 beyond the sixth.

        Two values rounded to it may differ by as much where what they stand for does not.
        """
        printed = np.zeros((len(self.value), 1))
        for decimals in range(MOST_DECIMALS, -1, -1):
            unit = 10.0**-decimals
            off = np.abs(self.value - np.round(self.value, decimals)).max(axis=1, keepdims=True)
            printed = np.where(off <= np.maximum(self.tiny, unit * 1e-6), unit, printed)
        return printed

    @cached_property
    def off_mean(self) -> Matrix:
        """Values less their mean (groups x rows)."""
        off = self.value - (self.share * self.value).sum(axis=1, keepdims=True)
        return np.where(np.abs(off) <= self.tiny, 0, off)

    @cached_property
    def slope(self) -> Matrix:
        """The slope index, least disadvantaged minus most."""
        slope = (self.weight * self.off_mean).sum(axis=1)
        # Where nearly all people are in one group the weights are large, and so is the rounding.
        return np.where(np.abs(slope) <= self.tiny[:, 0] * np.abs(self.weight).sum(axis=1), 0, slope)

    @cached_property
    def residual(self) -> Matrix:
        """Values less the line (groups x rows)."""
        residual = self.off_mean - self.slope[:, None] * self.rank
        return np.where(np.abs(residual) <= self.tiny, 0, residual)

    @cached_property
    def unexplained(self) -> Matrix:
        """Weighted variance of the residuals."""
        unexplained: Matrix = (self.share * self.residual**2).sum(axis=1)
        return unexplained

    @cached_property
    def linearity(self) -> Matrix:
        """R squared, weighted; 1 where all values are the same."""
        total = (self.share * self.off_mean**2).sum(axis=1)
        return np.where(total == 0, 1.0, 1 - self.unexplained / total)

    @cached_property
    def residual_half_width(self) -> Matrix:
        """Half of the 95% interval of the slope that rests on the residuals alone."""
        freedom = self.value.shape[1] - 2
        half_width: Matrix = stdtrit(freedom, 0.975) * np.sqrt(self.unexplained / freedom / self.spread[:, 0])
        return half_width

    @cached_property
    def half_width(self) -> Matrix:
        """Half of the 95% interval of the slope by the standard errors; NaN without them."""
        half_width: Matrix = Z * np.sqrt(((self.weight * self.error) ** 2).sum(axis=1))
        return half_width

    @cached_property
    def is_clear(self) -> Flags:
        """The slope differs from 0 by more than chance, by the standard errors or, without them, by the residuals."""
        return np.abs(self.slope) > np.where(self.known, self.half_width, self.residual_half_width)

    @cached_property
    def within_noise(self) -> Flags:
        """The standard errors explain all distance from a line: chi-squared of the best line through them is below its
        95% point. False without standard errors, or where one of them is 0.
        """
        least = self.error.min(axis=1, keepdims=True)
        weight = (least / self.error) ** 2
        total = weight.sum(axis=1, keepdims=True)
        rank = self.rank - (weight * self.rank).sum(axis=1, keepdims=True) / total
        off = self.off_mean - (weight * self.off_mean).sum(axis=1, keepdims=True) / total
        slope = (weight * rank * off).sum(axis=1, keepdims=True) / (weight * rank**2).sum(axis=1, keepdims=True)
        chi_squared = (weight * ((off - slope * rank) / least) ** 2).sum(axis=1)
        within: Flags = self.known & (least[:, 0] > 0) & (chi_squared <= chdtri(self.value.shape[1] - 2, 0.05))
        return within

    @cached_property
    def _of_itself(self) -> Matrix:
        """How much of each residual its own group has pulled the line away from (groups x rows), below 1."""
        return 1 - self.share * (1 + self.rank**2 / self.spread)

    @cached_property
    def change_without(self) -> Matrix:
        """How the slope changes when each group is left out of the fit and keeps its place (groups x rows)."""
        return -self.share * self.rank * self.residual / self._of_itself / self.spread

    @cached_property
    def driver(self) -> NDArray[np.int64]:
        """The place of the group whose absence changes the slope most."""
        driver: NDArray[np.int64] = np.abs(np.nan_to_num(self.change_without)).argmax(axis=1)
        return driver

    @cached_property
    def relative_change(self) -> Matrix:
        """That change as a share of the slope, -1 for a slope that vanishes."""
        change = self.at_driver(self.change_without)
        return np.where(change == 0, 0, change / self.slope)

    @cached_property
    def outliers(self) -> Flags:
        """Groups off the line of the others by more than the others' own scatter explains (groups x rows): t test of
        the deleted residual, at 5% shared out over the groups. For groups without standard errors.
        """
        count = self.value.shape[1]
        if count < 4:
            return np.zeros_like(self.value, dtype=bool)
        own = self.share * self.residual**2
        others = np.clip(self.unexplained[:, None] - own / self._of_itself, 0, None) / (count - 3)
        outliers: Flags = own > stdtrit(count - 3, 1 - 0.025 / count) ** 2 * others * self._of_itself
        return outliers

    @cached_property
    def backwards(self) -> Matrix:
        """How far each adjacent pair moves against the slope (groups x rows - 1).

        0 within its own noise or, without standard errors, within what rounding for print may do.
        """
        step = -np.sign(self.slope)[:, None] * np.diff(self.value, axis=1)
        rounded = np.maximum(self.tiny, self.printed * (1 + 1e-6))
        noise = np.where(self.known[:, None], Z * np.hypot(self.error[:, 1:], self.error[:, :-1]), rounded)
        return np.where(step > noise, step, 0)

    @cached_property
    def monotonicity(self) -> Matrix:
        """Share of pairs of people from different groups whose values are in the slope's order; ties count half."""
        sign = np.sign(self.slope)[:, None]
        in_order, of_all = np.zeros((2, len(self.value)))
        for place in range(self.value.shape[1] - 1):
            pairs = self.share[:, place, None] * self.share[:, place + 1 :]
            step = sign * (self.value[:, place + 1 :] - self.value[:, place, None])
            right = np.where(np.abs(step) <= self.tiny, 0.5, step > 0)
            in_order += (pairs * right).sum(axis=1)
            of_all += pairs.sum(axis=1)
        return in_order / of_all

    def at_driver(self, matrix: NDArray[Any]) -> NDArray[Any]:
        """The cell of each group's driver."""
        return matrix[np.arange(len(matrix)), self.driver]
