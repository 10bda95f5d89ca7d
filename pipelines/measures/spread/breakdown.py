"""The values of the categories of each group, with their shares, errors and what they are compared with.

What belongs here: what the summary measures share before their formulas differ. What does not: a formula.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from pipelines.measures.reading.groups import Block, Flags, Matrix
from pipelines.measures.spread.sampling import p_of_equality


@dataclass(frozen=True)
class Breakdown:
    """Groups x categories, ordered most to least disadvantaged where `ordered`.

    `error` is NaN throughout a group whose uncertainty is incomplete; `population` is NaN where there is none;
    `total` is each group's published total or NaN; `reference` is the place of the reference category, -1 for none.
    `named` says that the caller chose the reference, `as_who` that errors are taken as WHO's handbook takes them.
    """

    value: Matrix
    error: Matrix
    population: Matrix
    total: Matrix
    reference: NDArray[np.int64]
    named: bool
    as_who: bool
    favourable: bool
    ordered: bool
    scale: float
    z: float

    @cached_property
    def sign(self) -> int:
        """1 where more is better, else -1: times least minus most it is positive when worse for the disadvantaged."""
        return 1 if self.favourable else -1

    @cached_property
    def share(self) -> Matrix:
        """Shares of the population."""
        return np.asarray(self.population / self.population.sum(axis=1, keepdims=True))

    @cached_property
    def variance(self) -> Matrix:
        """Squared standard errors."""
        return self.error**2

    @cached_property
    def mean(self) -> Matrix:
        """The population-weighted mean of each group, exactly the value where all values are the same."""
        first = self.value[:, 0]
        return np.asarray(first + (self.share * (self.value - first[:, None])).sum(axis=1))

    @cached_property
    def mean_not_positive(self) -> tuple[str, Flags]:
        """The note of a measure that divides by the mean, which must be above 0."""
        return "mean_not_positive", self.mean <= 0

    @cached_property
    def p_of_equality(self) -> Matrix:
        """How likely equal values differ as much as these; NaN without errors."""
        return p_of_equality(self.value, self.error)

    @property
    def alpha(self) -> float:
        """How often values may be told from equals that they are: 0.05 for 95% limits."""
        return float(2 * ndtr(-self.z))

    def at_reference(self, matrix: Matrix) -> Matrix:
        """The reference category's cell of each group; NaN where there is none."""
        found = matrix[np.arange(len(matrix)), self.reference]
        return np.where(self.reference >= 0, found, np.nan)


def breakdown_of(
    block: Block, *, favourable: bool, ordered: bool, named: bool, as_who: bool, scale: float, z: float
) -> Breakdown:
    """The block's columns as the formulas read them."""
    value, error, population = (block.matrix(name) for name in ("value", "standard_error", "population"))
    if named:
        chosen = block.matrix("is_reference") > 0
        reference = np.where(chosen.any(axis=1), chosen.argmax(axis=1), -1)
    elif ordered:
        reference = np.full(len(value), block.size - 1)
    else:
        reference = population.argmax(axis=1)
    return Breakdown(
        value=value,
        # An incomplete set of standard errors is no interval, also where the measure uses only some of them.
        error=np.where(np.isfinite(error).all(axis=1, keepdims=True), error, np.nan),
        population=population,
        total=np.fmax.reduce(block.matrix("total"), axis=1),
        reference=reference,
        named=named,
        as_who=as_who,
        favourable=favourable,
        ordered=ordered,
        scale=scale,
        z=z,
    )
