"""The abridged life table: from deaths and populations by age band to survivors, years lived and their uncertainty.

What belongs here: the arithmetic of the table and of its variance, on matrices (groups x bands). What does not: reading
and judging (`reading/banded.py`), or what is made of the table (`life_expectancy.py` and its neighbours).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipelines.measures.reading.call import normal_quantile
from pipelines.measures.reading.groups import Flags, Matrix

WIDEST_HALF = 10.0
"""An expectancy whose 95% limits lie further from it than this many years is not shown; its limits are."""


@dataclass(frozen=True)
class LifeTable:
    """The life tables of several groups; every matrix is groups x bands, per person born.

    `lost`: the years of a band that one who dies in it does not live. `rate`: deaths per person-year. `dying`: chance
    of dying within the band. `alive`: survivors at its start. `lived`: years lived in it. `expectancy`: years ahead of
    a survivor at its start (0 where nobody survives).
    """

    deaths: Matrix
    lost: Matrix
    rate: Matrix
    dying: Matrix
    alive: Matrix
    lived: Matrix
    expectancy: Matrix

    def ahead(self, lived: Matrix) -> Matrix:
        """Years ahead of a survivor at the start of each band, of the years `lived` in this and all later bands."""
        return _over(_from_here(lived), self.alive)

    def variance_of_deaths(self, expectancy: Matrix, share: Matrix | float = 1.0) -> Matrix:
        """What chance in each band's deaths adds to the variance of the years lived by one born.

        `share` of the years lived in a band are counted, and `expectancy` is of counted years. Chiang's formula, and
        Silcocks' for the open band.
        """
        of_dying = np.where(self.alive * self.dying > 0, self.dying**2 * (1 - self.dying) / self.deaths, 0.0)
        ahead = np.zeros_like(self.rate)
        ahead[:, :-1] = expectancy[:, 1:]
        variance: Matrix = of_dying * (self.alive * (share * self.lost + ahead)) ** 2
        counted = np.broadcast_to(share, self.rate.shape)[:, -1]
        variance[:, -1] = (counted * self.alive[:, -1] / self.rate[:, -1]) ** 2 / self.deaths[:, -1]
        return variance

    def standard_error(self, variance: Matrix) -> Matrix:
        """The standard error of an expectancy from what each band adds to its variance; NaN where nobody survives."""
        error: Matrix = np.sqrt(_from_here(variance)) / self.alive
        return error


def widths(ages: Matrix) -> tuple[Matrix, Matrix]:
    """The years of each band, and those that one who dies in it loses, (1 - a) n; 0 for the open band.

    `ages` are first ages (groups x bands, or one row for all).
    """
    width = np.zeros(ages.shape)
    width[:, :-1] = np.diff(ages, axis=1)
    fraction = np.full(ages.shape[1], 0.5)
    fraction[0] = 0.1
    return width, width * (1 - fraction)


def life_table(ages: Matrix, deaths: Matrix, population: Matrix) -> LifeTable:
    """The life tables of groups of bands in ascending order of age; Chiang's second, abridged method."""
    width, lost = widths(ages)
    rate = deaths / population
    dying = chance_of_dying(rate, width, lost)
    alive = survivors(dying)
    lived = alive * (width - lost * dying)
    lived[:, -1] = alive[:, -1] / rate[:, -1]
    return LifeTable(deaths, lost, rate, dying, alive, lived, _over(_from_here(lived), alive))


def chance_of_dying(rate: Matrix, width: Matrix, lost: Matrix) -> Matrix:
    """The chance of dying within each band, at most 1; certain in the open band."""
    dying: Matrix = np.minimum(width * rate / (1 + lost * rate), 1.0)
    dying[:, -1] = 1.0
    return dying


def survivors(dying: Matrix) -> Matrix:
    """The share of those born who are alive at the start of each band."""
    alive = np.ones_like(dying)
    np.cumprod(1 - dying[:, :-1], axis=1, out=alive[:, 1:])
    return alive


def too_wide(error: Matrix) -> Flags:
    """Where the 95% limits lie too far off for the estimate to be shown."""
    wide: Flags = normal_quantile(0.95) * error > WIDEST_HALF
    return wide


def _from_here(matrix: Matrix) -> Matrix:
    """The sum over this and all later bands."""
    return matrix[:, ::-1].cumsum(axis=1)[:, ::-1]


def _over(years: Matrix, alive: Matrix) -> Matrix:
    return np.where(alive == 0, 0.0, years / alive)
