"""One Fingertips CSV as text: its columns in their three known layouts, and what makes the file as a whole unusable.

What belongs here: opening the file and finding its columns by meaning. What does not: what a row is about
(`fingertips/__init__.py`), or reading CSV in general (`formats/table.py`).
"""

from __future__ import annotations

import re

import polars as pl

from pipelines.sources.contract import ContractBroken, Snapshot
from pipelines.sources.fingertips.figures import FIGURES
from pipelines.sources.formats.table import LINE, SHORT, SPILL, Column, Table, csv_table, file_label, shown

COLUMNS: tuple[Column, ...] = (
    Column("indicator_id", ("indicator id",)),
    Column("indicator_name", ("indicator name",), may_be_absent=True),
    Column("area_code", ("area code",)),
    Column("area_name", ("area name",), may_be_absent=True),
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
    Column("period_sortable", ("time period sortable",), may_be_absent=True),
)
"""What is read, found by meaning: the place and name of others vary, and the 2019 layout has no period range."""


def text_rows(content: bytes, snapshot: Snapshot) -> tuple[pl.DataFrame, Table]:
    """The rows of a file as text, with `source_line`, SPILL, SHORT and `row_text`; and the Table.

    Only the empty string is null (`None` is a religion). Blank lines are no rows. Raises ContractBroken for a web
    page, an empty or cut-off file, text that is not UTF-8, a missing column, an oversize cell, and zero rows.
    """
    where = file_label(snapshot)
    if re.search(rb"<html|<!doctype", content[:2048], re.IGNORECASE):
        raise ContractBroken(
            "This is a web page, not data.",
            where=where,
            expected="CSV text",
            found=shown(content.strip()[:80].decode("utf-8", errors="replace")),
            do="Fetch the file again: the publisher answered with an error page.",
        )
    try:
        content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ContractBroken(
            "The text is not UTF-8.",
            where=f"{where}, byte {error.start:,}",
            expected="UTF-8, with or without a byte order mark, as Fingertips serves it",
            found=repr(content[max(0, error.start - 20) : error.end + 20]),
            do="Fetch the file again; do not save it from a spreadsheet, which changes its encoding.",
        ) from error
    table = csv_table(content, snapshot, COLUMNS, all_are_read=False)
    rows = table.cells.select(LINE, SPILL, SHORT, *map(table.text, COLUMNS), table.row_text().alias("row_text"))
    rows = _as_empty(rows)
    if rows.is_empty():
        area_type = re.search(r"_(\d+)\.\w+$", snapshot.path)
        raise ContractBroken(
            "The file has a header and no rows.",
            where=where + (f", child area type {area_type[1]}" if area_type else ""),
            expected="rows of the indicator at this area type",
            found="zero rows",
            do="Check at the publisher that the indicator exists at this area type, then fetch the file again.",
        )
    return rows, table


def _as_empty(rows: pl.DataFrame) -> pl.DataFrame:
    """Take `NA` for empty where R wrote it: in figures and notes, and in both cells of a category at once.

    Elsewhere it is a word like any other.
    """
    nobody = pl.all_horizontal(pl.col("category_type", "category_label") == "NA").fill_null(value=False)
    return rows.with_columns(
        pl.col(*FIGURES, "note", "period_range", "period_sortable").replace("NA", None),
        *(pl.when(~nobody).then(name).alias(name) for name in ("category_type", "category_label")),
    )
