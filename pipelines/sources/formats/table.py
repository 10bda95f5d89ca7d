"""Reading a published table as text: its header found by content, its columns matched by meaning.

What belongs here: what a table is, opening CSV text, refusing what is not a table (HTML, empty, truncated, oversized),
and cells as text. What does not: opening workbooks (`formats/workbook.py`), types and rejected rows
(`formats/typed_rows.py`), what one publisher's columns are called, or what a row means (one module per publisher).
"""

from __future__ import annotations

import csv
import difflib
import io
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import Literal

import polars as pl

from pipelines.sources.contract import ContractBroken, Snapshot

LINE = "source_line"
SPILL = "spill"
SHORT = "short"
"""Names in `Table.cells`: the 1-based line or sheet row, the first cell past the header's last, and whether the row
ends before the last column that is read."""

LICENCE = "Open Government Licence v3.0"
HEADER_WITHIN_ROWS = 60
LONGEST_CELL = 32_767
"""Bytes of a cell at most, as in a workbook."""
LONGEST_FOUND = 2_000
"""Characters of a file that a message shows at most."""

Tidy = Callable[[str], str]


@dataclass(frozen=True)
class Column:
    """One staging column and the headers (tidied) that publishers give it, whatever their spaces and marks.

    `kind` is `text`, `code` (letter and eight digits), `whole` or `number`. An empty cell rejects its row unless
    `may_be_empty`; a file without the column is refused unless `may_be_absent`; `low` and `high` bound numbers.
    """

    name: str
    headers: tuple[str, ...]
    kind: Literal["text", "code", "whole", "number"] = "text"
    may_be_empty: bool = False
    may_be_absent: bool = False
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Table:
    """One table as text: `cells` has a column per position (`"0"`, `"1"` ...), and LINE, SPILL and SHORT.

    `placed` gives the position of each staging column found. Cells are stripped, empty ones null; blank rows and
    footers are gone. `above` is what stands over the header: the sheet's name, then the filled cells; none for CSV.
    """

    where: str
    headers: tuple[str, ...]
    placed: Mapping[str, int]
    cells: pl.DataFrame
    above: tuple[str, ...] = ()

    def text(self, column: Column) -> pl.Expr:
        """The column's cells as text; nulls where the file has no such column."""
        position = self.placed.get(column.name)
        return (pl.lit(None, pl.String) if position is None else pl.col(str(position))).alias(column.name)

    def row_text(self) -> pl.Expr:
        """Each row as received, its cells joined by commas."""
        cells = [pl.col(str(position)).fill_null("") for position in range(len(self.headers))]
        past_the_header = pl.concat_str(pl.lit(","), SPILL).fill_null("")
        return pl.concat_str(pl.concat_str(cells, separator=","), past_the_header)


def tidy_header(header: str) -> str:
    """A header in lower case with runs of white space, no-break spaces and byte order marks made one space."""
    return " ".join(header.replace("\ufeff", " ").split()).lower()


def csv_table(
    content: bytes,
    snapshot: Snapshot,
    columns: Sequence[Column],
    *,
    tidy: Tidy = tidy_header,
    all_are_read: bool = True,
) -> Table:
    """Read CSV text (UTF-8, any line ends) into a Table. Lines before the header are passed over.

    A row is short when it ends before the header does; unless `all_are_read`, when it ends before the last of
    `columns`, as publishers write rows whose last cells are empty.

    Raises ContractBroken for HTML, empty or binary input, for a header that is not found, for a missing or doubled
    column, for text that ends inside a quoted cell or in the middle of its last row, and for a cell of more than 32,767
    bytes.
    """
    where = file_label(snapshot)
    refuse_page(content, where, "CSV text")
    if b"\0" in content[:4096]:
        raise broken("This is no CSV text.", where, "CSV text", "binary content", "Unpack or export it as CSV.")
    plain = content.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    reader = csv.reader(io.StringIO(plain[:262144].decode("utf-8", errors="replace"), newline=""))
    records, lines_through = [], []
    with suppress(csv.Error):  # a cell past 128 kB: no header comes after it, and Polars judges the rest
        for record in islice(reader, HEADER_WITHIN_ROWS):
            records.append(record)
            lines_through.append(reader.line_num)
    row, names = recognise(records, columns, tidy)
    placed = place_columns(records, row, names, columns, where)
    headers = records[row]
    try:
        frame = pl.read_csv(
            plain,
            has_header=False,
            schema={**{str(i): pl.String for i in range(len(headers))}, SPILL: pl.String},
            skip_lines=lines_through[row],
            extra_columns="ignore",
            missing_columns="insert",
        )
    except pl.exceptions.PolarsError as error:
        raise broken(
            "The text stops being CSV part of the way.",
            where,
            "UTF-8 text whose quoted cells are closed",
            str(error).split("\n", 1)[0],
            "Fetch the file again: it is cut short or in another encoding.",
        ) from error
    breaks = pl.sum_horizontal(pl.all().str.count_matches("\n", literal=True)).cast(pl.Int64)
    line = frame.select(pl.int_range(pl.len()) + lines_through[row] + 1 + breaks.cum_sum() - breaks).to_series()
    _refuse_oversize_cell(frame, line, where)
    named = (place for place, header in enumerate(headers) if header.strip())
    last_read = max(named if all_are_read else placed.values(), default=0)
    short = _short(frame, plain, last_read + 1, lines_through[row])
    table = Table(where, tuple(headers), placed, stripped(frame, line, short))
    _refuse_cut_off(plain, table)
    return table


def _refuse_cut_off(plain: bytes, table: Table) -> None:
    """Refuse a file whose last row stops in its middle: nobody knows how many rows are missing after it.

    It does where it has no line end and fewer cells than the row before it, or than the header where it stands alone.
    """
    if plain.endswith(b"\n") or table.cells.is_empty():
        return
    lines = plain.decode("utf-8", errors="replace").split("\n")
    before, line = [None, *table.cells[LINE]][-2:]
    cells = len(next(csv.reader(lines[line - 1 :]), []))
    whole = len(next(csv.reader(lines[before - 1 : line - 1]), [])) if before else len(table.headers)
    if cells < whole:
        raise broken(
            "The file is cut short.",
            f"{table.where}, line {line}",
            f"{whole} cells in the last row",
            f"{cells} cell{'s' if cells > 1 else ''} and no line end",
            "Fetch the file again: the transfer stopped early.",
        )


def recognise(rows: Sequence[Sequence[str]], columns: Sequence[Column], tidy: Tidy) -> tuple[int, list[str | None]]:
    """The row that names the most columns (the first of equals), and the staging name of each of its cells."""
    meaning = {_bare(spelling): column.name for column in columns for spelling in column.headers}
    named = [[meaning.get(_bare(tidy(cell))) for cell in row] for row in rows]
    counts = [len({name for name in row if name}) for row in named] or [0]
    best = counts.index(max(counts))
    return best, named[best] if named else []


def _bare(header: str) -> str:
    """The letters and digits of a header: `Area_Code`, `Area.Code` and `AreaCode` are one, capitals tell apart."""
    return re.sub(r"[^a-z0-9]", "", header, flags=re.IGNORECASE) or header


def _separator_of(row: Sequence[str]) -> str:
    """What stands between the columns of a row that was read as one cell; empty where it is no such row."""
    filled = [cell for cell in row if cell]
    if len(filled) != 1:
        return ""
    return next((name for mark, name in SEPARATORS.items() if filled[0].count(mark) > 1), "")


def place_columns(
    rows: Sequence[Sequence[str]], best: int, names: Sequence[str | None], columns: Sequence[Column], where: str
) -> dict[str, int]:
    """Where each column stands in the header row. Raises ContractBroken on no header, a missing or a doubled column."""
    present = [name for name in names if name]
    if not present:
        first = next((row for row in rows if any(row)), [])
        wanted = ", ".join(column.headers[0] for column in columns[:6])
        if between := _separator_of(first):
            raise broken("The columns are not separated by commas.", where, "commas", between, _WITH_COMMAS)
        raise broken("No header was found.", where, f"a row that names {wanted} ...", ", ".join(first)[:300], _RENAMED)
    header = rows[best]
    for name in present:
        if present.count(name) > 1:
            twice = ", ".join(cell for cell, known in zip(header, names, strict=True) if known == name)
            raise broken("Two columns mean the same.", where, f"one column for {name}", twice, _RENAMED)
    for column in columns:
        if column.name not in present and not column.may_be_absent:
            found = [cell for cell in header if cell]
            unread = [tidy_header(cell) for cell, known in zip(header, names, strict=True) if cell and not known]
            close = difflib.get_close_matches(column.headers[0], unread, n=1, cutoff=0.4)
            raise broken(
                f"The column {column.headers[0]!r} is missing.",
                where,
                " or ".join(repr(spelling) for spelling in column.headers),
                f"{', '.join(found)}; the closest is {close[0]!r}" if close else ", ".join(found),
                _RENAMED,
            )
    return {name: names.index(name) for name in present}


SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "upright bars"}
_WITH_COMMAS = "Save it as CSV with commas between the columns (UTF-8), or ask the publisher for such a file."
_RENAMED = "Check that this is the right file; if the publisher renamed a column, add the new spelling to its parser."


def _short(frame: pl.DataFrame, plain: bytes, needed: int, skipped: int) -> pl.Series | pl.Expr:
    """Whether each row has fewer cells than are needed; Polars fills such a row with nulls."""
    if not frame[str(needed - 1)].has_nulls():
        return pl.lit(value=False)
    # Cells are counted, not read: Polars has judged the bytes of the rows, and what stands before them may be anything.
    text = io.TextIOWrapper(io.BytesIO(plain), encoding="utf-8", errors="replace", newline="")
    reader = csv.reader(islice(text, skipped, None))
    try:
        counts = [len(record) for record in reader]
    except csv.Error:
        return pl.lit(value=False)
    # Where the two readers part over stray quotes, whose cell is whose cannot be told.
    return pl.Series(counts) < needed if len(counts) == frame.height else pl.lit(value=False)


def stripped(frame: pl.DataFrame, line: pl.Series, short: pl.Series | pl.Expr) -> pl.DataFrame:
    """Strip cells, add each row's line, drop blank rows and a footer that follows a blank row.

    Rows of a footer fill one cell, or, where commas part its sentences, at most a third of a row that is too short.
    """
    text = pl.all().str.strip_chars()
    cells = frame.select(pl.when(text.str.len_bytes() > 0).then(text).name.keep())
    cells = cells.with_columns(line.alias(LINE), short.alias(SHORT))
    filled = cells.select(pl.sum_horizontal(pl.exclude(LINE, SHORT).is_not_null())).to_series()
    is_sentence = (filled <= 1) | (cells[SHORT] & (filled * 3 <= frame.width - 1))
    if not is_sentence.all():
        tail = int((~is_sentence).arg_true()[-1]) + 1
        if tail < cells.height and filled[tail] == 0:
            cells, filled = cells.head(tail), filled.head(tail)
    return cells.filter(filled > 0)


def refuse_page(content: bytes, where: str, expected: str) -> None:
    """Raise ContractBroken for bytes that are nothing but white space, or a web page."""
    start = content[:512].removeprefix(b"\xef\xbb\xbf").lstrip()
    if not start and not content[512:].strip():
        raise broken("The file is empty.", where, expected, f"{len(content)} bytes", "Fetch it again.")
    if start.startswith(b"<"):
        found = start[:60].decode("utf-8", errors="replace")
        raise broken(
            "This is a web page, not a table.", where, expected, found, "Check the address: it may have moved."
        )


def _refuse_oversize_cell(frame: pl.DataFrame, line: pl.Series, where: str) -> None:
    length = frame.select(pl.max_horizontal(pl.all().str.len_bytes())).to_series()
    place = length.arg_max()
    if place is not None and length[place] > LONGEST_CELL:
        raise broken(
            "A cell is far too long.",
            f"{where}, line {line[place]}",
            f"cells of at most {LONGEST_CELL:,} bytes",
            f"{length[place]:,} bytes",
            "Look for a quote that is never closed, then fetch the file again.",
        )


def file_label(snapshot: Snapshot) -> str:
    """How a message names a file: its path and the start of its hash."""
    return f"{snapshot.path} (snapshot {snapshot.sha256[:12]})"


def shown(text: str) -> str:
    """Text of a file as a message may show it: never blank, without control characters, of bounded length."""
    plain = "".join(c if c.isprintable() else repr(c)[1:-1] for c in text[:LONGEST_FOUND])
    plain = plain if plain.strip() else f"nothing but {text[:50]!r}"
    return f"{plain} ... ({len(text):,} characters)" if len(text) > LONGEST_FOUND else plain


def broken(what: str, where: str, expected: str, found: str, do: str) -> ContractBroken:
    """The error of a file that cannot be used; what was found in it is made fit to be shown."""
    return ContractBroken(what, where=where, expected=expected, found=shown(found), do=do)
