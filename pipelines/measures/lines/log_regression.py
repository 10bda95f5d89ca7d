"""Regression of counts on a place and on age with a log link, for many groups at once.

What belongs here: the fit and the covariance of its parameters. What does not: what is read off them
(`slope_index_regression.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipelines.measures.reading.groups import Flags, Matrix

MODELS = ("poisson", "modified_poisson", "log_binomial")
STEPS = 60
LARGEST_STEP = 2.0
"""A parameter moves by no more than this in one step, on the log scale."""
SMALL = 1e-10
CLOSEST = 1e-9
"""A fitted proportion is kept this far below 1."""


@dataclass(frozen=True)
class Fit:
    """One model per group: `of_age` (groups x ages, -inf where an age has no events) and `beta` of the place.

    `covariance` is of both together (groups x parameters x parameters), the place last, 0 for an age without events.
    `dispersion`: Pearson's chi-squared over its degrees of freedom, NaN where there are none.
    """

    of_age: Matrix
    beta: Matrix
    covariance: Matrix
    dispersion: Matrix
    converged: Flags


def fitted(count: Matrix, people: Matrix, *, at_age: Matrix, place: Matrix, model: str) -> Fit:
    """Fit log(rate) = a(age) + beta * place to each group by Newton's method (Fisher scoring).

    `count`, `people` and `place` are groups x cells; `at_age` is 1 where a cell is of an age (groups x cells x ages).
    """
    events = (count[:, :, None] * at_age).sum(axis=1)
    silent = events <= 0
    at_age = np.where(silent[:, None, :], 0.0, at_age)
    told = at_age.sum(axis=2) > 0
    design = np.concatenate([at_age, (place * told)[:, :, None]], axis=2)
    unused = (design == 0).all(axis=1)
    size = np.where(told, people, 0.0)
    start = np.log(events / np.maximum((people[:, :, None] * at_age).sum(axis=1), 1e-300))
    theta = np.concatenate(
        [
            np.where(silent, 0.0, np.minimum(start, np.log1p(-1e-6)) if model == "log_binomial" else start),
            np.zeros((len(count), 1)),
        ],
        axis=1,
    )
    binomial = model == "log_binomial"
    converged = np.zeros(len(count), dtype=np.bool_)
    for _ in range(STEPS):
        score, information = _derivatives(theta, design, count, size, binomial=binomial)
        step = _solved(information, score, unused)
        step = np.where(np.isfinite(step), step, 0.0)
        largest = np.abs(step).max(axis=1)
        step *= np.minimum(1.0, LARGEST_STEP / np.maximum(largest, 1e-300))[:, None]
        if binomial:
            step *= _within(theta, step, design)[:, None]
        moved = np.abs(step).max(axis=1)
        theta = np.where(converged[:, None], theta, theta + step)
        converged |= moved < SMALL
        if converged.all():
            break
    _, information = _derivatives(theta, design, count, size, binomial=binomial)
    covariance = _inverse(information, unused)
    rate = np.where(told, np.exp(np.einsum("gcp,gp->gc", design, theta)), 0.0)
    if model == "modified_poisson":
        squares = count * (1 - rate) ** 2 + np.maximum(size - count, 0) * rate**2
        meat = np.einsum("gc,gcp,gcq->gpq", squares, design, design)
        covariance = covariance @ meat @ covariance
    variance = size * rate * (1.0 if model == "poisson" else 1 - rate)
    freedom = told.sum(axis=1) - (~unused).sum(axis=1)
    pearson = np.where(variance > 0, (count - size * rate) ** 2 / np.where(variance > 0, variance, 1.0), 0.0)
    at_edge = binomial & (rate.max(axis=1) >= 1 - 10 * CLOSEST)
    return Fit(
        of_age=np.where(silent, -np.inf, theta[:, :-1]),
        beta=theta[:, -1],
        covariance=covariance,
        dispersion=np.where(freedom > 0, pearson.sum(axis=1) / np.maximum(freedom, 1), np.nan),
        converged=converged & ~at_edge,
    )


def _derivatives(
    theta: Matrix, design: Matrix, count: Matrix, size: Matrix, *, binomial: bool
) -> tuple[Matrix, Matrix]:
    """Score and expected information of each group."""
    rate = np.exp(np.einsum("gcp,gp->gc", design, theta))
    expected = size * rate
    off, weight = np.where(size > 0, count - expected, 0.0), expected
    if binomial:
        rest = np.maximum(1 - rate, CLOSEST)
        off, weight = off / rest, weight / rest
    return np.einsum("gcp,gc->gp", design, off), np.einsum("gc,gcp,gcq->gpq", weight, design, design)


def _within(theta: Matrix, step: Matrix, design: Matrix) -> Matrix:
    """The part of a step, by halving, that keeps every fitted proportion below 1."""
    part = np.ones(len(theta))
    for _ in range(50):
        beyond = (np.einsum("gcp,gp->gc", design, theta + part[:, None] * step) > np.log1p(-CLOSEST)).any(axis=1)
        if not beyond.any():
            break
        part = np.where(beyond, part / 2, part)
    return part


def _solved(information: Matrix, score: Matrix, unused: Flags) -> Matrix:
    return np.asarray(np.einsum("gpq,gq->gp", _inverse(information, unused), score))


def _inverse(information: Matrix, unused: Flags) -> Matrix:
    """The inverse of each group's information; 0 for unused parameters, NaN where there is none."""
    places = np.arange(information.shape[1])
    filled = information.copy()
    filled[:, places, places] += unused
    # By the size of the diagonal, so that a rare age and a common one are equally far from singular.
    size = np.sqrt(np.maximum(filled[:, places, places], 1e-300))
    scaled = filled / size[:, :, None] / size[:, None, :]
    sound: Flags = np.logical_and.reduce(np.isfinite(scaled), axis=(1, 2))
    sound &= np.linalg.cond(np.where(sound[:, None, None], scaled, np.eye(len(places)))) < 1e12
    inverse = np.linalg.inv(np.where(sound[:, None, None], scaled, np.eye(len(places))))
    inverse = inverse / size[:, :, None] / size[:, None, :]
    inverse[:, places, places] *= np.where(unused, 0.0, 1.0)
    return np.where(sound[:, None, None], inverse, np.nan)
