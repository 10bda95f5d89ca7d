"""Directly standardised rate: what the rate would be if every group had the same age structure.

What belongs here: the rate, Dobson's limits, repeat events, the European Standard Population. What does not: indirect
standardisation, which borrows another population's rates (`indirectly_standardised.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
import polars as pl

from pipelines.measures.rates.count_limits import SMALL_COUNT, byar_limits
from pipelines.measures.reading.call import check_columns, check_multiplier, normal_quantile
from pipelines.measures.reading.groups import Block, Flags, Matrix, all_finite, choose, number, read_groups, total

RESULTS: dict[str, pl.DataType] = {
    "count": pl.Float64(),
    "population": pl.Float64(),
    "value": pl.Float64(),
    "value_lower": pl.Float64(),
    "value_upper": pl.Float64(),
    "interval_method": pl.String(),
    "note_code": pl.String(),
}

_BANDS = "5000 5500 5500 5500 6000 6000 6500 7000 7000 7000 7000 6500 6000 5500 5000 4000 2500 1500 1000"

EUROPEAN_STANDARD_POPULATION_2013: Mapping[int, int] = MappingProxyType(
    {5 * place: int(people) for place, people in enumerate(_BANDS.split())}
)
"""People by first age of each five-year band, 0 to 90 and over; 100,000 in all."""


def directly_standardised_rate(
    frame: pl.DataFrame | pl.LazyFrame,
    *,
    by: Sequence[str],
    multiplier: float = 100_000,
    confidence: float = 0.95,
) -> pl.DataFrame:
    """Average each group's age-specific rates with the weights of a standard population.

    Shapes: one row per age band in (any bands, in any order: the weight is in the row), one row per group of `by` out
    (`by=[]` is one group), ordered by `by`.
    In: `count` (events), `population` (people, or person-years) and `standard_population` (the band's weight: for
    instance `EUROPEAN_STANDARD_POPULATION_2013`). NaN counts as missing; a missing count is taken as 0, and said.
    Where people can have the event more than once, `event_frequency` (1, 2, ..) says how often those counted in the row
    had it; then `count` is people, and every frequency lists every age band, with 0 where nobody has it.
    Out: `count` (all events) and `population` (the sums, also where a rate is withheld); `value, value_lower,
    value_upper`, events per `multiplier` people.

    `interval_method`: `dobson_byar` or `none`. `note_code`, with nothing computed: `bad_count` (negative or infinite),
    `bad_population` (any band's is missing or not above 0), `bad_standard_population` (missing, negative, or 0 in all
    bands), `bad_event_frequency` (not a whole number above 0), `frequencies_differ` (in their age bands). With the sums
    only: `too_few_events` (under 10), `not_computable` (overflow). With a value: `missing_count_taken_as_zero`.

    Raises ValueError for a bad call: a missing or non-numeric column, a `multiplier` not above 0, a `confidence`
    outside 0.5 to 1.

    Formula, band i has O events, n people and weight w; z = normal quantile of the confidence:
        value = multiplier * sum(w O / n) / sum w
        variance = sum(w^2 O / n^2) / (sum w)^2, total events T = sum O, B = Byar's limits of T
        limits = value + multiplier * sqrt(variance / T) * (B - T)
        people with f events each: value = sum f value_f, variance = sum f^2 variance_f, T = sum f O

    Reading:
        The rate the group would have with the standard population's ages and its own rates at each age. Two such rates
        differ because of the events, not because one group is older; the number itself is no one's actual rate.

    Example:
        >>> bands = pl.DataFrame({"count": [10, 40], "population": [1000, 2000], "standard_population": [3, 1]})
        >>> answer = directly_standardised_rate(bands, by=[], multiplier=1000)
        >>> answer.select(pl.col("value", "value_lower", "value_upper").round(2)).row(0)
        (12.5, 7.94, 18.13)

    Differs:
        PHEindicatormethods' calculate_dsr stops for all groups when one has no population; here that group alone gets
        no rate. It takes a missing count as 0 without saying so.

    Reference:
        Dobson et al., Stat Med 1991;10:457 (the limits); Revision of the European Standard Population, Eurostat 2013;
        OHID's PHEindicatormethods `calculate_dsr`.

    Proof:
        golden dsr/d01_basic, d02_small_counts_suppressed_below_10, d03_under75_subset_bands,
        d04_non_independent_events, d20_large, d22_zero_pop_error
    """
    check_multiplier(multiplier, positive=True)
    z = normal_quantile(confidence)
    source, schema = check_columns(
        frame,
        by=by,
        numbers=["count", "population", "standard_population"],
        optional_numbers=["event_frequency"],
        results=list(RESULTS),
    )
    names = ["count", "population", "standard_population"]
    repeat = ["event_frequency"] if "event_frequency" in schema else []
    given = read_groups(
        source,
        by=by,
        columns={name: number(name, schema) for name in [*names, *repeat]},
        # Bands of one frequency lie together and in the same order as those of the next.
        order=[*repeat, "standard_population", "population"] if repeat else [],
        refusals=_refusals(repeat=bool(repeat)),
        judgements={
            "count_note": pl.when(pl.col("count").null_count() > 0).then(pl.lit("missing_count_taken_as_zero")),
        },
    )
    return given.attach([_rates(block, multiplier=multiplier, z=z) for block in given.blocks()], RESULTS)


def _refusals(*, repeat: bool) -> list[tuple[str, pl.Expr]]:
    """Why nothing can be computed for a group, gravest first."""
    count, population, weight = pl.col("count"), pl.col("population"), pl.col("standard_population")
    reasons = [
        ("bad_count", ~(count.is_finite() & (count >= 0)).fill_null(value=True).all()),
        ("bad_population", ~all_finite("population") | (population <= 0).any()),
        ("bad_standard_population", ~all_finite("standard_population") | (weight < 0).any() | (weight.max() <= 0)),
    ]
    if repeat:
        frequency = pl.col("event_frequency")
        whole = (frequency > 0) & (frequency == frequency.round())
        reasons.append(("bad_event_frequency", ~all_finite("event_frequency") | ~whole.all()))
    return reasons


def _rates(block: Block, *, multiplier: float, z: float) -> pl.DataFrame:
    count, population, weight = (block.matrix(name) for name in ("count", "population", "standard_population"))
    count = np.where(np.isnan(count), 0.0, count)
    frequencies: Matrix = np.ones(len(count))
    alike: Flags = np.ones(len(count), dtype=np.bool_)
    variance_count = count
    if "event_frequency" in block.rows.columns:
        frequency = block.matrix("event_frequency")
        frequencies, alike = _frequencies(frequency, population=population, weight=weight)
        with np.errstate(all="ignore"):
            count, variance_count = frequency * count, frequency**2 * count
    with np.errstate(all="ignore"):  # what overflows becomes a null with a note
        all_weights = total(weight) / frequencies
        events = total(count)
        part = weight / population
        value = multiplier * (total(part * count) / all_weights)
        error = multiplier * (np.sqrt(total(part**2 * variance_count) / events) / all_weights)
        lower, upper = (value + error * (limit - events) for limit in byar_limits(events, z=z))
        population = total(population) / frequencies
        shown = alike & (events >= SMALL_COUNT) & np.isfinite(value)
        limited = shown & np.isfinite(lower) & np.isfinite(upper)
    return block.result(
        count=np.where(alike, events, np.nan),
        population=np.where(alike, population, np.nan),
        value=np.where(shown, value, np.nan),
        value_lower=np.where(limited, lower, np.nan),
        value_upper=np.where(limited, upper, np.nan),
        interval_method=choose(len(events), ("none", ~limited), otherwise="dobson_byar"),
        note=choose(
            len(events),
            ("frequencies_differ", ~alike),
            ("too_few_events", events < SMALL_COUNT),
            ("not_computable", ~limited),
        ),
    )


def _frequencies(frequency: Matrix, *, population: Matrix, weight: Matrix) -> tuple[Matrix, Flags]:
    """How many event frequencies each group lists, and whether all of them list the same bands."""
    found = 1 + (np.diff(frequency, axis=1) != 0).sum(axis=1)
    size = frequency.shape[1]
    alike = size % found == 0
    for count in np.unique(found[alike]):
        chosen, bands = alike & (found == count), size // count
        by_frequency = frequency[chosen].reshape(-1, count, bands)
        same = (by_frequency == by_frequency[:, :, :1]).all(axis=(1, 2))
        for column in (population, weight):
            by_band = column[chosen].reshape(-1, count, bands)
            same &= (by_band == by_band[:, :1]).all(axis=(1, 2))
        alike[chosen] = same
    return found.astype(np.float64), alike
