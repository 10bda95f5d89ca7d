"""The raw tables: one per resource, listing the snapshots of its files that this run reads.

What belongs here: asking a resource for its files. What does not: reading them (`staging.py`), or how bytes come in
and are kept (`sources/arrival/`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from pipelines.notes import Kind, Note
from pipelines.sources import resources
from pipelines.sources.arrival import origin, transport
from pipelines.sources.arrival.held_back import delivery
from pipelines.sources.arrival.intake import snapshot_frame
from pipelines.sources.contract import Resource, Snapshot
from pipelines.tables.store import Made, text_hash
from pipelines.tables.table import Plan, Run, Table


def raw_tables() -> tuple[Table, ...]:
    """One table for every resource that a source module declares."""
    return tuple(_table(resource) for resource in resources())


def _table(resource: Resource) -> Table:
    return Table(
        name=f"raw.{resource.name}",
        grain=f"One row per snapshot of {resource.name}.",
        reads=(),
        plan=partial(_fetch, resource),
        code="",
        kinds=frozenset({"xlsx" if resource.path.endswith("xlsx") else "csv"}),
        made_in=resource.read_in,
        about=f"{resource.description}\n\nPublisher: {resource.publisher}. Cadence: {resource.cadence}. "
        f"Licence: {resource.licence}.\n\n{resource.url}",
        is_shipped=False,
    )


def _fetch(resource: Resource, run: Run) -> Plan:
    """Fetch first: what came is what decides whether the table is another."""
    settings = run.settings
    transport.configured(publisher_base=settings.publisher_base, contact=settings.contact)
    before = _before(resource, run)
    kept = _kept(resource, run, before)
    # What the last run did not have either is left alone; bytes that have gone since are asked for.
    left = {path for path, _ in resource.files() if not run.is_asked(path)} - {row["path"] for row in before}
    taken = origin.fetch(resource, run.run_input, root=settings.snapshots, kept=kept, but=left)
    everything = snapshot_frame(taken.snapshots)
    frame = everything.unique("sha256", keep="first", maintain_order=True)
    copies = everything.join(frame, on="path", how="anti")["path"].to_list()
    notes = [
        *taken.notes,
        *(Note(Kind.SAME_BYTES, path=path) for path in copies),
    ]
    # A table without rows is another, too, where a version of ours has other columns.
    version = text_hash(str(frame.schema), str(frame.rows()), *map(str, notes), *map(str, taken.faults))
    return Plan(version, lambda: Made(frame, notes=notes, faults=taken.faults))


def _before(resource: Resource, run: Run) -> list[dict[str, Any]]:
    """The rows of what the last run took of a resource, where this one keeps any of it."""
    table = f"raw.{resource.name}"
    if run.asked is None or run.store.record(table) is None:
        return []
    return run.store.read(table).filter(origin=run.run_input.origin).rows(named=True)


def _kept(resource: Resource, run: Run, before: Sequence[Mapping[str, Any]]) -> list[Snapshot]:
    """What the last run took of a resource and this one does not ask for again, as it stood then."""
    states = ("is_stale", "is_carried_over", "note")
    return [
        replace(found, resource=resource.name, **{name: row[name] for name in states})
        for row in before
        if not run.is_asked(row["path"])
        and (found := delivery(run.settings.snapshots, row["origin"], row["path"], row["sha256"]))
    ]
