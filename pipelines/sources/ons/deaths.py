"""Deaths and populations by deprivation decile, sex and age: what a gap in life expectancy is broken down by.

What belongs here: the two tables that such files end in, and tables 1 and 3 of the ONS ad hoc release 006925. What does
not: later releases, which are workbooks (`ons/deaths_workbook.py`), deaths as rates (`fingertips/`), or populations of
neighbourhoods (`nomis.py`).

Both tables are England, though the original files have `EW` in their names. Decile 1 is the most deprived. The release
does not say which edition of the Index of Multiple Deprivation stands behind the deciles. Lines end in a lone carriage
return and headers are padded with spaces.
"""

from __future__ import annotations

import polars as pl

from pipelines.sources.contract import Parsed, Resource, Snapshot
from pipelines.sources.formats.table import LICENCE, Column, csv_table
from pipelines.sources.formats.typed_rows import PROVENANCE, finish, settle

AGE_BANDS: dict[str, int] = {"<1": 0, "1-4": 1, **{f"{age}-{age + 4}": age for age in range(5, 90, 5)}, "90+": 90}
"""The header of every age band, and the first age in it."""

UNSTATED = "unstated"
"""The edition of the index of a release that does not state it."""

DEATHS_BY_DECILE: dict[str, pl.DataType] = {
    "imd_release": pl.String(),
    "year": pl.Int64(),
    "decile": pl.Int64(),
    "sex": pl.String(),
    "cause_code": pl.String(),
    "cause": pl.String(),
    "age_start": pl.Int64(),
    "age_band": pl.String(),
    "deaths": pl.Int64(),
    **PROVENANCE,
}
"""One row per edition of the index, year, decile (1 = most deprived), sex, cause and age band: deaths in England."""

POPULATION_BY_DECILE_AND_AGE: dict[str, pl.DataType] = {
    "imd_release": pl.String(),
    "year": pl.Int64(),
    "decile": pl.Int64(),
    "sex": pl.String(),
    "age_start": pl.Int64(),
    "age_band": pl.String(),
    "population": pl.Int64(),
    **PROVENANCE,
}
"""One row per edition of the index, year, decile (1 = most deprived), sex and age band: people living in England."""

DEATHS_KEY = ("imd_release", "year", "decile", "sex", "cause_code", "age_start")
POPULATION_KEY = ("imd_release", "year", "decile", "sex", "age_start")

_TOTAL = "all ages"
_MOST = 100_000_000
_GROUP = (
    Column("year", ("year",), "whole", low=1900, high=2100),
    Column("decile", ("imd", "imd decile", "decile"), "whole", low=1, high=10),
    Column("sex", ("sex",)),
)
_CAUSE = Column("cause_label", ("cause",))
_BANDS = (
    *(Column(band, (band,), "whole", low=0, high=_MOST) for band in AGE_BANDS),
    Column(_TOTAL, (_TOTAL,), "whole", low=0, high=_MOST),
)
_CAUSE_PARTS = r"^(\d{2})\s+(\S.*)$"


def parse_deaths_by_decile(content: bytes, snapshot: Snapshot) -> Parsed:
    """Read table 1: deaths by cause, one row per age band (`rows_in` counts bands). Raises ContractBroken."""
    columns = (*_GROUP, _CAUSE, *_BANDS)
    wide = _wide(content, snapshot, columns, "deaths_by_deprivation_decile")
    return _long_form(wide, DEATHS_BY_DECILE, "deaths")


def parse_population_by_decile_and_age(content: bytes, snapshot: Snapshot) -> Parsed:
    """Read table 3: people, one row per age band (`rows_in` counts bands). Raises ContractBroken."""
    wide = _wide(content, snapshot, (*_GROUP, *_BANDS), "population_by_deprivation_decile_and_age")
    return _long_form(wide, POPULATION_BY_DECILE_AND_AGE, "population")


def _wide(content: bytes, snapshot: Snapshot, columns: tuple[Column, ...], source: str) -> Parsed:
    """Read the table as it is: a row per group, a column per age band. The total is checked and not used again."""
    schema = {column.name: pl.String() if column.kind == "text" else pl.Int64() for column in columns}
    checks = [
        (~pl.col("sex").str.to_lowercase().is_in(["male", "female"]), "sex: not Male or Female"),
        (pl.sum_horizontal(*AGE_BANDS) != pl.col(_TOTAL), "the age bands do not sum to All Ages"),
    ]
    if _CAUSE in columns:
        checks.append((~pl.col(_CAUSE.name).str.contains(_CAUSE_PARTS), "cause: not two digits and words"))
    table = csv_table(content, snapshot, columns)
    part = settle(table, columns, snapshot, source=source, schema={**schema, **PROVENANCE}, checks=checks)
    return finish([part], snapshot)


def _long_form(wide: Parsed, schema: dict[str, pl.DataType], counted: str) -> Parsed:
    """One row per age band, its figure named `counted`.

    A row of the file stands or falls whole, since its total vouches for its bands together: `rows_in`, the rows and
    the rejected rows all count it once for each band.
    """
    groups = wide.rows.with_columns(pl.col("sex").str.to_lowercase(), pl.lit(UNSTATED).alias("imd_release"))
    if _CAUSE.name in groups.columns:
        parts = pl.col(_CAUSE.name)
        groups = groups.with_columns(
            parts.str.extract(_CAUSE_PARTS, 1).alias("cause_code"), parts.str.extract(_CAUSE_PARTS, 2).alias("cause")
        )
    kept = [name for name in schema if name in groups.columns]
    rows = groups.unpivot(on=list(AGE_BANDS), index=kept, variable_name="age_band", value_name=counted)
    rows = rows.with_columns(pl.col("age_band").replace_strict(AGE_BANDS, return_dtype=pl.Int64).alias("age_start"))
    bands = pl.DataFrame({"age_band": list(AGE_BANDS)})
    return Parsed(
        rows=rows.select(list(schema)).sort("source_line", "age_start"),
        rejected=wide.rejected.join(bands, how="cross").drop("age_band"),
        rows_in=wide.rows_in * len(AGE_BANDS),
    )


RESOURCES: tuple[Resource, ...] = (
    Resource(
        name="ons_deaths_by_deprivation_decile",
        path="ons/deaths_by_deprivation_decile.csv",
        table="deaths_by_deprivation_decile",
        description="Deaths in England by cause, deprivation decile, age band and sex, 1981 to 2012.",
        url="https://www.ons.gov.uk/",
        publisher="ONS",
        licence=LICENCE,
        cadence="once (ad hoc release 006925, table 1)",
        parser=parse_deaths_by_decile,
        schema=DEATHS_BY_DECILE,
        key=DEATHS_KEY,
    ),
    Resource(
        name="ons_population_by_deprivation_decile",
        path="ons/population_by_deprivation_decile.csv",
        table="population_by_deprivation_decile_and_age",
        description="People in England by deprivation decile, age band and sex, 2001 to 2012.",
        url="https://www.ons.gov.uk/",
        publisher="ONS",
        licence=LICENCE,
        cadence="once (ad hoc release 006925, table 3)",
        parser=parse_population_by_decile_and_age,
        schema=POPULATION_BY_DECILE_AND_AGE,
        key=POPULATION_KEY,
    ),
)
