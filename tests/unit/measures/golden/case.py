"""A golden case as a test reads it: what was asked of the reference, its input and its answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from tests.shared import GOLDEN


def cases(family: str) -> list[str]:
    """The names of all cases of a family; none where the reference folder is absent."""
    return sorted(folder.name for folder in (GOLDEN / family).glob("*") if (folder / "case.json").is_file())


def as_list(item: object) -> list[Any]:
    """What a case writes as nothing, as one, or as a list."""
    return [] if item is None else list(item) if isinstance(item, list) else [item]


def confidences(about: dict[str, Any]) -> list[float]:
    """The levels that a case asks for, as fractions; 95% where it names none."""
    given = as_list(about["params"].get("confidence", 0.95)) if isinstance(about["params"], dict) else [0.95]
    return [level / 100 if level > 1 else level for level in given]


def agree(ours: pl.Series, theirs: pl.Series, *, relative: float = 1e-9, absolute: float = 0.0) -> bool:
    """Whether we have a number wherever they have one, within `relative` of it."""
    known = theirs.is_not_null()
    ours, theirs = ours.filter(known), theirs.filter(known)
    return ours.null_count() == 0 and ((ours - theirs).abs() <= relative * theirs.abs() + absolute).all()


def same(ours: pl.Series, theirs: pl.Series, *, relative: float = 1e-9, absolute: float = 0.0) -> bool:
    """Whether we have a number where they have one, within `relative` of it, and none where they have none."""
    nowhere_else = ours.len() == theirs.len() and (ours.is_null() == theirs.is_null()).all()
    return nowhere_else and agree(ours, theirs, relative=relative, absolute=absolute)


def numeric(name: str) -> pl.Expr:
    """A column of text as numbers."""
    return pl.col(name).str.strip_chars().cast(pl.Float64)


@dataclass(frozen=True)
class Case:
    """One case's files. Cells are text; empty is null."""

    family: str
    name: str

    @property
    def folder(self) -> Path:
        return GOLDEN / self.family / self.name

    @cached_property
    def about(self) -> dict[str, Any]:
        """`case.json`."""
        return json.loads((self.folder / "case.json").read_text(encoding="utf-8"))

    @property
    def keys(self) -> list[str]:
        """The grouping columns that the reference was given."""
        return as_list(self.about["keys"])

    def table(self, name: str = "input") -> pl.DataFrame:
        """`input.csv`, `expected.csv` or another, every cell as text."""
        return pl.read_csv(self.folder / f"{name}.csv", infer_schema=False).with_columns(pl.all().replace("", None))

    @property
    def params(self) -> dict[str, Any]:
        """The arguments that the reference was given; it writes none as an empty list."""
        return self.about["params"] or {}

    @property
    def levels(self) -> dict[str, float]:
        """The confidence of each pair of limits, by how the reference's columns end."""
        levels = confidences(self.about)
        return {f"{100 * level:.1f}cl".replace(".", "_") if len(levels) > 1 else "cl": level for level in levels}

    def input(self, ours: Mapping[str, str]) -> pl.DataFrame:
        """The input with its columns that have a role also as numbers, under the names that `ours` gives the roles."""
        roles = self.about["columns"].items()
        return self.table().with_columns(numeric(theirs).alias(ours[role]) for role, theirs in roles)

    def expected(self, name: str) -> pl.Series:
        """A column of the reference's answer as numbers, ordered by the keys."""
        return self.table("expected").sort(self.keys).select(numeric(name)).to_series()
