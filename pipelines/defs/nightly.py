"""The one job, its schedule and its resources. The command, the UI and the daemon all run this job.

What belongs here: when the pipeline runs and with what defaults. What does not: starting it by hand (`launch.py`).
"""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

import dagster as dg

from pipelines import settings
from pipelines.defs.noted_run import close_dead_runs
from pipelines.defs.run_options import RunOptions
from pipelines.run.lock import RunRefused, only_run

JOB = "nightly"
SCHEDULE = "every_night"
CRON = "0 2 * * *"
SURELY_DEAD = timedelta(minutes=15)
"""A run that is open for so long and holds no lock is not about to begin."""


def request_run(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    """Ask for the run of this night; first close what a crash left open, behind which it would wait for ever."""
    with suppress(RunRefused), only_run(settings.load().warehouse):
        close_dead_runs(context.instance, still_for=SURELY_DEAD)
    return dg.RunRequest()


@dg.definitions
def defs() -> dg.Definitions:
    """The nightly job over every asset, at 02:00 London time, stopped until somebody switches it on."""
    job = dg.define_asset_job(
        JOB,
        selection=dg.AssetSelection.all(),
        description="Pull, validate, measure and publish everything.",
        executor_def=dg.in_process_executor,
    )
    schedule = dg.ScheduleDefinition(
        name=SCHEDULE,
        job=job,
        cron_schedule=CRON,
        execution_timezone="Europe/London",
        default_status=dg.DefaultScheduleStatus.STOPPED,
        execution_fn=request_run,
        description="Every night at 02:00 London time, once on the nights on which clocks change. It runs while "
        "`inequality daemon` does; `inequality daemon --nightly` switches it on.",
    )
    return dg.Definitions(
        jobs=[job],
        schedules=[schedule],
        resources={"run_options": RunOptions()},
        executor=dg.in_process_executor,
    )
