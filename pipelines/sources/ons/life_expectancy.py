"""Life and healthy life expectancy by national deprivation decile, England, as ONS publishes them in one workbook.

What belongs here: the sheets of that workbook as they are now (`LE`, `HLE`, `2022 to 2024`, `<1`) and as they were
(`Life expectancy (LE)`, `2018-2020`, `Ageband` 1). What does not: the workbook's sheets of published slope indices
(`ons/slope_index.py`), life expectancy of local areas (`ons/local_areas.py`), or what a marker or a limit is
(`ons/expectancy.py`).

Decile 1 is the most deprived. The workbook does not say which edition of the Index of Multiple Deprivation stands
behind its deciles, and ONS moved from the index of 2015 to that of 2019 with 2016-18. The one scheme given to every
row here, LSOAs of 2011 by the index of 2019, is therefore our assignment, not a fact read from the file.
"""

from __future__ import annotations

import polars as pl

from pipelines.sources.access.ons_dataset import SITE, current_dataset
from pipelines.sources.contract import Parsed, Resource, Snapshot
from pipelines.sources.formats.table import LICENCE, Column, Table
from pipelines.sources.formats.typed_rows import finish
from pipelines.sources.formats.workbook import workbook_tables
from pipelines.sources.ons.expectancy import NO_INDICATOR, row_columns, settle_expectancy
from pipelines.sources.ons.slope_index import parse_slope_indices

SOURCE = "ons_life_expectancy_by_decile"
DATASET = (
    "/peoplepopulationandcommunity/healthandsocialcare/healthinequalities/datasets/"
    "healthylifeexpectancybynationalareadeprivationenglandtimeseries"
)
"""The path of the data set, whose current edition is the workbook."""
DIMENSION = "deprivation_decile"
SCHEME = "lsoa11_in_england_imd2019"
CATEGORIES = (
    "most_deprived",
    "second_most_deprived",
    "third_more_deprived",
    "fourth_more_deprived",
    "fifth_more_deprived",
    "fifth_less_deprived",
    "fourth_less_deprived",
    "third_less_deprived",
    "second_least_deprived",
    "least_deprived",
)
"""Decile slugs by rank: the first is decile 1, the most deprived."""

_VALUES = {
    "life_expectancy_at_birth": ("le", "life expectancy (le)", "life expectancy"),
    "healthy_life_expectancy_at_birth": ("hle", "healthy life expectancy (hle)", "healthy life expectancy"),
}
_BREAKDOWN = (
    Column("period", ("period",)),
    Column("decile", ("imd decile", "deprivation decile", "decile")),
    Column("sex", ("sex",)),
)
_AGES = (
    Column("age_group", ("age group",), may_be_absent=True),
    Column("age_band", ("ageband", "age band", "age code"), may_be_absent=True),
)


def parse_life_expectancy_by_decile(content: bytes, snapshot: Snapshot) -> Parsed:
    """Read both measures, and the slope indices beside them, into OBSERVATION rows for England, in years, at birth.

    Sheets are found by their headers. `rows_in` counts a sheet row once for each measure it carries; ages other than
    birth are rejected, since the catalogue holds no such indicator. Raises ContractBroken when neither measure is
    found, or either is missing; sheets of slope indices may be absent.
    """
    parts = []
    for indicator, headers in _VALUES.items():
        columns = (*_BREAKDOWN, Column("value", headers), *_AGES)
        parts += [_read(table, columns, indicator, snapshot) for table in workbook_tables(content, snapshot, columns)]
    return finish([*parts, *parse_slope_indices(content, snapshot, source=SOURCE)], snapshot)


def _read(table: Table, columns: tuple[Column, ...], indicator: str, snapshot: Snapshot) -> Parsed:
    cells = table.cells.select(*(table.text(column) for column in columns), *row_columns(table))
    group, band, decile = (pl.col(name) for name in ("age_group", "age_band", "decile"))
    rank = decile.replace_strict({str(rank): rank for rank in range(1, 11)}, default=None, return_dtype=pl.Int64)
    at_birth = pl.when(group.is_not_null()).then(group == "<1").otherwise(band == "1")
    slugs = {str(rank): slug for rank, slug in enumerate(CATEGORIES, start=1)}
    known = cells.with_columns(
        pl.lit(indicator).alias("indicator"),
        pl.lit("E92000001").alias("area_code"),
        pl.lit("country").alias("area_type"),
        pl.lit("at_birth").alias("age"),
        pl.coalesce(group, band).alias("age_label"),
        pl.lit(DIMENSION).alias("dimension"),
        pl.lit(SCHEME).alias("scheme"),
        decile.replace_strict(slugs, default=None, return_dtype=pl.String).alias("category"),
        decile.alias("category_label"),
        rank.alias("category_rank"),
    )
    faults = (
        (group.is_null() & band.is_null(), pl.lit("age: empty")),
        (~at_birth, pl.lit(NO_INDICATOR)),
        (rank.is_null(), pl.format("decile: '{}' is not 1 to 10", decile.fill_null(""))),
    )
    return settle_expectancy(known, snapshot, source=SOURCE, faults=faults)


RESOURCES: tuple[Resource, ...] = (
    Resource(
        name="ons_life_expectancy_by_decile",
        path="ons/life_expectancy_by_deprivation_decile.xlsx",
        table="ons_life_expectancy_by_decile",
        description=(
            "Life and healthy life expectancy at birth in England by national deprivation decile and sex, "
            "and their published slope indices."
        ),
        url=SITE + DATASET,
        publisher="ONS",
        licence=LICENCE,
        cadence="annual",
        parser=parse_life_expectancy_by_decile,
        access=current_dataset(DATASET),
    ),
)
