"""Every column of every table that SQL makes is followed, and no other is made up."""

from __future__ import annotations

from pathlib import Path

from pipelines.tables.column_lineage import column_origins
from pipelines.tables.registry import tables
from pipelines.tables.store import Store


def test_every_table_of_sql_has_the_columns_that_its_text_says(sample_warehouse: Path) -> None:
    store = Store(sample_warehouse / "tables")
    columns = {name: record.columns for name in tables() if (record := store.record(name))}
    of_sql = [table for table in tables().values() if "sql" in table.kinds]
    found = {
        table.name: column_origins(
            table.made_in.read_text(encoding="utf-8"), {name: columns[name] for name in table.reads}
        )
        for table in of_sql
    }
    assert {name: list(origins) for name, origins in found.items()} == {name: columns[name] for name in found}
    assert len(found) > 40
    origins = found["published.inequality"]
    assert origins["value"] == {("measures.inequality", "value")}
    assert ("core.subject", "area_name") in origins["sentence"]
