"""Age bands for tests, and the life table written out as a schoolbook would, to compare with."""

from __future__ import annotations

import math
from collections.abc import Sequence

import polars as pl
from hypothesis import strategies as st

AGES = [0, 1, *range(5, 95, 5)]
Z = 1.959963984540054

DEATHS = [6, 3, 1, 1, 5, 4, 8, 5, 15, 13, 25, 41, 43, 62, 99, 130, 159, 190, 183, 163]
PEOPLE = [
    1008,
    4216,
    5499,
    5316,
    5499,
    6049,
    6232,
    6232,
    6049,
    5866,
    6232,
    6415,
    5866,
    5132,
    4582,
    4033,
    2749,
    1650,
    916,
    458,
]
UNWELL = [
    3.63,
    13.614,
    39.027,
    43.565,
    55.364,
    48.103,
    75.331,
    106.189,
    127.064,
    117.988,
    176.982,
    157.015,
    249.59,
    194.227,
    225.085,
    151.569,
    113.45,
    85.314,
    43.565,
    33.581,
]
ANSWERED = [
    81.684,
    345.796,
    549.098,
    518.24,
    500.088,
    400.252,
    525.501,
    540.93,
    582.68,
    570.881,
    628.967,
    562.712,
    717.912,
    475.583,
    480.121,
    316.753,
    211.471,
    137.048,
    73.516,
    46.288,
]
RESPONDENTS = [90, 381, 605, 571, 551, 441, 579, 596, 642, 629, 693, 620, 791, 524, 529, 349, 233, 151, 81, 51]
"""Golden hle/hl01, the most deprived tenth, males. The survey's answers are weighted, its respondents counted."""


def district(name: str = "a", **columns: object) -> pl.DataFrame:
    """The 20 bands of golden hle/hl01, with some columns replaced or added."""
    frame = pl.DataFrame(
        {
            "area": name,
            "age_start": AGES,
            "deaths": DEATHS,
            "population": PEOPLE,
            "prevalence_good_health": [
                1 - unwell / answered for unwell, answered in zip(UNWELL, ANSWERED, strict=True)
            ],
            "respondents": RESPONDENTS,
        },
    )
    numbers = pl.col("deaths", "population", "respondents").cast(pl.Float64)
    return frame.with_columns(numbers).with_columns(**columns)


def changed(band: int, **cells: object) -> pl.DataFrame:
    """District "b" with cells of one band changed."""
    here = pl.int_range(pl.len()) == band
    return district("b").with_columns(
        pl.when(here).then(pl.lit(cell)).otherwise(pl.col(name)).alias(name) for name, cell in cells.items()
    )


def by_hand(deaths: Sequence[float], people: Sequence[float]) -> tuple[list[float], list[float]]:
    """Life expectancy and its standard error at the start of each of 19 or 20 bands, band by band."""
    last = len(deaths) - 1
    width = [1, 4] + [5] * (last - 2)
    rate = [dead / alive for dead, alive in zip(deaths, people, strict=True)]
    alive, lived, dying = [100_000.0], [], []
    for band in range(last):
        lives_on = 0.1 if band == 0 else 0.5
        dying.append(min(1.0, width[band] * rate[band] / (1 + width[band] * (1 - lives_on) * rate[band])))
        alive.append(alive[band] * (1 - dying[band]))
        dead = alive[band] - alive[band + 1]
        lived.append(width[band] * (alive[band + 1] + lives_on * dead))
    lived.append(alive[last] / rate[last])
    expectancy = [sum(lived[band:]) / alive[band] for band in range(last + 1)]
    spread = []
    for band in range(last):
        lost = (0.9 if band == 0 else 0.5) * width[band]
        of_dying = dying[band] ** 2 * (1 - dying[band]) / deaths[band] if deaths[band] else 0.0
        spread.append(of_dying * alive[band] ** 2 * (lost + expectancy[band + 1]) ** 2)
    spread.append(alive[last] ** 2 / (deaths[last] * rate[last] ** 2))
    return expectancy, [math.sqrt(sum(spread[band:])) / alive[band] for band in range(last + 1)]


@st.composite
def populations(draw: st.DrawFn, bands: int = 20) -> pl.DataFrame:
    """Bands with people and deaths of a plausible size: some young bands without any, none certain to die."""
    people = draw(st.lists(st.integers(500, 50_000), min_size=bands, max_size=bands))
    factor = draw(st.lists(st.floats(0.3, 3.0), min_size=bands, max_size=bands))
    deaths = []
    for age, alive, times in zip(AGES, people, factor, strict=False):
        expected = alive * min(0.35, math.exp(-9 + 0.085 * age) * times)
        deaths.append(float(max(round(expected), 1 if age >= 85 else 0)))
    return pl.DataFrame({"age_start": AGES[:bands], "deaths": deaths, "population": [float(alive) for alive in people]})
