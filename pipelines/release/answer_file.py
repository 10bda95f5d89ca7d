"""An answer as a file that people can use: CSV, JSON, Parquet or an Excel workbook.

What belongs here: what each form needs so that a number, a period or a name arrives as it is, and so that no text is
run as a formula. What does not: asking (`release/query.py`).
"""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from pipelines.errors import ProductError

if TYPE_CHECKING:
    import xlsxwriter
    from xlsxwriter.worksheet import Worksheet

FORMS = {".csv": "csv", ".json": "json", ".parquet": "parquet", ".xlsx": "xlsx"}
"""The forms by the ending of a file's name."""
BINARY = ("parquet", "xlsx")
KNOWN_DIGITS = 10
"""Figures are known to fewer digits than a computer keeps: 4.2, not 4.200000000000003. Parquet keeps all."""
SHEET_ROWS, SHEET_COLUMNS, CELL_CHARACTERS = 1_048_576, 16_384, 32_767
"""What Excel can hold."""
EXACT_WHOLE = 10**15
"""Excel keeps 15 digits: longer whole numbers are written as text."""
BOOK_OPTIONS = {
    # Text is text, whatever it begins with: nothing that a publisher wrote is run, opened or turned into a number.
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
    "remove_timezone": True,
}
FIRST_DAY = date(1900, 3, 1)
"""Before it Excel counts a day that never was; earlier dates are written as text."""


class FileRefused(ProductError):
    """An answer cannot be written to the file that was asked for; the message says which can."""

    exit_code = 2


@dataclass(frozen=True)
class About:
    """What a workbook says of an answer: the question, the release, and whether the release rests on modelled data."""

    question: str
    release_id: str
    created_at: datetime
    modelled: str


def form_of(file: Path) -> str:
    """The form that a file's name asks for. Raises FileRefused for an ending that means none."""
    form = FORMS.get(file.suffix.lower())
    if form is None:
        raise FileRefused(
            f"--output ends in {', '.join(list(FORMS)[:-1])} or {list(FORMS)[-1]}, found {file.name!r}. "
            "With --format, any other name is written as it says."
        )
    return form


def rounded(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with every float to the digits that are known, and 0 without a sign."""
    known = pl.selectors.float().round_sig_figs(KNOWN_DIGITS)
    # Adding 0.0 would do, were it not optimised away.
    return frame.with_columns(pl.when(known == 0).then(0.0).otherwise(known).name.keep())


def written(frame: pl.DataFrame, form: str, *, excel: bool = False, about: About | None = None) -> bytes:
    """A frame as csv, json, parquet or xlsx.

    Text that a spreadsheet would run as a formula gets a quote before it in csv; in a workbook it is text as it stands.
    `excel` begins csv with the mark by which Excel knows UTF-8. Raises FileRefused for what a sheet cannot hold.
    """
    if form == "parquet":
        buffer = io.BytesIO()
        frame.write_parquet(buffer)
        return buffer.getvalue()
    if form == "xlsx":
        return _workbook(frame, about)
    known = rounded(frame)
    if form == "json":
        return known.write_json().encode()
    risky = pl.selectors.string()
    safe = known.with_columns(
        pl.when(risky.str.contains(r"^[=+\-@\t\r\n]")).then(pl.lit("'") + risky).otherwise(risky).name.keep()
    )
    return safe.write_csv(include_bom=excel, line_terminator="\r\n" if excel else "\n").encode()


def _workbook(frame: pl.DataFrame, about: About | None) -> bytes:
    import xlsxwriter

    if frame.height >= SHEET_ROWS or frame.width > SHEET_COLUMNS:
        raise FileRefused(
            f"A sheet holds {SHEET_ROWS - 1:,} rows and {SHEET_COLUMNS:,} columns; this answer has {frame.height:,} "
            f"and {frame.width:,}. Write it to .csv or .parquet, or ask for less."
        )
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {**BOOK_OPTIONS, "in_memory": True}) as book:
        if about:
            book.set_properties({"title": "Answer", "created": about.created_at, "comments": about.modelled})
        sheet = book.add_worksheet("Answer")
        sheet.freeze_panes(1, 0)
        write_table(book, sheet, frame, first_row=0)
        if about:
            _write_about(book, about)
    return buffer.getvalue()


def write_table(book: xlsxwriter.Workbook, sheet: Worksheet, frame: pl.DataFrame, *, first_row: int) -> None:
    """Write a frame under its own header, each cell as what it is: numbers, days, yes and no, and text as text."""
    head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    for column, name in enumerate(frame.columns):
        sheet.write_string(first_row, column, name, head)
    for row, cells in enumerate(rounded(frame).iter_rows(), start=first_row + 1):
        for column, found in enumerate(cells):
            write_cell(sheet, row, column, found, day=day, moment=moment)
    for column, name in enumerate(frame.columns):
        series = frame.get_column(name).head(1000)
        widest = max((len(str(cell)) for cell in rounded(series.to_frame()).to_series() if cell is not None), default=0)
        sheet.set_column(column, column, min(max(len(name), widest, 6) + 2, 60))
    if frame.height and frame.width:
        # A period such as 2015 is a name: Excel need not offer to make it a number.
        sheet.ignore_errors({"number_stored_as_text": _area(first_row + 1, frame)})


def _area(row: int, frame: pl.DataFrame) -> str:
    from xlsxwriter.utility import xl_range

    return str(xl_range(row, 0, row + frame.height - 1, frame.width - 1))


def write_cell(sheet: Worksheet, row: int, column: int, found: Any, *, day: Any = None, moment: Any = None) -> None:
    """Write one value as what it is; nothing for null, and text for whatever Excel would change."""
    if found is None:
        return
    if isinstance(found, bool):
        sheet.write_boolean(row, column, found)
    elif isinstance(found, int | float | Decimal) and _fits(found):
        sheet.write_number(row, column, float(found))
    elif isinstance(found, datetime) and found.date() >= FIRST_DAY:
        sheet.write_datetime(row, column, found.astimezone(UTC).replace(tzinfo=None) if found.tzinfo else found, moment)
    elif type(found) is date and found >= FIRST_DAY:
        sheet.write_datetime(row, column, found, day)
    else:
        sheet.write_string(row, column, str(found)[:CELL_CHARACTERS])


def _fits(found: int | float | Decimal) -> bool:
    """Whether a cell can hold a number without changing it beyond the digits that are known."""
    return math.isfinite(found) and (isinstance(found, float) or -EXACT_WHOLE < found < EXACT_WHOLE)


def _write_about(book: xlsxwriter.Workbook, about: About) -> None:
    """A second sheet with what must be known of the answer, so that the first holds the table and nothing else."""
    sheet = book.add_worksheet("About")
    bold = book.add_format({"bold": True, "valign": "top"})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    facts = [("Release", about.release_id), ("Published", f"{about.created_at:%Y-%m-%d %H:%M} UTC")]
    facts += [("Modelled data", about.modelled)] if about.modelled else []
    for row, (what, said) in enumerate([*facts, ("Question", about.question)]):
        sheet.write_string(row, 0, what, bold)
        sheet.write_string(row, 1, said[:CELL_CHARACTERS], wrapped)
    sheet.set_column(0, 0, 16)
    sheet.set_column(1, 1, 100)
