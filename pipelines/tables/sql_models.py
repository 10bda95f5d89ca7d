"""The core and published tables: one per SQL file, which says what it reads.

What belongs here: turning `sql/core/x.sql` into `core.x`, and `sql/published/x.sql` into `published.x`. What does not:
SQL.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

from pipelines.tables.lineage import leading_comment, tables_read
from pipelines.tables.store import Made, text_hash
from pipelines.tables.table import Plan, Run, Table

LAYERS = ("core", "published")


def sql_tables(folder: Path) -> tuple[Table, ...]:
    """One table for every SQL file of the core and published layers under `folder`."""
    return tuple(_table(path) for layer in LAYERS for path in sorted((folder / layer).glob("*.sql")))


def _table(path: Path) -> Table:
    sql = path.read_text(encoding="utf-8")
    layer = path.parent.name
    reads = tables_read(sql, where=f"{layer}/{path.name}")
    return Table(
        name=f"{layer}.{path.stem}",
        grain=leading_comment(sql),
        reads=reads,
        plan=partial(_query, sql, reads, f"sql/{layer}/{path.name}"),
        code=text_hash(sql),
        kinds=frozenset({"duckdb", "sql"}),
        made_in=path,
    )


def _query(sql: str, reads: tuple[str, ...], where: str, run: Run) -> Plan:
    return Plan(text_hash(sql), lambda: Made(run.store.query(sql, reads, where=where)))
