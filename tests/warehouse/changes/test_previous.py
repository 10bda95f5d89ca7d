"""What the next run compares with is published under the names it is asked by."""

from pathlib import Path

import polars as pl
import pytest

from pipelines.changes.previous import COMPARED


@pytest.mark.parametrize("name", COMPARED)
def test_the_kept_columns_are_published(name: str, sample_warehouse: Path) -> None:
    published = pl.read_parquet_schema(sample_warehouse / "tables" / "published" / f"{name}.parquet")
    assert {column: published[column] for column in COMPARED[name].schema} == COMPARED[name].schema
