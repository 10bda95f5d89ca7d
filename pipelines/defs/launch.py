"""Run the nightly job in this process, one run at a time, and say what came of it.

What belongs here: starting the job and turning Dagster's result into an outcome. What does not: the lock and the guard
(`run/lock.py`), or printing (`cli/app.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any

import dagster as dg
from dagster._core.definitions.job_base import InMemoryJob
from dagster._core.execution.api import execute_run_iterator
from dagster._core.remote_origin import (
    ManagedGrpcPythonEnvCodeLocationOrigin,
    RemoteJobOrigin,
    RemoteRepositoryOrigin,
)
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin

from pipelines import sources
from pipelines.defs.facts import FailedCheck, errors_of, failed_check, left_of, notes_of, was_interrupted
from pipelines.defs.home import dagster_instance, own_file_named
from pipelines.defs.nightly import JOB
from pipelines.defs.progress import Watcher, watch
from pipelines.defs.run_options import overruling
from pipelines.errors import ProductError
from pipelines.notes import Kind, Note, in_words
from pipelines.run.lock import RunRefused, choose_input, guard_as_of, guard_origin, only_run
from pipelines.run.refresh import paths_of
from pipelines.run.refusal import refusals_noted
from pipelines.settings import Settings
from pipelines.sources.arrival import origin

CODE_LOCATION = "pipelines.definitions"
"""The module that Dagster loads, and the name by which it knows it."""


@dataclass(frozen=True)
class Outcome:
    """What a run did. `published` is False when nothing new was to publish, `interrupted` says that it was stopped."""

    succeeded: bool
    published: bool
    release_id: str
    failures: list[ProductError] = field(default_factory=list)
    checks: list[FailedCheck] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    interrupted: bool = False
    skipped: int = 0
    built: int = 0
    reused: int = 0

    @property
    def held_back(self) -> int:
        """How many deliveries were held back."""
        return sum(note.kind is Kind.HELD_BACK for note in self.notes)

    @property
    def errors(self) -> list[str]:
        """What stopped the run, for a person."""
        return [*map(str, self.failures), *(str(check) for check in self.checks if check.stops)]

    @property
    def exit_code(self) -> int:
        """What the command ends with."""
        return 0 if self.succeeded else max((failure.exit_code for failure in self.failures), default=1)

    @property
    def warnings(self) -> list[str]:
        """What a person should know although it stopped nothing."""
        return [*(str(check) for check in self.checks if not check.stops), *in_words(self.notes)]


def run(
    settings: Settings,
    *,
    run_from: str | None,
    as_of: str | None = None,
    indicators: Sequence[str] = (),
    fresh: bool = False,
    force: str = "",
    watcher: Watcher,
) -> Outcome:
    """Run the whole job and return its outcome. `force` is why failed critical checks are to be overruled, if any;
    of `indicators` alone the files are asked for again, if any are named.

    Raises RunRefused when the run must not start, SourceUnavailable when `run_from` is no input.
    """
    with ExitStack() as held:
        with refusals_noted(settings, as_of=as_of):
            held.enter_context(only_run(settings.warehouse))
            run_input = choose_input(settings, run_from, as_of=_day(as_of) if as_of else None)
            guard_as_of(settings, run_input, sources.resources())
            noted = guard_origin(settings, run_from, run_input)
            paths_of(settings, indicators)
        with dagster_instance(settings) as instance, overruling(force):
            stop = watch(watcher)
            chosen = {"run_from": run_from or "", "as_of": as_of or "", "fresh": fresh}
            chosen["indicators"] = list(indicators)
            try:
                events = _execute(instance, chosen)
            except dg.DagsterExecutionInterruptedError as told:
                raise KeyboardInterrupt from told
            finally:
                stop()
        return _outcome(events, noted + own_file_named(settings) + _unread(run_input))


def _execute(instance: dg.DagsterInstance, chosen: dict[str, Any]) -> list[dg.DagsterEvent]:
    """Run the job with these options in this process. Returns all that it told."""
    config = {
        "resources": {"run_options": {"config": chosen}},
        # Who started the command hears of the run by `watcher`.
        "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
    }
    started = instance.create_run_for_job(_job(), run_config=config, remote_job_origin=_origin())
    return list(execute_run_iterator(InMemoryJob(_job()), started, instance))


def steps() -> int:
    """How many tables, pages and files a whole run makes, for a progress bar."""
    return len(list(_job().asset_layer.executable_asset_keys))


@cache
def _job() -> dg.JobDefinition:
    from pipelines.definitions import defs

    return defs().resolve_job_def(JOB)


def _origin() -> RemoteJobOrigin:
    """Where the UI finds the job, so that it shows runs of the command under the job and its assets."""
    location = ManagedGrpcPythonEnvCodeLocationOrigin(
        LoadableTargetOrigin(module_name=CODE_LOCATION), location_name=CODE_LOCATION
    )
    return RemoteJobOrigin(RemoteRepositoryOrigin(location, "__repository__"), JOB)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise RunRefused(f"--as-of takes a day such as 2026-03-01, found {text!r}.") from None


def _unread(run_input: origin.RunInput) -> list[Note]:
    # A build of an earlier day reads snapshots, and the folder not at all.
    files = [] if run_input.as_of else origin.unread(run_input, sources.resources())
    return [Note(Kind.FILES_NOT_READ, names=tuple(files))] if files else []


def _outcome(events: list[dg.DagsterEvent], noted: list[Note]) -> Outcome:
    failures, checks, notes, interrupted = [], [], list(noted), False
    built, reused, left, published, release_id = 0, 0, 0, False, ""
    for event in events:
        if event.is_step_failure:
            interrupted |= was_interrupted(event)
            failures += errors_of(event)
            left += left_of(event)
        elif event.event_type is dg.DagsterEventType.ASSET_CHECK_EVALUATION:
            found = event.asset_check_evaluation_data
            checks += [] if found.passed else [failed_check(found)]
        elif told := _metadata(event):
            notes += notes_of(told)
            if "reused" in told:
                reused += bool(told["reused"].value)
                built += not told["reused"].value
            if "published" in told:
                published, release_id = bool(told["published"].value), str(told["release_id"].value)
    return Outcome(
        succeeded=any(event.is_job_success for event in events),
        published=published,
        release_id=release_id,
        failures=failures,
        checks=checks,
        notes=notes,
        interrupted=interrupted,
        skipped=left,
        built=built,
        reused=reused,
    )


def _metadata(event: dg.DagsterEvent) -> dict[str, dg.MetadataValue[Any]]:
    """What an event about an asset tells of it."""
    if event.is_step_materialization:
        return dict(event.step_materialization_data.materialization.metadata)
    if event.is_asset_observation:
        return dict(event.asset_observation_data.asset_observation.metadata)
    return {}
