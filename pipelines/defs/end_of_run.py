"""What is done when a run ends, however it ends: the check page, the data dictionary, Data Docs that a failed
run did not reach, the report, clearing.

What belongs here: when these pages are built. What does not: what they say (`quality/data_docs.py`,
`report/`). Pages that cannot be built are a warning: they never stop a release.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

import dagster as dg

from pipelines import retention
from pipelines.defs.noted_run import failures_of
from pipelines.defs.retention import clear_old_runs
from pipelines.notes import Kind, Note, words
from pipelines.quality.data_docs import Built, build_data_docs
from pipelines.release.query import NoRelease
from pipelines.report import dictionary, site
from pipelines.report.checks import RunFacts, write_page
from pipelines.sources.arrival.origin import MODELLED
from pipelines.tables.table import Run


def build_pages(run: Run) -> Built:
    """Build the Data Docs of what changed."""
    return build_data_docs(run.store, run.settings.expectations, run.settings.warehouse)


def not_built(error: Exception) -> Note:
    """That pages could not be built, and why."""
    return Note(Kind.PAGES_NOT_BUILT, cause=" ".join(str(error).split()))


def after_run(run: Run, context: dg.InitResourceContext, started: datetime) -> None:
    """Write the check page, the data dictionary where it changed, and the Data Docs that a failed run did not reach.

    A build of an earlier day says nothing about how the nightly run is doing. Then clear what is kept for a time only.
    """
    _clear(run, context)
    if run.as_of:
        return
    try:
        here, run_input = run.settings, run.run_input
        is_modelled, gate = run_input.origin == MODELLED, run.gate
        facts = RunFacts(
            started, run_input.label, is_modelled, list(map(str, failures_of(context).errors)), gate.held, gate.accepted
        )
        write_page(run.store, here.warehouse, facts, expectations=here.expectations, sql=here.sql)
        dictionary.write_page(here.warehouse)
        build_pages(run)
        _build_report(run)
    except Exception as error:  # noqa: BLE001 - the run is over, and what came of it stands
        if context.log:
            context.log.warning(words(not_built(error)))


def _build_report(run: Run) -> None:
    """Bring the report up to the current release; a run that never had one has nothing to show."""
    with suppress(NoRelease):
        site.build(run.settings.warehouse)


def _clear(run: Run, context: dg.InitResourceContext) -> None:
    try:
        retention.clear(run.settings)
        if context.instance:
            clear_old_runs(context.instance, keep=run.settings.keep_runs, home=run.settings.dagster_home)
    except Exception as error:  # noqa: BLE001 - the run is over, and what came of it stands
        if context.log:
            context.log.warning(words(Note(Kind.NOT_CLEARED, cause=" ".join(str(error).split()))))
