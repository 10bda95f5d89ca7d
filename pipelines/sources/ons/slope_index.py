"""The slope index of inequality as ONS publishes it, in sheets of the workbook of expectancies by deprivation decile.

What belongs here: recognising such a sheet by its header, and which expectancy and age a figure is of. What does not:
the deciles themselves (`ons/life_expectancy.py`), or the slope index that we compute (`measures/`), with which these
figures are to be reconciled.

**The layout was never seen.** No workbook in hand has such a sheet. What is read is what ONS writes elsewhere in the
same workbook: a header with a period or a sex, and a column whose header says slope index (or SII) and nothing more
than of which expectancy, at birth, in years. Which expectancy is told by that header, else by a column of measures,
else by the sheet's title or name; where none of them tells exactly one, the rows are rejected and never guessed. A
sheet that surprises costs its own rows, with a warning, and not the deciles of the same workbook.

ONS writes the advantage of the least deprived as a positive number, as Fingertips does (92901): the figure is kept as
published. It is of England as a whole, hence of the group `total`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import polars as pl

from pipelines.notes import Kind, Note
from pipelines.sources.contract import Parsed, Snapshot
from pipelines.sources.formats.table import Column, Table, shown, tidy_header
from pipelines.sources.formats.workbook import sheets_that_have
from pipelines.sources.ons.expectancy import MAX_YEARS, row_columns, settle_expectancy, without_notes

INDICATORS = {
    "life": "slope_index_of_life_expectancy_at_birth",
    "healthy": "slope_index_of_healthy_life_expectancy_england",
}
"""The catalogue's slug by expectancy; disability-free life expectancy has none."""

ENGLAND = "E92000001"
NOT_TOLD = "measure: neither header, column nor title tells of which one expectancy this is the slope index"
NO_INDICATOR = "measure: no indicator in the catalogue for the slope index of disability-free life expectancy"
NOT_AT_BIRTH = "age: only the slope index at birth is read"

_COLUMNS = (
    Column("period", ("period", "time period")),
    Column("sex", ("sex",)),
    Column("age_group", ("age group", "age")),
    Column("age_band", ("age band", "ageband", "age code")),
    Column("measure", ("measure", "metric", "indicator", "expectancy", "type of expectancy", "life expectancy type")),
    Column("area_code", ("area code",)),
    Column("area_name", ("area name", "area", "region")),
    Column("country", ("country",)),
)
_MEANING = {spelling: column.name for column in _COLUMNS for spelling in column.headers}

_NAMES_A_SLOPE = re.compile(r"\bsii\b|\bslope index\b")
_SAID_IN_FULL = {
    "sii", "slope", "index", "of", "inequality", "in", "for", "the", "at", "birth", "years", "value", "estimate",
    "life", "healthy", "disability", "free", "expectancy", "le", "hle", "dfle",
}  # fmt: skip
"""The words that the header of a column of slope indices is made of; any other may mean something else (a change)."""

_EXPECTANCY = re.compile(
    r"(?P<disability_free>\bdfle\b|disability[- ]free life expectancy)"
    r"|(?P<healthy>\bhle\b|healthy life expectancy)"
    r"|(?P<life>\ble\b|life expectancy)"
)
_OTHER_AGE = re.compile(r"\b(?:at|age|aged) [1-9]")


def parse_slope_indices(content: bytes, snapshot: Snapshot, *, source: str) -> list[Parsed]:
    """Read every sheet of the workbook that holds published slope indices; none is no fault.

    One Parsed a column of figures; a sheet whose slope columns say more than we can read is named in a note of one
    without rows. Raises ContractBroken for what is no workbook.
    """
    parts = []
    for table in sheets_that_have(content, snapshot, _header):
        figures = [place for place, header in enumerate(table.headers) if _is_figure(header)]
        parts += [_read(table, place, snapshot, source) for place in figures]
        if not figures:
            empty = settle_expectancy(_cells(table).clear(), snapshot, source=source, faults=())
            parts.append(replace(empty, notes=(_unreadable(table),)))
    return parts


def _header(cells: Sequence[str]) -> Mapping[str, int] | None:
    """Where the known columns of a header stand; None for a row that names no slope index beside a period or a sex."""
    tidied = [without_notes(cell) for cell in cells]
    placed = {_MEANING[name]: place for place, name in reversed([*enumerate(tidied)]) if name in _MEANING}
    slopes = [place for place, name in enumerate(tidied) if _NAMES_A_SLOPE.search(name)]
    return {**placed, "value": slopes[0]} if slopes and {"period", "sex"} & placed.keys() else None


def _is_figure(header: str) -> bool:
    """Whether a column holds the slope index itself: its header says so, and nothing that we do not know."""
    words = re.findall(r"[a-z0-9%]+", without_notes(header))
    return bool(_NAMES_A_SLOPE.search(without_notes(header))) and {*words} <= _SAID_IN_FULL


def _unreadable(table: Table) -> Note:
    headers = "; ".join(header for header in table.headers if _NAMES_A_SLOPE.search(without_notes(header)))
    return Note(Kind.SHEET_NOT_READ, where=table.where, count=table.cells.height, cause=shown(headers))


def _cells(table: Table) -> pl.DataFrame:
    value = pl.col(str(table.placed["value"])).alias("value")
    return table.cells.select(*(table.text(column) for column in _COLUMNS), value, *row_columns(table))


def _read(table: Table, place: int, snapshot: Snapshot, source: str) -> Parsed:
    """One column of figures, each row with its expectancy and age, or rejected."""
    cells = _cells(replace(table, placed={**table.placed, "value": place}))
    header = without_notes(table.headers[place])
    title = [tidy_header(text) for text in table.above]
    titled = _one_expectancy(text for text in title if _NAMES_A_SLOPE.search(text)) or _one_expectancy(title)
    stated = _one_expectancy([header])
    by_label = {text: _one_expectancy([text.lower()]) for text in cells["measure"].drop_nulls().unique()}
    in_row = pl.col("measure").replace_strict(by_label, default=None, return_dtype=pl.String)
    otherwise = in_row if "measure" in table.placed else pl.lit(titled, pl.String)
    rows = cells.with_columns(
        (pl.lit(stated, pl.String) if stated else otherwise).alias("expectancy"),
        pl.lit("country").alias("area_type"),
        pl.lit("at_birth").alias("age"),
        pl.coalesce("age_group", "age_band", pl.lit("at birth")).alias("age_label"),
        *(pl.lit("total").alias(name) for name in ("dimension", "scheme", "category")),
    ).with_columns(
        pl.col("expectancy").replace_strict(INDICATORS, default=None, return_dtype=pl.String).alias("indicator"),
    )
    has_age = bool({"age_group", "age_band"} & table.placed.keys())
    faults = (
        (pl.col("expectancy").is_null(), pl.lit(NOT_TOLD)),
        (pl.col("indicator").is_null(), pl.lit(NO_INDICATOR)),
        *(_faults_of_age() if has_age else _fault_of_titled_age([header, *title])),
        *(
            (pl.col(name).str.to_lowercase() != place, pl.format(f"{name}: {{}} is not England", name))
            for name, place in (("area_code", ENGLAND.lower()), ("area_name", "england"), ("country", "england"))
        ),
    )
    settled = settle_expectancy(rows, snapshot, source=source, faults=faults, least=-MAX_YEARS)
    return replace(settled, rows=settled.rows.with_columns(pl.lit(ENGLAND).alias("area_code")))


def _one_expectancy(texts: Iterable[str]) -> str | None:
    """The one expectancy that texts in lower case name; None where they name none, or several."""
    named = {found.lastgroup for text in texts for found in _EXPECTANCY.finditer(text)}
    return named.pop() if len(named) == 1 else None


def _faults_of_age() -> list[tuple[pl.Expr, pl.Expr]]:
    group, band = pl.col("age_group").str.to_lowercase(), pl.col("age_band")
    at_birth = pl.when(group.is_not_null()).then(group.is_in(["<1", "at birth"])).otherwise(band == "1")
    return [(group.is_null() & band.is_null(), pl.lit("age: empty")), (~at_birth, pl.lit(NOT_AT_BIRTH))]


def _fault_of_titled_age(texts: Iterable[str]) -> list[tuple[pl.Expr, pl.Expr]]:
    """For a sheet without a column of ages: its words may say that it is about another one."""
    other = any(_OTHER_AGE.search(text) for text in texts)
    return [(pl.lit(value=other), pl.lit(NOT_AT_BIRTH))]
