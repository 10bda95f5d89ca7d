"""`inequality ui` and `inequality daemon`: which processes they start, and what is ready before they do."""

from __future__ import annotations

import fcntl
from collections.abc import Mapping, Sequence
from pathlib import Path
from uuid import uuid4

import dagster as dg
import pytest
from typer.testing import CliRunner

from pipelines.cli import process_group
from pipelines.cli.app import app
from pipelines.defs.home import prepare_home
from pipelines.settings import Settings
from pipelines.ui.serving import Serving
from tests.conftest import use_place

Started = list[list[str]]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """An empty warehouse; whatever sets DAGSTER_HOME is undone."""
    monkeypatch.setenv("DAGSTER_HOME", "")
    return use_place(tmp_path, monkeypatch)


@pytest.fixture
def started(place: Settings, monkeypatch: pytest.MonkeyPatch) -> Started:
    """Takes the place of starting processes, and lists the names of their modules and their arguments."""
    heard: Started = []

    def listen(commands: Sequence[Sequence[str]], *, environment: Mapping[str, str]) -> int:
        # Two processes that make the same tables at once disturb each other.
        assert list(place.dagster_home.rglob("*.db")), "The records are not made yet."
        assert environment["DAGSTER_HOME"] == str(place.dagster_home)
        heard.extend([*command[2:]] for command in commands)
        return 0

    monkeypatch.setattr(process_group, "run_together", listen)
    return heard


def said(*words: str) -> str:
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.output
    return result.output


def test_the_ui_is_for_looking_on_this_machine(started: Started) -> None:
    text = said("ui")
    ((module, told),) = started
    assert (module, Serving.from_json(told)) == ("pipelines.ui.server", Serving("127.0.0.1", 3000, (), False))
    assert "http://127.0.0.1:3000" in text
    assert "It is for looking" in text
    assert "proxy" not in text


def test_runs_that_are_asked_for_need_a_daemon(started: Started) -> None:
    said("ui", "--allow-runs")
    assert [command[0] for command in started] == ["pipelines.ui.server", "dagster._daemon"]
    assert Serving.from_json(started[0][1]).allow_runs


def test_a_daemon_of_its_own_is_not_started_twice(started: Started) -> None:
    said("ui", "--allow-runs", "--separate-daemon")
    assert [command[0] for command in started] == ["pipelines.ui.server"]


def test_an_address_that_others_reach_is_warned_of(started: Started) -> None:
    assert "docs/deployment.md" in said("ui", "--host", "0.0.0.0", "--served-as", "health.example")
    assert Serving.from_json(started[0][1]).names[-1] == "health.example"


def test_the_nightly_daemon_switches_the_schedule_on_first(started: Started) -> None:
    said("daemon", "--nightly")
    assert [command[:4] for command in started] == [
        ["dagster", "schedule", "start", "every_night"],
        ["dagster._daemon", "run", "--module-name", "pipelines.definitions"],
    ]


@pytest.mark.parametrize("is_at_work", [False, True], ids=["died", "is at work"])
def test_a_daemon_closes_the_run_that_its_predecessor_left_open(
    place: Settings, started: Started, is_at_work: bool
) -> None:
    left = dg.DagsterRun(job_name="nightly", run_id=str(uuid4()), status=dg.DagsterRunStatus.STARTED)
    with dg.DagsterInstance.from_config(str(prepare_home(place))) as instance:
        instance.add_run(left)
        place.warehouse.mkdir(exist_ok=True)
        with (place.warehouse / ".lock").open("w") as lock:
            if is_at_work:
                fcntl.flock(lock, fcntl.LOCK_EX)
            said("ui")
            assert instance.get_run_by_id(left.run_id).status is dg.DagsterRunStatus.STARTED  # type: ignore[union-attr]
            said("daemon")
        expected = dg.DagsterRunStatus.STARTED if is_at_work else dg.DagsterRunStatus.FAILURE
        assert instance.get_run_by_id(left.run_id).status is expected  # type: ignore[union-attr]


def test_a_schedule_that_cannot_be_switched_on_stops_the_daemon(
    place: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process_group, "run_together", lambda *_, **__: 1)
    result = CliRunner().invoke(app, ["daemon", "--nightly"])
    assert result.exit_code == 1
    assert "could not be switched on" in result.output
    assert "at work" not in result.output
