"""Run the nightly job in this process, one run at a time, and say what came of it.

What belongs here: starting the job and turning Dagster's result into an outcome. What does not: the lock and the guard
(`run/lock.py`), or printing (`cli/app.py`).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

import dagster as dg

from pipelines import sources
from pipelines.defs.facts import FailedCheck, error_of, failed_check, notes_of, was_interrupted
from pipelines.defs.nightly import JOB
from pipelines.defs.progress import Watcher, watch
from pipelines.defs.run_options import overruling
from pipelines.errors import ProductError
from pipelines.files import write_atomically
from pipelines.notes import Kind, Note, in_words
from pipelines.release.folder import FAILED, write_status
from pipelines.run.lock import RunRefused, choose_input, guard_as_of, guard_origin, only_run
from pipelines.run.refusal import refusals_noted
from pipelines.settings import Settings
from pipelines.sources.arrival import origin

TELEMETRY_OFF = """\
telemetry:
  enabled: false
"""
DAGSTER_YAML = f"""\
# Written by `inequality`. No figures leave this machine.
{TELEMETRY_OFF}nux:
  enabled: false
retention:
  schedule:
    purge_after_days: 90
"""
NOTHING_SAID = ("", "{}", "---", "null")
"""What a file holds that says nothing."""


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


@contextmanager
def dagster_instance(settings: Settings) -> Iterator[dg.DagsterInstance]:
    """Dagster's records for this warehouse, with runs that a crash left open closed."""
    home = prepare_home(settings)
    with dg.DagsterInstance.from_config(str(home)) as instance:
        unfinished = dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.STARTING])
        for run in instance.get_runs(filters=unfinished):
            instance.report_run_failed(run, "The process of this run ended without saying so.")
        yield instance


def prepare_home(settings: Settings) -> Path:
    """Make DAGSTER_HOME with telemetry off, also where its file says nothing of it. Returns its folder."""
    home = settings.dagster_home
    home.mkdir(parents=True, exist_ok=True)
    file = home / "dagster.yaml"
    said = file.read_text(encoding="utf-8") if file.is_file() else ""
    if said.strip() in NOTHING_SAID:
        write_atomically(file, DAGSTER_YAML.encode())
    elif not re.search(r"^telemetry\s*:", said, re.MULTILINE):
        write_atomically(file, f"{said.rstrip()}\n{TELEMETRY_OFF}".encode())
    os.environ["DAGSTER_HOME"] = str(home)
    # Nothing is sent whatever a file says.
    os.environ["DAGSTER_DISABLE_TELEMETRY"] = "1"
    return home


def run(
    settings: Settings,
    *,
    run_from: str | None,
    as_of: str | None = None,
    fresh: bool = False,
    force: str = "",
    watcher: Watcher,
) -> Outcome:
    """Run the whole job and return its outcome. `force` is why failed critical checks are to be overruled, if any.

    Raises RunRefused when the run must not start, SourceUnavailable when `run_from` is no input.
    """
    with ExitStack() as held:
        with refusals_noted(settings.warehouse, as_of=as_of):
            held.enter_context(only_run(settings.warehouse))
            run_input = choose_input(settings, run_from, as_of=_day(as_of) if as_of else None)
            guard_as_of(settings, run_input, sources.resources())
            noted = guard_origin(settings, run_from, run_input)
        with dagster_instance(settings) as instance, overruling(force):
            stop = watch(watcher)
            chosen = {"run_from": run_from or "", "as_of": as_of or "", "fresh": fresh}
            try:
                result = _job().execute_in_process(
                    instance=instance,
                    raise_on_error=False,
                    run_config={
                        "resources": {"run_options": {"config": chosen}},
                        "loggers": {"progress": {}},
                    },
                )
            except dg.DagsterExecutionInterruptedError as told:
                raise KeyboardInterrupt from told
            finally:
                stop()
        outcome = _outcome(result, noted + _unread(run_input))
        # A build of an earlier day says nothing about how the nightly run is doing.
        if not outcome.succeeded and run_input.as_of is None:
            write_status(
                settings.warehouse,
                last_checked_at=datetime.now(UTC).isoformat(timespec="seconds"),
                last_outcome=FAILED,
                last_errors=outcome.errors,
                held_back=[note.as_json() for note in outcome.notes if note.kind is Kind.HELD_BACK],
            )
        return outcome


def steps() -> int:
    """How many steps the job has, for a progress bar."""
    return len(_job().graph.node_defs)


@cache
def _job() -> dg.JobDefinition:
    from pipelines.definitions import defs

    return defs().resolve_job_def(JOB)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise RunRefused(f"--as-of takes a day such as 2026-03-01, found {text!r}.") from None


def _unread(run_input: origin.RunInput) -> list[Note]:
    # A build of an earlier day reads snapshots, and the folder not at all.
    files = [] if run_input.as_of else origin.unread(run_input, sources.resources())
    return [Note(Kind.FILES_NOT_READ, names=tuple(files))] if files else []


def _outcome(result: dg.ExecuteInProcessResult, noted: list[Note]) -> Outcome:
    failures, notes, interrupted, built, reused = [], list(noted), False, 0, 0
    published, release_id = False, ""
    for event in result.all_events:
        if event.is_step_failure:
            interrupted |= was_interrupted(event)
            failures += [error] if (error := error_of(event)) else []
        if event.is_step_materialization:
            told = event.step_materialization_data.materialization.metadata
            notes += notes_of(told)
            if "reused" in told:
                reused += bool(told["reused"].value)
                built += not told["reused"].value
            if "published" in told:
                published, release_id = bool(told["published"].value), str(told["release_id"].value)
    ended = {event.step_key for event in result.all_events if event.is_step_success or event.is_step_failure}
    return Outcome(
        succeeded=result.success,
        published=published,
        release_id=release_id,
        failures=failures,
        checks=[failed_check(check) for check in result.get_asset_check_evaluations() if not check.passed],
        notes=notes,
        interrupted=interrupted,
        skipped=steps() - len(ended) if not result.success else 0,
        built=built,
        reused=reused,
    )
