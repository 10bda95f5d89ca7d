"""How often 95% limits hold the truth, for every kind of measure, by simulation with a known truth.

Each draw is one area: true values by group, counts or values with errors drawn from them, and the limits of one call
that answers all draws at once. The truth is the measure of the true values. A row of the table is one kind, number of
events, number of groups and confidence:

* `held`: the draws whose limits hold the truth, of all that have limits. `under`, `over`: those whose limits lie wholly
  below or above it.
* `answered`: the draws that have limits. `caution`: those of them with a note (`no_more_than_chance`, `rough_limits`).
* The last column marks what lies outside 93.5 to 96.5 at 95%, and as far in proportion at other levels, where fewer
  than half of the answered draws bear a caution.

Rates and proportions come as counts, as counts with a plain standard error, and with the limits that publishers give
(Byar's, Wilson's). Slopes are not compared where no draw has limits.

Run: .venv/bin/python benchmarks/coverage.py [draws]
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.stats import chi2, norm

from pipelines.measures import excess_events, slope_index, summary_measures

SEED = 20261201
EVENTS = (3, 6, 12, 25, 60)
GROUPS = (5, 10)
CONFIDENCES = (0.95, 0.998)
MOST_OF_LIMITS = 500
"""Draws where limits that publishers give are read: inverting the law of a sum takes 7 ms an area."""
Z = norm.ppf(0.975)
ALLOWED = 0.3
"""How far the share of misses may lie from what is nominal, in parts of it: 3.5 to 6.5% where 5% are meant."""

SPREAD = (
    "between_group_variance",
    "between_group_standard_deviation",
    "coefficient_of_variation",
    "mean_log_deviation",
    "theil_index",
    "index_of_disparity",
    "index_of_disparity_weighted",
    "mean_difference_from_mean",
    "mean_difference_from_mean_weighted",
    "mean_difference_from_best",
    "mean_difference_from_reference",
    "absolute_concentration_index",
    "relative_concentration_index",
    "population_attributable_fraction",
)

Random = np.random.Generator


@dataclass(frozen=True)
class Design:
    """True values of some groups (`truth`, most to least disadvantaged), how many people they hold, and the draws."""

    name: str
    kind: str
    events: str
    truth: np.ndarray
    population: np.ndarray
    frame: pl.DataFrame


def draws_of(columns: dict[str, np.ndarray], population: np.ndarray) -> pl.DataFrame:
    """Matrices (draws x groups) as one frame; `draw` tells them apart."""
    draws, groups = next(iter(columns.values())).shape
    return pl.DataFrame(
        {
            "draw": np.repeat(np.arange(draws), groups),
            "rank": np.tile(np.arange(1, groups + 1), draws),
            "population": np.tile(population, draws),
            **{name: np.asarray(matrix, float).ravel() for name, matrix in columns.items()},
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
    lower, upper = ((2 * count + Z**2 + side * root) / (2 * (denominator + Z**2)) for side in (-1, 1))
    return lower, upper


def sloped(random: Random, draws: int, groups: int) -> Iterator[Design]:
    """Values that fall in a straight line to half: life expectancies' errors, and counts of few and many events."""
    steps = np.linspace(1, -1, groups)
    share = random.uniform(0.8, 1.2, groups)
    truth, error = 79 - 4 * steps, np.linspace(0.8, 0.3, groups) * np.ones((draws, 1))
    means = {"value": truth + error * random.standard_normal((draws, groups)), "standard_error": error}
    yield Design("mean, error", "mean", "", truth, share, draws_of(means, share))
    for events in EVENTS:
        truth = 0.01 * (1 + steps / 3)
        people = share * events / truth.mean()
        yield from counted("rate", truth, people, random.poisson(truth * people, (draws, groups)), events)
        truth = 0.2 * (1 + steps / 3)
        people = np.round(share * events / truth.mean())
        drawn = random.binomial(people.astype(int), truth, (draws, groups))
        yield from counted("proportion", truth, people, drawn, events)


def counted(kind: str, truth: np.ndarray, people: np.ndarray, drawn: np.ndarray, events: int) -> Iterator[Design]:
    """The same counts as counts, with their plain errors, and with the limits that publishers give."""
    count = drawn.astype(float)
    value = count / people
    binomial = kind == "proportion"
    plain = np.sqrt(value * (1 - value) / people) if binomial else np.sqrt(count) / people
    lower, upper = wilson(count, people) if binomial else (limit / people for limit in byar(count))
    for name, columns in {
        "counts": {"numerator": count, "denominator": people * np.ones_like(count)},
        "plain error": {"value": value, "standard_error": plain},
        "published limits": {"value": value, "value_lower": lower, "value_upper": upper},
    }.items():
        most = MOST_OF_LIMITS if name == "published limits" else len(count)
        few = {column: matrix[:most] for column, matrix in columns.items()}
        yield Design(f"{kind}, {name}", kind, str(events), truth, people, draws_of(few, people))


def spread(random: Random, draws: int, groups: int) -> Iterator[Design]:
    """Values with errors of 2: equal groups, a gradient near its noise, a clear one, an outlier, uneven errors."""
    steps, share = np.linspace(1, -1, groups), random.uniform(0.6, 1.4, groups)
    even = 2.0 * np.ones(groups)
    patterns = {
        "equal groups": (0 * steps, even),
        "gradient of twice the error": (4 * steps, even),
        "gradient of five errors": (10 * steps, even),
        "one group apart": (np.where(np.arange(groups) == 0, 10.0, 0.0), even),
        "uneven errors": (8 * steps, 2 * np.geomspace(0.25, 2, groups)),
    }
    for name, (pattern, error) in patterns.items():
        truth = 50 + pattern
        value = truth + error * random.standard_normal((draws, groups))
        columns = {"value": value, "standard_error": error * np.ones((draws, 1))}
        yield Design(name, "spread", "", truth, share, draws_of(columns, share))


def lines(design: Design, confidence: float) -> Iterator[tuple[str, float, pl.DataFrame]]:
    """Slope, relative index and, of rates, the attributable fraction: the truth, and the limits of all draws."""
    exact = draws_of({"value": design.truth[None]}, design.population)
    arguments = {"favourable": False, "confidence": confidence}
    # Where counts are drawn the plain errors are those of means: no law of logarithms is assumed of them.
    kind = "mean" if design.name.endswith("plain error") else design.kind
    true = slope_index(exact, by=[], **arguments).row(0, named=True)
    found = slope_index(design.frame, by=["draw"], kind=kind, **arguments)
    for measure in ("slope_index", "relative_index"):
        columns = {f"{measure}_lower": "value_lower", f"{measure}_upper": "value_upper"}
        yield measure, true[measure], found.rename(columns)
    if design.name.endswith("plain error"):
        true = excess_events(exact, by=[], favourable=False).row(0, named=True)["attributable_fraction"]
        found = excess_events(design.frame, by=["draw"], favourable=False, confidence=confidence)
        ends = {"value_lower": "events_lower", "value_upper": "events_upper"}
        ends |= {f"attributable_fraction_{end}": f"value_{end}" for end in ("lower", "upper")}
        yield "attributable fraction", true, found.rename(ends)


def spreads(design: Design, confidence: float) -> Iterator[tuple[str, float, pl.DataFrame]]:
    """Every measure without a line: the truth, and the limits of all draws."""
    exact = draws_of({"value": design.truth[None]}, design.population)
    arguments = {"favourable": False, "ordered": True, "measures": SPREAD}
    true = dict(summary_measures(exact, by=[], **arguments).select("measure", "value").rows())
    found = summary_measures(design.frame, by=["draw"], confidence=confidence, **arguments)
    for measure in SPREAD:
        yield measure, true[measure], found.filter(pl.col("measure") == measure)


def line_of(design: Design, confidence: float, *, measure: str, true: float, found: pl.DataFrame) -> str:
    """One row of the table."""
    groups = len(design.truth)
    slack = 1e-9 * (1 + abs(true))
    limited = found.drop_nulls(["value_lower", "value_upper"])
    start = f"{measure:36}{design.name:30}{design.events:>6}{groups:>7}{confidence:>8.1%}"
    if not limited.height:
        return f"{start}{'-':>9}"
    over, under = (limited["value_lower"] > true + slack).mean(), (limited["value_upper"] < true - slack).mean()
    caution = limited["note_code"].is_in(["no_more_than_chance", "rough_limits"]).fill_null(value=False).mean()
    held, missed = 1 - over - under, 1 - confidence
    noise = 2 * (missed / limited.height) ** 0.5
    off = abs(over + under - missed) > ALLOWED * missed + noise and caution < 0.5
    answered = limited.height / found.height
    return f"{start}{held:>9.2%}{under:>8.2%}{over:>8.2%}{answered:>9.1%}{caution:>9.1%}{'  <' if off else ''}"


def main(draws: int) -> None:
    """Print the table."""
    started = time.perf_counter()
    print(f"{draws:,} draws each (noise of a share of 95%: {(0.05 * 0.95 / draws) ** 0.5:.2%})\n")
    print(f"{'measure':36}{'from':30}{'events':>6}{'groups':>7}{'meant':>8}{'held':>9}{'under':>8}{'over':>8}", end="")
    print(f"{'answered':>9}{'caution':>9}")
    for groups in GROUPS:
        for make, answers in ((sloped, lines), (spread, spreads)):
            for design in make(np.random.default_rng([SEED, groups]), draws, groups):
                for confidence in CONFIDENCES:
                    for measure, true, found in answers(design, confidence):
                        print(line_of(design, confidence, measure=measure, true=true, found=found), flush=True)
    print(f"\n{time.perf_counter() - started:.0f} seconds")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
