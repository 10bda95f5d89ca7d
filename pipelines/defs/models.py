"""Core and published assets, by factory: one a SQL file; its tables are found by parsing it.

What belongs here: turning a file under `sql/core` or `sql/published` into an asset. What does not: SQL.
"""

from __future__ import annotations

from pathlib import Path

import dagster as dg

from pipelines import settings
from pipelines.defs.run_options import RunOptions, reported
from pipelines.tables.lineage import leading_comment, tables_read
from pipelines.tables.store import text_hash

LAYERS = ("core", "published")


def model_asset(path: Path) -> dg.AssetsDefinition:
    """The asset that builds the table a SQL file defines; `sql/core/area.sql` makes `core.area`."""
    sql = path.read_text(encoding="utf-8")
    layer, name = path.parent.name, path.stem
    reads = tables_read(sql, where=f"{layer}/{path.name}")

    @dg.asset(
        key=[layer, name],
        deps=[table.split(".") for table in reads],
        group_name=layer,
        description=leading_comment(sql),
        code_version=text_hash(sql)[:12],
        kinds={"duckdb", "sql"},
    )
    def model(run_options: RunOptions) -> dg.MaterializeResult:  # type: ignore[type-arg]
        store = run_options.store
        return reported(
            store.build(
                f"{layer}.{name}",
                lambda: store.query(sql, reads, where=f"sql/{layer}/{path.name}"),
                reads=reads,
                code_version=text_hash(sql),
                description=leading_comment(sql),
                fresh=run_options.fresh,
            ),
        )

    return model


@dg.definitions
def defs() -> dg.Definitions:
    """One asset for every SQL file of the core and published layers."""
    folder = settings.load().sql
    return dg.Definitions(
        assets=[model_asset(path) for layer in LAYERS for path in sorted((folder / layer).glob("*.sql"))]
    )
