"""The nightly schedule: 02:00 in London, once on every night, on which clocks change too, whatever a crash left."""

from __future__ import annotations

import fcntl
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.test_utils import create_run_for_test
from dagster._utils.schedules import schedule_execution_time_iterator

from pipelines.defs import nightly
from pipelines.defs.nightly import SCHEDULE, defs, request_run


@pytest.mark.parametrize(
    ("eve", "nights"),
    [
        (datetime(2026, 10, 24, 12, tzinfo=UTC), ["2026-10-25T02:00", "2026-10-26T02:00"]),
        (datetime(2027, 3, 27, 12, tzinfo=UTC), ["2027-03-28T01:00", "2027-03-29T01:00"]),
    ],
    ids=["clocks go back", "clocks go forward"],
)
def test_a_night_on_which_clocks_change_has_one_run(eve: datetime, nights: list[str]) -> None:
    (schedule,) = defs().schedules or []
    assert isinstance(schedule, dg.ScheduleDefinition)
    assert schedule.name == SCHEDULE
    times = schedule_execution_time_iterator(
        eve.timestamp(), schedule.cron_schedule, schedule.execution_timezone, ascending=True
    )
    assert [time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M") for time in islice(times, 2)] == nights


@pytest.mark.parametrize(("surely_dead", "is_closed"), [(nightly.SURELY_DEAD, False), (timedelta(seconds=-1), True)])
def test_a_night_closes_a_run_that_a_kill_left_open_and_spares_one_that_is_about_to_begin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, surely_dead: timedelta, is_closed: bool
) -> None:
    """The daemon's queue lets one run through at a time, so a dead one would hold up every night."""
    monkeypatch.setenv("INEQUALITY_WAREHOUSE", str(tmp_path))
    monkeypatch.setattr(nightly, "SURELY_DEAD", surely_dead)
    with dg.instance_for_test(temp_dir=str(tmp_path)) as instance:
        run = create_run_for_test(instance, status=dg.DagsterRunStatus.STARTED)
        with dg.build_schedule_context(instance=instance) as context:
            assert isinstance(request_run(context), dg.RunRequest)
        (now,) = instance.get_runs()
    assert (now.run_id, now.is_finished) == (run.run_id, is_closed)


def test_a_night_closes_nothing_while_a_run_is_at_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INEQUALITY_WAREHOUSE", str(tmp_path))
    monkeypatch.setattr(nightly, "SURELY_DEAD", timedelta(seconds=-1))
    with dg.instance_for_test(temp_dir=str(tmp_path)) as instance, (tmp_path / ".lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        create_run_for_test(instance, status=dg.DagsterRunStatus.STARTED)
        with dg.build_schedule_context(instance=instance) as context:
            request_run(context)
        assert not instance.get_runs()[0].is_finished
