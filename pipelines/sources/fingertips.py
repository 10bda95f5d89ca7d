"""OHID Fingertips: one CSV of one indicator (or several) at one area type, every period, inequality rows included.

What belongs here: the columns of that CSV in its three known layouts, and what a row is about. What does not: words
for ages and area types (`fingertips_labels.py`), a row's figures (`fingertips_figures.py`), periods (`period.py`),
categories (the catalogue), or duplicates (England comes twice; `intake.py` removes them once for all files).
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import polars as pl

from pipelines import catalogue
from pipelines.sources.contract import REJECTED, ContractBroken, Parsed, Resource, Snapshot, as_observation
from pipelines.sources.fingertips_figures import first_fault, settle_figures
from pipelines.sources.fingertips_labels import SEXES, age_slug, area_type_slug
from pipelines.sources.layout import LICENCE, LINE, SPILL, Column, Table, csv_table, file_label, tidy_header
from pipelines.sources.period import conform_period

if TYPE_CHECKING:
    from pipelines.catalogue import Catalogue

SOURCE = "fingertips"
API = "https://fingertips.phe.org.uk/api/all_data/csv/by_indicator_id"
ENGLAND = 15
LONGEST_CELL = 32_767

COLUMNS: tuple[Column, ...] = (
    Column("indicator_id", ("indicator id",)),
    Column("indicator_name", ("indicator name",), may_be_absent=True),
    Column("area_code", ("area code",)),
    Column("area_type_label", ("area type",)),
    Column("sex_label", ("sex",)),
    Column("age_label", ("age",)),
    Column("category_type", ("category type",)),
    Column("category_label", ("category",)),
    Column("period_label", ("time period",)),
    Column("period_range", ("time period range",), may_be_absent=True),
    Column("value", ("value",)),
    Column("value_lower", ("lower ci 95.0 limit", "lower ci 95 limit", "lower ci limit")),
    Column("value_upper", ("upper ci 95.0 limit", "upper ci 95 limit", "upper ci limit")),
    Column("value_lower_998", ("lower ci 99.8 limit",), may_be_absent=True),
    Column("value_upper_998", ("upper ci 99.8 limit",), may_be_absent=True),
    Column("numerator", ("count",)),
    Column("denominator", ("denominator",)),
    Column("note", ("value note",)),
)
"""What is read, found by meaning: the place and name of others vary, and the 2019 layout has no period range."""

_SPELLINGS = {re.sub(r"[^a-z0-9]", "", header): header for column in COLUMNS for header in column.headers}


def parse(content: bytes, snapshot: Snapshot) -> Parsed:
    """Read one Fingertips CSV with the project's catalogue; see `parse_with`."""
    return parse_with(content, snapshot, catalogue.load())


def parse_with(content: bytes, snapshot: Snapshot, known: Catalogue) -> Parsed:
    """Read one Fingertips CSV into OBSERVATION rows, in the order of the file, duplicates included.

    Figures stay in the published unit. A row that cannot be read is rejected with its line and reason; an indicator
    or category type that the catalogue lacks rejects its rows and is named in `unknown`. Blank lines are no rows.
    Raises ContractBroken for a web page, an empty or cut-off file, text that is not UTF-8, a missing column, an
    oversize cell, no rows, not one readable row, and a label that is new within a known category type.
    """
    table = _open(content, snapshot)
    rows = table.cells.select(LINE, SPILL, *map(table.text, COLUMNS), table.row_text().alias("row_text"))
    rows = rows.with_columns(pl.lit(None, pl.String).alias("reason"))
    rows = first_fault(rows, pl.col(SPILL).is_not_null(), "The row has more cells than the header.")
    rows = _require(rows, has_range="period_range" in table.placed)
    rows, unknown_indicators = _join_indicators(rows, known)
    rows, unknown_types = _join_categories(rows, known, table.where)
    rows = _join_labels(rows)
    rows = _join_periods(rows)
    rows = settle_figures(rows)
    rows = rows.with_columns(pl.lit(SOURCE).alias("source"), pl.lit(snapshot.sha256).alias("snapshot_sha256"))
    good, bad = rows.filter(pl.col("reason").is_null()), rows.filter(pl.col("reason").is_not_null())
    unknown = (*unknown_indicators, *unknown_types)
    if good.is_empty() and not unknown:
        raise ContractBroken(
            "Not one row can be read.",
            where=table.where,
            expected="at least one row that the catalogue and the contract accept",
            found=f"{bad.height:,} rows, all rejected: {'; '.join(bad['reason'].unique(maintain_order=True).head(5))}",
            action="Mend the catalogue if a year type or a scale is wrong there; else fetch the file again.",
        )
    rejected = bad.select(pl.col(name).cast(dtype) for name, dtype in REJECTED.items())
    return Parsed(as_observation(good), rejected, rows.height, unknown)


def _tidy(header: str) -> str:
    """The header as COLUMNS spells it, whatever its case, spaces and marks."""
    return _SPELLINGS.get(re.sub(r"[^a-z0-9]", "", header.lower()), tidy_header(header))


def _open(content: bytes, snapshot: Snapshot) -> Table:
    """The file as text, once nothing about the file as a whole is wrong."""
    where = file_label(snapshot)
    if re.search(rb"<html|<!doctype html", content[:2048], re.IGNORECASE):
        raise ContractBroken(
            "This is a web page, not data.",
            where=where,
            expected="CSV text",
            found=content[:80].decode("utf-8", errors="replace"),
            action="Fetch the file again: the publisher answered with an error page.",
        )
    try:
        content.decode("utf-8-sig")
        table = csv_table(content, snapshot, COLUMNS, tidy=_tidy)
    except UnicodeDecodeError as error:
        raise ContractBroken(
            "The text is not UTF-8.",
            where=f"{where}, byte {error.start:,}",
            expected="UTF-8, with or without a byte order mark, as Fingertips serves it",
            found=repr(content[max(0, error.start - 20) : error.end + 20]),
            action="Fetch the file again rather than saving it from a spreadsheet, which changes its encoding.",
        ) from error
    except csv.Error as error:
        raise _oversize(where, str(error)) from error
    longest = table.cells.select(pl.max_horizontal(pl.exclude(LINE).str.len_bytes().max())).item()
    if table.cells.is_empty():
        area_type = re.search(r"_(\d+)\.\w+$", snapshot.path)
        raise ContractBroken(
            "The file has a header and no rows.",
            where=where + (f", child area type id {area_type[1]}" if area_type else ""),
            expected="rows of the indicator at this area type",
            found="zero rows",
            action="Ask available_data whether the indicator exists at this area type; the last good release stays.",
        )
    if longest > LONGEST_CELL:
        raise _oversize(where, f"{longest:,} bytes")
    _refuse_cut_off(content, table)
    return table


def _oversize(where: str, found: str) -> ContractBroken:
    return ContractBroken(
        "A cell is far too long.",
        where=where,
        expected=f"cells of at most {LONGEST_CELL:,} bytes",
        found=found,
        action="Look for a quote that is never closed, then fetch the file again.",
    )


def _refuse_cut_off(content: bytes, table: Table) -> None:
    """Refuse a file whose last row stops in its middle: nobody knows how many rows are missing after it."""
    if content.endswith((b"\n", b"\r")):
        return
    line = table.cells[LINE][-1]
    last = content.decode("utf-8-sig").splitlines()[line - 1 :]
    cells = len(next(csv.reader(last), []))
    if cells < len(table.headers):
        raise ContractBroken(
            "The file is cut short.",
            where=f"{table.where}, line {line}",
            expected=f"{len(table.headers)} cells in the last row",
            found=f"{cells} cells and no line end: {last[0][:80]!r}" if last else "no line end",
            action="Fetch the file again: the transfer stopped early.",
        )


def _require(rows: pl.DataFrame, *, has_range: bool) -> pl.DataFrame:
    """Reject rows that lack what every row must have."""
    needed = {
        "indicator_id": "indicator id",
        "area_code": "area code",
        "area_type_label": "area type",
        "sex_label": "sex",
        "age_label": "age",
        "period_label": "time period",
        **({"period_range": "time period range"} if has_range else {}),
    }
    for name, words in needed.items():
        rows = first_fault(rows, pl.col(name).is_null(), f"The {words} is blank.")
    rows = first_fault(
        rows,
        pl.col("category_type").is_null() != pl.col("category_label").is_null(),
        "Of category type and category, one is blank.",
    )
    # NHS area codes come as nE54000055.
    return rows.with_columns(pl.col("area_code").str.replace(r"^n([A-Z]\d{8})$", "$1"))


def _join_distinct(
    rows: pl.DataFrame, keys: tuple[str, ...], added: dict[str, pl.DataType], read: Callable[..., tuple[object, ...]]
) -> pl.DataFrame:
    """Add columns that depend only on `keys`, asking `read` once for each distinct combination."""
    distinct = rows.select(keys).unique(maintain_order=True)
    answers = pl.DataFrame([read(*row) for row in distinct.iter_rows()], schema=added, orient="row")
    return rows.join(distinct.hstack(answers), on=keys, how="left", nulls_equal=True, maintain_order="left")


def _join_indicators(rows: pl.DataFrame, known: Catalogue) -> tuple[pl.DataFrame, list[str]]:
    """Add what the catalogue says of each indicator; reject the rows of those it lacks, with a block to paste."""

    def read(published: str | None) -> tuple[object, ...]:
        found = known.indicator_by_fingertips_id(int(published)) if published and published.isdecimal() else None
        if found is None:
            return (None,) * 7
        return (
            found.slug,
            found.value_kind,
            float(found.scale),
            found.can_exceed_100,
            found.age_standardised,
            found.year_type,
            found.age or None,
        )

    added: dict[str, pl.DataType] = {
        "indicator": pl.String(),
        "value_kind": pl.String(),
        "scale": pl.Float64(),
        "can_exceed_100": pl.Boolean(),
        "age_standardised": pl.String(),
        "year_type": pl.String(),
        "age_override": pl.String(),
    }
    rows = _join_distinct(rows, ("indicator_id",), added, read)
    number = pl.col("indicator_id").str.contains(r"^\d{1,9}$")
    rows = first_fault(rows, ~number, pl.format("The indicator id {} is not a number.", "indicator_id"))
    lacking = number & pl.col("indicator").is_null()
    rows = first_fault(rows, lacking, pl.format("The catalogue has no indicator with Fingertips id {}.", "indicator_id"))
    counts = rows.filter(lacking).group_by("indicator_id", maintain_order=True).agg(pl.len(), pl.first("indicator_name"))
    sentences = [
        f"The catalogue has no indicator with Fingertips id {published} ({name or 'no name'}): {count:,} rows rejected. "
        f"To take it in, review this block and paste it into indicators.toml:\n"
        f"{known.suggest_block(int(published), name or '')}"
        for published, count, name in counts.iter_rows()
    ]
    return rows, sentences


def _join_categories(rows: pl.DataFrame, known: Catalogue, where: str) -> tuple[pl.DataFrame, list[str]]:
    """Add dimension, scheme, category and rank. The scheme follows from all labels an indicator has for one type."""
    raise NotImplementedError
