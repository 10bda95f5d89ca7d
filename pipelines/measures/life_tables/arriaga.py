"""Arriaga's split by age band of the gap between two life tables, and what it becomes for each cause of a band.

What belongs here: the arithmetic on matrices (groups x bands). What does not: reading, causes and notes
(`decompose_life_expectancy_gap.py`, where the formula is explained).
"""

from __future__ import annotations

import numpy as np

from pipelines.measures.life_tables.life_table import chance_of_dying, survivors, widths
from pipelines.measures.reading.groups import Flags, Matrix

ALIKE = 1e-9
"""Rates that differ by less than this part of themselves are taken as equal, where their difference would divide."""


class Side:
    """One population's life table, with what a comparison of two needs."""

    def __init__(self, ages: Matrix, rate: Matrix, years_lived: Matrix | None) -> None:
        """From first ages, deaths per person-year, and where known the years lived in a band by those who die in it."""
        self.rate = rate
        self.width, self.lost = widths(ages)
        self.width, self.lost = (np.broadcast_to(years, rate.shape) for years in (self.width, self.lost))
        if years_lived is not None:
            self.lost = np.where(np.isnan(years_lived), self.lost, self.width - years_lived)
            self.lost[:, -1] = 0.0
        self.misplaced: Flags = (self.lost < 0) | (self.lost > self.width)
        self.dying = chance_of_dying(self.rate, self.width, self.lost)
        self.certain = self.width - self.lost > 1 / self.rate
        self.expectancy = 1 / self.rate
        for band in range(self.rate.shape[1] - 2, -1, -1):
            lived = self.width[:, band] - self.lost[:, band] * self.dying[:, band]
            self.expectancy[:, band] = lived + (1 - self.dying[:, band]) * self.expectancy[:, band + 1]
        self.alive = survivors(self.dying)

    def towards(self, other: Side) -> tuple[Matrix, Matrix]:
        """Each band's years when this population takes the other's rates, youngest band first; and those years per
        difference in the rate, NaN where they cannot be had without dividing by it."""
        ahead = np.zeros_like(self.rate)
        ahead[:, :-1] = other.expectancy[:, 1:]
        years = self.lost * self.dying - other.lost * other.dying + ahead * (self.dying - other.dying)
        years[:, -1] = 1 / other.rate[:, -1] - 1 / self.rate[:, -1]
        slowed = (1 + self.lost * self.rate) * (1 + self.lost * other.rate)
        per_rate = -self.width * (self.lost + ahead) / slowed
        per_rate[:, -1] = -1 / (self.rate[:, -1] * other.rate[:, -1])
        closed = (self.lost == other.lost) & ~self.certain & ~other.certain
        closed[:, -1] = True
        return self.alive * years, np.where(closed, self.alive * per_rate, np.nan)


def split(base: Side, comparator: Side, causes: Matrix, *, both_ways: bool) -> dict[str, Matrix]:
    """For each band: years `per_rate`, that is per difference in a cause's rate, and years for `each` of its causes.

    A cause has the sum of the two, `per_rate` times its own difference. `gap` is the same in all bands.
    `both_ways` is Andreev's mean of the two directions.
    """
    difference = comparator.rate - base.rate
    years, per_rate = base.towards(comparator)
    if both_ways:
        back, back_per_rate = comparator.towards(base)
        years, per_rate = (years - back) / 2, (per_rate + back_per_rate) / 2
    alike = np.abs(difference) <= ALIKE * (base.rate + comparator.rate)
    closed = ~np.isnan(per_rate)
    return {
        "per_rate": np.where(closed, per_rate, np.where(alike, 0.0, years / difference)),
        "each": np.where(~closed & alike, years / causes, 0.0),
        "gap": np.broadcast_to((comparator.expectancy - base.expectancy)[:, :1], difference.shape),
    }
