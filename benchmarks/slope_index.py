"""How much faster the slope index's closed-form limits are than simulating them, and how far the two differ.

Both run here, one after the other, on the same modelled data (made-up life expectancies by decile), so the ratios
hold for this machine and this moment. The baseline is the published method written in numpy: 100,000 seeded draws of
the ten values, a line through each draw, and the limits read off the sorted slopes and ratios. It is not the R package.

Run: .venv/bin/python benchmarks/slope_index.py [groups] [simulated groups]
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable

import numpy as np
import polars as pl

from pipelines.measures import slope_index

CATEGORIES = 10
DRAWS = 100_000
REPEATS = 5
MONTE_CARLO = 6.8
"""About five standard deviations of a simulated 95% limit, in half-widths over the square root of the draws."""

LIMITS = ("slope_index_lower", "slope_index_upper", "relative_index_lower", "relative_index_upper")


def modelled(groups: int) -> pl.DataFrame:
    """Life expectancy by decile in made-up areas: a gradient of about 9 years, uneven populations, known errors."""
    random = np.random.default_rng(20260101)
    rows = groups * CATEGORIES
    ranks = np.tile(np.arange(1, CATEGORIES + 1), groups)
    return pl.DataFrame(
        {
            "area": np.repeat(np.arange(groups), CATEGORIES),
            "rank": ranks,
            "population": random.integers(5_000, 30_000, rows),
            "value": 74.5 + 0.9 * ranks + random.normal(0, 0.6, rows),
            "standard_error": random.uniform(0.25, 1.1, rows),
        }
    )


def simulated(frame: pl.DataFrame) -> np.ndarray:
    """95% limits of slope and ratio for every group, one group at a time; columns as `LIMITS`."""
    random = np.random.default_rng(1)
    last = DRAWS - 1
    low, high = round(last * 0.025), round(last * 0.975)
    answers = []
    for group in frame.partition_by("area", maintain_order=True):
        share = (group["population"] / group["population"].sum()).to_numpy()
        centred = share.cumsum() - share / 2 - 0.5
        weight = share * centred / (share * centred**2).sum()
        noise = random.standard_normal((DRAWS, CATEGORIES))
        values = group["value"].to_numpy() + group["standard_error"].to_numpy() * noise
        slope, mean = values @ weight, values @ share
        ratio = (mean + slope / 2) / (mean - slope / 2)
        slope.sort()
        ratio.sort()
        answers.append([slope[low], slope[high], ratio[low], ratio[high]])
    return np.array(answers)


def seconds(work: Callable[[], object]) -> float:
    """Wall time of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main(groups: int, simulated_groups: int) -> None:
    """Time both, compare their limits, and print ratios."""
    frame = modelled(groups)
    few = frame.head(simulated_groups * CATEGORIES)
    slope_index(few, by=["area"])  # first use loads libraries
    all_groups = statistics.median(seconds(lambda: slope_index(frame, by=["area"])) for _ in range(REPEATS))
    same_groups = statistics.median(seconds(lambda: slope_index(few, by=["area"])) for _ in range(REPEATS))
    start = time.perf_counter()
    theirs = simulated(few)
    baseline = time.perf_counter() - start

    ours = slope_index(few, by=["area"]).select(LIMITS).to_numpy()
    half_width = np.repeat((ours[:, 1::2] - ours[:, ::2]) / 2, 2, axis=1)
    apart = np.abs(ours - theirs) / half_width
    allowed = MONTE_CARLO / DRAWS**0.5

    print(f"modelled data, {CATEGORIES} categories a group; baseline {DRAWS:,} draws a group, in numpy, seeded")
    print(f"{'':42}{'seconds':>10}{'ms a group':>12}")
    print(
        f"{f'simulation, {simulated_groups:,} groups':42}{baseline:>10.3f}{1000 * baseline / simulated_groups:>12.3f}"
    )
    print(
        f"{f'closed form, the same {simulated_groups:,} groups':42}"
        f"{same_groups:>10.3f}{1000 * same_groups / simulated_groups:>12.3f}"
    )
    print(f"{f'closed form, {groups:,} groups':42}{all_groups:>10.3f}{1000 * all_groups / groups:>12.4f}")
    print(f"ratio, the same {simulated_groups:,} groups: {baseline / same_groups:,.0f} times faster")
    print(f"ratio a group, {groups:,} groups: {baseline / simulated_groups / (all_groups / groups):,.0f} times faster")
    print(
        f"largest difference of a limit: {apart.max():.2%} of its half-width; noise of the draws alone: {allowed:.2%}"
    )
    if apart.max() > allowed:
        sys.exit("The limits differ by more than the noise of the draws.")


if __name__ == "__main__":
    main(*(int(argument) for argument in (sys.argv[1:3] + ["12000", "60"][len(sys.argv) - 1 :])))
