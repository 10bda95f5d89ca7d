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
from pipelines.measures.reading.banded import first_age, last_age
from pipelines.measures.reading.call import check_columns, check_ordering, check_positive, normal_quantile
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

_AGES: Matrix = np.array([*range(0, 100, 5)], dtype=np.float64)
_YOUNGER: Matrix = np.cumsum([0.0, *(EUROPEAN_STANDARD_POPULATION_2013[age] for age in range(0, 90, 5)), 800.0])
_EVERYONE = 100_000.0
"""How many of the standard population are younger than 0, 5 .. 95; of those of 90 and over, 800 are under 95."""


def directly_standardised_rate(
    frame: pl.DataFrame | pl.LazyFrame,
    *,
    by: Sequence[str],
    scale: float = 100_000,
    confidence: float = 0.95,
) -> pl.DataFrame:
    """Average each group's age-specific rates with the weights of a standard population.

    Parameters
    ----------
    frame
        One row per age band (any bands, in any order: the weight is in the row). Columns: `count` (events),
        `population` (people, or person-years) and `standard_population` (the band's weight), or in its place
        `age_start` (the first age of the band, a number or text such as `5-9`, `Aged under 1 year`, `80+`): then the
        weights are those of the European Standard Population 2013 for these bands, whichever they are, each running to
        the next one's first age. The last is open unless its text names a last age. NaN counts as missing. Where people
        can have the event more than once, `event_frequency` (1, 2, ..) says how often those counted in the row had it;
        then `count` is people, and every frequency lists every age band, with 0 where nobody has it.
    by
        Names of the grouping columns; `[]` for one group.
    scale
        Events, or people, per how many: 100 for percentages.
    confidence
        Of the limits, between 0.5 and 1.

    Returns
    -------
    pl.DataFrame
        One row per group of `by` (`by=[]` is one group), ordered by `by`. Columns: `count` (all events) and
        `population` (the sums, also where a rate is withheld); `value, value_lower, value_upper`, events per `scale`
        people.

    Raises
    ------
    ValueError
        For a bad call: a missing or non-numeric column, a `scale` not above 0, a `confidence` outside 0.5 to 1.

    Notes
    -----
    Formula, band i has O events, n people and weight w; z = normal quantile of the confidence::

        value = scale * sum(w O / n) / sum w
        variance = sum(w^2 O / n^2) / (sum w)^2, total events T = sum O, B = Byar's limits of T
        limits = value + scale * sqrt(variance / T) * (B - T)
        people with f events each: value = sum f value_f, variance = sum f^2 variance_f, T = sum f O

    Reading: The rate the group would have with the standard population's ages and its own rates at each age. Two such
    rates differ because of the events, not because one group is older; the number itself is no one's actual rate.

    Differs: PHEindicatormethods' calculate_dsr stops for all groups when one has no population; here that group alone
    gets no rate. It takes a missing count as 0 without saying so; here, as for indirect standardisation, a missing
    count is not a count.

    `interval_method`: `dobson_byar` or `none`. `note_code`, with nothing computed: `missing_count` (give 0 where there
    are no events), `bad_count` (negative or infinite), `wrong_age_bands` (an age is missing, is there twice, or lies
    above 95, beyond the standard population's bands), `bad_population` (any band's is missing or not above 0),
    `bad_standard_population` (missing, negative, or 0 in all bands), `bad_event_frequency` (not a whole number above
    0), `frequencies_differ` (in their age bands). With the sums only: `too_few_events` (under 10), `not_computable`
    (overflow).

    Proof: Golden dsr/d01_basic, d02_small_counts_suppressed_below_10, d03_under75_subset_bands,
    d04_non_independent_events, d20_large, d22_zero_pop_error

    References
    ----------
    Dobson et al., Stat Med 1991;10:457 (the limits); Revision of the European Standard Population, Eurostat 2013;
    OHID's PHEindicatormethods `calculate_dsr`.

    Examples
    --------
    >>> bands = pl.DataFrame({"count": [10, 40], "population": [1000, 2000], "standard_population": [3, 1]})
    >>> answer = directly_standardised_rate(bands, by=[], scale=1000)
    >>> answer.select(pl.col("value", "value_lower", "value_upper").round(2)).row(0)
    (12.5, 7.94, 18.13)
    """
    check_positive("scale", scale)
    z = normal_quantile(confidence)
    names = ["count", "population", "standard_population"]
    by_age = _has_ages(frame)
    source, schema = check_columns(
        frame,
        by=by,
        numbers=names[:2] if by_age else names,
        optional_numbers=["event_frequency"],
        others=["age_start"] if by_age else [],
        results=list(RESULTS),
    )
    columns = {name: number(name, schema) for name in (names[:2] if by_age else names)}
    if by_age:
        check_ordering("age_start", schema["age_start"])
        columns |= {"standard_population": first_age(schema["age_start"]), "last_age": last_age(schema["age_start"])}
    repeat = ["event_frequency"] if "event_frequency" in schema else []
    given = read_groups(
        source,
        by=by,
        columns=columns | {name: number(name, schema) for name in repeat},
        # Bands of one frequency lie together and in the same order as those of the next.
        order=[*repeat, "standard_population", "population"] if repeat else [],
        refusals=_refusals(repeat=bool(repeat), by_age=by_age),
    )
    return given.attach([_rates(block, scale=scale, z=z) for block in given.blocks()], RESULTS)


def _has_ages(frame: pl.DataFrame | pl.LazyFrame) -> bool:
    """Whether ages stand in the place of weights, which win where there are any."""
    names = frame.collect_schema().names() if isinstance(frame, pl.DataFrame | pl.LazyFrame) else []
    return "age_start" in names and "standard_population" not in names


def _refusals(*, repeat: bool, by_age: bool) -> list[tuple[str, pl.Expr]]:
    """Why nothing can be computed for a group, gravest first."""
    count, population, weight = pl.col("count"), pl.col("population"), pl.col("standard_population")
    reasons = [
        ("missing_count", count.null_count() > 0),
        ("bad_count", ~all_finite("count") | (count < 0).any()),
        ("bad_population", ~all_finite("population") | (population <= 0).any()),
        ("wrong_age_bands", ~all_finite("standard_population"))
        if by_age
        else ("bad_standard_population", ~all_finite("standard_population") | (weight < 0).any() | (weight.max() <= 0)),
    ]
    if repeat:
        frequency = pl.col("event_frequency")
        whole = (frequency > 0) & (frequency == frequency.round())
        reasons.append(("bad_event_frequency", ~all_finite("event_frequency") | ~whole.all()))
    return reasons


def _rates(block: Block, *, scale: float, z: float) -> pl.DataFrame:
    count, population, weight = (block.matrix(name) for name in ("count", "population", "standard_population"))
    repeat = "event_frequency" in block.rows.columns
    in_bands: Flags = np.ones(len(count), dtype=np.bool_)
    if "last_age" in block.rows.columns:
        weight, in_bands = _standard_weights(weight, block.matrix("last_age"), repeat=repeat)
    frequencies: Matrix = np.ones(len(count))
    alike: Flags = np.ones(len(count), dtype=np.bool_)
    variance_count = count
    if repeat:
        frequency = block.matrix("event_frequency")
        frequencies, alike = _frequencies(frequency, population=population, weight=weight)
        with np.errstate(all="ignore"):
            count, variance_count = frequency * count, frequency**2 * count
    with np.errstate(all="ignore"):  # what overflows becomes a null with a note
        all_weights = total(weight) / frequencies
        events = total(count)
        part = weight / population
        value = scale * (total(part * count) / all_weights)
        error = scale * (np.sqrt(total(part**2 * variance_count) / events) / all_weights)
        lower, upper = (value + error * (limit - events) for limit in byar_limits(events, z=z))
        population = total(population) / frequencies
        alike &= in_bands
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
            ("wrong_age_bands", ~in_bands),
            ("frequencies_differ", ~alike),
            ("too_few_events", events < SMALL_COUNT),
            ("not_computable", ~limited),
        ),
    )


def _standard_weights(age: Matrix, last: Matrix, *, repeat: bool) -> tuple[Matrix, Flags]:
    """The standard population's people in the bands that begin at `age` (groups x bands), and which groups have any.

    A band runs to its own `last` age or else to the next first age; people are spread evenly over the years of the
    standard population's own bands. With `repeat` each age is there once for every frequency.
    """
    order = np.argsort(age, axis=1, kind="stable")
    first, ends = np.take_along_axis(age, order, axis=1), np.take_along_axis(last, order, axis=1) + 1
    following = np.full(first.shape, np.inf)
    for band in range(first.shape[1] - 2, -1, -1):
        further = first[:, band + 1] > first[:, band]
        following[:, band] = np.where(further, first[:, band + 1], following[:, band + 1])
    until = np.where(np.isnan(ends), following, ends)
    younger = np.where(np.isinf(until), _EVERYONE, np.interp(until, _AGES, _YOUNGER))
    meets = (until == following) | np.isinf(following)
    twice = (np.diff(first, axis=1) == 0).any(axis=1) & (not repeat)
    within = (first <= _AGES[-1]) & (np.isinf(until) | (until <= _AGES[-1])) & meets
    weight = np.empty_like(first)
    np.put_along_axis(weight, order, younger - np.interp(first, _AGES, _YOUNGER), axis=1)
    return weight, within.all(axis=1) & ~twice


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
