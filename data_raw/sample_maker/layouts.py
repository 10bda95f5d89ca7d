"""Tables as the bytes of a CSV file or an Excel workbook, the same bytes every time.

What belongs here: file formats. What does not: what the tables hold.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import xlsxwriter

Cell = str | int | float | None
CREATED = datetime(2026, 1, 1)  # noqa: DTZ001 - a workbook's date has no zone


def csv_bytes(
    rows: Iterable[Sequence[object]], *, line_end: str = "\n", byte_order_mark: bool = False, quote_text: bool = False
) -> bytes:
    """Rows (header first) as UTF-8 CSV; `quote_text` quotes every text and no number, as Nomis does."""
    text = io.StringIO()
    if quote_text:
        csv.writer(text, lineterminator=line_end, quoting=csv.QUOTE_NONNUMERIC).writerows(rows)
    else:
        csv.writer(text, lineterminator=line_end).writerows(rows)
    return text.getvalue().encode("utf-8-sig" if byte_order_mark else "utf-8")


def workbook_bytes(sheets: Mapping[str, Sequence[Sequence[Cell]]]) -> bytes:
    """Sheets of rows as an .xlsx file.

    The parts are stored uncompressed with a fixed time stamp, because compressed bytes differ between zlib builds.
    """
    written = io.BytesIO()
    book = xlsxwriter.Workbook(written, {"in_memory": True})
    book.set_properties({"created": CREATED})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for number, row in enumerate(rows):
            for column, cell in enumerate(row):
                if isinstance(cell, str):
                    sheet.write_string(number, column, cell)
                elif cell is not None:
                    sheet.write_number(number, column, cell)
    book.close()
    stored = io.BytesIO()
    with zipfile.ZipFile(written) as source, zipfile.ZipFile(stored, "w", zipfile.ZIP_STORED) as target:
        for part in sorted(source.namelist(), key=lambda part: (part != "[Content_Types].xml", part)):
            entry = zipfile.ZipInfo(part, (2026, 1, 1, 0, 0, 0))
            entry.create_system = 3  # the same on Windows
            target.writestr(entry, source.read(part))
    return stored.getvalue()
