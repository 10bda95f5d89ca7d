"""What Dagster is told of each step of a run, as events of its assets and checks.

What belongs here: a step of `run/walk.py` as an event, with what a person looks at. What does not: the steps
themselves, or how our facts are carried (`facts.py`).

A table that is as Dagster knows it already is observed, not materialized: what was made anew can be told at a glance.
Events are few and small, because Dagster takes longer over one than most tables take.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import dagster as dg
import polars as pl

from pipelines.defs.described import key_of, waits_for
from pipelines.defs.facts import found, noted
from pipelines.quality.finding import CRITICAL
from pipelines.release.publish import column_comments
from pipelines.report.checks import page
from pipelines.report.gradient_plot import PLOTTED, gradient_plot
from pipelines.run.walk import Built, Checked
from pipelines.settings import Settings
from pipelines.tables.column_lineage import column_origins
from pipelines.tables.store import HEAD_COLUMNS, Store, TableRecord

VERSION, CODE = "dagster/data_version", "dagster/code_version"
INPUT, POINTER, NO_POINTER = "dagster/input_data_version", "dagster/input_event_pointer", "NULL"
"""Dagster's own tags by which it tells an asset that is up to date from one that is not; it takes an input without a
pointer to an event for one that it did not know.
"""
TableEvent = dg.AssetMaterialization | dg.AssetObservation


class Events:
    """The events of one run. `known` are the tags of the assets as Dagster's own records have them before it."""

    def __init__(self, here: Settings, store: Store, known: Mapping[dg.AssetKey, Mapping[str, str]]) -> None:
        self.here, self.store, self.known = here, store, known
        self.comments = column_comments(here.sql / "columns.toml")
        self.hashes: dict[str, str] = {}

    def built(self, step: Built) -> TableEvent:
        """A table that was built, or stands as it was."""
        record = step.record
        self.hashes[record.table] = record.content_hash
        tags = self.versions(record.content_hash, waits_for(step.table), code=step.table.code[:12])
        facts: dict[str, Any] = {
            "rows": record.rows,
            "reused": step.reused,
            "seconds": round(step.seconds, 3),
            **noted(record.notes),
        }
        if step.reused and self.stands(record.table, tags):
            said = f"Unchanged since {record.built_at}: nothing it is made from is another."
            return dg.AssetObservation(key_of(record.table), description=said, metadata=facts, tags=tags)
        return dg.AssetMaterialization(
            key_of(record.table),
            description=f"{record.rows:,} rows.",
            metadata={
                **facts,
                "dagster/row_count": record.rows,
                "dagster/column_schema": self._columns(record),
                **self._lineage(step),
                **self._plot(record.table),
                "content_hash": record.content_hash[:12],
                "preview": preview(record),
            },
            tags=tags,
        )

    def versions(self, content_hash: str, deps: Iterable[str], *, code: str) -> dict[str, str]:
        """The tags of an asset with this content, made from these tables."""
        keys = {name: name.replace(".", "/") for name in deps}
        inputs = {f"{INPUT}/{key}": self._hash(name) for name, key in keys.items()}
        pointers = {f"{POINTER}/{key}": NO_POINTER for key in keys.values()}
        own = {VERSION: content_hash[:12], CODE: code or "none", f"{VERSION}_is_user_provided": "true"}
        return own | inputs | pointers

    def versions_of(self, table: str, deps: Iterable[str]) -> dict[str, str]:
        """The tags of a table that stands, made from these."""
        return self.versions(self._hash(table), deps, code="")

    def _hash(self, table: str) -> str:
        if table not in self.hashes:
            record = self.store.record(table)
            self.hashes[table] = record.content_hash if record else ""
        return self.hashes[table][:12]

    def stands(self, table: str, tags: Mapping[str, str]) -> bool:
        """Whether Dagster's records have the asset with these versions."""
        last = self.known.get(key_of(table))
        return last == tags

    def _columns(self, record: TableRecord) -> dg.TableSchema:
        types = pl.read_parquet_schema(self.store.path(record.table))
        return dg.TableSchema(
            columns=[
                dg.TableColumn(name, str(types[name]).lower(), description=self.comments.get(name))
                for name in record.columns
            ]
        )

    def _lineage(self, step: Built) -> dict[str, Any]:
        """Which columns each column is made from, for tables that SQL makes."""
        if "sql" not in step.table.kinds:
            return {}
        read = {name: record.columns for name in step.table.reads if (record := self.store.record(name))}
        text = step.table.made_in.read_text(encoding="utf-8")
        found = column_origins(text, read, where=step.table.name)
        return {
            "dagster/column_lineage": dg.TableColumnLineage(
                {
                    column: [dg.TableColumnDep(key_of(table), name) for table, name in sorted(parts)]
                    for column, parts in found.items()
                }
            )
        }

    def _plot(self, table: str) -> dict[str, Any]:
        if table != PLOTTED:
            return {}
        drawn = gradient_plot(self.store.read(table))
        return {"gradient": dg.MetadataValue.md(drawn)} if drawn else {}

    def checked(self, step: Checked) -> dg.AssetCheckEvaluation:
        """What a check found. Rows broken are a number, so that Dagster draws them over time."""
        check = step.check
        failed = [finding for finding in step.findings if not finding.passed]
        overruled = [finding for finding in failed if finding.severity == CRITICAL and finding not in step.stopping]
        facts: dict[str, Any] = {
            "rules": len(step.findings),
            "rows_broken": sum(finding.broken or 0 for finding in failed),
            "reused": step.reused,
        }
        if failed:
            ordered = sorted(failed, key=lambda finding: finding.severity != CRITICAL)
            told = found((finding, finding in overruled) for finding in ordered)
            facts |= {**told, "check_page": dg.MetadataValue.path(page(self.here.warehouse))}
        return dg.AssetCheckEvaluation(
            asset_key=key_of(check.table),
            check_name=check.name,
            passed=not failed,
            metadata=facts,
            severity=dg.AssetCheckSeverity.ERROR if step.stopping else dg.AssetCheckSeverity.WARN,
            blocking=check.may_stop,
        )


def preview(record: TableRecord) -> dg.MetadataValue[Any]:
    """The first rows of a table, as Markdown."""
    shown = record.columns[:HEAD_COLUMNS]
    lines = ["| " + " | ".join(shown) + " |", "|" + " --- |" * len(shown)]
    lines += ["| " + " | ".join(_cell(value) for value in row) + " |" for row in record.head]
    return dg.MetadataValue.md("\n".join(lines))


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")


def known_assets(instance: dg.DagsterInstance, keys: Iterable[dg.AssetKey]) -> dict[dg.AssetKey, dict[str, str]]:
    """The tags of the last materialization of each asset that has one, in one look."""
    records = instance.get_asset_records(list(keys))
    entries = ((record.asset_entry.asset_key, record.asset_entry.last_materialization) for record in records)
    made = ((key, entry.asset_materialization) for key, entry in entries if entry is not None)
    return {key: dict(materialization.tags or {}) for key, materialization in made if materialization is not None}
