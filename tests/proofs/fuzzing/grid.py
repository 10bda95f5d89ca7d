"""Mutations of a table as a grid of text cells, the same for CSV and for a sheet.

What belongs here: cells, rows, columns and headers. What does not: bytes, encodings and quotes (`text_bytes.py`), or
the inside of a workbook (`sources/formats/workbook.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

GARBAGE: tuple[str, ...] = (
    "", " ", "\u00a0", "NaN", "nan", "inf", "-inf", "Infinity", "1e400", "-1e400", "1e308", "-1e308", "1e-400", "1e18",
    "9223372036854775807", "9223372036854775808", "1" * 40, "9" * 400, "-1", "-0", "0", "+5", "0x1F", "1_000", "7_2.6",
    "1,234", "1,23", "1.2.3", "12%", "£5", "5-", "(5)", "½", "²", "\uff11\uff12", "\u0663",
    "E\u0660\u0666\u0660\u0660\u0660\u0660\u0660\u0661", "\u0662\u0660\u0661\u0669", "2019-01-01", "01/02/2019",
    "Jan-19", "43466", "2019", "2019/20", "2020 - 22", "9999/00", "2019 Q5", "\u017feptember 2019", "=1+1",
    "=cmd|' /C calc'!A0", "@SUM(A1)", "-2+3", "\x00", "\x01\x02", "\x1b[31m", "\x1f", "\x7f", "\u2028", "\u202eabc",
    "\u200b", "\ufeff", "\ufffd", "😀", "é" * 20, "שלום", "a\nb", "\n", "a\r\nb", "\"", "'", "\"\"", "a\"b", "\",\"",
    ",", ";", "\t", "|", "<html>", "<script>alert(1)</script>", "None", "null", "N/A", "#N/A", "#REF!", "[x]", "[c]",
    "[low]", "..", ":", "*", "true", "FALSE", "E92000001", "E0600000", "e06000001", "nE54000010", "E06000001\n",
    "E06000001 ", "{}", "%s", "\\", "\\N", "x" * 1000, "Value suppressed due to small count", "../../etc/passwd",
)  # fmt: skip
"""Cells that publishers, spreadsheets or nobody in their right mind would write."""

LONG = (32_767, 32_768, 140_000, 1_000_000)
"""Lengths of the rare very long cells: at and past the longest cell of a workbook, past `csv`'s limit, a megabyte."""


@dataclass
class Grid:
    """Rows of text cells, and the index of the row that is the header."""

    rows: list[list[str]]
    header: int

    def data(self) -> list[list[str]]:
        """The rows after the header."""
        return self.rows[self.header + 1 :]

    def copy(self) -> Grid:
        """A copy whose cells may be changed."""
        return Grid([list(row) for row in self.rows], self.header)


def garbage(random: Random) -> str:
    """One cell of garbage; one in a thousand is very long."""
    if random.random() < 0.001:
        return random.choice('x9é\n"') * random.choice(LONG)
    return random.choice(GARBAGE)


def _a_row(random: Random, grid: Grid) -> int:
    """The index of a row after the header; the header's own where there is none."""
    return random.randrange(grid.header + 1, len(grid.rows)) if grid.data() else grid.header


def _a_cell(random: Random, grid: Grid) -> tuple[list[str], int]:
    data = [row for row in grid.data() if row] or [[""]]
    row = random.choice(data)
    return row, random.randrange(len(row))


def garbage_cells(random: Random, grid: Grid) -> None:
    """A few cells become garbage."""
    for _ in range(random.choice((1, 1, 2, 5))):
        row, place = _a_cell(random, grid)
        row[place] = garbage(random)


def garbage_column(random: Random, grid: Grid) -> None:
    """One garbage cell stands in a whole column."""
    cell, (_, place) = garbage(random), _a_cell(random, grid)
    for row in grid.data():
        if place < len(row):
            row[place] = cell


def cross_limits(random: Random, grid: Grid) -> None:
    """Lower and upper limits change places, in one row or in all."""
    header = [cell.lower() for cell in grid.rows[grid.header]] if grid.rows else []
    lower = [i for i, cell in enumerate(header) if "lower" in cell or "lci" in cell]
    upper = [i for i, cell in enumerate(header) if "upper" in cell or "uci" in cell]
    rows = grid.data() if random.random() < 0.3 else grid.rows[_a_row(random, grid) :][:1]
    for row in rows:
        for low, high in zip(lower, upper, strict=False):
            if max(low, high) < len(row) and row is not grid.rows[grid.header]:
                row[low], row[high] = row[high], row[low]


def change_label(random: Random, grid: Grid) -> None:
    """One letter of a cell changes, goes, or the cell changes its case; sometimes in every row that says the same."""
    row, place = _a_cell(random, grid)
    old = row[place]
    if not old:
        return
    at = random.randrange(len(old))
    new = random.choice(
        (old[:at] + old[at + 1 :], old[:at] + "z" + old[at + 1 :], old.upper(), old + " (new)", old * 2)
    )
    for other in grid.data() if random.random() < 0.5 else [row]:
        if place < len(other) and other[place] == old:
            other[place] = new


def swap_cells(random: Random, grid: Grid) -> None:
    """Two cells of one row change places: the columns have shifted under the header."""
    row, one = _a_cell(random, grid)
    other = random.randrange(len(row))
    row[one], row[other] = row[other], row[one]


def swap_rows(random: Random, grid: Grid) -> None:
    """The rows come in another order."""
    data = grid.data()
    random.shuffle(data)
    grid.rows[grid.header + 1 :] = data


def duplicate_rows(random: Random, grid: Grid) -> None:
    """A row comes again, the same or with another cell."""
    row = list(grid.rows[_a_row(random, grid)]) if grid.data() else []
    if row:
        if random.random() < 0.5:
            row[random.randrange(len(row))] = garbage(random)
        grid.rows.insert(_a_row(random, grid) + 1, row)


def scale_numbers(random: Random, grid: Grid) -> None:
    """A column's numbers are multiplied, or turned negative."""
    _, place = _a_cell(random, grid)
    factor = random.choice((-1, 0, 100, 1e-9, 1e15, 1e300))
    for row in grid.data():
        try:
            row[place] = str(float(row[place]) * factor)
        except (ValueError, IndexError):
            continue


def delete_column(random: Random, grid: Grid) -> None:
    """A column is gone."""
    place = random.randrange(len(grid.rows[grid.header]) or 1)
    for row in grid.rows:
        del row[place : place + 1]


def duplicate_column(random: Random, grid: Grid) -> None:
    """A column comes twice, in another place."""
    width = len(grid.rows[grid.header]) or 1
    place, to = random.randrange(width), random.randrange(width)
    for row in grid.rows:
        row[to:to] = row[place : place + 1]


def reorder_columns(random: Random, grid: Grid) -> None:
    """The columns come in another order, headers with them."""
    order = list(range(len(grid.rows[grid.header])))
    random.shuffle(order)
    for number, row in enumerate(grid.rows):
        if len(row) == len(order):
            grid.rows[number] = [row[place] for place in order]


def rename_column(random: Random, grid: Grid) -> None:
    """A header changes, takes another's name, or is garbage."""
    header = grid.rows[grid.header]
    if header:
        place = random.randrange(len(header))
        old = header[place]
        header[place] = random.choice(
            (
                old + "s",
                old.upper(),
                f" {old}\u00a0",
                old.replace(" ", "\n"),
                random.choice(header),
                garbage(random),
                "",
            )
        )


def add_column(random: Random, grid: Grid) -> None:
    """A column that nobody knows, somewhere."""
    place = random.randrange(len(grid.rows[grid.header]) + 1)
    for number, row in enumerate(grid.rows):
        row.insert(place, "New" if number == grid.header else garbage(random))


def drop_header(random: Random, grid: Grid) -> None:
    """No header at all."""
    del grid.rows[grid.header]
    grid.header = max(0, grid.header - 1)


def repeat_header(random: Random, grid: Grid) -> None:
    """The header comes again among the rows."""
    grid.rows.insert(_a_row(random, grid), list(grid.rows[grid.header]))


def shift_header(random: Random, grid: Grid) -> None:
    """More lines before the header, sometimes more than anyone looks through."""
    lines = random.choice((1, 3, 20, 100))
    grid.rows[0:0] = [[random.choice(("Title", "", garbage(random)))] for _ in range(lines)]
    grid.header += lines


def drop_rows(random: Random, grid: Grid) -> None:
    """Fewer rows, or none."""
    del grid.rows[grid.header + 1 + random.choice((0, 0, 1, 2)) :]


def empty_rows(random: Random, grid: Grid) -> None:
    """Empty lines, short or of empty cells."""
    for _ in range(random.choice((1, 3, 30))):
        blank = random.choice(([], [""], [""] * len(grid.rows[grid.header]), [" "]))
        grid.rows.insert(random.randrange(len(grid.rows) + 1), list(blank))


def ragged_rows(random: Random, grid: Grid) -> None:
    """A row has cells too few or too many."""
    row = grid.rows[_a_row(random, grid)]
    place = random.randrange(len(row) + 1)
    change = random.randrange(4)
    if change == 0:
        del row[place:]
    elif change == 1:
        del row[place : place + 1]
    elif change == 2:
        row.insert(place, garbage(random))
    else:
        row += [garbage(random) for _ in range(random.choice((1, 2, 50)))]


def footer(random: Random, grid: Grid) -> None:
    """Remarks below the table, after a blank row or at once."""
    grid.rows += [*random.choice(([], [[]])), [random.choice(("Source: us", "1. A note", garbage(random)))]]


def paste_page(random: Random, grid: Grid) -> None:
    """A web page between the rows."""
    page = ["<!DOCTYPE html>", "<html><head><title>503</title></head>", "<body>Try again, later</body></html>"]
    at = random.randrange(len(grid.rows) + 1)
    grid.rows[at:at] = [[line] for line in page]


Mutation = Callable[[Random, Grid], None]

KEEPS_ROWS: tuple[Mutation, ...] = (
    garbage_cells,
    garbage_column,
    cross_limits,
    change_label,
    swap_cells,
    swap_rows,
    duplicate_rows,
    scale_numbers,
)
"""Mutations after which every row under the header still has to be counted, in `rows` or in `rejected`."""

RESHAPES: tuple[Mutation, ...] = (
    delete_column,
    duplicate_column,
    reorder_columns,
    rename_column,
    add_column,
    drop_header,
    repeat_header,
    shift_header,
    drop_rows,
    empty_rows,
    ragged_rows,
    footer,
    paste_page,
)
"""Mutations that may leave a table which counts its rows in another way, or which is no table."""
