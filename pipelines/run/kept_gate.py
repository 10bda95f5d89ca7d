"""The gate of a run as two tables, so that its later steps and the next run know it, and what is said of it.

What belongs here: keeping a gate, reading it back, and the note on a delivery that is held back. What does not: what is
held back (`gate.py`), or leaving it out (`sources/arrival/held_back.py`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC
from functools import partial

import polars as pl

from pipelines.notes import Kind, Note
from pipelines.sources.arrival import held_back
from pipelines.sources.arrival.held_back import Gate, HeldBack, RefusedRow
from pipelines.tables.store import Made, TableMissing, text_hash
from pipelines.tables.table import Run

HELD_TABLE, REFUSED_TABLE = "raw.held_back", "raw.refused_row"


def keep(run: Run, gate: Gate) -> None:
    """Keep the gate as tables, and mark what is held back beside its bytes, unless an earlier day is built."""
    for table, frame, grain in _tables(gate):
        run.store.build(
            table, partial(Made, frame), code_version=text_hash(frame.write_csv()), description=grain, fresh=True
        )
    if run.as_of is None:
        for one in gate.held:
            held_back.mark(run.settings.snapshots, run.run_input.origin, one)


def kept_gate(run: Run) -> Gate:
    """The gate of the last run of this warehouse, for a step that is run alone; one that lets all in where there is
    none.
    """
    store, root, origin = run.store, run.settings.snapshots, run.run_input.origin
    try:
        rows, refused = store.read(HELD_TABLE).rows(named=True), store.read(REFUSED_TABLE).rows()
    except (TableMissing, pl.exceptions.PolarsError, OSError):
        return Gate()
    held = tuple(
        HeldBack(
            path=row["path"],
            resource=row["resource"],
            sha256=row["held_back_sha256"] or "",
            rule=row["rule"],
            reason=row["reason"],
            since=row["held_back_since"].replace(tzinfo=UTC),
            rows_broken=row["rows_broken"],
            rows_in_file=row["rows_in_file"],
            examples=row["examples"],
            indicators=tuple((row["indicators"] or "").split(";")),
            stand_in=held_back.delivery(root, origin, row["path"], row["stand_in_sha256"] or ""),
        )
        for row in rows
    )
    return Gate(held, tuple(RefusedRow(*row) for row in refused))


def held_note(one: HeldBack) -> Note:
    """What a person must know of a delivery that is held back."""
    day = f"{one.stand_in.retrieved_at:%Y-%m-%d}" if one.stand_in else ""
    # A rule about a whole series says what it found in a sentence of its own.
    found = tuple(row["finding"] for row in json.loads(one.examples) if row.get("finding"))
    broken = one.rows_broken or 0
    return Note(Kind.HELD_BACK, path=one.path, label=one.rule, names=found, cause=one.reason, day=day, count=broken)


def _tables(gate: Gate) -> Iterator[tuple[str, pl.DataFrame, str]]:
    yield HELD_TABLE, gate.frame, "One row per delivery that is held back: the rule it breaks, and what stands in."
    refused = pl.DataFrame(
        [(one.sha256, one.line, one.reason) for one in gate.refused],
        schema={"snapshot_sha256": pl.String(), "source_line": pl.Int64(), "reason": pl.String()},
        orient="row",
    )
    yield REFUSED_TABLE, refused, "One row per row of a delivery that a check refuses."
