"""Funnel significance: which areas lie further from the average than chance explains.

What belongs here: the verdict on each area. What does not: the lines to draw (`funnel_limits.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from pipelines.measures.rates.count_limits import poisson_limits
from pipelines.measures.rates.funnel_dispersion import FEWEST_EVENTS, KINDS, WAYS, error_of, funnel_dispersion
from pipelines.measures.rates.funnel_limits import LEVELS
from pipelines.measures.rates.proportion import wilson_limits
from pipelines.measures.reading.call import (
    check_choice,
    check_columns,
    check_new_columns,
    check_positive,
    normal_quantile,
)
from pipelines.measures.reading.counted import spelling
from pipelines.measures.reading.groups import Flags, choose, finite_or_null, number

RESULTS: dict[str, pl.DataType] = {"average": pl.Float64(), "significance": pl.String(), "note_code": pl.String()}


def funnel_significance(
    frame: pl.DataFrame | pl.LazyFrame,
    *,
    by: Sequence[str],
    kind: str,
    scale: float = 1.0,
    overdispersion: str = "none",
) -> pl.DataFrame:
    """Say of each area whether it lies above or below the average of its group, at 95% and at 99.8%.

    Parameters
    ----------
    frame
        One row per area. Columns: `numerator` and `denominator`, or the same as `count` and `population`: for `kind`
        `proportion`, those who have something and all; for `ratio`, observed and expected events; for `rate`, events
        and people or person-years. For `standardised_rate`, `count` and `value`, a directly standardised rate per
        `scale` people. `overdispersion` as for `funnel_limits`.
    by
        Names of the grouping columns; `[]` for one group.
    kind
        What is plotted: `proportion`, `ratio`, `rate` or `standardised_rate`.
    scale
        Events, or people, per how many: 100 for percentages.
    overdispersion
        `none`, `multiplicative` or `additive`: what the lines allow for beyond chance.

    Returns
    -------
    pl.DataFrame
        The same rows, in the same order and with all their columns, and three more. `by` names the groups that have an
        average each (`by=[]`: all rows are one). Columns: `average` (of all the group's usable rows together, times
        `scale`; for `ratio` 1); `significance`: `high_998`, `high_95`, `not_significant`, `low_95` or `low_998`.

    Raises
    ------
    ValueError
        For a bad call: a missing or non-numeric column, both spellings of the columns, columns that the output would
        overwrite, another `kind` or `overdispersion`, a `scale` not above 0.

    Notes
    -----
    Formula::

        proportion: the area's Wilson limits against the average
        ratio: the limits of the observed events, exact under 10 and Byar's otherwise, against the expected ones
        rates: the same limits, expected = average * n (standardised: n = events / rate)
        overdispersion: the area's value against the average -/+ z sqrt(max(f, 1)) s or -/+ z sqrt(s^2 + t^2), as
            `funnel_limits` draws it
        high where the lower limit is above, low where the upper one is below

    Reading: High and low are no verdict on quality: they say that chance alone rarely puts an area there, 1 time in 40
    on that side for 95%, 1 in 1,000 for 99.8%. Of many areas, some will be there by chance.

    `note_code`, with no significance, and left out of the average: `missing_count`, `bad_count` (negative or infinite),
    `bad_population` (missing or not above 0), `count_above_population` (`proportion` only); for `standardised_rate`
    `missing_value` (or not above 0) and `too_few_events` (under 10). With the average: `too_few_areas` (one, whose
    overdispersion is not known).

    Proof: Golden funnel/f02_prop_significance, f03_ratio_significance

    References
    ----------
    Spiegelhalter, Stat Med 2005;24:1185; OHID's PHEindicatormethods `assign_funnel_significance`, whose labels (0.025)
    and (0.001) are 95 and 998 here.

    Examples
    --------
    >>> areas = pl.DataFrame({"numerator": [10, 40, 20], "denominator": [30.0, 35.0, 20.5]})
    >>> funnel_significance(areas, by=[], kind="ratio")["significance"].to_list()
    ['low_998', 'not_significant', 'not_significant']
    """
    check_choice("kind", kind, KINDS)
    check_choice("overdispersion", overdispersion, WAYS)
    check_positive("scale", scale)
    standardised = kind == "standardised_rate"
    names = ("count", "value") if standardised else spelling(frame)
    source, schema = check_columns(frame, by=by, numbers=names, results=list(RESULTS))
    check_new_columns(schema, RESULTS)
    rows = source.collect(engine="in-memory")
    places = [f"key_{place}" for place in range(len(by))]
    count, second = (number(name, schema) for name in names)
    judged = rows.select(
        *(pl.col(name).alias(ours) for name, ours in zip(by, places, strict=True)),
        count=count,
        population=count * scale / second if standardised else second,
        value=second if standardised else pl.lit(None, pl.Float64),
        row=pl.int_range(pl.len()),
    ).with_columns(note_code=_note(kind))
    # Sums are taken in one order whatever that of the rows.
    judged = judged.sort([*places, "count", "population"]).with_columns(
        average=pl.lit(1.0) if kind == "ratio" else _average(places)
    )
    if overdispersion == "none":
        judged = judged.with_columns(significance=_significance(judged, kind=kind))
    else:
        judged = _by_scatter(judged, places, kind=kind, way=overdispersion)
    judged = judged.sort("row").with_columns(average=pl.col("average") * (1.0 if kind == "ratio" else scale))
    return rows.hstack(judged.select(finite_or_null(pl.col("average")), "significance", "note_code"))


def _by_scatter(judged: pl.DataFrame, places: Sequence[str], *, kind: str, way: str) -> pl.DataFrame:
    """Labels against lines that are widened by the scatter of each group's usable areas."""
    keys = list(places) or ["key_none"]
    judged = judged if places else judged.with_columns(key_none=pl.lit(0))
    usable = judged.filter(pl.col("note_code").is_null()).select(*keys, "count", "population")
    found = funnel_dispersion(usable, by=keys, kind="rate" if kind == "standardised_rate" else kind)
    columns = ["dispersion", "between_standard_deviation"]
    judged = judged.join(found.select(*keys, *columns), on=keys, how="left", nulls_equal=True, maintain_order="left")
    judged = judged.with_columns(
        note_code=pl.when(pl.col("note_code").is_null() & pl.col("dispersion").is_null())
        .then(pl.lit("too_few_areas"))
        .otherwise("note_code")
    )
    count, population, average, dispersion, between = (
        judged[name].to_numpy() for name in ("count", "population", "average", *columns)
    )
    with np.errstate(all="ignore"):  # rows with a note are not used
        error = error_of(average, population, kind=kind)
        spread = np.maximum(dispersion, 1) * error**2 if way == "multiplicative" else error**2 + between**2
        z = (count / population - average) / np.sqrt(spread)
    flags: dict[str, Flags] = {}
    for suffix, confidence in LEVELS.items():
        name, limit = suffix or "_95", normal_quantile(confidence)
        flags |= {f"high{name}": z > limit, f"low{name}": z < -limit}
    return judged.with_columns(significance=_labels(judged, flags))


def _note(kind: str) -> pl.Expr:
    """Why an area is not judged, gravest first, or null."""
    count, population, value = pl.col("count"), pl.col("population"), pl.col("value")
    standardised = pl.lit(kind == "standardised_rate")
    return (
        pl.when(count.is_null())
        .then(pl.lit("missing_count"))
        .when(count.is_infinite() | (count < 0))
        .then(pl.lit("bad_count"))
        .when(standardised & (value.is_finite() & (value > 0)).fill_null(value=False).not_())
        .then(pl.lit("missing_value"))
        .when(standardised & (count < FEWEST_EVENTS))
        .then(pl.lit("too_few_events"))
        .when((population.is_finite() & (population > 0)).fill_null(value=False).not_())
        .then(pl.lit("bad_population"))
        .when((count > population) & (kind == "proportion"))
        .then(pl.lit("count_above_population"))
    )


def _average(places: Sequence[str]) -> pl.Expr:
    """The share of all usable rows of a group together."""
    usable = pl.col("note_code").is_null()
    count, population = (pl.when(usable).then(pl.col(name)).sum() for name in ("count", "population"))
    average = count / population
    return average.over(places) if places else average


def _significance(judged: pl.DataFrame, *, kind: str) -> pl.Series:
    """The label of every row; null where it has a note."""
    count, population, average = (judged[name].to_numpy() for name in ("count", "population", "average"))
    flags: dict[str, Flags] = {}
    with np.errstate(all="ignore"):  # rows with a note are not used
        for suffix, confidence in LEVELS.items():
            z = normal_quantile(confidence)
            if kind == "proportion":
                lower, upper = wilson_limits(count, population, z=z)
            else:
                fewest, most, _ = poisson_limits(count, confidence=confidence, z=z)
                lower, upper = fewest / population, most / population
            name = suffix or "_95"
            flags |= {f"high{name}": lower > average, f"low{name}": upper < average}
    return _labels(judged, flags)


def _labels(judged: pl.DataFrame, flags: Mapping[str, Flags]) -> pl.Series:
    """The strongest label that holds of every row; null where it has a note."""
    strongest_first = [f"{side}{level}" for level in ("_998", "_95") for side in ("high", "low")]
    labels = choose(judged.height, *((label, flags[label]) for label in strongest_first), otherwise="not_significant")
    return judged.select(pl.when(pl.col("note_code").is_null()).then(labels)).to_series()
