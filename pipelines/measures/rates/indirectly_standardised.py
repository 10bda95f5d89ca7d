"""Indirectly standardised rate and ratio: events found against those expected at a reference population's rates.

What belongs here: both, which are one number in two units. What does not: direct standardisation, which takes another
population's ages instead of its rates (`directly_standardised_rate.py`).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from pipelines.measures.rates.count_limits import poisson_limits
from pipelines.measures.reading.call import check_columns, check_positive, normal_quantile
from pipelines.measures.reading.groups import Block, Groups, all_finite, choose, number, read_groups, total

RATIO: dict[str, pl.DataType] = {
    "observed": pl.Float64(),
    "expected": pl.Float64(),
    "value": pl.Float64(),
    "value_lower": pl.Float64(),
    "value_upper": pl.Float64(),
    "interval_method": pl.String(),
    "note_code": pl.String(),
}
RATE: dict[str, pl.DataType] = {"reference_rate": pl.Float64(), **RATIO}


def indirectly_standardised_rate(
    frame: pl.DataFrame | pl.LazyFrame,
    *,
    by: Sequence[str],
    scale: float = 100_000,
    confidence: float = 0.95,
) -> pl.DataFrame:
    """Multiply a reference population's crude rate by observed over expected events in each group.

    Parameters
    ----------
    frame
        As for `indirectly_standardised_ratio`.
    by
        Names of the grouping columns; `[]` for one group.
    scale
        Events, or people, per how many: 100 for percentages.
    confidence
        Of the limits, between 0.5 and 1.

    Returns
    -------
    pl.DataFrame
        As for `indirectly_standardised_ratio`, and `reference_rate`; `value, value_lower, value_upper` and
        `reference_rate` are events per `scale` people.

    Raises
    ------
    ValueError
        For a bad call, as `indirectly_standardised_ratio`.

    Notes
    -----
    Formula, band i has n people, and X events of N people in the reference population; O = observed events::

        expected E = sum(n X / N), reference_rate = scale * sum X / sum N, value = O / E * reference_rate
        limits = value with the limits of the count O in its place: exact under 10, else Byar's

    Reading: The reference population's rate, raised or lowered by as much as the group has more or fewer events than
    its ages lead to expect. Compare each group with the reference, not groups with one another: each has its own ages.

    Differs: A missing count is never taken as 0: the group gets no rate, and a note.

    `interval_method` and `note_code`: as for `indirectly_standardised_ratio`.

    Proof: Golden isr/i01_isr_rate

    References
    ----------
    Breslow & Day, Statistical Methods in Cancer Research II (IARC 1987), chapter 2; OHID's PHEindicatormethods
    `calculate_ISRate`.

    Examples
    --------
    >>> bands = pl.DataFrame({"count": [8, 10], "population": [1000, 2000]})
    >>> bands = bands.with_columns(reference_count=pl.Series([40, 50]), reference_population=10_000)
    >>> answer = indirectly_standardised_rate(bands, by=[], scale=1000)
    >>> answer.select(pl.col("expected", "reference_rate", "value").round(2)).row(0)
    (14.0, 4.5, 5.79)
    """
    return _standardised(frame, by=by, scale=scale, confidence=confidence, results=RATE)


def indirectly_standardised_ratio(
    frame: pl.DataFrame | pl.LazyFrame,
    *,
    by: Sequence[str],
    scale: float = 1.0,
    confidence: float = 0.95,
) -> pl.DataFrame:
    """Divide the events observed in each group by those expected at a reference population's age-specific rates.

    Parameters
    ----------
    frame
        One row per age band (in any order). Columns: `population` of each band, `reference_count` and
        `reference_population` (the band's events and people in the reference population), and either `count` (events in
        the band) or, where only the group's total is known, `observed`, the same in all rows of a group. NaN counts as
        missing.
    by
        Names of the grouping columns; `[]` for one group.
    scale
        Events, or people, per how many: 100 for percentages.
    confidence
        Of the limits, between 0.5 and 1.

    Returns
    -------
    pl.DataFrame
        One row per group of `by` (`by=[]` is one group), ordered by `by`. Columns: `observed` and `expected` events;
        `value, value_lower, value_upper`, times `scale` (with 100, the reference population's ratio is 100).

    Raises
    ------
    ValueError
        For a bad call: a missing or non-numeric column, both `count` and `observed`, a `scale` not above 0, a
        `confidence` outside 0.5 to 1.

    Notes
    -----
    Formula, band i has n people, and X events of N people in the reference population; O = observed events::

        expected E = sum(n X / N), value = scale * O / E
        limits = value with the limits of the count O in its place: exact under 10, else Byar's

    Reading: Above 1 (or 100), the group has more events than its ages lead to expect. The reference's rates are taken
    as known, so the limits carry the chance in the group's own events only.

    Differs: A missing count is never taken as 0: the group gets no ratio, and a note.

    `interval_method`: `exact_poisson` (under 10 events), `byar` or `none`. `note_code`, with nothing computed:
    `missing_count`, `bad_count` (negative or infinite), `observed_differs` (within the group), `bad_population`
    (missing or negative), `bad_reference` (a population missing or not above 0, a count missing or negative). With the
    sums only: `no_expected_events`, `not_computable` (overflow).

    Proof: Golden isr/i02_isr_ratio

    References
    ----------
    Breslow & Day, Statistical Methods in Cancer Research II (IARC 1987), chapter 2; OHID's PHEindicatormethods
    `calculate_ISRatio`.

    Examples
    --------
    >>> bands = pl.DataFrame({"population": [1000, 2000], "observed": 21})
    >>> bands = bands.with_columns(reference_count=pl.Series([40, 50]), reference_population=10_000)
    >>> indirectly_standardised_ratio(bands, by=[], scale=100)["value"].item()
    150.0
    """
    return _standardised(frame, by=by, scale=scale, confidence=confidence, results=RATIO)


def _standardised(
    frame: pl.DataFrame | pl.LazyFrame,
    *,
    by: Sequence[str],
    scale: float,
    confidence: float,
    results: dict[str, pl.DataType],
) -> pl.DataFrame:
    check_positive("scale", scale)
    z = normal_quantile(confidence)
    given = _read(frame, by=by)
    ratios = [
        _ratios(block, scale=scale, confidence=confidence, z=z, as_rate=results is RATE) for block in given.blocks()
    ]
    return given.attach(ratios, results)


def _read(frame: pl.DataFrame | pl.LazyFrame, *, by: Sequence[str]) -> Groups:
    """Read the bands, with `count` or `observed`, and judge each group."""
    bands = ["population", "reference_count", "reference_population"]
    source, schema = check_columns(
        frame, by=by, numbers=bands, optional_numbers=["count", "observed"], results=list(RATE)
    )
    found = [name for name in ("count", "observed") if name in schema]
    if len(found) != 1:
        raise ValueError(f"The frame must have one of count and observed (the group's total); it has {found}.")
    events = pl.col(found[0])
    population, reference_count, reference_population = (pl.col(name) for name in bands)
    differs = events.n_unique() > 1 if found == ["observed"] else pl.lit(value=False)
    return read_groups(
        source,
        by=by,
        columns={name: number(name, schema) for name in [*found, *bands]},
        order=[],
        refusals=[
            ("observed_differs", differs),
            ("missing_count", events.null_count() > 0),
            ("bad_count", ~all_finite(found[0]) | (events < 0).any()),
            ("bad_population", ~all_finite("population") | (population < 0).any()),
            (
                "bad_reference",
                ~all_finite("reference_count")
                | (reference_count < 0).any()
                | ~all_finite("reference_population")
                | (reference_population <= 0).any(),
            ),
        ],
    )


def _ratios(block: Block, *, scale: float, confidence: float, z: float, as_rate: bool) -> pl.DataFrame:
    """Observed over expected events, times `scale` and, `as_rate`, the reference population's crude rate."""
    with np.errstate(all="ignore"):  # what overflows or is divided by nothing becomes a null with a note
        observed = block.first("observed") if "observed" in block.rows.columns else total(block.matrix("count"))
        reference_count, reference_population = block.matrix("reference_count"), block.matrix("reference_population")
        expected = total(block.matrix("population") * (reference_count / reference_population))
        reference_rate = scale * (total(reference_count) / total(reference_population))
        unit = (reference_rate if as_rate else scale) / expected
        value = observed * unit
        lower, upper, exact = poisson_limits(observed, confidence=confidence, z=z)
        lower, upper = lower * unit, upper * unit
        computable = np.isfinite(value) & np.isfinite(unit)
        limited = computable & np.isfinite(lower) & np.isfinite(upper)
    return block.result(
        observed=observed,
        expected=expected,
        reference_rate=reference_rate,
        value=np.where(computable, value, np.nan),
        value_lower=np.where(limited, lower, np.nan),
        value_upper=np.where(limited, upper, np.nan),
        interval_method=choose(len(value), ("none", ~limited), ("exact_poisson", exact), otherwise="byar"),
        note=choose(len(value), ("no_expected_events", expected == 0), ("not_computable", ~limited)),
    )
