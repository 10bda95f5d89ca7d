"""Files that a publisher issues again: one honest revision, a whole series worked out anew, a column renamed.

Each says what it does to the file, and what must then stand in a release: the figures that a reader expects, worked out
without the pipeline.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import polars as pl

NUMBERS = ("Value", "Lower CI 95.0 limit", "Upper CI 95.0 limit")
CELLS = ("value", "value_lower", "value_upper")
COUNTRY = "X92000001"


def _write(file: Path, table: pl.DataFrame) -> None:
    file.write_bytes(table.write_csv().encode())


def _read(file: Path) -> pl.DataFrame:
    return pl.read_csv(io.BytesIO(file.read_bytes()), infer_schema=False)


@dataclass(frozen=True)
class Revision:
    """One figure of an area, well within its limits."""

    path: str
    area: str
    before: float
    after: float

    def issue(self, folder: Path) -> None:
        """Change the file."""
        table = _read(folder / self.path)
        hit = (pl.col("Area Code") == self.area) & (pl.col("Value") == str(self.before))
        assert table.filter(hit).height == 1, f"{self} is about one line"
        _write(
            folder / self.path,
            table.with_columns(pl.when(hit).then(pl.lit(str(self.after))).otherwise("Value").alias("Value")),
        )

    def expected(self, cells: pl.DataFrame) -> pl.DataFrame:
        """The figures of a release that has it."""
        hit = (pl.col("path") == self.path) & (pl.col("area_code") == self.area) & (pl.col("value") == self.before)
        assert cells.filter(hit).height == 1, f"{self} is about one figure"
        return cells.with_columns(pl.when(hit).then(self.after).otherwise("value").alias("value"))


@dataclass(frozen=True)
class Rebase:
    """Every figure of a series but the country's and one area's moved, its limits with it."""

    path: str
    spared: str
    by: float

    def issue(self, folder: Path) -> None:
        """Change the file."""
        table = _read(folder / self.path)
        moves = ~pl.col("Area Code").is_in([COUNTRY, self.spared])
        assert 0.8 < table.filter(moves).height / table.height < 1, "about nine in ten"
        moved = [
            pl.when(moves).then((pl.col(name).cast(pl.Float64) + self.by).round(9).cast(pl.String)).otherwise(name)
            for name in NUMBERS
        ]
        _write(
            folder / self.path, table.with_columns(one.alias(name) for one, name in zip(moved, NUMBERS, strict=True))
        )

    def expected(self, cells: pl.DataFrame) -> pl.DataFrame:
        """The figures of a release that has it."""
        moves = (pl.col("path") == self.path) & ~pl.col("area_code").is_in([COUNTRY, self.spared])
        return cells.with_columns(
            pl.when(moves).then((pl.col(name) + self.by).round(9)).otherwise(name).alias(name) for name in CELLS
        )


@dataclass(frozen=True)
class Renamed:
    """A column under another name; a release never has it."""

    path: str
    before: str
    after: str

    def issue(self, folder: Path) -> None:
        """Change the file."""
        content = (folder / self.path).read_bytes()
        assert content.count(self.before.encode()) == 1
        (folder / self.path).write_bytes(content.replace(self.before.encode(), self.after.encode()))
