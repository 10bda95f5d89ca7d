"""Whoever watches a run hears of every step as it begins and ends."""

from __future__ import annotations

import dagster as dg

from pipelines.defs.progress import progress_logger, watch


@dg.op
def a_step() -> None:
    """Nothing to do."""


@dg.job(logger_defs={"progress": progress_logger})
def short() -> None:
    a_step()


def test_a_watcher_hears_of_every_step_until_it_stops() -> None:
    heard: list[tuple[str, str]] = []
    stop = watch(lambda kind, step: heard.append((kind, step)))
    assert short.execute_in_process(run_config={"loggers": {"progress": {}}}).success
    stop()
    assert [event for event in heard if event[0] in ("STEP_START", "STEP_SUCCESS")] == [
        ("STEP_START", "a_step"),
        ("STEP_SUCCESS", "a_step"),
    ]
    short.execute_in_process(run_config={"loggers": {"progress": {}}})
    assert heard.count(("STEP_START", "a_step")) == 1
