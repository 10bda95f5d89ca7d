"""The previous tables: what the release before this one said, so that checks of history read it by name.

What belongs here: when they are read anew. What does not: which release that is (`changes/previous.py`). They are
inputs of a run, and no release ships them.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

from pipelines.changes import previous
from pipelines.changes.previous import COMPARED, Compared
from pipelines.tables.store import text_hash
from pipelines.tables.table import Plan, Run, Table


def previous_tables() -> tuple[Table, ...]:
    """One table for every published table that is compared from release to release."""
    return tuple(_table(COMPARED[name]) for name in sorted(COMPARED))


def _code() -> str:
    return Path(previous.__file__).read_text(encoding="utf-8")


def _table(compared: Compared) -> Table:
    return Table(
        name=f"previous.{compared.name}",
        grain=f"One row per row of published.{compared.name} in the newest release of the same origin: what history "
        "checks compare with; without rows where there is none.",
        reads=(),
        plan=partial(_read, compared),
        code=text_hash(_code()),
        kinds=frozenset({"duckdb"}),
        made_in=Path(previous.__file__),
        is_shipped=False,
    )


def _read(compared: Compared, run: Run) -> Plan:
    warehouse = run.settings.warehouse
    before = previous.comparable(warehouse, run.run_input.origin, as_of=run.as_of)
    version = text_hash(_code(), before.release_id if before else "")
    return Plan(version, lambda: previous.read(warehouse, before, compared))
