"""The one job, its schedule and its resources. The command, the UI and the daemon all run this job.

What belongs here: when the pipeline runs and with what defaults. What does not: starting it by hand (`launch.py`).
"""

from __future__ import annotations

import dagster as dg

from pipelines.defs.run_options import RunOptions

JOB = "nightly"
SCHEDULE = "every_night"
CRON = "0 2 * * *"


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
    )
    return dg.Definitions(
        jobs=[job],
        schedules=[schedule],
        resources={"run_options": RunOptions()},
        executor=dg.in_process_executor,
    )
