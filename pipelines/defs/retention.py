"""How long Dagster's records are kept: the newest runs with their events and output; older ones go.

What belongs here: clearing Dagster's own storage. What does not: anything that figures rest on (`retention.py`).
"""

from __future__ import annotations

import shutil
from pathlib import Path

import dagster as dg
from dagster._core.storage.event_log.schema import AssetCheckExecutionsTable
from dagster._core.storage.event_log.sql_event_log import SqlEventLogStorage

ENDED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]


def clear_old_runs(instance: dg.DagsterInstance, *, keep: int, home: Path) -> int:
    """Delete all but the newest `keep` runs that ended, with events, check results and output. Returns how many went.

    What an asset was last made from stays: Dagster keeps that beside its runs.
    """
    old = instance.get_runs(filters=dg.RunsFilter(statuses=ENDED))[keep:]
    for run in old:
        instance.delete_run(run.run_id)
        storage = instance.event_log_storage
        if isinstance(storage, SqlEventLogStorage):
            with storage.index_connection() as connection:
                connection.execute(
                    AssetCheckExecutionsTable.delete().where(AssetCheckExecutionsTable.c.run_id == run.run_id)
                )
        # SQLite keeps the events of each run in a file of its own, which Dagster empties and leaves.
        for file in (home / "history" / "runs").glob(f"{run.run_id}.db*"):
            file.unlink()
        shutil.rmtree(home / "storage" / run.run_id, ignore_errors=True)
    return len(old)
