"""A run of the schedule or the UI that fails, is refused or died stands in `status` like one of the command."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import dagster as dg
import pytest

from pipelines.defs.noted_run import is_to_be_noted
from pipelines.defs.run_options import RunOptions
from pipelines.errors import ProductError
from pipelines.status import runs
from pipelines.status.runs import Outcome

SCHEDULED = {"dagster/schedule_name": "every_night"}
FROM_UI = {"dagster/from_ui": "true"}


@pytest.fixture
def warehouse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("INEQUALITY_WAREHOUSE", str(tmp_path / "warehouse"))
    monkeypatch.setenv("INEQUALITY_SNAPSHOTS", str(tmp_path / "snapshots"))
    return tmp_path / "warehouse"


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as made:
        yield made


def start(instance: dg.DagsterInstance, error: Exception | None, tags: dict[str, str]) -> bool:
    """Materialize one asset that fails, as the webserver and the daemon do; returns whether the run succeeded."""

    @dg.asset
    def made(run_options: RunOptions) -> None:
        if error:
            raise error

    result = dg.materialize(
        [made], resources={"run_options": RunOptions()}, instance=instance, tags=tags, raise_on_error=False
    )
    return result.success


def test_a_failure_of_the_schedule_is_noted(warehouse: Path, instance: dg.DagsterInstance) -> None:
    assert not start(instance, ProductError("No file came."), SCHEDULED)
    (one,) = runs.known(warehouse).runs
    assert (one.outcome, one.starter, one.input) == (Outcome.FAILED, "schedule", "sample")
    assert "No file came." in one.faults[0].text
    assert runs.at_work(warehouse) is None
    assert (warehouse / "heartbeat").read_text().endswith(" failed\n")


def test_a_few_tables_that_went_well_say_nothing(warehouse: Path, instance: dg.DagsterInstance) -> None:
    assert start(instance, None, FROM_UI)
    assert runs.known(warehouse).runs == ()
    assert runs.at_work(warehouse) is None


def test_a_run_of_the_ui_that_is_refused_is_noted(warehouse: Path, instance: dg.DagsterInstance) -> None:
    warehouse.mkdir()
    with (warehouse / ".lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert not start(instance, None, FROM_UI)
    (one,) = runs.known(warehouse).runs
    assert (one.outcome, one.starter) == (Outcome.DID_NOT_START, "ui")
    assert "Another run holds" in one.faults[0].text


def test_resources_that_are_opened_again_after_a_run_note_nothing(
    warehouse: Path, instance: dg.DagsterInstance
) -> None:
    start(instance, ProductError("No file came."), SCHEDULED)
    (run,) = instance.get_runs()
    context = dg.build_init_resource_context(instance=instance)
    assert is_to_be_noted(context)
    again = SimpleNamespace(instance=instance, run=run)
    assert not is_to_be_noted(again)  # type: ignore[arg-type]


def test_the_next_run_of_the_daemon_closes_what_a_power_cut_left(warehouse: Path, instance: dg.DagsterInstance) -> None:
    warehouse.mkdir()
    runs.begin(warehouse, starter="ui", source="live")
    left = instance.create_run_for_job(
        dg.JobDefinition(graph_def=dg.GraphDefinition(name="nightly")), status=dg.DagsterRunStatus.STARTED
    )
    assert start(instance, None, SCHEDULED)
    (one,) = runs.known(warehouse).runs
    assert (one.outcome, one.starter) == (Outcome.DIED, "ui")
    closed = instance.get_run_by_id(left.run_id)
    assert closed
    assert closed.status is dg.DagsterRunStatus.FAILURE
    assert {run.status for run in instance.get_runs() if run.run_id != left.run_id} == {dg.DagsterRunStatus.SUCCESS}
