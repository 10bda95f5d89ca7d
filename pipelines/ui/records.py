"""Dagster's records, put in order before processes that share them start.

What belongs here: that they are there, and hold no run that died. What does not: where they lie (`defs/home.py`).
"""

from __future__ import annotations

import dagster as dg

from pipelines.defs.home import dagster_instance
from pipelines.defs.noted_run import close_dead_runs
from pipelines.run.lock import RunRefused, only_run
from pipelines.settings import Settings


def make_records() -> None:
    """Make the tables of the instance of DAGSTER_HOME. Processes that start at once would each try, and one fail."""
    with dg.DagsterInstance.get():
        pass


def put_in_order(settings: Settings) -> None:
    """Close the runs that a killed daemon left open, unless a run is at work: open ones hold up the daemon's queue."""
    try:
        with only_run(settings.warehouse), dagster_instance(settings) as instance:
            close_dead_runs(instance)
    except RunRefused:
        make_records()
