"""Reading the sheets of an .xlsx workbook as tables of text, each found by its header, never by its name or place.

What belongs here: opening a workbook, and which sheets hold a table. What does not: how big one may be
(`workbook_size.py`), how a header is recognised (`formats/table.py`), or what a publisher's columns are called.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import fastexcel
import polars as pl

from pipelines.sources.contract import ContractBroken, Snapshot
from pipelines.sources.formats.table import (
    HEADER_WITHIN_ROWS,
    SPILL,
    Column,
    Table,
    Tidy,
    broken,
    file_label,
    place_columns,
    recognise,
    refuse_page,
    stripped,
    tidy_header,
)
from pipelines.sources.formats.workbook_size import USUAL, Limits, refuse_oversize

FindHeader = Callable[[Sequence[str]], Mapping[str, int] | None]
"""Reads one row of a sheet: where each staging column stands, or None where the row is no header."""


def workbook_tables(
    content: bytes, snapshot: Snapshot, columns: Sequence[Column], *, tidy: Tidy = tidy_header
) -> list[Table]:
    """One Table for each sheet of an .xlsx workbook whose header has every column that may not be absent.

    Raises ContractBroken for what is no workbook, is truncated or too big once opened (`workbook_size.py`), and where
    no sheet has such a header (the message describes the nearest sheet).
    """
    where = file_label(snapshot)
    tables, unfit = [], []
    for name, frame in _sheets(content, where).items():
        rows = _opening(frame)
        row, names = recognise(rows, columns, tidy)
        try:
            placed = place_columns(rows, row, names, columns, _label(where, name))
        except ContractBroken as error:
            unfit.append((len({*names}), error))
            continue
        tables.append(_table(_label(where, name), frame, row, placed, (name, *_filled(rows[:row]))))
    if tables:
        return tables
    if unfit:
        raise max(unfit, key=lambda pair: pair[0])[1]
    raise broken("The workbook is empty.", where, "a sheet with a table", "no sheet with a cell", "Fetch it again.")


def sheets_that_have(content: bytes, snapshot: Snapshot, find: FindHeader, *, limits: Limits = USUAL) -> list[Table]:
    """One Table for each sheet with a row that `find` takes for a header; that no sheet has one is no fault.

    `limits` are for the one workbook that is known to be larger than others. Raises ContractBroken for what is no
    workbook, is truncated or too big once opened.
    """
    where, tables = file_label(snapshot), []
    for name, frame in _sheets(content, where, limits).items():
        rows = _opening(frame)
        for row, cells in enumerate(rows):
            placed = find(cells)
            if placed is not None:
                tables.append(_table(_label(where, name), frame, row, placed, (name, *_filled(rows[:row]))))
                break
    return tables


def _opening(frame: pl.DataFrame) -> list[list[str]]:
    """The rows among which a header is looked for."""
    return [[cell or "" for cell in row] for row in frame.head(HEADER_WITHIN_ROWS).iter_rows()]


def _label(where: str, name: str) -> str:
    return f"{where}, sheet {name!r}"


def _filled(rows: Sequence[Sequence[str]]) -> list[str]:
    return [cell for row in rows for cell in row if cell.strip()]


def _table(where: str, frame: pl.DataFrame, row: int, placed: Mapping[str, int], above: tuple[str, ...]) -> Table:
    cells = frame.slice(row + 1).with_columns(pl.lit(None, pl.String).alias(SPILL))
    line = cells.select(pl.int_range(pl.len(), dtype=pl.Int64) + row + 2).to_series()
    text = stripped(cells, line, pl.lit(value=False))
    headers = tuple(cell or "" for cell in frame.row(row))
    return Table(where, headers, placed, text, above)


def _sheets(content: bytes, where: str, limits: Limits = USUAL) -> dict[str, pl.DataFrame]:
    refuse_page(content, where, "an .xlsx workbook")
    refuse_oversize(content, where, limits)
    try:
        workbook = fastexcel.read_excel(content)
        # skip_rows=0 keeps empty leading rows, so that a row's number is the sheet's.
        frames = {
            name: workbook.load_sheet(name, header_row=None, skip_rows=0, dtypes="string").to_polars()
            for name in workbook.sheet_names
        }
    except fastexcel.FastExcelError as error:
        found = str(error).split("\n", 1)[0]
        raise broken("The workbook cannot be opened.", where, "an .xlsx workbook", found, "Fetch it again.") from error
    return {
        name: frame.rename({old: str(i) for i, old in enumerate(frame.columns)})
        for name, frame in frames.items()
        if frame.width
    }
