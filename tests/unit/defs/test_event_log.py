"""Our event log holds what Dagster's own would, in the same files, over one connection to each."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage

from pipelines.defs.event_log import LOGS, MOST_OPEN, EventLog
from pipelines.defs.home import dagster_instance
from pipelines.settings import Settings


@dg.asset
def made() -> None:
    """Nothing."""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("DAGSTER_HOME", "")
    return Settings(warehouse=tmp_path)


def test_dagster_s_own_storage_reads_what_ours_wrote(here: Settings) -> None:
    with dagster_instance(here) as instance:
        assert isinstance(instance.event_log_storage, EventLog)
        run_id = dg.materialize([made], instance=instance).run_id
        told = [entry.message for entry in instance.all_logs(run_id)]
    theirs = SqliteEventLogStorage(str(here.dagster_home / LOGS))
    assert [entry.message for entry in theirs.get_logs_for_run(run_id)] == told
    assert len(told) > 5


def test_a_second_process_sees_events_as_soon_as_they_are_stored(here: Settings) -> None:
    with dagster_instance(here) as instance, dagster_instance(here) as other:
        run_id = dg.materialize([made], instance=instance).run_id
        assert other.get_latest_materialization_event(dg.AssetKey("made")) is not None
        assert len(list(other.all_logs(run_id))) == len(list(instance.all_logs(run_id)))


def test_few_files_stay_open(here: Settings) -> None:
    with dagster_instance(here) as instance:
        runs = [dg.materialize([made], instance=instance).run_id for _ in range(MOST_OPEN + 1)]
        for run_id in runs:
            assert list(instance.all_logs(run_id))
        log = instance.event_log_storage
        assert isinstance(log, EventLog)
        assert len(log._engines) <= MOST_OPEN
