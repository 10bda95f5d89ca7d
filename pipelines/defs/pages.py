"""The pages about checks: Great Expectations' Data Docs as an asset, and the check page at the end of every run.

What belongs here: when they are built. What does not: what they say (`quality/data_docs.py`, `report/checks.py`). Pages
that cannot be built are a warning: they never stop a release.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import dagster as dg

from pipelines.defs.facts import error_of, noted
from pipelines.defs.run_options import RunOptions
from pipelines.notes import Kind, Note, words
from pipelines.quality.data_docs import Built, build_data_docs, data_docs
from pipelines.report.checks import RunFacts, page, write_page
from pipelines.sources.arrival.origin import MODELLED
from pipelines.tables.checks import checks
from pipelines.tables.table import Run


def _built(run: Run) -> Built:
    return build_data_docs(run.store, run.settings.expectations, run.settings.warehouse)


@dg.definitions
def defs() -> dg.Definitions:
    """The one asset of pages; it waits for every table that has a suite."""

    @dg.asset(
        key=["report", "data_docs"],
        deps=[check.table.split(".") for check in checks() if check.is_suite],
        group_name="report",
        description="Great Expectations' own pages of every suite and what it found, in warehouse/data_docs, without a "
        "request to any outside host. Only pages of what changed are built. The page to read first is the check page.",
        kinds={"html"},
    )
    def documented(run_options: RunOptions) -> dg.MaterializeResult:  # type: ignore[type-arg]
        """Build the pages of what changed; a build of an earlier day leaves them."""
        return dg.MaterializeResult(metadata=_documented(run_options.run))

    return dg.Definitions(assets=[documented])


def _documented(run: Run) -> dict[str, dg.MetadataValue[Any] | float]:
    warehouse = run.settings.warehouse
    facts: dict[str, dg.MetadataValue[Any] | float] = {
        "data_docs": dg.MetadataValue.path(data_docs(warehouse)),
        "check_page": dg.MetadataValue.path(page(warehouse)),
    }
    if run.as_of:
        return facts
    try:
        built = _built(run)
    except Exception as error:  # noqa: BLE001 - whatever goes wrong with a page, the release goes out
        return {**facts, **noted([_not_built(error)])}
    return facts | {"tables": built.tables, "rebuilt": built.rebuilt, "seconds": round(built.seconds, 2)}


def _not_built(error: Exception) -> Note:
    return Note(Kind.PAGES_NOT_BUILT, cause=" ".join(str(error).split()))


def after_run(run_options: RunOptions, context: dg.InitResourceContext, started: datetime) -> None:
    """Write the check page, and the Data Docs that a failed run did not come to.

    A build of an earlier day says nothing about how the nightly run is doing.
    """
    if run_options.as_of:
        return
    try:
        run = run_options.run
        here, run_input = run.settings, run.run_input
        facts = RunFacts(started, run_input.label, run_input.origin == MODELLED, _errors(context))
        write_page(run.store, here.warehouse, facts, expectations=here.expectations, sql=here.sql)
        _built(run)
    except Exception as error:  # noqa: BLE001 - the run is over, and what came of it stands
        if context.log:
            context.log.warning(words(_not_built(error)))


def _errors(context: dg.InitResourceContext) -> list[str]:
    """What steps of this run failed with, in words; a failed check speaks through its findings."""
    if not (context.instance and context.run):
        return []
    failed = context.instance.all_logs(context.run.run_id, of_type=dg.DagsterEventType.STEP_FAILURE)
    events = [entry.dagster_event for entry in failed if entry.dagster_event is not None]
    return [str(error) for event in events if (error := error_of(event))]
