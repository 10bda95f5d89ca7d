"""Funnel significance: which areas lie further from the average than chance explains.

What belongs here: the verdict on each area. What does not: the lines to draw (`funnel_limits.py`).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from pipelines.measures.rates.count_limits import poisson_limits
from pipelines.measures.rates.funnel_limits import LEVELS
from pipelines.measures.rates.proportion import wilson_limits
from pipelines.measures.reading.call import check_choice, check_columns, check_new_columns, normal_quantile
from pipelines.measures.reading.counted import spelling
from pipelines.measures.reading.groups import Flags, choose, finite_or_null, number

RESULTS: dict[str, pl.DataType] = {"average": pl.Float64(), "significance": pl.String(), "note_code": pl.String()}


def funnel_significance(frame: pl.DataFrame | pl.LazyFrame, *, by: Sequence[str], kind: str) -> pl.DataFrame:
    """Say of each area whether it lies above or below the average of its group, at 95% and at 99.8%.

    Shapes: one row per area in, the same rows out, in the same order and with all their columns, and three more. `by`
    names the groups that have an average each (`by=[]`: all rows are one).
    In: `numerator` and `denominator`, or the same as `count` and `population`: for `kind` `proportion`, those who have
    something and all; for `ratio`, observed and expected events.
    Out: `average` (for `proportion` the share of all the group's usable rows together, for `ratio` 1); `significance`:
    `high_998`, `high_95`, `not_significant`, `low_95` or `low_998`.

    `note_code`, with no significance, and left out of the average: `missing_count`, `bad_count` (negative or infinite),
    `bad_population` (missing or not above 0), `count_above_population` (`proportion` only).

    Raises ValueError for a bad call: a missing or non-numeric column, both spellings of the columns, columns that the
    output would overwrite, another `kind`.

    Formula:
        proportion: the area's Wilson limits against the average
        ratio: the limits of the observed events, exact under 10 and Byar's otherwise, against the expected ones
        high where the lower limit is above, low where the upper one is below

    Reading:
        High and low are no verdict on quality: they say that chance alone rarely puts an area there, 1 time in 40 on
        that side for 95%, 1 in 1,000 for 99.8%. Of many areas, some will be there by chance.

    Example:
        >>> areas = pl.DataFrame({"numerator": [10, 40, 20], "denominator": [30.0, 35.0, 20.5]})
        >>> funnel_significance(areas, by=[], kind="ratio")["significance"].to_list()
        ['low_998', 'not_significant', 'not_significant']

    Reference:
        Spiegelhalter, Stat Med 2005;24:1185; OHID's PHEindicatormethods `assign_funnel_significance`, whose labels
        (0.025) and (0.001) are 95 and 998 here.

    Proof:
        golden funnel/f02_prop_significance, f03_ratio_significance
    """
    check_choice("kind", kind, ["proportion", "ratio"])
    names = spelling(frame)
    source, schema = check_columns(frame, by=by, numbers=names, results=list(RESULTS))
    check_new_columns(schema, RESULTS)
    rows = source.collect(engine="in-memory")
    places = [f"key_{place}" for place in range(len(by))]
    judged = rows.select(
        *(pl.col(name).alias(ours) for name, ours in zip(by, places, strict=True)),
        count=number(names[0], schema),
        population=number(names[1], schema),
        row=pl.int_range(pl.len()),
    ).with_columns(note_code=_note(kind))
    # Sums are taken in one order whatever that of the rows.
    judged = judged.sort([*places, "count", "population"]).with_columns(
        average=pl.lit(1.0) if kind == "ratio" else _average(places)
    )
    judged = judged.with_columns(significance=_significance(judged, kind=kind)).sort("row")
    return rows.hstack(judged.select(finite_or_null(pl.col("average")), "significance", "note_code"))


def _note(kind: str) -> pl.Expr:
    """Why an area is not judged, gravest first, or null."""
    count, population = pl.col("count"), pl.col("population")
    return (
        pl.when(count.is_null())
        .then(pl.lit("missing_count"))
        .when(count.is_infinite() | (count < 0))
        .then(pl.lit("bad_count"))
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
    note = judged["note_code"].is_not_null().to_numpy()
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
    strongest_first = [f"{side}{level}" for level in ("_998", "_95") for side in ("high", "low")]
    labels = choose(len(count), *((label, flags[label]) for label in strongest_first), otherwise="not_significant")
    return labels.to_frame("label").select(pl.when(~pl.Series(note)).then(pl.col("label"))).to_series()
