"""The glossary `sql/columns.toml`: every column of every table is in it, and nothing else is."""

from __future__ import annotations

import tomllib
from pathlib import Path

import duckdb
import pytest

from pipelines.catalogue.frames import BREAKDOWN_COLUMNS, INDICATOR_COLUMNS
from pipelines.inequality.change import CHANGE
from pipelines.inequality.contract import MEASURE
from pipelines.inequality.difference import DIFFERENCE
from pipelines.settings import PROJECT
from pipelines.sources import resources
from pipelines.sources.arrival.intake import COUNTS, SNAPSHOT
from pipelines.sources.contract import OBSERVATION, REJECTED

FILE = PROJECT / "sql" / "columns.toml"
GLOSSARY: dict[str, str] = tomllib.loads(FILE.read_text(encoding="utf-8"))
CONTRACTS: dict[str, dict[str, object]] = {
    "OBSERVATION": dict(OBSERVATION),
    "REJECTED": dict(REJECTED),
    "MEASURE": dict(MEASURE),
    "CHANGE": dict(CHANGE),
    "DIFFERENCE": dict(DIFFERENCE),
    "SNAPSHOT": dict(SNAPSHOT),
    "COUNTS": dict(COUNTS),
    "indicators": dict(INDICATOR_COLUMNS),
    "breakdowns": dict(BREAKDOWN_COLUMNS),
    **{resource.name: dict(resource.schema) for resource in resources()},
}

Columns = list[tuple[str, str, str, str | None]]


@pytest.fixture(scope="module")
def columns(sample_warehouse: Path) -> Columns:
    """Schema, table, column and comment of everything a release holds."""
    with duckdb.connect(str((sample_warehouse / "current.duckdb").resolve()), read_only=True) as release:
        return release.sql(
            "select schema_name, table_name, column_name, comment from duckdb_columns() where not internal"
        ).fetchall()


def test_every_column_of_a_release_says_what_it_means(columns: Columns) -> None:
    assert len(columns) > 500
    silent = [f"{schema}.{table}.{column}" for schema, table, column, comment in columns if not comment]
    assert silent == []


@pytest.mark.parametrize("contract", CONTRACTS)
def test_every_column_that_code_promises_is_in_the_glossary(contract: str) -> None:
    assert sorted(CONTRACTS[contract].keys() - GLOSSARY.keys()) == []


def test_every_meta_table_says_what_its_row_is(columns: Columns) -> None:
    meta = {f"meta_{table}" for schema, table, _, _ in columns if schema == "meta"}
    assert len(meta) >= 5
    assert sorted(meta - GLOSSARY.keys()) == []
    assert [name for name in sorted(meta) if not GLOSSARY[name].startswith("One row")] == []


def test_nothing_in_the_glossary_is_unused(columns: Columns) -> None:
    used = {column for _, _, column, _ in columns} | {f"meta_{t}" for schema, t, _, _ in columns if schema == "meta"}
    promised = {name for contract in CONTRACTS.values() for name in contract}
    assert sorted(GLOSSARY.keys() - used - promised) == []


def test_every_meaning_is_a_sentence() -> None:
    bad = [name for name, said in GLOSSARY.items() if not (said[0].isupper() or said[0] == "`") or said[-1] != "."]
    assert bad == []
