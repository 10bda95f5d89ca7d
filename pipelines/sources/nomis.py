"""Populations by neighbourhood and by deprivation decile: the people that weights count.

What belongs here: the Census 2021 table TS007A as Nomis exports it, and the small table of England's people by decile
of the Index of Multiple Deprivation. What does not: the populations printed inside the Indices themselves (`iod.py`).
"""

from __future__ import annotations

import polars as pl

from pipelines.sources.access.web_file import ZipMember
from pipelines.sources.contract import Parsed, Resource, Snapshot
from pipelines.sources.formats.table import LICENCE, Column, csv_table
from pipelines.sources.formats.typed_rows import PROVENANCE, finish, settle

SITE = "https://www.nomisweb.co.uk"

AGE_BANDS: dict[str, str] = {
    "population_aged_0_4": "aged 4 years and under",
    **{f"population_aged_{age}_{age + 4}": f"aged {age} to {age + 4} years" for age in range(5, 85, 5)},
    "population_aged_85_and_over": "aged 85 years and over",
}
"""Staging column of each five-year age band, and its header in TS007A."""

TOTAL_TOLERANCE = len(AGE_BANDS)
"""How far a total may stand from the sum of its 18 age bands: one person per band.

In the TS007A export of April 2023 every one of the 35,672 totals equals its sum. Census tables are perturbed cell by
cell to protect people, so an export whose totals are perturbed separately may differ by a little; a difference above
this means shifted columns, and the row is rejected.
"""

POPULATION_BY_LSOA: dict[str, pl.DataType] = {
    "census_year": pl.Int64(),
    "lsoa_vintage": pl.String(),
    "lsoa_code": pl.String(),
    "lsoa_name": pl.String(),
    "population": pl.Int64(),
    **{band: pl.Int64() for band in AGE_BANDS},
    **PROVENANCE,
}
"""One row per LSOA of 2021 in England and Wales: usual residents on census day, in total and by age band."""

POPULATION_BY_DECILE: dict[str, pl.DataType] = {
    "area_code": pl.String(),
    "imd_release": pl.String(),
    "lsoa_vintage": pl.String(),
    "decile": pl.Int64(),
    "population": pl.Int64(),
    "population_reference": pl.String(),
    "source_reference": pl.String(),
    **PROVENANCE,
}
"""One row per area, release of the index and decile (1 = most deprived): people living in that decile's LSOAs."""

_CENSUS = (
    Column(
        "lsoa_name",
        ("2021 super output area - lower layer", "lower layer super output areas", "geography"),
        may_be_empty=True,
    ),
    Column("lsoa_code", ("mnemonic", "lower layer super output areas code", "geography code"), "code"),
    Column("population", ("total", "total: all usual residents", "age: total"), "whole", low=0),
    *(Column(band, (header, f"age: {header}"), "whole", low=0) for band, header in AGE_BANDS.items()),
)

_DECILE = (
    Column("area_code", ("area_code",), "code"),
    Column("imd_release", ("imd_release",)),
    Column("lsoa_vintage", ("lsoa_vintage",)),
    Column("decile", ("decile",), "whole", low=1, high=10),
    Column("population", ("population",), "whole", low=0),
    Column("population_reference", ("population_reference",)),
    Column("source_reference", ("source_reference",), may_be_empty=True),
)


def parse_census_population(content: bytes, snapshot: Snapshot) -> Parsed:
    """Read TS007A at LSOA level: CSV with lines of explanation before the header. Raises ContractBroken.

    A row is rejected when its total stands further than `TOTAL_TOLERANCE` from the sum of its age bands.
    """
    table = csv_table(content, snapshot, _CENSUS)
    apart = (pl.col("population") - pl.sum_horizontal(*AGE_BANDS)).abs()
    part = settle(
        table,
        _CENSUS,
        snapshot,
        source="population_by_lsoa",
        schema=POPULATION_BY_LSOA,
        constants={"census_year": 2021, "lsoa_vintage": "2021"},
        checks=[(apart > TOTAL_TOLERANCE, f"the total is not the sum of the age bands (within {TOTAL_TOLERANCE})")],
    )
    return finish([part], snapshot)


def parse_population_by_decile(content: bytes, snapshot: Snapshot) -> Parsed:
    """Read people by decile of the index: plain CSV with the staging names as headers. Raises ContractBroken."""
    table = csv_table(content, snapshot, _DECILE)
    year = r"^[0-9]{4}$"
    part = settle(
        table,
        _DECILE,
        snapshot,
        source="population_by_deprivation_decile",
        schema=POPULATION_BY_DECILE,
        checks=[(~pl.col(name).str.contains(year), f"{name}: not a year") for name in ("imd_release", "lsoa_vintage")],
    )
    return finish([part], snapshot)


RESOURCES: tuple[Resource, ...] = (
    Resource(
        name="census2021_population_by_lsoa21",
        path="ons/census2021_population_by_lsoa21_age.csv",
        table="population_by_lsoa",
        description="Census 2021 usual residents of every LSOA of 2021 in England and Wales by five-year age band.",
        url=f"{SITE}/",
        publisher="ONS, Nomis",
        licence=LICENCE,
        cadence="every ten years",
        parser=parse_census_population,
        schema=POPULATION_BY_LSOA,
        key=("lsoa_vintage", "lsoa_code"),
        # Seen in five repositories or more.
        access=(ZipMember(f"{SITE}/output/census/2021/census2021-ts007a.zip", "census2021-ts007a-lsoa.csv"),),
    ),
    Resource(
        name="england_population_by_imd_decile",
        path="population/england_by_imd_decile.csv",
        table="population_by_deprivation_decile",
        description="People living in each national decile of the Index of Multiple Deprivation, England.",
        url="https://www.gov.uk/government/collections/english-indices-of-deprivation",
        publisher="MHCLG and ONS",
        licence=LICENCE,
        cadence="with each release of the index",
        parser=parse_population_by_decile,
        schema=POPULATION_BY_DECILE,
        key=("area_code", "imd_release", "decile"),
    ),
)
