"""Small files made on the spot for the parsers' tests: a snapshot to name them, and workbooks."""

import io
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import xlsxwriter

from pipelines.sources.contract import Snapshot

SHA256 = "ab" * 32


def a_snapshot(path: str = "folder/file.csv") -> Snapshot:
    return Snapshot(
        resource="made",
        path=path,
        url="",
        sha256=SHA256,
        bytes=1,
        retrieved_at=datetime(2026, 1, 1, tzinfo=UTC),
        publisher="",
        licence="",
        is_modelled=True,
        origin="modelled",
    )


def a_workbook(sheets: Mapping[str, Sequence[Sequence[object]]]) -> bytes:
    """An .xlsx file; each sheet's rows start at its first cell, and None leaves a cell empty."""
    content = io.BytesIO()
    workbook = xlsxwriter.Workbook(content)
    for name, rows in sheets.items():
        sheet = workbook.add_worksheet(name)
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    workbook.close()
    return content.getvalue()
