"""A run of Dagster's as `inequality status` knows it, whoever started it: who did, what failed, and what a crash left.

What belongs here: reading from Dagster who started a run and what failed in it. What does not: how that is kept
(`status/runs.py`), a run that publishes (`run/publication.py` notes it as soon as the link has moved), or one that does
not start (`run/refusal.py`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import dagster as dg

from pipelines.defs.facts import FailedCheck, errors_of, failed_check, was_interrupted
from pipelines.errors import ProductError
from pipelines.notes import Kind, Note, words
from pipelines.run.announce import announce
from pipelines.run.kept_gate import held_note
from pipelines.settings import Settings
from pipelines.status import runs
from pipelines.status.runs import Ended, Fault, Outcome
from pipelines.tables.table import Run

SCHEDULE_TAG, UI_TAG = "dagster/schedule_name", "dagster/from_ui"
UNFINISHED = [dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.STARTING]
STOPPED = Fault("The run was told to stop before it was done.", "stopped")


@dataclass(frozen=True)
class Failures:
    """What failed in a run: errors of steps, checks, and whether it was told to stop."""

    errors: list[ProductError] = field(default_factory=list)
    checks: list[FailedCheck] = field(default_factory=list)
    was_stopped: bool = False

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Each that stopped the run."""
        of_checks = [Fault(str(one), f"{one.check} of {one.table}") for one in self.checks if one.stops]
        return (*map(runs.fault_of, self.errors), *of_checks)


def starter_of(context: dg.InitResourceContext) -> str:
    """Who started a run: `schedule`, `ui` or `command`."""
    tags = context.run.tags if context.run else {}
    return "schedule" if SCHEDULE_TAG in tags else "ui" if UI_TAG in tags else "command"


def is_to_be_noted(context: dg.InitResourceContext) -> bool:
    """Whether this is a run that begins: `dagster job execute` opens the resources of one that is over once more."""
    if context.instance is None or context.run is None:
        return True
    known = context.instance.get_run_by_id(context.run.run_id)
    return known is None or not known.is_finished


def close_left_open(context: dg.InitResourceContext) -> None:
    """Close the runs that a crash left open in Dagster's records. This run holds the lock, so no other is at work."""
    if context.instance is not None and context.run is not None:
        close_dead_runs(context.instance, but=context.run.run_id)


def close_dead_runs(instance: dg.DagsterInstance, *, but: str = "", still_for: timedelta = timedelta()) -> None:
    """Close the runs that stand open while no run is at work; `but` is the one that asks.

    A run that has only just begun may not be at work yet: with `still_for`, one is closed that did nothing for so long.
    """
    before = datetime.now(UTC) - still_for if still_for else None
    for run in instance.get_runs(filters=dg.RunsFilter(statuses=UNFINISHED, updated_before=before)):
        if run.run_id != but:
            instance.report_run_failed(run, "The process of this run ended without saying so.")


def failures_of(context: dg.InitResourceContext) -> Failures:
    """What failed in the run so far."""
    if context.instance is None or context.run is None:
        return Failures()
    wanted = {dg.DagsterEventType.STEP_FAILURE, dg.DagsterEventType.ASSET_CHECK_EVALUATION}
    found = context.instance.all_logs(context.run.run_id, of_type=wanted)
    events = [entry.dagster_event for entry in found if entry.dagster_event is not None]
    failed = [event for event in events if event.event_type is dg.DagsterEventType.STEP_FAILURE]
    checked = [event.asset_check_evaluation_data for event in events if event not in failed]
    return Failures(
        [error for event in failed for error in errors_of(event)],
        [failed_check(check) for check in checked if not check.passed],
        any(was_interrupted(event) for event in failed),
    )


def note_end(run: Run, context: dg.InitResourceContext, *, error: BaseException | None) -> None:
    """Note a run that ends and has published nothing. `error` is what broke through the steps, if anything did.

    A run of a few tables that went well says nothing of the release.
    """
    warehouse = run.settings.warehouse
    if run.as_of or runs.at_work(warehouse) is None:
        return
    failures = failures_of(context)
    faults = failures.faults
    if failures.was_stopped or (error and not faults):
        outcome, faults = Outcome.INTERRUPTED, (STOPPED,)
    elif faults:
        outcome = Outcome.FAILED
    else:
        runs.clear_mark(warehouse)
        return
    runs.end(
        warehouse,
        Ended(outcome, datetime.now(UTC), faults=faults),
        held_back=[held_note(one) for one in run.gate.held],
    )


def announce_end(here: Settings, context: dg.InitResourceContext) -> None:
    """Tell of a run that is over, and log what could not be told."""
    try:
        notes = announce(here)
    except Exception as error:  # noqa: BLE001 - the run is over, and what came of it stands
        notes = [Note(Kind.SIGNALS_NOT_WRITTEN, cause=f"{type(error).__name__}: {error}")]
    for note in notes:
        if context.log:
            context.log.warning(words(note))
