"""What the next run compares with is published under the names it is asked by."""

from pathlib import Path

import polars as pl
import pytest

from pipelines.changes.previous import COMPARED


@pytest.mark.parametrize("name", COMPARED)
def test_the_kept_columns_are_published(name: str, sample_warehouse: Path) -> None:
    published = pl.read_parquet_schema(sample_warehouse / "tables" / "published" / f"{name}.parquet")
    compared = COMPARED[name]
    # A key is compared as text, whatever it is published as.
    types = {column: pl.String() if column in compared.key else published[column] for column in compared.schema}
    assert compared.key == tuple(column for column in compared.key if column in published)
    assert types == compared.schema
