"""An area's gap in life expectancy to England, or to any other reference, split by age and cause of death.

What belongs here: putting each area beside the reference, from one table of deaths by area, age and cause. What does
not: the split itself (`decompose_life_expectancy_gap.py`).
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from pipelines.measures.life_tables.decompose_life_expectancy_gap import (
    ALL_CAUSES,
    RESULTS,
    decompose_life_expectancy_gap,
)
from pipelines.measures.reading.call import check_columns

COUNTS = ("deaths", "population")


def decompose_area_gap(
    frame: pl.DataFrame | pl.LazyFrame, *, by: Sequence[str], area: str, reference: str, method: str = "arriaga"
) -> pl.DataFrame:
    """Split each area's gap in life expectancy at birth to a reference area into years by age band and cause of death.

    Parameters
    ----------
    frame
        One row per area, age band and cause. Columns: the column named by `area`; `age_start` as for `life_expectancy`;
        `cause` (without this column all causes are one); `deaths` of that cause and `population` of the band, the same
        in all its rows. `reference`: the name of the area that the others are compared with. A cause without a row in a
        band has no deaths there.
    by
        Names of the grouping columns; `[]` for one group.
    area
        The column that names the areas.
    reference
        The name of the area that the others are compared with.
    method
        `arriaga`, or `andreev` for the mean of both directions.

    Returns
    -------
    pl.DataFrame
        One row per area but the reference, age band and cause, ordered by `by`, area, age and cause. `by` names what
        area and reference have in common, such as sex and period. In years: `years` that this cause at this age adds to
        the gap (below 0: takes from it), which sum to `gap`, the life expectancy of the reference less that of the
        area, and the same in every row of an area: above 0, people of the area live shorter lives.

    Raises
    ------
    ValueError
        For a bad call: a missing or non-numeric column, a `reference` that no row names, text ages none of which has a
        digit, a `method` other than `arriaga` and `andreev`.

    Notes
    -----
    Formula::

        that of `decompose_life_expectancy_gap`, with the area as base and the reference as comparator

    Reading: With the area's death rates of this cause at this age replaced by the reference's, life expectancy there
    would rise by about these years. Small areas have few deaths of one cause in one band: add up bands, causes and
    years before a number is read.

    `note_code`: as `decompose_life_expectancy_gap`, and `no_reference` (the reference has no rows beside the area).

    Proof: Golden arriaga/a01 put as two areas; by laws in the tests.

    References
    ----------
    Arriaga, Demography 1984;21:83; used as in OHID's Segment Tool, which compares areas with England.

    Examples
    --------
    Nobody dies before 90; of those older, 25 in 100 die each year in the town and 20 in 100 in England.

    >>> import polars as pl
    >>> from pipelines.measures import decompose_area_gap
    >>> bands = pl.DataFrame({"age_start": [0, 1, *range(5, 95, 5)], "population": 1000})
    >>> town = bands.with_columns(area=pl.lit("town"), deaths=pl.Series([0] * 19 + [250]))
    >>> england = bands.with_columns(area=pl.lit("England"), deaths=pl.Series([0] * 19 + [200]))
    >>> answer = decompose_area_gap(pl.concat([town, england]), by=[], area="area", reference="England")
    >>> last = answer.row(-1, named=True)
    >>> last["area"], last["age_start"], round(last["years"], 9), last["gap"]
    ('town', 90, 1.0, 1.0)
    """
    others = [*by, area] if isinstance(by, Sequence) and not isinstance(by, str) else by
    results = [name for name in RESULTS if name not in ("age_start", "cause")]
    source, schema = check_columns(frame, by=others, numbers=COUNTS, others=["age_start"], results=results)
    cause = pl.col("cause") if "cause" in schema else pl.lit(ALL_CAUSES)
    rows = source.select(*others, "age_start", cause.alias("cause"), *COUNTS).collect(engine="in-memory")
    here = pl.col(area).cast(pl.String) == reference
    if not isinstance(reference, str) or not rows.select(here.any()).item():
        raise ValueError(f"reference must name an area of the column {area}; found {reference!r}.")
    here = here.fill_null(value=False)
    pairs = _paired(rows.filter(~here), rows.filter(here).drop(area), by=by, area=area)
    answer = decompose_life_expectancy_gap(pairs.drop("compared"), by=others, method=method)
    alone = pairs.group_by(others).agg(alone=~pl.col("compared").any())
    answer = answer.join(alone, on=others, how="left", nulls_equal=True, maintain_order="left")
    note = pl.when("alone").then(pl.lit("no_reference")).otherwise("note_code")
    return answer.with_columns(note_code=note).drop("alone")


def _paired(base: pl.DataFrame, comparator: pl.DataFrame, *, by: Sequence[str], area: str) -> pl.DataFrame:
    """The causes of either side in each band of each area, with the deaths and people of both.

    `compared`: the reference has a row here.
    """
    areas = base.select(*by, area).unique()
    beside = (
        areas.join(comparator, on=list(by), how="inner", nulls_equal=True)
        if by
        else areas.join(comparator, how="cross")
    )
    sides = {"base": base, "comparator": beside}
    band = [*by, area, "age_start"]
    both, other = (
        part.select(
            *band, "cause", *(pl.col(name).alias(f"{name}_{side}") for name in COUNTS), pl.lit(value=True).alias(side)
        )
        for side, part in sides.items()
    )
    pairs = both.join(other, on=[*band, "cause"], how="full", coalesce=True, nulls_equal=True)
    filled = []
    for side in sides:
        deaths, people, there = pl.col(f"deaths_{side}"), pl.col(f"population_{side}"), pl.col(side).is_not_null()
        filled.append(pl.when(there).then(deaths).otherwise(0))
        filled.append(pl.when(there).then(people).otherwise(people.drop_nulls().first().over(band)))
    return pairs.with_columns(*filled, compared=pl.col("comparator").is_not_null()).drop(*sides)
