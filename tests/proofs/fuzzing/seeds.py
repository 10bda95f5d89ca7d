"""Small valid files to break: the first rows of every file that a resource answers to, in folders laid out as an input.

What belongs here: cutting files short and making sure that the short file is still read. What does not: breaking them.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import fastexcel
import polars as pl

from pipelines.sources.contract import ContractBroken, Parsed, Resource, Snapshot
from tests.proofs.fuzzing.grid import Grid
from tests.proofs.fuzzing.text_bytes import Style, write
from tests.proofs.fuzzing.workbook import members, packed_plainly

MOST_ROWS = 50
HEADER_WITHIN = 60
READ_BYTES = 400_000
GSS_CODE = re.compile(r"[A-Z][0-9]{8}")


def as_received(resource: Resource, path: str, content: bytes) -> Snapshot:
    """The snapshot that these bytes would be."""
    return Snapshot(
        resource=resource.name,
        path=path,
        url=resource.url,
        sha256=hashlib.sha256(content).hexdigest(),
        bytes=len(content),
        retrieved_at=datetime(2026, 1, 1, tzinfo=UTC),
        publisher=resource.publisher,
        licence=resource.licence,
        is_modelled=True,
        origin="modelled",
    )


@dataclass(frozen=True)
class Learned:
    """What the valid file's own rows show of the columns of its table, which a broken file may not change.

    `codes` hold a code of a letter and eight digits in every row; `filled` are columns of numbers with one in every
    row. `rows_per_line` is how many rows the parser counts for one line of CSV, or one entry of JSON.
    """

    codes: frozenset[str] = frozenset()
    filled: frozenset[str] = frozenset()
    rows_per_line: int | None = None


@dataclass(frozen=True)
class Seed:
    """A small valid file of one resource (or, borrowed, of another).

    `sheets` by name, one without a name for CSV and none for JSON, which has a `document`.
    """

    resource: Resource
    path: str
    sheets: dict[str, Grid]
    document: Any = None
    style: Style = field(default_factory=Style)
    learned: Learned = field(default_factory=Learned)
    is_borrowed: bool = False

    @property
    def kind(self) -> str:
        """What kind of file it is: csv, workbook or json."""
        return {".xlsx": "workbook", ".json": "json", ".topojson": "json"}.get(Path(self.path).suffix, "csv")

    def content(self) -> bytes:
        """The file, unbroken."""
        if self.kind == "workbook":
            return packed_plainly(members(self.sheets, {}))
        if self.kind == "json":
            return json.dumps(self.document).encode()
        return write(self.sheets[""], self.style)


def gather(
    resources: Iterable[Resource], folders: Sequence[Path], made: Mapping[str, bytes]
) -> tuple[list[Seed], list[Resource]]:
    """The seeds of all resources, and the resources that neither a folder nor `made` has a readable file of.

    `made` are files by their path. A resource without a file gets one of another resource, so that at least what it
    refuses is tried. A file that its own parser refuses is left to the parser's tests, not taken for a seed.
    """
    found, without = [], []
    for resource in resources:
        files = [file for folder in folders for file in sorted(folder.glob(resource.path)) if file.is_file()]
        held = [(f"{Path(resource.path).parent.as_posix()}/{file.name}", _read(file)) for file in files]
        held += [(path, content) for path, content in made.items() if fnmatch(path, resource.path)]
        seeds = [seed for path, content in held for seed in _cut(resource, path, content)]
        found += seeds
        if not seeds:
            without.append(resource)
    borrowed = [
        replace(seed, resource=resource, path=resource.path, learned=Learned(), is_borrowed=True)
        for resource in without
        for seed in [one for one in found if Path(one.path).suffix == Path(resource.path).suffix][:2]
    ]
    return found + borrowed, without


def _cut(resource: Resource, path: str, content: bytes) -> list[Seed]:
    """The file cut to a few lengths, in its own style and in the publishers' other styles; JSON as it is."""
    checked = []
    for seed in _documents(resource, path, content) or _tables(resource, path, content):
        try:
            parsed = resource.parser(seed.content(), as_received(resource, path, seed.content()))
        except ContractBroken:
            continue
        if parsed.rows.height:
            checked.append(replace(seed, learned=_learn(seed, parsed)))
    return checked


def _documents(resource: Resource, path: str, content: bytes) -> list[Seed]:
    seed = Seed(resource, path, {})
    return [replace(seed, document=json.loads(content))] if seed.kind == "json" else []


def _tables(resource: Resource, path: str, content: bytes) -> list[Seed]:
    whole, variants = _sheets(path, content), []
    for rows, spread in ((MOST_ROWS, False), (MOST_ROWS, True), (12, True), (2, False)):
        sheets = {name: _shorter(grid, rows, spread=spread) for name, grid in whole.items()}
        variants.append(Seed(resource, path, sheets))
    first = variants[0]
    if first.kind == "csv":
        variants.append(Seed(resource, path, first.sheets, style=Style(quote_all=True, bom=True, line_end="\r\n")))
        variants.append(Seed(resource, path, {"": _without_last_column(first.sheets[""])}))
    return variants


def _read(file: Path) -> bytes:
    """The file; of one that is no workbook only as many whole lines as are needed."""
    if file.suffix == ".xlsx" or file.stat().st_size <= READ_BYTES:
        return file.read_bytes()
    with file.open("rb") as opened:
        content = opened.read(READ_BYTES)
    return content[: max(content.rfind(b"\n"), content.rfind(b"\r")) + 1]


def _sheets(path: str, content: bytes) -> dict[str, Grid]:
    if path.endswith(".xlsx"):
        book = fastexcel.read_excel(content)
        frames = {
            name: book.load_sheet(name, header_row=None, skip_rows=0, dtypes="string").to_polars()
            for name in book.sheet_names
        }
        return {
            name: _grid([[cell or "" for cell in row] for row in frame.head(3000).iter_rows()])
            for name, frame in frames.items()
        }
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
    if seed.kind == "csv":
        lines = len(seed.sheets[""].data())
        per_line = parsed.rows_in // lines if lines and parsed.rows_in % lines == 0 else None
    elif seed.kind == "json" and parsed.rows_in == len(seed.document):
        per_line = 1
    reference = not seed.resource.is_observation
    # An observation may lack its figures (and says why); its area code may be one of the NHS's own.
    return Learned(frozenset(codes if reference else ()), frozenset(filled if reference else ()), per_line)
