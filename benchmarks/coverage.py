"""How often the slope index's 95% limits hold the truth, for each kind of value, by simulation with a known truth.

Each draw is one area with ten groups: a true gradient, counts drawn from it, and the limits that a publisher would give
them. One call of `slope_index` answers all draws at once. The truth is the slope index of the true values.

Rates come with Byar's limits as OHID publishes them, and with the plain standard error sqrt(count) / population;
proportions with Wilson's limits and with the plain standard error; means with a known standard error.

Run: .venv/bin/python benchmarks/coverage.py [draws] [draws with few events]
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.stats import chi2

from pipelines.measures import slope_index

GROUPS = 10
Z = 1.959963984540054
SEED = 20260101
EVENTS = (50, 200)
FEW_EVENTS = (5, 10, 20)
LEAST, MOST = 0.945, 0.955
"""What 95% limits should cover with 50 events a group or more."""

STEPS = np.linspace(1, -1, GROUPS)
SHARES = np.array([1.0, 1.2, 0.8, 1.1, 0.9, 1.0, 1.3, 0.7, 1.0, 1.0])
"""Populations of the ten groups, in their mean."""


WHY = """
Why some lie outside:
* Byar's limits are themselves wider than 95%, by about 4% for 50 events and 2% for 200: what goes in too wide comes
  out too wide. With the plain standard error of the same counts the slope covers what it should.
* Fitted on the log or log-odds scale, limits are carried back with the middle of the line held fixed, as the reference
  does it. The middle has an error of its own and moves with the slope, so that limits of the slope are too wide here
  and those of the ratio of proportions too narrow, for any number of events. The ratio of rates does not depend on the
  middle, and is exact. The fit on the natural scale (transform=False) has no such flaw."""


@dataclass(frozen=True)
class Design:
    """True values of ten groups, and what is drawn from them: a frame of all draws."""

    name: str
    kind: str
    truth: np.ndarray
    population: np.ndarray
    frame: pl.DataFrame


def draws_of(columns: dict[str, np.ndarray], population: np.ndarray) -> pl.DataFrame:
    """Matrices (draws x groups) as one frame; `draw` tells them apart."""
    draws = len(next(iter(columns.values())))
    flat = {name: np.asarray(matrix, float).ravel() for name, matrix in columns.items()}
    return pl.DataFrame(
        {
            "draw": np.repeat(np.arange(draws), GROUPS),
            "rank": np.tile(np.arange(1, GROUPS + 1), draws),
            "population": np.tile(population, draws),
            **flat,
        }
    )


def byar(count: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Byar's limits of a count, exact Poisson ones under 10, as OHID publishes."""
    with np.errstate(all="ignore"):
        lower = count * (1 - 1 / (9 * count) - Z / (3 * np.sqrt(count))) ** 3
        upper = (count + 1) * (1 - 1 / (9 * (count + 1)) + Z / (3 * np.sqrt(count + 1))) ** 3
        exact = chi2.ppf(0.025, 2 * count) / 2, chi2.ppf(0.975, 2 * count + 2) / 2
    return np.where(count < 10, exact[0], lower), np.where(count < 10, exact[1], upper)


def wilson(count: np.ndarray, denominator: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Wilson's limits of a proportion."""
    root = Z * np.sqrt(Z**2 + 4 * count * (1 - count / denominator))
    return tuple((2 * count + Z**2 + side * root) / (2 * (denominator + Z**2)) for side in (-1, 1))


def means(random: np.random.Generator, draws: int) -> Iterator[Design]:
    """Life expectancies, 8 years from end to end, with standard errors of 0.3 to 0.8 years."""
    truth, population = 79 - 4 * STEPS, 10_000 * SHARES
    error = np.linspace(0.8, 0.3, GROUPS) * np.ones((draws, 1))
    columns = {"value": truth + error * random.standard_normal((draws, GROUPS)), "standard_error": error}
    yield Design("mean, standard error", "mean", truth, population, draws_of(columns, population))


def rates(random: np.random.Generator, draws: int, events: int) -> Iterator[Design]:
    """Deaths per 100,000, three times as many at one end as at the other; `events` expected in the smallest group."""
    truth = 300 * np.exp(np.log(3) / 2 * STEPS)
    population = SHARES / (truth * SHARES).min() * events * 1e5
    count = random.poisson(truth * population / 1e5, (draws, GROUPS)).astype(float)
    scale = 1e5 / population
    lower, upper = byar(count)
    limits = {"value": count * scale, "value_lower": lower * scale, "value_upper": upper * scale}
    yield Design("rate, Byar's limits", "rate", truth, population, draws_of(limits, population))
    plain = {"value": count * scale, "standard_error": np.sqrt(count) * scale}
    yield Design("rate, standard error", "rate", truth, population, draws_of(plain, population))


def proportions(random: np.random.Generator, draws: int, events: int) -> Iterator[Design]:
    """Smoking, about 25% at one end and 8% at the other; `events` expected in the smallest group."""
    truth = 1 / (1 + np.exp(1.75 - 0.65 * STEPS))
    population = np.ceil(SHARES / (truth * SHARES).min() * events)
    count = random.binomial(population.astype(int), truth, (draws, GROUPS)).astype(float)
    lower, upper = wilson(count, population)
    value = count / population
    limits = {"value": value, "value_lower": lower, "value_upper": upper}
    yield Design("proportion, Wilson's limits", "proportion", truth, population, draws_of(limits, population))
    plain = {"value": value, "standard_error": np.sqrt(value * (1 - value) / population)}
    yield Design("proportion, standard error", "proportion", truth, population, draws_of(plain, population))


def covered(design: Design, *, transform: bool) -> dict[str, object]:
    """The share of draws whose limits hold the truth, among those with limits; and how limits were found."""
    true = draws_of({"value": design.truth[None]}, design.population)
    truth = slope_index(true, by=[], kind=design.kind, transform=transform).row(0, named=True)
    answer = slope_index(design.frame, by=["draw"], kind=design.kind, transform=transform)
    shares = {}
    for measure in ("slope_index", "relative_index"):
        holds = pl.col(f"{measure}_lower").is_between(-np.inf, truth[measure]) & (
            pl.col(f"{measure}_upper") >= truth[measure]
        )
        shares[measure] = answer.select(
            holds.mean().alias("covered"), pl.col(f"{measure}_lower").is_not_null().mean().alias("answered")
        ).row(0)
    method = answer["interval_method"].value_counts().sort("count", "interval_method").row(-1)[0]
    return {**shares, "method": method}


def designs(draws: int, few_draws: int) -> Iterator[tuple[str, Design]]:
    """Every design with its number of events, each with a seed of its own."""
    for design in means(np.random.default_rng(SEED), draws):
        yield "", design
    for make in (rates, proportions):
        for events in (*EVENTS, *FEW_EVENTS):
            many = draws if events in EVENTS else few_draws
            for design in make(np.random.default_rng([SEED, events]), many, events):
                if events in EVENTS or "limits" in design.name:
                    yield str(events), design


def main(draws: int, few_draws: int) -> None:
    """Print one line per design and transform."""
    started = time.perf_counter()
    error = (0.05 * 0.95 / np.array([draws, few_draws])) ** 0.5
    print(f"95% limits of the slope and of the ratio: how many of 100 draws they hold the truth in. {GROUPS} groups,")
    print(f"{draws:,} draws (noise of the share {error[0]:.2%}); {few_draws:,} where events are few ({error[1]:.2%}).")
    print("Events are those expected in the smallest group. Draws without limits (a count of 0, a denominator that may")
    print("be 0) are left out; 'answered' is the share left.")
    print(f"\n{'':29}{'events':>7} {'fit':10}{'slope':>8}{'answered':>10}{'ratio':>8}{'answered':>10}  most found by")
    outside = []
    for events, design in designs(draws, few_draws):
        for transform in (False, True) if design.kind != "mean" else (False,):
            found = covered(design, transform=transform)
            (slope, slopes), (ratio, ratios) = found["slope_index"], found["relative_index"]
            fit = "natural" if not transform else "log" if design.kind == "rate" else "log-odds"
            shown = [f"{share:8.2%}" if share is not None else f"{'-':>8}" for share in (slope, ratio)]
            print(
                f"{design.name:29}{events:>7} {fit:10}{shown[0]}{slopes:10.1%}{shown[1]}{ratios:10.1%}  "
                f"{found['method']}"
            )
            if events in ("", *map(str, EVENTS)):
                outside += [
                    f"{design.name}, {events or 'any'} events, {fit}: {name} {share:.2%}"
                    for name, share in (("slope", slope), ("ratio", ratio))
                    if not LEAST <= share <= MOST
                ]
    print(f"\n{time.perf_counter() - started:.0f} seconds")
    if outside:
        print(f"Outside {LEAST:.1%} to {MOST:.1%} with 50 events or more:", *outside, sep="\n  ")
        print(WHY)


if __name__ == "__main__":
    main(*(int(argument) for argument in (sys.argv[1:3] + ["20000", "1000"][len(sys.argv) - 1 :])))
