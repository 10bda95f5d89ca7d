"""What one run may choose, as a Dagster resource.

What belongs here: the seam between Dagster's configuration and the package. What does not: assets.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cached_property

import dagster as dg
from pydantic import Field

from pipelines import settings
from pipelines.defs.end_of_run import after_run
from pipelines.defs.noted_run import announce_end, close_left_open, is_to_be_noted, note_end, starter_of
from pipelines.run.kept_gate import kept_gate
from pipelines.run.lock import choose_input, guard_origin, only_run
from pipelines.run.refresh import asked_again, paths_of
from pipelines.run.refusal import refusals_noted
from pipelines.settings import Settings
from pipelines.sources.arrival import origin
from pipelines.sources.arrival.held_back import Gate
from pipelines.status import runs
from pipelines.tables.table import Run

_reason_to_overrule: ContextVar[str] = ContextVar("reason_to_overrule", default="")


@contextmanager
def overruling(reason: str) -> Iterator[None]:
    """Let the run inside go on over failed critical checks, for this reason; an empty one overrules none.

    Only the process that runs can say so: it is no part of the configuration, which the UI and the schedule may write.
    """
    before = _reason_to_overrule.set(reason)
    try:
        yield
    finally:
        _reason_to_overrule.reset(before)


@dataclass
class _Passed:
    """How far a run is: what it goes on with, and whether its deliveries are judged."""

    run: Run
    is_judged: bool = False


class RunOptions(dg.ConfigurableResource):  # type: ignore[type-arg]
    """Input and rebuild choices of one run. As they stand, a run is the nightly one."""

    run_from: str = Field(
        default="",
        description="Where the input comes from: `sample`, `live`, or a folder laid out as <source>/<name>.<ext>. "
        "Empty: what this installation is set to (INEQUALITY_FROM), else the embedded sample.",
    )
    as_of: str = Field(
        default="",
        description="Build what was known on this day (YYYY-MM-DD), beside the current release. Empty: today.",
    )
    indicators: list[str] = Field(
        default=[],
        description="Slugs of indicators: only the files that bring these are asked for again, and the whole catalogue "
        "is published. Empty: every file.",
    )
    fresh: bool = Field(default=False, description="Rebuild every selected table, changed or not.")

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator[RunOptions]:
        """Hold the lock for the whole run, refuse modelled data over published data that nobody asked for, and say at
        the end what was checked.
        """
        with ExitStack() as held:
            warehouse, starter = self.settings.warehouse, starter_of(context)
            with refusals_noted(self.settings, starter=starter, as_of=self.as_of):
                held.enter_context(only_run(warehouse))
                guard_origin(self.settings, self.run_from, self.run_input)
                paths_of(self.settings, self.indicators)
            close_left_open(context)
            started, broke = datetime.now(UTC), None
            noted = not self.as_of and is_to_be_noted(context)
            if noted:
                runs.begin(warehouse, starter=starter, source=self.run_input.label)
            try:
                yield self
            except BaseException as error:
                broke = error
                raise
            finally:
                # Here, because no asset comes last in a run that fails.
                ended = self.run if self._passed.is_judged else replace(self.run, gate=Gate())
                note_end(ended, context, error=broke)
                after_run(ended, context, started)
                if noted:
                    announce_end(self.settings, context)

    @cached_property
    def settings(self) -> Settings:
        """Paths and limits."""
        return settings.load()

    @property
    def run(self) -> Run:
        """What the makers of tables are given."""
        return self._passed.run

    def pass_gate(self, run: Run) -> None:
        """Go on with what the gate lets in."""
        self._passed.run = run
        self._passed.is_judged = True

    @cached_property
    def _passed(self) -> _Passed:
        asked = asked_again(self.settings, self.indicators, self.run_input)
        force = _reason_to_overrule.get()
        run = Run(self.settings, self.run_input, fresh=self.fresh, force=force, asked=asked)
        return _Passed(replace(run, gate=kept_gate(run)))

    @property
    def run_input(self) -> origin.RunInput:
        """The input this run reads."""
        as_of = date.fromisoformat(self.as_of) if self.as_of else None
        return choose_input(self.settings, self.run_from, as_of=as_of)
