"""The assets of all tables, by one factory over the registry.

What belongs here: turning a table's record into an asset, and how a built table is reported to the UI. What does not:
what a table is (`tables/`).
"""

from __future__ import annotations

import dagster as dg

from pipelines.defs.facts import errors_as_facts, noted
from pipelines.defs.run_options import RunOptions
from pipelines.run.gate import HELD_TABLE, held_note, judge, tables_at_the_gate
from pipelines.tables.registry import tables
from pipelines.tables.store import HEAD_COLUMNS, TableRecord
from pipelines.tables.table import Table


def table_asset(table: Table) -> dg.AssetsDefinition:
    """The asset that builds one table."""

    @dg.asset(
        key=table.name.split("."),
        deps=[name.split(".") for name in _waits_for(table)],
        group_name=table.layer,
        description=table.about or table.grain,
        code_version=table.code[:12] or None,
        kinds=set(table.kinds),
    )
    def build(run_options: RunOptions) -> dg.MaterializeResult:  # type: ignore[type-arg]
        with errors_as_facts():
            record, reused = table.build(run_options.run)
        return reported(record, reused=reused and table.name not in run_options.built_at_the_gate)

    return build


def _waits_for(table: Table) -> tuple[str, ...]:
    """The tables that this one waits for; those that the gate builds wait for it too."""
    return (*table.after, HELD_TABLE) if table.name in tables_at_the_gate() else table.after


def gate_asset() -> dg.AssetsDefinition:
    """The asset that judges all deliveries: what it holds back is read by nothing after it."""

    @dg.asset(
        key=HELD_TABLE.split("."),
        deps=[name.split(".") for name, table in tables().items() if table.layer == "raw"],
        group_name="raw",
        description="One row per delivery (a file as received) that is held back, with the rule it breaks and what "
        "stands in. Judges every delivery by all rules up to the core tables, and builds those tables on the way.",
        kinds={"polars"},
    )
    def held_back(run_options: RunOptions) -> dg.MaterializeResult:  # type: ignore[type-arg]
        with errors_as_facts():
            judged = judge(run_options.run)
        run_options.pass_gate(judged)
        notes = [held_note(one) for one in judged.gate.held]
        return dg.MaterializeResult(metadata={"dagster/row_count": len(judged.gate.held), **noted(notes)})

    return held_back


def reported(record: TableRecord, *, reused: bool) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """A built table's rows, hash, preview and notes, for the UI."""
    shown = record.columns[:HEAD_COLUMNS]
    lines = ["| " + " | ".join(shown) + " |", "|" + " --- |" * len(shown)]
    lines += ["| " + " | ".join(_cell(value) for value in row) + " |" for row in record.head]
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": record.rows,
            "reused": reused,
            "content_hash": record.content_hash[:12],
            "columns": len(record.columns),
            "preview": dg.MetadataValue.md("\n".join(lines)),
            **noted(record.notes),
        }
    )


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")


@dg.definitions
def defs() -> dg.Definitions:
    """One asset for every table of the registry, and the gate that raw files pass."""
    return dg.Definitions(assets=[gate_asset(), *(table_asset(table) for table in tables().values())])
