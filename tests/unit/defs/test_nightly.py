"""The nightly schedule: 02:00 in London, once on every night, those on which clocks change too."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import islice

import dagster as dg
import pytest
from dagster._utils.schedules import schedule_execution_time_iterator

from pipelines.defs.nightly import SCHEDULE, defs


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
