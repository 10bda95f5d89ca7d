"""All tables, their checks, the pages and the release, as one step of Dagster with an asset for each.

What belongs here: the step, which takes the steps of `run/walk.py` and tells Dagster of each. What does not: the order
or what follows from a failure (`run/walk.py`), what an asset says (`described.py`, `events.py`), or any rule.

One step and not one for each table: Dagster takes longer over a step than most tables take, and the page of a run that
fails then opens with what failed, not with the names of everything that waited for it.
"""

from collections.abc import Iterator
from functools import partial

import dagster as dg

from pipelines import settings
from pipelines.defs.described import gate_spec, gate_waits_for, key_of, table_spec
from pipelines.defs.events import Events, TableEvent, known_assets
from pipelines.defs.facts import FailedCheck, failed_step, failure, noted
from pipelines.defs.pages import PAGES, documented, pages_spec
from pipelines.defs.progress import tell
from pipelines.defs.release import RELEASE, release_spec, released
from pipelines.defs.run_options import RunOptions
from pipelines.errors import ProductError
from pipelines.quality.finding import CRITICAL
from pipelines.release.overrule import whoever_runs_this
from pipelines.run.kept_gate import HELD_TABLE, held_note
from pipelines.run.walk import GATE, Built, Checked, Failed, Gated, Left, Selection, steps
from pipelines.tables.checks import Check, checks
from pipelines.tables.registry import tables

Event = TableEvent | dg.AssetCheckEvaluation | dg.Output[None]


def check_spec(check: Check) -> dg.AssetCheckSpec:
    """A check of a table; it blocks where a critical finding of it can stop what waits for the table."""
    return dg.AssetCheckSpec(check.name, asset=key_of(check.table), blocking=check.may_stop, description=check.rule)


def selection_of(context: dg.AssetExecutionContext) -> Selection:
    """What a person, or the job, selected."""
    return Selection(
        frozenset(".".join(key.path) for key in context.selected_asset_keys),
        frozenset((".".join(key.asset_key.path), key.name) for key in context.selected_asset_check_keys),
    )


class Pass:
    """One pass over what is selected, and what failed on it."""

    def __init__(self, context: dg.AssetExecutionContext, run_options: RunOptions) -> None:
        self.options, self.selection = run_options, selection_of(context)
        run = run_options.run
        self.tag = partial(context.instance.add_run_tags, context.run.run_id)
        self.tag({"inequality/input": run.run_input.label, "inequality/who": whoever_runs_this()})
        self.events = Events(run.settings, run.store, known_assets(context.instance, context.selected_asset_keys))
        self.errors: list[ProductError] = []
        self.checks: list[FailedCheck] = []
        self.left: list[str] = []
        self.cause: Exception | None = None

    def take(self) -> Iterator[Event]:
        """Take every step, then the pages and the release unless something failed."""
        for step in steps(self.options.run, self.selection, watch=_begun):
            match step:
                case Built():
                    yield self.events.built(step)
                    tell("STEP_SUCCESS", step.table.name)
                case Gated():
                    self.options.pass_gate(step.run)
                    held = step.run.gate.held
                    yield dg.AssetMaterialization(
                        key_of(HELD_TABLE),
                        metadata={"dagster/row_count": len(held), **noted([held_note(one) for one in held])},
                        tags=self.events.versions_of(HELD_TABLE, gate_waits_for()),
                    )
                    tell("STEP_SUCCESS", HELD_TABLE)
                case Checked():
                    yield self.events.checked(step)
                    # Else Dagster logs that the check gave nothing.
                    yield dg.Output(None, check_spec(step.check).get_python_identifier())
                    self._note(step)
                case Failed():
                    self._fail(step.table, step.error)
                case Left():
                    self.left.append(step.table)
                    tell("STEP_SKIPPED", step.table)
        for name, make in ((PAGES, documented), (RELEASE, released)):
            if name not in self.selection.tables:
                continue
            if self.failed:
                self.left.append(name)
                continue
            tell("STEP_START", name)
            try:
                told = make(self.options.run, self.events)
                if name == RELEASE:
                    self.tag({"inequality/release": str(told.metadata["release_id"].value)})
                yield told
                tell("STEP_SUCCESS", name)
            except Exception as error:  # noqa: BLE001 - told with all that failed
                self._fail(name, error)

    @property
    def failed(self) -> bool:
        """Whether anything ended what waits for it."""
        return bool(self.errors or self.checks)

    def _fail(self, name: str, error: Exception) -> None:
        self.cause = self.cause or error
        self.errors.append(failed_step(name, error))
        tell("STEP_FAILURE", name)

    def _note(self, step: Checked) -> None:
        if not step.stopping:
            return
        told = tuple(
            (finding, finding not in step.stopping)
            for finding in step.findings
            if not finding.passed and finding.severity == CRITICAL
        )
        self.checks.append(FailedCheck(step.check.table, step.check.name, True, told))


def _begun(name: str) -> None:
    tell("STEP_START", HELD_TABLE if name == GATE else name)


@dg.definitions
def defs() -> dg.Definitions:
    """One asset for every table of the registry, the gate that raw files pass, the pages and the release."""
    here = settings.load()
    specs = [gate_spec(), *(table_spec(table, here) for table in tables().values()), pages_spec(), release_spec()]

    @dg.multi_asset(
        name="all_tables",
        specs=specs,
        check_specs=[check_spec(check) for check in checks()],
        can_subset=True,
        description="Every table in order, every check as soon as it can run, the pages and the release. What waits "
        "for a failure is left, everything else goes on.",
    )
    def all_tables(context: dg.AssetExecutionContext, run_options: RunOptions) -> Iterator[Event]:
        taken = Pass(context, run_options)
        yield from taken.take()
        if taken.failed:
            raise failure(taken.errors, taken.checks, left=len(taken.left)) from taken.cause

    return dg.Definitions(assets=[all_tables])
