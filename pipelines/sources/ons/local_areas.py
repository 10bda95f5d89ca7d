"""Life and healthy life expectancy of local areas in the United Kingdom, as ONS publishes them.

What belongs here: the CSV of the ONS data set API (its first header is `v4_2`), and the workbooks of both measures
(sheet `1`, or the same columns as CSV). What does not: deciles (`ons/life_expectancy.py`), or what a marker or a limit
is (`ons/expectancy.py`).

The CSV and the workbook of life expectancy are two publications. The CSV stopped at 2016-18, on populations from
before the Census of 2021; the workbook is revised with each release. They differ for the same period, so each is a
source of its own in their common table.
"""

from __future__ import annotations

import re
from functools import partial

import polars as pl

from pipelines import catalogue
from pipelines.sources.access.ons_dataset import SITE, current_dataset
from pipelines.sources.access.web_file import WebFile
from pipelines.sources.contract import OBSERVATION_KEY, ContractBroken, Parsed, Resource, Snapshot
from pipelines.sources.formats.table import LICENCE, Column, Table, csv_table, file_label
from pipelines.sources.formats.typed_rows import AREA_CODE, finish
from pipelines.sources.formats.workbook import workbook_tables
from pipelines.sources.ons.expectancy import MARKERS, NO_INDICATOR, row_columns, settle_expectancy, without_notes

LIFE_EXPECTANCY_CSV = "ons_life_expectancy_by_local_authority"
LIFE_EXPECTANCY_WORKBOOK = "ons_life_expectancy_local_areas"
HEALTHY_LIFE_EXPECTANCY = "ons_healthy_life_expectancy_by_local_authority"
"""Source slugs, as the catalogue's order of preference names them."""

LIFE_EXPECTANCY_CSV_ADDRESS = (
    "https://download.ons.gov.uk/downloads/datasets/life-expectancy-by-local-authority/"
    "editions/time-series/versions/1.csv"
)
DATASETS = "/peoplepopulationandcommunity/healthandsocialcare/healthandlifeexpectancies/datasets/"

AGES: dict[str, str] = {
    "<1": "at_birth",
    "0-1": "at_birth",
    "00-01": "at_birth",
    "1": "at_birth",
    "65 to 69": "at_65",
    "65-69": "at_65",
    "15": "at_65",
}
"""Our ages by what ONS prints: the age group (`65 to 69`), or the number of the age band (1 is under one year)."""

_AREA_TYPES = {"local areas": "local_area", "countries": "country", "regions": "region", "counties": "county"}
_OUTSIDE = "area_code: not an area of England, Wales, Scotland or Northern Ireland"

_NUMBER_OF_MARKINGS = re.compile(r"v4_(\d)")
_CMD = (
    Column("value", tuple(f"v4_{count}" for count in range(10))),
    Column("marking", ("Data Marking", "Data_Marking", "data_marking"), may_be_absent=True),
    Column("period", ("Time",)),
    Column("area_code", ("administrative-geography",)),
    Column("sex", ("Sex",)),
    Column("age_label", ("age-groups", "agegroups")),
)
"""Each dimension comes twice, as code (`sex`) and as label (`Sex`), so capitals tell the columns apart."""

_AREA = (
    Column("period", ("period",)),
    Column("area_code", ("area code",)),
    Column("area_type_label", ("area type",), may_be_absent=True),
    Column("sex", ("sex",)),
    Column("age_group", ("age group",), may_be_absent=True),
    Column("age_band", ("age band", "ageband", "age code"), may_be_absent=True),
)
_VALUES = {
    "life_expectancy": ("life expectancy", "life expectancy (le)", "life expectancy (years)", "le"),
    "healthy_life_expectancy": (
        "healthy life expectancy",
        "healthy life expectancy (hle)",
        "healthy life expectancy (years)",
        "hle",
    ),
}


def parse_life_expectancy_cmd(content: bytes, snapshot: Snapshot) -> Parsed:
    """Read the `v4_N` CSV into OBSERVATION rows, in years: the value, N columns that qualify it, then the dimensions.

    Ages without an indicator in the catalogue are rejected. Raises ContractBroken for another layout, or where a
    column that qualifies the value stands outside the N that the header declares.
    """
    table = csv_table(content, snapshot, _CMD, tidy=_keep_capitals)
    _check_markings(table, snapshot)
    rows = table.cells.select(*(table.text(column) for column in _CMD), *row_columns(table))
    marking = pl.col("marking").str.to_lowercase()
    bracketed = pl.format("[{}]", marking)
    rows = rows.with_columns(
        # The marker has a column of its own here, without the brackets of the workbooks.
        pl.coalesce("value", pl.when(bracketed.is_in(list(MARKERS))).then(bracketed).otherwise(marking)).alias("value"),
        pl.lit("district").alias("area_type"),
    )
    return finish([_settle(rows, snapshot, measure="life_expectancy", source=LIFE_EXPECTANCY_CSV)], snapshot)


def parse_local_areas(content: bytes, snapshot: Snapshot, *, measure: str, source: str) -> Parsed:
    """Read a workbook, or its sheet as CSV, into OBSERVATION rows, in years.

    `measure` is `life_expectancy` or `healthy_life_expectancy`; sheets are found by their headers. Ages without an
    indicator in the catalogue are rejected, and so are areas above the four countries. Raises ContractBroken where
    no sheet has the columns.
    """
    columns = (*_AREA, Column("value", _VALUES[measure]))
    if content.startswith(b"PK"):
        tables = workbook_tables(content, snapshot, columns, tidy=without_notes)
    else:
        tables = [csv_table(content, snapshot, columns, tidy=without_notes)]
    parts = []
    for table in tables:
        rows = table.cells.select(*(table.text(column) for column in columns), *row_columns(table))
        label = pl.col("area_type_label").str.to_lowercase()
        rows = rows.with_columns(
            pl.coalesce("age_group", "age_band").alias("age_label"),
            label.replace_strict(_AREA_TYPES, default=label.str.replace_all(r"[^a-z0-9]+", "_")).alias("area_type"),
        )
        parts.append(_settle(rows, snapshot, measure=measure, source=source))
    return finish(parts, snapshot)


def _settle(rows: pl.DataFrame, snapshot: Snapshot, *, measure: str, source: str) -> Parsed:
    """Give rows their indicator by age, and their one group: everyone."""
    known = catalogue.load().indicators
    indicators = {age: slug for age in sorted({*AGES.values()}) if (slug := f"{measure}_{age}") in known}
    age = pl.col("age_label").str.to_lowercase().replace_strict(AGES, default=None, return_dtype=pl.String)
    code = pl.col("area_code")
    rows = rows.with_columns(
        age.alias("age"),
        age.replace_strict(indicators, default=None, return_dtype=pl.String).alias("indicator"),
        *(pl.lit("total").alias(name) for name in ("dimension", "scheme", "category")),
    )
    faults = (
        (code.is_null(), pl.lit("area_code: empty")),
        (~code.str.contains(AREA_CODE), pl.lit("area_code: not a letter and eight digits")),
        (~code.str.contains("^[EWSN]"), pl.lit(_OUTSIDE)),
        (pl.col("age_label").is_null(), pl.lit("age: empty")),
        (pl.col("indicator").is_null(), pl.lit(NO_INDICATOR)),
    )
    return settle_expectancy(rows, snapshot, source=source, faults=faults)


def _check_markings(table: Table, snapshot: Snapshot) -> None:
    """Refuse a file whose header contradicts itself: `v4_2` says that two columns after the value qualify it."""
    value = table.placed["value"]
    header = table.headers[value].strip()
    count = int(_NUMBER_OF_MARKINGS.findall(header)[0])
    first_dimension = min(place for name, place in table.placed.items() if name not in {"value", "marking"})
    qualifying = [value + 1 + place for place in range(count)]
    limits = [place for place, name in enumerate(table.headers) if re.search(r"\bci\b|data.marking", name.lower())]
    if value != 0 or (qualifying and qualifying[-1] >= first_dimension) or not {*limits} <= {*qualifying}:
        raise ContractBroken(
            "The header contradicts itself.",
            where=file_label(snapshot),
            expected=f"{header} first, then {count} columns that qualify it, then the dimensions",
            found=", ".join(table.headers),
            do="Fetch the file again; if the layout has changed, mend its parser.",
        )


def _keep_capitals(header: str) -> str:
    return " ".join(header.replace("\ufeff", " ").split())


def _resource(
    name: str, table: str, description: str, dataset: str, *, measure: str, source: str, file: str
) -> Resource:
    """One file of a data set. The workbook can be found there; a CSV of its sheet is made by hand."""
    path = DATASETS + dataset
    return Resource(
        name=name,
        path=f"ons/{file}",
        table=table,
        description=description,
        url=SITE + path,
        publisher="ONS",
        licence=LICENCE,
        cadence="annual",
        parser=partial(parse_local_areas, measure=measure, source=source),
        key=(*OBSERVATION_KEY, "source"),
        access=current_dataset(path) if file.endswith(".xlsx") else (),
    )


RESOURCES: tuple[Resource, ...] = (
    Resource(
        name="ons_life_expectancy_by_local_authority",
        path="ons/life_expectancy_by_local_authority.csv",
        table="ons_life_expectancy_by_local_authority",
        description="Life expectancy of every local authority in the United Kingdom by sex, with limits, 2016-18.",
        url=LIFE_EXPECTANCY_CSV_ADDRESS,
        publisher="ONS",
        licence=LICENCE,
        cadence="no longer updated",
        parser=parse_life_expectancy_cmd,
        key=(*OBSERVATION_KEY, "source"),
        access=(WebFile(LIFE_EXPECTANCY_CSV_ADDRESS),),
    ),
    _resource(
        "ons_life_expectancy_local_areas",
        "ons_life_expectancy_by_local_authority",
        "Life expectancy of local areas of the United Kingdom by sex and age, 2001-03 to now (workbook).",
        "lifeexpectancyforlocalareasoftheuk",
        measure="life_expectancy",
        source=LIFE_EXPECTANCY_WORKBOOK,
        file="life_expectancy_local_areas.xlsx",
    ),
    _resource(
        "ons_healthy_life_expectancy_by_local_authority",
        "ons_healthy_life_expectancy_by_local_authority",
        "Healthy life expectancy of local areas by sex, with limits: the workbook's sheet 1 as CSV.",
        "healthstatelifeexpectancyallagesuk",
        measure="healthy_life_expectancy",
        source=HEALTHY_LIFE_EXPECTANCY,
        file="healthy_life_expectancy_by_local_authority.csv",
    ),
    _resource(
        "ons_healthy_life_expectancy_local_areas",
        "ons_healthy_life_expectancy_by_local_authority",
        "Healthy life expectancy of local areas by sex, with limits (workbook).",
        "healthstatelifeexpectancyallagesuk",
        measure="healthy_life_expectancy",
        source=HEALTHY_LIFE_EXPECTANCY,
        file="healthy_life_expectancy_local_areas.xlsx",
    ),
)
