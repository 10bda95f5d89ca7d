"""ONS's Explore Local Statistics: one tidy CSV per indicator, every area and period, with 95% limits.

What belongs here: what those files call their columns, and which of their indicators are ours. What does not: what a
marker, a limit or a period is (`ons/expectancy.py`, `formats/period.py`).

A file may name an area under its old and its new code in one period; the note beside it says so, and stays.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import polars as pl

from pipelines.sources.contract import Parsed, Resource, Snapshot
from pipelines.sources.formats import value_note
from pipelines.sources.formats.table import LICENCE, LINE, SHORT, SPILL, Column, csv_table, tidy_header
from pipelines.sources.formats.typed_rows import AREA_CODE, finish
from pipelines.sources.ons.expectancy import MARKERS, settle_expectancy

SOURCE = "ons_explore_local_statistics"


class Meaning(NamedTuple):
    """What one of their indicators is to us."""

    indicator: str
    sex: str
    age: str
    age_label: str


INDICATORS: dict[str, Meaning] = {
    "male healthy life expectancy": Meaning("healthy_life_expectancy_at_birth", "male", "at_birth", "at birth"),
    "female healthy life expectancy": Meaning("healthy_life_expectancy_at_birth", "female", "at_birth", "at birth"),
    "cancer diagnosis at stage 1 and 2": Meaning("cancer_stage_1_2", "persons", "all_ages", "All ages"),
}
"""Their indicators that are ours, by name in lower case; rows of all others are rejected."""

AREA_TYPES: dict[str, str] = {
    "local authority district": "district",
    "county or unitary authority": "upper_tier",
    "combined authority or city region": "combined_authority",
    "region": "region",
    "nation": "country",
    "country": "country",
}

COLUMNS = (
    Column("area_code", ("areacd",)),
    Column("area_type_label", ("geography",)),
    Column("indicator_label", ("indicator",)),
    Column("period", ("period",)),
    Column("value", ("observation",)),
    Column("value_lower", ("lci_95",)),
    Column("value_upper", ("uci_95",)),
    Column("status", ("status",), may_be_absent=True),
    Column("note", ("notes",), may_be_absent=True),
)


def parse(content: bytes, snapshot: Snapshot) -> Parsed:
    """Read one file into OBSERVATION rows, in the published unit.

    Rows of indicators that are not ours and of areas above the four countries are rejected. Raises ContractBroken for
    another layout, and where not one row can be read.
    """
    table = csv_table(content, snapshot, COLUMNS, all_are_read=False)
    place = (pl.col(LINE), pl.col(SPILL), pl.col(SHORT), table.row_text().alias("row_text"))
    rows = table.cells.select(*(table.text(column) for column in COLUMNS), *place)
    name = pl.col("indicator_label").map_elements(tidy_header, return_dtype=pl.String)
    label = pl.col("area_type_label").str.to_lowercase()
    status = pl.format("[{}]", pl.col("status").str.to_lowercase())
    meant = {field: {ours: getattr(one, field) for ours, one in INDICATORS.items()} for field in Meaning._fields}
    rows = rows.with_columns(
        # Their status is ONS's marker without its brackets, in a column of its own.
        pl.coalesce("value", pl.when(status.is_in(list(MARKERS))).then(status)).alias("value"),
        label.replace_strict(AREA_TYPES, default=label.str.replace_all(r"[^a-z0-9]+", "_")).alias("area_type"),
        *(name.replace_strict(of, default=None, return_dtype=pl.String).alias(field) for field, of in meant.items()),
        *(pl.lit("total").alias(column) for column in ("dimension", "scheme", "category")),
    )
    code = pl.col("area_code")
    faults = (
        (code.is_null(), pl.lit("area_code: empty")),
        (~code.str.contains(AREA_CODE), pl.lit("area_code: not a letter and eight digits")),
        (
            ~code.str.contains("^[EWSN]"),
            pl.lit("area_code: not an area of England, Wales, Scotland or Northern Ireland"),
        ),
        (pl.col("indicator").is_null(), pl.format("the indicator {} is none of ours", "indicator_label")),
    )
    settled = settle_expectancy(rows.drop("note"), snapshot, source=SOURCE, faults=faults)
    return finish([replace(settled, rows=_with_notes(settled.rows, rows))], snapshot)


def _with_notes(settled: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with what the publisher notes beside them."""
    beside = rows.select(LINE, pl.col("note").alias("beside"), pl.col("status").alias("state"))
    noted = settled.join(beside, on=LINE, how="left", maintain_order="left")
    estimated = pl.when(pl.col("value").is_not_null() & pl.col("state").is_not_null())
    state = estimated.then(pl.format("ONS status {}", "state"))
    words = pl.concat_str("note", state, "beside", separator=". ", ignore_nulls=True)
    typed = pl.col("beside").map_elements(value_note.note_code, return_dtype=pl.String)
    return noted.with_columns(
        note=pl.when(words.str.len_bytes() > 0).then(words),
        note_code=pl.coalesce("note_code", typed, pl.when(state.is_not_null()).then(pl.lit(value_note.OTHER))),
    ).select(settled.columns)


RESOURCES = (
    Resource(
        name=SOURCE,
        path="ons/explore_local_statistics_*.csv",
        table=SOURCE,
        description="Indicators of local areas with 95% limits, one tidy file per indicator.",
        url="https://www.ons.gov.uk/explore-local-statistics/",
        publisher="ONS",
        licence=LICENCE,
        cadence="annual",
        parser=parse,
        many=True,
    ),
)
