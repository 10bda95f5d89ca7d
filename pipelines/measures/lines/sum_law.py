"""The law of a sum, held as its characteristic function at some nodes, and inverted to probabilities.

What belongs here: inversion (Gil-Pelaez), and the point where a rising probability passes a wanted one. What does
not: where a characteristic function comes from (`cumulants.py`, `characteristic.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from pipelines.measures.reading.groups import Flags, Matrix

Rows = NDArray[np.int64]

MOST_STEPS = 15
CLOSE = 1e-6
"""A step begun this close to the wanted normal quantile ends far closer: secant steps shorten faster each time."""


@dataclass(frozen=True)
class SumLaw:
    """One sum per group: (sum - `centre`) / `scale` has modulus and angle of its characteristic function at `node`.

    Shapes: `centre`, `scale`, `sound` one number per group; `node` and `step` (the rule's step over the node) one per
    node; `modulus` and `angle` groups x nodes. Where `sound` is false the law is not good enough to use.
    Further than `furthest` scales from the centre, where evenly spaced nodes would repeat the law, lies nothing.
    """

    centre: Matrix
    scale: Matrix
    node: Matrix
    step: Matrix
    modulus: Matrix
    angle: Matrix
    sound: Flags
    furthest: float = np.inf

    def only(self, groups: Rows) -> SumLaw:
        """The law of some of the groups."""
        parts = {name: getattr(self, name)[groups] for name in ("centre", "scale", "modulus", "angle", "sound")}
        return replace(self, **parts)

    def below(self, point: Matrix) -> Matrix:
        """P(sum <= point), one point per group: 1/2 - 1/pi times the integral of Im[exp(-i t x) phi(t)] / t over t."""
        away = (point - self.centre) / self.scale
        turned = self.angle - self.node * away[:, None]
        probability = 0.5 - (self.step * self.modulus * np.sin(turned)).sum(axis=1) / np.pi
        return np.where(np.abs(away) < self.furthest, probability, (away > 0).astype(float))


def crossing(
    below: Callable[[Matrix, Rows], Matrix],
    *,
    start: Matrix,
    reach: Matrix,
    z: float,
) -> Matrix:
    """Where a probability that rises with its point passes that of the normal quantile `z`; NaN where not found.

    `below(points, groups)` gives it for some of the groups; `reach` is about how far a point must move for the normal
    quantile to move by 1. Secant steps on the scale of normal quantiles, where the curve is nearly straight. Each
    group goes its own way and stops on its own, so neighbours do not move its last digit.
    """
    point = start.copy()
    groups = np.flatnonzero(np.isfinite(start) & np.isfinite(reach) & (reach > 0))
    found = np.full(len(start), np.nan)
    slope = reach.copy()
    last_point, last_miss = np.full(len(start), np.nan), np.full(len(start), np.nan)
    for _ in range(MOST_STEPS):
        if not len(groups):
            break
        miss = ndtri(np.clip(below(point[groups], groups), 1e-13, 1 - 1e-13)) - z
        rise = (point[groups] - last_point[groups]) / (miss - last_miss[groups])
        usable = np.isfinite(rise) & (rise > reach[groups] / 20) & (rise < reach[groups] * 20)
        slope[groups] = np.where(usable, rise, slope[groups])
        last_point[groups], last_miss[groups] = point[groups], miss
        point[groups] = point[groups] - np.clip(miss, -2, 2) * slope[groups]
        near = np.abs(miss) < CLOSE
        found[groups[near]] = point[groups[near]]
        groups = groups[~near & np.isfinite(miss)]
    return found
