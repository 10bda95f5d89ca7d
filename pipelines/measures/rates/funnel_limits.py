"""Funnel limits: how far an area of a given size may lie from the average by chance.

What belongs here: the lines of a funnel plot. What does not: which areas lie outside (`funnel_significance.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import polars as pl

from pipelines.measures.rates.count_limits import exact_limits
from pipelines.measures.rates.funnel_dispersion import (
    KINDS,
    WAYS,
    average_of,
    dispersion_of,
    error_of,
    read_funnel,
)
from pipelines.measures.reading.call import check_choice, check_points, check_positive, normal_quantile
from pipelines.measures.reading.groups import Block, Matrix, choose

LEVELS = {"": 0.95, "_998": 0.998}
"""Suffix of the columns of each pair of lines, and the confidence: a funnel's two and three standard deviations."""
POINTS = 100

_LINES: dict[str, pl.DataType] = {
    f"value_{side}{suffix}": pl.Float64() for suffix in LEVELS for side in ("lower", "upper")
}
PROPORTION: dict[str, pl.DataType] = {"point": pl.Float64(), "average": pl.Float64(), **_LINES}
RATIO, RATE = (
    {**PROPORTION, **{f"{place}_{side}{suffix}": pl.Float64() for suffix in LEVELS for side in ("lower", "upper")}}
    for place in ("expected", "population")
)


def funnel_limits(
    frame: pl.DataFrame | pl.LazyFrame,
    *,
    by: Sequence[str],
    kind: str,
    scale: float = 1.0,
    overdispersion: str = "none",
    at: Sequence[float] | None = None,
) -> pl.DataFrame:
    """Draw the lines of a funnel plot round each group's average, 95% and 99.8%, point by point.

    Parameters
    ----------
    frame
        One row per area. Columns: `numerator` and `denominator`, or the same as `count` and `population`: for `kind`
        `proportion`, those who have something and all; for `ratio`, observed and expected events; for `rate`, events
        and people or person-years. For `standardised_rate`, `count` and `value`, a directly standardised rate per
        `scale` people; areas without a value or under 10 events are left out. `overdispersion`: `none`; or the lines
        widen where areas scatter more than chance explains, all alike (`multiplicative`), or by the variance between
        areas, which matters most where areas are large (`additive`). `at`: the points; otherwise 100 whole numbers from
        1 on. Each is one more than the one before, or as much more as a constant ratio from there needs to end, with
        the hundredth, on a round number (a multiple of half its power of ten) not under the largest denominator, or
        observed or expected events. Where that number is under 100 they are 1 to 100.
    by
        Names of the grouping columns; `[]` for one group.
    kind
        What is plotted: `proportion`, `ratio`, `rate` or `standardised_rate`.
    scale
        Events, or people, per how many: 100 for percentages.
    overdispersion
        `none`, `multiplicative` or `additive`: what the lines allow for beyond chance.
    at
        The points at which lines are drawn; None for 100 of them.

    Returns
    -------
    pl.DataFrame
        One row per group of `by` and point (`by=[]` is one group), ordered by both. Columns: `point` (for `proportion`
        a denominator, else a number of observed events); `average`; `value_lower, value_upper` (95%) and
        `value_lower_998, value_upper_998`, in shares of 1, ratios to expected or events per person, times `scale`. For
        `ratio` also `expected_lower, expected_upper, expected_lower_998, expected_upper_998`: the expected events at
        which that many observed lie on the line, its place along the plot; for rates the same as `population_lower` and
        so on, the people among whom that many lie on the line.

    Raises
    ------
    ValueError
        For a bad call: a missing or non-numeric column, both spellings of the columns, another `kind` or
        `overdispersion`, a `scale` not above 0, `at` that does not hold numbers above 0.

    Notes
    -----
    Formula, tail e = 0.025 and 0.001, z = its normal quantile, f and t from `funnel_dispersion`::

        proportion: average p = sum x / sum n; lines p -/+ z sqrt(p (1 - p) / point), within 0 and 1: the proportions
            whose own Wilson limits just reach the average
        ratio, O = point: lower line O / E with E = chi2(1 - e; 2 O + 2) / 2, upper with E = chi2(e; 2 O) / 2: the
            expected events of which O is just too few, or too many
        rates, r = sum x / sum n (standardised: n = events / rate): lines r O / E, at E / r people
        multiplicative: each line lies z sqrt(max(f, 1)) s from the average, s = the standard error there
        additive: each line lies z sqrt(s^2 + t^2) from the average

    Reading: If nothing but chance moved areas off the average, 1 in 20 would lie outside the inner lines and 1 in 500
    outside the outer ones. Small areas may lie far off and mean nothing.

    Differs: PHEindicatormethods' calculate_funnel_limits keeps proportions under 100 whatever the multiplier; here
    under the scale. It searches for the ratio's lines and stops some millionths away; here they are exact. It ends a
    ratio's points on another round number. It has no overdispersion.

    `note_code`, on a single row of nulls: `missing_count`, `bad_count` (negative or infinite), `bad_population`
    (missing, negative, none in the group, or none in a row that has events), `count_above_population` (`proportion`
    only), `too_few_areas` (one, whose overdispersion is not known), `not_computable` (overflow).

    Proof: Golden funnel/f01_prop_limits, f04_ratio_limits_isr

    References
    ----------
    Spiegelhalter, Stat Med 2005;24:1185 (overdispersion too); OHID's PHEindicatormethods `calculate_funnel_limits`.

    Examples
    --------
    >>> areas = pl.DataFrame({"numerator": [20, 30], "denominator": [100, 150]})
    >>> lines = funnel_limits(areas, by=[], kind="proportion", scale=100, at=[100])
    >>> lines.select(pl.col("average", "value_lower", "value_upper").round(2)).row(0)
    (20.0, 12.16, 27.84)
    """
    check_choice("kind", kind, KINDS)
    check_choice("overdispersion", overdispersion, WAYS)
    check_positive("scale", scale)
    points = None if at is None else check_points("at", at)
    columns = {"proportion": PROPORTION, "ratio": RATIO}.get(kind, RATE)
    given = read_funnel(frame, by=by, kind=kind, scale=scale, results=[*RATIO, *RATE])
    lines = [_lines(block, kind=kind, scale=scale, way=overdispersion, at=points) for block in given.blocks()]
    return given.attach_rows(lines, {**columns, "note_code": pl.String()})


def _lines(block: Block, *, kind: str, scale: float, way: str, at: Sequence[float] | None) -> pl.DataFrame:
    """Every line of every group at every point, a row each."""
    count, population = block.matrix("count"), block.matrix("population")
    if at is None:
        largest = {"proportion": population, "ratio": np.maximum(count, population)}.get(kind, count)
        with np.errstate(all="ignore"):
            point = _points(_round_number(largest.max(axis=1)))
    else:
        point = np.tile(np.array(at, dtype=np.float64), (len(count), 1))
    columns: dict[str, Matrix] = {}
    places: dict[str, Matrix] = {}
    with np.errstate(all="ignore"):  # what overflows becomes a null with a note
        average = average_of(count, population, kind=kind)[:, None]
        dispersion, between = np.ones_like(average), np.zeros_like(average)
        if way != "none":
            found, _, apart = (matrix[:, None] for matrix in dispersion_of(count, population, kind=kind))
            found, apart = (np.where(block.size > 1, matrix, np.nan) for matrix in (found, apart))
            dispersion, between = (np.maximum(found, 1), between) if way == "multiplicative" else (dispersion, apart)
        for suffix, confidence in LEVELS.items():
            z = normal_quantile(confidence)
            if kind == "proportion":
                half = z * np.sqrt(dispersion * error_of(average, point, kind=kind) ** 2 + between**2)
                lower, upper = np.clip(average - half, 0, 1), np.clip(average + half, 0, 1)
            else:
                fewest, most = (
                    exact_limits(point, tail=(1 - confidence) / 2)
                    if way == "none"
                    else _expected_ends(point, z=z, dispersion=dispersion, between=between / average)
                )
                lower, upper = average * point / most, average * point / fewest
                place = "expected" if kind == "ratio" else "population"
                places |= {f"{place}_lower{suffix}": most / average, f"{place}_upper{suffix}": fewest / average}
            columns |= {f"value_lower{suffix}": lower * scale, f"value_upper{suffix}": upper * scale}
    rows = replace(block, group=np.repeat(block.group, point.shape[1]))
    unknown = choose(
        point.size,
        ("too_few_areas", way != "none" and block.size < 2),
        ("not_computable", ~np.isfinite(np.stack([*columns.values()])).all(axis=0).ravel()),
    )
    return rows.result(
        point=point.ravel(),
        average=np.repeat(average[:, 0] * scale, point.shape[1]),
        **{name: matrix.ravel() for name, matrix in (columns | places).items()},
        note=unknown,
    )


def _expected_ends(point: Matrix, *, z: float, dispersion: Matrix, between: Matrix) -> tuple[Matrix, Matrix]:
    """The fewest and the most expected events E at which `point` observed ones lie on a line.

    They solve (O - E)^2 = z^2 (f E + t^2 E^2). Where z t is 1 or more no number of expected events is too many.
    """
    leading = 1 - (z * between) ** 2
    middle = 2 * point + dispersion * z**2
    larger = middle + np.sqrt(np.maximum(middle**2 - 4 * point**2 * leading, 0))
    return 2 * point**2 / larger, np.where(leading > 0, larger / (2 * np.where(leading > 0, leading, 1.0)), np.inf)


def _round_number(largest: Matrix) -> Matrix:
    """The next multiple of half the power of ten: 23,410 gives 25,000."""
    step = 10 ** np.floor(np.log10(np.maximum(largest, 1))) / 2
    return np.maximum(np.ceil(largest / step) * step, 1)


def _points(last: Matrix) -> Matrix:
    """Whole numbers from 1 to `last`: each the next, or as much larger in ratio as reaches the end in time."""
    point = np.ones((len(last), POINTS))
    for place in range(1, POINTS):
        before = point[:, place - 1]
        point[:, place] = np.maximum(before + 1, np.round(before * (last / before) ** (1 / (POINTS - place))))
    return point
