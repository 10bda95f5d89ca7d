"""Small valid files to break: the first rows of every file that a resource answers to, in folders laid out as an input.

What belongs here: cutting files short and making sure that the short file is still read. What does not: breaking them.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import fastexcel
import polars as pl

from benchmarks.fuzzing.grid import Grid
from benchmarks.fuzzing.law import as_received
from benchmarks.fuzzing.text_bytes import Style, write
from benchmarks.fuzzing.workbook import members, packed_plainly
from pipelines.sources.contract import ContractBroken, Parsed, Resource

MOST_ROWS = 50
HEADER_WITHIN = 60
READ_BYTES = 400_000
GSS_CODE = re.compile(r"[A-Z][0-9]{8}")


@dataclass(frozen=True)
class Learned:
    """What the valid file's own rows show of the columns of its table, which a broken file may not change.

    `codes` hold a code of a letter and eight digits in every row; `filled` are columns of numbers with one in every
    row. `rows_per_line` is how many rows the parser counts for one line of the file.
    """

    codes: frozenset[str] = frozenset()
    filled: frozenset[str] = frozenset()
    rows_per_line: int | None = None


@dataclass(frozen=True)
class Seed:
    """A small valid file of one resource (or, borrowed, of another): `sheets` by name, one without a name for CSV."""

    resource: Resource
    path: str
    sheets: dict[str, Grid]
    style: Style = field(default_factory=Style)
    learned: Learned = field(default_factory=Learned)
    is_borrowed: bool = False

    @property
    def is_workbook(self) -> bool:
        """Whether the file is .xlsx, not CSV."""
        return self.path.endswith(".xlsx")

    def content(self) -> bytes:
        """The file, unbroken."""
        if self.is_workbook:
            return packed_plainly(members(self.sheets, {}))
        return write(self.sheets[""], self.style)


def gather(resources: Iterable[Resource], folders: Sequence[Path]) -> tuple[list[Seed], list[Resource]]:
    """The seeds of all resources, and the resources that no folder has a readable file of.

    Those get a file of another resource, so that at least what they refuse is tried. A file that its own parser refuses
    is left to the parser's tests, not taken for a seed.
    """
    found, without = [], []
    for resource in resources:
        files = [file for folder in folders for file in sorted(folder.glob(resource.path)) if file.is_file()]
        seeds = [seed for file in files for seed in _cut(resource, file)]
        found += seeds
        if not seeds:
            without.append(resource)
    borrowed = [
        replace(seed, resource=resource, path=resource.path, learned=Learned(), is_borrowed=True)
        for resource in without
        for seed in [one for one in found if Path(one.path).suffix == Path(resource.path).suffix][:2]
    ]
    return found + borrowed, without


def _cut(resource: Resource, file: Path) -> list[Seed]:
    """The file cut to a few lengths, in its own style and in the publishers' other styles."""
    path = f"{Path(resource.path).parent.as_posix()}/{file.name}"
    whole = _sheets(file)
    variants = []
    for rows, spread in ((MOST_ROWS, False), (MOST_ROWS, True), (12, True), (2, False)):
        sheets = {name: _shorter(grid, rows, spread=spread) for name, grid in whole.items()}
        variants.append(Seed(resource, path, sheets))
    if not variants[0].is_workbook:
        first = variants[0]
        variants.append(Seed(resource, path, first.sheets, Style(quote_all=True, bom=True, line_end="\r\n")))
        variants.append(Seed(resource, path, {"": _without_last_column(first.sheets[""])}))
    checked = []
    for seed in variants:
        try:
            parsed = resource.parser(seed.content(), as_received(resource, path, seed.content()))
        except ContractBroken:
            continue
        if parsed.rows.height:
            checked.append(replace(seed, learned=_learn(seed, parsed)))
    return checked


def _sheets(file: Path) -> dict[str, Grid]:
    if file.suffix == ".xlsx":
        book = fastexcel.read_excel(file)
        frames = {
            name: book.load_sheet(name, header_row=None, skip_rows=0, dtypes="string").to_polars()
            for name in book.sheet_names
        }
        return {
            name: _grid([[cell or "" for cell in row] for row in frame.head(3000).iter_rows()])
            for name, frame in frames.items()
        }
    with file.open("rb") as opened:
        content = opened.read(READ_BYTES)
    if file.stat().st_size > READ_BYTES:
        content = content[: max(content.rfind(b"\n"), content.rfind(b"\r")) + 1]
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    return {"": _grid(list(csv.reader(io.StringIO(plain, newline=""))))}


def _grid(rows: list[list[str]]) -> Grid:
    """The rows, with the first of the fullest of the opening rows for a header."""
    filled = [sum(bool(cell.strip()) for cell in row) for row in rows[:HEADER_WITHIN]] or [0]
    return Grid(rows, filled.index(max(filled)))


def _shorter(grid: Grid, rows: int, *, spread: bool) -> Grid:
    """What stands before the data, and some rows of it: the first, or as many evenly over all."""
    data = [row for row in grid.data() if sum(bool(cell.strip()) for cell in row) > 1]
    step = max(1, len(data) // rows) if spread else 1
    kept = data[::step][:rows]
    return Grid([list(row) for row in [*grid.rows[: grid.header + 1], *kept]], grid.header)


def _without_last_column(grid: Grid) -> Grid:
    width = len(grid.rows[grid.header])
    return Grid([row[: width - 1] if len(row) == width else list(row) for row in grid.rows], grid.header)


def _learn(seed: Seed, parsed: Parsed) -> Learned:
    rows = parsed.rows
    codes = {
        name
        for name in rows.columns
        if rows.schema[name] == pl.String and all(GSS_CODE.fullmatch(cell or "") for cell in rows[name])
    }
    filled = {name for name in rows.columns if rows.schema[name].is_numeric() and not rows[name].null_count()}
    per_line = None
    if not seed.is_workbook:
        lines = len(seed.sheets[""].data())
        per_line = parsed.rows_in // lines if lines and parsed.rows_in % lines == 0 else None
    reference = not seed.resource.is_observation
    # An observation may lack its figures (and says why); its area code may be one of the NHS's own.
    return Learned(frozenset(codes if reference else ()), frozenset(filled if reference else ()), per_line)
