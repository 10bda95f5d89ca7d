"""Lookups between geographies as the ONS Open Geography portal publishes them: which area lies in which, and when.

What belongs here: one table of layouts (what each file links, in which vintage) and the readers that follow it. What
does not: choosing a vintage, best fits, or following an area through its changes (SQL does that). Rows of Wales,
Scotland and Northern Ireland are kept as published.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial

import polars as pl

from pipelines.sources.access.arcgis import FeatureService
from pipelines.sources.access.web_file import WebFile
from pipelines.sources.contract import Access, ContractBroken, Parsed, Resource, Snapshot
from pipelines.sources.formats.table import LICENCE, Column, csv_table, file_label, shown
from pipelines.sources.formats.typed_rows import PROVENANCE, finish, settle

PORTAL = "https://geoportal.statistics.gov.uk/"


def _table(*names: str, numbers: tuple[str, ...] = ()) -> dict[str, pl.DataType]:
    return {**{name: pl.Int64() if name in numbers else pl.String() for name in names}, **PROVENANCE}


TABLES: dict[str, dict[str, pl.DataType]] = {
    "lsoa_to_lad": _table("lsoa_vintage", "lsoa_code", "lsoa_name", "lad_vintage", "lad_code", "lad_name"),
    "lsoa_change": _table(
        "lsoa11_code", "lsoa11_name", "change_code", "lsoa21_code", "lsoa21_name", "lad22_code", "lad22_name"
    ),
    "lsoa_to_icb": _table(
        "lsoa_vintage",
        "lsoa_code",
        "icb_vintage",
        "icb_code",
        "icb_ods_code",
        "icb_name",
        "sub_icb_code",
        "sub_icb_ods_code",
        "sub_icb_name",
    ),
    "lad_to_upper_tier": _table("vintage", "lad_code", "lad_name", "upper_tier_code", "upper_tier_name"),
    "lad_to_region": _table("vintage", "lad_code", "lad_name", "region_code", "region_name"),
    "lad_history": _table("chain", "year", "lad_code", "lad_name", numbers=("chain", "year")),
}
"""The staging tables; vintages are years as text. `lad_history` has one row per chain of successors and year."""

KEYS: dict[str, tuple[str, ...]] = {
    "lsoa_to_lad": ("lsoa_vintage", "lsoa_code", "lad_vintage"),
    "lsoa_change": ("lsoa11_code", "lsoa21_code"),
    "lsoa_to_icb": ("lsoa_vintage", "lsoa_code", "icb_vintage"),
    "lad_to_upper_tier": ("vintage", "lad_code"),
    "lad_to_region": ("vintage", "lad_code"),
    "lad_history": ("chain", "year"),
}


@dataclass(frozen=True)
class Lookup:
    """One file: the table it fills, what it links in words, the columns it carries, and its vintages."""

    table: str
    description: str
    columns: tuple[Column, ...]
    vintages: Mapping[str, str | int]
    required: bool = False


def _area(staging: str, *published: str) -> tuple[Column, Column]:
    """Code and name of an area, under the portal's own headers (`LAD19CD`) or spelled out (`ltla19_code`)."""
    codes = tuple(spelling for short in published for spelling in (f"{short}_code", f"{short}cd"))
    names = tuple(spelling for short in published for spelling in (f"{short}_name", f"{short}nm"))
    return Column(f"{staging}_code", codes, "code"), Column(f"{staging}_name", names, may_be_empty=True)


def _lad(year: int, staging: str = "lad") -> tuple[Column, Column]:
    return _area(staging, f"ltla{year}", f"lad{year}")


def _lsoa_to_lad(lsoa: int, lad: int, *, required: bool = False) -> Lookup:
    return Lookup(
        "lsoa_to_lad",
        f"LSOAs of 20{lsoa} in England and Wales to local authority districts of 20{lad}.",
        (*_area("lsoa", f"lsoa{lsoa}"), *_lad(lad)),
        {"lsoa_vintage": f"20{lsoa}", "lad_vintage": f"20{lad}"},
        required,
    )


def _lsoa_to_icb(lsoa: int, icb: int) -> Lookup:
    def health(staging: str, short: str) -> tuple[Column, ...]:
        ods = (f"{short}_code_h", f"{short}_code_nhs", f"{short}cdh", f"{short}cdnhs")
        return (*_area(staging, short), Column(f"{staging}_ods_code", ods))

    return Lookup(
        "lsoa_to_icb",
        f"LSOAs of 20{lsoa} in England to sub-ICB locations and integrated care boards of 20{icb}.",
        (*_area("lsoa", f"lsoa{lsoa}")[:1], *health("icb", f"icb{icb}"), *health("sub_icb", f"sicbl{icb}")),
        {"lsoa_vintage": f"20{lsoa}", "icb_vintage": f"20{icb}"},
    )


def _lad_to_upper_tier(year: int, *, required: bool = False) -> Lookup:
    return Lookup(
        "lad_to_upper_tier",
        f"Local authority districts to upper-tier local authorities of 20{year}.",
        # The portal's series is called LTLA to UTLA up to 2023, LAD to CTYUA since.
        (*_lad(year), *_area("upper_tier", f"utla{year}", f"ctyua{year}")),
        {"vintage": f"20{year}"},
        required,
    )


def _lad_to_region(year: int, *, required: bool = False) -> Lookup:
    return Lookup(
        "lad_to_region",
        f"Local authority districts to regions of 20{year}.",
        (*_lad(year), *_area("region", f"region{year}", f"rgn{year}")),
        {"vintage": f"20{year}"},
        required,
    )


LOOKUPS: dict[str, Lookup] = {
    "lsoa11_to_lad19": _lsoa_to_lad(11, 19, required=True),
    "lsoa21_to_lad24": _lsoa_to_lad(21, 24),
    "lsoa21_to_lad25": _lsoa_to_lad(21, 25),
    "lsoa11_to_lsoa21_to_lad22": Lookup(
        "lsoa_change",
        "LSOAs of 2011 to LSOAs of 2021: unchanged (U), split (S), merged (M) or redrawn (X).",
        (
            *_area("lsoa11", "lsoa11"),
            Column("change_code", ("change_code", "chgind")),
            *_area("lsoa21", "lsoa21"),
            *_lad(22, "lad22"),
        ),
        {},
    ),
    "lsoa11_to_icb22": _lsoa_to_icb(11, 22),
    "lsoa21_to_icb24": _lsoa_to_icb(21, 24),
    "lsoa21_to_icb25": _lsoa_to_icb(21, 25),
    "lsoa21_to_icb26": _lsoa_to_icb(21, 26),
    "lad19_to_utla19": _lad_to_upper_tier(19, required=True),
    "lad21_to_utla21": _lad_to_upper_tier(21),
    "lad23_to_utla23": _lad_to_upper_tier(23),
    "lad24_to_utla24": _lad_to_upper_tier(24),
    "lad25_to_utla25": _lad_to_upper_tier(25),
    "lad19_to_region19": _lad_to_region(19, required=True),
    "lad23_to_region23": _lad_to_region(23),
    "lad24_to_region24": _lad_to_region(24),
    "lad25_to_region25": _lad_to_region(25),
}
"""Every plain lookup by its name; its file is `geography/<name>.csv`. Editions of one lookup stand side by side."""

_HUB = "https://hub.arcgis.com/api/v3/datasets/{item}_0/downloads/data?format=csv&spatialRefId=4326&where=1%3D1"
_LAD19 = "cbf3896924a74e58ac96b7ec66a34071"
_ICB22 = "423c8069710c4d488d5ff99475688101"
_REGION19 = "3ba3daf9278f47daba0f561889c3521a"

ACCESS: dict[str, tuple[Access, ...]] = {
    # Item seen in six repositories or more; the name is its title's, the live name may carry the item's id.
    "lsoa11_to_lad19": (FeatureService("LSOA11_WD19_LAD19_EW_LU", item=_LAD19), WebFile(_HUB.format(item=_LAD19))),
    # Seen in eight repositories or more.
    "lsoa21_to_lad24": (FeatureService("LSOA21_WD24_LAD24_EW_LU"),),
    # Seen in two repositories.
    "lsoa21_to_lad25": (FeatureService("LSOA21_WD25_LAD25_EW_LU_v2"),),
    # Captured 17 September 2026. The name without a suffix has other headers, `_v2` is a best fit without changes.
    "lsoa11_to_lsoa21_to_lad22": (
        FeatureService("LSOA11_LSOA21_LAD22_EW_LU_v5", item="cbfe64cc03d74af982c1afec639bafd1"),
    ),
    # Item seen in one repository; the name is that of the workbook's sheet.
    "lsoa11_to_icb22": (
        FeatureService("LSOA11_LOC22_ICB22_LAD22_EN_LU", item=_ICB22),
        WebFile(_HUB.format(item=_ICB22)),
    ),
    # Seen in four repositories or more.
    "lsoa21_to_icb24": (FeatureService("LSOA21_SICBL24_ICB24_CAL24_LAD24_EN_LU"),),
    # Seen in one repository each, August 2026.
    "lsoa21_to_icb25": (FeatureService("LSOA21_SICBL25_ICB25_CAL25_LAD25_EN_LU"),),
    "lsoa21_to_icb26": (FeatureService("LSOA21_SICBL26_ICB26_CAL26_LAD26_EN_LU"),),
    # Seen in five repositories or more, and in one each.
    "lad19_to_utla19": (FeatureService("LTLA19_UTLA19_EW_LU"),),
    "lad21_to_utla21": (FeatureService("LTLA21_UTLA21_EW_LU"),),
    "lad23_to_utla23": (FeatureService("LTLA23_UTLA23_EW_LU"),),
    # Seen in two repositories each.
    "lad24_to_utla24": (FeatureService("LAD24_CTYUA24_EW_LU"),),
    "lad25_to_utla25": (FeatureService("LAD25_CTYUA25_EW_LU_v2"),),
    # Seen in two repositories; the item in one.
    "lad19_to_region19": (
        FeatureService("LAD19_RGN19_EN_LU_948748b0eaa54fe888a604b126f5e672"),
        FeatureService("LAD19_RGN19_EN_LU", item=_REGION19),
    ),
    # Seen in one, nine or more, and seven or more repositories; the last captured in 2026.
    "lad23_to_region23": (FeatureService("LAD23_RGN23_EN_LU"),),
    "lad24_to_region24": (FeatureService("LAD24_RGN24_EN_LU"),),
    "lad25_to_region25": (FeatureService("LAD25_RGN25_EN_LU_v2"),),
}
"""How each lookup is fetched, with what its address rests on; none was tried from here."""

_HISTORY_YEARS = range(2009, 2041)


def parse_lookup(content: bytes, snapshot: Snapshot, *, name: str) -> Parsed:
    """Read the lookup `name` of `LOOKUPS`; names and codes are told apart by header, whatever their order.

    Raises ContractBroken when a column of the layout is missing. Repeated rows are kept.
    """
    lookup = LOOKUPS[name]
    part = settle(
        csv_table(content, snapshot, lookup.columns),
        lookup.columns,
        snapshot,
        source=lookup.table,
        schema=TABLES[lookup.table],
        constants=lookup.vintages,
    )
    return finish([part], snapshot)


def parse_lad_history(content: bytes, snapshot: Snapshot) -> Parsed:
    """Read chains of districts through the years into long form: a row per chain (data row, from 1) and year.

    `rows_in` counts chain-years, so a row of the file counts once for each year it holds. Raises ContractBroken when
    a year has codes without names or names without codes, or when the file holds fewer than two years.
    """
    years = {year: _lad(year % 100, f"lad_{year}") for year in _HISTORY_YEARS}
    table = csv_table(
        content,
        snapshot,
        [Column(side.name, side.headers, may_be_absent=True) for pair in years.values() for side in pair],
    )
    held = {year: pair for year, pair in years.items() if any(side.name in table.placed for side in pair)}
    halves = [side.headers[0] for pair in held.values() for side in pair if side.name not in table.placed]
    if halves or len(held) < 2:
        raise ContractBroken(
            "The district history lacks a column." if halves else "The district history is no history.",
            where=file_label(snapshot),
            expected=f"the columns {', '.join(halves)}" if halves else "codes and names of at least two years",
            found=shown(", ".join(header for header in table.headers if header)),
            do="Fetch the file again; if the publisher renamed a column, add the new spelling here.",
        )
    chains = table.cells.with_columns((pl.int_range(pl.len(), dtype=pl.Int64) + 1).alias("chain"))
    code, name = _area("lad")
    return finish(
        [
            settle(
                replace(
                    table,
                    cells=chains,
                    placed={code.name: table.placed[of_year[0].name], name.name: table.placed[of_year[1].name]},
                ),
                (code, name),
                snapshot,
                source="lad_history",
                schema=TABLES["lad_history"],
                constants={"year": year},
            )
            for year, of_year in held.items()
        ],
        snapshot,
    )


def _resource(name: str, table: str, description: str, *, required: bool = False) -> Resource:
    parser = parse_lad_history if name == "lad_history_2016_2024" else partial(parse_lookup, name=name)
    return Resource(
        name=name,
        path=f"geography/{name}.csv",
        table=table,
        description=description,
        url=PORTAL,
        publisher="ONS Geography",
        licence=LICENCE,
        cadence="when boundaries change",
        parser=parser,
        schema=TABLES[table],
        key=KEYS[table],
        required=required,
        access=ACCESS.get(name, ()),
    )


RESOURCES: tuple[Resource, ...] = (
    *(_resource(name, held.table, held.description, required=held.required) for name, held in LOOKUPS.items()),
    _resource(
        "lad_history_2016_2024",
        "lad_history",
        "Chains of local authority districts and their successors, 2016 to 2024, United Kingdom.",
    ),
)
