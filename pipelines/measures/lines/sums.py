"""Limits of a slope and of a ratio of fitted ends, when values are normal on the log or logit scale but summed as is.

What belongs here: which quantile of which weighted sum is wanted, and by which of three routes. What does not: how a
route works (`cumulants.py`, `characteristic.py`, `draws.py`), or the fit (`slope_index.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from pipelines.measures.lines.characteristic import ByCharacteristicFunction
from pipelines.measures.lines.cumulants import ByCumulants
from pipelines.measures.lines.draws import drawn_limits
from pipelines.measures.lines.line_limits import Limits
from pipelines.measures.lines.sum_law import Rows, SumLaw, crossing
from pipelines.measures.reading.groups import Flags, Matrix
from pipelines.measures.reading.links import Link

SEEN = 16.0
"""How many scales from its centre an inverted law is good to 1e-11; at 30, evenly spaced nodes see it repeated."""


class Route(Protocol):
    """A way to the law of weighted sums of a block's values; `middle` is where each value lies."""

    @property
    def middle(self) -> Matrix: ...  # noqa: D102

    def law(self, contrast: Matrix, rows: Rows) -> SumLaw: ...  # noqa: D102


ROUTES: tuple[tuple[str, Callable[[Link, Matrix, Matrix], Route], int], ...] = (
    ("cumulants", ByCumulants, 1024),
    ("characteristic_function", ByCharacteristicFunction, 256),
)
"""From fast to general; with how many groups at once, for memory."""


def summed_limits(
    link: Link, value: Matrix, error: Matrix, *, weight: Matrix, over: Matrix, under: Matrix, z: float
) -> Limits:
    """Limits of sum weight * Y and of (sum over * Y) / (sum under * Y), Y = g(value + error * Z).

    A limit of the ratio is the r at which sum (over - r * under) * Y has the wanted quantile at 0, as Fieller's is for
    normal values: there is one wherever the denominator is above 0 by more than chance at the confidence asked. The
    ratio is of what cannot be negative, so that its lower limit is 0 where the numerator may be 0 or below.
    Each group takes the first route that is good enough for it.
    """
    slopes, ratios = np.full((2, len(value)), np.nan), np.full((2, len(value)), np.nan)
    certain = (error == 0).all(axis=1)
    point, top, bottom = ((contrast * link.inverse(value)).sum(axis=1) for contrast in (weight, over, under))
    slopes[:, certain], ratios[:, certain] = point[certain], (top / bottom)[certain]
    methods = [("cumulants", certain.copy())]
    left = np.flatnonzero(np.isfinite(error).all(axis=1) & ~certain)
    for place, (name, route, size) in enumerate(ROUTES, start=1):
        used = np.zeros(len(value), bool)
        for few in np.split(left, range(size, len(left), size)):
            contrasts = [contrast[few] for contrast in (weight, over, under)]
            used[few], slopes[:, few], ratios[:, few] = _by_route(
                route(link, value[few], error[few]), *contrasts, z=z, last=place == len(ROUTES)
            )
        left = left[~used[left]]
        methods.append((name, used))
    drawn = np.zeros(len(value), bool)
    drawn[left] = True
    slopes[:, left], ratios[:, left] = drawn_limits(
        link, value[left], error[left], weight=weight[left], over=over[left], under=under[left], z=z
    )
    methods.append(("simulation", drawn))
    return Limits(slopes[0], slopes[1], ratios[0], ratios[1], tuple(methods))


def _by_route(
    route: Route, weight: Matrix, over: Matrix, under: Matrix, *, z: float, last: bool
) -> tuple[Flags, Matrix, Matrix]:
    """For which groups the route is good enough; their two limits of the slope, and of the ratio where it has any.

    A group whose ratio has limits that the route cannot find is left to the next route, if there is one.
    """
    slopes, ratios = np.full((2, len(weight)), np.nan), np.full((2, len(weight)), np.nan)
    law = route.law(weight, np.arange(len(weight)))
    for end, quantile in enumerate((-z, z)):
        start = np.where(law.sound, law.centre + quantile * law.scale, np.nan)
        slopes[end] = crossing(lambda at, groups: law.only(groups).below(at), start=start, reach=law.scale, z=quantile)
    good = np.isfinite(slopes).all(axis=0)
    groups = np.flatnonzero(good)
    denominator = route.law(under[groups], groups)
    bounded = ((over * route.middle).sum(axis=1)[groups] > 0) & _is_above_nothing(denominator, z=z)
    if not last:
        good[groups] = denominator.sound
    groups = groups[denominator.sound & bounded]
    ratios[:, groups] = _ratio_limits(route, over[groups], under[groups], groups, z=z)
    if not last:
        good[groups] = np.isfinite(ratios[:, groups]).all(axis=0)
    return good, slopes, ratios


def _ratio_limits(route: Route, over: Matrix, under: Matrix, groups: Rows, *, z: float) -> Matrix:
    top, bottom = ((contrast * route.middle[groups]).sum(axis=1) for contrast in (over, under))
    ratio = top / bottom
    reach = route.law(over - ratio[:, None] * under, groups).scale / top

    def below(log_ratio: Matrix, some: NDArray[np.int64]) -> Matrix:
        """P(over <= ratio * under)."""
        law = route.law(over[some] - np.exp(log_ratio)[:, None] * under[some], groups[some])
        return np.where(law.sound, law.below(np.zeros(len(some))), np.nan)

    limits = [crossing(below, start=np.log(ratio) + end * reach, reach=reach, z=end) for end in (-z, z)]
    numerator = route.law(over, groups)
    from_nothing = numerator.sound & ~_is_above_nothing(numerator, z=z)
    return np.stack([np.where(from_nothing, 0.0, np.exp(limits[0])), np.exp(limits[1])])


def _is_above_nothing(law: SumLaw, *, z: float) -> Flags:
    """Whether a fitted end is above 0 by more than chance. Further from its centre than the inverted law is good for,
    it lies there for certain.
    """
    nearer = np.maximum(0.0, law.centre - SEEN * law.scale)
    above: Flags = law.below(nearer) < ndtr(-z)
    return above
