"""Ways to spoil a file: each takes a folder laid out as the sample and changes one file of it.

What belongs here: reading and writing files whatever a fault does to the rows. What does not: which faults there are.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable
from pathlib import Path

Row = dict[str, str]
Spoil = Callable[[Path], object]

VALUE = "Value"
FIGURES = (VALUE, "Lower CI 95.0 limit", "Upper CI 95.0 limit", "Lower CI 99.8 limit", "Upper CI 99.8 limit")
NOTE, CODE, KIND, AREA, SEX = "Value note", "Area Code", "Area Type", "Area Name", "Sex"
PERIOD, GROUP, GROUPING = "Time period", "Category", "Category Type"


def rows_of(file: Path) -> list[Row]:
    """The rows of a CSV by its header."""
    text = file.read_text(encoding="utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def write(file: Path, rows: Iterable[Row]) -> None:
    """Write rows as a CSV, as publishers do: CRLF, a header."""
    rows = list(rows)
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, fieldnames=list(rows[0]), lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    file.write_text(out.getvalue(), encoding="utf-8", newline="")


def rewrite(path: str, change: Callable[[list[Row]], Iterable[Row]]) -> Spoil:
    """All rows of a file at once."""
    return lambda folder: write(folder / path, change(rows_of(folder / path)))


def each(path: str, change: Callable[[Row], Row | None], *, where: Callable[[Row], bool] = lambda _: True) -> Spoil:
    """Every row that `where` picks, changed, or dropped where `change` says None. At least one must be picked."""

    def apply(rows: list[Row]) -> Iterable[Row]:
        picked = [where(row) for row in rows]
        assert any(picked), f"{path}: no row to spoil"
        changed = [change(dict(row)) if hit else row for row, hit in zip(rows, picked, strict=True)]
        return [row for row in changed if row is not None]

    return rewrite(path, apply)


def figures(change: Callable[[float], float], columns: Iterable[str] = FIGURES) -> Callable[[Row], Row]:
    """A change of every figure of a row that is there."""
    columns = tuple(columns)
    return lambda row: {
        name: repr(change(float(text))) if name in columns and text else text for name, text in row.items()
    }


def put(**said: str) -> Callable[[Row], Row]:
    """A change that puts texts into columns, named with `_` for a blank."""
    return lambda row: row | {name.replace("_", " "): text for name, text in said.items()}


def exchange(path: str, column: str, names: dict[str, str], *, where: Callable[[Row], bool] = lambda _: True) -> Spoil:
    """Rename the entries of a column: a swap, a shift or a list upside down."""
    return each(
        path,
        lambda row: row | {column: names[row[column]]},
        where=lambda row: row[column] in names and where(row),
    )


def down_one(columns: Iterable[str], *, where: Callable[[Row], bool]) -> Callable[[list[Row]], Iterable[Row]]:
    """Each row that `where` picks gets these columns of the picked row above it; the first those of the last."""
    columns = tuple(columns)

    def apply(rows: list[Row]) -> Iterable[Row]:
        picked = [row for row in rows if where(row)]
        moved = {
            id(row): {name: above[name] for name in columns}
            for row, above in zip(picked, picked[-1:] + picked[:-1], strict=True)
        }
        return [row | moved.get(id(row), {}) for row in rows]

    return apply


def text(path: str, old: str, new: str) -> Spoil:
    """One text for another, everywhere in a file."""

    def apply(folder: Path) -> None:
        content = (folder / path).read_bytes()
        assert old.encode() in content, f"{path}: {old!r} is not there"
        (folder / path).write_bytes(content.replace(old.encode(), new.encode()))

    return apply


def raw(path: str, change: Callable[[bytes], bytes]) -> Spoil:
    """The bytes of a file."""
    return lambda folder: (folder / path).write_bytes(change((folder / path).read_bytes()))


def added(path: str, like: str, change: Callable[[list[Row]], Iterable[Row]]) -> Spoil:
    """A further file made from another one's rows, named in the index as that one is."""

    def apply(folder: Path) -> None:
        write(folder / path, change(rows_of(folder / like)))
        index = folder / "index.csv"
        (own,) = [row for row in rows_of(index) if row["path"] == like]
        write(index, [*rows_of(index), own | {"path": path}])

    return apply
