"""How fast the measures are beside plain NumPy, in the same run and from the same unsorted flat columns.

The baseline is the least that the formula takes: lexsort, reshape, arithmetic, with no checks of the input, no notes
and no keys beside the answer. It answers the same figures, or this fails. All data are modelled (made up). Rates and
proportions have no plain baseline, as their limits need the law of a sum: their time alone is shown. The slope of a
mean is also compared with simulating its limits, which is the published method.

Run: .venv/bin/python benchmarks/measures.py [--groups 12000] [--million]
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pipelines.measures import (
    EUROPEAN_STANDARD_POPULATION_2013,
    directly_standardised_rate,
    life_expectancy,
    slope_index,
)

Column = NDArray[np.float64]
Columns = dict[str, NDArray[np.generic]]

Z, Z_INPUT = 1.959963984540054, 1.959964
AGREED = 1e-9
"""How far, as a part of themselves, our figures may lie from the baseline's."""

MILLION = 1_000_000
BOUND_GIB = 4
STEPS = (MILLION // 4, MILLION // 2, MILLION)
SIMULATED_GROUPS, DRAWS, MONTE_CARLO = 60, 100_000, 6.8
"""A simulated 95% limit lies within about five standard deviations: 6.8 half-widths over the root of the draws."""

AGES = np.array([0.0, 1.0, *range(5, 95, 5)])
REFERENCES = {
    "slope_index of a mean": "53 minutes",
    "life_expectancy": "22 s",
    "directly_standardised_rate": "2.5 s",
}
"""What PHEindicatormethods 2.1.0 takes for 12,000 groups on another machine, the slope index extrapolated."""


@dataclass(frozen=True)
class Work:
    """A measure and the least that it takes: both from the same columns, which `made` makes for so many groups."""

    name: str
    rows: int
    made: Callable[[int], Columns]
    ours: Callable[[pl.DataFrame], pl.DataFrame]
    figures: Sequence[str]
    plain: Callable[[Columns], list[Column]] | None = None


def shuffled(columns: Columns) -> Columns:
    """The rows in no order."""
    order = np.random.default_rng(3).permutation(len(columns["area"]))
    return {name: column[order] for name, column in columns.items()}


def deciles(groups: int, kind: str = "mean") -> Columns:
    """A measure by decile in made-up areas, with a gradient, uneven populations and known errors."""
    random = np.random.default_rng(20260101)
    rows = groups * 10
    rank = np.tile(np.arange(1, 11), groups)
    population = random.integers(5_000, 30_000, rows)
    if kind == "mean":
        value, error = 74.5 + 0.9 * rank + random.normal(0, 0.6, rows), random.uniform(0.25, 1.1, rows)
    else:
        share = (0.22 - 0.012 * rank) * random.uniform(0.9, 1.1, rows)
        value, error = share, np.sqrt(share * (1 - share) / (population / 10))
        if kind == "rate":
            value, error = 1e5 * value / 20, 1e5 * np.sqrt(value / 20 / population)
    area = np.repeat(np.arange(groups), 10)
    return shuffled({"area": area, "rank": rank, "population": population, "value": value, "standard_error": error})


def bands(groups: int) -> Columns:
    """Deaths and populations in 20 age bands, with mortality that doubles every eight years."""
    random = np.random.default_rng(20260102)
    rate = np.where(AGES == 0, 0.004, np.minimum(4e-5 * 2 ** (AGES / 8), 0.3))
    population = random.integers(2_000, 9_000, (groups, len(AGES)))
    deaths = np.minimum(random.poisson(rate * population) + (AGES == 90), population)
    area, age = np.repeat(np.arange(groups), len(AGES)), np.tile(AGES.astype(np.int64), groups)
    return shuffled({"area": area, "age_start": age, "deaths": deaths.ravel(), "population": population.ravel()})


def standard_bands(groups: int) -> Columns:
    """Events in the 19 bands of the European Standard Population."""
    random = np.random.default_rng(20260103)
    weight = np.array(list(EUROPEAN_STANDARD_POPULATION_2013.values()))
    population = random.integers(2_000, 9_000, (groups, len(weight)))
    count = random.poisson(population * np.linspace(0.0005, 0.02, len(weight)))
    area = np.repeat(np.arange(groups), len(weight))
    return shuffled(
        {
            "area": area,
            "count": count.ravel(),
            "population": population.ravel(),
            "standard_population": np.tile(weight, groups),
        }
    )


def plain_slopes(columns: Columns) -> list[Column]:
    """Slope and relative index with their limits: normal, and Fieller's."""
    order = np.lexsort((columns["rank"], columns["area"]))
    population, value, error = (
        columns[name][order].reshape(-1, 10).astype(float) for name in ("population", "value", "standard_error")
    )
    share = population / population.sum(axis=1, keepdims=True)
    centred = share.cumsum(axis=1) - share / 2 - 0.5
    weight = share * centred / (share * centred**2).sum(axis=1, keepdims=True)
    slope, mean, squared = (weight * value).sum(axis=1), (share * value).sum(axis=1), error**2
    half = Z * np.sqrt((weight**2 * squared).sum(axis=1))
    low, high = share - weight / 2, share + weight / 2
    most, least = mean - slope / 2, mean + slope / 2
    a = most**2 - Z**2 * (low**2 * squared).sum(axis=1)
    b = most * least - Z**2 * (low * high * squared).sum(axis=1)
    d = least**2 - Z**2 * (high**2 * squared).sum(axis=1)
    root = np.sqrt(b**2 - a * d)
    return [slope, slope - half, slope + half, least / most, (b - root) / a, (b + root) / a]


def plain_life_tables(columns: Columns) -> list[Column]:
    """Life expectancy at every age with its limits."""
    order = np.lexsort((columns["age_start"], columns["area"]))
    deaths, population = (columns[name][order].reshape(-1, 20).astype(float) for name in ("deaths", "population"))
    years, part = np.array([1.0, 4.0, *[5.0] * 17, 0.0]), np.array([0.1, *[0.5] * 19])
    rate = deaths / population
    dying = np.minimum(years * rate / (1 + years * (1 - part) * rate), 1)
    dying[:, -1] = 1
    alive = np.cumprod(np.hstack([np.ones((len(dying), 1)), 1 - dying[:, :-1]]), axis=1)
    lived = years * alive * (1 - (1 - part) * dying)
    lived[:, -1] = alive[:, -1] / rate[:, -1]
    expected = lived[:, ::-1].cumsum(axis=1)[:, ::-1] / alive
    following = np.hstack([expected[:, 1:], np.zeros((len(dying), 1))])
    with np.errstate(invalid="ignore"):
        spread = np.where(deaths > 0, dying**2 * (1 - dying) / deaths, 0) * alive**2
    spread *= ((1 - part) * years + following) ** 2
    spread[:, -1] = alive[:, -1] ** 2 / (deaths[:, -1] * rate[:, -1] ** 2)
    error = np.sqrt(spread[:, ::-1].cumsum(axis=1)[:, ::-1]) / alive
    return [part.ravel() for part in (expected, expected - Z * error, expected + Z * error)]


def plain_rates(columns: Columns) -> list[Column]:
    """Directly standardised rates with Dobson's limits."""
    order = np.argsort(columns["area"], kind="stable")
    count, population, weight = (
        columns[name][order].reshape(-1, 19).astype(float) for name in ("count", "population", "standard_population")
    )
    whole = weight.sum(axis=1)
    value = (weight * count / population).sum(axis=1) / whole
    total = count.sum(axis=1)
    scale = np.sqrt((weight**2 * count / population**2).sum(axis=1) / whole**2 / total)
    low = total * (1 - 1 / (9 * total) - Z / (3 * np.sqrt(total))) ** 3
    above = total + 1
    high = above * (1 - 1 / (9 * above) + Z / (3 * np.sqrt(above))) ** 3
    return [1e5 * value, 1e5 * (value + scale * (low - total)), 1e5 * (value + scale * (high - total))]


INDICES = [f"{index}{end}" for index in ("slope_index", "relative_index") for end in ("", "_lower", "_upper")]
MEANS = Work("slope_index of a mean", 10, deciles, partial(slope_index, by=["area"]), INDICES, plain_slopes)
LIFE_TABLES = Work(
    "life_expectancy",
    20,
    bands,
    partial(life_expectancy, by=["area"]),
    ["life_expectancy", "life_expectancy_lower", "life_expectancy_upper"],
    plain_life_tables,
)
RATES = Work(
    "directly_standardised_rate",
    19,
    standard_bands,
    partial(directly_standardised_rate, by=["area"]),
    ["value", "value_lower", "value_upper"],
    plain_rates,
)
OF_A_SUM = [
    Work(
        f"slope_index of a {kind}{', transformed' if transform else ''}",
        10,
        partial(deciles, kind=kind),
        partial(slope_index, by=["area"], kind=kind, transform=transform),
        INDICES,
    )
    for kind in ("rate", "proportion")
    for transform in (False, True)
]


@dataclass(frozen=True)
class Taken:
    """The median of several calls, in seconds: by the clock, and of all processors together."""

    clock: float
    processors: float


def taken(*works: Callable[[], object], repeats: int) -> list[Taken]:
    """The time of each work, in turns, so that a busy moment falls on all; first calls are not counted."""
    found: list[list[tuple[float, float]]] = [[] for _ in works]
    for turn in range(repeats + 1):
        for place, work in enumerate(works):
            clock, processors = time.perf_counter(), time.process_time()
            work()
            if turn:
                found[place].append((time.perf_counter() - clock, time.process_time() - processors))
    return [Taken(*(statistics.median(column) for column in zip(*times, strict=True))) for times in found]


def compare(work: Work, groups: int, repeats: int) -> None:
    """Time a measure and its baseline, print a line, and stop where their figures differ."""
    columns = work.made(groups)
    frame = pl.DataFrame(columns)
    start = f"{work.name:42}{groups:>10,} x {work.rows:<4}"
    if work.plain is None:
        (ours,) = taken(lambda: work.ours(frame), repeats=repeats)
        print(f"{start}{ours.clock:>9.3f}{1e6 * ours.clock / groups:>11.1f}", flush=True)
        return
    plain = work.plain
    ours, baseline = taken(lambda: work.ours(frame), lambda: plain(columns), repeats=repeats)
    answer = work.ours(frame)
    apart = max(
        float(np.nanmax(np.abs(answer[name].to_numpy() / theirs - 1)))
        for name, theirs in zip(work.figures, plain(columns), strict=True)
    )
    missing = sum(answer[name].null_count() for name in work.figures)
    print(
        f"{start}{ours.clock:>9.3f}{1e6 * ours.clock / groups:>11.1f}{baseline.clock:>10.3f}"
        f"{ours.clock / baseline.clock:>7.2f}{ours.processors / baseline.processors:>11.2f}{apart:>10.0e}",
        flush=True,
    )
    if missing or not apart <= AGREED:
        sys.exit(f"{work.name}: ours and the baseline differ by {apart:.1e}; {missing} figures are missing.")


def simulate(groups: int) -> None:
    """The closed form beside the published method, which draws each value 100,000 times."""
    columns = deciles(groups)
    frame = pl.DataFrame(columns).sort("area", "rank")
    ours = taken(lambda: slope_index(frame, by=["area"]), repeats=5)[0].clock
    random = np.random.default_rng(1)
    low, high = round((DRAWS - 1) * 0.025), round((DRAWS - 1) * 0.975)
    limits, start = [], time.perf_counter()
    for group in frame.partition_by("area", maintain_order=True):
        share = (group["population"] / group["population"].sum()).to_numpy()
        centred = share.cumsum() - share / 2 - 0.5
        weight = share * centred / (share * centred**2).sum()
        noise = random.standard_normal((DRAWS, 10))
        values = group["value"].to_numpy() + group["standard_error"].to_numpy() * noise
        slope, mean = values @ weight, values @ share
        ratio = (mean + slope / 2) / (mean - slope / 2)
        slope.sort()
        ratio.sort()
        limits.append([slope[low], slope[high], ratio[low], ratio[high]])
    simulated = time.perf_counter() - start
    answer = slope_index(frame, by=["area"]).select(name for name in INDICES if name.endswith("er")).to_numpy()
    half_width = np.repeat((answer[:, 1::2] - answer[:, ::2]) / 2, 2, axis=1)
    apart, allowed = float((np.abs(answer - np.array(limits)) / half_width).max()), MONTE_CARLO / DRAWS**0.5
    print(
        f"\nSimulated instead, {DRAWS:,} draws a group, {groups} groups: {simulated:.2f} s against {ours:.4f} s, "
        f"{simulated / ours:,.0f} times as long.\nTheir limits lie within {apart:.2%} of the half-width of ours; the "
        f"noise of the draws alone allows {allowed:.2%}."
    )
    if apart > allowed:
        sys.exit("The simulated limits lie further off than the noise of the draws.")


def peak(groups: int) -> float:
    """The most memory, in GiB, that a process of its own takes to make the columns and measure them."""
    command = [sys.executable, __file__, "--peak-of", str(groups)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def print_peak(groups: int) -> None:
    """In the process of its own: measure, and print the most memory it took."""
    slope_index(pl.DataFrame(deciles(groups)), by=["area"])
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(most * (1 if sys.platform == "darwin" else 1024) / 1024**3)


def print_peaks() -> None:
    """The memory of a million groups and of fewer; an error where it passes its bound.

    To be called before anything large: a process starts with the peak of the one that started it.
    """
    print("Peak memory of a whole process, columns and all (slope_index of a mean):")
    peaks = {step: peak(step) for step in STEPS}
    for step, gib in peaks.items():
        print(f"{step:>12,} groups: {gib:.2f} GiB (bound for a million: {BOUND_GIB} GiB)", flush=True)
    first, second = peaks[STEPS[1]] - peaks[STEPS[0]], (peaks[STEPS[2]] - peaks[STEPS[1]]) / 2
    print(f"250,000 groups more take {first:.2f} GiB, and then {second:.2f} GiB.\n")
    if peaks[MILLION] > BOUND_GIB:
        sys.exit(f"A million groups took more than {BOUND_GIB} GiB.")


def main(groups: int, *, million: bool) -> None:
    """Print the tables; stop with an error where figures differ or memory passes its bound."""
    if million:
        print_peaks()
    print(f"Modelled data, rows in no order; medians; baseline: plain NumPy. Load of this machine: {load()}.\n")
    heads = f"{'ours, s':>9}{'us a group':>11}{'NumPy, s':>10}{'ratio':>7}{'processors':>11}{'apart':>10}"
    print(f"{'':42}{'groups x rows':>17}{heads}")
    for work in (MEANS, LIFE_TABLES, RATES, *OF_A_SUM):
        compare(work, groups, 7 if work.plain else 3)
    if million:
        for work in (MEANS, LIFE_TABLES, RATES):
            compare(work, MILLION, 3)
    print("ratio: ours to NumPy by the clock; processors: the same of all processors' time; apart: largest difference")
    quoted = "; ".join(f"{name} {time_taken}" for name, time_taken in REFERENCES.items())
    print(f"\nQuoted, not measured here: PHEindicatormethods 2.1.0 for 12,000 groups: {quoted}.")
    simulate(SIMULATED_GROUPS)


def load() -> str:
    """How busy the machine is: the mean number of running processes over a minute, beside its processors."""
    return f"{os.getloadavg()[0]:.1f} on {os.cpu_count()} processors"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--groups", type=int, default=12_000)
    parser.add_argument("--million", action="store_true", help="also a million groups, and their memory")
    parser.add_argument("--peak-of", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.peak_of:
        print_peak(given.peak_of)
    else:
        main(given.groups, million=given.million)
