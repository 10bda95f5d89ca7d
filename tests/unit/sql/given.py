"""Given rows, expect rows: run one SQL file of the project on a handful of made tables."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl

from pipelines import catalogue
from pipelines.catalogue import BREAKDOWN_COLUMNS
from pipelines.settings import Settings
from pipelines.tables.lineage import tables_read
from pipelines.tables.store import Store


def asked(tmp_path: Path, file: str, **given: list[dict[str, Any]] | pl.DataFrame) -> list[dict[str, Any]]:
    """The rows that `sql/<file>` returns when `layer__table=[rows]` are all there is, sorted.

    A table that the file reads and that is not given is an error, so a test always shows its whole input.
    """
    found = built(tmp_path, file, **given)
    return found.sort(found.columns, nulls_last=True).to_dicts()


def built(tmp_path: Path, file: str, **given: list[dict[str, Any]] | pl.DataFrame) -> pl.DataFrame:
    """The table that `sql/<file>` makes, to be given to another file."""
    store = Store(tmp_path)
    for name, rows in given.items():
        frame = rows if isinstance(rows, pl.DataFrame) else pl.DataFrame(rows, infer_schema_length=None)
        store.build(name.replace("__", ".", 1), lambda frame=frame: frame, code_version="1", description="given")
    sql = (Settings().sql / file).read_text(encoding="utf-8")
    return store.query(sql, tables_read(sql, where=file), where=file)


def schemes(tmp_path: Path, *breakdown: dict[str, Any]) -> pl.DataFrame:
    """`core.scheme` of these rows of a breakdown, nulls where they say nothing; of the catalogue's own without any."""
    if not breakdown:
        return schemes_of_the_catalogue()
    shared = [{name: row.get(name) for name in BREAKDOWN_COLUMNS} for row in breakdown]
    rows = pl.DataFrame(shared, schema=BREAKDOWN_COLUMNS)
    return built(tmp_path / "schemes", "core/scheme.sql", staging__breakdown=rows)


@cache
def schemes_of_the_catalogue() -> pl.DataFrame:
    """`core.scheme` as the catalogue makes it: the same for every test."""
    rows = catalogue.breakdown_frame(catalogue.load())
    with TemporaryDirectory() as folder:
        return built(Path(folder), "core/scheme.sql", staging__breakdown=rows)


def tolerances(tmp_path: Path) -> pl.DataFrame:
    """`core.tolerance`, which reads nothing."""
    return built(tmp_path / "tolerances", "core/tolerance.sql")
